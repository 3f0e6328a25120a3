-- Security notices where nobody has broken in.

test "security notification" {
  from    = "health@aws.com",
  subject = "Security update for your databases [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_RDS_SECURITY_NOTIFICATION" },
  body    = "Please apply the update.",
  expect  = { category = "security_notice", rule = "security.notification", actions = { { action = "forward", args = { to = "operators" } } } },
}

local operators = { { action = "forward", args = { to = "operators" } } }
local function gallery(name, rule, more)
  local expect = { category = "security_notice", rule = rule, priority = "high", account = "123456789012", actions = operators }
  for key, value in pairs(more or {}) do expect[key] = value end
  test("security: " .. name) { mail = "fixtures/security/" .. name .. ".eml", expect = expect }
end

gallery("rds-security-notification-text", "security.notification", { notice = { event_type = "AWS_RDS_SECURITY_NOTIFICATION" } })
gallery("rds-security-notification-html", "security.notification", { notice = { event_type = "AWS_RDS_SECURITY_NOTIFICATION" } })
gallery("public-buckets-bilingual", "security.public-buckets", { service = "S3", notice = { action_required = true } })
gallery("guardduty-finding", "security.guardduty", { service = "GUARDDUTY" })
gallery("root-mfa-bilingual", "security.root-mfa-required", { service = "IAM" })

for event_type, rule in pairs { AWS_SECURITY_NOTIFICATION = "security.notification", AWS_RISK_SOMETHING_NEW = "security.risk-notice" } do
  test("security: " .. event_type) {
    from    = "health@aws.com",
    subject = "About your account [AWS Account: 123456789012]",
    headers = { ["X-SM-COMMUNICATION-TYPE"] = event_type },
    body    = "Hello,",
    expect  = { category = "security_notice", rule = rule },
  }
end
test "security: a colleague's title is not AWS's" {
  from    = "taro@example.jp",
  subject = "GuardDuty finding of yesterday",
  auth    = "none",
  expect  = { category = "not_aws" },
}
for _, from in ipairs { "notifications@aws.com", "no-reply-aws@amazon.com", "no-reply@amazonaws.com" } do
  for rule, subject in pairs {
    ["security.bulletin"] = "AWS Security Bulletin AWS-2026-001", ["security.guardduty"] = "GuardDuty finding in ap-northeast-1",
    ["security.findings"] = "AWS Security Hub findings of last week", ["security.access-analyzer"] = "IAM Access Analyzer finding for a role",
  } do
    test(rule .. ": " .. from) { from = from, subject = subject, expect = { category = "security_notice", rule = rule } }
  end
end
