-- What people are told of a mail that nobody has acknowledged yet.
local note = require "awsift.note"

local owed_text = {}

local words = {
    ja = {
        half = "【要回答】%s までに回答が必要です。期限までの時間の半分が過ぎましたが、まだ誰も確認していません。",
        over = "【回答期限超過】回答の期限 (%s) が過ぎましたが、まだ誰も確認していません。",
        unacknowledged = "【未確認】まだ誰もこのメールを確認していません。",
        half_subject = "【要回答】", over_subject = "【回答期限超過】", unacknowledged_subject = "【未確認】",
        ack = "対応を始めたら、次のコマンドを実行してください: awsift ack %d", chat = "%s%s %s (awsift ack %d)",
    },
    en = {
        half = "AN ANSWER IS OWED by %s. Half of the time is over, and nobody has acknowledged it yet.",
        over = "THE TIME TO ANSWER IS OVER (%s), and nobody has acknowledged it yet.",
        unacknowledged = "NOBODY HAS ACKNOWLEDGED this mail yet.",
        half_subject = "[Answer owed] ", over_subject = "[Answer overdue] ", unacknowledged_subject = "[Not acknowledged] ",
        ack = "Whoever takes care of it runs: awsift ack %d", chat = "%s%s %s (awsift ack %d)",
    },
}

-- The lines that go before the note, in each of the contact's languages.
function owed_text.lines(args, contact, mail)
    local lines = {}
    for _, language in ipairs(note.languages(contact)) do
        local w = words[language]
        local until_when = args["until"] and (local_time(args["until"], contact.timezone or "UTC") or args["until"]) or ""
        lines[#lines + 1] = w[args.stage]:format(until_when)
        lines[#lines + 1] = w.ack:format(mail)
    end
    return table.concat(lines, "\n")
end

function owed_text.subject(args, message, contact)
    return words[note.languages(contact)[1]][args.stage .. "_subject"] .. message.subject
end

-- One line for a chat, or nil where the mail itself is told.
function owed_text.chat(args, message, language, mail)
    local w = args.stage and words[language]
    return w and w.chat:format(w.unacknowledged_subject, message.account or "", message.subject, mail)
end

return owed_text
