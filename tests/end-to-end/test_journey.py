"""A mail's whole way: spool, decision, ledger, archive, and what people get."""
import email
import email.policy
import hashlib

import pytest

from conftest import ACCOUNT, make_mail, retirement, wait_for


def parse(path):
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def original_of(forward):
    """The bytes of the mail that a forward carries."""
    for part in forward.iter_attachments():
        if part.get_content_type() == "message/rfc822":
            return part.get_payload(0)
        if part.get_filename() == "original.eml":
            return part.get_payload(decode=True)
    pytest.fail("the forward carries no original")


def test_maildir_mail_is_decided_archived_and_told(site, daemon):
    mail = retirement(body="The instance i-0123456789abcdef0 will be retired.\n")
    site.deliver(mail)
    (row,) = site.wait_mails(1)
    assert row["category"] == "maintenance" and row["rule"] == "test.retirement"
    assert row["account"] == "123456789012" and row["verdict"] == "proven" and row["certainty"] == "exact"
    assert row["actions"]["done"] == 1

    (kept,) = site.archived("maintenance")
    digest = hashlib.sha256(mail).hexdigest()[:16]
    assert kept.name == f"{row['id']}.{digest}.awsift:2," and kept.parent.name == "cur"
    assert kept.read_bytes() == mail
    assert site.spooled() == []

    (path,) = site.outbox()
    forward = parse(path)
    assert "tech@example.com" in forward["To"]
    assert "awsift@example.jp" in forward["From"]
    assert forward["Auto-Submitted"] == "auto-generated"
    assert forward["Message-ID"]
    note = forward.get_body(("plain",)).get_content()
    assert "停止と起動でホストが替わります。" in note
    assert "123456789012" in note
    original = original_of(forward)
    raw = original if isinstance(original, bytes) else original.as_bytes()
    assert b"i-0123456789abcdef0" in raw


def test_eight_bit_original_is_attached_byte_for_byte(site, daemon):
    mail = retirement(body="インスタンスは終了します。\n" + "長い行" * 500 + "\n")
    site.deliver(mail)
    site.wait_mails(1)
    (path,) = site.outbox()
    original = original_of(parse(path))
    assert isinstance(original, bytes) and original == mail


def test_forward_of_the_same_mail_has_the_same_message_id(site, tmp_path_factory, peer):
    from conftest import Site
    identifiers = []
    mail = retirement()
    for place in (site, Site(tmp_path_factory.mktemp("other"), peer.url)):
        place.deliver(mail)
        place.run("run", "--once")
        (path,) = place.outbox()
        identifiers.append(parse(path)["Message-ID"])
    assert identifiers[0] == identifiers[1]


def test_drop_directory(site):
    drop = site.folder / "drop"
    drop.mkdir()
    config = site.config.read_text().replace('spool "in" {', 'spool "drop" { kind = "directory", path = "drop", '
                                             'trust = { authserv_id = "mx.example.jp" } }\nspool "in" {', 1)
    site.config.write_text(config)
    site.daemon()
    mail = retirement()
    half = len(mail) // 2
    with open(drop / "notice.eml", "wb") as file:
        file.write(mail[:half])
        file.flush()
        file.write(mail[half:])
    site.wait_mails(1)
    assert [path.read_bytes() for path in site.archived("maintenance")] == [mail]
    assert list(drop.iterdir()) == []


def test_unknown_mail_reaches_the_operators(site, daemon):
    site.deliver(make_mail("Something AWS never wrote before"))
    (row,) = site.wait_mails(1)
    assert row["category"] == "unmatched" and row["rule"] is None and row["certainty"] == "none"
    (path,) = site.outbox()
    assert "ops@example.jp" in parse(path)["To"]


def test_forged_mail_is_told_to_the_operators_only(site, daemon):
    site.deliver(retirement(proven=False))
    (row,) = site.wait_mails(1)
    assert row["category"] == "suspicious" and row["verdict"] == "forged" and row["rule"] is None
    assert [parse(path)["To"] for path in site.outbox()] and all(
        "ops@example.jp" in parse(path)["To"] and "tech@" not in parse(path)["To"] for path in site.outbox())


def test_aws_speaks_through_a_mailing_list(site):
    """As Google Groups hands it on: From rewritten, the author and what was found of him in fields of its own."""
    site.rule("00-from.lua", 'rule "test.from" { from = "@amazon.com", final = false, tags = { "from-aws" } }')
    mail = make_mail(f"Amazon EC2 Instance Retirement [AWS Account: {ACCOUNT}]", sender="aws@lists.example.jp",
                     name="'Amazon Web Services, Inc.' via AWS", headers=(
                         'X-Original-From: "Amazon Web Services, Inc." <no-reply-aws@amazon.com>',
                         "X-Original-Authentication-Results: mx.google.com; dkim=pass header.i=@amazon.com; dmarc=pass header.from=amazon.com"))
    site.deliver(mail)
    (before,) = site.objects("classify", site.spool)
    assert before["auth"]["verdict"] == "forged" and before["category"] == "suspicious"
    text = site.config.read_text().replace('authserv_id = "mx.example.jp"', 'authserv_id = "mx.example.jp", lists = "aws@lists.example.jp"')
    site.config.write_text(text)
    (after,) = site.objects("classify", site.spool)
    assert after["auth"]["verdict"] == "proven" and after["rule"] == "test.retirement" and after["tags"] == ["from-aws"]
    assert "aws@lists.example.jp names no-reply-aws@amazon.com" in after["auth"]["reasons"][0]


def test_identical_file_is_one_mail_with_two_arrivals(site, daemon):
    mail = retirement()
    site.deliver(mail)
    (row,) = site.wait_mails(1)
    site.deliver(mail)
    wait_for("the second copy to leave the spool", lambda: not site.spooled())
    (shown,) = site.objects("show", row["id"])
    wait_for("the second arrival", lambda: len(site.objects("show", row["id"])[0]["arrivals"]) == 2)
    assert len(site.mails()) == 1 and len(site.archived()) == 1 and len(site.outbox()) == 1
    assert len(shown["decisions"]) == 1


def test_custom_action_speaks_http_with_a_stable_key(site, peer):
    site.record()
    site.daemon()
    site.deliver(make_mail("Recorded 1"))
    wait_for("the peer to be told", peer.records)
    site.wait_mails(1)
    (record,) = peer.records()
    assert record["text"] == "Recorded 1" and len(record["key"]) == 64


def test_peer_that_fails_is_tried_again_with_the_same_key(site, peer):
    site.record()
    peer.status = 503
    site.daemon()
    site.deliver(make_mail("Recorded again"))
    wait_for("a first attempt", lambda: len(peer.records()) >= 1)
    peer.status = 200
    site.wait_mails(1)
    records = peer.records()
    assert len(records) >= 2 and len({record["key"] for record in records}) == 1


def test_mail_that_waited_while_nobody_ran(site):
    for number in range(5):
        site.deliver(retirement(body=f"{number}\n"))
    site.run("run", "--once")
    assert len(site.wait_mails(5)) == 5 and site.spooled() == []
