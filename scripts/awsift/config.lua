-- The words of awsift.lua. Evaluated in a short-lived child of its own; yields one table, with every default filled in.
-- Relative paths are relative to the file. What is wrong is collected with its line; what is right of a statement counts all
-- the same, so that rules can be checked against it.
local alert_settings = require "awsift.alert_settings"
local calling_settings = require "awsift.calling_settings"
local channel_settings = require "awsift.channel_settings"
local channel_uses = require "awsift.channel_uses"
local command_settings = require "awsift.command_settings"
local escalation = require "awsift.escalation"
local http_settings = require "awsift.http_settings"
local policy = require "awsift.policy"
local problem = require "awsift.problem"
local readers = require "awsift.setting_readers"
local smtp_settings = require "awsift.smtp_settings"
local spool_places = require "awsift.spool_places"
local declarations = require "awsift.declarations"
local statements = require "awsift.statements"
local store_settings = require "awsift.store_settings"

local config = {
    spools = {}, rules = {}, channels = {}, commands = {}, webhooks = {}, policies = {}, hosts = {}, timezone = "Asia/Tokyo",
    deciders = { count = 2, time = 5000, memory = 512 * 1024 * 1024 },
    limits = { bytes = 10 * 1024 * 1024, header_block = 65536, header_field = 16384, colons = 64, headers = 200, parts = 200,
        depth = 16, text = 262144 },
    smtp = { from = smtp_settings.nobody, attach = 10 * 1024 * 1024 },
    http = { private = {}, timeout = 30000 },
    operators = { mail = { "operators@localhost" }, default = true, language = "ja", name = "operators", digest = 540,
        gather = alert_settings.defaults.gather, down = alert_settings.defaults.down },
    threads = { window = 90 * 24 * 3600000 },
    escalations = {}, paging = calling_settings.limits,
    outbox = { attempts = 12, first = 5000, most = 3600000, patience = 172800000 },
}
local store
local words = {}
local module = { words = words, errors = declarations.errors }
-- The engine's, which can look.
function readers.lacks_time_zone(name) return module.lacks_time_zone(name) end

local between, duration, number, size = readers.between, readers.duration, readers.number, readers.size
local hour, day = 3600000, 86400000

local function trusted_texts(wanted)
    return function(value)
        if not readers.list_of_texts(value) then return "must be " .. wanted .. ", or a list of them" end
    end
end
local trust_keys = {
    authserv_id = trusted_texts "the name of your mail server as it writes it",
    lists = trusted_texts "the address of a mailing list that rewrites From, and writes X-Original-Authentication-Results",
    arc = trusted_texts "the domain of a forwarder that seals (ARC)",
}
local function trust_of(place, what, value)
    if type(value) ~= "table" then
        problem.report(place, what .. " must be a table such as { authserv_id = \"mx.example.jp\" }")
        return nil
    end
    if not problem.check(place, what, value, trust_keys) then return nil end
    if not value.authserv_id then
        problem.report(place, what .. " needs authserv_id, the name of your mail server as it writes it: what a list or a "
            .. "forwarder says counts only where that server found it to be genuine")
        return nil
    end
    local trust = {}
    for key in pairs(trust_keys) do trust[key] = readers.list_of_texts(value[key]) end
    return trust
end

-- Whether a statement has the name or path that it needs.
local function is_named(place, word, name)
    if type(name) == "string" and name:find "%S" then return true end
    problem.report(place, ("%s needs a name or a path, which is not empty: write %s \"…\""):format(word, word))
    return false
end

local settle = between(duration, 0, day, "0s and 24h")
local spool_keys = { kind = "string", path = "string", trust = "table", recipient = "string", settle = function() end,
    quiet = function() end }
