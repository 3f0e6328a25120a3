-- Jira Cloud: opens an issue over REST v3. Put the API token of the user below into the secret jira-token, and write into
-- awsift.lua:  webhook "jira" { url = "https://example.atlassian.net" }
local ticket = require "ticket"

local user = "awsift@example.com"

local function ask(method, path, body)
  return ticket.answer(http.request {
    method = method, url = config.webhooks.jira.url .. "/rest/api/3" .. path, json = body,
    headers = { Authorization = "Basic " .. crypto.base64(user .. ":" .. secret "jira-token"), Accept = "application/json" },
  })
end

-- Atlassian Document Format: a paragraph a line. No text in it may be empty.
local function document(lines)
  local content = {}
  for _, line in ipairs(lines) do
    content[#content + 1] = { type = "paragraph", content = { { type = "text", text = line } } }
  end
  return { type = "doc", version = 1, content = content }
end

local function find(args, key)
  local found = ask("POST", "/search/jql", { jql = ("project = \"%s\" AND labels = \"%s\""):format(args.project, key),
    fields = { "labels" }, maxResults = 1 })
  return found.issues and found.issues[1] and found.issues[1].key
end

local function open(ctx, args, key)
  return ask("POST", "/issue", { fields = {
    project = { key = args.project }, issuetype = { name = args.issue_type or "Task" }, summary = ticket.summary(ctx),
    description = document(ticket.lines(ctx)), labels = { "awsift", key },
  } }).key
end

local function has_comment(issue, mark)
  for _, comment in ipairs(ask("GET", "/issue/" .. issue .. "/comment?orderBy=-created&maxResults=100").comments or {}) do
    if json.encode(comment.body or ""):find(mark, 1, true) then return true end
  end
end

action "jira" {
  args  = { project = "text", issue_type = "text?" },
  retry = { first = "30s" }, -- a new issue is found after a while only
  run   = function(ctx, args)
    local key, mark, thread = ticket.key(ctx), ticket.mark(ctx), ctx.message.thread
    local issue = find(args, key)
    if not issue then return open(ctx, args, key) end
    if not thread or thread.relation == "duplicate" then return issue .. " was open already" end
    if ctx.attempt == 1 or not has_comment(issue, mark) then
      local lines = ticket.lines(ctx)
      table.insert(lines, 1, thread.relation)
      lines[#lines + 1] = mark
      ask("POST", "/issue/" .. issue .. "/comment", { body = document(lines) })
    end
    return issue .. " has a comment"
  end,
}

rule "tickets.jira" {
  subject = "Your AWS Abuse Report [{abuse_id}] [AWS ID {account}]",
  final   = false,
  also    = { jira { project = "OPS" } },
}
