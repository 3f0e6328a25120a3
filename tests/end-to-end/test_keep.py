"""store { keep }: what is old and finished leaves archive and ledger, and nothing else does; a ledger that another
program holds. Mail is made old in the ledger: no test waits for a day to pass."""
import sqlite3

from conftest import make_mail, retirement, wait_for

DAY = 86400000


def ledger(site, *statements):
    database = sqlite3.connect(site.store / "ledger.db", timeout=30)
    try:
        rows = [database.execute(statement).fetchall() for statement in statements]
        database.commit()
        return rows[-1]
    finally:
        database.close()


def keep(site, value, word="store {{ keep = {} }}\n"):
    site.config.write_text(word.format(value) + site.config.read_text().replace('store "store"', 'store "store"'))


def make_old(site, condition="1", days=2):
    """Everything of those mails happened so long ago."""
    chosen = f"(SELECT id FROM messages WHERE {condition})"
    ledger(site, f"UPDATE messages SET arrived = arrived - {days * DAY}, seen = seen - {days * DAY} WHERE id IN {chosen}",
           f"UPDATE arrivals SET seen = seen - {days * DAY} WHERE message IN {chosen}",
           f"UPDATE decisions SET decided = decided - {days * DAY} WHERE message IN {chosen}",
           f"UPDATE actions SET created = created - {days * DAY}, ended = ended - {days * DAY} WHERE message IN {chosen}")


def retention(site):
    (status,) = site.objects("status")
    return status["retention"]


def ids(site):
    return [row["id"] for row in site.mails()]


def test_old_mail_leaves_while_new_mail_comes(site):
    keep(site, '"10m"')
    for number in range(6):
        site.deliver(retirement(message_id=f"old-{number}"))
    site.run("run", "--once")
    make_old(site)
    ledger(site, "UPDATE actions SET state = 'dead' WHERE message = 2", "UPDATE messages SET state = 'missing' WHERE id = 3")
    site.archived()[2].unlink()
    shown = site.archived()[3]
    shown.rename(shown.with_name(shown.name + "FS"))  # a mail reader flagged it
    told = len(site.outbox())
    daemon = site.daemon()
    site.deliver(retirement(message_id="new"))
    wait_for("the old ones to be gone", lambda: ids(site) == [2, 7] and len(site.archived()) == 2)
    wait_for("a look to its end", lambda: retention(site)["waiting"] == 1)
    kept = retention(site)
    assert kept["removed"] == 5 and kept["keep"] == 600000 and kept["bytes"] > 0 and kept["trouble"] is None and kept["last"]
    text = site.run("status").stdout
    assert "keep      10m: 5 mails" in text and "1 older ones stay: not finished" in text
    assert daemon.log.count("mails older than 10m were removed") == 1, "said once a day"
    site.run("show", 1, check=1)
    site.deliver(retirement(message_id="old-0"))  # so long after: a mail like any other
    assert [row["id"] for row in site.wait_mails(3)] == [2, 7, 8]
    assert len(site.outbox()) == told + 2, "what people have is theirs"
    site.run("drop", "--dead")
    ledger(site, f"UPDATE actions SET ended = ended - {2 * DAY}")
    wait_for("what was handled to be gone", lambda: 2 not in ids(site))
    assert not [path for path in site.archived() if path.name.startswith("2.")]


def test_a_single_run_removes_too_and_not_by_a_clock_that_is_ahead(site):
    keep(site, '"30d"')
    for number in range(4):
        site.deliver(retirement(message_id=f"old-{number}"))
    site.run("run", "--once")
    make_old(site, "id <= 3", days=31)
    make_old(site, "id = 4", days=400)  # the newest of them says what day it is, until mail has come
    site.run("run", "--once")
    assert ids(site) == [1, 2, 3, 4]
    make_old(site, "id = 4", days=-400)
    site.run("run", "--once")
    assert ids(site) == [4] and len(site.archived()) == 1


def test_a_single_run_comes_to_its_end_however_much_is_old(site):
    keep(site, '"30d"')
    site.run("run", "--once")
    ledger(site, "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 5300)"
           " INSERT INTO messages (sha256, recipient, size, spool, file, arrived, seen, state)"
           " SELECT 'gone' || value, '', 1, 'in', 'gone', 1, 1, 'missing' FROM n")
    site.deliver(retirement())  # the newest, which says what day it is
    site.run("run", "--once")
    site.run("run", "--once")
    ((left,),) = ledger(site, "SELECT count(*) FROM messages")
    assert 1 < left <= 301, "5000 in one run, and those at work"


def test_a_run_that_was_cut_is_gone_on_with(site):
    """Killed after the mark, or after the file went: both are found again, and are no alert."""
    keep(site, '"1d"')
    for number in range(3):
        site.deliver(retirement(message_id=f"old-{number}"))
    site.run("run", "--once")
    make_old(site)
    ledger(site, "UPDATE messages SET state = 'expired' WHERE id <= 2")
    site.archived()[0].unlink()
    site.run("run", "--once")
    assert ids(site) == [3] and [path.name[:2] for path in site.archived()] == ["3."]
    assert ledger(site, "SELECT count(*) FROM alerts") == [(0,)]
    assert site.run("decide", 2, check=1).stderr


