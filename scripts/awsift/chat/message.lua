-- A mail as chats tell it, whatever the service: short texts that may be shown as they are and have no markup of any service yet.
local chat_text = require "awsift.chat_text"
local clip = require "awsift.clip"
local facts = require "awsift.facts"
local note = require "awsift.note"

local chat_message = {}

local most_resources, longest_title, longest_value, longest_subject, longest_advice, longest_link = 20, 200, 600, 500, 1500, 500

local words = {
    ja = {
        unproven = "【注意】AWS から送信されたことは確認できていません。", forged = "【警告】AWS を名乗っていますが、AWS からのものとは認められません。",
        more = "詳細", mail = "メール #%d (awsift show %d)", priorities = { urgent = "【緊急】", high = "【重要】" },
    },
    en = {
        unproven = "CAUTION: not proven to come from AWS.", forged = "WARNING: claims to be from AWS, and is not proven to be.",
        more = "More", mail = "Mail #%d (awsift show %d)", priorities = { urgent = "[URGENT] ", high = "[IMPORTANT] " },
    },
}

-- One line, for what stands in one: a subject or value with a line break could pretend to be another fact.
local function line(shown, text, most)
    text = clip.characters(text, 4 * most + 1000) -- what is masked may get shorter
    return clip.told(shown((text:gsub("%s+", " "))), most)
end

local function facts_of(message, to, shown, most)
    local list = {}
    for _, fact in ipairs(facts.of(message, to.language, to.timezone, true)) do
        local value = type(fact.value) == "table" and facts.some(fact.value, most_resources) or fact.value
        value = fact.key ~= "priority" and note.said(line(shown, value, math.min(most, longest_value)))
        if value then list[#list + 1] = { label = fact.label, value = value } end
    end
    return list
end

local function add_advice(told, message, to, shown, most)
    local advice, w = message.advice or {}, words[to.language]
    local text = advice[to.language] or advice.en or advice.ja
    told.advice = text and note.said(clip.told(shown(text), math.min(most, longest_advice)))
    if advice.url and #advice.url <= longest_link then told.links[1] = { url = advice.url, label = w.more } end
    for _, link in ipairs(facts.links(message)) do told.links[#told.links + 1] = { url = link, label = link } end
end

local function told_of(message, to, text, mail, most, shown, authored)
    local w = words[to.language]
    local told = { facts = {}, links = {}, remarks = {}, urgent = message.priority == "urgent" or message.priority == "high" }
    told.caution = w[message.verdict]
    told.title = line(shown, (w.priorities[message.priority] or "") .. (facts.title(message, to.language) or message.category or ""), longest_title)
    told.footer = mail and mail > 0 and w.mail:format(mail, mail) or nil
    for _, one in ipairs(note.thread_lines(message, to)) do told.remarks[#told.remarks + 1] = line(shown, one, math.min(most, longest_value)) end
    if note.said(text) then
        local short, went = clip.characters(log.masked(text), most)
        told.text = note.said(authored(short) .. (went and chat_text.pointer(mail) or ""))
        if told.text then return told end -- else it was of characters that nobody sees
    end
    told.subject = note.said(line(shown, message.subject or "", math.min(most, longest_subject)))
    for _, call in ipairs(facts.calls(message, to.language)) do told.remarks[#told.remarks + 1] = call end
    told.facts = facts_of(message, to, shown, most)
    add_advice(told, message, to, shown, most)
    return told
end

-- A function of the longest that a text may be, in characters. to: { language, timezone }. text: the rule's author's, which takes the
-- place of facts and advice, or nil. mail: its number in the ledger. What it yields is { title, subject, caution, remarks = { lines }, text, facts = { { label,
-- value } }, advice, links = { { url, label } }, footer, urgent }, absent where there is none. Of the text, marks that its author
-- made are left; all else is plain words.
function chat_message.of(message, to, text, mail)
    local shown, authored = chat_text.of_mail(message)
    return function(most) return told_of(message, to, text, mail, most, shown, authored) end
end

return chat_message
