-- What command "NAME" { … } of awsift.lua may say: a program and its arguments, and how long, how much and as whom it may run.
local problem = require "awsift.problem"
local statements = require "awsift.statements"

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
        local is_secret = type(text) == "table" and type(text.secret) == "string"
        if not is_secret and (type(text) ~= "string" or text:find "%z") then
            return ("'%s' must be a text, or secret \"name\""):format(name)
        end
    end
end

local function user(value)
    if type(value) ~= "string" or not value:find "^[%w_][%w_.-]*$" then return "must be the name of a user of this system" end
end

local keys = { program = program, arguments = arguments, environment = environment, user = user, time = function() end,
    output = function() end }

-- The word; commands: the list that it fills. time and output: readers of config.lua that know their range. The name counts even
-- where the body is wrong: rules that name it have it right.
function command_settings.word(commands, time, output)
    return statements.named("command", "{ … }", function(place, name, body)
        local what = "command '" .. name .. "'"
        commands[name] = {}
        if name == "" then problem.report(place, "command needs a name, which is not empty") end
        if type(body) ~= "table" then
            problem.report(place, what .. " needs a table { … }")
            return
        end
        local _, sound = problem.check(place, what, body, keys)
        if body.program == nil then
            problem.report(place, what .. " needs program, what it starts: write program = \"/usr/local/bin/…\"")
        end
        local function at(key) return { file = place.file, line = place.line, path = { key } } end
        if sound.time ~= nil then sound.time = time(at "time", what .. ": time", sound.time) end
        if sound.output ~= nil then sound.output = output(at "output", what .. ": output", sound.output) end
        commands[name] = sound
    end)
end

return command_settings
