"""awsift explain: the tree of one decision, as data and as text for people; and that looking changes nothing."""
import json
import os
import pty
import re
import subprocess
import unicodedata

import pytest

from conftest import BINARY, SOURCE, make_mail, retirement

RULES = """
category "maintenance" { title = "Maintenance", tell = "technical" }
category "billing" { title = "Billing", tell = "operators" }
rule "first" {
  title = { "Something else", "Amazon EC2 Instance Reboot" },
  category = "billing",
}
rule "tagging" { body = "hello", tags = { "greeted" }, final = false, also = chat { channel = "aws-security", text = "{title}" } }
rule "shadowed" { subject = contains "Retirement", category = "billing", mode = "shadow" }
rule "wrong" { when = function(msg) return msg.nothing.at_all end, category = "billing" }
rule "decides" {
  title = "Amazon EC2 Instance Retirement",
  body = all { "hello", none { "farewell" }, any { "never", nocase "HELLO", "not tried" } },
  capture = { id = "id {instance}", missing = "no {word}" },
  collect = { ids = "id {instance}", others = "other {word}" },
  category = "maintenance",
  actions = forward { to = "technical", subject = "【重要】 {title}", text = "one line\\nand another: {id}" },
}
rule "later" { subject = contains "Retirement", body = "goodbye my friend", category = "billing" }
"""
BODY = "Dear all,\nhello from us, id i-0123456789abcdef0 is old.\ngoodbye my foe\n"


@pytest.fixture
def mail(site):
    site.rule("50-test.lua", RULES)
    path = site.folder / "mail.eml"
    path.write_bytes(retirement(body=BODY))
    return path


def explained(site, mail, *options):
    (answer,) = site.objects("explain", *options, mail)
    return answer


def rule_of(answer, name):
    (rule,) = [rule for rule in answer["explain"]["offered"] if rule["rule"] == name]
    return rule


def leaves(node):
    return [leaf for inner in node["inner"] for leaf in leaves(inner)] if "inner" in node else [node]


def test_the_tree_of_the_rule_that_decides(site, mail):
    answer = explained(site, mail)
    rule = rule_of(answer, "decides")
    assert rule["outcome"] == "decides" and rule["file"] == str(site.rules / "50-test.lua") and rule["microseconds"] >= 0
    title, hello, none, never, nocase, untried = leaves(rule["condition"])
    assert (title["condition"], title["match"], title["saw"]) == ("title", "template", "Amazon EC2 Instance Retirement")
    assert hello["holds"] and hello["saw"] == "hello from us, id i-0123456789abcdef0 is old."
    assert not none["holds"] and none["wanted"] == "farewell"
    assert not never["holds"] and never["absent"]
    assert nocase["holds"] and nocase["nocase"]
    assert untried == {"condition": "body", "match": "contains", "wanted": "not tried", "saw": None, "holds": False, "skipped": True}
    assert rule["captures"] == {"id": "i-0123456789abcdef0", "missing": None, "ids": ["i-0123456789abcdef0"], "others": []}
    assert rule["actions"] == [answer["decision"]["actions"][1]]
    assert rule_of(answer, "tagging")["actions"] == [answer["decision"]["actions"][0]]


def test_how_far_a_template_fits(site, mail):
    other, near = leaves(rule_of(explained(site, mail, "--rule", "first"), "first")["condition"])
    assert (near["fits"], near["then"]) == ("Amazon EC2 Instance Re", "tirement")
    assert near["absent"] and near["skipped"] and not near["holds"]
    assert "fits" not in other and other["saw"] == "Amazon EC2 Instance Retirement"


@pytest.mark.parametrize("template, fits, then", [
    ("Case {case}: {line} closed", "Case {case}: {line} ", "full"),
    ("Case {case}; moved", "Case {case}", ": Your disk is full"),
    ("Case {instance} moved", "Case ", "12345678: Your disk is full"),
    ("case {case}: Your disk was full", None, None),
    ("Case 12345678: あなた", "Case 12345678: ", "Your disk is full"),
])
def test_how_far_placeholders_fit(site, template, fits, then):
    site.rule("50-test.lua", f'category "billing" {{ title = "x" }}\nrule "r" {{ title = "{template}", category = "billing" }}')
    path = site.folder / "mail.eml"
    path.write_bytes(make_mail("Case 12345678: Your disk is full"))
    (leaf,) = leaves(rule_of(explained(site, path, "--rule", "r"), "r")["condition"])
    assert (leaf.get("fits"), leaf.get("then")) == (fits, then)


