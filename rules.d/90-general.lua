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

-- Mail about money, cases, reports and events, whatever else stands in its title
local not_a_notice = nocase(contains {
  "budget", "invoice", "billing", "payment", "charges", "report", "support case", "agreement", "service terms", "survey",
  "webinar", "newsletter", "training", "invitation", "re:invent", "summit", "workshop", "register for", "sending", "probation",
  "under review", "請求", "支払", "送信", "セミナー", "ウェビナー", "アンケート", "キャンペーン", "開催",
})

rule "general.certificate-title" {
  all      = {
    aws { title = all {
      nocase(contains { "certificate", "証明書" }), nocase(contains { "expir", "renew", "validat", "期限", "更新", "失効" }),
    } },
  },
  none     = { title = not_a_notice },
  category = "certificate",
  general  = true,
}

rule "general.end-title" {
  all      = {
    aws { title = nocase {
      contains {
        "end of support", "end of life", "end-of-life", "end-of-support", "deprecat", "discontinu", " sunset",
        "will be retired", "is being retired", "service retirement", "version retirement", "closing to new customers",
        "extended support", "サポート終了", "サポートの終了", "サポートが終了", "提供終了", "非推奨", "廃止",
      },
      matches [[end of [a-z]+ support|no longer (?:be )?[a-z]+|support [a-z]+ ending]],
    } },
  },
  none     = { title = not_a_notice },
  category = "service_update",
  general  = true,
}

rule "general.maintenance-title" {
  all      = {
    aws { title = nocase {
      contains {
        "maintenance", "retirement", "patch notification", "scheduled reboot",
        "scheduled replacement", "hardware replacement", "degraded hardware", "メンテナンス", "リタイア", "再起動", "パッチ適用",
      },
      matches [[scheduled (?:for|to be) (?:re|stop|shut|terminat|up|patch|migrat|mov|delet|decommission)]],
    } },
  },
  none     = { title = not_a_notice },
  category = "maintenance",
  general  = true,
}

rule "general.issue-title" {
  all      = {
    aws { title = nocase {
      contains {
        "operational issue", "increased error", "increased latenc", "connectivity issue", "degraded performance",
        "service disruption", "障害",
      },
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
      contains {
        "upcoming change", "planned change", "important change", "change to ", "changes to ", "change in ", "changes in ",
        "changes for ", "is changing", "will change", "behavior change", "service update", "software update", "update your ",
        "update available", "upgrade required", "upgrade your ", "upgrade to ", "migrate ", "migration to ", "migrating ",
        "new default", "price change", "pricing change", "price increase", "変更", "改定", "更新", "アップグレード", "移行", "アップデート",
      },
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

rule "general.sender-certificate" {
  from     = "@certificates.amazon.com",
  category = "certificate",
  general  = true,
}
