"""Forwards over SMTP, against a server that does what it is told to: who gets what, how often, over what kind of connection,
and what `show` tells of each recipient."""
import base64
import email
import email.policy
import json
import os
import re
import threading

import pytest

from conftest import ACCOUNT, PATIENCE, make_mail, retirement, wait_for
from smtp_server import SmtpServer, make_authority

CLOSE = SmtpServer.CLOSE
QUICK = 'outbox { first = "50ms", most = "200ms" }\n'


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve():
    servers = []

    def start(*arguments, **more):
        servers.append(SmtpServer(*arguments, **more))
        return servers[-1]
    yield start
    for server in servers:
        server.close()


def posts(site, settings, more=QUICK):
    text = site.config.read_text().replace('smtp { from = "awsift@example.jp" }', f'smtp {{ from = "awsift@example.jp", {settings} }}')
    site.config.write_text(text + more)


def contact(site, *addresses):
    listed = ", ".join(f'"{address}"' for address in addresses)
    site.rule("contacts.lua", f'contacts {{ ["{ACCOUNT}"] = {{ name = "例示株式会社", language = "ja", technical = {{ {listed} }} }} }}')


def actions(site, number=1):
    (story,) = site.objects("show", number)
    return [action for decision in story["decisions"] for action in decision["actions"]]


def settled(site, number=1):
    """The mail's actions, once none of them waits; by recipient where they were split."""
    def look():
        found = actions(site, number) if len(site.mails()) >= number else []
        return found if found and all(one["state"] in ("done", "dead", "dropped") for one in found) else None
    return wait_for("the actions to end", look)


def by_recipient(found):
    return {one["args"].get("recipient"): one for one in found}


def outcomes(action):
    return [attempt["outcome"] for attempt in action["attempts"]]


def parse(content):
    return email.message_from_bytes(content, policy=email.policy.default)


