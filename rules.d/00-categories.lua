-- The kinds of mail. `tell` is the role that gets it when a rule says nothing else; `priority` orders the outbox.
-- Change one in your own folder: category "billing" { tell = "finance" }. One that sends people running has
-- `grave` words: for a mail that no rule knows it is suggested only where the title has all words of one of these texts.

category "maintenance" {
  title = "AWS リソースに対するメンテナンス情報", title_en = "Maintenance of AWS resources",
  priority = "normal", tell = "technical",
}
category "service_update" {
  title = "AWS サービスに関わるサービスアップデート情報", title_en = "AWS service updates",
  priority = "normal", tell = "technical",
}
category "abuse_report" {
  title = "AWS リソースの不正使用報告", title_en = "Abuse reports",
  priority = "high", tell = "technical", answer = "24h", -- AWS blocks resources when nobody answers
  grave = { "abuse", "不正使用" },
}
category "account_compromise" {
  title = "AWS リソースまたはアカウントの不正アクセス予兆通知", title_en = "Signs of a compromised account",
  priority = "urgent", tell = "security",
  grave = {
    "suspicious", "irregular activity", "unusual activity", "unauthorized", "compromised", "exposed", "leaked", "review credentials", "不審", "不正アクセス", "漏えい",
  },
}
category "ses_review" {
  title = "Amazon SES レビュープロセスに関する通知", title_en = "Amazon SES sending reviews",
  priority = "high", tell = "security",
  grave = { "SES review", "SES probation", "SES paused", "SES suspended", "SES bounce rate", "SES bounce review", "SES complaint rate", "SES complaint review" },
}
category "support_case" {
  title = "AWS サポートケースの起票・更新", title_en = "AWS Support cases",
  priority = "normal", tell = "technical",
}
category "account" {                                    -- codes and reset links: never beyond the operators
  title = "AWS アカウントの手続き", title_en = "Account procedures",
  priority = "normal", tell = "operators",
}
category "billing" {
  title = "請求・コスト", title_en = "Billing and cost",
  priority = "low", tell = "operators",
}
category "security_notice" {
  title = "セキュリティに関するお知らせ", title_en = "Security notices",
  priority = "high", tell = "operators",
  grave = { "security", "vulnerability", "セキュリティ" },
}
category "domain" {
  title = "ドメイン登録", title_en = "Domain registration",
  priority = "high", tell = "operators",
}
category "certificate" {
  title = "証明書の発行・更新", title_en = "Certificates",
  priority = "normal", tell = "technical",
}
category "marketplace" {
  title = "AWS Marketplace", title_en = "AWS Marketplace",
  priority = "low", tell = "operators",
}
category "alarm" {
  title = "アラーム・障害通知", title_en = "Alarms and operational issues",
  priority = "normal", tell = "operators",
}
category "other" {
  title = "その他の AWS メール", title_en = "Other mail from AWS",
  priority = "low", tell = "operators",
}
category "suspicious" {
  title = "なりすましの疑いがあるメール", title_en = "Possibly forged mail",
  priority = "high", tell = "operators",
}
category "unmatched" {
  title = "分類できなかったメール", title_en = "Mail that no rule knows",
  priority = "normal", tell = "operators",
}
category "not_aws" {                                    -- tells nobody
  title = "AWS 以外のメール", title_en = "Not from AWS",
  priority = "low",
}
