-- forward: tells a contact by mail: the note in the contact's language, the original attached.
local addresses = require "awsift.addresses"
local gathered = require "awsift.gathered"
local note = require "awsift.note"

-- What was gathered to be told at once; the originals stay where they are.
local function deliver_gathered(message, contact, args, headers)
    gathered.still_theirs(message.gathered, args.to)
    headers["X-Awsift-Mails"] = tostring(message.gathered.count)
    return outbox.deliver {
        to = contact.addresses, subject = gathered.subject(message, contact, args), headers = headers,
        text = gathered.text(message, contact, args), original = false,
    }
end

action "forward" {
    args = { to = "role", subject = "text?", text = "text?", quote = "flag?", template = "name?" },
    run = function(ctx, args)
        local message = ctx.message
        local contact, why = note.recipient(message, args.to, addresses.is_mail)
        if not contact then fail(why) end
        -- args.rounds is set by the engine alone: what is told of is a mail of ours that came back.
        local headers = {
            ["X-Awsift-Category"] = message.category, ["X-Awsift-Rule"] = message.rule or "none",
            ["X-Awsift-Id"] = tostring(ctx.mail), ["X-Awsift-Loop"] = tostring((args.rounds or 0) + 1),
        }
        if message.verdict == "unproven" or message.verdict == "forged" then headers["X-Awsift-Proof"] = message.verdict end
        if gathered.of(message) then return deliver_gathered(message, contact, args, headers) end
        local function deliver(what)
            local attached = what.state == "attached" or what.again
            return outbox.deliver {
                to = contact.addresses, subject = note.subject(message, contact, args), headers = headers,
                text = note.text(message, contact, args, what, ctx.mail), original = attached, unless_large = attached,
            }
        end
        local original = outbox.original()
        local told, limit = deliver(original)
        if told then return told end
        -- The server takes no mail of that size: what happened is told all the same.
        return deliver { state = "large", again = false, size = original.size, maximum = limit }
    end,
}
