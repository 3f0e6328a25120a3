"""awsift backup and awsift restore: a copy while mail is decided, what is refused, and the whole way back from a ledger
that is damaged, with every mail accounted for."""
import hashlib
import json
import shutil
import sqlite3
import subprocess

from conftest import BINARY, retirement, wait_for


def numbered(number):
    return retirement(message_id=f"mail-{number}", body=f"Number {number}.\n")


def refused(site, *words):
    done = site.run("run", "--once", check=1)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    return done


def told(site):
    return [path.read_bytes() for path in site.outbox() if b"To: <tech@example.com>" in path.read_bytes()]


def message_ids(site):
    """Of the forwards, not of what they have attached."""
    return sorted(next(line for line in mail.splitlines() if line.lower().startswith(b"message-id:")) for mail in told(site))


def damage(path, offset=4096 * 3, count=4096 * 4):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(b"#" * count)


def aside_of(site, mail):
    path = site.store / "unreadable" / f"9.{hashlib.sha256(mail).hexdigest()[:16]}.awsift"
    path.write_bytes(mail)
    return path


def test_a_copy_while_mail_is_decided(site, daemon):
    file = site.folder / "awsift.backup"
    for number in range(30):
        site.deliver(numbered(number))
        if number % 10 == 5:
            (done,) = site.objects("backup", file)
            assert done["file"] == str(file) and done["bytes"] == file.stat().st_size
    site.wait_mails(30)
    (done,) = site.objects("backup", file)
    assert done["mails"] == 30 and done["rows"]["arrivals"] == 30 and file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in site.folder.glob("awsift.backup*")) == ["awsift.backup"]
    copy = sqlite3.connect(f"file:{file}?immutable=1", uri=True)
    assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert copy.execute("SELECT count(*) FROM actions WHERE state = 'done'").fetchone()[0] >= 30
    copy.close()
    daemon.stop()
    assert "30 mails" in site.run("backup", file).stdout, "without a daemon too"


def test_what_is_refused_leaves_the_earlier_backup(site):
    site.deliver(numbered(1))
    assert "no ledger yet" in site.run("backup", site.folder / "b", check=1).stderr
    site.run("run", "--once")
    file, other = site.folder / "b", site.folder / "notes.txt"
    site.run("backup", file)
    before = file.read_bytes()
    other.write_text("not a backup, and of some length\n")
    for place, words in ((other, "is no backup"), (site.folder, "is a folder"), (site.store / "ledger.db", "the ledger itself"),
                         (site.folder / "nowhere" / "b", "nowhere/b.tmp")):
        assert words in site.run("backup", place, check=1).stderr
    assert file.read_bytes() == before and other.read_text().startswith("not a backup")
    damage(site.store / "ledger.db", 4096 * 8, 4096 * 30)
    done = site.run("backup", file, check=1)
    assert "awsift restore" in done.stderr
    assert file.read_bytes() == before and not list(site.folder.glob("b.tmp*"))
    assert site.run("backup", check=2)


def test_the_way_back(site):
    """Mail 1 and 2 before the backup, 3 to 5 after it; then the ledger is damaged, and 6 waits."""
    file, ledger = site.folder / "b", site.store / "ledger.db"
    for number in (1, 2):
        site.deliver(numbered(number))
    site.run("run", "--once")
    site.run("backup", file)
    site.run("decide", 2, "--as", "billing")  # moved since
    for number in (3, 4, 5):
        site.deliver(numbered(number))
    site.run("run", "--once")
    once, archived = message_ids(site), sorted(path.read_bytes() for path in site.archived())
    assert len(once) == 5 and len(archived) == 5
    damage(ledger)
    kept = ledger.read_bytes()
    sixth = numbered(6)
    waiting = site.deliver(sixth)
    refused(site, str(ledger), "awsift restore FILE", "mail stays in the spool")
    assert [path.name for path in site.spooled()] == [waiting] and ledger.read_bytes() == kept

    assert "damaged" in site.run("restore", ledger, check=1).stderr, "no backup"
    assert "is not there" in site.run("restore", site.folder / "nowhere", check=1).stderr
    (site.store / "archive").rename(site.folder / "unmounted")
    (site.store / "archive").mkdir()  # 3 to 5 would not be seen, and their numbers given again
    assert "is empty or gone: mount it" in site.run("restore", file, check=1).stderr
    (site.store / "archive").rmdir()
    (site.folder / "unmounted").rename(site.store / "archive")
    assert ledger.read_bytes() == kept
    (done,) = site.objects("restore", file)
    assert done["returned"] == 3 and done["elsewhere"] == 1
    with open(done["kept"], "rb") as before:
        assert before.read() == kept
    assert len(site.spooled()) == 4 and len(site.archived()) == 2

    daemon = site.daemon()
    rows = site.wait_mails(6)
    assert sorted(path.read_bytes() for path in site.archived()) == sorted(archived + [sixth])
    assert not site.spooled() and [row["category"] for row in rows] == ["maintenance"] * 6
    again = message_ids(site)
    assert sorted(set(once)) == sorted(set(again) & set(once)) and len(set(again)) == 6, "told again under the same ids"
    (status,) = site.objects("status")
    assert [alert["kind"] for alert in status["ledger"]["recent_alerts"]] == ["restored"]
    assert "3 mails that came since" in status["ledger"]["recent_alerts"][0]["text"]
    assert site.run("restore", file, check=75).stderr.count("end it first") == 1
    assert daemon.stop() == 0


