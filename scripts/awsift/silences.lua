-- silence { rule = "ec2.*", account = "123456789012", from = "…", to = "…", reason = "…" }: what nobody is told of for a while. What
-- the texts say is judged by the engine (engine/wire/silence.c), as that of `awsift silence` is.
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"

local silences = {}

local of = { "rule", "category", "account", "contact", "service" }

local function text_or_list(value)
    if type(value) == "string" then return nil end
    if type(value) ~= "table" or #value == 0 then return "must be a text or a list of texts" end
    for _, text in pairs(value) do
        if type(text) ~= "string" then return "must be a text or a list of texts" end
    end
end

local keys = { from = "string", to = "string", reason = "string" }
for _, key in ipairs(of) do keys[key] = text_or_list end

function silences.word(body)
    local place = problem.here "silence"
    if type(body) ~= "table" then
        problem.report(place, "silence needs a table { rule = \"…\", to = \"2026-12-01T09:00:00+09:00\", reason = \"…\" }")
        return
    end
    local good, sound = problem.check(place, "silence", body, keys)
    if sound.to == nil and body.to == nil then
        problem.report(place, "silence: has no end: add to = \"2026-12-01T09:00:00+09:00\"", { code = "missing-key" })
        return
    end
    if not good then return end
    local what = {}
    for _, key in ipairs(of) do what[key] = type(sound[key]) == "string" and { sound[key] } or sound[key] end
    local list = declarations.silences
    list[#list + 1] = { what = what, from = sound.from, to = sound.to, reason = sound.reason or "", file = place.file, line = place.line }
end

local function matches(name, glob)
    local pattern = glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
    return name:find("^" .. pattern .. "$") ~= nil
end

-- A name that nothing has is most likely mistyped.
local function check_names(silence, key, known)
    for _, glob in ipairs(silence.what[key] or {}) do
        local found = false
        for name in pairs(known) do found = found or matches(name, glob) end
        if not found then
            problem.warn(silence, ("silence: no %s is named '%s'%s: it keeps nothing quiet"):format(key, glob,
                problem.did_you_mean(glob, known)), nil, { code = "unknown-" .. key, text = glob })
        end
    end
end

-- Once all files are read.
function silences.finish()
    local rules = {}
    for _, rule in ipairs(declarations.rules) do rules[rule.id] = true end
    for _, silence in ipairs(declarations.silences) do
        check_names(silence, "rule", rules)
        check_names(silence, "category", declarations.categories)
    end
end

return silences
