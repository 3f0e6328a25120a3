"""Children that die again and again: they are started ever more slowly, one alert says so, mail stays in its spool and actions wait,
and all goes on by itself once the cause is over. Run by `./dev faults`, over a build that can be made to fail."""
import os
import signal
import sqlite3
from contextlib import closing

import pytest

from conftest import Daemon, make_mail, retirement, wait_for


def daemon(site, faults, *options):
    site.config.write_text(site.config.read_text() + 'deciders { count = 1 }\n')
    return Daemon(site, *options, environment={**os.environ, "AWSIFT_FAULT": faults, "AWSIFT_FAULT_COUNTS": str(site.folder / "counts")})


def alerts(site):
    """[(how often it was raised, whether it is over)]"""
    with closing(sqlite3.connect(site.store / "ledger.db", timeout=60)) as ledger:
        return ledger.execute("SELECT count, ended IS NOT NULL FROM alerts WHERE kind = 'children'").fetchall()


def kill(site, role, kind="deciders"):
    for child in site.objects("status")[0][kind]:
        if child.get("role", role) == role:
            os.kill(child["pid"], signal.SIGKILL)


def test_decider_that_dies_at_its_start(site):
    daemon(site, "decider-started:crash:2-7").wait_ready()
    kill(site, "decider")
    site.deliver(retirement())
    wait_for("the alert", lambda: alerts(site))
    (decider,) = site.objects("status")[0]["deciders"]
    assert decider["deaths"] >= 5 and len(site.spooled()) == 1 and site.mails() == []
    assert "a decider was ended by signal 6, the 5th time in a row" in site.run("status", "--check", check=1).stdout
    (row,) = site.wait_mails(1)
    assert row["rule"] == "test.retirement" and [count for count, _ in alerts(site)] == [1]
    assert [f"starts in {pause}" in site.daemons[0].log for pause in ("0.1s", "0.2s", "0.4s", "0.8s", "1.6s", "3.2s")] == [True] * 6


def test_actor_that_dies_at_its_start(site):
    """The courier and custom started once; the next six are the courier's."""
    daemon(site, "actor-started:crash:3-8").wait_ready()
    kill(site, "courier", "actors")
    site.deliver(retirement())
    wait_for("the alert", lambda: alerts(site))
    assert [row["actions"]["waiting"] for row in site.mails()] == [1]
    site.wait_mails(1)
    assert len([path for path in site.outbox() if b"Instance Retirement" in path.read_bytes()]) == 1
    (shown,) = site.objects("show", 1)
    assert [attempt["outcome"] for action in shown["decisions"][0]["actions"] for attempt in action["attempts"]] == ["done"]


def test_rules_that_no_decider_gets_to_load(site):
    site.deliver(retirement())
    daemon(site, "decider-started:crash:1-2").wait_ready()
    site.wait_mails(1)
    assert len(site.outbox()) >= 1


def test_deciders_that_die_over_every_mail(site):
    """The first mail is taken for the cause, until the self-check ends its decider as well: no mail is set aside."""
    for number in range(4):
        site.deliver(make_mail(f"Amazon {number}"))
    daemon(site, "mail-read:crash:1-8").wait_ready()
    wait_for("the alert", lambda: alerts(site))
    assert len(site.spooled()) == 4 and site.mails() == [] and [count for count, _ in alerts(site)] == [1]
    site.wait_mails(4)
    wait_for("them to be filed", lambda: len(site.archived()) == 4 and not site.spooled())
    assert "stays in its spool, for no mail can be decided just now" in site.daemons[0].log
    wait_for("the end of it to be told", lambda: alerts(site) == [(1, True)])


@pytest.mark.parametrize("step, deaths", [("request-begins", 8), ("before-result", 6)])
def test_actor_that_dies_over_every_action(site, step, deaths):
    """Nothing is held against any of them: they wait until an actor passes its self-check, and all are done in the end."""
    site.config.write_text(site.config.read_text() + 'outbox { first = "50ms", most = "100ms", attempts = 6 }\n')
    for number in range(6):
        site.deliver(retirement(message_id=f"action-{number}"))
    daemon(site, f"{step}:crash:1-{deaths}").wait_ready()
    wait_for("the alert", lambda: alerts(site))
    states = [row["actions"] for row in site.mails()]
    assert [(row["waiting"] + row["running"], row["dead"]) for row in states] == [(1, 0)] * 6
    site.wait_mails(6)
    wait_for("the end of it to be told", lambda: alerts(site) == [(1, True)])
    told = [path.read_bytes() for path in site.outbox()]
    assert sum(b"Instance Retirement" in mail for mail in told) == 6 and not [row for row in site.mails() if row["actions"]["dead"]]
    assert "all actions of the courier wait, for it ends over none as well" in site.daemons[0].log
    for number in range(1, 7):
        (shown,) = site.objects("show", number)
        assert [action["count"] for action in shown["decisions"][0]["actions"]] == [1], shown


def test_a_single_run_does_not_wait_for_a_broken_actor(site):
    site.config.write_text(site.config.read_text() + 'outbox { first = "50ms", most = "100ms" }\n')
    for number in range(4):
        site.deliver(retirement(message_id=f"action-{number}"))
    run = daemon(site, "request-begins:crash:*", "--once")
    assert run.process.wait(180) == 1
    assert [row["actions"]["waiting"] for row in site.mails()] == [1] * 4
