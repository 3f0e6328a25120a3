-- Mining templates out of titles, as Drain does with lines of logs, but for few and short texts, of which each counts:
-- 1. typed tokens are masked (words.lua), and equal titles become one shape;
-- 2. a hole is cut into each shape at every place: shapes that are equal around it differ in what it held. Where that looks like
--    the values of a variable (many, each seldom, or of a form that only names have) they become one shape with a slot there;
--    where it looks like words (few, each often) they stay apart, since "scheduled" and "cancelled" are two kinds of mail;
-- 3. what is left alone goes to the template that covers it, or to the shape most like it.
-- Mails of different event types are never put together; bodies decide where titles leave a doubt.
local align = require "awsift.suggest.align"
local bodies = require "awsift.suggest.bodies"
local holes = require "awsift.suggest.holes"
local words = require "awsift.suggest.words"

local mine = {}

local rounds, leftovers_most, likened_most = 6, 400, 500

local append = words.append

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

-- The template of two shapes that have most of their words in common; nil where they have not.
local function common_template(one, other)
    local found = align.common(one.tokens, other.tokens)
    local function says(shape) return words.count(shape.tokens, 1, #shape.tokens, words.says) end
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
        shapes, more = holes.join_round(shapes, event_type ~= "")
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
