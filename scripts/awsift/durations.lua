-- Lengths of time as people write them: "500ms", "30s", "5m", "24h", "400d", "2w".
local durations = {}

local units = { ms = 1, s = 1000, m = 60000, h = 3600000, d = 86400000, w = 604800000 }

-- In milliseconds, or nil.
function durations.milliseconds(text)
    if type(text) ~= "string" then return nil end
    local count, unit = text:match "^(%d+)(%a+)$"
    if not count or #count > 9 or not units[unit] then return nil end
    return tonumber(count) * units[unit]
end

return durations
