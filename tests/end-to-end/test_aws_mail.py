"""What AWS is known to send, made into mail from a list of subjects that were seen ($AWSIFT_SUBJECTS, or the one beside the
source tree), without a look at the rules: each gets its category, also when AWS alters its words, and nothing is taken for a
break-in or a complaint that is none."""
import csv
import json
import os
import random
import re
import shutil
import subprocess
import zlib
from collections import Counter
from email.header import Header
from pathlib import Path

import pytest

from conftest import BINARY, PATIENCE, SOURCE

SUBJECTS = Path(os.environ.get("AWSIFT_SUBJECTS", SOURCE.parent / "shared" / "aws-mail" / "subjects.tsv"))
SECURITY = {"account_compromise", "abuse_report", "ses_review", "security_notice", "suspicious"}
SEEDS, CASES = (1, 2, 3, 4, 5), 300
RETAIL = "vendor-support@amazon.com"

pytestmark = pytest.mark.skipif(not SUBJECTS.exists(), reason="the list of subjects is not here")


def known_rows():
    """The complete subjects that were seen, with what was masked filled in again."""
    with open(SUBJECTS, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                if row["grade"] in "ADB" and row["subject"] and not row["subject"].endswith(("...", "…"))]
    for row in rows:
        row["subject"] = re.sub(r"X{10,12}", lambda found: "123456789012"[:len(found[0])], row["subject"])
        row["subject"] = row["subject"].replace("YYYYYYYYYYY", "10468407181").replace("0123456789ab", "123456789012")
        row["markers"] = [] if row["id"] == "S006" else [marker for marker in row["body_markers"].split(";") if marker]
        if row["category"] == "other" and "retail" in row["service"]:
            row["sender"] = RETAIL
    return rows


def mail(subject, sender, body, form, proven=True):
    domain = sender.split("@")[1]
    lines = [f"Authentication-Results: mx.example.jp; dkim=pass header.d={domain};",
             f" spf=pass smtp.mailfrom=amazonses.com; dmarc=pass header.from={domain}"] if proven else []
    lines += [f"From: {sender}", "To: root@example.com",
              f"Subject: {Header(subject, 'utf-8').encode() if not subject.isascii() else subject}",
              "Date: Tue, 24 Nov 2026 10:00:00 +0000", f"Message-ID: <{zlib.crc32(f'{form} {sender} {subject}'.encode())}@email.amazonses.com>",
              "MIME-Version: 1.0"]
    if form == "text":
        text = "\n\n".join(["Hello,", *body, "Sincerely,\nAmazon Web Services"])
        lines += ["Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit", "", text, ""]
    else:
        pairs = {"Affected account": "123456789012", "Event region": "us-east-1", "End time": "Tue, 15 Dec 2026 14:00:00 GMT",
                 "Event type category": "accountNotification", "Start time": "Tue, 15 Dec 2026 12:00:00 GMT"}
        block = "".join(f"<p>{label}</p><p>{value}</p>" for label, value in pairs.items())
        told = "".join(f"<p>{line.replace('&', '&amp;').replace('<', '&lt;')}</p>" for line in ["Hello,", *body])
        html = (f"<html><body><div>AWS Health Event</div><div>View in Notification Center</div><h1>{subject.replace('<', '&lt;')}</h1>"
                f"{told}<h2>Message metadata</h2>{block}<p>Thank you,<br>Amazon Web Services</p></body></html>")
        lines += ["Content-Type: text/html; charset=UTF-8", "Content-Transfer-Encoding: 8bit", "", html, ""]
    return "\n".join(lines).encode()


def mail_of(row, form, subject=None):
    sender = row["sender"] if "@" in row["sender"] else "health@aws.com" if form == "html" else "no-reply-aws@amazon.com"
    if sender.startswith("@"):
        sender = "no-reply-aws" + sender
    body = [marker if len(marker) > 20 else f"{marker} something of yours" for marker in row["markers"]]
    return mail(subject or row["subject"], sender, body or ["We write about your account and its resources."], form)


@pytest.fixture
def classify(tmp_path):
    """Decides mails by the shipped rules, or by those of a folder alone."""
    config = tmp_path / "awsift.lua"
    config.write_text('spool "in" { kind = "maildir", path = "spool", trust = { authserv_id = "mx.example.jp" } }\n'
                      'store "store"\noperators { mail = { "ops@example.jp" } }\n'
                      'channel "aws-security" { url = "https://chat.example.jp/hook" }\n', encoding="utf-8")
    folder = tmp_path / "mails"

    def run(mails, *options):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for number, content in enumerate(mails):
            (folder / f"{number:05}.eml").write_bytes(content)
        done = subprocess.run([BINARY, "classify", "-c", config, *options, "--json", folder], capture_output=True,
                              timeout=PATIENCE * 10, check=True)
        decisions = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(decisions) == len(mails), done.stderr
        return sorted(decisions, key=lambda decision: decision["file"])
    return run


