"""Faults of the environment while the daemon runs: nothing is taken, it says so, and goes on when the fault ends."""
import time

from conftest import retirement, wait_for


def test_store_that_is_moved_away_and_back(site, daemon):
    site.deliver(retirement(message_id="before"))
    site.wait_mails(1)
    away = site.folder / "away"
    site.store.rename(away)
    wait_for("the daemon to say so", lambda: "moved away or replaced" in daemon.log)
    name = site.deliver(retirement(message_id="meanwhile", account="123456789013"))
    time.sleep(1.5)
    assert [path.name for path in site.spooled()] == [name] and not site.store.exists()
    away.rename(site.store)
    rows = site.wait_mails(2)
    assert len(rows) == 2 and len(site.archived()) == 2
    (status,) = site.objects("status")
    assert any(alert["kind"] == "store" for alert in status["ledger"]["recent_alerts"])
