-- Calls of actions: what is wrong with one, whether it stands in a file or a function of a rule yields it.
local action_list = require "awsift.action_list"
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"

-- roles: those that may be named, once all files are read.
local action_calls = {}

-- Roles that may be named: who has none of the shipped ones is told through the operators.
function action_calls.known_roles()
    local roles = { operators = true, technical = true, security = true, emergency = true }
    for role in pairs(declarations.held_roles) do roles[role] = true end
    return roles
end

local lua_type = { text = "string", role = "string", channel = "string", command = "string", webhook = "string", escalation = "string", name = "string",
    flag = "boolean", number = "number", list = "table" }

local kinds_in_words = { text = "a text", role = "a role, as text", channel = "the name of a channel, as text",
    command = "the name of a command, as text", webhook = "the name of a webhook, as text", escalation = "the name of an escalation, as text", name = "a name, as text",
    flag = "true or false", number = "a number", list = "a list { … }" }

-- A key that a list cannot have beside its places; of a table with names alone, none.
local function lost_key(value)
    for key in pairs(value) do
        if value[1] ~= nil and math.type(key) ~= "integer" then return key end
    end
end

-- Actions that the engine alone asks for.
local engines_own = { digest = true, remind = true, self_check = true }

-- Everything that is wrong with one call of an action.
function action_calls.complaints(call, roles)
    if type(call) ~= "table" or not call.action_call or type(call.args) ~= "table" then
        return { { message = "is no action: write it like forward { to = \"technical\" }", about = { code = "no-action",
            text = type(call) == "string" and call or nil } } }
    end
    local action = declarations.actions[call.action]
    if not action then
        return { { message = ("there is no action '%s'%s"):format(call.action, problem.did_you_mean(call.action, declarations.actions)),
            about = { code = "unknown-action" } } }
    end
    if engines_own[call.action] then
        return { { message = ("action '%s' is the engine's own, and no rule can ask for it: take it away"):format(call.action),
            about = { code = "unknown-action" } } }
    end
    local list = {}
    local function complain(about, message, ...)
        list[#list + 1] = { message = ("action '%s'" .. message):format(call.action, ...), about = about }
    end
    for argument, value in pairs(call.args) do
        local kind = action.args[argument] and action.args[argument]:gsub("%?$", "")
        if not kind then
            complain({ code = "unknown-key", keys = { tostring(argument) } }, " has no argument '%s'%s", tostring(argument), problem.did_you_mean(argument, action.args))
        elseif type(value) ~= lua_type[kind] then
            complain({ code = "wrong-type", keys = { argument } }, ": '%s' must be %s, not %s", argument,
                kinds_in_words[kind], problem.type_in_words(type(value)))
        elseif kind == "name" and action.origin == "shipped" and not value:find "{" and not value:match "^[a-z0-9_-][a-z0-9_.-]*$" then
            complain({ code = "bad-name", keys = { argument }, text = value },
                ": '%s' must be a plain name: lower case letters, digits, '.', '_' and '-', not '%s'", argument, value)
        elseif kind == "list" and lost_key(value) then
            complain({ code = "invalid", keys = { argument } }, ": '%s' is a list, and its key '%s' would be lost: give it a place in the list", argument, tostring(lost_key(value)))
        elseif kind == "role" and not roles[value] then
            complain({ code = "unknown-role", keys = { argument }, text = value }, ": nobody has the role '%s'%s", value, problem.did_you_mean(value, roles))
        end
    end
    for argument, kind in pairs(action.args) do
        if not kind:find "%?$" and call.args[argument] == nil then complain({ code = "missing-key" }, " needs '%s'", argument) end
    end
    return list
end

-- Of the arguments that are there.
local function kinds_of(call)
    local kinds, types = {}, declarations.actions[call.action].args
    for name in pairs(call.args) do kinds[name] = types[name] end
    return kinds
end

-- Deciding calls this with what `actions` or `also` yielded. Returns a list of { action, args, kinds } or nil and a complaint.
function action_calls.of_yield(value)
    if value == nil then return {} end
    if type(value) ~= "table" then return nil, "actions must be a list, not a " .. type(value) end
    local calls, why = action_list.of(value)
    if not calls then return nil, "what 'actions' or 'also' yields " .. why end
    local list = {}
    for _, call in ipairs(calls) do
        local complaint = action_calls.complaints(call, action_calls.roles or action_calls.known_roles())[1]
        if complaint then return nil, complaint.message end
        list[#list + 1] = { action = call.action, args = call.args, kinds = kinds_of(call) }
    end
    return list
end

return action_calls
