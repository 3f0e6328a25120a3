"""Phones and pagers: who is rung when nobody answers, until somebody acknowledges it; and answers that are owed."""
import email
import email.policy
import signal
import threading

import pytest

from calling_services import ACCOUNT_SID, ROUTING_KEY, TOKEN, Services
from conftest import ACCOUNT, make_mail, wait_for
from test_actor import CONTEXT, Actor

CONFIG = """
spool "open" {{ kind = "directory", settle = "50ms" }}
channel "call" {{ kind = "twilio", account = "{sid}", token = secret "twilio-token", from = "+81312340000", url = "{url}" }}
channel "pagerduty" {{ kind = "pagerduty", routing_key = secret "pagerduty", url = "{url}/v2/enqueue" }}
outbox {{ first = "100ms", most = "100ms" }}
paging {{ rule_per_hour = {limit} }}
"""

CONTACTS = """
contacts {
  ["123456789012"] = {
    name = "Example", language = "ja", technical = { "tech@example.com" }, security = { "security@example.com" },
    emergency = { "+81-3-1111-0001", "oncall@example.com", "+81-3-1111-0002", "03-1111-0003" },
  },
  ["210987654321"] = { language = "en", technical = { "tech@example.org" }, emergency = { "+12025550001", "+12025550002" } },
}
"""

RULES = """
category "compromise" { title = "アカウント侵害の疑い", title_en = "Account compromise", priority = "urgent", tell = "security" }
category "abuse" { title = "不正使用の報告", title_en = "Abuse report", priority = "high", tell = "technical", answer = "2s" }

rule "own.compromise" { subject = "Compromised {any} [AWS Account: {account}]", category = "compromise",
  also = { call { to = "emergency" }, forward { to = "emergency" } } }
rule "own.paged" { subject = "Paged {any} [AWS Account: {account}]", category = "compromise", actions = page { channel = "pagerduty" },
  advice = { en = "Look.", url = "https://docs.example.com/paged" } }
rule "own.limited" { subject = "Limited {any} [AWS Account: {account}]", category = "compromise", actions = call { to = "emergency", text = "Limited {any}" } }
rule "own.abuse" { subject = "Abuse {any} [AWS Account: {account}]", category = "abuse" }
rule "own.slow" { subject = "Slow {any} [AWS Account: {account}]", category = "abuse", answer = "2h" }
"""


@pytest.fixture
def services():
    services = Services()
    yield services
    services.close()
    assert services.refused == []


@pytest.fixture
def begin(site, services, monkeypatch):
    """A daemon with phones and a pager; what else its configuration says."""
    monkeypatch.setenv("AWSIFT_SECRET_TWILIO_TOKEN", TOKEN)
    monkeypatch.setenv("AWSIFT_SECRET_PAGERDUTY", ROUTING_KEY)

    def begin(more, limit=1000):
        site.config.write_text(site.config.read_text() + CONFIG.format(sid=ACCOUNT_SID, url=services.url, limit=limit) + more)
        site.rule("contacts.lua", CONTACTS)
        (site.folder / "open").mkdir()
        site.rule("50-test.lua", RULES)
        return site.daemon()
    return begin


def send(site, what, account=ACCOUNT, proven=True, **more):
    """Delivers a mail about something, and yields the ledger's number of it. What is not proven comes where nobody is trusted."""
    subject = f"{what} [AWS Account: {account}]"
    if proven:
        site.deliver(make_mail(subject, **more))
    else:
        (site.folder / f"{what}.part").write_bytes(make_mail(subject, proven=False, **more))
        (site.folder / f"{what}.part").rename(site.folder / "open" / f"{what}.eml")
    return wait_for(f"the mail {what}", lambda: next((row["id"] for row in site.mails() if row["subject"] == subject), None))


def show(site, number):
    return site.objects("show", number)[0]


def timeline(site, number):
    return [event["what"] for event in show(site, number)["timeline"]]


def actions(site, number):
    return [action for decision in show(site, number)["decisions"] for action in decision["actions"]]


