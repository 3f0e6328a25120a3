"""What is told at once: the same notice for many accounts becomes one digest a contact, and none is lost from it."""
import email
import email.policy
import json
import re
import signal
import sqlite3

from conftest import RULES, make_mail

PEOPLE = 5
# Whose accounts these are by their numbers; two of them read English.
CONTACTS = "contacts {\n%s}\n"
GROUPED = RULES + """
override "test.retirement" { group = { by = { "rule", "contact" }, wait = "%s", most = "%s" } }
"""


def account(number):
    return f"{400000000000 + number}"


def contacts(site, accounts):
    rows = []
    for number in accounts:
        people = number % PEOPLE
        language = "en" if people % 2 else "ja"
        rows.append(f'["{account(number)}"] = {{ name = "Corp {people}", language = "{language}", technical = {{ "team{people}@example.com" }}, '
                    f'security = {{ "s@example.com" }} }},\n')
    site.rule("contacts.lua", CONTACTS % "".join(rows))


def retirement(number, more=""):
    body = (f"AWS Account ID: {account(number)}\nRegion: ap-northeast-1\nInstance: i-{number:017x}\n"
            "It will be retired on 2026-12-05 01:00 UTC.\n" + more)
    return make_mail(f"Amazon EC2 Instance Retirement [AWS Account: {account(number)}]", body=body)


def told(site):
    """The outbox: (recipient, subject, text) of each mail."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    return [(mail["To"], mail["Subject"], mail.get_body(("plain",)).get_content().replace("\r", "")) for mail in mails]


def make_due(site):
    """The waiting is over, without waiting."""
    with sqlite3.connect(site.store / "ledger.db", timeout=60) as database:
        database.execute("UPDATE actions SET due = 0 WHERE state = 'waiting'")
    database.close()


def test_three_hundred_accounts_are_one_digest_a_contact(site):
    """Killed in the middle: what was gathered is gathered still, and the rest joins it."""
    everyone = range(300)
    contacts(site, everyone)
    site.rule("50-test.lua", GROUPED % ("1h", "2h"))
    daemon = site.daemon()
    for number in everyone[:150]:
        site.deliver(retirement(number))
    site.wait_mails(40, settled=False)
    daemon.stop(signal.SIGKILL)
    assert site.outbox() == []
    for number in everyone[150:]:
        site.deliver(retirement(number))
    site.daemon()
    rows = site.wait_mails(300, settled=False)
    assert sum(row["actions"]["waiting"] for row in rows) == PEOPLE and sum(row["actions"]["gathered"] for row in rows) == 295
    site.daemons[-1].stop()
    make_due(site)
    site.run("run", "--once")
    rows = site.mails()
    assert all(row["actions"]["done"] == 1 for row in rows)
    mails = told(site)
    assert len(mails) == PEOPLE and {to for to, _, _ in mails} == {f"team{n}@example.com" for n in range(PEOPLE)}
    for to, subject, text in mails:
        people = int(re.search(r"\d+", to)[0])
        listed = re.findall(r"^  (\d{12}) .*#(\d+)$", text, re.M)
        assert sorted(found for found, _ in listed) == [account(number) for number in everyone if number % PEOPLE == people]
        assert subject.startswith("[60 notices]" if people % 2 else "【60 件】"), subject
        assert "Stop and start" in text if people % 2 else "停止と起動" in text
        ids = {row["id"]: row["account"] for row in rows}
        assert all(ids[int(number)] == found for found, number in listed)
        assert text.count("ap-northeast-1") == 60 and len(set(re.findall(r"i-[0-9a-f]{17}", text))) == 60
    leader, member = (next(row["id"] for row in rows if site.objects("show", row["id"])[0]["decisions"][0]["actions"][0][key])
                      for key in ("gathers", "gathered_into"))
    assert "tells 60 mails at once" in site.run("show", leader).stdout
    assert "told with mail" in site.run("show", member).stdout and "gathered into action" in site.run("show", member).stdout


EVERYWHERE = RULES + """
category "billing" { group = { by = { "contact" }, wait = "100ms", most = "200ms" } }
rule "test.urgent" { subject = "Urgent {n}", category = "maintenance", priority = "urgent", group = { by = { "rule" } } }
rule "test.ungathered" { subject = "Alone {n}", category = "billing", group = false }
rule "test.gathered" { subject = starts "Bill ", category = "billing", actions = { forward { to = "operators" }, chat { channel = "aws-security" },
  webhook { webhook = "hook" } } }
