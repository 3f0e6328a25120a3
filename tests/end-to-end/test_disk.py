"""Disks that are full, read-only or broken, at each place and while the daemon runs: nothing is taken or lost, it is said, and
all goes on by itself. failing_disk.c stands in front of the C library; where mounting is allowed, a small tmpfs is the real thing."""
import contextlib
import errno
import mmap
import os
import re
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import SANITIZED, retirement, wait_for
from test_hostile import HANG

SLOT = struct.Struct("iiiii12s96s")
SLOTS = 16
WRITES = "owtm"  # what a full disk refuses: to make files and folders, to write, to grow


class Disk:
    """What fails now: Disk.fail("ledger.db", "w", errno.EIO) until mend()."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(SLOT.size * SLOTS))
        with open(path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 0)
        self.used = 0

    def fail(self, pattern, kinds=WRITES, error=errno.ENOSPC, skip=0, times=-1):
        slot = self.used
        self.used += 1
        SLOT.pack_into(self.page, slot * SLOT.size, 0, skip, times, 0, error, kinds.encode(), pattern.encode())
        struct.pack_into("i", self.page, slot * SLOT.size, 1)
        return slot

    def hits(self, slot):
        return SLOT.unpack_from(self.page, slot * SLOT.size)[3]

    def spent(self, slot):
        """Whether a fault of so many times has happened so often."""
        return SLOT.unpack_from(self.page, slot * SLOT.size)[2] == 0

    def mend(self):
        for slot in range(SLOTS):
            struct.pack_into("i", self.page, slot * SLOT.size, 0)
        self.used = 0


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if SANITIZED or not shutil.which("cc"):
        pytest.skip("nothing can be put in front of the C library here")
    place = tmp_path_factory.mktemp("disk") / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run(["cc", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", place, source, "-ldl"], check=True)
    return place


@pytest.fixture
def disk(library, tmp_path):
    return Disk(tmp_path / "faults")


@pytest.fixture
def start(site, disk, library):
    """A daemon on a disk that can fail."""
    def start(*options):
        environment = {**os.environ, "LD_PRELOAD": str(library), "FAILING_DISK": str(disk.path)}
        return site.daemon(*options, environment=environment)
    return start


def rows(site, question):
    database = sqlite3.connect(f"file:{site.store / 'ledger.db'}?mode=ro", uri=True)
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


def status(site):
    return site.objects("status")[0]


def places(site):
    return [entry["place"] for entry in status(site)["disk"]]


def told(site, word):
    return [path for path in site.outbox() if word in path.read_bytes()]


def assert_once(site, contents):
    """Every mail is in the archive and told, once."""
    assert sorted(path.read_bytes() for path in site.archived()) == sorted(contents) and not site.spooled()
    forwards = rows(site, "SELECT message, state, count(*) FROM actions WHERE message > 0 GROUP BY message")
    assert [row[1:] for row in forwards] == [("done", 1)] * len(contents), forwards
    assert len(told(site, b"To: <tech@example.com>")) == len(contents)
    assert not list((site.store / "unreadable").iterdir())


def test_the_ledger_on_a_full_disk(site, disk, start):
    daemon = start()
    contents = [retirement(message_id="before")]
    site.deliver(contents[0])
    site.wait_mails(1)
    assert (site.store / "reserve").stat().st_size > 0
    for error in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        disk.fail("/store/reserve", error=error)
        first = disk.fail("ledger.db-wal", "w", error, times=1)
        contents += [retirement(message_id=f"full-{error}-{number}") for number in range(5)]
        names = [site.deliver(content) for content in contents[-5:]]
        wait_for("the fault", lambda: disk.spent(first))
        wait_for("the place in status", lambda: places(site) == ["ledger"])
        # What was laid by is room for the alert, which goes out at once; no mail is taken.
        wait_for("the alert", lambda: [entry["kind"] for entry in status(site)["standing"]] == ["disk"])
        wait_for("it to be told", lambda: "done alert forward operators" in daemon.log)  # later ones are gathered
        assert len(site.mails()) == len(contents) - 5 and len(site.spooled()) == 5 and not (site.store / "reserve").exists()
        (entry,) = [entry for entry in status(site)["standing"] if entry["kind"] == "disk"]
        assert "is full" in entry["text"] and site.run("status", "--check", check=1).stdout.count("disk") > 0
        assert sorted(path.name for path in site.spooled()) == sorted(names)
        disk.mend()
        site.wait_mails(len(contents))
        wait_for("the trouble to end", lambda: places(site) == [] and not status(site)["standing"])
    assert_once(site, contents)
    assert daemon.log.count("has room again, after ") == 3 and daemon.log.count("nothing is taken from the spools") <= 3


def test_a_disk_that_fails_the_ledger(site, disk, start):
    """Errors, a file system that turned read-only, syncs that fail once and then say that all is well: what was counted as not
    written is written anew, and no effect came before it."""
    daemon = start()
    contents = []
    for number, fault in enumerate([("ledger.db-wal", "w", errno.EIO), ("ledger.db", "wots", errno.EROFS),
                                    ("ledger.db-wal", "s", errno.EIO, 0, 1), ("ledger.db-wal", "s", errno.ENOSPC, 0, 1),
                                    ("ledger.db-wal", "w", -1, 2, 3)]):
        slot = disk.fail(*fault)
        contents.append(retirement(message_id=f"broken-{number}"))
        site.deliver(contents[-1])
        if len(fault) < 4:
            wait_for("the place in status", lambda: places(site) == ["ledger"])
            assert len(rows(site, "SELECT id FROM messages")) == number and len(site.spooled()) == 1
            assert any("no mail is taken since" in warning for warning in status(site)["warnings"])
        else:
            wait_for("the fault", lambda: disk.spent(slot))
        disk.mend()
        site.wait_mails(number + 1)
    assert_once(site, contents)
    wait_for("the trouble to end", lambda: places(site) == [])
    assert rows(site, "SELECT count(*) FROM attempts WHERE action IN (SELECT id FROM actions WHERE message > 0)") == [(5,)]
    assert daemon.process.poll() is None


def test_the_archive_on_a_disk_that_fails(site, disk, start):
    """Mail is decided and told, and stays in the spool; a sync of a folder that failed is not taken for one that worked."""
    daemon = start()
    contents = []
    for kinds, error in (("rom", errno.ENOSPC), ("rs", errno.EIO)):
        before = len(contents)
        disk.fail("/archive/", kinds, error)
        contents += [retirement(message_id=f"archive-{error}-{number}") for number in range(2)]
        for content in contents[-2:]:
            site.deliver(content)
        wait_for("two to be told", lambda: len(told(site, b"To: <tech@example.com>")) == len(contents))
        wait_for("the place in status", lambda: places(site) == ["archive"])
        assert len(site.spooled()) == 2
        assert [entry["kind"] for entry in status(site)["standing"]] == ["filing"]
        assert daemon.log.count("cannot be filed") == before // 2 + 1
        disk.mend()
        site.wait_mails(len(contents))
        wait_for("the trouble to end", lambda: places(site) == [] and not status(site)["standing"])
    assert_once(site, contents)
    assert len(re.findall(r"mail can be filed again, after \d", daemon.log)) == 2


def test_no_mail_is_decided_that_may_not_outlive_a_power_cut(site, disk, start):
    """The sync of a mail's bytes or of its name fails, once, and says then that all is well: it is written anew, or it waits."""
    (site.folder / "drop").mkdir()
    site.config.write_text(site.config.read_text() + 'spool "drop" { kind = "directory", path = "drop", settle = "50ms" }\n')
    start()
    mails = {name: retirement(message_id=name) for name in ("bytes", "copy", "name", "later")}
    first = [disk.fail("/drop/bytes", "s", errno.EIO, times=1), disk.fail("/drop/copy", "s", errno.EIO, times=1),
             disk.fail("/spool/new$", "s", errno.EIO, times=1)]
    inodes = {}

    def put(name, folder):
        beside = site.folder / name
        beside.write_bytes(mails[name])
        inodes[name] = beside.stat().st_ino
        beside.rename(site.folder / folder / name)
    put("name", "spool/new")
    wait_for("the folder's sync to fail", lambda: disk.spent(first[2]))
    put("bytes", "drop")
    wait_for("its sync to fail", lambda: disk.spent(first[0]))
    wait_for("it to be filed", lambda: len(site.archived()) == 1)
    anew = disk.fail("/drop/.", "s", errno.EIO)
    put("copy", "drop")
    wait_for("the sync of its copy to fail", lambda: disk.spent(first[1]) and disk.hits(anew))
    wait_for("it to be told", lambda: rows(site, "SELECT 1 FROM alerts WHERE kind = 'spool' AND text LIKE '%written anew%'"))
    assert rows(site, "SELECT 1 FROM arrivals WHERE file = 'copy'") == [] and (site.folder / "drop/copy").stat().st_ino == inodes["copy"]
    disk.mend()
    site.wait_mails(3)
    put("later", "spool/new")
    site.wait_mails(4)
    assert_once(site, mails.values())
    lying = {path.read_bytes(): path.stat() for path in site.archived()}
    same = {name for name, content in mails.items() if lying[content].st_ino == inodes[name]}
    assert same == {"later"}, "a sync that failed was taken for one that worked"
    assert not list((site.folder / "drop").iterdir()) and not list((site.spool / "tmp").iterdir())
    assert rows(site, "SELECT count(*) FROM decisions") == [(4,)]