def test_a_ledger_that_lost_its_last_writes_is_found_out(site):
    """Its log was removed: SQLite cannot know, but the archive does. By itself where the spools are alike."""
    site.deliver(numbered(1))
    site.run("run", "--once")
    whole = (site.store / "ledger.db").read_bytes()
    site.deliver(numbered(2))
    site.run("run", "--once")
    (site.store / "ledger.db").write_bytes(whole)
    config = site.config.read_text()
    site.config.write_text(config + 'spool "other" { path = "other", trust = { authserv_id = "other.example.jp" } }\n')
    refused(site, "awsift restore --spool NAME")
    assert len(site.archived()) == 2
    assert "no spool 'nowhere'" in site.run("restore", "--spool", "nowhere", check=1).stderr
    site.config.write_text(config)
    (lost,) = (path for path in site.archived() if path.name.startswith("2."))
    (site.spool / "new" / lost.name.removesuffix(":2,")).write_bytes(lost.read_bytes())  # as a start that was cut leaves a copy
    done = site.run("run", "--once")
    assert "the ledger had lost 1 mails" in done.stderr
    assert [row["state"] for row in site.mails()] == ["filed"] * 2 and len(site.archived()) == 2 and not site.spooled()
    site.run("run", "--once")
    alerts = sqlite3.connect(site.store / "ledger.db").execute("SELECT kind, count FROM alerts").fetchall()
    assert alerts == [("restored", 1)]


def test_a_restore_that_is_cut_is_run_again(site):
    for number in (1, 2):
        site.deliver(numbered(number))
        site.run("run", "--once")
        if number == 1:
            site.run("backup", site.folder / "b")
    shutil.rmtree(site.spool)
    site.spool.write_text("in the way")  # it fails once the ledger was put aside
    assert str(site.spool) in site.run("restore", site.folder / "b", check=1).stderr
    shutil.rmtree(site.store / "archive" / "maintenance" / "new")
    refused(site, "run it again")
    site.spool.unlink()
    assert "1 mails" in site.run("restore", site.folder / "b").stdout
    site.run("run", "--once")
    assert len(site.mails()) == 2 and len(site.archived()) == 2
    lost = aside_of(site, numbered(9))  # after the last number of the ledger: at the start, too
    changed = site.archived()[1].with_name("8.0123456789abcdef.awsift:2,")  # not the bytes that its name tells of
    damaged = site.store / "unreadable" / (lost.name + ".damaged")  # what was set aside as that is no mail any more
    changed.write_bytes(numbered(8))
    damaged.write_bytes(numbered(7))
    done = site.run("run", "--once")
    assert "1 have other bytes than came" in done.stderr and "the ledger had lost 1 mails" in done.stderr
    assert len(site.mails()) == 3 and len(site.archived()) == 4 and not lost.exists() and changed.exists()
    for _ in range(2):
        site.run("run", "--once")  # which of them is left is found each time
    (told,) = sqlite3.connect(site.store / "ledger.db").execute("SELECT count FROM alerts WHERE text LIKE '1 files of the archive%'")
    assert told == (1,)
    (done,) = site.objects("restore")
    assert (done["returned"], done["damaged"]) == (0, 1) and damaged.exists()


def test_damage_while_it_runs_takes_nothing_more(site, daemon):
    site.deliver(numbered(1))
    site.wait_mails(1)
    database = sqlite3.connect(site.store / "ledger.db")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    roots = [row[0] for row in database.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")]
    database.close()
    for root in roots:
        damage(site.store / "ledger.db", (root - 1) * 4096, 4096)
    with sqlite3.connect(site.store / "ledger.db") as other:  # another writer: what the daemon remembers of it is old
        other.execute("PRAGMA user_version = 77")
    other.close()
    name = site.deliver(numbered(2))
    wait_for("the daemon to say so", lambda: "nothing is taken from the spools" in daemon.log)
    assert [path.name for path in site.spooled()] == [name] and "awsift restore" in daemon.log
    status = json.loads(subprocess.run([BINARY, "status", "--json", "-c", site.config], capture_output=True, check=False).stdout)
    assert "awsift restore" in status["ledger"]["error"]
    assert site.run("status", "--check", check=1).stdout


def test_a_big_ledger_is_read_through_beside_the_life(site):
    """And after a writer that was cut off before anything else. Damage is told; mail is taken as long as it can be."""
    def change(statement):
        with sqlite3.connect(site.store / "ledger.db") as database:
            database.execute(statement)
        database.close()
    whole = "read through and is whole"
    site.deliver(numbered(1))
    assert whole not in site.run("run", "--once").stderr, "a small one is at each opening"
    change("INSERT INTO handlings (action, at, by, what, why) VALUES (0, 0, 'me', 'retry', zeroblob(40000000))")
    assert whole not in site.run("run", "--once").stderr, "it was within a day"
    change("UPDATE proof SET at = 1")
    assert whole in site.run("run", "--once").stderr
    assert whole not in site.run("run", "--once").stderr
    change("UPDATE proof SET at = 1")
    damage(site.store / "ledger.db", 4096 * 5000, 4096)
    site.run("decide", 1, "--as", "billing")  # does not meet it
    daemon = site.daemon()
    wait_for("the alert", lambda: "ledger-damaged" in [alert["kind"] for alert in site.objects("status")[0]["standing"]])
    site.deliver(numbered(2))
    site.wait_mails(2)
    (status,) = site.objects("status")
    assert any("is damaged" in warning and "awsift restore" in warning for warning in status["warnings"]) and status["proven"] < "1971"
    daemon.destroy()
    daemon.process.wait()
    assert "is damaged" in refused(site, "awsift restore FILE").stderr
