"""`awsift check` names every mistake in one run, with file and line."""
import os
import re
import subprocess

import pytest

from conftest import BINARY

# name: (file, text, the line of the mistake, words that the message must have)
MISTAKES = {
    "syntax error": ("10-syntax.lua", '-- fine\nrule "a" { subject = = }\n', 2, []),
    "unknown key": ("11-key.lua", 'rule "key" {\n  subject = "Key", category = "billing", servce = "EC2" }\n', 2, ["servce", "service"]),
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
    "bad contact": ("contacts.lua", 'contacts {\n  ["12345"] = { technical = { "tech@example.com" } },\n}\n', 2, ["12345"]),
    "half a statement": ("19-half.lua", '\n\nrule("half")\n', 3, ["rule 'half' says nothing"]),
    "no name": ("19-name.lua", '\nrule { subject = "G", category = "billing" }\n', 2, ["needs a name"]),
    "unknown word": ("20-word.lua", '\nrul "word" { subject = "H", category = "billing" }\n', 2, ["'rul'", "'rule'"]),
    "unknown category of an override": ("21-override.lua", '\n\noverride "abuse.report" { category = "nope" }\n', 3, ["nope"]),
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


def test_doubts_about_the_configuration_count_as_warnings(site):
    site.config.write_text(site.config.read_text() + 'policy "chatt" { attempts = 2 }\n')
    done = site.run("check")
    assert "warning: policy 'chatt' is of no action that there is (did you mean 'chat'?)\n" in done.stderr and f" {3 + (os.geteuid() == 0)} warnings, " in done.stdout
    warning = site.objects("check")[0]["warnings"][-1]
    assert warning["message"].startswith("policy 'chatt'") and warning["severity"] == "warning" and warning["file"] == str(site.config)


def test_own_rule_may_decide_what_a_shipped_test_is_about(site):
    """The shipped rules' tests are about them alone: a rule of one's own comes first, and that is no mistake."""
    site.rule("20-own.lua", 'rule "own.retirement" { title = starts "Amazon EC2", category = "billing" }\n')
    complaints(site, 0)


def test_configuration_mistake_names_the_nearest_key(site):
    site.config.write_text(site.config.read_text() + "\ndeciders { cuont = 2 }\n")
    line = len(site.config.read_text().splitlines())
    said = complaints(site, 1)
    assert f"awsift.lua:{line}:" in said and "cuont" in said and "count" in said


# What awsift.lua may have wrong, a line each, and words that the message must have.
WRONG = {
    'spol "x" { kind = "maildir" }': ["'spol'", "did you mean 'spool'"],
    'spool "" {}': ["spool needs a name"],
    'spool "empty" { path = "" }': ["path must not be empty"],
    'spool { path = "x" }': ["spool needs a name"],
    'spool "in" { path = "elsewhere" }': ["two spools have this name"],
    'spool "again" { path = "./x/../spool/" }': ["two spools have this path"],
    'spool "archive" { path = "store/archive" }': ["inside the store"],
    'spool "new" { kind = "directory", path = "spool/new" }': ["two spools have this path"],
    'spool "here" { kind = "directory", path = "./" }': ["the folder of this file"],
    'spool "rules" { kind = "directory", path = "rules.d/x" }': ["inside the rule folder"],
    'spool "slow" { settle = "2d" }': ["settle", "24h"],
    'store ""': ["store needs"],
    'store = "x"': ["'store' is a word"],
    'rules "" {}': ["rules needs"],
    'rules "gone" {}': ["gone' cannot be read: No such file or directory"],
    'operators { mail = { "bad addr" } }': ["bad addr"],
    'operators { mail = "a b", phone = "x", language = "fr" }': ["a b", "phone number", "ja or en"],
    'channel "none" { }': ["needs url"],
    'channel "ftp" { url = "ftp://example.com/x" }': ["https://", "ftp://example.com/…"],
    'channel "host" { url = "https:///x" }': ["https:///…"],
    'channel "bare" { url = "hooks.example.com/services/T0" }': ["unlike 'hooks.example.com/…'"],
    'channel "user" { url = "https://me:word@example.com" }': ["must not hold a user and a password"],
    'http { private = { "10.0.0.0/33" }, ca = 5, timeout = "2m" }': ["private: '10.0.0.0/33' is no host", "ca must be a text", "100s"],
    'http { private = "https://jira.example.internal" }': ["without https:// and port"],
    'http { verify = false }': ["http has no key 'verify'"],
    'channel "half"': ["channel 'half' says nothing"],
    'channel { url = "https://example.com" }': ["channel needs a name"],
    'webhook "none" { }': ["needs url"],
    'webhook "ftp" { url = "mailto:x@example.com" }': ["https://", "mailto:"],
    'timezone "Nowhere/X"': ["Nowhere/X", "Asia/Tokyo"],
    'timezone(9)': ["Asia/Tokyo"],
    'trust "mx.example.jp"': ["authserv_id"],
    'deciders { count = 65, time = "1h", memory = "1M" }': ["count", "time", "memory"],
    'limits { parts = 0, bytes = "5G" }': ["parts", "bytes"],
    'smtp { from = "x" }': ["'x' is no mail address"],
}


def test_all_mistakes_of_the_configuration_and_the_rules_in_one_run(site):
    text = site.config.read_text()
    first = len(text.splitlines()) + 1
    site.config.write_text(text + "\n".join(WRONG) + "\n")
    site.rule("10-key.lua", 'rule "key" { subject = "Key", servce = "EC2", category = "billing" }\n')
    said = complaints(site, 1)
    for number, (line, words) in enumerate(WRONG.items(), first):
        found = [one for one in said.splitlines() if f"/awsift.lua:{number}:" in one]
        assert all(any(word in one for one in found) for word in words), f"{line}\n{said}"
    assert "10-key.lua:1:31: " in said and "servce" in said


@pytest.mark.parametrize("line", WRONG)
def test_each_mistake_of_the_configuration_alone(site, line):
    text = site.config.read_text()
    site.config.write_text(text + line + "\n")
    said = [one for one in complaints(site, 1).splitlines() if " warning: " not in one and one.startswith("/")]
    assert said and all(f"/awsift.lua:{len(text.splitlines()) + 1}:" in one for one in said)


def test_configuration_that_breaks_off_is_named_where_it_does(site):
    line = len(site.config.read_text().splitlines()) + 2
    site.config.write_text(site.config.read_text() + '\nlocal x = nil + 1\nspol "x" {}\n')
    assert f"/awsift.lua:{line}: attempt to perform arithmetic" in complaints(site, 1)
    assert site.objects("check", check=1)[0]["errors"][0]["line"] == line


def test_configuration_has_the_safe_globals(site):
    site.config.write_text(site.config.read_text() + """
local names = { "a", "b" }
suffix = "example.com"
for _, name in ipairs(names) do channel(name) { url = "https://" .. name .. "." .. suffix } end
""")
    complaints(site, 0)


@pytest.mark.parametrize("text", ['spol "x" {}', "x = = 1", "", None])
def test_a_name_that_is_no_utf8_loses_no_mistake(site, text):
    """text: of the configuration; None: it is a folder; "": a rule file that cannot be read has such a name."""
    folder = os.path.join(os.fsencode(site.folder), b"caf\xe9")
    os.makedirs(os.path.join(folder, b"rules"))
    config = os.path.join(folder, b"awsift.lua")
    if text is None:
        os.mkdir(config)
    else:
        with open(config, "w", encoding="utf-8") as file:
            file.write(text or 'rules "rules" {}')
    if text == "":
        os.symlink("/proc/self/mem", os.path.join(folder, b"rules", b"10.lua"))
    done = subprocess.run([BINARY, "check", "-c", config], capture_output=True, check=False)
    assert done.returncode == 1 and b".lua:1:" in done.stderr.splitlines()[0], done.stderr


def test_time_zone_of_a_contact(site):
    site.rule("contacts.lua", 'contacts {\n  ["123456789012"] = { timezone = "Nowhere/X", technical = "t@example.com" },\n}\n')
    assert re.search("contacts.lua:2: .*Nowhere/X", complaints(site, 1))


def test_time_zones_are_not_known_where_the_system_has_no_database(site, monkeypatch):
    monkeypatch.setenv("TZDIR", str(site.folder / "none"))
    site.config.write_text(site.config.read_text() + 'timezone "Nowhere/X"\n')
    complaints(site, 0)


@pytest.mark.parametrize("name", ["10-unread.lua", "tests/unread.eml"])
def test_file_that_cannot_be_read(site, name):
    """Nobody can read the beginning of this process's memory, not even root."""
    (site.rules / "tests").mkdir()
    (site.rules / name).symlink_to("/proc/self/mem")
    site.rule("20-key.lua", 'rule "key" { subject = "Key", servce = "EC2", category = "billing" }\n')
    said = complaints(site, 1)
    assert f"{name}:1: cannot" in said and "20-key.lua:1:31: " in said
    assert name in site.run("classify", "-", check=1).stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_file_that_may_not_be_read(site):
    (site.rules / "10-secret.lua").write_text("")
    (site.rules / "10-secret.lua").chmod(0)
    assert "10-secret.lua:1: cannot be read: Permission denied" in complaints(site, 1)


def test_rules_folder_that_is_missing_is_named_where_it_stands(site):
    line = 1 + site.config.read_text().split('rules "rules.d"')[0].count("\n")
    site.config.write_text(site.config.read_text().replace("rules.d", "gone"))
    for command in (["check"], ["classify", "-"], ["run", "--dry-run"]):
        assert f"/awsift.lua:{line}: rules '{site.folder}/gone' cannot be read: " in site.run(*command, check=1).stderr
    assert f"{site.folder}/gone:1: " in site.run("check", "--rules", "gone", check=1).stderr


def test_people_and_programs_get_real_paths(site):
    for file, text, _, _ in MISTAKES.values():
        (site.rules / file).parent.mkdir(exist_ok=True)
        (site.rules / file).write_text(text, encoding="utf-8")
    site.rule("30-require.lua", 'require "nowhere.there"\n')
    done = site.run("check", "--json", check=1)
    assert f"{site.rules}/lib/nowhere/there.lua" in done.stderr
    assert f"{site.rules}/15-twice.lua:1" in done.stderr
    assert not re.search(r"(?<![\w/])(rules/\d|awsift/[a-z])", done.stdout + done.stderr)
    (value,) = site.objects("check", check=1)
    files = [entry["file"] for entry in value["errors"] + value["warnings"] + value["rules"] + value["tests"]["failed"]]
    assert len(files) > 50 and all(os.path.exists(file) for file in files)


def test_contacts_that_are_returned_are_not_lost_in_silence(site):
    site.rule("contacts.lua", 'return { ["123456789012"] = { technical = { "tech@example.com" } } }\n')
    said = site.run("check", check=1).stderr
    assert "contacts.lua:1:1: what it returns is read by nobody: write contacts { … }" in said


def test_more_mistakes_than_can_be_sent(site):
    """A decider's answer has an end at 16 MiB: neither are there more, nor longer ones."""
    site.rule("50-test.lua", """
local long = ("long"):rep(10000)
for i = 1, 1100 do rule("wrong." .. i) { title = "Number " .. i, category = long } end
""")
    done = site.run("check", check=1)
    assert "50-test.lua:3:" in done.stderr + done.stdout, done.stderr[:500]
    assert "from here on there are" in done.stderr + done.stdout