LONG_LOG = """
import os, sqlite3, sys
ledger = sqlite3.connect(sys.argv[1], isolation_level=None)
ledger.execute("PRAGMA wal_autocheckpoint = 0")
for statement in ("CREATE TABLE filler (x)", "INSERT INTO filler VALUES (zeroblob(20000000))", "DROP TABLE filler"):
    ledger.execute(statement)
os._exit(0)
"""


def test_a_log_that_cannot_be_written_back(site, disk, start):
    """The ledger's own file fails, its log does not: mail is taken, the operators are told, and it ends by itself."""
    site.run("run", "--once")
    subprocess.run([sys.executable, "-c", LONG_LOG, site.store / "ledger.db"], check=True)
    disk.fail("/ledger.db$", "w", errno.EIO)
    start()
    wait_for("it to be told", lambda: [entry["kind"] for entry in status(site)["standing"]] == ["ledger-log"])
    contents = [retirement(message_id="log")]
    site.deliver(contents[0])
    site.wait_mails(1)
    assert "grows; nothing is lost" in status(site)["standing"][0]["text"] and places(site) == []
    disk.mend()
    wait_for("the trouble to end", lambda: not status(site)["standing"])
    assert_once(site, contents)


def test_all_others_at_once(site, disk, start):
    """Copies for people, the log, and the sync of what came into a drop directory, with a policy that allows a single attempt."""
    drop = site.folder / "drop"
    drop.mkdir()
    text = site.config.read_text().replace('kind = "maildir", path = "spool"', 'kind = "directory", path = "drop", settle = "50ms"')
    site.config.write_text(text + 'outbox { attempts = 1, first = "100ms", deadline = "10m" }\n')
    daemon = start()
    contents = [retirement(message_id=f"other-{number}") for number in range(3)]
    disk.fail("/outbox/", "ow")
    disk.fail("/daemon-", "w")
    disk.fail("/drop/0.eml", "s", errno.EIO, times=1)
    said = daemon.log
    for number, content in enumerate(contents):
        (site.folder / "beside").write_bytes(content)
        (site.folder / "beside").rename(drop / f"{number}.eml")
    wait_for("three to be filed", lambda: [row["state"] for row in site.mails()] == ["filed"] * 3)
    wait_for("the place in status", lambda: places(site) == ["outbox"])
    attempts = "SELECT count(*) FROM attempts WHERE failure = 'disk'"
    wait_for("several attempts", lambda: rows(site, attempts)[0][0] > 9)
    assert rows(site, "SELECT DISTINCT state, attempts FROM actions WHERE message > 0 AND state <> 'running'") in ([("waiting", 0)], [])
    assert daemon.log == said and daemon.process.poll() is None
    disk.mend()
    site.wait_mails(3)
    wait_for("the trouble to end", lambda: places(site) == [] and not status(site)["standing"])
    assert rows(site, "SELECT DISTINCT state FROM actions WHERE message > 0") == [("done",)]
    assert sorted(path.read_bytes() for path in site.archived()) == sorted(contents) and not list(drop.iterdir())
    assert "copies can be written into the store again, after " in daemon.log


