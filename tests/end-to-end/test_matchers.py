"""Every matcher on every field, alone, in lists, and in all, any, none: each cell holds for the mail it was made for and does
not hold where one thing is other than said. All cells are rules of one file, and one process decides."""
import json

import pytest

from conftest import make_mail

MAIL = {
    "subject": "[Action Required] AWS Health Event: RDS Update [AWS Account: 123456789012]",
    "sender": "no-reply-aws@amazon.com",
    "to": "\"One\" <root@example.com>, two@example.jp",
    "headers": ("Cc: three@example.org", "X-SM-COMMUNICATION-TYPE: AWS_RDS_MAINTENANCE_SCHEDULED", "X-Board: first approved change",
                "X-Board: Second Entry"),
    "body": "Dear Customer,\n\nYour database db-1 will be\nupdated. 次の メンテナンス が予定\nされています。\nSeverity: Urgent\n",
}

# field: (what a bare text is, and of each matcher one that holds and one that does not)
FIELDS = {
    "subject": {
        "bare": ("[Action Required] AWS Health Event: {any} [AWS Account: {account}]", "AWS Health Event: {any}"),
        "contains": ("Health Event: RDS", "Health Event: EC2"), "starts": ("[Action Required]", "AWS Health"),
        "ends": ("[AWS Account: 123456789012]", "[AWS Account"), "matches": (r"RDS\s+Update", r"^RDS"),
        "nocase": ("[action required] aws health event: {any} [aws account: {account}]", "aws health event"),
    },
    "title": {
        "bare": ("AWS Health Event: {any}", "Health Event: {any}"), "contains": ("Event: RDS", "Action Required"),
        "starts": ("AWS Health", "[Action"), "ends": ("RDS Update", "123456789012]"), "matches": (r"^AWS .* Update$", r"Account"),
        "nocase": ("aws health event: {any}", "health event: {any}"),
    },
    "body": {
        "bare": ("Severity: Urgent", "Severity: urgent"), "contains": ("will be updated", "will be  deleted"),
        "starts": ("Dear Customer", "Your database"), "ends": ("Severity: Urgent", "Severity:"),
        "matches": (r"db-\d", r"db-\d\d"), "nocase": ("SEVERITY: URGENT", "SEVERITY: LOW"),
    },
    "from": {
        "bare": ("@amazon.com", "@aws.amazon.com"), "contains": ("reply-aws@", "Reply-AWS@example"), "starts": ("no-reply", "reply"),
        "ends": ("@amazon.com", "amazon"), "matches": (r"^no-[a-z-]+@amazon\.com$", r"^aws"), "nocase": ("NO-REPLY-AWS@AMAZON.COM", "@example.com"),
    },
    "to": {
        "bare": ("two@example.jp", "four@example.jp"), "contains": ("e@example", "four"), "starts": ("three@", "One"),
        "ends": ("@example.org", "@example.net"), "matches": (r"^t\w+@example\.(jp|org)$", r"One"), "nocase": ("ROOT@EXAMPLE.COM", "ONE@EXAMPLE.COM"),
    },
    "header": {
        "bare": ("Second", "second"), "contains": ("approved", "refused"), "starts": ("first", "approved"),
        "ends": ("change", "approved"), "matches": (r"^Second \w+$", r"^first \w+$"), "nocase": ("SECOND entry", "third"),
    },
    "attachment": {
        "bare": ("*.pdf", "*.exe"), "contains": ("port 20", "invoice"), "starts": ("Report", "2026"), "ends": (".csv", ".xml"),
        "matches": (r"^Report \d{4}\.pdf$", r"^\d"), "nocase": ("REPORT*.PDF", "*.EXE"),
    },
    "event_type": {
        "bare": ("AWS_RDS_*", "AWS_EC2_*"), "contains": ("MAINTENANCE", "RETIREMENT"), "starts": ("AWS_RDS", "RDS"),
        "ends": ("SCHEDULED", "MAINTENANCE"), "matches": (r"_(MAINTENANCE|UPDATE)_", r"^RDS"), "nocase": ("aws_rds_*", "aws_ec2_*"),
    },
}


def text(value):
    return "[==[" + value + "]==]"


def condition(field, value):
    return f'{field} = {{ ["X-Board"] = {value} }}' if field == "header" else f"{field} = {value}"


