"""People see what nearly knew a mail: the nearest rule, what differs, and the template that would know both. How well mail of AWS
is judged by it, test_aws_mail.py says."""
import email.policy

from conftest import make_mail

NEARLY = """
rule "gadget.rotation" { title = "Quarterly gadget rotation planned", category = "maintenance" }
rule "gadget.other" { title = contains "widget", category = "maintenance", general = true }
rule "widget.rotation" { title = "Quarterly widget rotation planned", category = "billing" }
"""
WANT = ("gadget.rotation", "maintenance", '"planned" is "scheduled"', 'title = "Quarterly gadget rotation {word}"')


def notes_to(site, address):
    parsed = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    return ["".join(part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain")
            for mail in parsed if address in mail["To"]]


def test_people_see_the_nearest_rule(site):
    """In the note to the operators, in show, classify and explain."""
    site.rule("60-near.lua", NEARLY)
    mail = make_mail("Quarterly gadget rotation scheduled [AWS Account: 123456789012]")
    (site.folder / "one.eml").write_bytes(mail)
    site.deliver(mail)
    site.run("run", "--once")
    seen = [*notes_to(site, "ops@example.jp"), site.run("show", "1").stdout, site.run("classify", "one.eml").stdout,
            " ".join(site.run("explain", "one.eml").stdout.split())]
    assert len(seen) == 4
    for text in seen:
        assert all(want in text for want in WANT), text
    assert site.objects("show", "1")[0]["decisions"][0]["decision"]["near"]["rule"] == "gadget.rotation"


def test_no_customer_sees_the_nearest_rule(site):
    site.rule("60-near.lua", NEARLY)
    site.deliver(make_mail("Quarterly widget rotation scheduled [AWS Account: 123456789012]"))
    site.run("run", "--once")
    assert site.mails()[0]["category"] == "maintenance"
    assert site.objects("show", "1")[0]["decisions"][0]["decision"]["near"]["category"] == "billing"
    notes = notes_to(site, "tech@example.com")
    assert len(notes) == 1 and "widget.rotation" not in notes[0]
