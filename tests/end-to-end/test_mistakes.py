"""The catalogue of mistakes: each is named with file, line and column, in words for people who are no programmers, and none
of them changes what a running daemon does.

In the texts ¦ marks the place that must be named; it is taken out before the file is written."""
import json
import os
from pathlib import Path

import pytest

from conftest import Daemon, wait_for

def rule(name, more):
    """A rule that is right but for `more`."""
    return f'rule "{name}" {{ subject = "Catalogue {name} {{n}}", category = "billing", {more} }}\n'


# name: (text of a rule file, words that the message must have). Each is an error.
RULES = {
    # Lua
    "a comma is missing": ('rule "m01" {\n  subject = "Catalogue m01"\n  ¦category = "billing",\n}\n', ["comma is missing before category"]),
    "a comma is missing in a list": ('rule "m02" {\n  subject = { "a" ¦"b" },\n}\n', ["comma is missing"]),
    "a quote is missing": ('rule "m03" {\n  subject = ¦"Catalogue m03,\n  category = "billing",\n}\n', ["closing quote is missing"]),
    "a brace is missing at the end": ('rule "m04" {\n  subject = "Catalogue m04",\n  category = "billing"\n¦', ["'{' of line 1 is never closed", "write }"]),
    "a brace is missing behind a comma": ('rule "m04b" {\n  subject = "Catalogue m04",\n¦', ["never closed"]),
    "a brace too many": ('rule "m05" { subject = "a", category = "billing" }\n¦}\n', ["one } too many"]),
    "]] inside [[ ]]": ('rule "m06" { subject = matches [[^[[x]]¦]$]], category = "billing" }\n', ["[=[ … ]=]"]),
    "[[ that never ends": ('rule "m07" { subject = matches [[^x$], category = "billing" }\n¦', ["never ends", "]]"]),
    "an equals sign twice": ('rule "m08" { subject = ¦= "a", category = "billing" }\n', ["one = too many"]),
    "a value is missing": ('rule "m09" { subject = ¦, category = "billing" }\n', ["a value is missing before the comma"]),
    "a curly quote": ('rule "m10" { subject = ¦“Catalogue”, category = "billing" }\n', ["curly or full-width"]),
    "a full-width comma": ('rule "m11" { subject = "a"¦、 category = "billing" }\n', ["full-width"]),
    "a hyphen in a key": ('rule "m12" { header = { X-Name ¦= "a" }, category = "billing" }\n', ['["the-name"] = …']),
    "a backslash in quotes": ('rule "m13" { subject = matches ¦"\\d+", category = "billing" }\n', ["invalid escape", "[[ … ]]"]),
    "a function without end": ('rule "m14" { subject = "a", category = "billing", when = function(msg) return true ¦}\n', ["'end' expected"]),
    "a name without quotes": ('rule ¦m15 { subject = "a" }\n', ["in quotes"]),
    "a comment that never ends": ('rule "m16" { subject = "a", category = "billing" } --[[ done\n¦', ["comment", "never ends"]),
    "an account without quotes": ('rule "m17" { subject = ¦123abc, category = "billing" }\n', ["write texts in quotes"]),
    "arithmetic with text": ('¦local days = "seven" + 1\n', ["misspelt"]),
    "an endless loop": ('¦while true do end\n', ["loop that never ends"]),
    # Statements
    "a mistyped word": ('¦rul "m20" { subject = "a", category = "billing" }\n', ["no word", "'rul'", "did you mean 'rule'"]),
    "half a statement": ('¦rule "m21"\n', ["'m21' says nothing", "{ … }"]),
    "no name": ('¦rule { subject = "a", category = "billing" }\n', ["needs a name"]),
    "a capital in a name": ('rule ¦"M23" { subject = "a", category = "billing" }\n', ["lower case letters"]),
    "a list instead of a table": ('¦rule "m24" "Catalogue"\n', ["needs a table"]),
    "the same rule twice": (rule("m25", "") + '¦rule "m25" { subject = "b", category = "billing" }\n', ["exists already at", ":1", "override"]),
    "an override of nothing": ('¦override "m26.none" { category = "billing" }\n', ["there is no rule 'm26.none'"]),
    # Keys and values of rules
    "an unknown key": (rule("m30", '¦servce = "EC2"'), ["'servce'", "did you mean 'service'"]),
    "an unknown condition in any": ('rule "m31" { any = { ¦sbject = "a", title = "b" }, category = "billing" }\n', ["'sbject'", "'subject'"]),
    "an unknown category": ('rule "m32" { subject = "Catalogue m32", category = ¦"biling" }\n', ["'biling'", "did you mean 'billing'"]),
    "no category": ('¦rule "m33" { subject = "Catalogue m33" }\n', ["names no category"]),
    "no condition": ('¦rule "m34" { category = "billing" }\n', ["no condition", "every mail"]),
    "an unknown priority": (rule("m35", 'priority = ¦"urgnt"'), ["'urgnt'", "did you mean 'urgent'"]),
    "an unknown speaker": (rule("m36", 'speaker = ¦"amazon"'), ["'amazon'"]),
    "an unknown mode": (rule("m37", 'mode = ¦"shdow"'), ["'shdow'", "did you mean 'shadow'"]),
    "tags as text": (rule("m38", 'tags = ¦"a"'), ["'tags' must be a list"]),
    "a flag as text": (rule("m39", '¦final = "no"'), ["'final' must be true or false, not a text"]),
    "a number as subject": ('rule "m40" { ¦subject = 5, category = "billing" }\n', ["'subject' must be a text"]),
    "an empty subject": ('rule "m41" { subject = ¦"", category = "billing" }\n', ["empty text", "everything"]),
    "an empty list": ('rule "m42" { ¦subject = {}, category = "billing" }\n', ["'subject' is an empty list"]),
    "an empty any": ('rule "m43" { ¦any = {}, category = "billing" }\n', ["'any' is empty"]),
    "a key in a list of texts": ('rule "m44" { subject = { ¦title = "a" }, category = "billing" }\n', ["list of texts", "'title'"]),
    "a header without a name": ('rule "m45" { ¦header = "X-Name: a", category = "billing" }\n', ["'header' must be a table", "X-Name"]),
    "an unknown field of the notice": ('rule "m46" { notice = { ¦stauts = "a" }, category = "billing" }\n', ["'stauts'", "'status'"]),
    "when that is no function": ('rule "m47" { ¦when = "always", category = "billing" }\n', ["'when' must be a function"]),
    "advice in French": (rule("m48", '¦advice = { fr = "a" }'), ["ja, en and url"]),
    "an address without @": ('rule "m49" { from = ¦"amazon.com", category = "billing" }\n', ["neither an address nor @domain"]),
    # Templates and expressions
    "an unknown placeholder": ('rule "m50" { subject = ¦"Catalogue {acount}", category = "billing" }\n', ["there is no placeholder {acount}"]),
    "an unknown placeholder of a capture": (rule("m51", 'capture = { x = ¦"a {acount}" }'), ["{acount}"]),
    "an expression without its bracket": ('rule "m52" { subject = matches ¦"(open", category = "billing" }\n', ["wrong at character", "parenthesis"]),
    "a placeholder that is no expression": ('placeholder "p53" ¦[[(]]\n', ["placeholder 'p53'", "wrong at character"]),
    "a shipped placeholder again": ('¦placeholder "account" [[x]]\n', ["shipped one", "another name"]),
    "a placeholder with a capital": ('¦placeholder "Ticket" [[x]]\n', ["lower case"]),
    "a decoration of an unknown placeholder": ('decoration "d56" ¦[=[\\[{acount}\\]]=]\n', ["{acount}"]),
    # Actions
    "an unknown action": (rule("m60", 'actions = ¦forwrd { to = "technical" }'), ["'forwrd'", "did you mean 'forward'"]),
    "no action": (rule("m61", 'actions = { ¦"forward" }'), ["is no action", "forward {"]),
    "an action without its table": (rule("m61b", 'actions = ¦forward "technical"'), ["'forward' is an action", "forward {"]),
    "a role without its action": (rule("m61c", '¦actions = { to = "technical" }'), ["no key 'to'", "forward {"]),
    "an unknown argument": (rule("m62", 'also = { forward { to = "technical", ¦subjet = "a" } }'), ["'subjet'", "did you mean 'subject'"]),
    "an argument of the wrong type": (rule("m63", 'also = { forward { to = "technical", ¦quote = "yes" } }'), ["'quote' must be true or false, not a text"]),
    "a missing argument": (rule("m64", 'also = { ¦forward { subject = "a" } }'), ["needs 'to'"]),
    "a role that nobody has": (rule("m65", 'also = { forward { to = ¦"finace" } }'), ["nobody has the role 'finace'"]),
    "a text that nothing fills": (rule("m66", 'also = { forward { to = "technical", text = ¦"{acount}" } }'), ["nothing fills the placeholder {acount}"]),
    "an action without run": ('¦action "m67" { args = { text = "text" } }\n', ["needs run = function"]),
    "an argument of no known type": ('¦action "m68" { args = { text = "txt" }, run = function() end }\n', ["no known type", "'text'"]),
    "an action that exists": ('¦action "forward" { run = function() end }\n', ["exists already"]),
    # Categories
    "a category told to nobody": ('category "m70" { title = "A", tell = ¦"finace" }\n', ["nobody has the role 'finace'"]),
    "an unknown key of a category": ('category "m71" { ¦titel = "A" }\n', ["'titel'", "did you mean 'title'"]),
    # Tests
    "a test without a name": ('¦test { subject = "a" }\n', ["test needs a name"]),
    "a test that expects nothing": ('¦test "m81" { subject = "a" }\n', ["expects nothing", "expect = {"]),
    "an unknown key of a test": ('test "m82" { ¦subjct = "a", expect = { category = "billing" } }\n', ["'subjct'", "'subject'"]),
    "a colon for an equals sign": ('rule "m90" { subject: ¦"a", category: "billing" }\n', ["colon", "write ="]),
    "a metatable": ('¦rule "m91" (setmetatable({ subject = "a", category = "billing" }, { __index = function() return true end }))\n', ["'m91'", "metatable"]),
    "a list without end": ('¦rule "m92" { subject = setmetatable({}, { __index = function() return "a" end }), category = "billing" }\n', ["'m92'", "metatable"]),
    "conditions that contain themselves": ('local t = { subject = "a" }\nt.any = t\n¦rule "m93" { any = t, category = "billing" }\n', ["'m93'", "contains itself"]),
    "a list that contains itself": ('local t = { "a" }\nt[2] = t\n¦rule "m94" { subject = contains(t), category = "billing" }\n', ["contains", "itself"]),
    "conditions nested without sense": ('local t = { subject = "a" }\nfor i = 1, 3000 do t = { any = { t } } end\n¦rule "m95" { any = { t }, category = "billing" }\n', ["100 deep in one another"]),
    "a table as a key": ('¦rule "m96" { [{}] = "a", category = "billing" }\n', ["neither a name nor a number"]),
    "a matcher by hand": ('rule "m97" { ¦subject = { matcher = true, text = "a", match = "like" }, category = "billing" }\n', ["matcher that is none"]),
    "arguments that contain themselves": ('local t = {}\nt.quote = t\n¦rule "m98" { subject = "a m98", category = "billing", also = { forward(t) } }\n', ["contains itself"]),
    "a list that is changed behind the rule": ('local args = { to = "technical" }\nrule "m99" { subject = "a m99", category = "billing", ¦also = { forward(args) } }\nargs.text = setmetatable({}, { __index = function() return 1 end })\n', ["'m99'", "metatable"]),
    "an action without arguments": ('¦rule "m100" { subject = "a m100", category = "billing", also = { { action_call = true, action = "forward", args = 5 } } }\n', ["is no action"]),
    "a key in a list of an action": ('action "m109" { args = { rows = "list" }, run = function() end }\nrule "m109" { subject = "a m109", category = "billing", also = { m109 { ¦rows = { "a", b = "c" } } } }\n', ["'rows' is a list", "'b' would be lost"]),
    "a long name": ('rule ¦"' + "m" * 101 + '" { subject = "a", category = "billing" }\n', ["at most 100 characters"]),
    "a key of a hundred thousand characters": ('¦rule "m101" { subject = "a m101", category = "billing", [("c"):rep(100000)] = 1 }\n', ["has no key 'cccc"]),
    "a capture of nothing": (rule("m102", '¦capture = { why = "" }'), ["'why'", "Subject: {line}"]),
    "a capture that no text can name": (rule("m103", '¦capture = { ["Why not"] = "Why: {line}" }'), ["'Why not'", "lower case"]),
    "a placeholder for nothing": ('¦placeholder "m104" ""\n', ["stands for nothing"]),
    "a verb in a placeholder": ('placeholder "m105" ¦[[a(*ACCEPT)]]\n', ["(*ACCEPT)", "not allowed"]),
    "a placeholder that reaches over its end": ('placeholder "m106" ¦[[(?x)a # b]]\n', ["open at its end"]),
    "a placeholder of a long name": ('¦placeholder "' + "m" * 33 + '" [[a]]\n', ["32 characters"]),
    "a NUL in a text": ('rule "m107" { ¦subject = "a\\0b", category = "billing" }\n', ["NUL"]),
    "a text that is too long": ('¦rule "m108" { subject = ("{n} text "):rep(5000), category = "billing" }\n', ["too large"]),
    "require of what is not there": ('¦require "nowhere.there"\n', ["nowhere", "expected the file"]),
}

