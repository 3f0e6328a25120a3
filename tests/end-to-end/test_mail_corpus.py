"""`inspect --json` over 1,156 mails from the test data of public projects, against what independent implementations
read in them. The mails are not part of the repository: $AWSIFT_MAIL_CORPUS or ../shared/mail-corpus."""
import csv
import hashlib
import json
import os
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from conftest import BINARY, SOURCE

CORPUS = Path(os.environ.get("AWSIFT_MAIL_CORPUS", SOURCE.parent / "shared" / "mail-corpus"))
BATCH = 100

# Where the expectation is wrong, or where we mean to read otherwise: (why, fields, mails).
EXCEPTIONS = (
    ("blanks before the colon of a field are obsolete syntax, and legal (RFC 5322, 4.5)", "subject from date msgid", (
        "apache__james-mime4j/core/src/test/resources/testmsgs/obsolete.msg",
        "mikel__mail/spec/fixtures/emails/rfc2822/example13.eml")),
    ("of two From the first counts, with blanks before its colon too", "from", ("apache__spamassassin/t/data/spam/008",)),
    ("a byte order mark hides no From", "from", ("jstedfast__MimeKit/UnitTests/TestData/messages/feedback-report.txt",)),
    ("an address in a display name is no address", "from", ("jstedfast__MimeKit/UnitTests/TestData/messages/issue358.txt",)),
    ("a field is read up to its limit, and is 200 kB here", "subject", (
        "mailgun__flanker/tests/fixtures/messages/long-header.eml",)),
    ("parts are read up to their limit, and are 329 here", "nleaf parts", (
        "php-mime-mail-parser__php-mime-mail-parser/tests/mails/issue408.eml",)),
    ("a boundary with '=' that stands without quotes is understood", "nleaf parts body", (
        "mikel__mail/spec/fixtures/emails/mime_emails/raw_email_with_binary_encoded.eml",
        "mikel__mail/spec/fixtures/emails/mime_emails/raw_email_with_illegal_boundary.eml")),
    ("a boundary in the form of RFC 2231 is understood", "nleaf parts", (
        "python__cpython/Lib/test/test_email/data/msg_33.txt",)),
    ("a header without a blank line ends where a boundary stands", "nleaf", (
        "jhillyerd__enmime/testdata/mail/qp-utf8-header-no-break.raw",
        "rspamd__rspamd/test/functional/messages/fws_fn.eml")),
    ("a header without a blank line ends where a line is no field, unless what a mail needs stands behind it", "body", tuple(
        f"apache__james-mime4j/core/src/test/resources/testmsgs/{name}.msg" for name in (
            "basic-plain-with-bad-header-separator", "malformedHeader-nocrlfcrlf", "obsolete"))),
    ("what begins with no field has no header: its first paragraph is text too", "body", (
        "python__cpython/Lib/test/test_email/data/msg_19.txt",)),
    ("text has no NUL: it is U+FFFD", "body", (
        "sisimai__set-of-emails/maildir/bsd/lhost-x2-04.eml", "stalwartlabs__mail-parser/resources/eml/thirdparty/000.eml")),
    ("each boundary is the other's end; the text is shown", "parts body", (
        "stalwartlabs__mail-parser/resources/eml/malformed/005.eml",)),
    ("lines that end in CR alone are lines, as in the same mail with LF", "nleaf", tuple(
        f"sisimai__set-of-emails/maildir/mac/{name}-01.eml" for name in (
            "lhost-amavis", "lhost-amazonses", "lhost-aol", "lhost-googleworkspace", "lhost-mcafee", "lhost-messagelabs",
            "rhost-apple"))),
)


def excepted():
    return {(path, field) for _, fields, paths in EXCEPTIONS for path in paths for field in fields.split()}


def expected_mails():
    with open(CORPUS / "expected.tsv", encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["status"] != "excluded-mbox"]


