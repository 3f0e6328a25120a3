-- The word contacts: an entry an account. What is wrong with one is named with the line of its account, where the file has
-- it as a key; what is right of it counts all the same, so that one mistake does not look like several.
local addresses = require "awsift.addresses"
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"

local languages = { ja = true, en = true }
local facts = {
    language = function(value)
        if not languages[value] then return ("language must be ja or en, not '%s'"):format(tostring(value)) end
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
local known = { language = true, name = true, timezone = true, technical = true, security = true, emergency = true, root = true }

-- The addresses or numbers of a role that can be written to.
local function role_of(complain, role, value)
    local list = {}
    if type(value) == "string" then value = { value } end
    if type(value) ~= "table" then
        complain(("'%s' must be a list of addresses or numbers%s"):format(role, problem.did_you_mean(role, known)), role)
        return list
    end
    for _, address in pairs(value) do
        local is_phone = role == "emergency" and addresses.is_phone(address)
        if is_phone or addresses.is_mail(address) then
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
    if complaint then complain(complaint, key) else return value end
end

local function contact_of(complain, value)
    local contact = {}
    for key, entry in pairs(value) do
        if type(key) ~= "string" then
            complain(("'%s' stands alone: name the role, such as technical = { … }"):format(tostring(entry)))
        elseif facts[key] then
            contact[key] = contacts.fact(complain, key, entry)
        else
            contact[key] = role_of(complain, key, entry)
        end
    end
    return contact
end

function contacts.is_account(account)
    return account == "*" or type(account) == "string" and account:match "^%d%d%d%d%d%d%d%d%d%d%d%d$" ~= nil
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

-- Takes a contact up. place: of the statement, and row: the line of one of a table of rows.
function contacts.add(account, contact, place)
    local other = declarations.contact_places[account]
    if other then
        problem.report(place.row and { file = place.file, line = place.row, column = place.column } or at(account, place),
            ("contact '%s' stands at %s:%d already: an account has one entry"):format(account, other.file, line_of(account, other)))
        return
    end
    declarations.contacts[account], declarations.has_contacts = contact, true
    declarations.contact_places[account] = place
    local zone = contact.timezone
    if zone and not declarations.time_zones[zone] then
        declarations.time_zones[zone] = { file = place.file, line = line_of(account, place) }
    end
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
        if not contacts.is_account(account) then
            local quoted = math.type(account) == "integer" and (": write [\"%012d\"], in quotes"):format(account) or ""
            complain("an account is 12 digits as text, or \"*\"" .. quoted)
        elseif type(value) ~= "table" then
            complain "must be a table such as { technical = { \"aws@example.jp\" } }"
        else
            contacts.add(account, contact_of(complain, value), place)
        end
    end
end

return contacts
