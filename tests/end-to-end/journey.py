"""A small mixed load that passes by every step of engine/base/fault_steps.c, and what must be true of a site after it,
whatever was cut in between. Peers know each effect by its key: that of the header, of the Message-ID, or of the file's name."""
import email
import hashlib
import os
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from conftest import ACCOUNT, BINARY, PATIENCE, RECORD, Peer, make_mail, retirement, session_members, wait_for
from smtp_server import SmtpServer

OTHER = "210987654321"
CONFIG = """
spool "in" {{ kind = "maildir", path = "spool", trust = {{ authserv_id = "mx.example.jp" }} }}
spool "dropped" {{ kind = "directory", path = "dropped", settle = "10ms", trust = {{ authserv_id = "mx.example.jp" }} }}
store "store"
store {{ keep = "100d" }}
rules "rules.d" {{}}
operators {{ mail = {{ "ops@example.jp" }}, digest = "09:00" }}
smtp {{ from = "awsift@example.jp", url = "{smtp}", starttls = "never" }}
http {{ private = {{ "127.0.0.1", "localhost" }} }}
channel "room" {{ url = "{peer}/chat" }}
command "note" {{ program = "{folder}/note" }}
outbox {{ first = "20ms", most = "100ms", attempts = 100 }}
deciders {{ count = 1, time = "300ms" }}
escalation "emergency" {{ hours = "00:00-24:00", day = {{ {{ forward = "operators" }}, {{ after = "1h", forward = "security" }} }},
  night = {{ {{ forward = "operators" }} }} }}
"""
CONTACTS = """
contacts {
  ["%s"] = { language = "en", technical = { "one@example.com", "two@example.com" }, security = { "security@example.com" },
    emergency = { "+81312345678" } },
  ["%s"] = { language = "en", technical = { "other@example.com" } },
}
""" % (ACCOUNT, OTHER)
RULES = """
category "maintenance" { title = "Maintenance", priority = "normal", tell = "technical" }
category "billing" { title = "Billing", priority = "low", tell = "operators" }
rule "own.retirement" { subject = "Amazon EC2 Instance Retirement [AWS Account: {account}]", category = "maintenance" }
rule "own.chat" { subject = "Chat {any}", speaker = "any", category = "billing", actions = chat { channel = "room", text = "{subject}" } }
rule "own.raises" { subject = "Raises {any}", category = "billing", when = function() error "on purpose" end }
rule "own.file" { subject = "File {any}", speaker = "any", category = "billing", actions = file { folder = "kept" } }
rule "own.exec" { subject = "Exec {any}", speaker = "any", category = "billing", unproven = true, actions = exec { command = "note" } }
rule "own.group" { subject = "Group {any} [AWS Account: {account}]", category = "maintenance", group = { by = { "rule", "contact" }, wait = "1h", most = "2h" } }
rule "own.grave" { subject = "Grave {any} [AWS Account: {account}]", category = "maintenance", actions = call { to = "emergency" } }
"""
def about(what, account=None):
    return make_mail(what + (f" [AWS Account: {account}]" if account else ""), message_id=what.replace(" ", "-"))


DOOMED = [about("Doomed one"), about("Doomed two")]
LOAD = [retirement(message_id="first"), retirement(OTHER, message_id="second"), *[about(f"Recorded {n}") for n in range(3)],
        about("Chat one"), about("File one"), about("Exec one"), about("Grave one", ACCOUNT), about("Unknown one"), about("Raises one")]
LOAD += [*[about(f"Group {n}", OTHER) for n in range(3)], LOAD[0], LOAD[2]]  # the last two are copies
OLD = [LOAD[4], LOAD[5]]  # which will be older than is kept
INGESTED, MOVED, LATE, SINCE = about("Recorded by ingest"), about("Recorded from cur"), about("Recorded late"), about("Recorded since")

NOTE = """#!/bin/sh
echo "$AWSIFT_KEY" >>'%s/noted'
"""
MORE = 'rule "own.more" { subject = "More {any}", category = "billing" }\n'
LONG = 30 * 60 * 1000  # ms: what is due later than this waits for its time
LIVES_MOST = 12


