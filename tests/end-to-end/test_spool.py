"""The spool in hostile hands: whatever lies in it, is put in its place or is done to it ends decided once, or left with a
word, and no other file is read, moved or removed. And awsift that root starts, which gives up root."""
import os
import pwd
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import conftest
from conftest import BINARY, Site, make_mail, retirement, session_members, wait_for

NOBODY = 65534
RESCAN = {**os.environ, "AWSIFT_RESCAN": "100"}
NEVER = {**os.environ, "AWSIFT_RESCAN": "3600000"}
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="giving files to another user needs root")

NAMES = [b"line\nbreak", b"\xff\xfe\x80", b"x" * 255, b"\xfe" * 255, b"-rf", b"--config=x", b"flags:2,FS", b"blank ", b" ", b"back\\slash", b"%s%n",
         b"7.0123456789abcdef.awsift:2,", "件名".encode(), b"tab\t", b"a:2,S:2,", b"\x7f", b"~"]


def drop_of(site):
    """A drop directory beside the Maildir."""
    folder = site.folder / "drop"
    folder.mkdir()
    site.config.write_text(site.config.read_text() + f'spool "drop" {{ kind = "directory", path = "{folder}", settle = "100ms" }}\n')
    return folder


def put(folder, name, content, mode=0o644):
    """Whole at once, whatever its name."""
    beside = os.fsencode(folder.parent / "beside")
    with open(beside, "wb") as file:
        file.write(content)
    os.chmod(beside, mode)
    os.rename(beside, os.path.join(os.fsencode(folder), name))


def link_of_nobody(path, target):
    """Nobody's from its first moment under that name: root's own is followed."""
    beside = path.with_name("beside")
    beside.symlink_to(target)
    os.lchown(beside, NOBODY, NOBODY)
    beside.rename(path)


def reported(site):
    return "\n".join(line for spool in site.objects("status")[0]["spools"] for line in spool["reported"])


def kept(site):
    return sorted(path.read_bytes() for path in site.archived())


def alerts(site, kind):
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        return [text for (text,) in ledger.execute("SELECT text FROM alerts WHERE kind = ?", (kind,))]


def test_hostile_files(site):
    """One daemon, a Maildir and a drop directory."""
    new, drop = site.spool / "new", drop_of(site)
    daemon = site.daemon(environment=RESCAN)
    contents = [retirement(body=f"{folder} {name!r}\n") for folder in "md" for name in NAMES]
    for number, content in enumerate(contents):
        put(new if number < len(NAMES) else drop, NAMES[number % len(NAMES)], content)
    put(drop, b"empty", b"")
    for number, when in enumerate((-10**10, 0, 4 * 10**9, 10**11)):  # years before 1970, and after what a file system counts
        contents.append(retirement(body=f"time {number}\n"))
        beside = site.folder / "time"
        beside.write_bytes(contents[-1])
        os.utime(beside, (when, when))
        beside.rename(new / f"time{number}")
    contents.append(b"")
    wait_for("all to be taken", lambda: not site.spooled() and not list(drop.iterdir()))
    site.wait_mails(len(contents))
    assert kept(site) == sorted(contents)

    # One file under two names of one spool, and of another one: as its owner's own it is one mail.
    twice = retirement(body="twice\n")
    put(site.spool, b"tmp/twice", twice)
    for path in (new / "a", new / "b", drop / "c"):
        os.link(site.spool / "tmp" / "twice", path)
    (site.spool / "tmp" / "twice").unlink()
    # Where others can make names, a file with further names may be one that they cannot read.
    other = site.folder / "secret"
    other.write_bytes(make_mail("Secret"))
    shared = retirement(body="linked in and then unlinked\n")
    put(site.spool, b"tmp/shared", shared)
    wait_for("the one to be taken", lambda: not site.spooled() and not list(drop.iterdir()))
    new.chmod(0o777)
    os.link(other, new / "secret")
    with open(new / "sparse", "wb") as sparse:
        sparse.truncate(10 << 30)
    os.link(site.spool / "tmp" / "shared", new / "shared")  # as some delivery agents do
    (site.spool / "tmp" / "shared").unlink()
    held = retirement(body="held open\n")
    put(site.spool, b"tmp/held", held)
    with open(site.spool / "tmp" / "held", "ab"):  # as by a program that got the descriptor from a delivery agent, and lives on
        (site.spool / "tmp" / "held").rename(new / "held")
        wait_for("both to be reported", lambda: "secret: it has further names" in reported(site) and "sparse: it is larger" in reported(site))
        wait_for("them to be told", lambda: len(alerts(site, "spool")) == 3)
        assert "held: a program has had it open for long" in reported(site)
    contents += [twice, shared, held]
    site.wait_mails(len(contents))
    assert kept(site) == sorted(contents) and other.read_bytes() and other.stat().st_nlink == 2
    new.chmod(0o700)
    (new / "sparse").unlink()
    (new / "secret").unlink()
    wait_for("the reports to end", lambda: not reported(site))

    # A reader of mail moved it on; what lay in cur/ before is a person's mailbox.
    old = site.spool / "cur" / "old:2,S"
    old.write_bytes(retirement(body="old\n"))
    os.utime(old, (10**9, 10**9))
    moved = retirement(body="moved on\n")
    put(site.spool / "cur", b"moved:2,S", moved)
    contents.append(moved)
    site.wait_mails(len(contents))
    assert kept(site) == sorted(contents) and site.spooled() == [old]
    assert "moved:2,S had been moved to cur/" in daemon.log
    for number in range(250):  # more than are named one by one: what comes after them might lie there unsaid
        (new / f"link{number}").symlink_to("nowhere")
    wait_for("that to be told", lambda: any("more files are left lying" in text for text in alerts(site, "spool")))
    assert daemon.process.poll() is None