# The same of contacts.lua.
CONTACTS = {
    "eleven digits": ('contacts {\n  ¦["12345678901"] = { technical = "a@example.com" },\n}\n', ["12 digits"]),
    "no address": ('contacts {\n  ["123456789012"] = { technical = { ¦"tech example.com" } },\n}\n', ["no mail address"]),
    "no phone number": ('contacts {\n  ["123456789012"] = { technical = "a@example.com", emergency = ¦"call me" },\n}\n', ["no phone number"]),
    "an unknown language": ('contacts {\n  ["123456789012"] = { ¦language = "fr" },\n}\n', ["ja or en"]),
    "no time zone": ('contacts {\n  ["123456789012"] = { ¦timezone = "JST+9 or so" },\n}\n', ["Asia/Tokyo"]),
    "an address without a role": ('contacts {\n  ¦["123456789012"] = { "a@example.com" },\n}\n', ["stands alone", "technical"]),
    "contacts that are returned": ('¦return { ["123456789012"] = { technical = "a@example.com" } }\n', ["without return"]),
}

# Warnings: the rules load, and what is doubtful is named.
DOUBTS = {
    "a rule behind a wider one": ('rule "w01a" { subject = "Doubt w01 {any}", category = "billing" }\n'
                                  '¦rule "w01" { subject = "Doubt w01 {n} x", category = "billing" }\n', ["never reached", "'w01a'", '"Doubt w01 1 x"']),
    "a text behind a wider one": ('rule "w02a" { subject = "Doubt w02 {any}", category = "billing" }\n'
                                  'rule "w02" { subject = { "Other w02", ¦"Doubt w02 {n} x" }, category = "billing" }\n', ["never reached", "'w02a'"]),
    "a result of a rule in passing": ('rule "w25" { subject = "Doubt w25", final = false, ¦priority = "urgent" }\n', ["'priority'", "final = false"]),
    "nobody is told": ('category "w26" { title = "w26" }\nrule "w26" { subject = "Doubt w26", ¦category = "w26" }\n', ["tells nobody", "'w26'"]),
    "a text twice": ('rule "w03" { subject = { "Doubt w03", ¦"Doubt w03" }, category = "billing" }\n', ["twice"]),
    "a key twice": ('rule "w04" { subject = "Doubt w04",\n  category = "billing", ¦subject = "Doubt w04b" }\n', ["'subject' twice", "one list"]),
    "no text of its own": ('rule "w05" { subject = ¦"{any}", body = "Doubt w05", category = "billing" }\n', ["no text of its own"]),
    "a capital in a placeholder": ('rule "w06" { subject = ¦"Doubt w06 {Account}", category = "billing" }\n', ["{Account} stands for itself", "'account'"]),
    "a placeholder in a needle": ('rule "w07" { body = ¦"Doubt w07 {account}", category = "billing" }\n', ["stands for itself"]),
    "a star": ('rule "w08" { subject = ¦"Doubt w08 *", category = "billing" }\n', ["{any}"]),
    "an expression without matches": ('rule "w09" { subject = ¦"Doubt w09 .* x", category = "billing" }\n', ["matches [[…]]"]),
    "an account of one mail": ('rule "w10" { subject = ¦"Doubt w10 123456789012", category = "billing" }\n', ["{account}"]),
    "a blank at the end": ('rule "w11" { subject = ¦"Doubt w11 ", category = "billing" }\n', ["never matches", "blank"]),
    "marks in a title": ('rule "w12" { title = ¦"Doubt w12 [AWS Account: {account}]", category = "billing" }\n', ["never matches", "subject instead of title"]),
    "small letters in an event type": ('rule "w13" { event_type = ¦"aws_doubt_w13", category = "billing" }\n', ["never matches", "capital"]),
    "a sender who is not AWS": ('rule "w14" { from = ¦"noreply@example.com", subject = "Doubt w14", category = "billing" }\n', ['speaker = "any"']),
    "a name beside an address": ('rule "w15" { from = ¦"AWS <health@aws.com>", subject = "Doubt w15", category = "billing" }\n', ["the address alone"]),
    "a colon in a header's name": ('rule "w16" { header = { [¦"X-Doubt:"] = "w16" }, category = "billing" }\n', ["neither colon nor blank"]),
    "none alone": ('rule "w17" { ¦none = { subject = "Doubt w17" }, general = true, category = "billing" }\n', ["nearly every mail"]),
    "nested repetition": ('rule "w18" { subject = matches ¦[[^Doubt w18 (a+)+$]], category = "billing" }\n', ["very long", "characters such as"]),
    "many any": ('rule "w19" { subject = ¦"Doubt w19 {any} {any} {any} x", category = "billing" }\n', ["very long"]),
    "a capture that nothing names": ('rule "w20" { subject = "Doubt w20", capture = { ¦why = "Why: {line}" }, category = "billing" }\n', ["'why'", "only recorded"]),
    "a placeholder that nothing uses": ('¦placeholder "w21" [[W21]]\n', ["used by no template"]),
    "a category of no rule": ('¦category "w22" { title = "W", tell = "operators" }\n', ["no rule has the category 'w22'"]),
    "a call of a general rule": ('¦rule "w23" { subject = "Doubt w23 {n}", general = true, category = "billing", also = call { to = "emergency" } }\n', ["never carried out"]),
    "a full-width sign in an expression": ('rule "w90" { subject = matches ¦[[^緊急（\\d+）$]], category = "billing" }\n', ["never matches", "'（' is '('"]),
    "advice that is no link": ('rule "w24" { subject = "Doubt w24", category = "billing", advice = { ¦url = "www.example.com" } }\n', ["https://"]),
}
# An error of check alone: the rule goes live.
UNKNOWN_NAME = {
    "a channel that is not configured": ('rule "w25" { subject = "Doubt w25", category = "billing", also = chat { channel = ¦"aws-securty" } }\n', ["'aws-securty'", "aws-security"]),
}

