-- What can only be checked when all files are read: names of categories, actions and roles, the arguments of actions,
-- placeholders in their texts; and the order of rules.
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"

local finish = {}

-- What a text of an action may name besides the rule's own placeholders and captures.
finish.values = {
    subject = true, title = true, from = true, account = true, category = true, category_title = true, rule = true,
    service = true, priority = true, date = true, message_id = true, action_required = true, reminder = true,
    final_notice = true, accounts = true, regions = true, event_type = true, case = true, abuse_id = true,
    resources = true, starts = true, ends = true, deadline = true, status = true, links = true,
}

local built_in_roles = { technical = true, security = true, emergency = true, operators = true }
local function known_roles()
    local roles = {}
    for role in pairs(built_in_roles) do roles[role] = true end
    for _, contact in pairs(declarations.contacts) do
        for key in pairs(contact) do
            if key ~= "name" and key ~= "language" and key ~= "timezone" and key ~= "root" then roles[key] = true end
        end
    end
    return roles
end

local lua_type = { text = "string", role = "string", channel = "string", command = "string", webhook = "string", name = "string",
    flag = "boolean", number = "number", list = "table" }

-- A complaint about one call of an action, or nil.
local function complain(call, roles)
    if type(call) ~= "table" or not call.action_call then
        return "is no action: write it like forward { to = \"technical\" }"
    end
    local action = declarations.actions[call.action]
    if not action then
        return ("there is no action '%s'%s"):format(call.action, problem.did_you_mean(call.action, declarations.actions))
    end
    for argument, value in pairs(call.args) do
        local kind = action.args[argument]
        if not kind then
            return ("action '%s' has no argument '%s'%s"):format(call.action, tostring(argument), problem.did_you_mean(argument, action.args))
        end
        kind = kind:gsub("%?$", "")
        if type(value) ~= lua_type[kind] then
            return ("action '%s': '%s' must be a %s, not a %s"):format(call.action, argument, kind, type(value))
        end
        if kind == "role" and not roles[value] then
            return ("action '%s': nobody has the role '%s'%s"):format(call.action, value, problem.did_you_mean(value, roles))
        end
    end
    for argument, kind in pairs(action.args) do
        if not kind:find "%?$" and call.args[argument] == nil then
            return ("action '%s' needs '%s'"):format(call.action, argument)
        end
    end
end

-- Deciding calls this with what `actions` or `also` yielded. Returns a list of { action, args } or nil and a complaint.
function finish.actions(value)
    if value == nil then return {} end
    if type(value) ~= "table" then return nil, "actions must be a list, not a " .. type(value) end
    if value.action_call then value = { value } end
    finish.roles = finish.roles or known_roles()
    local list = {}
    for _, call in ipairs(value) do
        local complaint = complain(call, finish.roles)
        if complaint then return nil, complaint end
        list[#list + 1] = { action = call.action, args = call.args }
    end
    return list
end

local function check_texts(rule, call, known)
    for _, value in pairs(call.args) do
        if type(value) == "string" then
            for name in value:gmatch "{([a-z_]+)}" do
                if not known[name] then
                    problem.report(call, ("rule '%s': nothing fills the placeholder {%s}%s"):format(rule.id, name, problem.did_you_mean(name, known)))
                end
            end
        end
    end
end

local function check_rule(rule, roles)
    if rule.category and not declarations.categories[rule.category] then
        problem.report(rule, ("rule '%s': there is no category '%s'%s"):format(rule.id, rule.category,
            problem.did_you_mean(rule.category, declarations.categories)))
    end
    local known = {}
    for name in pairs(finish.values) do known[name] = true end
    for name in pairs(declarations.placeholders) do known[name] = true end
    for _, list in ipairs { rule.captures, rule.collects } do
        for _, capture in ipairs(list) do known[capture.name] = true end
    end
    for _, key in ipairs { "actions", "also" } do
        if type(rule[key]) == "table" then
            for _, call in ipairs(rule[key]) do
                local complaint = complain(call, roles)
                if complaint then
                    local place = type(call) == "table" and call.line and call or rule
                    problem.report(place, ("rule '%s': %s"):format(rule.id, complaint))
                else
                    check_texts(rule, call, known)
                end
            end
        end
    end
end

local function apply_overrides()
    local by_id = {}
    for _, rule in ipairs(declarations.rules) do by_id[rule.id] = rule end
    for _, override in ipairs(declarations.overrides) do
        local rule = by_id[override.id]
        if not rule then
            problem.report(override.place, ("override: there is no rule '%s'%s"):format(override.id, problem.did_you_mean(override.id, by_id)))
        else
            for key, value in pairs(override.body) do
                if key == "capture" or key == "collect" then
                    local list = {}
                    for name, text in pairs(value) do list[#list + 1] = { name = name, text = text } end
                    rule[key .. "s"] = list
                elseif (key == "actions" or key == "also") and type(value) == "table" and value.action_call then
                    rule[key] = { value }
                else
                    rule[key] = value
                end
            end
        end
    end
end

-- Rules with general = true come after all others, wherever they stand.
local function order_rules()
    local ordered = {}
    for _, general in ipairs { false, true } do
        for _, rule in ipairs(declarations.rules) do
            if rule.enabled and rule.general == general then ordered[#ordered + 1] = rule end
        end
    end
    declarations.rules = ordered
end

local required = { "unmatched", "suspicious", "not_aws" }
local titles = { unmatched = "分類できなかったメール", suspicious = "なりすましの疑いがあるメール", not_aws = "AWS 以外のメール" }

function finish.finish()
    declarations.senders = require "awsift.aws.senders"
    for _, name in ipairs(required) do
        if not declarations.categories[name] then
            declarations.categories[name] = { name = name, title = titles[name], priority = "normal",
                tell = name ~= "not_aws" and "operators" or nil, file = "awsift", line = 1 }
        end
    end
    apply_overrides()
    local roles = known_roles()
    for _, category in pairs(declarations.categories) do
        if category.tell and not roles[category.tell] then
            problem.report(category, ("category '%s': nobody has the role '%s'%s"):format(category.name, category.tell,
                problem.did_you_mean(category.tell, roles)))
        end
    end
    for _, rule in ipairs(declarations.rules) do check_rule(rule, roles) end
    order_rules()
end

return finish
