"""Several rule folders: their order, what each brings along, what a later one changes of an earlier one's rules, and where
general rules stand."""
import json

import pytest

from conftest import SOURCE, make_mail


class Folders:
    """A site with several rule folders: save(folder, file, text), then decide(subject…)."""

    def __init__(self, site):
        self.site = site
        self.names = []
        self.base = site.config.read_text(encoding="utf-8").replace('rules "rules.d" {}\n', "")
        for name in ("50-test.lua", "contacts.lua"):
            (site.rules / name).unlink()

    def use(self, *names):
        self.names = names
        for name in names:
            (self.site.folder / name).mkdir(exist_ok=True)
        self.site.config.write_text(self.base + "".join(f'rules "{name}" {{}}\n' for name in names), encoding="utf-8")

    def save(self, folder, file, text):
        path = self.site.folder / folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def decide(self, *subjects, body="Hello.\n"):
        mails = []
        for number, subject in enumerate(subjects):
            mails.append(self.site.folder / f"{number}.eml")
            mails[-1].write_bytes(make_mail(subject, body=body))
        return [json.loads(line) for line in self.site.run("classify", "--json", *mails).stdout.splitlines()]

    def errors(self, check=1):
        return [one for one in self.site.run("check", check=check).stderr.splitlines() if "warning:" not in one]


@pytest.fixture
def folders(site):
    return Folders(site)


CATEGORIES = 'category "c" { title = "C", tell = "operators" } category "d" { title = "D", tell = "technical", priority = "high" }\n'


def test_folders_in_the_order_given_files_by_bytes_rules_in_file_order(folders):
    """Twelve folders, given in no order of their names: the tenth and later ones come last, too."""
    names = [f"f{number}" for number in (5, 11, 0, 7, 2, 9, 4, 10, 1, 8, 3, 6)]
    folders.use(*names)
    wanted = []
    files = ["10-a.lua", "10-B.lua", "9-z.lua", "a.lua", "Z.lua", "_x.lua", "ä.lua"]
    for folder in names:
        for file in files:
            first = CATEGORIES if folder == names[0] and file == files[0] else ""
            tag = f"{folder}/{file}"
            folders.save(folder, file, first + "".join(
                f'rule "r{len(wanted) + part}" {{ subject = starts "Order", final = false, tags = {{ "{tag} {part}" }} }}\n' for part in range(2)))
            wanted += [(names.index(folder), file.encode(), part, f"{tag} {part}") for part in range(2)]
    (decision,) = folders.decide("Order")
    assert decision["tags"] == [tag for *_, tag in sorted(wanted)]


def test_the_first_match_decides(folders):
    folders.use("two", "one")
    folders.save("one", "10.lua", 'rule "one" { subject = "Match", category = "c" }')
    folders.save("two", "10.lua", CATEGORIES + 'rule "two" { subject = "Match", category = "d" } rule "three" { subject = "Match", category = "c" }')
    assert folders.decide("Match")[0]["rule"] == "two"
    folders.use("one", "two")
    assert folders.decide("Match")[0]["rule"] == "one"


def test_only_lua_files_directly_in_a_folder_are_rules(folders):
    folders.use("one")
    folders.save("one", "10.lua", CATEGORIES)
    for file in ("sub/20.lua", "lib/20.lua", "20.lua.bak", "20.txt", ".20.lua", "20.lua~", "#20.lua#"):
        folders.save("one", file, 'error "is no rule file"')
    assert folders.errors(check=0) == []


def test_each_folder_has_a_lib_of_its_own(folders):
    folders.use("one", "two")
    for name in ("one", "two"):
        folders.save(name, "lib/names.lua", f'return {{ tag = "{name}" }}')
        folders.save(name, "lib/deep/more.lua", 'return { tag = require "names".tag .. " deep" }')
        folders.save(name, "10.lua", (CATEGORIES if name == "one" else "")
                     + f'local t = {{ require "names".tag, require "deep.more".tag }}\nrule "{name}" {{ subject = "Lib", final = false, tags = t }}')
    assert folders.decide("Lib")[0]["tags"] == ["one", "one deep", "two", "two deep"]
    (folders.site.folder / "two" / "lib" / "names.lua").unlink()
    (error,) = folders.errors()
    assert "two/10.lua:1:" in error and "'names' is not there" in error and "rules/" not in error.split(": ", 1)[0].replace("rules.d", "")


