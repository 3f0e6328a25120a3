"""awsift rules: what is loaded, in its order, and how often each rule decided."""
import json
import re
import sqlite3
import time

import pytest

from conftest import SOURCE, make_mail, retirement

RULES = """
category "maintenance" { title = "Maintenance", tell = "technical", priority = "high" }
category "mine" { title = "Mine", priority = "high" }
category "billing" { title = "Billing", tell = "operators" }
rule "last" { general = true, event_type = "AWS_*", category = "mine" }
rule "tags" { body = "x", final = false, tags = { "t" } }
rule "first" {
  title = { "Amazon EC2 Instance Retirement", "Other {n}" }, body = { "Hello", nocase "id" },
  any = { { from = "@amazon.com" }, { notice = { reminder = true } } }, service = "EC2", category = "maintenance", priority = "urgent",
}
rule "watched" { title = "Watched {any}", category = "billing", mode = "shadow", speaker = "any" }
rule "off" { title = "Off", category = "billing", enabled = false }
test "one" { subject = "Amazon EC2 Instance Retirement", body = "Hello", expect = { rule = "first" } }
test "two" { subject = "Other 1", body = "Hello", expect = { rule = "first" } }
"""


@pytest.fixture
def rules(site):
    site.rule("50-test.lua", RULES)
    return lambda *options, **more: {rule["rule"]: rule for rule in site.objects("rules", *options, **more)
                                     if rule["folder"] == str(site.rules)}


def test_what_is_loaded(site, rules):
    loaded = rules()
    shipped = [rule for rule in site.objects("rules") if rule["folder"] != str(site.rules)]
    assert [name for name in loaded] == ["tags", "first", "watched", "last", "off"]
    assert loaded["first"] == {
        "order": 2, "rule": "first", "file": str(site.rules / "50-test.lua"), "line": 7, "folder": str(site.rules),
        "category": "maintenance", "priority": "urgent", "service": "EC2", "mode": "live", "speaker": "aws", "final": True,
        "general": False, "templates": 2, "conditions": 6, "tests": 2, "count": None, "last": None,
        "silent": None, "shadow": None}
    assert (loaded["tags"]["final"], loaded["tags"]["category"], loaded["tags"]["tests"]) == (False, None, 0)
    assert (loaded["watched"]["mode"], loaded["watched"]["speaker"]) == ("shadow", "any")
    assert (loaded["last"]["general"], loaded["last"]["priority"]) == (True, "high")
    assert (loaded["off"]["mode"], loaded["off"]["order"]) == ("disabled", None)
    assert shipped and loaded["last"]["order"] > shipped[0]["order"] and all(set(rule) == set(loaded["first"]) for rule in shipped)


def test_a_service_has_one_spelling(site):
    """A rule's is that of the notice, so that it tells the same mail by either."""
    services = (SOURCE / "scripts" / "awsift" / "aws" / "services.lua").read_text(encoding="utf-8")
    codes = set(re.findall(r'\{ code = "(\w+)", names', services))
    assert {rule["service"]: rule["rule"] for rule in site.objects("rules") if rule["service"] not in codes | {None}} == {}
    assert len(codes) == services.count("code = ") == len(re.findall(r'code = "[A-Z0-9]+"', services))


def test_orders_are_those_of_the_whole_set(site, rules):
    orders = [rule["order"] for rule in site.objects("rules") if rule["order"]]
    assert orders == list(range(1, len(orders) + 1))


def test_disabled_by_an_override(site, rules):
    site.rule("60-off.lua", 'override "first" { enabled = false }')
    assert rules()["first"]["mode"] == "disabled"


def test_how_often_each_decided(site, rules):
    for number in range(3):
        site.deliver(retirement(body=f"Hello {number}"))
    site.deliver(make_mail("Other 5", body="Hello"))
    site.deliver(make_mail("Nothing known"))
    site.run("run", "--once")
    loaded = rules()
    assert loaded["first"]["count"] == 4 and loaded["tags"]["count"] == 0 and loaded["tags"]["last"] is None
    rows = [row for row in site.mails() if row["rule"] == "first"]
    assert loaded["first"]["last"] == max(row["arrived"] for row in rows)
    site.run("decide", rows[0]["id"], "--as", "billing")
    assert rules()["first"]["count"] == 3
    line = next(line for line in site.run("rules").stdout.splitlines() if " first " in line)
    assert " 3 " in line and " JST " in line and line.endswith("rules.d/50-test.lua:7")


def test_how_often_a_shadow_agreed(site, rules):
    site.rule("40-shadow.lua", """
        rule "same" { title = contains "Retirement", category = "maintenance", mode = "shadow" }
        rule "other" { title = contains "Retirement", category = "billing", mode = "shadow" }""")
    site.deliver(retirement(body="Hello"))
    site.run("run", "--once")
    loaded = rules()
    assert (loaded["same"]["shadow"]["agreed"], loaded["same"]["shadow"]["count"]) == (1, 1)
    assert (loaded["other"]["shadow"]["agreed"], loaded["other"]["shadow"]["count"]) == (0, 1)
    assert loaded["first"]["shadow"] is None
    assert "shadow, agreed 1 of 1" in site.run("rules").stdout


