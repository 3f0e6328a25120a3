-- Chatwork, over its API (version 2): a form, a token of an account that is in the room, and [tags] for markup.
local lines = require "awsift.chat.lines"

local service = "https://api.chatwork.com/v2"
local text_most = 10000

-- Every tag stands in brackets, in lower case or not: [To:1], [toall], [info], [code]. Nothing else does: an instance's name, or
-- [Action Required], is read as well with other brackets. The old emoticons of letters, such as (F), stay: they call nobody.
local function plain(text)
    return (text:gsub("[%[%]]", { ["["] = "\u{FF3B}", ["]"] = "\u{FF3D}" }))
end

local markup = { text = plain, authored = plain, mark = plain,
    link = function(url, label) return label == url and url or plain(label) .. ": " .. url end }

-- The title stands in the frame's own.
local function body_of(told)
    local mentions = told.mentions[1] and table.concat(told.mentions, " ") .. "\n" or ""
    return ("%s[info][title]%s[/title]%s[/info]"):format(mentions, plain(told.title), lines(told, markup, true))
end

return {
    keys = { "url", "language", "timezone", "mention", "room", "token", "unread" },
    needs = "room", needs_token = true,
    most = 5000,
    longest = function(request) return utf8.len(request.form.body) > text_most end,
    mention = function(text)
        if text:find "^%[toall%]$" or text:find "^%[To:%d+%]$" then return nil end
        return "is none of Chatwork's: write [toall], or [To:1234567] of a member"
    end,
    build = function(told)
        local channel = told.channel
        local base = channel.url or service
        if type(base) == "table" then base = secret(base.secret) end
        return {
            url = ("%s/rooms/%s/messages"):format((base:gsub("/+$", "")), channel.room),
            headers = { ["X-ChatWorkToken"] = secret(channel.token.secret) },
            form = { body = body_of(told), self_unread = channel.unread == false and "0" or "1" },
        }
    end,
    answer = function(reply, now)
        local body, headers = json.decode(reply.body), reply.headers or {}
        local reset = tonumber(headers["x-ratelimit-reset"])
        return {
            status = reply.status, body = reply.body, id = type(body) == "table" and body.message_id or nil,
            retry_after = reply.status == 429 and reset and now and math.max(1, reset - now) or nil,
        }
    end,
    refusals = {
        ["Invalid API token"] = "the token is not taken: make a new one, and put it into the secret that the channel names",
        ["You don't have permission"] = "the token's account is not in the room, or may not write there",
    },
}
