"""The power is cut at every moment that matters. What a daemon and `ingest` write is recorded (recording_disk.c) and replayed
up to each sync, and on every disk that may be found then (power_disk.py says which) is looked for what was promised. On some
of them, on all with AWSIFT_CUTS=all, a daemon is started and has to bring everything to its end."""
import collections
import copy
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter, defaultdict
from types import SimpleNamespace

import pytest

from conftest import BINARY, CONFIG, PATIENCE, SANITIZED, SOURCE, Site, make_mail, retirement, wait_for
from power_disk import Disk, Order, read_records, write_tree
from test_hostile import HANG

EVERYWHERE = os.environ.get("AWSIFT_CUTS") == "all"
DAEMONS = 1000000 if EVERYWHERE else int(os.environ.get("AWSIFT_CUTS", "4"))
DRAWS = 20 if EVERYWHERE else 4

RULES = """
rule "power.chat" { subject = starts "Chat ", speaker = "any", category = "billing",
  actions = { chat { channel = "aws-security", text = "{subject}" }, file { folder = "kept" } } }
"""


@pytest.fixture(scope="module")
def recorder(tmp_path_factory):
    if SANITIZED or not shutil.which("cc"):
        pytest.skip("nothing can be put in front of the C library here")
    library = tmp_path_factory.mktemp("recorder") / "recording_disk.so"
    subprocess.run(["cc", "-Wall", "-Wextra", "-O1", "-shared", "-fPIC", "-o", library,
                    SOURCE / "tests/end-to-end/recording_disk.c", "-ldl"], check=True)
    return library


class Recorded(Site):
    """A site whose spool and store, which are yet to be made, lie on a disk that is recorded."""

    def __init__(self, folder, peer, recorder):
        folder.mkdir()
        super().__init__(folder, peer.url)
        shutil.rmtree(self.spool)
        self.disk = folder / "disk"
        self.disk.mkdir()
        self.spool, self.store, self.drops = self.disk / "spool", self.disk / "store", self.disk / "drops"
        self.drops.mkdir()
        self.config.write_text(CONFIG.format(peer=peer.url).replace('path = "spool"', 'path = "disk/spool"')
                               .replace('store "store"', 'store "disk/store"') + 'outbox { first = "100ms", most = "1s" }\n'
                               'spool "drops" { kind = "directory", path = "disk/drops", settle = "100ms" }\n')
        self.rule("55-chat.lua", RULES)
        self.record()
        self.order = Order(folder / "order")
        self.environment = {**os.environ, "LD_PRELOAD": str(recorder), "RECORD_INTO": str(self.order.path),
                            "RECORD_BELOW": str(self.disk)}
        self.start = Disk(self.disk), Disk(self.disk, journaled=False)
        for disk in self.start:
            disk.take_in(self.disk)

    def ingest(self, mail, *options):
        done = subprocess.run([BINARY, "ingest", "-c", self.config, *options], input=mail, cwd=self.folder, timeout=PATIENCE,
                              capture_output=True, env=self.environment)
        assert done.returncode == 0, done.stderr
        self.order.mark("delivered", sha256=hashlib.sha256(mail).hexdigest())

    def drop(self, mail):
        """Into the drop directory, by a program that syncs nothing and promises nothing."""
        subprocess.run(["sh", "-c", "cat > disk/drops/.tmp && mv disk/drops/.tmp disk/drops/mail"], input=mail, cwd=self.folder, check=True,
                       env=self.environment)

    def recorded_daemon(self):
        return self.daemon(environment=self.environment)


def watch(peer, order):
    """Every request that arrives is marked before it is answered."""
    class Requests(list):
        def append(self, request):
            order.mark("effect", key=request["key"] or json.loads(request["body"]).get("key"))
            super().append(request)
    peer.requests = Requests()


# ---- what must hold on a disk ----

SCHEMA = "SELECT count(*) FROM sqlite_master WHERE name IN ('messages', 'actions')"


