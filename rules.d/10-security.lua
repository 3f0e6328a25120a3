-- What cannot wait: compromised accounts. Only what AWS's own words say beyond doubt decides here, since the phone rings at night
-- for it. The order is the meaning: a case that speaks of both a compromise and SES is a compromise, and this file comes before
-- SES reviews (11), abuse reports (12) and the plain support cases (40).

local cases = require "cases"

local compromise_advice = {
  ja = "アカウントまたはアクセスキーが第三者に使われているおそれがあります。ただちに、漏えいしたキーの無効化と削除、"
    .. "ルートユーザーと全 IAM ユーザーのパスワード変更、MFA の有効化を行ってください。続けて CloudTrail と全リージョンを確認し、"
    .. "見覚えのない IAM ユーザー・ロール・リソースを削除してください。AWS が期日を示している場合はその日までに、"
    .. "対応した内容をサポートケースに返信してください。返信がないと、アカウントが停止されることがあります。",
  en = "Somebody else may be using the account or an access key. Deactivate and delete the exposed key now, change the passwords of the "
    .. "root user and of IAM users, and turn on MFA. Then look through CloudTrail and every region, and remove users, roles and "
    .. "resources that are not yours. Answer the support case with what you did, by the date that AWS names; without an answer the "
    .. "account may be suspended.",
  url = "https://repost.aws/knowledge-center/potential-account-compromise",
}

-- "[CASE 1234567890] <subject of the case>"; some case mails of 2026 leave the case's subject out
local function forward_case_and_call(msg, found)
  local subject = found.case_subject and "[CASE {case}] {case_subject}" or "[CASE {case}] {subject}"
  return { forward { to = "security", subject = subject, quote = true }, call { to = "emergency" } }
end

-- The conditions of 2021
rule "support.account-compromise" {
  subject  = cases.opened,
  body     = all { cases.urgent, any { "compromised", "Compromised" } },
  category = "account_compromise",
  priority = "urgent",
  capture  = { case_subject = "Subject: {line}", account = "Subject: Your AWS account {account} is compromised" },
  actions  = forward_case_and_call,
  advice   = compromise_advice,
}

-- The same case mail as it reads since 2025: other words, severity in small letters
rule "support.suspicious-activity" {
  subject  = cases.opened,
  body     = all {
    cases.urgent,
    any {
      nocase "suspicious activity", nocase "irregular activity", nocase "inappropriately accessed",
      nocase "accessed by a third party", nocase "accessed by a third-party", nocase "access key is exposed",
      nocase "publicly available online", nocase "unwanted activity in your AWS account",
      nocase "unauthorized activity in your AWS account", nocase "compromised", "不審なアクティビティ",
      "不正アクセスの可能性", "不正アクセスを受けた", "不正利用された", "侵害された", "漏えいした", "漏洩した",
    },
  },
  category = "account_compromise",
  priority = "urgent",
  capture  = { case_subject = "Subject: {line}" },
  actions  = forward_case_and_call,
  advice   = compromise_advice,
}

-- What the case is called says it, whatever its severity: mails with "Severity: Low" were seen
rule "support.compromise-case" {
  subject  = cases.opened,
  body     = any {
    matches [=[(?im)^[ >]*Subject: (?:\[[^\]\n]{1,40}\] ?)?Your AWS account (?:\d{12} )?is compromised]=],
    matches [=[(?im)^[ >]*Subject: (?:\[[^\]\n]{1,40}\] ?)?(?:Suspicious|Irregular) activity in your AWS account]=],
    matches [=[(?im)^[ >]*Subject: (?:\[[^\]\n]{1,40}\] ?)?Your AWS access key is exposed]=],
    matches [=[(?im)^[ >]*Subject: (?:\[[^\]\n]{1,40}\] ?)?Please review your AWS account and credentials]=],
  },
  category = "account_compromise",
  priority = "urgent",
  capture  = { case_subject = "Subject: {line}" },
  actions  = forward_case_and_call,
  advice   = compromise_advice,
}

-- What may follow such a title: where it was seen, and of which account, key or case it speaks
local tail = [=[(?: (?:on GitHub|online|publicly|in public|on the internet))?(?:[ :,(\[-]{1,3}(?:for |in )?(?:AWS )?(?:account |access key |case )?(?:\d{8,16}|A[KS]IA[A-Z0-9]{16})[)\]]?){0,2}$]=]

