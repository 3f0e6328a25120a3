-- chat: posts a text to a channel of the configuration: channel "NAME" { url = … }.
local answers = require "awsift.answers"
local chat_text = require "awsift.chat_text"
local gathered = require "awsift.gathered"
local note = require "awsift.note"

action "chat" {
    args = { channel = "channel", text = "text?" },
    run = function(ctx, args)
        local channel = config.channels[args.channel]
        if not channel then fail(("no channel '%s' is configured"):format(args.channel)) end
        local message, given = ctx.message, args.text
        local reader = { language = config.operators.language, timezone = config.timezone }
        if gathered.of(message) then message, given = gathered.as_one(message, reader, args) end
        local text = note.said(given) or ("[%s] %s %s"):format(message.category, message.account or "", message.subject)
        local lines = note.thread_lines(message, reader)
        if lines[1] then text = text .. "\n" .. table.concat(lines, "\n") end
        return answers.settle(http.post { url = channel.url, json = { text = chat_text.of(text, message, ctx.mail) } })
    end,
}
