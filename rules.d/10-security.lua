-- What cannot wait: compromised accounts, reviews of SES sending, abuse reports. The order is the meaning: a case that speaks
-- of both a compromise and SES is a compromise, and both come before the plain support cases of 40-support.lua.

local compromise_advice = {
  ja = "アカウントまたはアクセスキーが第三者に使われているおそれがあります。漏えいしたキーの無効化と削除、ルートユーザーと全 IAM ユーザーのパスワード変更、"
    .. "MFA の有効化、CloudTrail と全リージョンの見覚えのないリソース・IAM ユーザーの確認を行い、サポートケースに対応内容を返信してください。",
  en = "Somebody else may be using the account or an access key. Deactivate and delete the exposed key, change the passwords of "
    .. "the root user and of IAM users, turn on MFA, look through CloudTrail and every region for users and resources that are "
    .. "not yours, and answer the support case with what you did.",
  url = "https://repost.aws/knowledge-center/potential-account-compromise",
}

-- "[CASE 1234567890] <subject of the case>"; some case mails of 2026 leave the case's subject out
local function forward_case(msg, found)
  local subject = found.case_subject and "[CASE {case}] {case_subject}" or "[CASE {case}] {subject}"
  return { forward { to = "security", subject = subject, quote = true } }
end
local function forward_case_and_call(msg, found)
  local actions = forward_case(msg, found)
  actions[2] = call { to = "emergency" }
  return actions
end

-- The conditions of 2021
rule "support.account-compromise" {
  subject  = "Amazon Web Services: New Support case: {case}",
  body     = all { nocase "Severity: Urgent", any { "compromised", "Compromised" } },
  category = "account_compromise",
  priority = "urgent",
  capture  = { case_subject = "Subject: {line}", account = "Subject: Your AWS account {account} is compromised" },
  actions  = forward_case_and_call,
  advice   = compromise_advice,
}

-- The same case mail as it reads since 2025: other words, severity in small letters
rule "support.suspicious-activity" {
  subject  = "Amazon Web Services: New Support case: {case}",
  body     = all {
    nocase "Severity: Urgent",
    any {
      nocase "suspicious activity", nocase "irregular activity", nocase "inappropriately accessed",
      nocase "accessed by a third party", nocase "accessed by a third-party", nocase "access key is exposed",
      nocase "publicly available online",
    },
  },
  category = "account_compromise",
  priority = "urgent",
  capture  = { case_subject = "Subject: {line}" },
  actions  = forward_case_and_call,
  advice   = compromise_advice,
}

-- Since 2025 the warning comes under its own subject, without a case
rule "account.suspicious-activity" {
  title = {
    "Suspicious activity in your AWS account",
    "Please review your AWS Account and credentials",
    "Irregular activity in your AWS account",
    "Irregular activity in your AWS account: {account}",
    "Your AWS account {account} is compromised",
    "Your AWS account is compromised",
    "Your AWS Access Key is Exposed{any}",
  },
  category = "account_compromise",
  priority = "urgent",
  collect  = { keys = "{key}" },
  also     = { call { to = "emergency" } },
  advice   = compromise_advice,
}

-- AWS Health says that credentials are known to strangers
rule "account.risk-event" {
  event_type = { "AWS_RISK_CREDENTIALS_*", "AWS_RISK_ACCOUNT_*", "AWS_RISK_IAM_QUARANTINE*" },
  category   = "account_compromise",
  service    = "IAM",
  priority   = "urgent",
  also       = { call { to = "emergency" } },
  advice     = compromise_advice,
}

-- AWS goes on writing in such a case: the phone has rung, people read
rule "support.compromise-correspondence" {
  subject  = all {
    any { "RE:[CASE {case}] {line}", "RE: [CASE {case}] {line}", "Attention required on case {case}: {line}" },
    any {
      nocase(contains "suspicious activity in your AWS account"), nocase(contains "irregular activity in your AWS account"),
      nocase(contains "access key is exposed"), nocase(contains "is compromised"),
      nocase(contains "please review your AWS account and credentials"),
    },
  },
  category = "account_compromise",
  priority = "urgent",
  actions  = { forward { to = "security", subject = "[CASE {case}] {line}", quote = true } },
  advice   = compromise_advice,
}

