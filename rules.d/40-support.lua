-- Mail about support cases that is neither a compromise nor an SES review (10-security.lua). Amazon's shops use the form
-- RE:[CASE n] too, from the same domain: only listed senders count as AWS.

rule "support.case-opened" {
  subject  = "Amazon Web Services: New Support case: {case}",
  category = "support_case",
  service  = "SUPPORT",
  capture  = { case_subject = "Subject: {line}", severity = "Severity: {word}" },
}

rule "support.case-correspondence" {
  subject  = { "RE:[CASE {case}] {line}", "RE: [CASE {case}] {line}", "[CASE {case}] {line}" },
  category = "support_case",
  service  = "SUPPORT",
}

rule "support.case-attention" {
  subject  = { "Attention required on case {case}: {line}", "Attention required on case {case}" },
  category = "support_case",
  service  = "SUPPORT",
  priority = "high",
  advice   = {
    ja = "AWS サポートが回答を待っています。サポートセンターからケースに返信してください。返信がないとケースは自動的にクローズされます。",
    en = "AWS Support waits for an answer. Reply in the Support Center; a case without an answer is closed.",
    url = "https://console.aws.amazon.com/support/home#/case/history",
  },
}

rule "support.case-resolved" {
  subject  = { "Resolved {case}: {line}", "Resolved: [CASE {case}] {line}", "Amazon Web Services: Resolved Support case: {case}" },
  category = "support_case",
  service  = "SUPPORT",
  priority = "low",
}
