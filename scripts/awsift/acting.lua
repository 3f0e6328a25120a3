-- What an actor takes of rule files: categories, contacts, templates and actions, which it acts by, and of rules their names.
-- A decider has read and checked all of the same snapshot before it.
local declarations = require "awsift.declarations"

local acting = {}

local function passed_over() return function() end end

-- Puts words that take little in the place of those that check.
function acting.take(words)
    function words.rule(id)
        return function(body)
            local enabled = type(body) ~= "table" or body.enabled ~= false
            declarations.rules[#declarations.rules + 1] = { id = id, enabled = enabled, general = false }
        end
    end
    for _, name in ipairs { "placeholder", "decoration", "cue", "test" } do words[name] = passed_over end
end

function acting.call(name, args)
    return { action_call = true, action = name, args = args }
end

return acting
