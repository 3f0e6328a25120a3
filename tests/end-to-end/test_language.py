"""The rule language through the real binary: what is found, what texts become, what a rule may remember (nothing), and
what `check` says about names and arguments."""
import json

import pytest

from conftest import make_mail

CATEGORY = 'category "support" { title = "Support", tell = "operators" }\n'
BODY = "Case ID: 1234567890\nSubject: Console help\nInstance: i-0123456789abcdef0 in ap-northeast-1\n"


@pytest.fixture
def decide(site):
    """decide(rules, *bodies): the decision of `classify --json` for each body, all mail in one decider."""
    def run(rules, *bodies, subject="New case 1234567890", status=0):
        site.rule("10-support.lua", CATEGORY + rules)
        folder = site.folder / "mail"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for number, body in enumerate(bodies or (BODY,)):
            (folder / f"{number:02}.eml").write_bytes(make_mail(subject, body=body, message_id="same"))
        return [json.loads(line) for line in site.run("classify", "--json", folder, check=status).stdout.splitlines()]
    return run


def forwarded(decision, key="subject"):
    return [action["args"].get(key) for action in decision["actions"] if action["action"] == "forward"]


FOUND = {
    "a capture's own name alone": ('subject = "New case {case}", capture = { where = "Instance: {instance} in {region}" }',
                                   {"case": "1234567890", "where": "i-0123456789abcdef0"}),
    "the first placeholder, not the first by alphabet": (
        'subject = "New case {case}", capture = { id = "{instance} in {any}{region}" }',
        {"case": "1234567890", "id": "i-0123456789abcdef0"}),
    "a collect's own name alone": ('subject = starts "New", collect = { lines = "{word}: {line}" }',
                                   {"lines": ["ID", "Subject", "Instance"]}),
    "not what a branch that failed had found": (
        'any = { { subject = "New {word} {n}", body = "not there" }, { subject = "New case {case}" } }', {"case": "1234567890"}),
    "not what none had found": (
        'subject = "New case {case}", none = { { subject = "New {word} {any}", body = "not there" } }', {"case": "1234567890"}),
}


@pytest.mark.parametrize("name", FOUND)
def test_found_holds(decide, name):
    conditions, found = FOUND[name]
    (decision,) = decide(f'rule "r" {{ {conditions}, category = "support" }}')
    assert decision["rule"] == "r" and decision["found"] == found and decision["errors"] == []


def test_a_rule_in_shadow_leaves_nothing_behind(decide):
    (decision,) = decide('''
rule "shadow" { subject = "New {word} {n}", category = "support", mode = "shadow" }
rule "live" { subject = "New case {case}", category = "support" }''')
    assert decision["rule"] == "live" and decision["found"] == {"case": "1234567890"}


