-- Compromise, SES review, abuse: what must not be taken for anything less.

test "compromise: the case of 2021" {
  mail   = "fixtures/compromise-support-case.eml",
  expect = {
    category = "account_compromise", rule = "support.account-compromise", priority = "urgent", account = "123456789012",
    found    = { case = "1876543210", case_subject = "Your AWS account 123456789012 is compromised" },
    actions  = {
      { action = "forward", args = { to = "security", subject = "[CASE 1876543210] Your AWS account 123456789012 is compromised" } },
      { action = "call", args = { to = "emergency" } },
    },
  },
}

test "compromise: small letters, no subject of the case" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon Web Services: New Support case: 1234567890",
  body    = "Case ID: 1234567890\nAWS Account ID: 123456789012\nSeverity: urgent\n\nYour credentials may be compromised.\n",
  expect  = {
    category = "account_compromise", rule = "support.account-compromise", found = { case = "1234567890" },
    actions  = {
      { action = "forward", args = { to = "security", subject = "[CASE 1234567890] Amazon Web Services: New Support case: 1234567890" } },
      { action = "call", args = { to = "emergency" } },
    },
  },
}

test "compromise: capital letter" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon Web Services: New Support case: 1234567890",
  body    = "Subject: Compromised access key\nSeverity: Urgent\nAWS Account ID: 123456789012\n",
  expect  = { category = "account_compromise", rule = "support.account-compromise", found = { case_subject = "Compromised access key" } },
}

test "compromise wins over SES review" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon Web Services: New Support case: 1234567890",
  body    = "Subject: Amazon SES Review\nSeverity: Urgent\nAWS Account ID: 123456789012\n\nCredentials of Amazon SES are compromised. Review Period: 5 days\n",
  expect  = { category = "account_compromise", rule = "support.account-compromise" },
}

test "an urgent case without a compromise is a support case" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon Web Services: New Support case: 1234567890",
  body    = "Subject: Production is down\nSeverity: Urgent\nAWS Account ID: 123456789012\n",
  expect  = { category = "support_case", rule = "support.case-opened" },
}

test "compromise: the case of 2026" {
  mail   = "fixtures/compromise-case-2026.eml",
  expect = {
    category = "account_compromise", rule = "support.suspicious-activity", account = "123456789012",
    found    = { case = "176000000000001", case_subject = "[Action Required] Suspicious activity in your AWS account [123456789012]" },
    actions  = { { action = "forward", args = { to = "security" } }, { action = "call", args = { to = "emergency" } } },
  },
}

test "compromise: suspicious activity under its own subject" {
  mail   = "fixtures/suspicious-activity-2025.eml",
  expect = {
    category = "account_compromise", rule = "account.suspicious-activity", priority = "urgent", account = "210987654321",
    found    = { keys = { "AKIAIOSFODNN7EXAMPLE" } },
    notice   = { title = "Suspicious activity in your AWS account", action_required = true },
    actions  = { { action = "forward", args = { to = "security" } }, { action = "call", args = { to = "emergency" } } },
  },
}

test "compromise: review your credentials" {
  from    = "no-reply@amazonaws.com",
  subject = "[Action Required] Please review your AWS Account and credentials",
  body    = "Your account (AWS Account ID: 123456789012) may have been accessed by a third party.",
  expect  = { category = "account_compromise", rule = "account.suspicious-activity" },
}

test "compromise: exposed key" {
  from    = "no-reply-aws@amazon.com",
  subject = "[Action Required] Your AWS Access Key is Exposed - Case 176000000000001",
  body    = "AWS Account ID: 123456789012",
  expect  = { category = "account_compromise", rule = "account.suspicious-activity" },
}

