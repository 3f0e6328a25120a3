"""Texts of actions: what a rule's author may write into them, what is said of a mistake, and that no mail can make more of a
text than a text, whichever way it goes: mail, chat, phone, HTTP, a folder's name."""
import base64
import email
import email.policy
import json

import pytest

from conftest import Peer, Site, make_mail

CATEGORY = 'category "support" { title = "Support", tell = "operators" }\n'
BODY = "Case ID: 1234567890\nInstances: i-0123456789abcdef0 i-0123456789abcdef1 i-0123456789abcdef2\nDeadline: 2026-12-05T01:30:00Z\n"
RULE = '''rule "r" { subject = "New case {case}", category = "support", collect = { instances = "{instance}" },
  capture = { absent = "Absent: {line}", due = "Deadline: {line}" }, actions = %s }'''


@pytest.fixture
def texts(site):
    """texts(texts): what becomes of each as the text of an action, and the decision's errors."""
    def run(templates, actions=None):
        given = actions or "{ " + ", ".join(f"forward {{ to = \"operators\", text = [==[{one}]==] }}" for one in templates) + " }"
        site.rule("10-support.lua", CATEGORY + RULE % given)
        (site.folder / "x.eml").write_bytes(make_mail("New case 1234567890", body=BODY))
        (decision,) = [json.loads(line) for line in site.run("classify", "--json", site.folder / "x.eml").stdout.splitlines()]
        return [action["args"]["text"] for action in decision["actions"]], decision["errors"]
    return run


FILTERED = {
    "{subject|clip 8}": "New cas…",
    '{instances|join " + "}': "i-0123456789abcdef0 + i-0123456789abcdef1 + i-0123456789abcdef2",
    "{instances|first|upper}": "I-0123456789ABCDEF0",
    "{instances|count} of them": "3 of them",
    "{case|lower}{subject|upper}": "1234567890NEW CASE 1234567890",
    '{absent|default "none"}': "none",
    '{ticket|default "no ticket"}': "no ticket",
    '{due|date "%Y/%m/%d %H:%M"}': "2026/12/05 01:30 UTC",
    "https://example.com/?q={subject|url}": "https://example.com/?q=New%20case%201234567890",
    '{instances | join "|" | clip 7}': "i-0123…",
    "a brace { and {Upper|clip 3}": "a brace { and {Upper|clip 3}",
}


def test_filters_in_a_list(texts):
    got, errors = texts(FILTERED)
    assert dict(zip(FILTERED, got, strict=True)) == FILTERED and errors == []


def test_filters_in_what_a_function_yields(texts):
    actions = "function() local t = {} for _, text in ipairs { " + ", ".join(f"[==[{one}]==]" for one in FILTERED) \
        + ' } do t[#t + 1] = forward { to = "operators", text = text } end return t end'
    got, errors = texts(FILTERED, actions)
    assert dict(zip(FILTERED, got, strict=True)) == FILTERED and errors == []


def test_a_wrong_filter_of_a_function_leaves_the_value_and_is_said(texts):
    got, errors = texts([], 'function() return { forward { to = "operators", text = "{case|uper}." } } end')
    (error,) = errors
    assert got == ["1234567890."] and error["kind"] == "placeholder" and "no filter 'uper'" in error["message"]


# name: (the text, words of the message)
WRONG = {
    "unknown": ("{subject|clp 80}", ["no filter 'clp'", "'clip'"]),
    "unknown behind another": ("{subject|upper|frist}", ["no filter 'frist'", "'first'"]),
    "no number": ('{subject|clip "80"}', ["{subject|clip 80}"]),
    "no argument": ("{instances|join}", ['{instances|join ", "}']),
    "an argument too many": ("{subject|upper 3}", ["{subject|upper}"]),
    "a date's letter": ('{due|date "%Q"}', ["date", "one of Y m d H"]),
    "no name": ("{subject|}", ["name of a filter is missing"]),
    "no end": ("{subject|clip 80", ["closing } is missing"]),
    "no quotation mark": ('{instances|join ", }', ["quotation mark"]),
    "a mistyped name": ('{subjet|default "x"}', ["{subjet}", "'subject'"]),
    "too many": ("{subject" + "|upper" * 9 + "}", ["more than 8 filters"]),
}


def test_every_wrong_filter_is_named_in_one_run(site):
    lines, expected = [CATEGORY.strip()], {}
    for number, (name, (text, _)) in enumerate(WRONG.items()):
        lines += [f'rule "wrong.{number}" {{', '  subject = "New case {case}", category = "support", capture = { due = "x {line}" },',
                  '  collect = { instances = "{instance}" },', f'  also = {{ forward {{ to = "operators", text = [==[{text}]==] }} }},', "}"]
        expected[name] = len(lines) - 1
    site.rule("10-wrong.lua", "\n".join(lines))
    said = [one for one in site.run("check", check=1).stderr.splitlines() if "/10-wrong.lua:" in one and "warning:" not in one]
    for name, line in expected.items():
        ours = [one for one in said if f"10-wrong.lua:{line}:" in one]
        assert len(ours) == 1 and all(word in ours[0] for word in WRONG[name][1]), (name, ours)
    assert len(said) == len(WRONG)


