-- template "maintenance" { subject = …, ja = …, en = … } in a rule folder: the team's own words for what is told of a category's
-- mail, or of a forward { template = … }. Cautions before it and the quote behind it are not the template's to leave out.
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"

local templates = {}

-- What a template may name besides what any text of an action may: parts of the note as it is without a template.
templates.parts = { contact = true, facts = true, advice = true, advice_url = true, pages = true, original = true, text = true }
local longest = 20000

local function text(value)
    if type(value) ~= "string" or not value:find "%S" then return "must be a text" end
    if #value > longest then return ("must have at most %d bytes"):format(longest) end
    return problem.fault_of_text(value)
end

local function subject(value)
    if type(value) ~= "table" then
        return text(value) or (value:find "[\r\n]" and "has a line break, and is one line" or nil)
    end
    for language, one in pairs(value) do
        if language ~= "ja" and language ~= "en" then return "is a text, or a table { ja = …, en = … }" end
        local why = text(one) or (one:find "[\r\n]" and "has a line break, and is one line" or nil)
        if why then return why end
    end
end

local keys = { subject = subject, ja = text, en = text }

-- For the word; a second one of a name is an error unless the first is a shipped one.
function templates.record(place, name, body)
    local other = declarations.templates[name]
    local _, sound = problem.check(place, "template '" .. name .. "'", body, keys)
    if other and not problem.is_shipped(other) then
        problem.report(place, ("template '%s' exists already at %s:%d"):format(name, other.file, other.line), { code = "duplicate" })
    elseif not (sound.subject or sound.ja or sound.en) then
        problem.report(place, ("template '%s' says nothing: write subject = \"…\", ja = \"…\" or en = \"…\""):format(name), { code = "empty" })
    else
        sound.file, sound.line, sound.word, sound.name = place.file, place.line, "template", name
        declarations.templates[name] = sound
    end
end

local function texts_of(template)
    local list = { template.ja, template.en }
    if type(template.subject) == "table" then
        for _, one in pairs(template.subject) do list[#list + 1] = one end
    else
        list[#list + 1] = template.subject
    end
    return list
end

-- Once all files are read. known: what a text may name, found by any rule; used: the names that forwards name.
function templates.check(known, used)
    for name, template in pairs(declarations.templates) do
        local what = ("template '%s'"):format(name)
        for _, one in pairs(texts_of(template)) do
            local fills, filters = engine.fills(one)
            for _, fill in ipairs(fills) do
                local hint = problem.did_you_mean(fill.name, known)
                if not known[fill.name] and (not fill.optional or hint ~= "") then
                    problem.report(template, ("%s: nothing fills the placeholder {%s}%s"):format(what, fill.name, hint),
                        { code = "unknown-placeholder", text = one })
                elseif fill.complaint then
                    problem.report(template, ("%s: %s%s"):format(what, fill.complaint,
                        fill.unknown and problem.did_you_mean(fill.unknown, filters) or ""), { code = "filter", text = one })
                end
            end
        end
        if not declarations.categories[name] and not used[name] then
            problem.warn(template, ("%s is used by nothing: there is no category of that name%s, and no forward { template = \"%s\" }")
                :format(what, problem.did_you_mean(name, declarations.categories), name), nil, { code = "unused-template" })
        end
    end
end

-- A text of the template, filled. values: name -> text or list, on one line each; parts: name -> text of lines.
function templates.fill(one, values, parts)
    local filled, place = {}, 1
    for name, part in pairs(parts) do values[name] = values[name] or part end -- where a filter follows, on one line
    while place <= #one do
        local first, last, name = one:find("{([a-z_]+)}", place)
        while first and not parts[name] do first, last, name = one:find("{([a-z_]+)}", last + 1) end
        filled[#filled + 1] = engine.fill(one:sub(place, (first or #one + 1) - 1), values)
        if not first then break end
        filled[#filled + 1] = parts[name]
        place = last + 1
    end
    return table.concat(filled)
end

-- The template of a mail: that which the forward names, else its category's.
function templates.of(message, name)
    return declarations.templates[name or message.category]
end

return templates
