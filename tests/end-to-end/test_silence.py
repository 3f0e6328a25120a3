"""Keeping quiet: what is recorded all the same, what is never kept quiet by accident, and who is told of it."""
import email
import email.policy
import sqlite3
import time

import pytest

from conftest import ACCOUNT, RULES, make_mail, retirement, wait_for

SILENCED = RULES + """
rule "test.urgent" { subject = "Urgent [{account}]", category = "maintenance", priority = "urgent" }
rule "test.windowed" { subject = "Windowed {n}", category = "billing" }
silence { rule = "test.windowed", from = "2020-01-01", to = "2099-12-31T09:00:00+09:00", reason = "a window of the file" }
test "windowed" { subject = "Windowed 1", from = "no-reply-aws@amazon.com", expect = { rule = "test.windowed", silenced = true, group = false } }
"""


def told(site):
    return [(mail["To"], mail["Subject"], mail.get_body(("plain",)).get_content())
            for mail in (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox())]


def alerts(site, word):
    return [text for to, _, text in told(site) if to == "ops@example.jp" and word in text]


def actions(site, number):
    return site.objects("show", number)[0]["decisions"][-1]["actions"]


def ledger(site, *statements):
    with sqlite3.connect(site.store / "ledger.db", timeout=60) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def test_a_silence_of_a_person_from_its_beginning_to_its_end(site):
    site.rule("50-test.lua", SILENCED)
    site.config.write_text(site.config.read_text().replace("operators { ", 'operators { gather = "100ms", '))
    site.daemon()
    made = site.objects("silence", "--rule", "test.*", "--account", ACCOUNT, "--for", "3h", "--reason", "planned work", "--by", "taro")
    assert made[0]["id"] == 1
    wait_for("the operators to be told", lambda: alerts(site, "silence 1 of taro (rule test.*, account 123456789012): planned work: keeps quiet"))

    site.deliver(retirement())  # kept quiet
    site.deliver(retirement("210987654321"))  # another account
    site.deliver(make_mail(f"Urgent [{ACCOUNT}]"))  # a wildcard keeps nothing quiet that is urgent
    site.deliver(make_mail(f"Amazon EC2 Instance Retirement [AWS Account: {ACCOUNT}]", proven=False, message_id="forged"))
    rows = site.wait_mails(4)
    quiet = [row for row in rows if row["actions"]["dropped"]]
    assert [(row["account"], row["rule"], row["verdict"]) for row in quiet] == [(ACCOUNT, "test.retirement", "proven")]
    (action,) = actions(site, quiet[0]["id"])
    assert action["state"] == "dropped" and action["silence"] == 1 and action["attempts"] == []
    assert action["reason"].startswith("kept quiet by silence 1 of taro until ") and action["reason"].endswith(": planned work")
    assert action["reason"] in site.run("show", quiet[0]["id"]).stdout
    assert len(site.archived("maintenance")) == 3 and len(site.archived("suspicious")) == 1

    site.deliver(retirement(body="another notice\n"))
    site.wait_mails(5)
    assert "1 of taro until " in site.run("status").stdout and ", 2 mails kept quiet: planned work" in site.run("status").stdout
    (listed,) = site.objects("silence")
    assert listed["kept"] == 2 and listed["state"] == "keeps quiet" and not listed["forgotten"]

    # An hour before its end, with the clock put on.
    ledger(site, f"UPDATE silences SET starts = starts - 9000000, ends = {int(time.time() * 1000) + 1800000}")
    site.run("silence", "--category", "nothing-such", "--until", "2099-01-01", check=1)  # longer than 366 days
    done = site.run("silence", "--rule", "test.retirment", "--for", "1h")
    assert "did you mean 'test.retirement'" in done.stderr  # another one made it look again
    assert "or @bigco where it is a group" in site.run("silence", "--contact", "bigco", "--for", "1h").stderr
    wait_for("the operators to hear of its end", lambda: alerts(site, "so far it kept 2 mails quiet"))
    site.run("silence", "--end", 1, "--by", "hanako")
    wait_for("its end", lambda: alerts(site, "silence 1 of taro (rule test.*, account 123456789012): planned work: has ended, by hanako; it kept 2 mails quiet"))
    site.run("silence", "--end", 1, check=1)
    site.run("silence", "--end", 99, check=1)

    # Afterwards a person has it told.
    site.run("decide", quiet[0]["id"])
    wait_for("it to be told", lambda: [a["state"] for a in actions(site, quiet[0]["id"])] == ["done"])
    assert len([to for to, _, _ in told(site) if to == "tech@example.com"]) == 2  # it, and the urgent one


