-- Conditions as rule authors write them, brought into the one form that the engine reads (declarations.lua, CONDITION).
local problem = require "awsift.problem"

local conditions = {}

-- Words for text: contains "x", starts "x", ends "x", matches [[PCRE2]], nocase "x". Of a list, or of all, any, none { … },
-- each by itself.
local function change(value, match, nocase, depth)
    if type(value) == "string" then return { matcher = true, match = match, text = value, nocase = nocase } end
    if type(value) ~= "table" then return nil, type(value) end
    if value.matcher then
        return { matcher = true, match = match or value.match, text = value.text, nocase = nocase or value.nocase }
    end
    if depth > 100 then return nil, "table that contains itself" end
    local changed = {}
    for key, entry in pairs(type(value.list) == "table" and value.combine and value.list or value) do
        local one, wrong = change(entry, match, nocase, depth + 1)
        if not one then return nil, wrong end
        changed[key] = one
    end
    return { combine = value.combine or "any", list = changed }
end

conditions.words = {}
for _, word in ipairs { "contains", "starts", "ends", "matches", "nocase" } do
    conditions.words[word] = function(value)
        local changed, wrong = change(value, word ~= "nocase" and word or nil, word == "nocase" or nil, 1)
        if not changed then error(("%s needs a text or a list of texts, not a %s"):format(word, wrong), 2) end
        return changed
    end
end
for _, op in ipairs { "all", "any", "none" } do
    conditions.words[op] = function(list)
        if type(list) ~= "table" then error(op .. " needs a list, not a " .. type(list), 2) end
        return { combine = op, list = list }
    end
end

-- field -> how a bare text is matched
local default_match = {
    subject = "template", title = "template", body = "contains", from = "address", to = "address",
    event_type = "glob", attachment = "glob", header = "contains",
    notice = "template", -- of a field of it, inside all, any, none and matchers; else it is compared as a whole
}

local function is_empty(value)
    for _ in pairs(value) do return false end
    return true
end

-- Written by hand, conditions never stand this deep in one another; made in a loop, they would use up the engine's stack.
local DEEPEST = 50
local depth = 0

local function deeper(make, place, ...)
    if depth >= DEEPEST then
        problem.report(place, ("conditions stand more than %d deep in one another: write fewer tables inside tables"):format(DEEPEST),
            { code = "too-deep" })
        return { op = "any" }
    end
    depth = depth + 1
    local made = make(place, ...)
    depth = depth - 1
    return made
end

-- Whether the words made it: a table of the rule's may have the same keys.
local function is_made(value)
    return value.matcher and type(value.text) == "string" and (value.match == nil or conditions.words[value.match])
        or value.combine and conditions.words[value.combine] and type(value.list) == "table"
end

