-- Support cases.

test "support: a case was opened" {
  mail   = "fixtures/support-case.eml",
  expect = {
    category = "support_case", rule = "support.case-opened",
    found    = { case = "176300000000042", case_subject = "Question about RDS storage autoscaling", severity = "Low" },
    actions  = { { action = "forward", args = { to = "technical" } } },
  },
}

test "support: correspondence in ISO-2022-JP" {
  mail   = "fixtures/support-reply-iso-2022-jp.eml",
  expect = {
    category = "support_case", rule = "support.case-correspondence",
    found    = { case = "176300000000043", line = "RDS for PostgreSQL への接続エラーについて" },
    actions  = { { action = "forward", args = { to = "technical" } } },
  },
}

test "support: a case about a retirement is a case" {
  from    = "no-reply-aws@amazon.com",
  subject = "RE:[CASE 1234567890] Amazon EC2 Instance Retirement [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { category = "support_case", rule = "support.case-correspondence" },
}

test "support: attention" {
  from    = "no-reply-aws@amazon.com",
  subject = "Attention required on case 176000000000042: Question about RDS storage autoscaling",
  body    = "Hello,",
  expect  = { category = "support_case", rule = "support.case-attention", priority = "high", found = { case = "176000000000042" } },
}

test "support: resolved" {
  from    = "no-reply-aws@amazon.com",
  subject = "Resolved 176000000000042: Question about RDS storage autoscaling",
  body    = "Hello,",
  expect  = { category = "support_case", rule = "support.case-resolved", priority = "low" },
}

-- The gallery ----------------------------------------------------------------------------------------------------------------

local technical = { { action = "forward", args = { to = "technical" } } }
local function gallery(name, rule, more)
  local expect = { category = "support_case", rule = rule, service = "SUPPORT", actions = technical }
  for key, value in pairs(more or {}) do expect[key] = value end
  test("support: " .. name) { mail = "fixtures/support/" .. name .. ".eml", expect = expect }
end

gallery("case-opened-by-us", "support.case-opened", { found = { case_subject = "Amazon SES production access", severity = "Low" } })
gallery("case-reply-ja", "support.case-correspondence", { found = { case = "176000000000202" } })
gallery("case-reply-bilingual", "support.case-correspondence", { found = { line = "EC2 インスタンスに接続できない" } })
gallery("case-attention", "support.case-attention", { priority = "high" })
gallery("case-resolved", "support.case-resolved", { priority = "low" })
gallery("limit-increase", "support.limit-increase")

-- Amazon's shops write in the same form
test "support: a case of Amazon's shops is not AWS's" {
  mail   = "fixtures/support/amazon-retail-case.eml",
  expect = { category = "other", rule = "other.amazon-retail", auth = { verdict = "stranger" } },
}
for _, subject in ipairs { "RE: [CASE 12345678901] Payment issue", "[CASE 12345678901] Payment issue" } do
  test("support: a case of Amazon's shops: " .. subject) {
    from    = "seller-support@amazon.co.jp",
    subject = subject,
    body    = "Hello,",
    expect  = { category = "other", rule = "other.amazon-retail" },
  }
end
test "support: the same subject from AWS is a case" {
  from    = "no-reply-aws@amazon.com",
  subject = "RE:[CASE 12345678901] Payment issue",
  expect  = { category = "support_case", rule = "support.case-correspondence" },
}
test "support: the same subject from a forger is neither" {
  from    = "vendor-support@amazon.com",
  subject = "RE:[CASE 12345678901] Payment issue",
  auth    = "none",
  expect  = { category = "suspicious", rule = false },
}
