-- What a chat shows of a mail, whatever the service. A stranger may have written any of it, so it can neither call a channel
-- together, nor hide where a link leads or which way it reads, nor bring a code or a key before everybody. What a service takes for
-- markup is the service's (awsift/chat).
local clip = require "awsift.clip"
local chat_text = {}

local most = 2000 -- characters

-- What has no width, and what turns the direction of reading: two texts that look alike must be alike.
local hidden = {
    "\u{00AD}", "\u{034F}", "\u{061C}", "\u{180E}", "\xE1\x85[\x9F\xA0]", "\xE2\x80[\x8B-\x8F\xAA-\xAE]", "\xE2\x81[\xA0-\xAF]", "\u{3164}",
    "\u{FEFF}", "\u{FFA0}", "\xF3\xA0[\x80\x81][\x80-\xBF]", "\xC2[\x80-\x9F]",
}
local function clean(text)
    text = text:gsub("[\0-\8\11-\31\127]", " ")
    if not text:find "[\xC2\xCD\xD8\xE1\xE2\xE3\xEF\xF3]" then return text end
    for _, pattern in ipairs(hidden) do text = text:gsub(pattern, "") end
    return text
end

-- All that the mail brought: what rules found was read from it in another writing (NFKC).
local function words_of(message)
    local words = { message.subject or "", (message.notice or {}).title or "", message.text or "" }
    for _, value in pairs(message.found or {}) do
        for _, one in ipairs(type(value) == "table" and value or { value }) do words[#words + 1] = tostring(one) end
    end
    return clean(table.concat(words, "\n"))
end

-- Links that came with a mail nobody vouches for are shown, and not to be clicked on; those of a rule's author stay. An alert of
-- awsift's own has none, and may quote any mail.
local function defang(text, message, said)
    local alert = message.category == "alert"
    if message.verdict == "proven" then return text end
    text = text:gsub("://([^%s<>\"/?#]+)", function(host)
        if alert or said:find("://" .. host:lower(), 1, true) then return "[:]//" .. host end
    end)
    return (text:gsub("%f[%w][wW][wW][wW]%.[%w.-]+", function(host)
        if alert or said:find(host:lower(), 1, true) then return (host:gsub("%.", "[.]", 1)) end
    end))
end

-- Some chats take the bare word for a call to all: a space of no width comes between.
local called = { everyone = true, channel = true, here = true, all = true, group = true }
local function hush(text)
    return (text:gsub("()@(%a+)", function(place, word)
        if called[word:lower()] and not text:sub(place - 1, place - 1):find "%w" then return "@\u{200B}" .. word end
    end))
end

-- Chats make *bold* and `code` of marks that begin a word. Those that the mail brought give way to signs that look alike, and
-- mean nothing; those of a rule's author stay, as do the ones inside AWS_EC2_NAMES. A run of marks is tried from its beginning alone:
-- from each of its marks, fifty thousand of them would take minutes.
local marks = { ["*"] = "\u{2217}", ["_"] = "\u{FF3F}", ["~"] = "\u{223C}", ["`"] = "\u{02CB}" }
local function flatten(text, said)
    return (text:gsub("%f[*_~`]()([*_~`]+)([^%s*_~`]+)([*_~`]*)", function(place, before, word, behind)
        local inside = text:sub(place - 1, place - 1):find "%w" or (said and not said:find(before .. word, 1, true))
        if not inside then return before:gsub(".", marks) .. word .. behind:gsub(".", marks) end
    end))
end

-- Two functions, of texts that go before people because of a mail: as they may be shown, and the same where its author (the rule's)
-- may have used marks, which then stay.
function chat_text.of_mail(message)
    local said = words_of(message)
    local low = said:lower()
    local function shown(text) return hush(defang(clean(log.masked(text)), message, low)) end
    return shown, function(text) return flatten(shown(text), said) end
end

-- A text that no author has written, without marks.
function chat_text.unmarked(text) return flatten(text) end

function chat_text.pointer(mail)
    return mail and mail > 0 and ("… (awsift show %d)"):format(mail) or "…"
end

-- Slack's three: with them gone, <!everyone>, <@U…> and <url|words> are words.
local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }
function chat_text.escaped(text)
    return (text:gsub("[&<>]", escapes))
end

-- One text for a chat of no known kind, also for actions of one's own. mail: its number in the ledger.
function chat_text.of(text, message, mail)
    local cut
    text, cut = clip.characters(log.masked(text), most)
    local _, authored = chat_text.of_mail(message)
    return chat_text.escaped(authored(cut and text .. chat_text.pointer(mail) or text))
end

return chat_text