class World:
    """The other side of all sites of a test process."""

    def __init__(self, folder):
        self.smtp = SmtpServer()
        self.peer = Peer(on_record=lambda: self.on_record())
        self.on_record = lambda: None
        self.lock = threading.Lock()  # each request has a thread
        self.moving_clock = folder / "moving_clock.so"
        source = Path(__file__).with_name("moving_clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.moving_clock, source, "-ldl"], check=True)

    def clear(self):
        self.peer.requests.clear()
        self.smtp.received.clear()

    def close(self):
        self.peer.close()
        self.smtp.close()


class Journey:
    """A site of this load. Each run of a command is a life, which may be cut."""

    def __init__(self, folder, world):
        self.folder, self.world = folder, world
        self.config, self.store, self.counts = folder / "awsift.lua", folder / "store", folder / "counts"
        self.process, self.said, self.ends, self.environment = None, "", [], {}

    def prepare(self):
        for name in ("spool/tmp", "spool/new", "spool/cur", "dropped", "rules.d"):
            (self.folder / name).mkdir(parents=True)
        for name, text in (("50-test", RULES), ("contacts", CONTACTS), ("60-record", RECORD % self.world.peer.url)):
            (self.folder / "rules.d" / f"{name}.lua").write_text(text)
        return self.settle_in()

    def copy(self, folder):
        shutil.copytree(self.folder, folder)
        site = Journey(folder, self.world).settle_in()
        if (site.store / "ledger.db").exists():  # else its spools would be others, with mail left in those of before
            site.ask("UPDATE spools SET path = replace(path, ?, ?)", str(self.folder), str(folder))
        return site

    def settle_in(self):
        """The configuration names the folder that it stands in."""
        self.config.write_text(CONFIG.format(smtp=self.world.smtp.url, peer=self.world.peer.url, folder=self.folder))
        (self.folder / "note").write_text(NOTE % self.folder)
        (self.folder / "note").chmod(0o755)
        return self

    def place(self, folder, name, content):
        (self.folder / folder / f"{name}.part").write_bytes(content)
        (self.folder / folder / f"{name}.part").rename(self.folder / folder / name)

    # ---- lives ----

    def live(self, *arguments, faults=(), given=b""):
        """One life of a command; how it ended. What is cut leaves nothing that it started."""
        environment = {**os.environ, "AWSIFT_FAULT": ",".join(faults), "AWSIFT_FAULT_COUNTS": str(self.counts), **self.environment}
        self.process = subprocess.Popen([BINARY, arguments[0], "-c", self.config, *arguments[1:]], stdin=subprocess.PIPE, cwd=self.folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, env=environment)
        self.said += self.process.communicate(given, timeout=PATIENCE)[0].decode(errors="replace")  # its children's, too
        self.ends.append(self.process.returncode)
        wait_for("what the keeper started to end with it", lambda: not session_members(self.process.pid))
        assert "AddressSanitizer" not in self.said and "runtime error:" not in self.said, self.said
        return self.process.returncode

    def live_through(self, *arguments, **more):
        """Lives until one comes to its end."""
        for _ in range(LIVES_MOST):
            if self.live(*arguments, **more) == 0:
                return
        raise AssertionError(f"{arguments} never came to its end: {self.ends}\n{self.said}")

    def run(self, faults=()):
        """Until nothing is due soon."""
        for _ in range(LIVES_MOST):
            self.live_through("run", "--once", faults=faults)
            if not self.soon():
                return
        raise AssertionError(f"{self.soon()} are still due:\n{self.said}")

    def reload_once(self):
        """Called while an action is in an actor's hand."""
        more = self.folder / "rules.d" / "70-more.lua"
        with self.world.lock:
            if not more.exists():
                more.write_text(MORE)
                self.process.send_signal(signal.SIGHUP)

    def set_clock(self, seconds):
        with open(self.folder / "clock", "r+b" if (self.folder / "clock").exists() else "wb") as file:
            file.write(struct.pack("q", seconds))

    # ---- the ledger ----

    def ask(self, sql, *values):
        with closing(sqlite3.connect(self.store / "ledger.db", timeout=60)) as database, database:
            return database.execute(sql, values).fetchall()

    def soon(self):
        return self.ask("SELECT id, action, state, reason FROM actions WHERE state = 'running' OR (state = 'waiting' AND due < ?)",
                        int(time.time() * 1000) + LONG)

    # ---- the phases, in their order ----

    def aside(self, faults):
        """Mails that end their decider each, and the one that tries it alone; the next one lives over the mail of the self-check."""
        self.run([*faults, *[f"mail-read:crash:{n}" for n in (1, 2, 4, 5)]])

    def load(self, faults):
        """All kinds at once, over a first life that is cut with everything decided and nothing filed; a file system that is another one."""
        self.world.on_record = self.reload_once
        self.run([*faults, "before-move:kill:3", "before-move:EXDEV:5"])

    def later(self, faults):
        """What waited for its time, and a digest that was due yesterday."""
        self.run(faults)

    def again(self, faults):
        """A person says what an archived mail is."""
        (number,) = self.ask("SELECT min(id) FROM messages WHERE state = 'filed'")[0]
        self.live_through("decide", str(number), "--as", "other", faults=faults)
        if self.soon():
            self.run(faults)

    def arrive(self, faults):
        """By ingest, whose caller tries again until it is told that the mail is taken; and from cur/, where a mail reader put it."""
        self.live_through("ingest", faults=faults, given=INGESTED)
        self.run(faults)

    def unread(self, faults):
        """A person has one of those that were set aside decided again, and says of the other what it is."""
        retried, released = [number for (number,) in self.ask("SELECT id FROM messages WHERE state = 'unreadable' ORDER BY id")]
        for number, words in (retried, ("retry",)), (released, ("release", "--as", "other")):
            for _ in range(LIVES_MOST):
                if self.ask("SELECT 1 FROM messages WHERE state = 'unreadable' AND id = ?", number):
                    self.live("unreadable", words[0], str(number), *words[1:], faults=faults)
        self.run(faults)

    def full(self, faults):
        """A disk that has no room at the start, and some soon after; then a clock that is set while an action is in an actor's hand.
        Nothing of this makes a single run wait for longer."""
        self.set_clock(0)
        self.environment = {"LD_PRELOAD": str(self.world.moving_clock), "MOVING_CLOCK": str(self.folder / "clock")}
        self.world.on_record = lambda: self.set_clock(5)
        self.run([*faults, f"before-allocate:ENOSPC:{self.passed('before-allocate') + 1}"])

    def keep(self, faults):
        """Two mails are older than is kept."""
        self.run(faults)

    def restore(self, faults):
        """The way back from a backup that does not know the newest mail."""
        backup = self.folder / "backup"
        self.live_through("backup", backup, faults=faults)
        self.place("spool/new", "since", SINCE)
        self.run(faults)
        self.live_through("restore", backup, faults=faults)
        self.run(faults)

    def lost(self, faults):
        """A ledger without its last writes, which nobody restored."""
        self.run(faults)

    MAIN = ("aside", "load", "later", "again")
    UPKEEP = ("arrive", "unread", "full", "keep", "restore", "lost")
    PHASES = (*MAIN, *UPKEEP)

    def set_out(self, phase):
        """What happens to a site before a phase."""
        if phase == "aside":
            for number, mail in enumerate(DOOMED):
                self.place("spool/new", f"doomed-{number}", mail)
        elif phase == "load":
            for number, mail in enumerate(LOAD):
                self.place("spool/new" if number % 2 else "dropped", f"mail-{number}", mail)
        elif phase == "later":
            self.ask("UPDATE actions SET due = 0 WHERE state = 'waiting'")
            self.ask("UPDATE owed SET due = 0 WHERE ended IS NULL AND due IS NOT NULL")
            self.ask("UPDATE digests SET made = made - 2 * 86400000")
        elif phase == "arrive":
            self.place("spool/cur", "moved:2,S", MOVED)
        elif phase == "full":
            self.place("spool/new", "late", LATE)
        elif phase == "keep":
            self.make_old(OLD)
        elif phase == "lost":
            (self.store / "ledger.db").rename(self.store / "ledger.db.before-lostZ")  # closed in good order: it needs no log
            shutil.copy(self.folder / "backup", self.store / "ledger.db")

    def make_old(self, mails):
        long, chosen = 200 * 86400000, f"IN (SELECT id FROM messages WHERE sha256 IN ({', '.join(repr(digest(mail)) for mail in mails)}))"
        keys = self.ask(f"SELECT key FROM actions WHERE message {chosen}")
        (self.folder / "forgotten").write_text(" ".join(key for (key,) in keys))
        self.ask(f"UPDATE messages SET arrived = arrived - {long}, seen = seen - {long} WHERE id {chosen}")
        self.ask(f"UPDATE arrivals SET seen = seen - {long} WHERE message {chosen}")
        self.ask(f"UPDATE decisions SET decided = decided - {long} WHERE message {chosen}")
        self.ask(f"UPDATE actions SET created = created - {long}, ended = ended - {long} WHERE message {chosen}")

    def passed(self, step):
        """How often."""
        names = [line.split("\t")[0] for line in subprocess.run([BINARY], env={**os.environ, "AWSIFT_FAULT": "list"}, capture_output=True,
                                                                text=True, check=True).stdout.splitlines()]
        return struct.unpack_from("I", self.counts.read_bytes(), 4 * names.index(step))[0]

    # ---- what must be true ----

    def effects(self):
        """{short key: how often the others saw it}"""
        seen = [short(request["key"]) for request in self.world.peer.requests]
        seen += [re.match(r"<(.*)\.awsift@", email.message_from_bytes(mail.content)["Message-ID"])[1] for mail in self.world.smtp.received]
        noted = self.folder / "noted"
        seen += map(short, noted.read_text().split() if noted.exists() else [])
        seen += [path.name.removesuffix(".awsift") for path in self.store.glob("filed/*/new/*")]
        return Counter(seen)

    def planned(self):
        """What the mails lead to, without those that may have been set aside or not."""
        doomed = [digest(mail) for mail in DOOMED]
        return {key for key, sha256 in self.ask("SELECT key, sha256 FROM actions a JOIN messages m ON m.id = a.message") if sha256 not in doomed}

    def check(self, phase, effects_before):
        """Of a site that came through a phase, after which the others had seen what they had seen before it began."""
        since = {"aside": DOOMED, "load": LOAD, "arrive": [INGESTED, MOVED], "full": [LATE], "restore": [SINCE]}
        phases = self.PHASES[:self.PHASES.index(phase) + 1]
        gone = OLD if "keep" in phases else []
        came = {digest(mail): mail for earlier in phases for mail in since.get(earlier, []) if mail not in gone}
        self.check_mails(came, 2 + len(self.ends) if "again" in phases else 1)
        self.check_actions(effects_before, all_over="later" in phases, restored="restore" in phases)
        assert self.ask("PRAGMA integrity_check") == [("ok",)]

    def check_mails(self, came, decisions_most):
        rows = self.ask("SELECT sha256, state, (SELECT count(*) FROM decisions d WHERE d.message = m.id) FROM messages m")
        assert sorted(sha256 for sha256, _, _ in rows) == sorted(came), "a mail is not once in the ledger"
        states = {sha256: state for sha256, state, _ in rows}
        aside = [came[sha256] for sha256, state in states.items() if state == "unreadable"]
        filed = [came[sha256] for sha256, state in states.items() if state == "filed"]
        assert len(aside) + len(filed) == len(rows) and set(aside) <= set(DOOMED), states
        assert all(count == 0 if states[sha256] == "unreadable" else 1 <= count <= decisions_most for sha256, _, count in rows)
        contents = {folder: sorted(path.read_bytes() for path in self.store.glob(folder) if path.is_file())
                    for folder in ("archive/*/*/*", "unreadable/*.awsift", "unreadable/*")}
        assert contents["archive/*/*/*"] == sorted(filed), "a mail is not once in the archive"
        assert contents["unreadable/*.awsift"] == sorted(aside) and len(contents["unreadable/*"]) == 2 * len(aside)
        left = [path for spool in ("spool/new", "spool/cur", "dropped") for path in (self.folder / spool).rglob("*") if path.is_file()]
        assert left == [], "something is left in a spool"

    def known(self):
        """The short keys of what the ledger has, or had: what is forgotten, and what a restore put aside."""
        keys = [key for (key,) in self.ask("SELECT key FROM actions")]
        forgotten = self.folder / "forgotten"
        keys += forgotten.read_text().split() if forgotten.exists() else []
        for path in self.store.glob("ledger.db.before-*Z"):
            with closing(sqlite3.connect(path)) as database:
                keys += [key for (key,) in database.execute("SELECT key FROM actions")]
        return {short(key) for key in keys}

    def check_actions(self, effects_before, all_over, restored):
        """restored: what happened after the backup may happen once more for each time that the ledger was put back, under the same key."""
        rows = self.ask("SELECT id, key, action, state, gathered, (SELECT sha256 FROM messages m WHERE m.id = message) FROM actions")
        marked = Counter(dict(self.ask("SELECT action, count(*) FROM attempts WHERE outcome = 'unknown' GROUP BY action")))
        assert self.ask("SELECT * FROM attempts WHERE ended IS NULL OR outcome IS NULL") == []
        effects = effects_before + self.effects()
        unknown = set(effects) - self.known()
        assert not unknown, f"effects of which the ledger knows nothing: {unknown}"
        for number, key, action, state, gathered, sha256 in rows:
            attempts = self.ask("SELECT number, outcome, reason FROM attempts WHERE action = ?", number)
            what = f"action {number} ({action}): {state}, seen {effects[short(key)]} times: {attempts}"
            assert state == "done" or (not all_over and state in ("waiting", "gathered")), what
            assert state != "done" or gathered is not None or effects[short(key)] > 0, f"lost: {what}"
            again = 2 if restored and sha256 == digest(SINCE) else 0
            assert effects[short(key)] <= 1 + again + marked[number], f"repeated and not marked: {what}"


def digest(mail):
    return hashlib.sha256(mail).hexdigest()


def short(key):
    """As mails are named after an action's key."""
    return key[:40] + key[64:]
