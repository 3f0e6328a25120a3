#!/usr/bin/env python3
"""What a backlog costs: N distinct mails of about 1 KB wait in a Maildir when the daemon starts. Prints when the first of
them is decided, how many are decided a second at the beginning, in the middle and at the end, the memory, descriptors and
processor time of the keeper and its children, the bytes of the ledger a mail and the time until all is drained; then ends the
daemon and counts: N mails in the ledger, as many files in the archive, none in the spool, no action left. While it drains, one
mail more comes into the same spool, and a few into another one: how soon they are decided is printed. Ends 1 when a
count is wrong, never for being slow.

    tests/bench/million.py [--mails N] [--folder DIR] [--keep] [--told PERCENT]

N is $AWSIFT_MILLION, or 20,000. Of a hundred mails 25 are told, each with a mail into the store's outbox: 10 say that an EC2
instance retires, 10 are service updates, 5 come from AWS and no rule knows them. The other 75 are strangers' and tell nobody
(--told changes the 25). They are of 500 accounts and of the shipped rules. A million takes some 15 GB."""
import argparse
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("AWSIFT", SOURCE / "build" / "awsift")).resolve()
ACCOUNTS = 500
OTHERS = 10             # mails of the second spool
WEIGHTS = {"retirement": 10, "update": 10, "unknown": 5}   # the rest is a stranger's
CONFIG = """
spool "backlog" { kind = "maildir", path = "backlog", trust = { authserv_id = "mx.example.jp" } }
spool "other" { kind = "maildir", path = "other", trust = { authserv_id = "mx.example.jp" } }
store "store"
operators { name = "Operations", mail = { "ops@example.jp" } }
smtp { from = "awsift@example.jp" }
timezone "Asia/Tokyo"
"""
SUBJECTS = {
    "retirement": "Amazon EC2 Instance Retirement [AWS Account: {account}]",
    "update": "Amazon RDS: Upcoming maintenance of database {number} [AWS Account: {account}]",
    "unknown": "Amazon Quixote {number}: a thing that nobody has heard of [AWS Account: {account}]",
    "stranger": "Minutes of meeting {number}",
}
BODIES = {
    "retirement": "EC2 has detected degradation of the underlying hardware hosting your Amazon EC2 instance i-{hash:.17}.\n"
                  "The instance is scheduled for retirement. Stop and start the instance before that.\n",
    "update": "Your database db-{number} will be updated in the next maintenance window.\n",
    "unknown": "The thing {number} that you have not heard of will be other than it was.\n",
    "stranger": "We met and talked about matter {number}, and will meet again.\n",
}


