"""`awsift test`: the mails that tests describe, what is said of one that fails, what no test reaches, and what CI reads."""
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import SOURCE, make_mail

OWN = '''
rule "own.many" {
  subject  = { "First {account}", "Second {account}" },
  category = "maintenance",
  capture  = { name = "Name: {line}", nobody = "Nobody: {line}" },
  collect  = { every = "Every {word}", none = "None {word}" },
  actions  = {
    forward { to = "technical", subject = "A subject that goes on for quite a while, until it ends with {account} and more" },
    call { to = "emergency" },
  },
}
'''


def write_tests(site, text, name="own.lua"):
    (site.rules / "tests").mkdir(exist_ok=True)
    (site.rules / "tests" / name).write_text(text, encoding="utf-8")


def own(site, rules=OWN):
    """The site's rules, with a test for the one that is there; nothing else is without one."""
    site.rule("60-own.lua", rules)
    write_tests(site, 'test "retirement" { subject = "Amazon EC2 Instance Retirement [AWS Account: 123456789012]",\n'
                '  expect = { rule = "test.retirement" } }\n', "base.lua")


def results(site, check=0, *options):
    """Each test's object by name, and the object behind them."""
    *lines, last = site.objects("test", *options, check=check)
    return {line["name"]: line for line in lines}, last


def paths(result):
    return {difference["path"]: (difference["expected"], difference["got"]) for difference in result["differences"]}


# What a test says, what is expected of its decision, and what a rule sees of its mail.
LONG = "件名 — " + "長い" * 60
MAILS = {
    "japanese": (f'subject = "{LONG}", from = "日本 太郎 <no-reply-aws@amazon.com>"',
                 f'subject = "{LONG}", from = "no-reply-aws@amazon.com", auth = {{ verdict = "proven" }}, defects = {{}}', {}),
    "a name in Japanese": ('subject = "Probe", from = "日本 太郎 <no-reply-aws@amazon.com>"', "defects = {}", {"name": "日本 太郎"}),
    "html": ('subject = "Probe", body = "plain", html = "<p>Hello <b>重要</b></p>"', "defects = {}",
             {"plain": "plain", "html": "Hello 重要\n"}),
    "html alone": ('subject = "Probe", html = "<p>Hello <b>重要</b></p>"', "defects = {}",
                   {"text": "Hello 重要\n", "plain": "", "html": "Hello 重要\n"}),
    "to": ('subject = "Probe", to = "a@example.com, b@example.com"', "defects = {}", {"to": "a@example.com"}),
    "recipient": ('subject = "Probe", recipient = "Root+x@example.com"', 'account = false', {"recipient": "Root+x@example.com"}),
    "date": ('subject = "Probe", date = "2026-11-20T01:02:03Z"', 'date = "2026-11-20T01:02:03Z"', {"arrival": "1795136523"}),
    "arrival": ('subject = "Probe", arrival = "2026-11-20T01:02:03Z"', 'date = "2026-11-23T00:00:00Z"', {"arrival": "1795136523"}),
    "headers": ('subject = "Probe", headers = { ["X-Many"] = { "zwei – ü", "one" }, to = "b@example.com" }', "defects = {}",
                {"many": "zwei – ü", "raw": "=?UTF-8?B?endlaSDigJMgw7w=?=", "to": "b@example.com"}),
    "no proof": ('subject = "Probe", auth = "none"', 'auth = { verdict = "forged", dkim = {}, spf = false }', {}),
    "failed proof": ('subject = "Probe", auth = "fail"',
                     'auth = { dkim = { { domain = "amazon.com", result = "fail" } }, spf = "fail", dmarc = "fail" }', {}),
    "a proof of one's own": ('subject = "Probe", auth = { dkim = "pass", spf = "softfail" }',
                             'auth = { verdict = "proven", spf = "softfail", dmarc = false }', {}),
    "a stranger's proof": ('subject = "Probe", auth = { dkim = "pass", domain = "example.com" }',
                           'auth = { verdict = "forged", dkim = { { domain = "example.com" } } }', {}),
    "inline": ("mail = [[\n    From: x@example.com\n    To: y@example.com\n    Subject: Probe\n\n    Hello\n      you\n  ]]",
               'auth = { verdict = "stranger" }', {"text": "Hello\n  you\n", "to": "y@example.com"}),
    "inline with CRLF": (r'mail = "From: no-reply-aws@amazon.com\r\nSubject: Probe\r\n\r\nHello\r\n", auth = "pass"',
                         'auth = { verdict = "proven", spf = "pass" }', {"text": "Hello\n"}),
    "a fixture": ('mail = "fixtures/one.eml"', 'subject = "Fixture", auth = { verdict = "proven" }', {}),
    "a fixture without proof": ('mail = "./fixtures/two.eml"', 'auth = { verdict = "forged" }', {}),
    "a fixture with proof": ('mail = "fixtures/two.eml", auth = "pass"', 'auth = { verdict = "proven" }', {}),
}
PROBE = """
rule "probe" {
  subject = { "Probe", "Fixture" }, category = "billing", speaker = "any",
  actions = function(msg)
    local to, many = msg.to[1] and msg.to[1].address, msg:header "X-Many"
    local seen = { "text=" .. msg.text, "plain=" .. (msg.plain or ""), "html=" .. (msg.html or ""), "to=" .. (to or ""),
      "many=" .. (many or ""), "raw=" .. (msg:raw_header "X-Many" or ""), "name=" .. msg.from.name, "recipient=" .. (msg.envelope.recipient or ""),
      "arrival=" .. msg.envelope.arrival }
    return forward { to = "operators", text = table.concat(seen, "|") }
  end,
}
"""


