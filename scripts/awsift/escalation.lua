-- escalation "NAME" { … } of awsift.lua: who is rung after how long without an acknowledgement, by day and by night. It is unrolled
-- here into plain steps, which the engine goes through; it knows nothing of days, rounds and whose turn it is.
--
--   escalations   name -> { to, accounts, before (ms), hours = { from, to (minutes), days = { 7 flags from monday }, timezone },
--                 steps, or day and night: lists of { after (ms), actions = { { action, args } }, alert } }
--   escalation    the same for what none is configured for; the role "*" in it is that of the call
local addresses = require "awsift.addresses"
local channel_uses = require "awsift.channel_uses"
local problem = require "awsift.problem"
local readers = require "awsift.setting_readers"

local escalation = {}

local minute = 60000
local usual_gap, most_steps, most_again = 5 * minute, 100, 20
local step_keys = { after = true, call = true, number = true, page = true, chat = true, forward = true, text = true }
local keys = { steps = true, day = true, night = true, hours = true, days = true, timezone = true, again = true, to = true,
    accounts = true, before = true }
local weekdays = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" }
local number_of_day = {}
for number, day in ipairs(weekdays) do number_of_day[day] = number end

local function is_name(value)
    return type(value) == "string" and value:find "%S" ~= nil
end

-- "mon-fri", "sat,sun" -> seven flags, or nil.
local function days_of(text)
    local flags = { false, false, false, false, false, false, false }
    if type(text) ~= "string" then return nil end
    for part in (text:lower() .. ","):gmatch "%s*([^,]*)," do
        local first, last = part:match "^(%a+)%s*%-%s*(%a+)%s*$"
        first = number_of_day[first or part:match "^(%a+)%s*$"]
        last = last and number_of_day[last] or not last and first
        if not first or not last then return nil end
        local day = first
        flags[day] = true
        while day ~= last do
            day = day % 7 + 1
            flags[day] = true
        end
    end
    return flags
end

-- "09:00-18:00" in minutes, or nil.
local function hours_of(text)
    local h1, m1, h2, m2 = tostring(text):match "^(%d%d?):(%d%d)%s*%-%s*(%d%d?):(%d%d)$"
    h1, m1, h2, m2 = tonumber(h1), tonumber(m1), tonumber(h2), tonumber(m2)
    if not h1 or h1 > 23 or m1 > 59 or m2 > 59 or h2 > 24 or (h2 == 24 and m2 > 0) then return nil end
    return h1 * 60 + m1, h2 * 60 + m2
end

