"""Killed at random moments: the keeper, a decider or an actor, while mail keeps coming, rules are reloaded and the other sides fail
or are slow. Each mail is decided once and told at least once, and repeats share a key. AWSIFT_KILLS=1000 for the long run."""
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter, defaultdict
from email import message_from_bytes

import pytest

from conftest import BINARY, SOURCE, Daemon, Peer, make_mail, retirement
from smtp_server import SmtpServer

KILLS = int(os.environ.get("AWSIFT_KILLS", "16"))
MAILS_A_KILL = 4
MORE = """
outbox {{ first = "50ms", most = "500ms", attempts = 1000 }}
deciders {{ count = 2 }}
smtp {{ url = "{url}", starttls = "never" }}
"""


class Trouble:
    """What the other sides do at random: refuse, be slow, hang up."""

    def __init__(self, moments):
        self.chance = random.Random(moments.random())
        self.calm = False
        self.peer = Peer(on_record=self.http)
        self.smtp = SmtpServer(answer=self.mail)

    def draw(self):
        draw = self.chance.random()
        if not self.calm and draw < 0.5:
            time.sleep(draw)
        return 1 if self.calm else draw

    def http(self):
        self.peer.status = 503 if 0.4 < self.draw() < 0.6 else 200

    def mail(self, verb, argument, session):
        draw = self.draw() if verb in ("RCPT", "end") else 1
        return "451 4.3.0 later" if 0.4 < draw < 0.5 else SmtpServer.CLOSE if 0.5 < draw < 0.6 else None

    def seen(self):
        return len(self.peer.requests) + len(self.smtp.sessions)

    def close(self):
        self.peer.close()
        self.smtp.close()


class Load:
    """Mail that keeps coming, some of it twice."""

    def __init__(self, site, moments, count):
        self.site, self.moments, self.count, self.contents = site, random.Random(moments.random()), count, {}
        self.pause, self.ending = 0.5, threading.Event()
        self.thread = threading.Thread(target=self.deliver)
        self.thread.start()

    def deliver(self):
        for number in range(self.count):
            body = f"Mail {number}.\n" + "x" * self.moments.randrange(4000) + "\n"
            more = {"body": body, "message_id": f"crash-{number}"}
            mail = retirement(**more) if number % 3 == 0 else make_mail(f"Recorded {number}", **more)
            self.contents[number] = mail
            for _ in range(2 if number % 10 == 0 else 1):
                self.site.deliver(mail)
            self.ending.wait(self.moments.random() * 2 * self.pause)


def victim(daemon, moments):
    """A process of one kind; None where there is none of that kind just now."""
    kind = moments.choice(("keeper", "decider", "actor"))
    pids = [daemon.process.pid] if kind == "keeper" else [pid for pid, command in daemon.children().items() if f" {kind}" in command]
    return (kind, moments.choice(pids)) if pids else None


def reload(site, daemon, number):
    site.rule("70-more.lua", f'rule "own.more" {{ subject = "More {number} {{any}}", category = "billing" }}\n')
    if daemon.process.poll() is None:
        daemon.process.send_signal(signal.SIGHUP)


def await_moment(moments, trouble):
    """Any moment, or one in the middle of the effects: however slow the machine is, some come to pass."""
    seen, end = trouble.seen(), time.monotonic() + 5
    if moments.random() < 0.7:
        while trouble.seen() == seen and time.monotonic() < end:
            time.sleep(0.005)
    time.sleep(moments.random() * moments.choice((0.02, 0.1, 0.5)))


