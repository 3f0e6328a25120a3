"""Actions of one's own: rehearsed by `awsift test`, carried out by hand with `awsift act`, and contained by the daemon."""
import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest

from conftest import CONTACTS, SANITIZED, make_mail
from test_actor import Actor

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
action "loops" { args = {}, run = function() while true do pcall(function() while true do end end) end end }
rule "own.ticket" { title = starts "Own ticket", category = "other", speaker = "any", actions = { ticket { queue = "aws", text = "{title}", urgent = true } } }
rule "own.silent" { title = "Silent", category = "other", speaker = "any", actions = { silent {}, forward { to = "operators" }, chat { channel = "ops" } } }
rule "own.raises" { title = "Raises", category = "other", speaker = "any", actions = { raises {} } }
rule "own.paged" { title = "Paged", unproven = true, category = "other", actions = { page { channel = "duty" } } }
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
test "a pager" {
  subject = "Paged",
  expect = { sends = { { http = { host = "duty.channel.example.com", json = { event_action = "trigger", routing_key = "{secret duty}" } } } },
             results = { { action = "page", outcome = "done" } } },
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


def test_a_test_says_what_was_sent_instead(site):
    site.rule("50-own.lua", OWN)
    (site.rules / "tests").mkdir()
    (site.rules / "tests" / "own.lua").write_text("""
test "other" { subject = "Own ticket 5", expect = { sends = { { http = { method = "POST", json = { queue = "gcp" } } }, { mail = { to = "x@example.com" } } } } }
test "nothing" { subject = "Silent", expect = { sends = {} } }
test "unsaid" { subject = "Raises", expect = { sends = {} } }
""")
    said = site.run("test", "own.lua", check=1).stderr
    assert "sends[1].http.json.queue" in said and '"gcp"' in said and '"aws"' in said
    assert "x@example.com" in said and "operators@example.com" in said
    assert f"action 'raises' ends with retry: raised: {site.rules / '50-own.lua'}:24" in said, "that is no success"


@pytest.mark.parametrize("body, says", [
    ('expect = { sends = { http = {} } }', "must be a list such as"),
    ('expect = { sends = { { htp = {} } } }', "did you mean 'http'?"),
    ('expect = { sends = { { http = { methd = "GET" } } } }', "did you mean 'method'?"),
    ('expect = { sends = { { http = { url = matches "x" } } } }', "contains, starts or ends"),
    ('expect = { sends = { { http = {}, mail = {} } } }', "must say one thing"),
    ('expect = { results = { { outcome = "dne" } } }', "did you mean 'done'?"),
    ('replies = { { staus = 200 } }, expect = { sends = {} }', "did you mean 'status'?"),
    ('replies = { { status = "200" } }, expect = { sends = {} }', "'status' must be a number"),
])
def test_what_is_wrong_with_an_expectation_is_named(site, body, says):
    site.rule("50-own.lua", OWN)
    (site.rules / "tests").mkdir()
    (site.rules / "tests" / "own.lua").write_text('test "x" {\n  subject = "Silent",\n  ' + body + "\n}\n")
    said = site.run("test", check=1).stderr
    assert says in said and "own.lua:" in said


def test_act_by_hand(site, peer):
    site.rule("50-own.lua", OWN.replace("config.webhooks.tickets.url", '"%s/record"' % peer.url))
    site.config.write_text(site.config.read_text() + 'webhook "tickets" { url = "https://tickets.example.com/T0/secret" }\n')
    mail = site.folder / "mail.eml"
    day = (datetime.now(timezone.utc) + timedelta(days=9)).strftime("%Y-%m-%d")
    mail.write_bytes(make_mail("Amazon EC2 Instance Retirement [AWS Account: 123456789012]", f"It stops after {day} 01:00 UTC.\n"))
    site.rule("contacts.lua", CONTACTS.replace('language = "ja"', 'language = "en", timezone = "Asia/Kolkata"'))
    assert f"Starts: {day} 06:30 IST" in site.run("act", "--dry-run", "--mail", mail, "--arg", "to=technical", "forward").stdout
    held = site.folder / "held.eml"
    held.write_bytes(make_mail("Amazon EC2 Instance Retirement [AWS Account: 123456789012]", proven=False))
    assert "held for this mail: the mail is not proven" in site.run("act", "--dry-run", "--mail", held, "exec", check=2).stderr
    dry = site.objects("act", "--dry-run", "--mail", mail, "webhook", "--arg", "webhook=tickets", "--arg", "text=見て")
    (send,) = dry[0]["sends"]
    assert dry[0]["outcome"] == "done" and send["http"]["url"] == "https://tickets.example.com/…" and send["http"]["json"]["text"] == "見て"
    assert not peer.requests and not (site.store / "ledger.db").exists()
    shown = site.run("act", "--dry-run", "--mail", mail, "ticket", "--arg", "queue=aws", "--arg", "text=x", "--arg", "urgent=true", check=75)
    assert "POST http://127.0.0.1" in shown.stdout and "{secret hook}" in shown.stdout and "sleep 2 s" in shown.stdout
    assert "retry: raised: " + str(site.rules / "50-own.lua") + ":17: no command 'siren' is configured" in shown.stdout
    assert not peer.requests
    done = site.run("act", "--really", "--mail", mail, "chat", "--arg", "channel=aws-security", "--arg", "text=from hand").stdout
    assert "done" in done and b"from hand" in peer.requests[0]["body"]
    site.run("act", "--really", "--mail", mail, "forward", "--arg", "to=operators")
    assert len(site.outbox()) == 1
    for options, says in [(["--mail", mail, "chat"], "needs either --dry-run"), (["--dry-run", "chat"], "--mail FILE or --id N"),
                          (["--dry-run", "--mail", mail, "chatt"], "there is no action 'chatt' (did you mean 'chat'?)"),
                          (["--dry-run", "--mail", mail, "ticket"], "no rule takes it for this mail, so say with --arg NAME=VALUE"),
                          (["--dry-run", "--mail", mail, "chat", "--arg", "chanel=x"], "did you mean 'channel'?"),
                          (["--dry-run", "--mail", mail, "chat", "--arg", "x"], "must be written NAME=VALUE"),
                          (["--dry-run", "--mail", site.folder, "chat"], "the file of one mail")]:
        assert says in site.run("act", *options, check=2).stderr
    site.deliver(mail.read_bytes())
    site.run("run", "--once")
    assert "done" in site.run("act", "--dry-run", "--id", 1, "chat", "--arg", "channel=aws-security").stdout
    assert "mail 9" in site.run("act", "--dry-run", "--id", 9, "chat", "--arg", "channel=aws-security", check=1).stderr


HOSTILE = """
category "other" {}
local long = ("long"):rep(250000)
action "good" { args = {}, run = function() sleep(0.05) return "woke" end }
action "loop" { args = {}, run = function() while true do pcall(function() while true do end end) end end }
action "bomb" { args = {}, run = function() local t = {} for i = 1, 400 do t[i] = long .. i end end }
action "hog" { args = {}, run = function() local t = {} for i = 1, 120 do t[i] = long .. i sleep(0.001) end end }
action "garbage" { args = {}, run = function() for i = 1, 120 do local t = long .. i sleep(0) end return "lived" end }
action "deep" { args = {}, run = function() local function f(s) return (s:gsub(".", f)) end f "x" end }
action "recurses" { args = {}, run = function() local function f() return 1 + f() end f() end }
action "raises" { args = {}, run = function() error(setmetatable({}, { __tostring = function() error "again" end })) end }
action "waits" { args = {}, run = function() table.sort({ 2, 1 }, function() sleep(1) end) end }
action "never" { args = {}, run = function() while true do sleep(60) end end }
action "turns" { args = {}, run = function() while true do sleep(0) end end }
action "floods" { args = {}, run = function() for i = 1, 100000 do log.warning("flood " .. i) end return "said" end }
action "posts" { args = { url = "text" }, run = function(_, args) while true do pcall(http.post, { url = args.url, body = "x", timeout = 5 }) end end }
"""

ENDS = {"loop": ("dead", "budget of instructions"), "bomb": ("dead", "not enough memory"), "hog": ("dead", "more than 64 MiB"),
        "garbage": ("done", "lived"), "deep": ("retry", "stack overflow"), "recurses": ("retry", "stack overflow"),
        "raises": ("retry", "an error object"), "waits": ("retry", "cannot wait in here"), "never": ("retry", "did not end in time"),
        "turns": ("retry", "did not end in time"), "floods": ("done", "said"), "posts": ("dead", "more than 1000 times")}


def test_what_an_action_does_wrong_is_its_own_end_alone(tmp_path, capfd):
    actor = Actor("custom", HOSTILE, tmp_path, config={"http": {"private": ["127.0.0.1"]}})
    numbers = {}
    # the thousand requests of "posts" take a minute there, and are counted, no more
    for number, name in enumerate((name for name in ENDS if not (SANITIZED and name == "posts")), 1):
        numbers[2 * number], numbers[2 * number + 1] = name, "good"
        quick = {"time": 1000} if name in ("never", "turns") else {}
        actor.act(2 * number, name, {"url": "http://127.0.0.1:1/"} if name == "posts" else {}, **quick)
        actor.act(2 * number + 1, "good", {})
    for _ in range(len(numbers)):
        result = actor.result()
        outcome, says = ENDS.get(numbers[result["id"]], ("done", "woke"))
        assert result["outcome"] == outcome and says in (result["reason"] or result["detail"]), (numbers[result["id"]], result)
    actor.close()
    said = capfd.readouterr().err
    assert said.count(": flood ") == 100 and "action 'floods' says in this attempt is left out: 100 lines" in said


def test_others_go_on_and_the_end_is_told(site):
    """In the daemon: what loops and what fills the memory ends dead with the reason, an alert says so, the rest is done."""
    site.rule("40-own.lua", HOSTILE + """
rule "hostile.all" { subject = "Hostile", category = "other", speaker = "any",
  actions = { loop {}, good {}, bomb {}, hog {}, forward { to = "operators" } } }
""")
    site.deliver(make_mail("Hostile"))
    site.run("run", "--once")
    actions = {action["action"]: action for action in site.objects("show", 1)[0]["decisions"][0]["actions"]}
    assert {name: action["state"] for name, action in actions.items()} == {"loop": "dead", "good": "done", "bomb": "dead", "hog": "dead",
                                                                         "forward": "done"}, actions
    for name in ("loop", "bomb", "hog"):
        assert ENDS[name][1] in actions[name]["reason"]
    with closing(sqlite3.connect(site.store / "ledger.db")) as ledger:
        alerts = [text for (text,) in ledger.execute("SELECT text FROM alerts")]
    for name in ("loop", "bomb", "hog"):
        assert any(text.startswith(f"{name} will not happen: ") and ENDS[name][1] in text for text in alerts), alerts