def test_folders_that_are_exchanged(site):
    """Of the spool, above it and in the archive. A symbolic link is followed where root or awsift's own user made it. One that
    is not there yet keeps nothing from the others."""
    late = site.folder / "late"
    site.config.write_text(site.config.read_text() + 'spool "late" { kind = "directory", path = "late", settle = "100ms" }\n')
    daemon = site.daemon(environment=RESCAN)
    wait_for("the alert", lambda: any("spool late: the folder cannot be read" in text for text in alerts(site, "spool")))
    site.deliver(retirement(body="first\n"))
    site.wait_mails(1)
    victim = site.folder / "victim"
    (victim / "new").mkdir(parents=True)
    put(victim / "new", b"private", retirement(body="private\n"))
    if os.geteuid() == 0:
        for path in (site.spool / "new", site.spool):
            path.rename(site.folder / "away")
            link_of_nobody(path, victim / "new" if path.name == "new" else victim)
            wait_for("the link to be refused", lambda: "symbolic link of the user 65534" in site.run("status").stdout)
            path.unlink()
            (site.folder / "away").rename(path)
            wait_for("the spool to be back", lambda: site.objects("status")[0]["spools"][0]["trouble"] is None)
    for times in range(2):
        shutil.rmtree(site.spool)
        wait_for("the alert", lambda: site.objects("status")[0]["spools"][0]["trouble"])
        for name in ("tmp", "new", "cur"):
            (site.spool / name).mkdir(parents=True)
        site.deliver(retirement(body=f"remade {times}\n"))
        site.wait_mails(2 + times)
    # root's own link is followed: a folder that was moved to another disk
    site.spool.rename(site.folder / "disk")
    site.spool.symlink_to(site.folder / "disk")
    site.deliver(retirement(body="over a link\n"))
    site.wait_mails(4)
    assert len(site.archived()) == 4 and [path.name for path in (victim / "new").iterdir()] == ["private"]
    # a category's folder that leads elsewhere by another's link takes no mail
    if os.geteuid() == 0:
        category = site.store / "archive" / "maintenance"
        category.rename(site.folder / "category")
        (victim / "cur").mkdir()
        link_of_nobody(category, victim)
        name = site.deliver(retirement(body="nowhere to go\n"))
        wait_for("it to be told", lambda: any("symbolic link of the user" in text for text in alerts(site, "filing")))
        assert (site.spool / "new" / name).exists() and not list((victim / "cur").iterdir())
        category.unlink()
        (site.folder / "category").rename(category)
        site.wait_mails(5)
    known = len(site.mails())
    late.mkdir()
    put(late, b"m", retirement(body="late\n"))
    site.wait_mails(known + 1)
    wait_for("no trouble", lambda: not any(spool["trouble"] for spool in site.objects("status")[0]["spools"]))
    assert daemon.process.poll() is None
    # It ends, and says so with its status, also where a folder is gone.
    daemon.stop()
    late.rmdir()
    site.deliver(retirement(body="once\n"))
    site.run("run", "--once", check=1)
    assert len(site.wait_mails(known + 2)) == known + 2


