-- Problems of rule files are collected, so that one run names them all. A place is { file, line, word, name }, that of the
-- statement word "name" { … }; what a problem is about may be told besides, and is looked for in the statement's text.
local declarations = require "awsift.declarations"

local problem = {}

-- The file and line of the statement in the rule file that is being run; word and name are its own.
function problem.here(word, name)
    local file, line = engine.where(1)
    return { file = file or "?", line = line or 1, word = word, name = name }
end

-- Rules, calls of actions and tests are places, too.
local function statement_of(place)
    if place.word or place.column then return place end
    if place.action_call then return { line = place.line, word = place.action } end
    if place.condition then return { line = place.line, word = "rule", name = place.id } end
    return { line = place.line, name = place.name }
end

local function entry_of(place, message, about)
    local statement = statement_of(place)
    local line, column
    if not place.column or about.keys or about.text then line, column = engine.find(place.file, statement, about.keys or place.path, about.text, about.skipped) end
    return { file = place.file, line = line or place.line, column = column or place.column, message = message,
        code = about.code or "invalid", rule = about.rule or (statement.word == "rule" or statement.word == "override")
            and statement.name or nil }
end

-- Nobody reads more of them in one go, and looking for the places of tens of thousands takes longer than loading may.
local most = 1000
local more = {} -- kind -> the entry that counts those beyond

-- Adds an entry unless there are that many of its kind; then they are counted by the last one.
local function add(list, kind, place, make)
    local known = more[kind] or { count = 0 }
    more[kind] = known
    known.count = known.count + 1
    if known.count <= most then
        list[#list + 1] = make()
    else
        if known.count == most + 1 then
            known.entry = { file = place.file, line = place.line, code = "more" }
            list[#list + 1] = known.entry
        end
        known.entry.message = ("from here on there are %d more %s"):format(known.count - most, kind)
    end
end

-- about: { code = a stable word for programs, rule = id, keys = { names of keys, each inside the one before }, text = a text
-- behind them, skipped = so many equal texts come before it }, all of them optional.
function problem.report(place, message, about)
    add(declarations.errors, "errors", place, function() return entry_of(place, message, about or {}) end)
end

-- unknown_name: nil, or whether `check` calls the warning, which is about a name that the configuration lacks, an error.
function problem.warn(place, message, unknown_name, about)
    local kind = unknown_name == nil and "warnings" or "names that the configuration lacks"
    add(declarations.warnings, kind, place, function()
        local entry = entry_of(place, message, about or {})
        entry.unknown_name = unknown_name
        return entry
    end)
end

-- What keeps a text from being compared with that of a mail, or nil.
function problem.fault_of_text(text)
    if not utf8.len(text) then return "is not UTF-8: save the file as UTF-8" end
    if text:find("\0", 1, true) then return "has a NUL, which no text of a mail has" end
end

-- Whether a place is of what ships with the engine: its scripts, and the shipped rules' folder.
function problem.is_shipped(place)
    local folder = declarations.configured and declarations.configured.shipped_rules
    return place.file:sub(1, 7) == "awsift/" or (folder and place.file:find(("rules/%d/"):format(folder), 1, true) == 1) or false
end

-- What is longer is no name, and after so many hints nobody needs another: comparing costs.
local LONGEST, MOST_HINTS = 100, 500
local hints = 0

-- The known name nearest to a mistyped one, or nil. Distance of Levenshtein, at most a third of the length.
function problem.nearest(name, known)
    if not declarations.closed then hints = hints + 1 end -- what is said of a mail does not hang on others
    if #name > LONGEST or hints > MOST_HINTS then return nil end
    local best, best_distance
    for candidate in pairs(known) do
        local previous = {}
        for j = 0, #candidate do previous[j] = j end
        for i = 1, #name do
            local current = { [0] = i }
            for j = 1, #candidate do
                local cost = name:byte(i) == candidate:byte(j) and 0 or 1
                current[j] = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
            end
            previous = current
        end
        local distance = previous[#candidate]
        if not best_distance or distance < best_distance then best, best_distance = candidate, distance end
    end
    if best and best_distance <= math.max(2, #name // 3) then return best end
end

function problem.did_you_mean(name, known)
    local near = problem.nearest(tostring(name), known)
    return near and (" (did you mean '" .. near .. "'?)") or ""
end

-- Types of Lua in the words of people who do not write programs.
local words = { string = "a text", boolean = "true or false", number = "a number", table = "a table { … }",
    ["function"] = "a function(…) … end", ["nil"] = "nothing" }
function problem.type_in_words(kind) return words[kind] or kind end

-- A value as it was written, or in words where it has no writing of its own.
function problem.shown(value)
    local kind = type(value)
    return (kind == "string" or kind == "number" or kind == "boolean") and ("'%s'"):format(tostring(value)) or problem.type_in_words(kind)
end

-- Checks the keys and types of a table: schema maps a key to a type name, or to a function that returns a complaint or nil.
-- Returns whether all is well, and a copy of what is.
function problem.check(place, what, value, schema)
    local good, sound = true, {}
    for key, entry in pairs(value) do
        local expected = schema[key]
        local complaint
        local code = expected == nil and "unknown-key" or type(expected) == "function" and "invalid" or "wrong-type"
        if expected == nil then
            complaint = ("%s has no key '%s'%s"):format(what, tostring(key), problem.did_you_mean(key, schema))
        elseif type(expected) == "function" then
            local why = expected(entry)
            complaint = why and ("%s: '%s' %s"):format(what, tostring(key), why)
        elseif type(entry) ~= expected then
            complaint = ("%s: '%s' must be %s, not %s"):format(what, tostring(key), problem.type_in_words(expected),
                problem.type_in_words(type(entry)))
        end
        if complaint then
            problem.report(place, complaint, { code = code, keys = { tostring(key) }, text = type(expected) == "function" and
                type(entry) == "string" and entry or nil })
            good = false
        else
            sound[key] = entry
        end
    end
    return good, sound
end

return problem
