-- Finding variables by cutting holes: shapes that are equal but for one stretch of tokens differ in what the hole held there. Many
-- fills that came seldom, or fills of a form that only names have, are values of one variable; few that came often are words of
-- different kinds, and so are services. Of holes that lie in one another the narrowest counts, which leaves the most words.
local bodies = require "awsift.suggest.bodies"
local words = require "awsift.suggest.words"

local holes = {}

local hole_most = 6 -- tokens, unless it reaches an end of the title

-- Cuts the holes of one shape: from token `first` to `last`, and an empty one at the end.
local function cut(shape, known, order)
    local tokens = shape.tokens
    local says = words.count(tokens, 1, #tokens, words.says)
    shape.holes = {}
    for first = 1, #tokens + 1 do
        local within = 0
        for last = first - 1, #tokens do
            if last >= first and words.says(tokens[last]) then within = within + 1 end
            local reaches = last == #tokens or first == 1
            local short = last - first < hole_most
            if says - within < 2 then break end
            if (short or reaches) and (last >= first or first == #tokens + 1) and #tokens - (last - first + 1) >= 2 then
                local key = table.concat(tokens, "\0", 1, first - 1) .. "\3" .. table.concat(tokens, "\0", last + 1)
                local hole = known[key]
                if not hole then
                    hole = { key = key, says = says - within, size = 0, parts = {}, before = tokens[first - 1] }
                    known[key] = hole
                    order[#order + 1] = hole
                end
                table.insert(shape.holes, { hole = hole, first = first, last = last })
                hole.parts[#hole.parts + 1] = { shape = shape, first = first, last = last, fill = table.concat(tokens, "", first, last) }
                hole.size = math.max(hole.size, last - first + 1)
            end
        end
    end
end

-- Whether it holds values and no word beside them.
local function is_value(part)
    local tokens, value = part.shape.tokens, false
    for index = part.first, part.last do
        local token = tokens[index]
        if words.is_slot(token) or words.is_value(token) then
            value = true
        elseif words.says(token) then
            return false
        end
    end
    return value
end

local function begins_with_maker(part)
    for index = part.first, math.min(part.first + 1, part.last) do
        if words.is_maker(part.shape.tokens[index]) then return true end
    end
    return false
end

-- Amazon X and Amazon Y are two services, not two values.
local function names_services(hole, parts)
    if hole.before and words.is_maker(hole.before) then return true end
    local services, count, makers = {}, 0, 0
    for _, part in ipairs(parts) do
        if begins_with_maker(part) then makers = makers + 1 end
        for _, mail in ipairs(part.shape.mails) do
            if mail.service and not services[mail.service] then
                services[mail.service] = true
                count = count + 1
            end
        end
    end
    return count > 1 or makers * 3 >= #parts
end

-- One that came far more often than the others is a word of another kind.
local function without_common(parts)
    local counts = {}
    for index, part in ipairs(parts) do counts[index] = #part.shape.mails end
    table.sort(counts)
    local middle, kept = counts[(#counts + 1) // 2], {}
    for _, part in ipairs(parts) do
        if #part.shape.mails <= 6 * middle + 10 then kept[#kept + 1] = part end
    end
    return kept
end

-- What the bodies of a hole's parts say of each other: "same" or "different" where those that say anything agree, else nil.
local function bodies_say(parts)
    local fills, cores, verdicts, couples = {}, {}, { same = 0, different = 0 }, 0
    for index = 1, math.min(#parts, 40) do
        local fill = words.plain(parts[index].fill):lower()
        if not fill:find "[\1\2]" then fills[#fills + 1] = fill end
    end
    for index = 1, math.min(#parts, 7) do
        cores[index] = bodies.core(parts[index].shape.mails)
        for other = 1, index - 1 do
            local verdict = bodies.compare(cores[other], cores[index], fills)
            couples = couples + 1
            if verdict then verdicts[verdict] = verdicts[verdict] + 1 end
        end
    end
    if verdicts.different == 0 and verdicts.same > 0 then return "same" end
    if verdicts.same == 0 and verdicts.different * 2 > couples then return "different" end
end

-- Whether what the hole held are values of one variable.
local function is_variable(hole, parts, typed)
    local distinct, mails, values = #parts, 0, 0
    for _, part in ipairs(parts) do
        mails = mails + #part.shape.mails
        if is_value(part) then values = values + 1 end
    end
    if distinct < 2 or names_services(hole, parts) then return false end
    local each = mails / distinct
    if values >= distinct * 0.8 then return bodies_say(parts) ~= "different" or each <= 3 end
    if distinct == 2 or each > 25 then return false end
    local body = bodies_say(parts)
    if body == "different" then return false end
    if body == "same" or typed then return each <= 17 end
    return distinct >= 4 and each <= 15
end

-- One shape of several: with a slot where they differ.
local function join(parts)
    local model, mails = parts[1], {}
    local tokens = table.move(model.shape.tokens, 1, model.first - 1, 1, {})
    local opens = model.shape.tokens[model.first]
    tokens[#tokens + 1] = (opens and opens:sub(1, 1) == " " and " " or "") .. words.slot
    words.append(tokens, table.move(model.shape.tokens, model.last + 1, #model.shape.tokens, 1, {}))
    for _, part in ipairs(parts) do
        words.append(mails, part.shape.mails)
        part.shape.gone = true
    end
    return { tokens = tokens, mails = mails, slots = true }
end

local function before(a, b)
    if a.says ~= b.says then return a.says > b.says end
    if a.size ~= b.size then return a.size < b.size end
    if #a.parts ~= #b.parts then return #a.parts > #b.parts end
    return a.key < b.key
end

-- Whether most of the shapes vary more at another place: then that is where the variable is, and here they are of several kinds.
local function varies_elsewhere(hole)
    local count, looked = 0, 0
    for _, part in ipairs(hole.parts) do
        if looked == 12 then break end
        looked = looked + 1
        for _, other in ipairs(part.shape.holes) do
            local apart = other.first > part.last or other.last < part.first
            if apart and #other.hole.parts > #hole.parts then
                count = count + 1
                break
            end
        end
    end
    return count * 2 > looked
end

-- Joins what of a hole's shapes is not joined yet.
local function join_hole(hole, typed, made)
    local parts = {}
    for _, part in ipairs(hole.parts) do
        if not part.shape.gone then parts[#parts + 1] = part end
    end
    if #parts < 2 then return end
    parts = without_common(parts)
    if is_variable(hole, parts, typed) then made[#made + 1] = join(parts) end
end

-- Joins what differs in one variable, one variable of each shape at a time. Returns the shapes, and whether anything was joined.
-- typed: they share an event type.
function holes.join_round(shapes, typed)
    local known, order, found, made, later = {}, {}, {}, {}, {}
    for _, shape in ipairs(shapes) do cut(shape, known, order) end
    for _, hole in ipairs(order) do
        if #hole.parts > 1 then found[#found + 1] = hole end
    end
    table.sort(found, before)
    for _, hole in ipairs(found) do
        if varies_elsewhere(hole) then later[#later + 1] = hole else join_hole(hole, typed, made) end
    end
    if #made == 0 then
        for _, hole in ipairs(later) do join_hole(hole, typed, made) end
    end
    local kept = made
    for _, shape in ipairs(shapes) do
        if not shape.gone then kept[#kept + 1] = shape end
    end
    return kept, #kept < #shapes
end

return holes
