-- What a chat shows of a mail. A stranger may have written any of it, so it can neither call a channel together, nor hide
-- where a link leads, nor bring a code or a key before everybody.
local chat_text = {}

local most = 2000 -- characters

local function clip(text, mail)
    local past = utf8.offset(text, most + 1)
    if not past or past > #text then return text end
    return text:sub(1, past - 1) .. (mail and mail > 0 and ("… (awsift show %d)"):format(mail) or "…")
end

-- All that the mail brought: what rules found was read from it in another writing (NFKC).
local function words_of(message)
    local words = { message.subject or "", (message.notice or {}).title or "", message.text or "" }
    for _, value in pairs(message.found or {}) do
        for _, one in ipairs(type(value) == "table" and value or { value }) do words[#words + 1] = tostring(one) end
    end
    return table.concat(words, "\n")
end

-- Links that came with a mail nobody vouches for are shown, and not to be clicked on; those of a rule's author stay.
local function defang(text, message, said)
    if message.verdict == "proven" then return text end
    said = said:lower()
    return (text:gsub("%a[%w+.-]*://[^%s<>\"]+", function(link)
        local place = link:lower():match "^[^:]+://[^/?#]+"
        if said:find(place, 1, true) then return (link:gsub("://", "[:]//", 1)) end
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
-- mean nothing; those of a rule's author stay, as do the ones inside AWS_EC2_NAMES.
local marks = { ["*"] = "\u{2217}", ["_"] = "\u{FF3F}", ["~"] = "\u{223C}", ["`"] = "\u{02CB}" }
local function flatten(text, said)
    return (text:gsub("()([*_~`]+)([^%s*_~`]+)([*_~`]*)", function(place, before, word, behind)
        local inside = text:sub(place - 1, place - 1):find "%w" or not said:find(before .. word, 1, true)
        if not inside then return before:gsub(".", marks) .. word .. behind:gsub(".", marks) end
    end))
end

-- Slack's three: with them gone, <!everyone>, <@U…> and <url|words> are words.
local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

-- mail: its number in the ledger.
function chat_text.of(text, message, mail)
    local said = words_of(message)
    text = clip(log.masked(text), mail)
    return (hush(flatten(defang(text, message, said), said)):gsub("[&<>]", escapes))
end

return chat_text