def test_what_is_near_in_a_body(site, mail):
    answer = explained(site, mail, "--rule", "later")
    rule = rule_of(answer, "later")
    assert (rule["why"], rule["outcome"]) == ("asked", "no")
    subject, body = leaves(rule["condition"])
    assert subject["holds"] and (body["fits"], body["then"]) == ("goodbye my f", "oe")
    assert body["saw"].endswith("goodbye my foe") and "\n" not in body["saw"]


def test_each_outcome(site, mail):
    explain = explained(site, mail)["explain"]
    outcomes = {rule["rule"]: rule["outcome"] for rule in explain["offered"]}
    assert explain["not_offered"] == 1  # first: neither of its texts is in the mail; later had no turn
    assert outcomes == {"tagging": "adds", "shadowed": "shadow", "wrong": "no", "decides": "decides"}


def test_an_error_stands_where_it_happened(site, mail):
    answer = explained(site, mail)
    (leaf,) = leaves(rule_of(answer, "wrong")["condition"])
    (error,) = answer["decision"]["errors"]
    assert leaf["error"] == error["message"] and str(site.rules / "50-test.lua") in leaf["error"]


def test_a_rule_that_is_asked_for_changes_nothing(site, mail):
    site.rule("60-more.lua", """
        seen = 0
        rule "noisy" { subject = "{any}[AWS Account: {account}]", when = function() error "boom" end, category = "billing" }
        rule "holds" { body = matches [[(?<greeting>hello)]], capture = { who = "from {word}" }, tags = { "t" }, category = "billing" }
        """)
    plain = explained(site, mail)
    asked = explained(site, mail, "--rule", "noisy", "--rule", "holds")
    assert asked["decision"] == plain["decision"] and asked["context"] == plain["context"]
    assert leaves(rule_of(asked, "noisy")["condition"])[1]["error"].endswith("boom")
    holds = rule_of(asked, "holds")
    assert (holds["outcome"], holds["captures"]) == ("holds", {"who": "us,"})
    assert leaves(holds["condition"])[0]["found"] == {"greeting": "hello"}


def test_an_unknown_rule(site, mail):
    done = site.run("explain", "--rule", "decide", mail, check=2)
    assert "there is no rule 'decide' (did you mean 'decides'?)" in done.stderr and done.stdout == ""
    site.rule("60-off.lua", 'override "later" { enabled = false }\n')
    done = site.run("explain", "--rule=later", mail, check=2)
    assert "rule 'later' is switched off (enabled = false): no mail reaches it" in done.stderr and done.stdout == ""


MAILS = sorted((SOURCE / "tests" / "mail").glob("**/*.eml"))


def test_explaining_changes_no_decision(site):
    """With rules asked for, too, in every other mail: what was decided stays byte for byte."""
    assert len(MAILS) > 20
    rules = re.findall(r'^rule "([^"]+)"', "".join(path.read_text() for path in (SOURCE / "rules.d").glob("*.lua")), re.M)
    options = [option for rule in rules[::40] for option in ("--rule", rule)]
    plain = site.run("classify", "--json", *MAILS).stdout.splitlines()
    assert len(plain) == len(MAILS)
    for first, more in enumerate(([], options)):
        mails = MAILS[first::2]
        answers = [json.loads(line)["decision"] for line in site.run("explain", "--json", *more, *mails).stdout.splitlines()]
        for path, before, answer in zip(mails, plain[first::2], answers, strict=True):
            answer["file"] = str(path)
            assert json.dumps(answer, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == before


@pytest.mark.parametrize("subject, body, headers, by", [
    ("Hello [AWS Account: 123456789012]", "x", (), "the subject names it"),
    ("Hello", "AWS Account ID: 123456789012\n", (), "a labelled number in the body"),
    ("Hello", "x", ("X-Original-To: ROOT@example.com",), None),
    ("Hello [AWS Account: 123456789012] [AWS Account: 210987654321]", "x", (), "the mail is about several accounts"),
    ("Hello", "x", (), "the mail names no account"),
])
def test_how_the_account_was_found(site, subject, body, headers, by):
    site.rule("contacts.lua", 'contacts { ["123456789012"] = { technical = { "t@example.com" }, root = { "root@example.com" } } }')
    path = site.folder / "mail.eml"
    to = "root@example.com" if headers else "somebody@example.com"
    path.write_bytes(make_mail(subject, body=body, headers=headers, to=to))
    account = explained(site, path)["explain"]["account"]
    if by is None:
        assert account["account"] == "123456789012" and "the contacts have the address" in account["by"]
    else:
        assert account["by"].startswith(by)


def test_steps_have_names_and_times(site, mail):
    steps = {step["name"]: step["microseconds"] for step in explained(site, mail, "--rule", "later")["explain"]["steps"]}
    assert list(steps) == ["read", "speaker", "rules", "signs", "account", "actions", "record", "asked", "text"]
    assert all(time >= 0 for time in steps.values()) and steps["read"] > 0


def columns(line):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 0 if unicodedata.combining(letter) else 1 for letter in line)


