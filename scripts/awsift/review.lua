-- What is doubtful about rules that load: texts that match nothing, or more than was meant, and names that nothing uses.
-- All of it warnings. Only what is certain is said: what a function may do is not known, and then nothing is said.
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"

local review = {}

-- The shipped rules beside the team's own are nobody's to mend.
local function is_left_alone(place)
    local shipped = declarations.configured and declarations.configured.shipped
    return place.file:sub(1, 7) == "awsift/" or (shipped and place.file:find(("rules/%d/"):format(shipped), 1, true) == 1)
end

local function warn(place, code, about, message, ...)
    about.code = code
    problem.warn(place, message:format(...), nil, about)
end

-- Whether a text has letters or digits besides its {placeholders}.
local function says_something(text)
    local literal = text:gsub("{[a-z_][a-z0-9_]*}", "")
    return literal:find "[%w\x80-\xFF]" ~= nil
end

-- What people write who know other pattern languages, and what to write here.
local foreign = {
    { "%.[%*%+]", "'.*' stands for itself here: write {any}, or matches [[…]] around a regular expression" },
    { "\\[dws]", "'\\' stands for itself here: write a placeholder such as {n}, or matches [[…]] around a regular expression" },
    { "%[0%-9%]", "'[0-9]' stands for itself here: write {n}, or matches [[…]] around a regular expression" },
    { "%%[dswa]", "'%%' stands for itself here: write a placeholder such as {n} or {word}" },
    { "^%*[^%*]", "'*' stands for itself here: write {any}" },
    { "[^%*]%*$", "'*' stands for itself here: write {any}" },
    { " %* ", "'*' stands for itself here: write {any}" },
}

-- Values that change from mail to mail, left in a template that was copied from one.
local concrete = {
    { "%f[%d]%d%d%d%d%d%d%d%d%d%d%d%d%f[%D]", "account number", "account" },
    { "%f[%w]i%-%x%x%x%x%x%x%x%x+%f[%W]", "instance", "instance" },
    { "%f[%w]vol%-%x%x%x%x%x%x%x%x+%f[%W]", "volume", "volume" },
}

local function look_at_template(rule, text)
    local about = { text = text, rule = rule.id }
    if not says_something(text) then
        warn(rule, "no-literal", about, "\"%s\" of rule '%s' has no text of its own, so that it matches nearly every mail: add words that "
            .. "only this mail has", text, rule.id)
    end
    for name in text:gmatch "{%s*([%w_-]+)%s*}" do
        if not text:find("{" .. name .. "}", 1, true) or not name:find "^[a-z_][a-z0-9_]*$" then
            warn(rule, "no-placeholder", about, "\"%s\" of rule '%s': {%s} stands for itself, since names of placeholders have lower case "
                .. "letters, digits and _ only, without blanks%s", text, rule.id, name,
                problem.did_you_mean(name:lower():gsub("-", "_"), declarations.placeholders))
        end
    end
    for _, one in ipairs(concrete) do
        if text:find(one[1]) then
            warn(rule, "one-value", about, "\"%s\" of rule '%s' names one %s, and matches no mail about another one: write {%s} if all are meant",
                text, rule.id, one[2], one[3])
        end
    end
end

local function look_at_needle(rule, condition)
    for name in condition.text:gmatch "{([a-z_][a-z0-9_]*)}" do
        if declarations.placeholders[name] then
            warn(rule, "no-placeholder", { text = condition.text, rule = rule.id }, "\"%s\" of rule '%s': {%s} stands for itself in '%s'; only whole "
                .. "texts of subject and title, and captures, have placeholders", condition.text, rule.id, name, condition.match)
        end
    end
end

local function look_at_words(rule, condition)
    local text, match = condition.text, condition.match
    for _, one in ipairs(foreign) do
        if text:find(one[1]) then
            warn(rule, "foreign", { text = text, rule = rule.id }, "\"%s\" of rule '%s': %s", text, rule.id, one[2]:gsub("%%%%", "%%"))
            break
        end
    end
    local trimmed = condition.field ~= "body"
    if trimmed and ((text:find "^%s" and (match == "template" or match == "starts")) or (text:find "%s$" and (match == "template" or match == "ends"))) then
        warn(rule, "never-matches", { text = text, rule = rule.id }, "\"%s\" of rule '%s' never matches: it begins or ends with a blank, and no %s does; "
            .. "take the blank away", text, rule.id, condition.field)
    end
end