TEXTS = {
    "a list": 'actions = { forward { to = "operators", subject = "[{case}] {case_subject}", text = "{case_subject}." } }',
    "also": 'also = { forward { to = "operators", subject = "[{case}] {case_subject}", text = "{case_subject}." } }',
    "a function": 'actions = function() return { forward { to = "operators", subject = "[{case}] {case_subject}",'
                  ' text = "{case_subject}." } } end',
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_capture_that_finds_nothing_is_left_out_and_said_once(decide, name):
    (decision,) = decide(f'rule "r" {{ subject = "New case {{case}}", category = "support",\n'
                         f' capture = {{ case_subject = "Subject: {{line}}" }}, {TEXTS[name]} }}', "Nothing of that.\n")
    assert "[1234567890] " in forwarded(decision) and "." in forwarded(decision, "text")
    (error,) = decision["errors"]
    assert error["rule"] == "r" and error["kind"] == "placeholder" and "case_subject" in error["message"]


WRAPPED = {
    "a date": ("required by {date}", "required\nby December\n5, 2026.\n", "December 5, 2026"),
    "a date in Japanese": ("期限は{date}", "対応の期\n限は\n2026年12\n月5日です。\n", "2026年12 月5日"),
    "what stands behind": ("{n}件の障害", "合計 12\n件の障\n害\n", "12"),
    "a line is one": ("Subject: {line}", "Subject: one\ntwo\n", "one"),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_capture_is_found_in_wrapped_text(decide, name):
    template, body, found = WRAPPED[name]
    (decision,) = decide(f'rule "r" {{ subject = starts "New", category = "support", capture = {{ x = "{template}" }} }}', body)
    assert decision["found"] == {"x": found}


OWN_NAMES = {
    "a capture": 'subject = "New case {case}", capture = { date = "by {date}" }',
    "an alternative": 'subject = { "Old case of {date}", "New case {case}" }',
}


@pytest.mark.parametrize("name", OWN_NAMES)
def test_a_name_that_a_rule_looks_for_stands_for_nothing_else(decide, name):
    """Not for the mail's own date, when the mail does not say the one that the rule means."""
    texts = 'actions = { forward { to = "operators", subject = "by {date}", text = [[{date|default "?"} {account}]] } }'
    (decision,) = decide(f'rule "r" {{ {OWN_NAMES[name]}, category = "support", {texts} }}', "AWS Account ID: 123456789012\n")
    assert forwarded(decision) == ["by "] and forwarded(decision, "text") == ["? 123456789012"]
    assert [error["kind"] for error in decision["errors"]] == ["placeholder"]


def test_a_text_that_became_empty_gives_way_to_the_usual_one(site):
    site.rule("10-support.lua", CATEGORY + '''
rule "r" { subject = "New case {case}", category = "support", capture = { case_subject = "Subject: {line}" },
  actions = { forward { to = "operators", subject = "{case_subject}" } } }''')
    site.deliver(make_mail("New case 1234567890", body="Nothing of that.\n"))
    site.run("run", "--once")
    assert any(b"Subject: New case 1234567890" in mail.read_bytes() for mail in site.outbox())


MEMORIES = {
    "a variable": ("local count = 0", "count = count + 1", "count", "count"),
    "a table": ("local seen = {}", "seen[#seen + 1] = 1", "#seen", "seen"),
    "a table in a table": ("local state = { deep = { n = 0 } }", "state.deep.n = state.deep.n + 1", "state.deep.n", "state"),
    "a global": ("count = 0", "count = count + 1", "count", "count"),
    "a new global": ("", 'fresh = type(fresh) == "number" and fresh + 1 or 1', "fresh", "fresh"),
    "a helper's variable": ("local n = 0\nlocal function bump() n = n + 1 return n end", "bump()", "n", "n"),
    "a metatable": ("local t = {}", 'setmetatable(t, { __index = { x = (t.x or 0) + 1 } })', "t.x", "t"),
    "an entry taken away": ("local t = { a = 1, b = 2 }", "t.b = t.a t.a = (t.a or 10) + 1", "t.a", "t"),
    "a walk of pairs": ("local step, t = pairs { a = 1, b = 2, c = 3 }", 'x = step(t)', "x or 'end'", "step"),
}


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("where", ["when", "actions"])
def test_no_rule_remembers_the_mail_before(decide, name, where):
    before, change, show, variable = MEMORIES[name]
    act = f'return {{ forward {{ to = "operators", text = "saw " .. tostring({show}) }} }}'
    functions = (f"when = function() {change} return true end, actions = function() {act} end" if where == "when" else
                 f'actions = function() {change} {act} end')
    decisions = decide(f'{before}\nrule "r" {{ subject = "New case {{case}}", category = "support", {functions} }}',
                       BODY, BODY, BODY)
    assert decisions[0]["rule"] == "r"
    for decision in decisions:
        decision.pop("file")
        decision.pop("date")
    assert decisions[0] == decisions[1] == decisions[2]
    assert any(error["kind"] == "state" and error["rule"] == "r" and f"'{variable}'" in error["message"]
               for error in decisions[0]["errors"]), decisions[0]["errors"]


def test_two_rules_share_no_memory(decide):
    decisions = decide('''
local last
rule "first" { subject = starts "New", final = false, when = function(msg) last = msg.subject return true end }
rule "second" { subject = starts "New", category = "support", when = function() return last == nil end }''', BODY, BODY)
    assert [decision["rule"] for decision in decisions] == ["second", "second"]


def test_what_only_reads_is_no_error(decide):
    (decision,) = decide('''
local names = { ["i-0123456789abcdef0"] = "web" }
local nan, helper = 0 / 0, function(id) return names[id] end
rule "r" { subject = "New case {case}", category = "support", capture = { id = "Instance: {instance}" },
  actions = function(msg, found) local s = string found.x = 1
    return { forward { to = "operators", text = s.upper(helper(found.id)) .. #names } } end }''')
    assert forwarded(decision, "text") == ["WEB0"] and decision["errors"] == []


DECLARING = {
    "rule": 'rule "late" { subject = "x", category = "support" }',
    "contacts": 'contacts { ["123456789012"] = { technical = { "x@example.com" } } }',
    "placeholder": 'placeholder "late" [[x]]',
    "require": 'require "late"',
}


@pytest.mark.parametrize("name", DECLARING)
def test_deciding_declares_nothing(site, decide, name):
    (site.rules / "lib").mkdir()
    (site.rules / "lib" / "late.lua").write_text("return {}")
    (decision,) = decide(f'''
rule "r" {{ subject = starts "New", category = "support", actions = function() {DECLARING[name]} return {{}} end }}''')
    (error,) = decision["errors"]
    assert error["kind"] == "raised" and decision["actions"], error


def test_an_iterator_kept_at_file_level_is_refused(site):
    site.rule("10-words.lua", '''local words = ("a b c"):gmatch "%a"
rule "r" { subject = "x", category = "billing", when = function() return words() == "b" end }''')
    said = site.run("check", check=1).stderr
    assert "10-words.lua:2:" in said and "gmatch" in said


# name: (what stands in actions, the line of the fault, words of the message)
FAULTS = {
    "wrong type": ('forward {\n to = "technical", quote = "yes" }', ["quote", "true or false", "a text"]),
    "wrong type of a role": ("forward { to = 5 }", ["'to'", "number"]),
    "a word as a value": ("forward { to = technical }", ["'to'", "function"]),
    "unknown argument": ('forward { to = "technical", subjet = "x" }', ["subjet", "subject"]),
    "missing argument": ('forward { subject = "x" }', ["needs 'to'"]),
    "no contact has the role": ('forward { to = "finance" }', ["finance"]),
    "unknown placeholder": ('forward { to = "technical", text = "{acount}" }', ["{acount}", "account"]),
    "a placeholder of no template": ('forward { to = "technical", text = "{instance}" }', ["{instance}"]),
    "a placeholder in a list": ('note { lines = { "a", "{acount}" } }', ["{acount}"]),
    "unknown channel": ('chat { channel = "aws-securty" }', ["aws-securty", "aws-security"]),
    "unknown webhook": ('webhook { webhook = "tickets" }', ["tickets"]),
    "unknown command": ('run { command = "siren" }', ["siren"]),
    "no channel to call": ('call { to = "emergency" }', ['channel "call"']),
    "no action at all": ("forward", ["is no action"]),
}
ACTIONS = '''
action "note" { args = { lines = "list" }, run = function() end }
action "run" { args = { command = "command" }, run = function() end }
'''


def test_every_fault_of_an_action_is_named_in_one_run(site):
    site.rule("09-actions.lua", ACTIONS)
    lines, expected = [], {}
    for number, (name, (action, words)) in enumerate(FAULTS.items()):
        lines += [f'rule "fault.{number}" {{', f'  subject = "Fault {number}", category = "billing",', f"  also = {{ {action} }},"]
        expected[name] = (len("\n".join(lines).split("\n")), words)
        lines += ["}"]
    lines += ['rule "fault.category" { subject = "x", category = "biling", also = { forward { to = 1, quote = 2 } } }']
    expected["the category"] = expected["the first"] = expected["the second"] = (len("\n".join(lines).split("\n")), [])
    expected["the category"][1][:] = ["biling"]
    expected["the first"] = (expected["the category"][0], ["'to'"])
    expected["the second"] = (expected["the category"][0], ["'quote'"])
    site.rule("10-faults.lua", "\n".join(lines))
    said = site.run("check", check=1).stderr
    ours = [line for line in said.splitlines() if "/10-faults.lua:" in line and "warning:" not in line]
    for name, (line, words) in expected.items():
        assert any(f"10-faults.lua:{line}:" in one and all(word in one for word in words) for one in ours), (name, line, said)


def test_an_unknown_name_is_an_error_of_check_alone(site):
    """The rule still goes live, and its tests run: a rule repository knows no channel."""
    site.rule("10-chat.lua", 'rule "chat" { subject = "Chat", category = "billing", also = { chat { channel = "none" } } }')
    assert "10-chat.lua:1:" in site.run("check", check=1).stderr
    assert any("none" in error["message"] for error in site.objects("check", check=1)[0]["errors"])
    assert "none" not in site.run("test", check=0).stderr
    site.daemon()
    site.deliver(make_mail("Chat"))
    (row,) = site.wait_mails(1, settled=False)
    assert row["rule"] == "chat"


def test_shipped_rules_may_name_what_nobody_has(site):
    said = site.run("check", check=0).stderr
    assert "warning:" in said and "channel 'call'" in said


def test_accounts_without_a_security_contact_are_a_warning(site):
    site.rule("contacts.lua", '''-- ours
contacts {
  ["123456789012"] = { technical = { "tech@example.com" }, security = { "security@example.com" } },
  ["123456789013"] = { technical = { "tech@example.com" } },
  ["123456789014"] = { technical = { "tech@example.com" }, security = {} },
}''')
    said = site.run("check", check=0).stderr
    (warning,) = [line for line in said.splitlines() if "contacts.lua:2:1: warning:" in line]
    assert "123456789013" in warning and "123456789014" in warning and "123456789012" not in warning
    assert any("no contact has the role 'emergency'" in line for line in said.splitlines())


def test_no_contacts_at_all_is_no_warning(site):
    (site.rules / "contacts.lua").unlink()
    said = site.run("check", check=0).stderr
    assert "no contact has" not in said and "security contact" not in said


@pytest.mark.parametrize("key", ["actions", "also"])
@pytest.mark.parametrize("form", ["{ %s }", "function() return { %s } end"])
def test_what_is_not_wanted_in_a_list_of_actions_costs_nothing_behind_it(decide, key, form):
    """`urgent and call { … }` is nil or false where it is not wanted."""
    calls = 'nil, forward { to = "operators", subject = "1" }, false, nil, forward { to = "operators", subject = "2" }'
    (decision,) = decide(f'rule "r" {{ subject = starts "New", category = "support", {key} = {form % calls} }}')
    assert [subject for subject in forwarded(decision) if subject] == ["1", "2"] and decision["errors"] == []


@pytest.mark.parametrize("key", ["actions", "also"])
def test_a_list_of_actions_with_a_key_is_no_list(decide, site, key):
    """Whoever leaves the action's name out, { to = "technical" }, must not tell nobody by it."""
    rule = 'rule "r" {{ subject = starts "New", category = "support", {} = {} }}'
    (decision,) = decide(rule.format(key, 'function() return { to = "technical" } end'))
    assert [action["args"]["to"] for action in decision["actions"]] == ["operators"]
    assert [(error["kind"], "no key 'to'" in error["message"]) for error in decision["errors"]] == [("actions", True)]
    site.rule("10-support.lua", CATEGORY + rule.format(key, '{ to = "technical" }'))
    assert f"10-support.lua:2:58: rule 'r': '{key}' is a list of actions and has no key 'to'" in site.run("check", check=1).stderr
