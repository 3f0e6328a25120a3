"""Mails about one notice are one thread: show and list tell so, and whoever is told learns that a mail repeats, changes or
ends an earlier one. What changes or ends something must be as well proven as what it changes."""
import email
import email.policy
import json
import os
import signal

from conftest import ACCOUNT, make_mail, wait_for

INSTANCE, OTHER = "i-0123456789abcdef0", "i-0fedcba9876543210"
BODY = """Hello,

The instance below is scheduled for retirement.

{resources}

Message metadata

Affected account
{account}

Event type code
{type}

Event region
{region}

End time
{ends}

Service
EC2

Event type category
scheduledChange

Start time
{starts}

Thank you,
Amazon Web Services
"""
DEC7, DEC9 = "Mon, 7 Dec 2026 01:00:00 GMT", "Wed, 9 Dec 2026 01:00:00 GMT"


def notice(prefix="", resources=INSTANCE, region="ap-northeast-1", starts=DEC7, ends="Thu, 31 Dec 2026 01:00:00 GMT",
           type="AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", account=ACCOUNT, status="", **more):
    body = BODY.format(resources=resources, region=region, starts=starts, ends=ends, type=type, account=account)
    return make_mail(f"{prefix}Amazon EC2 Instance Retirement [AWS Account: {account}]",
                     body=body.replace("Hello,", f"Hello,\n\n{status}"), sender="health@aws.com", **more)


def settle(site, *mails):
    """Delivers one after the other, so that the first is the first."""
    for mail in mails:
        site.deliver(mail)
        site.run("run", "--once")
    return [(row["relation"], row["thread"]) for row in site.mails()]


def told(site):
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]


def texts(site):
    return [mail.get_body().get_content() for mail in sorted(told(site), key=lambda mail: int(mail["X-Awsift-Id"]))]


def test_copies_reminders_and_changes_are_one_thread(site):
    linked = settle(site, notice(), notice(message_id="second", to="other@example.com"), notice("Reminder: "),
                    notice(starts=DEC9))
    assert linked == [("first", 1), ("duplicate", 1), ("reminder", 1), ("update", 1)]
    story = site.objects("show", 3)[0]["thread"]
    assert [entry["id"] for entry in story] == [1, 2, 3, 4]
    assert {"what": "starts", "from": "2026-12-07T01:00:00Z", "to": "2026-12-09T01:00:00Z"} in story[3]["changes"]
    shown = site.run("show", 2).stdout
    assert "thread of 4 mails" in shown and "starts: 2026-12-07T01:00:00Z -> 2026-12-09T01:00:00Z" in shown
    listed = [row["id"] for row in site.objects("list", "--thread", 4)]
    assert listed == [4, 3, 2, 1]
    first, copy, reminder, update = texts(site)
    assert "#1" not in first and "(#1) と同じ内容です" in copy
    assert "【再通知】" in reminder and "(#1) の再通知です" in reminder
    assert "【更新】" in update and "開始: 2026-12-07 10:00 JST → 2026-12-09 10:00 JST" in update
    assert update.index("開始: 2026-12-07") < update.index("AWS から次のお知らせが届きました")
    assert "" == update.splitlines()[update.splitlines().index("Example 様") - 1]


def test_other_things_are_other_threads(site):
    linked = settle(site, notice(), notice(resources=OTHER), notice(region="us-east-1", resources=OTHER + "1"),
                    notice(account="210987654321"), notice(type="AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED"))
    assert linked == [("first", number) for number in range(1, 6)]
    assert "thread of" not in site.run("show", 1).stdout


def test_a_forged_mail_changes_nothing(site):
    site.config.write_text(site.config.read_text() + '\ntrust { authserv_id = "mx.example.jp" }\n')
    linked = settle(site, notice(), notice(proven=False, starts=DEC9, message_id="forged"), notice(message_id="real"))
    assert linked == [("first", 1), (None, None), ("duplicate", 1)]
    assert [mail["category"] for mail in site.mails()][1] == "suspicious"
    assert not any("(#1)" in mail.get_body().get_content() for mail in told(site) if mail["X-Awsift-Id"] == "2")


def test_a_mail_that_ends_a_notice_says_so(site):
    """The body decides: the subject is the same."""
    assert settle(site, notice(), notice(status="This scheduled maintenance has been cancelled.")) == [("first", 1), ("cancelled", 1)]
    assert "【中止】" in texts(site)[1]


def test_the_default_subject_and_chat_say_what_it_is(site, peer):
    site.rule("50-test.lua", '''category "maintenance" { tell = "technical" }
      rule "retirement" { title = "Amazon EC2 Instance Retirement", category = "maintenance",
        also = { chat { channel = "aws-security", text = "{title}" } } }''')
    settle(site, notice(), notice(starts=DEC9))
    subjects = sorted(mail["Subject"] for mail in told(site))
    assert subjects == [f"Amazon EC2 Instance Retirement [AWS Account: {ACCOUNT}]",
                        f"【更新】Amazon EC2 Instance Retirement [AWS Account: {ACCOUNT}]"]
    first, second = [json.loads(post["body"])["text"] for post in peer.requests]
    assert first == "Amazon EC2 Instance Retirement"
    assert second.startswith("Amazon EC2 Instance Retirement\n【更新】") and "2026-12-09 10:00 JST" in second


