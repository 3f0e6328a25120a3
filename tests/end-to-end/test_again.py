"""A mail that comes again: after its file was lost, after it could not be read, after a move that was cut."""
import shutil
import sqlite3

import pytest

from conftest import retirement, wait_for


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
