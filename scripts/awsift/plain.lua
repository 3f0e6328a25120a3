-- Declarations are plain data: what has a metatable, contains itself, or has keys that are no names, would be read differently
-- each time, or without end.
local plain = {}

local DEEPEST = 100

local function fault(value, above, sound, depth)
    if type(value) ~= "table" or sound[value] then return nil end
    if above[value] then return "a table contains itself" end
    if depth > DEEPEST then return ("tables stand more than %d deep in one another"):format(DEEPEST) end
    if getmetatable(value) ~= nil then return "a table in it has a metatable: write plain tables { … }" end
    local good, step, entries = pcall(pairs, value)
    if not good then return "a key in it is neither a name nor a number" end
    above[value] = true
    for _, entry in step, entries do
        local why = fault(entry, above, sound, depth + 1)
        if why then return why end
    end
    above[value], sound[value] = nil, true
end

-- Why the value is not plain, or nil.
function plain.fault(value)
    if engine.plain(value) then return nil end
    return fault(value, {}, {}, 1)
end

return plain
