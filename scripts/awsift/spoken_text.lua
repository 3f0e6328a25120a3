-- What is read to a person on the phone. The service that rings may take its text for markup, where a mail could make it fall
-- silent for an hour: there are no brackets in it, no links, no codes, and it comes to an end.
local clip = require "awsift.clip"

local spoken_text = {}

local most = 300 -- characters: about half a minute
local longest_title = 100
local longest_markup, rounds = 4000, 3 -- what a call may hold, and how often it is said: who picks up misses the beginning

function spoken_text.of(text)
    text = clip.characters(log.masked(text), 10 * most) -- an address is looked for from each letter
    text = text:gsub("%a[%w+.-]*://%S+", " "):gsub("[<>&{}%[%]|\\`*_~#]", " "):gsub("%c+", " "):gsub("  +", " ")
    text = text:gsub("^ ", ""):gsub(" $", "")
    return (clip.characters(text, most))
end

local words = {
    ja = { voice = "ja-JP", alarm = "こちらは awsift です。至急ご確認ください。", account = "AWS アカウント、%s。", mail = "メール番号、%s。",
        ack = "対応を始めたら、awsift、アック、%s、を実行してください。" },
    en = { voice = "en-US", alarm = "This is awsift. Please act at once.", account = "AWS account %s.", mail = "Mail number %s.",
        ack = "When you take care of it, run: awsift ack %s." },
}

-- One after the other, in fours: nobody can write down a hundred billion.
local function digits(text)
    return (text:gsub("%d%d%d%d", "%0,"):gsub(",$", ""):gsub("%d", "%0 "):gsub(" ,", ", "):gsub(" +$", ""):gsub("  +", " "))
end

-- Brackets would be markup; quotes are none between tags, and written out, six bytes each, they could make a call too long. U+FFFE,
-- U+FFFF and controls are no characters of XML: with one of them nothing would be said at all.
local function escaped(text)
    return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }):gsub("\xEF\xBF[\xBE\xBF]", " "):gsub("%c", " "))
end

-- What is said in one language. own: the rule's author's text, in place of the subject.
function spoken_text.said(message, language, mail, own)
    local w = words[language]
    local english = message.category_title_en ~= "" and message.category_title_en
    local title = language == "en" and (english or message.category:gsub("[_.-]", " ")) or message.category_title ~= "" and message.category_title
        or english or message.category:gsub("[_.-]", " ")
    local parts = { w.alarm, clip.characters(title, longest_title) .. (language == "ja" and "。" or ".") }
    if message.account then parts[#parts + 1] = w.account:format(digits(message.account)) end
    parts[#parts + 1] = spoken_text.of(own or message.subject)
    if mail > 0 then parts[#parts + 1] = w.ack:format(digits(tostring(mail))) end
    return table.concat(parts, " ")
end

-- The same as Twilio's markup, in each language, over and over.
function spoken_text.twiml(message, languages, mail, own)
    local once = {}
    for _, language in ipairs(languages) do
        once[#once + 1] = ("<Say language=\"%s\">%s</Say><Pause length=\"1\"/>"):format(words[language].voice,
            escaped(spoken_text.said(message, language, mail, own)))
    end
    local round = table.concat(once)
    local times = math.max(1, math.min(rounds, (longest_markup - 30) // #round))
    return "<Response>" .. round:rep(times) .. "</Response>"
end

return spoken_text