def wait_rung(services, about, count):
    return wait_for(f"{count} calls about {about}", lambda: len(services.rung(about)) >= count and services.rung(about))


def mails_to(site, address):
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    return [mail for mail in mails if address in mail["To"]]


def test_a_compromise_rings_until_somebody_acknowledges_it(site, services, begin):
    """The first phone rings, then the next, over a restart; acknowledged, it is silent."""
    daemon = begin('escalation "emergency" { hours = "00:00-24:00", day = { { call = "emergency" }, { after = "400ms", call = "emergency" } },'
                   ' night = { { forward = "operators" } }, again = 20 }\n')
    number = send(site, "Compromised one", body="Hello <you> & all\n")
    wait_rung(services, "Compromised one", 1)
    wait_for("the first call to be written down", lambda: any("rang +81-3-1111-0001 (1 of 3)" in what for what in timeline(site, number)))
    before = len(services.rung("Compromised one"))
    daemon.stop(signal.SIGKILL)
    daemon = site.daemon()
    phones = wait_rung(services, "Compromised one", before + 3)
    done = [action for action in actions(site, number) if action["action"] == "call" and action["outcome"] == "done"]
    assert len({action["key"] for action in done}) == len(done), "each step has a key of its own"
    turns = [phone[-1] for phone in phones]
    expected = "123" * 20
    if not any("unknown" in what for what in timeline(site, number)):  # else the kill came while a phone was rung
        assert "".join(turns) == expected[:len(turns)], "one phone after the other, over the restart, none of them twice"
    acknowledged = site.objects("ack", number, "--by", "hana", "--note", "keys are rotated")[0]
    assert acknowledged["ok"] and [entry["kind"] for entry in acknowledged["ended"]] == ["call"]
    wait_for("nothing to be in hand", lambda: not any(action["state"] in ("running", "waiting") for action in actions(site, number)))
    silent = len(services.rung("Compromised one"))
    other = send(site, "Compromised two", account="210987654321")
    assert wait_rung(services, "Compromised two", 4)[:4] == ["+12025550001", "+12025550002"] * 2
    assert len(services.rung("Compromised one")) == silent, "nobody is rung who has acknowledged"
    told = timeline(site, number)
    order = [next(i for i, what in enumerate(told) if word in what) for word in (
        "seen in spool", "escalation emergency begins", "forward: attempt 1 done", "rang +81-3-1111-0001 (1 of 3): answered 201, call CA",
        "rang +81-3-1111-0002 (2 of 3): answered 201, call CA", "call: acknowledged by hana: keys are rotated")]
    assert order[3:] == sorted(order[3:]) and order[1] < order[3], told
    assert any(mail["Subject"].startswith("Compromised one") for mail in mails_to(site, "security@example.com"))
    assert mails_to(site, "oncall@example.com"), "phones get no mail, and who has an address does"
    assert [mail for mail in mails_to(site, "ops@example.jp") if mail["Subject"].startswith("Compromised two") and "「emergency」" in mail.get_body().get_content()], \
        "a role of phones alone is one that nobody has, where mail is sent"
    assert TOKEN not in site.run("show", number).stdout and TOKEN not in daemon.log
    refused = site.objects("ack", number, check=1)[0]
    assert refused["ok"] is False and "acknowledged by hana already" in refused["error"]
    outcomes = race(site, other)
    assert sorted(outcomes) == [0, 1, 1, 1], "one wins, and the others are told"
    site.run("decide", number)
    site.run("decide", other)
    assert not [action for action in actions(site, number) + actions(site, other) if action["state"] in ("waiting", "running")]
    assert site.objects("ack") == [] and site.objects("status")[0]["ledger"]["owed"] == {"count": 0, "first": []}
    spoken = next(call["Twiml"] for call in services.calls if "Compromised one" in call["Twiml"])
    assert "アカウント侵害の疑い" in spoken and "1 2 3 4, 5 6 7 8, 9 0 1 2" in spoken and spoken.count("ja-JP") == 3


