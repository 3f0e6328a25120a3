"""`awsift ingest`: whatever a mail server, or whoever ends it, does to it, a mail is taken whole and then it says so, or it says
75 and has left nothing behind."""
import hashlib
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import time
from collections import Counter

import pytest

from conftest import BINARY, PATIENCE, SANITIZED, SOURCE, make_mail, retirement, wait_for

AT_ONCE = 100
CUT = 30


def start(site, *options, **more):
    return subprocess.Popen([BINARY, "ingest", "-c", site.config, *options], cwd=site.folder, stderr=subprocess.PIPE,
                            **{"stdin": subprocess.PIPE, **more})


def end(process, mail=None):
    """The exit status, and what it said."""
    _, said = process.communicate(mail, timeout=PATIENCE)
    return process.returncode, said.decode()


def left(site):
    return [path for path in site.spool.glob("*/*") if path.is_file()]


def sha256(mail):
    return hashlib.sha256(mail).hexdigest()


def archived(site):
    return Counter(sha256(path.read_bytes()) for path in site.archived())


def test_a_hundred_at_once_and_others_that_are_killed(site, daemon):
    """Each tenth mail comes twice; of the killed ones, what has arrived is whole."""
    seed = int(os.environ.get("AWSIFT_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}: repeat with AWSIFT_SEED={seed}")
    chance = random.Random(seed)
    mails = [make_mail(f"Number {number - number % 10 // 9}", body="x" * chance.randrange(200000) + "\n", message_id=f"at-once-{number}")
             for number in range(AT_ONCE)]
    for number in range(9, AT_ONCE, 10):
        mails[number] = mails[number - 1]
    cut = [make_mail(f"Cut {number}", body="y" * 300000 + "\n", message_id=f"cut-{number}") for number in range(CUT)]
    killed, taken, given = [], [], []
    for mail in cut:
        killed.append(start(site))
        os.set_blocking(killed[-1].stdin.fileno(), False)
        given.append(os.write(killed[-1].stdin.fileno(), mail[:chance.choice([1, 30000, 65536])]))
    for mail in mails:
        with open(site.folder / sha256(mail), "wb") as file:
            file.write(mail)
        with open(site.folder / sha256(mail), "rb") as file:
            taken.append(start(site, stdin=file))
    for number, process in enumerate(killed):
        if number % 3 == 0:  # one that has all of its mail, at whatever moment of its delivery
            os.set_blocking(process.stdin.fileno(), True)
            try:
                process.stdin.write(cut[number][given[number]:])
                process.stdin.close()
            except BrokenPipeError:
                pass
            process.stdin = None
            time.sleep(chance.random() * 0.005)
        process.kill()
    assert {end(process) for process in taken} == {(0, "")}
    for process in killed:
        end(process)
    complete = set(map(sha256, mails))
    wait_for("all to be taken from the spool", lambda: not site.spooled())
    rows = site.wait_mails(len(complete))
    kept = archived(site)
    assert set(kept.values()) == {1} and complete <= set(kept) <= complete | set(map(sha256, cut)) and len(rows) == len(kept)
    named = Counter(row["subject"].split()[0] for row in rows)
    assert named["Number"] == len(complete) == AT_ONCE * 9 // 10
    arrivals = sum(len(site.objects("show", row["id"])[0]["arrivals"]) for row in rows[:20])
    assert arrivals >= 20
    print(f"{named['Cut']} of {CUT} killed ones had arrived, {len(left(site))} left a temporary file")
    assert len(left(site)) <= CUT and all(path.parent.name == "tmp" for path in left(site))


def no_larger(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def occupied(site):
    shutil.rmtree(site.spool / "new")
    (site.spool / "new").write_text("in the way")


def gone_below_a_file(site):
    shutil.rmtree(site.spool)
    site.spool.write_text("in the way")


def not_mounted(site):
    site.run("run", "--once")
    shutil.rmtree(site.spool)
    site.spool.mkdir()


FAULTS = {
    "cannot be written": dict(preexec_fn=no_larger(8_000_000), mail=b"x" * 9_000_000),
    "from standard input: Is a directory": dict(stdin=os.open("/", os.O_RDONLY)),
    "from standard input: Bad file descriptor": dict(preexec_fn=lambda: os.close(0)),
    "cannot make the folder": dict(before=occupied),
    "spool: ": dict(before=gone_below_a_file),
    "mount it, or make it": dict(before=not_mounted),
    'no spool "other"': dict(options=["--spool", "other"]),
    "characters that no header field may have": dict(options=["--recipient", "a@example.com\nBcc: b@example.com"]),
    "recipient's address": dict(options=["--recipient", ""]),
    "Unknown option --sender": dict(options=["--sender", "a@example.com"]),
    "b@example.com": dict(options=["--recipient", "a@example.com", "b@example.com"]),
}


@pytest.mark.parametrize("words", FAULTS)
def test_on_any_doubt_it_says_75_and_leaves_nothing(site, words):
    fault = dict(FAULTS[words])
    fault.pop("before", lambda _: None)(site)
    mail = fault.pop("mail", retirement(body="x" * 200000))
    status, said = end(start(site, *fault.pop("options", []), **fault), None if "stdin" in fault else mail)
    assert status == 75 and words in said and len(said.splitlines()) == 1, said
    if site.spool.is_dir():
        assert [path.name for path in left(site) if path.name != "new"] == []


def test_what_ends_it_while_it_reads_leaves_nothing(site):
    waiting = {number: start(site) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGQUIT)}
    for process in waiting.values():
        process.stdin.write(b"Subject: half a mail\n" + b"x" * 70000)
        process.stdin.flush()
    wait_for("all to have written a part", lambda: len([path for path in (site.spool / "tmp").iterdir() if path.stat().st_size]) == 5)
    for number, process in waiting.items():
        process.send_signal(number)
    for number, process in waiting.items():
        said = process.stderr.read().decode()
        assert process.wait(PATIENCE) == 75 and f"stopped by signal {int(number)}" in said
    assert left(site) == []


def test_mail_as_mail_servers_hand_it_over(site):
    """From_ line, Return-Path and Delivered-To of Postfix's flags, no line end, NULs; nobody reads what it prints."""
    mail = retirement()
    cases = [(b"From sender@example.com  Wed Nov 25 00:00:00 2026\n" + mail, mail, []), (b">From x\n" + mail, b">From x\n" + mail, []),
             (b"Return-Path: <a@example.com>\nDelivered-To: b@example.com\n" + mail,
              b"Return-Path: <a@example.com>\nDelivered-To: b@example.com\n" + mail, []),
             (mail.rstrip(b"\n"), b"Delivered-To: r\xc3\xb6t+a@example.jp\n" + mail.rstrip(b"\n"), ["--recipient", "röt+a@example.jp"]),
             (b"\0", b"\0", []), (b"\n", b"\n", []), (mail.replace(b"\n", b"\r\n"), mail.replace(b"\n", b"\r\n"), ["--spool", "in"])]
    for given, wanted, options in cases:
        status, said = end(start(site, *options, preexec_fn=lambda: os.close(1)), given)
        assert (status, said) == (0, "")
        (path,) = site.spooled()
        assert path.read_bytes() == wanted and path.parent.name == "new"
        assert re.fullmatch(r"\d+\.M\d{6}P\d+Q0R[0-9a-f]{16}\.[^/:\s]+", path.name)
        path.unlink()
    assert left(site) == []


def test_rules_with_mistakes_stop_no_mail(site):
    site.rule("99-broken.lua", "rule (")
    assert end(start(site), retirement()) == (0, "") and len(site.spooled()) == 1


def test_forward_file_of_the_manual(site, tmp_path):
    text = (SOURCE / "docs/man/awsift.1").read_text()
    (line,) = re.findall(r'^\|"(/usr/bin/awsift ingest [^"]+)"$', text, flags=re.M)
    assert "--recipient" in line
    command = line.replace("/usr/bin/awsift ingest", f"{BINARY} ingest -c {site.config}")
    done = subprocess.run(["sh", "-c", command], input=b"From a@example.com Wed Nov 25 00:00:00 2026\n" + retirement(), timeout=PATIENCE)
    assert done.returncode == 0
    (path,) = site.spooled()
    assert path.read_bytes().startswith(b"Delivered-To: aws@example.com\n")


CLOCK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME)
        time->tv_sec += 37 * 3600;
    return result;
}
int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}
"""


def test_what_deliveries_left_is_removed_after_36_hours(site, tmp_path):
    if SANITIZED or not shutil.which("cc"):
        pytest.skip("nothing can be put in front of the C library here")
    (tmp_path / "clock.c").write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "clock.so", tmp_path / "clock.c"], check=True)
    (site.folder / "drops").mkdir()
    site.config.write_text(site.config.read_text() + 'spool "drops" { kind = "directory", path = "drops" }\n')
    for options in ([], ["--spool", "drops"]):
        cut = start(site, *options)
        cut.stdin.write(b"x" * 70000)
        cut.stdin.flush()
        place = site.folder / "drops" if options else site.spool / "tmp"
        wait_for("a part of it", lambda place=place: [path for path in place.iterdir() if path.stat().st_size])
        cut.kill()
        cut.communicate()
    (site.folder / "drops" / ".other").write_text("not of ingest")
    site.run("run", "--once")
    assert len(left(site)) == 1 and len(list((site.folder / "drops").iterdir())) == 2
    (site.store / "filed/kept/tmp").mkdir(parents=True)
    stale = [site.store / "outbox/tmp/stale", site.store / "filed/kept/tmp/stale"]
    for path in stale:
        path.write_text("half")
    done = subprocess.run([BINARY, "run", "--once", "-c", site.config], cwd=site.folder, capture_output=True, timeout=PATIENCE,
                          env={**os.environ, "LD_PRELOAD": str(tmp_path / "clock.so")})
    assert done.returncode == 0 and done.stderr.count(b"temporary files of deliveries that were cut off were removed from") == 3, done.stderr
    assert left(site) == [] and [path.name for path in (site.folder / "drops").iterdir()] == [".other"]
    assert not any(path.exists() for path in stale)
