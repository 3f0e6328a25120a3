-- The directory of contacts as a whole: groups of accounts, and who a role of an account is. An account is in one group at
-- most, and a group in none, so that whom a mail goes to is found in three places: the account's entry, its group's, and "*".
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"

local directory = {}

local function is_group(key) return key:sub(1, 1) == "@" end

-- Of the statement, or of the row of a table.
local function place_of(key)
    local place = declarations.contact_places[key]
    return place.row and { file = place.file, line = place.row, column = place.column } or place
end

local function report(key, what, about)
    problem.report(place_of(key), ("contact '%s': %s"):format(key, what), about)
end

local function group_of(contact)
    return contact and contact.group and declarations.contacts["@" .. contact.group] or nil
end

-- The addresses of a role, the entry that has them, and what of name, language and timezone goes with them; nil where neither
-- the account nor its group has any.
function directory.find(key, role)
    local own = declarations.contacts[key]
    local group = group_of(own)
    for _, holder in ipairs { { key, own }, { own and own.group and "@" .. own.group, group } } do
        local addresses = holder[2] and holder[2][role]
        if type(addresses) == "table" and #addresses > 0 then
            local known = (declarations.role_facts[holder[1]] or {})[role] or {}
            local facts = { language = known.language, timezone = known.timezone }
            for _, fact in ipairs { "name", "language", "timezone" } do
                if facts[fact] == nil then facts[fact] = own[fact] end
                if facts[fact] == nil then facts[fact] = group and group[fact] end
            end
            return addresses, facts
        end
    end
end

local function join(account, name)
    local contacts = declarations.contacts
    local own = contacts[account]
    if not own then
        contacts[account] = { group = name }
        declarations.contact_places[account] = declarations.contact_places["@" .. name]
    elseif own.group and own.group ~= name then
        report(account, ("stands in the group '%s' and in the group '%s': an account is in one group"):format(own.group, name))
    else
        own.group = name
    end
end

-- Roots are looked up, not searched, so that there may be thousands: what stands for an account stands for it alone.
local function check_root(key, address)
    local user = address:match "^(.*)@[^@]*$"
    if key == "*" or is_group(key) then
        local _, count = user:gsub("{account}", "")
        if count ~= 1 or user:gsub("{account}", ""):find "[{}*]" then
            report(key, ("the root address '%s' tells no account: write {account} where its 12 digits stand, such as "
                .. "aws+{account}@example.jp, or give the address to its account"):format(address), { text = address })
        end
    elseif address:find("{account}", 1, true) then
        report(key, ("the root address '%s': {account} belongs to \"*\" or a group, which have several accounts; write the digits"):format(address),
            { text = address })
    elseif address:find("*", 1, true) and not address:find "^[^*]+%+%*@[^*]+$" then
        report(key, ("the root address '%s': a * stands for all that follows the +, such as aws-prod+*@example.jp"):format(address),
            { text = address })
    end
end

local function check_entry(key, contact, groups)
    if contact.group and (is_group(key) or key == "*") then
        report(key, is_group(key) and "a group is in no other group: name the accounts in one of them" or "the default is in no group",
            { keys = { "group" } })
        contact.group = nil
    elseif contact.group and not groups[contact.group] then
        report(key, ("there is no group '%s'%s; add an entry [\"@%s\"]"):format(contact.group,
            problem.did_you_mean(contact.group, groups), contact.group), { code = "unknown-group", keys = { "group" }, text = contact.group })
    end
    if contact.accounts and not is_group(key) then
        report(key, "only a group, [\"@…\"], has accounts", { keys = { "accounts" } })
    end
    for _, address in ipairs(contact.root or {}) do check_root(key, address) end
end

-- Once all files are read: puts the accounts into their groups, and says what is wrong with it.
function directory.finish()
    local contacts, keys, groups, members = declarations.contacts, {}, {}, {}
    for key in pairs(contacts) do
        keys[#keys + 1] = key
        if is_group(key) then groups[key:sub(2)] = true end
    end
    for _, key in ipairs(keys) do check_entry(key, contacts[key], groups) end
    for _, key in ipairs(keys) do
        for _, account in ipairs(is_group(key) and contacts[key].accounts or {}) do join(account, key:sub(2)) end
    end
    for _, contact in pairs(contacts) do
        if contact.group then members[contact.group] = true end
    end
    for name in pairs(groups) do
        if not members[name] then
            problem.warn(place_of("@" .. name), ("contacts: no account is in the group '%s': name them in its `accounts`, or give "
                .. "them group = \"%s\""):format(name, name), nil, { code = "empty-group" })
        end
    end
end

return directory
