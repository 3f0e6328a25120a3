"""The system's clock is set while awsift runs: what waits goes on waiting as long as it had to, nothing is lost, nothing told twice."""
import email
import email.policy
import os
import signal
import struct
import subprocess
from pathlib import Path

import pytest

from calling_services import ACCOUNT_SID, TOKEN, Services
from conftest import ACCOUNT, SANITIZED, make_mail, wait_for

pytestmark = pytest.mark.skipif(SANITIZED, reason="the sanitizer must be loaded first")

DAY = 86400
CONFIG = """
operators {{ mail = {{ "ops@example.jp" }}, language = "en", gather = "100ms" }}
outbox {{ first = "{first}", most = "{first}", attempts = 100 }}
channel "ops" {{ url = "{peer}/ops", deadline = "1h" }}
channel "paused" {{ url = "{peer}/paused" }}
channel "rated" {{ url = "{peer}/rated", rate = "2 per 1h" }}
channel "call" {{ kind = "twilio", account = "{sid}", token = secret "twilio-token", from = "+81312340000", url = "{phones}" }}
escalation "emergency" {{ steps = {{ {{ call = "emergency" }}, {{ after = "1h", call = "emergency" }} }} }}
spool "drop" {{ kind = "directory", settle = "200ms" }}
"""
CONTACTS = """
contacts { ["123456789012"] = { name = "Example", technical = { "tech@example.com" }, security = { "s@example.com" },
  emergency = { "+81311110001", "+81311110002" } } }
"""
RULES = """
category "soon" { title = "Soon", priority = "normal", tell = "technical" }
category "grave" { title = "Grave", priority = "urgent" }
rule "own.ops" { subject = starts "Ops ", category = "soon", actions = chat { channel = "ops" } }
rule "own.paused" { subject = starts "Paused ", category = "soon", actions = chat { channel = "paused" } }
rule "own.rated" { subject = starts "Rated ", category = "soon", actions = chat { channel = "rated" } }
rule "own.grouped" { subject = "Grouped {n} [AWS Account: {account}]", category = "soon", group = { by = { "rule", "contact" }, wait = "1h", most = "2h" } }
rule "own.grave" { subject = "Grave {n} [AWS Account: {account}]", category = "grave", actions = call { to = "emergency" } }
"""


class Clock:
    """The library that moves the time of day, and the file by which it is set."""

    def __init__(self, folder):
        self.preload, self.file = folder / "moving_clock.so", folder / "clock"
        source = Path(__file__).with_name("moving_clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.preload, source, "-ldl"], check=True)
        self.set(0)

    def set(self, seconds):
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("q", seconds))

    def environment(self):
        return {**os.environ, "LD_PRELOAD": str(self.preload), "MOVING_CLOCK": str(self.file), "AWSIFT_RESCAN": "200",
                "AWSIFT_SECRET_TWILIO_TOKEN": TOKEN}


@pytest.fixture
def clock(tmp_path_factory):
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def services():
    services = Services()
    yield services
    services.close()


def configure(site, services, first="100ms"):
    site.config.write_text(site.config.read_text() + CONFIG.format(peer=site.peer_url, first=first, sid=ACCOUNT_SID, phones=services.url))
    (site.folder / "drop").mkdir()
    site.rule("50-test.lua", RULES)
    site.rule("contacts.lua", CONTACTS)


def send(site, *subjects):
    for subject in subjects:
        site.deliver(make_mail(subject))


def posts(peer, path):
    return [request for request in list(peer.requests) if request["path"] == path]


def step(site, daemon, clock, seconds, steps):
    """Sets the clock, and waits until the daemon has followed it so many times."""
    clock.set(seconds)
    wait_for("the clock to be followed", lambda: daemon.log.count("the system's clock was set") == steps)


def states_of(site):
    return {action["state"] for mail in site.mails() for decision in site.objects("show", mail["id"])[0]["decisions"] for action in decision["actions"]}


def told_of(site):
    """The texts of the alerts about the clock."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    return [mail.get_body(("plain",)).get_content() for mail in mails if "clock" in mail["Subject"]]


def test_a_clock_that_is_set_and_set_right_again(site, peer, services, clock):
    configure(site, services)
    peer.answers.update({"/ops": (503, {}), "/paused": (429, {"Retry-After": "3600"})})
    daemon = site.daemon(environment=clock.environment())
    send(site, "Ops 1", "Paused 1", "Rated 1", "Rated 2", f"Grouped 1 [AWS Account: {ACCOUNT}]", f"Grave 1 [AWS Account: {ACCOUNT}]")
    wait_for("the first attempts", lambda: posts(peer, "/ops") and posts(peer, "/paused") and posts(peer, "/rated") and services.rung())
    for number, days in enumerate((1, -2), start=1):
        step(site, daemon, clock, days * DAY, number)
        send(site, f"Paused {days}", f"Rated {days}", f"Grouped 2{number} [AWS Account: {ACCOUNT}]", f"Grave 2{number} [AWS Account: {ACCOUNT}]")
        (site.folder / "drop" / "late.eml").write_bytes(make_mail(f"Ops {days}"))  # a file's times are of the clock that nobody moved
        tried = len(posts(peer, "/ops"))
        wait_for("the mail to be decided, and what failed to be tried again",
                 lambda: len(site.mails()) == 6 + 5 * number and len(posts(peer, "/ops")) > tried + 2 and len(services.rung()) == number + 1)
    step(site, daemon, clock, 0, 3)
    peer.answers["/ops"] = (200, {})
    before = len(posts(peer, "/ops"))
    wait_for("what failed to be tried again soon", lambda: len(posts(peer, "/ops")) >= before + 3)

    assert len(posts(peer, "/paused")) == 1, "a pause of an hour holds"
    assert len(posts(peer, "/rated")) == 1, "and a rate of two an hour, the last of which is for what is urgent"
    assert sorted(services.rung()) == ["+81311110001"] * 3, "nobody else is rung before an hour is over"
    assert not [path for path in site.outbox() if b"Grouped" in path.read_bytes()], "a group that gathers for an hour is open"
    assert states_of(site) <= {"done", "waiting", "running", "gathered"}
    assert len(site.spooled()) == 0 and not list((site.folder / "drop").iterdir())
    told = wait_for("the steps to be told", lambda: [line for text in told_of(site) for line in text.splitlines() if "clock was set from 20" in line][2:])
    assert len(told) == 1, "each of them once"


def test_what_was_reckoned_by_a_wrong_clock_does_not_outlive_a_restart(site, peer, services, clock):
    """Killed while the clock was a day ahead, and started once it was right: a retry of a minute is not one of a day."""
    configure(site, services, first="500ms")
    peer.answers["/ops"] = (503, {})
    clock.set(DAY)
    daemon = site.daemon(environment=clock.environment())
    send(site, "Ops 1")
    wait_for("the first attempt", lambda: posts(peer, "/ops"))
    daemon.stop(signal.SIGKILL)
    clock.set(0)
    peer.answers.clear()
    before = len(posts(peer, "/ops"))
    site.daemon(environment=clock.environment())
    wait_for("the next one", lambda: len(posts(peer, "/ops")) > before)
    assert len({request["key"] for request in posts(peer, "/ops")}) == 1
