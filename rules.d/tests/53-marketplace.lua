-- AWS Marketplace.

test "marketplace: subscription" {
  mail   = "fixtures/other/marketplace-subscription.eml",
  expect = { category = "marketplace", rule = "marketplace.subscription", found = { line = "Example Database (Standard Edition)" },
    actions = { { action = "forward", args = { to = "operators" } } } },
}
test "marketplace: offer" {
  mail   = "fixtures/other/marketplace-offer.eml",
  expect = { category = "marketplace", rule = "marketplace.subscription", account = "123456789012", priority = "low" },
}
for from, subject in pairs {
  ["no-reply@marketplace.aws"] = "Your product is visible now", ["marketplace@aws.com"] = "A change of your listing",
  ["partner-central@aws.com"] = "A buyer has asked",
} do
  test("marketplace: from " .. from) { from = from, subject = subject, expect = { category = "marketplace", rule = "marketplace.notice" } }
end
test "marketplace: by its title" {
  from    = "no-reply@amazonaws.com",
  subject = "AWS Marketplace: a new version of your product",
  expect  = { category = "marketplace", rule = "marketplace.title", certainty = "general" },
}
