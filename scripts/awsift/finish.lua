-- What can only be checked when all files are read: names of categories, actions and roles, placeholders in the texts of actions;
-- and the order of rules.
local action_calls = require "awsift.action_calls"
local channel_uses = require "awsift.channel_uses"
local declarations = require "awsift.declarations"
local directory = require "awsift.directory"
local links = require "awsift.aws.links"
local plain = require "awsift.plain"
local problem = require "awsift.problem"
local review = require "awsift.review"
local senders = require "awsift.aws.senders"
local silences = require "awsift.silences"
local statements = require "awsift.statements"
local templates = require "awsift.templates"

local finish = {}

-- What a text of an action may name besides the rule's own placeholders and captures.
finish.values = {
    subject = true, title = true, from = true, account = true, category = true, category_title = true, rule = true,
    service = true, priority = true, date = true, message_id = true, action_required = true, reminder = true,
    final_notice = true, accounts = true, regions = true, event_type = true, case = true, abuse_id = true,
    resources = true, starts = true, ends = true, deadline = true, status = true, links = true, language = true,
}

-- What an action needs of the configuration without an argument that names it.
local needed = { call = { channel = "call" } }
local lists = { channel = "channels", command = "commands", webhook = "webhooks", escalation = "escalations" }

-- Names of the configuration: what is missing is dead when it happens, so `check` calls it an error (unless a shipped rule
-- names it: nobody has to have everything), while the rules stay live.
local said = {}
local function check_names(rule, call)
    if not declarations.configured then return end
    local function check(kind, name)
        local known, what = declarations.configured[lists[kind]], kind .. " " .. name
        local shipped = problem.is_shipped(call)
        local fault = kind == "channel" and call.args.channel and known[name] and channel_uses.fault(call.action, name, (declarations.configured.channel_kinds or {})[name])
        if fault then
            problem.warn(call, ("rule '%s': action '%s': %s"):format(rule.id, call.action, fault), true, { code = "wrong-channel", rule = rule.id, text = name })
        end
        if known[name] or (shipped and said[what]) then return end
        said[what] = true -- the shipped rules repeat nothing
        problem.warn(call, ("rule '%s': action '%s': the configuration has no %s '%s'%s; add %s \"%s\" { … } to it"):format(
            rule.id, call.action, kind, name, problem.did_you_mean(name, known), kind, name), not shipped, { code = "unknown-" .. kind, rule = rule.id, text = name })
    end
    for argument, kind in pairs(declarations.actions[call.action].args) do
        kind = kind:gsub("%?$", "")
        if lists[kind] and call.args[argument] then check(kind, call.args[argument]) end
    end
    for kind, name in pairs(needed[call.action] or {}) do check(kind, name) end
end

local function check_texts(rule, call, known, value)
    if type(value) == "table" then
        for _, inner in pairs(value) do check_texts(rule, call, known, inner) end
    elseif type(value) == "string" then
        if not value:find("{", 1, true) then return end
        local fills, filters = engine.fills(value)
        for _, fill in ipairs(fills) do
            local hint = known[fill.name] and "" or problem.did_you_mean(fill.name, known)
            if not known[fill.name] and (hint ~= "" or not fill.optional) then -- what has a default may be missing, and not mistyped
                problem.report(call, ("rule '%s': nothing fills the placeholder {%s}%s"):format(rule.id, fill.name, hint),
                    { code = "unknown-placeholder", rule = rule.id, text = value })
            end
            if fill.complaint then
                problem.report(call, ("rule '%s': %s%s"):format(rule.id, fill.complaint,
                    fill.unknown and problem.did_you_mean(fill.unknown, filters) or ""), { code = "filter", rule = rule.id, text = value })
            end
        end
    end
end

-- The names that a rule finds: those of its templates, captures and collects.
local function add_condition_names(names, condition)
    if condition.op == "text" and condition.match == "template" then
        for name in condition.text:gmatch "{([a-z_][a-z0-9_]*)}" do names[name] = declarations.placeholders[name] and true end
    elseif condition.op == "text" and condition.match == "matches" then
        for name in condition.text:gmatch "%(%?P?[<']([A-Za-z_][A-Za-z0-9_]*)[>']" do names[name] = true end
    end
    for _, inner in ipairs(condition) do add_condition_names(names, inner) end
end

local function add_names(names, rule)
    add_condition_names(names, rule.condition)
    for _, list in ipairs { rule.captures, rule.collects } do
        for _, capture in ipairs(list) do names[capture.name] = true end
    end
end

-- Warns once a role that nobody has. Without any contact everything goes to the operators, which needs no warning.
local function check_holder(place, what, role, held)
    if not role or not held or held[role] then return end
    held[role] = true
    problem.warn(place, ("%s: no contact has the role '%s', so the operators are told"):format(what, role), nil, { code = "unknown-role", text = role })
