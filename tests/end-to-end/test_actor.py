"""The actor as the keeper sees it: frames in, frames out, effects between. The test is the keeper."""
import email
import email.policy
import fcntl
import json
import os
import select
import socket
import struct
import subprocess

import pytest

from conftest import BINARY, SOURCE, make_mail

HELLO, READY, ACT, RESULT = 1, 2, 5, 6

CUSTOM = """
action "record" {
  args = { text = "text" },
  run = function(ctx, args)
    local reply, why = http.post { url = "%s/record", json = { text = args.text, key = ctx.key } }
    if not reply then retry(why, 1) end
    if reply.status ~= 200 then retry("status " .. reply.status, 7) end
    return "told"
  end,
}
action "loops" { args = {}, run = function() while true do pcall(function() end) end end }
action "raises" { args = {}, run = function() error { "an object" } end }
action "fails" { args = {}, run = function() pcall(fail, "as written") end }
action "sleeps" { args = {}, run = function() sleep(0.05) return "woke" end }
contacts { ["123456789012"] = { name = "例示株式会社", language = "ja", technical = { "tech@example.jp" } } }
"""


def snapshot(rules):
    files = {}
    scripts = SOURCE / "scripts" / "awsift"
    for path in scripts.rglob("*.lua"):
        files["awsift/" + path.relative_to(scripts).as_posix()] = path.read_bytes()
    files["rules/0/custom.lua"] = rules.encode()
    packed = b"AWSIFT1\n"
    for name in sorted(files, key=str.encode):
        packed += struct.pack("<IQ", len(name), len(files[name])) + name.encode() + files[name]
    return packed


class Actor:
    def __init__(self, role, rules, store, program="actor"):
        ours, theirs = socket.socketpair()
        self.channel = ours
        self.page = os.memfd_create("page")
        os.ftruncate(self.page, 4096)
        files = os.memfd_create("snapshot")
        os.write(files, snapshot(rules))
        def adopt():  # descriptors 3, 4, 5 as every child of the keeper has them
            given = [fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (theirs.fileno(), files, self.page)]
            for place, one in enumerate(given):
                os.dup2(one, 3 + place)
        self.process = subprocess.Popen([BINARY, program], preexec_fn=adopt, close_fds=False, stdin=subprocess.DEVNULL)
        theirs.close()
        os.close(files)
        config = {"store": str(store), "smtp": {"from": "awsift@example.jp"}, "channels": {}, "webhooks": {}, "commands": {},
                  "operators": {"mail": ["ops@example.jp"], "language": "en", "name": "operators"}}
        self.send(HELLO, {"role": role, "generation": 1, "revision": "0", "number": 1, "tests": False, "config": config})
        kind, self.ready = self.receive()
        assert kind == READY

    def send(self, kind, body, descriptor=None):
        text = json.dumps(body).encode()
        frame = struct.pack("<II", len(text), kind) + text
        socket.send_fds(self.channel, [frame], [] if descriptor is None else [descriptor])

    def exactly(self, size):
        data = b""
        while len(data) < size:
            assert select.select([self.channel], [], [], 60)[0], "the actor gave no answer"
            more = self.channel.recv(size - len(data))
            assert more, "the actor is gone"
            data += more
        return data

    def receive(self):
        length, kind = struct.unpack("<II", self.exactly(8))
        return kind, json.loads(self.exactly(length))

    def act(self, number, action, args, context=None, original=None):
        self.send(ACT, {"id": number, "key": f"{number:064x}", "action": action, "args": args, "attempt": 1, "now": 1795420800000,
                        "context": context or {"subject": "s", "category": "billing"}}, original)

    def result(self):
        kind, body = self.receive()
        assert kind == RESULT
        return body

    def close(self):
        self.channel.close()
        assert self.process.wait(30) == 0, "an actor ends when its channel closes"
        os.close(self.page)


@pytest.fixture
def start(tmp_path, peer):
    started = []

    def start(role):
        actor = Actor(role, CUSTOM % peer.url, tmp_path)
        started.append(actor)
        return actor
    yield start
    for actor in started:
        actor.close()


