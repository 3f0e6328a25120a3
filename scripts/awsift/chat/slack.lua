-- Slack, over an incoming webhook: Block Kit, or text in mrkdwn. Texts from a mail stand in plain_text objects, where nothing is
-- markup; where mrkdwn is wanted they are escaped, and verbatim keeps Slack from finding links and names in them.
local chat_text = require "awsift.chat_text"
local clip = require "awsift.clip"
local lines = require "awsift.chat.lines"

local section_most, header_most, field_most, fields_most, text_most = 3000, 150, 2000, 10, 4000

-- Without characters that an author's marks would make something of; for words that have no author here.
local function plain(text) return chat_text.escaped(chat_text.unmarked(text)) end

local function mrkdwn(text) return { type = "mrkdwn", text = text, verbatim = true } end
local function words(text, most) return { type = "plain_text", text = (clip.characters(text, most)), emoji = false } end

local function add_fields(blocks, facts)
    for first = 1, #facts, fields_most do
        local fields = {}
        for index = first, math.min(first + fields_most - 1, #facts) do
            local fact = facts[index]
            fields[#fields + 1] = mrkdwn(("*%s*\n%s"):format(plain(fact.label), clip.changed(fact.value, field_most - 100, plain, "…")))
        end
        blocks[#blocks + 1] = { type = "section", fields = fields }
    end
end

local function link(url, label)
    if label == url then return chat_text.escaped(url) end
    return ("<%s|%s>"):format(chat_text.escaped(url):gsub("|", "%%7C"), plain(label))
end

-- An author's text, whose links verbatim would leave dead.
local function authored(text)
    return (chat_text.escaped(text):gsub("https?://[%w%-._~:/?#@!$&'+,;=%%]+", function(url)
        local address, behind = url:match "^(.-)([.,;:!?']*)$"
        return "<" .. address .. ">" .. behind
    end))
end

local function blocks_of(told)
    local blocks = {}
    local function add(text) blocks[#blocks + 1] = { type = "section", text = text } end
    if told.mentions[1] then add(mrkdwn(table.concat(told.mentions, " "))) end
    if told.caution then add(mrkdwn("*" .. plain(told.caution) .. "*")) end
    blocks[#blocks + 1] = { type = "header", text = words(told.title, header_most) }
    if told.subject and told.subject ~= "" then add(words(told.subject, section_most)) end
    if told.remarks[1] then add(words(table.concat(told.remarks, "\n"), section_most)) end
    if told.text then add(mrkdwn(clip.changed(told.text, section_most, authored, chat_text.pointer(told.mail)))) end
    add_fields(blocks, told.facts)
    if told.advice then add(words(told.advice, section_most)) end
    local links = {}
    for _, one in ipairs(told.links) do links[#links + 1] = link(one.url, one.label) end
    if links[1] then add(mrkdwn(table.concat(links, "\n"))) end
    if told.footer then blocks[#blocks + 1] = { type = "context", elements = { words(told.footer, section_most) } } end
    return blocks
end

local markup = { text = plain, authored = authored, link = link, mark = function(text) return "*" .. plain(text) .. "*" end }

-- What notifications show of blocks, and all that there is without them.
local function text_of(told)
    local mentions = told.mentions[1] and table.concat(told.mentions, " ") .. "\n" or ""
    return mentions .. lines(told, markup)
end

local function summary(told)
    return clip.changed(("%s %s"):format(told.title, told.subject or told.text or ""), section_most, plain, "…")
end

local mentions = { "^<!channel>$", "^<!here>$", "^<!everyone>$", "^<@[UW][A-Z0-9]+>$", "^<!subteam%^S[A-Z0-9]+>$" }

return {
    keys = { "url", "language", "timezone", "mention", "format", "username", "icon" },
    needs = "url",
    formats = { card = true, text = true },
    most = 2900,
    longest = function(request) return not request.json.blocks and utf8.len(request.json.text) > text_most end,
    mention = function(text)
        for _, form in ipairs(mentions) do
            if text:find(form) then return nil end
        end
        return "is none of Slack's: write <!channel>, <!here>, <@U0123ABCD> of a member or <!subteam^S0123ABCD> of a group"
    end,
    build = function(told)
        local channel = told.channel
        local json = { username = channel.username }
        if channel.icon then json[channel.icon:find "^:" and "icon_emoji" or "icon_url"] = channel.icon end
        if channel.format == "text" then
            json.text = text_of(told)
        else
            json.text, json.blocks = summary(told), blocks_of(told)
        end
        return { url = channel.url, json = json }
    end,
    refusals = {
        no_service = "the webhook is turned off or gone: make a new one, and put its URL into the configuration",
        no_team = "the workspace is gone", invalid_token = "the webhook's URL is not whole: copy it anew",
        channel_not_found = "the channel is gone: make a webhook for another", channel_is_archived = "the channel is archived: take it out of the archive, or make a webhook for another",
        action_prohibited = "an administrator of the workspace forbids it", user_not_found = "the user that the webhook writes to is gone",
        posting_to_general_channel_denied = "an administrator keeps the general channel to some: make a webhook for another",
    },
}
