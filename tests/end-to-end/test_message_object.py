"""The mail as rules see it: every field of `msg` through a rule folder, what is decoded for it, and the examples of
docs/guide/en/message.md."""
import base64
import json
import os
import re
import time

import pytest

from conftest import SOURCE, make_mail

INNER = "From: Inner <inner@example.com>\nSubject: =?utf-8?q?inner_=E6=97=A5?=\nX-In: 1\n\ninner text\n"
TWICE = "From: b@example.com\nSubject: middle\nContent-Type: message/rfc822\n\n" + INNER
MAIL = f"""Delivered-To: root@example.com
Received: from a by b; Mon, 23 Nov 2026 13:00:20 +0000
Received: from c by d; Mon, 23 Nov 2026 13:00:15 +0000
From: =?utf-8?b?5pel5pys?= <a@example.com>
To: "One" <one@example.com>, Group: two@example.com;
Cc: three@EXAMPLE.com
Reply-To: Replies <reply@example.com>
Subject: [Action Required] =?utf-8?b?6Zqc5a6z?=
Date: Mon, 23 Nov 2026 22:00:11 +0900
Message-ID: <id@example.com>
In-Reply-To: <b@example.com>
References: <a@example.com>
 <b@example.com>
X-Tag: first
x-tag: =?utf-8?q?se=63ond?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=UTF-8; format=flowed

Hello \n日本.
--c
Content-Type: text/html; charset=iso-2022-jp

<p>Hello <b>HTML</b></p>
--c--
--b
Content-Type: application/pdf
Content-Disposition: Attachment; filename="=?utf-8?b?5pel?=.pdf"
Content-Transfer-Encoding: base64

{base64.b64encode(b"x" * 1000).decode()}
--b
Content-Type: text/csv; charset=shift_jis; name=list.csv
Content-Transfer-Encoding: quoted-printable

=93=FA
--b
Content-Type: message/rfc822
Content-Transfer-Encoding: base64

{base64.b64encode(TWICE.encode()).decode()}
--b--
"""

# What a rule reads, as a Lua expression: what it must be, as JSON has it.
FIELDS = {
    "subject": ("msg.subject", "[Action Required] 障害"),
    "title": ("msg.title", "障害"),
    "from": ("msg.from", {"name": "日本", "address": "a@example.com"}),
    "to": ("msg.to", [{"name": "One", "address": "one@example.com"}, {"name": "", "address": "two@example.com"}]),
    "cc": ("msg.cc[1].address", "three@example.com"),
    "reply_to": ("msg.reply_to", [{"name": "Replies", "address": "reply@example.com"}]),
    "date": ("msg.date", 1795438811),
    "message_id": ("msg.message_id", "id@example.com"),
    "in_reply_to": ("msg.in_reply_to", ["b@example.com"]),
    "references": ("msg.references", ["a@example.com", "b@example.com"]),
    "headers by name": ("msg.headers['X-TAG']", ["first", "second"]),
    "headers that are not there": ("msg.headers['x-none'] == nil", True),
    "headers in order": ("{ #msg.headers, msg.headers[14].name, msg.headers[14].value, msg.headers[14].raw }",
                         [16, "x-tag", "second", " =?utf-8?q?se=63ond?=\n"]),
    "raw headers": ("msg.raw_headers['x-Tag']", [" first\n", " =?utf-8?q?se=63ond?=\n"]),
    "Content fields": ("msg.headers['content-type']", ["multipart/mixed; boundary=b"]),
    "header": ("{ msg:header('x-tag'), msg:header('X-Tag', 2), msg:header('x-tag', 3) == nil }", ["first", "second", True]),
    "raw_header": ("msg:raw_header('X-TAG', 2)", " =?utf-8?q?se=63ond?=\n"),
    "part types": ("each(msg.parts, 'type')", ["text/plain", "text/html", "application/pdf", "text/csv", "message/rfc822"]),
    "part charsets": ("each(msg.parts, 'charset')", ["utf-8", "iso-2022-jp", "-", "shift_jis", "-"]),
    "part dispositions": ("each(msg.parts, 'disposition')", ["-", "-", "attachment", "-", "-"]),
    "part file names": ("each(msg.parts, 'filename')", ["-", "-", "日.pdf", "list.csv", "-"]),
    "part sizes": ("{ msg.parts[3].size, msg.parts[4].size, msg.parts[5].size }", [1000, 2, len(TWICE.encode())]),
    "part texts": ("each(msg.parts, 'text')", ["Hello \n日本.", "<p>Hello <b>HTML</b></p>", "-", "日", "-"]),
    "attachments": ("each(msg.attachments, 'name')", ["日.pdf", "list.csv"]),
    "attachment types": ("each(msg.attachments, 'type')", ["application/pdf", "text/csv"]),
    "a mail within": ("{ msg.parts[5].message.subject, msg.parts[5].message.parts[1].message.subject }",
                      ["middle", "inner 日"]),
    "all of a mail within": ("(function(m) return { m.from.name, m.text, m.headers['x-in'][1], m:header('X-In') } end)"
                             "(msg.parts[5].message.parts[1].message)", ["Inner", "inner text\n", "1", "1"]),
    "a mail within says nothing of who speaks": ("msg.parts[5].message.auth == nil", True),
    "text": ("{ msg.text, msg.body, msg.plain }", ["Hello 日本."] * 3),
    "html": ("msg.html", "Hello HTML\n"),
    "auth": ("msg.auth.verdict", "stranger"),
    "notice": ("msg.notice.action_required", True),
    "defects": ("msg.defects", []),
    "envelope": ("{ msg.envelope.spool, msg.envelope.arrival, msg.envelope.recipient }", ["in", 1795440000, "root@example.com"]),
    "envelope file": ("msg.envelope.file:match('[^/]+$')", "mail.eml"),
    "what is not there": ("{ msg.nothing == nil, msg.parts[1].nothing == nil, msg.parts[1].message == nil }", [True] * 3),
    "the same table twice": ("msg.parts == msg.parts and msg.parts[5].message == msg.parts[5].message", True),
}

