"""A rule with mode = "shadow": it decides nothing and does nothing, and what it would have decided is kept with the mail."""
import json
import sqlite3

import pytest

from conftest import make_mail

RULES = '''
category "trial" { title = "Trial", tell = "security", priority = "urgent" }
category "note" { title = "Note", tell = "technical" }
rule "trial.agrees" { subject = starts "Shadow", body = "agree", category = "note", mode = "shadow", tags = { "shadow" }, also = record { text = "shadow" } }
rule "trial.differs" { subject = "Shadow {n}", category = "trial", mode = "shadow", capture = { all = "{line}" },
  actions = function() return { call { to = "emergency" }, record { text = "shadow" } } end }
rule "trial.passing" { subject = starts "Shadow", final = false, mode = "shadow", tags = { "passing" }, actions = record { text = "shadow" } }
rule "live" { subject = starts "Shadow 1", category = "note", tags = { "live" } }
rule "trial.late" { subject = starts "Shadow 1", category = "trial", mode = "shadow" }
'''
AGREES = {"rule": "trial.agrees", "category": "note", "agrees": True}
DIFFERS = {"rule": "trial.differs", "category": "trial", "agrees": False}
# subject, body: what rules in shadow are kept
MAILS = {
    ("Shadow 1", "they agree"): [AGREES, DIFFERS], ("Shadow 12", "differ"): [DIFFERS], ("Shadow 1x", "other"): [],
    ("Shadow 2", "nothing live knows it"): [DIFFERS],
    ("Something else", "agree"): [],
}


@pytest.fixture
def shadowed(site):
    site.record()
    site.rule("10-shadow.lua", RULES)
    for number, (subject, body) in enumerate(MAILS):
        site.deliver(make_mail(subject, body=body + "\n", message_id=str(number)))
    return site


def kept(site):
    stories = [site.objects("show", row["id"])[0] for row in site.mails()]
    return {story["message"]["subject"]: story["decisions"][-1]["shadow"] for story in stories}


def test_what_a_rule_in_shadow_would_have_decided_is_kept(shadowed, peer):
    shadowed.run("run", "--once")
    assert kept(shadowed) == {subject: want for (subject, _), want in MAILS.items()}
    assert peer.records() == [], "nothing is done"
    for row in shadowed.mails():
        known = row["subject"].startswith("Shadow 1")
        assert (row["rule"], row["category"]) == (("live", "note") if known else (None, "unmatched"))
        (story,) = shadowed.objects("show", row["id"])
        decision = story["decisions"][0]["decision"]
        assert decision["tags"] == (["live"] if known else []) and decision["found"] == {} and decision["errors"] == []
        assert {action["action"] for action in story["decisions"][0]["actions"]} == {"forward"}
    number = {row["subject"]: row["id"] for row in shadowed.mails()}
    said = shadowed.run("show", number["Shadow 1"]).stdout
    assert "in shadow: trial.agrees would have made it note, which agrees" in said
    assert "in shadow: trial.differs would have made it trial, which differs" in said
    assert "in shadow" not in shadowed.run("show", number["Shadow 1x"]).stdout


def test_decided_again_the_new_decision_counts(shadowed):
    shadowed.run("run", "--once")
    numbers = {row["subject"]: row["id"] for row in shadowed.mails()}
    shadowed.rule("10-shadow.lua", RULES.replace('rule "live"', 'rule "dead"').replace('starts "Shadow 1", category = "note"', '"Shadow {n}", category = "trial"'))
    shadowed.run("decide", *numbers.values())
    again = kept(shadowed)
    assert again["Shadow 1"] == [dict(AGREES, agrees=False), dict(DIFFERS, agrees=True)]
    assert again["Shadow 2"] == [dict(DIFFERS, agrees=True)]
    (first,) = shadowed.objects("show", numbers["Shadow 1"])
    assert first["decisions"][0]["shadow"] == [AGREES, DIFFERS], "what was decided before stays as it was"
    shadowed.run("decide", "--as", "billing", numbers["Shadow 1"])
    assert kept(shadowed)["Shadow 1"] == [], "a person is not compared with"


def test_classify_knows_of_no_shadow_and_explain_says_it(shadowed):
    (shadowed.folder / "x.eml").write_bytes(make_mail("Shadow 1", body="they agree\n"))
    (decision,) = [json.loads(line) for line in shadowed.run("classify", "--json", shadowed.folder / "x.eml").stdout.splitlines()]
    assert set(decision) == {"file", "message_id", "subject", "from", "date", "category", "rule", "certainty", "priority", "account", "service",
                             "found", "notice", "tags", "actions", "near", "auth", "defects", "errors"}
    said = shadowed.run("explain", shadowed.folder / "x.eml").stdout
    assert "trial.agrees would have made it note, which agrees" in said
    assert "trial.differs would have made it trial, which differs" in said
    (answer,) = shadowed.objects("explain", shadowed.folder / "x.eml")
    assert answer["context"]["shadow"] == [AGREES, DIFFERS]


def test_decisions_with_shadows_are_the_same_in_any_decider(shadowed):
    """Byte for byte, in one and in four deciders, in either order."""
    seen = []
    for count, order in ((1, 1), (4, -1)):
        config = shadowed.folder / f"awsift-{count}.lua"
        text = shadowed.config.read_text(encoding="utf-8").replace('path = "spool"', f'path = "spool-{count}"')
        config.write_text(text.replace('store "store"', f'store "store-{count}"') + f"deciders {{ count = {count} }}\n", encoding="utf-8")
        spool = shadowed.folder / f"spool-{count}"
        for part in ("new", "cur", "tmp"):
            (spool / part).mkdir(parents=True)
        for number, path in enumerate(shadowed.spooled()[::order]):
            (spool / "new" / f"{number}.x").write_bytes(path.read_bytes())
        shadowed.run("run", "--once", "-c", config)
        with sqlite3.connect(shadowed.folder / f"store-{count}" / "ledger.db") as ledger:
            seen.append(sorted(ledger.execute("SELECT m.sha256, d.decision, group_concat(s.rule || s.category || s.agrees) FROM messages m "
                                              "JOIN decisions d ON d.id = m.decision LEFT JOIN shadows s ON s.decision = d.id GROUP BY m.id")))
    assert len(seen[0]) == len(MAILS) and seen[0] == seen[1]
