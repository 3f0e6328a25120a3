"""Mail made to stall or crash whoever reads it. Each gets a decision, and the decider stays small. AWSIFT_FIGURES=1
prints what each took."""
import json
import os
import subprocess
import time

import pytest

from conftest import BINARY

MEGABYTE = 1 << 20
MOST_MEMORY = 256 * MEGABYTE
HEAD = b"From: no-reply-aws@amazon.com\nTo: root@example.com\nSubject: Hostile\nDate: Tue, 24 Nov 2026 01:00:00 +0000\n"


def nested_multiparts(depth):
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return HEAD + opened + b"Content-Type: text/plain\n\nHello.\n"


def nested_messages(depth):
    return HEAD + b"Content-Type: message/rfc822\n\n" * depth + b"Subject: inner\n\nHello.\n"


def many_parts(count):
    return (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" +
            b"--b\nContent-Type: text/plain\n\nHello.\n" * count + b"--b--\n")


def base64_of_entities(count):
    encoded = b"JiN4MzA0MjsmIzEyMzU0OyZhbXA7JiN4MzA0Mjsm\n"  # numeric character references, again and again
    return HEAD + b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + encoded * count


MAILS = {
    "multipart 10,000 deep": lambda: nested_multiparts(10_000),
    "messages 10,000 deep": lambda: nested_messages(10_000),
    "1,000,000 headers": lambda: HEAD + b"X-Header: value\n" * 1_000_000 + b"\nHello.\n",
    "a body of 200 MB": lambda: HEAD + b"\n" + (b"Hello, world, this is a line of text.\n" * 27_600) * 200,
    "100,000 parts": lambda: many_parts(100_000),
    "base64 of entities": lambda: base64_of_entities(200_000),
    "NULs": lambda: HEAD + b"X-Null: \0\0\0\n\n" + b"\0" * (4 * MEGABYTE),
    "an endless line": lambda: HEAD + b"\n" + b"x" * (50 * MEGABYTE),
    "an endless header": lambda: HEAD + b"X-Long: " + b"x" * (50 * MEGABYTE) + b"\n\nHello.\n",
    "a charset name of 10 KB": lambda: HEAD + b"Content-Type: text/plain; charset=" + b"x" * 10_000 + b"\n\nHello.\n",
    "charset names in words": lambda: HEAD + b"X-Word: =?" + b"x" * 10_000 + b"?q?a?=\nSubject: " + b"=?x?q?a?= " * 800 + b"\n\nHello.\n",
    "a group of groups": lambda: HEAD.replace(b"no-reply-aws@amazon.com", b"a:" * (MEGABYTE // 2)) + b"\nHello.\n",
    "64,000 parameters": lambda: HEAD + b"Content-Type: text/plain" + b"; a=b" * 64_000 + b"\n\nHello.\n",
    "64,000 parameters in continuations": lambda: HEAD + b"Content-Type: text/plain" +
    b"".join(b";\n a*%d=b" % n for n in range(64_000)) + b"\n\nHello.\n",
    "1,000,000 boundary lines": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 1_000_000,
    "long boundaries": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=" + b"b" * 9_000 + b"\n\n" +
    (b"--" + b"b" * 9_000 + b"\n") * 1_000,
    "comments in an address": lambda: HEAD.replace(b"no-reply-aws@amazon.com", b"(" * 9_000 + b"a@example.com") + b"\nHello.\n",
    "deep HTML": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 200_000 + b"Hello",
    "one tag with many attributes": lambda: HEAD + b"Content-Type: text/html\n\n<a " +
    b"".join(b"a%d=1 " % n for n in range(60_000)) + b">Hello</a>",
    "a table in a table in a table": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<table><tr><td>" * 50_000 + b"Hello",
}


def write_aside(path, make):
    """In a process of its own: the memory of a parent counts as its child's until the child runs its program."""
    writer = os.fork()
    if writer == 0:
        path.write_bytes(make())
        os._exit(0)
    assert os.waitpid(writer, 0)[1] == 0


def classify(site, mail):
    """The exit status, what was printed, and the peak memory of the command and its decider in bytes."""
    with open(site.folder / "said", "wb+") as said:
        options = [BINARY, "classify", "-c", site.config, "--json", mail]
        process = subprocess.Popen(options, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd=site.folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return process.returncode, said.read().decode(errors="replace"), usage.ru_maxrss * 1024


@pytest.mark.parametrize("name", MAILS)
def test_hostile_mail_is_decided(site, name):
    mail = site.folder / "mail.eml"
    write_aside(mail, MAILS[name])
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