# Lines of awsift.lua.
CONFIGURATION = {
    '¦spol "x" { kind = "maildir" }': ["'spol'", "'spool'"],
    'deciders { ¦cuont = 2 }': ["'cuont'", "'count'"],
    'spool "m1" { ¦knd = "maildir" }': ["'knd'", "'kind'"],
    'spool "m2" { ¦kind = "mbox" }': ["maildir", "directory"],
    '¦channel "m3" { }': ["needs url"],
    'channel "m4" { url = ¦"ftp://example.com" }': ["https://"],
    'deciders { ¦time = "soon" }': ["'soon' is no duration"],
    'limits { ¦bytes = "much" }': ["'much' is no size"],
    'operators { ¦language = "fr" }': ["ja or en"],
    '¦timezone "Nowhere"': ["Asia/Tokyo"],
    '¦trust { lists = "x@example.com" }': ["authserv_id"],
    'smtp { from = "a@example.com", ¦url = "http://example.com" }': ["smtp://mail.example.jp:587"],
    'smtp { from = "a@example.com", ¦url = "smtp://user:secret@example.com" }': ["name the user apart"],
    'smtp { from = "a@example.com", ¦url = "smtp://example.com:99999" }': ["no mail server"],
    'smtp { ¦sendmail = "sendmail -t" }': ["whole path"],
    'smtp { ¦sendmail = { "/usr/sbin/sendmail", 1 } }': ["whole path"],
    'smtp { ¦usr = "x" }': ["did you mean 'user'?"],
    'smtp { from = "a@example.com", url = "smtps://example.com", user = "x", ¦password = "open sesame" }': ["does not stand in the configuration"],
    'smtp { ¦starttls = "sometimes" }': ["required"],
    'smtp { ¦timeout = "10m" }': ["1s and 90s"],
    'smtp { ¦helo = "a b" }': ["this host's name"],
    'smtp { ¦sender = "Ops <a@example.com>" }': ["without a name"],
    'smtp { ¦from = "日本@example.com" }': ["in ASCII"],
    '¦secret "a/b"': ["a secret's name"],
}