local quiet
function words.spool(name)
    local place = problem.here()
    if not is_named(place, "spool", name) then return statements.passed_over end
    local entry = { name = name, path = name, kind = "maildir", settle = 5000, place = place }
    config.spools[#config.spools + 1] = entry
    return function(body)
        local what = "spool '" .. name .. "'"
        if type(body) ~= "table" then
            problem.report(place, what .. " needs a table { … }")
            return
        end
        local _, sound = problem.check(place, what, body, spool_keys)
        if sound.kind and sound.kind ~= "maildir" and sound.kind ~= "directory" then
            problem.report(place, ("%s: kind must be \"maildir\" or \"directory\", not '%s'"):format(what, sound.kind), { keys = { "kind" } })
            sound.kind = nil
        end
        if sound.path == "" then problem.report(place, what .. ": path must not be empty", { keys = { "path" } }) end
        entry.kind = sound.kind or entry.kind
        entry.path = sound.path ~= "" and sound.path or entry.path
        entry.recipient = sound.recipient
        if sound.settle then entry.settle = settle(place, what .. ": settle", sound.settle) end
        if sound.quiet ~= nil then entry.quiet = quiet(place, what .. ": quiet", sound.quiet) end
        if sound.trust then entry.trust = trust_of(place, what .. ": trust", sound.trust) end
    end
end

local function store_body(place)
    return function(body) config.keep = store_settings.read(place, body).keep end
end
function words.store(path)
    local place = problem.here()
    if type(path) == "table" then return store_body(place)(path) end
    if is_named(place, "store", path) then store = path end
    return store_body(place)
end

-- As whom awsift works where root starts it: a name, or a number as containers have them.
function words.user(name)
    local place = problem.here()
    if type(name) == "number" then name = ("%.0f"):format(name) end
    if is_named(place, "user", name) then config.user = name end
    return function() problem.report(place, "user takes a name alone: write user \"awsift\"") end
end

function words.rules(path)
    local place = problem.here()
    if not is_named(place, "rules", path) then return statements.passed_over end
    local entry = { path = path, require_tests = false, shipped = false, place = place }
    config.rules[#config.rules + 1] = entry
    return function(body)
        local what = "rules '" .. path .. "'"
        if type(body) ~= "table" then
            problem.report(place, what .. " needs a table { … }")
            return
        end
        local _, sound = problem.check(place, what, body, { require_tests = "boolean" })
        entry.require_tests = sound.require_tests == true
    end
end

function words.trust(body)
    config.trust = trust_of(problem.here(), "trust", body)
end

function words.timezone(name)
    config.timezone = readers.time_zone(problem.here(), "timezone", name) or config.timezone
end

-- A statement `word { … }` that replaces defaults, each key read by its reader; check(place, section) looks at the whole.
local function section(name, known, check)
    words[name] = function(body)
        local place = problem.here()
        if type(body) ~= "table" then
            problem.report(place, name .. " needs a table { … }")
            return
        end
        for key, value in pairs(body) do
            local reader = known[key]
            if not reader then
                problem.report(place, ("%s has no key '%s'%s"):format(name, tostring(key), problem.did_you_mean(key, known)),
                    { code = "unknown-key", keys = { tostring(key) } })
            else
                local read = reader({ file = place.file, line = place.line, path = { key } }, name .. ": " .. key, value)
                if read ~= nil then config[name][key] = read end
            end
        end
        if check then check(place, config[name]) end
    end
end

local bounded = between(size, 1, 4 * readers.sizes.G, "1 and 4G")
local counted = between(number, 1, 4 * readers.sizes.G, "1 and 4294967296")
section("deciders", { count = between(number, 1, 64, "1 and 64"), time = between(duration, 100, 600000, "100ms and 10m"),
    memory = between(size, 64 * readers.sizes.M, 1024 * readers.sizes.G, "64M and 1024G") })
section("limits", { bytes = bounded, header_block = bounded, header_field = bounded, colons = counted, headers = counted,
    parts = counted, depth = counted, text = bounded })
section("smtp", { url = smtp_settings.url, user = readers.text, password = smtp_settings.password, starttls = smtp_settings.starttls, ca = readers.text,
    helo = smtp_settings.helo, sendmail = smtp_settings.sendmail, timeout = between(duration, 1000, 90000, "1s and 90s"),
    sender = smtp_settings.sender, from = readers.writer, name = readers.text, attach = readers.attached_size }, smtp_settings.check)
function words.secret(name)
    return http_settings.secret(problem.here(), name)
end
section("http", { private = http_settings.private, ca = readers.text, timeout = between(duration, 100, 100000, "100ms and 100s") })
-- Said by check and status: an address that nobody wrote down is read by nobody.
local function mailboxes_of_operators(place, what, value)
    config.operators.default = nil
    return readers.mailboxes(place, what, value)
end
quiet = readers.lasting(100, 400 * day, "100ms and 400d, or false")
-- What hangs on channels is checked once all of them are read.
local function of_channels(read)
    return function(place, what, value)
        config.operators.places = config.operators.places or {}
        config.operators.places[place.path[1]] = place
        return read(place, what, value)
    end
end
section("operators", { mail = mailboxes_of_operators, language = readers.language, name = readers.text, phone = readers.phones, digest = readers.time_of_day,
    chat = of_channels(readers.text), page = of_channels(readers.text), call = of_channels(readers.flag), quiet = quiet, timezone = readers.time_zone,
    down = readers.lasting(100, 400 * day, "100ms and 400d, or false"), gather = between(duration, 100, hour, "100ms and 1h"),
    alerts = alert_settings.severities })
section("threads", { window = between(duration, hour, 1000 * day, "1h and 1000d") })
section("outbox", { attempts = number, first = duration, most = duration, patience = duration, deadline = duration, at_once = between(number, 1, 64, "1 and 64") })

section("paging", { rule_per_hour = between(number, 1, 100000, "1 and 100000"), per_hour = between(number, 1, 100000, "1 and 100000") })

-- Where each name of a word stands: a second one would take the place of the first, unseen.
local places = {}
local function is_new(place, word, name)
    places[word] = places[word] or {}
    local other = places[word][name]
    if other then problem.report(place, ("%s '%s' exists already in line %d: keep one of them"):format(word, name, other.line), { code = "duplicate" }) end
    places[word][name] = other or place
    return not other
end

-- Its name counts even where its body is wrong: rules that name it have it right.
local function named_section(word, list, keys, needed, read)
    words[word] = statements.named(word, "{ … }", function(place, name, body)
        local what = word .. " '" .. name .. "'"
        if not is_named(place, word, name) or not is_new(place, word, name) then return end
        config[list][name] = {}
        if type(body) ~= "table" then
            problem.report(place, what .. " needs a table { … }")
            return
        end
        if read then
            config[list][name] = policy.apart(read(place, what, body))
            return
        end
        local _, sound = problem.check(place, what, body, policy.with(keys))
        if needed and body[needed] == nil then
            problem.report(place, ("%s needs %s, where it posts to: write %s = \"https://…\", or %s = secret \"name\""):format(what, needed, needed, needed))
        end
        config[list][name] = policy.apart(sound)
    end)
end
named_section("channel", "channels", nil, nil, channel_settings.read)
command_settings.time, command_settings.output = between(duration, 100, 90000, "100ms and 90s"), between(size, 1, readers.sizes.M, "1 and 1M")
named_section("command", "commands", nil, nil, command_settings.read)
named_section("escalation", "escalations", nil, nil, function(place, what, body)
    return escalation.read(place, what:match "'(.*)'", body, duration)
end)
-- policy "ACTION" and host "NAME": how an action, or what goes to a host, is tried and paced.
local function policy_word(word, list, keys, form)
    words[word] = statements.named(word, form, function(place, name, body)
        if not is_new(place, word, name:lower()) then return end
        if word == "host" and not http_settings.is_host(name) then
            problem.report(place, ("host '%s' is no host: write its name alone, without https:// and path"):format(name))
        end
        if type(body) ~= "table" then
            problem.report(place, ("%s '%s' needs a table: write %s \"%s\" %s"):format(word, name, word, name, form))
            return
        end
        local _, sound = problem.check(place, ("%s '%s'"):format(word, name), body, keys)
        config[list][name:lower()] = policy.read(sound)
    end)
end
policy_word("policy", "policies", policy.keys, "{ attempts = 8, deadline = \"6h\", rate = \"30 per 1m\", at_once = 2 }")
policy_word("host", "hosts", policy.pace_keys, "{ rate = \"1 per 1s\", at_once = 1 }")
named_section("webhook", "webhooks", { url = http_settings.url, signing = http_settings.signing, headers = http_settings.headers }, "url")

local function absolute(base, path)
    if path:sub(1, 1) == "/" then return path end
    return base .. "/" .. path
end

-- base: the folder of the file; shipped: the shipped rules' folder; found: whether base/rules.d is there.
function module.finish(base, shipped, found)
    statements.finish()
    config.store = absolute(base, store or "store")
    config.base = base
    smtp_settings.finish(config.smtp, function(path) return absolute(base, path) end)
    http_settings.finish(config.http, function(path) return absolute(base, path) end)
    for _, spool in ipairs(config.spools) do spool.path = absolute(base, spool.path) end
    escalation.finish(config)
    local call = config.channels.call
    local fault = call and channel_uses.fault("call", "call", call.kind)
    if fault then problem.report(places.channel.call, fault, { keys = { "kind" } }) end
    if #config.rules == 0 and found then config.rules[1] = { path = "rules.d", require_tests = false, shipped = false } end
    local has_shipped = false
    for _, folder in ipairs(config.rules) do
        folder.path = absolute(base, folder.path)
        folder.shipped = folder.path == shipped
        folder.line = folder.place and folder.place.line
        has_shipped = has_shipped or folder.shipped
    end
    if not has_shipped then config.rules[#config.rules + 1] = { path = shipped, require_tests = false, shipped = true } end
    spool_places.check(config)
    if #config.spools == 0 then
        config.spools[1] = { name = "spool", path = absolute(base, "spool"), kind = "maildir", settle = 5000 }
    end
    for _, list in ipairs { config.spools, config.rules } do
        for _, entry in ipairs(list) do entry.place = nil end
    end
    alert_settings.finish(config)
    table.sort(module.errors, function(a, b) return a.line < b.line end)
    return config
end

-- What the file sees: the words, the safe globals, and its own variables. A word that is none is named, and what follows it
-- passed over.
local variables = {}
local function look_up(_, name)
    if variables[name] ~= nil then return variables[name] end
    if words[name] ~= nil then return words[name] end
    if _ENV[name] ~= nil then return _ENV[name] end
    return function()
        problem.report(problem.here(name), ("there is no word '%s'%s"):format(name, problem.did_you_mean(name, words)), { code = "unknown-word" })
        return statements.passed_over
    end
end
local function assign(_, name, value)
    if words[name] then
        problem.report(problem.here(), ("'%s' is a word: write it without ="):format(name))
    else
        variables[name] = value
    end
end
module.environment = setmetatable({}, { __index = look_up, __newindex = assign })

return module
