-- chat: posts to a channel of the configuration, channel "NAME" { kind = "slack", url = … }, in the form of its service.
local answers = require "awsift.answers"
local channel_uses = require "awsift.channel_uses"
local chat_message = require "awsift.chat.message"
local gathered = require "awsift.gathered"
local note = require "awsift.note"
local owed_text = require "awsift.owed_text"
local services = require "awsift.chat.services"

-- The operator's own call for mails of that priority, which no mail can make.
local function mentions_of(channel, priority)
    local given = channel.mention
    if type(given) == "table" and given[1] == nil then given = given[priority] end
    return type(given) == "string" and { given } or given or {}
end

local function request_of(service, channel, ctx, args)
    local message, text, most = ctx.message, args.text, service.most
    local to = { language = channel.language or note.languages(config.operators)[1], timezone = channel.timezone or config.timezone }
    if gathered.of(message) then message, text = gathered.as_one(message, to, args) end
    local tell = chat_message.of(message, to, text, ctx.mail)
    repeat
        local told = tell(most)
        told.channel, told.mentions, told.key = channel, mentions_of(channel, message.priority), ctx.key
        told.source, told.given, told.mail, told.to = message, text, ctx.mail, to
        local request = service.build(told)
        most = most // 2
        if most < 100 or not service.longest or not service.longest(request) then return request end
    until false
end

local function refusal(service, reply)
    for word, what in pairs(service.refusals or {}) do
        if reply.body:find(word, 1, true) then return what end
    end
end

action "chat" {
    args = { channel = "channel", text = "text?" },
    retry = { attempts = 40, deadline = "1d" }, -- what is said of yesterday is noise
    run = function(ctx, args)
        local channel = config.channels[args.channel]
        if not channel then fail(("no channel '%s' is configured"):format(args.channel)) end
        local fault = channel_uses.fault("chat", args.channel, channel.kind)
        if fault then fail(fault) end
        local service = services[channel.kind or "generic"]
        -- args.stage is set by the engine alone: nobody has acknowledged the mail.
        args.text = args.text or owed_text.chat(args, ctx.message, note.languages(config.operators)[1], ctx.mail)
        local reply, why, refused, kind = http.post(request_of(service, channel, ctx, args))
        if reply and service.answer then
            local answer = service.answer(reply, ctx.now)
            answer.retry_after = answer.retry_after or reply.retry_after
            reply = answer
        end
        local what = reply and reply.status >= 400 and refusal(service, reply)
        if what and reply.status < 500 and reply.status ~= 429 then fail(("answered %d: %s"):format(reply.status, what)) end
        local detail = answers.settle(reply, why, refused, kind)
        return reply.id and ("%s, message %s"):format(detail, tostring(reply.id):sub(1, 200)) or detail
    end,
}
