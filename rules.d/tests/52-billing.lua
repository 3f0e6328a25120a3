-- Bills, payments, budgets.

local operators = { { action = "forward", args = { to = "operators" } } }
local function gallery(name, rule, more)
  local expect = { category = "billing", rule = rule, actions = operators }
  for key, value in pairs(more or {}) do expect[key] = value end
  test("billing: " .. name) { mail = "fixtures/billing/" .. name .. ".eml", expect = expect }
end

gallery("invoice", "billing.invoice", { account = "123456789012", priority = "low" })
gallery("billing-statement", "billing.invoice", { account = "123456789012" })
gallery("billing-statement-2019", "billing.invoice", { account = "123456789012" })
gallery("unpaid-charges", "billing.unpaid", { account = "123456789012", priority = "high" })
gallery("payment-failed-ja", "billing.payment-failed", { account = "123456789012", priority = "high" })
gallery("card-expiring", "billing.card-expiring", { priority = "high", notice = { action_required = true } })
gallery("budget-actual", "billing.budget", {
  account = "123456789012", service = "BUDGETS", found = { line = "prod-monthly", threshold = "$500.00", amount = "$512.34" },
})
gallery("budget-forecast", "billing.budget", { found = { threshold = "$600.00", forecast = "$702.10" } })
gallery("cost-anomaly", "billing.cost-anomaly", { priority = "normal" })
gallery("free-tier-limit", "billing.free-tier", { found = { percent = "85" } })
gallery("free-plan-ended", "billing.free-plan-ended", { priority = "high", notice = { action_required = true } })
gallery("savings-plans-expiring", "billing.commitment-expiring", { account = "123456789012" })

test "billing: budget through a topic" {
  from    = "no-reply@sns.amazonaws.com",
  subject = "AWS Budgets: platform-dev-monthly has exceeded your alert threshold",
  body    = "Budget Type: Cost\nAlert Threshold: > $1.00\nActual Amount: $5.24\nForecasted Amount: $7.00\n",
  expect  = {
    category = "billing", rule = "billing.budget-topic", found = { threshold = "$1.00", amount = "$5.24", forecast = "$7.00" }, actions = operators,
  },
}

local function from(sender, subject, rule, more)
  local expect = { category = "billing", rule = rule, actions = operators }
  for key, value in pairs(more or {}) do expect[key] = value end
  test(rule .. ": " .. sender .. ": " .. subject) { from = sender, subject = subject, body = "Hello,\n", expect = expect }
end
from("budgets@costalerts.amazonaws.com", "RI Utilization alert for my-budget", "billing.commitment-use")
from("budgets@costalerts.amazonaws.com", "Your weekly budget report", "billing.budget-report")
from("anomalydetection@costalerts.amazonaws.com", "Something unusual in your costs", "billing.cost-anomaly")
from("no-reply@amazonaws.com", "AWS Cost anomaly detected", "billing.cost-anomaly")
from("no-reply@amazonaws.com", "Cost anomaly detected for monitor services", "billing.cost-anomaly")
from("freetier@costalerts.amazonaws.com", "Something about the free tier", "billing.free-tier")
from("no-reply-aws@amazon.com", "AWS Free limit alert", "billing.free-tier")
from("no-reply@amazonaws.com", "AWS Free Tier limit alert", "billing.free-tier")
from("no-reply@amazonaws.com", "AWS Free Tier usage limit alert", "billing.free-tier")
from("no-reply@amazonaws.com", "AWS 無料利用枠の使用量アラート", "billing.free-tier")
for _, family in ipairs { "BUDGETS", "COST", "FREETIER", "TAX", "INVOICING", "PAYMENTS" } do
  test("billing: an event of " .. family) {
    from    = "health@aws.com",
    subject = "About what you pay [AWS Account: 123456789012]",
    headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_" .. family .. "_NOTIFICATION" },
    body    = "Hello,",
    expect  = { category = "billing", rule = "billing.health-event", certainty = "general" },
  }
end
test "billing: a program named as a receipt is a forgery" {
  from    = "freetier@costalerts.amazonaws.com",
  subject = "AWS Free Tier limit alert",
  auth    = "fail",
  headers = { ["Reply-To"] = "someone@mail.example.com" },
  body    = "See the receipt attached.",
  expect  = { category = "suspicious", rule = false },
}
for _, sender in ipairs {
  "invoicing@aws.com", "aws-receivables-support@email.amazon.com", "aws-account-notifications@amazon.com", "billing@aws.com",
  "reports@costalerts.amazonaws.com", "no-reply-aws@amazon.com",
} do
  from(sender, "Your credit card is about to expire", "billing.card-expiring", { priority = "high" })
  from(sender, "Update your AWS tax settings", "billing.tax")
end
test "billing: another company's card" {
  from    = "billing@shop.example.com",
  subject = "Your credit card is about to expire",
  auth    = "none",
  expect  = { category = "not_aws" },
}
