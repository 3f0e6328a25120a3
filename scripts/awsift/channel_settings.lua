-- What channel "NAME" { … } of awsift.lua may say: which keys, is its kind's to tell (awsift/chat/services.lua).
local addresses = require "awsift.addresses"
local http_settings = require "awsift.http_settings"
local policy = require "awsift.policy"
local problem = require "awsift.problem"
local readers = require "awsift.setting_readers"
local services = require "awsift.chat.services"

local channel_settings = {}

local priorities = { urgent = true, high = true, normal = true, low = true }

local function language(value)
    if value ~= "ja" and value ~= "en" then return ("must be ja or en, not %s"):format(problem.shown(value)) end
end

local function timezone(value)
    if not addresses.is_time_zone(value) or readers.lacks_time_zone(value) then return ("%s is no time zone that this system knows; write a name such as Asia/Tokyo"):format(problem.shown(value)) end
end

-- One text or a list of them.
local function mentions_fault(service, value)
    local list = type(value) == "table" and value or { value }
    if #list == 0 then return "must be a text, a list of texts, or a table such as { urgent = … }" end
    for _, text in pairs(list) do
        if type(text) ~= "string" or not text:find "%S" then return "must be a text, a list of texts, or a table such as { urgent = … }" end
        local why = service.mention and service.mention(text)
        if why then return ("'%s' %s"):format(text, why) end
    end
end

local function mention(service)
    return function(value)
        if type(value) ~= "table" or value[1] ~= nil then return mentions_fault(service, value) end
        for priority, one in pairs(value) do
            if not priorities[priority] then
                return ("has no priority '%s'%s: urgent, high, normal and low are"):format(tostring(priority), problem.did_you_mean(priority, priorities))
            end
            local why = mentions_fault(service, one)
            if why then return why end
        end
    end
end

local function icon(value)
    if type(value) ~= "string" or not (value:find "^:[%w_+-]+:$" or value:find "^https://%S+$") then
        return "must be an emoji's name such as :rotating_light:, or the https address of a picture"
    end
end

local function one_of(known)
    return function(value)
        if not known[value] then return ("must be \"card\" or \"text\", not %s"):format(problem.shown(value)) end
    end
end

local function room(value)
    if not tostring(value):find "^%d+$" then return "must be the number that stands in the room's address behind #!rid" end
end

local function token(value)
    if not http_settings.is_secret(value) then return "does not stand in the configuration: write token = secret \"chatwork-token\"" end
end

local function key_of(service, key)
    local of_keys = { kind = "string", url = http_settings.url, language = language, timezone = timezone, mention = mention(service), username = "string",
        icon = icon, format = one_of(service.formats or {}), room = room, token = token, unread = "boolean" }
    return of_keys[key]
end

local needed = { url = "url, where it posts to: write url = \"https://…\", or url = secret \"name\"", room = "room, the number in the room's address behind #!rid",
    token = "token: write token = secret \"chatwork-token\"" }

-- kinds that are no chats: name -> { keys = schema, needs = { key = what it is } }, added by what they belong to.
channel_settings.kinds = {}
for name, service in pairs(services) do
    local kind = { keys = {}, needs = { [service.needs] = needed[service.needs] } }
    for _, key in ipairs(service.keys) do kind.keys[key] = key_of(service, key) end
    kind.keys.kind = key_of(service, "kind")
    if service.needs_token then kind.needs.token = needed.token end
    channel_settings.kinds[name] = kind
end

-- What of the body is sound; {} where its kind is not known.
function channel_settings.read(place, what, body)
    local name = type(body.kind) == "string" and body.kind or nil
    local kind = channel_settings.kinds[name or "generic"]
    if not kind then
        problem.report(place, ("%s: there is no kind '%s'%s"):format(what, name, problem.did_you_mean(name, channel_settings.kinds)),
            { keys = { "kind" }, text = name })
        return {}
    end
    local _, sound = problem.check(place, name and ("%s (%s)"):format(what, name) or what, body, policy.with(kind.keys))
    for key, text in pairs(kind.needs) do
        if body[key] == nil then problem.report(place, ("%s needs %s"):format(what, text)) end
    end
    return sound
end

return channel_settings
