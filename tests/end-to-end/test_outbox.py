"""The outbox: pauses, rates, deadlines, dead letters, and what people do with them."""
import json

import pytest

from conftest import Site, make_mail, wait_for

RULES = """
category "billing" { title = "Billing", priority = "normal" }
rule "test.ops" { subject = starts "Ops ", speaker = "any", category = "billing", actions = chat { channel = "ops" } }
rule "test.fire" { subject = starts "Fire ", speaker = "any", category = "billing", priority = "urgent", actions = chat { channel = "ops" } }
rule "test.side" { subject = starts "Side ", speaker = "any", category = "billing", actions = chat { channel = "side" } }
rule "test.late" { subject = starts "Late ", speaker = "any", category = "billing", actions = chat { channel = "late" } }
rule "test.away" { subject = starts "Away ", speaker = "any", category = "billing", actions = chat { channel = "away" } }
"""

OWN = """
action "ticket" { retry = { attempts = 1, deadline = "1h" }, run = function() retry("not today") end }
rule "test.own" { subject = starts "Own ", speaker = "any", category = "billing", actions = ticket {} }
"""


@pytest.fixture
def site(tmp_path, peer):
    site = Site(tmp_path, peer.url)
    site.rule("50-test.lua", RULES)
    site.peer = peer
    yield site
    try:
        for daemon in site.daemons:
            daemon.stop()
    finally:
        for daemon in site.daemons:
            daemon.destroy()


def configure(site, ops="", more=""):
    """Channels ops and side are on one host, away is on another."""
    url = site.peer.url
    site.config.write_text(site.config.read_text() + f"""
outbox {{ first = "50ms", most = "100ms", attempts = 2 }}
channel "ops" {{ url = "{url}/ops", {ops} }}
channel "side" {{ url = "{url}/side" }}
channel "late" {{ url = "{url}/late", deadline = "1ms" }}
channel "away" {{ url = "{url.replace("127.0.0.1", "localhost")}/away" }}
{more}
""")


def send(site, *subjects):
    for subject in subjects:
        site.deliver(make_mail(subject, sender="somebody@example.org", name="Somebody", proven=False))


def posts(site, path):
    return [request for request in list(site.peer.requests) if request["path"] == path]


def away(site):
    """A mail to another host is told: what could go before it has gone."""
    before = len(posts(site, "/away"))
    send(site, "Away it goes")
    wait_for("the other host to be told", lambda: len(posts(site, "/away")) > before)


def destination(site, name):
    rows = site.objects("status")[0]["ledger"]["destinations"]
    return next((row for row in rows if row["destination"] == name), {})


def action_of(site, subject):
    mail = next(row for row in site.mails() if row["subject"] == subject)
    return mail["id"], site.objects("show", mail["id"])[0]["decisions"][-1]["actions"][0]


def dead(site):
    return site.objects("list", "--dead")


def test_a_pause_holds_the_destination_and_its_host_over_a_restart(site):
    configure(site, more='host "127.0.0.1" { at_once = 3 }\n')
    site.peer.answers["/ops"] = (429, {"Retry-After": "3600"})
    daemon = site.daemon()
    send(site, "Ops 1")
    wait_for("the pause", lambda: destination(site, "channel ops").get("paused"))
    send(site, "Ops 2", "Side 1", "Late 1")  # on the same host, and too late once it is over
    away(site)
    site.wait_mails(5, settled=False)
    assert len(posts(site, "/ops")) == 1 and not posts(site, "/side") + posts(site, "/late")
    assert destination(site, "channel side")["paused"] and destination(site, "channel ops")["waiting"] == 2
    _, waiting = action_of(site, "Side 1")
    assert waiting["state"] == "waiting" and "channel side: it asked for a pause (Retry-After), until 20" in waiting["waits"]
    mail, first = action_of(site, "Ops 1")
    assert first["attempts"][0]["failure"] == "rate"
    assert f"a{first['id']} chat waits for channel ops: it asked" in site.run("show", mail).stdout
    assert "channel ops: 2 wait" in site.run("status").stdout
    daemon.stop()
    site.daemon()
    away(site)
    assert len(posts(site, "/ops")) == 1 and destination(site, "channel ops")["paused"]
    gone = site.objects("drop", "--channel", "ops", "--why", "known by now", "--by", "taro")
    assert [row["result"] for row in gone] == ["dropped", "dropped"]
    assert action_of(site, "Ops 1")[1]["reason"] == "dropped by taro: known by now"
    site.daemons[-1].stop()
    site.run("run", "--once")  # what a pause holds does not hold up its end


