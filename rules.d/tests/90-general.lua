-- General rules, and what no rule knows.

test "general: maintenance" {
  mail   = "fixtures/general-maintenance-html.eml",
  expect = {
    category = "maintenance", rule = "general.maintenance", certainty = "general", account = "123456789012",
    notice   = { event_type = "AWS_KAFKA_MAINTENANCE_SCHEDULED", service = "KAFKA", starts = "2026-11-25T16:00:00Z" },
  },
}
test "general: account" {
  from    = "health@aws.com",
  subject = "About your account [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_BILLING_NOTIFICATION" },
  body    = "Hello,",
  expect  = { category = "account", rule = "general.account", certainty = "general", actions = { { action = "forward", args = { to = "operators" } } } },
}
test "general: service update" {
  from    = "health@aws.com",
  subject = "Amazon MQ engine versions [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_MQ_PLANNED_LIFECYCLE_EVENT" },
  body    = "Hello,",
  expect  = { category = "service_update", rule = "general.service-update", certainty = "general" },
}
test "general: issue" {
  from    = "health@aws.com",
  subject = "Operational issue [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_ELASTICLOADBALANCING_API_ISSUE" },
  body    = "Hello,",
  expect  = { category = "alarm", rule = "general.operational-issue", certainty = "general", priority = "high" },
}
test "general: bilingual with a link to the Health Dashboard" {
  mail   = "fixtures/bilingual-unknown.eml",
  expect = { category = "service_update", rule = "general.bilingual", certainty = "general", account = "123456789012" },
}
test "unmatched: no rule knows it" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon Timestream for LiveAnalytics query unit changes [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { category = "unmatched", certainty = "none", account = "123456789012", actions = { { action = "forward", args = { to = "operators" } } } },
}
test "not AWS" {
  from    = "news@cloudweekly.example.com",
  subject = "Ten tips for a lower cloud bill",
  body    = "Unsubscribe here.",
  expect  = { category = "not_aws", actions = {} },
}
