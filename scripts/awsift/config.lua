-- The words of awsift.lua. Evaluated in a short-lived child of its own; yields one table, with every default filled in.
-- Relative paths are relative to the file. Returns a function(base) that is called after the file ran.
local addresses = require "awsift.addresses"
local problem = require "awsift.problem"
local declarations = require "awsift.declarations"

local config = {
    spools = {}, rules = {}, channels = {}, commands = {}, webhooks = {}, timezone = "Asia/Tokyo",
    deciders = { count = 2, time = 5000, memory = 512 * 1024 * 1024 },
    limits = { bytes = 10 * 1024 * 1024, header_block = 65536, header_field = 16384, colons = 64, headers = 200, parts = 200,
        depth = 16, text = 262144 },
    smtp = { from = "awsift@localhost", attach = 10 * 1024 * 1024 },
    operators = { mail = { "operators@localhost" }, language = "ja", name = "operators" },
    outbox = { attempts = 12, first = 5000, most = 3600000 },
}
local store
local words = {}

local units = { ms = 1, s = 1000, m = 60000, h = 3600000, d = 86400000, w = 604800000 }
local function duration(place, what, value)
    if type(value) == "number" then return math.floor(value * 1000) end
    local count, unit = tostring(value):match "^(%d+)(%a+)$"
    if not count or not units[unit] then
        problem.report(place, ("%s: '%s' is no duration; write 500ms, 30s, 5m, 24h or 400d"):format(what, tostring(value)))
        return 0
    end
    return math.tointeger(tonumber(count)) * units[unit]
end

local sizes = { B = 1, K = 1024, M = 1024 * 1024, G = 1024 * 1024 * 1024 }
local function size(place, what, value)
    if math.type(value) == "integer" and value > 0 then return value end
    local count, unit = tostring(value):match "^(%d+)([BKMG])i?B?$"
    if not count then
        problem.report(place, ("%s: '%s' is no size; write a number of bytes, or 64K, 10M, 1G"):format(what, tostring(value)))
        return 1
    end
    return math.tointeger(tonumber(count)) * sizes[unit]
end

local function list_of_texts(value)
    if type(value) == "string" then return { value } end
    if type(value) ~= "table" or #value == 0 then return nil end
    for _, text in pairs(value) do
        if type(text) ~= "string" then return nil end
    end
    return value
end

local function trusted_texts(wanted)
    return function(value)
        if not list_of_texts(value) then return "must be " .. wanted .. ", or a list of them" end
    end
end
local trust_keys = {
    authserv_id = trusted_texts "the name of your mail server as it writes it",
    lists = trusted_texts "the address of a mailing list that rewrites From, and writes X-Original-Authentication-Results",
    arc = trusted_texts "the domain of a forwarder that seals (ARC)",
}
local function trust_of(place, what, value)
    if type(value) ~= "table" or not problem.check(place, what, value, trust_keys) then return nil end
    if not value.authserv_id then
        problem.report(place, what .. " needs authserv_id, the name of your mail server as it writes it: what a list or a "
            .. "forwarder says counts only where that server found it to be genuine")
        return nil
    end
    local trust = {}
    for key in pairs(trust_keys) do trust[key] = list_of_texts(value[key]) end
    return trust
end