def test_what_an_earlier_life_told_of_does_not_stand_for_ever(site, disk, start):
    """Else it is never told of again, and status shows what is long over."""
    daemon = start()
    disk.fail("/outbox/", "ow")
    contents = [retirement(message_id="earlier")]
    site.deliver(contents[0])
    wait_for("it to stand", lambda: [entry["kind"] for entry in status(site)["standing"]] == ["outbox"])
    daemon.stop(signal.SIGKILL)
    disk.mend()
    ledger = sqlite3.connect(site.store / "ledger.db")
    with ledger:  # others that may be left so
        names = [row[1] for row in ledger.execute("PRAGMA table_info(alerts)") if row[1] not in ("id", "kind", "about")]
        for kind, about in (("reading", ""), ("children", "decider"), ("children", "courier"), ("children", "custom")):
            ledger.execute(f"INSERT INTO alerts (kind, about, {','.join(names)}) SELECT ?, ?, {','.join(names)} FROM alerts"
                           " WHERE kind = 'outbox'", (kind, about))
    ledger.close()
    start()
    site.wait_mails(1)
    wait_for("all of it to end", lambda: not status(site)["standing"])
    assert_once(site, contents)


def test_a_disk_that_does_not_answer(site, disk, library):
    """Nothing fails, and nothing goes on: that is said too, and who asks is not kept waiting."""
    daemon = site.daemon(environment={**os.environ, "LD_PRELOAD": str(library), "FAILING_DISK": str(disk.path),
                                      "AWSIFT_STALLED": "500"})
    contents = [retirement(message_id="stalled")]
    disk.fail("ledger.db-wal", "s", -2)
    site.deliver(contents[0])
    wait_for("it to be said", lambda: "has not answered since" in daemon.log)
    assert "has not answered since" in site.run("status", check=1).stderr and len(site.spooled()) == 1
    disk.mend()
    site.wait_mails(1)
    wait_for("it to be told", lambda: rows(site, "SELECT 1 FROM alerts WHERE kind = 'ledger' AND text LIKE '%did not answer%'"))
    assert "the disk answers again" in daemon.log
    assert_once(site, contents)


