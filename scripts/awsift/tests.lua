-- test "name" { … }: the rules' own tests. What a test says is checked when it is read, so that a typing mistake in an
-- expectation is named as one and does not pass for a rule that decides wrongly.
local declarations = require "awsift.declarations"
local problem = require "awsift.problem"
local statements = require "awsift.statements"
local test_sends = require "awsift.test_sends"

local tests = {}

local function text_or_false(value)
    if value ~= false and type(value) ~= "string" then return "must be a text, or false where there shall be none" end
end

local function one_of(...)
    local known = {}
    for _, name in ipairs { ... } do known[name] = true end
    return function(value)
        if not known[value] then
            return ("must be one of the known names, not '%s'%s"):format(tostring(value), problem.did_you_mean(value, known))
        end
    end
end

local function is_list(value)
    if type(value) ~= "table" or value.action_call then return false end
    for key in pairs(value) do
        if math.type(key) ~= "integer" then return false end
    end
    return true
end

local function list_of(what, kind)
    return function(value)
        if not is_list(value) then return ("must be a list of %s, and {} where there shall be none"):format(what) end
        for _, entry in pairs(value) do
            if type(entry) ~= kind then return ("must be a list of %s"):format(what) end
        end
    end
end

local function anything() end

local function is_empty(value)
    for _ in pairs(value) do return false end
    return true
end

local expect_keys = {
    message_id = text_or_false, subject = text_or_false, from = text_or_false, date = text_or_false, category = text_or_false,
    rule = text_or_false, certainty = one_of("exact", "general", "none"), priority = one_of("urgent", "high", "normal", "low"),
    account = text_or_false, service = text_or_false, found = "table", notice = "table", tags = list_of("texts", "string"),
    actions = anything, near = anything, auth = "table", defects = list_of("texts", "string"),
    errors = list_of("tables such as { rule = …, kind = …, message = … }", "table"), silenced = "boolean", sends = anything, results = anything,
    group = function(value)
        if value ~= false and list_of("texts", "string")(value) then return "must be a list such as { \"rule\", \"contact\" }, or false" end
    end,
}
local error_keys = { rule = text_or_false, kind = "string", message = "string" }
local near_keys = { rule = text_or_false, category = text_or_false, similarity = "number", differs = anything,
    template = text_or_false }
local domain_keys = { domain = "string", result = "string" }
local auth_keys = {
    verdict = one_of("proven", "forged", "unproven", "stranger"), server = text_or_false, dkim = list_of("tables", "table"),
    spf = anything, dmarc = anything, aligned = anything, reasons = list_of("texts", "string"),
}
local notice_keys = {
    title = anything, action_required = anything, reminder = anything, final_notice = anything, accounts = anything,
    regions = anything, service = anything, event_type = anything, case = anything, abuse_id = anything, resources = anything,
    starts = anything, ends = anything, deadline = anything, status = anything, links = anything, metadata = anything,
    language = anything,
}