def marked(text):
    """The text without its mark, and the line and column of the mark."""
    before = text[:text.index("¦")]
    return text.replace("¦", ""), before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def file_of(number):
    return f"{70 + number % 20:02}-{number:03}.lua"


def check_all(site, table, severity, status):
    """One run of check over all of them; nothing may be missing, nor named at another place."""
    for number, (text, _) in enumerate(table.values()):
        (site.rules / file_of(number)).write_text(marked(text)[0], encoding="utf-8")
    done = site.run("check", "--json", check=status)
    (result,) = [json.loads(line) for line in done.stdout.splitlines()]
    missing = []
    for number, (name, (text, words)) in enumerate(table.items()):
        _, line, column = marked(text)
        path = f"{site.rules}/{file_of(number)}"
        here = [one for one in result["errors"] + result["warnings"] if one["file"] == path and one["code"] != "untested"]
        good = [one for one in here if (one["line"], one["column"]) == (line, column) and all(word in one["message"] for word in words)]
        printed = f"{path}:{line}:{column}: " in done.stderr
        if not good or not printed or len(here) != 1 or good[0]["severity"] != severity:
            missing.append((name, line, column, words, here))
    assert not missing, "\n".join(map(str, missing))
    return result


def test_every_mistake_of_rules_is_named_at_its_place(site):
    result = check_all(site, RULES, "error", 1)
    assert {frozenset(one) for one in result["errors"] + result["warnings"]} <= {
        frozenset({"file", "line", "column", "severity", "rule", "code", "message"})}
    by_code = {one["code"]: one for one in result["errors"]}
    assert by_code["unknown-category"]["rule"] == "m32" and by_code["syntax"]["rule"] is None


