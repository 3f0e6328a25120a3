"""Reload upon reload while mail flows: no mail is lost, none is decided by a mixture of two generations, and nothing grows.
60 reloads; AWSIFT_RELOADS=1000 for the long run."""
import json
import os
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

from conftest import make_mail, wait_for

RELOADS = int(os.environ.get("AWSIFT_RELOADS", "60"))
PARTS = 5  # files of a set, each of which stamps the mail


def save_set(site, number, order):
    """Set n: five files, saved one after the other, whose rules all stamp every mail with n."""
    for part in order:
        last = part == PARTS - 1
        stamp = f'rule "part.{part}" {{ final = false, subject = starts "Flow ", tags = {{ "part-{part}-of-{number}" }} }}\n'
        rule = f'rule "flow" {{ subject = "Flow {{n}}", category = "flow", tags = {{ "rule-of-{number}" }} }}\n'
        title = f'category "flow" {{ title = "of {number}", tell = "operators" }}\n'
        site.rule(f"7{part}-part.lua", stamp + (title if part == 0 else "") + (rule if last else ""))


class Flow:
    """Delivers mail until it is told to stop."""

    def __init__(self, site, pause):
        self.site, self.pause, self.count = site, pause, 0
        self.over, self.held = threading.Event(), threading.Lock()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.over.wait(self.pause):
            with self.held:
                self.site.deliver(make_mail(f"Flow {self.count}"))
                self.count += 1

    def stop(self):
        self.over.set()
        self.thread.join()


def resident(pid):
    """KiB of memory that is a process's own: neither the rules, which it shares with its generation, nor the ledger's pages, which have
    a place of a fixed size."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


def measure(daemon):
    """What may not grow: of the keeper, and of its children once the old generation has gone home."""
    keeper = daemon.process.pid

    def one_generation():
        (status,) = daemon.site.objects("status")
        workers = status["deciders"] + status["actors"]
        pids = {worker["pid"] for worker in workers}
        same = all(worker["generation"] == status["generation"]["number"] and worker["state"] in ("idle", "busy") for worker in workers)
        return pids if same and pids == set(daemon.children()) else None

    pids = wait_for("one generation to be left", one_generation)
    zombies = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and is_zombie_of(entry, keeper)]
    return {"children": len(pids), "zombies": len(zombies), "keeper KiB": resident(keeper), "children KiB": sum(map(resident, pids)),
            "keeper descriptors": descriptors(keeper), "children's descriptors": sum(map(descriptors, pids))}


def descriptors(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def is_zombie_of(entry, keeper):
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] == "Z" and int(fields[1]) == keeper


def stamps(site):
    """[(subject, tags, revision)] of all decisions. From the ledger: a command for each mail would take longer than the rest."""
    base = sqlite3.connect(f"file:{site.store}/ledger.db?mode=ro", uri=True)
    try:
        rows = base.execute("SELECT subject, decisions.decision, revision FROM decisions JOIN messages ON messages.id = message").fetchall()
    finally:
        base.close()
    return [(subject, json.loads(decision)["tags"], revision) for subject, decision, revision in rows]


def test_reloads_while_mail_flows(site):
    save_set(site, 0, range(PARTS))
    daemon = site.daemon()
    flow = Flow(site, 0.02 if RELOADS < 200 else 0.2)
    measured = []
    began = time.monotonic()
    for number in range(1, RELOADS + 1):
        save_set(site, number, range(PARTS) if number % 2 else reversed(range(PARTS)))
        (outcome,) = site.objects("reload")
        assert outcome["ok"] and outcome["errors"] == []
        if number in (RELOADS // 4, RELOADS // 2, RELOADS * 3 // 4, RELOADS):
            with flow.held:  # what a mail in hand costs is not what is measured
                site.wait_mails(flow.count)
                measured.append(measure(daemon))
    seconds = time.monotonic() - began
    flow.stop()
    rows = site.wait_mails(flow.count)
    print(f"{RELOADS} reloads, {flow.count} mails in {seconds:.0f} s")
    for quarter in measured:
        print(quarter)

    assert len(rows) == flow.count and len({row["subject"] for row in rows}) == flow.count and site.spooled() == []
    revisions, seen = {}, Counter()
    decided = stamps(site)
    assert len(decided) == flow.count
    for subject, tags, revision in decided:
        numbers = {tag.rpartition("-")[2] for tag in tags}
        assert len(tags) == PARTS + 1 and len(numbers) == 1, f"{subject} was decided by a mixture: {tags}"
        (number,) = numbers
        assert revisions.setdefault(revision, number) == number
        seen[number] += 1
    assert len(seen) > RELOADS / 4, "mail flowed under too few generations to show anything"
    (status,) = site.objects("status")
    assert status["generation"]["number"] > RELOADS and status["reload"]["state"] == "ok"

    half, end = measured[1], measured[3]
    assert half["children"] == end["children"] and end["zombies"] == 0
    for what in ("keeper descriptors", "children's descriptors"):
        assert end[what] <= half[what] + 2, what
    # The slack is the allocator's.
    assert "awsift-ledger-pages" in Path(f"/proc/{daemon.process.pid}/maps").read_text()
    assert end["keeper KiB"] < half["keeper KiB"] * 1.1 + 1024 and end["children KiB"] < half["children KiB"] * 1.1 + 4096