-- A list of actions, each as a table or as a rule would write it: forward { to = "technical" }.
local function actions_of(place, what, given)
    if type(given) == "table" and given.action_call then given = { given } end
    if not is_list(given) then
        problem.report(place, what .. ": 'actions' must be a list such as { forward { to = \"technical\" } }, and {} for none")
        return {}
    end
    local list = {}
    for index, entry in ipairs(given) do
        local action = type(entry) == "table" and { action = entry.action, args = entry.args }
        if not action or type(action.action) ~= "string" then
            problem.report(place, ("%s: actions[%d] names no action: write it like forward { to = \"technical\" }"):format(what, index))
        elseif entry.action_call or problem.check(place, ("%s: actions[%d]"):format(what, index), entry, { action = "string", args = "table" }) then
            list[#list + 1] = action
        end
    end
    return list
end

-- What a test expects of the decision, checked key by key; nil when it expects nothing.
local function expectation(place, name, given)
    if type(given) ~= "table" or is_empty(given) then
        problem.report(place, ("test '%s' expects nothing: add expect = { category = … }"):format(name))
        return nil
    end
    local what = ("test '%s': expect"):format(name)
    local _, sound = problem.check(place, what, given, expect_keys)
    local function check(key, schema)
        if type(sound[key]) == "table" then problem.check(place, what .. "." .. key, sound[key], schema) end
    end
    check("notice", notice_keys)
    check("auth", auth_keys)
    check("near", near_keys)
    for index, entry in ipairs(sound.errors or {}) do problem.check(place, ("%s.errors[%d]"):format(what, index), entry, error_keys) end
    for index, entry in ipairs(sound.auth and sound.auth.dkim or {}) do
        problem.check(place, ("%s.auth.dkim[%d]"):format(what, index), entry, domain_keys)
    end
    if sound.near ~= nil and sound.near ~= false and type(sound.near) ~= "table" then
        problem.report(place, what .. ": 'near' must be a table such as { rule = … }, or false where there shall be none")
    end
    if sound.actions ~= nil then sound.actions = actions_of(place, what, sound.actions) end
    if sound.sends ~= nil then sound.sends = test_sends.sends(place, what, sound.sends) end
    if sound.results ~= nil then sound.results = test_sends.results(place, what, sound.results) end
    return sound
end

-- What stands in one line of a header must stay there: a line break would begin another one.
local function one_line(value)
    if type(value) ~= "string" then return "must be a text" end
    if value:find "[\r\n]" then return "has a line break, and is one line of a mail: write it without" end
    if value:find "[^\t%C]" then return "has a control character, which no mail header holds" end
    return problem.fault_of_text(value)
end

local function ascii_line(value)
    local why = one_line(value)
    if why then return why end
    if value:find "[\x80-\xff]" then return "has a character that an address cannot hold: write it in ASCII" end
end

local function headers(value)
    if type(value) ~= "table" then return "must be a table such as { [\"Reply-To\"] = \"…\" }" end
    for name, text in pairs(value) do
        if type(name) ~= "string" or not name:find "^[!-9;-~]+$" then
            return ("has '%s', which is no header's name: write { [\"Reply-To\"] = \"…\" }"):format(tostring(name))
        end
        if type(text) ~= "table" then text = { text } end
        if not is_list(text) then return ("'%s' must be a text, or a list of texts"):format(name) end
        for _, one in ipairs(text) do
            local why = one_line(one)
            if why then return ("'%s' %s"):format(name, why) end
        end
    end
end

local result = one_of("none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror")
local auth_results = { dkim = result, spf = result, dmarc = result, domain = ascii_line }
local function auth(value)
    if type(value) == "table" then
        for key, entry in pairs(value) do
            if not auth_results[key] then return ("has no key '%s'%s"):format(tostring(key), problem.did_you_mean(key, auth_results)) end
            local why = auth_results[key](entry)
            if why then return ("'%s' %s"):format(key, why) end
        end
    elseif value ~= "none" and value ~= "pass" and value ~= "fail" then
        return "must be \"none\", \"pass\", \"fail\", or a table such as { dkim = \"pass\", spf = \"fail\" }"
    end
end

local test_keys = {
    mail = "string", subject = one_line, from = one_line, to = ascii_line, date = ascii_line, body = "string", html = "string",
    headers = headers, auth = auth, recipient = ascii_line, arrival = ascii_line, expect = anything,
    replies = test_sends.replies, config = test_sends.config,
}
local parts = { "subject", "from", "body", "html", "headers", "to", "date" }

-- A mail written in [[ ]] is indented as the rest of the file: what all its lines begin with is no part of it, nor are blank
-- lines before it and the blanks before the closing brackets.
local function dedent(text)
    local common
    for line in (text .. "\n"):gmatch "(.-)\r?\n" do
        if line:find "%S" then
            local indent = line:match "^[ \t]*"
            while common and indent:sub(1, #common) ~= common do common = common:sub(1, -2) end
            common = common or indent
        end
    end
    local lines = {}
    for line in text:gmatch "[^\n]*\n?" do
        if line:sub(1, #(common or "")) == common then line = line:sub(#common + 1) end
        if line:find "%S" or (#lines > 0 and line:find "\n$") then lines[#lines + 1] = line end
    end
    return table.concat(lines)
end

-- The fixture's name, where it stays beside the tests: nothing else is read for a test.
local function fixture(place, name, given)
    local outside = given:sub(1, 1) == "/" or ("/" .. given .. "/"):find("/../", 1, true)
    if outside or given == "" then
        problem.report(place, ("test '%s': the mail '%s' is not beside this file: copy it into fixtures/ here, and write mail = \"fixtures/….eml\"")
            :format(name, given))
        return nil
    end
    return given
end

local function mail_of(place, name, body)
    local given = body.mail
    if not given then
        for _, key in ipairs(parts) do
            if body[key] then return true end
        end
        problem.report(place, ("test '%s' has no mail: add mail = \"fixtures/….eml\", or subject = …, from = …, body = …"):format(name))
        return false
    end
    for _, key in ipairs(parts) do
        if body[key] then
            problem.report(place, ("test '%s': 'mail' is the whole mail already: leave out '%s'"):format(name, key))
            return false
        end
    end
    if given:find "\n" then
        body.mail, body.raw = nil, dedent(given)
        return true
    end
    return fixture(place, name, given) ~= nil
end

-- What makes of the mail what no mail is.
local function is_sensible(place, name, body)
    local function names(wanted)
        for header in pairs(body.headers or {}) do
            if header:lower() == wanted then return true end
        end
    end
    if body.html and names "content-type" then
        problem.report(place, ("test '%s': 'html' brings its own Content-Type: leave out the one in 'headers', or 'html'"):format(name))
        return false
    end
    return true
end

tests.word = statements.named("test", "{ … }", function(place, name, given)
    if type(given) ~= "table" then
        problem.report(place, "a test is written: test \"name\" { mail = …, expect = { … } }")
        return
    end
    local good, body = problem.check(place, "test '" .. name .. "'", given, test_keys)
    local expect = expectation(place, name, given.expect)
    if not good or not expect or not mail_of(place, name, body) or not is_sensible(place, name, body) then return end
    body.name, body.file, body.line, body.expect = name, place.file, place.line, expect
    declarations.tests[#declarations.tests + 1] = body
end)

return tests