def test_each_kind_of_mail(site):
    (site.rules / "tests" / "fixtures").mkdir(parents=True)
    (site.rules / "tests" / "fixtures" / "one.eml").write_bytes(make_mail("Fixture"))
    (site.rules / "tests" / "fixtures" / "two.eml").write_bytes(make_mail("Fixture", proven=False))
    site.rule("60-probe.lua", PROBE)
    write_tests(site, "".join(f'test "{name}" {{ {given}, expect = {{ {expected} }} }}\n'
                              f'test "{name}: seen" {{ {given}, expect = {{ actions = {{ forward {{ text = "?" }} }} }} }}\n'
                              for name, (given, expected, _) in MAILS.items()))
    found, _ = results(site, 1)
    assert [(name, found[name]["differences"]) for name in MAILS if not found[name]["passed"]] == []
    for name, (_, _, seen) in MAILS.items():
        if seen:
            _, got = paths(found[name + ": seen"])["actions[1].args.text"]
            got = dict(field.split("=", 1) for field in got.split("|"))
            got["raw"] = got["raw"].strip()
            assert {key: got[key] for key in seen} == seen, name


MISTAKES = {  # what is written, and words of the complaint
    "an unknown key": ('test "x" { subject = "A", expect = { catgory = "billing" } }', ["'catgory'", "did you mean 'category'"]),
    "an unknown key of a test": ('test "x" { subjct = "A", expect = { category = "billing" } }', ["'subjct'", "'subject'"]),
    "an unknown notice field": ('test "x" { subject = "A", expect = { notice = { regoins = {} } } }', ["'regoins'", "'regions'"]),
    "an unknown auth field": ('test "x" { subject = "A", expect = { auth = { verdct = "proven" } } }', ["'verdct'", "'verdict'"]),
    "an unknown verdict": ('test "x" { subject = "A", expect = { auth = { verdict = "provn" } } }', ["'provn'", "'proven'"]),
    "an unknown priority": ('test "x" { subject = "A", expect = { priority = "hihg" } }', ["'priority'", "'high'"]),
    "an unknown near field": ('test "x" { subject = "A", expect = { near = { rul = "a" } } }', ["'rul'", "'rule'"]),
    "an unknown error field": ('test "x" { subject = "A", expect = { errors = { { knd = "a" } } } }', ["'knd'", "'kind'"]),
    "no list of tags": ('test "x" { subject = "A", expect = { tags = "a" } }', ["'tags'", "list"]),
    "no list of actions": ('test "x" { subject = "A", expect = { actions = "forward" } }', ["'actions'", "forward {"]),
    "an action without a name": ('test "x" { subject = "A", expect = { actions = { { args = {} } } } }', ["actions[1]", "names no action"]),
    "a mistyped key of an action": ('test "x" { subject = "A", expect = { actions = { { action = "call", arg = {} } } } }', ["'arg'", "'args'"]),
    "an unknown action": ('test "x" { subject = "A", expect = { actions = { forwrd { to = "technical" } } } }', ["forwrd", "forward"]),
    "no expectation": ('test "x" { subject = "A", expect = {} }', ["expects nothing"]),
    "no mail": ('test "x" { expect = { category = "billing" } }', ["has no mail"]),
    "two mails": ('test "x" { mail = "fixtures/a.eml", subject = "A", expect = { category = "billing" } }', ["leave out 'subject'"]),
    "a line break": (r'test "x" { subject = "A\nBcc: b", expect = { category = "billing" } }', ["'subject'", "line break"]),
    "a CR in a header": (r'test "x" { subject = "A", headers = { X = "a\rb" }, expect = { category = "billing" } }', ["'X'", "line break"]),
    "a control": (r'test "x" { from = "a\0b", expect = { category = "billing" } }', ["'from'", "control"]),
    "no UTF-8": (r'test "x" { subject = "\xff", expect = { category = "billing" } }', ["'subject'", "UTF-8"]),
    "no header name": ('test "x" { subject = "A", headers = { ["a b"] = "c" }, expect = { category = "billing" } }', ["'a b'", "header"]),
    "no address": ('test "x" { subject = "A", to = "日本@example.jp", expect = { category = "billing" } }', ["'to'", "ASCII"]),
    "an unknown result": ('test "x" { subject = "A", auth = "passed", expect = { category = "billing" } }', ["'auth'", '"pass"']),
    "an unknown result of a kind": ('test "x" { subject = "A", auth = { dkim = "ok" }, expect = { category = "billing" } }', ["'dkim'", "'ok'"]),
    "html with a type": ('test "x" { html = "a", headers = { ["content-type"] = "a/b" }, expect = { category = "billing" } }',
                         ["'html'", "Content-Type"]),
    "a fixture above": ('test "x" { mail = "../../../etc/passwd", expect = { category = "billing" } }', ["../../../etc/passwd", "fixtures/"]),
    "an absolute fixture": ('test "x" { mail = "/etc/passwd", expect = { category = "billing" } }', ["/etc/passwd", "fixtures/"]),
    "a fixture that is missing": ('test "x" { mail = "fixtures/none.eml", expect = { category = "billing" } }',
                                  ["fixtures/none.eml", "missing", "save"]),
}
LATE_MISTAKES = {  # which only running it tells
    "no time": ('test "x" { subject = "A", arrival = "today", expect = { category = "unmatched" } }', ["arrival", "'today'", "2026-"]),
}


