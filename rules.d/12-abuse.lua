-- Reports of AWS Trust & Safety: an answer is owed. The chain of a report is the report, a second one, a final notification (each
-- under the same subject), and then the resources are stopped.

local abuse_advice = {
  ja = "AWS Trust & Safety への返信が必要です(24 時間以内が目安)。報告されたリソースを調査して行為を止め、"
    .. "原因・止めた内容・再発防止策を、このメールへの返信で報告してください。調査に時間がかかる場合も、"
    .. "まず確認中であることを返信してください。返信がない場合、リソースやアカウントが停止されることがあります。",
  en = "AWS Trust & Safety is owed an answer, within about 24 hours. Look into the reported resource, stop the activity, and reply to "
    .. "the report with the cause, what you stopped, and what keeps it from happening again. When that takes longer, reply first that "
    .. "you are on it. Without an answer resources or the account may be suspended.",
  url = "https://repost.aws/knowledge-center/aws-abuse-report",
}

local tell = {
  forward { to = "technical", subject = "【重要なお知らせ】 {subject}", quote = true },
  chat { channel = "aws-security" },
}

rule "abuse.report" {
  any = {
    subject = "Your AWS Abuse Report [{abuse_id}] [AWS ID {account}]",
    title   = nocase { "Your AWS Abuse Report [{abuse_id}]", "Second Notice: Your AWS Abuse Report [{abuse_id}]" },
  },
  category = "abuse_report",
  priority = "high",
  actions  = tell,
  advice   = abuse_advice,
}

-- Older forms, from ec2-abuse@amazon.com
rule "abuse.report-ec2" {
  title    = nocase {
    "Your Amazon EC2 Abuse Report", "Your Amazon EC2 Abuse Report [{abuse_id}]", "Your Amazon EC2 Abuse Report {abuse_id} [{any}]",
    "Your Amazon EC2 Abuse Report {abuse_id}", "Your AWS Abuse Report from ec2-abuse@amazon.com", "Your AWS Abuse Report",
  },
  category = "abuse_report",
  service  = "EC2",
  priority = "high",
  actions  = tell,
  advice   = abuse_advice,
}

-- What else Trust & Safety calls a report: of another service, of a right that is infringed, in other words. It writes of nothing else
-- under the number of a report
rule "abuse.trust-and-safety" {
  from     = { "trustandsafety@support.aws.com", "ec2-abuse@amazon.com" },
  any      = {
    title   = nocase {
      contains "abuse", matches [[\bDMCA\b]], contains "copyright infringement", contains "trademark infringement", contains "phishing report",
    },
    subject = matches [=[\[[0-9A-Za-z-]{6,40}\] \[AWS ID \d{12}\]]=],
  },
  category = "abuse_report",
  priority = "high",
  actions  = tell,
  advice   = abuse_advice,
}

-- The same by AWS Health. A right that is said to be infringed has its own way to be answered
rule "abuse.health-copyright" {
  event_type = "AWS_ABUSE_COPYRIGHT_*",
  category   = "abuse_report",
  priority   = "high",
  actions    = tell,
  advice     = {
    ja = "著作権侵害 (DMCA) の申し立てです。対象のコンテンツを確認し、権利がなければ速やかに削除してください。申し立てが誤りであれば、"
      .. "法務担当と相談のうえ反論通知を検討してください。いずれの場合も、"
      .. "24 時間以内を目安に AWS Trust & Safety へ対応状況を返信してください。",
    en = "Somebody claims that content on your resources infringes a copyright (DMCA). Look at the content and remove it promptly when "
      .. "the right is not yours; when the claim is wrong, talk to your legal department about a counter notice. Either way tell AWS "
      .. "Trust & Safety within about 24 hours what you are doing.",
    url = "https://repost.aws/knowledge-center/aws-abuse-report",
  },
}

-- DoS, spam, personal data, coins
rule "abuse.health-event" {
  event_type = "AWS_ABUSE_*",
  category   = "abuse_report",
  priority   = "high",
  actions    = tell,
  advice     = abuse_advice,
}