@pytest.mark.parametrize("name", CONTACTS)
def test_every_mistake_of_contacts_is_named_at_its_place(site, name):
    text, line, column = marked(CONTACTS[name][0])
    site.rule("contacts.lua", text)
    said = [one for one in site.run("check", check=1).stderr.splitlines() if f"/contacts.lua:{line}:{column}: " in one]
    assert said and all(word in said[0] for word in CONTACTS[name][1]), said


def test_every_doubt_is_a_warning_at_its_place(site):
    site.config.write_text(site.config.read_text() + 'channel "call" { url = "https://example.com/call" }\n')
    assert check_all(site, DOUBTS, "warning", 0)["errors"] == []


def test_a_name_that_the_configuration_lacks_is_named_at_its_place(site):
    check_all(site, UNKNOWN_NAME, "error", 1)


def test_every_mistake_of_the_configuration_is_named_at_its_place(site):
    text = site.config.read_text()
    first = text.count("\n") + 1
    site.config.write_text(text + "".join(line.replace("¦", "") + "\n" for line in CONFIGURATION))
    (result,) = site.objects("check", check=1)
    for number, (line, words) in enumerate(CONFIGURATION.items(), first):
        column = line.index("¦") + 1
        said = [one["message"] for one in result["errors"] if (one["line"], one["column"]) == (number, column)]
        assert said and any(all(word in one for word in words) for one in said), (line, result["errors"])


