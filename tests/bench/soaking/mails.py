"""Mail for the soak: the gallery's, each with an account, ids and dates of its own, and what no rule, no reader and nobody asked for."""
import hashlib
import random
import re
import time
from email.utils import formatdate
from pathlib import Path

ACCOUNTS = [f"{300000000000 + number}" for number in range(120)]
DUPLICATES = 0.03
NUMBERS = re.compile(rb"(?<![0-9a-f])\d{12}(?![0-9a-f])")
CASES = re.compile(rb"(?<!\d)\d{15}(?!\d)")
IDS = re.compile(rb"\b(i|vol|dxcon|eni|snap)-[0-9a-f]{8,17}\b")
SENDER = b'From: "Amazon Web Services, Inc." <no-reply-aws@amazon.com>\nTo: root@example.com\n'
PROOF = (b"Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com;\n"
         b" spf=pass smtp.mailfrom=amazon.com; dmarc=pass header.from=amazon.com\n")


def of_own(subject, body=b"Hello.\n", proof=PROOF, sender=SENDER, more=b""):
    return (proof + sender + b"Subject: " + subject + b"\nDate: " + formatdate().encode() + b"\n" + more +
            b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + body)


def hostile(chance):
    head = PROOF + SENDER + b"Subject: Hostile\nDate: " + formatdate().encode() + b"\n"
    return chance.choice([
        lambda: head + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n\0\xff\n" * 1000,
        lambda: head + b"X-Header: value\n" * 5000 + b"\nHello.\n",
        lambda: head + b"Content-Type: text/html\n\n" + b"<div>" * 20000 + b"Hello",
        lambda: head + b"Content-Type: text/plain; charset=" + b"x" * 5000 + b"\n\nHello.\n",
        lambda: b"\0\xff\xfe" * 500,
        lambda: head + b"Content-Transfer-Encoding: base64\n\n" + b"====\n" * 5000,
    ])()


class Mails:
    """`make()` gives (content, its own number); no two contents are equal but for the duplicates that are wanted."""

    def __init__(self, fixtures, seed):
        self.chance = random.Random(seed)
        self.gallery = [path.read_bytes() for path in sorted(Path(fixtures).rglob("*.eml"))]
        self.number = 0
        self.recent = []
        self.made = {}  # SHA-256 of what was handed over: when

    def vary(self, mail):
        """A fixture as if AWS had sent it now, to somebody else, about something else."""
        chance = self.chance
        account = chance.choice(ACCOUNTS).encode()
        new = {}

        def replaced(match):
            text = match[0]
            if text not in new:
                kind, _, rest = text.rpartition(b"-")
                digits = b"%x" if kind else b"%d"
                new[text] = (kind + b"-" if kind else b"") + (digits % chance.getrandbits(80)).rjust(len(rest), b"1")[-len(rest):]
            return new[text]
        head, separator, body = mail.partition(b"\n\n")
        head = re.sub(rb"(?im)^date: .*$", b"Date: " + formatdate().encode(), head)
        head = re.sub(rb"(?im)^message-id: .*$", b"Message-ID: <soak-%d@email.amazonses.com>" % self.number, head)
        mail = NUMBERS.sub(account, head + b"\nX-Soak: %d" % self.number + separator + body)
        return IDS.sub(replaced, CASES.sub(replaced, mail))

    def another(self):
        chance, number = self.chance, b"%d" % self.number
        draw = chance.random()
        mark = b"X-Soak: " + number + b"\nMessage-ID: <soak-" + number + b"@email.amazonses.com>\n"
        if draw < 0.50:
            return self.vary(chance.choice(self.gallery))
        if draw < 0.70:  # told to the peer that counts
            return of_own(b"Recorded " + number, sender=b"From: robot@example.org\nTo: root@example.com\n", proof=b"", more=mark)
        if draw < 0.78:  # one notice for many accounts: gathered
            account = chance.choice(ACCOUNTS).encode()
            return of_own(b"Gathered [AWS Account: " + account + b"]", b"AWS Account ID: " + account + b"\nInstance: i-" + number.rjust(17, b"0") + b"\n", more=mark)
        if draw < 0.82:
            return of_own(b"Something new about service " + number, b"Nobody has a rule for " + number + b".\n", more=mark)
        if draw < 0.85:
            return of_own(b"Amazon EC2 Instance Retirement [AWS Account: 300000000000]", proof=b"", more=mark)
        if draw < 0.88:
            return of_own(b"Rude " + number, more=mark)
        if draw < 0.90:
            return of_own(b"Ringing " + number + b" [AWS Account: " + chance.choice(ACCOUNTS).encode() + b"]", more=mark)
        if draw < 0.905:
            return of_own(b"Large " + number, b"Hello, this is a line of text.\n" * 20000, more=mark)  # over this site's limit
        if draw < 0.908:
            return of_own(b"Overrun " + number, more=mark)
        if draw < 0.93:
            return hostile(chance) + b"\n" + number
        return of_own(b"Newsletter " + number, sender=b"From: news@example.org\nTo: root@example.com\n", more=mark)

    def make(self):
        if self.recent and self.chance.random() < DUPLICATES:
            return self.chance.choice(self.recent)
        self.number += 1
        mail = self.another()
        self.made[hashlib.sha256(mail).hexdigest()] = time.time()
        self.recent = self.recent[-50:] + [mail]
        return mail
