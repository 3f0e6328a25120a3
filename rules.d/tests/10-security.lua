-- Compromised accounts: what must not be taken for anything less, and what must not be taken for one.

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

-- The gallery ----------------------------------------------------------------------------------------------------------------

local rings = { { action = "forward", args = { to = "security" } }, { action = "call", args = { to = "emergency" } } }
local function gallery(name, rule, more)
  local expect = {
    category = "account_compromise", rule = rule, priority = "urgent", account = "123456789012", actions = rings, auth = { verdict = "proven" },
  }
  for key, value in pairs(more or {}) do expect[key] = value end
  test("compromise: " .. name) { mail = "fixtures/security/" .. name .. ".eml", expect = expect }
end
local keys = { keys = { "AKIAIOSFODNN7EXAMPLE" } }

gallery("compromise-case-2018", "support.account-compromise", {
  found = { case = "5200000001", case_subject = "Your AWS account 123456789012 is compromised" },
})
gallery("compromise-case-low", "support.compromise-case", {
  actions = {
    { action = "forward", args = { to = "security", subject = "[CASE 5200000002] Your AWS account is compromised", quote = true } },
    { action = "call", args = { to = "emergency" } },
  },
})
gallery("compromise-case-ja", "support.suspicious-activity", {
  actions = {
    { action = "forward", args = { to = "security", subject = "[CASE 176000000000101] [要対応] AWS アカウントにおける不審なアクティビティ" } },
    { action = "call", args = { to = "emergency" } },
  },
})
gallery("suspicious-activity-own-subject", "account.suspicious-activity", { found = keys })
gallery("suspicious-activity-notification", "account.suspicious-activity", {
  found = keys, notice = { event_type = "AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED" },
})
gallery("suspicious-activity-bilingual", "account.suspicious-activity", { notice = { action_required = true } })
gallery("suspicious-activity-ja", "account.suspicious-activity")
gallery("review-credentials", "account.suspicious-activity")
gallery("access-key-exposed", "account.suspicious-activity", { found = keys })
gallery("credentials-exposed-text", "account.risk-event", { found = keys })
gallery("credentials-exposed-html", "account.risk-event", { found = keys })
gallery("iam-quarantine-text", "account.iam-quarantine", { found = keys })
gallery("iam-quarantine-html", "account.iam-quarantine", { found = keys })
gallery("compromise-reply", "support.compromise-correspondence", {
  actions = { { action = "forward", args = { to = "security",
    subject = "[CASE 176000000000103] [Action Required] Suspicious activity in your AWS account [123456789012]" } } },
})

-- Each phrase of a case mail --------------------------------------------------------------------------------------------------

for _, phrase in ipairs {
  "Suspicious activity was seen.", "Irregular activity was seen.", "It was inappropriately accessed.", "It may have been accessed by a third party.",
  "It may have been accessed by a third-party.", "Your access key is exposed.", "The key is publicly available online.",
  "There was potentially unwanted activity in your AWS account.", "There was unauthorized activity in your AWS account.",
  "YOUR AWS ACCOUNT IS COMPROMISED", "不審なアクティビティを確認しました。", "不正アクセスの可能性があります。", "不正アクセスを受けた可能性があります。",
} do
  test("compromise: a case says: " .. phrase) {
    from    = "no-reply-aws@amazon.com",
    subject = "Amazon Web Services: New Support case: 176000000000104",
    body    = "Case ID: 176000000000104\nAccount ID: 123456789012\nSeverity: urgent\n\n" .. phrase .. "\n",
    expect  = { category = "account_compromise", rule = "support.suspicious-activity", actions = rings },
  }
end

for _, line in ipairs {
  "Suspicious activity in your AWS account", "[Action Required] Irregular activity in your AWS account", "Your AWS Access Key is Exposed",
  "[Action Required] Please review your AWS Account and credentials",
} do
  test("compromise: the case is called: " .. line) {
    from    = "no-reply-aws@amazon.com",
    subject = "Amazon Web Services: New Support case: 176000000000104",
    body    = "Case ID: 176000000000104\nSubject: " .. line .. "\nSeverity: normal\nAccount ID: 123456789012\n",
    expect  = { category = "account_compromise", rule = "support.compromise-case", found = { case_subject = line }, actions = rings },
  }
end

