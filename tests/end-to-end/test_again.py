"""A mail that comes again: after its file was lost, after it could not be read, after a move that was cut."""
import shutil
import sqlite3

import pytest

from conftest import make_mail, retirement, wait_for


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
    site.deliver(retirement(message_id="same"))
    site.deliver(relayed(retirement(**{"message_id": "same", **other}), "one"))
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
