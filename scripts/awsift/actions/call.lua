-- call: has one phone of a role rung, through the service behind channel "call". Which one, and who after it, is the escalation's
-- to say: number is the place of the phone in the role, turn counts how often the role was rung.
local addresses = require "awsift.addresses"
local answers = require "awsift.answers"
local channel_uses = require "awsift.channel_uses"
local note = require "awsift.note"
local spoken_text = require "awsift.spoken_text"

-- The phone whose turn it is, and which of how many that is.
local function phone_of(message, args)
    local contact = note.recipient(message, args.to, addresses.is_phone)
    local phones = contact.operators and config.operators.phone or not contact.operators and contact.addresses or {}
    if #phones == 0 then fail(("no phone number is known for '%s'"):format(args.to)) end
    local place = ((args.number or args.turn or 1) - 1) % #phones + 1
    return phones[place], contact, ("%d of %d"):format(place, #phones)
end

-- As the service wants it (E.164). Where a Japanese number rings, one that is written as within Japan is there.
local function international(phone, from)
    local digits = phone:gsub("[^%d+]", "")
    if digits:find "^0%d" and from:find "^%+81" then return "+81" .. digits:sub(2) end
    return digits
end

local services = {}

-- https://www.twilio.com/docs/voice/api/call-resource: it knows no key that would keep a request from ringing twice.
function services.twilio(channel, phone, contact, ctx, args)
    local base = channel.url or "https://api.twilio.com"
    if type(base) == "table" then base = secret(base.secret) end
    local language = channel.language or contact.language
    return {
        url = ("%s/2010-04-01/Accounts/%s/Calls.json"):format(base:gsub("/+$", ""), channel.account),
        headers = { Authorization = "Basic " .. crypto.base64(channel.account .. ":" .. secret(channel.token.secret)) },
        form = { To = international(phone, channel.from), From = channel.from, Timeout = tostring(channel.ring or 45),
            Twiml = spoken_text.twiml(ctx.message, note.languages { language = language }, ctx.mail, note.said(args.text)) },
    }
end

function services.generic(channel, phone, _, ctx, args)
    local text = note.said(args.text) or ("%s %s"):format(ctx.message.account or "", ctx.message.subject)
    return { url = channel.url, json = { to = { phone }, text = spoken_text.of(text), key = ctx.key } }
end

local function call_id(reply)
    local answer = json.decode(reply and reply.body or "")
    local id = type(answer) == "table" and answer.sid
    if type(id) ~= "string" then return "" end
    return (", call %s %s"):format(id:sub(1, 64), tostring(answer.status or ""):sub(1, 32))
end

action "call" {
    args = { to = "role", text = "text?", escalation = "escalation?" },
    retry = { attempts = 100, most = "2m", deadline = "6h" }, -- whoever slept so long reads the mail
    run = function(ctx, args)
        local channel = config.channels.call
        if not channel then fail "no channel \"call\" is configured: nobody was rung" end
        local fault = channel_uses.fault("call", "call", channel.kind)
        if fault then fail(fault) end
        local service = services[channel.kind or "generic"]
        local phone, contact, which = phone_of(ctx.message, args)
        local reply, why, refused, kind = http.post(service(channel, phone, contact, ctx, args))
        return ("rang %s (%s): %s%s"):format(phone, which, answers.settle(reply, why, refused, kind), call_id(reply))
    end,
}
