-- What a channel of each kind is for: chats show text, pagers open incidents, and phones ring, through channel "call". Who acts and
-- who checks ask here, so that what passes `check` is not refused when it is needed.
local channel_uses = {}

local rings = { twilio = true, generic = true }
local pages = { pagerduty = true }

-- Why a channel of that kind (nil: generic) does not serve an action, or nil where it does, or where the action is a team's own.
function channel_uses.fault(action, name, kind)
    kind = kind or "generic"
    if action == "chat" and (kind == "twilio" or pages[kind]) then
        return ("channel '%s' is of kind %s, which is no chat"):format(name, kind)
    elseif action == "page" and not pages[kind] then
        return ("channel '%s' is no pager: it needs kind = \"pagerduty\""):format(name)
    elseif action == "call" and not rings[kind] then
        return ("channel '%s' is of kind %s, which rings no phone: it needs kind = \"twilio\""):format(name, kind)
    end
end

return channel_uses