def test_each_mistake_of_a_test_is_named(site):
    write_tests(site, "\n\n".join(text for text, _ in MISTAKES.values()))
    for command in "test", "check":
        said = site.run(command, check=1).stderr.splitlines()
        for number, (name, (_, words)) in enumerate(MISTAKES.items()):
            ours = [line for line in said if f"tests/own.lua:{2 * number + 1}:" in line]
            assert any(all(word in line for word in words) for line in ours), (name, ours)


@pytest.mark.parametrize("name", ["an unknown key", "a fixture that is missing", "no time"])
def test_a_mistake_of_a_test_alone(site, name):
    text, words = {**MISTAKES, **LATE_MISTAKES}[name]
    write_tests(site, "\n\n" + text + "\n")
    done = site.run("test", check=1)
    (said,) = [line for line in done.stderr.splitlines() if "tests/own.lua:3:" in line]
    assert all(word in said for word in words)
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed"


MANY = """
test "all that differs" {
  subject = "First 123456789012", body = "Name: you",
  expect = {
    category = "billing", priority = "urgent", account = false, tags = { "one" }, found = { name = "me", nobody = "x" }, near = { rule = "x" },
    actions = {
      call { to = "emergency" }, chat { channel = "x" },
      forward { to = "technical", subject = "A subject that goes on for quite a while, until it ends with 123456789099 and more" },
    },
    defects = { "nul" }, errors = { { kind = "raised" } },
  },
}
"""


