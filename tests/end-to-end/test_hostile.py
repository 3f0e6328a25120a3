"""Mail and rules that try to hurt: every mail is still decided, and the daemon goes on."""
import os
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from conftest import BINARY, Daemon, make_mail, retirement, wait_for

HANG = """
rule "hang.find" {
  subject  = starts "Amazon EC2",
  when     = function() return (("a"):rep(20000)):find(("a-"):rep(12) .. "b") ~= nil end,
  category = "billing",
}
"""


def decision_of(site, row):
    (shown,) = site.objects("show", row["id"])
    return shown["decisions"][-1]["decision"]


def quick(site):
    site.config.write_text(site.config.read_text() + '\ndeciders { count = 2, time = "500ms" }\n')


def test_rule_that_hangs_is_survived(site):
    quick(site)
    site.rule("10-hang.lua", HANG)
    daemon = site.daemon()
    site.deliver(retirement())
    (row,) = site.wait_mails(1)
    assert row["rule"] == "test.retirement"
    assert any(error["rule"] == "hang.find" for error in decision_of(site, row)["errors"])
    assert "hang.find" in daemon.log
    assert "hang.find" in site.run("status").stdout


def test_rule_that_eats_memory_loops_or_raises_is_passed_over(site):
    bad = {
        "eat": "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) end",
        "loop": "while true do end",
        "raise": "error { code = 1 }",
        "swallow": "while true do pcall(function() while true do end end) end",
    }
    for number, (name, code) in enumerate(bad.items()):
        site.rule(f"1{number}-{name}.lua", f"""
rule "bad.{name}" {{ subject = starts "Amazon EC2", category = "billing", when = function() {code} end }}
""")
    site.daemon()
    site.deliver(retirement())
    (row,) = site.wait_mails(1)
    assert row["rule"] == "test.retirement"
    assert {error["rule"] for error in decision_of(site, row)["errors"]} == {f"bad.{name}" for name in bad}


def test_killed_children_are_replaced_and_no_mail_is_lost(site, peer):
    site.record()
    daemon = site.daemon()
    for number in range(60):
        site.deliver(make_mail(f"Recorded {number}"))
        if number == 20:
            first = daemon.children()
            for pid in first:
                os.kill(pid, signal.SIGKILL)
    rows = site.wait_mails(60)
    assert len(rows) == 60 and all(row["rule"] == "test.recorded" for row in rows)
    assert {record["text"] for record in peer.records()} == {f"Recorded {number}" for number in range(60)}
    assert daemon.process.poll() is None and not set(first) & set(daemon.children())


def test_what_is_no_regular_file_is_left_alone(site, daemon):
    new = site.spool / "new"
    secret = site.folder / "secret"
    secret.write_bytes(retirement())
    (new / "link").symlink_to(secret)
    (new / "dangling").symlink_to(site.folder / "nowhere")
    os.mkfifo(new / "pipe")
    (new / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(new / "socket"))
    site.deliver(retirement(account="123456789013"))
    (row,) = site.wait_mails(1)
    assert row["account"] == "123456789013"
    time.sleep(0.5)
    assert len(site.mails()) == 1
    assert {path.name for path in new.iterdir()} == {"link", "dangling", "pipe", "folder", "socket"}
    assert secret.exists() and daemon.process.poll() is None