def test_archive_that_is_not_there_loses_no_row(site):
    keep(site, '"10m"')
    for number in range(3):
        site.deliver(retirement(message_id=f"old-{number}"))
    site.run("run", "--once")
    make_old(site)
    away = site.folder / "away"
    (site.store / "archive").rename(away)
    (site.store / "archive").mkdir()
    daemon = site.daemon()
    wait_for("it to be told", lambda: "old mail cannot be removed" in daemon.log)
    assert ids(site) == [1, 2, 3] and "mount it" in retention(site)["trouble"]
    (site.store / "archive").rmdir()
    away.rename(site.store / "archive")
    wait_for("the old ones to be gone", lambda: ids(site) == [3] and len(site.archived()) == 1)
    wait_for("the end of the trouble", lambda: not site.objects("status")[0]["standing"])


def test_neither_mail_that_waits_nor_a_missing_folder_keeps_old_mail(site):
    keep(site, '"10m"')
    mails = [retirement(message_id=name) for name in ("old-1", "copied", "old-3")]
    for mail in mails:
        site.deliver(mail)
    site.run("run", "--once")
    site.deliver(mails[1])
    site.run("run", "--once")
    make_old(site)
    ((twice,),) = ledger(site, "SELECT message FROM arrivals GROUP BY message HAVING count(*) > 1")
    site.config.write_text(site.config.read_text() + 'spool "drop" { kind = "directory", path = "drop" }\n')
    blocked = site.store / "archive" / "unmatched"
    blocked.write_text("no folder")
    daemon = site.daemon()
    site.deliver(make_mail("Never to be filed"))
    wait_for("what came once to be gone", lambda: ids(site) == [twice, 4] and len(site.archived("maintenance")) == 1)
    assert "cannot be filed" in daemon.log and len(site.spooled()) == 1
    (site.folder / "drop").mkdir()
    wait_for("what came twice to be gone", lambda: ids(site) == [4])
    assert site.mails()[0]["state"] == "decided"
    blocked.unlink()
    site.wait_mails(1)
    assert not site.spooled()


def test_grammar(site):
    text = site.config.read_text()
    for line, words in (
            ('store "store" { keep = "400d" }', "0 errors"),
            ('store { keep = "forever" }', "0 errors"),
            ('store { keep = "12h" }', "less than 3 days"),
            ('store { keep = "30d" }', "threads { window }"),
            ('store { keep = "1s" } store { kep = "40x" } store "store" "x" store { keep = "40x" }',
             ("between 1m and 36500d", "did you mean 'keep'", "store needs a path, a table, or both", "is no duration"))):
        site.config.write_text(line + "\n" + text)
        done = site.run("check", check=None)
        said = done.stdout + done.stderr
        for word in [words] if isinstance(words, str) else words:
            assert word in said, said
        assert ("store: keep" in said) == (words != "0 errors"), said


# ---- held by another program ----


def test_ledger_that_another_program_holds(site, daemon):
    other = sqlite3.connect(site.store / "ledger.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    name = site.deliver(retirement(message_id="while it is held"))
    wait_for("the daemon to say so", lambda: "nothing is taken from the spools" in daemon.log)
    assert [path.name for path in site.spooled()] == [name] and "find and end that one" in daemon.log
    (status,) = site.objects("status")
    assert any("cannot be written" in warning for warning in status["warnings"])
    other.execute("ROLLBACK")
    other.close()
    site.wait_mails(1)
    assert daemon.log.count("nothing is taken from the spools") == 1
    wait_for("the alert", lambda: "ledger" in [alert["kind"] for alert in site.objects("status")[0]["ledger"]["recent_alerts"]])


def test_reader_that_never_ends_is_told(site, daemon):
    """It keeps nobody waiting, but the log from being written back. That it has grown is feigned."""
    site.deliver(retirement(message_id="before"))
    site.wait_mails(1)
    other = sqlite3.connect(site.store / "ledger.db", isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM messages").fetchall()
    log = site.store / "ledger.db-wal"
    with open(log, "r+b") as file:
        file.truncate(300 << 20)
    wait_for("it to be told", lambda: "another program keeps reading" in daemon.log)
    site.deliver(retirement(message_id="meanwhile"))
    site.wait_mails(2)
    assert site.objects("status")[0]["standing"][0]["kind"] == "ledger-log"
    other.execute("ROLLBACK")
    other.close()
    came = 2
    while log.stat().st_size >= 100 << 20:  # how much a commit writes depends on how many mails are in it
        for number in range(20):
            site.deliver(make_mail(f"More {came + number}", body="x" * 100_000))
        came += 20
        assert came < 1000, "the log is not written back"
        site.wait_mails(came)
    wait_for("the end of it", lambda: not site.objects("status")[0]["standing"])