def test_dead_letters_are_told_once_and_tried_dropped_and_sent_again(site):
    configure(site)
    site.rule("60-own.lua", OWN)
    site.peer.answers["/ops"] = (403, {})
    daemon = site.daemon()
    send(site, *[f"Ops {number}" for number in range(1, 6)], "Late 1", "Own 1")
    wait_for("all to be dead", lambda: len(dead(site)) == 7)
    rows = {row["subject"]: row for row in dead(site)}
    assert {row["failure"] for row in rows.values()} == {"auth", None}
    assert rows["Ops 1"]["reason"].startswith("answered 403") and rows["Ops 1"]["destination"] == "channel ops"
    assert rows["Late 1"]["reason"] == "its deadline of 0.0s passed before it could be done" and not posts(site, "/late")
    assert rows["Own 1"]["reason"] == "given up after 1 attempts: not today" and rows["Own 1"]["attempts"] == 1
    told = [alert for alert in site.objects("status")[0]["ledger"]["recent_alerts"] if alert["kind"] == "dead-action"]
    assert sorted(alert["count"] for alert in told) == [1, 1, 5] and all("will not happen" in alert["text"] for alert in told)
    assert destination(site, "channel ops")["dead"] == 5
    daemon.stop()

    one, two, three, four, five = (rows[f"Ops {number}"]["action"] for number in range(1, 6))
    assert site.objects("retry", one, "--dry-run")[0]["result"] == "retried" and len(dead(site)) == 7
    assert site.objects("retry", one)[0]["state"] == "dead"  # into the ledger: no daemon runs
    site.peer.answers.clear()
    site.daemon()
    done = lambda action: [row for row in site.objects("show", rows["Ops 1"]["mail"])[0]["decisions"][0]["actions"]
                           if f"a{row['id']}" == action and row["state"] == "done"]
    wait_for("the one that was retried", lambda: done(one))
    assert {row["key"] for row in posts(site, "/ops") if b"Ops 1" in row["body"]} == {done(one)[0]["key"]}
    assert len(dead(site)) == 6

    assert "a1 of mail 1, chat ops: dropped" in site.run("drop", two).stdout.replace(two, "a1").replace(f"mail {rows['Ops 2']['mail']}", "mail 1")
    assert site.objects("retry", one, two, "a999", check=1) == [
        {"action": one, "mail": rows["Ops 1"]["mail"], "name": "chat", "args": {"channel": "ops"}, "state": "done",
         "error": "it is done: there is nothing to retry; awsift resend does it once more"},
        {"action": two, "mail": rows["Ops 2"]["mail"], "name": "chat", "args": {"channel": "ops"}, "state": "dropped",
         "error": "it is dropped: there is nothing to retry"},
        {"asked": "a999", "error": "there is no action a999 in the ledger"}]
    (again,) = site.objects("resend", rows["Ops 1"]["mail"], "--by", "hanako")
    wait_for("the second sending", lambda: done(again["as"]))
    keys = [row["key"] for row in posts(site, "/ops") if b"Ops 1" in row["body"]]
    assert keys[-1] == keys[0] + "+2" and done(again["as"])[0]["resent"] == int(one[1:])
    story = site.run("show", rows["Ops 1"]["mail"]).stdout
    assert f"resend of {again['as']} chat by hanako" in story and f"retry of {one} chat" in story and f"does {one} once more" in story
    assert len(site.objects("retry", "--channel", "ops", "--since", "1h")) == 3
    wait_for("the rest", lambda: {row["subject"] for row in dead(site)} == {"Late 1", "Own 1"})
    assert "nothing that is dead or waits" in site.run("drop", "--dead", "--action", "forward").stdout


def test_a_rate_counts_over_a_restart_and_leaves_its_last_for_what_is_urgent(site):
    configure(site, ops='rate = "3 per 1h"')
    daemon = site.daemon()
    send(site, *[f"Ops {number}" for number in range(1, 5)])
    wait_for("two to be told", lambda: len(posts(site, "/ops")) == 2)
    held = wait_for("the rate", lambda: destination(site, "channel ops").get("until") and destination(site, "channel ops"))
    assert held["why"] == "channel ops allows 3 per 1h" and not held["paused"] and held["waiting"] == 2
    daemon.stop()
    site.daemon()
    send(site, "Fire 1", "Fire 2")
    wait_for("the urgent one", lambda: len(posts(site, "/ops")) == 3)
    away(site)
    assert [b"Fire" in request["body"] for request in posts(site, "/ops")] == [False, False, True]
    waits = [action_of(site, subject)[1].get("waits") or "" for subject in ("Ops 3", "Ops 4", "Fire 2")]
    assert any("channel ops allows 3 per 1h, until 20" in text for text in waits), waits


def test_what_is_wrong_with_policies_is_said(site):
    site.config.write_text(site.config.read_text() + '''
policy "chat" { atempts = 3, rate = "30", deadline = "soon" }
host "hooks.example.com" { attempts = 3, at_once = 0 }
channel "x" { url = "https://example.com", at_once = "2" }
''')
    said = site.run("check", check=1)
    for words in ("policy 'chat' has no key 'atempts' (did you mean 'attempts'?)",
                  "policy 'chat': 'rate' is a number of actions and a time of at most a day: write \"1 per 1s\"",
                  "policy 'chat': 'deadline' is no duration of at most a year: write 30s, 5m or 6h",
                  "host 'hooks.example.com' has no key 'attempts'", "'at_once' is a whole number between 1 and 64",
                  "channel 'x': 'at_once' is a whole number between 1 and 64"):
        assert words in said.stdout + said.stderr, (words, said.stdout, said.stderr)


def test_what_is_wrong_with_the_retry_of_an_action_is_said(site):
    for number, retry in enumerate(("{ atempts = 3 }", "{ deadline = 6 }", "3")):
        site.rule(f"6{number}-own.lua", f'action "ticket{number}" {{ retry = {retry}, run = function() end }}')
    said = site.run("check", check=1)
    for words in ("60-own.lua:1:", "'retry' has no key 'atempts' (did you mean 'attempts'?)",
                  "'retry' says 'deadline', which is no duration", "'retry' must be a table such as"):
        assert words in said.stdout + said.stderr, (words, said.stdout, said.stderr)
