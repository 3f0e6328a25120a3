-- Amazon SES: reviews of sending, which are urgent, and what else it writes about addresses, domains and mailboxes.

local cases = require "cases"

local review_advice = {
  ja = "Amazon SES の送信がレビュー対象です。バウンス率と苦情率、宛先リストの集め方、"
    .. "漏えいした認証情報による送信の有無を確認してください。レビュー期間が終わる前に、"
    .. "原因と再発防止策をサポートケースに返信してください。改善や返信がない場合、送信が停止されることがあります。",
  en = "Sending with Amazon SES is under review. Check bounce and complaint rates, how the recipients were collected, and whether "
    .. "leaked credentials are sending. Answer the case with the cause and what keeps it from happening again before the review period "
    .. "ends; without an improvement or an answer sending may be paused.",
  url = "https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html",
}

local paused_advice = {
  ja = "Amazon SES がこのアカウントの送信を停止しました。アプリケーションからのメールは届いていません。バウンス・苦情の原因と、"
    .. "漏えいした認証情報による送信がないかを確認し、対応した内容と再発防止策をサポートケースに返信して、再開を依頼してください。"
    .. "急ぐメールは、ほかの送信手段に切り替えてください。",
  en = "Amazon SES has paused sending for this account, so mail of your applications does not go out. Find out where the bounces or "
    .. "complaints come from and whether leaked credentials are sending, then answer the case with what you changed and ask for sending "
    .. "to be resumed. Send what cannot wait by other means.",
  url = "https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html",
}

-- "[CASE 1234567890] <subject of the case>"
local function forward_case(msg, found)
  local subject = found.case_subject and "[CASE {case}] {case_subject}" or "[CASE {case}] {subject}"
  return { forward { to = "security", subject = subject, quote = true } }
end

-- The conditions of 2021
rule "support.ses-review" {
  subject  = cases.opened,
  body     = all { nocase "Severity:", nocase "Amazon SES", nocase "Review Period" },
  category = "ses_review",
  service  = "SES",
  capture  = { case_subject = "Subject: {line}", account = "for AWS Account {account}" },
  actions  = forward_case,
  advice   = review_advice,
}

-- Later words for the same, still a support case. "under review" alone would take requests for production access as well
rule "support.ses-sending-paused" {
  subject  = cases.opened,
  body     = all {
    any { "Amazon SES", "Amazon Simple Email Service" },
    any {
      matches [[(?i)paused your (?:Amazon SES )?account.{1,2}s ability to send]], nocase "sending has been paused", nocase "sending is paused",
      nocase "account has been put on probation", nocase "account is now under review", nocase "account under review in",
      nocase "placed your account under review", nocase "account has been placed under review",
    },
  },
  category = "ses_review",
  service  = "SES",
  capture  = { case_subject = "Subject: {line}", account = "for AWS Account {account}" },
  actions  = forward_case,
  advice   = review_advice,
}

-- Under its own subject: sending has stopped
rule "ses.sending-paused" {
  title    = nocase {
    "Amazon SES sending paused{any}", "Amazon SES account sending paused{any}", "Your Amazon SES account has been paused{any}",
    matches [[^(?:Your )?Amazon SES (?:account(?:.s)? |email )?sending (?:has been|is|was) paused\b]],
    matches [[^Amazon SES has paused your account.{1,2}s ability to send]],
    matches [[^Amazon SES ?アカウント ?(?:の ?(?:E ?メール|メール)?送信 ?)?が ?(?:一時)?停止され(?:ました|ています)]],
  },
  category = "ses_review",
  service  = "SES",
  advice   = paused_advice,
}

-- Under its own subject: probation until 2021, review since
rule "ses.account-review" {
  title    = nocase {
    "Amazon SES account under review in {region}", "Amazon SES account under review{any}",
    "Amazon SES Sending Review for AWS Account {account} in AWS Region {region}", "Amazon SES Sending Review{any}",
    "Your Amazon SES account is under review{any}", "Amazon SES Bounce Probation{any}",
    "Amazon SES Complaint Probation{any}", "Amazon SES Probation{any}", "Amazon SES Bounce Review Period{any}",
    "Amazon SES Complaint Review Period{any}", "Amazon SES Review Period{any}",
    matches [[^Amazon SES ?アカウント ?(?:が|は) ?(?:現在 ?)?(?:レビュー(?:中|対象)です|審査中です)]],
  },
  category = "ses_review",
  service  = "SES",
  advice   = review_advice,
}

