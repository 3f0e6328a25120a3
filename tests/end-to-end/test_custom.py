"""Actions of one's own: rehearsed by `awsift test`, carried out by hand with `awsift act`, and contained by the daemon."""
import json

import pytest

from conftest import make_mail, wait_for

OWN = """
category "other" { title = "その他" }
action "ticket" {
  args = { queue = "name", text = "text", urgent = "flag?" },
  run = function(ctx, args)
    local token = secret "ticket-token"
    local found = http.get { url = config.webhooks.tickets.url .. "?key=" .. ctx.key, headers = { Authorization = "Basic " .. crypto.base64("me:" .. token) } }
    local reply, why = http.post { url = config.webhooks.tickets.url, json = { queue = args.queue, text = args.text, list = { "a", "b" } } }
    if not reply then retry(why) end
    if reply.status == 429 then retry("too many", reply.retry_after) end
    if reply.status >= 400 then pcall(fail, "answered " .. reply.status) end
    http.request { method = "PATCH", url = { secret = "hook" }, form = { a = 1 } }
    if args.urgent then
      sleep(2)
      smtp.send { to = contact("operators").addresses, subject = "A ticket is open", text = args.text, original = false }
      store.file { folder = "tickets" }
      local ended = exec { command = "siren", arguments = { "loud" }, input = "x" }
      if ended.status ~= 0 then retry(ended.error) end
    end
    return "opened " .. json.decode(reply.body).id
  end,
}
action "silent" { args = {}, run = function() end }
action "raises" { args = {}, run = function() local nothing nothing.x = 1 end }
action "loops" { args = {}, run = function() while true do pcall(error) end end }
rule "own.ticket" { title = starts "Own ticket", category = "other", speaker = "any", actions = { ticket { queue = "aws", text = "{title}", urgent = true } } }
rule "own.silent" { title = "Silent", category = "other", speaker = "any", actions = { silent {}, forward { to = "operators" }, chat { channel = "ops" } } }
rule "own.raises" { title = "Raises", category = "other", speaker = "any", actions = { raises {} } }
rule "own.loops" { title = "Loops", category = "other", speaker = "any", actions = { loops {} } }
"""

GOOD = """
test "a ticket is opened" {
  subject = "Own ticket 5",
  replies = { {}, { status = 201, json = { id = 17 } } },
  expect = {
    sends = {
      { http = { method = "GET", url = ends "?key=key-1", headers = { Authorization = "Basic bWU6e3NlY3JldCB0aWNrZXQtdG9rZW59" } } },
      { http = { method = "POST", host = "tickets.webhook.example.com", headers = { ["Content-Type"] = "application/json" },
                 json = { queue = "aws", text = contains "ticket 5", list = { "b" } } } },
      { http = { method = "PATCH", url = "{secret hook}", form = { a = 1 } } },
      { sleep = 2 },
      { mail = { to = "operators@example.com", subject = starts "A ticket", text = "Own ticket 5", original = false } },
      { file = { folder = "tickets" } }, { exec = { command = "siren", arguments = { "loud" }, input = "x" } },
    },
    results = { { action = "ticket", outcome = "done", detail = "opened 17" } },
  },
}
test "the service is busy" {
  subject = "Own ticket 6", replies = { {}, { status = 429, retry_after = 90 } }, config = { webhooks = { tickets = { url = "https://t.example/" } } },
  expect = { sends = { { http = { url = "https://t.example/" } } }, results = { { outcome = "retry", after = 90, reason = "too many" } } },
}
test "the service refuses" {
  subject = "Own ticket 6", replies = { {}, { status = 403 } }, expect = { results = { { outcome = "dead", reason = "answered 403" } } },
}
test "the service is away" {
  subject = "Own ticket 6", replies = { {}, { failure = "timed out" } }, expect = { results = { { outcome = "retry", reason = "timed out" } } },
}
test "shipped ones" {
  subject = "Silent",
  expect = { sends = { { mail = { to = { "operators@example.com" }, subject = "Silent", original = true } },
                       { http = { url = "https://ops.channel.example.com" } } } },
}
test "it raises" { subject = "Raises", expect = { results = { { outcome = "retry", reason = contains "50-own.lua:24" } } } }
test "it loops" { subject = "Loops", expect = { results = { { outcome = "dead", reason = contains "budget" } } } }
"""


def test_what_actions_send_is_tested(site):
    site.rule("50-own.lua", OWN)
    (site.rules / "tests").mkdir()
    (site.rules / "tests" / "own.lua").write_text(GOOD)
    site.run("test", "own.lua")
    *_, last = site.objects("test", "--coverage")
    own = [point for point in last["coverage"]["unreached"] if point["kind"] == "sends"]
    assert own == [], "all of its actions are rehearsed"
