-- What is told of several mails at once (a digest of a group): each account with what concerns it, and how to see the mails. The
-- ledger hands on what it gathered (message.gathered); of one mail alone there is none, and it is told as ever.
local clip = require "awsift.clip"
local grouping = require "awsift.grouping"
local note = require "awsift.note"

local gathered = {}

local words = {
    ja = {
        subject = "【%d 件】%s", others = "%s ほか", intro = "AWS から次のお知らせが %d 件届きました%s。まとめてお知らせします。",
        unknown = "次のメールが %d 件届きました%s。まとめてお知らせします。", accounts = " (対象アカウント: %d 件)",
        starts = "開始", ends = "終了", deadline = "期限", none = "(アカウント不明)", more = "ほかに %d 個のリソースがあります",
        advice = "対応方法", details = "詳細", shown = "元のメールは添付していません。# の後の番号で確認できます: awsift show 番号",
        greeting = "%s 様", no_role = "このアカウントには「%s」の連絡先がないため、こちらにお送りしています。",
        marks = { duplicate = "【同じ内容】", reminder = "【再通知】", update = "【更新】", updated = "【更新】", cancelled = "【中止】", completed = "【完了】",
            emergency = "【緊急】" },
        unproven = "【注意】これらのメールが AWS から送信されたことは確認できていません。",
        forged = "【警告】これらのメールは AWS を名乗っていますが、AWS からのものとは認められません。リンクや添付を開かないでください。",
    },
    en = {
        subject = "[%d notices] %s", others = "%s and others", intro = "AWS has sent the %d notices below%s.",
        unknown = "The %d mails below have arrived%s.", accounts = " (accounts: %d)",
        starts = "starts", ends = "ends", deadline = "deadline", none = "(no account)", more = "and %d more resources",
        advice = "What to do", details = "More", shown = "The original mails are not attached. To read one, run awsift show with its number, which stands after #.",
        greeting = "Dear %s,", no_role = "These accounts have no contact for \"%s\", so the mail comes to you.",
        marks = { duplicate = "SAME AS BEFORE", reminder = "REMINDER", update = "UPDATE", updated = "UPDATE", cancelled = "CANCELLED", completed = "COMPLETED",
            emergency = "EMERGENCY" },
        unproven = "CAUTION: it is not proven that these mails come from AWS.",
        forged = "WARNING: these mails claim to be from AWS and are not proven to be. Open no link and no attachment of them.",
    },
}

-- Several mails, or nil: then it is told as a mail by itself.
function gathered.of(message)
    return type(message.gathered) == "table" and message.gathered or nil
end

-- Contacts may have changed since the mails were gathered: nobody is told of accounts that are another one's by now.
function gathered.still_theirs(told, role)
    local people
    for _, mail in ipairs(told.mails) do
        local theirs = grouping.people(mail.contact, role)
        if people and people ~= theirs then
            fail(("the contacts changed while mails were gathered: mail %d goes to others by now; tell each by itself with awsift decide"):format(mail.id))
        end
        people = theirs
    end
end