def mail(number, kind, date):
    """About 1 KB, and like no other."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    account = 111111000000 + number % ACCOUNTS
    stranger = kind == "stranger"
    domain = "example.net" if stranger else "amazon.com"
    sender = f"Colleague {number % 97} <colleague{number % 97}@example.net>" if stranger else \
        "\"Amazon Web Services, Inc.\" <no-reply-aws@amazon.com>"
    text = BODIES[kind].format(number=number, hash=digest)
    text = (f"Authentication-Results: mx.example.jp; dkim=pass header.d={domain};\n spf=pass smtp.mailfrom={domain}; "
            f"dmarc=pass header.from={domain}\nFrom: {sender}\nTo: root+{account}@example.com\n"
            f"Subject: {SUBJECTS[kind].format(number=number, account=account)}\nDate: {date}\n"
            f"Message-ID: <{digest[:24]}@email.example.net>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            f"Content-Transfer-Encoding: 8bit\n\n{text}\n")
    filler = "This line is here so that the mail is as long as mails are.\n"
    return (text + filler * ((1024 - len(text)) // len(filler) + 1)).encode()


def kind_of(number, told):
    place = number * 37 % 100                                # the kinds lie mixed
    scale = sum(WEIGHTS.values()) / told if told else 0
    for kind, weight in WEIGHTS.items():
        place -= weight / scale if scale else 0
        if place < 0:
            return kind
    return "stranger"


def site_make(folder, count, told):
    (folder / "awsift.lua").write_text(CONFIG, encoding="utf-8")
    contacts = "".join(f'  ["{111111000000 + n}"] = {{ name = "Customer {n}", technical = {{ "tech{n}@example.com" }} }},\n'
                       for n in range(ACCOUNTS))
    (folder / "rules").mkdir()
    (folder / "rules" / "contacts.lua").write_text("contacts {\n" + contacts + "}\n", encoding="utf-8")
    with open(folder / "awsift.lua", "a", encoding="utf-8") as config:
        config.write('rules "rules" {}\n')
    for spool in ("backlog", "other"):
        for part in ("tmp", "new", "cur"):
            (folder / spool / part).mkdir(parents=True)
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    new = os.open(folder / "backlog" / "new", os.O_DIRECTORY)
    for number in range(count):
        file = os.open(f"{1700000000 + number // 100}.M{number}P1.example", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=new)
        os.write(file, mail(number, kind_of(number, told), date))
        os.close(file)
    os.close(new)
    return date


def deliver(folder, spool, name, content):
    (folder / spool / "tmp" / name).write_bytes(content)
    (folder / spool / "tmp" / name).rename(folder / spool / "new" / name)


def status_of(pid):
    """{VmHWM: KiB, …}, processor seconds and descriptors of a process; None: it is gone."""
    try:
        values = {}
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in ("VmHWM", "VmRSS"):
                values[name] = int(value.split()[0])
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        values["cpu"] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        values["descriptors"] = len(os.listdir(f"/proc/{pid}/fd"))
        values["command"] = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1].decode()
        return values
    except (OSError, IndexError, ValueError):
        return None


class Watcher(threading.Thread):
    """The most that the processes of a session ever took, looked at once a second."""

    def __init__(self, leader):
        super().__init__(daemon=True)
        self.leader, self.ended, self.most = leader, False, {}

    def members(self):
        done = subprocess.run(["ps", "-o", "pid=", "-s", str(self.leader)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in done.stdout.split()]

    def look(self):
        for pid in self.members():
            values = status_of(pid)
            if values is None or "VmHWM" not in values:
                continue
            name = "keeper" if pid == self.leader else f"{values['command']} {pid}"
            most = self.most.setdefault(name, {})
            for key in ("VmHWM", "VmRSS", "cpu", "descriptors"):
                most[key] = max(most.get(key, 0), values[key])

    def run(self):
        while not self.ended:
            self.look()
            time.sleep(1)


class Ledger:
    """Looks that are short, so that they hold up no checkpoint."""

    def __init__(self, path):
        self.path, self.database = path, None

    def ask(self, sql, *values):
        if self.database is None:
            if not self.path.exists():
                return None
            self.database = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, isolation_level=None, timeout=30)
        try:
            row = self.database.execute(sql, values).fetchone()
            return row[0] if row else None
        except sqlite3.OperationalError:                     # its tables are being made
            self.database.close()
            self.database = None
            return None


def rate(ledger, count, begin, end):
    """Mails decided a second between two shares of them."""
    first, last = max(1, int(count * begin)), max(2, int(count * end))
    times = [ledger.ask("SELECT decided FROM decisions WHERE id = ?", place) for place in (first, last)]
    if None in times or times[1] <= times[0]:
        return float("nan")
    return (last - first) / (times[1] - times[0]) * 1000


class Drain:
    def __init__(self, folder, count, date):
        self.folder, self.count, self.date = folder, count, date
        self.ledger = Ledger(folder / "store" / "ledger.db")
        self.late, self.wal = {}, 0

    def decided(self, name):
        return self.ledger.ask("SELECT count(*) FROM messages WHERE file = ? AND id > ?", f"new/{name}", self.before) or 0

    def wait(self, what, condition, pause=0.2):
        while not condition():
            if self.process.poll() is not None:
                raise SystemExit(f"the daemon ended with {self.process.returncode} while waiting for {what}; {self.folder}/log")
            time.sleep(pause)

    def start(self):
        self.log = open(self.folder / "log", "wb")
        self.began = time.time()
        self.process = subprocess.Popen([BINARY, "run", "-c", self.folder / "awsift.lua"], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, cwd=self.folder, start_new_session=True)
        self.watcher = Watcher(self.process.pid)
        self.watcher.start()
        self.wait("the first decision", lambda: self.ledger.ask("SELECT count(*) FROM (SELECT 1 FROM decisions LIMIT 1)"), 0.005)
        print(f"first decision in the ledger   {time.time() - self.began:8.2f} s after the start", flush=True)

    def arrive(self):
        """One mail into the backlog's spool, some into the other one."""
        self.before = self.ledger.ask("SELECT max(id) FROM messages")
        began = time.time()
        deliver(self.folder, "backlog", "late.example", mail(10 ** 9, "retirement", self.date))
        for number in range(OTHERS):
            deliver(self.folder, "other", f"other{number}.example", mail(10 ** 9 + 1 + number, "retirement", self.date))
        self.wait("the mail that came late", lambda: self.decided("late.example"), 0.02)
        print(f"a mail that comes meanwhile    {time.time() - began:8.2f} s until it is decided", flush=True)
        self.wait("the other spool's mails", lambda: all(self.decided(f"other{n}.example") for n in range(OTHERS)), 0.02)
        print(f"{OTHERS} of another spool            {time.time() - began:8.2f} s until they are decided; behind these still"
              f" {self.count - self.ledger.ask('SELECT max(id) FROM messages')} of the backlog", flush=True)

    def status(self):
        began = time.time()
        done = subprocess.run([BINARY, "status", "--json", "-c", self.folder / "awsift.lua"], capture_output=True, check=False)
        took = time.time() - began
        spools = json.loads(done.stdout)["spools"] if done.returncode == 0 else []
        return took, [{key: spool.get(key) for key in ("name", "in_hand", "waiting", "oldest")} for spool in spools]

    def look(self):
        try:
            self.wal = max(self.wal, (self.folder / "store" / "ledger.db-wal").stat().st_size)
        except OSError:
            pass
        return self.ledger.ask("SELECT max(id) FROM messages") or 0

    def all_decided(self):
        """A line now and then, so that whoever waits sees it go on."""
        all_mails, told, last = self.count + 1 + OTHERS, 0, (time.time(), 0)

        def done():
            nonlocal told, last
            seen = self.look()
            if seen >= all_mails * (told + 1) / 10 and seen < all_mails:
                told, now = int(seen * 10 / all_mails), time.time()
                took, spools = self.status()
                keeper = self.watcher.most.get("keeper", {})
                print(f"  {told * 10:3} %  {(seen - last[1]) / (now - last[0]):6.0f} mails/s  keeper {keeper.get('VmRSS', 0)} KiB at"
                      f" most, WAL {self.wal >> 20} MiB, status took {took:.2f} s: {json.dumps(spools)}", flush=True)
                last = now, seen
            return seen >= all_mails
        self.wait("all to be decided", done, 0.5)
        print(f"all decided                    {time.time() - self.began:8.2f} s after the start", flush=True)

    def drained(self):
        """Filed, and nothing that is due waits."""
        filed = self.ledger.ask("SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 'decided' LIMIT 1)")
        busy = self.ledger.ask("SELECT count(*) FROM (SELECT 1 FROM actions WHERE state IN ('waiting', 'running') AND due <= ?"
                               " LIMIT 1)", int(time.time() * 1000))
        self.look()
        return filed == 0 and busy == 0

    def end(self):
        self.watcher.ended = True
        self.watcher.join()
        self.watcher.look()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.log.close()