end

-- Where a rule says what it says: an override may have said it.
local function place_of(rule, key)
    return rule.places and rule.places[key] or rule
end

local function check_call(rule, key, call, roles, held, known)
    local is_place = type(call) == "table" and type(call.file) == "string" and math.type(call.line) == "integer"
    local place = is_place and call or place_of(rule, key)
    local list = action_calls.complaints(call, roles)
    for _, complaint in ipairs(list) do
        complaint.about.rule = rule.id
        if not (type(call) == "table" and call.action_call) then complaint.about.keys = { key } end
        problem.report(place, ("rule '%s': %s"):format(rule.id, complaint.message), complaint.about)
    end
    if type(call) ~= "table" or type(call.args) ~= "table" then return end
    call.checked = true
    check_texts(rule, place, known, call.args)
    if #list > 0 then return end
    check_names(rule, call)
    for argument, kind in pairs(declarations.actions[call.action].args) do
        if kind:find "^role" then check_holder(place, ("rule '%s'"):format(rule.id), call.args[argument], held) end
    end
end

-- Was the body plain when the rule was read, its file may have changed the tables since.
local function check_plain(rule)
    for _, key in ipairs { "actions", "also", "tags", "advice", "group" } do
        local why = plain.fault(rule[key])
        if why then
            problem.report(place_of(rule, key), ("rule '%s': '%s': %s"):format(rule.id, key, why), { keys = { key } })
            rule[key] = key == "tags" and {} or nil
        end
    end
end

local function check_rule(rule, roles, held, passed)
    check_plain(rule)
    if rule.final and rule.category == nil and rule.places and rule.places.final then
        problem.report(rule.places.final, ("override: rule '%s' names no category, which one that decides needs"):format(rule.id))
    end
    local priority = rule.priority or (declarations.categories[rule.category] or {}).priority
    if rule.group and not rule.group.urgent and priority == "urgent" and rule.enabled then
        problem.warn(place_of(rule, "group"), ("rule '%s': 'group' has no effect: its mails are urgent and wait for no others, unless the group "
            .. "says urgent = true"):format(rule.id), nil, { code = "no-effect", rule = rule.id })
    end
    if rule.category and not declarations.categories[rule.category] then
        problem.report(place_of(rule, "category"), ("rule '%s': there is no category '%s'%s"):format(rule.id, rule.category,
            problem.did_you_mean(rule.category, declarations.categories)), { code = "unknown-category", keys = { "category" }, text = rule.category })
    end
    local known = {}
    for _, names in ipairs { finish.values, passed } do
        for name in pairs(names) do known[name] = true end
    end
    add_names(known, rule)
    for _, key in ipairs { "actions", "also" } do
        if type(rule[key]) == "table" then
            for _, call in ipairs(rule[key]) do check_call(rule, key, call, roles, held, known) end
        end
    end
end

-- A template may be of many rules' mail, and name what any of them finds.
local function check_templates()
    local known, used = {}, {}
    for _, names in ipairs { finish.values, templates.parts } do
        for name in pairs(names) do known[name] = true end
    end
    for _, rule in ipairs(declarations.rules) do add_names(known, rule) end
    for _, call in ipairs(declarations.calls) do
        local name = call.action == "forward" and call.args.template
        if name then used[name] = true end
        if name and type(name) == "string" and not name:find "{" and not declarations.templates[name] then
            problem.report(call, ("action 'forward': there is no template '%s'%s"):format(name, problem.did_you_mean(name, declarations.templates)),
                { code = "unknown-template", text = name })
        end
    end
    templates.check(known, used)
end

-- A mail to a root address that several accounts have names none of them.
local function check_roots()
    local owners = {}
    for account, contact in pairs(declarations.contacts) do
        for _, address in ipairs(contact.root or {}) do
            local key = address:lower()
            local owner = owners[key]
            if owner and owner ~= account then
                problem.warn(declarations.contact_places[account], ("contacts: the root address %s stands with %s and with %s: "
                    .. "a mail to it tells neither; AWS has one address an account"):format(address, owner, account))
            end
            owners[key] = owner or account
        end
    end
end

