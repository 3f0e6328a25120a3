"""What a start finds of an earlier life, and what two lives at once may not do."""
import os
import signal
import socket
import sqlite3
import subprocess
import threading

from conftest import BINARY, PATIENCE, SOURCE, Daemon, make_mail, retirement, wait_for


def change(site, *statements):
    with sqlite3.connect(site.store / "ledger.db") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def test_a_start_mends_what_a_crash_left_and_says_so_once(site):
    mails = [retirement(), make_mail("Unknown"), make_mail("Further")]
    for mail in mails:
        site.deliver(mail)
    site.run("run", "--once")
    files = {int(path.name.split(".")[0]): path for path in site.archived()}
    unreadable = site.store / "unreadable"
    name = files[1].name.removesuffix(":2,")
    files[1].rename(unreadable / name)  # released, and cut before it was moved
    (unreadable / f"{name}.reason").write_text("it could not be read\n")
    (unreadable / f"{files[3].name.removesuffix(':2,')}.reason").write_text("it was released, and this was left\n")
    change(site, "UPDATE messages SET state = 'decided', folder = NULL WHERE id = 1",
           "UPDATE messages SET state = 'decided' WHERE id = 2",  # moved, and cut before that was written down
           "UPDATE actions SET state = 'running' WHERE message = 3", "DELETE FROM attempts",
           "INSERT INTO attempts (action, number, started) SELECT id, 1, 1 FROM actions WHERE message IN (2, 3)")
    for place in f"unreadable/{name}.reason.tmp", "outbox/tmp/half":
        (site.store / place).write_text("half")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(os.fsencode(os.path.relpath(site.store / "control.sock")))
    first = site.run("run", "--once").stderr
    assert ("recovery: 1 actions that were cut are tried again with the same key; 1 mails lay in the archive already; 1 mails were"
            " filed now; 2 half-written files were removed; 2 remains of mail that is filed by now") in first
    assert sorted(path.read_bytes() for path in site.archived()) == sorted(mails)
    assert list(unreadable.iterdir()) == [] and {row["state"] for row in site.mails()} == {"filed"}
    with sqlite3.connect(site.store / "ledger.db") as database:
        assert database.execute("SELECT count(*) FROM attempts WHERE ended IS NULL").fetchone() == (0,)
        assert database.execute("SELECT count(*), sum(found LIKE '%\"cut\":1%') FROM recoveries").fetchone() == (1, 1)
    database.close()
    assert "recovery" not in site.run("run", "--once").stderr, "it was not mended for good"


def refused(site, config):
    done = subprocess.run([BINARY, "run", "-c", config], capture_output=True, text=True, cwd=site.folder, timeout=PATIENCE, check=False)
    assert done.returncode == 75, done.stderr
    return done.stderr


def test_one_daemon_a_store_and_one_a_spool(site):
    daemon = site.daemon()
    pid = daemon.process.pid
    sock = (site.store / "control.sock").stat()
    assert f"another awsift (pid {pid}) holds" in refused(site, site.config)
    assert (site.store / "control.sock").stat() == sock and site.run("status")
    other = site.folder / "other.lua"
    other.write_text(site.config.read_text().replace('store "store"', 'store "store-2"'))
    assert "another awsift takes mail from" in refused(site, other) and "one daemon" in refused(site, other)
    site.store.rename(site.folder / "moved")
    other.write_text(site.config.read_text().replace('store "store"', 'store "moved"'))
    assert f"another awsift (pid {pid}) holds" in refused(site, other), "the lock went with the name"
    (site.folder / "moved").rename(site.store)
    daemon.stop(signal.SIGKILL)
    site.daemon()  # at once: the kernel gives both locks back
    site.deliver(retirement())
    site.wait_mails(1)


def test_a_start_waits_for_what_is_about_to_end(site):
    site.deliver(retirement())
    site.run("run", "--once")
    lock = site.store / "lock"
    deciding = subprocess.Popen([BINARY, "decide", "1", "-c", site.config], cwd=site.folder, stdout=subprocess.DEVNULL)
    try:
        wait_for("decide to hold the store", lambda: lock.read_text() == f"{deciding.pid}\nends\n")
        os.kill(deciding.pid, signal.SIGSTOP)
        daemon = Daemon(site)
        wait_for("the daemon to wait", lambda: f"pid {deciding.pid}" in daemon.log or daemon.process.poll() is not None)
        assert "is about to end: waiting for it" in daemon.log and daemon.process.poll() is None
    finally:
        os.kill(deciding.pid, signal.SIGCONT)
        assert deciding.wait(PATIENCE) == 0
    daemon.wait_ready()
    daemon.process.send_signal(signal.SIGTERM)  # and one that ends, for the next
    following = Daemon(site).wait_ready()
    assert daemon.process.wait(PATIENCE) == 0 and following.process.poll() is None


def test_commands_find_a_ledger_while_daemons_come_and_go(site):
    for number in range(2):
        site.deliver(make_mail(f"Mail {number}"))
    site.run("run", "--once")
    ends, statuses = threading.Event(), []

    def ask():
        while not ends.is_set():
            done = [site.run(*words, check=None) for words in (("list", "--json"), ("silence", "--rule", "none.*", "--for", "1h",
                                                                                     "--reason", "test"), ("unreadable", "--json"))]
            statuses.extend((one.returncode, one.stderr) for one in done)
    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
            site.daemon().stop(number)
    finally:
        ends.set()
        asking.join()
    wrong = {status for status in statuses if status[0] not in (0, 75)}
    assert statuses and not wrong, wrong


def test_every_machine_is_drawn():
    page = (SOURCE / "docs" / "STATES.md").read_text()
    assert page.count("```mermaid") == 5 and "engine/ledger/states.c" in page