local spool_keys = { kind = "string", path = "string", trust = "table", recipient = "string", settle = function() end }
function words.spool(name)
    local place = problem.here()
    local entry = { name = name, path = name, kind = "maildir", settle = 5000 }
    config.spools[#config.spools + 1] = entry
    return function(body)
        local what = "spool '" .. tostring(name) .. "'"
        if not problem.check(place, what, body, spool_keys) then return end
        if body.kind and body.kind ~= "maildir" and body.kind ~= "directory" then
            problem.report(place, ("%s: kind must be \"maildir\" or \"directory\", not '%s'"):format(what, body.kind))
        end
        entry.kind = body.kind or entry.kind
        entry.path = body.path or entry.path
        entry.recipient = body.recipient
        if body.settle then entry.settle = duration(place, what .. ": settle", body.settle) end
        if body.trust then entry.trust = trust_of(place, what .. ": trust", body.trust) end
    end
end

function words.store(path)
    store = path
    return function() end
end

function words.rules(path)
    local place = problem.here()
    local entry = { path = path, require_tests = false, shipped = false }
    config.rules[#config.rules + 1] = entry
    return function(body)
        if problem.check(place, "rules '" .. tostring(path) .. "'", body, { require_tests = "boolean" }) then
            entry.require_tests = body.require_tests == true
        end
    end
end

function words.trust(body)
    config.trust = trust_of(problem.here(), "trust", body)
end

function words.timezone(name)
    if not addresses.is_time_zone(name) then
        problem.report(problem.here(), ("timezone '%s' is none; write a name such as Asia/Tokyo"):format(tostring(name)))
    end
    config.timezone = name
end

-- A statement `word { … }` that replaces defaults, each key read by its reader.
local function section(name, readers)
    words[name] = function(body)
        local place = problem.here()
        if type(body) ~= "table" then
            problem.report(place, name .. " needs a table { … }")
            return
        end
        for key, value in pairs(body) do
            local reader = readers[key]
            if not reader then
                problem.report(place, ("%s has no key '%s'%s"):format(name, tostring(key), problem.did_you_mean(key, readers)))
            else
                config[name][key] = reader(place, name .. ": " .. key, value)
            end
        end
    end
end

local function number(place, what, value)
    if math.type(value) == "integer" and value > 0 then return value end
    problem.report(place, ("%s must be a positive whole number, not '%s'"):format(what, tostring(value)))
    return 1
end
local function text(place, what, value)
    if type(value) == "string" then return value end
    problem.report(place, ("%s must be a text, not a %s"):format(what, type(value)))
end
local function texts(place, what, value)
    local list = list_of_texts(value)
    if not list then problem.report(place, what .. " must be a text or a list of texts") end
    return list
end

section("deciders", { count = number, time = duration, memory = size })
section("limits", { bytes = size, header_block = size, header_field = size, colons = number, headers = number, parts = number,
    depth = number, text = size })
-- Nobody shall believe that a customer was told when the mail lies in a folder.
local function no_server(place, what)
    problem.report(place, what .. ": this version sends no mail by itself, it writes forwards into the Maildir "
        .. "<store>/outbox; remove the key, and let your mail server take them from there")
end
-- An attachment is held in memory as it is and as it is sent.
local function attached_size(place, what, value)
    local bytes = size(place, what, value)
    if bytes <= 64 * sizes.M then return bytes end
    problem.report(place, what .. " is at most 64M: mail servers take less, and what is larger stays in the archive")
    return 1
end
local function mailbox(place, what, value)
    local good = text(place, what, value)
    local address = good and (good:match "^[^<>]*<([^<>]*)>$" or good)
    if address and not addresses.is_mail(address) then
        problem.report(place, ("%s: '%s' is no mail address"):format(what, good))
    end
    return good
end
local function mailboxes(place, what, value)
    local list = texts(place, what, value)
    for _, address in ipairs(list or {}) do mailbox(place, what, address) end
    return list
end
section("smtp", { url = no_server, from = mailbox, name = text, attach = attached_size })
section("operators", { mail = mailboxes, language = text, name = text, phone = texts })
section("outbox", { attempts = number, first = duration, most = duration })

local function named_section(word, list, keys)
    words[word] = function(name)
        local place = problem.here()
        return function(body)
            if problem.check(place, word .. " '" .. tostring(name) .. "'", body, keys) then config[list][name] = body end
        end
    end
end
named_section("channel", "channels", { url = "string", kind = "string", secret = "string" })
named_section("command", "commands", { program = "string", arguments = "table" })
named_section("webhook", "webhooks", { url = "string", secret = "string" })

local function absolute(base, path)
    if path:sub(1, 1) == "/" then return path end
    return base .. "/" .. path
end

-- base: the folder of the file; shipped: the shipped rules' folder; found: whether base/rules.d is there.
local function finish(base, shipped, found)
    if #config.spools == 0 then config.spools[1] = { name = "spool", path = "spool", kind = "maildir", settle = 5000 } end
    if #config.rules == 0 and found then config.rules[1] = { path = "rules.d", require_tests = false, shipped = false } end
    for _, spool in ipairs(config.spools) do spool.path = absolute(base, spool.path) end
    local has_shipped = false
    for _, folder in ipairs(config.rules) do
        folder.path = absolute(base, folder.path)
        folder.shipped = folder.path == shipped
        has_shipped = has_shipped or folder.shipped
    end
    if not has_shipped then config.rules[#config.rules + 1] = { path = shipped, require_tests = false, shipped = true } end
    config.store = absolute(base, store or "store")
    config.base = base
    return config
end

return { words = words, finish = finish, errors = declarations.errors }
