-- digest: tells the operators once a day what came that no rule knew. The engine alone asks for it (awsift/finish.lua).
local declarations = require "awsift.declarations"

local function known()
    local rules, categories = {}, {}
    for _, rule in ipairs(declarations.rules) do rules[rule.id] = true end
    for name in pairs(declarations.categories) do categories[name] = true end
    return { rules = rules, categories = categories, pause = function() sleep(0) end }
end

action "digest" {
    args = {},
    retry = { attempts = 40, deadline = "1d" }, -- tomorrow has its own
    run = function(_, args)
        local digest = require "awsift.digest"
        local operators = config.operators
        local function when(moment) return local_time(moment, operators.timezone or config.timezone) or moment end
        local subject, text, anything = digest.compose(args, known(), operators.language, when)
        if not anything then return "nothing to tell" end
        return outbox.deliver {
            to = operators.mail, subject = subject, text = log.masked(text), original = false,
            headers = { ["X-Awsift-Category"] = "digest", ["X-Awsift-Loop"] = "1" },
        }
    end,
}
