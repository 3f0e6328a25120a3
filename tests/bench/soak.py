#!/usr/bin/env python3
"""A soak in accelerated form: mail of every kind, a reload every five seconds, children killed, servers that fail, commands
of people. It watches what may not grow, draws it, and ends non-zero when a mail or an effect was lost or doubled, or
something grew.

    tests/bench/soak.py [SECONDS] [--picture FILE.svg] [--data FILE.json] [--rate MAILS] [--reload SECONDS] [--keep 5m]
    tests/bench/soak.py --plot FILE.json --picture FILE.svg

SECONDS: else $AWSIFT_SOAK, else 60, which is too short for a word about growth. $AWSIFT is the binary, else build/awsift."""
import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from soaking import balance, measures, picture  # noqa: E402
from soaking.mails import Mails  # noqa: E402
from soaking.peers import Peers  # noqa: E402
from soaking.site import Site  # noqa: E402
from soaking.trouble import Trouble  # noqa: E402

SOURCE = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("AWSIFT", SOURCE / "build" / "awsift")).resolve()
LONG = 1800  # seconds from which on growth is judged
PATIENCE = float(os.environ.get("AWSIFT_PATIENCE", "180"))
BROKEN_EVERY = 10  # reloads, of which one has rules that do not load

# column of the samples: the slope, an hour, of the least of each minute of the second half that is no growth, and in words
FLAT = {
    "keeper_own": (1024, "KiB/h"),
    "deciders_own": (2048, "KiB/h"),
    "actors_own": (2048, "KiB/h"),
    "keeper_fds": (2, "descriptors/h"),
    "deciders_fds": (2, "descriptors/h"),
    "actors_fds": (2, "descriptors/h"),
    "children": (2, "processes/h"),
}
LEDGER = 0.05  # that the bytes a mail may differ between the middle and the end