class Looker:
    def __init__(self, place, mails):
        self.place = place
        self.mails = {hashlib.sha256(mail).hexdigest() for mail in mails}
        self.known = {}
        self.seen = set()
        self.disks = 0

    def ledger(self, tree):
        """What the ledger of a disk says; it is whole, or this fails."""
        parts = {name: tree.get(f"store/{name}") for name in ("ledger.db", "ledger.db-wal", "ledger.db-journal")}
        key = tuple(map(hash, parts.values()))
        if key not in self.known:
            self.known[key] = self.read(parts)
        return self.known[key]

    def read(self, parts):
        nothing = SimpleNamespace(messages=[], actions=[])
        if parts["ledger.db"] is None:
            return nothing
        for name, content in parts.items():
            (self.place / name).unlink(missing_ok=True)
            if content is not None:
                (self.place / name).write_bytes(content)
        (self.place / "ledger.db-shm").unlink(missing_ok=True)
        database = sqlite3.connect(self.place / "ledger.db")
        try:
            database.execute("PRAGMA synchronous = OFF")
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if database.execute(SCHEMA).fetchone() != (2,):
                return nothing
            return SimpleNamespace(messages=database.execute("SELECT id, sha256, state, folder FROM messages").fetchall(),
                                   actions=database.execute("SELECT key, action, state FROM actions").fetchall())
        finally:
            database.close()

    def look(self, tree, delivered, effects):
        """True when this disk is another than those before it."""
        key = hash((frozenset((path, hash(content)) for path, content in tree.items()), len(delivered), len(effects)))
        if key in self.seen:
            return False
        self.seen.add(key)
        self.disks += 1
        self.prove(tree, delivered, effects)
        return True

    def prove(self, tree, delivered, effects):
        ledger = self.ledger(tree)
        numbers = {str(number) for number, *_ in ledger.messages}
        places = defaultdict(set)
        for path, content in tree.items():
            if content is None:
                continue
            parts, sha256 = path.split("/"), hashlib.sha256(content).hexdigest()
            if parts[0] == "drops" and sha256 in self.mails:
                places[sha256].add("spool")
            elif parts[:2] == ["spool", "new"]:
                assert sha256 in self.mails, f"{path} is half a mail"
                places[sha256].add("spool")
            elif parts[:2] == ["store", "archive"] and parts[-2] in ("new", "cur"):
                assert sha256[:16] == parts[-1].split(".")[1], f"{path} is half a mail"
                assert parts[-1].split(".")[0] in numbers, f"{path} is a mail that the ledger does not know"
                places[sha256].add(f"archive {parts[-1].split('.')[0]} {parts[2]}")
            elif parts[:2] == ["store", "unreadable"] and path.endswith(".awsift"):
                assert sha256[:16] == parts[-1].split(".")[1], f"{path} is half a mail"
                reason = tree.get(f"{path}.reason", b"")
                assert b"5 times" in reason and reason.endswith(b"\n") and b"\0" not in reason, f"{path} has no reason"
                places[sha256].add("unreadable")
        assert delivered <= set(places), "a mail is in neither place"
        for number, sha256, state, folder in ledger.messages:
            allowed = {"decided": {"spool"}, "unreadable": {"spool", "unreadable"}}.get(state, set())
            there = places[sha256] & allowed or any(
                place == f"archive {number} {folder}" or (state == "decided" and place.startswith(f"archive {number} "))
                for place in places[sha256])
            assert there, f"mail {number} is {state} and lies in {places[sha256] or 'no place'}"
        self.prove_told(tree, ledger, effects)

    def prove_told(self, tree, ledger, effects):
        keys = {key: state for key, _, state in ledger.actions}
        assert effects <= set(keys), "an effect was seen, and the ledger does not know of it"
        for maildir, actions in (("outbox", {"forward"}), ("filed/kept", {"file"})):
            lying = {path.rpartition("/")[2].partition(".awsift")[0]: content for path, content in tree.items() if content is not None
                     and path.startswith((f"store/{maildir}/new/", f"store/{maildir}/cur/")) and "/." not in path}
            done = {key[:40] for key, action, state in ledger.actions if action in actions and state == "done"}
            assert all(b"\n\n" in content.replace(b"\r", b"") for content in lying.values()), "half a mail is delivered"
            assert done <= set(lying), f"an action is done, and its mail is not in {maildir}"
            assert set(lying) <= {key[:40] for key in keys}, "a mail was sent that no decision names"