def race(site, number):
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(site.run("ack", number, check=None).returncode)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


MANY = """
escalation "emergency" { steps = { { call = "emergency" }, { after = "1h", call = "emergency" } } }
escalation "answer" { before = "100ms", steps = { { call = "emergency", page = "pagerduty" }, { after = "100ms", chat = "aws-security", forward = "operators" } } }
"""


def test_answers_pages_limits_and_proof(site, services, begin, peer):
    daemon = begin(MANY, limit=2)
    slow, abuse = send(site, "Slow one"), send(site, "Abuse one")
    unproven = send(site, "Abuse two", proven=False)
    paged = send(site, "Paged one")
    held = send(site, "Compromised three", proven=False)
    limited = [send(site, f"Limited {word}") for word in ("one", "two", "three", "four")]

    # an answer that is owed: at half time, at the end, and what comes then
    owed = {row["id"]: row for row in site.objects("ack")}
    assert owed[slow]["kind"] == "answer" and owed[slow]["rule"] == "own.slow" and owed[slow]["account"] == ACCOUNT
    assert slow in [row["id"] for row in site.objects("list", "--owed")] and "owed" in site.run("status").stdout
    wait_for("the alert that nobody answered", lambda: any(
        alert["kind"] == "unacknowledged" and f"mail {abuse} " in alert["text"] for alert in site.objects("status")[0]["ledger"]["recent_alerts"]))
    wait_for("all of it to be told", lambda: not any(action["state"] in ("waiting", "running") for action in actions(site, abuse)))
    subjects = [mail["Subject"] for mail in mails_to(site, "tech@example.com")]
    assert [word for word in ("【要回答】", "【回答期限超過】") if not any(subject.startswith(word + "Abuse one") for subject in subjects)] == []
    assert [mail["Subject"] for mail in mails_to(site, "ops@example.jp") if mail["Subject"].startswith("【未確認】Abuse one")]
    reminder = next(mail for mail in mails_to(site, "tech@example.com") if mail["Subject"].startswith("【要回答】Abuse one"))
    text = reminder.get_body().get_content()
    assert f"awsift ack {abuse}" in text and "JST" in text
    assert services.rung("Abuse one") == ["+81311110001"]
    assert any("Abuse one" in request["body"].decode() for request in peer.requests if request["path"] == "/chat")
    site.run("ack", abuse)

    # what is not proven rings nobody, at no step
    wait_for("its time to be over", lambda: [action for action in actions(site, unproven) if action["action"] == "call"])
    assert {action["reason"] for action in actions(site, unproven) if action["action"] in ("call", "page")} == {
        "held back: the mail is not proven to come from AWS"}
    wait_for("the alert of it, which calls nobody", lambda: any(  # an urgent kind would call the operators
        alert["kind"] == "unanswered" and f"mail {unproven} " in alert["text"] for alert in site.objects("status")[0]["ledger"]["recent_alerts"]))
    assert services.rung("Abuse two") == [] and services.rung("Compromised three") == []
    assert site.run("ack", held, check=1).stderr.endswith("awsift ack lists what does\n")

    # a page is acknowledged where it went, as the same incident
    trigger = wait_for("the page", lambda: [event for event in services.events if "Paged one" in event.get("payload", {}).get("summary", "")])[0]
    wait_for("it to be written down", lambda: all(action["state"] == "done" for action in actions(site, paged)))
    site.run("ack", paged, "--by", "hana")
    follow = wait_for("its acknowledgement", lambda: [event for event in services.events if event["event_action"] == "acknowledge"
                                                      and event["dedup_key"] == trigger["dedup_key"]])
    assert len(follow) == 1 and trigger["payload"]["severity"] == "critical" and trigger["payload"]["group"] == ACCOUNT
    assert trigger["links"] == [{"href": "https://docs.example.com/paged", "text": "Account compromise"}]
    assert not [row for row in site.objects("list", "--owed") if row["id"] == paged]

    # a rule that rings too often is said to, once; the alert at the end is no step
    assert next(row["steps"] for row in site.objects("ack") if row["id"] == limited[0]) == 2
    assert [len(services.rung(f"Limited {word}")) for word in ("one", "two")] == [1, 1]
    dropped = [action for number in limited[2:] for action in actions(site, number)]
    assert [action["state"] for action in dropped] == ["dropped", "dropped"] and "its limit" in dropped[0]["reason"]
    alerts = [alert for alert in site.objects("status")[0]["ledger"]["recent_alerts"] if alert["kind"] == "paging-limit"]
    assert len(alerts) == 1 and "rule own.limited" in alerts[0]["text"]

    # where no daemon runs, the ledger is written all the same; a person who decides otherwise ends it, too
    site.run("decide", "--as", "billing", limited[0])
    assert "decided otherwise by" in site.run("ack", limited[0], check=1).stderr
    daemon.stop()
    site.run("ack", slow)
    assert site.run("ack", slow, check=1).stderr.startswith(f"awsift ack: mail {slow}: acknowledged by ")
    assert site.run("ack", 4711, check=1).stderr == "awsift ack: mail 4711: there is no mail of that number in the ledger\n"
    site.run("ack", "x", check=2)
    site.run("ack", "--by", "hana", check=2)


