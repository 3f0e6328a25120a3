-- Mails that no rule knows, as rules ready to paste: clusters of mails of one kind (awsift/suggest/mine.lua), and for each the
-- template that all of them have, a category as good as can be guessed, and a test with one of them. Serves `awsift suggest` and
-- the digest alike. Everything here is told by strangers: it is quoted as text and never run.
local fixture = require "awsift.suggest.fixture"
local kinds = require "awsift.suggest.kinds"
local mine = require "awsift.suggest.mine"
local words = require "awsift.suggest.words"

local suggest = {}

local examples_most = 5

local harmless = fixture.harmless
suggest.harmless = harmless

function suggest.quote(text)
    return '"' .. harmless(text):gsub("[\\\"]", "\\%0"):gsub("\n", "\\n"):gsub("\t", "\\t") .. '"'
end

-- A text of several lines, in brackets that it does not close.
local function long_quote(text)
    local level = ""
    while text:find("]" .. level .. "]", 1, true) or text:sub(-1 - #level) == "]" .. level do level = level .. "=" end
    return ("[%s[\n%s]%s]"):format(level, text, level)
end

local function most_frequent(mails, of)
    local counts, best, total = {}, nil, 0
    for _, mail in ipairs(mails) do
        local value = of(mail)
        if value then
            counts[value], total = (counts[value] or 0) + 1, total + 1
            if not best or counts[value] > counts[best] or counts[value] == counts[best] and value < best then best = value end
        end
    end
    if best and counts[best] * 2 > total then return best end
end

local function by_words(list, text)
    for _, entry in ipairs(list) do
        if text:find(entry[1], 1, true) then return entry[2], entry[1] end
    end
end

-- The category, why, and a caution where a person has to choose.
local function guess(cluster, title, known)
    local mails = cluster.mails
    local function allowed(category) return category and known[category] and not kinds.careful[category] end
    local near = most_frequent(mails, function(mail) return mail.near and mail.near.category end)
    if allowed(near) then
        return near, "as the nearest rule, " .. tostring(most_frequent(mails, function(mail) return mail.near and mail.near.rule end))
    end
    local general = most_frequent(mails, function(mail) return mail.certainty == "general" and mail.category or nil end)
    if allowed(general) then
        return general, "as the general rule " .. tostring(most_frequent(mails, function(mail) return mail.certainty == "general" and mail.rule end))
    end
    local careful = kinds.careful[near or ""] and near or kinds.careful[general or ""] and general
    if careful and careful ~= "unmatched" then
        return known.other and "other" or nil, nil, ("it may be %s: that is for a person to say"):format(careful)
    end
    local category, word = by_words(kinds.event_types, cluster.event_type or "")
    if allowed(category) then return category, "by the event type *" .. word end
    category, word = by_words(kinds.titles, title:lower())
    if allowed(category) then return category, "by the word '" .. word .. "'" end
    return known.other and "other" or nil, nil, "nothing says what it is: choose the category"
end

-- The number, or version, that stood there in the cluster's mails.
local function number_name(held)
    for text in pairs(held.distinct) do
        if not text:find "^ ?%d+$" then return "version" end
    end
    return "n"
end

-- A slot, with the blank before it where all that it held had one.
local function slot_text(held)
    local blanks, bare, one_word = 0, 0, held.count > 0
    for text in pairs(held.distinct) do
        local said = text:gsub("^ ", "")
        if said == "" or said:find "%s" then one_word = false end
        if text:sub(1, 1) == " " then blanks = blanks + 1 else bare = bare + 1 end
    end
    if blanks > 0 and bare > 0 then return "{any}" end
    local name = one_word and (held.kind ~= "text" and held.kind or "word") or "any"
    return (blanks > 0 and " " or "") .. "{" .. name .. "}"
end

local function template_of(cluster)
    local parts = {}
    for index, token in ipairs(cluster.tokens) do
        local held, name = cluster.held[index], words.type(token)
        if words.is_slot(token) then
            parts[index] = slot_text(held)
        elseif name then
            parts[index] = token:match "^ ?" .. "{" .. (name == "num" and number_name(held) or name) .. "}"
        else
            parts[index] = token
        end
    end
    return (table.concat(parts):gsub("{any}{any}", "{any}"))
end

local function slug_of(title, cluster)
    local list = {}
    for word in title:gsub("{[%l_]+}", " "):gmatch "%w[%w-]*" do
        if words.says(word) and #list < 5 then list[#list + 1] = word:lower():gsub("%-+$", "") end
    end
    if #list == 0 and cluster.event_type then list[1] = cluster.event_type:lower():gsub("[^%l%d]+", "-") end
    local text = table.concat(list, "-"):sub(1, 60):gsub("%-+$", "")
    return "suggested." .. (text ~= "" and text or "mail")
end

local function unique(id, taken)
    local name, count = id, 1
    while taken[name] do
        count = count + 1
        name = ("%s-%d"):format(id, count)
    end
    taken[name] = true
    return name
end

local function sorted_keys(map)
    local list = {}
    for key in pairs(map) do list[#list + 1] = key end
    return list
end

local function never_text(types)
    local list = {}
    for _, name in ipairs(sorted_keys(types)) do list[#list + 1] = suggest.quote(name) end
    return "{ event_type = { " .. table.concat(list, ", ") .. " } }"
end

local function rule_text(made, cluster)
    local lines = { ("rule %s {"):format(suggest.quote(made.id)) }
    local function add(key, value) lines[#lines + 1] = ("  %-10s = %s,"):format(key, value) end
    add("title", suggest.quote(made.template))
    if cluster.by_event_type then add("event_type", suggest.quote(cluster.event_type)) end
    if cluster.never then add("none", never_text(cluster.never)) end
    if cluster.body then add("body", suggest.quote(cluster.body)) end
    local why = made.category_reason or made.caution
    add("category", suggest.quote(made.category))
    if why then lines[#lines] = lines[#lines] .. " -- " .. why:gsub("[\r\n]", " ") end
    if made.service then add("service", suggest.quote(made.service)) end
    lines[#lines + 1] = "}"
    return table.concat(lines, "\n") .. "\n"
end

local function expectation(made) return ("{ rule = %s, category = %s }"):format(suggest.quote(made.id), suggest.quote(made.category)) end

-- The test with its mail in it, for pasting; one that names a fixture is for a folder.
local function test_text(made)
    local mail = made.fixture
    local lines = { ("test %s {"):format(suggest.quote(made.id)) }
    local function add(key, value) lines[#lines + 1] = ("  %-7s = %s,"):format(key, value) end
    add("from", suggest.quote(mail.from))
    if mail.date then add("date", suggest.quote(mail.date)) end
    add("subject", suggest.quote(mail.subject))
    if mail.event_type then add("headers", ("{ [\"X-SM-COMMUNICATION-TYPE\"] = %s }"):format(suggest.quote(mail.event_type))) end
    add("body", long_quote(mail.text))
    add("expect", expectation(made))
    lines[#lines + 1] = "}"
    return table.concat(lines, "\n") .. "\n"
end

local function file_test_text(made)
    return ("test %s {\n  mail   = %s,\n  auth   = \"pass\",\n  expect = %s,\n}\n"):format(suggest.quote(made.id),
        suggest.quote("fixtures/" .. made.id .. ".eml"), expectation(made))
end

-- The mail that shows the kind best: of middling length, so that it holds what most do.
local function example_of(cluster)
    local list = {}
    for _, mail in ipairs(cluster.mails) do list[#list + 1] = mail end
    table.sort(list, function(a, b)
        if #(a.text or "") ~= #(b.text or "") then return #(a.text or "") < #(b.text or "") end
        return a.number < b.number
    end)
    for at = (#list + 1) // 2, 1, -1 do
        if list[at].event_type or not cluster.event_type then return list[at] end
    end
    return list[(#list + 1) // 2]
end

local function span_of(mails)
    local first, last
    for _, mail in ipairs(mails) do
        local date = mail.arrived or mail.date
        if date and (not first or date < first) then first = date end
        if date and (not last or date > last) then last = date end
    end
    return first, last
end

local function service_of(cluster)
    local service = most_frequent(cluster.mails, function(mail) return mail.service end)
    return service or (cluster.event_type or ""):match "^AWS_(%u%w+)_"
end

local function suggestion(cluster, options, taken)
    local made = { template = template_of(cluster), count = #cluster.mails, event_type = cluster.event_type, examples = {}, members = {} }
    made.id = unique(slug_of(made.template, cluster), taken)
    made.category, made.category_reason, made.caution = guess(cluster, made.template, options.categories)
    made.category = made.category or options.otherwise
    made.service = service_of(cluster)
    made.first, made.last = span_of(cluster.mails)
    for _, mail in ipairs(cluster.mails) do
        made.members[#made.members + 1] = mail.number
        if #made.examples < examples_most then made.examples[#made.examples + 1] = mail.name end
    end
    made.fixture = fixture.of(cluster, example_of(cluster))
    made.rule = rule_text(made, cluster)
    made.test, made.file_test = test_text(made), file_test_text(made)
    return made
end

-- How much of a template may be anything: rules that say more come first, since the first that holds wins.
local function looseness(made)
    local _, anything = made.template:gsub("{any}", "")
    local _, any_word = made.template:gsub("{word}", "")
    return anything * 100 + any_word
end

-- A rule of placeholders alone would take mail of every kind.
local function says_something(cluster)
    if cluster.by_event_type then return true end
    for _, token in ipairs(cluster.tokens) do
        if words.says(token) then return true end
    end
    return false
end

-- mails: { number, name, title, subject, from, date, arrived, event_type, service, category, certainty, rule, near, text, persons }.
-- options: categories = { NAME = true }, rules = { ID = true } that are taken, least = mails that make a cluster, pause = what to call now
-- and then (an action may not take too long at a time). Returns the suggestions, in the order in which their rules should stand.
function suggest.of(mails, options)
    local taken, list, pause = {}, {}, options.pause or function() end
    for id in pairs(options.rules or {}) do taken[id] = true end
    options.otherwise = sorted_keys(options.categories)[1] or "other"
    for number, mail in ipairs(mails) do
        mail.number = number
        if not mail.title or mail.title == "" then mail.title = mail.subject or "" end
    end
    for _, cluster in ipairs(mine.clusters(mails, pause)) do
        if #cluster.mails >= (options.least or 1) and says_something(cluster) then
            list[#list + 1] = suggestion(cluster, options, taken)
            pause()
        end
    end
    table.sort(list, function(a, b)
        local left, right = looseness(a), looseness(b)
        if left ~= right then return left < right end
        if a.count ~= b.count then return a.count > b.count end
        return a.id < b.id
    end)
    return list
end

return suggest