-- Since 2025 the warning comes under its own subject, without a case
rule "account.suspicious-activity" {
  title = {
    nocase "Suspicious activity in your AWS account", nocase "Suspicious activity in your AWS account: {account}",
    nocase "Suspicious activity in your AWS account {account}", nocase "Suspicious activity detected in your AWS account",
    nocase "Irregular activity in your AWS account", nocase "Irregular activity in your AWS account: {account}",
    nocase "Irregular activity in your AWS account {account}",
    nocase "Unauthorized activity in your AWS account", nocase "Potential unauthorized activity in your AWS account",
    nocase "Please review your AWS account and credentials",
    nocase "Your AWS account {account} is compromised", nocase "Your AWS account is compromised",
    nocase "Your AWS account {account} may be compromised", nocase "Your AWS account may be compromised",
    nocase "Your AWS account may have been accessed by a third party",
    nocase "Your AWS account may have been inappropriately accessed by a third-party",
    nocase "Your AWS Access Key is Exposed{any}", nocase "Your AWS access key {key} is exposed",
    nocase "Your AWS credentials are exposed", nocase "Your AWS credentials may be compromised",
    -- AWS Japan, where the Japanese stands alone; the English half of a bilingual subject is matched above
    matches [[^(?:お客様の ?)?AWS ?アカウント ?(?:における|での|内の|内における|の) ?不審なアクティビティー?(?:について|に関する(?:お知らせ|ご連絡))?$]],
    matches [[^(?:お客様の ?)?AWS ?アカウント ?が ?(?:侵害|不正に使用|不正利用)されている(?:可能性|おそれ|恐れ)があります$]],
    matches [[^(?:お客様の ?)?AWS ?アカウント ?と ?認証情報 ?(?:を|の) ?ご?確認(?:を?お願いいたします|を?お願いします|ください)$]],
    matches [[^(?:お客様の ?)?AWS ?(?:の ?)?アクセスキー ?が ?(?:公開|漏えい|漏洩)(?:されています|しています|されている可能性があります|している可能性があります)$]],
  },
  category = "account_compromise",
  priority = "urgent",
  collect  = { keys = "{key}" },
  also     = { call { to = "emergency" } },
  advice   = compromise_advice,
}

-- What nobody knows may stand before it, in brackets: "[production]", "*** EXTERNAL ***". The number of a case is no such thing: it has rung
local tag = [=[^(?![^\n]{0,60}\[CASE )(?:[^\n]{1,40}[\])>】*] ?)?]=]

-- The same in other words, of AWS's senders alone: a newsletter says them too. Nothing else may stand in the title
rule "account.compromise-in-other-words" {
  title = nocase(matches {
    tag .. [[(?:(?:potential(?:ly)?|possible|suspected) )?(?:suspicious|irregular|unusual|unauthori[sz]ed|fraudulent|malicious) (?:activity|behaviou?r|access|use|usage)]]
    .. [[(?: (?:was )?(?:detected|found|identified|observed))? (?:in|on|to|of|within|with|for) (?:your |an )?AWS (?:account|access key|credential)s?]] .. tail,
    tag .. [[please review your AWS account and credentials]] .. tail,
    tag .. [[your AWS (?:account|(?:secret )?access key|credential|IAM user)s?(?: (?:\d{12}|A[KS]IA[A-Z0-9]{16}))?]]
    .. [[ (?:is|are|was|were|has been|have been|may be|might be|may have been|might have been|appears? to be|appears? to have been)]]
    .. [[(?: (?:potentially|possibly|inappropriately|publicly))? (?:compromised|exposed|leaked|accessed by an? (?:unauthori[sz]ed|third)[ -]party)]] .. tail,
    tag .. [[(?:compromised|exposed|leaked) (?:AWS |IAM )?(?:access keys?|credentials?|account) (?:detected |found )?(?:in|for|of) your AWS account]] .. tail,
  }),
  when     = function(msg) return msg.auth.verdict ~= "stranger" end,
  category = "account_compromise",
  priority = "urgent",
  collect  = { keys = "{key}" },
  also     = { call { to = "emergency" } },
  advice   = compromise_advice,
}

-- AWS has put the policy AWSCompromisedKeyQuarantine on a user
rule "account.iam-quarantine" {
  event_type = "AWS_RISK_IAM_QUARANTINE*",
  category   = "account_compromise",
  service    = "IAM",
  priority   = "urgent",
  collect    = { keys = "{key}" },
  also       = { call { to = "emergency" } },
  advice     = {
    ja = "漏えいしたアクセスキーの IAM ユーザーに、AWS が隔離ポリシー (AWSCompromisedKeyQuarantine) を付けました。"
      .. "新しいキーに切り替えてから、対象のキーを無効化・削除し、CloudTrail でそのキーの操作を確認してください。隔離ポリシーは、"
      .. "対応が終わって AWS に報告するまで外さないでください。",
    en = "AWS has put a quarantine policy (AWSCompromisedKeyQuarantine) on the IAM user whose key is known to strangers. Move to a new "
      .. "key, deactivate and delete this one, and look in CloudTrail for what was done with it. Leave the policy in place until the work "
      .. "is done and AWS has been told.",
    url = "https://repost.aws/knowledge-center/potential-account-compromise",
  },
}

-- AWS Health says that credentials are known to strangers
rule "account.risk-event" {
  event_type = { "AWS_RISK_CREDENTIALS_*", "AWS_RISK_ACCOUNT_*" },
  category   = "account_compromise",
  service    = "IAM",
  priority   = "urgent",
  collect    = { keys = "{key}" },
  also       = { call { to = "emergency" } },
  advice     = compromise_advice,
}

-- A case that is about a compromise in other words, or that the customer opened: people read, the phone stays silent
rule "support.compromise-case-in-other-words" {
  subject  = cases.opened,
  body     = cases.subject_line(cases.compromise),
  category = "account_compromise",
  priority = "urgent",
  capture  = { case_subject = "Subject: {line}" },
  actions  = { forward { to = "security", subject = "[CASE {case}] {case_subject}", quote = true } },
  advice   = compromise_advice,
}

-- AWS or its customer goes on writing in such a case: the phone has rung, people read
rule "support.compromise-correspondence" {
  subject  = cases.about(cases.compromise),
  category = "account_compromise",
  priority = "urgent",
  actions  = { forward { to = "security", subject = "[CASE {case}] {line}", quote = true } },
  advice   = compromise_advice,
}
