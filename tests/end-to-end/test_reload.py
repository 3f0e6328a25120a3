"""Rules change under a running daemon: live at once, or not at all."""
import email
import email.policy
import threading
import time

from conftest import Daemon, make_mail, retirement, wait_for

NEW = """
rule "test.new" { subject = "A notice nobody knew {n}", category = "billing" }
"""


def revision(site):
    (status,) = site.objects("status")
    return status["generation"]["revision"]


def test_new_rule_is_live_without_a_restart(site, daemon):
    before, pid = revision(site), daemon.process.pid
    site.rule("70-new.lua", NEW)
    wait_for("a new generation", lambda: revision(site) != before)
    site.deliver(make_mail("A notice nobody knew 7"))
    (row,) = site.wait_mails(1)
    assert row["rule"] == "test.new" and daemon.process.pid == pid and daemon.process.poll() is None


def test_broken_rule_file_changes_nothing(site, daemon):
    before = revision(site)
    site.rule("70-new.lua", NEW.rstrip().rstrip("}"))
    wait_for("the log to name file and line", lambda: "70-new.lua:" in daemon.log)
    status = site.run("status").stdout
    assert "70-new.lua:" in status
    assert revision(site) == before
    assert "70-new.lua:" in site.run("status", "--check", check=1).stdout
    (site.rules / "70-new.lua").unlink()
    wait_for("what was taken back to be over", lambda: site.run("status", "--check", check=None).returncode == 0)
    site.deliver(make_mail("A notice nobody knew 7"))
    (row,) = site.wait_mails(1)
    assert row["category"] == "unmatched"
    site.rule("70-new.lua", NEW)
    wait_for("the mended file to be live", lambda: revision(site) != before)
    wait_for("status to be clean again", lambda: site.objects("status")[0]["reload"]["errors"] == [])


def test_failing_test_blocks_a_reload(site, daemon):
    before = revision(site)
    site.rule("70-new.lua", NEW + """
test "the new rule" { subject = "A notice nobody knew 7", expect = { category = "maintenance" } }
""")
    wait_for("the log to name file and line", lambda: "70-new.lua:" in daemon.log)
    assert revision(site) == before


def test_reload_command_answers_what_happened(site, daemon):
    assert site.run("reload").returncode == 0
    site.rule("70-new.lua", "rule {")
    assert "70-new.lua:" in (lambda done: done.stdout + done.stderr)(site.run("reload", check=1))


def test_reload_says_of_both_rules_where_they_stand(site, daemon):
    site.rule("70-new.lua", 'rule "test.retirement" { subject = "x", category = "billing" }\n')
    (outcome,) = site.objects("reload", check=1)
    (error,) = outcome["errors"]
    assert error["file"] == f"{site.rules}/70-new.lua" and f"at {site.rules}/50-test.lua:5;" in error["message"]


def test_file_that_hangs_is_named_and_the_old_rules_stay(site, daemon):
    before = revision(site)
    site.rule("70-new.lua", 'string.find(string.rep("a", 2000), ".-.-.-.-.-b")\n')
    wait_for("the log to name file and line", lambda: "70-new.lua:1: " in daemon.log)
    assert revision(site) == before
    site.deliver(make_mail("A notice nobody knew 7"))
    assert site.wait_mails(1)[0]["category"] == "unmatched"


def test_each_mail_is_decided_by_one_whole_generation(site, daemon):
    """Every generation n sends both kinds of mail to tag n, in two files that are saved together. No mail may see
    one rule of a generation and the category of another."""
    generations, total = 6, 60

    def save(number):
        site.rule("80-pair.lua", f"""
category "billing" {{ title = "generation {number}" }}
rule "pair.{number}" {{ subject = starts "Paired ", category = "billing", tags = {{ "generation-{number}" }},
  actions = {{ forward {{ to = "operators", subject = "{{category_title}}" }} }} }}
""")

    save(0)
    wait_for("the first pair", lambda: site.run("reload", check=None).returncode == 0)

    def change():
        for number in range(1, generations):
            time.sleep(0.2)
            save(number)

    changer = threading.Thread(target=change)
    changer.start()
    for number in range(total):
        site.deliver(make_mail(f"Paired {number}"))
        time.sleep(0.01)
    changer.join()
    rows = site.wait_mails(total)
    assert len(rows) == total
    revisions = {}
    for row in rows:
        (shown,) = site.objects("show", row["id"])
        (decision,) = shown["decisions"]
        number = row["rule"].split(".")[1]
        assert decision["decision"]["tags"] == [f"generation-{number}"]
        assert revisions.setdefault(decision["revision"], number) == number
    assert daemon.process.poll() is None


