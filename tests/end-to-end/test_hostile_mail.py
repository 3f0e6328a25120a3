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
    """In a process of its own: the memory of a parent counts as its child's until the child runs its program."""
    subprocess.run([sys.executable, hostile_mails.__file__, name, path], check=True)


def classify(site, mail):
    """The exit status, what was printed, and the peak memory of the command and its decider in bytes."""
    with open(site.folder / "said", "wb+") as said:
        options = [BINARY, "classify", "-c", site.config, "--json", mail]
        process = subprocess.Popen(options, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd=site.folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return process.returncode, said.read().decode(errors="replace"), usage.ru_maxrss * 1024


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