def cell(text):
    """A value as the table writes it, told apart from none."""
    if text == r"\N":
        return None
    for written, meant in ((r"\t", "\t"), (r"\n", "\n"), (r"\r", "\r")):
        text = text.replace("\\\\", "\0").replace(written, meant).replace("\0", "\\\\")
    return text.replace("\\\\", "\\")


def inspect(paths, folder):
    """What inspect prints of each file, in order; one process for all where each file is one mail."""
    done = subprocess.run([BINARY, "inspect", "--json", "-c", folder / "awsift.lua", *paths], capture_output=True,
                          cwd=folder, check=False)
    lines = done.stdout.splitlines()
    if done.returncode == 0 and len(lines) == len(paths):
        return [json.loads(line) for line in lines]
    if len(paths) == 1:  # read as an mbox, which is not the question here
        assert len(lines) > 1, f"{paths[0]}: exit {done.returncode}: {done.stderr.decode(errors='replace')}"
        return [json.loads(lines[0])]
    return [mail for path in paths for mail in inspect([path], folder)]


def body_of(mail):
    for kind in ("plain", "html"):
        for part in mail["parts"]:
            if part["type"] == "text/" + kind and part["disposition"] != "attachment":
                text = "\n".join(line.rstrip() for line in part["text"].split("\n")).rstrip().encode()
                return kind, len(text), hashlib.sha256(text).hexdigest()
    return None


def address(text):
    """In lower case, an international domain in its ASCII form."""
    if not text:
        return None
    local, at, domain = text.lower().partition("@")
    return local + at + (domain if domain.isascii() else domain.encode("idna").decode())


def readings(mail):
    """Our reading of each field, in the table's terms."""
    charsets = [(part["type"], part["charset"] or "") for part in mail["parts"]]
    return {
        "subject": " ".join(mail["subject"].split()) or None,
        "from": address(mail["from"] and mail["from"]["address"]),
        "date": int(datetime.fromisoformat(mail["date"].replace("Z", "+00:00")).timestamp()) if mail["date"] else None,
        "msgid": mail["message_id"],
        "nleaf": len(mail["parts"]),
        "parts": ";".join(f"{kind}|{'' if charset == 'us-ascii' else charset}" for kind, charset in charsets),
        "body": body_of(mail),
    }


def wanted(row):
    def number(name):
        return int(row[name]) if row[name].lstrip("-").isdigit() else None

    return {
        "subject": cell(row["subject"]),
        "from": address(cell(row["from_addr"])),
        "date": number("date_epoch"),
        "msgid": cell(row["message_id"]),
        "nleaf": number("n_leaf"),
        "parts": cell(row["parts"]),
        "body": None if cell(row["body_kind"]) is None else (row["body_kind"], number("body_len"), row["body_sha256"]),
    }


def test_mail_corpus(tmp_path):
    if not (CORPUS / "expected.tsv").exists():
        pytest.skip(f"the mails are not there: {CORPUS}; AWSIFT_MAIL_CORPUS names the folder")
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "awsift.lua").write_text('store "store"\nrules "rules.d" {}\n', encoding="utf-8")
    rows = expected_mails()
    assert len(rows) > 1100
    paths = [CORPUS / "mail" / row["path"] for row in rows]
    mails = [mail for start in range(0, len(paths), BATCH) for mail in inspect(paths[start:start + BATCH], tmp_path)]
    known = excepted()
    compared = 0
    wrong = []
    for row, mail in zip(rows, mails, strict=True):
        got, want = readings(mail), wanted(row)
        for field in row["agreed_fields"].split(","):
            compared += 1
            place = row["path"], field
            if got[field] != want[field] and place not in known:
                wrong.append(f"{row['path']}: {field}: got {got[field]!r}, want {want[field]!r}")
    assert compared > 7900
    assert not wrong, f"{len(wrong)} of {compared} readings disagree:\n" + "\n".join(wrong)
