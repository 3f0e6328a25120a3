-- What bodies say about whether two mails are of one kind: the lines that they share once ids, numbers and links are taken out.
-- Lines that stand in most mails of all kinds (greetings, signatures) say nothing.
local bodies = {}

local most_lines, longest = 60, 300

local function skeleton(line)
    line = line:sub(1, longest):gsub("https?://%S*", "@"):gsub("%S*%d%S*", "#"):gsub("%s+", " ")
    return line:match "^ ?(.-) ?$"
end

-- Whether a line is long enough to be a sentence of its own.
local function says(line)
    if #line < 12 then return false end
    local _, blanks = line:gsub(" ", "")
    return blanks >= 2 or line:find "[\xe3-\xe9][\x80-\xbf]" ~= nil and #line >= 24
end

-- { skeleton = the line }
function bodies.lines(text)
    local lines, count = {}, 0
    for line in (text or ""):gmatch "[^\r\n]+" do
        if count == most_lines then break end
        count = count + 1
        local key = skeleton(line)
        if says(key) and not lines[key] then lines[key] = line end
    end
    return lines
end

-- Takes the lines of each mail away that stand in most of all mails. Returns in how many each line stands.
function bodies.distinguish(mails)
    local counts = {}
    for _, mail in ipairs(mails) do
        for key in pairs(mail.lines) do counts[key] = (counts[key] or 0) + 1 end
    end
    if #mails < 10 then return counts end
    for _, mail in ipairs(mails) do
        local own = {}
        for key, line in pairs(mail.lines) do
            if counts[key] <= #mails * 0.6 then own[key] = line end
        end
        mail.lines = own
    end
    return counts
end

-- The lines that nearly all of these mails have.
function bodies.core(mails)
    local counts, core = {}, {}
    for _, mail in ipairs(mails) do
        for key in pairs(mail.lines) do counts[key] = (counts[key] or 0) + 1 end
    end
    for key, count in pairs(counts) do
        if count >= #mails * 0.8 then core[key] = true end
    end
    return core
end

local function words_of(lines)
    local set, count = {}, 0
    for key in pairs(lines) do
        for word in key:lower():gmatch "[%w\x80-\xff]+" do
            if not set[word] then set[word], count = true, count + 1 end
        end
    end
    return set, count
end

-- How many of their words two sets of lines share, from 0 to 1: lines that differ in a name alone share most.
local function likeness(one, other)
    local a, count_a = words_of(one)
    local b, count_b = words_of(other)
    local shared = 0
    for word in pairs(a) do
        if b[word] then shared = shared + 1 end
    end
    return shared / math.max(count_a + count_b - shared, 1)
end

-- Whether two sets of lines are about different things.
function bodies.differ(one, other)
    for key in pairs(one) do
        if other[key] then return false end
    end
    return likeness(one, other) < 0.3
end

-- "same", "different" or nil where they do not say. without: texts (in lower case) that tell the two apart anyway.
function bodies.compare(one, other, without)
    local function counted(lines)
        local kept, count = {}, 0
        for key in pairs(lines) do
            local low, apart = key:lower(), false
            for _, text in ipairs(without) do apart = apart or #text > 1 and low:find(text, 1, true) ~= nil end
            if not apart then kept[key], count = true, count + 1 end
        end
        return kept, count
    end
    local left, a = counted(one)
    local right, b = counted(other)
    if a == 0 or b == 0 then return nil end
    local shared = 0
    for key in pairs(left) do
        if right[key] then shared = shared + 1 end
    end
    if shared * 2 >= math.min(a, b) then return "same" end
    if bodies.differ(left, right) then return "different" end
end

return bodies