def entries(folder):
    return sum(1 for _ in os.scandir(folder)) if folder.is_dir() else 0


def verify(drain, count):
    """True when every mail is in one place, once."""
    store, ledger = drain.folder / "store", Ledger(drain.folder / "store" / "ledger.db")
    all_mails = count + 1 + OTHERS
    archived = sum(entries(place / part) for place in (store / "archive").iterdir() for part in ("new", "cur"))
    counted = {
        "mails in the ledger": ledger.ask("SELECT count(*) FROM messages"),
        "of them filed": ledger.ask("SELECT count(*) FROM messages WHERE state = 'filed'"),
        "distinct contents": ledger.ask("SELECT count(DISTINCT sha256) FROM messages"),
        "arrivals": ledger.ask("SELECT count(*) FROM arrivals"),
        "decisions": ledger.ask("SELECT count(*) FROM decisions"),
        "files in the archive": archived,
    }
    nothing = {
        "files in the spools": sum(entries(drain.folder / spool / "new") for spool in ("backlog", "other")),
        "files in unreadable": entries(store / "unreadable"),
        "actions neither done nor dropped": ledger.ask("SELECT count(*) FROM actions WHERE state NOT IN ('done', 'dropped')"),
        "actions done in more than one attempt": ledger.ask("SELECT count(*) FROM actions WHERE state = 'done' AND attempts > 1"),
    }
    told = ledger.ask("SELECT count(*) FROM actions WHERE state = 'done'")
    outbox = sum(entries(store / "outbox" / part) for part in ("new", "cur"))
    print(f"counted: {json.dumps(counted)}, {json.dumps(nothing)}, actions done {told}, mails in the outbox {outbox}")
    print("categories: " + ", ".join(f"{name} {number}" for name, number in ledger.database.execute(
        "SELECT category, count(*) FROM decisions GROUP BY category ORDER BY 2 DESC")))
    print("ledger: " + ledger.ask("PRAGMA quick_check"))
    return all(number == all_mails for number in counted.values()) and not any(nothing.values()) and told == outbox