MISTAKES = [  # a line of awsift.lua, and what is said of it
    ('escalation "a" { steps = { { call = "emergency", afer = "5m" } } }', ["'afer'", "did you mean 'after'"]),
    ('escalation "b" { steps = { { after = "5x", call = "emergency" } } }', ["'5x' is no duration"]),
    ('escalation "c" { steps = { { call = "emergency" }, { after = "0s", call = "emergency" } } }', ["a step comes later"]),
    ('escalation "d" { steps = { { after = "5m" } } }', ["a step does nothing"]),
    ('escalation "e" { stps = { { call = "emergency" } } }', ["'stps'", "did you mean 'steps'"]),
    ('escalation "f" { hours = "9-18", day = { { call = "operators" } }, night = { { call = "operators" } } }', ['hours = "09:00-18:00"']),
    ('escalation "g" { hours = "09:00-18:00", days = "mon-fry", day = { { call = "operators" } }, night = { { call = "operators" } } }', ['days = "mon-fri"']),
    ('escalation "zone" { hours = "09:00-18:00", timezone = "Asia/Tokio", day = { { call = "operators" } }, night = { { call = "operators" } } }', ["'Asia/Tokio'"]),
    ('escalation "h" { day = { { call = "operators" } } }', ["go together"]),
    ('escalation "i" { steps = { { page = "pagerdty" } } }', ["no channel of that name", "did you mean 'pagerduty'"]),
    ('escalation "j" { steps = { { page = "aws-security" } } }', ['kind = "pagerduty"']),
    ('escalation "k" { steps = { { chat = "pagerduty" } } }', ["is no chat"]),
    ('escalation "l" { steps = { { call = "emergency" } }, again = -1 }', ["again"]),
    ('escalation "m" { steps = { { call = "emergency", number = 0 } } }', ["1 for the first"]),
    ('escalation "n" { steps = { { call = "emergency" } }, accounts = { 123456789012 } }', ["12 digits as text"]),
    ('escalation "o" { steps = { { call = "emergency" } }, again = 20, to = "answer", before = "soon" }', ["'soon' is no duration"]),
    ('escalation "r" { steps = { { call = "emergency", after = "9999999999999999999d" } } }', ["'9999999999999999999d' is no duration"]),
    ('escalation "s" { steps = { { call = "emergency", after = -5 } } }', ["'-5' is no duration"]),
    ('escalation "t" { steps = { { call = "emergency" } }, before = "5m" }', ['counts only in escalation "answer"']),
    ('escalation "u" { hours = "09:00-18:00", timezone = "Asia/Tokio", day = { { call = "operators" } }, night = { { call = "operators" } } }',
     ["'Asia/Tokio' is none"]),
    ('escalation "a" { steps = { { call = "emergency" } } }', ["exists already in line"]),
    ('channel "call" { url = "https://example.com" }', ["exists already in line"]),
    ('channel "t3" { kind = {} }', ["'kind' must be a text, not a table"]),
    ('policy "call" { first = {} } policy "CALL" {}', ["no duration", "exists already in line"]),
    ('host "https://example.com/" { at_once = 1 }', ["is no host"]),
    ('limits { bytes = "99999999999999999999G", text = {} }', ["'99999999999999999999G' is no size", "a table { … } is no size"]),
    ('channel "t1" { kind = "twilio", token = "abc", from = "03-1234", account = "AC12" }', ['token = secret "twilio-token"', "with its country"]),
    ('channel "t2" { kind = "twilio", token = secret "t", from = "+81312345678" }', ["needs account"]),
    ('channel "p1" { kind = "pagerduty", routing_key = "0123" }', ['routing_key = secret "pagerduty"']),
    ('escalation "q" { to = "emergency", steps = { { call = "emergancy" } } }', ["nobody has the role 'emergancy'", "did you mean 'emergency'"]),
    ('paging { rule_per_hour = 0 }', ["rule_per_hour"]),
    ('paging { rule_per_our = 5 }', ["did you mean 'rule_per_hour'"]),
]


