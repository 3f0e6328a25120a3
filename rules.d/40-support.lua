-- Mail about support cases that is neither a compromise nor an SES review (10, 11). Amazon's shops use the form RE:[CASE n] too, from
-- the same domain: only listed senders count as AWS.

local cases = require "cases"

-- Amazon's shops and vendor support: proven to be Amazon's and yet no listed sender, so no mail of AWS comes here
rule "other.amazon-retail" {
  from     = matches [[@amazon\.(?:com|co\.(?:jp|uk)|com\.(?:au|br|mx)|[a-z]{2})$]],
  title    = nocase "[CASE {case}] {line}",
  when     = function(msg) return msg.auth.verdict == "stranger" end,
  speaker  = "any",
  category = "other",
}

-- AWS opened it itself and calls it urgent, or nothing says who did and what it is about. In 2026 some of these leave that out, and
-- such a case often is a compromise: people look at once, the phone stays silent
rule "support.urgent-case-of-aws" {
  subject  = cases.opened,
  body     = cases.urgent,
  any      = { { body = nocase "on your behalf" }, { none = { body = cases.subject_line "" } } },
  category = "support_case",
  service  = "SUPPORT",
  priority = "urgent",
  capture  = { case_subject = "Subject: {line}" },
  actions  = function(msg, found)
    local subject = found.case_subject and "[CASE {case}] {case_subject}" or "[CASE {case}] {subject}"
    return { forward { to = "technical", quote = true }, forward { to = "security", subject = subject, quote = true } }
  end,
  advice   = {
    ja = "AWS が緊急度「Urgent」のケースを代理で起票しました。本文に内容がない場合は、不正アクセスの疑いの連絡であることが多いため、"
      .. "すぐにサポートセンターでケースを開いて確認してください。あわせて、"
      .. "同じ時刻に届いた「Suspicious activity」などのメールがないか確認してください。",
    en = "AWS has opened a case of severity Urgent itself. Where the mail does not say what it is about, it often is a suspected "
      .. "compromise: open the case in the Support Center now, and look for another mail of the same hour, such as one about suspicious "
      .. "activity.",
    url = "https://docs.aws.amazon.com/awssupport/latest/user/case-management.html",
  },
}

rule "support.case-opened" {
  any      = {
    { subject = cases.opened },
    { title = nocase { "Amazon Web Services: New Support case: {case}", "Amazon Web Services: New Support case: {word}" } }, -- a number in a new form
  },
  category = "support_case",
  service  = "SUPPORT",
  capture  = { case_subject = "Subject: {line}", severity = "Severity: {word}" },
}

-- A quota or the way out of the SES sandbox was asked for
rule "support.limit-increase" {
  title    = nocase {
    "[CASE {case}] Limit Increase: {line}", "[CASE {case}] Quota Increase: {line}", "[CASE {case}] Service Quotas: {line}",
    "[CASE {case}] SES: Production Access{any}", "[CASE {case}] SES Sending Limits{any}",
  },
  category = "support_case",
  service  = "SUPPORT",
  advice   = {
    ja = "上限緩和(クォータの引き上げ、SES のサンドボックス解除など)の申請への回答です。AWS が用途や見込み量を質問している場合は、"
      .. "サポートセンターからケースに返信しないと審査が進みません。承認された場合は、対象のリージョンで新しい値を確認してください。",
    en = "AWS answers a request for a higher quota or for leaving the SES sandbox. Where it asks what the use is or how much you expect, "
      .. "answer in the Support Center, or nothing goes on. Once granted, look at the new value in the region that it was asked for.",
    url = "https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html",
  },
}

rule "support.case-correspondence" {
  title    = nocase { "[CASE {case}] {line}", "[CASE {case}]" },
  category = "support_case",
  service  = "SUPPORT",
}

rule "support.case-attention" {
  title    = { "Attention required on case {case}: {line}", "Attention required on case {case}", "ケース {case} への対応が必要です: {line}" },
  category = "support_case",
  service  = "SUPPORT",
  priority = "high",
  advice   = {
    ja = "AWS サポートが回答を待っています。サポートセンターからケースに返信してください。返信がないとケースは自動的にクローズされます。",
    en = "AWS Support waits for an answer. Reply in the Support Center; a case without an answer is closed.",
    url = "https://docs.aws.amazon.com/awssupport/latest/user/case-management.html",
  },
}

rule "support.case-resolved" {
  title    = {
    "Resolved {case}: {line}", "Resolved: [CASE {case}] {line}", "Amazon Web Services: Resolved Support case: {case}",
    "Amazon Web Services: Resolved case: {case}", "Amazon Web Services: Closed Support case: {case}",
  },
  category = "support_case",
  service  = "SUPPORT",
  priority = "low",
}

rule "support.case-reopened" {
  title    = {
    "Amazon Web Services: Reopened Support case: {case}", "Amazon Web Services: Updated Support case: {case}", "Reopened {case}: {line}",
  },
  category = "support_case",
  service  = "SUPPORT",
}

-- How content was the customer?
rule "support.survey" {
  title    = nocase {
    "AWS Support survey{any}", "How was your AWS Support experience?", "Tell us about your AWS Support experience{any}",
    "AWS サポートに関するアンケート{any}", "AWS サポートアンケート{any}",
  },
  category = "support_case",
  service  = "SUPPORT",
  priority = "low",
  actions  = { forward { to = "operators" } },
}

-- Another plan, other prices, other times to answer
rule "support.plan-changed" {
  title    = nocase {
    "AWS Support plan change{any}", "Changes to your AWS Support plan{any}", "Your AWS Support plan{any}", "AWS サポートプランの変更{any}",
    "AWS サポートプラン変更{any}",
  },
  category = "account",
  service  = "SUPPORT",
  advice   = {
    ja = "AWS サポートプランが変更されたか、変更される予定です。心当たりのない変更でないか、"
      .. "料金と初回応答時間がどう変わるかを確認してください。",
    en = "The AWS Support plan has changed or will change. See whether one of you asked for it, and what becomes of the price and of the "
      .. "time to a first answer.",
    url = "https://docs.aws.amazon.com/awssupport/latest/user/aws-support-plans.html",
  },
}
