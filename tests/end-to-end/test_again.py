"""A mail that comes again: after its file was lost, after it could not be read, after a move that was cut."""
import email
import json
import shutil
import socket
import sqlite3

import pytest

from conftest import ACCOUNT, PATIENCE, make_mail, retirement, wait_for


def change(site, *statements):
    """What a crash or a person left behind, written into the ledger."""
    with sqlite3.connect(site.store / "ledger.db") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


@pytest.fixture
def mail(site):
    """Delivered, decided, told and filed."""
    mail = retirement()
    site.deliver(mail)
    site.run("run", "--once")
    assert [row["state"] for row in site.mails()] == ["filed"]
    return mail


def assert_filed_once(site, mail, category="maintenance"):
    (row,) = site.mails()
    assert row["state"] == "filed" and row["category"] == category
    assert [path.read_bytes() for path in site.archived()] == [mail] and len(site.archived(category)) == 1
    assert site.spooled() == []
    (shown,) = site.objects("show", row["id"])
    assert shown["message"]["folder"] == category
    return shown


@pytest.mark.parametrize("state", ["missing", "filed", "decided"])
def test_copy_of_a_mail_that_the_archive_lost_is_filed_in_its_place(site, mail, state):
    site.archived()[0].unlink()
    site.deliver(mail)
    change(site, f"UPDATE messages SET state = '{state}'")
    site.run("run", "--once")
    shown = assert_filed_once(site, mail)
    assert len(shown["decisions"]) == 1 and len(site.outbox()) == 1


def test_copy_of_a_missing_mail_that_was_put_back_is_removed(site, mail):
    change(site, "UPDATE messages SET state = 'missing'")
    site.deliver(mail)
    site.run("run", "--once")
    shown = assert_filed_once(site, mail)
    assert len(shown["arrivals"]) == 2


@pytest.mark.parametrize("copied", [False, True])
def test_unreadable_mail_that_is_put_back_is_decided(site, mail, copied):
    (kept,) = site.archived()
    aside = site.store / "unreadable" / kept.name.removesuffix(":2,")
    kept.rename(aside)
    aside.with_name(aside.name + ".reason").write_text("a decider crashed\n")
    change(site, "UPDATE messages SET state = 'unreadable', decision = NULL, folder = NULL, reason = 'crashed'",
           "DELETE FROM attempts", "DELETE FROM actions", "DELETE FROM decisions")
    shutil.rmtree(site.store / "outbox")
    (shutil.copy if copied else shutil.move)(aside, site.spool / "new" / "again")
    site.run("run", "--once")
    shown = assert_filed_once(site, mail)
    assert len(shown["arrivals"]) == 2 and shown["message"]["reason"] is None
    assert len(site.outbox()) == 1, "it was not told"
    assert list((site.store / "unreadable").iterdir()) == []


def test_decide_there_and_back(site, mail):
    (row,) = site.mails()
    for category in ("billing", "maintenance", "billing"):
        site.run("decide", row["id"], "--as", category)
        assert_filed_once(site, mail, category)


def test_decide_again_finds_a_mail_whose_move_was_not_written_down(site, mail):
    (row,) = site.mails()
    site.run("decide", row["id"], "--as", "billing")
    site.daemon()
    change(site, "UPDATE messages SET state = 'decided', folder = 'maintenance'")
    site.run("decide", row["id"], "--as", "maintenance")
    wait_for("the mail to be filed", lambda: site.mails()[0]["state"] == "filed")
    assert_filed_once(site, mail)


def test_move_of_a_mail_decided_before_it_was_known_as_filed_is_finished(site, mail):
    (row,) = site.mails()
    change(site, "UPDATE messages SET state = 'decided', folder = NULL")
    site.run("decide", row["id"], "--as", "billing")
    assert_filed_once(site, mail, "billing")


def relayed(mail, by):
    """The same mail through another relay: other bytes, the same words."""
    proof, rest = mail.split(b"From: ", 1)
    return proof + b"Received: from " + by.encode() + b".example.com by mx.example.jp; Tue, 24 Nov 2026 01:00:00 +0000\nFrom: " + rest


def told(site):
    return len(site.outbox())


def test_what_was_told_is_not_told_again_by_a_copy_through_another_relay(site):
    first = retirement(message_id="same")
    for mail in (first, relayed(first, "one"), relayed(first, "two")):
        site.deliver(mail)
    site.run("run", "--once")
    rows = site.wait_mails(3)
    assert len(rows) == 3 and len(site.archived()) == 3 and told(site) == 1
    site.deliver(relayed(first, "three"))
    site.run("run", "--once")
    assert len(site.wait_mails(4)) == 4 and told(site) == 1
    hushed = [row for row in site.mails() if row["actions"]["dropped"]]
    assert len(hushed) == 3
    (shown,) = site.objects("show", hushed[-1]["id"])
    assert "told already, by mail 1" in shown["decisions"][0]["actions"][0]["reason"]


