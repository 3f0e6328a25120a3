-- Accounts, bills, Marketplace, domains, certificates, alarms, and the rest: a subject for each rule.
local function case(name, rule, category, from, subject, more)
  local expect = { category = category, rule = rule }
  for key, value in pairs(more or {}) do expect[key] = value end
  test(name) { from = from, subject = subject, body = "Hello,\n\nAWS Account ID: 123456789012\n", expect = expect }
end
local operators = { { action = "forward", args = { to = "operators" } } }

case("account: suspended", "account.suspended", "account", "aws-account-notifications@amazon.com", "Your AWS account has been suspended",
  { priority = "urgent", actions = operators })
case("account: MFA", "account.mfa-deactivated", "account", "no-reply@amazonaws.com",
  "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Deactivated", { priority = "high" })
case("account: password assistance", "account.password-assistance", "account", "no-reply@signin.aws", "Amazon Web Services Password Assistance")
case("account: password updated", "account.password-assistance", "account", "no-reply@signin.aws", "[EXT] Password updated")
case("account: code", "account.verification-code", "account", "no-reply@signin.aws", "Verify your identity", { actions = operators })
case("account: Builder ID", "account.verification-code", "account", "no-reply@signin.aws", "Verify your AWS Builder ID email address")
case("account: invitation", "account.identity-center-invitation", "account", "no-reply@login.awsapps.com", "Invitation to join AWS Single Sign-On")
case("account: ready", "account.ready", "account", "no-reply@amazonaws.com", "Your AWS Account is Ready - Get Started Now")

case("billing: statement", "billing.invoice", "billing", "invoicing@aws.com",
  "Amazon Web Services Billing Statement Available [Account: 123456789012]", { account = "123456789012", actions = operators })
case("billing: invoice with id", "billing.invoice", "billing", "invoicing@aws.com",
  "Amazon Web Services Invoice Available [Account: 123456789012] [Invoice ID: EUINAM26-16342]", { account = "123456789012" })
case("billing: tax invoice", "billing.invoice", "billing", "invoicing@aws.com", "Amazon Web Services Tax Invoice Available")
case("billing: unpaid", "billing.unpaid", "billing", "no-reply-aws@amazon.com", "Important Unpaid AWS charges", { priority = "high" })
test "billing: budget" {
  mail   = "fixtures/budget-alert.eml",
  expect = { category = "billing", rule = "billing.budget", found = { line = "prod-monthly", threshold = "$500.00", amount = "$512.34" },
    actions = operators },
}
test "billing: budget through a topic" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "AWS Budgets: platform-dev-monthly has exceeded your alert threshold",
  body    = "Budget Type: Cost",
  expect  = { category = "billing", rule = "billing.budget-topic" },
}
case("billing: utilization of reservations", "billing.budget-report", "billing", "budgets@costalerts.amazonaws.com", "RI Utilization alert for my-budget")
case("billing: cost anomaly", "billing.cost-anomaly", "billing", "anomalydetection@costalerts.amazonaws.com", "AWS Cost anomaly detected")
case("billing: free tier", "billing.free-tier", "billing", "freetier@costalerts.amazonaws.com", "AWS Free Tier limit alert")
case("billing: free plan", "billing.free-plan-ended", "billing", "no-reply@amazonaws.com", "Your AWS free plan has ended - Action required",
  { notice = { action_required = true } })

case("marketplace: subscription", "marketplace.notice", "marketplace", "no-reply@amazonaws.com",
  "Your AWS Marketplace subscription for Example Database (Standard Edition)")
case("marketplace: offer", "marketplace.notice", "marketplace", "no-reply@marketplace.aws", "You accepted an AWS Marketplace offer")

case("domain: verification", "domain.verification", "domain", "noreply@registrar.amazon", "Verify your email address for example.com",
  { found = { domain = "example.com" }, priority = "high" })
case("domain: verification by the associate", "domain.verification", "domain", "noreply@domainnameverification.net", "Email Address Verification")
case("domain: anything else of the registrar", "domain.registrar", "domain", "noreply@registrar.amazon", "Transfer of example.com")

case("certificate: request", "certificate.request", "certificate", "no-reply@certificates.amazon.com",
  "Certificate request for shop.example.com", { found = { domain = "shop.example.com" } })
case("certificate: renewed", "certificate.renewed", "certificate", "no-reply-aws@amazon.com", "Your certificate is renewed")
test "certificate: renewal, HTML" {
  mail   = "fixtures/acm-renewal-html.eml",
  expect = { category = "certificate", rule = "certificate.renewal", account = "123456789012",
    found = { certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0d1f4a52-3c7b-4a8e-9f10-2b6c7d8e9f00" },
    actions = { { action = "forward", args = { to = "technical" } } } },
}

test "alarm: CloudWatch" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "ALARM: \"shop-api-5xx\" in Asia Pacific (Tokyo)",
  body    = "Alarm Details:\n- Name: shop-api-5xx\n",
  expect  = { category = "alarm", rule = "alarm.cloudwatch", found = { any = "shop-api-5xx", region = "Asia Pacific (Tokyo)" }, actions = operators },
}
test "SNS: subscription" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "AWS Notification - Subscription Confirmation",
  body    = "You have chosen to subscribe to the topic: arn:aws:sns:us-east-1:123456789012:alarms",
  expect  = { category = "other", rule = "sns.subscription" },
}
test "SNS: whatever a customer publishes" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "AWS Notification Message",
  body    = "disk almost full",
  expect  = { category = "alarm", rule = "sns.message" },
}
test "SNS: a customer's imitation is not AWS" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "Backup finished",
  body    = "Your AWS account is compromised. Severity: Urgent",
  expect  = { category = "alarm", rule = "sns.message" },
}
test "quota" {
  from    = "health@aws.com",
  subject = "Quota nearly used up [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_SERVICEQUOTAS_THRESHOLD_BREACH" },
  body    = "Hello,",
  expect  = { category = "alarm", rule = "quota.threshold" },
}

case("SES: address verification", "ses.address-verification", "other", "no-reply-aws@amazon.com",
  "Amazon Web Services – Email Address Verification Request in region Asia Pacific (Tokyo)")
case("SES: setup", "ses.setup", "other", "no-reply-aws@amazon.com", "Amazon SES Setup Notification")
