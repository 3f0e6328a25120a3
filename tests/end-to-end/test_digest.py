"""The daily digest to the operators: what no rule knew, what drifted, rules gone silent, and rules to paste."""
import email
import email.policy
import json
import sqlite3
import time

import pytest

from conftest import CONFIG, make_mail, retirement, wait_for

DAY = 86400


@pytest.fixture
def told(site):
    """The digests in the outbox, as messages, oldest first."""
    def read():
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
        return [mail for mail in mails if mail["X-Awsift-Category"] == "digest"]
    return read


def configure(site, line, language="en"):
    text = CONFIG.format(peer=site.peer_url)
    site.config.write_text(text + f'operators {{ language = "{language}", {line} }}\n', encoding="utf-8")


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def last_was(site, days):
    """As if the last digest had been made so many days ago."""
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        ledger.execute("UPDATE digests SET made = ?", (int((time.time() - days * DAY) * 1000),))


def made(site):
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        return ledger.execute("SELECT count(*) FROM digests").fetchone()[0]


def unknown(site, count, subject="Amazon Orchid nodes in rack {n} are replaced", **more):
    for number in range(count):
        site.deliver(make_mail(subject.replace("{n}", str(number + 3)), body=f"Rack {number}.\n", **more))


def test_unknown_mail_is_told_once(site, told):
    configure(site, 'digest = "09:00"')
    unknown(site, 3)
    site.run("run", "--once")
    assert told() == [], "the first day is not over"
    last_was(site, 2)
    site.run("run", "--once")
    (mail,) = told()
    assert mail["To"] == "ops@example.jp" and "3 unknown" in mail["Subject"] and mail["Auto-Submitted"] == "auto-generated"
    text = text_of(mail)
    assert "3: Amazon Orchid nodes in rack {n} are replaced" in text and "from no-reply-aws@amazon.com, number" in text
    assert 'title      = "Amazon Orchid nodes in rack {n} are replaced"' in text and 'test "suggested.orchid-nodes-rack-replaced"' in text
    site.run("run", "--once")
    assert len(told()) == 1, "and not again"
    last_was(site, 2)
    site.run("run", "--once")
    assert len(told()) == 1, "nothing new: no mail"
    unknown(site, 1, "Another thing {n}")
    site.run("run", "--once")
    last_was(site, 2)
    site.run("run", "--once")
    assert ["1 unknown" in mail["Subject"] for mail in told()].count(True) == 1 and len(told()) == 2


def test_a_pasted_suggestion_holds(site, told):
    configure(site, 'digest = "09:00"')
    unknown(site, 3)
    site.run("run", "--once")
    last_was(site, 2)
    site.run("run", "--once")
    text = text_of(told()[0])
    rules, _, tests = text[text.index("rule \"suggested."):text.index("More: awsift show")].partition("\n\n")
    site.rule("70-pasted.lua", rules + "\n" + tests)
    unknown(site, 1, "Amazon Orchid nodes in rack 9{n} are replaced")
    site.run("run", "--once")
    assert site.mails()[-1]["rule"] == "suggested.orchid-nodes-rack-replaced"


def test_nothing_to_tell(site, told):
    configure(site, 'digest = "09:00"')
    site.deliver(retirement())
    site.run("run", "--once")
    last_was(site, 2)
    site.run("run", "--once")
    assert told() == [] and made(site) == 2


def test_none_is_wanted(site, told):
    configure(site, "digest = false")
    unknown(site, 1)
    site.run("run", "--once")
    assert told() == [] and made(site) == 0


def test_a_general_rule(site, told):
    configure(site, 'digest = "09:00"')
    site.rule("70-general.lua", 'rule "general.orchid" { event_type = "AWS_ORCHID_*", category = "maintenance", general = true }')
    site.deliver(make_mail("Something of Amazon Orchid", headers=["X-SM-COMMUNICATION-TYPE: AWS_ORCHID_NEWS"]))
    site.run("run", "--once")
    assert site.mails()[0]["certainty"] == "general"
    last_was(site, 2)
    site.run("run", "--once")
    (mail,) = told()
    assert "1 by general rules" in mail["Subject"] and "decided by general.orchid" in text_of(mail)


def test_drift(site, told):
    """What came near a rule, as its decision says."""
    configure(site, 'digest = "09:00"')
    unknown(site, 2)
    site.run("run", "--once")
    near = {"rule": "test.retirement", "category": "maintenance", "similarity": 0.9, "differs": ["EC2", "Orchid"],
            "template": "Amazon {word} nodes"}
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        ledger.execute("UPDATE decisions SET decision = json_set(decision, '$.near', json(?))", (json.dumps(near),))
    last_was(site, 2)
    site.run("run", "--once")
    text = text_of(told()[0])
    assert "rule test.retirement: 2 came near it, for example" in text and "a template to add to the rule: Amazon {word} nodes" in text
    assert "differs in: EC2, Orchid" in text and 'category   = "maintenance", -- as the nearest rule, test.retirement' in text