def test_text_for_people(site, mail):
    said = site.run("explain", mail).stdout
    assert max(columns(line) for line in said.splitlines()) <= 80
    assert f"{mail}: maintenance by decides" in said.replace("\n", " ")
    for line in ["    - when", "    considered: a text that it needs is in title", "  1 rules: not considered, lacking a text that they need (--all shows them)", "    + body contains \"hello\"", "      hello from us, id i-0123456789abcdef0 is old.",
                 "    + capture id = i-0123456789abcdef0", "    - capture missing = nothing",
                 "    + capture ids = i-0123456789abcdef0", "    - capture others = nothing", "        . body contains \"not tried\"",
                 "    text     one line", "             and another: i-0123456789abcdef0",
                 "    subject  【重要】 Amazon EC2 Instance Retirement",
                 "  read for the rules: the header and 1 of 1 parts", "  tags       greeted",
                 "  account    123456789012: the subject names it"]:
        assert line in said.splitlines(), (line, said)
    assert "later" not in said and "first" not in said


def test_rules_with_mistakes_explain_nothing(site, mail):
    """They never go live, and what would be decided without them nobody decides."""
    site.rule("60-bad.lua", 'rule "bad" {\n')
    done = site.run("explain", mail, check=1)
    assert "60-bad.lua:2:1: " in done.stderr and done.stdout == ""


def test_a_rule_that_failed_is_one_line(site, mail):
    site.rule("50-test.lua", RULES.replace('"Amazon EC2 Instance Reboot" }', '"Amazon EC2 Instance Reboot", "{any}" }, body = all { "hello", "Goodbye" }'))
    assert "  - first: body contains \"Goodbye\"" in site.run("explain", mail).stdout.splitlines()
    site.rule("50-test.lua", RULES.replace('"Amazon EC2 Instance Reboot" }', '"Amazon EC2 Instance Retirement{n}" }'))
    assert "  - first: title fits up to \"Amazon EC2 Instance Retirement\", then came the end" in site.run("explain", mail).stdout.splitlines()


def test_all_shows_the_trees_of_what_failed(site, mail):
    said = site.run("explain", "--all", mail).stdout
    assert "  - first does not hold" in said and "      - title \"Something else\"\n        saw \"Amazon EC2" in said


def test_long_texts_are_cut_unless_asked(site, mail):
    site.rule("50-test.lua", RULES.replace("one line", "word " * 200 + "END"))
    assert "END" not in site.run("explain", mail).stdout
    said = site.run("explain", "--long", mail).stdout
    assert "END" in said and max(columns(line) for line in said.splitlines()) <= 80


def test_many_alternatives(site, mail):
    alternatives = ", ".join(f'"Not this {number}"' for number in range(50))
    site.rule("50-test.lua", f'category "billing" {{ title = "x" }}\nrule "r" {{ title = {{ {alternatives}, '
                             f'"Amazon EC2 Instance Retirement" }}, category = "billing" }}')
    said = site.run("explain", "--rule", "r", mail).stdout
    assert said.count("Not this") == 3 and "… 47 more that did not hold or were not tried" in said
    assert site.run("explain", "--all", mail).stdout.count("Not this") == 50


