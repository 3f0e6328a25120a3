-- `store "PATH" { keep = "400d" }`: where the store is, and how long mail is kept in it. Either may be left out.
local problem = require "awsift.problem"
local readers = require "awsift.setting_readers"

local store = {}
local lasting = readers.between(readers.duration, 60000, 36500 * 86400000, "1m and 36500d")

-- In ms, or nil for ever.
local function keep(place, what, value)
    if value ~= "forever" then return lasting(place, what, value) end
end
local keys = { keep = function() end }

-- What stands in the braces, as {keep}.
function store.read(place, body)
    if type(body) ~= "table" then
        problem.report(place, "store needs a path, a table, or both: write store \"./store\" { keep = \"400d\" }")
        return {}
    end
    local _, sound = problem.check(place, "store", body, keys)
    if sound.keep == nil then return {} end
    return { keep = keep({ file = place.file, line = place.line, path = { "keep" } }, "store: keep", sound.keep) }
end

return store
