-- A copy of a value in which every text is as it may stand where others read it: without codes, keys and links that confirm. What
-- is empty is left out: whether it was a list, nobody could tell from {}.
local function masked(value, depth)
    if type(value) == "string" then return log.masked(value) end
    if type(value) ~= "table" then return value end
    if depth > 16 then return nil end
    local copy, anything = {}, false
    for key, one in pairs(value) do
        copy[key] = masked(one, depth + 1)
        anything = anything or copy[key] ~= nil
    end
    return anything and copy or nil
end

return function(value) return masked(value, 0) or {} end
