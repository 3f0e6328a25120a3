"""What the end-to-end tests share: a throw-away site, the real binary ($AWSIFT or build/awsift), a daemon that is
always ended and must leave no child behind, and an HTTP peer that remembers what it was told."""
import json
import os
import random
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("AWSIFT", SOURCE / "build" / "awsift")).resolve()
PATIENCE = float(os.environ.get("AWSIFT_PATIENCE", "180"))  # seconds until a thing that must happen counts as missing
SANITIZED = b"__asan_init" in BINARY.read_bytes()
ACCOUNT = "123456789012"

RULES = """
category "maintenance" { title = "Maintenance", priority = "normal", tell = "technical" }
category "billing" { title = "Billing", priority = "low", tell = "operators" }

rule "test.retirement" {
  subject  = "Amazon EC2 Instance Retirement [AWS Account: {account}]",
  category = "maintenance",
  advice   = { ja = "停止と起動でホストが替わります。", en = "Stop and start the instance." },
}
"""

CONTACTS = """
contacts {
  ["123456789012"] = {
    name = "Example", language = "ja", technical = { "tech@example.com" }, security = { "security@example.com" },
    emergency = { "+81312345678" },
  },
}
"""

RECORD = """
action "record" {
  args = { text = "text" },
  run = function(ctx, args)
    local reply, why = http.post { url = "%s/record", json = { text = args.text, key = ctx.key } }
    if not reply then retry(why, 1) end
    if reply.status ~= 200 then retry("status " .. reply.status, 1) end
  end,
}
rule "test.recorded" {
  subject  = starts "Recorded ",
  speaker  = "any",
  category = "billing",
  actions  = record { text = "{subject}" },
}
"""

CONFIG = """
spool "in" {{ kind = "maildir", path = "spool", trust = {{ authserv_id = "mx.example.jp" }} }}
store "store"
rules "rules.d" {{}}
operators {{ mail = {{ "ops@example.jp" }} }}
smtp {{ from = "awsift@example.jp" }}
http {{ private = {{ "127.0.0.1", "localhost" }} }}
channel "aws-security" {{ url = "{peer}/chat" }}
timezone "Asia/Tokyo"
deciders {{ count = 1 }}
"""  # One decider: a start is most of what a test costs. Where it matters how many there are, the test says so after it.


def make_mail(subject, body="Hello.\n", sender="no-reply-aws@amazon.com", name="Amazon Web Services, Inc.", proven=True,
              message_id=None, headers=(), to="root@example.com"):
    """A mail as the mail server in front of awsift hands it over, LF line ends."""
    domain = sender.split("@")[1]
    lines = []
    if proven:
        lines += [f"Authentication-Results: mx.example.jp; dkim=pass header.d={domain};",
                  f" spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}"]
    lines += [f"From: \"{name}\" <{sender}>", f"To: {to}", f"Subject: {subject}",
              "Date: " + time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime()),
              f"Message-ID: <{message_id or random.getrandbits(64)}@email.amazonses.com>", *headers, "MIME-Version: 1.0",
              "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", body]
    return "\n".join(lines).encode()


def retirement(account=ACCOUNT, **more):
    return make_mail(f"Amazon EC2 Instance Retirement [AWS Account: {account}]", **more)


