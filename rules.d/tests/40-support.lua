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
