-- Abuse reports: their chain, their older forms, AWS Health.

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

local function gallery(name, rule, subject, more)
  local expect = {
    category = "abuse_report", rule = rule, priority = "high", account = "123456789012",
    actions  = {
      { action = "forward", args = { to = "technical", subject = "【重要なお知らせ】 " .. subject, quote = true } },
      { action = "chat", args = { channel = "aws-security" } },
    },
  }
  for key, value in pairs(more or {}) do expect[key] = value end
  test("abuse: " .. name) { mail = "fixtures/security/" .. name .. ".eml", expect = expect }
end

gallery("abuse-report-first", "abuse.report", "Your AWS Abuse Report [10599001122] [AWS ID 123456789012]", {
  found = { abuse_id = "10599001122" }, notice = { resources = { "i-0a1b2c3d4e5f60718" } },
})
gallery("abuse-report-second", "abuse.report", "RE: Your AWS Abuse Report [10599001122] [AWS ID 123456789012]")
gallery("abuse-report-final", "abuse.report", "FINAL NOTIFICATION: Your AWS Abuse Report [10599001122] [AWS ID 123456789012]", {
  notice = { final_notice = true },
})
gallery("abuse-report-bedrock", "abuse.report", "RE: Your AWS Abuse Report [P01A2B3C4D5] [AWS ID 123456789012]", {
  found = { abuse_id = "P01A2B3C4D5" },
})
gallery("abuse-report-ec2-2016", "abuse.report-ec2", "Your Amazon EC2 Abuse Report 12345678901 [198.51.100.7]", { service = "EC2" })
gallery("abuse-dmca", "abuse.trust-and-safety", "Notice of claimed copyright infringement (DMCA) [P01A2B3C4D6] [AWS ID 123456789012]")
gallery("abuse-denial-of-service-text", "abuse.health-event", "Reported denial of service [AWS Account: 123456789012]")
gallery("abuse-denial-of-service-html", "abuse.health-event", "Reported denial of service [AWS Account: 123456789012]")
gallery("abuse-copyright-text", "abuse.health-copyright", "Reported copyright infringement [AWS Account: 123456789012]")
gallery("abuse-copyright-html", "abuse.health-copyright", "Reported copyright infringement [AWS Account: 123456789012]")

test "abuse: a second notice" {
  from    = "ec2-abuse@amazon.com",
  subject = "Second Notice: Your AWS Abuse Report [10599001122]",
  body    = "AWS ID: 123456789012",
  expect  = { category = "abuse_report", rule = "abuse.report" },
}
test "abuse: the number alone" {
  from    = "trustandsafety@support.aws.com",
  subject = "Your AWS Abuse Report [10599001122]",
  body    = "AWS ID: 123456789012",
  expect  = { category = "abuse_report", rule = "abuse.report", account = "123456789012" },
}
test "abuse: a report in other words" {
  from    = "trustandsafety@support.aws.com",
  subject = "Report about your resources [P01A2B3C4D7] [AWS ID 123456789012]",
  body    = "Hello,",
  expect  = { category = "abuse_report", rule = "abuse.trust-and-safety", account = "123456789012" },
}
test "abuse: Trust & Safety says something else" {
  mail   = "fixtures/security/trust-and-safety-thanks.eml",
  expect = { category = "unmatched", rule = false, actions = { { action = "forward", args = { to = "operators" } } } },
}
test "abuse: another sender's title is no report" {
  from    = "no-reply@amazonaws.com",
  subject = "How to answer an abuse report",
  expect  = { category = "unmatched", rule = false },
}
for _, title in ipairs { "DMCA takedown request", "Notice of copyright infringement", "Notice of trademark infringement", "Phishing report" } do
  test("abuse: " .. title) {
    from    = "ec2-abuse@amazon.com",
    subject = title,
    body    = "AWS ID: 123456789012",
    expect  = { category = "abuse_report", rule = "abuse.trust-and-safety", account = "123456789012" },
  }
end
