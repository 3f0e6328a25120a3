-- forward: tells a contact by mail: the note in the contact's language, the original attached.
local note = require "awsift.note"

action "forward" {
    args = { to = "role", subject = "text?", text = "text?", quote = "flag?" },
    run = function(ctx, args)
        local message = ctx.message
        local contact, why = note.recipient(message, args.to)
        if not contact then fail(why) end
        local headers = {
            ["X-Awsift-Category"] = message.category, ["X-Awsift-Rule"] = message.rule or "none",
            ["X-Awsift-Id"] = tostring(ctx.id), ["X-Awsift-Loop"] = "1",
        }
        if message.verdict == "unproven" then headers["X-Awsift-Proof"] = "unproven" end
        outbox.deliver {
            to = contact.addresses, subject = note.said(args.subject) or note.subject(message, args.to), headers = headers,
            text = note.text(message, contact, args),
        }
        return table.concat(contact.addresses, ", ")
    end,
}