MARK = "\ufeff"  # of the byte order, as Windows' Notepad writes it


def test_a_mark_of_the_byte_order_is_no_mistake(site):
    site.config.write_text(MARK + site.config.read_text(), encoding="utf-8")
    for name in ("50-test.lua", "contacts.lua"):
        path = site.rules / name
        path.write_text(MARK + path.read_text(encoding="utf-8").lstrip(), encoding="utf-8")
    (site.rules / "lib").mkdir()
    (site.rules / "tests").mkdir()
    (site.rules / "lib" / "words.lua").write_text(MARK + 'return { subject = "Marked {n}" }\n', encoding="utf-8")
    site.rule("60-marked.lua", MARK + 'rule "marked" { subject = require "words".subject, category = "billing" }\n')
    (site.rules / "tests" / "60.lua").write_text(MARK + 'test "marked" { subject = "Marked 1", expect = { rule = "marked" } }\n', encoding="utf-8")
    assert "1 passed, 0 failed" in site.run("test").stdout


@pytest.mark.parametrize("text, line, column", [
    ('rule "a" { subject = ¦= "a", category = "billing" }\n', 1, 22),
    ('rule "a" { subject = "日本", ¦sevice = "EC2", category = "billing" }\n', 1, 28),
    ('\nrule "a" { ¦sbject = "a", category = "billing" }\n', 2, 12),
])
def test_a_mark_of_the_byte_order_is_in_no_column(site, text, line, column):
    assert marked(text)[1:] == (line, column)
    site.rule("60-marked.lua", MARK + marked(text)[0])
    assert f"60-marked.lua:{line}:{column}: " in site.run("check", check=1).stderr