def test_no_mail_keeps_a_phone_or_a_pager_silent(services, tmp_path, monkeypatch):
    monkeypatch.setenv("AWSIFT_SECRET_TWILIO_TOKEN", TOKEN)
    monkeypatch.setenv("AWSIFT_SECRET_PAGERDUTY", ROUTING_KEY)
    call = {"kind": "twilio", "account": ACCOUNT_SID, "token": {"secret": "twilio-token"}, "from": "+81312340000", "url": services.url, "language": "ja+en"}
    pager = {"kind": "pagerduty", "routing_key": {"secret": "pagerduty"}, "url": services.url + "/v2/enqueue"}
    operators = {"mail": ["ops@example.jp"], "phone": ["+81311110001"], "language": "en", "name": "operators"}
    actor = Actor("courier", "", tmp_path, config={"channels": {"call": call, "pagerduty": pager}, "operators": operators})
    subjects = ['"' * 600, "'&<Hangup/>\uffff\ufffe\u0085", "日\U0001f525" * 600, ""]
    for number, subject in enumerate(subjects):
        context = {**CONTEXT, "subject": subject, "category_title": "危険 <&>\uffff", "notice": {"resources": ["arn:aws:ec2:::" + "i" * 1000] * 1000}}
        actor.act(2 * number + 1, "call", {"to": "operators", "turn": 1}, context)
        actor.act(2 * number + 2, "page", {"channel": "pagerduty"}, context)
    results = [actor.result() for _ in range(2 * len(subjects))]
    actor.close()
    assert {result["outcome"] for result in results} == {"done"}, results


def test_mistakes_in_escalations_are_named_with_their_line(site, services):
    text = site.config.read_text() + CONFIG.format(sid=ACCOUNT_SID, url=services.url, limit=9)
    line = text.count("\n") + 1
    site.config.write_text(text + "\n".join(statement for statement, _ in MISTAKES) + "\n")
    site.rule("60-own.lua", """rule "own" { subject = "x", category = "billing", actions = {
      call { to = "emergency", escalation = "zz" }, call { to = "emergency", escalation = "q" },
      page { channel = "aws-security" }, chat { channel = "pagerduty" }, remind {} } }""")
    said = site.run("check", check=None).stderr
    assert "no escalation 'zz'" in said and "no escalation 'q'" not in said
    assert "'page': channel 'aws-security' is no pager" in said and "'chat': channel 'pagerduty' is of kind pagerduty, which is no chat" in said
    assert "'remind' is the engine's own" in said
    for number, (statement, words) in enumerate(MISTAKES):
        of_line = "\n".join(one for one in said.splitlines() if f"awsift.lua:{line + number}:" in one)
        assert [word for word in words if word not in of_line] == [], f"{statement}\n{of_line or said}"
    assert "abc" not in said and "0123" not in said