def test_all_differences_are_told(site):
    own(site)
    write_tests(site, MANY)
    found, last = results(site, 1)
    wrong = found["all that differs"]
    assert {key: wrong[key] for key in ("passed", "rule", "line")} == {"passed": False, "rule": "own.many", "line": 2}
    assert wrong["file"] == str(site.rules / "tests" / "own.lua") and wrong["milliseconds"] > 0
    differing = paths(wrong)
    assert differing["category"] == ("billing", "maintenance") and differing["account"] == (False, "123456789012")
    assert differing["found.name"] == ("me", "you") and differing["found.nobody"] == ("x", None)
    subject = "A subject that goes on for quite a while, until it ends with {} and more"
    assert differing["actions[3].args.subject"] == (subject.format("123456789099"), subject.format("123456789012"))
    (missing,) = [one["missing"] for one in wrong["differences"] if one["path"] == "actions"]
    assert [action["action"] for action in missing] == ["chat"], "the call is there, and the forward is told by itself"
    assert set(differing) == {"category", "priority", "account", "tags", "found.name", "found.nobody", "near", "actions",
                              "actions[3].args.subject", "defects", "errors"}
    assert last["tests"] == {"passed": 1, "failed": 1}


def test_differences_stand_below_each_other(site):
    own(site)
    write_tests(site, MANY)
    done = site.run("test", check=1)
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed"
    lines = done.stderr.splitlines()
    start = lines.index(f"{site.rules}/tests/own.lua:2: test 'all that differs'")
    assert all(len(line) <= 80 for line in lines[start + 1:])
    at = lines.index("  found.nobody")
    assert lines[at + 1:at + 3] == ['    expected  "x"', "    got       nothing"]
    at = lines.index("  actions[3].args.subject")
    expected, got, mark = lines[at + 1:at + 4]
    column = mark.index("^")
    assert expected[:column] == got[:column].replace("got     ", "expected") and expected[column] == "9" and got[column] == "1"
    at = lines.index("  actions")
    assert lines[at + 1] == '    missing   chat {"channel":"x"}' and lines[at + 2].startswith("    there     forward {")
    assert site.run("test", check=1).stderr == done.stderr, "the order is the same in every run"


def test_a_long_text_is_shown_where_it_differs(site):
    long = "日本語の長い件名" * 40
    write_tests(site, f'test "long" {{ subject = "{long}A{long}", expect = {{ subject = "{long}B{long}" }} }}')
    lines = site.run("test", check=1).stderr.splitlines()
    expected, got, mark = lines[lines.index("  subject") + 1:lines.index("  subject") + 4]
    assert "B" in expected and "A" in got and f"character {len(long) + 1} " in mark
    width = sum(2 if ord(character) > 0x2fff else 1 for character in expected[:expected.index("B")])
    assert mark.index("^") == width, "below it, though these characters take two columns each"


