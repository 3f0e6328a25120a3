-- What is read to a person on the phone. The service that rings may take its text for markup, where a mail could make it fall
-- silent for an hour: there are no brackets in it, no links, no codes, and it comes to an end.
local spoken_text = {}

local most = 300 -- characters: about half a minute

function spoken_text.of(text)
    text = log.masked(text):gsub("%a[%w+.-]*://%S+", " "):gsub("[<>&{}%[%]|\\`*_~#]", " "):gsub("%c+", " "):gsub("  +", " ")
    text = text:gsub("^ ", ""):gsub(" $", "")
    local past = utf8.offset(text, most + 1)
    if not past or past > #text then return text end
    return text:sub(1, past - 1)
end

return spoken_text
