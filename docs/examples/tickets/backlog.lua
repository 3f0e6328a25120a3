-- Nulab Backlog: opens an issue. Put the API key of a user into the secret backlog-api-key, and write into awsift.lua:
--   webhook "backlog" { url = "https://example.backlog.com" }
local ticket = require "ticket"

local function address(path, query)
  return ("%s/api/v2%s?apiKey=%s%s"):format(config.webhooks.backlog.url, path, ticket.encode(secret "backlog-api-key"), query or "")
end

-- Backlog searches words, and may find others that look alike.
local function find(args, key)
  local query = ("&projectId[]=%d&keyword=%s&count=100"):format(args.project, ticket.encode(key))
  for _, issue in ipairs(ticket.answer(http.get { url = address("/issues", query) })) do
    if (issue.description or ""):find("[" .. key .. "]", 1, true) then return issue.issueKey end
  end
end

local function open(ctx, args, key)
  local issue = ticket.answer(http.post {
    url  = address "/issues",
    form = {
      projectId = args.project, issueTypeId = args.issue_type, priorityId = args.priority or 3, -- 2 high, 3 normal, 4 low
      summary = ticket.summary(ctx), description = table.concat(ticket.lines(ctx), "\n") .. "\n[" .. key .. "]",
    },
  })
  return issue.issueKey
end

local function has_comment(issue, mark)
  for _, comment in ipairs(ticket.answer(http.get { url = address("/issues/" .. issue .. "/comments", "&count=100&order=desc") })) do
    if (comment.content or ""):find(mark, 1, true) then return true end
  end
end

action "backlog" {
  args = { project = "number", issue_type = "number", priority = "number?" },
  run  = function(ctx, args)
    local key, mark, thread = ticket.key(ctx), ticket.mark(ctx), ctx.message.thread
    local issue = find(args, key)
    if not issue then return open(ctx, args, key) end
    if not thread or thread.relation == "duplicate" then return issue .. " was open already" end
    if ctx.attempt == 1 or not has_comment(issue, mark) then
      local content = thread.relation .. "\n" .. table.concat(ticket.lines(ctx), "\n") .. "\n" .. mark
      ticket.answer(http.post { url = address("/issues/" .. issue .. "/comments"), form = { content = content } })
    end
    return issue .. " has a comment"
  end,
}

rule "tickets.backlog" {
  title = "Amazon EC2 Instance Retirement",
  final = false,
  also  = { backlog { project = 33368, issue_type = 140151 } },
}