EXPECTED = {  # what holds of the mail below, and what does not
    "subject": ('"First 123456789012"', '"First"'), "from": ('"no-reply-aws@amazon.com"', "false"), "category": ('"maintenance"', "false"),
    "rule": ('"own.many"', '"own"'), "certainty": ('"exact"', '"general"'), "priority": ('"normal"', '"low"'),
    "account": ('"123456789012"', '"123456789013"'), "service": ("false", '"EC2"'), "near": ("false", '{ rule = "a" }'),
    "found": ('{ name = "you", every = { "b", "a" } }', '{ every = { "c" } }'), "notice": ('{ accounts = { "123456789012" } }', "{ accounts = {} }"),
    "tags": ("{}", '{ "a" }'), "actions": ('{ call { to = "emergency" } }', "{}"), "auth": ('{ verdict = "proven", aligned = true }', '{ verdict = "forged" }'),
    "defects": ("{}", '{ "a" }'), "errors": ("{ }", '{ { kind = "raised" } }'), "date": ('"2026-11-23T00:00:00Z"', "false"),
}


def test_each_key_of_a_decision_may_be_expected(site):
    own(site)
    mail = r'subject = "First 123456789012", body = "Name: you\nEvery a\nEvery b"'
    write_tests(site, "".join(f'test "{key} {name}" {{ {mail}, expect = {{ {key} = {value} }} }}\n'
                              for key, values in EXPECTED.items() for name, value in zip(("good", "bad"), values)))
    found, _ = results(site, 1)
    assert [name for name, result in found.items() if result["passed"] == name.endswith("bad")] == []
    assert all(f"{key} {name}" in found for key in EXPECTED for name in ("good", "bad"))


def test_errors_in_deciding_fail_a_test_that_does_not_expect_them(site):
    own(site, 'rule "own.raises" { subject = "Raises", category = "billing", actions = function() error("no") end }')
    write_tests(site, 'test "bad" { subject = "Raises", expect = { rule = "own.raises" } }\n'
          'test "good" { subject = "Raises", expect = { errors = { { rule = "own.raises", kind = "raised" } } } }')
    found, _ = results(site, 1)
    assert found["good"]["passed"] and "errors" in paths(found["bad"])


def test_arguments_choose_tests(site):
    own(site)
    write_tests(site, 'test "one [a]" { subject = "First 123456789012", expect = { rule = "wrong.rule" } }\n'
          'test "two" { subject = "Unknown", expect = { category = "unmatched" } }')
    for arguments, passed, failed in ((["one [a"], 0, 1), (["two"], 1, 0), (["wrong.r"], 0, 1), (["test.retirement"], 1, 0),
                                      (["tests/own.lua"], 1, 1), (["one", "two"], 1, 1)):
        done = site.run("test", *arguments, check=1 if failed else 0)
        assert done.stdout == f"{passed} passed, {failed} failed\n", arguments
    none = site.run("test", "two", "nothing", check=1)
    assert "'nothing'" in none.stderr and none.stdout == ""


COVERED = """
rule "own.lists" {
  subject  = { "First", "Second", starts "Third" },
  any      = { { body = "x", from = "@amazon.com" }, { header = { ["X-A"] = matches "^a" } }, { from = "@amazon.com", to = "none@example.com" } },
  none     = { body = nocase "never" },
  category = "maintenance", actions = { forward { to = "technical" }, call { to = "emergency" } },
  capture  = { got = "Got: {line}", lost = "Lost: {line}" }, collect = { all = "All {word}" },
}
rule "own.shadow" { subject = "Shadow", category = "billing", mode = "shadow" }
rule "own.passing" { subject = starts "S", final = false, also = function() return {} end }
rule "own.off" { subject = "Off", category = "billing", enabled = false }
rule "own.never" {
  subject = "Never", category = "billing", when = function() return true end, notice = { status = "cancelled" },
  actions = function() return {} end,
}
rule "own.half" { subject = matches "^[AB] half", event_type = "AWS_NONE_SAYS_SO", category = "billing" }
override "abuse.report" { actions = forward { to = "operators" } }
"""


