#!/usr/bin/env python3
"""How long each mail of the corpus takes, beside what Python's email package takes to parse and decode it in the same
run. Prints the slowest ten and the ratio of the whole; asserts nothing, since machines differ.

    tests/bench/mail_times.py [BINARY] [--command classify|inspect] [--largest BYTES] [--repeat N]

One process reads all mails, one after the other; a mail's time is what passes between the line before its own and its
own, so it holds everything from opening the file to printing the answer. The best of N runs counts."""
import argparse
import email
import email.policy
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("AWSIFT_MAIL_CORPUS", SOURCE.parent / "shared" / "mail-corpus")) / "mail"
MBOX = b"From "


def read_by_python(content):
    """Parses, and decodes every leaf to bytes."""
    try:
        for part in email.message_from_bytes(content, policy=email.policy.compat32).walk():
            if not part.is_multipart():
                part.get_payload(decode=True)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, IndexError):
        pass  # what it cannot read cost it time all the same


def times_of(command, paths, folder):
    """Seconds for each path, in order."""
    process = subprocess.Popen(["stdbuf", "-oL", *command, *paths], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder)
    process.stdout.readline()  # the first path stands twice: starting up is nobody's time
    before, times = time.perf_counter(), []
    for _ in process.stdout:
        now = time.perf_counter()
        times.append(now - before)
        before = now
    process.wait()
    if len(times) != len(paths) - 1:
        raise SystemExit(f"{command[0]} answered {len(times) + 1} times for {len(paths)} mails")
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", default=os.environ.get("AWSIFT", SOURCE / "build" / "awsift"))
    parser.add_argument("--command", choices=["classify", "inspect"], default="classify")
    parser.add_argument("--largest", type=int, default=100_000, help="leave out mails above so many bytes")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if not CORPUS.is_dir():
        raise SystemExit(f"{CORPUS}: no such folder; AWSIFT_MAIL_CORPUS names the corpus")
    contents = {path: path.read_bytes() for path in sorted(CORPUS.rglob("*")) if path.is_file()}
    paths = [path for path, content in contents.items() if len(content) <= options.largest and not content.startswith(MBOX)]
    ours, python = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "awsift.lua").write_text('store "store"\n', encoding="utf-8")
        command = [Path(options.binary).resolve(), options.command, "--json", "-c", "awsift.lua"]
        for _ in range(options.repeat):
            for path, seconds in zip(paths, times_of(command, [paths[0], *paths], folder)):
                ours[path] = min(seconds, ours.get(path, seconds))
            for path in paths:
                started = time.perf_counter()
                read_by_python(contents[path])
                seconds = time.perf_counter() - started
                python[path] = min(seconds, python.get(path, seconds))
    print(f"{len(paths)} mails of at most {options.largest} bytes, {options.command}, best of {options.repeat}; ms, ours and Python's")
    for path in sorted(paths, key=ours.get, reverse=True)[:10]:
        print(f"{ours[path] * 1000:8.2f} {python[path] * 1000:8.2f} {len(contents[path]):8d} bytes  {path.relative_to(CORPUS)}")
    print(f"median {statistics.median(ours.values()) * 1000:.2f} and {statistics.median(python.values()) * 1000:.2f} ms; "
          f"all together ours / Python's = {sum(ours.values()) / sum(python.values()):.2f}")


if __name__ == "__main__":
    main()