def test_controls_of_a_mail_never_reach_the_terminal(site):
    path = site.folder / "mail.eml"
    path.write_bytes(make_mail("=?utf-8?Q?Amazon_=1B[31mEC2=07_=E2=80=AE?= \x1b]0;owned\x07", body="\x1b[2J evil\x9b"))
    site.rule("50-test.lua", 'category "billing" { title = "x" }\nrule "r" { speaker = "any", '
                             'title = starts "Amazon", body = { "evil", "\\27[1m" }, capture = { all = "{line}" }, category = "billing", '
                             'actions = forward { to = "technical", text = "\\27[1m{all}" } }')
    recorded = json.dumps(explained(site, path)["explain"]["offered"][0]["condition"], ensure_ascii=False)
    for said in (recorded, *(site.run("explain", *options, path).stdout for options in ([], ["--all", "--long"]))):
        assert "evil" in said and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said)


def on_a_terminal(arguments, **environment):
    """What a command prints on a terminal of 100 columns."""
    master, slave = pty.openpty()
    subprocess.run(["stty", "cols", "100"], stdin=slave, check=True)
    process = subprocess.Popen([BINARY, *map(str, arguments)], stdout=slave, stdin=slave,
                               env={key: value for key, value in os.environ.items() if key != "NO_COLOR"} | environment)
    os.close(slave)
    said = b""
    while True:
        try:
            more = os.read(master, 65536)
        except OSError:
            break
        if not more:
            break
        said += more
    process.wait()
    os.close(master)
    return said.decode().replace("\r\n", "\n")


def test_colour_on_a_terminal_alone(site, mail):
    arguments = ["explain", "-c", site.config, mail]
    colored, plain = on_a_terminal(arguments), on_a_terminal(arguments, NO_COLOR="1")
    assert "\033[32m+ \033[0m" in colored and "\033[31m- \033[0m" in colored
    assert "\033" not in plain and "\033" not in site.run("explain", mail).stdout
    assert 80 < max(columns(line) for line in plain.splitlines()) <= 100


@pytest.mark.parametrize("offered", [False, True], ids=["not offered", "offered"])
def test_a_tree_that_would_fit_no_frame(site, mail, offered):
    """60,000 patterns that do not match: the rule that decides is there, and what is left out is counted."""
    def rule(number):
        templates = f"title = {{ {', '.join(f'[[Not {number} {more} {{any}}]]' for more in range(10))} }}"
        condition = f"any = {{ {{ {templates} }}, {{ when = function() return false end }} }}" if offered else templates
        return f'rule "r{number}" {{ {condition}, category = "billing" }}\n'
    site.rule("40-many.lua", 'category "billing" { title = "x" }\n' + "".join(map(rule, range(6000))))
    answer = explained(site, mail, *([] if offered else ["--all", "--rule", "r5999"]))
    explain = answer["explain"]
    assert answer["decision"]["rule"] == "decides" and rule_of(answer, "decides")["outcome"] == "decides"
    assert explain["left_out"] > 1000 and explain["not_offered"] == (1 if offered else 6001)
    if offered:
        assert len(explain["offered"]) + explain["left_out"] == 6004
    else:
        assert rule_of(answer, "r5999")["outcome"] == "no"


def test_the_service_of_the_body_is_the_decisions(site):
    """Explaining reads on where somebody asks, and says the same."""
    site.rule("50-test.lua", 'category "billing" { title = "x" }\nrule "r" { title = "Hello", category = "billing" }')
    path = site.folder / "mail.eml"
    path.write_bytes(make_mail("Hello [AWS Account: 123456789012]", body="Message metadata\nService\nEC2\nEvent type code\nAWS_EC2_X\n"))
    (plain,), answer = site.objects("classify", path), explained(site, path, "--all")
    assert plain["notice"]["service"] == "EC2" == plain["service"]
    assert answer["decision"] | {"file": str(path)} == plain


@pytest.mark.parametrize("server, said", [("mx1.example.jp", "authserv_id"), ("mx.example.jp", "no aligned DKIM")])
def test_a_trust_that_names_another_server_is_told_from_a_forgery(site, server, said):
    mail = make_mail("Amazon EC2 Instance Retirement [AWS Account: 123456789012]", proven=False)
    result = f"Authentication-Results: {server}; dkim=fail header.d=amazon.com; dmarc=fail header.from=amazon.com\n"
    (site.folder / "x.eml").write_bytes(result.encode() + mail)
    (answer,) = site.objects("explain", site.folder / "x.eml")
    assert answer["decision"]["category"] == "suspicious" and answer["file"] == str(site.folder / "x.eml")
    assert any(said in reason for reason in answer["decision"]["auth"]["reasons"])
