"""The actor as the keeper sees it: frames in, frames out, effects between. The test is the keeper."""
import email
import email.policy
import fcntl
import json
import os
import select
import socket
import struct
import ssl
import subprocess
import threading
import time
from collections import Counter
from email.utils import formatdate
from urllib.parse import quote, unquote

import pytest

from conftest import BINARY, PATIENCE, SOURCE, make_mail
from https_server import Rude

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
action "loops" { args = {}, run = function() while true do pcall(function() while true do end end) end end }
action "raises" { args = {}, run = function() error { "an object" } end }
action "fails" { args = {}, run = function() pcall(fail, "as written") end }
action "asks" {
  args = { url = "text", timeout = "text?" },
  run = function(ctx, args)
    local reply, why = http.post { url = args.url, body = "x", timeout = args.timeout }
    if not reply then retry(why) end
    return reply.status .. " " .. #reply.body
  end,
}
action "settles" {
  args = { url = "text" },
  run = function(ctx, args) return require "awsift.answers".settle(http.post { url = args.url, json = {} }) end,
}
action "sleeps" { args = {}, run = function() sleep(0.05) return "woke" end }
contacts {
  ["123456789012"] = { name = "例示株式会社", language = "ja", technical = { "tech@example.jp" } },
  ["210987654321"] = { technical = { "both@example.com" } },
}
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
    def __init__(self, role, rules, store, program="actor", config=None):
        ours, theirs = socket.socketpair()
        self.channel = ours
        self.page = os.memfd_create("page", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.page, 4096)
        fcntl.fcntl(self.page, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        files = os.memfd_create("snapshot", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.write(files, snapshot(rules))
        fcntl.fcntl(files, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        def adopt():  # descriptors 3, 4, 5 as every child of the keeper has them
            given = [fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (theirs.fileno(), files, self.page)]
            for place, one in enumerate(given):
                os.dup2(one, 3 + place)
        self.process = subprocess.Popen([BINARY, program], preexec_fn=adopt, close_fds=False, stdin=subprocess.DEVNULL)
        theirs.close()
        os.close(files)
        config = {"store": str(store), "smtp": {"from": "awsift@example.jp"}, "channels": {}, "webhooks": {}, "commands": {},
                  "http": {"private": ["127.0.0.1", "localhost"], "timeout": 30000},
                  "operators": {"mail": ["ops@example.jp"], "language": "en", "name": "operators"}, "timezone": "Asia/Tokyo", **(config or {})}
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
            assert select.select([self.channel], [], [], PATIENCE)[0], "the actor gave no answer"
            more = self.channel.recv(size - len(data))
            assert more, "the actor is gone"
            data += more
        return data

    def receive(self):
        length, kind = struct.unpack("<II", self.exactly(8))
        return kind, json.loads(self.exactly(length))

    def act(self, number, action, args, context=None, original=None, **more):
        self.send(ACT, {"id": number, "key": f"{number:064x}", "action": action, "args": args, "attempt": 1, "now": 1795420800000,
                        "context": context or {"subject": "s", "category": "billing"}, **more}, original)

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

    def start(role, more=""):
        actor = Actor(role, CUSTOM % peer.url + more, tmp_path)
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


@pytest.mark.parametrize("english, japanese, wanted", [
    ("Maintenance", "メンテナンス情報", ["種別: メンテナンス情報", "Category: Maintenance"]),
    ("", "メンテナンス情報", ["種別: メンテナンス情報", "Category: メンテナンス情報"]),
    ("Maintenance", "", ["種別: Maintenance", "Category: Maintenance"]),
    (None, "メンテナンス情報", ["種別: メンテナンス情報", "Category: メンテナンス情報"])])  # decided by an older release
def test_a_category_is_named_in_the_language_of_the_note(start, tmp_path, english, japanese, wanted):
    context = dict(CONTEXT, contact="210987654321", category_title=japanese)  # a contact without a language
    if english is not None:
        context["category_title_en"] = english
    text = next(deliver(start, tmp_path, make_mail("x"), context).iter_parts()).get_content()
    assert [line for line in text.splitlines() if line.startswith(("種別", "Category"))] == wanted


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


@pytest.fixture
def rude():
    server = Rude()
    yield server
    server.close()


def ask_all(actor, action, rows):
    """Acts all at once: {id: result}, ids counted from 1."""
    for number, args in enumerate(rows, 1):
        actor.act(number, action, args)
    results = [actor.result() for _ in rows]
    return {result["id"]: result for result in results}


def test_rude_servers(start, rude):
    table = [  # path, outcome, what the reason or detail says
        ("fine", "done", "200 2"), ("silent", "unknown", "timed out"), ("drip", "unknown", "timed out"),
        ("flood", "unknown", "longer than 1 MiB"), ("headers", "unknown", "headers are longer than"), ("cut", "unknown", "91 bytes"),
        ("reset", "unknown", ""), ("nonsense", "unknown", ""), ("moved/" + quote(rude.url + "/fine", ""), "done", "302 2"),
        ("moved/" + quote("file:///etc/passwd", ""), "done", "302 2"), ("large/1048576", "done", "200 1048576"),
        ("large/1048577", "unknown", "longer than 1 MiB")]
    actor = start("custom")
    results = ask_all(actor, "asks", [{"url": f"{rude.url}/{path}", "timeout": 1.5} for path, *_ in table])
    for number, (path, outcome, says) in enumerate(table, 1):
        result = results[number]
        assert result["outcome"] == outcome and says in (result["reason"] or result["detail"]), (path, result)
    assert len(rude.seen) == len(table), "no redirect was followed"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://localhost/x", "ftp://localhost/", "http://localhost:1/", "", "http://",
                                 "http://localhost/\r\nX-Evil: 1", "dict://localhost:11211/stats"])
def test_only_http_is_spoken(start, url):
    actor = start("custom")
    actor.act(1, "asks", {"url": url})
    result = actor.result()
    assert result["outcome"] == "retry" and "root:" not in json.dumps(result)


def test_a_timeout_below_a_millisecond_is_not_for_ever(start, rude):
    actor = start("custom")
    actor.act(1, "asks", {"url": rude.url + "/silent", "timeout": 0.0001}, time=2000)
    result = actor.result()
    assert result["outcome"] in ("retry", "unknown") and "timed out" in result["reason"].lower(), result


def test_retry_after(start, rude):
    now = time.time()
    table = [("7", 7000, 7000), ("0", None, None), ("-5", None, None), ("soon", None, None), ("1e3", None, None), ("0x10", None, None),
             ("7 apples", None, None), ("999999999999999999999", 10 ** 10, 10 ** 10),
             (formatdate(now + 100, usegmt=True), 90000, 100000), (formatdate(now - 100, usegmt=True), None, None),
             (time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(now + 100)), 90000, 100000),
             (formatdate(4000000000, usegmt=True), 10 ** 10, 10 ** 10)]
    results = ask_all(start("custom"), "settles", [{"url": rude.url + "/later/" + quote(value, "")} for value, *_ in table])
    for number, (value, least, most) in enumerate(table, 1):
        result = results[number]
        assert result["outcome"] == "retry" and "429" in result["reason"], (value, result)
        assert result["after"] is None if least is None else least <= result["after"] <= most, (value, result)


