"""Each attack of tests/hostile, contained: its mail and the next one are decided by the innocent rule behind it, the service
is up, and the attack is named. That each gets through when its guard is switched off is shown by unguarded.py."""
import fnmatch
import json
import os
import re
import socket
import threading

import pytest

from conftest import RECORD, SANITIZED, SOURCE, make_mail
from hostile_attacks import ATTACKS, classify, classify_together, make_site, outcome, try_all

DECIDING = [attack for attack in ATTACKS if attack.seen not in ("load", "acting")]
ACTING = [attack for attack in ATTACKS if attack.seen == "acting"]
NOT_LOADED = [attack for attack in ATTACKS if attack.seen == "load"]
KNOWN = {"instructions", "memory", "time", "raised", "state", "limit", "steps", "actions", "quiet", "accepted"}


def assert_contained(attack, decision):
    """The mail is decided, and the error names the rule."""
    kinds = {error["kind"] for error in decision["errors"] if (error["rule"] or "").startswith(attack.rule)}
    strangers = [error for error in decision["errors"] if not (error["rule"] or "").startswith(attack.rule)]
    if attack.decider == "fallback":
        assert decision["rule"] is None and [error["rule"] for error in strangers] == ["innocent"], decision
        strangers = []
    elif attack.decider == "itself":
        assert decision["rule"] == attack.rule and 1 <= len(decision["actions"]) <= 50, decision
    else:
        assert decision["rule"] == "innocent" and decision["category"] == "maintenance", decision
    assert not strangers
    assert kinds == set() if attack.seen in ("quiet", "accepted") else attack.seen in kinds, decision["errors"]
    assert all(len(error["message"]) < 3000 and "0x" not in error["message"] for error in decision["errors"])