@pytest.mark.parametrize("encoding, line, words", [("cp932", 2, "Shift_JIS"), ("euc-jp", 2, "another encoding"), ("utf-16", 1, "UTF-16")])
def test_a_file_in_another_encoding_is_named(site, encoding, line, words):
    """Its texts would match nothing, and nobody would know why."""
    text = '-- rules\nrule "other" { subject = "重要なお知らせ", category = "billing" }\n'.encode(encoding)
    (site.rules / "60-other.lua").write_bytes(text)
    (error,) = site.objects("check", check=1)[0]["errors"]
    assert error["file"].endswith("60-other.lua") and (error["line"], error["code"]) == (line, "syntax")
    assert words in error["message"] and "save it as UTF-8" in error["message"]
    (site.rules / "60-other.lua").unlink()
    site.config.write_bytes(site.config.read_text().encode() + text.replace(b"rule ", b"channel "))
    assert "save it as UTF-8" in site.run("check", check=1).stderr


def test_a_syntax_error_of_the_configuration_has_its_column(site):
    text = site.config.read_text()
    site.config.write_text(text + 'deciders { count = = 2 }\n')
    (error,) = site.objects("check", check=1)[0]["errors"]
    assert (error["line"], error["column"], error["code"]) == (text.count("\n") + 1, 20, "syntax")
    assert "one = too many" in error["message"]