def coverage(site):
    own(site, COVERED)
    write_tests(site, """
test "first" { subject = "First", body = "x\\nGot: it", expect = { rule = "own.lists" } }
test "second, not proven" { subject = "Second", headers = { ["X-A"] = "abc" }, body = "z", date = "2020-01-01", expect = { rule = "own.lists" } }
test "half" { subject = "A half of it", body = "y", expect = { category = "unmatched" } }
test "shadow" { subject = "Shadow", expect = { category = "unmatched" } }
""")


def test_coverage_names_what_no_test_reaches(site):
    coverage(site)
    done = site.run("test", "--coverage")
    ours = [line for line in done.stdout.splitlines() if "no test reaches" in line]
    named = {line.split("no test reaches ", 1)[1] for line in ours if "'own.lists'" in line}
    assert named == {'subject starts "Third"', 'body nocase "never"', 'capture lost = "Lost: {line}"', 'collect all = "All {word}"',
                     'from "@amazon.com"', 'to "none@example.com"', 'all of from "@amazon.com", to "none@example.com"', "actions: call"}, "no account, so nobody was rung"
    line = COVERED[:COVERED.index('rule "own.never"')].count("\n") + 1
    assert f"{site.rules}/60-own.lua:{line}: rule 'own.never': no test reaches it" in ours
    assert [one for one in ours if "own.never" in one] == [one for one in ours if f":{line}:" in one], "what is below it need not be said"
    assert not any(name in done.stdout for name in ("own.shadow", "own.passing", "own.off", "test.retirement"))
    assert [one for one in ours if "abuse.report" in one] == [
        f"{site.rules}/60-own.lua:{COVERED.rstrip().count(chr(10)) + 1}: rule 'abuse.report': no test reaches actions: forward"]
    table = [line.split() for line in done.stdout.splitlines()[-4:-1]]
    assert table[0][0] == "1/1" and table[1][:2] == ["3/5", "60%"] and table[2][-1] == "all"
    assert done.stdout.splitlines()[-1] == "5 passed, 0 failed"


def test_coverage_for_programs(site):
    coverage(site)
    _, last = results(site, 0, "--coverage")
    unreached = last["coverage"]["unreached"]
    never = {(point["kind"], point["text"]) for point in unreached if point["rule"] == "own.never"}
    assert never == {("rule", None), ("condition", 'subject "Never"'), ("condition", "when"), ("condition", 'notice status = "cancelled"'),
                     ("action", "the function of actions:")}
    half = {(point["kind"], point["text"]) for point in unreached if point["rule"] == "own.half"}
    assert half == {("rule", None), ("condition", 'event_type "AWS_NONE_SAYS_SO"')}, "its subject held"
    (counts,) = [one for one in last["coverage"]["files"] if one["file"].endswith("60-own.lua")]
    assert counts["rules"] == {"reached": 3, "all": 5} and counts["captures"] == {"reached": 1, "all": 3}
    assert counts["conditions"] == {"reached": 9, "all": 18} and counts["actions"] == {"reached": 2, "all": 5}
    assert not any("rules.d/10-" in one["file"] for one in last["coverage"]["files"]), "the shipped tests did not run"
    assert "coverage" not in results(site)[1]


def test_an_action_that_is_held_back_is_not_reached(site):
    own(site, 'rule "own.call" { subject = "Call {account}", category = "billing", actions = { call { to = "emergency" }, forward { to = "technical" } } }')
    write_tests(site, 'test "old" { subject = "Call 123456789012", arrival = "2026-12-24", expect = { tags = { "held" } } }')
    named = [line for line in site.run("test", "--coverage").stdout.splitlines() if "no test reaches" in line]
    assert [line.split("no test reaches ")[1] for line in named] == ["actions: call"]


def test_the_shipped_rules_are_all_reached(site):
    done = site.run("test", "--rules", SOURCE / "rules.d", "--coverage")
    assert not any("no test reaches it" in line for line in done.stdout.splitlines())
    assert done.stdout.splitlines()[-2].split()[1] == "100%"


