"""The notice of whole mails, as `classify --json` says it: three of Direct Connect under one subject, both forms of an EC2
retirement and of an ElastiCache update; and one rule for a title, whatever is put around it."""
import json
import random

import pytest

from conftest import SOURCE, make_mail

GALLERY = SOURCE / "rules.d" / "tests" / "fixtures" / "notice"
NOTHING = {"abuse_id": None, "action_required": False, "case": None, "deadline": None, "ends": None, "event_type": None,
           "final_notice": False, "language": "en", "links": [], "metadata": {}, "regions": [], "reminder": False, "resources": [],
           "service": None, "starts": None, "status": None}
DIRECT_CONNECT = {**NOTHING, "title": "AWS Direct Connect Planned Maintenance Notification", "accounts": ["123456789012"],
                  "service": "DIRECTCONNECT", "event_type": "AWS_DIRECTCONNECT_MAINTENANCE_SCHEDULED",
                  "resources": ["dxcon-fg1a2b3c", "dxvif-fg4d5e6f"], "starts": "2026-12-10T08:00:00Z",
                  "ends": "2026-12-10T14:00:00Z", "links": ["https://aws.amazon.com/support"]}
RETIREMENT = {**NOTHING, "title": "Amazon EC2 Maintenance: Instance scheduled for retirement", "accounts": ["123456789012"],
              "regions": ["ap-northeast-1"], "service": "EC2", "event_type": "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
              "resources": ["i-0a11b22c33d44e55f"], "starts": "2026-12-07T09:00:00Z", "deadline": "2026-12-07T09:00:00Z",
              "status": "scheduled"}
UPDATE = {**NOTHING, "title": "A new Amazon ElastiCache service update is available", "accounts": ["123456789012"],
          "regions": ["ap-northeast-1"], "service": "ELASTICACHE", "deadline": "2026-12-22T23:59:59Z", "status": "scheduled",
          "resources": ["arn:aws:elasticache:ap-northeast-1:123456789012:cluster:sessions-001"]}
HTML_LINKS = ["https://console.aws.amazon.com/notifications/home#/notifications",
              "https://health.console.aws.amazon.com/health/home#/account/dashboard/scheduled-changes"]


def metadata(event_type, service, category, starts):
    return {"Affected account": "123456789012", "Event type code": event_type, "Event region": "ap-northeast-1", "End time": "-",
            "Service": service, "Event type category": category, "Start time": starts}


CASES = {
    "directconnect-planned": {**DIRECT_CONNECT, "status": "scheduled"},
    "directconnect-emergency": {**DIRECT_CONNECT, "status": "emergency"},
    "directconnect-cancelled": {**DIRECT_CONNECT, "status": "cancelled"},
    "ec2-retirement-text": RETIREMENT,
    "ec2-retirement-html": {**RETIREMENT, "links": HTML_LINKS, "metadata": metadata(
        RETIREMENT["event_type"], "EC2", "scheduledChange", "Mon, 07 Dec 2026 09:00:00 GMT")},
    "elasticache-update-text": UPDATE,
    "elasticache-update-html": {**UPDATE, "links": HTML_LINKS, "action_required": True,
                                "event_type": "AWS_ELASTICACHE_UPDATE_AVAILABLE",
                                "metadata": metadata("AWS_ELASTICACHE_UPDATE_AVAILABLE", "ELASTICACHE", "accountNotification", "-")},
}


@pytest.mark.parametrize("name", CASES)
def test_every_field(site, name):
    (decision,) = site.objects("classify", GALLERY / f"{name}.eml")
    assert decision["notice"] == CASES[name]
    assert decision["account"] == "123456789012" and decision["service"] == CASES[name]["service"]


def test_every_mail_of_the_gallery_is_asked_for():
    assert {path.stem for path in GALLERY.glob("*.eml")} == set(CASES)


PREFIXES = ["[Action Required] ", "[ACTION REQUIRED] ", "Action Required: ", "[Immediate Action] ", "Reminder: ", "[REMINDER] ",
            "Second Reminder - ", "[Final Notice] ", "[Notification] ", "[Action may be required] ", "RE: ", "Fwd: ", "AW: ",
            "Re[2]: ", "返信: ", "[EXT] ", "[External Email] ", "***EXTERNAL*** ", "[aws-notices] ", "[ops.aws:1234] ", "[OPS-123] ",
            "[#4711] ", "[要対応] ", "【要対応】", "【重要】", "July - [Action Required] ", "メンテナンスのお知らせ | ",
            "[要対応] メンテナンスのお知らせ ｜ [Action Required] "]
SUFFIXES = [" [AWS Account: 123456789012]", " [AWS Account ID: 123456789012]", " [AWS Account: 123456789012] [US-EAST-1]",
            " [US-EAST-1]", " [123456789012]", " (AWS Account ID: 123456789012)", " - Action required", " | メンテナンスのお知らせ",
            " | [要対応] メンテナンスのお知らせ [AWS Account: 123456789012] [AP-NORTHEAST-1]"]
