-- The grammar of AWS's titles: what is said around the name of a thing. A rule names the thing, and gets the title's templates:
--
--   local titles = require "titles"
--   any = {
--     { title = "Amazon EKS Kubernetes {version} end of standard support" },     -- seen word for word
--     titles.aws { title = titles.ends { "Amazon EKS", "EKS" } },                 -- the same in other words
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
local alarming = nocase(contains {
    "compromise", "suspicious", "irregular", "unauthorized", "unauthorised", "exposed", "abuse", "fraud", "security alert", "vulnerab", "CVE-",
    "不正", "漏えい", "漏洩", "脆弱性",
})

function titles.aws(conditions)
    conditions.when = is_from_aws
    conditions.none = { title = alarming }
    return conditions
end

-- The forms, each with NAME in the place of every name; capitals do not count.
local function grammar(forms)
    return function(names)
        local made = {}
        for _, name in ipairs(names) do
            for _, form in ipairs(forms) do made[#made + 1] = (form:gsub("NAME", function() return name end)) end
        end
        return nocase(made)
    end
end

-- Support for a version, a runtime, a feature ends
titles.ends = grammar {
    "NAME{any} end of support{any}", "NAME{any} end of {word} support{any}", "NAME{any} end of life{any}", "NAME{any} end-of-life{any}",
    "NAME{any} deprecat{any}", "{any}end of support for NAME{any}", "{any}end of {word} support for NAME{any}",
    "{any}end of life for NAME{any}", "{any}deprecat{word} of NAME{any}", "{any}deprecating NAME{any}",
    "{any}upgrade your NAME{any}", "{any}migrate your NAME{any}", "{any}support for NAME{any} ends{any}",
    "NAME{any}サポート終了{any}", "NAME{any}サポートの終了{any}", "NAME{any}サポートが終了{any}", "NAME{any}廃止{any}", "NAME{any}非推奨{any}",
}

-- A service as a whole ends, or takes no new customers
titles.closes = grammar {
    "NAME{any} end of support{any}", "NAME{any} end of life{any}", "NAME{any} end-of-life{any}", "NAME{any} deprecat{any}",
    "NAME{any} discontinu{any}", "NAME{any} retire{any}", "NAME{any} sunset{any}", "NAME{any} shut{any} down{any}",
    "NAME{any} no longer{any}", "NAME{any} closing{any}", "NAME{any} service change{any}", "NAME{any} availability change{any}",
    "{any}discontinu{word} of NAME{any}", "{any}discontinuing NAME{any}", "{any}end of {word} for NAME{any}", "{any}retirement of NAME{any}",
    "{any}migrate{any} from NAME{any}", "{any}closing {any}NAME{any}",
    "NAME{any}サポート終了{any}", "NAME{any}提供終了{any}", "NAME{any}サービス終了{any}", "NAME{any}終了について{any}", "NAME{any}廃止{any}",
    "NAME{any}新規{any}受付{any}",
}

-- AWS works on what is there: a window, a patch, a replacement
titles.maintenance = grammar {
    "NAME{any} maintenance{any}", "{any}maintenance {word} NAME{any}", "{any}maintenance {word} your NAME{any}", "NAME{any} patch{any}",
    "NAME{any} scheduled for reboot{any}", "NAME{any} scheduled for restart{any}", "NAME{any} scheduled for up{word}", "NAME{any} replacement{any}",
    "NAME{any}メンテナンス{any}", "NAME{any}パッチ適用{any}", "NAME{any}再起動{any}", "NAME{any}交換{any}",
}

-- The hardware under it goes out of service. (Of a version or a service "retirement" means its end: titles.closes)
titles.retirement = grammar {
    "NAME{any} retirement{any}", "NAME{any} scheduled for termination{any}", "NAME{any} scheduled to be {any}", "{any}retirement of your NAME{any}",
    "NAME{any}リタイア{any}",
}

-- A behaviour, a default, a price or a certificate changes
titles.changes = grammar {
    "{any}changes to {any}NAME{any}", "{any}changes in {any}NAME{any}", "{any}change to {any}NAME{any}", "{any}change in {any}NAME{any}",
    "{any}updates to {any}NAME{any}", "{any}update to {any}NAME{any}", "{any}important change{any}NAME{any}",
    "NAME{any} upcoming change{any}", "NAME{any} is changing{any}", "NAME{any} will change{any}", "NAME{any} behavior change{any}",
    "NAME{any} default change{any}", "NAME{any} changes{any}", "NAME{any}変更{any}", "NAME{any}更新のお知らせ{any}",
}

return titles
