-- A copy of a value in which every text is as it may stand where others read it: without codes, keys and links that confirm.
local function masked(value, depth)
    if type(value) == "string" then return log.masked(value) end
    if type(value) ~= "table" or depth > 16 then return value end
    local copy = {}
    for key, one in pairs(value) do copy[key] = masked(one, depth + 1) end
    return copy
end

return function(value) return masked(value, 0) end
