-- page: an incident at a paging service, channel "NAME" { kind = "pagerduty", routing_key = secret "…" } (Events API v2). All
-- events about one support case, abuse report or mail have one key, so that they are one incident.
local answers = require "awsift.answers"
local channel_uses = require "awsift.channel_uses"
local clip = require "awsift.clip"
local masked = require "awsift.masked"
local note = require "awsift.note"

local severities = { urgent = "critical", high = "error", normal = "warning", low = "info" }
local longest_summary, longest_text, most_listed = 1024, 1000, 100 -- an event has at most 512 KB

local function short(text, most)
    return (clip.characters(text, most))
end

-- What is less proven has incidents of its own, or it could join one that somebody has acknowledged, and keep it quiet.
-- An alert of awsift's own belongs to no mail.
local function incident(message, ctx)
    local notice, mail = message.notice or {}, ctx.mail
    local about = notice.case and "case-" .. notice.case or notice.abuse_id and "abuse-" .. notice.abuse_id
        or mail > 0 and "mail-" .. mail or "alert-" .. ctx.key:sub(1, 16)
    local proof = (mail == 0 or message.verdict == "proven") and "" or message.verdict .. "-"
    return short(("awsift-%s%s-%s"):format(proof, message.account or "none", about), 255)
end

-- The first of a list, each not too long, and how many there are besides.
local function some(list)
    local some = {}
    for index = 1, math.min(#list, most_listed) do some[index] = short(tostring(list[index]), longest_text) end
    if #list > most_listed then some[most_listed + 1] = ("… (+%d)"):format(#list - most_listed) end
    return some
end

local function details(message, mail)
    local notice = message.notice or {}
    local known = { mail = mail, acknowledge = mail > 0 and ("awsift ack %d"):format(mail) or nil, rule = message.rule, account = message.account, category = message.category,
        verdict = message.verdict, service = message.service, regions = notice.regions, resources = notice.resources, deadline = notice.deadline,
        case = notice.case, abuse_id = notice.abuse_id, subject = message.subject }
    local list = {}
    for key, value in pairs(known) do list[key] = type(value) == "string" and short(value, longest_text) or type(value) == "table" and some(value) or value end
    return masked(list)
end

local function event(channel, ctx, args)
    local message = ctx.message
    local acknowledges = args.event == "acknowledge"
    local sent = { routing_key = secret(channel.routing_key.secret), dedup_key = incident(message, ctx),
        event_action = acknowledges and "acknowledge" or "trigger" }
    if acknowledges then return sent end
    local said = note.said(args.text) or ("%s %s"):format(message.account or "", message.subject)
    local advice = message.advice or {}
    sent.client = "awsift"
    sent.payload = {
        summary = short(log.masked((("[%s] %s"):format(message.category, said):gsub("%s+", " "))), longest_summary),
        source = channel.source or message.account or "awsift", severity = severities[message.priority] or "error", timestamp = message.arrived,
        component = message.service, group = message.account, class = message.category, custom_details = details(message, ctx.mail),
    }
    if advice.url then sent.links = { { href = advice.url, text = short(message.category_title_en or message.category, 200) } } end
    return sent
end

action "page" {
    args = { channel = "channel", text = "text?" },
    retry = { attempts = 100, most = "2m", deadline = "6h" },
    run = function(ctx, args)
        local channel = config.channels[args.channel]
        if not channel then fail(("no channel '%s' is configured"):format(args.channel)) end
        local fault = channel_uses.fault("page", args.channel, channel.kind)
        if fault then fail(fault) end
        local sent = event(channel, ctx, args)
        local reply, why, refused, kind = http.post { url = channel.url or "https://events.pagerduty.com/v2/enqueue", json = sent }
        return ("%s %s: %s"):format(sent.event_action, sent.dedup_key, answers.settle(reply, why, refused, kind))
    end,
}
