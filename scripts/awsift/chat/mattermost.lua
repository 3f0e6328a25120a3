-- Mattermost, over an incoming webhook: an attachment with fields, in Markdown.
local clip = require "awsift.clip"
local lines = require "awsift.chat.lines"

local post_most, field_most = 16383, 2000
local colors = { urgent = "#c9302c", plain = "#5b6b7b" }

-- Any @name calls somebody, unless it is inside of an address.
local function uncalled(text)
    return (text:gsub("()@(%w)", function(place, letter)
        if not text:sub(place - 1, place - 1):find "%w" then return "@\u{200B}" .. letter end
    end))
end

-- Markdown's marks, with a \ before each; addresses of pages stay whole, since they hold some of them.
local structure, all = "[\\%[%]#|>]", "[\\%[%]#|>*_~`]"
local function escaped(text, marks)
    local list, place = {}, 1
    text = uncalled(text)
    while place <= #text do
        local first, last = text:find("https?://[%w%-._~:/?#@&=%%+,;]+", place)
        list[#list + 1] = text:sub(place, (first or #text + 1) - 1):gsub(marks, "\\%0")
        if not first then break end
        list[#list + 1] = text:sub(first, last)
        place = last + 1
    end
    return table.concat(list)
end

local function plain(text) return escaped(text, all) end
local function authored(text) return escaped(text, structure) end
local function mark(text) return "**" .. plain(text) .. "**" end
local function link(url, label)
    return label == url and url or ("[%s](%s)"):format(plain(label), (url:gsub("[()%s]", { ["("] = "%28", [")"] = "%29" })))
end

local markup = { text = plain, authored = authored, mark = mark, link = link }

local function attachment_of(told)
    local head, tail, fields = {}, {}, {}
    if told.caution then head[#head + 1] = mark(told.caution) end
    if told.subject then head[#head + 1] = mark(told.subject) end
    for _, line in ipairs(told.remarks) do head[#head + 1] = plain(line) end
    if told.text then head[#head + 1] = authored(told.text) end
    if told.advice then tail[#tail + 1] = plain(told.advice) end
    for _, one in ipairs(told.links) do tail[#tail + 1] = link(one.url, one.label) end
    for _, fact in ipairs(told.facts) do
        fields[#fields + 1] = { short = utf8.len(fact.value) <= 40, title = plain(fact.label), value = clip.changed(fact.value, field_most, plain, "…") }
    end
    for _, line in ipairs(tail) do head[#head + 1] = line end
    return {
        fallback = uncalled((clip.characters(("%s %s"):format(told.title, told.subject or told.text or ""), 500))),
        color = told.urgent and colors.urgent or colors.plain, title = plain(told.title), text = table.concat(head, "\n\n"),
        fields = fields[1] and fields, footer = told.footer,
    }
end

return {
    keys = { "url", "language", "timezone", "mention", "format", "username", "icon" },
    needs = "url",
    formats = { card = true, text = true },
    most = 6000,
    longest = function(request)
        local attachment = request.json.attachments and request.json.attachments[1]
        return utf8.len(attachment and attachment.text or request.json.text) > post_most
    end,
    mention = function(text)
        if not text:find "^@[%w._-]+$" then return "is none of Mattermost's: write @channel, @here or @ with a member's name" end
    end,
    build = function(told)
        local channel = told.channel
        local mentions = told.mentions[1] and table.concat(told.mentions, " ") or nil
        local request = { username = channel.username, text = mentions }
        if channel.icon then request[channel.icon:find "^:" and "icon_emoji" or "icon_url"] = channel.icon end
        if channel.format == "text" then
            request.text = (mentions and mentions .. "\n" or "") .. lines(told, markup)
        else
            request.attachments = { attachment_of(told) }
        end
        return { url = channel.url, json = request }
    end,
    refusals = {
        ["incoming_webhook.invalid"] = "the webhook is gone: make a new one, and put its URL into the configuration",
        ["Invalid webhook"] = "the webhook is gone: make a new one, and put its URL into the configuration",
    },
}