def test_contacts_and_tests_of_each_folder_count(folders):
    folders.use("one", "two")
    folders.save("one", "contacts.lua", 'contacts { ["123456789012"] = { technical = { "a@example.com" }, security = { "s@example.com" } } }')
    folders.save("two", "contacts.lua", 'contacts { ["210987654321"] = { finance = { "f@example.com" }, security = { "s@example.com" } } }')
    folders.save("one", "10.lua", 'category "pay" { tell = "finance" } rule "pay" { subject = "Pay", category = "pay" }')
    folders.save("two", "tests/10.lua", 'test "pays" { subject = "Pay", expect = { category = "pay" } }')
    folders.save("one", "tests/10.lua", 'test "pays, too" { subject = "Pay", expect = { rule = "pay" } }')
    assert folders.errors(check=0) == []
    assert "2 passed, 0 failed" in folders.site.run("test").stdout
    folders.save("two", "tests/10.lua", '\ntest "fails" { subject = "Pay", expect = { category = "other" } }')
    assert any("two/tests/10.lua:2:" in one for one in folders.errors())


SHIPPED = CATEGORIES + '''
contacts { ["*"] = { technical = { "t@example.com" }, security = { "s@example.com" } } }
rule "first" { subject = starts "Over", category = "c", service = "EC2", tags = { "old" }, capture = { word = "Say: {word}" },
  also = { forward { to = "security", text = "{word}" } } }
rule "second" { subject = starts "Over", category = "d" }
'''
TOLD_OPERATORS = {"action": "forward", "args": {"to": "operators"}}
TOLD_TECHNICAL = {"action": "forward", "args": {"to": "technical"}}


def say(text):
    return {"action": "forward", "args": {"text": text, "to": "security"}}