PROBE = '''
local function each(list, key)
  local values = {}
  for i, entry in ipairs(list) do values[i] = entry[key] or "-" end
  return values
end
local function show(value)
  if type(value) ~= "table" then return type(value) == "string" and '"' .. value .. '"' or tostring(value) end
  local out = {}
  if value[1] ~= nil then for i, entry in ipairs(value) do out[i] = show(entry) end return "[" .. table.concat(out, ",") .. "]" end
  for key, entry in pairs(value) do out[#out + 1] = '"' .. key .. '":' .. show(entry) end
  return #out == 0 and "[]" or "{" .. table.concat(out, ",") .. "}"
end
rule "probe" {
  speaker = "any", category = "billing", when = function() return true end,
  actions = function(msg) return { %s } end,
}
'''


@pytest.fixture
def look(site):
    """look(rules, mail): the decision of the only mail, by these rules beside the site's own."""
    def run(rules, mail=MAIL, *options):
        site.rule("10-probe.lua", rules)
        path = site.folder / "mail.eml"
        path.write_bytes(mail if isinstance(mail, bytes) else mail.encode())
        os.utime(path, (1795440000, 1795440000))
        return site.run("explain", path).stdout if "explain" in options else site.objects("classify", path)[0]
    return run


def probe(*expressions):
    return PROBE % ", ".join(f'forward {{ to = "operators", text = show({expression}) }}' for expression in expressions)


def test_every_field(look):
    """One decision for all: an action a field."""
    names = list(FIELDS)
    decision = look(probe(*(FIELDS[name][0] for name in names)))
    assert decision["errors"] == []
    wrong = []
    for name, action in zip(names, decision["actions"], strict=True):
        text = action["args"]["text"]
        try:
            got = json.loads(text, strict=False)
        except ValueError:
            got = text
        if got != FIELDS[name][1]:
            wrong.append(f"{name}: {got!r}, want {FIELDS[name][1]!r}")
    assert not wrong, "\n".join(wrong)


