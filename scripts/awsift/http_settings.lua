-- What awsift.lua may say about HTTP: `http { … }`, and where channels and webhooks post to. Readers yield a value, or report
-- what is wrong; complaint functions (of problem.check) yield a text or nil.
local problem = require "awsift.problem"

local http_settings = {}

local secret_name = "^[%w_-][%w_.-]*$"

local function is_secret_name(name)
    return type(name) == "string" and #name < 100 and name:find(secret_name) ~= nil
end

-- secret "name" in awsift.lua: where a secret is looked for, never the secret itself.
function http_settings.secret(place, name)
    if is_secret_name(name) then return { secret = name } end
    problem.report(place, ("secret %s: a secret's name has letters, digits, '_', '.' and '-'"):format(problem.shown(name)))
end

function http_settings.is_secret(value)
    if type(value) ~= "table" or not is_secret_name(value.secret) then return false end
    for key in pairs(value) do
        if key ~= "secret" then return false end
    end
    return true
end

-- What follows the host is never repeated: many such addresses are secrets.
local function without_path(value)
    local shown = value:match "^%w*://[^/?#]*" or value:match "^[^/?#]*"
    return #shown < #value and shown .. "/…" or shown
end

-- Where a channel or a webhook posts to.
function http_settings.url(value)
    if http_settings.is_secret(value) then return nil end
    if type(value) ~= "string" then return "must be \"https://…\", or secret \"name\", whose value is the address" end
    local host = value:match "^[Hh][Tt][Tt][Pp][Ss]?://([^/?#%s]+)[^%s%c]*$"
    if not host then return ("must begin with https:// or http:// and name a host, unlike '%s'"):format(without_path(value)) end
    if host:find("@", 1, true) then
        return "must not hold a user and a password: write url = secret \"name\", or, in an action of your own, an Authorization header"
    end
end

-- signing = secret "name": the key stands in no file.
function http_settings.signing(value)
    if not http_settings.is_secret(value) then return "must be secret \"name\": the key itself does not stand in the configuration" end
end

-- What each request says besides; those that the action sets are its own.
local own = { ["content-type"] = true, ["content-length"] = true, ["transfer-encoding"] = true, ["host"] = true, ["idempotency-key"] = true,
    ["x-awsift-timestamp"] = true, ["x-awsift-signature"] = true }
function http_settings.headers(value)
    if type(value) ~= "table" then return "must be a table { [\"X-Team\"] = \"ops\", Authorization = secret \"name\" }" end
    for name, one in pairs(value) do
        if type(name) ~= "string" or not name:find "^[%w!#$%%&'*+.^_`|~-]+$" then
            return ("needs names of headers, unlike %s"):format(problem.shown(name))
        elseif own[name:lower()] then
            return ("must leave %s to awsift"):format(name)
        elseif not http_settings.is_secret(one) and (type(one) ~= "string" or one:find "[%z\1-\8\10-\31\127]") then
            return ("needs one line of text, or secret \"name\", for %s"):format(name)
        end
    end
end

local function is_of_four(address)
    for number in address:gmatch "%d+" do
        if tonumber(number) > 255 then return false end
    end
    return address:find "^%d+%.%d+%.%d+%.%d+$" ~= nil
end

-- A name, an address, or a range of addresses; in brackets or not.
local function is_reachable_name(text)
    if type(text) ~= "string" or #text > 255 then return false end
    local address, prefix = text:match "^([%x:.]+)/(%d%d?%d?)$"
    if address then
        local bits = address:find(":", 1, true) and 128 or 32
        return tonumber(prefix) <= bits and (bits == 128 or is_of_four(address))
    end
    return text:find "^%[?[%x:.]*:[%x:.]*%]?$" ~= nil or text:find "^[%w_][%w_.-]*$" ~= nil
end

-- A name or an address, as hosts of requests and servers are counted.
function http_settings.is_host(name)
    return is_reachable_name(name) and not name:find("/", 1, true)
end

function http_settings.private(place, what, value)
    local list = type(value) == "string" and { value } or value
    if type(list) ~= "table" or #list == 0 then
        problem.report(place, what .. " must be a list of hosts, such as { \"jira.example.internal\", \"10.0.0.0/8\" }")
        return nil
    end
    for _, name in pairs(list) do
        if not is_reachable_name(name) then
            problem.report(place, ("%s: '%s' is no host: write its name, its address or a range of addresses as 10.0.0.0/8, without https:// and port")
                :format(what, tostring(name)), { text = type(name) == "string" and name or nil })
            return nil
        end
    end
    return list
end

-- The defaults that hang on others; absolute(path) makes the path of a file whole.
function http_settings.finish(http, absolute)
    if http.ca then http.ca = absolute(http.ca) end
end

return http_settings
