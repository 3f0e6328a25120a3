"""seeds.py TARGET FOLDER: what a fuzzer begins with, taken from the mail that is at hand: the fixtures of the tests and of
the rules, and a collection of mail beside the repository where there is one. Large mail is left out: it makes fuzzing slow."""
import email
import email.policy
import hashlib
import json
import re
import struct
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent.parent
SIZE_MAXIMUM = 8192


def mails():
    for folder in ("tests/mail", "../shared/mail-corpus/mail"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.stat().st_size <= SIZE_MAXIMUM:
                yield path.read_bytes()


def head(mail):
    return re.split(rb"\r?\n\r?\n", mail, maxsplit=1)[0] + b"\n\n"


def fields(mail):
    """The header fields that need decoding, of the parts too."""
    for field in re.findall(rb"^[A-Za-z-]+: *(.*(?:\r?\n[ \t].*)*)", mail, re.M):
        if b"=?" in field or b"*=" in field or b"name=" in field:
            yield field


def webpages(mail):
    try:
        for part in email.message_from_bytes(mail, policy=email.policy.compat32).walk():
            if part.get_content_type() == "text/html":
                yield part.get_payload(decode=True) or b""
    except Exception:  # mail that Python's parser does not survive is a matter for the other targets
        return


def notices(mail):
    """Subject and text, as people see them."""
    try:
        read = email.message_from_bytes(mail, policy=email.policy.default)
        body = read.get_body(("plain", "html"))
        if body is not None:
            yield f"{read['Subject']}\n{body.get_content()}".encode(errors="replace")
    except Exception:
        return


def decisions():
    decision = {
        "message_id": "1@example.com", "subject": "Amazon EC2 Instance Retirement", "from": "health@aws.com",
        "date": "2026-11-24T01:02:03Z", "category": "maintenance", "rule": "ec2.retirement", "certainty": "exact",
        "priority": "normal", "account": "123456789012", "service": "EC2", "found": {"account": "123456789012"},
        "notice": {"regions": ["ap-northeast-1"]}, "tags": ["a"], "actions": [{"action": "forward", "args": {"to": "technical"}}],
        "near": None, "auth": {"verdict": "proven"}, "defects": ["no-from"], "errors": []}
    context = {
        "message_id": None, "subject": "subject", "date": None, "from": {"name": "", "address": "health@aws.com"},
        "arrived": "2026-11-24T01:02:03Z", "category": "maintenance", "category_title": "メンテナンス", "category_title_en": "Maintenance",
        "priority": "high",
        "account": None, "contact": "*", "rule": None, "verdict": "proven", "certainty": "none", "service": None,
        "advice": None, "near": {"rule": "ec2.maintenance", "category": None, "similarity": 0.82, "differs": ["x"], "template": "{any}"},
        "notice": {"title": "t", "status": "updated", "starts": "2026-11-24T01:02:03Z", "language": "ja+en"}, "found": {},
        "reasons": ["because"], "text": "the text", "answer": "24h", "held": None, "deduping_id": "d",
        "group": {"by": ["rule"], "wait": "5m", "most": "1h", "facts": {"rule": "r"}, "people": {"technical": "0" * 64, "": None}},
        "silenced": {"name": "50-own.lua:3", "what": {"rule": ["ec2.*"], "account": ["123456789012"]}, "starts": 0, "ends": 9, "reason": ""},
        "people": {"technical": "0" * 64}, "contact_group": "@team", "drill": {"by": "hana", "held": [{"action": "call", "args": {"to": "emergency"}}]},
        "shadow": [{"rule": "trial", "category": "other", "agrees": True}]}
    result = {"id": 7, "outcome": "retry", "after": 60000, "reason": "busy", "detail": "HTTP 503"}
    split = {"id": 8, "outcome": "split", "after": None, "reason": "", "detail": "", "recipients": ["hana@example.com"]}
    answer = {"sequence": 1, "sha256": "0" * 64, "size": 10, "recipient": None, "decision": decision, "context": context}
    bodies = [json.dumps(body).encode() for body in (decision, context, result, split, answer)]
    yield from bodies
    frames = [struct.pack("<II", len(body), 4 if b"sequence" in body else 6) + body for body in bodies]
    yield from frames
    yield b"".join(frames)


def seeds(target):
    if target == "decision":
        yield from decisions()
        return
    for mail in mails():
        if target in ("message", "deception"):
            yield mail
        elif target == "rules":
            yield mail
            yield mail + b"1"
        elif target == "notice":
            yield from notices(mail)
        elif target == "auth":
            yield head(mail)
        elif target == "header":
            yield from fields(mail)
        elif target == "html":
            yield from webpages(mail)


def main():
    target, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds(target):
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


main()
