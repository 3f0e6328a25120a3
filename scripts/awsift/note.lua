-- The note that goes before a forwarded mail: what happened, to which account and resources, by when, what to do.
local declarations = require "awsift.declarations"
local note = {}

local words = {
    ja = {
        unproven = "【注意】このメールが AWS から送信されたことは確認できていません。", greeting = "%s 様",
        intro = "AWS から次のお知らせが届きました。", subject = "件名", account = "AWS アカウント", service = "サービス",
        resources = "対象リソース", starts = "開始", ends = "終了", deadline = "期限", advice = "対応方法", more = "詳細",
        original = "元のメールを添付しています。", no_role = "このアカウントには「%s」の連絡先がないため、こちらにお送りしています。",
        reasons = "疑わしいと判断した理由", near = "近いルール", category = "種別", unmatched = "どのルールにも該当しませんでした。",
        quoted = "---- 元のメール ----",
    },
    en = {
        unproven = "CAUTION: it is not proven that this mail comes from AWS.", greeting = "Dear %s,",
        intro = "AWS has sent the following notice.", subject = "Subject", account = "AWS account", service = "Service",
        resources = "Resources", starts = "Starts", ends = "Ends", deadline = "Deadline", advice = "What to do", more = "More",
        original = "The original mail is attached.", no_role = "This account has no contact for \"%s\", so the mail comes to you.",
        reasons = "Why it is suspicious", near = "Nearest rule", category = "Category", unmatched = "No rule matched this mail.",
        quoted = "---- Original mail ----",
    },
}

local function usable(list)
    return type(list) == "table" and #list > 0
end

-- Whom a role means for this mail: { addresses, language, name, missing } or nil and why not.
function note.recipient(message, role)
    local operators = config.operators
    local here = { addresses = operators.mail, language = operators.language, name = operators.name, operators = true }
    if role == "operators" or not message.contact then return here end
    local contacts = declarations.contacts
    for _, key in ipairs { message.contact, "*" } do
        local contact = contacts[key]
        if contact and usable(contact[role]) then
            return { addresses = contact[role], language = contact.language or operators.language, name = contact.name,
                missing = key ~= message.contact and role or nil }
        end
    end
    here.missing = role
    return here
end

-- A text that says something, or nil: a capture that found nothing may have left only blanks of it.
function note.said(text)
    if type(text) == "string" and text:find "%S" then return text end
end

function note.subject(message, role)
    if message.category == "unmatched" or message.category == "suspicious" then
        return ("[awsift] %s: %s"):format(message.category, message.subject)
    end
    return message.subject
end

local function add(lines, text) lines[#lines + 1] = text end

local function add_fact(lines, label, value)
    if type(value) == "table" then value = table.concat(value, ", ") end
    if value and value ~= "" then add(lines, label .. ": " .. value) end
end

local function add_facts(lines, w, message)
    local notice = message.notice or {}
    add_fact(lines, w.subject, message.subject)
    add_fact(lines, w.account, message.account or notice.accounts)
    add_fact(lines, w.service, message.service)
    add_fact(lines, w.resources, notice.resources)
    for _, key in ipairs { "starts", "ends", "deadline" } do add_fact(lines, w[key], notice[key]) end
end

local function add_doubts(lines, w, message)
    if usable(message.reasons) and message.category == "suspicious" then
        add_fact(lines, w.reasons, message.reasons)
    end
    if message.near then add_fact(lines, w.near, message.near.rule) end
    if message.category == "unmatched" then add(lines, w.unmatched) end
end

local function add_advice(lines, w, message, language)
    local advice = message.advice
    if not advice then return end
    add(lines, "")
    add(lines, w.advice .. ":")
    add(lines, advice[language] or advice.en or advice.ja or "")
    if advice.url then add(lines, w.more .. ": " .. advice.url) end
end

function note.text(message, contact, args)
    local language = words[contact.language] and contact.language or "en"
    local w = words[language]
    local lines = {}
    if message.verdict == "unproven" then add(lines, w.unproven) end
    if contact.missing then add(lines, w.no_role:format(contact.missing)) end
    if contact.name then add(lines, w.greeting:format(contact.name)) end
    add(lines, "")
    if note.said(args.text) then add(lines, args.text) end
    if message.message_id or message.verdict then
        add(lines, w.intro)
        add(lines, "")
        add_fact(lines, w.category, message.category_title)
        add_facts(lines, w, message)
        add_doubts(lines, w, message)
        add_advice(lines, w, message, language)
        add(lines, "")
        add(lines, w.original)
    end
    if args.quote ~= false and message.text and message.text ~= "" then
        add(lines, "")
        add(lines, w.quoted)
        for line in (message.text .. "\n"):gmatch "([^\n]*)\n" do add(lines, "> " .. line) end
    end
    return table.concat(lines, "\n") .. "\n"
end

return note