@pytest.fixture(scope="module")
def classified(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacks")
    # What a release is told of guards is no concern of its: all of them are named.
    off = sorted({guard for attack in ATTACKS for guard in attack.guards})
    if SANITIZED:  # what each does alone is seen without; that would take minutes here
        return together(folder, off)
    return try_all(DECIDING, folder, lambda attack, place: (place, *classify(attack, place, attack.seen, off)))


def together(folder, off):
    """All in one set of rules, but for those that a clock is to end."""
    results = {}
    for by_clock in (False, True):
        attacks = [attack for attack in DECIDING if (attack.seen == "time") == by_clock]
        place = folder / f"together-{by_clock}"
        results.update({name: (place, *result) for name, result in classify_together(attacks, place, by_clock, off).items()})
    return results


def test_there_are_enough_attacks():
    assert len(ATTACKS) >= 50 and all(attack.seen in KNOWN | {"load", "acting"} for attack in ATTACKS)


@pytest.mark.parametrize("attack", DECIDING, ids=lambda attack: attack.name)
def test_attack_is_contained(classified, attack):
    folder, decisions, said = classified[attack.name]
    assert decisions and all(decisions), said
    for decision in decisions:
        assert_contained(attack, decision)
    assert outcome(attack, decisions, said) == attack.seen
    assert (folder / "precious").exists() and not (folder / "hurt").exists()


def stop(site):
    try:
        for daemon in site.daemons:
            daemon.stop()
    finally:
        for daemon in site.daemons:
            daemon.destroy()


@pytest.fixture
def besieged(tmp_path, peer):
    # Their instructions and memory are what ends most of them, however slow the machine; the clock ends but one.
    site = make_site(tmp_path / "site", "15s", peer_url=peer.url)
    yield site
    stop(site)


@pytest.fixture(scope="module")
def besieged_all_the_time(tmp_path_factory):
    """One daemon for many files; when it reloads is said by the test, and also happens by itself."""
    site = make_site(tmp_path_factory.mktemp("besieged"))
    yield site, site.daemon()
    stop(site)


def actions_of(site, row):
    (shown,) = site.objects("show", row["id"])
    return shown["decisions"][-1]["actions"]


def test_all_attacks_at_once_leave_the_daemon_up(besieged):
    """One generation with all of them; each is named in the decision of its mail, in status, and to the operators once."""
    site = besieged
    timed = [attack for attack in DECIDING if attack.seen == "time"]
    present = [attack for attack in DECIDING if attack not in timed[1:]]
    for attack in present:
        site.rule(f"10-{attack.name}.lua", attack.text)
    daemon = site.daemon()
    for attack in present:
        site.deliver(attack.mail())
        if attack.seen == "state":  # what it would remember shows at the next one
            site.deliver(attack.mail())
    site.deliver(make_mail("Amazon EC2 Instance Retirement [AWS Account: 123456789012]"))
    rows = site.wait_mails(site.delivered)
    attacks = {f"Attack {attack.name}": attack for attack in present}
    for row in rows:
        if row["subject"] not in attacks:
            assert row["rule"] == "test.retirement"
            continue
        (shown,) = site.objects("show", row["id"])
        assert_contained(attacks[row["subject"]], shown["decisions"][-1]["decision"])
    assert daemon.process.poll() is None

    (status,) = site.objects("status")
    erring = {entry["rule"]: entry for entry in status["erring"]}
    human, log = site.run("status").stdout, daemon.log
    assert "erring" in human and f"{len(erring) - 20} more" in human
    for attack in present:
        if attack.seen not in ("quiet", "accepted"):
            entry = next(entry for rule, entry in erring.items() if rule.startswith(attack.rule))
            assert entry["errors"][attack.seen] >= 1 and entry["message"] and entry["at"]
            assert f"rule {entry['rule']}" in log
    counted = erring["hostile.state-count"]["errors"]
    assert counted == {"state": 2} and log.count("rule hostile.state-count") == 1


@pytest.mark.parametrize("attack", NOT_LOADED, ids=lambda attack: attack.name)
def test_file_that_does_not_load_is_named_and_changes_nothing(besieged_all_the_time, attack):
    site, daemon = besieged_all_the_time
    name = f"10-{attack.name}.lua"
    site.rule(name, attack.text)
    said = site.run("reload", check=1)
    assert f"{name}:" in said.stdout + said.stderr
    (status,) = site.objects("status")
    (error,) = {(entry["file"], entry["line"]) for entry in status["reload"]["errors"]}
    assert error[0].endswith(name) and 1 <= error[1] <= attack.text.count("\n") + 1
    site.deliver(attack.mail())
    assert all(row["rule"] == "innocent" for row in site.wait_mails(site.delivered))
    (site.rules / name).unlink()
    site.run("reload")
    assert daemon.process.poll() is None


def test_actions_that_attack_cost_the_others_nothing(besieged):
    site = besieged
    site.config.write_text(site.config.read_text() + "\noutbox { attempts = 1 }\n")
    site.rule("60-record.lua", RECORD % site.peer_url)
    (site.rules / "lib").mkdir()
    (site.rules / "lib" / "late.lua").write_text('return { said = "late" }')
    site.rule("61-late.lua", """
action "late" { args = {}, run = function() return require "late".said end }
rule "test.late" { subject = "Required late", category = "billing", actions = late {} }
""")
    for attack in ACTING:
        site.rule(f"10-{attack.name}.lua", attack.text)
    daemon = site.daemon()
    for attack in ACTING:
        site.deliver(attack.mail())
    site.deliver(make_mail("Recorded afterwards"))
    site.deliver(make_mail("Required late"))
    rows = {row["subject"]: row for row in site.wait_mails(site.delivered)}
    for subject in ("Recorded afterwards", "Required late"):
        (action,) = actions_of(site, rows[subject])
        assert action["state"] == "done", action
    for attack in ACTING:
        row = rows[f"Attack {attack.name}"]
        (action,) = actions_of(site, row)
        assert row["rule"] == attack.rule and action["state"] == "dead" and attack.ends in action["reason"], action
    (status,) = site.objects("status")
    assert {entry.get("action") for entry in status["erring"]} >= {"hostile_wait", "hostile_words", "hostile_memory",
                                                                      "hostile_loop"}
    assert daemon.process.poll() is None


def classified_alone(site, check=0):
    (site.folder / "mail.eml").write_bytes(make_mail("Attack alone"))
    return site.run("classify", "mail.eml", "--json", check=check)


def test_what_is_no_file_to_be_read_is_passed_over(besieged):
    """Links within the folder are followed; what is behind them and no file is left alone."""
    rules = besieged.rules
    (rules / "10-empty.lua").write_text("")
    os.mkfifo(rules / "pipe")
    (rules / "lib").mkdir()
    for name, target in {"11-pipe.lua": "pipe", "11-nothing.lua": "nowhere", "11-itself.lua": "11-itself.lua", "lib/round": "."}.items():
        (rules / name).symlink_to(target)
    (rules / "lib" / "linked.lua").write_text('rule "linked" { subject = "Attack alone", category = "billing" }\n')
    (rules / "12-linked.lua").symlink_to("lib/linked.lua")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(rules / "13-socket.lua"))
        said = classified_alone(besieged)
    assert '"rule":"linked"' in said.stdout
    for name in ("11-nothing.lua", "11-itself.lua"):
        assert f"{rules}/{name}: passed over, a link that leads nowhere" in said.stderr