def kill_at_random(site, moments, load, trouble):
    """How often each kind of process was killed."""
    killed, daemon = Counter(), Daemon(site)
    began = time.monotonic()
    while sum(killed.values()) < KILLS:
        await_moment(moments, trouble)
        chosen = victim(daemon, moments)
        if chosen is None:
            continue
        kind, pid = chosen
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # a child that gave way meanwhile
        killed[kind] += 1
        if kind == "keeper":
            daemon.stop()  # asserts that no child outlived it
            site.daemons.remove(daemon)
            daemon.log_path.unlink()
            daemon = Daemon(site)
        elif sum(killed.values()) % 5 == 0:
            reload(site, daemon, sum(killed.values()))
        load.pause = (time.monotonic() - began) / sum(killed.values()) / MAILS_A_KILL
    return killed


def test_sigkill_loses_nothing(site):
    seed = int(os.environ.get("AWSIFT_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}: repeat with AWSIFT_SEED={seed}")
    moments, began = random.Random(seed), time.monotonic()
    trouble = Trouble(moments)
    site.peer_url = trouble.peer.url
    site.record()
    site.config.write_text(site.config.read_text() + MORE.format(url=trouble.smtp.url))
    load = Load(site, moments, KILLS * MAILS_A_KILL)
    try:
        killed = kill_at_random(site, moments, load, trouble)
        load.pause, trouble.calm = 0, True
        load.ending.set()
        load.thread.join()
        site.daemons[-1].wait_ready()
        rows = site.wait_mails(len(load.contents))
        repeats = check(site, load, trouble, rows)
    finally:
        load.ending.set()
        load.thread.join()
        trouble.close()
    effects = len(trouble.peer.records()) + len(trouble.smtp.received)
    print(f"{sum(killed.values())} kills ({dict(killed)}), {len(rows)} mails, {effects} effects, {repeats} of them repeats under the same "
          f"key, {time.monotonic() - began:.0f} s, seed {seed}")


def check(site, load, trouble, rows):
    contents = load.contents
    assert len(rows) == len(contents)
    assert all(set(row["actions"]) == {"done"} or not any(row["actions"][state] for state in row["actions"] if state != "done") for row in rows)
    assert site.spooled() == []
    assert sorted(path.read_bytes() for path in site.archived()) == sorted(contents.values())
    assert list((site.store / "unreadable").iterdir()) == []

    keys = defaultdict(list)
    for record in trouble.peer.records():
        keys[record["text"]].append(record["key"])
    for mail in trouble.smtp.received:
        message = message_from_bytes(mail.content)
        if mail.recipient == "tech@example.com":
            keys["mail " + message["X-Awsift-Id"]].append(message["Message-ID"])
    assert len(keys) == len(contents), "an effect was lost"
    assert {f"Recorded {number}" for number in contents if number % 3} == {text for text in keys if text.startswith("Recorded")}
    assert all(len(set(found)) == 1 for found in keys.values()), "a repeat had another key"
    assert len({found[0] for found in keys.values()}) == len(contents)
    for row in rows[:10]:
        (shown,) = site.objects("show", row["id"])
        assert len(shown["decisions"]) == 1
    return sum(len(found) - 1 for found in keys.values())


def test_sigterm_finishes_and_leaves_the_rest(site, peer):
    site.record()
    for number in range(50):
        site.deliver(make_mail(f"Recorded {number}"))
    daemon = site.daemon()
    started = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - started < 30
    decided = len(site.mails())
    assert decided + len(site.spooled()) >= 50
    site.daemon()
    assert len(site.wait_mails(50)) == 50


def test_a_build_for_use_has_no_faults():
    """Nothing of what a test build can be told to do (engine/base/fault.h): no step, no variable, no function."""
    program = BINARY.read_bytes()
    if b"AWSIFT_FAULT_COUNTS" in program:
        pytest.skip("this is a build that can be made to fail")
    steps = re.findall(r'\{"([a-z-]+)", [A-Z]+, "', (SOURCE / "engine" / "base" / "fault_steps.c").read_text())
    assert len(steps) > 50
    words = [b"AWSIFT_FAULT", b"fault_due", b"fault_fails", b"a fault was ordered", *[f"\0{step}\0".encode() for step in steps]]
    assert [word for word in words if word in program] == []
    assert "test build" not in subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout
