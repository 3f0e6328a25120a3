-- What can be written to, as contacts and configuration name it.
local addresses = {}

-- local-part@domain: the local part in ASCII, since mail is sent without SMTPUTF8 (RFC 6531); the domain may be international.
function addresses.is_mail(text)
    return type(text) == "string" and text:match "^[%w!#$%%&'*+/=?^_`{|}~.-]+@[^%s@<>,;\"()]+$" ~= nil
end

function addresses.is_phone(text)
    return type(text) == "string" and text:match "^%+?[%d%s%-()]+$" ~= nil
end

-- A name of the time zone database, as far as its form tells: Asia/Tokyo, UTC.
function addresses.is_time_zone(text)
    return type(text) == "string" and text:match "^%u[%w_+-]*[%w/_+-]*$" ~= nil
end

-- What a note can be written in: one language, or one after the other.
addresses.languages = { ja = true, en = true, ["ja+en"] = true, ["en+ja"] = true }

return addresses
