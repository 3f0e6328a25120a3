"""Who is told during the soak: servers that fail, stall and hang up now and then, and count what reached them by its key."""
import email
import json
import random
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "end-to-end"))
from calling_services import Services  # noqa: E402
from https_server import Rude  # noqa: E402
from smtp_server import SmtpServer  # noqa: E402

FAILING, STALLING, HANGING_UP = 0.02, 0.002, 0.01


class Peers:
    """`seen`: how often each key came; `texts`: the keys under which each recorded text came."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        self.seen, self.texts, self.mails = Counter(), {}, 0
        self.http = self.make_http()
        self.phones = Services()
        self.rude = Sometimes(self.chance)
        self.smtp = SmtpServer(answer=self.answer_smtp)

    def urls(self):
        return {"peer": f"http://127.0.0.1:{self.http.server_address[1]}", "rude": self.rude.url, "smtp": self.smtp.url, "phones": self.phones.url}

    def count(self, key):
        with self.lock:
            self.seen[key] += 1

    def draw(self):
        draw = self.chance.random()
        for what, share in (("fail", FAILING), ("stall", STALLING), ("hang up", HANGING_UP)):
            if draw < share:
                return what
            draw -= share
        return None

    def make_http(self):
        peers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                key, what = self.headers.get("Idempotency-Key"), peers.draw()
                if key and what != "fail":  # where it hangs up, it may have happened
                    peers.count(key)
                if self.path == "/record":
                    with peers.lock:
                        peers.texts.setdefault(json.loads(body)["text"], set()).add(key)
                if what == "stall":
                    time.sleep(3)
                if what in ("stall", "hang up"):
                    self.close_connection = True
                    return
                self.send_response(503 if what == "fail" else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        return server

    def answer_smtp(self, verb, argument, session):
        if verb not in ("MAIL", "RCPT", "end"):
            return None
        what = self.draw()
        if verb == "end" and what != "fail":
            self.count(email.message_from_bytes(argument[:argument.find(b"\r\n\r\n") + 4])["Message-ID"][1:].partition(".awsift@")[0])
        if what == "stall":
            time.sleep(3)
        if what in ("stall", "hang up"):
            return SmtpServer.CLOSE
        return "451 4.3.0 try again later" if what == "fail" else None

    def forget(self):
        """What the servers remember for tests would be the soak's own growth."""
        self.mails += len(self.smtp.received)
        for remembered in (self.smtp.received, self.rude.seen, self.rude.bodies, self.phones.calls, self.phones.events):
            del remembered[:]
        with self.smtp.lock:  # the number of a session is how many there were
            self.smtp.sessions[:] = [None] * len(self.smtp.sessions)

    def repeats(self):
        with self.lock:
            return sum(self.seen.values()) - len(self.seen)

    def close(self):
        for server in (self.http, self.phones.server):
            server.shutdown()
            server.server_close()
        self.rude.close()
        self.smtp.close()


class Sometimes(Rude):
    """Fine four times of five; else whatever else it can do."""

    def __init__(self, chance):
        self.chance = chance
        super().__init__()

    def sometimes(self, connection, _):
        name, value = self.chance.choice([("fine", "")] * 20 + [("cut", ""), ("reset", ""), ("nonsense", ""), ("later", "1"), ("failing", "500")])
        getattr(self, name)(connection, value)