local function look_at_event_type(rule, condition)
    local text = condition.text
    if condition.match == "glob" and text:find "[%l%s]" then
        warn(rule, "never-matches", { text = text, rule = rule.id }, "event_type \"%s\" of rule '%s' never matches: event types have capital letters, "
            .. "digits and _ only, such as AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", text, rule.id)
    end
end

-- Mailing lists that the configuration trusts may stand in From.
local function is_trusted_list(address)
    for _, spool in ipairs(declarations.configured and declarations.configured.spools or {}) do
        for _, list in ipairs(type(spool.trust) == "table" and spool.trust.lists or {}) do
            if list:lower() == address then return true end
        end
    end
    return false
end

local function is_listed(text)
    local address = text:lower()
    local domain = address:match "@([^@]*)$"
    for _, sender in ipairs(declarations.senders) do
        local listed = (sender.address or ""):lower()
        if (sender.domain == domain and not sender.shared) or listed == address or address == "@" .. (listed:match "@([^@]*)$" or "") then return true end
    end
    return is_trusted_list(address)
end

local function look_at_address(rule, condition)
    local text, about = condition.text, { text = condition.text, rule = rule.id }
    if text:find "[%s<>*]" then
        warn(rule, "never-matches", about, "'%s' \"%s\" of rule '%s' never matches: write the address alone, or @example.com for a whole domain",
            condition.field, text, rule.id)
    elseif condition.field == "from" and rule.speaker == "aws" and not is_listed(text) then
        warn(rule, "unlisted-sender", about, "rule '%s': \"%s\" is no sender of AWS, so that its mail counts as forged and never as this rule's: "
            .. "add speaker = \"any\"", rule.id, text)
    end
end

local function look_at_condition(rule, condition, wanted)
    if condition.op == "text" then
        if condition.match == "template" then look_at_template(rule, condition.text) end
        if condition.match == "contains" or condition.match == "starts" or condition.match == "ends" then look_at_needle(rule, condition) end
        if condition.match ~= "matches" and condition.match ~= "glob" and condition.match ~= "address" then look_at_words(rule, condition) end
        if condition.field == "event_type" then look_at_event_type(rule, condition) end
        if condition.match == "address" and wanted then look_at_address(rule, condition) end
        if condition.header and condition.header:find "[%s:]" then
            warn(rule, "never-matches", { keys = { condition.header }, rule = rule.id }, "header \"%s\" of rule '%s' never matches: a header's name has "
                .. "neither colon nor blank", condition.header, rule.id)
        end
    end
    for _, inner in ipairs(condition) do look_at_condition(rule, inner, wanted and condition.op ~= "none") end
end

local function excludes_only(condition)
    if condition.op == "none" then return true end
    if condition.op ~= "all" or #condition == 0 then return false end
    for _, inner in ipairs(condition) do
        if not excludes_only(inner) then return false end
    end
    return true
end

-- Calls text(value) for each text in a value.
local function each_text(value, text)
    if type(value) == "string" then
        text(value)
    elseif type(value) == "table" then
        for _, inner in pairs(value) do each_text(inner, text) end
    end
end

