-- General rules, and what no rule knows.
local technical, operators = { { action = "forward", args = { to = "technical" } } }, { { action = "forward", args = { to = "operators" } } }

local function gallery(rule, category, mails, more)
  for _, mail in ipairs(mails) do
    local expect = { category = category, rule = rule, certainty = "general", account = "123456789012", actions = technical }
    for key, value in pairs(more or {}) do expect[key] = value end
    test("gallery: " .. mail) { mail = "fixtures/general/" .. mail .. ".eml", expect = expect }
  end
end
local function titled(rule, category, subjects)
  for _, subject in ipairs(subjects) do
    test(rule .. ": " .. subject) {
      from = "no-reply-aws@amazon.com", subject = subject .. " [AWS Account: 123456789012]", body = "Hello,",
      expect = { category = category, rule = rule, certainty = "general" },
    }
  end
end
local function typed(rule, category, event_types)
  for _, event_type in ipairs(event_types) do
    test(rule .. ": " .. event_type) {
      from = "health@aws.com", subject = "About what you run with us [AWS Account: 123456789012]",
      headers = { ["X-SM-COMMUNICATION-TYPE"] = event_type }, body = "Hello,",
      expect = { category = category, rule = rule, certainty = "general" },
    }
  end
end

gallery("general.maintenance", "maintenance", { "unknown-maintenance" }, { notice = { service = "EXAMPLESENSOR", starts = "2026-12-11T00:00:00Z" } })
typed("general.maintenance", "maintenance", {
  "AWS_EXAMPLE_MAINTENANCE", "AWS_EXAMPLE_NODE_RETIREMENT_SCHEDULED", "AWS_EXAMPLE_ENGINE_UPGRADE_SCHEDULED", "AWS_EXAMPLE_NODE_REPLACEMENT_PLANNED",
  "AWS_EXAMPLE_HOST_PATCHING_WINDOW", "AWS_EXAMPLE_HOST_REBOOT_WINDOW", "AWS_EXAMPLE_WORK_SCHEDULED",
})
gallery("general.lifecycle", "service_update", { "unknown-lifecycle-text", "unknown-lifecycle-html" })
typed("general.lifecycle", "service_update", { "AWS_EXAMPLE_END_OF_LIFE", "AWS_EXAMPLE_ENGINE_EOL", "AWS_EXAMPLE_ENGINE_DEPRECATION_NOTICE" })
typed("general.service-update", "service_update", {
  "AWS_EXAMPLE_OPERATIONAL_NOTIFICATION", "AWS_EXAMPLE_UPDATE_AVAILABLE", "AWS_EXAMPLE_SERVICE_UPDATE", "AWS_EXAMPLE_SOFTWARE_UPDATE",
})
typed("general.billing", "billing", { "AWS_BILLING_NOTIFICATION" })
typed("general.account", "account", { "AWS_ACCOUNT_NOTIFICATION" })
typed("general.operational-issue", "alarm", {
  "AWS_ELASTICLOADBALANCING_API_ISSUE", "AWS_EC2_OPERATIONAL_ISSUE", "AWS_EC2_NETWORK_CONNECTIVITY_ISSUE", "AWS_ELASTICLOADBALANCING_ENI_LIMIT_REACHED",
  "AWS_EXAMPLE_THRESHOLD_BREACH",
})

-- Titles
titled("general.certificate-title", "certificate", {
  "A certificate of Example Sensor expires soon", "Your certificate could not be renewed", "Example Sensor の証明書の有効期限が近づいています",
  "Certificate validation is pending", "Expiring private certificates",
})
gallery("general.end-title", "service_update", { "unknown-end-title" }, { notice = { action_required = true } })
titled("general.end-title", "service_update", {
  "Example Sensor 2 end-of-life", "Example Sensor: deprecation of the v1 API", "Example Sensor will be discontinued", "Example Sensor v1 no longer supported",
  "Example Sensor v1 will be retired on May 1, 2027", "Example Sensor is closing to new customers", "Example Sensor v1 のサポート終了について",
  "Example Sensor v1 の廃止について", "Example Sensor API の非推奨化",
})
gallery("general.maintenance-title", "maintenance", { "unknown-maintenance-title" })
titled("general.maintenance-title", "maintenance", {
  "Example Sensor hub retirement", "Example Sensor hub scheduled for replacement", "Example Sensor メンテナンスのお知らせ", "Example Sensor のリタイアについて",
  "Example Sensor patch notification",
})
titled("general.issue-title", "alarm", { "Increased error rates of Example Sensor", "Operational issue of Example Sensor", "Example Sensor の障害について" })
gallery("general.change-title", "service_update", { "unknown-change-ja" })
titled("general.change-title", "service_update", {
  "Upcoming changes of Example Sensor", "Example Sensor is changing its defaults", "A new Example Sensor service update is available",
  "Upgrade required: Example Sensor", "Update your Example Sensor firmware", "Example Sensor のアップデートのお知らせ", "Example Sensor v2 への移行のお願い",
  "Example Sensor の料金改定について", "Price change of Example Sensor",
})
test "general: a title, of bilingual mail" {
  mail   = "fixtures/bilingual-unknown.eml",
  expect = { category = "service_update", rule = "general.change-title", certainty = "general", account = "123456789012" },
}

