"""What a mail holds that only its reader should have, one-time codes, keys and links that confirm, reaches no chat, phone,
webhook, alert and log, by whichever way a rule or a fault takes it there."""
import json
import re
from email import message_from_bytes, policy

import pytest

from conftest import ACCOUNT, make_mail, wait_for

SECRETS = {
    "six digits": ("Your verification code is 739154.", "739154"),
    "in a line of its own": ("Verification code:\n\n739154\n\nIt is valid for 10 minutes.", "739154"),
    "in Japanese": ("確認コード: 739154", "739154"),
    "of full width": ("認証コードは７３９１５４です", "７３９１５４"),
    "a short one": ("Your PIN is 7391", "7391"),
    "eight digits": ("One-time password 73915482", "73915482"),
    "letters": ("Enter the code QZXV-KWTP on the device", "QZXV-KWTP"),
    "password": ("Your temporary password is: Kx7!qwzv", "Kx7!qwzv"),
    "reset": ("https://signin.aws.amazon.com/resetpassword?type=RootUser&token=zq81kx", "zq81kx"),
    "approval": ("https://us-east-1.acm-certificates.amazon.com/approvals?code=zq81-kx&context=c", "zq81-kx"),
    "subscription": ("https://sns.us-east-1.amazonaws.com/confirmation.html?TopicArn=a&Token=zq81kx", "zq81kx"),
    "registrar": ("https://registrar.amazon.com/verification/zq81kx0000aa", "zq81kx0000aa"),
    "other registrar": ("https://domainnameverification.net/v/zq81kx0000aa", "zq81kx0000aa"),
    "invitation": ("https://us-east-1.signin.aws/invitation?i=zq81kx", "zq81kx"),
    "signed": ("https://b.s3.amazonaws.com/k?X-Amz-Credential=c&X-Amz-Signature=zq81kx", "zq81kx"),
    "access key": ("AKIAIOSFODNN7EXAMPLE is exposed", "AKIAIOSFODNN7EXAMPLE"),
    "secret key": ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
}

RULES = """
category "account" { title = "Account", tell = "operators" }
action "tell" {
  args = { text = "text" },
  run = function(ctx, args)
    log.info("told " .. args.text)
    log.warning(ctx.message.text)
    fail("the other side says: " .. args.text)
  end,
}
rule "erring" {
  subject = starts "Erring", category = "account",
  when = function(msg) error("I do not understand: " .. msg.text) end,
}
rule "secret" {
  subject = starts "Secret", category = "account", unproven = true,
  actions = function(msg)
    return {
      chat { channel = "team", text = "{subject} " .. msg.text }, call { to = "emergency", text = msg.text },
      webhook { webhook = "tickets", text = msg.text }, tell { text = msg.text },
    }
  end,
}
rule "secret.title" {
  subject = starts "Title", category = "account",
  actions = { chat { channel = "team" }, tell { text = "{title}" } },
}
"""

PLACES = """
channel "team" {{ url = "{url}/chat" }}
channel "call" {{ url = "{url}/call" }}
webhook "tickets" {{ url = "{url}/webhook" }}
"""


def told(peer):
    """All that was posted, as whoever takes it reads it."""
    def texts(value):
        if isinstance(value, dict):
            return " ".join(f"{key} {texts(one)}" for key, one in value.items())
        return " ".join(map(texts, value)) if isinstance(value, list) else str(value)
    return "\n".join(f"{request['path']} {texts(json.loads(request['body']))}" for request in list(peer.requests))


def alerts_of(site):
    """What the operators were told of faults: mails of their own, with no mail attached."""
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in site.outbox()]
    return [mail["Subject"] + "\n" + mail.get_body().get_content() for mail in mails
            if not list(mail.iter_attachments())]


@pytest.fixture
def secretive(site, peer):
    site.config.write_text(site.config.read_text() + PLACES.format(url=peer.url), encoding="utf-8")
    (site.rules / "50-test.lua").unlink()
    site.rule("55-secrets.lua", RULES)
    return site


def test_secrets_reach_nobody_else(secretive, peer):
    for name, (body, _) in SECRETS.items():
        secretive.deliver(make_mail(f"Secret [AWS Account: {ACCOUNT}] {name}", body=body + "\n"))
        secretive.deliver(make_mail("Title " + body.replace("\n", " "), body="x\n"))
        secretive.deliver(make_mail(f"Erring {name}", body=body + "\n"))
    done = secretive.run("run", "--once")
    posted = told(peer)
    assert {request["path"] for request in peer.requests} == {"/chat", "/call", "/webhook"}
    alerts = "\n".join(alerts_of(secretive))
    leaked = [(name, place) for name, (_, secret) in SECRETS.items()  # by itself: four digits may stand in a checksum
              for place, text in (("posted", posted), ("logged", done.stderr), ("alert", alerts))
              if re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text)]
    assert not leaked
    assert all("****" in text for text in (posted, done.stderr, alerts))


def test_errors_that_quote_a_mail_are_masked_in_status_and_alert(secretive):
    daemon = secretive.daemon()
    secretive.deliver(make_mail("Erring", body="Your verification code is 739154.\n"))
    secretive.wait_mails(1)
    status = json.dumps(secretive.objects("status"))
    assert "I do not understand" in status and "739154" not in status
    alerts = wait_for("the alert", lambda: alerts_of(secretive))
    assert len(alerts) == 1 and "verification code is ****" in alerts[0] and "739154" not in alerts[0]
    secretive.rule("70-raising.lua", 'error("the verification code is 739154")')
    secretive.run("reload", check=None)
    alerts = wait_for("the other alert", lambda: [text for text in alerts_of(secretive) if "not loaded" in text])
    assert all("code is ****" in text and "739154" not in text for text in alerts)
    assert "739154" not in daemon.log and "I do not understand" in daemon.log