def test_files_that_may_not_grow_so_large(site):
    """A limit of the service to the size of files: what writes one fails, and is not ended by a signal, three times and for good."""
    daemon = site.daemon()
    for pid in daemon.children():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    contents = [retirement(message_id="large")]
    site.deliver(contents[0])
    wait_for("the place in status", lambda: places(site) == ["outbox"])
    assert rows(site, "SELECT DISTINCT failure FROM attempts WHERE failure <> ''") == [("disk",)]
    for pid in daemon.children():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    site.wait_mails(1)
    wait_for("the trouble to end", lambda: places(site) == [] and not status(site)["standing"])
    assert_once(site, contents)
    assert "was ended by signal" not in daemon.log


def test_an_archive_that_is_not_mounted(site):
    """Nothing is filed in its place, where it would be hidden later: mail is told, and waits in its spool, over a start too."""
    site.run("run", "--once")  # an archive of no mail yet is none that has to be mounted
    daemon = site.daemon()
    contents = [retirement(message_id="mounted")]
    site.deliver(contents[0])
    site.wait_mails(1)
    archive, disk = site.store / "archive", site.folder / "disk"
    archive.rename(disk)
    (archive / "lost+found").mkdir(parents=True)  # nor on a disk that is new
    for part in ("in its life", "over a start"):
        contents.append(retirement(message_id=part))
        site.deliver(contents[-1])
        wait_for("it to be told", lambda: len(told(site, b"To: <tech@example.com>")) == len(contents))
        wait_for("the place in status", lambda: places(site) == ["archive"])
        assert [entry["kind"] for entry in status(site)["standing"]] == ["filing"]
        assert "mount it" in status(site)["standing"][0]["text"]
        assert len(site.spooled()) == len(contents) - 1 and len(list(archive.iterdir())) == 1
        if part == "in its life":
            daemon.stop()
            daemon = site.daemon()
    shutil.rmtree(archive)
    disk.rename(archive)
    site.wait_mails(len(contents))
    wait_for("the trouble to end", lambda: places(site) == [] and not status(site)["standing"])
    assert_once(site, contents)
    assert rows(site, "SELECT count(*) FROM alerts WHERE kind = 'missing'") == [(0,)]


