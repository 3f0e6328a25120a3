"""Mail made to stall or crash whoever reads it. Each gets a decision, and the decider stays small. AWSIFT_FIGURES=1
prints what each took."""
import json
import os
import subprocess
import sys
import time

import pytest

import hostile_mails
from conftest import BINARY

MEGABYTE = 1 << 20
MOST_MEMORY = 256 * MEGABYTE


def write_aside(path, name):
    """In a process of its own, which may be large for a moment."""
    subprocess.run([sys.executable, hostile_mails.__file__, name, path], check=True)


# In a process between us and the command: what its parent ever held counts as a program's own peak (getrusage(2)), and other
# tests may have made this process large.
MEASURE = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss, file=open("peak", "w"))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def classify(site, mail):
    """The exit status, what was printed, and the peak memory of the command and its decider in bytes."""
    options = [sys.executable, "-c", MEASURE, BINARY, "classify", "-c", site.config, "--json", mail]
    done = subprocess.run(options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=site.folder,
                          check=False)
    return done.returncode, done.stdout.decode(errors="replace"), int((site.folder / "peak").read_text()) * 1024


@pytest.mark.parametrize("name", hostile_mails.MAILS)
def test_hostile_mail_is_decided(site, name):
    mail = site.folder / "mail.eml"
    write_aside(mail, name)
    started = time.monotonic()
    status, said, peak = classify(site, mail)
    took = time.monotonic() - started
    mail.unlink()
    assert status == 0, said
    decision = json.loads(said)
    if os.environ.get("AWSIFT_FIGURES"):
        print(f"{name}: {took:.2f} s, {peak // MEGABYTE} MB, {decision['category']}, {decision['defects']}")
    if "sanitized" not in str(BINARY):
        assert peak < MOST_MEMORY
