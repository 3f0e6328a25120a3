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

from conftest import BINARY, SOURCE, need_command

CORPUS = Path(os.environ.get("AWSIFT_MAIL_CORPUS", SOURCE.parent / "shared" / "mail-corpus"))
FIELDS = ("subject", "from", "date", "msgid", "nleaf", "parts", "body")
BATCH = 100

# Where the expectation is wrong, or two readings are right: {path: {field: why}}.
EXCEPTIONS = {
}


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


def readings(mail):
    """Our reading of each field, in the table's terms."""
    charsets = [(part["type"], part["charset"] or "") for part in mail["parts"]]
    return {
        "subject": " ".join(mail["subject"].split()) or None,
        "from": mail["from"]["address"].lower() if mail["from"] else None,
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
        "from": (cell(row["from_addr"]) or "").lower() or None,
        "date": number("date_epoch"),
        "msgid": cell(row["message_id"]),
        "nleaf": number("n_leaf"),
        "parts": cell(row["parts"]),
        "body": None if cell(row["body_kind"]) is None else (row["body_kind"], number("body_len"), row["body_sha256"]),
    }


def test_mail_corpus(tmp_path):
    need_command("inspect")
    if not (CORPUS / "expected.tsv").exists():
        pytest.skip(f"the mails are not there: {CORPUS}; AWSIFT_MAIL_CORPUS names the folder")
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "awsift.lua").write_text('store "store"\nrules "rules.d" {}\n', encoding="utf-8")
    rows = expected_mails()
    assert len(rows) > 1100
    paths = [CORPUS / "mail" / row["path"] for row in rows]
    mails = [mail for start in range(0, len(paths), BATCH) for mail in inspect(paths[start:start + BATCH], tmp_path)]
    compared = agreed = 0
    wrong = []
    for row, mail in zip(rows, mails, strict=True):
        got, want = readings(mail), wanted(row)
        for field in row["agreed_fields"].split(","):
            compared += 1
            agreed += got[field] == want[field]
            if got[field] != want[field] and field not in EXCEPTIONS.get(row["path"], {}):
                wrong.append(f"{row['path']}: {field}: got {got[field]!r}, want {want[field]!r}")
    print(f"{agreed} of {compared} readings agree")
    assert not wrong, f"{len(wrong)} of {compared} readings disagree:\n" + "\n".join(wrong)
