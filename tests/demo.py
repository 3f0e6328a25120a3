"""./dev demo: a day's mail in a throw-away folder, sifted by the real daemon, and a rule written while it runs.

Everything that is shown is checked against `awsift list --json`; what did not happen ends the demo with status 1."""
import email
import email.policy
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("AWSIFT", SOURCE / "build" / "awsift")).resolve()
PATIENCE = 60

# the sample mails in the order of the day, and what they must be taken for
DAY = [
    ("ec2-retirement-text", "maintenance"), ("ec2-retirement-html", "maintenance"), ("dedicated-host-retirement", "maintenance"),
    ("fargate-retirement", "maintenance"), ("directconnect-cancelled", "maintenance"),
    ("lambda-end-of-support", "service_update"), ("rds-certificates-bilingual", "service_update"),
    ("abuse-report", "abuse_report"), ("compromise-support-case", "account_compromise"),
    ("suspicious-activity-2025", "account_compromise"), ("ses-review", "ses_review"), ("support-case", "support_case"),
    ("support-reply-iso-2022-jp", "support_case"), ("budget-alert", "billing"), ("cloudwatch-alarm", "alarm"),
    ("newsletter", "not_aws"), ("forged", "suspicious"), ("unknown", "unmatched"),
]

CONFIG = """
spool "in" {{ kind = "maildir", path = "spool", trust = {{ authserv_id = "mx.example.jp" }} }}
store "store"
rules "rules" {{}}
operators {{ name = "AWS operations", mail = {{ "ops@example.jp" }}, language = "ja" }}
smtp {{ from = "awsift@example.jp", name = "AWS operations" }}
http {{ private = {{ "127.0.0.1" }} }}
channel "aws-ops" {{ url = "{chat}" }}
channel "aws-security" {{ url = "{chat}" }}
channel "call" {{ url = "{call}" }}
"""

RULE = """-- Saved while the daemon runs: this morning's unknown mail has a name now.
rule "team.timestream-query-units" {
  title    = "Amazon Timestream for LiveAnalytics query unit changes",
  category = "service_update",
  service  = "Timestream",
  advice   = { ja = "クエリ単位 (TCU) の上限を確認してください。", en = "Look at the limit of your query units." },
}
"""

print_lock = threading.Lock()
problems = []


def show(text=""):
    with print_lock:
        print(text, flush=True)


def title(text):
    show(f"\n== {text}")


def expect(condition, what):
    if not condition:
        problems.append(what)
        show(f"   !! {what}")


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.03)
    raise SystemExit(f"demo: waited {PATIENCE} s for {what}")


