-- The note that goes before a forwarded mail: what happened, to which account and resources, by when, what to do. A template of the
-- team's may stand for its middle.
local clip = require "awsift.clip"
local directory = require "awsift.directory"
local facts = require "awsift.facts"
local templates = require "awsift.templates"
local thread_text = require "awsift.thread_text"
local when = require "awsift.when"
local words = require "awsift.note_words"
local note = {}

local function usable(list)
    return type(list) == "table" and #list > 0
end

-- What is quoted of the original's text: enough to read, since the original goes along.
local most_lines, most_characters = 200, 8000
-- So many resources that nobody reads them in one line stand at the end instead, and most_listed of them there.
local most_resources, shown_resources, most_listed = 20, 5, 500
local longest_subject, longest_fact = 250, 1000

local function only(list, wanted)
    if not list or not wanted then return list end
    local some = {}
    for _, address in ipairs(list) do
        if wanted(address) then some[#some + 1] = address end
    end
    return some[1] and some or nil
end

-- Whom a role means for this mail: { addresses, language, name, timezone, missing } or nil and why not. A contact whose language
-- nobody wrote down is told in every one. wanted(address): what of it counts, where phones and mail addresses may stand in one role.
function note.recipient(message, role, wanted)
    local operators = config.operators
    local here = { addresses = operators.mail, language = operators.language, name = operators.name, operators = true,
        timezone = operators.timezone or config.timezone }
    if role == "operators" or not message.contact then return here end
    for _, key in ipairs { message.contact, "*" } do
        local list, found = directory.find(key, role)
        local addresses = only(list, wanted)
        if addresses then
            return { addresses = addresses, language = found.language, name = found.name,
                timezone = found.timezone or config.timezone, missing = key ~= message.contact and role or nil }
        end
    end
    here.missing = role
    return here
end

-- A time that the mail says, for the contact.
function note.moment(iso, contact) return when.told(iso, contact.timezone) end

-- "ja", "en", or both in the order wanted ("en+ja"). Whose language nobody wrote down is told in both.
function note.languages(contact)
    local list = {}
    for language in (contact.language or "ja+en"):gmatch "%a+" do
        if words[language] then list[#list + 1] = language end
    end
    return list
end

local function thread_lines(message, language, contact)
    return thread_text.lines(message, language, function(iso) return when.told(iso, contact.timezone) end)
end

-- What the mail is to the first one about its notice, in lines in the contact's (first) language; none where it is that.
function note.thread_lines(message, contact)
    return thread_lines(message, note.languages(contact)[1], contact)
end

-- A text that says something, or nil: a capture that found nothing may have left only blanks of it.
function note.said(text)
    if type(text) == "string" and text:find "%S" then return text end
end

local function add(lines, text) lines[#lines + 1] = text end

local function add_fact(lines, label, value)
    if type(value) == "table" then value = table.concat(value, ", ") end
    if value and value ~= "" then add(lines, label .. ": " .. clip.told(value, longest_fact)) end
end

-- A paragraph apart from what stands before it.
local function add_gap(lines)
    if lines[1] and lines[#lines] ~= "" then add(lines, "") end
end

local function add_apart(lines, text)
    if text == "" then return end
    add_gap(lines)
    add(lines, text)
end

local function add_facts(lines, language, message, contact)
    local w = words[language]
    add_fact(lines, w.subject, clip.told(message.subject or "", longest_subject))
    for _, fact in ipairs(facts.of(message, language, contact.timezone)) do
        local value = fact.value
        if type(value) == "table" and #value > most_resources then
            value = w.many:format(#value, table.concat(value, ", ", 1, shown_resources) .. " …")
        end
        add_fact(lines, fact.label, value)
    end
end

-- For whoever writes the rules, and nobody else: which one nearly knows the mail, and the line that would.
local function add_near(lines, w, near)
    local alike = w.alike:format(math.floor(near.similarity * 100 + 0.5))
    add_fact(lines, w.near, near.rule and ("%s (%s)"):format(near.rule, alike))
    add_fact(lines, w.suggested, near.category)
    add_fact(lines, w.differs, table.concat(near.differs, "; "))
    add_fact(lines, w.template, near.template and ("title = %q"):format(near.template))
end

local function add_doubts(lines, w, message, contact)
    if usable(message.reasons) and message.category == "suspicious" then
        add_fact(lines, w.reasons, message.reasons)
    end
    if message.category == "unmatched" then add(lines, w.unmatched) end
    if message.near and message.category == "suspicious" then
        add_fact(lines, w.near, message.near.rule)
    elseif message.near and contact.operators then
        add_near(lines, w, message.near)
    end
end

local function advice_of(message, language)
    local advice = message.advice or {}
    return advice[language] or advice.en or advice.ja, advice.url
end

local function add_advice(lines, w, message, language)
    local text, url = advice_of(message, language)
    if text or url then
        add_gap(lines)
        add(lines, w.advice .. ":")
        if text then add(lines, text) end
        if url then add(lines, w.more .. ": " .. url) end
    end
    local links = facts.links(message)
    if links[1] then
        add_gap(lines)
        add(lines, w.links .. ":")
        for _, link in ipairs(links) do add(lines, link) end
    end
end

local function size_text(bytes)
    if bytes < 1024 * 1024 then return ("%.1f KB"):format(bytes / 1024) end
    return ("%.1f MB"):format(bytes / (1024 * 1024))
end

-- original: what outbox.original() says; nil when it is attached.
local function original_line(w, message, original, mail)
    local state = original and original.state or "attached"
    if state == "attached" then return w.original end
    if state == "large" then return w.large:format(size_text(original.size), size_text(original.maximum), mail or 0, message.category) end
    if state == "gone" then return w.gone:format(original.why, mail or 0, message.category) end
    return ""
end

-- What the mail is to an earlier one stands before all else: it decides whether there is anything to do.
local function add_warnings(lines, languages, message, contact)
    for _, language in ipairs(message.drill and languages or {}) do add(lines, words[language].drill:format(message.drill.by)) end
    for _, language in ipairs(languages) do
        local caution = (message.verdict == "unproven" or message.verdict == "forged") and words[language][message.verdict]
        if caution then add(lines, caution) end
    end
    for _, language in ipairs(languages) do
        for _, line in ipairs(thread_lines(message, language, contact)) do add(lines, line) end
    end
end

-- What a template is filled with.
local function values_of(message, language, contact)
    local values, notice = {}, message.notice or {}
    for key, value in pairs(notice) do values[key] = value end
    for _, key in ipairs { "account", "category", "rule", "service", "priority", "message_id" } do values[key] = message[key] end
    for key, value in pairs(message.found or {}) do values[key] = value end
    values.subject, values.from, values.date = message.subject, (message.from or {}).address, message.date
    for _, key in ipairs { "starts", "ends", "deadline", "date" } do
        if type(values[key]) == "string" then values[key] = when.told(values[key], contact.timezone, language) end
    end
    values.category_title = facts.title(message, language)
    return values
end

local function parts_of(language, message, contact, text, original, mail)
    local lines, w = {}, words[language]
    local advice, url = advice_of(message, language)
    add_facts(lines, language, message, contact)
    return {
        contact = contact.name or "", facts = table.concat(lines, "\n"), advice = advice or "", advice_url = url or "",
        pages = table.concat(facts.links(message), "\n"), original = original_line(w, message, original, mail), text = note.said(text) or "",
    }
end

-- False where the template has nothing in that language.
local function add_template(lines, template, language, message, contact, text, original, mail)
    local own = template and template[language]
    if not own then return false end
    local parts = parts_of(language, message, contact, text, original, mail)
    add_gap(lines)
    add(lines, templates.fill(own, values_of(message, language, contact), parts):gsub("^%s*\n", ""):match "^.*%S" or "")
    if not own:find("{original}", 1, true) then add_apart(lines, parts.original) end
    return true
end

local function add_body(lines, language, message, contact, text, original, mail)
    local w = words[language]
    if contact.name then
        add_gap(lines)
        add(lines, w.greeting:format(contact.name))
    end
    add_gap(lines)
    if note.said(text) then
        add(lines, text)
        if message.message_id or message.verdict then add_gap(lines) end
    end
    if not (message.message_id or message.verdict) then return end
    local speaks = message.verdict ~= "forged" and message.verdict ~= "stranger"
    add(lines, speaks and w.intro or w.unknown)
    if speaks then
        for _, call in ipairs(facts.calls(message, language)) do add(lines, call) end
    end
    add_gap(lines)
    add_fact(lines, w.category, facts.title(message, language))
    add_facts(lines, language, message, contact)
    add_doubts(lines, w, message, contact)
    add_advice(lines, w, message, language)
    add_apart(lines, original_line(w, message, original, mail))
end

-- All resources, where there are more than a line holds.
local function add_resources(lines, languages, message)
    local list = (message.notice or {}).resources
    if type(list) ~= "table" or #list <= most_resources then return end
    local w = words[languages[1]]
    add_gap(lines)
    add(lines, w.all:format(#list))
    for index = 1, math.min(#list, most_listed) do add(lines, list[index]) end
    if #list > most_listed then add(lines, w.beyond:format(#list - most_listed)) end
end

local function add_quote(lines, languages, text)
    local shown, went = clip.characters(text, most_characters)
    local count = 0
    add_gap(lines)
    add(lines, words[languages[1]].quoted)
    for line in ((shown:match "^.*[^\n]" or "") .. "\n"):gmatch "([^\n]*)\n" do
        count = count + 1
        if count > most_lines then
            went = true
            break
        end
        add(lines, "> " .. line)
    end
    for _, language in ipairs(went and languages or {}) do add(lines, words[language].cut) end
end

-- mail: its number in the ledger.
function note.text(message, contact, args, original, mail)
    local languages, lines = note.languages(contact), {}
    local template = templates.of(message, args.template)
    add_warnings(lines, languages, message, contact)
    for index, language in ipairs(message.category == "alert" and { languages[1] } or languages) do
        local text = index == 1 and args.text or nil
        if index > 1 then
            add_gap(lines)
            add(lines, "----")
        end
        if contact.missing then
            if index == 1 then add_gap(lines) end
            add(lines, words[language].no_role:format(contact.missing))
        end
        if not add_template(lines, template, language, message, contact, text, original, mail) then
            add_body(lines, language, message, contact, text, original, mail)
        end
    end
    add_resources(lines, languages, message)
    if args.quote ~= false and message.text and message.text ~= "" then add_quote(lines, languages, message.text) end
    return table.concat(lines, "\n") .. "\n"
end

-- Where neither rule nor template has a subject. What changes or ends an earlier notice says so first.
local function own_subject(message, contact)
    if message.category == "unmatched" or message.category == "suspicious" then
        return ("[awsift] %s: %s"):format(message.category, message.subject)
    end
    local mark = thread_text.mark(message, note.languages(contact)[1])
    return message.subject:sub(1, #mark) == mark and message.subject or mark .. message.subject
end

-- args: those of forward.
function note.subject(message, contact, args)
    args = args or {}
    local language = note.languages(contact)[1]
    local template = templates.of(message, args.template)
    local form = template and template.subject
    if type(form) == "table" then form = form[language] or form.en or form.ja end
    local filled = form and templates.fill(form, values_of(message, language, contact), { contact = contact.name or "" })
    return clip.told(note.said(args.subject) or note.said(filled) or own_subject(message, contact), longest_subject)
end

return note