def test_no_daemon_waits_for_the_shipped_tests(site):
    """They are about what no reload changes: `test` runs them where the shipped rules stand alone, and `rules` counts them."""
    shutil.rmtree(site.rules)
    site.config.write_text(site.config.read_text().replace('rules "rules.d" {}', ""), encoding="utf-8")
    daemon = site.daemon()
    assert json.loads(site.run("status", "--json").stdout)["generation"]["tests"] == 0 and "no test" not in daemon.log
    assert daemon.stop() == 0
    assert results(site)[1]["tests"]["passed"] >= sum(rule["tests"] for rule in site.objects("rules")) > 1000


HOSTILE = 'a < b & \\"c\\" \'d\' ]]> \\1\\x1b[31m \\u{FFFE} 日本 \\xff'


def junit(text, passed, failed, errors):
    """The suites of a JUnit file whose structure is as readers want it, by name."""
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites" and {child.tag for child in root} <= {"testsuite"}
    for suite in root:
        assert {"name", "tests", "failures", "errors", "skipped", "time"} <= set(suite.attrib) and float(suite.get("time")) >= 0
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases) and suite.get("skipped") == "0"
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
        for case in cases:
            assert {"name", "classname", "time"} == set(case.attrib) and case.get("classname") == suite.get("name") and float(case.get("time")) >= 0
            assert all({"message", "type"} == set(child.attrib) and child.text for child in case) and len(case) <= 1
    suites = {suite.get("name"): suite for suite in root}
    assert len(suites) == len(root)
    counts = [sum(int(suite.get(key)) for suite in root) for key in ("tests", "failures", "errors")]
    assert counts == [passed + failed + errors, failed, errors] and [int(root.get(key)) for key in ("tests", "failures", "errors")] == counts
    return suites


def test_junit(site):
    own(site)
    write_tests(site, f'test "{HOSTILE}" {{ subject = "First 123456789012", body = "Name: {HOSTILE}",\n'
          '  expect = { found = { name = "x" } } }\ntest "good" { subject = "First 123456789012", expect = { rule = "own.many" } }')
    done = site.run("test", "--junit", site.folder / "out.xml", check=1)
    assert done.stdout == "2 passed, 1 failed\n"
    text = (site.folder / "out.xml").read_bytes()
    suites = junit(text, 2, 1, 0)
    assert list(suites) == [f"{site.rules}/tests/base.lua", f"{site.rules}/tests/own.lua"]
    bad, good = suites[f"{site.rules}/tests/own.lua"]
    assert good.get("name") == "good" and bad.get("name") == 'a < b & "c" \'d\' ]]> \ufffd\ufffd[31m \ufffd 日本 \ufffd'
    (failure,) = bad
    assert "found.name" in failure.get("message") and f"{site.rules}/tests/own.lua:1: test " in failure.text
    assert 'expected  "x"' in failure.text and "日本" in failure.text
    standard = site.run("test", "--junit", "-", check=1)
    assert re.sub(r'time="[^"]*"', "", standard.stdout) == re.sub(r'time="[^"]*"', "", text.decode())
    assert standard.stderr.splitlines()[-1] == "2 passed, 1 failed"


def test_junit_of_rules_that_do_not_load(site):
    own(site)
    site.rule("70-broken.lua", "\nrule {\n")
    done = site.run("test", "--junit", "-", check=1)
    suites = junit(done.stdout, 0, 0, 1)
    (case,) = suites[f"{site.rules}/70-broken.lua"]
    assert "70-broken.lua:" in case[0].text


def test_junit_that_cannot_be_written(site):
    own(site)
    assert "/none/out.xml: cannot be written" in site.run("test", "--junit", "/none/out.xml", check=1).stderr
    assert "standard output" in site.run("test", "--junit", "-", "--json", check=2).stderr


def complaints(done, words="no test has a mail"):
    return [line.split(": ", 1) for line in done.stderr.splitlines() if words in line]


