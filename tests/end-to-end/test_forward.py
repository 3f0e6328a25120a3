"""What awsift sends, read by Python's email package and by GMime (`awsift inspect`): correct mail, the original byte for
byte or the reason why not, Japanese in and out, no way for a stranger's mail to steer what is sent of it."""
import email
import email.policy
import json
import os
import re
import shutil
from email.header import Header, decode_header, make_header
from pathlib import Path

import pytest

from conftest import ACCOUNT, BINARY, make_mail, retirement, wait_for
from test_actor import CONTEXT, CUSTOM, Actor

SUBJECT = "【重要なお知らせ】 インスタンスの終了予定について、至急ご確認ください ①㈱髙﨑 [AWS Account: 123456789012]"


def parse(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def check_form(raw):
    """What holds for every mail that awsift sends; the original may have CRLF line ends."""
    mail = parse(raw)
    assert not mail.defects and all(not part.defects for part in mail.iter_parts())
    assert all(byte < 128 for byte in raw) and b"\0" not in raw
    assert all(len(line.rstrip(b"\r")) <= 998 for line in raw.split(b"\n"))
    assert b"\r" not in raw.replace(b"\r\n", b"")
    header = raw.split(b"\n\n", 1)[0]
    assert all(len(line) <= 78 for line in header.split(b"\n")), header
    for name in ("Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Auto-Submitted"):
        assert len(mail.get_all(name, [])) == 1, name
    assert mail["Auto-Submitted"] == "auto-generated" and mail["MIME-Version"] == "1.0"
    note = next(mail.iter_parts()).get_payload(decode=True)
    assert b"\n" not in note.replace(b"\r\n", b"") and b"\r" not in note.replace(b"\r\n", b"")
    return mail


def note_of(mail):
    return next(mail.iter_parts()).get_payload(decode=True).decode().replace("\r\n", "\n")


def attached(raw):
    """The original's bytes as they stand between the boundaries (decoded where base64), None when there is none."""
    boundary = b"\n--" + parse(raw).get_boundary().encode()
    parts = raw.split(boundary)[2:-1]
    if not parts:
        return None
    head, body = parts[0].split(b"\n\n", 1)
    (part,) = list(parse(raw).iter_parts())[1:]
    if b"message/rfc822" in head:
        kept = part.get_payload(0).as_bytes(policy=email.policy.compat32.clone(max_line_length=None))
        assert kept.replace(b"\r\n", b"\n") == body.replace(b"\r\n", b"\n"), "Python reads the same"
        return body
    assert part.get_filename() == "original.eml" and part.get_content_type() == "application/octet-stream"
    return part.get_payload(decode=True)


def inspected(site, path):
    (seen,) = site.objects("inspect", path)
    return seen


def sent(site):
    return [(path, path.read_bytes(), check_form(path.read_bytes())) for path in site.outbox()]


def as_rule(site, subject="Told", more=""):
    site.rule("40-told.lua", f'''
rule "test.told" {{ subject = contains "{subject}", speaker = "any", category = "maintenance", {more} }}''')


ORIGINALS = {
    "LF": (b"", b"plain\n"),
    "no line end at the end": (b"", b"plain"),
    "8 bits": (b"", "日本語\n".encode()),
    "NUL": (b"", b"a\0b\n"),
    "binary": (b"", bytes(range(256)) * 40),
    "a line of 100 KB": (b"", b"x" * 100_000 + b"\n"),
    "a bare CR": (b"", b"a\rb\n"),
    "mixed line ends": (b"", b"a\r\nb\n"),
    "ends in blank lines": (b"", b"a\n\n\n"),
    "boundaries": (b"", b"--=_awsift_0\n\n--=_awsift_0--\n"),
    "CRLF": ("crlf", b"a\r\nb\r\n"),
    "CR only": ("cr", b"a\nb\n"),
}


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_original_is_what_came(site, name):
    form, body = ORIGINALS[name]
    content = retirement(body="") + body
    if form == "crlf":
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if form == "cr":
        content = content.replace(b"\n", b"\r")
    site.deliver(content)
    site.run("run", "--once")
    ((path, raw, _),) = sent(site)
    assert attached(raw) == content
    original = inspected(site, path)["parts"][1]
    assert original["size"] == len(content)
    assert (original["type"] == "message/rfc822") == (name in ("LF", "no line end at the end", "ends in blank lines",
                                                                 "boundaries", "CRLF"))


@pytest.mark.parametrize("charset, encoding, transfer", [
    ("iso-2022-jp", "iso2022_jp_ext", "7bit"), ("iso-2022-jp", "iso2022_jp_ext", "base64"), ("shift_jis", "cp932", "8bit"),
    ("shift_jis", "cp932", "base64"), ("euc-jp", "euc_jp", "8bit"), ("utf-8", "utf-8", "8bit")])
def test_japanese_in_and_out(site, charset, encoding, transfer):
    special = "①㈱髙﨑" if charset in ("shift_jis", "utf-8") else ""
    subject, body = SUBJECT.replace("①㈱髙﨑", special), f"お客様各位\n東京リージョンの対象ホストを終了します。{special}\n"
    as_rule(site, "インスタンスの終了予定")
    coded = Header(subject, "utf-8" if charset == "shift_jis" else charset, maxlinelen=70).encode().replace("\n ", "\n ")
    text = body.encode(encoding)
    if transfer == "base64":
        text = email.base64mime.body_encode(text).encode()
    site.deliver(b"\n".join([
        b"Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=pass header.from=amazon.com",
        b"From: AWS <no-reply-aws@amazon.com>", b"To: root@example.com", b"Subject: " + coded.encode(),
        b"Date: Mon, 23 Nov 2026 00:00:00 +0000", b"Message-ID: <1@example.com>", b"MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={charset}".encode(), f"Content-Transfer-Encoding: {transfer}".encode(), b"", text]))
    site.run("run", "--once")
    ((path, raw, mail),) = sent(site)
    # what rules and people see is NFKC only in matching: the subject goes out as it came
    assert str(make_header(decode_header(mail["Subject"]))) == mail["Subject"] == subject
    seen = inspected(site, path)
    assert seen["subject"] == subject and seen["defects"] == []
    for note in (note_of(mail), seen["text"]):
        assert f"件名: {subject}" in note
        for line in body.splitlines():
            assert f"> {line}" in note


def test_names_in_japanese_and_addresses_as_people_write_them(site):
    config = site.config.read_text().replace('smtp { from = "awsift@example.jp" }',
                                             'smtp { from = "AWS 運用チーム、夜間 <awsift@example.jp>" }')
    site.config.write_text(config)
    site.rule("contacts.lua", '''contacts { ["123456789012"] = { name = "例示株式会社", language = "ja",
      technical = { "a..b@example.jp", "tech@example.jp" } } }''')
    site.deliver(retirement())
    site.run("run", "--once")
    ((path, _, mail),) = sent(site)
    assert mail["From"].addresses[0].display_name == "AWS 運用チーム、夜間"
    assert mail["From"].addresses[0].addr_spec == "awsift@example.jp"
    assert [one.username for one in mail["To"].addresses] == ["a..b", "tech"]
    seen = inspected(site, path)
    assert seen["from"] == {"name": "AWS 運用チーム、夜間", "address": "awsift@example.jp"}
    assert mail["Message-ID"].endswith(".awsift@example.jp>")


def test_nothing_steers_what_is_sent(site):
    as_rule(site, "Told", more='''
      actions = { forward { to = "technical", subject = "{subject}\\r\\nBcc: rule@example.com", text = "{subject}\\r\\n.\\r\\n" } }''')
    site.rule("contacts.lua", '''contacts { ["123456789012"] = { name = "Evil\\r\\nBcc: contact@example.com", language = "en",
      technical = { "tech@example.com" } } }''')
    site.deliver(make_mail("=?utf-8?q?Told=0D=0ABcc:_subject@example.com=0D=0A=0D=0Abody=1B[31m?= [AWS Account: 123456789012]"))
    site.run("run", "--once")
    ((path, raw, mail),) = sent(site)
    assert mail["Bcc"] is None and mail["To"] == "tech@example.com" and b"\nBcc:" not in raw.split(b"\n\n", 1)[0]
    assert not any(header["name"] == "Bcc" for header in inspected(site, path)["headers"])
    assert "\x1b" not in note_of(mail) and "\x1b" not in mail["Subject"]


def test_a_forward_that_comes_back_goes_round_no_more(site):
    as_rule(site)
    site.deliver(make_mail("Told [AWS Account: 123456789012]"))
    site.run("run", "--once")
    told = sent(site)
    assert [mail["To"] for _, _, mail in told] == ["tech@example.com"] and told[0][2]["X-Awsift-Loop"] == "1"
    counts = []
    seen = set()
    for _ in range(4):
        for path, raw, _ in told:
            if path not in seen:
                seen.add(path)
                site.deliver(raw)
        site.run("run", "--once")
        told = sent(site)
        counts.append(len(told))
    assert counts == [2, 2, 2, 2], "the operators hear of it once, the customer never again"
    assert sorted(mail["To"] for _, _, mail in told) == ["ops@example.jp", "tech@example.com"]
    assert {mail["X-Awsift-Loop"] for _, _, mail in told} == {"1", "2"}
    assert all(row["state"] == "filed" for row in site.mails())


def test_what_is_larger_than_may_be_attached(site):
    site.config.write_text(site.config.read_text().replace('from = "awsift@example.jp"', 'from = "awsift@example.jp", attach = "64K"'))
    small, large = retirement(body="s" * 50_000 + "\n"), retirement(body="l" * 3_000_000 + "\n")
    site.deliver(small)
    site.deliver(large)
    site.run("run", "--once")
    rows = {row["id"]: row for row in site.mails()}
    assert len(rows) == 2
    for _, raw, mail in sent(site):
        original = attached(raw)
        if original is not None:
            assert original == small
            continue
        note = note_of(mail)
        number = int(re.search(r"awsift show (\d+) \(archive/maintenance\)", note)[1])
        assert number in rows and mail["X-Awsift-Id"] == str(number) and "元のメールを添付しています" not in note
        assert f"{len(large) / 2**20:.1f} MB" in note and "64.0 KB" in note
        assert site.run("show", number).stdout.count(mail["Subject"])
    assert sum(attached(raw) is None for _, raw, _ in sent(site)) == 1


@pytest.mark.parametrize("value, says", [("\"65M\"", "at most 64M"), ("\"much\"", "is no size")])
def test_a_wrong_size_is_an_error(site, value, says):
    site.config.write_text(site.config.read_text().replace('from = "awsift@example.jp"',
                                                           f'from = "awsift@example.jp", attach = {value}'))
    done = site.run("check", check=None)
    assert done.returncode != 0 and says in done.stdout + done.stderr


def test_an_original_that_is_gone(site):
    """The archive's file is removed while the outbox cannot be written: what is told says so, and is told, as is all that the
    operators must know."""
    site.config.write_text(site.config.read_text() + 'outbox { first = "100ms", most = "200ms", attempts = 50 }\n')
    daemon = site.daemon()
    shutil.rmtree(site.store / "outbox")
    (site.store / "outbox").write_text("in the way")
    site.deliver(retirement())
    (kept,) = wait_for("the mail in the archive", lambda: site.archived("maintenance"))
    wait_for("a failed attempt", lambda: "action forward cannot write into the store" in daemon.log)
    kept.unlink()
    (site.store / "outbox").unlink()
    told = {"[awsift] missing: ", "[awsift] outbox: "}
    wait_for("what the operators are told", lambda: all(any(mail["Subject"].startswith(kind) for *_, mail in sent(site)) for kind in told))
    ((_, raw, mail),) = wait_for("the forward", lambda: [one for one in sent(site) if one[2]["To"] == "tech@example.com"])
    assert attached(raw) is None
    assert "元のメールを読み込めなかったため" in note_of(mail) and "awsift show 1 (archive/maintenance)" in note_of(mail)


CUSTOM_DELIVER = '''
action "mails" { args = { to = "text" }, run = function(ctx, args)
  outbox.deliver { to = { args.to, "a b@example.jp" }, subject = "s", text = "t",
    headers = { Bcc = "x@example.com", ["Content-Type"] = "text/html", ["X-Own"] = "値" } }
end }'''


@pytest.fixture
def start(tmp_path, peer):
    started = []

    def start(role, more=""):
        started.append(Actor(role, CUSTOM % peer.url + more, tmp_path))
        return started[-1]
    yield start
    for actor in started:
        actor.close()


@pytest.mark.parametrize("role, action, args", [("courier", "forward", {"to": "technical"}), ("custom", "mails", {"to": "a@example.jp"})])
def test_an_original_that_cannot_be_read_is_tried_thrice(start, tmp_path, role, action, args):
    actor = start(role, CUSTOM_DELIVER)
    (tmp_path / "unreadable.eml").write_bytes(retirement())
    unreadable = os.open(tmp_path / "unreadable.eml", os.O_WRONLY)
    for attempt in (1, 2, 3):
        actor.act(7, action, args, CONTEXT, unreadable, attempt=attempt, mail=42)
        result = actor.result()
        assert result["outcome"] == ("done" if attempt == 3 else "retry"), result
        assert attempt == 3 or "cannot be read" in result["reason"]
    os.close(unreadable)
    (path,) = (tmp_path / "outbox" / "new").iterdir()
    mail = check_form(path.read_bytes())
    assert attached(path.read_bytes()) is None
    note = note_of(mail)
    assert ("awsift show 42" in note) if action == "forward" else ("could not be attached" in note)
    if action == "mails":
        assert mail["To"] == "a@example.jp" and mail["Bcc"] is None and mail["X-Own"] == "値"


def memory(pid):
    for line in open(f"/proc/{pid}/status", encoding="ascii"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def test_a_big_original_is_not_held_in_memory(start, tmp_path):
    actor = start("courier")
    before = memory(actor.process.pid)
    with open(tmp_path / "big.eml", "w+b") as big:
        big.write(retirement())
        big.truncate(50 << 20)
        actor.act(1, "forward", {"to": "technical"}, CONTEXT, big.fileno(), mail=1)
        assert actor.result()["outcome"] == "done"
    assert memory(actor.process.pid) - before < 8 << 20
    (path,) = (tmp_path / "outbox" / "new").iterdir()
    assert "50.0 MB" in note_of(check_form(path.read_bytes()))
    with open(tmp_path / "fits.eml", "w+b") as fits:
        fits.write(retirement())
        fits.truncate(10 << 20)
        actor.act(2, "forward", {"to": "technical"}, CONTEXT, fits.fileno(), mail=2)
        assert actor.result()["outcome"] == "done"
    if "sanitized" not in str(BINARY):  # a sanitizer keeps what is freed for a while
        assert memory(actor.process.pid) - before < 64 << 20


@pytest.mark.parametrize("verdict, first, header", [
    ("unproven", "【注意】このメールが AWS から送信されたことは確認できていません。", "unproven"),
    ("forged", "【警告】このメールは AWS を名乗っていますが", "forged"), ("proven", "例示株式会社 様", None)])
def test_the_first_line_says_who_may_not_be_believed(start, tmp_path, verdict, first, header):
    actor = start("courier")
    actor.act(1, "forward", {"to": "technical"}, dict(CONTEXT, verdict=verdict))
    assert actor.result()["outcome"] == "done"
    (path,) = (tmp_path / "outbox" / "new").iterdir()
    mail = check_form(path.read_bytes())
    assert note_of(mail).startswith(first) and mail["X-Awsift-Proof"] == header
    assert ("AWS から次のお知らせが届きました。" in note_of(mail)) == (verdict != "forged")


@pytest.mark.parametrize("zone, shown", [
    ('timezone = "Europe/Berlin", ', "2026-12-05 02:00 CET (Sat)"), ("", "2026-12-05 10:00 JST (Sat)"),
    ('timezone = "Nowhere/At-all", ', "2026-12-05T01:00:00Z")], ids=["the contact's", "the configuration's", "unknown"])
def test_times_are_the_contacts(start, tmp_path, zone, shown):
    if not Path("/usr/share/zoneinfo/Europe/Berlin").exists():
        pytest.skip("this system has no time zones (package tzdata)")
    actor = start("courier", f'contacts {{ ["333333333333"] = {{ {zone}language = "en", technical = {{ "tech@example.com" }} }} }}')
    actor.act(1, "forward", {"to": "technical"}, dict(CONTEXT, contact="333333333333", notice={"starts": "2026-12-05T01:00:00Z"}))
    assert actor.result()["outcome"] == "done"
    (path,) = (tmp_path / "outbox" / "new").iterdir()
    assert f"Starts: {shown}\n" in note_of(check_form(path.read_bytes()))


@pytest.mark.parametrize("zone, shown", [("Asia/Tokyo", "2026-12-05 00:00 UTC (2026-12-05 09:00 JST)"), ("UTC", "2026-12-05 00:00 UTC (Sat)")])
def test_a_date_alone_is_told_as_aws_wrote_it_and_many_resources_stand_at_the_end(start, tmp_path, zone, shown):
    if not Path("/usr/share/zoneinfo/Asia/Tokyo").exists():
        pytest.skip("this system has no time zones (package tzdata)")
    actor = start("courier", f'contacts {{ ["345678901234"] = {{ timezone = "{zone}", language = "en", technical = {{ "tech@example.com" }} }} }}')
    notice = {"deadline": "2026-12-05T00:00:00Z", "resources": [f"i-{number}" for number in range(25)]}
    actor.act(1, "forward", {"to": "technical"}, dict(CONTEXT, contact="345678901234", notice=notice))
    assert actor.result()["outcome"] == "done"
    (path,) = (tmp_path / "outbox" / "new").iterdir()
    note = note_of(check_form(path.read_bytes()))
    assert f"Deadline: {shown}\n" in note
    assert "Resources: 25: i-0, i-1, i-2, i-3, i-4 … (all of them stand at the end of this note)\n" in note
    assert "\n---- Resources (25) ----\n" + "".join(f"i-{number}\n" for number in range(25)) in note


@pytest.mark.parametrize("category, subject, shown", [
    ("maintenance", "Work", "【緊急】Work"), ("maintenance", "【緊急】Work", "【緊急】Work"), ("support_case", "Work", "Work")])
def test_a_mark_stands_once_and_on_notices_alone(start, tmp_path, category, subject, shown):
    actor = start("courier")
    actor.act(1, "forward", {"to": "technical"}, dict(CONTEXT, category=category, subject=subject, notice={"status": "emergency"}))
    assert actor.result()["outcome"] == "done"
    (path,) = (tmp_path / "outbox" / "new").iterdir()
    mail = check_form(path.read_bytes())
    assert mail["Subject"] == shown and ("状態: 緊急" in note_of(mail)) == (category == "maintenance")


def test_a_contact_without_a_language_is_told_in_both(start, tmp_path):
    actor = start("courier", 'contacts { ["333333333333"] = { name = "Example", technical = { "tech@example.com" } } }')
    text = "\n".join(f"行 {number} " + "あ" * 30 for number in range(2000))
    actor.act(1, "forward", {"to": "technical"}, dict(CONTEXT, contact="333333333333", verdict="unproven", text=text))
    assert actor.result()["outcome"] == "done"
    (path,) = (tmp_path / "outbox" / "new").iterdir()
    note = note_of(check_form(path.read_bytes()))
    assert note.splitlines()[0].startswith("【注意】") and note.splitlines()[1].startswith("CAUTION")
    for said in ("Example 様", "Dear Example,", "停止と起動をしてください。", "Stop and start."):
        assert note.count(said) == 1
    quoted = [line for line in note.splitlines() if line.startswith("> ")]
    assert 100 < len(quoted) <= 200 and len(note) < 10_000
    assert "(以下省略。" in note and "(Cut here." in note


TEMPLATES = """
category "maintenance" { title = "メンテナンス情報", priority = "normal", tell = "technical" }
template "maintenance" {
  subject = { ja = "[保守] {title} ({account})", en = "[Maintenance] {title} ({account})" },
  ja = [[
{contact} ご担当者様

{service} の保守のお知らせです。期限: {deadline|default "未定"} 開始: {starts}

{facts}

対応: {advice}
{advice_url}
{text}]],
}
template "short" { en = "Only {account}: {resources|clip 30}. {original}" }
contacts {
  ["333333333333"] = { name = "例示株式会社", timezone = "Asia/Tokyo", language = "ja",
                       technical = { "tech@example.com", timezone = "Europe/Berlin" }, security = { "sec@example.com" } },
  ["444444444444"] = { language = "en", technical = { "tech@example.com" } },
}
"""


@pytest.fixture(scope="module")
def courier(tmp_path_factory):
    """One courier for many notes: tell(context, args) yields the mail."""
    folder = tmp_path_factory.mktemp("courier")
    actor = Actor("courier", TEMPLATES, folder)
    original = os.memfd_create("original")
    os.write(original, retirement())
    count = 0

    def tell(context, **args):
        nonlocal count
        count += 1
        actor.act(count, "forward", {"to": "technical", **args}, dict(CONTEXT, **context), original, mail=42)
        result = actor.result()
        assert result["outcome"] == "done", result["reason"]
        (path,) = (folder / "outbox" / "new").iterdir()
        mail = check_form(path.read_bytes())
        path.unlink()
        return mail
    actor.tell = tell
    yield actor
    actor.close()
    os.close(original)


def test_a_note_begins_with_what_it_says(courier):
    """No blank line before it, whether the contact has a name or not; no two blank lines in a row."""
    for contact in ("333333333333", "444444444444", None):
        for category in ("maintenance", "billing"):
            for verdict in ("proven", "unproven"):
                note = note_of(courier.tell({"contact": contact, "category": category, "verdict": verdict, "text": "q"}))
                assert note[0] != "\n" and "\n\n\n" not in note.split("----")[0], (contact, category, note)


NOTICE = {"title": "Work", "starts": "2026-12-05T01:00:00Z", "deadline": "2026-12-04T15:30:00Z", "regions": ["ap-northeast-1", "us-east-1"],
          "resources": ["i-1"], "case": "1234567890", "action_required": True, "final_notice": True, "reminder": False,
          "links": ["https://aws.amazon.com/privacy", "https://evil.example/", "https://health.aws.amazon.com/health/home#/x"]}


def test_a_note_says_what_is_known(courier):
    told = {"contact": "444444444444", "category": "billing", "priority": "urgent", "answer": "24h", "arrived": "2026-11-22T23:59:30Z", "notice": NOTICE}
    note = note_of(courier.tell(told))
    for line in ("Action is required.", "This is the final notice.", "Priority: urgent", "Regions: ap-northeast-1, us-east-1", "Support case: 1234567890",
                 "Starts: 2026-12-05 10:00 JST (Sat)", "Deadline: 2026-12-05 00:30 JST (Sat)", "Answer: AWS expects one by 2026-11-24 08:59 JST (Tue)",
                 "https://health.aws.amazon.com/health/home#/x"):
        assert f"\n{line}\n" in note, line
    assert "evil" not in note and "privacy" not in note and "reminder" not in note
    doubted = note_of(courier.tell(dict(told, verdict="forged")))
    assert doubted.startswith("WARNING") and "Action is required" not in doubted and "health.aws" not in doubted


def test_when_an_answer_is_due(courier):
    """Over the ends of months and years, in every year that a mail may be of."""
    for arrived, answer, due in [("2026-12-31T16:00:00Z", "24h", "2027-01-02 01:00 JST (Sat)"), ("2028-02-27T23:00:00Z", "2d", "2028-03-01 08:00 JST (Wed)"),
                                 ("2027-02-27T00:30:00Z", "36h", "2027-02-28 21:30 JST (Sun)"), ("2100-02-28T00:00:00Z", "1w", "2100-03-07 09:00 JST (Sun)"),
                                 ("2028-12-30T00:00:00Z", "90m", "2028-12-30 10:30 JST (Sat)"), ("2029-01-01T00:00:00Z", "99999m", "2029-03-11 19:39 JST (Sun)")]:
        note = note_of(courier.tell({"contact": "444444444444", "category": "billing", "arrived": arrived, "answer": answer}, quote=False))
        assert f"\nAnswer: AWS expects one by {due}\n" in note, (arrived, answer, note)


def test_a_template_has_the_teams_words(courier):
    told = {"contact": "333333333333", "notice": dict(NOTICE, deadline=None), "thread": None, "subject": "S {facts} {account}", "verdict": "unproven"}
    mail = courier.tell(told, text="追記")
    note = note_of(mail)
    assert mail["Subject"] == "[保守] Work (123456789012)"
    lines = note.split("\n")
    assert lines[0].startswith("【注意】") and lines[1] == "" and lines[2] == "例示株式会社 ご担当者様"
    assert "EC2 の保守のお知らせです。期限: 未定 開始: 2026-12-05 02:00 CET (土)" in lines, "the role's own time zone"
    assert "件名: S {facts} {account}" in lines and "AWS アカウント: 123456789012" in lines, "what a mail brought is filled no further"
    assert "対応: 停止と起動をしてください。" in lines and "追記" in lines
    assert "元のメールを添付しています。" in lines and lines.index("---- 元のメール ----") > lines.index("追記")
    other = courier.tell(dict(told, contact="444444444444"))
    assert other["Subject"] == "[Maintenance] Work (123456789012)" and "AWS has sent the following notice." in note_of(other)
    assert courier.tell(told, subject="Own")["Subject"] == "Own"


def test_a_forward_names_its_template(courier):
    resources = [f"i-{number:017x}" for number in range(200)]
    note = note_of(courier.tell({"contact": "444444444444", "notice": {"resources": resources}}, template="short", quote=False))
    first, _, rest = note.partition("\n")
    assert first.startswith("Only 123456789012: i-00000000000000000, i-") and first.endswith("…. The original mail is attached.")
    assert rest == "\n---- Resources (200) ----\n" + "\n".join(resources) + "\n"


def test_what_is_very_long_stays_readable(courier):
    subject = "【重要】" + "とても長い件名です。" * 2000
    told = {"contact": "333333333333", "category": "billing", "subject": subject, "notice": {"resources": [f"i-{number:017x}" for number in range(200)]}}
    mail = courier.tell(told)
    note = note_of(mail)
    assert len(mail["Subject"]) <= 251 and mail["Subject"].endswith("…") and subject.startswith(mail["Subject"][:-1])
    assert max(map(len, note.split("\n"))) < 400
    assert note.index("対応方法:") < note.index("---- 対象リソース (200 件) ----") and note.count("\ni-") == 200


@pytest.mark.parametrize("text, want", [
    ('template "maintenance" { ja = "{acount}" }', "template 'maintenance': nothing fills the placeholder {acount} (did you mean 'account'?)"),
    ('template "maintenance" { en = "{title|clop 3}" }', "template 'maintenance'"),
    ('template "maintenance" { de = "x" }', "template 'maintenance' has no key 'de'"),
    ('template "maintenance" { subject = "a\\nb" }', "'subject' has a line break"),
    ('template "maintenance" { }', "template 'maintenance' says nothing"),
    ('template "maintenence" { en = "x" }', "template 'maintenence' is used by nothing: there is no category of that name (did you mean 'maintenance'?)"),
    ('template "maintenance" { en = "x" } template "maintenance" { en = "y" }', "template 'maintenance' exists already at"),
    ('template "own" { en = "{deadline} {ticket}" } rule "a.b" { subject = "T {n}", category = "billing", capture = { ticket = "T {n}" }, '
     'actions = forward { to = "technical", template = "onw" } }', "action 'forward': there is no template 'onw' (did you mean 'own'?)"),
])
def test_mistakes_in_a_template_are_named(site, text, want):
    site.rule("60-template.lua", text)
    done = site.run("check", check=None)
    told = done.stdout + done.stderr
    assert any("60-template.lua:1:" in line and want in line for line in told.splitlines()), told


CHATS = {
    "mentions": ("<!everyone> <@U123> @channel & <https://evil.example/x|AWS>", "proven",
                 "&lt;!everyone&gt; &lt;@U123&gt; @\u200bchannel &amp; &lt;https://evil.example/x|AWS&gt;"),
    "addresses stay": ("ops@here.example", "proven", "ops@here.example"),
    "links of a stranger": ("Click HTTPS://evil.example/x?y", "unproven", "Click HTTPS[:]//evil.example/x?y"),
    "keys": ("AKIAIOSFODNN7EXAMPLE is exposed", "proven", "AKIA****MPLE is exposed"),
    "codes": ("確認コード 123456 [AWS Account: 123456789012]", "proven", "確認コード **** [AWS Account: 123456789012]"),
    "reset": ("https://signin.aws.amazon.com/reset?token=abc", "proven", "https://signin.aws.amazon.com/****"),
}


@pytest.mark.parametrize("name", CHATS)
def test_a_chat_shows_and_does_nothing(peer, tmp_path, name):
    subject, verdict, want = CHATS[name]
    actor = Actor("courier", "", tmp_path, config={"channels": {"ops": {"url": peer.url + "/chat"}}})
    try:
        for number, args in enumerate(({"channel": "ops"}, {"channel": "ops", "text": "kb: https://kb.example.jp/1 " + subject})):
            actor.act(number + 1, "chat", args, dict(CONTEXT, subject=subject, verdict=verdict), mail=5)
            assert actor.result()["outcome"] == "done"
        first, second = [json.loads(request["body"])["text"] for request in peer.requests]
        assert first == f"[maintenance] 123456789012 {want}"
        assert second == f"kb: https://kb.example.jp/1 {want}", "an author's own link stays"
        actor.act(3, "chat", {"channel": "ops", "text": "長い" * 5000 + "&"}, CONTEXT, mail=5)
        assert actor.result()["outcome"] == "done"
        text = json.loads(peer.requests[-1]["body"])["text"]
        assert text == "長い" * 1000 + "… (awsift show 5)"
    finally:
        actor.close()


def test_the_log_shows_no_code(site):
    as_rule(site, "Told", more="actions = {}")
    site.deliver(make_mail("Told: verification code 987654 AKIAIOSFODNN7EXAMPLE"))
    done = site.run("run", "--once")
    assert "Told: verification code ****" in done.stderr
    assert "987654" not in done.stderr and "AKIAIOSFODNN7EXAMPLE" not in done.stderr