for _, line in ipairs {
  "Attention required on case 176000000000103: Suspicious activity in your AWS account",
  "Resolved 176000000000103: Irregular activity in your AWS account", "[CASE 176000000000103] Your AWS Access Key is Exposed",
  "RE: [CASE 176000000000103] Please review your AWS Account and credentials", "Re:[Case 176000000000103] Your AWS account 123456789012 is compromised",
  "RE:[CASE 176000000000103] [要対応] AWS アカウントにおける不審なアクティビティ",
  "RE:[CASE 176000000000103] [Action Required] Suspicious behaviour seen in account 123456789012",
} do
  test("compromise: the case goes on: " .. line) {
    from    = "no-reply-aws@amazon.com",
    subject = line,
    body    = "AWS Account ID: 123456789012\n",
    expect  = {
      category = "account_compromise", rule = "support.compromise-correspondence",
      actions  = { { action = "forward", args = { to = "security" } } },
    },
  }
end

for _, event_type in ipairs {
  "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED", "AWS_RISK_CREDENTIALS_COMPROMISED", "AWS_RISK_ACCOUNT_CONSOLE_COMPROMISE",
} do
  test("compromise: " .. event_type) {
    from    = "health@aws.com",
    subject = "About your account [AWS Account: 123456789012]",
    headers = { ["X-SM-COMMUNICATION-TYPE"] = event_type },
    body    = "Hello,",
    expect  = { category = "account_compromise", rule = "account.risk-event", actions = rings },
  }
end

-- What is none ------------------------------------------------------------------------------------------------------------------

test "no compromise: AWS opened an urgent case and says no more" {
  mail   = "fixtures/security/urgent-case-bare.eml",
  expect = {
    category = "support_case", rule = "support.urgent-case-of-aws", priority = "urgent", account = "123456789012",
    actions  = {
      { action = "forward", args = { to = "technical" } },
      { action = "forward", args = { to = "security",
        subject = "[CASE 176000000000102] Amazon Web Services: New Support case: 176000000000102" } },
    },
  },
}
test "no compromise: AWS opened an urgent case about something else" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon Web Services: New Support case: 176000000000106",
  body    = "Amazon Web Services has opened case 176000000000106 on your behalf.\nSubject: Impaired volume\nSeverity: Urgent\nAccount ID: 123456789012\n",
  expect  = {
    category = "support_case", rule = "support.urgent-case-of-aws",
    actions  = {
      { action = "forward", args = { to = "technical" } },
      { action = "forward", args = { to = "security", subject = "[CASE 176000000000106] Impaired volume" } },
    },
  },
}
test "no compromise: somebody's own case tells of a server" {
  from    = "no-reply-aws@amazon.com",
  subject = "RE:[CASE 176000000000105] Our web server is compromised, how do we take a snapshot?",
  body    = "Hello,",
  expect  = { category = "support_case", rule = "support.case-correspondence" },
}
test "no compromise: what AWS tells everybody" {
  from    = "aws-marketing-email-replies@amazon.com",
  subject = "What to do about suspicious activity in your AWS account: a webinar",
  body    = "Severity: Urgent. Your account may be compromised.",
  expect  = { category = "other", rule = "other.marketing" },
}
for name, category in pairs {
  ["newsletter-about-compromise"] = "not_aws", ["colleague-about-aws"] = "not_aws", ["colleague-quotes-abuse-report"] = "suspicious",
  ["customer-answers-case"] = "suspicious", ["forged-abuse-report"] = "suspicious", ["forged-compromise-case"] = "suspicious",
  ["forged-suspicious-activity"] = "suspicious", ["forged-ses-review"] = "suspicious",
} do
  test("no security category: " .. name) {
    mail   = "fixtures/security/" .. name .. ".eml",
    expect = {
      category = category, rule = false,
      actions  = category == "not_aws" and {} or { { action = "forward", args = { to = "operators" } } },
    },
  }
end

-- As AWS Japan may address its customer
for _, title in ipairs {
  "お客様の AWS アカウントと認証情報のご確認をお願いいたします", "お客様の AWS のアクセスキーが漏洩している可能性があります",
  "AWS アカウントが不正利用されているおそれがあります",
} do
  test("compromise: " .. title) {
    from    = "no-reply@amazonaws.com",
    subject = "【重要】" .. title,
    body    = "AWS アカウント ID: 123456789012",
    expect  = { category = "account_compromise", rule = "account.suspicious-activity", actions = rings },
  }
end
