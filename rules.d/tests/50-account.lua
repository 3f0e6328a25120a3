-- The account itself. Codes and links of these mails are quoted nowhere.

local operators = { { action = "forward", args = { to = "operators" } } }
local unquoted = { { action = "forward", args = { to = "operators", quote = false } } }
local function gallery(name, rule, more)
  local expect = { category = "account", rule = rule, actions = operators }
  for key, value in pairs(more or {}) do expect[key] = value end
  test("account: " .. name) { mail = "fixtures/account/" .. name .. ".eml", expect = expect }
end

gallery("account-suspended", "account.suspended", { priority = "urgent", account = "123456789012" })
gallery("account-suspended-ja", "account.suspended", { priority = "urgent", account = "123456789012" })
gallery("account-suspension-ahead", "account.suspension-ahead", {
  priority = "urgent", account = "123456789012", notice = { action_required = true },
})
gallery("account-closed", "account.closed", { priority = "high", account = "123456789012" })
gallery("mfa-deactivated", "account.mfa-deactivated", { priority = "high" })
gallery("email-changed-ja", "account.credentials-changed", { priority = "high" })
gallery("verify-identity", "account.verification-code", { actions = unquoted, found = {} })
gallery("password-assistance", "account.password-assistance", { actions = unquoted, found = {} })
gallery("mfa-recovery", "account.mfa-recovery", { actions = unquoted, priority = "high" })
gallery("organization-invitation", "account.organization-invitation", { priority = "high" })
gallery("identity-center-invitation", "account.identity-center-invitation", { actions = unquoted })
gallery("account-verification-needed", "account.verification-needed", { priority = "high", account = "123456789012" })

test "account: [EXT] of the mail server" {
  from    = "no-reply@signin.aws",
  subject = "[EXT] Password updated",
  expect  = { category = "account", rule = "account.password-assistance", actions = unquoted },
}
for _, title in ipairs { "AWS MFA recovery", "Recover your AWS MFA device", "Lost MFA device", "Recover your MFA device" } do
  test("account: " .. title) {
    from = "no-reply@signin.aws", subject = title, expect = { category = "account", rule = "account.mfa-recovery", actions = unquoted },
  }
end

-- Codes come from these senders alone, and whatever else they send may hold one
for _, from in ipairs { "no-reply@signin.aws", "no-reply@verify.signin.aws", "no-reply@signup.aws", "no-reply@login.awsapps.com" } do
  test("account: something new from " .. from) {
    from    = from,
    subject = "Something new about signing in",
    body    = "Your code is 123456.",
    expect  = { category = "account", rule = "account.sign-in-sender", certainty = "general", actions = unquoted },
  }
end
for _, from in ipairs { "aws-account-notifications@amazon.com", "aws-verification@amazon.com" } do
  test("account: something new from " .. from) {
    from    = from,
    subject = "Something new about your account",
    expect  = { category = "account", rule = "account.notification-sender", certainty = "general", actions = unquoted },
  }
end
test "account: another company's code is its own affair" {
  mail   = "fixtures/account/code-of-another-company.eml",
  expect = { category = "not_aws", actions = {} },
}
for _, from in ipairs {
  "no-reply@verify.signin.aws", "no-reply@signup.aws", "no-reply@login.awsapps.com", "no-reply@amazonaws.com", "no-reply-aws@amazon.com",
  "aws-account-notifications@amazon.com", "health@aws.com", "aws-verification@amazon.com",
} do
  test("account: MFA recovery from " .. from) {
    from = from, subject = "AWS MFA recovery", expect = { category = "account", rule = "account.mfa-recovery", actions = unquoted },
  }
end
