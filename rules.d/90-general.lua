-- What is recognised by its kind alone: by the family of the event type, by the grammar of the title, by the sender. These rules
-- come after all others wherever they stand, and among themselves in this order: what proves most first. Their decisions are
-- marked `general`, carry near misses, ring nobody, and are put before the operators, so that an exact rule follows.
--
-- Titles count for mail of AWS's senders alone (titles.aws), and never make a security matter of anything.
local titles = require "titles"
local aws = titles.aws

-- Event types: AWS_<service>_<what> ---------------------------------------------------------------------------------------

rule "general.lifecycle" {
  event_type = { "AWS_*_PLANNED_LIFECYCLE_EVENT", "AWS_*_END_OF_*", "AWS_*_EOL*", "AWS_*_DEPRECATION*" },
  category   = "service_update",
  general    = true,
}

rule "general.maintenance" {
  event_type = {
    "AWS_*_MAINTENANCE_*", "AWS_*_MAINTENANCE", "AWS_*RETIREMENT*", "AWS_*_UPGRADE_SCHEDULED", "AWS_*_REPLACEMENT_*", "AWS_*_PATCHING_*",
    "AWS_*_REBOOT_*", "AWS_*_SCHEDULED",
  },
  category   = "maintenance",
  general    = true,
}

rule "general.billing" {
  event_type = "AWS_BILLING_*",
  category   = "billing",
  general    = true,
}

rule "general.account" {
  event_type = "AWS_ACCOUNT_*",
  category   = "account",
  general    = true,
}

rule "general.operational-issue" {
  event_type = { "AWS_*_ISSUE", "AWS_*_LIMIT_REACHED", "AWS_*_THRESHOLD_BREACH" },
  category   = "alarm",
  priority   = "high",
  general    = true,
}

rule "general.service-update" {
  event_type = { "AWS_*_NOTIFICATION", "AWS_*_UPDATE_AVAILABLE", "AWS_*_SERVICE_UPDATE*", "AWS_*_SOFTWARE_UPDATE*" },
  category   = "service_update",
  general    = true,
}

-- Titles ------------------------------------------------------------------------------------------------------------------

-- Mail about money, cases and reports, whatever else stands in its title
local not_a_notice = nocase(contains {
  "budget", "invoice", "billing", "payment", "charges", "report", "[CASE ", "support case", "agreement", "service terms", "survey",
  "webinar", "newsletter", "training", "invitation", "請求", "支払",
})

rule "general.certificate-title" {
  all      = {
    aws { title = nocase {
      "{any}certificate{any} expir{any}", "{any}certificate{any} renew{any}", "{any}certificate{any} validat{any}", "{any}expiring{any} certificate{any}",
      "{any}renewal of {any}certificate{any}", "{any}証明書{any}期限{any}", "{any}証明書{any}更新{any}", "{any}証明書{any}失効{any}",
    } },
  },
  none     = { title = not_a_notice },
  category = "certificate",
  general  = true,
}

rule "general.end-title" {
  all      = {
    aws { title = nocase {
      "{any}end of support{any}", "{any}end of {word} support{any}", "{any}end of life{any}", "{any}end-of-life{any}", "{any}end-of-support{any}",
      "{any}deprecat{any}", "{any}discontinu{any}", "{any} sunset{any}", "{any}no longer {any}support{any}", "{any}no longer be {word}",
      "{any}will be retired{any}", "{any}is being retired{any}", "{any}service retirement{any}", "{any}version retirement{any}",
      "{any}closing to new customers{any}", "{any}support {word} ending{any}", "{any}extended support{any}",
      "{any}サポート終了{any}", "{any}サポートの終了{any}", "{any}サポートが終了{any}", "{any}提供終了{any}", "{any}非推奨{any}", "{any}廃止{any}",
    } },
  },
  none     = { title = not_a_notice },
  category = "service_update",
  general  = true,
}

