-- What the examples have in common: one ticket for each notice of AWS, found again by a key in it, so that a second attempt
-- opens no second one, and what AWS says later about the same notice becomes a comment.
local answers = require "awsift.answers"

local ticket = {}

-- The same for all mails about one notice: what the tickets are found by.
function ticket.key(ctx)
  local thread = ctx.message.thread
  return ("awsift-%d"):format(thread and thread.first.id or ctx.mail)
end

-- The same in every attempt of this one: stands in a comment, and says that it has been written.
function ticket.mark(ctx)
  return "[awsift " .. ctx.key:sub(1, 12) .. "]"
end

-- At most `most` characters of a text, on one line.
local function clip(text, most)
  text = text:gsub("%s+", " ")
  local last = utf8.offset(text, most + 1)
  return last and text:sub(1, last - 1) or text
end

function ticket.summary(ctx)
  local message = ctx.message
  return clip(("[%s] %s"):format(message.account or "AWS", log.masked(message.subject)), 250)
end

local function add(lines, label, value)
  if type(value) == "table" then value = table.concat(value, ", ") end
  if value and value ~= "" then lines[#lines + 1] = label .. ": " .. value end
end

-- What is known, a fact a line.
function ticket.lines(ctx)
  local message = ctx.message
  local notice, advice, lines = message.notice or {}, message.advice or {}, {}
  add(lines, "Subject", log.masked(message.subject))
  add(lines, "AWS account", message.account)
  add(lines, "Service", message.service)
  add(lines, "Resources", notice.resources)
  for _, name in ipairs { "starts", "ends", "deadline" } do
    add(lines, name, notice[name] and (local_time(notice[name], config.timezone) or notice[name]))
  end
  add(lines, "What to do", advice.en or advice.ja)
  add(lines, "More", advice.url)
  add(lines, "Sender", message.verdict ~= "proven" and "not proven to be AWS" or nil)
  add(lines, "In awsift", ("awsift show %d"):format(ctx.mail))
  return lines
end

-- A text as a part of an address.
function ticket.encode(text)
  return (text:gsub("[^%w._~-]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- What the service answered; anything but a success ends the attempt. Takes all that http.post yields.
function ticket.answer(reply, ...)
  answers.settle(reply, ...)
  local body = json.decode(reply.body)
  if type(body) ~= "table" then retry("the service did not answer in JSON") end
  return body
end

return ticket