local function each_once(list)
    local known, once = {}, {}
    for _, value in ipairs(list) do
        if not known[value] then known[value], once[#once + 1] = true, value end
    end
    return once
end

local longest_title = 250 -- characters: whoever sends a digest's mails may write what nobody reads

local function title_of(mail) return clip.told(note.said(mail.title) or mail.subject or "", longest_title) end

-- What is due first stands first, then by account.
local function urgency(mail) return (mail.deadline or mail.starts or "~") .. (mail.account or "~") end

-- { title, mails } in the order of their first mail.
local function by_title(mails)
    local list, known = {}, {}
    for _, mail in ipairs(mails) do
        local title = title_of(mail)
        if not known[title] then
            known[title] = { title = title, mails = {} }
            list[#list + 1] = known[title]
        end
        table.insert(known[title].mails, mail)
    end
    for _, group in ipairs(list) do
        table.sort(group.mails, function(a, b)
            local first, second = urgency(a), urgency(b)
            if first ~= second then return first < second end
            return a.id < b.id
        end)
    end
    return list
end

-- How many accounts they are about.
local function accounts_in(mails)
    local list = {}
    for _, mail in ipairs(mails) do
        for _, account in ipairs(mail.account and { mail.account } or mail.accounts or {}) do list[#list + 1] = account end
    end
    return #each_once(list)
end

local function who(mail, w)
    return mail.account or mail.accounts and table.concat(mail.accounts, ", ") or w.none
end

-- One mail in a line, and its resources below it.
local function add_mail(lines, w, mail, contact, when)
    local facts = { who(mail, w), w.marks[mail.relation] or w.marks[mail.status] }
    if mail.regions then facts[#facts + 1] = table.concat(mail.regions, ", ") end
    for _, key in ipairs { "starts", "ends", "deadline" } do
        if mail[key] then facts[#facts + 1] = w[key] .. ": " .. when(mail[key], contact) end
    end
    lines[#lines + 1] = ("  %s  #%d"):format(table.concat(facts, "  "), mail.id)
    if mail.resources then
        local more = mail.more and " … (" .. w.more:format(mail.more) .. ")" or ""
        lines[#lines + 1] = "      " .. table.concat(mail.resources, ", ") .. more
    end
    for line in (note.said(mail.text) or ""):gmatch "[^\n]+" do lines[#lines + 1] = "      | " .. line end
end

local function add_list(lines, w, told, contact, when)
    for _, group in ipairs(by_title(told.mails)) do
        lines[#lines + 1] = ""
        lines[#lines + 1] = ("■ %s (%d)"):format(group.title, #group.mails)
        for _, mail in ipairs(group.mails) do add_mail(lines, w, mail, contact, when) end
    end
    lines[#lines + 1] = ""
end

-- What all of them ask for: of one rule there is one.
local function add_advice(lines, w, language, message, told)
    local advice, rule = message.advice, told.mails[1].rule
    for _, mail in ipairs(told.mails) do
        if mail.rule ~= rule then advice = nil end
    end
    if not advice then return end
    lines[#lines + 1] = ""
    lines[#lines + 1] = w.advice .. ":"
    lines[#lines + 1] = advice[language] or advice.en or advice.ja or ""
    if advice.url then lines[#lines + 1] = w.details .. ": " .. advice.url end
end

-- args.subject counts where it is the same for all.
function gathered.subject(message, contact, args)
    local told = message.gathered
    local w = words[note.languages(contact)[1]]
    local titles = by_title(told.mails)
    local title = told.alike and note.said(args.subject) or titles[2] and w.others:format(titles[1].title) or titles[1].title
    return w.subject:format(told.count, clip.told(title, longest_title))
end

local function head(lines, language, message, contact, text)
    local w, told = words[language], message.gathered
    local speaks = message.verdict ~= "forged" and message.verdict ~= "stranger"
    if contact.missing then lines[#lines + 1] = w.no_role:format(contact.missing) end
    if contact.name then lines[#lines + 1] = w.greeting:format(contact.name) end
    if text then lines[#lines + 1] = text end
    local accounts = accounts_in(told.mails)
    lines[#lines + 1] = (speaks and w.intro or w.unknown):format(told.count, accounts > 0 and w.accounts:format(accounts) or "")
    add_advice(lines, w, language, message, told)
end

-- The whole of it: in each of the contact's languages what is asked for, and the list once.
function gathered.text(message, contact, args)
    local told, languages, lines = message.gathered, note.languages(contact), {}
    local w = words[languages[1]]
    for _, language in ipairs(languages) do lines[#lines + 1] = words[language][message.verdict] end
    for index, language in ipairs(languages) do
        if index > 1 then lines[#lines + 1] = "" end
        head(lines, language, message, contact, index == 1 and told.alike and note.said(args.text) or nil)
    end
    add_list(lines, w, told, contact, note.moment)
    for _, language in ipairs(languages) do lines[#lines + 1] = words[language].shown end
    return table.concat(lines, "\n") .. "\n"
end

-- For what shows a mail in little room: a message that stands for all of them, and the list as its text.
function gathered.as_one(message, contact, args)
    local told, w, lines = message.gathered, words[note.languages(contact)[1]], {}
    local notice = { accounts = {}, regions = {}, resources = {} }
    for _, mail in ipairs(told.mails) do
        for key, list in pairs(notice) do
            for _, value in ipairs(mail[key] or key == "accounts" and { mail.account } or {}) do list[#list + 1] = value end
        end
    end
    for key, list in pairs(notice) do notice[key] = each_once(list) end
    local one = {}
    for key, value in pairs(message) do one[key] = value end
    add_list(lines, w, told, contact, note.moment)
    one.subject, one.account, one.notice, one.thread = gathered.subject(message, contact, args), nil, notice, nil
    one.text = table.concat(lines, "\n") -- the mails' words, which are nobody's word here
    return one, (told.alike and note.said(args.text) or one.subject) .. "\n" .. one.text
end

return gathered
