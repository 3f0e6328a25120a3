"""More than can be done at once: a backlog, a slow destination, clients of the control socket that do not read. Each is
bounded, and keeps nobody else waiting. (A million files: tests/bench/million.py.)"""
import json
import os
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conftest import SANITIZED, Site, make_mail, retirement, wait_for

BACKLOG = int(os.environ.get("AWSIFT_BACKLOG", "800"))
HELD_MOST = 256                    # mails that the keeper has in hand, decided or being decided
CONNECTIONS_MOST = 64
KEEPER_MOST = 64 << 10             # KiB
SLOW = """
rule "test.slow" { final = false, when = function() local n = 0; for i = 1, 20000 do n = n + i end; return n < 0 end, tags = { "x" } }
"""
CHATS = """
category "billing" { title = "Billing", priority = "normal" }
rule "test.ops" { subject = starts "Ops ", speaker = "any", category = "billing", priority = "low", actions = chat { channel = "ops" } }
rule "test.fire" { subject = starts "Fire ", speaker = "any", category = "billing", priority = "urgent", actions = chat { channel = "ops" } }
"""


def newest(site):
    rows = site.objects("list", "--limit", "1")
    return rows[0]["id"] if rows else 0


def keeper_memory(daemon):
    for line in Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def spool_status(site, name):
    status = site.objects("status")[0]
    return status, next(spool for spool in status["spools"] if spool["name"] == name)


def test_a_backlog_keeps_no_later_mail_and_no_other_spool_waiting(site):
    with open(site.config, "a", encoding="utf-8") as config:
        config.write('\nspool "few" { kind = "maildir", path = "few", trust = { authserv_id = "mx.example.jp" } }\n')
    site.rule("40-slow.lua", SLOW)
    for part in ("tmp", "new", "cur"):
        (site.folder / "few" / part).mkdir(parents=True)
    for number in range(BACKLOG):
        (site.spool / "new" / f"old{number}").write_bytes(make_mail(f"Nothing {number}", sender="somebody@example.org",
                                                                   name="Somebody", proven=False))
    daemon = site.daemon()
    wait_for("some to be decided", lambda: newest(site) > 0)
    os.kill(daemon.process.pid, signal.SIGSTOP)                      # so that what was decided before is known
    before = newest(site)
    late = {site.deliver(retirement())}
    for number in range(3):
        (site.folder / "few" / "new" / f"few{number}").write_bytes(retirement())
        late.add(f"few{number}")
    os.kill(daemon.process.pid, signal.SIGCONT)
    status, spool = spool_status(site, "in")
    assert status["last_minute"] > 0 and (spool["waiting"] == 0) == (spool["oldest"] is None)
    wait_for("all to be decided", lambda: newest(site) >= BACKLOG + len(late))
    rows = [row for row in site.wait_mails(BACKLOG + len(late)) if row["category"] == "maintenance"]
    assert len(rows) == len(late) and max(row["id"] for row in rows) <= before + HELD_MOST + 20 * len(late)
    status, spool = spool_status(site, "in")
    assert spool["waiting"] == 0 and not spool["waiting_more"] and spool["oldest"] is None
    assert SANITIZED or keeper_memory(daemon) < KEEPER_MOST
    assert "mails in the last minute" in site.run("status").stdout


class SlowPeer:
    """Answers what is urgent at once, and all else when it is let go."""

    def __init__(self):
        self.texts, self.gate, peer = [], threading.Event(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                peer.texts.append((text, self.headers.get("Idempotency-Key")))
                if "Fire " not in text:
                    peer.gate.wait(300)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                try:
                    self.end_headers()
                    self.wfile.write(b"ok")
                except OSError:
                    pass                                             # the daemon was ended

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def urgent(self):
        return [text for text, _ in list(self.texts) if "Fire " in text]


@pytest.fixture
def slow():
    peer = SlowPeer()
    yield peer
    peer.gate.set()
    peer.server.shutdown()
    peer.server.server_close()


def test_what_is_urgent_overtakes_a_long_queue_and_busy_connections(site, slow):
    with open(site.config, "a", encoding="utf-8") as config:
        config.write(f'\nchannel "ops" {{ url = "{slow.url}/ops" }}\n')   # four at once, the last of them for what is urgent
    site.rule("50-test.lua", CHATS)
    queued = max(BACKLOG // 8, 20)

    def mail(subject):
        return make_mail(subject, sender="somebody@example.org", name="Somebody", proven=False)
    for number in range(queued):
        site.deliver(mail(f"Ops {number}"))
    site.daemon()
    wait_for("the connections to be busy", lambda: len(slow.texts) == 3)
    wait_for("the others to wait", lambda: [row["waiting"] for row in site.objects("status")[0]["ledger"]["destinations"]]
             == [queued - 3])
    for number in range(3):                                          # one after the other: the last place is theirs, each time
        site.deliver(mail(f"Fire {number}"))
        wait_for("the urgent one", lambda n=number: len(slow.urgent()) == n + 1)
        assert len(slow.texts) == 3 + number + 1
    slow.gate.set()
    wait_for("all to be told", lambda: len(slow.texts) == queued + 3)
    site.wait_mails(queued + 3)
    assert len({key for _, key in slow.texts}) == queued + 3


def connect(site):
    client = socket.socket(socket.AF_UNIX)
    client.connect(os.path.relpath(site.store / "control.sock"))
    client.settimeout(2)
    return client


def test_whoever_does_not_ask_or_read_keeps_nobody_from_the_daemon(site, daemon, monkeypatch):
    monkeypatch.chdir(site.folder)                                   # the path of a socket is short
    idle = [connect(site) for _ in range(CONNECTIONS_MOST + 6)]
    for client in idle:
        try:
            client.send(b'{"command":')                              # and never the rest
        except OSError:
            pass                                                     # it made room already
    assert site.objects("status")[0]["ok"]
    for client in idle:
        client.close()

    deaf, line, sent = connect(site), b'{"command":"status"}\n', 0
    with pytest.raises(TimeoutError):
        while sent < 16 << 20:
            sent += deaf.send(line * 1000)
    assert site.objects("status")[0]["ok"]
    answers = deaf.makefile("rb")                                    # what it asked is answered once it reads, in order
    for _ in range(5):
        assert json.loads(answers.readline())["ok"]
    deaf.close()

    endless, closed = connect(site), False
    try:
        for _ in range(64):
            endless.send(b"x" * (64 << 10))
        closed = endless.recv(1) == b""
    except OSError:
        closed = True
    assert closed and "is not read" in daemon.log
    assert site.objects("status")[0]["ok"]
