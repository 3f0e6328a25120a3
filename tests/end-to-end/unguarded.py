"""Each attack of tests/hostile gets through when the guards that it names are switched off, so it is these that contain it. Run
by `./dev faults` over a build of its own (meson setup -Dunguarded=true); tests/hostile says what comes of each."""
import os
import subprocess
import time

import pytest

from conftest import BINARY, Daemon
from hostile_attacks import ATTACKS, classify, classify_together, make_site, outcome, try_all

pytestmark = pytest.mark.xdist_group("unguarded")  # all are tried at once, for all
GUARDED = [attack for attack in ATTACKS if attack.without]


def act_unguarded(attack, folder):
    """A daemon that is to carry out the action: "done", "dead", or "stood still" where its actor had to be killed."""
    site = make_site(folder, time="30s")
    site.config.write_text(site.config.read_text() + "\noutbox { attempts = 1 }\n")
    site.rule(f"10-{attack.name}.lua", attack.text)
    site.deliver(attack.mail())
    daemon = Daemon(site, "--once", environment={**os.environ, "AWSIFT_GUARD_OFF": ",".join(attack.guards)})
    end = time.monotonic() + 100
    while daemon.process.poll() is None and "stood still" not in daemon.log and time.monotonic() < end:
        time.sleep(0.05)
    daemon.destroy()
    if "stood still" in daemon.log:
        return "stood still", daemon.log
    (row,) = site.mails()
    return "done" if row["actions"].get("done") else "dead", daemon.log


def attack_unguarded(attack, folder):
    if attack.seen == "acting":
        return act_unguarded(attack, folder)
    hangs = attack.without == "hung"
    decisions, said = classify(attack, folder, attack.without, attack.guards, patience=5 if hangs else 100,
                               mails=2 if "lasting" in attack.guards else 1)
    return outcome(attack, decisions, said), said


@pytest.fixture(scope="module")
def contained(tmp_path_factory):
    """What comes of them in the same build with nothing switched off: of those that load, all in one set of rules."""
    folder, results = tmp_path_factory.mktemp("contained"), {}
    for name, by_clock in (("counted", False), ("timed", True)):
        attacks = [attack for attack in GUARDED if attack.seen not in ("acting", "load") and (attack.seen == "time") == by_clock]
        results.update(classify_together(attacks, folder / name, by_clock))
    attacks = [attack for attack in GUARDED if attack.seen == "load"]
    results.update(try_all(attacks, folder, lambda attack, place: classify(attack, place, attack.seen)))
    return {attack.name: outcome(attack, *results[attack.name]) for attack in GUARDED if attack.name in results}


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacks")
    return folder, try_all(GUARDED, folder, attack_unguarded)


def test_what_no_guard_of_ours_contains_is_little():
    assert len(GUARDED) >= 50
    assert all(attack.guards == ["lua"] for attack in ATTACKS if not attack.without)


@pytest.mark.parametrize("attack", GUARDED, ids=lambda attack: attack.name)
def test_attack_gets_through(tried, contained, attack):
    folder, outcomes = tried
    assert contained.get(attack.name, attack.seen) == attack.seen
    got, said = outcomes[attack.name]
    assert got == attack.without, said
    assert attack.creates is None or (folder / attack.name / attack.creates).exists()
    assert attack.removes is None or not (folder / attack.name / attack.removes).exists()


def test_such_a_build_is_not_installed(tmp_path):
    done = subprocess.run(["meson", "install", "-C", BINARY.parent, "--no-rebuild", "--quiet"], env={**os.environ, "DESTDIR": str(tmp_path)},
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "guards can be switched off" in done.stdout + done.stderr
    assert not list(tmp_path.rglob("bin/awsift"))