def test_what_shares_some_words_is_no_drift(site, told):
    configure(site, 'digest = "09:00"')
    unknown(site, 2)
    site.run("run", "--once")
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        ledger.execute("UPDATE decisions SET decision = json_set(decision, '$.near', json(?))",
                       ('{"rule": "test.retirement", "category": "maintenance", "similarity": 0.5, "differs": [], "template": "x"}',))
    last_was(site, 2)
    site.run("run", "--once")
    assert "2 unknown" in told()[0]["Subject"] and "words seem to have changed" not in text_of(told()[0])


def test_a_subject_that_says_nothing_is_told_and_no_rule(site, told):
    configure(site, 'digest = "09:00"')
    for subject in ("", "7", "?"):
        site.deliver(make_mail(subject))
    site.run("run", "--once")
    last_was(site, 2)
    site.run("run", "--once")
    text = text_of(told()[0])
    assert "3: (whose subjects say nothing)" in text and "number 3, 2, 1" in text and "rule \"" not in text


def test_in_japanese(site, told):
    configure(site, 'digest = "09:00"', language="ja")
    unknown(site, 2)
    site.run("run", "--once")
    last_was(site, 2)
    site.run("run", "--once")
    assert "未知 2 件" in told()[0]["Subject"] and "2 件: Amazon Orchid nodes" in text_of(told()[0])


def test_in_both_languages(site, told):
    configure(site, 'digest = "09:00"', language="ja+en")
    unknown(site, 2)
    site.run("run", "--once")
    last_was(site, 2)
    site.run("run", "--once")
    text = text_of(told()[0])
    assert "どのルールにも該当しなかったメール: 2" in text and "Mail that no rule knew: 2" in text and text.count('rule "suggested.') == 1


def test_codes_and_keys_stay_in(site, told):
    configure(site, 'digest = "09:00"')
    site.deliver(make_mail("A new thing", body="Your verification code is 482913.\nKey AKIAABCDEFGHIJKLMNOP\n"
                                               "https://signin.aws.amazon.com/resetpassword?token=abcdef1234567890\n"))
    site.run("run", "--once")
    last_was(site, 2)
    site.run("run", "--once")
    text = text_of(told()[0])
    assert "A new thing" in text
    for secret in ("482913", "AKIAABCDEFGHIJKLMNOP", "abcdef1234567890"):
        assert secret not in text


def test_a_rule_gone_silent_is_told_once(site, told):
    configure(site, 'digest = "09:00"')
    for number in range(4):
        site.deliver(retirement(body=f"Mail {number}"))
    site.run("run", "--once")
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        for mail, days in zip(sorted(row["id"] for row in site.mails()), (190, 170, 150, 100)):
            ledger.execute("UPDATE messages SET arrived = ? WHERE id = ?", (int((time.time() - days * DAY) * 1000), mail))
    last_was(site, 20)
    site.run("run", "--once")
    (mail,) = told()
    assert "1 rules silent" in mail["Subject"] and "rule test.retirement: 4 mails so far" in text_of(mail)
    last_was(site, 2)
    site.run("run", "--once")
    assert len(told()) == 1


def test_a_daemon_makes_up_for_it_at_its_start(site, told):
    configure(site, 'digest = "09:00"')
    unknown(site, 2)
    site.run("run", "--once")
    last_was(site, 5)
    daemon = site.daemon()
    wait_for("the digest", told)
    assert daemon.stop() == 0
    assert len(told()) == 1, "one for all days that were missed"


@pytest.mark.parametrize("value", ['"9 am"', '"24:00"', "true", "540"])
def test_no_time_of_day(site, value):
    configure(site, f"digest = {value}")
    assert "is no time of day" in site.run("check", check=1).stderr


@pytest.mark.parametrize("actions", ["digest {}", "digest { mails = {}, silent = {} }"])
def test_a_rule_cannot_ask_for_it(site, actions):
    site.rule("70-own.lua", f'rule "own" {{ title = "Own", category = "billing", actions = {actions} }}')
    assert "action 'digest' is the engine's own" in site.run("check", check=1).stderr


def test_hostile_titles_do_not_exhaust_it(site, told):
    configure(site, 'digest = "09:00"')
    for number in range(210):
        words = " ".join(f"w{(number * 7919 + place * 104729) % 9973:04}{'abc'[place % 3]}" for place in range(60))
        site.deliver(make_mail(words, body=(words + "\n") * 30))
    site.run("run", "--once")
    last_was(site, 2)
    site.daemon()  # which tries again, should a slow machine take the courier for dead
    wait_for("the digest", told)
    assert "210 unknown" in told()[0]["Subject"] and "the newest 200 are put together here" in text_of(told()[0])