# What a stranger would write into a subject, with what it would make of each way that it goes
HOSTILE = {
    "a call to all": "<!channel> <!here> @here @channel <@U123>",
    "bold, code and struck": "*bold* _slanted_ ~struck~ `code` ```block```",
    "wide marks": "＊wide＊ ＿wide＿",
    "a link that hides": "[click](https://evil.example/) <https://evil.example/|AWS>",
    "another header": "x\r\nBcc: victim@example.com\r\n\r\nbody",
    "paths": "../../../etc/passwd",
    "a hidden folder": ".ssh",
    "nothing of a name": "///",
    "controls": "a\x1b[31mb\x07c\x00d\u202ee",
    "markup for speech": 'wait <break time="9999s"/> & <say-as> {pause}',
    "templates": "{account|upper} {subject} %s %n ${HOME} $(id)",
    "JSON": '", "channel": "aws-security", "x": "\\',
    "long": "long " * 2000,
}
ACTIONS = '''
rule "hostile" {
  subject = starts "Hostile", category = "billing", speaker = "any", unproven = true, capture = { rest = "Rest: {line}", more = "More: {line}" },
  actions = {
    forward { to = "operators", subject = "Told: {subject}", text = "{subject}" },
    chat { channel = "aws-security", text = "*author* {subject} {rest} {more}" },
    call { to = "emergency", text = "Call: {subject}" },
    webhook { webhook = "tickets", text = "{subject}" },
    file { folder = "{rest}" }, file { folder = "by-{category}" },
  },
}
'''


def hostile_mail(name, subject):
    encoded = "=?UTF-8?B?" + base64.b64encode(("Hostile: " + subject).encode()).decode() + "?="
    return make_mail(encoded, body=f"AWS Account ID: 123456789012\nRest: {subject}\nMore: ＊body＊\n", message_id=name.replace(" ", "."))


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    """The site and the peer that every hostile subject was acted on with."""
    peer = Peer()
    site = Site(tmp_path_factory.mktemp("hostile"), peer.url)
    with open(site.config, "a", encoding="utf-8") as config:
        config.write(f'\nchannel "call" {{ url = "{peer.url}/call" }}\nwebhook "tickets" {{ url = "{peer.url}/hook" }}\n')
    site.rule("10-hostile.lua", ACTIONS)
    for name, subject in HOSTILE.items():
        site.deliver(hostile_mail(name, subject))
    site.run("run", "--once")
    yield site, peer
    peer.close()


def test_a_hostile_subject_is_a_text_whichever_way_it_goes(effects):
    site, peer = effects
    rows = site.mails()
    assert len(rows) == len(HOSTILE) and all(row["rule"] == "hostile" for row in rows)
    assert all(row["actions"]["done"] == sum(row["actions"].values()) == 6 for row in rows), rows
    sent = {path: [json.loads(one["body"]) for one in peer.requests if one["path"] == path] for path in ("/chat", "/call", "/hook")}
    assert all(len(bodies) == len(HOSTILE) for bodies in sent.values())
    for body in sent["/chat"]:
        text = body["text"]
        assert set(body) == {"text"} and text.startswith("*author* Hostile")
        assert not any(mark in text for mark in ("<", ">", "@here", "@channel", "*bold", "_slanted", "~struck", "`code", "```", "*wide", "_wide", "*body"))
    for body in sent["/call"]:
        assert set(body) == {"to", "text", "key"} and body["to"] == ["+81312345678"]
        assert body["text"].startswith("Call: Hostile") and len(body["text"]) <= 300
        assert not any(mark in body["text"] for mark in "<>&{}[]|\\`*_~#\n\x1b\x07"), body["text"]
        assert "://" not in body["text"]
    for body in sent["/hook"]:
        assert set(body) == {"version", "key", "mail", "text", "message"} and "\n" not in body["text"] and "\x1b" not in body["text"]
    assert any("{account|upper} {subject}" in body["text"] for body in sent["/hook"]), "a value is no template"


def test_a_hostile_subject_adds_no_header(effects):
    site, _ = effects
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    assert len(mails) == len(HOSTILE)
    for mail in mails:
        assert mail["Bcc"] is None and mail["To"] == "ops@example.jp" and mail["Subject"].startswith("Told: Hostile")
        assert not any(ord(one) < 32 or one == "\u202e" for one in mail["Subject"])
        assert sum(1 for name in mail.keys() if name == "Subject") == 1


def test_a_hostile_text_names_no_other_folder(effects):
    site, _ = effects
    filed = site.store / "filed"
    names = {path.name for path in filed.iterdir()}
    assert "by-billing" in names and "etc-passwd" not in names
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-") and not name.startswith(".") and len(name) <= 100 for name in names), names
    inside = {str(path.relative_to(filed)).count("/") for path in filed.rglob("*") if path.is_file()}
    assert inside == {2}, "each copy lies in new/ or cur/ of a folder right below"
    assert not (site.store / "etc").exists() and not (site.folder / "etc").exists()


@pytest.mark.parametrize("folder", ["a/b", "..", "Upper", "", "/tmp", "a b"])
def test_a_folder_that_is_no_plain_name_is_an_error(site, folder):
    site.rule("10-file.lua", f'rule "f" {{ subject = "F", category = "billing", also = {{ file {{ folder = "{folder}" }} }} }}')
    said = site.run("check", check=1).stderr
    assert "10-file.lua:1:" in said and "plain name" in said
