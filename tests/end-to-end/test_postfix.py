"""Forwards through a real Postfix on loopback: a configuration, a queue and a port of its own, STARTTLS with a throw-away
authority's certificate, AUTH against a throw-away password file. It needs root, as Postfix does."""
import contextlib
import email
import email.policy
import os
import pwd
import random
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from conftest import ACCOUNT, BINARY, SOURCE, retirement, wait_for
from smtp_server import make_authority

DAEMONS = "/usr/lib/postfix/sbin"
MAILS = 500
BODY = "お客様各位\n\n東京リージョンの {number} 番のインスタンスは、基盤の保守のため終了します。①㈱髙﨑\n"
PASSWORD = "とても秘密 %"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.example.jp
mydestination =
mynetworks =
inet_protocols = ipv4
in_flow_delay = 0s
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = mx.example.jp
cyrus_sasl_config_path = {folder}/etc/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
message_size_limit = 100000
virtual_mailbox_domains = example.com, example.jp
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def free_port():
    """Below the ports that the system gives to connections, one of which might take it before Postfix does."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.Random(os.getpid()).sample(range(10000, max(lowest, 20000)), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port")


class Postfix:
    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.ca, certificates = make_authority(folder)
        certificate, key = certificates["localhost"]
        nobody = pwd.getpwnam("nobody").pw_uid
        for name in ("queue", "data", "mail", "etc", "etc/sasl"):
            (folder / name).mkdir()
        os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, 0)
        os.chown(folder / "mail", nobody, nobody)
        (folder / "etc/main.cf").write_text(MAIN.format(folder=folder, daemons=DAEMONS, certificate=certificate, key=key, nobody=nobody))
        (folder / "etc/master.cf").write_text(MASTER.format(port=self.port))
        (folder / "mailboxes").write_text("tech@example.com tech/\nops@example.jp ops/\n")
        (folder / "etc/sasl/smtpd.conf").write_text(f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {folder}/sasldb2\n"
                                                "mech_list: PLAIN LOGIN\n")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", folder / "sasldb2", "-u", "mx.example.jp", "awsift"], input=PASSWORD.encode(),
                       check=True, capture_output=True)
        shutil.chown(folder / "sasldb2", "postfix")

    @property
    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def command(self, verb):
        done = subprocess.run(["postfix", "-c", self.folder / "etc", verb], capture_output=True, text=True)
        assert done.returncode == 0, f"postfix {verb}: {done.stdout}{done.stderr}{self.log}"

    def start(self):
        self.command("start")

    def stop(self):
        self.command("stop")

    def running(self):
        return subprocess.run(["postfix", "-c", self.folder / "etc", "status"], capture_output=True).returncode == 0

    def mails(self, mailbox="tech"):
        return sorted((self.folder / "mail" / mailbox / "new").glob("*"))


def lacking():
    if os.geteuid() != 0:
        return "Postfix can be started by root alone"
    missing = [name for name in ("postfix", "saslpasswd2", "openssl") if not shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")]
    if missing or not os.path.exists(f"{DAEMONS}/smtpd"):
        return "not installed: " + ", ".join(missing or ["postfix's daemons"])


@pytest.fixture
def postfix(monkeypatch):
    why = lacking()
    if why:
        pytest.skip(why)
    monkeypatch.setenv("PATH", "/usr/sbin:/sbin:" + os.environ["PATH"])
    folder = Path(tempfile.mkdtemp(prefix="awsift-postfix-"))  # pytest's own folders are closed to Postfix's users
    folder.chmod(0o755)
    try:
        postfix = Postfix(folder)
        postfix.start()
        yield postfix
        if postfix.running():
            postfix.stop()
    finally:
        shutil.rmtree(folder)


def configure(site, postfix):
    text = site.config.read_text().replace('smtp { from = "awsift@example.jp" }', f'''smtp {{
      url = "smtp://localhost:{postfix.port}", from = "awsift@example.jp", starttls = "required", ca = "{postfix.ca}",
      user = "awsift", password = secret "smtp-password",
    }}
    outbox {{ first = "100ms", most = "1s" }}''')
    site.config.write_text(text)
    site.rule("contacts.lua", f'''contacts {{
      ["{ACCOUNT}"] = {{ name = "例示株式会社", language = "ja", technical = {{ "tech@example.com" }} }},
      ["210987654321"] = {{ language = "ja", technical = {{ "gone@example.com", "tech@example.com" }} }} }}''')


def environment():
    return {**os.environ, "AWSIFT_SECRET_SMTP_PASSWORD": PASSWORD}


def actions_of(site, number):
    (story,) = site.objects("show", number)
    return [action for decision in story["decisions"] for action in decision["actions"]]


def doubtful(site):
    """The mails of which an attempt was cut after the mail had gone out."""
    return {row["id"] for row in site.mails() for action in actions_of(site, row["id"])
            for attempt in action["attempts"] if attempt["outcome"] == "unknown"}


def test_five_hundred_forwards_and_a_postfix_that_goes_away(site, postfix):
    configure(site, postfix)
    for number in range(MAILS):
        site.deliver(retirement(body=BODY.format(number=number), message_id=f"mail-{number}"))
    daemon = site.daemon(environment=environment())
    wait_for("a part to be delivered", lambda: len(postfix.mails()) > MAILS // 5)
    postfix.stop()
    wait_for("a mail that has to wait", lambda: "retry " in daemon.log)
    assert len(postfix.mails()) < MAILS
    postfix.start()
    site.wait_mails(MAILS)
    wait_for("all to be delivered", lambda: len({re.search(rb"X-Awsift-Id: (\d+)", path.read_bytes())[1] for path in postfix.mails()}) == MAILS)
    daemon.stop()
    taken, subjects = {}, set()  # by awsift's number: the names that Postfix gave to what it took
    for path in postfix.mails():
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        note, original = mail.iter_parts()
        number = int(email.message_from_bytes(original.get_payload(decode=True))["Message-ID"].split("@")[0].removeprefix("<mail-"))
        assert f"> 東京リージョンの {number} 番のインスタンスは、基盤の保守のため終了します。①㈱髙﨑" in note.get_content()
        assert mail["To"] == "tech@example.com" and "with ESMTPSA id" in mail["Received"]  # encrypted, and signed in
        # A Postfix that is stopped as it delivers does so anew: the same name twice was sent once.
        taken.setdefault(int(mail["X-Awsift-Id"]), set()).add(re.search(r"with ESMTPSA id (\w+)", mail["Received"])[1])
        subjects.add(mail["Subject"])
    assert len(taken) == MAILS and len(subjects) == 1
    twice = {number for number, names in taken.items() if len(names) > 1}
    assert twice <= doubtful(site), "told twice, and not marked"
    assert PASSWORD not in daemon.log


def test_a_recipient_that_postfix_refuses(site, postfix):
    configure(site, postfix)
    site.rule("40-own.lua", """
      action "own" { args = {}, run = function()
        store.file { folder = "own" }
        return smtp.send { to = { "gone@example.com", "ops@example.jp" }, subject = "to both", original = false }
      end }
      rule "own.retirement" { title = "Amazon EC2 Instance Retirement", final = false, also = own {} }""")
    site.deliver(retirement(account="210987654321"))
    site.daemon(environment=environment())
    site.wait_mails(1)
    found = {action["args"].get("recipient", "own"): action for action in actions_of(site, 1)}
    assert found["tech@example.com"]["state"] == "done"
    wait_for("the other to be told", postfix.mails)
    assert "250 2.0.0 Ok: queued as" in found["tech@example.com"]["attempts"][0]["detail"]
    words = "550 5.1.1 <gone@example.com>: Recipient address rejected: User unknown in virtual mailbox table"
    assert found["gone@example.com"]["state"] == "dead" and words in found["gone@example.com"]["reason"]
    assert words in site.run("show", 1).stdout
    assert found["own"]["state"] == "dead" and found["own"]["reason"] == found["gone@example.com"]["reason"]
    wait_for("the other address of an action of one's own", lambda: any(b"Subject: to both" in path.read_bytes() for path in postfix.mails("ops")))
    wait_for("the operators to hear of it", lambda: postfix.mails("ops"))


def test_a_mail_larger_than_postfix_takes(site, postfix):
    configure(site, postfix)
    site.deliver(retirement(body=("行の終わりまで続く本文です。\n") * 5000))
    site.daemon(environment=environment())
    site.wait_mails(1)
    (path,) = wait_for("the mail", postfix.mails)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    (note,) = mail.iter_parts()
    assert "は添付の上限 (97.7 KB) を超えるため、添付していません" in note.get_content()


def test_a_wrong_password_ends_no_mail(site, postfix):
    configure(site, postfix)
    site.deliver(retirement())
    daemon = site.daemon(environment={**os.environ, "AWSIFT_SECRET_SMTP_PASSWORD": "wrong"})
    wait_for("the alert", lambda: "mail cannot be sent: Login denied: 535 5.7.8 Error: authentication failed" in site.run("status", "--json").stdout)
    daemon.stop()
    site.daemon(environment=environment())
    site.wait_mails(1)
    wait_for("the mail", postfix.mails)


def test_postfix_own_sendmail_takes_what_an_action_of_ones_own_sends(site, postfix):
    """Over postdrop and the queue, from both actors: with libraries, environment and descriptors as a program of ours gets them."""
    text = site.config.read_text().replace('smtp { from = "awsift@example.jp" }', f'''smtp {{
      sendmail = {{ "/usr/sbin/sendmail", "-C", "{postfix.folder}/etc" }}, from = "awsift@example.jp" }}
      outbox {{ first = "100ms" }}''')
    site.config.write_text(text)
    site.rule("contacts.lua", f'contacts {{ ["{ACCOUNT}"] = {{ language = "ja", technical = {{ "tech@example.com" }} }} }}')
    site.rule("40-own.lua", """
      action "own" { args = {}, run = function() return smtp.send { to = contact("operators").addresses, subject = "自前", text = "本文" } end }
      rule "own.retirement" { title = "Amazon EC2 Instance Retirement", final = false, also = own {} }""")
    site.deliver(retirement())
    site.daemon()
    site.wait_mails(1)
    (forward,) = wait_for("the forward", postfix.mails)
    (own,) = wait_for("the mail of an action of one's own", lambda: postfix.mails("ops"))
    assert {action["state"] for action in actions_of(site, 1)} == {"done"}
    mail = email.message_from_bytes(own.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "自前" and next(mail.iter_parts()).get_content().strip() == "本文"
    assert "tech@example.com" in email.message_from_bytes(forward.read_bytes())["To"]


def test_its_pipe_hands_mail_to_ingest_as_the_manual_says(site, postfix):
    """Whoever may not write the spool loses nothing: Postfix keeps the mail, and ingest gets it later."""
    if subprocess.run([BINARY, "--version"], user="nobody", capture_output=True).returncode != 0:
        pytest.skip("the user nobody cannot run awsift from here")
    (lines,) = re.findall(r"^awsift unix - n n - 4 pipe .+\n .+ingest.+$", (SOURCE / "docs/man/awsift.1").read_text(), flags=re.M)
    config, spool = postfix.folder / "awsift.lua", postfix.folder / "spool"
    config.write_text(f'spool "in" {{ path = "{spool}" }}\nstore "{site.store}"\n')
    with open(postfix.folder / "etc/master.cf", "a", encoding="utf-8") as file:
        file.write("pipe unix - n n - - pipe\n" + lines.replace("flags=R", "flags=FR").replace("user=awsift", "user=nobody")
                   .replace("/usr/bin/awsift ingest", f"{BINARY} ingest -c {config}") + "\n")
    with open(postfix.folder / "etc/main.cf", "a", encoding="utf-8") as file:
        file.write(f"transport_maps = texthash:{postfix.folder}/transport\nawsift_destination_recipient_limit = 1\n")
    (postfix.folder / "transport").write_text("example.net awsift:\n")
    postfix.command("reload")
    mail = retirement(body="パイプ\n")
    subprocess.run(["sendmail", "-C", postfix.folder / "etc", "-f", "sender@example.com", "a@example.net", "b@example.net"], input=mail, check=True)
    wait_for("both to be put off", lambda: postfix.log.count("status=deferred (temporary failure. Command output: awsift ingest: cannot make the folder") == 2)
    spool.mkdir()
    shutil.chown(spool, "nobody")
    subprocess.run(["postqueue", "-c", postfix.folder / "etc", "-f"], check=True)
    wait_for("both to be handed over", lambda: len(list(spool.glob("new/*"))) == 2)
    found = {path.read_bytes() for path in spool.glob("new/*")}
    assert all(b"\nReturn-Path: <sender@example.com>\n" in kept and kept.endswith("パイプ\n".encode()) for kept in found)
    assert {kept.split(b"\n")[0] for kept in found} == {b"Delivered-To: a@example.net", b"Delivered-To: b@example.net"}
    assert not list(spool.glob("tmp/*"))