def cells():
    """(name, the condition in Lua, whether it holds)"""
    for field, matchers in FIELDS.items():
        for matcher, (yes, no) in matchers.items():
            word = "" if matcher == "bare" else matcher + " "
            good, bad = word + text(yes), word + text(no)
            given = f"{word}{{ {text(no)}, {text(yes)} }}" if word else None
            forms = {
                "one": (good, True), "another": (bad, False), "list": (f"{{ {bad}, {good} }}", True), "list of none": (f"{{ {bad}, {bad} }}", False),
                "any": (f"any {{ {bad}, {good} }}", True), "all": (f"all {{ {good}, {good} }}", True),
                "not all": (f"all {{ {good}, {bad} }}", False), "none": (f"none {{ {bad}, {bad} }}", True), "not none": (f"none {{ {bad}, {good} }}", False),
                "nested": (f"all {{ {good}, any {{ {bad}, {good} }}, none {{ {bad} }} }}", True),
                "nested, not": (f"all {{ {good}, none {{ any {{ {bad}, {good} }} }} }}", False),
            }
            if given:
                forms["matcher of a list"] = (given, True)
                forms["matcher of all"] = (f"{word}(all {{ {text(yes)}, {text(no)} }})", False)
                forms["matcher of none"] = (f"{word}(none {{ {text(no)} }})", True)
            for form, (value, holds) in forms.items():
                yield f"{field} {matcher} {form}", condition(field, value), holds
        # the tables all, any, none
        yes, no = condition(field, text(matchers["bare"][0])), condition(field, text(matchers["bare"][1]))
        for form, value, holds in (
                ("any table", f"any = {{ {{ {no} }}, {{ {yes} }} }}", True), ("any table, not", f"any = {{ {{ {no} }}, {{ {no} }} }}", False),
                ("all table", f"all = {{ {{ {yes} }}, {{ {yes} }} }}", True), ("all table, not", f"all = {{ {{ {yes} }}, {{ {no} }} }}", False),
                ("none table", f"none = {{ {{ {no} }} }}", True), ("none table, not", f"none = {{ {{ {no} }}, {{ {yes} }} }}", False),
                ("any, keys", f'any = {{ {no}, {"subject" if field != "subject" else "title"} = contains "RDS" }}', True),
                ("all of any and none", f"all = {{ {{ any = {{ {{ {no} }}, {{ {yes} }} }} }}, {{ none = {{ {no} }} }} }}", True),
                ("none of any", f"none = {{ {{ any = {{ {{ {no} }}, {{ {yes} }} }} }} }}", False),
                ("with another that holds", f'{yes}, notice = {{ event_type = "AWS_RDS_MAINTENANCE_SCHEDULED" }}', True),
                ("with another that does not", f'{yes}, notice = {{ event_type = "AWS_EC2" }}', False)):
            yield f"{field} {form}", value, holds


# notice and when: (the condition, whether it holds)
NOTICE = {
    "a boolean": ("notice = { action_required = true }", True), "a boolean, not": ("notice = { action_required = false }", False),
    "false": ("notice = { reminder = false }", True), "a text": ('notice = { event_type = "AWS_RDS_MAINTENANCE_SCHEDULED" }', True),
    "a text, not": ('notice = { event_type = "AWS_EC2" }', False), "one of a list": ('notice = { event_type = { "AWS_EC2", "AWS_RDS_MAINTENANCE_SCHEDULED" } }', True),
    "none of a list": ('notice = { event_type = { "AWS_EC2", "AWS_S3" } }', False),
    "an entry of a list": ('notice = { accounts = "123456789012" }', True), "no entry": ('notice = { accounts = "123456789013" }', False),
    "one of several for a list": ('notice = { accounts = { "1", "123456789012" } }', True),
    "several fields": ('notice = { event_type = "AWS_RDS_MAINTENANCE_SCHEDULED", action_required = true }', True),
    "several fields, not": ('notice = { event_type = "AWS_RDS_MAINTENANCE_SCHEDULED", action_required = false }', False),
    "a matcher": ('notice = { event_type = starts "AWS_RDS" }', True), "a matcher, not": ('notice = { event_type = starts "RDS" }', False),
    "a matcher on a list": ('notice = { accounts = ends "012" }', True), "a matcher on a list, not": ('notice = { accounts = ends "013" }', False),
    "a matcher among values": ('notice = { accounts = { "1", matches [[^1234]] } }', True),
    "all matchers": ('notice = { title = all { contains "Health", none { "x", contains "EC2" } } }', True),
    "all matchers, not": ('notice = { title = all { contains "Health", contains "EC2" } }', False),
    "a template in any": ('notice = { title = any { "AWS Health Event: {any}", "x" } }', True),
    "nocase": ('notice = { event_type = nocase(contains "rds_") }', True), "a matcher on what is not there": ('notice = { regions = matches ".*" }', False),
    "in none": ('none = { notice = { event_type = "AWS_RDS_MAINTENANCE_SCHEDULED" } }', False), "in any": ('any = { { notice = { event_type = "AWS_EC2" } }, { body = "Urgent" } }', True),
    "when": ("when = function(msg) return msg.subject:find('RDS', 1, true) ~= nil end", True),
    "when, not": ("when = function(msg) return msg.text:find('absent', 1, true) ~= nil end", False),
    "when with what was found": ('subject = "[Action Required] {line} [AWS Account: {account}]", when = function(_, found) return found.account == "123456789012" end', True),
    "when nothing was found": ('title = contains "RDS", when = function(_, found) return found.region ~= nil end', False),
    "when, in none": ("none = { when = function() return true end }", False), "when, in any": ("any = { { when = function() return false end }, { when = function() return 1 end } }", True),
    "when yields nil": ("when = function() end", False),
}