# name: (what the later folder says, what of the decision is then so)
OVERRIDES = {
    "nothing": ("", {"rule": "first", "category": "c", "actions": [TOLD_OPERATORS, say("yes")], "tags": ["old"], "service": "EC2", "certainty": "exact"}),
    "category": ('override "first" { category = "d" }', {"rule": "first", "category": "d", "priority": "high", "actions": [TOLD_TECHNICAL, say("yes")]}),
    "priority": ('override "first" { priority = "urgent" }', {"priority": "urgent", "category": "c"}),
    "service": ('override "first" { service = "RDS" }', {"service": "RDS"}),
    "tags": ('override "first" { tags = { "new", "newer" } }', {"tags": ["new", "newer"]}),
    "actions": ('override "first" { actions = forward { to = "technical" } }', {"actions": [TOLD_TECHNICAL, say("yes")]}),
    "a function": ('override "first" { actions = function(msg, found) return { forward { to = "technical", text = found.word } } end }',
                   {"actions": [{"action": "forward", "args": {"text": "yes", "to": "technical"}}, say("yes")]}),
    "no actions": ('override "first" { actions = {} }', {"actions": [say("yes")]}),
    "also": ('override "first" { also = {} }', {"actions": [TOLD_OPERATORS]}),
    "capture": ('override "first" { capture = { word = "Yes: {word}" } }', {"found": {"word": "no"}, "actions": [TOLD_OPERATORS, say("no")]}),
    "collect": ('override "first" { collect = { all = "{word}: {word}" } }', {"found": {"word": "yes", "all": ["Say", "Yes"]}}),
    "enabled": ('override "first" { enabled = false }', {"rule": "second"}),
    "mode": ('override "first" { mode = "shadow" }', {"rule": "second", "tags": []}),
    "general": ('override "first" { general = true }', {"rule": "second", "certainty": "exact"}),
    "general of both": ('override "first" { general = true } override "second" { general = true }', {"rule": "first", "certainty": "general"}),
    "final": ('override "first" { final = false }', {"rule": "second", "tags": ["old"], "actions": [say("yes"), TOLD_TECHNICAL]}),
    "an override of an override": ('override "first" { category = "d", service = "RDS" }\noverride "first" { category = "c" }',
                                   {"category": "c", "service": "RDS"}),
    "a second category": ('category "c" { tell = "technical", priority = "low" }', {"category": "c", "priority": "low", "actions": [TOLD_TECHNICAL, say("yes")]}),
    "a second category that says one thing": ('category "d" { tell = "operators" } override "first" { category = "d" }',
                                              {"priority": "high", "actions": [TOLD_OPERATORS, say("yes")]}),
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_a_later_folder_changes_results(folders, name):
    text, want = OVERRIDES[name]
    folders.use("shipped", "own")
    folders.save("shipped", "10.lua", SHIPPED)
    folders.save("own", "10.lua", text)
    (decision,) = folders.decide("Over and out", body="Say: yes\nYes: no\n")
    assert {key: decision[key] for key in want} == want and decision["errors"] == []
    if "category \"" in text:
        return  # of two categories the later one says
    folders.use("own", "shipped")  # what an override changes may stand behind it
    (decision,) = folders.decide("Over and out", body="Say: yes\nYes: no\n")
    assert {key: decision[key] for key in want} == want


# name: (what the later folder says, words of the errors, each with a line)
WRONG = {
    "an unknown rule": ('\noverride "frist" { enabled = false }', [(2, "no rule 'frist' (did you mean 'first'?)")]),
    "an unknown key": ('override "first" { enable = false }', [(1, "no key 'enable' (did you mean 'enabled'?)")]),
    "a condition": ('override "first" { subject = "x" }', [(1, "'subject'")]),
    "a wrong value": ('override "first" { mode = "shade" }', [(1, "'shade'")]),
    "an unknown category": ('override "first" { category = "e" }', [(1, "no category 'e'")]),
    "an unknown role": ('override "first" { actions = forward { to = "nobody" } }', [(1, "nobody has the role 'nobody'")]),
    "an unknown placeholder": ('\noverride "first" { actions = forward { to = "technical", text = "{wrd}" } }', [(2, "{wrd}")]),
    "a rule again": ('\n\nrule "first" { subject = "x", category = "c" }', [(3, "exists already at")]),
    "a rule that decides without a category": ('rule "third" { subject = "x", final = false }\noverride "third" { final = true }', [(2, "names no category")]),
    "a second category told to nobody": ('\ncategory "c" { tell = "securty" }', [(2, "nobody has the role 'securty' (did you mean 'security'?)")]),
    "no duration": ('override "first" { answer = "soon" }', [(1, "'answer' must be a time")]),
    "a category's answer": ('category "c" { answer = "0h" }', [(1, "'answer' must be a time")]),
    "a group of nothing": ('override "first" { group = { by = {}, wait = "5m", most = "1h" } }', [(1, "'group' must be a table")]),
    "a group by what is not known": ('override "first" { group = { by = { "contcat" }, wait = "5m", most = "1h" } }', [(1, "'contcat' (did you mean 'contact'?)")]),
    "a group's key": ('override "first" { group = { by = { "rule" }, wait = "5m", moste = "1h" } }', [(1, "'moste' (did you mean 'most'?)")]),
    "a group that waits too long": ('override "first" { group = { by = { "rule" }, wait = "2h", most = "90m" } }', [(1, "'wait' cannot be the longer one")]),
    "tags that are none": ('override "first" { tags = { 5 } }', [(1, "'tags' must be a list of texts")]),
    "a capture that is none": ('override "first" { capture = { "x" } }', [(1, "'capture' must be a table of name")]),
    "a capture of an unknown placeholder": ('\noverride "first" { capture = { word = "{wrod}" } }', [(2, "no placeholder {wrod}")]),
    "advice that is none": ('override "first" { advice = { de = "x" } }', [(1, "'advice' has the keys ja, en and url")]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_later_folder_is_named(folders, name):
    text, want = WRONG[name]
    folders.use("shipped", "own")
    folders.save("shipped", "10.lua", SHIPPED)
    folders.save("own", "10.lua", text)
    said = folders.errors()
    for line, words in want:
        assert any(f"own/10.lua:{line}:" in one and words in one for one in said), said
    assert sum("own/10.lua:" in one for one in said) == len(want), said


def test_the_teams_category_counts_before_the_shipped_one_wherever_that_stands(folders):
    """The shipped rules come last by themselves, so that their categories are read after the team's."""
    own = 'category "maintenance" { tell = "security", priority = "high" }\ncategory "maintenance" { priority = "low" }\n'
    wanted = ("ec2.instance-retirement", "low", [{"action": "forward", "args": {"to": "security"}}])

    def decided():
        (decision,) = folders.decide("Amazon EC2 Instance Retirement [AWS Account: 123456789012]")
        return decision["rule"], decision["priority"], decision["actions"]

    folders.use("own")
    folders.save("own", "10.lua", own)
    assert decided() == wanted
    folders.use(SOURCE / "rules.d", "own")
    assert decided() == wanted


def test_a_rule_named_as_a_shipped_one_is_an_error_of_the_teams_file(folders):
    """The shipped rules are read after it, and are nobody's to mend."""
    folders.use("own")
    folders.save("own", "10.lua", '\nrule "abuse.report" { subject = "Own", category = "other" }')
    (said,) = folders.errors()
    assert "own/10.lua:2:1: rule 'abuse.report' exists already at " in said and "12-abuse.lua:" in said and "use override" in said


@pytest.mark.parametrize("order", [(SOURCE / "rules.d", "own"), ("own",)])
def test_a_name_that_the_configuration_lacks_is_the_teams_error_also_where_shipped_rules_lack_it(folders, order):
    folders.base = folders.base.replace('channel "aws-security"', 'channel "other"')
    folders.use(*order)
    folders.save("own", "10.lua", 'rule "own" { subject = "Own", category = "other", also = chat { channel = "aws-security" } }')
    (said,) = folders.errors()
    assert "own/10.lua:1:75: rule 'own': action 'chat': the configuration has no channel 'aws-security'" in said


def test_general_rules_come_last_wherever_they_stand(folders):
    folders.use("one", "two")
    folders.save("one", "10.lua", CATEGORIES + '''
rule "general" { subject = starts "Gen", general = true, category = "c" }
rule "other general" { subject = starts "Gen", general = true, category = "d" }'''.replace("other general", "other.general"))
    folders.save("two", "10.lua", 'rule "exact" { subject = "General one", category = "d" }')
    exact, general = folders.decide("General one", "General two")
    assert (exact["rule"], exact["certainty"]) == ("exact", "exact")
    assert (general["rule"], general["certainty"]) == ("general", "general")


def test_rules_in_passing_add_to_what_decides_and_to_what_nothing_decides(folders):
    folders.use("one")
    folders.save("one", "10.lua", CATEGORIES + '''
rule "note" { subject = starts "Pass", final = false, tags = { "a" }, capture = { word = "Say: {word}" }, priority = "urgent",
  actions = forward { to = "technical", text = "{word} {line|default '-'}" }, also = forward { to = "operators", text = "{rule}" } }
rule "more" { subject = "Pass {line}", final = false, tags = { "b", "a" } }
rule "decides" { subject = "Pass along", category = "c", tags = { "c" }, actions = forward { to = "operators", text = "{word} {line}" } }
rule "late" { subject = starts "Pass", final = false, tags = { "late" } }''')
    decided, unknown = folders.decide("Pass along", "Pass by", body="Say: yes\n")
    assert decided["rule"] == "decides" and decided["priority"] == "normal" and decided["tags"] == ["a", "b", "c"]
    assert decided["found"] == {"word": "yes", "line": "along"}
    assert [action["args"].get("text") for action in decided["actions"]] == ["yes along", "decides", "yes along"]
    assert unknown["rule"] is None and unknown["category"] == "unmatched" and unknown["tags"] == ["a", "b", "late"]
    assert [action["args"]["to"] for action in unknown["actions"]] == ["technical", "operators", "operators"]


def test_a_group_of_what_is_urgent_is_said_to_have_no_effect(folders):
    folders.use("one")
    folders.save("one", "10.lua", CATEGORIES + '''
rule "g" { subject = "G", category = "c", priority = "urgent", group = { by = { "rule", "contact" } } }
rule "meant" { subject = "I", category = "c", priority = "urgent", group = { by = { "rule" }, urgent = true } }
rule "normal" { subject = "J", category = "c", group = { by = { "rule" }, wait = "5m", most = "1h" } }
rule "off" { subject = "H", category = "c", priority = "urgent", enabled = false, group = { by = { "rule" } } }''')
    said = [one for one in folders.site.run("check", check=0).stderr.splitlines() if "'group'" in one]
    assert len(said) == 1 and "10.lua:3:" in said[0] and "warning: rule 'g': 'group' has no effect: its mails are urgent" in said[0]
