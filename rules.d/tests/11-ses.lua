-- Reviews of sending with Amazon SES, and its other mail.

test "SES review: the case of 2021" {
  mail   = "fixtures/ses-review.eml",
  expect = {
    category = "ses_review", rule = "support.ses-review", service = "SES",
    found    = { case = "2876543210", case_subject = "Amazon SES Sending Review for AWS Account 123456789012 in AWS Region ap-northeast-1" },
    actions  = { { action = "forward", args = { to = "security",
      subject = "[CASE 2876543210] Amazon SES Sending Review for AWS Account 123456789012 in AWS Region ap-northeast-1" } } },
  },
}

test "SES review: sending paused, as a case" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon Web Services: New Support case: 2345678901",
  body    = "Subject: Your Amazon SES account\nSeverity: Low\n\nAmazon SES has paused your account's ability to send.\n",
  expect  = {
    category = "ses_review", rule = "support.ses-sending-paused",
    actions  = { { action = "forward", args = { to = "security", subject = "[CASE 2345678901] Your Amazon SES account" } } },
  },
}

test "SES review: under its own subject" {
  mail   = "fixtures/ses-review-2026.eml",
  expect = {
    category = "ses_review", rule = "ses.account-review", account = "123456789012", found = { region = "Europe (Frankfurt)" },
    actions  = { { action = "forward", args = { to = "security" } } },
  },
}

test "SES probation" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon SES Bounce Probation",
  body    = "AWS Account ID: 123456789012",
  expect  = { category = "ses_review", rule = "ses.account-review" },
}

local security = { { action = "forward", args = { to = "security" } } }
local function gallery(name, rule, more)
  local expect = { category = "ses_review", rule = rule, service = "SES", priority = "high", actions = security }
  for key, value in pairs(more or {}) do expect[key] = value end
  test("SES: " .. name) { mail = "fixtures/security/" .. name .. ".eml", expect = expect }
end

gallery("ses-probation-2017", "ses.account-review", { account = "123456789012" })
gallery("ses-review-case-2021", "support.ses-review", {
  found = { case = "5200000011", account = "123456789012" },
  actions = { { action = "forward", args = { to = "security",
    subject = "[CASE 5200000011] Amazon SES Sending Review for AWS Account 123456789012 in AWS Region ap-northeast-1" } } },
})
gallery("ses-paused-case", "support.ses-sending-paused", { found = { case = "176000000000111" } })
gallery("ses-under-review", "ses.account-review", { account = "123456789012", found = { region = "Asia Pacific (Tokyo)" } })
gallery("ses-review-bilingual", "ses.account-review", { notice = { action_required = true } })
gallery("ses-review-reply", "support.ses-correspondence", {
  actions = { { action = "forward", args = { to = "security",
    subject = "[CASE 176000000000111] [Action Required] Amazon SES account under review in Europe (Frankfurt)" } } },
})

for _, phrase in ipairs {
  "We have paused your account’s ability to send.", "Your sending has been paused.", "Your sending is paused.", "Your account has been put on probation.",
  "Your account is now under review.", "There is an account under review in AWS region ap-northeast-1.", "We have placed your account under review.",
  "Your account has been placed under review.",
} do
  test("SES: a case says: " .. phrase) {
    from    = "no-reply-aws@amazon.com",
    subject = "Amazon Web Services: New Support case: 176000000000112",
    body    = "Severity: low\nAccount ID: 123456789012\n\nAmazon Simple Email Service: " .. phrase .. "\n",
    expect  = { category = "ses_review", rule = "support.ses-sending-paused", actions = security },
  }
end

for _, line in ipairs {
  "Attention required on case 176000000000111: Amazon SES sending paused", "Resolved 176000000000111: Amazon SES Sending Review for AWS Account 123456789012",
  "[CASE 176000000000111] Amazon SES Bounce Review Period", "RE: [CASE 176000000000111] Amazon SES Complaint Review Period",
} do
  test("SES: the case goes on: " .. line) {
    from    = "no-reply-aws@amazon.com",
    subject = line,
    body    = "AWS Account ID: 123456789012\n",
    expect  = { category = "ses_review", rule = "support.ses-correspondence", actions = security },
  }
end

test "SES: a request for production access is no review" {
  mail   = "fixtures/support/case-opened-by-us.eml",
  expect = { category = "support_case", rule = "support.case-opened" },
}
test "SES: the link that proves an address is not quoted" {
  mail   = "fixtures/other/address-verification.eml",
  expect = {
    category = "other", rule = "ses.address-verification", actions = { { action = "forward", args = { to = "operators", quote = false } } },
  },
}
test "SES: DKIM works" {
  mail   = "fixtures/other/dkim-success.eml",
  expect = { category = "other", rule = "ses.identity-verified", priority = "low" },
}
test "SES: a domain's records are gone" {
  mail   = "fixtures/other/domain-verification-revoked.eml",
  expect = { category = "other", rule = "ses.identity-failing", priority = "high" },
}
test "SES: setup" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon SES Setup Notification",
  body    = "You received this message because somebody set up Amazon SES.",
  expect  = { category = "other", rule = "ses.setup" },
}
test "SES: a review names its account and region" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon SES Sending Review for AWS Account 123456789012 in AWS Region ap-northeast-1",
  expect  = {
    category = "ses_review", rule = "ses.account-review", account = "123456789012",
    found    = { account = "123456789012", region = "ap-northeast-1" },
  },
}
