-- remind: tells a role by mail that nobody has acknowledged a mail yet, or that an answer is owed. The engine alone asks for it.
local addresses = require "awsift.addresses"
local note = require "awsift.note"
local owed_text = require "awsift.owed_text"

action "remind" {
    args = {},
    retry = { attempts = 40, deadline = "1d" },
    run = function(ctx, args)
        local message = ctx.message
        local contact, why = note.recipient(message, args.to, addresses.is_mail)
        if not contact then fail(why) end
        local headers = {
            ["X-Awsift-Category"] = message.category, ["X-Awsift-Rule"] = message.rule or "none",
            ["X-Awsift-Id"] = tostring(ctx.mail), ["X-Awsift-Loop"] = "1",
        }
        if message.verdict == "unproven" or message.verdict == "forged" then headers["X-Awsift-Proof"] = message.verdict end
        return outbox.deliver {
            to = contact.addresses, subject = owed_text.subject(args, message, contact), headers = headers, original = false,
            text = owed_text.lines(args, contact, ctx.mail) .. "\n\n" .. note.text(message, contact, {}, { state = "none" }, ctx.mail),
        }
    end,
}