def test_a_mistake_in_every_rule_of_a_large_file_is_named(site):
    site.rule("60-many.lua", 'for i = 1, 6000 do rule("many" .. i) { subjct = "Many " .. i, category = "billing" } end\n')
    done = site.run("check", check=1)
    assert "rule 'many1' has no key 'subjct' (did you mean 'subject'?)" in done.stderr
    assert "from here on there are 5000 more" in done.stderr


def test_no_file_can_blame_another_for_its_error(site):
    site.rule("60-one.lua", 'error("/etc/passwd:7: not mine", 0)\n')
    done = site.run("check", check=1)
    assert "60-one.lua:7:" in done.stderr and "/etc/passwd" not in done.stderr


def test_an_error_is_one_line_and_commands_no_terminal(site):
    site.rule("60-one.lua", 'error("red \\27[31m\\nsecond \\226\\128\\174 line")\n')
    said = site.run("check", check=1).stderr
    (line,) = [one for one in said.splitlines() if "60-one.lua" in one]
    assert line.endswith("60-one.lua:1:1: red  [31m second   line")
    assert not any(sign in said for sign in "\x1b\u202e")


def test_the_shipped_rules_have_no_doubts(site):
    (result,) = site.objects("check")
    shipped = Path([one for one in result["rules"] if one["id"] == "ec2.instance-retirement"][0]["file"]).parent
    warnings = site.objects("check", "--rules", shipped, check=None)[0]["warnings"]
    assert [one for one in warnings if one["code"] not in ("unknown-channel", "untested", "user")] == []  # "user": it runs as root


def test_what_a_rule_takes_from_shipped_ones_is_said_in_one_line(site):
    site.rule("20-own.lua", 'rule "own.budget" { from = "budgets@costalerts.amazonaws.com", category = "billing" }\n')
    (warning,) = [one for one in site.objects("check")[0]["warnings"] if one["code"] == "takes-over"]
    assert "'billing.budget-report'" in warning["message"] and warning["file"].endswith("20-own.lua")


EACH = 1 if os.environ.get("AWSIFT_MISTAKES") == "all" else 4  # what `check` says of it is told of every one


def generation(site):
    (status,) = site.objects("status")
    return status["generation"]["number"], status["generation"]["revision"]


def test_no_mistake_changes_what_a_running_daemon_does(site):
    """Each file is saved, and a reload asked for: it says what is wrong, and the running generation stays."""
    Daemon(site).wait_ready()
    before = generation(site)
    for table, file in ((RULES, "75-mistake.lua"), (CONTACTS, "contacts.lua")):
        good = (site.rules / file).read_text() if (site.rules / file).exists() else None
        for name, (text, words) in list(table.items())[::EACH]:
            text, line, column = marked(text)
            site.rule(file, text)
            said = site.run("reload", check=1).stderr
            assert f"{file}:{line}:{column}: " in said and all(word in said for word in words), (name, said)
            assert generation(site) == before, name
        if good is None:
            (site.rules / file).unlink()
        else:
            site.rule(file, good)
    wait_for("the mended rules to be live", lambda: site.run("reload", check=None).returncode == 0)
    assert generation(site) == before