@pytest.fixture
def mounts():
    """Mounts, undone at the end; skips where that is not allowed."""
    made = []

    def mount(place, *options):
        if subprocess.run(["mount", *options, place], capture_output=True, check=False).returncode != 0:
            pytest.skip("mounting needs root")
        made.append(place)
    yield mount
    for place in reversed(made):
        subprocess.run(["umount", "-l", place], check=False)


def test_spool_and_store_on_small_disks(site, mounts):
    """The real thing: two file systems, so that mail is copied, and a store of 600 KB that two others fill."""
    site.store.mkdir()
    for place, size in ((site.spool, "8m"), (site.store, "600k")):
        mounts(place, "-t", "tmpfs", "-o", f"size={size}", "none")
    for name in ("tmp", "new", "cur"):
        (site.spool / name).mkdir()
    daemon = site.daemon()
    contents = [retirement(message_id=f"small-{number}", body="x" * 40_000) for number in range(20)]
    for content in contents:
        site.deliver(content)
    wait_for("a place that is full", lambda: places(site))
    wait_for("the log", lambda: "No space left" in daemon.log or "disk is full" in daemon.log)
    before = [daemon.log.count("\n"), cpu_seconds(daemon)]
    known = len(site.mails())
    time.sleep(3)  # nothing happens, and that takes a while
    assert daemon.log.count("\n") - before[0] < 12 and cpu_seconds(daemon) - before[1] < 1.5
    assert len(site.spooled()) + len(site.archived()) >= len(contents) and len(site.mails()) >= known
    subprocess.run(["mount", "-o", "remount,size=100m", site.store], check=True)
    site.wait_mails(len(contents))
    wait_for("the trouble to end", lambda: places(site) == [] and not status(site)["standing"])
    assert_once(site, contents)
    daemon.stop()  # before its store is unmounted


def test_a_disk_that_is_full_at_the_start(site, mounts):
    """What an earlier life laid by lets the next one start, and tell it. Without that, it says so and ends."""
    site.store.mkdir()
    mounts(site.store, "-t", "tmpfs", "-o", "size=3m", "none")
    site.run("run", "--once")
    assert (site.store / "reserve").stat().st_size == 3 << 20 >> 3
    content = retirement(message_id="full")
    site.deliver(content)
    filler = site.store / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    daemon = site.daemon()
    wait_for("the place in status", lambda: places(site) == ["ledger"])
    wait_for("it to be told", lambda: "done alert forward operators" in daemon.log)
    assert "is given up" in daemon.log and site.mails() == [] and len(site.spooled()) == 1
    daemon.stop()
    with contextlib.suppress(OSError), open(filler, "ab", buffering=0) as file:
        while True:
            file.write(bytes(512))
    (site.store / "reserve").unlink(missing_ok=True)
    with contextlib.suppress(OSError), open(filler, "ab", buffering=0) as file:
        while True:
            file.write(bytes(512))
    assert "make room on its disk" in site.run("run", check=1).stderr
    filler.unlink()
    daemon = site.daemon()
    site.wait_mails(1)
    wait_for("the trouble to end", lambda: places(site) == [] and not status(site)["standing"])
    assert_once(site, [content])
    daemon.stop()  # before its store is unmounted