def mail():
    whole = make_mail(MAIL["subject"], body="", sender=MAIL["sender"], to=MAIL["to"], headers=MAIL["headers"]).decode()
    head, _, _ = whole.partition("\nMIME-Version:")
    return (head + "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: 8bit\n\n" + MAIL["body"] + "--b\nContent-Type: application/pdf\n"
            "Content-Disposition: attachment; filename=\"Report 2026.pdf\"\n\nx\n--b\nContent-Type: text/csv\n"
            "Content-Disposition: attachment; filename=list.csv\n\n--b--\n").encode()


@pytest.fixture
def held(site):
    """held(conditions): which of them hold for the mail, all in one decision."""
    def run(conditions):
        rules = "".join(f'rule "n{number}" {{ {one}, final = false, tags = {{ "{number}" }} }}\n' for number, one in enumerate(conditions))
        site.rule("10-cells.lua", rules)
        (site.folder / "cells.eml").write_bytes(mail())
        (decision,) = (json.loads(line) for line in site.run("classify", "--json", site.folder / "cells.eml").stdout.splitlines())
        assert decision["errors"] == [], decision["errors"]
        return {int(tag) for tag in decision["tags"]}
    return run


def test_every_matcher_on_every_field(site, held):
    table = list(cells())
    assert len(table) > 600
    tags = held([one for _, one, _ in table])
    wrong = [name for number, (name, _, holds) in enumerate(table) if (number in tags) != holds]
    assert wrong == []
    assert "10-cells.lua" not in "".join(one for one in site.run("check", check=None).stderr.splitlines(True) if "warning" not in one)


def test_notice_and_when(held):
    tags = held([one for one, _ in NOTICE.values()])
    wrong = [name for number, (name, (_, holds)) in enumerate(NOTICE.items()) if (number in tags) != holds]
    assert wrong == []


# name: (the notice condition, words of the message)
WRONG = {
    "a flag as a text": ('action_required = "yes"', ["'action_required' must be true or false, not a string"]),
    "a flag as a matcher": ('reminder = contains "x"', ["'reminder' must be true or false, not a matcher"]),
    "an account as a number": ("accounts = 123456789012", ["'accounts' must be a text", "not a number"]),
    "a text as a flag": ("service = true", ["'service' must be a text", "not a boolean"]),
    "an empty text": ('service = contains ""', ["empty text"]),
    "an unknown field": ('servise = "EC2"', ["'servise' (did you mean 'service'?)"]),
    "an empty list": ("service = {}", ["'service' is an empty list"]),
    "a bad expression": ('service = matches "("', ["notice"]),
}


def test_what_is_wrong_with_notice_is_named(site):
    site.rule("10-bad.lua", "".join(f'rule "bad{number}" {{ notice = {{ {text} }}, category = "billing" }}\n'
                                    for number, (text, _) in enumerate(WRONG.values())))
    said = [one for one in site.run("check", check=1).stderr.splitlines() if "/10-bad.lua:" in one and "warning" not in one]
    for line, (name, (_, words)) in enumerate(WRONG.items(), 1):
        ours = [one for one in said if f"10-bad.lua:{line}:" in one]
        assert len(ours) == 1 and all(word in ours[0] for word in words), (name, ours)
    assert len(said) == len(WRONG)


def test_a_field_that_the_mail_lacks_holds_nothing(site):
    """No attachment, no event type, no such header: nothing holds of them, and everything that says none does."""
    site.rule("10-cells.lua", '''
rule "a" { attachment = matches ".*", final = false, tags = { "attachment" } }
rule "b" { event_type = "*_*", final = false, tags = { "event_type" } }
rule "c" { header = { ["X-Absent"] = matches ".*" }, final = false, tags = { "header" } }
rule "d" { header = { ["X-Absent"] = none { matches ".*" } }, final = false, tags = { "no header" } }
rule "e" { none = { attachment = matches ".*" }, final = false, tags = { "no attachment" } }''')
    (site.folder / "bare.eml").write_bytes(make_mail("Hello"))
    (decision,) = (json.loads(line) for line in site.run("classify", "--json", site.folder / "bare.eml").stdout.splitlines())
    assert decision["tags"] == ["no header", "no attachment"]


@pytest.mark.parametrize("word", ["contains", "starts", "ends", "matches", "nocase"])
@pytest.mark.parametrize("value", ["5", "nil", "{ 5 }", "all { true }", "{ { 5 } }"])
def test_a_matcher_of_no_text_is_named(site, word, value):
    site.rule("10-bad.lua", f'\nrule "bad" {{\n  subject = {word}({value}), category = "billing" }}')
    said = site.run("check", check=1).stderr
    assert f"10-bad.lua:3:3: {word} needs a text or a list of texts, not a " in said, said
