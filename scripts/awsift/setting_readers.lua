-- What the values of awsift.lua are: each reader takes a place, what is read there, and the value, and yields what was meant, or
-- reports what is wrong and yields nil.
local addresses = require "awsift.addresses"
local durations = require "awsift.durations"
local problem = require "awsift.problem"

local readers = {}

-- Whether this system knows no zone of that name: config.lua's, which can look.
function readers.lacks_time_zone() return false end

-- In ms; a number is one of seconds.
function readers.duration(place, what, value)
    local read = durations.milliseconds(value)
    if type(value) == "number" and value >= 0 then read = math.tointeger(value * 1000 // 1) end
    if read then return read end
    problem.report(place, ("%s: %s is no duration; write 500ms, 30s, 5m, 24h or 400d"):format(what, problem.shown(value)))
end

readers.sizes = { B = 1, K = 1024, M = 1024 * 1024, G = 1024 * 1024 * 1024 }
function readers.size(place, what, value)
    if math.type(value) == "integer" and value > 0 then return value end
    local count, unit = tostring(value):match "^(%d+)([BKMG])i?B?$"
    if count and #count <= 9 then return tonumber(count) * readers.sizes[unit] end
    problem.report(place, ("%s: %s is no size; write a number of bytes, or 64K, 10M, 1G"):format(what, problem.shown(value)))
end

function readers.number(place, what, value)
    if math.type(value) == "integer" and value > 0 then return value end
    problem.report(place, ("%s must be a positive whole number, not %s"):format(what, problem.shown(value)))
end

-- A reader whose number must lie in a range, which is said in words.
function readers.between(read, least, most, range)
    return function(place, what, value)
        local got = read(place, what, value)
        if got and got >= least and got <= most then return got end
        if got then problem.report(place, ("%s must be between %s, not %s"):format(what, range, problem.shown(value))) end
    end
end

function readers.list_of_texts(value)
    if type(value) == "string" then return { value } end
    if type(value) ~= "table" or #value == 0 then return nil end
    for _, text in pairs(value) do
        if type(text) ~= "string" then return nil end
    end
    return value
end

function readers.text(place, what, value)
    if type(value) == "string" then return value end
    problem.report(place, ("%s must be a text, not %s"):format(what, problem.type_in_words(type(value))))
end

function readers.texts(place, what, value)
    local list = readers.list_of_texts(value)
    if not list then problem.report(place, what .. " must be a text or a list of texts") end
    return list
end

function readers.time_zone(place, what, name)
    if not addresses.is_time_zone(name) then
        problem.report(place, ("%s %s is none; write a name such as Asia/Tokyo"):format(what, problem.shown(name)))
    elseif readers.lacks_time_zone(name) then
        problem.report(place, ("%s '%s' is not in this system's time zone database; write a name such as Asia/Tokyo"):format(what, name))
    else
        return name
    end
end

-- An attachment is held in memory as it is and as it is sent.
function readers.attached_size(place, what, value)
    local bytes = readers.size(place, what, value)
    if not bytes or bytes <= 64 * readers.sizes.M then return bytes end
    problem.report(place, what .. " is at most 64M: mail servers take less, and what is larger stays in the archive")
end

function readers.mailbox(place, what, value)
    local good = readers.text(place, what, value)
    local address = good and (good:match "^[^<>]*<([^<>]*)>$" or good)
    if address and not addresses.is_mail(address) then
        problem.report(place, ("%s: '%s' is no mail address"):format(what, good))
    end
    return good
end

-- Who writes stands in every mail, and must be an address that every server takes.
function readers.writer(place, what, value)
    local good = readers.mailbox(place, what, value)
    local address = good and (good:match "^[^<>]*<([^<>]*)>$" or good)
    if address and addresses.is_mail(address) and not addresses.is_plain_mail(address) then
        problem.report(place, ("%s: '%s' must have a local part in ASCII"):format(what, good))
    end
    return good
end

function readers.mailboxes(place, what, value)
    local list = readers.texts(place, what, value)
    for _, address in ipairs(list or {}) do readers.mailbox(place, what, address) end
    return list
end

function readers.phones(place, what, value)
    local list = readers.texts(place, what, value)
    for _, phone in ipairs(list or {}) do
        if not addresses.is_phone(phone) then problem.report(place, ("%s: '%s' is no phone number"):format(what, phone)) end
    end
    return list
end

function readers.language(place, what, value)
    local fault = addresses.fault_of_language(value)
    if not fault then return value end
    problem.report(place, what .. " " .. fault)
end

-- In minutes since midnight, or false.
function readers.time_of_day(place, what, value)
    if value == false then return false end
    local hours, minutes = tostring(value):match "^(%d%d?):(%d%d)$"
    hours, minutes = tonumber(hours), tonumber(minutes)
    if hours and hours < 24 and minutes < 60 then return hours * 60 + minutes end
    problem.report(place, ("%s: %s is no time of day; write \"09:00\", or false for none"):format(what, problem.shown(value)))
end

-- A duration, or false for never.
function readers.lasting(least, most, range)
    local read = readers.between(readers.duration, least, most, range)
    return function(place, what, value)
        if value == false then return false end
        return read(place, what, value)
    end
end

function readers.flag(place, what, value)
    if type(value) == "boolean" then return value end
    problem.report(place, ("%s must be true or false, not %s"):format(what, problem.shown(value)))
end

return readers