def test_garbage_is_decided_like_any_mail(site, daemon):
    garbage = {
        "empty": b"",
        "newline": b"\n",
        "binary": bytes(range(256)) * 400,
        "long header": b"Subject: " + b"x" * (1 << 20) + b"\n\nbody\n",
        "many headers": b"X-Header: y\n" * 100000 + b"\nbody\n",
        "NULs": b"Subject: \0\0nul\0\nFrom: \0@\0\n\n\0\0\0",
        "no end": b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b",
        "colons": b"From: " + b":" * 100000 + b"\n\n",
        "nested": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)),
        "raw eight bit": "Subject: 生の件名\n\n本文\n".encode("euc-jp"),
        "carriage returns": b"Subject: a\rb\r\rFrom: x\r\r\r",
    }
    for content in garbage.values():
        site.deliver(content)
    wait_for("the spool to be empty", lambda: not site.spooled())
    rows = wait_for("all in the ledger", lambda: len(site.mails()) == len(garbage) and site.mails())
    set_aside = [path for path in site.store.glob("unreadable/**/*") if path.is_file() and path.stat().st_size >= 0
                 and path.read_bytes() in garbage.values()]
    kept = [path.read_bytes() for path in site.archived()] + [path.read_bytes() for path in set_aside]
    assert sorted(kept) == sorted(garbage.values())
    assert all(row["category"] in ("unmatched", "not_aws", "suspicious") for row in rows if row["state"] == "filed")
    site.deliver(retirement())
    wait_for("a good mail after them", lambda: any(row["rule"] == "test.retirement" for row in site.mails()))
    assert daemon.process.poll() is None


def test_a_subject_cannot_forge_log_lines(site, daemon):
    site.deliver(make_mail("=?utf-8?q?a=0A2026-01-01T00:00:00Z_error_awsift:_forged?="))
    site.wait_mails(1)
    assert not any(line.startswith("2026-01-01") for line in daemon.log.splitlines())


def test_a_child_killed_while_the_rules_load_is_no_fault_of_the_rules(site):
    for number in range(300):  # enough to be caught loading
        site.rule(f"70-{number}.lua", f'rule "test.many-{number}" {{ subject = "Many {number}", category = "billing" }}\n')
    daemon = Daemon(site)

    def loading():  # not the child that reads awsift.lua, which is still called as the daemon is
        return [pid for pid, command in daemon.children().items() if " run " not in command]
    wait_for("a child", lambda: daemon.process.poll() is not None or loading())
    for pid in loading():
        os.kill(pid, signal.SIGKILL)
    daemon.wait_ready()
    (status,) = site.objects("status")
    assert status["reload"]["state"] == "ok" and "rules.d" not in daemon.log


SLOW = """
channel "slow" {{ url = "http://127.0.0.1:{port}/chat" }}
"""

TO_SLOW = """
action "asks" {
  args = {},
  run = function() local reply, why = http.post { url = config.channels.slow.url } if not reply then retry(why) end end,
}
rule "test.chat" { subject = starts "Chat ", speaker = "any", category = "billing", priority = "high", actions = chat { channel = "slow" } }
rule "test.asks" { subject = starts "Ask ", speaker = "any", category = "billing", priority = "high", actions = asks {} }
"""


def in_hand(site, role):
    (status,) = site.objects("status")
    return sum(actor["in_hand"] for actor in status["actors"] if actor["role"] == role)


def test_what_hangs_at_one_destination_keeps_nothing_else_waiting(site, peer):
    site.record()
    site.rule("70-slow.lua", TO_SLOW)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:  # connects, and answers nothing
        site.config.write_text(site.config.read_text().replace('"localhost" } }', '"localhost" }, timeout = "100s" }')
                               + SLOW.format(port=silent.getsockname()[1]))
        for number in range(30):
            site.deliver(make_mail(f"Chat {number}"))
            site.deliver(make_mail(f"Ask {number}"))
        site.daemon()
        site.wait_mails(60, settled=False)
        for role in ("courier", "custom"):
            wait_for("requests that nobody answers", lambda: in_hand(site, role) >= 3)
        site.deliver(retirement())
        site.deliver(make_mail("Recorded meanwhile"))
        wait_for("the forward", lambda: any(b"tech@example.com" in path.read_bytes() for path in site.outbox()), patience=90)
        wait_for("the other custom action", peer.records, patience=90)
        assert in_hand(site, "courier") == in_hand(site, "custom") == 3


