-- What a chat shows of a mail. A stranger may have written any of it, so it can neither call a channel together, nor hide
-- where a link leads, nor bring a code or a key before everybody.
local chat_text = {}

local most = 2000 -- characters

local function clip(text, mail)
    local past = utf8.offset(text, most + 1)
    if not past or past > #text then return text end
    return text:sub(1, past - 1) .. (mail and mail > 0 and ("… (awsift show %d)"):format(mail) or "…")
end

-- Links that came with a mail nobody vouches for are shown, and not to be clicked on; those of a rule's author stay.
local function defang(text, message)
    if message.verdict == "proven" then return text end
    local said = ((message.subject or "") .. "\n" .. (message.text or "")):lower()
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

-- Slack's three: with them gone, <!everyone>, <@U…> and <url|words> are words.
local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

-- mail: its number in the ledger.
function chat_text.of(text, message, mail)
    text = clip(log.masked(text), mail)
    return (hush(defang(text, message)):gsub("[&<>]", escapes))
end

return chat_text