def test_the_archive_is_no_spool(site):
    """A link makes the archive's own folder a spool: nothing of it is taken for a copy of itself, and removed."""
    site.daemon().site.deliver(retirement())
    site.wait_mails(1)
    site.daemons[-1].stop()
    (site.folder / "looks-like-one").symlink_to(site.store / "archive" / "maintenance" / "cur")
    site.config.write_text(site.config.read_text() + 'spool "a" { kind = "directory", path = "looks-like-one", settle = "100ms" }\n')
    site.daemon(environment=RESCAN)
    wait_for("the alert", lambda: any("one of the archive itself" in text for text in alerts(site, "filing")))
    assert len(site.archived()) == 1


def test_events_that_are_lost_cost_no_mail(site):
    """More than the kernel keeps for one watch, while the keeper stands still; no other look is due for an hour."""
    daemon = site.daemon(environment=NEVER)
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 200000:
        pytest.skip("this system keeps more events than a test should make")
    os.kill(daemon.process.pid, signal.SIGSTOP)
    for number in range(most + 100):  # by turns, for equal ones are one; a name that begins with a dot is nobody's mail
        os.close(os.open(site.spool / "new" / f".{number % 2}", os.O_WRONLY | os.O_CREAT))
    site.deliver(retirement())
    os.kill(daemon.process.pid, signal.SIGCONT)
    site.wait_mails(1)
    assert "the kernel dropped events" in daemon.log


def test_without_watches_the_folder_is_read(site, tmp_path, monkeypatch):
    """The system gives no inotify instance, as where a limit is reached; so it is where a file system tells nothing."""
    wrapper = tmp_path / "awsift"
    limit = "/proc/sys/user/max_inotify_instances"
    wrapper.write_text(f'#!/bin/sh\nexec unshare --user --map-root-user sh -c \'echo 0 >{limit}; exec "$0" "$@"\' {BINARY} "$@"\n')
    wrapper.chmod(0o755)
    if subprocess.run([wrapper, "--version"], capture_output=True).returncode != 0:
        pytest.skip("this system has no user namespaces for us")
    with monkeypatch.context() as patched:
        patched.setattr(conftest, "BINARY", wrapper)
        daemon = conftest.Daemon(site)
    daemon.wait_ready()
    site.deliver(retirement())
    site.wait_mails(1)
    assert "max_user_instances" in site.run("status").stdout and "read every 2 s" in daemon.log


def test_a_spool_that_lies_elsewhere_is_another(site):
    """Somebody's mailbox that takes the place and the name of a spool: what lay in its cur/ is his."""
    site.run("run", "--once")
    mailbox = site.folder / "mailbox"
    for name in ("tmp", "new", "cur"):
        (mailbox / name).mkdir(parents=True)
    (mailbox / "cur" / "read:2,S").write_bytes(retirement())  # after the earlier one was watched
    site.deliver(retirement())  # and what waits in that one waits for nobody now
    site.config.write_text(site.config.read_text().replace('"spool"', '"mailbox"'))
    done = site.run("run", "--once")
    assert "1 mails in cur/ are older than this spool and stay there" in done.stderr
    assert (mailbox / "cur" / "read:2,S").exists() and not site.mails()
    (told,) = alerts(site, "spool")
    assert f"1 files wait in {site.spool}, which was the spool in" in told and len(site.outbox()) == 1
    (site.folder / "link").symlink_to(mailbox)  # the same folder by another name is none of before
    (mailbox / "new" / "1.x").write_bytes(retirement())
    site.config.write_text(site.config.read_text().replace('"mailbox"', '"link"'))
    site.run("run", "--once")
    assert len(site.mails()) == 1 and alerts(site, "spool") == [told]


# ---- root ----

def of_process(pid):
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {key: fields[key].split() for key in ("Uid", "Gid", "Groups", "CapEff", "CapPrm", "NoNewPrivs")}


GIVEN_UP = {"Uid": [str(NOBODY)] * 4, "Gid": [str(NOBODY)] * 4, "Groups": [], "CapEff": ["0" * 16], "CapPrm": ["0" * 16], "NoNewPrivs": ["1"]}


