"""What cannot work is refused in one line that says what and where; nothing is taken from the spool."""
import os
import shutil
import subprocess

import pytest

from conftest import BINARY, PATIENCE, retirement


def refused(site, *words, config=None):
    """`awsift run` must end by itself, not with success, with one line that has all words."""
    done = subprocess.run([BINARY, "run", "-c", config or site.config], stdin=subprocess.DEVNULL, capture_output=True,
                          cwd=site.folder, timeout=PATIENCE)
    said = done.stderr.decode()
    assert done.returncode > 0, said
    assert len(said.splitlines()) == 1, said
    for word in words:
        assert word in said
    return done.returncode


def test_spool_that_is_a_file(site):
    shutil.rmtree(site.spool)
    site.spool.write_text("not a folder")
    refused(site, str(site.spool))
    assert site.spool.read_text() == "not a folder"


def test_store_that_is_a_file(site):
    site.store.write_text("not a folder")
    name = site.deliver(retirement())
    refused(site, str(site.store))
    assert [path.name for path in site.spooled()] == [name]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_store_that_cannot_be_written(site):
    site.store.mkdir(0o500)
    name = site.deliver(retirement())
    refused(site, str(site.store))
    assert [path.name for path in site.spooled()] == [name]


def test_ledger_that_is_no_database(site):
    site.store.mkdir()
    (site.store / "ledger.db").write_bytes(b"no database " * 100)
    name = site.deliver(retirement())
    refused(site, "ledger.db")
    assert [path.name for path in site.spooled()] == [name]


@pytest.mark.parametrize("left", [None, b""])
def test_ledger_that_is_gone_beside_a_full_archive(site, left):
    site.deliver(retirement())
    site.run("run", "--once")
    ledger = site.store / "ledger.db"
    backup = ledger.read_bytes()
    for path in site.store.glob("ledger.db*"):
        path.unlink()
    if left is not None:
        ledger.write_bytes(left)
    name = site.deliver(retirement(message_id="later"))
    refused(site, str(ledger), "backup", "archive")
    assert [path.name for path in site.spooled()] == [name] and ledger.exists() == (left is not None)
    ledger.write_bytes(backup)
    site.run("run", "--once")
    assert len(site.mails()) == 2


def test_empty_ledger_beside_an_empty_archive_is_a_beginning(site):
    site.store.mkdir()
    (site.store / "ledger.db").write_bytes(b"")
    (site.store / "archive" / "maintenance" / "cur").mkdir(parents=True)
    site.deliver(retirement())
    site.run("run", "--once")
    assert len(site.mails()) == 1


def test_second_daemon(site, daemon):
    refused(site, str(daemon.process.pid), "end it first", "`store`")
    site.deliver(retirement())
    site.wait_mails(1)


def test_unknown_configuration_key(site):
    text = site.config.read_text().replace('kind = "maildir"', 'kindd = "maildir"')
    site.config.write_text(text)
    line = 1 + text[:text.index("kindd")].count("\n")
    refused(site, f"awsift.lua:{line}:", "kindd", "'kind'")


def test_configuration_that_loops(site):
    site.config.write_text("while true do end\n")
    refused(site, "awsift.lua:1:")


def test_missing_configuration(site):
    refused(site, "nowhere.lua", config=site.folder / "nowhere.lua")


def test_broken_rules_at_start(site):
    site.rule("90-broken.lua", "rule {{{\n")
    name = site.deliver(retirement())
    done = site.run("run", "--once", check=None)
    assert done.returncode != 0 and "90-broken.lua:" in done.stderr
    assert [path.name for path in site.spooled()] == [name]
