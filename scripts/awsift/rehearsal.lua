-- Running an action without any effect: what the words of acting would do is written down, and what they wait for is answered
-- as the script of a test says. The same checks stand before an effect as in the engine, so that what passes here is not refused
-- there. No secret, no address of a machine and no network is at hand: secret "x" is the text "{secret x}".
local action_calls = require "awsift.action_calls"
local command_line = require "awsift.command_line"
local declarations = require "awsift.declarations"
local note = require "awsift.note"
local problem = require "awsift.problem"

local rehearsal = {}
local words = { http = {}, smtp = {}, outbox = {}, store = {} }
rehearsal.words = words

local most_sends = 1000
local running -- what is run now: { request, sends, used, outcome, reason, after }

local function acting()
    if not running then error("this may only be called while an action runs", 3) end
    if running.outcome then error("the action has ended", 0) end
    if #running.sends >= most_sends then error(("an action sends more than %d times"):format(most_sends), 0) end
    return running
end

-- As it is now: the action may change its tables later.
local function copy(value)
    if type(value) ~= "table" then return value end
    return json.decode(json.encode(value))
end

local function record(kind, what)
    local sends = acting().sends
    sends[#sends + 1] = { [kind] = what }
end

local function next_reply()
    running.used = running.used + 1
    return running.request.replies and running.request.replies[running.used] or {}
end

local function finish_with(outcome, why, after)
    if not running then error("this may only be called while an action runs", 3) end
    if not running.outcome then
        running.outcome, running.reason, running.after = outcome, type(why) == "string" and why or "no reason given", after
    end
    error("the action has ended", 0)
end
function words.retry(why, seconds) finish_with("retry", why, type(seconds) == "number" and seconds > 0 and seconds or nil) end
function words.fail(why) finish_with("dead", why) end

local function argument(good, message)
    if not good then error("bad argument #1 (" .. message .. ")", 3) end
end

function words.sleep(seconds)
    argument(type(seconds) == "number" and seconds >= 0 and seconds <= 60, "between 0 and 60 seconds")
    record("sleep", seconds)
end

function words.secret(name)
    argument(type(name) == "string" and name:find "^[%w_-][%w_.-]*$" and #name < 100, "a secret's name has letters, digits, '_', '.' and '-'")
    return "{secret " .. name .. "}"
end

function words.contact(role)
    argument(type(role) == "string", "the name of a role")
    acting()
    return note.recipient(running.request.context or {}, role)
end

local request_keys = { url = true, method = true, timeout = true, body = true, json = true, form = true, headers = true }
local methods = { GET = true, POST = true, PUT = true, PATCH = true, DELETE = true }

-- What it cannot be, in the engine's words.
local function check_request(given, method)
    argument(type(given) == "table", "table expected")
    for key in pairs(given) do
        if not request_keys[key] then
            error(("a request has no key '%s': it takes url, method, headers, json, form, body and timeout"):format(tostring(key)), 3)
        end
    end
    if method and given.method ~= nil then error("method counts only in http.request", 3) end
    local bodies = (given.body ~= nil and 1 or 0) + (given.json ~= nil and 1 or 0) + (given.form ~= nil and 1 or 0)
    local is_secret = type(given.url) == "table" and type(given.url.secret) == "string"
    argument(type(given.url) == "string" or is_secret, "url must be a text")
    argument(given.timeout == nil or type(given.timeout) == "number", "timeout must be a number")
    argument(not given.timeout or (given.timeout > 0 and given.timeout <= 100), "timeout must be between 0 and 100 seconds")
    argument(bodies <= 1, "a request has one of json, form and body")
    argument(given.body == nil or type(given.body) == "string" or type(given.body) == "number", "body must be a text")
    argument(given.form == nil or type(given.form) == "table", "form must be a table")
    argument(given.headers == nil or type(given.headers) == "table", "headers must be a table")
    method = method or given.method or (bodies > 0 and "POST" or "GET")
    argument(methods[method], ("invalid option '%s'"):format(tostring(method)))
    argument(bodies == 0 or method ~= "GET", "a GET has no body")
    return method
end

local function check_headers(headers)
    for name, value in pairs(headers) do
        local is_name = type(name) == "string" and name:find "^[%w!#$%%&'*+.^_`|~-]+$"
        if not is_name or (math.type(value) ~= "integer" and (type(value) ~= "string" or value:find "[^\t%C]")) then
            error(("the header '%s' needs a plain name and one line of text"):format(tostring(name)), 4)
        end
    end
end

local function headers_of(given)
    local headers, known = copy(given.headers or {}), {}
    for name in pairs(headers) do known[name:lower()] = true end
    local type_of_body = given.json ~= nil and "application/json" or given.form and "application/x-www-form-urlencoded"
    if not known["idempotency-key"] then headers["Idempotency-Key"] = running.request.key end
    if type_of_body and not known["content-type"] then headers["Content-Type"] = type_of_body end
    return headers
end

local function answer(scripted)
    if scripted.failure then return nil, scripted.failure end
    local headers = {}
    for name, value in pairs(scripted.headers or {}) do headers[name:lower()] = tostring(value) end
    local body = scripted.body or scripted.json ~= nil and json.encode(scripted.json) or "{}"
    return { status = scripted.status or 200, body = body, headers = headers, retry_after = scripted.retry_after }
end

local function request(given, method)
    acting()
    method = check_request(given, method)
    check_headers(given.headers or {})
    local url = type(given.url) == "table" and ("{secret %s}"):format(given.url.secret) or given.url
    local body = given.body ~= nil and tostring(given.body) or nil
    local parsed = body and json.decode(body)
    record("http", { method = method, url = url, host = url:match "^%a+://([^/?#]+)", headers = headers_of(given), body = body,
        json = copy(given.json ~= nil and given.json or type(parsed) == "table" and parsed or nil), form = copy(given.form) })
    return answer(next_reply())
end
function words.http.post(given) return request(given, "POST") end
function words.http.get(given) return request(given, "GET") end
function words.http.request(given) return request(given) end

-- The engine's word for rules is what is there before (rehearsal.asked_for).
function words.exec(given)
    if not running then return rehearsal.asked_for(given) end
    acting()
    argument(type(given) == "table", "table expected")
    argument(type(given.command) == "string", "command must be the name of a command")
    argument(given.input == nil or type(given.input) == "string", "input must be a text")
    local command = rehearsal.config.commands[given.command]
    if not command then error(("no command '%s' is configured"):format(given.command), 2) end
    local line, why = command_line.of(given.command, command.arguments, given.arguments)
    if not line then error(why, 2) end
    record("exec", { command = given.command, arguments = line, input = given.input })
    local scripted = next_reply()
    if scripted.failure then return nil, scripted.failure, true end
    return { status = scripted.status or 0, output = scripted.output or "", error = scripted.error or "" }
end

function words.smtp.send(mail)
    acting()
    argument(type(mail) == "table", "table expected")
    local to = {}
    for _, address in ipairs(type(mail.to) == "table" and mail.to or { mail.to }) do
        if type(address) == "string" and address:find "@" then to[#to + 1] = address end
    end
    if not to[1] then finish_with("retry", "nobody to send to: no address is given that a mail can be sent to") end
    record("mail", { to = to, subject = mail.subject or "", text = mail.text or "", headers = copy(mail.headers or {}),
        original = mail.original ~= false })
    return table.concat(to, ", ")
end
function words.smtp.original()
    acting()
    return { state = "attached", size = 1000, maximum = 10485760, why = "", again = false }
end
words.outbox = { deliver = words.smtp.send, original = words.smtp.original }

function words.store.file(filing)
    acting()
    argument(type(filing) == "table" and type(filing.folder) == "string" and filing.folder:find "^[^/]+$" and not filing.folder:find "^%.",
        "the folder must be a plain name")
    record("file", { folder = filing.folder })
end

-- A configuration in which every name is there: what a test says does not hang on the machine that it runs on.
local function named(list, make)
    return setmetatable(list or {}, { __index = function(_, name) return make(name) end })
end
local function made_up(given, action)
    given = copy(given or {})
    given.channels = named(given.channels, function(name)
        local url = ("https://%s.channel.example.com"):format(name)
        return action == "page" and { kind = "pagerduty", routing_key = { secret = name }, url = url } or { url = url }
    end)
    given.webhooks = named(given.webhooks, function(name) return { url = ("https://%s.webhook.example.com"):format(name) } end)
    given.commands = named(given.commands, function(name) return { program = "/usr/local/bin/" .. name } end)
    given.operators = given.operators or { mail = { "operators@example.com" }, language = "en", name = "operators",
        phone = { "+81300000000" } }
    given.timezone = given.timezone or "Asia/Tokyo"
    given.smtp = given.smtp or { from = "awsift@example.com", attach = 10485760 }
    return given
end

rehearsal.config = {}
words.config = setmetatable({}, { __index = function(_, key) return rehearsal.config[key] end, __newindex = function()
    error("the configuration cannot be set: the shipped tables are read-only", 2)
end })

-- The arguments as a person types them on a command line, name = text, as the action takes them; or nil and what is wrong.
function rehearsal.arguments(name, texts)
    local action = declarations.actions[name]
    if not action then return nil, ("there is no action '%s'%s"):format(name, problem.did_you_mean(name, declarations.actions)) end
    local args, given = {}, false
    for argument_name, text in pairs(texts) do
        given = true
        local kind = (action.args[argument_name] or "text"):gsub("%?$", "")
        local value = text
        if kind == "number" then value = tonumber(text) or text end
        if kind == "flag" then value = text == "true" or (text ~= "false" and text) end
        if kind == "list" then value = json.decode(text) or text end
        args[argument_name] = value
    end
    local good, complaint = action_calls.of_yield { { action_call = true, action = name, args = args } }
    if not good and not given then -- no rule asks for it, or its arguments would be those
        complaint = complaint .. ": no rule takes it for this mail, so say with --arg NAME=VALUE what it needs"
    end
    if not good then return nil, complaint end
    return args
end

-- request: { action, args, context, key, id, mail, attempt, now (seconds), replies, config (whole; or nil) }. Yields { outcome,
-- reason, detail, after, raised, sends, used = how many of the replies }.
function rehearsal.run(given)
    local action = declarations.actions[given.action]
    if not action then return { outcome = "dead", reason = ("there is no action '%s'"):format(tostring(given.action)), sends = {}, used = 0 } end
    rehearsal.config = given.whole and given.config or made_up(given.config, given.action)
    running = { request = given, sends = {}, used = 0 }
    local context = { id = given.id, mail = given.mail, key = given.key, attempt = given.attempt, now = given.now, message = given.context }
    local good, detail = pcall(action.run, context, given.args or {})
    local ended = running
    running = nil
    local outcome, reason, raised = ended.outcome, ended.reason, false
    if not outcome and not good then
        outcome, raised = "retry", true
        reason = "raised: " .. (type(detail) == "string" and detail or "an error object that is a " .. type(detail))
    end
    return { outcome = outcome or "done", reason = reason or "", detail = good and not ended.outcome and type(detail) == "string" and detail or "",
        after = ended.after, raised = raised, sends = ended.sends, used = ended.used }
end

return rehearsal