test "compromise: risk event of AWS Health" {
  from    = "health@aws.com",
  subject = "Exposed credentials [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_RISK_CREDENTIALS_EXPOSED" },
  body    = "A key of yours was found in public.",
  expect  = {
    category = "account_compromise", rule = "account.risk-event", priority = "urgent",
    actions  = { { action = "forward", args = { to = "security" } }, { action = "call", args = { to = "emergency" } } },
  },
}

test "compromise: correspondence does not ring again" {
  from    = "no-reply-aws@amazon.com",
  subject = "RE:[CASE 176000000000001] [Action Required] Suspicious activity in your AWS account [123456789012]",
  body    = "Thank you for your answer.",
  expect  = {
    category = "account_compromise", rule = "support.compromise-correspondence", found = { case = "176000000000001" },
    actions  = { { action = "forward", args = { to = "security",
      subject = "[CASE 176000000000001] [Action Required] Suspicious activity in your AWS account [123456789012]" } } },
  },
}

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

test "abuse report" {
  mail   = "fixtures/abuse-report.eml",
  expect = {
    category = "abuse_report", rule = "abuse.report", priority = "high", account = "123456789012",
    found    = { abuse_id = "10599001122", account = "123456789012" },
    actions  = {
      { action = "forward", args = { to = "technical", subject = "【重要なお知らせ】 Your AWS Abuse Report [10599001122] [AWS ID 123456789012]", quote = true } },
      { action = "chat", args = { channel = "aws-security" } },
    },
  },
}

test "abuse report: letters in the id, and an answer" {
  from    = "trustandsafety@support.aws.com",
  subject = "RE: Your AWS Abuse Report [P01FAKE0000] [AWS ID 123456789012]",
  body    = "We have not heard back from you.",
  expect  = {
    category = "abuse_report", rule = "abuse.report", found = { abuse_id = "P01FAKE0000" }, account = "123456789012",
    actions  = {
      { action = "forward", args = { to = "technical", subject = "【重要なお知らせ】 RE: Your AWS Abuse Report [P01FAKE0000] [AWS ID 123456789012]" } },
      { action = "chat", args = { channel = "aws-security" } },
    },
  },
}

test "abuse report: final notice" {
  from    = "ec2-abuse@amazon.com",
  subject = "FINAL NOTIFICATION: Your AWS Abuse Report [10468407181] [AWS ID 123456789012]",
  body    = "Reported Activity: Open proxy",
  expect  = { category = "abuse_report", rule = "abuse.report", notice = { final_notice = true } },
}

test "abuse report: old EC2 form" {
  from    = "ec2-abuse@amazon.com",
  subject = "Your Amazon EC2 Abuse Report 12345678901 [198.51.100.7]",
  body    = "EC2 Instance Id: i-0a1b2c3d4e5f60718\nAWS ID: 123456789012\n",
  expect  = { category = "abuse_report", rule = "abuse.report-ec2", found = { abuse_id = "12345678901" }, account = "123456789012" },
}

test "abuse report: with the sender's address" {
  from    = "ec2-abuse@amazon.com",
  subject = "Your AWS Abuse Report from ec2-abuse@amazon.com",
  body    = "AWS ID: 123456789012",
  expect  = { category = "abuse_report", rule = "abuse.report-ec2" },
}

test "abuse report: event of AWS Health" {
  from    = "health@aws.com",
  subject = "Reported denial of service [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_ABUSE_DOS_REPORT" },
  body    = "Your resource was reported.",
  expect  = { category = "abuse_report", rule = "abuse.health-event", actions = {
    { action = "forward", args = { to = "technical", subject = "【重要なお知らせ】 Reported denial of service [AWS Account: 123456789012]" } },
    { action = "chat", args = { channel = "aws-security" } },
  } },
}

test "security notification" {
  from    = "health@aws.com",
  subject = "Security update for your databases [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_RDS_SECURITY_NOTIFICATION" },
  body    = "Please apply the update.",
  expect  = { category = "security_notice", rule = "security.notification", actions = { { action = "forward", args = { to = "operators" } } } },
}
