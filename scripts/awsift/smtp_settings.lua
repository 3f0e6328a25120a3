-- What `smtp { … }` of awsift.lua may say about how mail leaves: over a server (url), through a program (sendmail), or, with
-- neither, into the Maildir <store>/outbox. Readers yield a value or report what is wrong; what hangs together is checked once
-- all of it is read.
local addresses = require "awsift.addresses"
local http_settings = require "awsift.http_settings"
local problem = require "awsift.problem"

local smtp_settings = {}
smtp_settings.nobody = "awsift@localhost" -- who writes until it is said
-- scheme, host, port of smtp://host:port, or nil.
local function parts_of(url)
    local scheme, rest = url:match "^(smtps?)://(.+)$"
    if not scheme then return nil end
    local host, port = rest:match "^(%[[%x:.]+%]):?(%d*)$"
    if not host then host, port = rest:match "^([%w.-]+):?(%d*)$" end
    if not host or (port ~= "" and (tonumber(port) < 1 or tonumber(port) > 65535)) then return nil end
    return scheme, host, port
end

local function is_loopback(host)
    return host == "localhost" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil or host == "[::1]"
end

function smtp_settings.url(place, what, value)
    if type(value) == "string" and parts_of(value) then return value end
    if type(value) == "string" and value:find "^smtps?://[^/]*@" then
        problem.report(place, what .. ": name the user apart, and never the password: user = \"…\", password = secret \"smtp-password\"")
    else
        problem.report(place, ("%s: '%s' is no mail server; write \"smtp://mail.example.jp:587\", or \"smtps://mail.example.jp\" where it is encrypted from the start")
            :format(what, tostring(value)))
    end
end

function smtp_settings.password(place, what, value)
    if http_settings.is_secret(value) then return value end
    problem.report(place, what .. ": a password does not stand in the configuration; write password = secret \"smtp-password\", and put it into "
        .. "$AWSIFT_SECRET_SMTP_PASSWORD or the file smtp-password of the service's credentials")
end

function smtp_settings.starttls(place, what, value)
    if value == "required" or value == "never" then return value end
    problem.report(place, ("%s must be \"required\" or \"never\", not %s"):format(what, problem.shown(value)))
end

function smtp_settings.helo(place, what, value)
    if type(value) == "string" and value:find "^[%w][%w.-]*$" then return value end
    problem.report(place, ("%s must be this host's name such as \"awsift.example.jp\", not %s"):format(what, problem.shown(value)))
end

function smtp_settings.sender(place, what, value)
    if value == "" or addresses.is_plain_mail(value) then return value end
    problem.report(place, ("%s: %s is no mail address; write one without a name, or \"\" for none"):format(what, problem.shown(value)))
end

function smtp_settings.sendmail(place, what, value)
    local list = type(value) == "string" and { value } or value
    local good = type(list) == "table" and #list > 0
    for _, entry in pairs(good and list or {}) do good = good and type(entry) == "string" and not entry:find "%z" end
    if good and list[1]:sub(1, 1) == "/" then return list end
    problem.report(place, what .. " must be a program with its whole path, \"/usr/sbin/sendmail\", or a list of it and its arguments, "
        .. "{ \"/usr/bin/msmtp\", \"-a\", \"aws\" }")
end

local function complain(place, key, message)
    problem.report({ file = place.file, line = place.line, path = { key } }, "smtp: " .. message)
end

-- What only counts with a server, which is not named.
local function check_without_server(place, smtp)
    for _, key in ipairs { "user", "password", "starttls", "ca", "helo" } do
        if smtp[key] ~= nil then complain(place, key, ("'%s' counts only with url = \"smtp://…\""):format(key)) end
    end
end

local function check_server(place, smtp)
    local scheme, host = parts_of(smtp.url)
    if smtp.sendmail then complain(place, "sendmail", "mail goes over url or through sendmail: keep one of them") end
    if smtp.user and not smtp.password then complain(place, "user", "'user' needs password = secret \"smtp-password\"") end
    if smtp.password and not smtp.user then complain(place, "password", "'password' needs user = \"…\"") end
    if scheme == "smtps" and smtp.starttls == "required" then
        complain(place, "starttls", "smtps:// is encrypted from the start: leave starttls away, or write smtp://")
    end
    if scheme == "smtp" and smtp.starttls == "never" and smtp.user and not is_loopback(host) then
        complain(place, "starttls", "the password would cross the network readable: leave starttls = \"never\" away")
    end
end

function smtp_settings.check(place, smtp)
    if smtp.url then check_server(place, smtp) else check_without_server(place, smtp) end
    if (smtp.url or smtp.sendmail) and smtp.from == smtp_settings.nobody then
        complain(place, smtp.url and "url" or "sendmail", "from is needed, the address that writes: from = \"awsift@example.jp\"")
    end
end

-- The defaults that hang on others; absolute(path) makes the path of a file whole.
function smtp_settings.finish(smtp, absolute)
    if smtp.ca then smtp.ca = absolute(smtp.ca) end
    if not smtp.url then return end
    local scheme, host = parts_of(smtp.url)
    local needs = scheme == "smtp" and not is_loopback(host)
    smtp.starttls = scheme == "smtps" and "never" or smtp.starttls or (needs and "required" or "never")
end

return smtp_settings