def test_a_silence_of_a_rule_file_and_of_a_ledger_without_a_daemon(site):
    site.rule("50-test.lua", SILENCED)
    site.run("test")
    mail = site.folder / "one.eml"
    mail.write_bytes(make_mail("Windowed 1"))
    for command in ("classify", "explain"):
        said = site.run(command, mail).stdout
        assert "kept quiet" in said and "50-test.lua:13" in said and "a window of the file" in said, said
    site.deliver(mail.read_bytes())
    site.run("run", "--once")
    (row,) = site.mails()
    (action,) = actions(site, row["id"])
    assert action["state"] == "dropped" and "kept quiet by silence 1 of 50-test.lua:13 until 2099-12-31T00:00:00Z" in action["reason"]
    assert len(alerts(site, "keeps quiet until 2099")) == 1 and len(told(site)) == 1

    # A category that is named in full keeps even what is urgent, suspicious or unmatched quiet.
    for category in ("suspicious", "unmatched", "maintenance"):
        site.run("silence", "--category", category, "--for", "2h")
    site.deliver(make_mail(f"Urgent [{ACCOUNT}]"))
    site.deliver(make_mail("What no rule knows"))
    site.deliver(make_mail(f"Urgent [{ACCOUNT}]", proven=False))
    site.run("run", "--once")
    rows = site.mails()
    assert [row["actions"]["dropped"] for row in rows] == [1, 1, 1, 1] and {row["category"] for row in rows[1:]} == {"maintenance", "unmatched", "suspicious"}
    assert [row["source"] for row in site.objects("silence")] == ["rules", "person", "person", "person"]
    site.run("silence", "--end", 1, check=1)  # a file says it
    # The same mail again while it is kept quiet changes nothing; over, it is told.
    ledger(site, "UPDATE silences SET ends = 1 WHERE source = 'person'")
    site.run("decide", rows[1]["id"], rows[2]["id"])
    assert [row["actions"]["done"] for row in site.mails()] == [0, 1, 1, 0] or [row["actions"]["waiting"] for row in site.mails()][1:3] == [1, 1]


@pytest.mark.parametrize("options,word", [
    (("--rule", "x"), "needs an end"),
    (("--until", "2099-01-01"), "it is of nothing"),
    (("--account", "12", "--for", "1h"), "12 digits"),
    (("--rule", "*a*b*c*", "--for", "1h"), "more than 3 *"),
    (("--rule", "Upper", "--for", "1h"), "no name of a rule"),
    (("--rule", "x", "--for", "soon"), "neither a time"),
    (("--rule", "x", "--for", "1h", "--until", "2099-01-01"), "either --until"),
    (("--end", "1", "--rule", "x"), "nothing else"),
])
def test_what_can_be_no_silence(site, options, word):
    done = site.run("silence", *options, check=2)
    assert word in done.stderr and done.stderr.count("\n") == 1


def test_check_names_what_is_wrong_with_each_silence(site):
    wrong = [
        ('silence { rule = "test.retirement" }', "has no end"),
        ('silence { to = "2026-12-01" }', "it is of nothing"),
        ('silence { rule = "test.retirement", to = "tomorrow" }', "'tomorrow' is no time"),
        ('silence { rule = "test.retirement", to = "2026-12-01", from = "2026-12-02" }', "over before it begins"),
        ('silence { rules = "x", to = "2026-12-01" }', "did you mean 'rule'"),
        ('silence { account = 12, to = "2026-12-01" }', "must be a text or a list of texts"),
        ('silence "x"', "needs a table"),
        ('silence { rule = "test.retirment", to = "2026-12-01" }', "no rule is named 'test.retirment' (did you mean 'test.retirement'?)"),
    ]
    site.rule("60-silence.lua", "\n".join(text for text, _ in wrong))
    said = site.run("check", check=1).stderr.splitlines()
    for line, (_, word) in enumerate(wrong, 1):
        assert any(f"60-silence.lua:{line}:" in text and word in text for text in said), (word, said)
