-- The words that rule files are written in. Each records what was declared (declarations.lua) with its file and line;
-- finish() checks what can only be known when all files are read.
local acting = require "awsift.acting"
local action_calls = require "awsift.action_calls"
local action_list = require "awsift.action_list"
local declarations = require "awsift.declarations"
local durations = require "awsift.durations"
local policy = require "awsift.policy"
local problem = require "awsift.problem"
local conditions = require "awsift.conditions"
local contacts = require "awsift.contacts"
local grouping = require "awsift.grouping"
local silences = require "awsift.silences"
local statements = require "awsift.statements"
local templates = require "awsift.templates"
local tests = require "awsift.tests"

local words = {}
for name, word in pairs(conditions.words) do words[name] = word end

local priorities = { urgent = true, high = true, normal = true, low = true }

local function one_of(known)
    return function(value)
        if not known[value] then return ("must be one of the known names, not %s%s"):format(problem.shown(value), problem.did_you_mean(value, known)) end
    end
end

local function name_is_valid(name)
    return type(name) == "string" and #name <= 100 and name:match "^[a-z0-9_-][a-z0-9_.-]*$" ~= nil
end

local function origin_of(place)
    return place.file:sub(1, 7) == "awsift/" and "shipped" or "custom"
end

-- A statement `word "name" { … }` whose name and body are checked.
local function named(word, record)
    return statements.named(word, "{ … }", function(place, name, body)
        if type(body) ~= "table" then
            problem.report(place, ("%s '%s' needs a table { … }, not %s"):format(word, name, problem.type_in_words(type(body))))
        elseif #name > 100 then
            problem.report(place, ("%s '%s…': a name has at most 100 characters"):format(word, (name:sub(1, 40):gsub("[\x80-\xff]*$", ""))), { code = "bad-name", text = name })
        elseif not name_is_valid(name) then
            problem.report(place, ("%s '%s': names have lower case letters, digits, '.', '_' and '-'"):format(word, name), { code = "bad-name", text = name })
        else
            record(place, name, body)
        end
    end)
end

local most_answer = durations.milliseconds "366d"
local function answer(value)
    local time = durations.milliseconds(value)
    if not time or time == 0 or time > most_answer then return ("must be a time of at most 366 days such as \"24h\" or \"2d\", not %s"):format(problem.shown(value)) end
end

local function texts(value)
    if type(value) ~= "table" then return "must be a list of texts" end
    for _, text in pairs(value) do
        if type(text) ~= "string" then return "must be a list of texts" end
    end
end

local category_keys = { title = "string", title_en = "string", priority = one_of(priorities), tell = "string", grave = texts,
    answer = answer, group = grouping.fault }

-- A second statement merges, whose keys count; but the shipped rules, which come last by themselves, only say what the team
-- leaves open.
words.category = named("category", function(place, name, body)
    local _, sound = problem.check(place, "category '" .. name .. "'", body, category_keys)
    local known = declarations.categories[name] or { name = name, priority = "normal", file = place.file, line = place.line }
    local places = declarations.category_places[name] or {}
    for key, value in pairs(sound) do
        if not places[key] or problem.is_shipped(places[key]) or not problem.is_shipped(place) then
            known[key], places[key] = value, place
        end
    end
    declarations.categories[name], declarations.category_places[name] = known, places
end)

local function captures(value)
    if type(value) ~= "table" then return "must be a table of name = \"template\"" end
    for name, text in pairs(value) do
        if type(name) ~= "string" or type(text) ~= "string" then return "must be a table of name = \"template\"" end
        local fault = problem.fault_of_text(text)
        if fault then return "has a text that " .. fault end
        if not name:find "^[a-z0-9_]+$" then return ("has the name '%s', which no text can be filled with: names have lower case letters, digits and '_'"):format(name) end
        if not text:find "%S" then return ("says nothing of what '%s' is: write the text around it, such as %s = \"Subject: {line}\""):format(name, name) end
    end
end

local function advice(value)
    if type(value) ~= "table" then return "must be a table { ja = …, en = …, url = … }" end
    for key, text in pairs(value) do
        if (key ~= "ja" and key ~= "en" and key ~= "url") or type(text) ~= "string" then return "has the keys ja, en and url, each a text" end
    end
end

