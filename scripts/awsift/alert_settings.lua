-- Whom awsift tells of itself, and by which ways: what the operators wrote, joined with the kinds of alerts, as the keeper takes
-- it. The keeper fills the words and counts; it knows no kind by name that is not here.
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
            problem.report(place, ("%s: %s must be \"urgent\", \"high\", \"normal\" or \"off\", not '%s'"):format(what, kind, tostring(severity)))
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
    if config.channels[name] then return name end
    problem.report(config.operators.places[key], ("operators: %s: there is no channel '%s'%s; write channel \"%s\" { url = \"https://…\" }"):format(
        key, name, problem.did_you_mean(name, config.channels), name), { code = "unknown-channel", keys = { key } })
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
    operators.places = nil
    local has = { mail = true, chat = channels.chat ~= nil, page = channels.page ~= nil, call = operators.call == true }
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