-- AWS goes on writing in such a case
rule "support.ses-correspondence" {
  subject  = cases.about [=[[^\n]{0,200}\bAmazon SES (?:account under review|sending paused|Sending Review|Bounce|Complaint)]=],
  category = "ses_review",
  service  = "SES",
  actions  = { forward { to = "security", subject = "[CASE {case}] {line}", quote = true } },
  advice   = review_advice,
}

-- Addresses, domains, DKIM: no review ---------------------------------------------------------------------------------------

-- The link in it is what proves the address: no quote of it
rule "ses.address-verification" {
  title    = nocase {
    "Amazon SES Address Verification Request", "Amazon SES Address Verification Request in region {region}",
    "Amazon SES Email Address Verification Request", "Amazon SES Email Address Verification Request in region {region}",
    "Amazon Web Services – Email Address Verification Request",
    "Amazon Web Services – Email Address Verification Request in region {region}",
    "Amazon Web Services - Email Address Verification Request",
    "Amazon Web Services - Email Address Verification Request in region {region}",
    "AWS Email Address Verification Request in region {region}",
  },
  category = "other",
  service  = "SES",
  actions  = { forward { to = "operators", quote = false } },
  advice   = {
    ja = "Amazon SES で送信元として登録されたメールアドレスの確認です。心当たりがあれば、24 時間以内に元のメールのリンクを開いてください。"
      .. "心当たりがなければ開かず、誰が登録したかを確認してください。",
    en = "Somebody has named this address as a sender in Amazon SES. If it was one of you, open the link in the original mail within 24 "
      .. "hours. If not, leave it alone and find out who did.",
    url = "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html",
  },
}

local aws = { "no-reply-aws@amazon.com", "no-reply@amazonaws.com", "@aws.com" }

rule "ses.identity-verified" {
  from     = aws,
  title    = nocase {
    "DKIM setup SUCCESS for {line}", "Domain Verification SUCCESS for {line}", "Email Address Verification SUCCESS for {line}",
    "MAIL FROM domain setup SUCCESS for {line}", "Custom MAIL FROM domain setup SUCCESS for {line}",
  },
  category = "other",
  service  = "SES",
}

rule "ses.identity-failing" {
  from     = aws,
  title    = nocase {
    "DKIM setup FAILURE for {line}", "DKIM setup PENDING for {line}", "DKIM setup REVOCATION for {line}", "DKIM setup REVOKED for {line}",
    "DKIM setup REVOCATION PENDING for {line}", "Domain Verification FAILURE for {line}", "Domain Verification REVOCATION for {line}",
    "Domain Verification REVOKED for {line}", "Domain Verification REVOCATION PENDING for {line}",
    "Domain Verification PENDING REVOCATION for {line}", "MAIL FROM domain setup FAILURE for {line}",
    "Custom MAIL FROM domain setup FAILURE for {line}",
  },
  category = "other",
  service  = "SES",
  priority = "high",
  advice   = {
    ja = "Amazon SES がドメインの DNS レコード (DKIM の CNAME、検証用 TXT、MAIL FROM の MX) を確認できていません。"
      .. "レコードが消えていないか、値が変わっていないかを確認し、早めに (3 日以内が目安) 戻してください。戻らないと検証が取り消され、"
      .. "このドメインから送信できなくなるか、DKIM 署名が付かなくなります。",
    en = "Amazon SES does not find the domain's DNS records (CNAME of DKIM, TXT of the verification, MX of MAIL FROM). See whether they "
      .. "are gone or changed, and put them back soon, within three days. Otherwise the verification is withdrawn, and mail from this domain is "
      .. "refused or goes out without a DKIM signature.",
    url = "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-verification.html",
  },
}

rule "ses.setup" {
  title    = "Amazon SES Setup Notification",
  category = "other",
  service  = "SES",
}
