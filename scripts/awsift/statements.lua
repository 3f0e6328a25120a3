-- Statements of the form word "name" { … }. To Lua they are two calls, and it does not mind when the second one is missing:
-- what was begun is remembered until its body comes.
local declarations = require "awsift.declarations"
local plain = require "awsift.plain"
local problem = require "awsift.problem"

local statements = {}
local begun = {}

-- Stands for whatever follows a word that is none, so that the rest of the file is checked all the same.
function statements.passed_over() return statements.passed_over end

-- A word whose body goes to record(place, name, body). form: how the body is written.
function statements.named(word, form, record)
    return function(name)
        local place = problem.here(word, type(name) == "string" and name or nil)
        if type(name) ~= "string" then
            problem.report(place, ("%s needs a name: write %s \"name\" %s"):format(word, word, form), { code = "unnamed" })
            return statements.passed_over
        end
        local statement = { place = place, word = word, name = name, form = form }
        begun[#begun + 1] = statement
        return function(body)
            statement.whole = true
            local why = plain.fault(body)
            if why then
                problem.report(place, ("%s '%s': %s"):format(word, name, why))
            else
                record(place, name, body)
            end
        end
    end
end

-- Names what was begun and has no body; where a file broke off, its last statement may have one.
function statements.finish()
    local followed = {}
    for i = #begun, 1, -1 do
        local statement, file = begun[i], begun[i].place.file
        if not statement.whole and (followed[file] or not declarations.broken[file]) then
            problem.report(statement.place, ("%s '%s' says nothing: write %s \"%s\" %s"):format(statement.word, statement.name,
                statement.word, statement.name, statement.form), { code = "half" })
        end
        followed[file] = true
    end
    begun = {}
end

return statements
