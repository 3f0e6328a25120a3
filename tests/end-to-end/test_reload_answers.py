"""What `awsift reload` answers, whoever asks, however often, and whatever dies meanwhile."""
import json
import os
import signal
import subprocess

from conftest import BINARY, make_mail, session_members, wait_for

NEW = 'rule "test.new" { subject = "A notice nobody knew {n}", category = "billing" }\n'
HANGING = 'string.find(string.rep("a", 2000), ".-.-.-.-.-b")\n'


def save_slow_rules(site, text=""):
    """Rules that take a while to load, within what a file may cost."""
    for number in range(4):
        site.rule(f"1{number}-slow.lua", f"-- {number}\nfor _ = 1, 20000000 do end\n" + (text if number == 3 else ""))


def reload_state(site):
    return site.objects("status")[0]["reload"]


def asked(site, *options):
    """A reload that runs while the test goes on."""
    return subprocess.Popen([BINARY, "reload", "-c", site.config, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def loader(daemon):
    """The child that loads the next generation: the one that came last."""
    return max(daemon.children(), key=lambda pid: int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[19]))


def test_answer_has_all_of_the_outcome(site, daemon):
    for _ in range(5):
        before = site.objects("status")[0]["generation"]
        site.rule("70-new.lua", NEW + 'test "new" { subject = "A notice nobody knew 7", expect = { rule = "test.new" } }\n')
        (answer,) = site.objects("reload")
        if answer["changed"]:
            break
        (site.rules / "70-new.lua").unlink()  # the save was live before it was asked for
        site.run("reload")
    assert answer["ok"] and answer["changed"] and answer["state"] == "ok" and answer["cause"] in ("asked", "saved")
    assert (answer["generation"], answer["rules"], answer["tests"]) == (before["number"] + 1, before["rules"] + 1, 1)
    assert answer["before"] == {"generation": before["number"], "revision": before["revision"]} and answer["revision"] != before["revision"]
    assert answer["changes"] == [{"file": f"{site.rules}/70-new.lua", "change": "added"}]
    assert answer["errors"] == [] and isinstance(answer["duration"], int)
    status = site.run("status").stdout
    assert f"added: {site.rules}/70-new.lua" in status and f"revision {before['revision'][:8]} before" in status
    assert f"{before['rules'] + 1} rules, 1 tests" in status


def test_answer_for_people(site, daemon):
    assert site.run("reload").stdout.startswith("nothing changed: generation 1 stays live, revision ")
    site.rule("70-new.lua", NEW)
    said = site.run("reload").stdout
    assert said.startswith("generation 2 is live, revision ") and " rules, 0 tests passed, in " in said
    # what a save brought alone, without this command's answer, stands in status
    assert "warning: " not in site.run("status").stdout
    site.rule("70-new.lua", 'rule "a" { subject = "x y", category = "billing", also = chat { channel = "nowhere" } }\n')
    assert "no channel 'nowhere'" in site.run("reload").stderr
    assert "70-new.lua:1:" in site.run("status").stdout and "no channel 'nowhere'" in site.run("status").stdout


def test_every_error_is_printed(site, daemon):
    site.rule("70-new.lua", 'rule "a" { subjet = "x", category = "billing" }\nrule "b" { subject = "x", category = 7 }\n')
    site.rule("71-new.lua", "rule {")
    done = site.run("reload", check=1)
    for place in ("70-new.lua:1:12: ", "70-new.lua:2:27: ", "71-new.lua:1:1: "):
        assert place in done.stderr
    assert done.stderr.splitlines()[-1].startswith("awsift reload: the rules were not loaded; generation 1 stays live, revision ")
    state = reload_state(site)
    assert state["state"] == "failed" and len(state["errors"]) == 3 and state["changed"] is False
    assert {change["file"] for change in state["changes"]} == {f"{site.rules}/70-new.lua", f"{site.rules}/71-new.lua"}
    assert done.stderr == site.run("reload", check=1).stderr, "the same files are refused with the same words"


def test_failing_test_is_named(site, daemon):
    site.rule("70-new.lua", NEW + 'test "the new rule" { subject = "A notice nobody knew 7", expect = { category = "maintenance" } }\n')
    said = site.run("reload", check=1).stderr
    words = f"{site.rules}/70-new.lua:2: test 'the new rule' failed: category: expected "
    assert words in said and words in site.run("status").stdout and words in site.run("check", check=1).stderr
    assert words in daemon.log


def test_no_daemon_is_for_later(site):
    assert "no awsift runs" in site.run("reload", check=75).stderr


def test_two_at_once_get_true_answers(site, daemon):
    save_slow_rules(site)
    first = asked(site, "--json")
    site.wait_loading()
    site.rule("70-new.lua", NEW)
    others = [asked(site, "--json") for _ in range(3)]
    answers = [json.loads(process.communicate()[0]) for process in [first, *others]]
    assert [answer["ok"] for answer in answers] == [True] * 4
    live = site.objects("status")[0]["generation"]
    assert {answer["revision"] for answer in answers[1:]} == {live["revision"]}
    assert answers[0]["generation"] < live["number"] and answers[0]["rules"] == live["rules"] - 1


def test_daemon_that_ends_says_so(site, daemon):
    save_slow_rules(site, HANGING)
    process = asked(site)
    site.wait_loading()
    daemon.process.send_signal(signal.SIGTERM)
    _, said = process.communicate()
    assert process.returncode == 75 and "end" in said, said
    assert daemon.stop() == 0


def test_daemon_that_is_killed_leaves_the_next_start_whole(site, daemon):
    save_slow_rules(site)
    process = asked(site)
    site.wait_loading()
    site.deliver(make_mail("A notice nobody knew 7"))
    daemon.stop(signal.SIGKILL)
    _, said = process.communicate()
    assert process.returncode == 75 and "ended before it answered" in said
    site.rule("70-new.lua", NEW)
    site.daemon()
    (row,) = site.wait_mails(1)
    assert row["category"] in ("billing", "unmatched")
    assert reload_state(site)["cause"] == "start" and reload_state(site)["before"] == {"generation": None, "revision": None}


def test_decider_that_is_killed_while_it_loads_is_replaced(site, daemon):
    live = len(daemon.children())
    save_slow_rules(site)
    process = asked(site, "--json")
    site.wait_loading()
    for _ in range(2):
        victim = loader(daemon)
        os.kill(victim, signal.SIGKILL)
        wait_for("another one to load", lambda: victim not in daemon.children() and len(daemon.children()) > live)
    answer = json.loads(process.communicate()[0])
    assert answer["ok"] and answer["generation"] == 2
    wait_for("the old generation to go", lambda: len(daemon.children()) == live)


def test_live_decider_that_is_killed_during_a_reload_costs_no_mail(site, daemon):
    live = [worker["pid"] for worker in site.objects("status")[0]["deciders"]]
    save_slow_rules(site)
    process = asked(site)
    site.wait_loading()
    for number in range(10):
        site.deliver(make_mail(f"A notice nobody knew {number}"))
    os.kill(live[0], signal.SIGKILL)
    process.communicate()
    assert process.returncode == 0 and len(site.wait_mails(10)) == 10


def test_reloads_while_a_rule_file_hangs(site, daemon):
    """Many ask while it loads, and all are answered by what became of the files as they were then; mail is decided
    meanwhile; what mends it is loaded."""
    save_slow_rules(site)
    site.rule("70-hanging.lua", HANGING)
    first = asked(site, "--json")
    site.wait_loading()
    others = [asked(site, "--json") for _ in range(5)]
    for _ in range(5):
        daemon.process.send_signal(signal.SIGHUP)
    site.deliver(make_mail("A notice nobody knew 7"))
    assert site.wait_mails(1)[0]["category"] == "unmatched"
    site.rule("70-hanging.lua", NEW)
    answers = [json.loads(process.communicate()[0]) for process in [first, *others]]
    assert not answers[0]["ok"] and answers[0]["generation"] == 1
    wait_for("the mended rules to be live", lambda: reload_state(site)["generation"] == 2)
    live = site.objects("status")[0]["generation"]
    for answer in answers:
        assert answer["revision"] == live["revision"] if answer["ok"] else "70-hanging.lua" in answer["errors"][0]["file"]


def test_storm_of_signals_is_two_reloads_at_most(site, daemon):
    save_slow_rules(site)
    for _ in range(50):
        daemon.process.send_signal(signal.SIGHUP)
    wait_for("the rules to be live", lambda: reload_state(site)["state"] == "ok" and reload_state(site)["generation"] == 2)
    assert daemon.log.count(" live: revision ") == 2