@pytest.mark.parametrize("other", [
    {"message_id": "other"}, {"account": "123456789013"}, {"body": "Another body.\n"}, {"proven": False}])
def test_nothing_that_differs_is_silenced(site, other):
    """Nor does the sender's own mark of a notice stand for what differs: anybody can write it."""
    common = {"message_id": "same", "headers": ("X-SM-DEDUPING-ID: 0ab1-EMAIL--1-00",)}
    site.deliver(retirement(**common))
    site.deliver(relayed(retirement(**{**common, **other}), "one"))
    site.run("run", "--once")
    site.wait_mails(2)
    assert told(site) == 2


def test_a_copy_is_told_when_the_first_telling_failed_for_good(site, peer):
    site.rule("60-chat.lua", 'rule "test.chat" { subject = "Chat {account}", category = "billing", '
              'actions = chat { channel = "aws-security", text = "{subject}" } }\n')
    first = make_mail("Chat 123456789012", message_id="same")
    peer.status = 404
    site.deliver(first)
    site.run("run", "--once")
    (row,) = site.mails()
    assert row["actions"]["dead"] == 1
    peer.status = 200
    site.deliver(relayed(first, "one"))
    site.run("run", "--once")
    assert [mail["actions"]["done"] for mail in site.mails()] == [0, 1]


def ask(site, *requests):
    """Requests to the daemon in one go, so that all of them are at work at the same time; the last answer ends it."""
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(PATIENCE)
        control.connect(str(site.store / "control.sock"))
        control.sendall(b"".join(json.dumps({"command": "decide", "by": "Alice", "dry_run": False, **request}).encode() + b"\n"
                                 for request in requests))
        answers = control.makefile()
        return [json.loads(answers.readline()) for _ in requests]


def test_decisions_at_once_leave_each_mail_where_the_ledger_says(site, daemon):
    identifiers = list(range(1, 11))
    for number in identifiers:
        site.deliver(retirement(message_id=f"race-{number}"))
    site.wait_mails(len(identifiers))
    answers = ask(site, *({"ids": identifiers, "as": category} for category in
                          ("billing", "maintenance", "other", "billing", "maintenance", "other", "maintenance")))
    assert all("error" not in result for answer in answers for result in answer["results"])
    site.wait_mails(len(identifiers))
    for row in site.mails():
        (shown,) = site.objects("show", row["id"])
        (kept,) = site.store.glob(f"archive/*/cur/{row['id']}.*")
        assert kept.parts[-3] == row["category"] == shown["message"]["folder"]
        decisions = shown["decisions"]
        assert [one["previous"] for one in decisions[1:]] == [one["id"] for one in decisions[:-1]]


def test_a_mail_that_is_named_thrice_is_decided_once(site, mail):
    assert len(site.objects("decide", 1, 1, 1)) == 1
    (shown,) = site.objects("show", 1)
    assert len(shown["decisions"]) == 2


@pytest.fixture
def distrusted(site):
    """A second spool, whose server is another one: what it brings proves nothing. Returns how to deliver there."""
    drop = site.folder / "drop"
    drop.mkdir()
    text = site.config.read_text().replace(
        'store "store"', 'spool "drop" { kind = "directory", path = "drop", settle = "50ms", trust = { authserv_id = "other.example.jp" } }\nstore "store"')
    site.config.write_text(text)

    def deliver(content, name="mail"):
        (drop / f"{name}.tmp").write_bytes(content)
        (drop / f"{name}.tmp").rename(drop / name)
    return deliver


def addressees(site):
    return sorted(email.message_from_bytes(path.read_bytes())["To"] for path in site.outbox())


@pytest.mark.parametrize("together", [False, True])
def test_copy_that_is_better_proven_is_decided_anew(site, distrusted, together):
    mail = retirement()
    distrusted(mail)
    if together:
        site.deliver(mail)
    site.run("run", "--once")
    if not together:
        assert [row["verdict"] for row in site.mails()] == ["forged"] and addressees(site) == ["<ops@example.jp>"]
        site.deliver(mail)
        site.run("run", "--once")
    (row,) = site.mails()
    assert row["verdict"] == "proven" and "<tech@example.com>" in addressees(site)
    shown = assert_filed_once(site, mail)
    assert len(shown["arrivals"]) == 2 and list((site.folder / "drop").iterdir()) == []
    assert len(shown["decisions"]) == 2 or together  # the proven one may have come first
    assert [one["previous"] for one in shown["decisions"]][1:] == [one["id"] for one in shown["decisions"]][:-1]


