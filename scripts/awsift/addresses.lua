-- What can be written to, as contacts and configuration name it.
local problem = require "awsift.problem"

local addresses = {}

-- local-part@domain. Both may be international: mail to such a local part needs a server that takes it (SMTPUTF8, RFC 6531).
function addresses.is_mail(text)
    return type(text) == "string" and text:match "^[%w!#$%%&'*+/=?^_`{|}~.\x80-\xff-]+@[^%s@<>,;\"()]+$" ~= nil
        and utf8.len(text) ~= nil
end

-- The same with a local part in ASCII, that every server takes.
function addresses.is_plain_mail(text)
    return addresses.is_mail(text) and not text:match "^[^@]*[\x80-\xff]"
end

function addresses.is_phone(text)
    return type(text) == "string" and text:match "^%+?[%d%s%-()]+$" ~= nil
end

-- A name of the time zone database, as far as its form tells: Asia/Tokyo, UTC.
function addresses.is_time_zone(text)
    return type(text) == "string" and text:match "^%u[%w_+-]*[%w/_+-]*$" ~= nil
end

-- What a note can be written in: one language, or one after the other.
local languages = { ja = true, en = true, ["ja+en"] = true, ["en+ja"] = true }
function addresses.fault_of_language(value)
    if not languages[value] then return ("must be ja or en, ja+en or en+ja, not %s"):format(problem.shown(value)) end
end

return addresses