def run_once(site, place, tree, delivered, keys, peer):
    """A daemon of the reconstructed disk: all comes to its end, once, and what was told before has the same keys."""
    place.mkdir()
    shutil.copytree(site.rules, place / "rules.d", ignore=shutil.ignore_patterns("10-hang.lua"))
    shutil.copy(site.config, place / "awsift.lua")
    (place / "disk").mkdir()
    write_tree(tree, place / "disk")
    done = subprocess.run([BINARY, "run", "--once", "-c", place / "awsift.lua"], capture_output=True, cwd=place, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    after = SimpleNamespace(folder=place, store=place / "disk/store")
    assert [path for path in after.folder.glob("disk/spool/new/*")] + list(after.folder.glob("disk/drops/[!.]*")) == [], done.stderr.decode()
    kept = Counter(hashlib.sha256(path.read_bytes()).hexdigest()
                   for pattern in ("archive/*/cur/*", "unreadable/*.awsift") for path in after.store.glob(pattern))
    database = sqlite3.connect(after.store / "ledger.db")
    messages = database.execute("SELECT sha256, state FROM messages").fetchall()
    actions = database.execute("SELECT key, state FROM actions WHERE state NOT IN ('dead', 'dropped')").fetchall()
    database.close()
    assert delivered <= set(kept) and set(kept.values()) <= {1}, "a mail is not exactly once in the store"
    assert sorted(sha256 for sha256, _ in messages) == sorted(kept) and {state for _, state in messages} <= {"filed", "unreadable"}
    assert {state for _, state in actions} <= {"done"} and len({key for key, _ in actions}) == len(actions)
    for record in peer.records():
        assert keys.setdefault(record["text"], record["key"]) == record["key"], "a repeat had another key"
    shutil.rmtree(place)


def cuts(records):
    """Before and after every sync, and after whatever changes names or was seen."""
    found = {len(records)}
    for index, record in enumerate(records):
        if record.verb == "sync":
            found |= {index, index + 1}
        elif record.verb in ("mkdir", "rename", "link", "unlink", "mark"):
            found.add(index + 1)
    return found


class Lost(Exception):
    pass


def replay(looker, records, disk, seed):
    """Every disk of every cut; yields those that differ, with what was promised by then."""
    chance, delivered, effects, wanted = random.Random(seed), set(), set(), cuts(records)
    for index, record in enumerate(records):
        if record.verb == "mark":
            fact = json.loads(record.paths[0])
            (delivered.add(fact["sha256"]) if fact["kind"] == "delivered" else effects.add(fact["key"]))
        disk.replay(record)
        if index + 1 not in wanted:
            continue
        for what, tree in disk.trees(chance, DRAWS):
            try:
                if looker.look(tree, delivered, effects):
                    yield tree, set(delivered)
            except (AssertionError, sqlite3.Error) as failure:
                before = "\n".join(map(str, records[max(index - 30, 0):index + 1]))
                raise Lost(f"power cut after record {index + 1} of {len(records)}, {what}: {failure}\nseed {seed}\n{before}") from failure


# ---- that a sync which is missing is seen ----

NEEDED = {
    "the spool's own name": r"/disk$",
    "the folders in the spool": r"/spool$",
    "a mail that ingest takes, by its bytes": r"/spool/tmp/",
    "by its name, and before it is decided": r"/spool/new$",
    "a dropped mail, by its bytes": r"/drops/mail$",
    "by its name": r"/drops$",
    "what stands in the ledger": r"/store/ledger\.db-wal$",
    "the ledger and archive's own names": r"/store$",
    "the folders of categories": r"/store/archive$",
    "the folders in them": r"/store/archive/[^/]+$",
    "a filed mail's name": r"/store/archive/[^/]+/cur$",
    "a forward, by its bytes": r"/store/outbox/tmp/",
    "by its new name": r"/store/outbox/new$",
    "the folders in the outbox": r"/store/outbox$",
    "a mail that was filed by a rule": r"/store/filed/kept/tmp/",
    "its folder": r"/store/filed/kept/new$",
}


def unnoticed(site, place, mails, records, seed):
    """The syncs that would not be missed."""
    found = []
    for what, pattern in NEEDED.items():
        blind = [record for record in records if record.verb != "sync" or not re.search(pattern, record.paths[0])]
        place.mkdir()
        try:
            collections.deque(replay(Looker(place, mails), blind, copy.deepcopy(site.start[0]), seed), maxlen=0)
            found.append(what)
        except Lost:
            pass
        shutil.rmtree(place)
    return found


def swapped(records):
    """The spool's folder synced before the archive's."""
    found = list(records)
    for index, record in enumerate(found[:-1]):
        if record.verb == "sync" and re.search(r"/store/archive/[^/]+/cur$", record.paths[0]):
            other = next((later for later in range(index + 1, min(index + 6, len(found))) if found[later].verb == "sync"), None)
            if other is not None and found[other].paths[0].endswith("/spool/new"):
                found[index], found[other] = found[other], found[index]
    return found


def killed_before_its_sync(site, records, place, mails):
    """What stands on the disk, and what the next life reads, where the last one was killed with a decision written and not synced."""
    disk, looker = copy.deepcopy(site.start[0]), Looker(place, mails)
    for record in records:
        if record.verb == "sync" and record.paths[0].endswith("/ledger.db-wal"):
            durable, read = disk.tree(lambda _: False, lambda _: None), disk.tree(lambda _: True, lambda op: op)
            more = {row[0] for row in looker.ledger(read).messages} - {row[0] for row in looker.ledger(durable).messages}
            if more and min(more) > 1:
                return durable["store/ledger.db-wal"], read
        disk.replay(record)
    raise AssertionError("no decision was ever written before it was synced")


def next_life(site, tmp_path, mails, peer, recorder, records):
    """Nothing is done for a decision that reads as committed and would not be there after a power cut."""
    (tmp_path / "reads").mkdir()
    durable, read = killed_before_its_sync(site, records, tmp_path / "reads", mails)
    later = Recorded(tmp_path / "later", peer, recorder)
    write_tree(read, later.disk)
    disk = Disk(later.disk)
    disk.take_in(later.disk)
    log, written = disk.top.live["store"].live["ledger.db-wal"], read["store/ledger.db-wal"]
    same = len(os.path.commonprefix([durable, written]))
    log.durable, log.pending = durable, [(-1, same, written[same:])]
    subprocess.run([BINARY, "run", "--once", "-c", later.config], cwd=later.folder, check=True, env=later.environment, capture_output=True,
                   timeout=PATIENCE)
    records = prove(later, tmp_path, mails, peer, copy.deepcopy(disk), "killed before")
    # Without that sync, in a life that has nothing of its own to write before it acts, all is not well.
    acts = next(index for index, record in enumerate(records) if record.verb == "rename" and "/cur/" in record.paths[1])
    blind = [record for index, record in enumerate(records) if index > acts or not record.paths[0].endswith("/ledger.db-wal")]
    (tmp_path / "acted").mkdir()
    with pytest.raises(Lost, match="the ledger does not know"):
        collections.deque(replay(Looker(tmp_path / "acted", mails), blind, disk, 1), maxlen=0)


def prove(site, tmp_path, mails, peer, disk, kind):
    seed = int(os.environ.get("AWSIFT_SEED", random.randrange(1 << 32)))
    began, records = time.process_time(), read_records(site.order.path)
    place = tmp_path / f"ledger-{site.folder.name}-{kind}"
    place.mkdir()
    looker = Looker(place, mails)
    try:
        found = list(replay(looker, records, disk, seed))
    except Lost as lost:
        pytest.fail(str(lost))
    chosen = random.Random(seed).sample(found, min(DAEMONS, len(found)))
    keys = {record["text"]: record["key"] for record in peer.records()}
    for number, (tree, delivered) in enumerate(chosen):
        run_once(site, tmp_path / f"after-{site.folder.name}-{kind}-{number}", tree, delivered, keys, peer)
    syncs = sum(record.verb == "sync" for record in records)
    print(f"{site.folder.name}, {kind}: {len(records)} records, {syncs} syncs, {len(cuts(records))} cuts, {looker.disks} disks,"
          f" {len(chosen)} daemons, seed {seed}, {time.process_time() - began:.1f} s")
    return records


def live(site):
    """Mail of all kinds, a daemon that is killed, its next life, and a person's decision."""
    mails = [retirement(message_id="first"), make_mail("Recorded first", message_id="second"),
             make_mail("Chat first", message_id="third"), retirement(message_id="fourth", body="x" * 20000 + "\n"),
             make_mail("Recorded later", message_id="fifth", body="y" * 3000 + "\n"), make_mail("Nobody knows this", message_id="sixth"),
             make_mail("Recorded and dropped", message_id="seventh", body="z" * 3000 + "\n")]
    for mail in mails[:2]:
        site.ingest(mail)
    daemon = site.recorded_daemon()
    site.wait_mails(2)
    for mail in [*mails[2:4], mails[0]]:
        site.ingest(mail)
    site.wait_mails(4)
    wait_for("the copy to be known", lambda: not site.spooled())
    site.drop(mails[6])
    for mail in mails[4:6]:
        site.ingest(mail)
    daemon.stop(signal.SIGKILL)
    daemon = site.recorded_daemon()
    site.wait_mails(len(mails))
    moved = next(row["id"] for row in site.mails() if row["category"] == "maintenance")
    site.run("decide", moved, "--as", "billing")
    wait_for("it to be moved", lambda: any(path.name.startswith(f"{moved}.") for path in site.archived("billing")))
    site.wait_mails(len(mails))
    daemon.stop()
    return mails


def test_power_is_cut_at_every_sync(tmp_path, peer, recorder):
    aside = Recorded(tmp_path / "aside", peer, recorder)
    site = Recorded(tmp_path / "site", peer, recorder)
    try:
        # Setting a mail aside takes the time of five deciders; the other site lives meanwhile. Here, nobody but the daemon syncs
        # what it is about to change, so that the order of its own syncs is seen.
        aside.config.write_text(aside.config.read_text() + 'deciders { count = 2, time = "100ms" }\n')
        aside.rule("10-hang.lua", "".join(HANG.replace("hang.find", f"hang.{number}") for number in range(4)))
        bad, *others = [retirement(message_id="aside"), make_mail("Chat"), make_mail("Nobody knows"), make_mail("Whatever")]
        for mail in [bad, *others]:
            aside.ingest(mail)
        hanging = aside.recorded_daemon()
        watch(peer, site.order)
        mails = live(site)
        records = prove(site, tmp_path, mails, peer, copy.deepcopy(site.start[0]), "journaled")
        assert unnoticed(site, tmp_path / "blind", mails, records, 1) == []
        next_life(site, tmp_path, mails, peer, recorder, records)
        wait_for("it to be set aside", lambda: list(aside.store.glob("unreadable/*.awsift")))
        wait_for("all to be settled", lambda: not aside.spooled())
        hanging.stop()
        prove(aside, tmp_path, [bad, *others], peer, copy.deepcopy(aside.start[0]), "journaled")
        records = prove(aside, tmp_path, [bad, *others], peer, copy.deepcopy(aside.start[1]), "strict")
        (tmp_path / "swapped").mkdir()
        with pytest.raises(Lost, match="in neither place|lies in no place"):
            collections.deque(replay(Looker(tmp_path / "swapped", [bad, *others]), swapped(records), aside.start[1], 1), maxlen=0)
    finally:
        for each in (site, aside):
            for daemon in each.daemons:
                daemon.destroy()