def owners(*folders):
    """Whose the files are; SQLite removes its own whenever its last user ends."""
    return {os.lstat(path).st_uid for folder in folders for path in [folder, *folder.rglob("*")] if os.path.lexists(path)}


@pytest.fixture
def open_site(peer):
    """A site that another user may reach, which pytest's own folders are not."""
    if os.geteuid() != 0:
        pytest.skip("only root can give up root")
    if subprocess.run(["setpriv", "--reuid", str(NOBODY), "--clear-groups", BINARY, "--version"], capture_output=True).returncode != 0:
        pytest.skip(f"another user cannot start {BINARY}")
    folder = Path(tempfile.mkdtemp(prefix="awsift-root-"))
    folder.chmod(0o755)
    site = Site(folder, peer.url)
    shutil.rmtree(site.spool)
    yield site
    try:
        for daemon in site.daemons:
            daemon.stop()
    finally:
        for daemon in site.daemons:
            daemon.destroy()
        shutil.rmtree(folder, ignore_errors=True)


def test_root_is_given_up(open_site):
    site = open_site
    shared = site.folder / "shared"
    shared.mkdir()
    shared.chmod(0o1777)  # root's, as /tmp: only root may move what is root's in it
    name = pwd.getpwuid(NOBODY).pw_name
    site.config.write_text(site.config.read_text() + f'user "{name}"\nspool "shared" {{ kind = "directory", path = "shared", settle = "100ms" }}\n')
    daemon = site.daemon(environment=RESCAN)
    members = session_members(daemon.process.pid)
    assert len(members) > 3
    for pid in members:
        got = of_process(pid)
        assert {**got, "Groups": [] if got["Groups"] == [str(NOBODY)] else got["Groups"]} == GIVEN_UP, members[pid]
    assert "runs as root" not in site.run("status").stdout + daemon.log

    site.run("ingest", input=retirement(body="by root\n"))
    site.wait_mails(1)
    # What cannot be read is told; what cannot be moved is decided and told all the same, and filed once it can be.
    put(shared, b"closed", retirement(body="closed\n"), 0)
    put(shared, b"-sticky", retirement(body="sticky\n"))
    wait_for("both to be told", lambda: alerts(site, "spool") and alerts(site, "filing"))
    assert (shared / "-sticky").exists() and len(site.mails()) == 2
    os.chown(shared, NOBODY, NOBODY)
    (shared / "closed").chmod(0o644)
    site.wait_mails(3)
    assert not list(shared.iterdir())
    daemon.stop()

    # No command that root runs leaves a file of root's behind, with and without the user in the configuration.
    site.config.write_text(site.config.read_text().replace(f'user "{name}"\n', ""))
    site.run("ingest", input=retirement(body="again\n"))
    site.run("run", "--once")
    site.run("decide", site.mails()[0]["id"], "--as", "billing")
    site.run("silence", "add", "--rule", "test.retirement", "--for", "1h", "--why", "test", check=None)
    site.run("list")
    backup = site.folder / "backup"  # root's, and closed to others
    site.run("backup", backup)
    site.run("restore", backup)
    site.run("run", "--once")
    assert len(site.wait_mails(4)) == 4
    mails = {path for path in site.archived()}
    assert owners(site.store, site.spool) - {0} == {NOBODY}
    assert all(path in mails for path in site.store.rglob("*") if path.lstat().st_uid == 0)  # as they were put into shared


def test_root_is_told_to_give_up_root(open_site):
    site = open_site
    assert "awsift runs as root" in site.run("check").stderr
    base = site.config.read_text()
    site.config.write_text(base + 'user "nobody-of-that-name"\n')
    assert "this system has no user 'nobody-of-that-name'" in site.run("check").stderr
    assert "this system has no user" in site.run("run", "--once", check=1).stderr and not site.store.exists()
    site.config.write_text(base + 'user { "x" }\n')
    assert f":{len(base.splitlines()) + 1}:" in site.run("check", check=1).stderr
    site.config.write_text(base)
    site.run("run", "--once")
    assert "awsift runs as root" in site.run("run", "--once").stderr
    site.config.write_text(base + f'user "{NOBODY}"\n')
    refused = site.run("run", "--once", check=1).stderr
    assert "chown -R 65534:65534" in refused and stat.S_IMODE(site.store.stat().st_mode) == 0o700