-- What a step does, as the engine's actions; turns: role -> how often it was rung before.
local function actions_of(step, turns)
    local list = {}
    if step.call then
        turns[step.call] = (turns[step.call] or 0) + 1
        list[#list + 1] = { action = "call", args = { to = step.call, number = step.number, text = step.text,
            turn = not step.number and turns[step.call] or nil } }
    end
    if step.page then list[#list + 1] = { action = "page", args = { channel = step.page, text = step.text } } end
    if step.chat then list[#list + 1] = { action = "chat", args = { channel = step.chat, text = step.text, stage = "unacknowledged" } } end
    if step.forward then list[#list + 1] = { action = "remind", args = { to = step.forward, stage = "unacknowledged" } } end
    return list
end

-- All rounds one after the other, and the alert that nobody acknowledged. A round ends as long after its last step as that came
-- after the one before it.
local function unrolled(steps, again)
    local last, list, turns = steps[#steps].after, {}, {}
    local gap = #steps > 1 and last - steps[#steps - 1].after or usual_gap
    for round = 0, again do
        for _, step in ipairs(steps) do
            list[#list + 1] = { after = round * (last + gap) + step.after, actions = actions_of(step, turns) }
        end
    end
    list[#list + 1] = { after = (again + 1) * (last + gap), actions = {}, alert = true }
    return list
end

-- What nobody configured: the role's phones in turn, each five minutes after the other, then the operators'.
function escalation.default(config)
    if not config.channels.call then return { steps = unrolled({ { after = 0, call = "*" } }, 0) } end
    local steps = {}
    for i = 0, 5 do steps[#steps + 1] = { after = i * usual_gap, call = "*" } end
    if config.operators.phone then
        for i = 6, 7 do steps[#steps + 1] = { after = i * usual_gap, call = "operators" } end
    end
    return { steps = unrolled(steps, 0) }
end

-- One step as it is written, or nil after it was complained of.
local function step_of(complain, step, read, before)
    if type(step) ~= "table" then
        return complain("a step is a table such as { after = \"5m\", call = \"emergency\" }, not %s", problem.shown(step))
    end
    for key in pairs(step) do
        if not step_keys[key] then return complain("a step has no key '%s'%s", tostring(key), problem.did_you_mean(key, step_keys)) end
    end
    for _, key in ipairs { "call", "page", "chat", "forward" } do
        if step[key] ~= nil and not is_name(step[key]) then
            return complain("%s = '%s': name a %s", key, tostring(step[key]), (key == "call" or key == "forward") and "role" or "channel")
        end
    end
    if not (step.call or step.page or step.chat or step.forward) then
        return complain "a step does nothing: write call = \"emergency\", page, chat or forward into it"
    end
    if step.number ~= nil and (not step.call or math.type(step.number) ~= "integer" or step.number < 1) then
        return complain "number says which of the phones of call is rung: 1 for the first"
    end
    if step.text ~= nil and type(step.text) ~= "string" then return complain "text must be a text" end
    local after = step.after == nil and (before and before + usual_gap or 0) or read("after", step.after)
    if not after then return nil end
    if before and after <= before then return complain("after = \"%s\": a step comes later than the one before it", tostring(step.after)) end
    return { after = after, call = step.call, number = step.number, page = step.page, chat = step.chat, forward = step.forward, text = step.text }
end

local function steps_of(place, what, key, list, again, duration)
    local function complain(message, ...)
        problem.report(place, ("%s: %s: "):format(what, key) .. message:format(...), { keys = { key } })
    end
    local function read(name, value) return duration(place, ("%s: %s: %s"):format(what, key, name), value) end
    if type(list) ~= "table" or #list == 0 then return complain "is a list of steps { { call = \"emergency\" }, { after = \"5m\", … } }" end
    local steps = {}
    for _, entry in ipairs(list) do
        local step = step_of(complain, entry, read, steps[#steps] and steps[#steps].after)
        if not step then return nil end
        steps[#steps + 1] = step
    end
    if #steps * (again + 1) > most_steps then return complain("has more than %d steps, all rounds together", most_steps) end
    return unrolled(steps, again), steps
end

local function hours(place, what, body, timezone)
    local from, to = hours_of(body.hours)
    local days = days_of(body.days or "mon-sun")
    if not from then
        problem.report(place, ("%s: hours says when it is day: write hours = \"09:00-18:00\""):format(what), { keys = { "hours" } })
    elseif not days then
        problem.report(place, ("%s: days = %s: write days = \"mon-fri\" or \"sat,sun\""):format(what, problem.shown(body.days)), { keys = { "days" } })
    elseif body.timezone and (not addresses.is_time_zone(body.timezone) or readers.lacks_time_zone(body.timezone)) then
        problem.report(place, ("%s: timezone %s is none that this system knows; write a name such as Asia/Tokyo"):format(what, problem.shown(body.timezone)), { keys = { "timezone" } })
    end
    return { from = from, to = to, days = days, timezone = body.timezone or timezone }
end

local function accounts_of(place, what, value)
    local list = type(value) == "table" and value or { value }
    for _, account in pairs(list) do
        if type(account) ~= "string" or not account:find "^%d%d%d%d%d%d%d%d%d%d%d%d$" then
            problem.report(place, ("%s: accounts: %s is no account: 12 digits as text"):format(what, problem.shown(account)), { keys = { "accounts" } })
        end
    end
    return list
end

local function check_keys(place, what, body)
    for key in pairs(body) do
        if not keys[key] then
            problem.report(place, ("%s has no key '%s'%s"):format(what, tostring(key), problem.did_you_mean(key, keys)),
                { code = "unknown-key", keys = { tostring(key) } })
        end
    end
    local split = body.day ~= nil or body.night ~= nil or body.hours ~= nil
    if split and not (body.day and body.night and body.hours and body.steps == nil) then
        problem.report(place, what .. ": day, night and hours go together, without steps: hours = \"09:00-18:00\", day = { … }, night = { … }")
        return false
    elseif not split and not body.steps then
        problem.report(place, what .. " needs steps = { { call = \"emergency\" }, { after = \"5m\", … } }")
        return false
    end
    return true
end

-- Takes one statement up; duration(place, what, value) reads one. What finish needs of it is kept.
local written = {}
function escalation.read(place, name, body, duration)
    local what = ("escalation '%s'"):format(name)
    local again = body.again or 0
    if not check_keys(place, what, body) then return {} end
    if math.type(again) ~= "integer" or again < 0 or again > most_again then
        problem.report(place, ("%s: again is how many more times all steps are gone through: 0 to %d"):format(what, most_again), { keys = { "again" } })
        again = 0
    end
    if body.to ~= nil and not is_name(body.to) then problem.report(place, what .. ": to must be a role", { keys = { "to" } }) end
    local entry = { to = is_name(body.to) and body.to or name }
    if body.accounts ~= nil then entry.accounts = accounts_of(place, what, body.accounts) end
    if body.before ~= nil and entry.to ~= "answer" then
        problem.report(place, what .. ": before counts only in escalation \"answer\", which knows by when somebody must answer", { keys = { "before" } })
    elseif body.before ~= nil then
        entry.before = duration(place, what .. ": before", body.before)
    end
    local all = {}
    for _, key in ipairs { "steps", "day", "night" } do
        if body[key] ~= nil then
            local steps
            entry[key], steps = steps_of(place, what, key, body[key], again, duration)
            for _, step in ipairs(steps or {}) do all[#all + 1] = step end
        end
    end
    written[#written + 1] = { place = place, what = what, name = name, body = body, steps = all }
    return entry
end

local function check_channels(config, one)
    local function complain(key, name, message)
        if message then problem.report(one.place, ("%s: %s = \"%s\": %s"):format(one.what, key, name, message), { text = name }) end
    end
    for _, step in ipairs(one.steps) do
        for _, key in ipairs { "page", "chat" } do
            local name = step[key]
            local channel = name and config.channels[name]
            if name and not channel then
                complain(key, name, ("there is no channel of that name%s"):format(problem.did_you_mean(name, config.channels)))
            elseif name then
                complain(key, name, channel_uses.fault(key, name, channel.kind))
            end
        end
        if step.call and not config.channels.call then
            complain("call", step.call, "rings through channel \"call\" { … }, which is not configured: add it")
        end
    end
end

-- The roles that are named, and where: whether somebody has them is known when contacts are read.
local function roles_of()
    local list, seen = {}, {}
    for _, one in ipairs(written) do
        for _, step in ipairs(one.steps) do
            for _, role in ipairs { step.call or false, step.forward or false } do
                if role and not seen[role] then
                    seen[role] = true
                    list[#list + 1] = { role = role, what = one.what, file = one.place.file, line = one.place.line }
                end
            end
        end
    end
    return list
end

-- Once all of awsift.lua is read.
function escalation.finish(config)
    for _, one in ipairs(written) do
        check_channels(config, one)
        if one.body.hours ~= nil then config.escalations[one.name].hours = hours(one.place, one.what, one.body, config.timezone) end
    end
    config.escalation, config.escalation_roles = escalation.default(config), roles_of()
end

return escalation
