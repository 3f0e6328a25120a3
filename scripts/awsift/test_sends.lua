-- What a test says of what its actions send: expect.sends, expect.results, replies and config, checked when they are read.
local problem = require "awsift.problem"

local test_sends = {}

local function is_list(value)
    if type(value) ~= "table" then return false end
    for key in pairs(value) do
        if math.type(key) ~= "integer" then return false end
    end
    return true
end

-- A text, or contains, starts or ends "…", which becomes { contains = "…" }. The value, or nil and what is wrong.
local function text(value)
    if type(value) == "string" then return value end
    local is_matcher = type(value) == "table" and value.matcher and not value.nocase
    if is_matcher and (value.match == "contains" or value.match == "starts" or value.match == "ends") then
        return { [value.match] = value.text }
    end
    return nil, "must be a text, or contains, starts or ends \"…\""
end

local function texts(value)
    if not is_list(value) then value = { value } end
    local list = {}
    for index, one in ipairs(value) do
        local good = text(one)
        if not good then return nil, "must be a text or a list of texts" end
        list[index] = good
    end
    return list
end

local function named_texts(value)
    if type(value) ~= "table" or value.matcher then return nil, "must be a table of name = text" end
    local named = {}
    for name, one in pairs(value) do
        named[name] = math.type(one) == "integer" and one or text(one)
        if named[name] == nil then return nil, ("'%s' must be a text, or contains, starts or ends \"…\""):format(tostring(name)) end
    end
    return named
end

-- What was sent as JSON may be expected in part, and its texts in part.
local function data(value, depth)
    if (depth or 0) > 16 then return nil, "is too deep" end
    if type(value) ~= "table" then return value end
    if value.matcher then return text(value) end
    local copied = {}
    for key, one in pairs(value) do
        local good, why = data(one, (depth or 0) + 1)
        if why then return nil, why end
        copied[key] = good
    end
    return copied
end

local function truth(value)
    if type(value) == "boolean" then return value end
    return nil, "must be true or false"
end

local kinds = {
    http = { method = text, url = text, host = text, headers = named_texts, body = text, json = data, form = data },
    mail = { to = texts, subject = text, text = text, headers = named_texts, original = truth },
    exec = { command = text, arguments = texts, input = text },
    file = { folder = text },
}

-- Each key read by its reader; what is wrong is reported.
local function read(place, what, value, readers)
    local sound = {}
    for key, one in pairs(value) do
        if not readers[key] then
            problem.report(place, ("%s has no key '%s'%s"):format(what, tostring(key), problem.did_you_mean(key, readers)),
                { code = "unknown-key", keys = { tostring(key) } })
        else
            local good, why = readers[key](one)
            if why then problem.report(place, ("%s: '%s' %s"):format(what, key, why), { keys = { tostring(key) } }) end
            sound[key] = good
        end
    end
    return sound
end

-- The one key of a table, or nil where it has none or several.
local function only_key(value)
    local only
    for key in pairs(type(value) == "table" and value or {}) do
        if only ~= nil then return nil end
        only = key
    end
    return only
end

-- sends = { { http = { … } }, { mail = { … } }, { exec = { … } }, { file = { … } }, { sleep = 2 } }
function test_sends.sends(place, what, given)
    what = what .. ".sends"
    if not is_list(given) then
        problem.report(place, what .. " must be a list such as { { http = { url = \"…\" } } }, and {} where nothing is sent")
        return {}
    end
    local list = {}
    for index, entry in ipairs(given) do
        local here = ("%s[%d]"):format(what, index)
        local kind = only_key(entry)
        if not kind then
            problem.report(place, here .. " must say one thing: { http = { … } }, { mail = { … } }, { exec = { … } }, { file = { … } } or { sleep = … }")
        elseif kind == "sleep" and type(entry.sleep) == "number" then
            list[#list + 1] = { sleep = entry.sleep }
        elseif not kinds[kind] then
            problem.report(place, ("%s: nothing is sent by '%s'%s"):format(here, tostring(kind), problem.did_you_mean(kind, kinds)),
                { code = "unknown-key", keys = { tostring(kind) } })
        elseif type(entry[kind]) ~= "table" then
            problem.report(place, ("%s: '%s' must be a table { … }"):format(here, kind))
        else
            list[#list + 1] = { [kind] = read(place, here .. "." .. kind, entry[kind], kinds[kind]) }
        end
    end
    return list
end

local outcomes = { done = true, retry = true, dead = true }
local function outcome(value)
    if outcomes[value] then return value end
    return nil, ("must be done, retry or dead, not %s%s"):format(problem.shown(value), problem.did_you_mean(value, outcomes))
end

local function seconds(value)
    if type(value) == "number" then return value end
    return nil, "must be a number of seconds"
end

local result_readers = { action = text, outcome = outcome, reason = text, detail = text, after = seconds }

-- results = { { action = "ticket", outcome = "retry", reason = contains "503" } }
function test_sends.results(place, what, given)
    what = what .. ".results"
    if not is_list(given) then
        problem.report(place, what .. " must be a list such as { { action = \"…\", outcome = \"done\" } }")
        return {}
    end
    local list = {}
    for index, entry in ipairs(given) do
        local here = ("%s[%d]"):format(what, index)
        if type(entry) == "table" then
            list[#list + 1] = read(place, here, entry, result_readers)
        else
            problem.report(place, here .. " must be a table such as { action = \"…\", outcome = \"done\" }")
        end
    end
    return list
end

local reply_keys = { status = "number", body = "string", json = function() end, headers = "table", retry_after = "number",
    failure = "string", output = "string", error = "string" }

-- Complaints about replies and config, for the keys of a test.
function test_sends.replies(value)
    local form = "must be a list of what is answered, one after the other, such as { { status = 201, json = { id = 7 } }, { failure = \"timed out\" } }"
    if not is_list(value) then return form end
    for index, reply in ipairs(value) do
        if type(reply) ~= "table" then return form end
        for key, one in pairs(reply) do
            local kind = reply_keys[key]
            if not kind then return ("[%d] has no key '%s'%s"):format(index, tostring(key), problem.did_you_mean(key, reply_keys)) end
            if type(kind) == "string" and type(one) ~= kind then
                return ("[%d]: '%s' must be %s"):format(index, key, problem.type_in_words(kind))
            end
        end
    end
end

function test_sends.config(value)
    if type(value) ~= "table" then return "must be a table such as { channels = { ops = { url = \"https://…\" } } }" end
end

return test_sends
