"""Faults of the environment while the daemon runs: nothing is taken, it says so, and goes on when the fault ends."""
import os
import resource
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from conftest import make_mail, retirement, wait_for


@pytest.fixture
def mounts():
    """Mounts, undone at the end; skips where that is not allowed."""
    places = []

    def mount(place, *options):
        if subprocess.run(["mount", *options, place], capture_output=True, check=False).returncode != 0:
            pytest.skip("mounting needs root")
        places.append(place)
    yield mount
    for place in reversed(places):
        subprocess.run(["umount", "-l", place], check=False)


def alerts(site):
    (status,) = site.objects("status")
    return [alert["kind"] for alert in status["ledger"]["recent_alerts"]]


def test_store_that_is_moved_away_and_back(site, daemon):
    site.deliver(retirement(message_id="before"))
    site.wait_mails(1)
    away = site.folder / "away"
    site.store.rename(away)
    wait_for("the daemon to say so", lambda: "moved away or replaced" in daemon.log)
    name = site.deliver(retirement(message_id="meanwhile", account="123456789013"))
    time.sleep(1.5)
    assert [path.name for path in site.spooled()] == [name] and not site.store.exists()
    away.rename(site.store)
    rows = site.wait_mails(2)
    assert len(rows) == 2 and len(site.archived()) == 2
    assert "store" in alerts(site)
    # The ledger's file alone: what would be decided now were lost with the daemon's end.
    ledger, beside = site.store / "ledger.db", site.folder / "ledger.db"
    ledger.rename(beside)
    wait_for("the daemon to say so", lambda: "ledger.db was removed or replaced" in daemon.log)
    name = site.deliver(retirement(message_id="unlinked", account="123456789014"))
    (status,) = site.objects("status")
    assert [(one["place"], "ledger.db" in one["why"]) for one in status["disk"]] == [("store", True)]
    assert [path.name for path in site.spooled()] == [name] and not ledger.exists()
    beside.rename(ledger)
    site.wait_mails(3)
    assert not site.objects("status")[0]["disk"]
    # What is asked for before the next look stands in a ledger that is gone, and is not done by it.
    told = len(told_technical(site))
    ledger.rename(beside)
    site.run("resend", 1)
    wait_for("the daemon to say so", lambda: daemon.log.count("ledger.db was removed or replaced") == 2)
    assert len(told_technical(site)) == told
    beside.rename(ledger)
    wait_for("it to be done", lambda: len(told_technical(site)) == told + 1)


def test_store_on_a_full_disk(site, mounts):
    site.store.mkdir()
    mounts(site.store, "-t", "tmpfs", "-o", "size=2m", "none")
    daemon = site.daemon()
    contents = [retirement(message_id=f"full-{number}", body="x" * 100_000) for number in range(40)]
    for content in contents:
        site.deliver(content)
    wait_for("the daemon to say so", lambda: "nothing is taken from the spools" in daemon.log)
    (status,) = site.objects("status")
    assert any("full" in warning for warning in status["warnings"]) and site.spooled()
    subprocess.run(["mount", "-o", "remount,size=100m", site.store], check=True)
    site.wait_mails(len(contents))
    assert sorted(path.read_bytes() for path in site.archived()) == sorted(contents)
    told = [path for path in site.outbox() if b"tech@example.com" in path.read_bytes()]
    assert len(told) == len(contents)
    wait_for("the alert", lambda: "disk" in alerts(site))
    daemon.stop()  # before its store is unmounted


def test_archive_that_turns_read_only(site, daemon, mounts):
    site.deliver(retirement(message_id="before"))
    site.wait_mails(1)
    archive = site.store / "archive"
    mounts(archive, "--bind", archive)
    subprocess.run(["mount", "-o", "remount,ro,bind", archive], check=True)
    for number in range(3):
        site.deliver(retirement(message_id=f"read-only-{number}"))
    wait_for("three decided", lambda: [row["state"] for row in site.mails()].count("decided") == 3)
    assert len(site.spooled()) == 3 and alerts(site) == ["filing"]
    subprocess.run(["umount", archive], check=True)
    site.wait_mails(4)
    assert len(site.archived()) == 4 and not site.spooled()


def ledger_rows(site, question):
    database = sqlite3.connect(f"file:{site.store / 'ledger.db'}?mode=ro", uri=True)
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


def told_technical(site):
    return [path.read_bytes() for path in site.outbox() if b"To: <tech@example.com>" in path.read_bytes()]


def states(site):
    return [row["state"] for row in site.mails()]


@pytest.fixture
def closed(site):
    """archive/maintenance cannot be a folder: what is decided so cannot be filed. Opened by calling it."""
    place = site.store / "archive" / "maintenance"
    place.parent.mkdir(parents=True)
    place.write_text("in the way")
    return place.unlink


def test_mail_that_cannot_be_filed_is_told_and_ends_no_run(site, closed):
    mail = retirement(message_id="stuck", body="stuck\n")
    name = site.deliver(mail)
    for run in range(2):
        done = site.run("run", "--once", check=1)
        assert f"mail 1 (new/{name} in spool in)" in done.stderr and "could not be filed" in done.stderr
        assert states(site)[0] == "decided" and [path.name for path in site.spooled()] == [name]
        (told,) = told_technical(site)
        assert b"stuck" in told and b"not attached" not in told
        site.deliver(make_mail(f"Something else {run}"))
    ((kind, text),) = ledger_rows(site, "SELECT DISTINCT kind, text FROM alerts")
    assert kind == "filing" and f"mail 1 (new/{name} in spool in)" in text and "move it" in text
    closed()
    site.run("run", "--once")
    assert states(site) == ["filed"] * 3 and site.spooled() == [] and len(told_technical(site)) == 1
    assert [path.read_bytes() for path in site.archived("maintenance")] == [mail]
    assert ledger_rows(site, "SELECT count(*) FROM arrivals WHERE message = 1") == [(1,)]