local function actions_or_function(value)
    if type(value) ~= "table" and type(value) ~= "function" then return "must be a list of actions or a function(msg, found)" end
    local why = type(value) == "table" and select(2, action_list.of(value))
    if why then return why end
end

local result_keys = {
    category = "string", service = "string", priority = one_of(priorities), tags = texts, capture = captures,
    collect = captures, advice = advice, actions = actions_or_function, also = actions_or_function,
    mode = one_of { live = true, shadow = true }, enabled = "boolean", final = "boolean", general = "boolean",
    speaker = one_of { aws = true, any = true }, unproven = "boolean", answer = answer, group = grouping.fault,
}
local rule_keys = {}
for key, expected in pairs(result_keys) do rule_keys[key] = expected end
for key in pairs(conditions.keys) do rule_keys[key] = function() end end

local function listed(value)
    return type(value) == "table" and action_list.of(value) or value
end

local function captures_of(place, value)
    local list = {}
    for name, text in pairs(value or {}) do list[#list + 1] = { name = name, text = text, file = place.file, line = place.line } end
    return list
end

local seen_rules = {}
local function record_rule(place, id, given)
    local other = seen_rules[id]
    if other then
        if problem.is_shipped(place) then place, other = other, place end -- the team's is the one that can be mended
        problem.report(place, ("rule '%s' exists already at %s:%d; to change it use override"):format(id, other.file, other.line),
            { code = "duplicate" })
        return
    end
    seen_rules[id] = place
    local good, body = problem.check(place, "rule '" .. id .. "'", given, rule_keys)
    local condition = conditions.of_rule(place, body, result_keys)
    if #condition == 0 and good then
        problem.report(place, ("rule '%s' has no condition and would match every mail"):format(id), { code = "empty" })
    end
    if given.category == nil and body.final ~= false then
        problem.report(place, ("rule '%s' names no category"):format(id), { code = "no-category" })
    end
    declarations.rules[#declarations.rules + 1] = {
        id = id, file = place.file, line = place.line, condition = condition, category = body.category,
        service = body.service, priority = body.priority, tags = body.tags or {}, captures = captures_of(place, body.capture),
        collects = captures_of(place, body.collect), advice = body.advice, actions = listed(body.actions),
        also = listed(body.also), final = body.final ~= false, general = body.general == true,
        speaker = body.speaker or "aws", mode = body.mode or "live", unproven = body.unproven == true,
        enabled = body.enabled ~= false, answer = body.answer, group = body.group,
    }
end
words.rule = named("rule", record_rule)

words.override = named("override", function(place, id, given)
    local _, body = problem.check(place, "override '" .. id .. "'", given, result_keys)
    for _, key in ipairs { "actions", "also" } do body[key] = listed(body[key]) end
    for _, key in ipairs { "capture", "collect" } do body[key .. "s"] = body[key] and captures_of(place, body[key]) end
    body.capture, body.collect = nil, nil
    declarations.overrides[#declarations.overrides + 1] = { id = id, body = body, place = place }
end)

local argument_types = { text = true, role = true, channel = true, command = true, webhook = true, escalation = true, flag = true, number = true,
    name = true, list = true }

words.action = named("action", function(place, name, body)
    local good = problem.check(place, "action '" .. name .. "'", body, { args = "table", retry = policy.fault_of_retry, run = "function" })
    if declarations.actions[name] then
        problem.report(place, ("action '%s' exists already at %s:%d"):format(name, declarations.actions[name].file, declarations.actions[name].line))
        return
    end
    if type(body.run) ~= "function" then
        problem.report(place, ("action '%s' needs run = function(ctx, args) … end"):format(name))
        good = false
    end
    for argument, kind in pairs(type(body.args) == "table" and body.args or {}) do
        if type(kind) ~= "string" or not argument_types[kind:gsub("%?$", "")] then
            problem.report(place, ("action '%s': argument '%s' has no known type%s"):format(name, tostring(argument), problem.did_you_mean(kind, argument_types)))
            good = false
        end
    end
    if good then
        declarations.actions[name] = { name = name, args = body.args or {}, retry = body.retry and policy.read(body.retry), run = body.run,
            origin = origin_of(place), file = place.file, line = place.line }
    end
end)

words.placeholder = statements.named("placeholder", "[[…]]", function(place, name, text)
    local other = declarations.placeholder_places[name]
    if type(text) ~= "string" then
        problem.report(place, ("placeholder '%s' needs a regular expression as text"):format(name))
    elseif problem.fault_of_text(text) then
        problem.report(place, ("placeholder '%s' has a text that %s"):format(name, problem.fault_of_text(text)))
    elseif not name:find "^[a-z_][a-z0-9_]*$" then
        problem.report(place, ("placeholder '%s': names have lower case letters, digits and '_'"):format(name))
    elseif #name > 32 then
        problem.report(place, ("placeholder '%s': a name has at most 32 characters"):format(name))
    elseif text == "" then
        problem.report(place, ("placeholder '%s' stands for nothing: write a regular expression"):format(name))
    elseif other then
        problem.report(place, ("placeholder '%s' %s; choose another name"):format(name, origin_of(other) == "shipped"
            and "is a shipped one, which the shipped rules read by" or ("exists already at %s:%d"):format(other.file, other.line)))
    else
        declarations.placeholders[name] = text
        declarations.placeholder_places[name] = place
    end
end)

words.decoration = statements.named("decoration", "[[…]]", function(place, name, text)
    if type(text) ~= "string" then
        problem.report(place, ("decoration '%s' needs a template as text"):format(name))
        return
    end
    local fault = problem.fault_of_text(text)
    if fault then
        problem.report(place, ("decoration '%s' has a text that %s"):format(name, fault))
        return
    end
    local list = declarations.decorations
    list[#list + 1] = { name = name, text = text, file = place.file, line = place.line }
end)

-- What a phrase in the mail tells the notice.
local cue_names = { times = true, scheduled = true, updated = true, cancelled = true, emergency = true, completed = true,
    if_before = true, if_behind = true, due = true, resource = true, no_resource = true, region = true, case = true, abuse_id = true }

-- The first cue that holds counts: a team's own stand before the shipped ones.
local own_cues = 0
words.cue = statements.named("cue", "\"…\"", function(place, name, text)
    local fault = type(text) == "string" and (text:find "%S" and problem.fault_of_text(text) or not text:find "%S" and "says nothing")
    if not cue_names[name] then
        problem.report(place, ("cue '%s': nothing of the notice has that name%s"):format(name, problem.did_you_mean(name, cue_names)))
    elseif type(text) ~= "string" or fault then
        problem.report(place, ("cue '%s' %s"):format(name, fault and "has a text that " .. fault or "needs a template as text"))
    else
        local own = origin_of(place) == "custom"
        if own then own_cues = own_cues + 1 end
        table.insert(declarations.cues, own and own_cues or #declarations.cues + 1,
            { name = name, text = text, file = place.file, line = place.line })
    end
end)

words.contacts = contacts.word

words.silence = silences.word
words.template = named("template", templates.record)

words.test = tests.word

if engine.acts() then acting.take(words) end

-- Declaring ends when all files are read: what a function of a rule declared would outlive the mail.
local function declaring(name, word)
    return function(...)
        if declarations.closed then error(("'%s' declares something, which is over when mail is decided"):format(name), 2) end
        local result = word(...)
        return type(result) == "function" and declaring(name, result) or result
    end
end
for _, name in ipairs { "category", "rule", "override", "action", "placeholder", "decoration", "cue", "contacts", "template", "silence", "test" } do
    words[name] = declaring(name, words[name])
end

-- Calls of actions inside rules: a global that is no word is taken for the name of an action, since its declaration may
-- stand in a later file. Whether it exists is checked when all files are read, or when a rule's function yields it.
local function lookup(_, name)
    return function(args)
        if engine.acts() and type(args) == "table" then return acting.call(name, args) end
        local place = problem.here(name)
        if type(args) == "table" then
            local call = { action_call = true, action = name, args = args, file = place.file, line = place.line }
            if not declarations.closed then declarations.calls[#declarations.calls + 1] = call end
            return call
        end
        local complaint = declarations.actions[name] and ("'%s' is an action, and needs a table: write it like %s { … }"):format(name, name)
            or ("there is no word '%s'%s"):format(name, problem.did_you_mean(name, words))
        if declarations.closed then error(complaint, 2) end
        problem.report(place, complaint)
        return statements.passed_over
    end
end

local finish = require "awsift.finish"
return { declarations = declarations, contacts_csv = require "awsift.contacts_csv".read, words = words, lookup = lookup,
    finish = function() finish.finish(words) end, actions = action_calls.of_yield, people = grouping.people }