-- One warning a statement: ten thousand accounts must not bury what else is wrong.
local function check_contacts()
    local without = {}
    for account in pairs(declarations.contacts) do
        if account:find "^%d" and not directory.find(account, "security") then
            local place = declarations.contact_places[account]
            local key = place.file .. ":" .. place.line
            without[key] = without[key] or { place = place }
            table.insert(without[key], account)
        end
    end
    for _, accounts in pairs(without) do
        problem.warn(accounts.place, ("contacts: no security contact for %s%s; compromises of them are told to %s"):format(
            table.concat(accounts, ", ", 1, math.min(#accounts, 10)), #accounts > 10 and (" and %d more"):format(#accounts - 10) or "",
            declarations.contacts["*"] and declarations.contacts["*"].security and "the default contact" or "the operators"), nil, { code = "no-security-contact" })
    end
end

local function apply_overrides()
    local by_id = {}
    for _, rule in ipairs(declarations.rules) do by_id[rule.id] = rule end
    for _, override in ipairs(declarations.overrides) do
        local rule = by_id[override.id]
        if not rule then
            problem.report(override.place, ("override: there is no rule '%s'%s"):format(override.id, problem.did_you_mean(override.id, by_id)),
                { code = "unknown-rule" })
        else
            rule.places = rule.places or {}
            for key, value in pairs(override.body) do
                rule[key] = value
                rule.places[key] = override.place
            end
        end
    end
end

-- A mistyped word before a table reads as a call of an action. Those of rules were checked with them.
local function check_calls(words)
    local known = {}
    for _, names in ipairs { words, declarations.actions } do
        for name in pairs(names) do known[name] = true end
    end
    for _, call in ipairs(declarations.calls) do
        if not call.checked and not declarations.actions[call.action] then
            problem.report(call, ("there is no word and no action '%s'%s"):format(call.action, problem.did_you_mean(call.action, known)), { code = "unknown-word" })
        end
        call.checked = nil
    end
    declarations.calls = nil
end

-- Rules with general = true come after all others, wherever they stand.
local function order_rules()
    local ordered = {}
    for _, rule in ipairs(declarations.rules) do
        if not rule.enabled then
            declarations.disabled[#declarations.disabled + 1] = { id = rule.id, file = rule.file, line = rule.line,
                category = rule.category, priority = rule.priority, service = rule.service, speaker = rule.speaker, general = rule.general, final = rule.final }
        end
    end
    for _, general in ipairs { false, true } do
        for _, rule in ipairs(declarations.rules) do
            if rule.enabled and rule.general == general then ordered[#ordered + 1] = rule end
        end
    end
    declarations.rules = ordered
end

-- What awsift.lua's escalations name is an error of `check`: it would ring somebody else.
local function check_escalations(roles)
    for _, named in ipairs((declarations.configured or {}).escalation_roles or {}) do
        if not roles[named.role] then
            problem.warn({ file = named.file, line = named.line, column = 1 }, ("%s: nobody has the role '%s'%s"):format(named.what, named.role,
                problem.did_you_mean(named.role, roles)), true, { code = "unknown-role" })
        end
    end
end

local function set_of(list)
    local set = {}
    for _, name in ipairs(list or {}) do set[name] = true end
    return set
end

local required = { "unmatched", "suspicious", "not_aws" }
local titles = { unmatched = "分類できなかったメール", suspicious = "なりすましの疑いがあるメール", not_aws = "AWS 以外のメール" }

-- words: those of rule files.
function finish.finish(words)
    statements.finish()
    declarations.senders = senders
    declarations.links = links
    for _, name in ipairs(required) do
        if not declarations.categories[name] then
            declarations.categories[name] = { name = name, title = titles[name], priority = "normal",
                tell = name ~= "not_aws" and "operators" or nil, file = "awsift", line = 1 }
        end
    end
    apply_overrides()
    if engine.acts() then
        directory.finish()
        action_calls.roles = action_calls.known_roles()
        order_rules()
        declarations.closed = true
        return
    end
    for _, list in pairs(lists) do
        if declarations.configured then declarations.configured[list] = set_of(declarations.configured[list]) end
    end
    local roles, passed = action_calls.known_roles(), {}
    local held = declarations.has_contacts and declarations.held_roles or nil
    for _, category in pairs(declarations.categories) do
        local what = ("category '%s'"):format(category.name)
        local place = (declarations.category_places[category.name] or {}).tell or category
        if category.tell and not roles[category.tell] then
            problem.report(place, ("%s: nobody has the role '%s'%s"):format(what, category.tell, problem.did_you_mean(category.tell, roles)),
                { code = "unknown-role", keys = { "tell" }, text = category.tell })
        else
            check_holder(place, what, category.tell, held)
        end
    end
    for _, rule in ipairs(declarations.rules) do
        if not rule.final then add_names(passed, rule) end
    end
    for _, rule in ipairs(declarations.rules) do check_rule(rule, roles, held, passed) end
    check_templates()
    check_calls(words)
    check_escalations(roles)
    directory.finish()
    check_contacts()
    check_roots()
    if declarations.configured and declarations.configured.reviewed then review.review(finish.values, required) end
    action_calls.roles = roles
    silences.finish()
    order_rules()
    declarations.closed = true
end

return finish
