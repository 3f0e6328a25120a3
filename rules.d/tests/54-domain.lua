-- Domains: the registrar writes, or its associate.

local operators = { { action = "forward", args = { to = "operators" } } }

test "domain: verification" {
  mail   = "fixtures/other/domain-verification.eml",
  expect = { category = "domain", rule = "domain.verification", priority = "high", found = { domain = "example.com" }, actions = operators },
}
test "domain: transfer, told by the associate" {
  mail   = "fixtures/other/domain-transfer-gandi.eml",
  expect = { category = "domain", rule = "domain.transfer", priority = "urgent", actions = operators },
}
test "domain: renewal in Japanese" {
  mail   = "fixtures/other/domain-renewal-ja.eml",
  expect = { category = "domain", rule = "domain.renewal", actions = operators },
}

-- Each sender, with each kind
local kinds = {
  ["domain.verification"] = "Please verify the address of example.com", ["domain.suspended"] = "example.com is suspended",
  ["domain.transfer"] = "Transfer of example.com", ["domain.contact-change"] = "Contact information of example.com has changed",
  ["domain.renewal"] = "example.com expires in 30 days", ["domain.registrar"] = "example.com is registered",
}
for _, from in ipairs {
  "noreply@registrar.amazon", "noreply@registrar.amazon.com", "route53-dev-admin@amazon.com", "noreply@domainnameverification.net",
  "noreply@emailverification.info",
} do
  for rule, subject in pairs(kinds) do
    test(rule .. ": " .. from) { from = from, subject = subject, expect = { category = "domain", rule = rule, service = "ROUTE53" } }
  end
end
test "domain: another registrar's is not AWS's" {
  from = "noreply@registrar.example", subject = "example.com expires in 30 days", auth = "none", expect = { category = "not_aws" },
}
