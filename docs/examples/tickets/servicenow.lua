-- ServiceNow: opens an incident over the Table API. Put the password of the user below into the secret servicenow-password, and
-- write into awsift.lua:  webhook "servicenow" { url = "https://example.service-now.com" }
local ticket = require "ticket"

local user = "awsift"

local function ask(method, path, body)
  return ticket.answer(http.request {
    method = method, url = config.webhooks.servicenow.url .. "/api/now/table/incident" .. path, json = body,
    headers = { Authorization = "Basic " .. crypto.base64(user .. ":" .. secret "servicenow-password"), Accept = "application/json" },
  }).result
end

local function find(key)
  local query = ("?sysparm_query=%s&sysparm_fields=sys_id,number,work_notes&sysparm_display_value=true&sysparm_limit=1"):format(
    ticket.encode("correlation_id=" .. key))
  return ask("GET", query)[1]
end

local function open(ctx, args, key)
  return ask("POST", "?sysparm_fields=sys_id,number", {
    short_description = ticket.summary(ctx), description = table.concat(ticket.lines(ctx), "\n"), correlation_id = key,
    correlation_display = "awsift", urgency = args.urgency or "2", impact = args.impact or "2", assignment_group = args.group,
  }).number
end

action "servicenow" {
  args = { group = "text?", urgency = "text?", impact = "text?" }, -- 1 high, 2 medium, 3 low
  run  = function(ctx, args)
    local key, mark, thread = ticket.key(ctx), ticket.mark(ctx), ctx.message.thread
    local incident = find(key)
    if not incident then return open(ctx, args, key) end
    if not thread or thread.relation == "duplicate" then return incident.number .. " was open already" end
    if not (incident.work_notes or ""):find(mark, 1, true) then
      local notes = thread.relation .. "\n" .. table.concat(ticket.lines(ctx), "\n") .. "\n" .. mark
      ask("PATCH", "/" .. incident.sys_id .. "?sysparm_fields=sys_id", { work_notes = notes })
    end
    return incident.number .. " has a note"
  end,
}

rule "tickets.servicenow" {
  title = "Amazon RDS Maintenance Notice",
  final = false,
  also  = { servicenow { group = "AWS operations" } },
}