TITLES = ["Amazon EC2 Instance Retirement", "[Retirement Notification] Amazon ECS (Fargate) task scheduled for termination",
          "Amazon EKS Kubernetes 1.33 end of standard support", "Changes to Amazon RDS Automatic Minor Version Upgrade Behavior"]


def decorated(title):
    """Thirty-seven by one decoration, and sixty by several, the same in every run."""
    chance = random.Random(title)
    yield from (prefix + title for prefix in PREFIXES)
    yield from (title + suffix for suffix in SUFFIXES)
    for _ in range(60):
        prefixes = chance.sample(PREFIXES[:-2], chance.randint(1, 4))
        yield "".join(prefixes) + title + chance.choice(SUFFIXES)


@pytest.mark.parametrize("title", TITLES)
def test_one_rule_for_a_title_whatever_is_around_it(site, title):
    site.rule("50-test.lua", 'category "known" { title = "Known", tell = "operators" }\n'
                             f'rule "known" {{ title = {json.dumps(title)}, category = "known" }}\n')
    subjects = list(decorated(title))
    for number, subject in enumerate(subjects):
        site.deliver(make_mail(subject), f"{number:03}")
    decisions = {decision["file"].rpartition("/")[2]: decision for decision in site.objects("classify", site.spool / "new", check=None)}
    missed = [(subject, decisions[f"{number:03}"]["notice"]["title"]) for number, subject in enumerate(subjects)
              if decisions[f"{number:03}"]["rule"] != "known"]
    assert len(decisions) == len(subjects) and not missed


@pytest.mark.parametrize("subject, title", [
    ("[Retirement Notification] X", "[Retirement Notification] X"), ("RE:[CASE 1234567890] X", "[CASE 1234567890] X"),
    ("[Action Required]", "[Action Required]"), ("RE: [EXT]", "RE:"), ("[US-EAST-1]", "[US-EAST-1]"),
    ("Your invoice / Votre facture [Account: 123456789012]", "Your invoice / Votre facture"),
    ("【重要なお知らせ】 Your AWS Abuse Report", "【重要なお知らせ】 Your AWS Abuse Report"), ("[i-0123456789abcdef0] X", "[i-0123456789abcdef0] X"),
])
def test_what_tells_notices_apart_stays(site, subject, title):
    site.deliver(make_mail(subject), "mail")
    (decision,) = site.objects("classify", site.spool / "new" / "mail")
    assert decision["notice"]["title"] == title


def test_a_rule_for_the_subject_leaves_the_body_alone(site):
    site.rule("50-test.lua", 'category "known" { title = "Known", tell = "operators" }\n'
                             'rule "known" { title = "X", notice = { action_required = true }, category = "known" }\n')
    site.deliver(make_mail("[Action Required] X"), "mail")
    explained = json.loads(site.run("explain", "--json", site.spool / "new" / "mail").stdout)
    assert explained["explain"]["read"] is None


def test_a_half_for_a_rule(site):
    site.rule("50-test.lua", '''
category "known" { title = "Known", tell = "operators" }
rule "known" {
  subject = "X", category = "known",
  when = function(msg, found)
    return msg:half("ja") == "お客様のインスタンスは停止されます。" and msg:half("en"):find("^Your instance") and not msg:half("fr")
  end,
}
''')
    site.deliver(make_mail("X", "お客様のインスタンスは停止されます。\n\nYour instance will be stopped by us soon.\n"), "mail")
    (decision,) = site.objects("classify", site.spool / "new" / "mail")
    assert decision["rule"] == "known" and decision["notice"]["language"] == "ja+en", decision["errors"]


@pytest.mark.parametrize("line, words", [
    ('cue "deadine" "by {deadline}"', ["deadine"]), ('cue "times" "by {deadlin}"', ["{deadlin}"]),
    ('cue "times" "(by {deadline}"', ["regular expression"]), ('cue "times" { "by" }', ["cue 'times'"]),
    ('cue "times" " "', ["says nothing"]),
])
def test_a_cue_that_is_wrong_is_told_with_its_place(site, line, words):
    site.rule("60-cues.lua", f"-- a comment\n{line}\n")
    done = site.run("check", check=None)
    assert done.returncode != 0
    told = [text for text in (done.stdout + done.stderr).splitlines() if "60-cues.lua:2" in text]
    assert told and all(word in told[0] for word in words), done.stdout + done.stderr


def test_a_teams_own_words_are_its_rules_concern(site):
    """A placeholder that a cue alone has is used, and a test may expect all that a notice says."""
    site.rule("60-own.lua", r'''
placeholder "change" [[CHG\d{7}]]
cue "resource" "{change}"
cue "times" "hand over on {deadline}"
test "own" {
  subject = "Hand over", from = "no-reply-aws@amazon.com", date = "2026-11-23T09:00:00Z", body = "About CHG0001234: please hand over on 2026-12-05.\n",
  expect  = { notice = { language = "en", resources = { "CHG0001234" }, deadline = "2026-12-05T00:00:00Z" } },
}
''')
    done = site.run("check", check=0)
    assert "60-own.lua" not in done.stderr + done.stdout
