-- What AWS, mail servers and people put around a subject, and what does not change which notice it is. The engine takes
-- these off the beginning and the end, again and again in this order, keeps the name as a fact (with what {placeholders}
-- matched), and what is left is the title. Patterns are PCRE2; the engine anchors them. They stand in [=[ … ]=], since a plain
-- [[ … ]] would end at the first "]]" of a pattern that ends in "\]".
--
-- Not decorations, since they tell notices apart: "[Retirement Notification]" and "[CASE 1234567890]".
-- Nor is "【重要なお知らせ】": a team writes that in front of what it forwards, so such a mail has been told already.

-- The account: which form comes depends on the service
decoration "account" [=[\[(?i:AWS Account(?: ID| number)?):? ?{account}\]]=]  -- Health, most mail
decoration "account" [=[\[(?i:AWS ID):? ?{account}\]]=]                       -- Trust & Safety
decoration "account" [=[\[(?i:Account(?: ID)?):? ?{account}\]]=]              -- billing
decoration "account" [=[\[{account}\]]=]                                      -- security mail since 2025
decoration "account" [=[\((?i:AWS Account(?: ID)?):? ?{account}\)]=]
decoration "account" [=[(?:-|for) (?i:AWS Account(?: ID)?):? ?{account}]=]    -- in the open, at the end
decoration "account" [=[\[(?i:AWS) ?アカウント(?: ?ID)?:? ?{account}\]]=]
decoration "masked" [=[[\[(](?i:AWS (?:Account(?: ID| number)?|ID)):? ?[Xx*#]{4,12}(?:\d{4})?[\])]]=]     -- whoever passed the mail on left it out
decoration "invoice" [=[\[(?i:Invoice ID):? ?{invoice}\]]=]

-- The region: a second bracket since 2024, in capitals
decoration "region" [=[\[{region}\]]=]
decoration "region" [=[\[(?i:AWS )?(?i:Region):? ?{region}\]]=]

-- Something is to be done. "May be required" is weaker, and is no claim.
decoration "final_notice" [=[\[(?i:final (?:notice|notification|reminder|warning))\](?: ?[-:])?]=]
decoration "final_notice" [=[(?i:final (?:notice|notification|reminder|warning)) ?[-:]]=]
decoration "final_notice" [=[(?:\[最終(?:通知|のお知らせ|リマインダー)\]|【最終(?:通知|のお知らせ|リマインダー)】)]=]
decoration "action_required" [=[\[(?i:(?:immediate |urgent )?action (?:is )?(?:required|needed)|immediate action)\](?: ?[-:])?]=]
decoration "action_required" [=[(?i:(?:immediate |urgent )?action (?:is )?(?:required|needed)) ?[-:!]]=]
decoration "action_required" [=[- (?i:action (?:is )?required)]=]             -- at the end: "… has ended - Action required"
decoration "action_required" [=[(?:\[(?:要対応|対応必須|対応が必要|要アクション|アクションが必要)\]|【(?:要対応|対応必須|対応が必要|要アクション|アクションが必要)】)]=]
decoration "action_possible" [=[\[(?i:action may be (?:required|needed))\](?: ?[-:])?]=]
decoration "action_possible" [=[(?i:action may be (?:required|needed))(?: ?[-:])?(?= )]=]
decoration "action_possible" [=[(?:\[対応が必要な場合があります\]|【対応が必要な場合があります】)]=]

-- It came before
decoration "reminder" [=[\[(?i:(?:first |second |third |friendly |\d(?:st|nd|rd|th) )?reminder(?: ?#?\d{1,2})?)\](?: ?[-:])?]=]
decoration "reminder" [=[(?i:(?:first |second |third |friendly |\d(?:st|nd|rd|th) )?reminder(?: ?#?\d{1,2})?) ?[-:]]=]
decoration "reminder" [=[(?:\[(?:再通知|再送|リマインダー|リマインド)\]|【(?:再通知|再送|リマインダー|リマインド)】|リマインダー ?:)]=]

-- A ticket's number in front (text must follow), and the month of a batch before a bracket: "July - [Action Required] …"
decoration "ticket" [=[\[(?-i:[A-Z][A-Z0-9]{1,9})-\d{1,8}\](?: ?[-:])?(?= ?\S)]=]
decoration "ticket" [=[\[[A-Za-z][A-Za-z ]{1,14} ?#\d{1,12}\](?: ?[-:])?(?= ?\S)]=]  -- [Ops #4711]
decoration "ticket" [=[\[(?:#|(?-i:INC|CHG|REQ|RITM|PRB|TASK|SR))\d{1,12}\](?: ?[-:])?(?= ?\S)]=]
decoration "month" [=[(?i:january|february|march|april|may|june|july|august|september|october|november|december)(?: \d{4})? ?[-–:](?= ?\[)]=]

-- It was told otherwise before
decoration "update" [=[\[(?i:updated?|correction|corrected|revised)\](?: ?[-:])?]=]
decoration "update" [=[(?:\[(?:更新|訂正|変更)\]|【(?:更新|訂正|変更)】)]=]

-- It is a notice, or an important one
decoration "notification" [=[\[(?i:notification|notice|informational|information|info|fyi)\](?: ?[-:])?]=]
decoration "notification" [=[(?:\[(?:通知|お知らせ|ご案内)\]|【(?:通知|お知らせ|ご案内)】)]=]
decoration "important" [=[\[(?i:urgent|important)\](?: ?[-:])?]=]
decoration "important" [=[(?:\[(?:重要|緊急|至急)\]|【(?:重要|緊急|至急)】)]=]
decoration "language" [=[(?i:\[(?:ja|jp|en|japanese|english|日本語|英語)\]|【(?:日本語|英語)】)]=]

-- Added on the way: mail servers, replies, mailing lists
decoration "external" [=[(?i:\[(?:ext|external)(?: (?:e-?mail|mail|sender))?\]|\*{2,5}(?:external)\*{2,5}|external ?:)]=]
decoration "external" [=[(?i:\[(?:(?:suspected |possible |probable )?spam(?: ?\?)?|bulk|junk)\](?: ?[-:])?)]=]
decoration "external" [=[(?:\[(?:社外|外部|外部メール)\]|【(?:社外|外部|外部メール)】)]=]
decoration "reply" [=[(?i:re|fw|fwd|aw|wg|sv|vs|antw|tr)(?:\[\d{1,3}\])? ?:]=]
decoration "reply" [=[(?:返信|転送) ?:]=]
-- [aws-notices], [ops.aws:1234]: small letters with a joint, at the beginning only (text must follow), and no resource
decoration "list" [=[\[(?!i-|vol-|h-|dx|arn)(?-i:[a-z0-9]{2,30}(?:[-_.][a-z0-9]{1,30})+)(?:[ :,]\d{1,7})?\](?= ?\S)]=]
decoration "list" [=[\[(?-i:[a-z]{3,30})(?:[ :,]\d{1,7})?\](?= ?\S)]=]  -- [ops], [awsroot:12]
-- "日本語の件名 | [Action Required] English subject": the English half is the title
decoration "bilingual" [=[(?=[^|]*[\p{Hiragana}\p{Katakana}\p{Han}])[^|]{1,300} ?\|(?= ?[\x20-\x7e]+$)]=]
-- "English subject | 日本語の件名", the other way round
decoration "bilingual" [=[(?<=[\x21-\x7e]) ?\| ?(?=[^|]*[\p{Hiragana}\p{Katakana}\p{Han}])[^|]{1,300}]=]
