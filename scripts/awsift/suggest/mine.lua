-- Mining templates out of titles, as Drain does with lines of logs, but for few and short texts, of which each counts:
-- 1. typed tokens are masked (words.lua), and equal titles become one shape;
-- 2. a hole is cut into each shape at every place: shapes that are equal around it differ in what it held. Where that looks like
--    the values of a variable (many, each seldom, or of a form that only names have) they become one shape with a slot there;
--    where it looks like words (few, each often) they stay apart, since "scheduled" and "cancelled" are two kinds of mail;
-- 3. what is left alone goes to the template that covers it, or to the shape most like it.
-- Mails of different event types are never put together; bodies decide where titles leave a doubt.
local align = require "awsift.suggest.align"
local bodies = require "awsift.suggest.bodies"
local words = require "awsift.suggest.words"

local mine = {}

local rounds, hole_most, leftovers_most, likened_most = 6, 6, 400, 500

local function append(list, more) table.move(more, 1, #more, #list + 1, list) end

local function shapes_of(mails)
    local shapes, known = {}, {}
    for _, mail in ipairs(mails) do
        local keys = {}
        for index, token in ipairs(mail.tokens) do keys[index] = words.key(token) end
        local name = table.concat(keys, "\0")
        local shape = known[name]
        if not shape then
            shape = { tokens = keys, mails = {} }
            known[name] = shape
            shapes[#shapes + 1] = shape
        end
        shape.mails[#shape.mails + 1] = mail
    end
    return shapes
end

local function count_of(tokens, first, last, what)
    local count = 0
    for index = first, last do
        if what(tokens[index]) then count = count + 1 end
    end
    return count
end

-- Cuts the holes of one shape: from token `first` to `last`, and an empty one at the end.
local function cut(shape, holes, order)
    local tokens = shape.tokens
    local says = count_of(tokens, 1, #tokens, words.says)
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
                local hole = holes[key]
                if not hole then
                    hole = { key = key, says = says - within, size = 0, parts = {}, before = tokens[first - 1] }
                    holes[key] = hole
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
    append(tokens, table.move(model.shape.tokens, model.last + 1, #model.shape.tokens, 1, {}))
    for _, part in ipairs(parts) do
        append(mails, part.shape.mails)
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
            if apart and #other.hole.parts * 4 > #hole.parts * 5 then
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

-- One round; whether anything was joined.
local function join_round(shapes, typed)
    local holes, order, found, made, later = {}, {}, {}, {}, {}
    for _, shape in ipairs(shapes) do cut(shape, holes, order) end
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

-- The template of two shapes that have most of their words in common; nil where they have not.
local function common_template(one, other)
    local found = align.common(one.tokens, other.tokens)
    local function says(shape) return count_of(shape.tokens, 1, #shape.tokens, words.says) end
    local shared, tokens, i, j = 0, {}, 0, 0
    local function gap(next_i, next_j)
        if next_i - i > 1 or next_j - j > 1 then
            local opens = one.tokens[i + 1] or other.tokens[j + 1] or ""
            tokens[#tokens + 1] = (opens:sub(1, 1) == " " and " " or "") .. words.slot
        end
    end
    for _, place in ipairs(found) do
        gap(place[1], place[2])
        i, j = place[1], place[2]
        tokens[#tokens + 1] = one.tokens[i]
        if words.says(one.tokens[i]) then shared = shared + 1 end
    end
    gap(#one.tokens + 1, #other.tokens + 1)
    local most = math.max(says(one), says(other))
    if shared >= 2 and shared * 5 >= most * 3 then return tokens end
end

local function names_same_service(one, other)
    local a, b = one.mails[1].service, other.mails[1].service
    if a and b and a ~= b then return false end
    for index, token in ipairs(one.tokens) do
        if words.is_maker(token) and one.tokens[index + 1] then
            for place, their in ipairs(other.tokens) do
                if words.is_maker(their) and other.tokens[place + 1] then
                    return words.plain(one.tokens[index + 1]) == words.plain(other.tokens[place + 1])
                end
            end
        end
    end
    return true
end

-- Whether enough words are the same, in whatever order, for a common template to be worth looking for.
local function may_be_like(shape, other)
    local shared, most = 0, 0
    for _, token in ipairs(shape.tokens) do
        if words.says(token) then
            most = most + 1
            if other.said[token] then shared = shared + 1 end
        end
    end
    return shared >= 2 and shared * 5 >= most * 3
end

local function said_of(tokens)
    local said = {}
    for _, token in ipairs(tokens) do said[token] = true end
    return said
end

-- What came once or twice, and is like others that did.
local function join_leftovers(shapes)
    local kept, small, likened = {}, {}, 0
    for _, shape in ipairs(shapes) do
        local is_small = #shape.mails <= 2 and #small < leftovers_most
        table.insert(is_small and small or kept, shape)
    end
    local made = {}
    for _, shape in ipairs(small) do
        local joined = false
        for _, other in ipairs(made) do
            local worth = likened < likened_most and may_be_like(shape, other) and names_same_service(shape, other)
            if worth then likened = likened + 1 end
            local tokens = worth and common_template(other, shape)
            local body = tokens and bodies.compare(bodies.core(other.mails), bodies.core(shape.mails), {})
            if body == "same" then
                other.tokens, other.slots, other.said = tokens, true, said_of(tokens)
                append(other.mails, shape.mails)
                joined = true
                break
            end
        end
        if not joined then
            shape.said = said_of(shape.tokens)
            made[#made + 1] = shape
        end
    end
    append(kept, made)
    return kept
end

local function by_size(a, b)
    if #a.mails ~= #b.mails then return #a.mails > #b.mails end
    return table.concat(a.tokens) < table.concat(b.tokens)
end

-- A shape that a larger one with slots covers is one more of its mails, unless it came so often that it is a kind of its own.
local function absorb(shapes)
    table.sort(shapes, by_size)
    local kept = {}
    for _, shape in ipairs(shapes) do
        local home
        for _, larger in ipairs(kept) do
            if larger.slots and #shape.mails * 4 <= #larger.mails and align.covers(larger.tokens, shape.tokens)
                and bodies.compare(bodies.core(larger.mails), bodies.core(shape.mails), {}) ~= "different" then
                home = larger
                break
            end
        end
        if home then append(home.mails, shape.mails) else kept[#kept + 1] = shape end
    end
    return kept
end

local function cluster_group(mails, event_type, pause)
    local shapes, more = shapes_of(mails), true
    for _ = 1, rounds do
        if not more then break end
        shapes, more = join_round(shapes, event_type ~= "")
        pause()
    end
    shapes = join_leftovers(absorb(shapes))
    pause()
    shapes = absorb(shapes)
    pause()
    for _, shape in ipairs(shapes) do shape.event_type = event_type ~= "" and event_type or nil end
    return shapes
end

local function template_text(shape) return table.concat(shape.tokens, "\0") end

-- Some mails of a kind may come without their event type.
local function join_untyped(clusters)
    local typed = {}
    for _, cluster in ipairs(clusters) do
        if cluster.event_type then
            local text = template_text(cluster)
            typed[text] = typed[text] or {}
            table.insert(typed[text], cluster)
        end
    end
    local kept = {}
    for _, cluster in ipairs(clusters) do
        local same = not cluster.event_type and typed[template_text(cluster)]
        if same and #same == 1 then
            append(same[1].mails, cluster.mails)
            same[1].untyped = true
        else
            kept[#kept + 1] = cluster
        end
    end
    return kept
end

-- A phrase without numbers that all these lines hold, for a condition on the body.
local function phrase_of(line)
    local best = ""
    for part in (line .. " "):gmatch "[^%d\"'\\<>/]+" do
        part = part:match "^%S*%s+(.*)$" or part
        part = part:match "^(.*%S)%s+%S*$" or part
        if #part > #best then best = part end
    end
    return best
end

-- The lines of each mail that stand under this title alone: what is said under several is no mark of a kind.
local function own_lines(cluster, counts)
    local within, own = {}, {}
    for _, mail in ipairs(cluster.mails) do
        for key in pairs(mail.lines) do within[key] = (within[key] or 0) + 1 end
    end
    for _, mail in ipairs(cluster.mails) do
        own[mail] = {}
        for key, line in pairs(mail.lines) do
            if within[key] == counts[key] then own[mail][key] = line end
        end
    end
    return own
end

-- Mails under one title whose bodies have nothing in common are of several kinds.
local function split_by_body(cluster, counts)
    local home, members, own = {}, {}, own_lines(cluster, counts)
    for _, mail in ipairs(cluster.mails) do
        local found
        for key in pairs(own[mail]) do
            local group = home[key]
            while group and group.into do group = group.into end
            if group and found and group ~= found then
                append(found.mails, group.mails)
                group.mails, group.into = {}, found
            end
            found = found or group
        end
        if not found then
            found = { mails = {} }
            members[#members + 1] = found
        end
        found.mails[#found.mails + 1] = mail
        for key in pairs(own[mail]) do home[key] = home[key] or found end
    end
    local parts, counted = {}, 0
    for _, group in ipairs(members) do
        if #group.mails >= 3 then
            parts[#parts + 1] = group
            counted = counted + #group.mails
        end
    end
    if #parts < 2 or #parts > 8 or counted < #cluster.mails then return { cluster } end
    for index, part in ipairs(parts) do
        part.core = bodies.core(part.mails)
        for other = 1, index - 1 do
            if not bodies.differ(part.core, parts[other].core) then return { cluster } end
        end
    end
    local made = {}
    for _, part in ipairs(parts) do
        local phrase = ""
        for key in pairs(part.core) do
            local line, everywhere = part.mails[1].lines[key], true
            local candidate = line and phrase_of(line) or ""
            if #candidate > #phrase then
                for _, mail in ipairs(part.mails) do
                    everywhere = everywhere and (mail.text or ""):find(candidate, 1, true) ~= nil
                end
                if everywhere then phrase = candidate end
            end
        end
        if #phrase < 12 then return { cluster } end
        made[#made + 1] = { tokens = cluster.tokens, mails = part.mails, event_type = cluster.event_type, untyped = cluster.untyped,
            body = phrase }
    end
    return made
end

-- Where templates meet, the event type tells their mails apart.
local function tell_apart(clusters)
    for index, one in ipairs(clusters) do
        for other_index = 1, index - 1 do
            local other = clusters[other_index]
            if one.event_type ~= other.event_type and (align.covers(one.tokens, other.tokens) or align.covers(other.tokens, one.tokens)) then
                for _, pair in ipairs { { one, other }, { other, one } } do
                    local cluster, against = pair[1], pair[2]
                    if cluster.event_type and not cluster.untyped then
                        cluster.by_event_type = true
                    elseif against.event_type then
                        cluster.never = cluster.never or {}
                        cluster.never[against.event_type] = true
                    end
                end
            end
        end
    end
end

-- What each slot holds in the cluster's mails. A slot that always holds the same is none.
local function settle(cluster)
    local function read()
        local held = {}
        for index in ipairs(cluster.tokens) do held[index] = { distinct = {}, count = 0 } end
        for _, mail in ipairs(cluster.mails) do
            local keys = {}
            for index, token in ipairs(mail.tokens) do keys[index] = words.key(token) end
            local steps = align.fit(cluster.tokens, keys, mail.values)
            for index, step in ipairs(steps or {}) do
                local entry = held[index]
                if not entry.distinct[step.text] then
                    entry.distinct[step.text], entry.count = true, entry.count + 1
                    entry.first = entry.first or { mail = mail, from = step.from, to = step.to }
                end
                if step.from == step.to then
                    local kind = words.type(mail.tokens[step.from]) or "text"
                    entry.kind = (entry.kind == nil or entry.kind == kind) and kind or "text"
                else
                    entry.kind = "text"
                end
            end
        end
        return held
    end
    local held, tokens = read(), {}
    for index, token in ipairs(cluster.tokens) do
        local entry = held[index]
        if words.is_slot(token) and entry.count == 1 and entry.first and entry.first.to >= entry.first.from then
            local keys = entry.first.mail.tokens
            for place = entry.first.from, entry.first.to do tokens[#tokens + 1] = words.key(keys[place]) end
        else
            tokens[#tokens + 1] = token
        end
    end
    cluster.tokens = tokens
    cluster.held = read()
end

-- mails: each with title, event_type, service, text. Returns clusters { tokens, mails, event_type, by_event_type, never, body, held },
-- the largest first. pause is called now and then, between two things that take long.
function mine.clusters(mails, pause)
    local groups, types = {}, {}
    for number, mail in ipairs(mails) do
        mail.tokens, mail.values = words.of(mail.title)
        mail.lines = bodies.lines(mail.text)
        if number % 20 == 0 then pause() end
        local event_type = mail.event_type or ""
        if not groups[event_type] then
            groups[event_type] = {}
            types[#types + 1] = event_type
        end
        table.insert(groups[event_type], mail)
    end
    local counts = bodies.distinguish(mails)
    pause()
    table.sort(types)
    local clusters = {}
    for _, event_type in ipairs(types) do append(clusters, cluster_group(groups[event_type], event_type, pause)) end
    local split = {}
    for _, cluster in ipairs(join_untyped(clusters)) do append(split, split_by_body(cluster, counts)) end
    table.sort(split, by_size)
    tell_apart(split)
    pause()
    for number, cluster in ipairs(split) do
        settle(cluster)
        if number % 20 == 0 then pause() end
    end
    return split
end

return mine
