-- Alarms, topics, quotas.

local operators = { { action = "forward", args = { to = "operators" } } }

test "SNS: subscription" {
  mail   = "fixtures/other/sns-subscription.eml",
  expect = { category = "other", rule = "sns.subscription", found = { requested = "arn:aws:sns:us-east-1:123456789012:alarms" },
    actions = { { action = "forward", args = { to = "operators", quote = false } } } },
}
test "SNS: subscription, under another subject" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "Confirm your subscription",
  body    = "Hello,\n\nYou have chosen to subscribe to the topic:\narn:aws:sns:us-east-1:123456789012:alarms\n",
  expect  = { category = "other", rule = "sns.subscription" },
}
test "SNS: whatever a customer publishes" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "AWS Notification Message",
  body    = "disk almost full",
  expect  = { category = "alarm", rule = "sns.notification", certainty = "exact", actions = operators },
}
test "SNS: a customer's imitation is not AWS" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "Backup finished",
  body    = "Your AWS account is compromised. Severity: Urgent",
  expect  = { category = "alarm", rule = "sns.message", certainty = "general" },
}
test "SNS: a customer names an event type" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "ALARM: AWS_RISK_CREDENTIALS_EXPOSED",
  body    = "Severity: Urgent\ncompromised\n",
  expect  = { category = "alarm", rule = "alarm.cloudwatch" },
}
test "alarm: a colleague's monitoring is not AWS's" {
  from = "zabbix@example.jp", subject = "ALARM: disk full", auth = "none", expect = { category = "not_aws" },
}
for _, form in ipairs { "text", "html" } do
  test("quota: " .. form) {
    mail   = "fixtures/other/quota-threshold-" .. form .. ".eml",
    expect = {
      category = "alarm", rule = "quota.threshold", account = "123456789012",
      notice   = { event_type = "AWS_SERVICEQUOTAS_THRESHOLD_BREACH" },
    },
  }
end
test "quota: another event" {
  from    = "health@aws.com",
  subject = "About quotas [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_SERVICEQUOTAS_SOMETHING" },
  expect  = { category = "alarm", rule = "quota.threshold" },
}
test "SNS: nobody subscribes any more" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "AWS Notification - Unsubscribe Confirmation",
  body    = "Your subscription to the topic below has been deactivated: arn:aws:sns:us-east-1:123456789012:alarms",
  expect  = { category = "other", rule = "sns.subscription" },
}
for _, from in ipairs { "notifications@aws.com", "no-reply-aws@amazon.com", "no-reply@amazonaws.com" } do
  test("alarm: from " .. from) { from = from, subject = "ALARM:", expect = { category = "alarm", rule = "alarm.cloudwatch-notice" } }
  test("quota: from " .. from) { from = from, subject = "Service Quotas: vCPUs", expect = { category = "alarm", rule = "quota.notice" } }
end