NEIGHBOURS = """
action "hangs" {
  args = { text = "text" },
  run = function(ctx, args)
    log.warning("hangs over " .. args.text)
    return (("a"):rep(30000)):find((".-"):rep(20) .. "b")
  end,
}
action "good" { args = {}, run = function() sleep(0.2) return "fine" end }
action "asks" { args = {}, run = function() http.post { url = config.channels.slow.url, timeout = 100 } return "answered" end }
rule "test.hangs" { subject = starts "Hang ", speaker = "any", category = "billing", priority = "high", actions = hangs { text = "{subject}" } }
rule "test.good" { subject = starts "Good ", speaker = "any", category = "billing", actions = good {} }
rule "test.asks" { subject = starts "Ask ", speaker = "any", category = "billing", priority = "urgent", actions = asks {} }
"""


def the_action(site, subject):
    (mail,) = (row for row in site.mails() if row["subject"] == subject)
    (shown,) = site.objects("show", mail["id"])
    return shown["decisions"][-1]["actions"][0]


def test_an_action_that_ends_its_actor_costs_the_others_nothing(site, peer):
    """Whoever runs when the actor ends is to blame; who had a request out is in doubt; the others never began."""
    site.rule("70-neighbours.lua", NEIGHBOURS)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        site.config.write_text(site.config.read_text() + SLOW.format(port=silent.getsockname()[1])
                               + '\noutbox { attempts = 3, first = "100ms" }\n')
        daemon = site.daemon()
        site.deliver(make_mail("Ask 1"))
        wait_for("a request on its way", lambda: in_hand(site, "custom") == 1)
        for number in range(6):
            site.deliver(make_mail(f"Hang {number}"))
            site.deliver(make_mail(f"Good {number}"))

        def end_the_actor(times):
            wait_for("an action that hangs", lambda: daemon.log.count("hangs over") == times)
            if times > 1:
                wait_for("a suspect to be alone", lambda: in_hand(site, "custom") == 1)
            (status,) = site.objects("status")
            (custom,) = (actor for actor in status["actors"] if actor["role"] == "custom")
            os.kill(custom["pid"], signal.SIGABRT)  # as a fault of its own: who is killed from outside blames nobody

        end_the_actor(1)
        wait_for("the request to be in doubt", lambda: the_action(site, "Ask 1")["attempts"][0]["outcome"] == "unknown")
    end_the_actor(2)  # once the request ended with the other side, and no other is left
    others = [the_action(site, f"Good {number}") for number in range(6)]
    assert all(action["state"] == "done" and action["count"] == len(action["attempts"]) == 1 for action in others), others
    asked = the_action(site, "Ask 1")
    assert [attempt["outcome"] for attempt in asked["attempts"]] == ["unknown", "done"] and asked["count"] == 1, asked
    for times in range(3, 6 * 3 + 1):
        end_the_actor(times)
    hung = wait_for("all that hang to be given up", lambda: [action for action in (
        the_action(site, f"Hang {number}") for number in range(6)) if action["state"] == "dead"][5:])
    assert "while it had this in hand" in hung[0]["reason"]


def test_what_is_urgent_waits_for_no_suspect(site, peer):
    """Which hangs where it goes, and is alone; what is not urgent waits until it has ended."""
    site.rule("70-slow.lua", TO_SLOW + """
rule "test.urgent" { subject = starts "Now ", speaker = "any", category = "billing", priority = "urgent", actions = chat { channel = "aws-security" } }
rule "test.later" { subject = starts "Later ", speaker = "any", category = "billing", actions = chat { channel = "aws-security" } }
""")
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        site.config.write_text(site.config.read_text().replace('"localhost" } }', '"localhost" }, timeout = "100s" }')
                               + SLOW.format(port=silent.getsockname()[1]) + '\noutbox { first = "50ms", most = "50ms" }\n')
        site.daemon()
        site.deliver(make_mail("Chat 1"))
        wait_for("a request that nobody answers", lambda: in_hand(site, "courier") == 1)
        (status,) = site.objects("status")
        os.kill(next(actor["pid"] for actor in status["actors"] if actor["role"] == "courier"), signal.SIGABRT)
        wait_for("it to be tried again, alone", lambda: [attempt["outcome"] for attempt in the_action(site, "Chat 1")["attempts"]] == ["unknown", None]
                 and in_hand(site, "courier") == 1)
        site.deliver(make_mail("Later 1"))
        site.wait_mails(2, settled=False)
        for number in range(2):
            site.deliver(make_mail(f"Now {number}"))
            wait_for("what is urgent", lambda: sum(b"Now " in request["body"] for request in peer.requests) == number + 1)
        wait_for("that to be over", lambda: in_hand(site, "courier") == 1)
        assert the_action(site, "Later 1")["state"] == "waiting"
    wait_for("the rest", lambda: the_action(site, "Later 1")["state"] == "done")