local ses_advice = {
  ja = "Amazon SES の送信がレビュー対象です。バウンス率と苦情率、送信先リスト、漏えいした認証情報による送信の有無を確認し、原因と再発防止策をサポートケースに返信してください。"
    .. "返信がない場合、送信が停止されることがあります。",
  en = "Sending with Amazon SES is under review. Check bounce and complaint rates, how the recipients were collected, and whether "
    .. "leaked credentials are sending, then answer the case with the cause and what keeps it from happening again. Without an "
    .. "answer sending may be paused.",
  url = "https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html",
}

-- The conditions of 2021
rule "support.ses-review" {
  subject  = "Amazon Web Services: New Support case: {case}",
  body     = all { "Severity:", "Amazon SES", "Review Period" },
  category = "ses_review",
  service  = "SES",
  capture  = { case_subject = "Subject: {line}", account = "for AWS Account {account}" },
  actions  = forward_case,
  advice   = ses_advice,
}

-- Later words for the same, still a support case
rule "support.ses-sending-paused" {
  subject  = "Amazon Web Services: New Support case: {case}",
  body     = all {
    any { "Amazon SES", "Amazon Simple Email Service" },
    any { nocase "review period", nocase "under review", nocase "sending paused", nocase "sending pause", nocase "ability to send" },
  },
  category = "ses_review",
  service  = "SES",
  capture  = { case_subject = "Subject: {line}", account = "for AWS Account {account}" },
  actions  = forward_case,
  advice   = ses_advice,
}

-- Under its own subject: probation until 2021, review since
rule "ses.account-review" {
  title    = {
    "Amazon SES account under review in {region}",
    "Amazon SES account under review{any}",
    "Amazon SES Bounce Probation{any}",
    "Amazon SES Complaint Probation{any}",
    "Amazon SES sending paused{any}",
  },
  category = "ses_review",
  service  = "SES",
  advice   = ses_advice,
}

local abuse_advice = {
  ja = "AWS Trust & Safety への返信が必要です(24 時間以内が目安)。報告されたリソースを調査し、止めた内容と再発防止策をこのメールへの返信で報告してください。"
    .. "返信がない場合、リソースやアカウントが停止されることがあります。",
  en = "AWS Trust & Safety is owed an answer, within about 24 hours. Look into the reported resource, stop the activity, and reply to "
    .. "the report with what you did and what keeps it from happening again. Without an answer resources or the account may be "
    .. "suspended.",
  url = "https://repost.aws/knowledge-center/aws-abuse-report",
}

rule "abuse.report" {
  any = {
    subject = "Your AWS Abuse Report [{abuse_id}] [AWS ID {account}]",
    title   = "Your AWS Abuse Report [{abuse_id}]",
  },
  category = "abuse_report",
  priority = "high",
  actions  = { forward { to = "technical", subject = "【重要なお知らせ】 {subject}", quote = true }, chat { channel = "aws-security" } },
  advice   = abuse_advice,
}

-- Older forms, from ec2-abuse@amazon.com
rule "abuse.report-ec2" {
  title    = {
    "Your Amazon EC2 Abuse Report",
    "Your Amazon EC2 Abuse Report [{abuse_id}]",
    "Your Amazon EC2 Abuse Report {abuse_id} [{any}]",
    "Your Amazon EC2 Abuse Report {abuse_id}",
    "Your AWS Abuse Report from ec2-abuse@amazon.com",
    "Your AWS Abuse Report",
  },
  category = "abuse_report",
  service  = "EC2",
  priority = "high",
  actions  = { forward { to = "technical", subject = "【重要なお知らせ】 {subject}", quote = true }, chat { channel = "aws-security" } },
  advice   = abuse_advice,
}

-- The same by AWS Health: DoS, spam, copyright, personal data
rule "abuse.health-event" {
  event_type = "AWS_ABUSE_*",
  category   = "abuse_report",
  priority   = "high",
  actions    = { forward { to = "technical", subject = "【重要なお知らせ】 {subject}", quote = true }, chat { channel = "aws-security" } },
  advice     = abuse_advice,
}

-- Bulletins that concern the account's resources, nobody has broken in
rule "security.notification" {
  event_type = { "AWS_SECURITY_NOTIFICATION", "AWS_*_SECURITY_NOTIFICATION" },
  category   = "security_notice",
}
