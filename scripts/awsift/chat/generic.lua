-- A chat that takes {"text": …}, whatever it is: Slack's oldest form, which many understand.
local chat_text = require "awsift.chat_text"
local note = require "awsift.note"

return {
    keys = { "url", "language", "timezone", "mention" },
    needs = "url",
    most = 2000,
    build = function(told)
        local message = told.source
        local text = told.text and told.given or ("[%s] %s %s"):format(message.category, message.account or "", message.subject)
        local lines = note.thread_lines(message, told.to)
        if lines[1] then text = text .. "\n" .. table.concat(lines, "\n") end
        text = chat_text.of(text, message, told.mail)
        if told.mentions[1] then text = table.concat(told.mentions, " ") .. "\n" .. text end
        return { url = told.channel.url, json = { text = text } }
    end,
}
