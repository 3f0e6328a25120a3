-- What people are told of a mail that is not the first about its notice: that it repeats, changes or ends it, and what is other
-- than before. The subject of a rule stays as the rule says it; the default one gets a mark.
local thread_text = {}

local words = {
    ja = {
        duplicate = "%s のお知らせ (#%d) と同じ内容です。", reminder = "【再通知】%s のお知らせ (#%d) の再通知です。",
        update = "【更新】%s のお知らせ (#%d) の内容が更新されました。",
        differs = "【更新】%s のお知らせ (#%d) と同じ対象についてのお知らせで、内容に違いがあります。別の作業で、前の予定もそのまま残っている可能性があります。",
        cancelled = "【中止】%s のお知らせ (#%d) の作業は中止になりました。", completed = "【完了】%s のお知らせ (#%d) の作業は完了しました。",
        emergency = "【緊急】%s のお知らせ (#%d) の作業は緊急のものになりました。",
        unproven = "(未確認) ", starts = "開始", ends = "終了", deadline = "期限", resources = "対象リソース", status = "状態", added = "追加", removed = "除外",
        stages = { scheduled = "予定", updated = "更新", cancelled = "中止", completed = "完了", emergency = "緊急" },
        marks = { reminder = "【再通知】", update = "【更新】", cancelled = "【中止】", completed = "【完了】", emergency = "【緊急】" },
    },
    en = {
        duplicate = "This says the same as the notice of %s (#%d).", reminder = "REMINDER of the notice of %s (#%d).",
        update = "UPDATE: this changes the notice of %s (#%d).",
        differs = "UPDATE: this is about the same as the notice of %s (#%d), and differs from it. It may be other work, and the earlier one still on.",
        cancelled = "CANCELLED: the work in the notice of %s (#%d) is called off.", completed = "COMPLETED: the work in the notice of %s (#%d) is done.",
        emergency = "EMERGENCY: the work in the notice of %s (#%d) is an emergency now.",
        unproven = "(not proven) ", starts = "Starts", ends = "Ends", deadline = "Deadline", resources = "Resources", status = "Status", added = "added", removed = "no longer named",
        stages = { scheduled = "scheduled", updated = "updated", cancelled = "cancelled", completed = "completed", emergency = "emergency" },
        marks = { reminder = "[Reminder] ", update = "[Update] ", cancelled = "[Cancelled] ", completed = "[Completed] ", emergency = "[Emergency] " },
    },
}

local most_resources = 10

local function some(list)
    local rest = #list - most_resources
    return table.concat(list, ", ", 1, math.min(#list, most_resources)) .. (rest > 0 and (" … (+%d)"):format(rest) or "")
end

local function change_text(w, change, moment)
    local value
    if change.what == "resources" then
        local parts = {}
        for _, key in ipairs { "added", "removed" } do
            if #change[key] > 0 then parts[#parts + 1] = ("%s %s"):format(w[key], some(change[key])) end
        end
        value = table.concat(parts, "; ")
    elseif change.what == "status" then
        value = ("%s → %s"):format(w.stages[change.from] or change.from, w.stages[change.to] or change.to)
    else
        value = ("%s → %s"):format(moment(change.from), moment(change.to))
    end
    return ("%s: %s"):format(w[change.what], value)
end

-- A change that the mail itself calls one, or one that only shows when both are compared: there may be two works on one thing.
local function said_as(message)
    local relation = message.thread.relation
    if relation == "update" and (message.notice or {}).status ~= "updated" then return "differs" end
    return relation
end

-- Whoever believes that the work is off, or over, does nothing more: so it is said when nothing proves it.
local ends = { cancelled = true, completed = true }
local function doubt(message, w, relation)
    return ends[relation] and message.verdict ~= "proven" and w.unproven or ""
end

-- Lines in one language; none for the first mail about its notice. moment: tells a time of the notice as the reader's clock does.
function thread_text.lines(message, language, moment)
    local thread, w, lines = message.thread, words[language], {}
    if type(thread) ~= "table" then return lines end
    lines[1] = doubt(message, w, thread.relation) .. w[said_as(message)]:format(moment(thread.first.arrived), thread.first.id)
    for _, change in ipairs(thread.changes) do
        if change.what ~= "status" then lines[#lines + 1] = "  " .. change_text(w, change, moment) end
    end
    return lines
end

-- What a case or a newsletter says of some work is no state of a notice.
local told = { support_case = true, marketplace = true, other = true }
local function status_of(message)
    return not told[message.category] and (message.notice or {}).status or nil
end

-- The mark before a subject that no rule has written; "" where there is none.
function thread_text.mark(message, language)
    local relation = type(message.thread) == "table" and message.thread.relation or status_of(message)
    local w = words[language]
    return w.marks[relation] and doubt(message, w, relation) .. w.marks[relation] or ""
end

-- What the mail says of the stage of the work, or nil: "scheduled" is what everybody expects.
function thread_text.status(message, language)
    local status = status_of(message)
    if status and status ~= "scheduled" then return words[language].status, words[language].stages[status] end
end

return thread_text
