"""Mail and rules that try to hurt: every mail is still decided, and the daemon goes on."""
import os
import signal
import socket
import time

from conftest import Daemon, make_mail, retirement, wait_for

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
    wait_for("a child", lambda: daemon.process.poll() is not None or daemon.children())
    for pid in daemon.children():
        os.kill(pid, signal.SIGKILL)
    daemon.wait_ready()
    (status,) = site.objects("status")
    assert status["reload"]["state"] == "ok" and "rules.d" not in daemon.log
