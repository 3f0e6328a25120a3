-- Whether a spool may lie where awsift.lua puts it: whatever file lies in one is decided as a mail, and leaves it.
local problem = require "awsift.problem"

local spool_places = {}

-- An absolute path without "//", "." and "..".
local function plain(path)
    local parts = {}
    for part in path:gmatch "[^/]+" do
        if part == ".." then parts[#parts] = nil elseif part ~= "." then parts[#parts + 1] = part end
    end
    return "/" .. table.concat(parts, "/")
end

local function is_within(path, folder)
    local around = plain(folder):gsub("/$", "") .. "/"
    return (path .. "/"):sub(1, #around) == around
end

-- What is wrong with where a spool lies, or nil. The archive taken for one would be decided, found known, and removed.
local function misplaced(spool, path, config, names, paths)
    local files = spool.kind == "maildir" and path .. "/new" or path
    if names[spool.name] then return "two spools have this name; each needs its own name and path" end
    if paths[path] or paths[files] then return "two spools have this path; each needs its own name and path" end
    if is_within(path, config.store) then return "is inside the store " .. config.store .. "; put it beside the store" end
    if files == plain(config.base) then return "is the folder of this file, which would be taken as a mail; make a folder for the mail" end
    for _, folder in ipairs(config.rules) do
        if is_within(files, folder.path) then
            return "is inside the rule folder " .. folder.path .. ", whose files would be taken as mail; make a folder for the mail"
        end
    end
end

-- Reports what is misplaced, and takes it out of config.spools.
function spool_places.check(config)
    local kept, names, paths = {}, {}, {}
    for _, spool in ipairs(config.spools) do
        local path = plain(spool.path)
        local why = misplaced(spool, path, config, names, paths)
        if why then
            problem.report(spool.place, ("spool '%s': %s"):format(spool.name, why))
        else
            kept[#kept + 1] = spool
            names[spool.name], paths[path] = true, true
            for _, sub in ipairs(spool.kind == "maildir" and { "new", "cur", "tmp" } or {}) do paths[path .. "/" .. sub] = true end
        end
    end
    config.spools = kept
end

return spool_places
