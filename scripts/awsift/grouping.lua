-- group = { by = { "rule", "contact" }, wait = "5m", most = "1h" } of rules and categories: which mails are told at once. What it
-- comes to is reckoned where the mail is decided (engine/rules/group.c); the ledger gathers.
local directory = require "awsift.directory"
local durations = require "awsift.durations"
local problem = require "awsift.problem"

local grouping = {}

local group_keys = { by = true, wait = true, most = true, urgent = true }
local group_facts = { rule = true, contact = true, account = true, category = true, service = true, priority = true, title = true,
    event_type = true, regions = true, accounts = true, starts = true, ends = true, deadline = true, status = true, case = true,
    resources = true }

local longest = durations.milliseconds "1w"

local form = "must be a table such as { by = { \"rule\", \"contact\" }, wait = \"5m\", most = \"1h\" }, or false for none"

local function listed()
    local names = {}
    for name in pairs(group_facts) do names[#names + 1] = name end
    table.sort(names)
    return table.concat(names, ", ")
end

-- What is wrong with a value of `group`, or nil.
function grouping.fault(value)
    if value == false then return nil end
    if type(value) ~= "table" or type(value.by) ~= "table" or #value.by == 0 then return form end
    for key in pairs(value) do
        if not group_keys[key] then return ("has no key '%s'%s"):format(tostring(key), problem.did_you_mean(key, group_keys)) end
    end
    for _, fact in pairs(value.by) do
        if not group_facts[fact] then
            return ("cannot be by '%s'%s: by %s"):format(tostring(fact), problem.did_you_mean(fact, group_facts), listed())
        end
    end
    if value.urgent ~= nil and type(value.urgent) ~= "boolean" then return "has 'urgent', which must be true or false" end
    local wait, most = durations.milliseconds(value.wait or "5m"), durations.milliseconds(value.most or "1h")
    if not wait or not most then return form end
    if wait > most then return ("waits %s and at most %s: 'wait' cannot be the longer one"):format(value.wait or "5m", value.most or "1h") end
    if most > longest then return ("waits up to %s: nobody is told in time after more than \"1w\""):format(value.most) end
end

-- Whom a role of a contact means, as one text: the same for two contacts whose people are the same, read the same language, and
-- have the same clock; or, alone, whose addresses are the same. It follows note.recipient, which knows the operators too.
function grouping.people(contact, role, alone)
    if role == "operators" or not contact then return "operators" end
    for _, key in ipairs { contact, "*" } do
        local addresses, facts = directory.find(key, role)
        if addresses then
            local list = table.move(addresses, 1, #addresses, 1, {})
            table.sort(list)
            if alone then return table.concat(list, "\n") end
            return table.concat({ facts.language or "", facts.timezone or "", key ~= contact and "missing" or "", table.unpack(list) }, "\n")
        end
    end
    return "operators for " .. role
end

return grouping