def told(site):
    """Who was told, and what; the daemon's own trial of the folder at its start is no mail."""
    mails = []
    for path in site.outbox():
        try:
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        except FileNotFoundError:
            continue
        if mail["To"]:
            mails.append((str(mail["To"]), mail.get_body(("plain",)).get_content()))
    return mails


def test_rules_that_do_not_load_at_the_start_are_told_of(site):
    site.rule("70-new.lua", "rule {")
    site.deliver(retirement())
    daemon = Daemon(site)
    ((to, text),) = wait_for("the operators to be told", lambda: told(site))
    assert to == "ops@example.jp" and "70-new.lua:1:" in text and "no mail is taken" in text
    (status,) = site.objects("status")
    assert status["generation"] is None and any("alerts alone are sent" in warning for warning in status["warnings"])
    assert len(site.spooled()) == 1 and not site.mails()
    site.rule("70-new.lua", "rule { ")
    wait_for("the next try to be told of", lambda: daemon.log.count("70-new.lua:1:") > 2)
    site.rule("70-new.lua", NEW)
    site.deliver(make_mail("A notice nobody knew 7"))
    assert {row["rule"] for row in site.wait_mails(2)} == {"test.retirement", "test.new"}
    assert "tech@example.com" in {to for to, _ in told(site)}
    (status,) = site.objects("status")
    assert status["generation"]["number"] == 1 and status["reload"]["state"] == "ok"
    wait_for("the courier that only told to go", lambda: [actor["generation"] for actor in site.objects("status")[0]["actors"]] == [1, 1])


FAULTY = """
action "ticket" {
  args = {},
  run = function(ctx)
    return ctx.message.%s.subject
  end,
}
rule "test.ticket" { subject = "Ticket {n}", speaker = "any", category = "billing", actions = ticket {} }
"""


def test_an_action_that_raises_is_told_of_once_and_tried_with_the_rules_of_the_day(site):
    site.config.write_text(site.config.read_text() + '\noutbox { first = "100ms", most = "100ms", attempts = 1000 }\n')
    site.rule("70-ticket.lua", FAULTY % "nothing")
    daemon = site.daemon()
    for number in range(3):
        site.deliver(make_mail(f"Ticket {number}"))
    where = f"{site.rules}/70-ticket.lua:5: "
    wait_for("more attempts", lambda: daemon.log.count(where) > 6)
    ((to, text),) = told(site)
    assert to == "ops@example.jp" and "action ticket raised" in text
    (status,) = site.objects("status")
    (alert,) = status["ledger"]["recent_alerts"]
    assert where in alert["text"] and "rules/0/" not in site.run("show", site.mails()[0]["id"]).stdout + daemon.log
    site.rule("70-ticket.lua", FAULTY.replace(".%s.subject", ".subject"))
    rows = site.wait_mails(3)
    assert all(row["actions"]["done"] == 1 and sum(row["actions"].values()) == 1 for row in rows), rows


def test_a_rule_that_errs_is_told_of_once_a_generation_and_is_clean_once_mended(site):
    errs = 'rule "errs" { subject = starts "Err", speaker = "any", category = "billing", when = function() error "%s" end }\n'
    site.rule("10-errs.lua", errs % "one")
    daemon = site.daemon()

    def erring(subject):
        site.deliver(make_mail(subject))
        site.wait_mails(site.delivered)
        return [(entry["rule"], entry["errors"]) for entry in site.objects("status")[0]["erring"]]
    erring("Err 1")
    assert erring("Err 2") == [("errs", {"raised": 2})]
    site.rule("10-errs.lua", errs % "two")
    site.run("reload")
    assert site.objects("status")[0]["erring"] == []
    assert erring("Err 3") == [("errs", {"raised": 1})]
    assert daemon.log.count("rule errs was passed over") == 2
    site.rule("10-errs.lua", "-- mended\n")
    site.run("reload")
    assert erring("Err 4") == [] and "erring" not in site.run("status").stdout