def test_mail_that_cannot_be_filed_holds_up_nobody(site, closed):
    daemon = site.daemon()
    for number in range(3):
        site.deliver(retirement(message_id=f"stuck-{number}", body=f"stuck {number}\n"))
    wait_for("three to be told", lambda: len(told_technical(site)) == 3)
    site.deliver(make_mail("Something else"))
    wait_for("the other mail to be filed", lambda: states(site) == ["decided"] * 3 + ["filed"])
    assert alerts(site) == ["filing"] and "(once)" in site.run("status").stdout
    started = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - started < 5, "it waited for what cannot be filed"  # as long as for what may still end
    daemon = site.daemon()
    closed()
    assert len(site.wait_mails(4)) == 4 and len(told_technical(site)) == 3
    assert len(site.archived("maintenance")) == 3
    wait_for("the end of what an earlier life told of", lambda: site.objects("status")[0]["standing"] == [])


def test_mail_that_is_taken_away_while_it_cannot_be_filed(site, closed):
    site.daemon()
    name = site.deliver(retirement())
    wait_for("it to be told", lambda: [entry["kind"] for entry in site.objects("status")[0]["standing"]] == ["filing"])
    (site.spool / "new" / name).unlink()
    closed()
    wait_for("nothing to be left of it", lambda: site.objects("status")[0]["standing"] == [])
    wait_for("its loss to be known", lambda: states(site) == ["missing"])


def test_file_that_nobody_may_move(site, mounts):
    name = site.deliver(retirement(message_id="stuck"))
    place = site.spool / "new" / name
    mounts(place, "--bind", place)
    done = site.run("run", "--once", check=1)
    assert f"new/{name}" in done.stderr and len(told_technical(site)) == 1
    site.deliver(make_mail("Something else"))
    site.run("run", "--once", check=1)
    assert states(site) == ["decided", "filed"]


def test_the_next_start_tells_nothing_new(site, mounts):
    drop = site.folder / "drop"
    drop.mkdir()
    site.config.write_text(site.config.read_text().replace('kind = "maildir", path = "spool"', 'kind = "directory", path = "drop", settle = "50ms"'))
    (drop / "stuck").write_bytes(retirement())
    mounts(drop / "stuck", "--bind", drop / "stuck")
    for _ in range(2):
        site.run("run", "--once", check=1)
    found = ledger_rows(site, "SELECT kind, about, text FROM alerts")
    assert [kind for kind, *_ in found] == ["filing"] and len(told_technical(site)) == 1, found


def test_archived_mail_that_cannot_be_moved_stops_no_start(site):
    site.deliver(retirement())
    site.run("run", "--once")
    place = site.store / "archive" / "billing"
    place.write_text("in the way")
    site.run("decide", 1, "--as", "billing")
    site.deliver(make_mail("Something else"))
    done = site.run("run", "--once", check=1)
    assert "mail 1 " in done.stderr and states(site) == ["decided", "filed"]
    place.unlink()
    site.run("run", "--once")
    assert states(site) == ["filed"] * 2 and len(site.archived("billing")) == 1


def keeper_descriptors(daemon):
    return {int(entry.name) for entry in Path(f"/proc/{daemon.process.pid}/fd").iterdir()}


def allow_one_more_descriptor(daemon):
    """Enough to open a mail, not to hand it on. Waits until nothing opens and closes any more."""
    seen = []

    def steady():
        seen.append(keeper_descriptors(daemon))
        return len(seen) > 25 and all(held == seen[-1] for held in seen[-25:])
    wait_for("the keeper to be at rest", steady)
    free = [number for number in range(max(seen[-1]) + 3) if number not in seen[-1]]
    _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (free[1], hard))
    return lambda: resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (hard, hard))


def test_shortage_of_descriptors_costs_no_mail_and_no_decider(site, daemon):
    site.deliver(retirement(message_id="before"))
    site.wait_mails(1)
    children = set(daemon.children())
    enough = allow_one_more_descriptor(daemon)
    name = site.deliver(retirement(message_id="short"))
    wait_for("the daemon to say so", lambda: "no mail can be handed to a decider" in daemon.log)
    assert [path.name for path in site.spooled()] == [name] and set(daemon.children()) == children
    enough()
    site.wait_mails(2)
    assert not list((site.store / "unreadable").iterdir()) and daemon.log.count("no mail can be handed") == 1
    assert "descriptors" in alerts(site)  # and, where it lasts, who else could open nothing


def test_ends_in_time_though_its_actors_stand_still(site, daemon):
    (status,) = site.objects("status")
    for actor in status["actors"]:
        os.kill(actor["pid"], signal.SIGSTOP)
    site.deliver(retirement())
    wait_for("an action in hand", lambda: any(row["actions"]["running"] for row in site.mails()))
    assert daemon.stop() == 0 and "still in hand" not in daemon.log