READ = {
    "the subject": ("msg.subject", "the header"),
    "headers": ("msg.headers['x-tag']", "the header"),
    "addresses and dates": ("msg.to and msg.reply_to and msg.date and msg.references", "the header"),
    "attachments by name and type": ("msg.attachments[1].name and msg.attachments[1].type", "the header and 0 of 5 parts"),
    "plain text": ("msg.text", "the header and 1 of 5 parts"),
    "the HTML as well": ("msg.text and msg.html", "the header and 2 of 5 parts"),
    "one attachment": ("msg.attachments[1].size", "the header and 1 of 5 parts"),
    "a mail within": ("msg.parts[5].message.subject", "the header and 1 of 5 parts"),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_not_asked_for_is_not_decoded(look, name):
    expression, read = READ[name]
    rule = f'rule "probe" {{ speaker = "any", category = "billing", when = function(msg) local x = {expression} return x ~= nil end }}'
    assert f"read for the rules: {read}\n" in look(rule, MAIL, "explain")


@pytest.mark.parametrize("around", ["a footer behind it", "a remark before it"])
@pytest.mark.parametrize("name", ["ec2-retirement-html", "general-maintenance-html", "lambda-end-of-support", "acm-renewal-html"])
def test_the_notice_is_read_beside_what_a_server_adds(site, name, around):
    """Mailing lists and mail servers wrap HTML into multipart/mixed with a text of their own."""
    path = SOURCE / "rules.d" / "tests" / "fixtures" / f"{name}.eml"
    head, body = path.read_text(encoding="utf-8").split("\n\n", 1)
    fields = re.split(r"\n(?![ \t])", head)
    content = [field for field in fields if field.lower().startswith("content-")]
    part = "\n".join(content) + "\n\n" + body
    own = "Content-Type: text/plain; charset=us-ascii\n\n____\nA list, list@example.com\n"
    parts = [part, own] if around.startswith("a footer") else [own, part]
    wrapped = site.folder / "wrapped.eml"
    wrapped.write_text("\n".join([field for field in fields if field not in content] +
                                 ["Content-Type: multipart/mixed; boundary=wrapped", "", *(f"--wrapped\n{each}" for each in parts),
                                  "--wrapped--", ""]), encoding="utf-8")
    bare, seen = site.objects("classify", path, wrapped)
    assert seen["notice"] == bare["notice"] and bare["notice"]["metadata"]
    assert (seen["rule"], seen["category"], seen["account"]) == (bare["rule"], bare["category"], bare["account"])


DATES = {
    "its own": ("Mon, 23 Nov 2026 13:00:11 +0000", 1795438811),
    "missing": (None, 1795438820),
    "no date": ("yesterday", 1795438820),
    "the beginning of time": ("Thu, 1 Jan 1970 00:00:00 +0000", 1795438820),
    "the future": ("Mon, 23 Nov 2036 13:00:11 +0000", 1795438820),
    "long ago": ("Mon, 23 Nov 2020 13:00:11 +0000", 1606136411),
}


@pytest.mark.parametrize("name", DATES)
def test_date(look, name):
    written, read = DATES[name]
    mail = re.sub(r"^Date: .*\n", f"Date: {written}\n" if written else "", MAIL, flags=re.MULTILINE)
    decision = look(probe("msg.date"), mail)
    assert decision["actions"][0]["args"]["text"] == str(read)


@pytest.mark.parametrize("own_date", [True, False])
def test_power_needs_the_mails_own_date(site, own_date):
    site.rule("10-power.lua", '''rule "power" { subject = starts "Power", category = "billing",
      actions = function(msg) return { call { to = "emergency" }, forward { to = "operators", text = tostring(msg.date ~= nil) } } end }''')
    now = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    mail = make_mail("Power [AWS Account: 123456789012]", headers=(f"Received: from a by b; {now}",)).decode()
    path = site.folder / "mail.eml"
    path.write_text(mail if own_date else re.sub(r"^Date: .*\n", "", mail, flags=re.MULTILINE), encoding="utf-8")
    (decision,) = site.objects("classify", path)
    names = [action["action"] for action in decision["actions"]]
    assert ("call" in names) == own_date and ("held" in decision["tags"]) != own_date
    assert decision["actions"][-1]["args"]["text"] == "true"


def test_parts_and_mails_within_end_with_their_mail(look):
    decision = look('''
local kept = {}
rule "keep" { speaker = "any", final = false, when = function(msg)
  kept = { msg, msg.parts[1], msg.parts[5].message, msg.parts[5].message.parts[1] } return true end }
rule "probe" { speaker = "any", category = "billing", when = function() return true end }''')
    assert decision["rule"] == "probe"
    assert [error["kind"] for error in decision["errors"]] == ["state"]
    for number, field in enumerate(("subject", "type", "subject", "type"), 1):
        decision = look(f'''
local kept
rule "probe" {{ speaker = "any", category = "billing", when = function(msg)
  kept = {{ msg, msg.parts[1], msg.parts[5].message, msg.parts[5].message.parts[1] }} return true end,
  actions = function() return {{ forward {{ to = "operators", text = tostring(kept and kept[{number}].{field}) }} }} end }}''')
        assert decision["actions"][0]["args"].get("text") in (None, "nil")


def test_a_mail_in_a_mail_in_a_mail_is_not_read(look):
    within = "Subject: 1\nContent-Type: message/rfc822\n\n" * 10 + INNER
    decision = look(probe("(function(m) local n = 0 while m do n = n + 1 m = m.parts[1].message end return n end)(msg)",
                          "msg.parts[1].message.parts[1].message.defects"), within)
    assert decision["actions"][0]["args"]["text"] == "3" and decision["errors"] == []


def test_the_examples_of_the_guide(site):
    text = (SOURCE / "docs/guide/en/message.md").read_text(encoding="utf-8")
    (rules,) = [block for block in re.findall(r"```lua\n(.*?)```", text, re.DOTALL) if "example.invoice" in block]
    (site.rules / "50-test.lua").unlink()
    site.rule("10-guide.lua", rules)
    folder = site.folder / "mail"
    folder.mkdir()
    for name, content in {"1": MAIL.replace("=?utf-8?b?5pel?=.pdf", "invoice.pdf"),
                          "2": MAIL.replace(base64.b64encode(TWICE.encode()).decode(),
                                            base64.b64encode(b"From: billing@example.com\n\nx\n").decode()),
                          "3": MAIL.replace("23 Nov 2026 22:00", "10 Nov 2026 22:00"), "4": INNER}.items():
        (folder / name).write_text(content, encoding="utf-8")
    decisions = site.objects("classify", folder)
    assert [decision["errors"] for decision in decisions] == [[]] * 4
    assert [decision["rule"] for decision in decisions] == [
        "example.invoice", "example.forwarded", "example.late", None]