rule "general.maintenance-title" {
  all      = {
    aws { title = nocase {
      "{any}maintenance{any}", "{any}retirement{any}", "{any}scheduled for {any}", "{any}scheduled to be {any}", "{any}patch notification{any}",
      "{any}scheduled reboot{any}", "{any}scheduled replacement{any}", "{any}hardware replacement{any}", "{any}degraded hardware{any}",
      "{any}メンテナンス{any}", "{any}リタイア{any}", "{any}再起動{any}", "{any}パッチ適用{any}",
    } },
  },
  none     = { title = not_a_notice },
  category = "maintenance",
  general  = true,
}

rule "general.issue-title" {
  all      = {
    aws { title = nocase {
      "{any}operational issue{any}", "{any}increased error{any}", "{any}increased latenc{any}", "{any}connectivity issue{any}",
      "{any}degraded performance{any}", "{any}service disruption{any}", "{any}障害{any}",
    } },
  },
  none     = { title = not_a_notice },
  category = "alarm",
  priority = "high",
  general  = true,
}

rule "general.change-title" {
  all      = {
    aws { title = nocase {
      "{any}upcoming change{any}", "{any}planned change{any}", "{any}important change{any}", "{any}change to {any}", "{any}changes to {any}",
      "{any}change in {any}", "{any}changes in {any}", "{any}changes for {any}", "{any}is changing{any}", "{any}will change{any}", "{any}behavior change{any}",
      "{any}service update{any}", "{any}software update{any}", "{any}update your {any}", "{any}update available{any}", "{any}upgrade required{any}",
      "{any}upgrade your {any}", "{any}upgrade to {any}", "{any}migrate {any}", "{any}migration to {any}", "{any}migrating {any}", "{any}new default{any}",
      "{any}変更{any}", "{any}更新{any}", "{any}アップグレード{any}", "{any}移行{any}", "{any}アップデート{any}",
    } },
  },
  none     = { title = { not_a_notice, nocase(contains { "password", "sign-in", "email address", "payment method", "パスワード", "サインイン", "メールアドレス" }) } },
  category = "service_update",
  general  = true,
}

-- AWS Health's own word for the kind of event, from the metadata ------------------------------------------------------------

local function is_event_category(wanted)
  return function(msg) return msg.auth.verdict ~= "stranger" and msg.notice.metadata["Event type category"] == wanted end
end

rule "general.scheduled-change" {
  from     = { "health@aws.com", "notifications@aws.com" },
  when     = is_event_category "scheduledChange",
  category = "maintenance",
  general  = true,
}

rule "general.issue" {
  from     = { "health@aws.com", "notifications@aws.com" },
  when     = is_event_category "issue",
  category = "alarm",
  priority = "high",
  general  = true,
}

-- AWS Japan's bilingual notices with a link to the Health Dashboard are service updates more often than not
rule "general.bilingual" {
  body     = all {
    any { nocase "English follows Japanese", nocase "English version follows", "英語の文面は日本語の後" },
    any { "health.aws.amazon.com", "phd.aws.amazon.com", "health.console.aws.amazon.com", "Health Dashboard" },
  },
  when     = function(msg) return msg.auth.verdict ~= "stranger" end,   -- a colleague may quote such a mail
  category = "service_update",
  general  = true,
}

-- Senders that speak of one thing --------------------------------------------------------------------------------------------

rule "general.sender-billing" {
  from     = { "invoicing@aws.com", "aws-receivables-support@email.amazon.com", "@costalerts.amazonaws.com" },
  category = "billing",
  general  = true,
}

rule "general.sender-account" {
  from     = { "@signin.aws", "@verify.signin.aws", "@signup.aws", "no-reply@login.awsapps.com" },
  category = "account",
  general  = true,
}

rule "general.sender-certificate" {
  from     = "@certificates.amazon.com",
  category = "certificate",
  general  = true,
}

rule "general.sender-marketing" {
  from     = { "aws-marketing-email-replies@amazon.com", "apn-info@amazon.com" },
  category = "other",
  general  = true,
}
