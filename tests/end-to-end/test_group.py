"""What is told at once: the same notice for many accounts becomes one digest a contact, and none is lost from it."""
import email
import email.policy
import json
import re
import signal

import pytest

from conftest import RULES, make_mail, wait_for

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


def retirement(number, **more):
    body = (f"AWS Account ID: {account(number)}\nRegion: ap-northeast-1\nInstance: i-{number:017x}\n"
            "It will be retired on 2026-12-05 01:00 UTC.\n")
    return make_mail(f"Amazon EC2 Instance Retirement [AWS Account: {account(number)}]", body=body, **more)


def told(site):
    """The outbox: (recipient, subject, text) of each mail."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    return [(mail["To"], mail["Subject"], mail.get_body(("plain",)).get_content()) for mail in mails]


def make_due(site):
    """The waiting is over, without waiting."""
    import sqlite3
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