def test_a_rule_that_no_test_reaches_is_a_warning(site):
    own(site, COVERED)
    line = COVERED[:COVERED.index('rule "own.never"')].count("\n") + 1
    for command in "test", "check":
        said = complaints(site.run(command, check=None))
        assert [place for place, _ in said if place.endswith(f":{line}")] == [f"{site.rules}/60-own.lua:{line}"], said
        assert all(message.startswith("warning: rule '") for _, message in said)
        assert not any("own.off" in message or "test.retirement" in message for _, message in said)
    coverage(site)
    assert [place for place, _ in complaints(site.run("test"))] == [f"{site.rules}/60-own.lua:{number}" for number in (line, line + 4)], \
        "in shadow, passing and overridden rules are reached as well"


def test_each_folder_has_its_own_require_tests(site):
    own(site)
    for name, required in (("first", "true"), ("second", "false")):
        (site.folder / name).mkdir()
        (site.folder / name / "10-rules.lua").write_text(f'\nrule "{name}.rule" {{ subject = "{name}", category = "billing" }}\n')
        config = site.config.read_text()
        site.config.write_text(config.replace('rules "rules.d"', f'rules "{name}" {{ require_tests = {required} }}\nrules "rules.d"'))
    write_tests(site, 'test "many" { subject = "First 123456789012", expect = { rule = "own.many" } }')
    for command in "test", "check":
        said = complaints(site.run(command, check=1))
        assert sorted((place, message.startswith("warning: ")) for place, message in said) == [
            (f"{site.folder}/first/10-rules.lua:2", False), (f"{site.folder}/second/10-rules.lua:2", True)], said
    suites = junit(site.run("test", "--junit", "-", check=1).stdout, 2, 0, 1)
    assert "require_tests" in suites[f"{site.folder}/first/10-rules.lua"][0][0].text
    write_tests(site, 'test "first" { subject = "first", expect = { rule = "first.rule" } }', "first.lua")
    assert [message.startswith("warning: ") for _, message in complaints(site.run("test"))] == [True], \
        "a test of another folder reaches it through the whole set"


def test_required_tests_that_are_missing_block_a_reload(site):
    site.config.write_text(site.config.read_text().replace('rules "rules.d" {}', 'rules "rules.d" { require_tests = true }'))
    own(site, "")
    daemon = site.daemon()
    before = json.loads(site.run("status", "--json").stdout)["generation"]
    site.rule("60-own.lua", '\nrule "own.new" { subject = "New", category = "billing" }\n')
    failed = site.run("reload", check=1)
    assert "60-own.lua:2" in failed.stdout + failed.stderr and "'own.new'" in failed.stdout + failed.stderr
    assert json.loads(site.run("status", "--json").stdout)["generation"] == before
    write_tests(site, 'test "new" { subject = "New", expect = { rule = "own.new" } }')
    site.run("reload")
    site.deliver(make_mail("New"))
    (row,) = site.wait_mails(1, settled=False)
    assert row["rule"] == "own.new"
    daemon.stop()


def test_many_tests_run(site):
    """More than what is read of Lua at once."""
    own(site)
    write_tests(site, 'for i = 1, 3000 do test("number " .. i) { subject = "First 123456789012", expect = { found = { account = "123456789012" } } } end')
    assert site.run("test").stdout == "3001 passed, 0 failed\n"


def test_mistakes_and_doubts_have_the_keys_that_check_gives_them(site):
    site.rule("60-untested.lua", 'rule "untested" { subject = "Nothing reaches it {n}", category = "billing" }\n')
    doubts = [one for one in site.objects("test")[-1]["warnings"] if one["code"] == "untested"]
    site.rule("60-untested.lua", 'rule "wrong" { sbject = "x", category = "billing" }\n')
    mistakes = site.objects("test", check=1)[-1]["errors"]
    assert doubts and mistakes
    assert all(set(one) == {"file", "line", "column", "severity", "rule", "code", "message"} for one in doubts + mistakes)
    assert {one["severity"] for one in doubts} == {"warning"} and {one["severity"] for one in mistakes} == {"error"}
