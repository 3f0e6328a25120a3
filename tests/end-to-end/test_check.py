"""`awsift check` names every mistake in one run, with file and line."""
import pytest

# name: (file, text, the line of the mistake, words that the message must have)
MISTAKES = {
    "syntax error": ("10-syntax.lua", '-- fine\nrule "a" { subject = = }\n', 2, []),
    "unknown key": ("11-key.lua", 'rule "key" {\n  subject = "Key", category = "billing", servce = "EC2" }\n', 1, ["servce", "service"]),
    "unknown placeholder": ("12-placeholder.lua", '\nrule "placeholder" { subject = "A {acount}", category = "billing" }\n', 2,
                            ["acount"]),
    "bad regular expression": ("13-regex.lua", '\n\nrule "regex" { subject = matches "(open", category = "billing" }\n', 3, []),
    "unknown category": ("14-category.lua", 'rule "category" { subject = "B", category = "biling" }\n', 1, ["biling", "billing"]),
    "duplicate id": ("15-twice.lua", 'rule "twice" { subject = "C", category = "billing" }\n'
                     'rule "twice" { subject = "D", category = "billing" }\n', 2, ["twice", "15-twice.lua:1"]),
    "wrong type": ("16-type.lua", 'rule "type" { subject = "E", category = "billing", tags = "x" }\n', 1, ["tags"]),
    "missing fixture": ("tests/17-fixture.lua", 'test "fixture" { mail = "fixtures/none.eml", expect = { category = "billing" } }\n',
                        1, ["none.eml"]),
    "unknown action": ("18-action.lua", '\nrule "action" { subject = "F", category = "billing", actions = forwrd { to = "technical" } }\n',
                       2, ["forwrd", "forward"]),
    "bad contact": ("contacts.lua", 'contacts {\n  ["12345"] = { technical = { "tech@example.com" } },\n}\n', 1, ["12345"]),
}


def complaints(site, status):
    done = site.run("check", check=status)
    return done.stdout + done.stderr


def test_all_mistakes_in_one_run(site):
    (site.rules / "tests").mkdir()
    for file, text, _, _ in MISTAKES.values():
        (site.rules / file).write_text(text, encoding="utf-8")
    said = complaints(site, 1)
    missing = []
    for name, (file, _, line, words) in MISTAKES.items():
        found = [one for one in said.splitlines() if f"{file}:{line}:" in one]
        if not found or not all(any(word in one for one in found) for word in words):
            missing.append(f"{name} ({file}:{line} {words})")
    assert not missing, f"not named: {missing}\n{said}"


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_alone(site, name):
    file, text, line, _ = MISTAKES[name]
    (site.rules / file).parent.mkdir(exist_ok=True)
    (site.rules / file).write_text(text, encoding="utf-8")
    assert f"{file}:{line}:" in complaints(site, 1)


def test_a_good_site_passes(site):
    complaints(site, 0)


def test_own_rule_may_decide_what_a_shipped_test_is_about(site):
    """The shipped rules' tests are about them alone: a rule of one's own comes first, and that is no mistake."""
    site.rule("20-own.lua", 'rule "own.retirement" { title = starts "Amazon EC2", category = "billing" }\n')
    complaints(site, 0)


def test_configuration_mistake_names_the_nearest_key(site):
    site.config.write_text(site.config.read_text() + "\ndeciders { cuont = 2 }\n")
    line = len(site.config.read_text().splitlines())
    said = complaints(site, 1)
    assert f"awsift.lua:{line}:" in said and "cuont" in said and "count" in said


def test_contacts_that_are_returned_are_not_lost_in_silence(site):
    site.rule("contacts.lua", 'return { ["123456789012"] = { technical = { "tech@example.com" } } }\n')
    said = site.run("check", check=1).stderr
    assert "contacts.lua:1: what it returns is read by nobody: write contacts { … }" in said