CONTEXT = {"message_id": "m@example.com", "subject": "Amazon EC2 Instance Retirement", "date": "2026-11-23T00:00:00Z",
           "from": {"name": "AWS", "address": "no-reply-aws@amazon.com"}, "arrived": "2026-11-23T00:00:00Z",
           "category": "maintenance", "category_title": "メンテナンス情報", "priority": "normal", "account": "123456789012",
           "contact": "123456789012", "rule": "ec2.retirement", "verdict": "proven", "certainty": "exact", "service": "EC2",
           "advice": {"ja": "停止と起動をしてください。", "en": "Stop and start."}, "near": None,
           "notice": {"resources": ["i-0123456789abcdef0"]}, "found": {}, "reasons": [], "text": "Hello\n本文"}


def deliver(start, tmp_path, content, context=CONTEXT):
    actor = start("courier")
    original = os.memfd_create("original")
    os.write(original, content)
    for _ in range(2):  # a repetition changes nothing
        actor.act(1, "forward", {"to": "technical"}, context, original)
        assert actor.result()["outcome"] == "done"
    os.close(original)
    mails = list((tmp_path / "outbox" / "new").iterdir())
    assert len(mails) == 1
    return email.message_from_bytes(mails[0].read_bytes(), policy=email.policy.default)


def test_forward_tells_the_contact_in_its_language(start, tmp_path):
    content = make_mail("Amazon EC2 Instance Retirement")
    mail = deliver(start, tmp_path, content)
    note, original = mail.iter_parts()
    assert mail["To"] == "tech@example.jp" and mail["Subject"] == "Amazon EC2 Instance Retirement"
    assert mail["Message-ID"] == "<" + f"{1:064x}"[:40] + ".awsift@example.jp>"
    assert mail["Auto-Submitted"] == "auto-generated" and not mail.defects
    text = note.get_content()
    assert "例示株式会社 様" in text and "停止と起動をしてください。" in text and "i-0123456789abcdef0" in text and "> 本文" in text
    assert original.get_content_type() == "message/rfc822"
    assert original.get_content()["Subject"] == "Amazon EC2 Instance Retirement"


def test_an_original_that_is_not_seven_bit_travels_byte_for_byte(start, tmp_path):
    content = make_mail("x", body="日本語の本文\r\nend") + b"\0\xff"
    mail = deliver(start, tmp_path, content)
    _, original = mail.iter_parts()
    assert original.get_filename() == "original.eml" and original.get_content() == content


def test_who_has_no_contact_is_told_to_the_operators(start, tmp_path):
    mail = deliver(start, tmp_path, make_mail("x"), dict(CONTEXT, contact=None, verdict="unproven"))
    assert mail["To"] == "ops@example.jp" and mail["X-Awsift-Proof"] == "unproven"
    assert "not proven" in next(mail.iter_parts()).get_content()


def test_custom_action_over_http(start, peer):
    actor = start("custom")
    assert actor.ready["actions"]["record"] == "custom" and "forward" not in actor.ready["actions"]
    actor.act(7, "record", {"text": "こんにちは"})
    assert actor.result() == {"id": 7, "outcome": "done", "after": None, "reason": "", "detail": "told"}
    assert peer.records() == [{"text": "こんにちは", "key": f"{7:064x}"}] and peer.requests[0]["key"] == f"{7:064x}"
    peer.status = 503
    actor.act(8, "record", {"text": "again"})
    result = actor.result()
    assert (result["outcome"], result["after"], result["reason"]) == ("retry", 7000, "status 503")


@pytest.mark.parametrize("action, outcome, reason", [
    ("loops", "dead", "budget of instructions"), ("raises", "retry", "an error object that is a table"),
    ("fails", "dead", "as written"), ("unheard", "dead", "there is no action 'unheard'")])
def test_how_an_action_ends(start, action, outcome, reason):
    actor = start("custom")
    actor.act(1, action, {})
    result = actor.result()
    assert result["outcome"] == outcome and reason in result["reason"]
    actor.act(2, "sleeps", {})
    assert actor.result()["detail"] == "woke", "the others go on"


def test_many_at_once(start, peer):
    actor = start("custom")
    for number in range(1, 101):
        actor.act(number, "record", {"text": str(number)})
    results = [actor.result() for _ in range(100)]
    assert {result["id"] for result in results} == set(range(1, 101))
    assert all(result["outcome"] == "done" for result in results)
    assert len({record["key"] for record in peer.records()}) == 100