def test_copy_that_is_not_better_proven_is_another_arrival(site, distrusted):
    mail = retirement()
    for deliver in (distrusted, site.deliver, distrusted, site.deliver):
        deliver(mail)
        site.run("run", "--once")
    shown = assert_filed_once(site, mail)
    assert len(shown["arrivals"]) == 4 and len(shown["decisions"]) == 2
    assert addressees(site) == ["<ops@example.jp>", "<tech@example.com>"]
    site.run("decide", 1)
    assert site.mails()[0]["verdict"] == "proven", "it was decided again under the spool that proves nothing"


def damage(site, how):
    (kept,) = site.archived()
    content = kept.read_bytes()
    kept.write_bytes(content[:100] if how == "truncated" else content.replace(b"Hello", b"HELLO"))
    return kept.read_bytes()


def set_aside(site):
    return {path.read_bytes() for path in (site.store / "unreadable").iterdir() if path.name.endswith(".awsift.damaged")}


def alerts(site, kind):
    with sqlite3.connect(site.store / "ledger.db") as database:
        return database.execute("SELECT text, count FROM alerts WHERE kind = ?", (kind,)).fetchall()


@pytest.mark.parametrize("state", ["filed", "decided", "missing"])
@pytest.mark.parametrize("how", ["truncated", "changed"])
def test_copy_takes_the_place_of_one_that_is_damaged(site, mail, how, state):
    damaged = damage(site, how)
    change(site, f"UPDATE messages SET state = '{state}'")
    site.deliver(mail)
    site.run("run", "--once")
    assert_filed_once(site, mail)
    assert set_aside(site) == {damaged}
    (reason,) = (site.store / "unreadable").glob("*.reason")
    assert "not the bytes of the mail" in reason.read_text()
    ((text, _),) = alerts(site, "damaged")
    assert "mail 1" in text and "unreadable/1." in text


def test_damaged_file_does_not_count_as_filed(site, mail):
    damaged = damage(site, "truncated")
    change(site, "UPDATE messages SET state = 'decided'")
    site.run("run", "--once")
    assert [row["state"] for row in site.mails()] == ["missing"]
    assert set_aside(site) == {damaged} and len(alerts(site, "damaged")) == 1
    site.deliver(mail)
    site.run("run", "--once")
    assert_filed_once(site, mail)


def test_mail_that_was_removed_is_told_once_when_decided_again(site, mail):
    site.archived()[0].unlink()
    for _ in range(2):
        assert "not in the archive" in site.run("decide", 1, check=1).stderr
    site.run("run", "--once")
    assert [row["state"] for row in site.mails()] == ["missing"]
    ((text, count),) = alerts(site, "missing")
    assert "mail 1 was removed from archive/maintenance" in text and count == 1
    assert len(site.outbox()) == 2, "the mail, and one alert"


def test_many_mails_that_were_removed_are_one_alert(site):
    for number in range(3):
        site.deliver(make_mail(f"Amazon EC2 Instance Retirement [AWS Account: {ACCOUNT}]", body=f"{number}\n"))
    site.run("run", "--once")
    before = len(site.outbox())
    for path in site.archived():
        path.unlink()
    site.run("decide", 1, 2, 3, check=1)
    site.run("run", "--once")
    assert [row["state"] for row in site.mails()] == ["missing"] * 3 and len(alerts(site, "missing")) == 3
    assert len(site.outbox()) == before + 1, "the first one names where the others are listed"


def test_mail_that_was_removed_is_told_once_when_its_original_is_wanted(site, peer):
    site.record()
    peer.status = 503
    site.daemon()
    site.deliver(make_mail("Recorded 1"))
    wait_for("an attempt", lambda: peer.records() and site.archived())
    wait_for("the mail to be filed", lambda: [row["state"] for row in site.mails()] == ["filed"])
    site.archived()[0].unlink()
    before = len(peer.records())
    wait_for("two more attempts", lambda: len(peer.records()) >= before + 2)
    assert [row["state"] for row in site.mails()] == ["missing"] and [count for _, count in alerts(site, "missing")] == [1]
    peer.status = 200
    site.wait_mails(1, state="missing")


def test_archive_that_is_gone_as_a_whole_loses_no_mail(site, mail):
    (site.store / "archive" / "maintenance").rename(site.store / "elsewhere")
    site.run("decide", 1, check=1)
    assert [row["state"] for row in site.mails()] == ["filed"] and alerts(site, "missing") == []
    (site.store / "elsewhere").rename(site.store / "archive" / "maintenance")
    site.run("decide", 1)
    assert_filed_once(site, mail)