override "test.retirement" { group = { by = { "rule" }, wait = "1h", most = "2h" } }
"""


def chats(peer):
    return [json.loads(request["body"]) for request in peer.requests if request["path"] == "/chat"]


def test_what_is_gathered_and_what_is_not(site, peer):
    """One daemon: a mail by itself, chats and webhooks, what is urgent, accounts of other people, a reload, a digest that is dead."""
    contacts(site, range(10))
    site.rule("50-test.lua", EVERYWHERE)
    site.config.write_text(site.config.read_text() + f'webhook "hook" {{ url = "{peer.url}/hook" }}\n')
    daemon = site.daemon()

    site.deliver(make_mail("Bill 1"))  # by itself: exactly as ever
    site.wait_mails(1)
    (path,), (chat,), (hook,) = site.outbox(), chats(peer), [r for r in peer.requests if r["path"] == "/hook"]
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "Bill 1" and any(part.get_content_type() == "message/rfc822" for part in mail.walk())
    assert "Bill 1" in chat["text"] and "gathered" not in json.loads(hook["body"])["message"]
    path.unlink()
    peer.requests.clear()

    for subject in ("Alone 1", "Alone 2", "Urgent 1", "Urgent 2"):  # each by itself, at once
        site.deliver(make_mail(subject))
    site.wait_mails(5)
    assert sorted(subject for _, subject, _ in told(site)) == ["Alone 1", "Alone 2", "Urgent 1", "Urgent 2"]
    for path in site.outbox():
        path.unlink()

    # By rule alone, and yet nobody reads of another one's accounts; a reload in between changes nothing.
    for number in (0, 1):
        site.deliver(retirement(number))
    site.deliver(retirement(5, more="This maintenance has been cancelled.\n"))
    site.wait_mails(8, settled=False)
    site.rule("50-test.lua", EVERYWHERE + "-- saved again\n")
    site.run("reload")
    for number in (6, 0):
        site.deliver(retirement(number))
    rows = site.wait_mails(10, settled=False)
    assert sorted(row["actions"]["gathered"] for row in rows[5:]) == [0, 0, 1, 1, 1]
    daemon.stop()

    # People of one of them change: nobody is told of what is another one's, the operators learn it, decide tells each.
    site.rule("contacts.lua", (site.rules / "contacts.lua").read_text().replace("team1@", "new@", 1))
    make_due(site)
    site.run("run", "--once")
    (team0,) = [mail for mail in told(site) if mail[0] == "team0@example.com"]
    assert len(re.findall(f"^  {account(0)}  .*#", team0[2], re.M)) == 2 and account(5) in team0[2]
    assert re.search(f"^  {account(5)}  【中止】  ap-northeast-1  .*#", team0[2], re.M), "nobody does work that was called off"
    assert not any(to in ("team1@example.com", "new@example.com") for to, _, _ in told(site))
    assert any("will not happen: the contacts changed" in text and "and 1 others)" in text for to, _, text in told(site) if to == "ops@example.jp")
    rows = [row for row in site.mails() if row["actions"]["dead"]]
    assert sorted(row["account"] for row in rows) == [account(1), account(6)]
    site.run("decide", *[row["id"] for row in rows])
    make_due(site)
    site.run("run", "--once")
    assert sorted(to for to, _, text in told(site) if account(1) in text or account(6) in text and to != "ops@example.jp") \
        == ["new@example.com", "team1@example.com"]

    for number in range(2, 14):  # many bills in one chat, one webhook and one mail
        site.deliver(make_mail(f"Bill {number}" + (" x" * 3000 if number == 13 else "")))
    site.rule("50-test.lua", EVERYWHERE.replace('"100ms", most = "200ms"', '"1h", most = "1h"'))
    site.run("run", "--once")
    make_due(site)
    site.run("run", "--once")
    (chat,), (hook,) = chats(peer), [json.loads(request["body"]) for request in peer.requests if request["path"] == "/hook"]
    assert hook["message"]["gathered"]["count"] == 12 and len(hook["message"]["gathered"]["mails"]) == 12
    assert all(f"Bill {number} " in chat["text"] for number in range(2, 14))
    assert [text.count("■ Bill") for to, subject, text in told(site) if subject.startswith("【12 件】")] == [12]
    assert all(max(map(len, text.splitlines())) < 300 for _, subject, text in told(site) if subject.startswith("【12 件】")), "whatever a subject holds"