SETTINGS = {
    'url = "smtp://example.com"': "from is needed",
    'sendmail = "/usr/sbin/sendmail"': "from is needed",
    'from = "a@example.com", url = "smtp://example.com", sendmail = "/usr/sbin/sendmail"': "keep one",
    'user = "x"': "'user' counts only with url",
    'ca = "ca.pem"': "'ca' counts only with url",
    'from = "a@example.com", url = "smtps://example.com", user = "x"': "needs password = secret",
    'from = "a@example.com", url = "smtps://example.com", password = secret "x"': "needs user",
    'from = "a@example.com", url = "smtps://example.com", starttls = "required"': "encrypted from the start",
    'from = "a@example.com", url = "smtp://example.com", user = "x", password = secret "x", starttls = "never"': "readable",
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_that_do_not_go_together(site, settings):
    site.config.write_text(site.config.read_text().replace('smtp { from = "awsift@example.jp" }', f"smtp {{ {settings} }}"))
    said = site.run("check", check=1).stderr
    assert SETTINGS[settings] in said and "/awsift.lua:6:" in said


@pytest.mark.parametrize("settings", [
    'url = "smtp://127.0.0.1:25", user = "x", password = secret "x"', 'url = "smtp://[::1]:25"', 'url = "smtps://mail.example.jp:465"',
    'url = "smtp://mail.example.jp", user = "x", password = secret "x", starttls = "required", ca = "ca.pem", timeout = "90s", '
    'helo = "awsift.example.jp", sender = ""', 'sendmail = { "/usr/bin/msmtp", "-a", "aws" }'])
def test_settings_that_go_together(site, settings):
    posts(site, settings)
    site.run("check")


def told(site, mail=None):
    site.deliver(mail or retirement())
    site.run("run", "--once")


def test_a_forward_is_delivered_as_it_was_composed(site, serve):
    server = serve()
    posts(site, f'url = "{server.url}"')
    body = "東京リージョンのインスタンスを終了します。\n.\n..先頭の点\n" + "x" * 900 + "\n"
    original = retirement(body=body)
    told(site, original)
    (mail,) = server.received
    assert (mail.sender, mail.recipient) == ("<awsift@example.jp>", "tech@example.com")
    assert mail.content.isascii() and "SMTPUTF8" not in mail.options and f"SIZE={len(mail.content)}" in mail.options
    seen = parse(mail.content)
    assert not seen.defects and seen["To"] == "tech@example.com" and seen["Auto-Submitted"] == "auto-generated"
    assert seen["X-Awsift-Loop"] == "1"
    note, attached = seen.iter_parts()
    assert "件名: Amazon EC2 Instance Retirement" in note.get_content() and "> ..先頭の点" in note.get_content()
    assert attached.get_payload(decode=True) == original
    (action,) = settled(site)
    assert action["state"] == "done" and outcomes(action) == ["done"]
    assert action["attempts"][0]["detail"] == "tech@example.com: 250 2.0.0 Ok: queued as 4XYZ"
    assert not site.outbox()


def test_connections_are_used_again(site, serve):
    server = serve()
    posts(site, f'url = "{server.url}"')
    for number in range(30):
        site.deliver(retirement(message_id=f"{number}"))
    site.run("run", "--once")
    assert len(server.received) == 30 and len(server.sessions) <= 4
    assert len({parse(mail.content)["Message-ID"] for mail in server.received}) == 30


# What encryption is asked for, and what it is worth.

def test_starttls_before_anything_is_said(site, serve, authority):
    ca, certificates = authority
    server = serve(certificates["localhost"], starttls=True, users={"awsift": "pass word ö"})
    posts(site, f'url = "{server.url}", starttls = "required", ca = "{ca}", user = "awsift", password = secret "smtp-password"')
    site.deliver(retirement())
    os.environ["AWSIFT_SECRET_SMTP_PASSWORD"] = "pass word ö"
    try:
        site.run("run", "--once")
    finally:
        del os.environ["AWSIFT_SECRET_SMTP_PASSWORD"]
    (mail,) = server.received
    assert mail.encrypted and mail.user == "awsift"
    (session,) = server.sessions
    assert [line.split()[0] for line in session.lines[:2]] == ["EHLO", "STARTTLS"]
    secret = base64.b64encode("\0awsift\0pass word ö".encode()).decode()
    assert any(secret in line for line in session.lines)
    for place in [site.store / "ledger.db", *site.store.glob("ledger.db-*")]:
        assert "pass word".encode() not in place.read_bytes() and secret.encode() not in place.read_bytes()


def test_a_password_from_a_credential_file(site, serve, tmp_path_factory, monkeypatch):
    server = serve(users={"awsift": "from a file"})
    folder = tmp_path_factory.mktemp("credentials")
    (folder / "smtp-password").write_text("from a file\n")
    posts(site, f'url = "{server.url}", user = "awsift", password = secret "smtp-password"')
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    told(site)
    assert [mail.user for mail in server.received] == ["awsift"]


def test_encrypted_from_the_start(site, serve, authority):
    ca, certificates = authority
    server = serve(certificates["localhost"], implicit=True)
    posts(site, f'url = "{server.url}", ca = "{ca}"')
    told(site)
    assert [mail.encrypted for mail in server.received] == [True]


REFUSED = {
    "no STARTTLS": (dict(), 'starttls = "required"', "STARTTLS"),
    "an unknown authority": (dict(name="localhost", starttls=True), 'starttls = "required"', "certificate"),
    "an unknown authority from the start": (dict(name="localhost", implicit=True), "", "certificate"),
    "another's name": (dict(name="other.example.jp", starttls=True), 'starttls = "required", ca = "CA"', "localhost"),
    "STARTTLS and no TLS": (dict(name="localhost", starttls=True, answer=lambda verb, argument, session:
                                 "454 4.7.0 TLS not available" if verb == "STARTTLS" else None), 'starttls = "required", ca = "CA"', "454"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_said_where_the_other_side_is_not_proven(site, serve, authority, case):
    ca, certificates = authority
    given, settings, words = REFUSED[case]
    given = dict(given)
    certificate = certificates[given.pop("name")] if "name" in given else None
    server = serve(certificate, users={"awsift": "secret"}, **given)
    posts(site, f'url = "{server.url}", user = "awsift", password = secret "p", {settings.replace("CA", str(ca))}')
    site.deliver(retirement())
    os.environ["AWSIFT_SECRET_P"] = "secret"
    try:
        daemon = site.daemon()
    finally:
        del os.environ["AWSIFT_SECRET_P"]
    action = wait_for("some attempts", lambda: site.mails() and next((one for one in actions(site) if len(outcomes(one)) > 5), None))
    assert set(outcomes(action)) <= {"retry", None} and words in action["attempts"][0]["reason"]
    assert "mail cannot be sent: " in site.run("status", "--json").stdout
    daemon.stop()
    said = [line for session in server.sessions for line in session.lines]
    assert not server.received and not any(line.startswith(("AUTH", "MAIL", "RCPT")) for line in said)


# What the server says of a mail.

def refuse(stage, reply, times=None):
    """Says reply at that stage, the first `times` times."""
    count = {"left": times}

    def answer(verb, argument, session):
        if verb != stage or count["left"] == 0:
            return None
        if count["left"] is not None:
            count["left"] -= 1
        return reply
    return answer


def test_a_passing_refusal_is_tried_again(site, serve):
    refusals = [refuse(stage, "451 4.3.0 come back later", 2) for stage in ("MAIL", "RCPT", "DATA", "end")]
    server = serve(answer=lambda *said: refusals[0](*said))
    posts(site, f'url = "{server.url}"')
    site.daemon()
    for number in range(1, 5):
        site.deliver(retirement(message_id=f"{number}"))
        (action,) = settled(site, number)
        assert outcomes(action) == ["retry", "retry", "done"] and len(server.received) == number
        assert action["attempts"][0]["reason"] == "tech@example.com: 451 4.3.0 come back later"
        refusals.append(refusals.pop(0))


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "end"])
def test_a_lasting_refusal_is_dead_in_the_servers_own_words(site, serve, stage):
    server = serve(answer=refuse(stage, ["550-5.7.1 not here,", "550 5.7.1 \x1b[31mand\tnot now"], 1))
    posts(site, f'url = "{server.url}"')
    site.deliver(retirement())
    site.daemon()
    (action,) = settled(site)
    assert outcomes(action) == ["dead"] and action["state"] == "dead"
    assert action["reason"] == "tech@example.com: 550 5.7.1 not here, 5.7.1  [31mand not now"
    assert "550 5.7.1 not here" in site.run("show", 1).stdout
    wait_for("the operators to hear of it", lambda: server.to("ops@example.jp"))


PLAIN = base64.b64encode(b"\0awsift\0right").decode()

EVERYBODYS = {
    "a wrong password": ("AUTH", "535 5.7.8 Error: authentication failed: " + PLAIN),
    "no service": ("connect", "554 5.3.2 no service here"),
    "a busy server": ("connect", "421 4.3.2 too busy"),
    "no sign of whom": ("MAIL", "530 5.7.0 Authentication required"),
    "a server that goes away": ("RCPT", "421 4.3.2 shutting down"),
}


@pytest.mark.parametrize("case", EVERYBODYS)
def test_what_ails_the_server_ends_no_mail(site, serve, case):
    stage, reply = EVERYBODYS[case]
    broken = {"is": True}
    server = serve(users={"awsift": "right"}, answer=lambda verb, argument, session: reply if broken["is"] and verb == stage else None)
    posts(site, f'url = "{server.url}", user = "awsift", password = secret "p"', QUICK.replace("first", "attempts = 2, first"))
    site.deliver(retirement())
    site.daemon(environment={**os.environ, "AWSIFT_SECRET_P": "right"})
    wait_for("more attempts than a mail's own", lambda: site.mails() and len(actions(site)[0]["attempts"]) > 5)
    assert reply.replace(PLAIN, "****") in actions(site)[0]["attempts"][0]["reason"]
    broken["is"] = False
    (action,) = settled(site)
    assert action["state"] == "done" and set(outcomes(action)) == {"retry", "done"} and len(server.to("tech@example.com")) == 1


def test_a_password_that_is_not_set(site, serve):
    server = serve(users={"awsift": "right"})
    posts(site, f'url = "{server.url}", user = "awsift", password = secret "smtp-password"')
    told(site)
    (action,) = actions(site)
    assert action["state"] == "waiting" and not server.received
    assert action["reason"].startswith("the secret 'smtp-password' is not set: put it into $AWSIFT_SECRET_SMTP_PASSWORD")


# One action a recipient.

def test_one_of_three_is_refused(site, serve):
    def answer(verb, argument, session):
        if verb == "RCPT" and "gone@" in argument:
            return "550 5.1.1 <gone@example.com>: User unknown"
        if verb == "RCPT" and "busy@" in argument and len([1 for one in server.sessions for line in one.lines if "RCPT TO:<busy@" in line]) < 3:
            return "450 4.2.0 <busy@example.com>: greylisted"
    server = serve(answer=answer)
    posts(site, f'url = "{server.url}"')
    contact(site, "a@example.com", "gone@example.com", "busy@example.com")
    site.deliver(retirement())
    site.daemon()
    found = by_recipient(settled(site))
    assert {name: one["state"] for name, one in found.items()} == {"a@example.com": "done", "gone@example.com": "dead", "busy@example.com": "done"}
    assert outcomes(found["a@example.com"]) == ["done"] and outcomes(found["busy@example.com"]) == ["retry", "retry", "done"]
    assert found["gone@example.com"]["reason"] == "gone@example.com: 550 5.1.1 <gone@example.com>: User unknown"
    assert [len(server.to(name)) for name in found] == [name != "gone@example.com" for name in found]
    assert len({one["key"] for one in found.values()}) == 3
    assert len({parse(mail.content)["Message-ID"] for mail in server.received}) == len(server.received)
    assert [parse(mail.content)["To"] for mail in server.to("a@example.com")] == ["a@example.com"]
    # decided again, the one that is dead is told, and nobody else
    server.answer = lambda *_: None
    site.run("decide", 1)
    wait_for("the one that was refused to be told", lambda: server.to("gone@example.com"))
    wait_for("all to have ended", lambda: all(one["state"] != "waiting" and one["state"] != "running" for one in actions(site)))
    assert [len(server.to(name)) for name in found] == [1, 1, 1]
    before = len(actions(site))
    site.run("decide", 1)
    site.run("decide", 1)
    assert len(actions(site)) == before, "all are told: nothing is queued"


def test_a_corrected_address_counts_while_it_is_tried(site, serve):
    server = serve(answer=lambda verb, argument, session: "450 4.1.2 no such domain" if verb == "RCPT" and "exmaple" in argument else None)
    posts(site, f'url = "{server.url}"', 'outbox { first = "50ms", most = "200ms", attempts = 1000 }\n')  # the reload takes what it takes
    contact(site, "a@example.com", "b@exmaple.com")
    site.deliver(retirement())
    site.daemon()
    wait_for("the wrong one to be tried", lambda: site.mails() and any("exmaple" in one["reason"] for one in actions(site) if one["reason"]))
    contact(site, "a@example.com", "b@example.com")
    site.run("reload")
    found = by_recipient(settled(site))
    assert {name: one["state"] for name, one in found.items()} == {"a@example.com": "done", "b@example.com": "done"}
    assert len(server.to("a@example.com")) == 1 and len(server.to("b@example.com")) == 1


def test_the_same_notice_in_two_mailboxes_is_told_once_to_each(site, serve):
    server = serve(answer=refuse("RCPT", "450 4.2.0 later", 1))
    posts(site, f'url = "{server.url}"')
    contact(site, "a@example.com", "b@example.com")
    for extra in ("X-One: 1", "X-Two: 2"):
        site.deliver(retirement(message_id="same", headers=(extra,)))
    site.daemon()
    settled(site, 1)
    settled(site, 2)
    assert len(server.to("a@example.com")) == 1 and len(server.to("b@example.com")) == 1


def test_addresses_that_are_not_ascii(site, serve):
    server = serve(offers=("SIZE 20000000", "8BITMIME", "SMTPUTF8"))
    posts(site, f'url = "{server.url}"')
    contact(site, "運用@example.jp", "plain@example.jp", "domain@例え.jp")
    told(site)
    options = {mail.recipient: mail.options for mail in server.received}
    assert {name: "SMTPUTF8" in given for name, given in options.items()} == {
        "運用@example.jp": True, "plain@example.jp": False, "domain@xn--r8jz45g.jp": False}
    (mail,) = server.to("運用@example.jp")
    assert "To: <運用@example.jp>".encode() in mail.content


def test_a_server_that_knows_ascii_alone(site, serve):
    server = serve()
    posts(site, f'url = "{server.url}"')
    contact(site, "運用@example.jp", "plain@example.jp")
    site.deliver(retirement())
    site.daemon()
    found = by_recipient(settled(site))
    assert found["運用@example.jp"]["state"] == "dead" and "SMTPUTF8" in found["運用@example.jp"]["reason"]
    assert found["plain@example.jp"]["state"] == "done"


# Size.

@pytest.mark.parametrize("server_says", ["SIZE before", "552 at MAIL", "552 at the end"])
def test_a_mail_that_is_too_large_goes_without_the_original(site, serve, server_says):
    def answer(verb, argument, session):
        size = int(argument.partition("SIZE=")[2] or 0) if verb == "MAIL" else len(argument)
        if {"552 at MAIL": "MAIL", "552 at the end": "end"}.get(server_says) == verb and size > 50000:
            return "552 5.3.4 Message size exceeds fixed limit"
    server = serve(offers=["SIZE 50000"] if server_says == "SIZE before" else ["SIZE"], answer=answer)
    posts(site, f'url = "{server.url}"')
    told(site, retirement(body="x" * 70 + "\n" + ("y" * 70 + "\n") * 1000))
    (mail,) = server.received
    seen = parse(mail.content)
    (note,) = seen.iter_parts()
    limit = re.search(r"元のメール \([\d.]+ KB\) は添付の上限 \(([\d.]+) KB\) を超えるため", note.get_content())[1]
    assert (limit == "48.8") == (server_says == "SIZE before")
    (action,) = actions(site)
    assert action["state"] == "done" and outcomes(action) == ["done"]


def test_a_mail_that_is_too_large_even_so_is_dead(site, serve):
    server = serve(offers=["SIZE 500"])
    posts(site, f'url = "{server.url}"')
    site.deliver(retirement())
    site.daemon()
    (action,) = settled(site)
    assert action["state"] == "dead" and "larger than the server takes" in action["reason"]


# The connection ends, or stalls.

def cut_at(stage):
    count = {"left": 1}

    def answer(verb, argument, session):
        if verb == stage and count["left"]:
            count["left"] -= 1
            return CLOSE
        return None
    return answer


@pytest.mark.parametrize("stage", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_connection_that_breaks_before_the_mail(site, serve, stage):
    server = serve(answer=cut_at(stage))
    posts(site, f'url = "{server.url}"')
    site.deliver(retirement())
    site.daemon()
    (action,) = settled(site)
    assert outcomes(action) == ["retry", "done"] and len(server.received) == 1


def test_a_connection_that_breaks_after_the_mail(site, serve):
    contents = []

    def answer(verb, argument, session):
        if verb == "end":
            contents.append(argument)
            return CLOSE if len(contents) == 1 else None
        return None
    server = serve(answer=answer)
    posts(site, f'url = "{server.url}"')
    site.deliver(retirement())
    site.daemon()
    (action,) = settled(site)
    assert outcomes(action) == ["unknown", "done"]
    first, second = (parse(content) for content in contents)
    assert first["Message-ID"] == second["Message-ID"], "whoever got it twice can tell"


@pytest.mark.parametrize("stage, outcome", [("connect", "retry"), ("RCPT", "retry"), ("end", "unknown")])
def test_a_server_that_says_nothing(site, serve, stage, outcome):
    free = threading.Event()
    count = {"left": 1}

    def answer(verb, argument, session):
        if verb == stage and count["left"]:
            count["left"] -= 1
            free.wait(PATIENCE)
            return CLOSE
        return None
    server = serve(answer=answer)
    posts(site, f'url = "{server.url}", timeout = "1s"')
    site.deliver(retirement())
    site.daemon()
    (action,) = settled(site)
    free.set()
    assert outcomes(action) == [outcome, "done"] and len(server.received) == 1


@pytest.mark.parametrize("goodbye", [CLOSE, "421 4.4.2 mx.example.jp Error: timeout exceeded"])
def test_a_stale_connection_costs_no_attempt(site, serve, goodbye):
    """A server that ends what is idle: seen or not, the next mail goes out, and what the server offers is asked anew."""
    server = serve(answer=lambda verb, argument, session: goodbye if verb == "MAIL" and "(the mail)" in session.lines else None,
                   offers=["SIZE 20000000", "SMTPUTF8"])
    posts(site, f'url = "{server.url}"')
    contact(site, "運用@example.jp")
    daemon = site.daemon()
    for number in range(1, 4):
        site.deliver(retirement(message_id=f"{number}"))
        (action,) = settled(site, number)
        assert outcomes(action) == ["done"] and "250 2.0.0 Ok: queued" in action["attempts"][0]["detail"]
    daemon.stop()
    assert len(server.received) == 3 and len(server.sessions) == 3


def test_what_hangs_at_the_server_keeps_nothing_else_waiting(site, serve, peer):
    free = threading.Event()
    server = serve(answer=lambda verb, argument, session: free.wait(PATIENCE) and None if verb == "RCPT" else None)
    posts(site, f'url = "{server.url}"')
    site.rule("60-chat.lua", '''rule "test.chat" { subject = starts "Chat ", speaker = "any", category = "billing",
      actions = { chat { channel = "aws-security", text = "{subject}" } } }''')
    for number in range(20):
        site.deliver(retirement(message_id=f"{number}"))
    site.daemon()
    wait_for("the server to hang", lambda: len(server.sessions) == 3)
    site.deliver(make_mail("Chat now"))
    wait_for("the chat", lambda: peer.requests)
    assert not server.received and len(server.sessions) == 3
    free.set()
    site.wait_mails(21)
    assert len(server.received) == 20


# A program instead of a server.

PROGRAM = """#!/usr/bin/python3
import json, os, sys, time
content = sys.stdin.buffer.read() if {reads} else b""
open("{folder}/calls", "a").write(json.dumps({{"arguments": sys.argv[1:], "content": content.decode("latin-1"),
    "environment": dict(os.environ), "open": sorted(os.listdir("/proc/self/fd")), "cwd": os.getcwd()}}) + "\\n")
{does}
"""


def program(site, does="", reads=True):
    path = site.folder / "sendmail"
    path.write_text(PROGRAM.format(folder=site.folder, does=does, reads=reads))
    path.chmod(0o755)
    return path


def calls(site):
    path = site.folder / "calls"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_program_gets_the_mail_and_no_more(site, monkeypatch):
    monkeypatch.setenv("AWSIFT_SECRET_X", "not for you")
    posts(site, f'sendmail = {{ "{program(site)}", "-a", "$(id); aws" }}, sender = "bounces@example.jp"')
    contact(site, "a@example.com", "-b@example.com")
    told(site)
    first, second = sorted(calls(site), key=lambda call: call["arguments"])
    assert first["arguments"] == ["-a", "$(id); aws", "-i", "-f", "bounces@example.jp", "--", "-b@example.com"]
    assert second["arguments"][-1] == "a@example.com"
    assert set(first["environment"]) - {"LC_CTYPE"} == {"PATH", "LC_ALL", "TZ", "HOME"} and first["cwd"] == "/"
    assert len(first["open"]) == 5, first["open"]  # 0, 1, 2, the file that it writes, and the listing's own
    assert parse(first["content"].encode("latin-1"))["To"] == "-b@example.com"
    assert {one["state"] for one in settled(site)} == {"done"}


@pytest.mark.parametrize("does, reads, outcome, words", [
    ("sys.exit(75)", True, "retry", "exit status 75"),
    ("print('no such user', file=sys.stderr); sys.exit(67)", True, "dead", "exit status 67: no such user"),
    ("sys.exit(70)", True, "retry", "exit status 70"),
    ("os.kill(os.getpid(), 9)", True, "unknown", "signal 9"),
    ("os.write(2, b'x' * 10000000); sys.exit(65)", True, "dead", "exit status 65: xxx"),
    ("time.sleep(1000)", True, "unknown", "did not end within 1 s"),
])
def test_how_a_program_ends(site, does, reads, outcome, words):
    posts(site, f'sendmail = "{program(site, does, reads)}", timeout = "1s"', 'outbox { first = "1h" }\n')
    told(site)
    (action,) = actions(site)
    assert outcomes(action) == [outcome] and words in action["reason"] and len(action["reason"]) < 1100


@pytest.mark.parametrize("lines", [1, 6000])
def test_a_program_that_takes_only_part_of_the_mail_took_none(site, lines):
    posts(site, f'sendmail = "{program(site, "", False)}"', 'outbox { first = "1h" }\n')
    told(site, retirement(body=("y" * 70 + "\n") * lines))
    (action,) = actions(site)
    assert outcomes(action) == ["retry"] and "did not read the mail to its end" in action["reason"]


def test_a_program_that_is_not_there(site):
    posts(site, 'sendmail = "/nonexistent/sendmail"', 'outbox { first = "1h" }\n')
    told(site)
    (action,) = actions(site)
    assert outcomes(action) == ["retry"] and "/nonexistent/sendmail cannot be started" in action["reason"]


def test_without_a_server_forwards_lie_in_the_outbox_to_all_at_once(site):
    contact(site, "a@example.com", "b@example.com")
    told(site)
    (path,) = site.outbox()
    assert parse(path.read_bytes())["To"] == "a@example.com, b@example.com"
