-- Google Chat, over a space's webhook: text with a few marks, or a card. Mails about one notice go into one thread, and what was sent
-- and not answered is not posted twice.
local chat_text = require "awsift.chat_text"
local clip = require "awsift.clip"
local lines = require "awsift.chat.lines"

local text_most = 4096

-- There is no escaping: what would be <users/all> or <url|words> loses its first bracket to one that looks alike.
local function inert(text) return (text:gsub("<", "\u{2039}")) end
local function plain(text) return inert(chat_text.unmarked(text)) end
local function mark(text) return "*" .. plain(text) .. "*" end

local function link(url, label)
    return label == url and url or ("<%s|%s>"):format((url:gsub("[|>]", { ["|"] = "%7C", [">"] = "%3E" })), (plain(label):gsub("[|>]", " ")))
end

local markup = { text = plain, authored = inert, mark = mark, link = link }

-- Cards know a little HTML.
local function html(text)
    return (chat_text.escaped(text):gsub("[\"']", { ["\""] = "&quot;", ["'"] = "&#39;" }):gsub("\n", "<br>"))
end

local function paragraph(text) return { textParagraph = { text = text } } end

local function card_of(told)
    local widgets, buttons = {}, {}
    local function add(text, form)
        if text and text ~= "" then widgets[#widgets + 1] = paragraph((form or "%s"):format(html(text))) end
    end
    add(told.caution, "<b>%s</b>")
    add(told.subject, "<b>%s</b>")
    if told.remarks[1] then add(table.concat(told.remarks, "\n")) end
    add(told.text)
    for _, fact in ipairs(told.facts) do
        widgets[#widgets + 1] = { decoratedText = { topLabel = fact.label, text = html(fact.value), wrapText = true } }
    end
    add(told.advice)
    for _, one in ipairs(told.links) do
        buttons[#buttons + 1] = { text = (clip.characters(one.label, 80)), onClick = { openLink = { url = one.url } } }
    end
    if buttons[1] then widgets[#widgets + 1] = { buttonList = { buttons = buttons } } end
    local header = { title = (clip.characters(told.title, 200)), subtitle = told.footer }
    return { cardId = "awsift", card = { header = header, sections = { { widgets = widgets } } } }
end

local function escaped(text)
    return (text:gsub("[^%w._~-]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- A thread that is not there begins with the message.
local function address_of(told)
    local url = type(told.channel.url) == "table" and secret(told.channel.url.secret) or told.channel.url
    local more = "messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD&requestId=" .. escaped(told.key)
    return url .. (url:find("?", 1, true) and "&" or "?") .. more
end

local function thread_of(told)
    local first = (told.source.thread or {}).first
    return { threadKey = ("awsift-%d"):format(first and first.id or told.mail or 0) }
end

return {
    keys = { "url", "language", "timezone", "mention", "format" },
    needs = "url",
    formats = { card = true, text = true },
    most = 3000,
    longest = function(request)
        return utf8.len(request.json.text or "") > text_most or #json.encode(request.json) > 30 * 1024 -- it takes 32,000 bytes
    end,
    mention = function(text)
        if not text:find "^<users/[%w@._-]+>$" then return "is none of Google Chat's: write <users/all>, or <users/123456789> of a member" end
    end,
    build = function(told)
        local mentions = told.mentions[1] and table.concat(told.mentions, " ") or nil
        local request = { thread = thread_of(told) }
        if told.channel.format == "card" then
            request.text, request.cardsV2 = mentions, { card_of(told) }
            request.fallbackText = (clip.characters(("%s %s"):format(told.title, told.subject or told.text or ""), 500))
        else
            request.text = (mentions and mentions .. "\n" or "") .. lines(told, markup)
        end
        return { url = address_of(told), json = request }
    end,
    answer = function(reply)
        local body = json.decode(reply.body)
        return { status = reply.status, body = reply.body, id = type(body) == "table" and body.name or nil }
    end,
    refusals = {
        NOT_FOUND = "the space or its webhook is gone: make a new one, and put its URL into the configuration",
        PERMISSION_DENIED = "the webhook's URL is not whole, or it was taken back: copy it anew",
    },
}
