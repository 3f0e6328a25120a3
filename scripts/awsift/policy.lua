-- How often, how long and how fast an action is tried: `retry` of an action's declaration, and in awsift.lua policy "ACTION",
-- host "NAME", and the same keys of a channel, webhook or command.
local durations = require "awsift.durations"
local problem = require "awsift.problem"

local policy = {}

local day = 86400000
local longest = 366 * day

local function duration(value)
    local read = durations.milliseconds(value)
    if not read or read < 1 or read > longest then return "is no duration of at most a year: write 30s, 5m or 6h" end
end

local function whole(least, most)
    return function(value)
        if math.type(value) ~= "integer" or value < least or value > most then
            return ("is a whole number between %d and %d"):format(least, most)
        end
    end
end

-- "30 per 1m": 30, 60000
local function rate_of(value)
    if type(value) ~= "string" then return nil end
    local count, window = value:match "^(%d%d?%d?%d?%d?) per (%w+)$"
    return math.tointeger(tonumber(count)), window and durations.milliseconds(window)
end

local function rate(value)
    local count, window = rate_of(value)
    if not count or not window or count < 1 or count > 10000 or window < 1 or window > day then
        return "is a number of actions and a time of at most a day: write \"1 per 1s\" or \"30 per 1m\""
    end
end

local retry_keys = { attempts = whole(1, 1000), first = duration, most = duration, deadline = duration }
local pace_keys = { rate = rate, at_once = whole(1, 64) }
local keys = { patience = duration }
for _, list in ipairs { retry_keys, pace_keys } do
    for key, check in pairs(list) do keys[key] = check end
end

-- Schemas for problem.check.
policy.keys, policy.pace_keys = keys, pace_keys

-- keys with those of a policy among them.
function policy.with(own)
    local all = {}
    for key, check in pairs(keys) do all[key] = check end
    for key, check in pairs(own) do all[key] = check end
    return all
end

-- What is wrong with an action's retry, or nil.
function policy.fault_of_retry(value)
    if type(value) ~= "table" then return "must be a table such as { attempts = 8, first = \"10s\", most = \"10m\", deadline = \"6h\" }" end
    for key, entry in pairs(value) do
        local check = retry_keys[key]
        if not check then
            return ("has no key '%s'%s"):format(tostring(key), problem.did_you_mean(key, retry_keys))
        end
        local why = check(entry)
        if why then return ("says '%s', which %s"):format(key, why) end
    end
end

-- Checked values as the engine reads them: durations in ms, rate = { count, window }.
function policy.read(values)
    local read = {}
    for key in pairs(keys) do
        local value = values[key]
        if key == "rate" and value then
            local count, window = rate_of(value)
            read.rate = { count = count, window = window }
        elseif value ~= nil then
            read[key] = durations.milliseconds(value) or value
        end
    end
    return read
end

-- A channel, webhook or command: what it says of a policy stands in its `policy`.
function policy.apart(values)
    local rest, said = {}, nil
    for key, value in pairs(values) do
        if keys[key] then
            said = said or {}
            said[key] = value
        else
            rest[key] = value
        end
    end
    rest.policy = said and policy.read(said)
    return rest
end

return policy