def cpu_seconds(daemon):
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_what_is_read_only(site, mounts):
    """A store is refused at the start; a spool costs its mail nothing but time, and is told once."""
    site.store.mkdir()
    mounts(site.store, "-t", "tmpfs", "-o", "size=1m,ro", "none")
    refused = site.run("run", check=1)
    assert "Read-only file system" in refused.stderr and str(site.store) in refused.stderr
    subprocess.run(["mount", "-o", "remount,rw", site.store], check=True)
    door = site.folder / "door"  # by which mail still comes in
    door.mkdir()
    mounts(door, "--bind", site.spool)
    mounts(site.spool, "--bind", site.spool)
    daemon = site.daemon()
    subprocess.run(["mount", "-o", "remount,ro,bind", site.spool], check=True)
    (door / "tmp" / "one").write_bytes(retirement())
    (door / "tmp" / "one").rename(door / "new" / "one")
    wait_for("it to be told", lambda: len(told(site, b"To: <tech@example.com>")) == 1)
    wait_for("the place in status", lambda: places(site) == ["archive"])
    assert rows(site, "SELECT count(*) FROM decisions") == [(1,)] and len(site.spooled()) == 1
    assert rows(site, "SELECT kind, count(*) FROM alerts") == [("filing", 1)]
    subprocess.run(["mount", "-o", "remount,rw,bind", site.spool], check=True)
    site.wait_mails(1)
    assert rows(site, "SELECT count(*) FROM decisions") == [(1,)] and len(told(site, b"To: <tech@example.com>")) == 1
    daemon.stop()


def test_a_mail_that_the_disk_does_not_give(site, mounts):
    """Its read fails with EIO, as that of a process's memory does at 0: it is not the mail's fault."""
    content = retirement(message_id="broken")
    place = site.spool / "new" / site.deliver(content)
    mounts(place, "--bind", f"/proc/{os.getpid()}/mem")
    daemon = site.daemon()
    wait_for("the place in status", lambda: places(site) == ["spool"])
    others = [retirement(message_id=f"whole-{number}") for number in range(2)]
    for other in others:
        site.deliver(other)
    site.wait_mails(2)
    assert [entry["kind"] for entry in status(site)["standing"]] == ["reading"] and daemon.log.count("cannot be read (") == 1
    subprocess.run(["umount", place], check=True)
    site.wait_mails(3)
    wait_for("the trouble to end", lambda: places(site) == [] and not status(site)["standing"])
    assert_once(site, [content, *others])


def test_what_cannot_be_set_aside(site, disk, start):
    """A mail that ends its deciders, while unreadable/ is on a full disk; and, with it, everything else."""
    site.config.write_text(site.config.read_text() + '\ndeciders { count = 2, time = "100ms" }\n')
    site.rule("10-hang.lua", "".join(HANG.replace("hang.find", f"hang.{number}") for number in range(4)))
    start()
    disk.fail("/unreadable/", WRITES + "r")
    content = retirement()
    site.deliver(content)
    wait_for("the place in status", lambda: places(site) == ["archive"])
    assert [row["state"] for row in site.mails()] == ["unreadable"] and len(site.spooled()) == 1
    for pattern in ("/archive/", "/outbox/", "/ledger.db", "/reserve"):
        disk.fail(pattern)
    (site.rules / "10-hang.lua").unlink()
    other = retirement(message_id="other")
    site.deliver(other)
    wait_for("all places", lambda: "ledger" in places(site))
    disk.mend()
    wait_for("it to be moved", lambda: len(list((site.store / "unreadable").iterdir())) == 2)
    wait_for("the other to be filed", lambda: sorted(row["state"] for row in site.mails()) == ["filed", "unreadable"])
    wait_for("the trouble to end", lambda: places(site) == [])
    assert not site.spooled() and [path.read_bytes() for path in site.archived()] == [other]
