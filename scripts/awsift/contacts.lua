-- The word contacts: an entry an account, "*", or "@NAME" for a group of accounts (directory.lua). What is wrong with one is
-- named with the line of its account, where the file has it as a key; what is right of it counts all the same, so that one
-- mistake does not look like several.
local addresses = require "awsift.addresses"
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"

local facts = {
    language = function(value)
        local fault = addresses.fault_of_language(value)
        return fault and "language " .. fault
    end,
    group = function(value)
        if type(value) ~= "string" or not value:find "^@?[^%s@,;]+$" then
            return ("group must be the name of a group, such as example-corp, not '%s'"):format(tostring(value))
        end
    end,
    name = function(value)
        if type(value) ~= "string" then return "name must be a text" end
    end,
    timezone = function(value)
        if not addresses.is_time_zone(value) then
            return ("timezone must be a name such as Asia/Tokyo, not '%s'"):format(tostring(value))
        end
    end,
}
local known = { language = true, name = true, group = true, accounts = true, timezone = true, technical = true, security = true,
    emergency = true, root = true }

-- The addresses or numbers of a role that can be written to.
local function role_of(complain, role, value)
    local list = {}
    if type(value) == "string" then value = { value } end
    if type(value) ~= "table" then
        complain(("'%s' must be a list of addresses or numbers%s"):format(role, problem.did_you_mean(role, known)), role)
        return list
    end
    for key, address in pairs(value) do
        local is_phone = role == "emergency" and addresses.is_phone(address)
        if key == "language" or key == "timezone" then
            local why = facts[key](address)
            if why then complain(("%s: %s"):format(role, why), role) else list[key] = address end
        elseif is_phone or addresses.is_mail(address) then
            list[#list + 1] = address
        else
            complain(("'%s' in '%s' is no %s%s"):format(tostring(address), role,
                role == "emergency" and "phone number" or "mail address",
                known[role] and "" or problem.did_you_mean(role, known)), role, type(address) == "string" and address or nil)
        end
    end
    if list[1] and role ~= "root" then declarations.held_roles[role] = true end
    return list
end

local contacts = {}
contacts.role = role_of

-- A fact of a contact that is no role, or nil where it was complained of.
function contacts.fact(complain, key, value)
    local complaint = facts[key](value)
    if complaint then complain(complaint, key)
    elseif key == "group" then return (value:gsub("^@", ""))
    else return value end
end

local function accounts_of(complain, value)
    local list = {}
    for _, account in pairs(type(value) == "table" and value or { value }) do
        if type(account) == "string" and account:find "^%d%d%d%d%d%d%d%d%d%d%d%d$" then
            list[#list + 1] = account
        else
            complain(("'%s' in 'accounts' is no account: 12 digits as text"):format(tostring(account)), "accounts",
                type(account) == "string" and account or nil)
        end
    end
    return list
end

local function contact_of(complain, value)
    local contact = {}
    for key, entry in pairs(value) do
        if type(key) ~= "string" then
            complain(("'%s' stands alone: name the role, such as technical = { … }"):format(tostring(entry)))
        elseif key == "accounts" then
            contact.accounts = accounts_of(complain, entry)
        elseif facts[key] then
            contact[key] = contacts.fact(complain, key, entry)
        else
            contact[key] = role_of(complain, key, entry)
        end
    end
    return contact
end

-- What may have an entry: an account, "*", or "@" and the name of a group.
function contacts.is_key(key)
    return key == "*" or type(key) == "string" and (key:find "^%d%d%d%d%d%d%d%d%d%d%d%d$" or key:find "^@[^%s@,;]+$") ~= nil
end

-- The line that names the account: of the row, or of its key in the Lua file, whose keys are looked for once a statement.
local function line_of(account, place)
    if place.row then return place.row end
    place.keys = place.keys or engine.keys(place.file, place.line)
    return place.keys[account] and place.keys[account].line or place.line
end

-- The same as a place.
local function at(account, place)
    local line = line_of(account, place)
    local key = place.keys and place.keys[account]
    if place.row or not key then return place end
    return { file = place.file, line = line, column = key.column }
end

-- A role's own language and time zone stand beside the directory: to actions a role is a list of addresses.
local function keep_facts(account, contact)
    for role, list in pairs(contact) do
        if type(list) == "table" and (list.language or list.timezone) then
            local roles = declarations.role_facts[account] or {}
            roles[role] = { language = list.language, timezone = list.timezone }
            list.language, list.timezone = nil, nil
            declarations.role_facts[account] = roles
        end
    end
end

local function know_zone(zone, account, place)
    if zone and not declarations.time_zones[zone] then
        declarations.time_zones[zone] = { file = place.file, line = line_of(account, place) }
    end
end

-- Takes a contact up. place: of the statement, and row: the line of one of a table of rows.
function contacts.add(account, contact, place)
    local other = declarations.contact_places[account]
    if other then
        problem.report(place.row and { file = place.file, line = place.row, column = place.column } or at(account, place),
            ("contact '%s' stands at %s:%d already: an account has one entry"):format(account, other.file, line_of(account, other)))
        return
    end
    declarations.contacts[account], declarations.has_contacts = contact, true
    keep_facts(account, contact)
    declarations.contact_places[account] = place
    know_zone(contact.timezone, account, place)
    for _, own in pairs(declarations.role_facts[account] or {}) do know_zone(own.timezone, account, place) end
end

function contacts.word(list)
    local place = problem.here "contacts"
    if type(list) ~= "table" then
        problem.report(place, "contacts needs a table { [\"123456789012\"] = { … } }")
        return
    end
    for account, value in pairs(list) do
        local function complain(what, key, text)
            problem.report(at(tostring(account), place), ("contact '%s': %s"):format(tostring(account), what),
                { keys = { key }, text = text })
        end
        if not contacts.is_key(account) then
            local quoted = math.type(account) == "integer" and (": write [\"%012d\"], in quotes"):format(account) or ""
            complain("an account is 12 digits as text, or \"*\", and a group \"@\" and its name" .. quoted)
        elseif type(value) ~= "table" then
            complain "must be a table such as { technical = { \"aws@example.jp\" } }"
        else
            contacts.add(account, contact_of(complain, value), place)
        end
    end
end

return contacts