def wait_for(what, condition, patience=PATIENCE):
    """The condition's first truthy value; fails naming what was waited for."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f"waited {patience:.0f} s for: {what}")
        time.sleep(0.02)


def session_members(session):
    """The processes that still live in a session, as {pid: command}."""
    members = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                members[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (OSError, IndexError, ValueError):
            pass
    return members


class Daemon:
    """`awsift run`, leader of its own session, its log in a file."""

    def __init__(self, site, *options, config=None, environment=None, prefix=()):
        self.site = site
        self.log_path = site.folder / f"daemon-{len(site.daemons)}.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([*prefix, BINARY, "run", "-c", config or site.config, *options], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=site.folder, start_new_session=True, env=environment)
        site.daemons.append(self)

    @property
    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                pytest.fail(f"the daemon ended with {self.process.returncode}:\n{self.log}")
            if " live: revision " not in self.log:
                return False  # looking costs nothing; a command is a process
            done = self.site.run("status", "--json", check=None)
            return done.returncode == 0 and json.loads(done.stdout)["generation"]
        wait_for("the daemon to answer status", ready)
        return self

    def children(self):
        return {pid: command for pid, command in session_members(self.process.pid).items() if pid != self.process.pid}

    def started_since(self, moment):
        """Its children that began after that time."""
        begun = time.time() - float(Path("/proc/uptime").read_text().split()[0])
        ticks = os.sysconf("SC_CLK_TCK")
        return [pid for pid in self.children()
                if begun + int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]) / ticks >= moment]

    def stop(self, number=signal.SIGTERM):
        """Ends it, waits for it, and asserts that nothing it started lives on."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.destroy()
            pytest.fail(f"the daemon did not end on signal {number}:\n{self.log}")
        end = time.monotonic() + PATIENCE
        while session_members(self.process.pid) and time.monotonic() < end:
            time.sleep(0.02)
        left = session_members(self.process.pid)
        self.destroy()
        assert not left, f"processes outlived their keeper: {left}"
        assert "AddressSanitizer" not in self.log and "runtime error:" not in self.log, self.log
        return status

    def destroy(self):
        for pid in session_members(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.poll()


class Site:
    """A configuration, a spool, a store and a rule folder in a throw-away place."""

    def __init__(self, folder, peer_url):
        self.folder = folder
        self.peer_url = peer_url
        self.config = folder / "awsift.lua"
        self.rules = folder / "rules.d"
        self.spool = folder / "spool"
        self.store = folder / "store"
        self.daemons = []
        self.delivered = 0
        self.listed = None, ""
        self.rules.mkdir()
        for name in ("tmp", "new", "cur"):
            (self.spool / name).mkdir(parents=True)
        self.config.write_text(CONFIG.format(peer=peer_url), encoding="utf-8")
        self.rule("50-test.lua", RULES)
        self.rule("contacts.lua", CONTACTS)

    def rule(self, name, text):
        """Saves a rule file as an editor does: beside it, then renamed over it."""
        beside = self.rules / f".{name}.new"
        beside.write_text(text, encoding="utf-8")
        beside.rename(self.rules / name)

    def record(self):
        """Adds the custom action that tells the recording peer."""
        self.rule("60-record.lua", RECORD % self.peer_url)

    def deliver(self, content, name=None):
        """Into the Maildir, as its specification demands."""
        self.delivered += 1
        name = name or f"{time.time():.6f}.{os.getpid()}_{self.delivered}.example"
        (self.spool / "tmp" / name).write_bytes(content)
        (self.spool / "tmp" / name).rename(self.spool / "new" / name)
        return name

    def run(self, *arguments, check=0, input=None, config=True):
        """One command; its exit status must be `check` unless that is None."""
        command, rest = arguments[0], arguments[1:]
        options = ["-c", self.config] if config else []
        done = subprocess.run([BINARY, command, *options, *map(str, rest)], input=input if input is not None else b"",
                              capture_output=True, cwd=self.folder, timeout=PATIENCE * 4)
        done.stdout, done.stderr = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        assert "AddressSanitizer" not in done.stderr and "runtime error:" not in done.stderr, done.stderr
        if check is not None:
            assert done.returncode == check, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def objects(self, *arguments, check=0, **more):
        """What a command prints with --json, an object a line."""
        return [json.loads(line) for line in self.run(*arguments, "--json", check=check, **more).stdout.splitlines()]

    def ledger_state(self):
        """Differs when the ledger was written to; None as long as that may be too recent to be told by a file's time."""
        states = []
        for name in ("ledger.db", "ledger.db-wal"):
            try:
                status = (self.store / name).stat()
            except OSError:
                continue
            if time.time() - status.st_mtime < 0.1:
                return None
            states.append((status.st_ino, status.st_size, status.st_mtime_ns))
        return states

    def mails(self):
        """The ledger's mails, oldest first. Asked for again only when the ledger was written to since: many wait for them,
        and a command is a process."""
        if not (self.store / "ledger.db").exists():
            return []
        state = self.ledger_state()
        if state is None or self.listed[0] != state:
            self.listed = state, self.run("list", "--json").stdout
        return sorted(map(json.loads, self.listed[1].splitlines()), key=lambda row: row["id"])

    def wait_mails(self, count, settled=True, state="filed"):
        def arrived():
            rows = self.mails()
            if len(rows) < count:
                return None
            if settled and any(row["actions"].get("waiting") or row["actions"].get("running") for row in rows):
                return None
            return rows if all(row["state"] == state for row in rows) else None
        return wait_for(f"{count} mails in the ledger, {state}{' and acted on' if settled else ''}", arrived)

    def archived(self, category="*"):
        return sorted(path for part in ("new", "cur") for path in self.store.glob(f"archive/{category}/{part}/*"))

    def outbox(self):
        return sorted(path for part in ("new", "cur") for path in self.store.glob(f"outbox/{part}/*"))

    def spooled(self):
        return sorted(path for part in ("new", "cur") for path in (self.spool / part).iterdir() if path.is_file())

    def wait_loading(self):
        """Until a new decider loads what was saved last: the snapshot of it has been taken."""
        saved = max(path.stat().st_mtime for path in self.rules.iterdir())
        wait_for("the rules to be loading", lambda: self.objects("status")[0]["reload"]["state"] == "loading"
                 and self.daemons[-1].started_since(saved - 0.02))  # the kernel counts in hundredths

    def daemon(self, *options, **more):
        return Daemon(self, *options, **more).wait_ready()


class Peer:
    """An HTTP server on loopback that records each request: path, body, headers. What comes for the recording action can be
    answered for after something was done."""

    def __init__(self, on_record=lambda: None):
        self.requests = []
        self.status = 200
        self.answers = {}  # path: (status, {header: value}), in place of it
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                peer.requests.append({"path": self.path, "body": body, "headers": dict(self.headers.items()),
                                      "key": self.headers.get("Idempotency-Key")})
                if self.path == "/record":
                    on_record()
                status, headers = peer.answers.get(self.path, (peer.status, {}))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                try:
                    self.wfile.write(b"ok")
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that was killed hangs up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        # How soon it notices that it is to end: by itself it would add half a second to each test.
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def records(self):
        return [json.loads(request["body"]) for request in list(self.requests) if request["path"] == "/record"]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def peer():
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
def site(tmp_path, peer):
    assert BINARY.exists(), f"{BINARY} is not built"
    site = Site(tmp_path, peer.url)
    yield site
    try:
        for daemon in site.daemons:
            daemon.stop()
    finally:
        for daemon in site.daemons:
            daemon.destroy()


@pytest.fixture
def daemon(site):
    """A running daemon over the site; ended afterwards."""
    return site.daemon()