def test_what_is_urgent_keeps_no_suspect_waiting_for_ever(site, peer):
    """Nor what waits with it: there may always be something urgent in hand."""
    site.rule("70-slow.lua", """
rule "test.urgent" { subject = starts "Now ", speaker = "any", category = "billing", priority = "urgent", actions = chat { channel = "slow" } }
rule "test.later" { subject = starts "Later ", speaker = "any", category = "billing", actions = chat { channel = "aws-security" } }
""")
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        site.config.write_text(site.config.read_text().replace('"localhost" } }', '"localhost" }, timeout = "100s" }')
                               + SLOW.format(port=silent.getsockname()[1]))
        site.daemon()
        site.deliver(make_mail("Later 1"))
        site.wait_mails(1, settled=False)
        wait_for("it to be told", lambda: the_action(site, "Later 1")["state"] == "done")
        site.deliver(make_mail("Now 1"))
        wait_for("a request that nobody answers", lambda: in_hand(site, "courier") == 1)
        with closing(sqlite3.connect(site.store / "ledger.db", timeout=60)) as ledger, ledger:
            ledger.execute("UPDATE actions SET state = 'waiting', ended = NULL, crashes = 1, due = due - 120000 WHERE message = 1")
        site.deliver(make_mail("Later 2"))
        wait_for("the suspect, and the other", lambda: len(peer.requests) == 3 and in_hand(site, "courier") == 1)


def test_an_action_whose_actor_is_killed_over_and_over_is_given_up(site):
    """By the signal that others use as well, as the system does where memory is short: one whose Lua ran each time is to blame; of one
    that waited for an answer so many repetitions are enough."""
    site.rule("70-neighbours.lua", NEIGHBOURS)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        site.config.write_text(site.config.read_text() + SLOW.format(port=silent.getsockname()[1])
                               + '\noutbox { attempts = 1, first = "50ms", most = "50ms" }\n')
        daemon = site.daemon()

        def kill():
            (status,) = site.objects("status")
            os.kill(next(actor["pid"] for actor in status["actors"] if actor["role"] == "custom"), signal.SIGKILL)

        def asks(count):
            wait_for("another attempt", lambda: [attempt["outcome"] for attempt in the_action(site, "Ask 1")["attempts"]] ==
                     ["unknown"] * (count - 1) + [None] and in_hand(site, "custom") == 1)

        site.deliver(make_mail("Ask 1"))
        site.wait_mails(1, settled=False)
        asks(1)
        with closing(sqlite3.connect(site.store / "ledger.db", timeout=60)) as ledger, ledger:
            ledger.execute("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO attempts"
                           " (id, action, number, started, ended, outcome, reason) SELECT -i, 1, 1, 1, 1, 'unknown', 'cut' FROM n")
        kill()
        asks(22)  # what was in hand knew of none of these
        kill()
        wait_for("it to be given up", lambda: the_action(site, "Ask 1")["state"] == "dead")
    site.deliver(make_mail("Hang 1"))
    site.wait_mails(2, settled=False)
    times = 0

    def over():
        return the_action(site, "Hang 1")["state"] == "dead"

    while not over():
        times += 1
        wait_for("it to run, or its end", lambda: daemon.log.count("hangs over") == times or over())
        if not over():
            kill()
    assert times < 12 and "was ended by signal 9 while it had this in hand" in the_action(site, "Hang 1")["reason"]


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_closed_standard_descriptors_are_no_harm(site, closed):
    site.deliver(retirement())
    run = ["sh", "-c", f'exec "$0" "$@" {closed}', BINARY]
    assert subprocess.run([*run, "run", "-c", site.config, "--once"], timeout=120).returncode == 0
    (row,) = site.mails()
    assert row["state"] == "filed" and row["actions"]["done"] == 1
    if ">&- " in closed:  # but what was to be read or printed was not
        assert subprocess.run([*run, "list", "-c", site.config], timeout=60).returncode == 1
        assert subprocess.run([*run, "ingest", "-c", site.config], timeout=60).returncode not in (0, 134)