local function text_condition(place, field, header, value)
    if type(value) == "string" then
        value = { matcher = true, text = value }
    end
    if type(value) ~= "table" then
        problem.report(place, ("'%s' must be a text or a list of texts, not %s"):format(field, problem.type_in_words(type(value))),
            { code = "wrong-type", keys = { field } })
        return { op = "any" }
    end
    if (value.matcher or value.combine) and not is_made(value) then
        problem.report(place, ("'%s' has a matcher that is none: write contains \"…\", starts, ends, matches or nocase"):format(field),
            { code = "wrong-type", keys = { field } })
        return { op = "any" }
    end
    if value.matcher then
        if value.text:match(value.match == "matches" and "^$" or "^%s*$") then
            problem.report(place, ("'%s' has an empty text, which would match everything"):format(field),
                { code = "empty", keys = { header or field }, text = value.text })
        end
        local fault = problem.fault_of_text(value.text)
        if fault then
            problem.report(place, ("'%s' has a text that %s"):format(field, fault), { code = "invalid", keys = { header or field } })
            return { op = "any" }
        end
        return { op = "text", field = field, header = header, match = value.match or default_match[field], text = value.text,
            nocase = value.nocase, file = place.file, line = place.line }
    end
    local result = { op = value.combine or "any" }
    local list = value.combine and value.list or value
    for key, entry in pairs(list) do
        if type(key) ~= "number" then
            problem.report(place, ("'%s' is a list of texts and has no key '%s'"):format(field, tostring(key)),
                { code = "unknown-key", keys = { field, tostring(key) } })
        else
            result[#result + 1] = deeper(text_condition, place, field, header, entry)
        end
    end
    if is_empty(list) then problem.report(place, ("'%s' is an empty list"):format(field), { code = "empty", keys = { field } }) end
    return result
end

local normalize

local function header_condition(place, value)
    local result = { op = "all" }
    if type(value) ~= "table" or value.matcher or value.combine then
        problem.report(place, "'header' must be a table such as { [\"X-Name\"] = \"text\" }", { code = "wrong-type", keys = { "header" } })
        return result
    end
    if is_empty(value) then
        problem.report(place, "'header' is empty, and would hold for every mail: write { [\"X-Name\"] = \"text\" }", { code = "empty", keys = { "header" } })
    end
    for name, text in pairs(value) do
        if type(name) ~= "string" then
            problem.report(place, "'header' must name headers: { [\"X-Name\"] = \"text\" }", { code = "unnamed", keys = { "header" } })
        else
            result[#result + 1] = text_condition(place, "header", name, text)
        end
    end
    return result
end

local notice_fields = {
    title = true, action_required = true, reminder = true, final_notice = true, accounts = true, regions = true,
    service = true, event_type = true, case = true, abuse_id = true, resources = true, status = true, language = true,
}

local notice_flags = { action_required = true, reminder = true, final_notice = true }

-- One value that a field of the notice shall have, or a matcher for its texts.
local function notice_value(place, field, value)
    if type(value) == "table" and (value.matcher or value.combine) and not notice_flags[field] then
        return text_condition(place, "notice", field, value)
    end
    if type(value) ~= (notice_flags[field] and "boolean" or "string") then
        problem.report(place, ("'notice': '%s' must be %s, not a %s"):format(field, notice_flags[field] and "true or false"
            or "a text or a list of texts", type(value) == "table" and "matcher" or type(value)))
    end
    return { op = "notice", field = field, value = value }
end

local function notice_condition(place, value)
    local result = { op = "all" }
    if type(value) ~= "table" then
        problem.report(place, "'notice' must be a table such as { status = \"cancelled\" }", { code = "wrong-type", keys = { "notice" } })
        return result
    end
    if is_empty(value) then
        problem.report(place, "'notice' is empty, and would hold for every mail: write { status = \"cancelled\" }", { code = "empty", keys = { "notice" } })
    end
    for field, wanted in pairs(value) do
        if not notice_fields[field] then
            problem.report(place, ("a notice has no field '%s'%s"):format(tostring(field), problem.did_you_mean(field, notice_fields)),
                { code = "unknown-key", keys = { "notice", tostring(field) } })
        else
            local any = { op = "any" }
            local is_list = type(wanted) == "table" and not wanted.matcher and not wanted.combine
            for _, one in ipairs(is_list and wanted or { wanted }) do any[#any + 1] = notice_value(place, field, one) end
            if #any == 0 then problem.report(place, ("'notice': '%s' is an empty list"):format(field), { code = "empty", keys = { "notice", field } }) end
            result[#result + 1] = any
        end
    end
    return result
end

-- any = {…}: a table of conditions, or a list of such tables
local function combined(place, op, value)
    local result = { op = op }
    if type(value) ~= "table" then
        problem.report(place, ("'%s' must be a table of conditions, not %s"):format(op, problem.type_in_words(type(value))), { code = "wrong-type", keys = { op } })
        return result
    end
    if is_empty(value) then
        problem.report(place, ("'%s' is empty, and would hold for %s mail: give it a condition"):format(op,
            op == "any" and "no" or "every"), { code = "empty", keys = { op } })
    elseif value[1] ~= nil then
        for key, entry in pairs(value) do
            if math.type(key) ~= "integer" then
                problem.report(place, ("'%s' is a list of tables; put '%s' into one of its own"):format(op, tostring(key)),
                    { code = "invalid", keys = { op, tostring(key) } })
            elseif type(entry) == "table" and is_empty(entry) then
                problem.report(place, ("'%s' has an empty table {}, which would hold for every mail: give it a condition"):format(op),
                    { code = "empty", keys = { op } })
            else
                result[#result + 1] = deeper(normalize, place, entry)
            end
        end
    else
        for _, one in ipairs(deeper(normalize, place, value)) do result[#result + 1] = one end
    end
    return result
end

local keys = { all = combined, any = combined, none = combined }
for field in pairs(default_match) do
    if field ~= "header" then keys[field] = function(place, key, value) return text_condition(place, key, nil, value) end end
end
keys.header = function(place, _, value) return header_condition(place, value) end
keys.notice = function(place, _, value) return notice_condition(place, value) end
keys.when = function(place, _, value)
    if type(value) ~= "function" then
        problem.report(place, "'when' must be a function(msg, found)", { code = "wrong-type", keys = { "when" } })
        return { op = "any" }
    end
    return { op = "when", test = value }
end
conditions.keys = keys

-- Cheap conditions first: a body is decoded only when the rest holds.
local order = { subject = 1, title = 1, from = 1, to = 1, header = 1, notice = 3, event_type = 2, any = 4, all = 4, none = 5,
    attachment = 6, body = 6, when = 7 }

function normalize(place, entry)
    local result = { op = "all" }
    if type(entry) ~= "table" then
        problem.report(place, "a condition must be a table, not a " .. type(entry), { code = "wrong-type" })
        return result
    end
    local present = {}
    for key in pairs(entry) do
        if keys[key] then
            present[#present + 1] = key
        elseif not conditions.ignored(key) then
            problem.report(place, ("there is no condition '%s'%s"):format(tostring(key), problem.did_you_mean(key, keys)),
                { code = "unknown-key", keys = { tostring(key) } })
        end
    end
    table.sort(present, function(a, b)
        if order[a] ~= order[b] then return order[a] < order[b] end
        return a < b
    end)
    for _, key in ipairs(present) do result[#result + 1] = keys[key](place, key, entry[key]) end
    return result
end
conditions.ignored = function() return false end

-- The condition of a rule: its condition keys; other keys are the rule's results.
function conditions.of_rule(place, body, result_keys)
    conditions.ignored = function(key) return result_keys[key] ~= nil end
    depth = 0 -- a file that raised in between left it as it was
    local result = normalize(place, body)
    conditions.ignored = function() return false end
    return result
end

return conditions
