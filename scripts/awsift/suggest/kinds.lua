-- Words of titles and event types, and the category that they speak for: an ops team may add to both. The first that is found
-- counts. Categories whose mistake would be dear (a compromised account, abuse, a review of sending, a security notice) are
-- never guessed from words.
return {
    event_types = {
        { "_PLANNED_LIFECYCLE_EVENT", "service_update" }, { "_RETIREMENT", "maintenance" }, { "_MAINTENANCE", "maintenance" },
        { "_UPGRADE_SCHEDULED", "maintenance" }, { "_SCHEDULED", "maintenance" }, { "_RENEWAL", "certificate" },
        { "_CERTIFICATE", "certificate" }, { "_BILLING", "billing" }, { "_ISSUE", "alarm" }, { "_THRESHOLD", "alarm" },
        { "_OPERATIONAL_NOTIFICATION", "service_update" }, { "_CUSTOMER_NOTIFICATION", "service_update" },
    },
    titles = {
        { "maintenance", "maintenance" }, { "retirement", "maintenance" }, { "reboot", "maintenance" }, { "scheduled for", "maintenance" },
        { "メンテナンス", "maintenance" }, { "再起動", "maintenance" }, { "リタイア", "maintenance" },
        { "end of support", "service_update" }, { "end of standard support", "service_update" }, { "end-of-life", "service_update" },
        { "deprecat", "service_update" }, { "サポート終了", "service_update" }, { "非推奨", "service_update" }, { "廃止", "service_update" },
        { "invoice", "billing" }, { "billing", "billing" }, { "payment", "billing" }, { "budget", "billing" }, { "charges", "billing" },
        { "請求", "billing" }, { "支払", "billing" }, { "marketplace", "marketplace" }, { "certificate", "certificate" },
        { "証明書", "certificate" }, { "domain", "domain" }, { "ドメイン", "domain" }, { "support case", "support_case" },
        { "verification", "account" }, { "password", "account" }, { "sign-in", "account" }, { "alarm", "alarm" }, { "障害", "alarm" },
        { "change", "service_update" }, { "upgrade", "service_update" }, { "update", "service_update" }, { "migrat", "service_update" },
        { "new version", "service_update" }, { "変更", "service_update" }, { "アップデート", "service_update" },
    },
    careful = { account_compromise = true, abuse_report = true, ses_review = true, security_notice = true, suspicious = true,
        not_aws = true, unmatched = true },
}
