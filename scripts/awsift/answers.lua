-- What an HTTP answer means for an action: done, retry or dead, and what kind of failure it is (wire/action.h).
local answers = {}

local passing = { [408] = true, [425] = true, [429] = true }
local kinds = { [401] = "auth", [403] = "auth", [407] = "auth", [408] = "timeout", [413] = "content", [415] = "content", [422] = "content", [429] = "rate" }

local function kind_of(reply)
    if reply.status == 503 and reply.retry_after then return "rate" end
    return kinds[reply.status] or (reply.status >= 500 and "server" or "client")
end

-- Ends the action unless the reply is a success; returns a detail for the record.
function answers.settle(reply, why, kind)
    if not reply then retry(why or "no answer", nil, kind) end
    if reply.status >= 200 and reply.status < 300 then return "answered " .. reply.status end
    local reason = ("answered %d: %s"):format(reply.status, (reply.body or ""):sub(1, 200))
    if reply.status >= 500 or passing[reply.status] then retry(reason, reply.retry_after, kind_of(reply)) end
    fail(reason, kind_of(reply))
end

return answers
