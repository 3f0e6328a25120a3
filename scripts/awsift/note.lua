-- The note that goes before a forwarded mail: what happened, to which account and resources, by when, what to do.
local directory = require "awsift.directory"
local thread_text = require "awsift.thread_text"
local note = {}

local words = {
    ja = {
        unproven = "【注意】このメールが AWS から送信されたことは確認できていません。", greeting = "%s 様",
        forged = "【警告】このメールは AWS を名乗っていますが、AWS からのものとは認められません。リンクや添付を開かないでください。",
        intro = "AWS から次のお知らせが届きました。", unknown = "次のメールが届きました。", subject = "件名", account = "AWS アカウント", service = "サービス",
        resources = "対象リソース", starts = "開始", ends = "終了", deadline = "期限", advice = "対応方法", more = "詳細",
        original = "元のメールを添付しています。",
        large = "元のメール (%s) は添付の上限 (%s) を超えるため、添付していません。確認方法: awsift show %d (archive/%s)",
        gone = "元のメールを読み込めなかったため、添付していません (%s)。確認方法: awsift show %d (archive/%s)",
        cut = "(以下省略。続きは元のメールにあります。)", no_role = "このアカウントには「%s」の連絡先がないため、こちらにお送りしています。",
        reasons = "疑わしいと判断した理由", near = "近いルール", alike = "類似度 %d%%", suggested = "種別の候補", differs = "異なる点",
        template = "ルールに追加できる行", category = "種別", unmatched = "どのルールにも該当しませんでした。",
        quoted = "---- 元のメール ----",
    },
    en = {
        unproven = "CAUTION: it is not proven that this mail comes from AWS.", greeting = "Dear %s,",
        forged = "WARNING: this mail claims to be from AWS and is not proven to be. Open no link and no attachment of it.",
        intro = "AWS has sent the following notice.", unknown = "The following mail has arrived.", subject = "Subject", account = "AWS account", service = "Service",
        resources = "Resources", starts = "Starts", ends = "Ends", deadline = "Deadline", advice = "What to do", more = "More",
        original = "The original mail is attached.",
        large = "The original mail (%s) is not attached: it is larger than what may be (%s). See: awsift show %d (archive/%s)",
        gone = "The original mail is not attached: it could not be read (%s). See: awsift show %d (archive/%s)",
        cut = "(Cut here. The original mail has the rest.)", no_role = "This account has no contact for \"%s\", so the mail comes to you.",
        reasons = "Why it is suspicious", near = "Nearest rule", alike = "%d%% alike", suggested = "Category it suggests",
        differs = "What differs", template = "Line for a rule", category = "Category", unmatched = "No rule matched this mail.",
        quoted = "---- Original mail ----",
    },
}

local function usable(list)
    return type(list) == "table" and #list > 0
end

-- What is quoted of the original's text: enough to read, since the original goes along.
local most_lines, most_characters = 200, 8000

-- Whom a role means for this mail: { addresses, language, name, timezone, missing } or nil and why not. A contact whose language
-- nobody wrote down is told in every one.
function note.recipient(message, role)
    local operators = config.operators
    local here = { addresses = operators.mail, language = operators.language, name = operators.name, operators = true,
        timezone = config.timezone }
    if role == "operators" or not message.contact then return here end
    for _, key in ipairs { message.contact, "*" } do
        local addresses, facts = directory.find(key, role)
        if addresses then
            return { addresses = addresses, language = facts.language, name = facts.name,
                timezone = facts.timezone or config.timezone, missing = key ~= message.contact and role or nil }
        end
    end
    here.missing = role
    return here
end

-- In the contact's time zone; as it is where that is unknown here. What AWS gives as a date alone is midnight UTC, and elsewhere
-- another hour or even day: the date stands before it as AWS wrote it.
local function moment(iso, contact)
    local here = iso and contact.timezone and local_time(iso, contact.timezone) or iso
    local day = iso and iso:match "^(%d+%-%d+%-%d+)T00:00:00Z$"
    if not day or here == iso or here:find "UTC$" then return here end
    return ("%s 00:00 UTC (%s)"):format(day, here)
end

note.moment = moment