def test_deciders_that_stand_still_cost_no_mail(site):
    quick(site)
    site.daemon()
    (status,) = site.objects("status")
    stopped = [decider["pid"] for decider in status["deciders"]]
    assert len(stopped) == 2
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    site.deliver(retirement())
    (row,) = site.wait_mails(1)
    assert row["rule"] == "test.retirement" and not list((site.store / "unreadable").iterdir())


def test_mail_that_is_tried_alone_when_the_keeper_ends_stays_in_the_spool(site):
    """One rule more ends its decider than are passed over, so it is tried alone; what ends with the keeper is nobody's fault."""
    site.config.write_text(site.config.read_text() + '\ndeciders { count = 1, time = "60s" }\n')
    site.rule("10-hang.lua", "".join(HANG.replace("hang.find", f"hang.{number}") for number in range(4)))
    daemon = site.daemon()
    site.deliver(retirement())
    ended = []

    def busy_decider():
        (status,) = site.objects("status")
        return [decider["pid"] for decider in status["deciders"] if decider["state"] == "busy" and decider["pid"] not in ended]
    for _ in range(4):
        (pid,) = wait_for("a decider to have it", busy_decider)
        ended.append(pid)
        os.kill(pid, signal.SIGABRT)
    wait_for("one to have it alone", busy_decider)
    daemon.stop()
    assert len(site.spooled()) == 1 and not list((site.store / "unreadable").iterdir()), daemon.log


def test_mails_that_end_deciders_are_set_aside_by_those_that_were_started_for_them(site):
    """One rule more hangs over each than are passed over; the last one costs it two deciders. However many of them come, and with
    nothing else in the spool: deciders that decide another mail in between are sound."""
    site.config.write_text(site.config.read_text() + '\ndeciders { count = 2, time = "100ms" }\n')
    site.rule("10-hang.lua", "".join(HANG.replace("hang.find", f"hang.{number}") for number in range(4)))
    daemon = site.daemon()
    guilty = [retirement(message_id=f"guilty-{number}") for number in range(6)]
    for mail in guilty[:5]:
        site.deliver(mail)
    site.wait_mails(5, state="unreadable")
    site.deliver(make_mail("Something else"))
    site.deliver(guilty[5])
    site.deliver(make_mail("One more"))
    rows = wait_for("good mails beside one more", lambda: len(site.mails()) == 8 and site.mails())
    assert sorted(row["state"] for row in rows if row["state"] != "decided").count("unreadable") == 6
    wait_for("all to be moved", lambda: not site.spooled() and len(list((site.store / "unreadable").iterdir())) == 12)
    reasons = list((site.store / "unreadable").glob("*.reason"))
    assert all("5 times" in reason.read_text() for reason in reasons)
    assert sorted(reason.with_suffix("").read_bytes() for reason in reasons) == sorted(guilty)
    assert daemon.process.poll() is None and "no mail can be decided" not in daemon.log