@pytest.mark.parametrize("form", ["text", "html"])
def test_every_subject_that_was_seen_gets_its_category(classify, form):
    rows = known_rows()
    decisions = classify([mail_of(row, form) for row in rows])
    wrong = [(row["id"], row["subject"], row["category"], decision["category"], decision["rule"])
             for row, decision in zip(rows, decisions) if decision["category"] != row["category"]]
    assert not wrong, "\n".join(map(str, wrong))


# Words that AWS could have put there; none of them says what another kind of mail is about.
WORDS = ("upcoming", "important", "new", "recent", "certain", "your", "some", "selected", "additional", "existing", "current",
         "following", "available", "details", "information", "about", "regarding", "for", "soon", "now")
# The same in other words
ALIKE = {
    "scheduled": "planned", "retirement": "decommissioning", "maintenance": "servicing", "reaching": "approaching",
    "deprecating": "retiring", "end": "discontinuation", "available": "ready", "exceeded": "passed", "upcoming": "coming",
    "verify": "confirm", "verification": "confirmation", "invitation": "invite", "suspicious": "unusual", "review": "check",
    "compromised": "exposed", "exposed": "leaked", "notice": "message", "important": "urgent", "suspended": "restricted",
    "changes": "updates", "starting": "beginning", "request": "inquiry", "unpaid": "outstanding", "charges": "fees",
}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def changed(words, chance):
    place = chance.randrange(len(words))
    alike = ALIKE.get(words[place].strip(",.:").lower()) if chance.random() < 0.5 else None
    return words[:place] + [alike or chance.choice(WORDS)] + words[place + 1:]


def inserted(words, chance):
    place = chance.randrange(len(words) + 1)
    return words[:place] + [chance.choice(WORDS)] + words[place:]


def dropped(words, chance):
    place = chance.randrange(len(words))
    return words[:place] + words[place + 1:]


def renumbered(words, chance):
    """Versions and dates as they are next year."""
    def other(word):
        if word in MONTHS:
            return chance.choice(MONTHS)
        if len(word) > 7:
            return word
        return re.sub(r"\d+", lambda found: str(chance.randrange(10 ** (len(found[0]) - 1), 10 ** len(found[0]))), word)
    return [other(word) for word in words]


def swapped(words, chance):
    place = chance.randrange(len(words) - 1)
    return words[:place] + [words[place + 1], words[place]] + words[place + 2:]


def turned(words, chance):
    place = chance.randrange(1, len(words))
    return words[place:] + words[:place]


def altered(subject, chance):
    """The words between the decorations, altered in one way."""
    head = re.match(r"(?:\[(?:Action Required|Notification|EXT)\] |RE:(?:\[CASE \d+\] )?)*", subject)[0]
    tail = re.search(r"(?: \[[^\]]*\])*$", subject)[0]
    words = subject[len(head):len(subject) - len(tail)].split()
    alter = chance.choice((changed, inserted, dropped, renumbered, swapped, turned) if len(words) > 2 else (inserted, renumbered))
    return alter.__name__, head + " ".join(alter(words, chance)) + tail


@pytest.mark.parametrize("seed", SEEDS)
def test_altered_titles_are_recognised_or_suggested_and_never_cry_wolf(classify, tmp_path, seed):
    chance = random.Random(seed)
    rows = [row for row in known_rows() if row["sender"] != RETAIL]
    cases = []
    for _ in range(CASES):
        row = chance.choice(rows)
        name, subject = altered(row["subject"], chance)
        cases.append((row, name, subject, mail_of(row, chance.choice(["text", "html"]), subject)))
    decisions = classify([content for *_, content in cases])
    wrong, cries = [], []
    for (row, name, subject, _), decision in zip(cases, decisions):
        got = {decision["category"], (decision["near"] or {}).get("category")}
        if row["category"] not in got:
            wrong.append(f"{row['id']} {name:8} {subject!r}: {row['category']}, not {got}")
        cries += [f"{subject!r}: {row['category']}, cried {cry}" for cry in got & SECURITY - {row["category"]}]
    print(Counter(line.split()[1] for line in wrong), *wrong, sep="\n")
    assert not cries, "\n".join(cries)
    assert len(wrong) <= CASES * 5 // 100, "\n".join(wrong)
    assert_templates_hold(classify, tmp_path / "offered",
                          [(content, decision["near"]["template"]) for (*_, content), decision in zip(cases, decisions) if decision["near"]])


def assert_templates_hold(classify, rules, offered):
    """Pasted into a rule as they are, the templates know the very mails that they were offered for."""
    assert len(offered) > CASES // 4
    rules.mkdir()
    (rules / "10-offered.lua").write_text('category "offered" {}\n' + "".join(
        f'rule "offered.{number}" {{ title = {json.dumps(text, ensure_ascii=False)}, speaker = "any", category = "offered" }}\n'
        for number, text in enumerate(sorted({template for _, template in offered}))), encoding="utf-8")
    decisions = classify([content for content, _ in offered], "--rules", rules)
    assert [one["subject"] for one in decisions if one["category"] != "offered"] == []
