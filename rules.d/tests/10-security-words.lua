-- Compromised accounts in other words, with whatever stands before a subject; and alarming words where nobody has broken in.
local each = require "each_text"

each("account.compromise-in-other-words", "account_compromise", "no-reply@amazonaws.com", {
  "[Action Required] Suspicious activity on your AWS account", "Suspicious activity detected on AWS account 123456789012",
  "Unusual activity in your AWS account", "Your AWS Account 123456789012 has been compromised",
  "Potential unauthorized access to your AWS account", "Your AWS access keys have been exposed on GitHub",
  "Your AWS credentials have been exposed (Case 176000000000103)", "Your AWS account was accessed by a third party",
  "Compromised access key in your AWS account", "[本番アカウント] [Action Required] Suspicious activity in your AWS account [123456789012]",
  "*** EXTERNAL *** Please review your AWS Account and credentials", "(External) Your AWS access key is exposed",
}, { priority = "urgent", actions = { { action = "forward", args = { to = "security" } }, { action = "call", args = { to = "emergency" } } } })

-- The customer's own words count too. Of what they wrote nothing is lost: the subject of the case stays whole
each("support.compromise-correspondence", "account_compromise", "no-reply-aws@amazon.com", {
  "RE:[CASE 176000000000103] [Action Required] Suspicious your activity in AWS account", "RE:[CASE 176000000000103] my account is compromised",
  "RE:[CASE 176000000000103] Our AWS account was hacked", "RE:[CASE 176000000000103] Access key leaked",
  "RE:[CASE 176000000000103] Irregular activity in AWS access key", "RE:[CASE 176000000000103] Unusual activity in your AWS account",
  "[EXTERNAL] RE:[CASE 176000000000103] Your AWS Access Key is Exposed", "RE: RE:[CASE 176000000000103] account compromised - locked out",
  "[社外] Re: [CASE 176000000000103] アカウントが不正アクセスされました", "RE:[CASE 176000000000103] アクセスキーが漏洩しました",
  "RE:[CASE 176000000000103] 不正利用について", "<External> RE:[CASE 176000000000103] account hacked", "[ops-aws] Attention required on case 176000000000103: Unauthorized access to your AWS account",
}, { priority = "urgent", actions = { { action = "forward", args = { to = "security" } } } })

test "compromise: the case's subject is told whole" {
  from    = "no-reply-aws@amazon.com",
  subject = "[EXTERNAL] RE:[CASE 176000000000103] [Action Required] Suspicious activity in your AWS account [123456789012]",
  expect  = {
    account = "123456789012",
    actions = { { action = "forward", args = {
      to = "security", subject = "[CASE 176000000000103] [Action Required] Suspicious activity in your AWS account [123456789012]",
    } } },
  },
}

local opened = "Amazon Web Services: New Support case: 1876543210"
for _, subject in ipairs { "[EXTERNAL] " .. opened, "[社外] " .. opened, "Fw: " .. opened, "[本番] " .. opened, opened .. " (External)", "[aws-root] " .. opened, opened:lower() } do
  test("compromise: the case of 2021, as " .. subject) {
    from    = "no-reply-aws@amazon.com",
    subject = subject,
    body    = "Case ID: 1876543210\nSubject: Your AWS account 123456789012 is compromised\nSeverity: Urgent\n",
    expect  = {
      rule    = "support.account-compromise",
      actions = {
        { action = "forward", args = { to = "security", subject = "[CASE 1876543210] Your AWS account 123456789012 is compromised" } },
        { action = "call", args = { to = "emergency" } },
      },
    },
  }
  test("ses: the case of 2021, as " .. subject) {
    from    = "no-reply-aws@amazon.com",
    subject = subject,
    body    = "Case ID: 1876543210\nSubject: Amazon SES sending\nSeverity: Low\n\nAmazon SES. Review period: 14 days\nAWS Account ID: 123456789012\n",
    expect  = { rule = "support.ses-review", actions = { { action = "forward", args = { to = "security" } } } },
  }
end