class Chat(ThreadingHTTPServer):
    """The chat and telephone services that the channels lead to: the paths they were asked for."""

    def __init__(self):
        self.asked = []
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                chat.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Demo:
    def __init__(self, folder, chat):
        self.folder = folder
        self.chat = chat
        for name in ("spool/tmp", "spool/new", "spool/cur", "rules"):
            (folder / name).mkdir(parents=True)
        (folder / "awsift.lua").write_text(CONFIG.format(chat=chat.url + "/chat", call=chat.url + "/call"), encoding="utf-8")
        contacts = SOURCE / "tests" / "rules" / "contacts.lua"
        (folder / "rules" / "contacts.lua").write_text(contacts.read_text(encoding="utf-8"), encoding="utf-8")

    def run(self, command, *arguments):
        return subprocess.run([BINARY, command, "-c", self.folder / "awsift.lua", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, encoding="utf-8", errors="replace")

    def objects(self, *arguments):
        done = self.run(*arguments, "--json")
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []

    def revision(self):
        (status,) = self.objects("status")
        return status["generation"]["revision"]

    def mails(self):
        return {row["id"]: row for row in self.objects("list")}

    def start(self):
        self.log = self.folder / "daemon.log"
        with open(self.log, "wb") as log:
            self.daemon = subprocess.Popen([BINARY, "run", "-c", self.folder / "awsift.lua"], stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log)
        threading.Thread(target=self.follow, daemon=True).start()

        def ready():
            if self.daemon.poll() is not None:
                raise SystemExit(f"demo: the daemon ended at once:\n{self.log.read_text(errors='replace')}")
            return self.run("status").returncode == 0
        wait_for("the daemon to be ready", ready)

    def follow(self):
        """The daemon's log as it is written, each line without its time and the subject."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            rest = ""
            while True:
                rest += log.readline()
                if not rest.endswith("\n"):
                    time.sleep(0.02)
                    continue
                line, rest = re.sub(r"^\S+Z (info )?(keeper: )?", "", rest.rstrip()), ""
                line = re.sub(r'(decided .*\)) ".*" -> ', r"\1 -> ", line)
                show("   " + (line if len(line) <= 132 else line[:131] + "…"))

    def deliver(self, name):
        """A sample mail as if it came now."""
        content = (SOURCE / "tests" / "mail" / f"{name}.eml").read_bytes()
        content = re.sub(rb"(?m)^Date: [^\r\n]*", b"Date: " + formatdate().encode(), content, count=1)
        before = set(self.mails())
        (self.folder / "spool" / "tmp" / name).write_bytes(content)
        (self.folder / "spool" / "tmp" / name).rename(self.folder / "spool" / "new" / name)
        return wait_for(f"{name} to be filed",
                        lambda: next((number for number, row in self.mails().items()
                                      if number not in before and row["state"] == "filed"), None))

    def settled(self, number):
        """Its row once nothing of it runs; an action that waits for a retry is not waited for."""
        end = time.monotonic() + 5
        while True:
            row = self.mails()[number]
            if not row["actions"].get("running", 0) + row["actions"].get("waiting", 0) or time.monotonic() > end:
                expect(not row["actions"].get("dead"), f"an action of mail {number} is dead")
                return row
            time.sleep(0.02)

    def outbox(self):
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                for path in sorted((self.folder / "store" / "outbox").glob("[nc]*/*"), key=lambda path: path.stat().st_mtime_ns)]


def sift_the_day(demo):
    title(f"{len(DAY)} mails arrive, one after the other")
    numbers = {}
    for name, category in DAY:
        show(f"{name}.eml")
        numbers[name] = demo.deliver(name)
        row = demo.settled(numbers[name])
        expect(row["category"] == category, f"{name} should be {category}, and is {row['category']}")
    return numbers


def teach(demo, numbers):
    title("a rule for the unknown mail is saved while the daemon runs")
    show("".join(f"   {line}\n" for line in RULE.splitlines()).rstrip())
    before = demo.revision()
    beside = demo.folder / "rules" / ".team.lua.new"
    beside.write_text(RULE, encoding="utf-8")
    started = time.monotonic()
    beside.rename(demo.folder / "rules" / "team.lua")
    wait_for("the rule to be live", lambda: demo.revision() != before)
    show(f"   live after {time.monotonic() - started:.1f} s")

    title("its sibling, about another account, is recognised")
    row = demo.settled(demo.deliver("unknown-sibling"))
    expect(row["rule"] == "team.timestream-query-units", "the sibling should be recognised by the new rule")

    title("awsift decide --unmatched: the unknown mail is decided again, and the customer is told")
    told = len(demo.outbox())
    done = demo.run("decide", "--unmatched")
    show("".join(f"   {line}\n" for line in done.stdout.splitlines()).rstrip())
    expect(done.returncode == 0, f"decide --unmatched ended with {done.returncode}: {done.stderr.strip()}")
    number = numbers["unknown"]
    wait_for("the new decision", lambda: demo.mails()[number]["rule"] == "team.timestream-query-units")
    row = demo.settled(number)
    expect(row["category"] == "service_update", "the unknown mail should be a service update now")
    expect(len(demo.outbox()) > told, "the customer should be told of the unknown mail now")


def show_one_mail(demo):
    title("what the customer of the compromised account reads")
    mail = next((mail for mail in demo.outbox() if str(mail["Subject"]).startswith("[CASE ")), None)
    if mail is None:
        expect(False, "a forward of the compromise case should be in the outbox")
        return
    for name in ("From", "To", "Subject", "Date", "X-Awsift-Proof"):
        if mail[name]:
            show(f"   {name}: {mail[name]}")
    note = mail.get_body(("plain",)).get_content()
    show("   |\n" + "\n".join(f"   | {line}" for line in note.rstrip().splitlines()))
    attached = [part.get_filename() or part.get_content_type() for part in mail.iter_attachments()]
    show(f"   attached: {', '.join(attached)}")
    expect(attached, "the forward should carry the original")


def finish(demo):
    title("the end")
    rows = demo.mails().values()
    expect(len(rows) == len(DAY) + 1, f"{len(DAY) + 1} mails should be in the ledger, and {len(rows)} are")
    expect(all(row["state"] == "filed" for row in rows), "every mail should be filed")
    expect(not list((demo.folder / "spool").glob("[nc]*/*")), "the spool should be empty")
    expect("/chat" in demo.chat.asked, "the chat should have been told")
    expect("/call" in demo.chat.asked, "the phone should have rung")
    demo.daemon.terminate()
    status = demo.daemon.wait(PATIENCE)
    expect(status == 0, f"the daemon should end with 0, and ended with {status}")
    time.sleep(0.1)
    command = os.path.relpath(BINARY) if BINARY.is_relative_to(Path.cwd()) else BINARY
    config = demo.folder / "awsift.lua"
    show(f"   {len(rows)} mails decided and filed, {len(demo.outbox())} mails to people, "
         f"{demo.chat.asked.count('/chat')} chat messages, {demo.chat.asked.count('/call')} calls\n")
    show("Look around; nothing runs any more:")
    show(f"   {command} list -c {config}")
    show(f"   {command} show 1 -c {config}")
    show(f"   {command} explain -c {config} tests/mail/compromise-support-case.eml")
    show(f"   ls {demo.folder}/store/outbox/new {demo.folder}/store/archive")


def main():
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    demo = Demo(Path(tempfile.mkdtemp(prefix="awsift-demo-")), Chat())
    title(f"awsift run -c {demo.folder}/awsift.lua")
    demo.start()
    try:
        numbers = sift_the_day(demo)
        teach(demo, numbers)
        show_one_mail(demo)
        finish(demo)
    finally:
        if demo.daemon.poll() is None:
            demo.daemon.terminate()
            try:
                demo.daemon.wait(10)
            except subprocess.TimeoutExpired:
                demo.daemon.kill()
    if problems:
        show(f"\n{len(problems)} things did not happen as they should:")
        for problem in problems:
            show(f"   {problem}")
        sys.exit(1)


main()
