"""The keeper is killed at random moments. Each mail is decided once and told at least once, repeats share a key."""
import os
import random
import signal
import time
from collections import defaultdict

from conftest import make_mail, wait_for

MAILS = 200
KILLS = 5


def test_sigkill_loses_nothing(site, peer):
    seed = int(os.environ.get("AWSIFT_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}: repeat with AWSIFT_SEED={seed}")
    moments = random.Random(seed)
    site.record()
    contents = {}
    for number in range(MAILS):
        mail = make_mail(f"Recorded {number}", body="x" * moments.randrange(4000) + "\n", message_id=f"crash-{number}")
        contents[f"Recorded {number}"] = mail
        site.deliver(mail)

    for _ in range(KILLS):
        daemon = site.daemon()
        before = len(peer.requests)
        if moments.random() < 0.5:  # in the middle of the effects
            wait_for("effects", lambda: len(peer.requests) > before or not site.spooled())
        time.sleep(moments.random() * 0.3)
        daemon.process.send_signal(signal.SIGKILL)
        daemon.stop()  # asserts that no child outlived it
    site.daemon()

    rows = site.wait_mails(MAILS)
    assert len(rows) == MAILS and sorted(row["subject"] for row in rows) == sorted(contents)
    assert all(row["actions"]["done"] == 1 for row in rows)
    assert site.spooled() == []
    kept = [path.read_bytes() for path in site.archived()]
    assert sorted(kept) == sorted(contents.values())

    keys = defaultdict(set)
    for record in peer.records():
        keys[record["text"]].add(record["key"])
    assert set(keys) == set(contents), "an effect was lost"
    assert all(len(found) == 1 for found in keys.values()), "a repeat had another key"
    assert len({key for found in keys.values() for key in found}) == MAILS
    for row in rows[:10]:
        (shown,) = site.objects("show", row["id"])
        assert len(shown["decisions"]) == 1


def test_sigterm_finishes_and_leaves_the_rest(site, peer):
    site.record()
    for number in range(50):
        site.deliver(make_mail(f"Recorded {number}"))
    daemon = site.daemon()
    started = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - started < 30
    decided = len(site.mails())
    assert decided + len(site.spooled()) >= 50
    site.daemon()
    assert len(site.wait_mails(50)) == 50
