-- The grammar of AWS's titles: what is said around the name of a thing. A rule names the thing, and gets the title's templates:
--
--   local titles = require "titles"
--   any = {
--     { title = "Amazon EKS Kubernetes {version} end of standard support" },     -- seen word for word
--     titles.aws { title = titles.ends { "Amazon EKS" } },                        -- the same in other words
--     { event_type = "AWS_EKS_PLANNED_LIFECYCLE_EVENT" },
--   }
--
-- Other words are believed of AWS alone (titles.aws): a newsletter may write about "changes in Amazon EKS", and a rule that
-- matched it would call it a forgery of AWS. What was seen word for word, with the {placeholders} whose values are wanted, and
-- event types are claims to be AWS and need no such condition.
local titles = {}

-- Holds of mail from AWS's senders, also through mailing lists that the configuration knows (scripts/awsift/aws/senders.lua).
-- Whether it is proven is judged as for any other rule.
local function is_from_aws(msg) return msg.auth.verdict ~= "stranger" end

-- A title that may be about a break-in is never taken for anything milder on the strength of its grammar
local alarming = nocase(matches [[compromis|suspicious|irregular|unauthori[sz]ed|exposed|abuse|fraud|security alert|vulnerab|cve-|不正|漏えい|漏洩|脆弱性]])

function titles.aws(conditions)
    conditions.when = is_from_aws
    conditions.none = { title = alarming }
    return conditions
end

-- A title that has one of the names and one of the phrases, in whatever order; capitals do not count.
local function grammar(phrases)
    return function(names) return all { nocase(contains(names)), nocase(phrases) } end
end

-- Support for a version, a runtime, a feature ends
titles.ends = grammar {
    matches [[\bend\b.{0,30}\b(?:support|life)\b]], contains "deprecat", matches [[\bsupport\b.{0,60}\bend(?:s|ing|ed)?\b]],
    matches [[(?:upgrade|migrate) your]], matches [[サポート(?:の|が)?終了|廃止|非推奨]],
}

-- A service as a whole ends, or takes no new customers
titles.closes = grammar {
    matches [[\bend\b.{0,30}\b(?:support|life)\b]], contains "deprecat",
    matches [[discontinu|sunset|shut(?:ting)? ?down|no longer|closing|closure|availability change]],
    matches [[(?:will be|being|is|are) retir|retirement of|service retirement|migrate .{0,40}from]],
    matches [[サポート(?:の|が)?終了|提供(?:の|を)?終了|サービス(?:の|を)?終了|終了について|廃止|新規.{0,20}(?:受付|停止)]],
}

-- AWS works on what is there: a window, a patch, a replacement
titles.maintenance = grammar {
    contains { "maintenance", "replacement", "メンテナンス" }, matches [[\bpatch(?:es|ing)?\b|パッチ適用]],
    matches [[scheduled (?:for|to be) (?:re-?(?:boot|start)|up(?:date|grade))|再起動|交換]],
}

-- The hardware under it goes out of service. (Of a version or a service "retirement" means its end: titles.closes)
titles.retirement = grammar { contains { "retirement", "リタイア" }, matches [[scheduled (?:for|to be) (?:terminat|retire|stop)]] }

-- A behaviour, a default, a price or a certificate changes
titles.changes = grammar { matches [[\bchang(?:e|es|ing)\b]], matches [[\bupdates? to\b]], matches [[変更|更新のお知らせ]] }

return titles
