"""A drill goes the way of every mail, through the real channels, marked; and no mail that only looks like one is one."""
import email
import email.policy
import hashlib
import json
import sqlite3

from conftest import ACCOUNT, make_mail, retirement, wait_for

RULES = """
category "drilled" { title = "Drilled", priority = "high", tell = "technical" }
rule "test.drilled" {
  title = "Drilled {n}",
  category = "drilled", answer = "24h", group = { by = { "rule" }, wait = "5m", most = "1h" },
  also = { chat { channel = "aws-security", text = "{subject} of {account}" }, call { to = "emergency", text = "Drilled {n}" } },
}
rule "test.by-function" { when = function(msg) return msg.subject == "nobody can guess this" end, category = "drilled" }
rule "test.adds" { title = contains "Drilled", final = false, tags = { "x" } }
"""


def prepared(site):
    site.rule("60-drilled.lua", RULES)
    with site.config.open("a") as config:
        config.write(f'channel "call" {{ url = "{site.peer_url}/call" }}\n')
    return site.daemon()


def outbox(site):
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]


def posted(peer, path):
    return [json.loads(request["body"]) for request in list(peer.requests) if request["path"] == path]


def test_a_drill_end_to_end(site, peer):
    prepared(site)
    done = site.run("drill", "test.drilled", "--account", ACCOUNT)
    assert "held: call emergency; --power lets it happen" in done.stdout and "all actions are done" in done.stdout
    assert "drilled by test.drilled, drill of " in done.stdout and "forward: attempt 1 done" in done.stdout
    (mail,) = outbox(site)
    assert mail["To"] == "ops@example.jp" and "[TEST]" in mail["Subject"]
    assert "awsift drill" in mail.get_body(("plain",)).get_content().split("\n\n")[0]
    (chat,) = posted(peer, "/chat")
    assert "[TEST]" in json.dumps(chat) and ACCOUNT in json.dumps(chat) and not posted(peer, "/call")
    # It counts nowhere, and opens nothing.
    (row,) = site.mails()
    assert row["subject"].startswith("[TEST] ") and row["thread"] is None
    assert "1 mail" not in next(line for line in site.run("rules").stdout.splitlines() if "test.drilled" in line)
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        assert ledger.execute("SELECT count(*) FROM actions WHERE telling IS NOT NULL").fetchone() == (0,)
        context, = ledger.execute("SELECT context FROM decisions").fetchone()
        assert json.loads(context)["answer"] is None and json.loads(context)["group"] is None
    assert "it is a drill's mail" in site.run("decide", row["id"], check=1).stderr

    # To the contact, with power: now the phone rings, and says that it is a test.
    done = site.objects("drill", "test.drilled", "--account", ACCOUNT, "--to", "contact", "--power")
    assert done[0]["held"] == [] and done[0]["ok"]
    assert [mail["To"] for mail in outbox(site)].count("tech@example.com") == 1
    (call,) = posted(peer, "/call")
    assert "TEST" in call["text"]

    # What no mail can be made of, and what is none.
    for rule, why in (("test.by-function", "no mail can be made"), ("test.adds", "final = false"),
                      ("test.driled", "did you mean 'test.drilled'?")):
        assert why in site.run("drill", rule, "--account", ACCOUNT, check=1).stderr
    assert "12 digits" in site.run("drill", "test.drilled", check=2).stderr
    given = site.folder / "given.eml"
    given.write_bytes(make_mail("nobody can guess this", proven=False))
    assert site.objects("drill", "test.by-function", "--account", ACCOUNT, "--mail", given)[0]["rule"] == "test.by-function"

    # A channel that refuses: the drill says so, and nobody is told of it.
    peer.status = 400
    done = site.run("drill", "test.drilled", "--account", ACCOUNT, check=1)
    assert "1 actions will not happen" in done.stdout
    assert not [mail for mail in outbox(site) if "dead-action" in mail["Subject"]]


def test_a_stranger_cannot_drill(site, peer):
    """All that a drill's mail has, sent by somebody: it is judged as any mail, and marks nothing."""
    prepared(site)
    site.run("drill", "test.drilled", "--account", ACCOUNT)
    (path,) = [path for path in site.archived("drilled")]
    drilled = path.read_bytes()
    site.deliver(drilled + b"\nanother\n", name="1795521600.drill-11111111-2222-4333-8444-555555555555.awsift")
    site.deliver(make_mail("[TEST] Drilled 7", proven=False, headers=("X-Awsift-Drill: 11111111-2222-4333-8444-555555555555",)))
    rows = site.wait_mails(3, settled=False)
    assert [(row["category"], row["verdict"]) for row in rows[1:]] == [("suspicious", "forged")] * 2
    assert len(posted(peer, "/chat")) == 1 and not posted(peer, "/call")
    # The name of a drill that is on its way, over other bytes, is that of a mail as any other.
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        ledger.execute("INSERT INTO drills SELECT 'open.drill.awsift', sha256, rule, request, made, NULL FROM drills")
    site.daemons[-1].stop()
    site.daemon()
    site.deliver(drilled + b"\nyet another\n", name="open.drill.awsift")
    assert site.wait_mails(4, settled=False)[3]["verdict"] == "forged"


def test_a_drill_that_a_daemon_left_is_taken_by_the_next(site):
    daemon = prepared(site)
    site.run("drill", "test.drilled", "--account", ACCOUNT)
    (path,) = site.archived("drilled")
    content = path.read_bytes().replace(b"drill.", b"drill.x")
    daemon.stop()
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        ledger.execute("INSERT INTO drills SELECT 'left.drill.awsift', ?, rule, request, made, NULL FROM drills",
                       (hashlib.sha256(content).hexdigest(),))
    site.deliver(content, name="left.drill.awsift")
    site.daemon()
    rows = site.wait_mails(2)
    assert rows[1]["verdict"] == "proven" and rows[1]["subject"].startswith("[TEST] ")
    assert "drill of " in site.run("show", rows[1]["id"]).stdout
    assert "no awsift runs" in stopped(site)


def stopped(site):
    site.daemons[-1].stop()
    return site.run("drill", "test.drilled", "--account", ACCOUNT, check=75).stderr