def test_certificates_are_verified(start, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Rude(context)
    actor = start("custom")
    actor.act(1, "asks", {"url": server.url + "/fine"})
    result = actor.result()
    server.close()
    assert result["outcome"] == "retry" and "certificate" in result["reason"].lower() and not server.seen


def test_headers(start, rude):
    table = [  # the headers table, what stands in the request or why it is refused
        ('{ ["X-One"] = "two" }', "X-One: two"), ('{ ["X-Number"] = 5 }', "X-Number: 5"), ('{ ["X-Empty"] = "" }', "X-Empty:"),
        ('{ ["X-A"] = "b\\r\\nX-Evil: 1" }', None), ('{ ["X-A"] = "b\\nX-Evil: 1" }', None), ('{ ["X-A\\r\\nX-Evil"] = "1" }', None),
        ('{ ["X-A: 1"] = "1" }', None), ('{ ["X A"] = "1" }', None), ('{ [""] = "1" }', None), ('{ ["X-A"] = {} }', None),
        ('{ ["X-A"] = true }', None), ('{ "X-A: 1" }', None), ('"X-A: 1"', None), ('{ ["X-A"] = "\\27" }', None),
        ('{ ["content-type"] = "text/x" }', "content-type: text/x")]
    more = "".join(f"""
action "sends{number}" {{ args = {{}}, run = function(ctx)
  http.post {{ url = "{rude.url}/fine", json = {{}}, headers = {headers} }}
end }}""" for number, (headers, _) in enumerate(table))
    actor = start("custom", more)
    for number, (headers, line) in enumerate(table):
        rude.seen.clear()
        actor.act(number + 1, f"sends{number}", {})
        result = actor.result()
        if line is None:
            assert result["outcome"] == "retry" and "header" in result["reason"] and not rude.seen, (headers, result)
        else:
            lines = rude.seen[0].split("\r\n")
            assert result["outcome"] == "done" and line in [one.rstrip() for one in lines], (headers, result, lines)
            assert sum(one.lower().startswith("content-type:") for one in lines) == 1
            assert [one for one in lines if one.startswith("Idempotency-Key")] == [f"Idempotency-Key: {number + 1:064x}"]


def test_nothing_is_sent_a_second_time_behind_our_back(start):
    """A server that answers once a connection: whatever comes on it later is read, and never answered."""
    seen = []

    def serve(connection):
        with connection, connection.makefile("rb") as lines:
            for number in range(2):
                head = b"".join(iter(lines.readline, b"\r\n"))
                if not head:
                    return
                lines.read(1)
                seen.append(head)
                if number == 0:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def accept():
        while True:
            try:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        actor = start("courier", 'action "asks" { args = { url = "text" }, run = function(_, args) http.post { url = args.url, body = "x" } end }')
        for number in (1, 2, 3):
            actor.act(number, "asks", {"url": f"http://127.0.0.1:{server.getsockname()[1]}/"})
            assert actor.result()["outcome"] == "done"
        server.shutdown(socket.SHUT_RDWR)
    assert Counter(line for head in seen for line in head.decode().split("\r\n") if "Idempotency" in line).most_common(1)[0][1] == 1


def test_a_repetition_has_the_same_key(start, rude):
    actor = start("custom")
    for attempt in (1, 2, 3):
        actor.act(9, "asks", {"url": rude.url + "/cut"}, attempt=attempt)
        assert actor.result()["outcome"] == "unknown"
    assert [line for head in rude.seen for line in head.split("\r\n") if "Idempotency" in line] == [f"Idempotency-Key: {9:064x}"] * 3


ENDS = [  # what run does, outcome, after, what reason or detail says
    ("return {}, function() end, 5", "done", None, ""),
    ("return 'x', nil", "done", None, ""),
    ("return ('\\xff'):rep(3)", "done", None, "\ufffd"),
    ("return ('あ'):rep(1000)", "done", None, "あ" * 333),
    ("local t = {} for i = 1, 200000 do t[i] = i end return table.unpack(t, 1, 5000)", "done", None, ""),
    ("error()", "retry", None, "error object that is a nil"),
    ("error(setmetatable({}, { __tostring = function() while true do end end }))", "retry", None, "error object that is a table"),
    ("local x = nil; x()", "retry", None, "custom.lua"),
    ("coroutine.yield()", "retry", None, "coroutine"),
    ("fail()", "dead", None, "no reason given"), ("fail(nil)", "dead", None, "no reason"), ("fail {}", "dead", None, "no reason"),
    ("pcall(fail, {}) return 'told'", "dead", None, "no reason"),
    ("local s = ('x'):rep(1 << 20) for _ = 1, 5 do s = s .. s end fail(s)", "dead", None, "x" * 1000),
    ("retry()", "retry", None, "no reason"), ("retry('w', -5)", "retry", None, "w"), ("retry('w', 0/0)", "retry", None, "w"),
    ("retry('w', 1/0)", "retry", 10 ** 10, "w"), ("retry('w', -1/0)", "retry", None, "w"), ("retry('w', 1e300)", "retry", 10 ** 10, "w"),
    ("retry('w', math.maxinteger)", "retry", 10 ** 10, "w"), ("retry('w', 0)", "retry", None, "w"), ("retry('w', '3')", "retry", 3000, "w"),
    ("retry('w', 0.5)", "retry", 500, "w"), ("pcall(retry, 'w', {}) return 'told'", "retry", None, "w"),
    ("pcall(fail, 'first') retry('second', 1)", "dead", None, "first"),
    ("pcall(fail, 'ended') http.post { url = URL .. '/fine' }", "dead", None, "ended"),
    ("pcall(fail, 'ended') sleep(0)", "dead", None, "ended"),
    ("sleep(0/0)", "retry", None, "between 0 and 60"), ("sleep(-1)", "retry", None, "between 0 and 60"), ("sleep(1e9)", "retry", None, "between 0 and 60"),
    ("http.post { url = URL .. '/fine', timeout = 0/0 }", "retry", None, "timeout"),
    ("http.post { url = URL .. '/fine', timeout = 1e9 }", "retry", None, "timeout"),
    ("http.post { url = {} }", "retry", None, "url"), ("http.post()", "retry", None, "table expected"),
    ("http.post { url = URL .. '/fine\\0x' }", "retry", None, "url"),
    ("http.post { url = URL .. '/fine', body = {} }", "retry", None, "body"),
    ("return tostring(http.post { url = URL .. '/fine', json = 0/0 }.status)", "done", None, "200"),
    ("return json.encode { 1, 0/0, 1/0, -1/0, 2 }", "done", None, "[1,null,null,null,2]"),
    ("return json.encode(0/0)", "done", None, "null"),
    ("local t = {} t.t = t return type(json.decode(json.encode(t)))", "retry", None, "nested more than 64 deep"),
    ("return tostring(json.decode(('['):rep(100000)))", "done", None, "nil"),
    ("local good, reply = pcall(http.post, { url = URL .. '/fine' }) return tostring(good) .. reply.status", "done", None, "true200"),
    ("local good, reply, why = pcall(http.post, { url = URL .. '/cut' }) return tostring(good) .. tostring(reply) .. why", "done", None, "truenil"),
    ("return tostring(pcall(function() sleep(0.01) error 'x' end))", "done", None, "false"),
    ("return tostring(pcall(pcall, pcall, sleep, 0.01))", "done", None, "true"),
    ("pcall(function() sleep(0.01) while true do end end) return 'told'", "dead", None, "budget"),
    ("local n = 0 table.sort({ 1, 2, 3 }, function(a, b) n = n + 1 pcall(http.post, { url = URL .. '/unwanted' }) return a < b end) "
     "return 'sorted'", "done", None, "sorted"),
    ("table.sort({ 1, 2, 3 }, function(a, b) http.post { url = URL .. '/unwanted' } return a < b end)", "retry", None, "cannot wait"),
    ("return (('x'):gsub('x', function() pcall(sleep, 0.01) return 'y' end))", "done", None, "y"),
    ("local x <close> = setmetatable({}, { __close = function() sleep(0.01) end }) error 'closed'", "retry", None, "closed"),
    ("while true do sleep(0) end", "retry", None, "did not end in time"),
    ("while true do pcall(sleep, 0.01) end", "retry", None, "did not end in time"),
    ("store.file { folder = '../x' }", "retry", None, "plain name"), ("store.file { folder = '/x' }", "retry", None, "plain name"),
    ("outbox.deliver { to = { 5 }, subject = 'x' }", "retry", None, "nobody"), ("outbox.deliver {}", "retry", None, "nobody"),
    # What would be repeated after it happened, or may have, is not merely tried again.
    ("http.post { url = URL .. '/fine' } error 'later'", "unknown", None, "later"),
    ("http.post { url = URL .. '/fine' } http.get { url = URL .. '/fine' } retry 'later'", "unknown", None, "later"),
    ("http.post { url = URL .. '/fine' } retry('the answer says no', 3)", "retry", 3000, "the answer says no"),
    ("http.post { url = URL .. '/failing/503' } http.post { url = URL .. '/failing/500' } error 'later'", "retry", None, "later"),
    ("http.post { url = URL .. '/failing/504' } retry('nobody knows', 3)", "unknown", 3000, "nobody knows"),
    ("http.post { url = URL .. '/failing/524' } retry('nobody knows', 3)", "unknown", 3000, "nobody knows"),
    ("http.post { url = URL .. '/failing/502' } fail 'nobody knows'", "dead", None, "nobody knows"),
    ("http.get { url = URL .. '/cut' } http.get { url = URL .. '/fine' } error 'later'", "retry", None, "later"),
    ("http.post { url = URL .. '/cut' } http.post { url = URL .. '/fine' }", "done", None, ""),
    ("secret '../../etc/passwd'", "retry", None, "secret's name"), ("secret 'nothing'", "retry", None, "not set"),
]


def test_every_way_to_end(start, rude):
    more = "".join(f"""
action "ends{number}" {{ args = {{}}, run = function(ctx, args) {code.replace("URL", f'"{rude.url}"')} end }}"""
                   for number, (code, *_) in enumerate(ENDS))
    actor = start("custom", more + f"""
action "files" {{ args = {{}}, run = function() store.file {{ folder = "kept" }} end }}
action "overslept" {{ args = {{}}, run = function() http.post {{ url = "{rude.url}/fine/overslept" }} sleep(60) end }}""")
    for number, (*_, says) in enumerate(ENDS):
        actor.act(number + 1, f"ends{number}", {}, time=700 if says == "did not end in time" else 60000)
    results = {result["id"] - 1: result for result in (actor.result() for _ in ENDS)}
    for number, (code, outcome, after, says) in enumerate(ENDS):
        result = results[number]
        assert (result["outcome"], result["after"]) == (outcome, after), (code, result)
        assert says in (result["reason"] or result["detail"]), (code, result)
        assert len(result["reason"].encode()) <= 1000 and len(result["detail"].encode()) <= 1000
    assert not any("unwanted" in head for head in rude.seen), "what cannot be waited for is not sent"
    actor.act(1000, "sleeps", {})
    assert actor.result()["detail"] == "woke"
    actor.act(1001, "overslept", {}, time=2000)
    result = actor.result()
    assert result["outcome"] == "unknown" or not any("overslept" in head for head in rude.seen), result
    for mail, outcome, says in (0, "done", ""), (7, "retry", "not in the archive"):
        actor.act(1002, "files", {}, mail=mail)
        result = actor.result()
        assert result["outcome"] == outcome and says in result["reason"], "a mail without its original is not filed"


def test_a_silent_host_holds_up_nobody_else(start, rude, peer):
    actor = start("custom")
    for number in range(1, 17):  # four of them are sent, twelve wait for a connection
        actor.act(number, "asks", {"url": rude.url + "/silent"}, time=3000)
    actor.act(17, "record", {"text": "urgent"})
    assert actor.result()["id"] == 17
    assert len(rude.seen) <= 4, "asked while all of them wait: as they end one by one, the next gets its turn"
    results = [actor.result() for _ in range(16)]
    assert {result["outcome"] for result in results} == {"unknown", "retry"}, "in doubt is what was sent, and that alone"
    actor.act(18, "asks", {"url": rude.url + "/fine"})
    assert actor.result()["outcome"] == "done", "what was broken off has left no connection behind"


HOARDS = """
action "hoards" { args = {}, run = function()
  local kept = {}
  for _, size in ipairs { 1 << 20, 1 << 14, 1 << 10, 1 << 7 } do
    local more, long = {}, ("x"):rep(size - 8)
    kept[#kept + 1] = more
    pcall(function() while true do more[#more + 1] = long .. #more end end)
    sleep(0)  -- whatever was garbage is collected meanwhile
  end
  http.get { url = "%s/large/1000000" }
  return #kept
end }
"""


def test_an_action_that_hoards_memory_ends_alone(start, rude):
    actor = start("custom", HOARDS % rude.url)
    actor.act(1, "hoards", {})
    result = actor.result()
    assert result["outcome"] == "dead" and "more than 64 MiB of memory" in result["reason"], result
    actor.act(2, "sleeps", {})
    assert actor.result()["detail"] == "woke"


def test_actions_begin_while_another_hoards_memory(start, rude):
    actor = start("custom", HOARDS % rude.url)
    actor.act(1, "hoards", {})
    actor.act(2, "asks", {"url": "x" * 4000000})
    results = {result["id"]: result for result in (actor.result() for _ in range(2))}
    # whether there was memory left when the second began is chance; that it ended by itself is not
    assert results[2]["outcome"] == "retry", results
    assert "memory" in results[2]["reason"] or "must begin with https://" in results[2]["reason"], results


def test_two_mails_of_one_action_are_two(start, tmp_path):
    actor = start("custom", """
action "tells" { args = {}, run = function()
  for _, to in ipairs { "one@example.com", "two@example.com" } do outbox.deliver { to = { to }, subject = "x", text = "y" } end
end }""")
    for _ in range(2):
        actor.act(1, "tells", {})
        assert actor.result()["outcome"] == "done"
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in (tmp_path / "outbox" / "new").iterdir()]
    assert {mail["To"] for mail in mails} == {"one@example.com", "two@example.com"} and len(mails) == 2
    assert len({mail["Message-ID"] for mail in mails}) == 2
    assert {mail["X-Awsift-Loop"] for mail in mails} == {"1"}, "nobody said so, and a mail of ours that comes back is known as one"
