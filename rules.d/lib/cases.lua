-- Mail about support cases. Mail servers, mailing lists and people put whatever they like before a subject ("[EXTERNAL]", "[ops]",
-- "Fw:"), and none of it may keep a compromise from its rule: so AWS's words count wherever they stand in the subject.
local cases = {}

-- The subject of the mail that says that a case is open
cases.opened = matches [[(?i)Amazon Web Services: New Support case: ?(?<case>\d{8,16})\b]]

-- What its body says of how urgent it is, however the HTML around the label is built
cases.urgent = matches [[(?i)(?:\bseverity ?:\s{0,6}urgent\b|重要度 ?:\s{0,6}緊急)]]

-- The subject of what follows in a case that is about what the PCRE2 expression says, in capitals or not: {case}, and {line}, the
-- case's own subject, with all that AWS put around it
function cases.about(expression)
    return matches([=[(?i)(?:\[CASE |\bAttention required on case |\bResolved:? (?:\[CASE )?)(?<case>\d{8,16})\]?:? (?<line>(?=]=]
        .. expression .. [=[)[^\n]{1,500})]=])
end

-- The condition of a body whose line "Subject:" has the expression
function cases.subject_line(expression)
    return matches([=[(?im)^[ >]*(?:Subject|件名) ?[:：] ?(?=]=] .. expression .. ")")
end

-- A compromise in the words of AWS or of the customer who asks for help, who puts them in any order. Not the question how one
-- would notice it, nor a call that was refused.
cases.compromise = [=[(?:]=]
    .. [=[[^\n]{0,200}\b(?:account|access keys?|secret(?: access)? keys?|credentials?|root user|IAM users?)\b[^\n]{0,40}\b(?:compromised?|hacked|hijacked|stolen|leaked|exposed|(?:inappropriately )?accessed by)\b]=]
    .. [=[|[^\n]{0,200}\[Action Required\][^\n]{0,80}\b(?:suspicious|irregular)\b[^\n]{0,80}\baccount\b]=]
    .. [=[|[^\n]{0,200}\breview your AWS account and credentials\b]=]
    .. [=[|(?![^\n]{0,200}\b(?:how (?:to|do|can|does)|cognito|features?|detect(?:ion|ing)?|prevent(?:ion|ing)?|pricing|best practices?|documentation|errors?|exceptions?|denied)\b)(?:]=]
    .. [=[[^\n]{0,200}\b(?:suspicious|irregular|unusual|unauthori[sz]ed|malicious|fraudulent)\b[^\n]{0,12}\b(?:activity|activities|behaviou?r|access|use|usage|users?|logins?|sign-?ins?)\b[^\n]{0,30}\b(?:account|access keys?|credentials?|root user)\b]=]
    .. [=[|[^\n]{0,200}\bunauthori[sz]ed charges\b]=]
    .. [=[|[^\n]{0,200}\b(?:suspicious|irregular)\b[^\n]{0,20}\b(?:AWS account|access keys?)\b]=]
    .. [=[|[^\n]{0,200}\b(?:compromised?|hacked|hijacked|stolen|leaked|exposed)(?: (?:AWS|IAM|my|our|your|root)){0,2} (?:account|access keys?|secret(?: access)? keys?|credentials?|users?)\b]=]
    .. [=[)|(?![^\n]{0,200}(?:方法|検知|対策|防止|料金|仕様))(?:]=]
    .. [=[[^\n]{0,200}(?:アカウント|アクセスキー|シークレットキー|認証情報|ルートユーザー?)[^\n]{0,20}(?:不正(?:アクセス|利用|使用|ログイン|に)|不審|侵害|乗っ取|漏えい|漏洩|流出|ハッキング)]=]
    .. [=[|[^\n]{0,200}(?:不正(?:アクセス|利用|使用|ログイン)|不審な|侵害|漏えい|漏洩|流出)[^\n]{0,12}(?:アカウント|アクセスキー|認証情報)]=]
    .. [=[|[^\n]{0,200}不正(?:アクセス|利用|使用) ?(?:について|の(?:件|疑い|可能性)|を受け|され)))]=]

return cases
