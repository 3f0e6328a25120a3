-- What an HTTP answer means for an action: done, retry or dead.
local answers = {}

local LONGEST, READ = 200, 16384 -- bytes of an answer that the record keeps, and of which they are the first

local passing = { [408] = true, [425] = true, [429] = true }
local kinds = { [401] = "auth", [403] = "auth", [407] = "auth", [408] = "timeout", [413] = "content", [415] = "content", [422] = "content", [429] = "rate" }

-- What kind of failure it is (wire/action.h).
local function kind_of(reply)
    if reply.status == 503 and reply.retry_after then return "rate" end
    return kinds[reply.status] or (reply.status >= 500 and "server" or "client")
end

-- An answer's text as it may stand in a record: masked before it is cut, so that no half of a secret is left, and on one line.
function answers.words(body)
    local text = log.masked((body or ""):sub(1, READ)):gsub("[%c%s]+", " ")
    if #text <= LONGEST then return text end
    return (text:sub(1, LONGEST):gsub("[\xC0-\xFF][\x80-\xBF]*$", "")) .. "…"
end

-- Redirects are not followed: a POST would arrive as a GET, or at a host that nobody named. Of the new address, the host is told.
local function moved(reply)
    local where = reply.headers.location or ""
    local host = where:match "^[Hh][Tt][Tt][Pp][Ss]?://([^/?#%c%s]+)" or where:match "^//([^/?#%c%s]+)"
    host = host and host:gsub("^.*@", "")
    return ("answered %d: it has moved%s, and redirects are not followed; write its new address as url"):format(reply.status,
        host and (" to " .. host:sub(1, 100)) or " to another address of the same host")
end

-- Ends the action unless the reply is a success; returns a detail for the record. To be called with all that http.post yields.
function answers.settle(reply, why, refused, kind)
    if not reply and refused then fail(why, "client") end
    if not reply then retry(why or "no answer", nil, kind) end
    local status = reply.status
    if status >= 200 and status < 300 then return "answered " .. status end
    if status >= 300 and status < 400 then fail(moved(reply), "client") end
    local reason = ("answered %d: %s"):format(status, answers.words(reply.body))
    if status >= 500 or passing[status] then retry(reason, reply.retry_after, kind_of(reply)) end
    fail(reason, kind_of(reply))
end

return answers