def report(drain, count):
    ledger = Ledger(drain.folder / "store" / "ledger.db")
    shares = (("begin", 0, 0.1), ("middle", 0.45, 0.55), ("end", 0.9, 1))
    print("mails decided a second         " + ", ".join(f"{name} {rate(ledger, count, *share):.0f}" for name, *share in shares))
    size = sum((drain.folder / "store" / f"ledger.db{suffix}").stat().st_size for suffix in ("", "-wal")
               if (drain.folder / "store" / f"ledger.db{suffix}").exists())
    print(f"ledger                         {size >> 20} MiB, {size / (count + 1 + OTHERS):.0f} bytes a mail; WAL at most {drain.wal >> 20} MiB")
    for name, most in sorted(drain.watcher.most.items()):
        print(f"{name:30} peak {most['VmHWM'] / 1024:.1f} MiB, {most['descriptors']} descriptors at most, {most['cpu']:.1f} s of processor")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=int(os.environ.get("AWSIFT_MILLION", "20000")))
    parser.add_argument("--folder", type=Path, help="where all of it lies; a new one in $TMPDIR unless given")
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    parser.add_argument("--told", type=int, default=25, help="mails of a hundred that somebody is told of")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="million."))
    folder.mkdir(exist_ok=True)
    good = False
    try:
        began = time.time()
        date = site_make(folder, options.mails, options.told)
        print(f"{options.mails} mails made in {time.time() - began:.0f} s; {options.told} of 100 are told; {folder}", flush=True)
        drain = Drain(folder, options.mails, date)
        drain.start()
        try:
            drain.arrive()
            drain.all_decided()
            drain.wait("all to be drained", drain.drained, 0.5)
            print(f"drained                        {time.time() - drain.began:8.2f} s after the start", flush=True)
        finally:
            drain.end()
        report(drain, options.mails)
        good = verify(drain, options.mails)
        print("every mail is in one place, once" if good else "WRONG: see the counts above")
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
