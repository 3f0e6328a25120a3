"""What goes on beside the mail: children that are killed and stopped, commands of people, and a day that passes in a minute."""
import json
import os
import random
import signal
import sqlite3
import subprocess
import threading

DAY = 86400000


class Trouble:
    def __init__(self, site, binary, daemon, environment, seed):
        self.site, self.binary, self.daemon, self.environment = site, binary, daemon, environment
        self.chance = random.Random(seed)
        self.over = threading.Event()
        self.killed, self.commands, self.failed = 0, 0, []
        self.threads = [threading.Thread(target=self.every, args=what, daemon=True)
                        for what in ((15, self.kill), (2, self.command), (20, self.tidy), (60, self.next_day))]
        for thread in self.threads:
            thread.start()

    def every(self, seconds, what):
        while not self.over.wait(seconds * self.chance.uniform(0.5, 1.5)):
            what()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def run(self, *arguments, allowed=(0, 1, 75)):
        """One command; what it printed with --json. It may say no, or later; it may not break."""
        done = subprocess.run([self.binary, *map(str, arguments), "-c", self.site.config, "--json"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, cwd=self.site.folder, env=self.environment, timeout=120)
        self.commands += 1
        if done.returncode not in allowed:
            self.failed.append((arguments, done.returncode, done.stderr[-300:]))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def kill(self):
        status = self.run("status")
        pids = [worker["pid"] for role in ("deciders", "actors") for worker in (status[0][role] if status else []) if worker["pid"]]
        if not pids:
            return
        try:
            os.kill(self.chance.choice(pids), signal.SIGSTOP if self.chance.random() < 0.1 else signal.SIGKILL)
            self.killed += 1
        except ProcessLookupError:
            pass

    def command(self):
        chance = self.chance
        what = chance.choice(["list", "show", "ack", "decide", "unmatched", "retry", "silence", "drop"])
        if what == "list":
            self.run("list", "--limit", 50)
        elif what in ("show", "decide"):
            mails = self.run("list", "--limit", 30)
            if mails:
                self.run(what, chance.choice(mails)["id"])
        elif what == "ack":
            owed = self.run("list", "--owed", "--limit", 5)
            if owed:
                self.run("ack", owed[0]["id"], "--by", "hana")
        elif what == "unmatched":
            self.run("decide", "--unmatched", "--since", "10s")
        elif what == "retry":
            self.run("retry", "--dead", "--since", "1m")
        elif what == "drop":
            self.run("drop", "--channel", "rude", "--dead", "--since", "1m", "--why", "soaked")
        else:
            self.run("silence", "--rule", "soak.gathered", "--for", "2s", "--reason", "planned work")

    def tidy(self):
        """As people on duty do: what rings is acknowledged, what is dead dropped, what could not be read released."""
        owed = [row["id"] for row in self.run("list", "--owed", "--limit", 200)]
        if owed:
            self.run("ack", *owed, "--by", "kenji")
        self.run("drop", "--dead", "--why", "told by phone")
        aside = [row["id"] for row in self.run("unreadable") if row.get("id")]
        if aside:
            self.run("unreadable", "release", *aside, "--as", "soak")

    def next_day(self):
        """The last digest is a day old."""
        base = sqlite3.connect(self.site.store / "ledger.db", timeout=60)
        try:
            with base:
                base.execute("UPDATE digests SET made = made - ?", (DAY,))
        finally:
            base.close()
