-- What an HTTP answer means for an action: done, retry or dead.
local answers = {}

local passing = { [408] = true, [425] = true, [429] = true }

-- Ends the action unless the reply is a success; returns a detail for the record.
function answers.settle(reply, why)
    if not reply then retry(why or "no answer") end
    if reply.status >= 200 and reply.status < 300 then return "answered " .. reply.status end
    local reason = ("answered %d: %s"):format(reply.status, (reply.body or ""):sub(1, 200))
    if reply.status >= 500 or passing[reply.status] then retry(reason, reply.retry_after) end
    fail(reason)
end

return answers