-- What AWS Health says of the event
gallery("general.scheduled-change", "maintenance", { "unknown-scheduled-change" })
test "general: an issue by its metadata" {
  from    = "health@aws.com",
  subject = "About Example Sensor [AWS Account: 123456789012]",
  html    = "<p>Hello,</p><h2>Message metadata</h2><p>Affected account</p><p>123456789012</p><p>Event type category</p><p>issue</p>",
  expect  = { category = "alarm", rule = "general.issue", certainty = "general", priority = "high" },
}
test "general: bilingual with a link to the Health Dashboard" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon AppFlow コネクタについて | About Amazon AppFlow connectors [AWS Account: 123456789012]",
  body    = "(English follows Japanese)\n\nコネクタの認証方式が変わります。\n\nHello,\n\nSee https://health.aws.amazon.com/health/home\n",
  expect  = { category = "service_update", rule = "general.bilingual", certainty = "general" },
}

-- Senders
for from, is in pairs {
  ["invoicing@aws.com"] = { "billing", "general.sender-billing" },
  ["no-reply@certificates.amazon.com"] = { "certificate", "general.sender-certificate" },
} do
  test("general: whatever comes from " .. from) {
    from = from, subject = "A word from us", body = "Hello,", expect = { category = is[1], rule = is[2], certainty = "general" },
  }
end

-- Who is not AWS may write about anything that AWS does
test "a newsletter about ends of support and maintenance" {
  mail = "fixtures/general/newsletter.eml", expect = { category = "not_aws", actions = {}, auth = { verdict = "stranger" } },
}
test "a colleague about changes of AWS" {
  mail = "fixtures/general/colleague.eml", expect = { category = "not_aws", actions = {}, auth = { verdict = "stranger" } },
}
test "a forged notice in unknown words" {
  from    = "health@aws.com", auth = "fail",
  subject = "Example Sensor: maintenance on December 11, 2026 [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { category = "suspicious", actions = operators },
}

-- Mail of AWS that is no notice, whatever its title speaks of
for _, subject in ipairs {
  "Your AWS Cost report on maintenance", "Your survey of the changes in AWS Skills", "Changes to your AWS invoice",
  "Upcoming changes to your payment method", "Your support case about maintenance windows", "Register now: webinar on migration to Graviton",
  "Your budget is scheduled for a change", "Upcoming changes to your re:Invent agenda", "AWS Summit: important change of the venue",
  "12月のセミナー日程変更のお知らせ",
} do
  test("no notice: " .. subject) {
    from = "no-reply-aws@amazon.com", subject = subject, body = "Hello,", expect = { category = "unmatched", certainty = "none" },
  }
end
test "nothing known, and nothing said in metadata" {
  from    = "health@aws.com",
  subject = "A word about Example Sensor [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { category = "unmatched", certainty = "none", errors = {} },
}
test "no security matter by a title" {
  from    = "no-reply-aws@amazon.com",
  subject = "Suspicious changes to your Example Sensor: maintenance required [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { category = "unmatched", certainty = "none" },
}

test "unmatched: no rule knows it" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon Timestream for LiveAnalytics query unit changes [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { category = "unmatched", certainty = "none", account = "123456789012", actions = operators },
}
test "not AWS" {
  from    = "news@cloudweekly.example.com",
  subject = "Ten tips for a lower cloud bill",
  body    = "Unsubscribe here.",
  expect  = { category = "not_aws", actions = {} },
}
