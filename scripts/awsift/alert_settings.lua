-- Whom awsift tells of itself, and by which ways: what the operators wrote, joined with the kinds of alerts, as the keeper takes
-- it. The keeper fills the words and counts; it knows no kind by name that is not here.
local channel_uses = require "awsift.channel_uses"
local kinds = require "awsift.alert_kinds"
local problem = require "awsift.problem"

local settings = { defaults = { quiet = false, down = 600000, gather = 60000 } }

-- Which severities a way carries; mail carries all.
local carries = { chat = { urgent = true, high = true }, page = { urgent = true }, call = { urgent = true } }
local order = { "mail", "chat", "page", "call" }
local severities = { urgent = true, high = true, normal = true, off = true }

-- Kinds whose severity the operators judge otherwise: { ["rule-error"] = "high", stopped = "off" }.
function settings.severities(place, what, value)
    if type(value) ~= "table" then
        problem.report(place, what .. " must be a table such as { [\"rule-error\"] = \"high\", stopped = \"off\" }")
        return nil
    end
    local sound = {}
    for kind, severity in pairs(value) do
        if not kinds[kind] then
            problem.report(place, ("%s: there is no alert '%s'%s"):format(what, tostring(kind), problem.did_you_mean(tostring(kind), kinds)),
                { code = "unknown-key", keys = { tostring(kind) } })
        elseif not severities[severity] then
            problem.report(place, ("%s: %s must be \"urgent\", \"high\", \"normal\" or \"off\", not %s"):format(what, kind, problem.shown(severity)))
        else
            sound[kind] = severity
        end
    end
    return sound
end

-- A channel that is named before it may be declared: looked up when the whole file is read.
local function check_channel(config, key)
    local name = config.operators[key]
    if not name then return end
    local channel = config.channels[name]
    local fault = not channel and ("there is no channel '%s'%s: add channel \"%s\" { … }"):format(name, problem.did_you_mean(name, config.channels), name)
        or channel and channel_uses.fault(key, name, channel.kind)
    if not fault then return name end
    problem.report(config.operators.places[key], ("operators: %s: %s"):format(key, fault), { code = channel and "invalid" or "unknown-channel", keys = { key } })
end

-- Phones that ring need numbers, and a channel that rings them.
local function check_call(config)
    local operators = config.operators
    if not operators.call then return false end
    local fault = not config.channels.call and "rings through channel \"call\" { … }, which is not configured: add it"
        or not operators.phone and "rings nobody: add phone = \"+81…\""
    if not fault then return true end
    problem.report(operators.places.call, "operators: call " .. fault, { keys = { "call" } })
    return false
end

local function ways_of(severity, has)
    local ways = {}
    for _, way in ipairs(severity ~= "off" and order or {}) do
        if has[way] and (way == "mail" or carries[way][severity]) then ways[#ways + 1] = way end
    end
    return ways
end

-- Adds config.alerts: { ways (all there are), gather, zone, channels = { chat, page }, languages, kinds = { KIND = { ways, ja, en } } }.
function settings.finish(config)
    local operators = config.operators
    local channels = { chat = check_channel(config, "chat"), page = check_channel(config, "page") }
    local has = { mail = true, chat = channels.chat ~= nil, page = channels.page ~= nil, call = check_call(config) }
    operators.places = nil
    local languages = {}
    for language in operators.language:gmatch "%l+" do languages[#languages + 1] = language end
    local told = {}
    for kind, entry in pairs(kinds) do
        local severity = (operators.alerts or {})[kind] or entry.severity
        told[kind] = { severity = severity, ways = ways_of(severity, has) }
        for _, language in ipairs(languages) do told[kind][language] = entry[language] end
    end
    config.alerts = { ways = ways_of("urgent", has), gather = operators.gather, zone = operators.timezone or config.timezone,
        channels = channels, languages = languages, kinds = told }
end

return settings
