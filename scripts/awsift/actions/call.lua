-- call: has the phones of a role rung, through the service behind channel "call" { url = … }.
local answers = require "awsift.answers"
local note = require "awsift.note"
local spoken_text = require "awsift.spoken_text"

action "call" {
    args = { to = "role", text = "text?" },
    retry = { attempts = 100, most = "2m", deadline = "6h" }, -- whoever slept so long reads the mail
    run = function(ctx, args)
        local channel = config.channels.call
        if not channel then fail "no channel \"call\" is configured: nobody was rung" end
        local contact = note.recipient(ctx.message, args.to)
        if contact.operators and not config.operators.phone then
            fail(("no phone number is known for '%s'"):format(args.to))
        end
        local numbers = contact.operators and config.operators.phone or contact.addresses
        local text = note.said(args.text) or ("%s %s"):format(ctx.message.account or "", ctx.message.subject)
        return answers.settle(http.post { url = channel.url, json = { to = numbers, text = spoken_text.of(text), key = ctx.key } })
    end,
}
