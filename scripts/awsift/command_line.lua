-- Where the arguments of exec stand among those of command "NAME" { arguments = { … } }: all of them at "{arguments}", one at
-- "{1}" to "{9}", also inside a text ("--title={1}"), and behind all others where the command names no place. What comes from
-- a mail must not be taken for an option: an argument of its own that begins with "-" is refused unless "--" stands before it.
local command_line = {}

local function guard(name, value, is_behind_dashes)
    if is_behind_dashes or value:sub(1, 1) ~= "-" then return value end
    return nil, ("command '%s': the argument '%s' would be taken for an option: write \"--\" before its place in the command's arguments")
        :format(name, value:sub(1, 60))
end

-- The arguments as texts, or nil and why not.
local function texts(name, given)
    local list = {}
    for index, value in ipairs(given or {}) do
        if type(value) ~= "string" and math.type(value) ~= "integer" then
            return nil, ("command '%s': argument %d must be a text or a whole number"):format(name, index)
        end
        list[index] = tostring(value)
        if list[index]:find("\0", 1, true) then return nil, ("command '%s': argument %d has a NUL, which none can hold"):format(name, index) end
    end
    return list
end

-- One argument of the command with what it names, or nil and why not; used: number -> true.
local function fill(name, text, list, used, is_behind_dashes)
    local missing
    local filled = text:gsub("{([1-9])}", function(digit)
        local number = math.tointeger(tonumber(digit))
        used[number] = true
        if not list[number] then missing = missing or number end
        return list[number]
    end)
    if missing then return nil, ("command '%s' needs %d arguments, and %d are given"):format(name, missing, #list) end
    if text:sub(1, 1) == "{" and filled ~= text then return guard(name, filled, is_behind_dashes) end
    return filled
end

-- All arguments of the program, or nil and what is wrong. template: those of the command.
function command_line.of(name, template, given)
    local list, why = texts(name, given)
    if not list then return nil, why end
    local line, used, named, dashes = {}, {}, false, false
    local function add(text, complaint)
        line[#line + 1], why = text, why or complaint
    end
    local function add_all()
        for index, value in ipairs(list) do
            used[index] = true
            add(guard(name, value, dashes))
        end
    end
    for _, text in ipairs(template or {}) do
        if text == "{arguments}" then
            named = true
            add_all()
        else
            named = named or text:find "{[1-9]}" ~= nil
            add(fill(name, text, list, used, dashes))
            dashes = dashes or text == "--"
        end
    end
    if not named then add_all() end
    for index in ipairs(list) do
        if not used[index] then
            why = why or ("command '%s' has no place for argument %d: write {%d} or {arguments} into its arguments"):format(name, index, index)
        end
    end
    if why then return nil, why end
    return line
end

return command_line