class Soak:
    def __init__(self, folder, options):
        from calling_services import ROUTING_KEY, TOKEN, ACCOUNT_SID
        self.options, self.folder = options, folder
        self.peers = Peers(options.seed)
        digest = time.strftime("%H:%M", time.gmtime(time.time() - 60))
        self.site = Site(folder, options.keep, sid=ACCOUNT_SID, digest=digest, **self.peers.urls())
        self.mails = Mails(SOURCE / "rules.d" / "tests" / "fixtures", options.seed)
        self.environment = {**os.environ, "AWSIFT_RESCAN": "500", "AWSIFT_SECRET_TWILIO_TOKEN": TOKEN, "AWSIFT_SECRET_PAGERDUTY": ROUTING_KEY}
        self.samples, self.delivered, self.reloads, self.began = [], 0, 0, 0.0
        self.daemon = self.trouble = None

    def start(self):
        log = open(self.folder / "daemon.log", "wb")
        self.daemon = subprocess.Popen([BINARY, "run", "-c", self.site.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       cwd=self.folder, env=self.environment, start_new_session=True)
        log.close()
        self.wait("the daemon to live", lambda: b" live: revision " in (self.folder / "daemon.log").read_bytes())
        self.trouble = Trouble(self.site, BINARY, self.daemon, self.environment, self.options.seed)
        self.began = time.monotonic()

    def wait(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if self.daemon.poll() is not None or time.monotonic() > end:
                log = (self.folder / "daemon.log").read_text(errors="replace")[-2000:]
                raise SystemExit(f"waited in vain for {what}\n{log}")
            time.sleep(0.1)

    def passed(self):
        return time.monotonic() - self.began

    def deliver_until(self, moment):
        """At the rate, whatever else took time meanwhile: what is behind comes at once."""
        while self.passed() < moment:
            while self.delivered < self.passed() * self.options.rate:
                self.delivered += 1
                self.site.deliver(self.delivered, self.mails.make(), self.delivered % 3 != 0)
            time.sleep(0.5 / self.options.rate)

    def sample(self):
        try:
            (status,) = self.trouble.run("status")
            row = measures.sample(self.daemon.pid, status, self.site.store)
        except (OSError, ValueError, KeyError) as error:  # a child ended meanwhile, or the keeper was busy
            print(f"no sample at {self.passed():.0f} s: {error!r}", file=sys.stderr)
            return
        row.update(t=round(self.passed(), 1), reloads=self.reloads, repeats=self.peers.repeats(), delivered=self.delivered,
                   killed=self.trouble.killed, spooled=self.site.spooled())
        self.samples.append(row)
        self.peers.forget()
        self.save()

    def flow(self):
        """Sampled before a reload, when the last one is long over."""
        options, version, sampled = self.options, 0, -1e9
        while self.passed() < options.seconds:
            self.deliver_until(self.passed() + options.reload)
            if self.passed() - sampled >= options.seconds / 360:
                sampled = self.passed()
                self.sample()
            version += 1
            self.site.version(version, broken=version % BROKEN_EVERY == 0)
            self.reloads += 1
        self.site.version(version + 1)

    def settle(self):
        """No more mail: what is in hand comes to its end."""
        self.trouble.stop()
        self.wait("the spools to be empty", lambda: self.site.spooled() == 0)

        def is_over():
            rows = self.trouble.run("list")
            return not any(row["state"] == "decided" or any(row["actions"].get(state) for state in ("waiting", "running", "gathered")) for row in rows)
        self.wait("all actions to have ended", is_over)
        self.sample()

    def stop(self):
        if self.daemon.poll() is None:
            self.daemon.terminate()
        status = self.daemon.wait(PATIENCE)
        left = measures.members(self.daemon.pid)
        return [*([f"the daemon ended with {status}"] if status else []), *([f"{len(left)} processes outlived it"] if left else [])]

    def save(self):
        data = {"about": about(self), "seed": self.options.seed, "samples": self.samples}
        beside = self.options.data.with_suffix(".part")
        beside.write_text(json.dumps(data), encoding="utf-8")
        beside.rename(self.options.data)
        with open(self.options.data.with_suffix(".csv"), "w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(self.samples[0]))
            table.writeheader()
            table.writerows(self.samples)
        if len(self.samples) > 2:
            self.options.picture.write_text(picture.draw(self.samples, data["about"]), encoding="utf-8")


def about(soak):
    last = soak.samples[-1]
    return (f"{last['t'] / 60:.0f} minutes, {soak.delivered:,} files delivered at {soak.options.rate:g} a second, {soak.reloads} reloads, "
            f"{soak.trouble.killed} children killed or stopped, {soak.trouble.commands:,} commands.")


def growth(samples):
    """[(is it flat, in words)]"""
    found = []
    for column, (most, unit) in FLAT.items():
        slope = picture.slope(samples, column)
        found.append((slope <= most, f"{column.replace('_', ' ')}: {slope:+.1f} {unit} in the second half, at most {most}"))
    end, middle = (row["ledger_a_mail"] for row in (samples[-1], samples[len(samples) // 2]))
    change = end / middle - 1
    if samples[-1]["ledger_mails"] < samples[-1]["mails"] * 0.9:  # old mail goes: then the ledger stays as large as it is
        used = [row["ledger_used"] for row in samples]
        grown = used[-1] / used[len(used) // 2] - 1
        found.append((grown <= 2 * LEDGER, f"ledger in all: {used[-1] / 1048576:.1f} MiB, {grown:+.1%} since the middle, at most {2 * LEDGER:.0%}"))
    found.append((abs(change) <= LEDGER, f"ledger a mail: {end:.0f} bytes, {change:+.1%} since the middle, at most {LEDGER:.0%}"))
    return found


def seconds(text):
    """Of a duration such as 5m."""
    return float(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float, nargs="?", default=float(os.environ.get("AWSIFT_SOAK", "60")))
    parser.add_argument("--picture", type=Path, default=Path("soak.svg"))
    parser.add_argument("--data", type=Path, default=Path("soak.json"))
    parser.add_argument("--plot", type=Path, help="draw these data again, and run nothing")
    parser.add_argument("--rate", type=float, default=3.0, help="mails a second")
    parser.add_argument("--reload", type=float, default=5.0, help="seconds between reloads")
    parser.add_argument("--keep", default="", help="store { keep = … }, such as 5m")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("AWSIFT_SEED", random.randrange(1 << 32))))
    return parser.parse_args()


def main():
    options = arguments()
    if options.plot:
        data = json.loads(options.plot.read_text())
        options.picture.write_text(picture.draw(data["samples"], data["about"]), encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory(prefix="awsift-soak-") as folder:
        print(f"seed {options.seed}: repeat with AWSIFT_SEED={options.seed}; {folder}", flush=True)
        soak = Soak(Path(folder), options)
        try:
            soak.start()
            soak.flow()
            soak.settle()
        finally:
            wrong = soak.stop() if soak.daemon else []
        found, told = balance.check(soak.site, soak.mails, soak.peers, time.time() - seconds(options.keep) if options.keep else 0)
        wrong += found + [f"a command broke: {failure}" for failure in soak.trouble.failed[:5]]
        soak.peers.close()
        wrong += [f"a service was asked what it does not know: {refused[0]}" for refused in soak.peers.phones.refused[:3]]
    print(about(soak))
    print(json.dumps(told, ensure_ascii=False, indent=1))
    flat = growth(soak.samples)
    for good, words in flat:
        print(f"{'flat' if good else 'GROWS' if soak.samples[-1]['t'] >= LONG else 'short'}: {words}")
    for words in wrong:
        print(f"WRONG: {words}")
    grows = soak.samples[-1]["t"] >= LONG and not all(good for good, _ in flat)
    print("nothing lost, nothing doubled" if not wrong else f"{len(wrong)} things wrong")
    return 1 if wrong or grows else 0


if __name__ == "__main__":
    sys.exit(main())