for _, line in ipairs { "[Action Required] Unauthorized activity in your AWS account", "my access key was stolen", "AWS アカウントでの不正利用の疑い" } do
  test("compromise: a case that is called: " .. line) {
    from    = "no-reply-aws@amazon.com",
    subject = opened,
    body    = "Case ID: 1876543210\nSubject: " .. line .. "\nSeverity: low\nAccount ID: 123456789012\n",
    expect  = {
      category = "account_compromise", rule = "support.compromise-case-in-other-words",
      actions  = { { action = "forward", args = { to = "security", subject = "[CASE 1876543210] " .. line } } },
    },
  }
end

for _, severity in ipairs { "Severity:Urgent", "Severity：urgent", "SEVERITY:\n\nUrgent", "重要度: 緊急" } do
  test("compromise: an urgent case, as " .. severity) {
    from    = "no-reply-aws@amazon.com",
    subject = opened,
    body    = "AWS Account ID: 123456789012\n" .. severity .. "\n\nYour account may be compromised.\n",
    expect  = { category = "account_compromise", actions = { { action = "forward" }, { action = "call", args = { to = "emergency" } } } },
  }
end

test "an urgent case that says nothing of itself is put before the security contact" {
  from    = "no-reply-aws@amazon.com",
  subject = opened,
  body    = "Case ID: 1876543210\nAccount ID: 123456789012\nSeverity: urgent\n",
  expect  = {
    category = "support_case", rule = "support.urgent-case-of-aws", priority = "urgent",
    actions  = { { action = "forward", args = { to = "technical" } }, { action = "forward", args = { to = "security" } } },
  },
}

-- Nothing of this is a matter of security
for _, mails in ipairs {
  { from = "aws-marketing-email-replies@amazon.com", category = "other",
    "Amazon GuardDuty pricing change",
    "GuardDuty adds detection of suspicious activity in your AWS account",
    "New: detect compromised credentials with Amazon Cognito",
    "Protect your AWS account from unauthorized access",
    "Suspicious activity in your AWS account: how to respond",
    "How to respond when your AWS access key is exposed - webinar",
    "AWS Abuse team survey",
    "Introducing IAM Access Analyzer unused access findings",
    "不正アクセス対策セミナーのご案内",
    "AWS アカウントの不正利用を防ぐには",
  },
  { from = "health@aws.com", category = "service_update",
    "Security update available for Amazon Linux 2023",
    "Amazon SES SMTP endpoint TLS change [AWS Account: 123456789012]",
  },
  { from = "budgets@costalerts.amazonaws.com", category = "billing",
    "AWS Budgets: compromised-account has exceeded your alert threshold",
    "AWS Budgets: Your AWS account is compromised has exceeded your alert threshold",
  },
  { from = "no-reply@sns.amazonaws.com", category = "alarm",
    'ALARM: "Abuse Report" in Asia Pacific (Tokyo)',
    'ALARM: "Your AWS account is compromised" in US East (N. Virginia)',
  },
  { from = "marketplace@aws.com", category = "marketplace",
    "AWS Marketplace: Suspicious Activity Monitor for your AWS account - subscription renewed",
  },
  { from = "no-reply@amazonaws.com", category = "account",
    "MFA device added to your AWS account",
  },
  { from = "invoicing@aws.com", category = "billing",
    "Irregular billing period for your AWS account [Account: 123456789012]",
  },
  { from = "no-reply-aws@amazon.com", category = "support_case",
    "RE:[CASE 1876543210] compromised quality of video encoding",
    "RE:[CASE 1876543210] How to detect unauthorized access to my account",
    "RE:[CASE 1876543210] Unauthorized error calling STS from account 123456789012",
    "RE:[CASE 1876543210] Unusual latency in account 123456789012",
    "RE:[CASE 1876543210] Cognito compromised credentials check",
    "RE:[CASE 1876543210] Irregular billing date for account",
    "RE:[CASE 1876543210] Unauthorized: cross-account access key rotation",
    "RE:[CASE 1876543210] Question about GuardDuty findings",
    "RE:[CASE 1876543210] 不正アクセス検知の設定方法について",
    "RE:[CASE 1876543210] 不正な JSON がアカウント設定 API から返る",
    "RE:[CASE 1876543210] SES production access",
  },
} do
  for _, subject in ipairs(mails) do
    test("no matter of security: " .. subject) { from = mails.from, subject = subject, expect = { category = mails.category } }
  end
end
