-- What command "NAME" { … } of awsift.lua may say: a program and its arguments, and how long, how much and as whom it may run.
local http_settings = require "awsift.http_settings"
local policy = require "awsift.policy"
local problem = require "awsift.problem"

local command_settings = {}

local function program(value)
    if type(value) ~= "string" or value:sub(1, 1) ~= "/" or value:find "%z" then
        return "must be a program with its whole path, such as \"/usr/local/bin/ticket\": no shell looks for it"
    end
end

local function arguments(value)
    if type(value) ~= "table" then return "must be a list of texts such as { \"--quiet\", \"--\", \"{arguments}\" }" end
    for key, text in pairs(value) do
        if math.type(key) ~= "integer" or type(text) ~= "string" or text:find "%z" then
            return "must be a list of texts such as { \"--quiet\", \"--\", \"{arguments}\" }"
        end
        local name = text:match "^{(%a[%w_]*)}$"
        if name and name ~= "arguments" then
            return ("has '%s', which nothing fills: \"{arguments}\" are all that the action gives, \"{1}\" is the first"):format(text)
        end
    end
end

local function environment(value)
    if type(value) ~= "table" then return "must be a table such as { HOME = \"/var/lib/awsift\", TOKEN = secret \"ticket-token\" }" end
    for name, text in pairs(value) do
        if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" then return ("has '%s', which is no variable's name"):format(tostring(name)) end
        if name:find "^AWSIFT_" or name:find "^LD_" then return ("may not set '%s', which is the engine's"):format(name) end
        if not http_settings.is_secret(text) and (type(text) ~= "string" or text:find "%z") then
            return ("'%s' must be a text, or secret \"name\""):format(name)
        end
    end
end

local function user(value)
    if type(value) ~= "string" or not value:find "^[%w_][%w_.-]*$" then return "must be the name of a user of this system" end
end

local keys = { program = program, arguments = arguments, environment = environment, user = user, time = function() end,
    output = function() end }

-- Readers of config.lua that know their range: command_settings.time, command_settings.output.
function command_settings.read(place, what, body)
    local _, sound = problem.check(place, what, body, policy.with(keys))
    if body.program == nil then
        problem.report(place, what .. " needs program, what it starts: write program = \"/usr/local/bin/…\"")
    end
    for _, key in ipairs { "time", "output" } do
        if sound[key] ~= nil then
            sound[key] = command_settings[key]({ file = place.file, line = place.line, path = { key } }, what .. ": " .. key, sound[key])
        end
    end
    return sound
end

return command_settings