-- "ja", "en", or both in the order wanted ("en+ja"). Whose language nobody wrote down is told in both.
function note.languages(contact)
    local list = {}
    for language in (contact.language or "ja+en"):gmatch "%a+" do
        if words[language] then list[#list + 1] = language end
    end
    return list
end

-- What the mail is to the first one about its notice, in lines in the contact's (first) language; none where it is that.
function note.thread_lines(message, contact)
    return thread_text.lines(message, note.languages(contact)[1], function(iso) return moment(iso, contact) end)
end

-- A text that says something, or nil: a capture that found nothing may have left only blanks of it.
function note.said(text)
    if type(text) == "string" and text:find "%S" then return text end
end

-- Where the rule writes no subject of its own. What changes or ends an earlier notice says so first.
function note.subject(message, contact)
    if message.category == "unmatched" or message.category == "suspicious" then
        return ("[awsift] %s: %s"):format(message.category, message.subject)
    end
    local mark = thread_text.mark(message, note.languages(contact)[1])
    return message.subject:sub(1, #mark) == mark and message.subject or mark .. message.subject
end

local function add(lines, text) lines[#lines + 1] = text end

local function add_fact(lines, label, value)
    if type(value) == "table" then value = table.concat(value, ", ") end
    if value and value ~= "" then add(lines, label .. ": " .. value) end
end

-- So many that nobody reads them in one line: the rest is in the original.
local most_resources = 20

local function some(list)
    if type(list) ~= "table" or #list <= most_resources then return list end
    return ("%s … (+%d)"):format(table.concat(list, ", ", 1, most_resources), #list - most_resources)
end

local function add_facts(lines, language, message, contact)
    local w = words[language]
    local notice = message.notice or {}
    add_fact(lines, w.subject, message.subject)
    add_fact(lines, w.account, message.account or notice.accounts)
    add_fact(lines, w.service, message.service)
    local status, stage = thread_text.status(message, language)
    if status then add_fact(lines, status, stage) end
    add_fact(lines, w.resources, some(notice.resources))
    for _, key in ipairs { "starts", "ends", "deadline" } do add_fact(lines, w[key], moment(notice[key], contact)) end
end

-- A category may have its title in one language alone.
local function title_of(message, language)
    local title, english = note.said(message.category_title), note.said(message.category_title_en)
    return language == "en" and english or title or english
end

-- For whoever writes the rules, and nobody else: which one nearly knows the mail, and the line that would.
local function add_near(lines, w, near)
    local alike = w.alike:format(math.floor(near.similarity * 100 + 0.5))
    add_fact(lines, w.near, near.rule and ("%s (%s)"):format(near.rule, alike))
    add_fact(lines, w.suggested, near.category)
    add_fact(lines, w.differs, table.concat(near.differs, "; "))
    add_fact(lines, w.template, near.template and ("title = %q"):format(near.template))
end

local function add_doubts(lines, w, message, contact)
    if usable(message.reasons) and message.category == "suspicious" then
        add_fact(lines, w.reasons, message.reasons)
    end
    if message.category == "unmatched" then add(lines, w.unmatched) end
    if message.near and message.category == "suspicious" then
        add_fact(lines, w.near, message.near.rule)
    elseif message.near and contact.operators then
        add_near(lines, w, message.near)
    end
end

local function add_advice(lines, w, message, language)
    local advice = message.advice
    if not advice then return end
    add(lines, "")
    add(lines, w.advice .. ":")
    add(lines, advice[language] or advice.en or advice.ja or "")
    if advice.url then add(lines, w.more .. ": " .. advice.url) end
end

local function size_text(bytes)
    if bytes < 1024 * 1024 then return ("%.1f KB"):format(bytes / 1024) end
    return ("%.1f MB"):format(bytes / (1024 * 1024))
end

-- original: what outbox.original() says; nil when it is attached.
local function add_original(lines, w, message, original, mail)
    local state = original and original.state or "attached"
    if state == "attached" then
        add(lines, w.original)
    elseif state == "large" then
        add(lines, w.large:format(size_text(original.size), size_text(original.maximum), mail or 0, message.category))
    elseif state == "gone" then
        add(lines, w.gone:format(original.why, mail or 0, message.category))
    end
end

local function add_caution(lines, w, message)
    if message.verdict == "unproven" then add(lines, w.unproven) end
    if message.verdict == "forged" then add(lines, w.forged) end
end

-- What the mail is to an earlier one stands before all else: it decides whether there is anything to do.
local function add_thread(lines, language, message, contact)
    for _, line in ipairs(thread_text.lines(message, language, function(iso) return moment(iso, contact) end)) do add(lines, line) end
end

local function add_body(lines, language, message, contact, text, original, mail)
    local w = words[language]
    if contact.missing then add(lines, w.no_role:format(contact.missing)) end
    if contact.name then add(lines, w.greeting:format(contact.name)) end
    add(lines, "")
    if note.said(text) then add(lines, text) end
    if message.message_id or message.verdict then
        local speaks = message.verdict ~= "forged" and message.verdict ~= "stranger"
        add(lines, speaks and w.intro or w.unknown)
        add(lines, "")
        add_fact(lines, w.category, title_of(message, language))
        add_facts(lines, language, message, contact)
        add_doubts(lines, w, message, contact)
        add_advice(lines, w, message, language)
        add(lines, "")
        add_original(lines, w, message, original, mail)
    end
end

local function add_quote(lines, languages, text)
    local past = utf8.offset(text, most_characters + 1)
    local count, cut = 0, past ~= nil and past <= #text
    if cut then text = text:sub(1, past - 1) end
    add(lines, "")
    add(lines, words[languages[1]].quoted)
    for line in (text:gsub("\n+$", "") .. "\n"):gmatch "([^\n]*)\n" do
        count = count + 1
        if count > most_lines then
            cut = true
            break
        end
        add(lines, "> " .. line)
    end
    for _, language in ipairs(cut and languages or {}) do add(lines, words[language].cut) end
end

-- mail: its number in the ledger.
function note.text(message, contact, args, original, mail)
    local languages = note.languages(contact)
    local lines = {}
    for _, language in ipairs(languages) do add_caution(lines, words[language], message) end
    for _, language in ipairs(languages) do add_thread(lines, language, message, contact) end
    if #lines > 0 and (contact.name or contact.missing) then add(lines, "") end
    for index, language in ipairs(languages) do
        if index > 1 then
            add(lines, "")
            add(lines, "----")
        end
        add_body(lines, language, message, contact, index == 1 and args.text or nil, original, mail)
    end
    if args.quote ~= false and message.text and message.text ~= "" then add_quote(lines, languages, message.text) end
    return table.concat(lines, "\n") .. "\n"
end

return note