SAY = '''
local note = require "awsift.note"
local first = { id = 7, subject = "X", arrived = "2026-11-24T12:00:00Z" }
local changes = { { what = "starts", from = "2026-12-07T01:00:00Z", to = "2026-12-09T01:00:00Z" },
  { what = "resources", added = { "i-2" }, removed = { "i-1" } }, { what = "status", from = "scheduled", to = "cancelled" } }
action "say" { run = function()
  local said = {}
  for _, language in ipairs { "ja", "en" } do
    for _, relation in ipairs { "duplicate", "reminder", "update", "cancelled", "completed", "emergency" } do
      for _, verdict in ipairs { "proven", "unproven" } do
        local message = { subject = "", verdict = verdict, notice = {}, thread = { first = first, relation = relation, changes = relation == "update" and changes or {} } }
        said[language .. " " .. relation .. " " .. verdict] = { mark = note.subject(message, { language = language }),
          lines = note.thread_lines(message, { language = language, timezone = "UTC" }) }
      end
    end
  end
  said.updated = note.thread_lines({ notice = { status = "updated" }, thread = { first = first, relation = "update", changes = {} } }, { language = "en" })
  said.alone = { note.subject({ subject = "", notice = { status = "cancelled" } }, { language = "en" }), note.subject({ subject = "", notice = {} }, {}) }
  said.none = #note.thread_lines({ notice = {} }, {})
  http.post { url = "%s/record", json = said }
end }
rule "say" { subject = "Say", category = "billing", speaker = "any", actions = say {} }'''


def test_each_relation_is_told_in_both_languages(site, peer):
    site.rule("60-say.lua", SAY % peer.url)
    site.deliver(make_mail("Say"))
    site.run("run", "--once")
    said = peer.records()[0]
    words = {"ja": {"duplicate": ("", "同じ内容"), "reminder": ("【再通知】", "再通知です"), "update": ("【更新】", "違いがあります"),
                    "cancelled": ("【中止】", "中止になりました"), "completed": ("【完了】", "完了しました"), "emergency": ("【緊急】", "緊急の")},
             "en": {"duplicate": ("", "the same"), "reminder": ("[Reminder] ", "REMINDER"), "update": ("[Update] ", "differs"),
                    "cancelled": ("[Cancelled] ", "called off"), "completed": ("[Completed] ", "done"), "emergency": ("[Emergency] ", "emergency")}}
    doubt = {"ja": "(未確認) ", "en": "(not proven) "}
    for language, relations in words.items():
        for relation, (mark, line) in relations.items():
            for verdict in ("proven", "unproven"):
                one = said[f"{language} {relation} {verdict}"]
                doubted = doubt[language] if verdict == "unproven" and relation in ("cancelled", "completed") else ""
                assert one["mark"] == doubted + mark, one
                assert one["lines"][0].startswith(doubted) and line in one["lines"][0], one
                assert "2026-11-24" in one["lines"][0] and "#7" in one["lines"][0], one
                assert (doubt[language] in one["lines"][0]) == bool(doubted), one
    assert said["ja update proven"]["lines"][1:] == ["  開始: 2026-12-07 01:00 UTC → 2026-12-09 01:00 UTC", "  対象リソース: 追加 i-2; 除外 i-1"]
    assert said["en update proven"]["lines"][2] == "  Resources: added i-2; no longer named i-1"
    assert "changes the notice" in said["updated"][0]
    assert said["alone"] == ["(not proven) [Cancelled] ", ""] and said["none"] == 0


def test_deciding_again_keeps_the_thread(daemon, site):
    for count, mail in enumerate((notice(), notice(message_id="copy"), notice(starts=DEC9)), 1):
        site.deliver(mail)
        site.wait_mails(count)
    before = [(row["relation"], row["thread"]) for row in site.mails()]
    site.run("decide", 1, 2, 3)
    assert [(row["relation"], row["thread"]) for row in site.mails()] == before
    assert before == [("first", 1), ("duplicate", 1), ("update", 1)]


def test_a_killed_daemon_leaves_no_mail_decided_and_unlinked(site):
    """Linked in the transaction that decides: killed at any moment, each mail stands in the thread or in the spool."""
    daemon = site.daemon()
    for number in range(30):
        site.deliver(notice(message_id=f"m{number}"))
    wait_for("some of them", lambda: len(site.mails()) > 3)
    os.kill(daemon.process.pid, signal.SIGKILL)
    daemon.process.wait()
    seen = site.mails()
    assert all(row["thread"] == 1 for row in seen)
    site.run("run", "--once")
    rows = site.mails()
    assert len(rows) == 30 and all(row["thread"] == 1 for row in rows)
    assert [row["relation"] for row in rows].count("first") == 1


def test_the_window_is_configured(site):
    for value, words in (("30m", "between 1h and 1000d"), ("nine", "no duration")):
        plain = site.config.read_text()
        site.config.write_text(plain + f'\nthreads {{ window = "{value}" }}\n')
        assert words in site.run("check", check=1).stderr
        site.config.write_text(plain)
    site.config.write_text(plain + '\nthreads { window = "30d" }\n')
    site.run("check", check=0)