@pytest.mark.parametrize("name", ["outside", "large", "huge"])
def test_file_that_is_none_of_the_folder_or_too_large_is_named_and_changes_nothing(besieged, name):
    daemon = besieged.daemon()
    path = besieged.rules / f"10-{name}.lua"
    if name == "outside":
        path.symlink_to("/proc/self/pagemap")  # a file of no size that can be read for hours
    elif name == "large":
        path.write_text("-- nothing, but much of it\n" * 2_000_000)  # 50 MB
    else:
        with open(path, "wb") as huge:
            huge.truncate(65 << 20)
    said = classified_alone(besieged, check=1)
    assert re.search(rf"10-{name}\.lua.*(more than \d+ MiB|outside its rule folder)", said.stderr)
    said = besieged.run("reload", check=1)
    assert f"10-{name}.lua" in said.stdout + said.stderr
    besieged.deliver(make_mail("Attack by a file"))
    (row,) = besieged.wait_mails(1)
    assert row["rule"] == "innocent" and daemon.process.poll() is None


def test_rule_folder_that_is_removed_changes_nothing(besieged):
    daemon = besieged.daemon()
    besieged.rules.rename(besieged.folder / "gone")
    said = besieged.run("reload", check=1)
    assert "rules.d" in said.stdout + said.stderr
    besieged.deliver(make_mail("Attack by absence"))
    (row,) = besieged.wait_mails(1)
    assert row["rule"] == "innocent" and daemon.process.poll() is None


def test_file_that_is_replaced_while_it_is_read_is_one_or_the_other(besieged):
    stop_now = threading.Event()

    def replace():
        number = 0
        while not stop_now.is_set():
            number += 1
            category = ("billing", "maintenance")[number % 2]
            besieged.rule("10-replaced.lua", f'local at_first = "{category}"\n' + "-- and so on\n" * 20000 + f'''
rule "replaced" {{ subject = "Attack alone", category = at_first, tags = {{ "{category}" }} }}\n''')
    thread = threading.Thread(target=replace)
    thread.start()
    try:
        for _ in range(10):
            decision = json.loads(classified_alone(besieged).stdout)
            assert decision["rule"] in ("innocent", "replaced")
            assert decision["rule"] == "innocent" or decision["tags"] == [decision["category"]]
    finally:
        stop_now.set()
        thread.join()


def test_each_guard_and_attack_is_in_the_threat_model():
    table = re.findall(r"^\| (`.*?) \|.*\| (.*) \|$", (SOURCE / "docs" / "THREATS.md").read_text(encoding="utf-8"), re.M)
    listed = {guard: attacks for guards, attacks in table for guard in re.findall("`([^`]+)`", guards)}
    for attack in ATTACKS:
        assert set(attack.guards) <= listed.keys(), attack.name
        patterns = re.findall("`([^`]+)`", listed[attack.guards[0]])
        assert any(fnmatch.fnmatch(attack.name, pattern) for pattern in patterns), attack.name


HUNGRY = """
rule "hungry" {
  subject  = "Hungry {n}",
  category = "billing",
  when     = function(msg)
    local t = {}
    for i = 1, tonumber(msg.subject:match "%d+") do t[i] = ("x"):rep(500) .. i; t["k" .. i % 1000] = i end
    return true
  end,
}
"""


@pytest.mark.skipif(SANITIZED, reason="sanitizers need more memory")
def test_what_is_enough_memory_does_not_depend_on_the_mails_before(besieged):
    site = besieged
    site.config.write_text(re.sub('time = "[0-9]+s"', 'time = "30s", memory = "64M"', site.config.read_text()))
    site.rule("10-hungry.lua", HUNGRY)

    def enough(*numbers):
        for place, number in enumerate(numbers):
            (site.folder / f"{place}.eml").write_bytes(make_mail(f"Hungry {number}"))
        decided = site.objects("classify", *(f"{place}.eml" for place in range(len(numbers))))
        assert all(decision["rule"] == "hungry" or decision["errors"][0]["kind"] == "memory" for decision in decided)
        return [decision["rule"] == "hungry" for decision in decided]

    most, too_many = 0, 20000
    while too_many - most > 1:
        middle = (most + too_many) // 2
        if enough(middle) == [True]:
            most = middle
        else:
            too_many = middle
    assert 1000 < most < 19999
    numbers = [number for off in (-1, 0, 1, 2) for number in (most // 2, most + off, 10, most + off)] * 2
    assert enough(*numbers) == [number <= most for number in numbers]