def test_unused(site, rules):
    assert site.run("rules", "--unused", check=1).stderr
    site.deliver(retirement(body="Hello"))
    site.run("run", "--once")
    assert list(rules("--unused")) == ["last"]


def test_of_one_category(site, rules):
    assert list(rules("--category", "billing")) == ["watched", "off"]
    done = site.run("rules", "--category", "biling", check=2)
    assert "there is no category 'biling' (did you mean 'billing'?)" in done.stderr


def test_rules_alone(site):
    rules = site.objects("rules", "--rules", SOURCE / "rules.d")
    assert len(rules) > 50 and {rule["folder"] for rule in rules} == {str(SOURCE / "rules.d")}


def test_what_is_wrong_is_said_and_the_rest_listed(site, rules):
    site.rule("60-wrong.lua", 'rule "broken" { titel = "x", category = "billing" }')
    done = site.run("rules", "--json")
    assert f"{site.rules / '60-wrong.lua'}:1:17: " in done.stderr
    assert "first" in [json.loads(line)["rule"] for line in done.stdout.splitlines()]


def test_many_rules_fit(site, rules):
    """34,000 rules, each with a value in every place that the list has."""
    text = "".join(f'rule "many.rule-number-{number}" {{ title = "Not this one {number} {{any}}", category = "billing", service = "EC2", '
                   f'priority = "low", mode = "shadow", speaker = "any", final = false, general = true }}\n' for number in range(34000))
    site.rule("60-many.lua", text)
    assert len(rules()) == 34005


def test_every_test_counts_however_much_they_say(site, rules):
    site.rule("60-many.lua", """
rule "many" { subject = "Number {n}", category = "billing" }
local words = {}
for i = 1, 400 do words[i] = "word" .. i end
for i = 1, 3000 do test("number " .. i) { subject = "Number " .. i, expect = { rule = "many", tags = words } } end
""")
    assert rules()["many"]["tests"] == 3000


def test_more_mistakes_and_doubts_than_anybody_reads(site):
    """They are counted, no place is looked for but those of the first ones, and what is an error stays one among them."""
    doubts = "".join(f'rule "r{number}" {{ subject = "Not this one {number} {{any}}", final = false, priority = "low", service = "EC2" }}\n'
                     for number in range(5000))
    lacking = 'rule "lacks" { subject = "Lacks", category = "billing", actions = chat { channel = "nowhere" } }\n'
    site.rule("60-many.lua", doubts + lacking)
    (result,) = site.objects("check", check=1)
    assert len(result["warnings"]) < 3000 and [error["rule"] for error in result["errors"]] == ["lacks"]
    assert any("more warnings" in warning["message"] for warning in result["warnings"])
    site.rule("60-many.lua", doubts.replace("subject", "sbject"))
    (result,) = site.objects("check", check=1)
    assert len(result["errors"]) < 3000 and "more errors" in result["errors"][-1]["message"]


def age(site, rule, days):
    """Makes the rule's mails as old, one after another: so many days ago each."""
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        ids = [row[0] for row in ledger.execute("SELECT m.id FROM messages m JOIN decisions d ON d.id = m.decision"
                                                " WHERE d.rule = ? ORDER BY m.id", (rule,))]
        assert len(ids) == len(days)
        for mail, age_of_it in zip(ids, days):
            ledger.execute("UPDATE messages SET arrived = ? WHERE id = ?", (int((time.time() - age_of_it * 86400) * 1000), mail))


@pytest.mark.parametrize("days, silent", [
    ((190, 170, 150, 130), True),     # three weeks apart, and then nothing for four months
    ((190, 170, 150, 60), False),     # two months are not long
    ((400, 360, 320, 280), False),    # it never came often
    ((190, 170, 130), False),         # too few to say what is usual
])
def test_gone_silent(site, rules, days, silent):
    for number in range(len(days)):
        site.deliver(retirement(body=f"Hello {number}"))
    site.run("run", "--once")
    age(site, "first", days)
    assert rules()["first"]["silent"] is silent
    assert ("first" in rules("--silent")) is silent
    assert ("silent" in site.run("rules", "--silent").stdout) is silent


def test_gone_silent_after_other_months(site, rules):
    for number in range(4):
        site.deliver(retirement(body=f"Hello {number}"))
    site.run("run", "--once")
    age(site, "first", (100, 90, 80, 70))
    assert "first" not in rules("--silent") and "first" in rules("--silent", "--months", "2")
    age(site, "first", (115, 90, 65, 40))
    assert "first" not in rules("--silent", "--months", "1"), "longer than a month, but not much longer than usual"
    assert "--months needs" in site.run("rules", "--months", "0", check=2).stderr