-- The actions of a rule as a list, or nil where a function yields them.
local function calls_of(rule)
    local list = {}
    for _, key in ipairs { "actions", "also" } do
        if type(rule[key]) == "function" then return nil end
        for _, call in ipairs(rule[key] or {}) do
            if type(call) == "table" and call.action_call then list[#list + 1] = call end
        end
    end
    return list
end

local powers = { call = true, page = true, exec = true }

local function look_at_calls(rule)
    for _, call in ipairs(calls_of(rule) or {}) do
        if rule.general and powers[call.action] then
            warn(rule, "held", { rule = rule.id }, "rule '%s' is general, so that its action '%s' is never carried out: write a rule for the exact mail",
                rule.id, call.action)
        end
    end
    local url = type(rule.advice) == "table" and rule.advice.url
    if url and not url:find "^https?://[^%s/]+" then
        warn(rule, "no-link", { keys = { "advice", "url" }, rule = rule.id }, "rule '%s': advice.url \"%s\" is no web address: write https://…", rule.id, url)
    end
end

-- Results that come to nothing.
local function look_at_results(rule)
    for _, key in ipairs { "priority", "service", "advice", "answer" } do
        if not rule.final and rule[key] ~= nil then
            warn(rule, "no-effect", { keys = { key }, rule = rule.id }, "rule '%s' lets others decide (final = false), and its '%s' counts for nothing: say it "
                .. "in a rule that decides, before the others", rule.id, key)
        end
    end
    local category = declarations.categories[rule.category or ""]
    local tells = rule.actions ~= nil or rule.also ~= nil or (category and category.tell)
    if rule.final and category and not tells and rule.category ~= "not_aws" then
        warn(rule, "untold", { keys = { "category" }, rule = rule.id }, "rule '%s' tells nobody: give its category '%s' a tell = \"…\", or the rule actions "
            .. "(actions = {} says that nobody is meant to be told)", rule.id, rule.category)
    end
end

-- Names that the rule's texts, the tests and other rules ask for; nil where that cannot be known.
local function asked_names(rule, by_tests)
    local calls, names = calls_of(rule), {}
    if not calls or not rule.final then return nil end
    for name in pairs(by_tests) do names[name] = true end
    for _, call in ipairs(calls) do
        local action = declarations.actions[call.action]
        if not action or action.origin ~= "shipped" then return nil end
        each_text(call.args, function(text)
            for name in text:gmatch "{([a-z_][a-z0-9_]*)" do names[name] = true end
        end)
    end
    return names
end

local function look_at_captures(rule, by_tests, read)
    local names = asked_names(rule, by_tests)
    for _, key in ipairs { "captures", "collects" } do
        for _, capture in ipairs(names and rule[key] or {}) do
            if not names[capture.name] and not read[capture.name] then
                warn(rule, "unused-capture", { keys = { key:sub(1, -2), capture.name }, rule = rule.id }, "rule '%s': no text of an action and no test names "
                    .. "'%s', so that what it finds is only recorded: write {%s} where it shall stand, or take it away", rule.id, capture.name,
                    capture.name)
            end
        end
    end
end

local function names_of_tests()
    local names = {}
    for _, test in ipairs(declarations.tests) do
        for name in pairs(type(test.expect) == "table" and type(test.expect.found) == "table" and test.expect.found or {}) do names[name] = true end
    end
    return names
end

local function look_at_twice(rule)
    local key, line, column = engine.twice(rule.file, { line = rule.line, word = "rule", name = rule.id })
    if key then
        problem.warn({ file = rule.file, line = line, column = column }, ("rule '%s' has '%s' twice in one table, and only the last one counts: "
            .. "put both into one list"):format(rule.id, key), nil, { code = "duplicate", rule = rule.id })
    end
end

local function used_placeholders()
    local used = {}
    local function use(text)
        for name in text:gmatch "{([a-z_][a-z0-9_]*)}" do used[name] = true end
    end
    local function of_condition(condition)
        if condition.op == "text" then use(condition.text) end
        for _, inner in ipairs(condition) do of_condition(inner) end
    end
    for _, rule in ipairs(declarations.rules) do
        of_condition(rule.condition)
        for _, key in ipairs { "captures", "collects" } do
            for _, capture in ipairs(rule[key] or {}) do use(capture.text) end
        end
    end
    for _, list in ipairs { declarations.decorations, declarations.cues } do
        for _, entry in ipairs(list) do use(entry.text) end
    end
    return used
end

local function look_at_names(needed)
    local placeholders, categories = used_placeholders(), {}
    for name, place in pairs(declarations.placeholder_places) do
        if not is_left_alone(place) and not placeholders[name] then
            warn(place, "unused-placeholder", {}, "placeholder '%s' is used by no template: write {%s} into one, or take it away", name, name)
        end
    end
    for _, rule in ipairs(declarations.rules) do categories[rule.category or ""] = true end
    for _, name in ipairs(needed) do categories[name] = true end
    for name, category in pairs(declarations.categories) do
        if not is_left_alone(category) and not categories[name] and #declarations.rules > 0 then
            warn(category, "unused-category", {}, "no rule has the category '%s': name it in a rule, or take it away", name)
        end
    end
end

-- read: names that the engine itself reads; needed: categories that always are.
function review.review(read, needed)
    local by_tests = names_of_tests()
    for _, rule in ipairs(declarations.rules) do
        if not is_left_alone(rule) then
            look_at_condition(rule, rule.condition, true)
            if excludes_only(rule.condition) then
                warn(rule, "excludes-only", { keys = { "none" }, rule = rule.id }, "rule '%s' only says what a mail must not be, and holds for nearly every "
                    .. "mail: say what it must be, too", rule.id)
            end
            look_at_calls(rule)
            look_at_results(rule)
            look_at_twice(rule)
            local shipped = declarations.configured and declarations.configured.shipped_rules
            if not shipped or rule.file:find(("rules/%d/"):format(shipped), 1, true) ~= 1 then look_at_captures(rule, by_tests, read) end
        end
    end
    look_at_names(needed)
end

return review
