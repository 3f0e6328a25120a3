"""Deciders behind commands and the keeper: what they hold, and that one that dies takes only its own mail."""
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import BINARY, SANITIZED, Daemon, make_mail, retirement, wait_for
from test_actor import Actor

STALLS = """
rule "test.stalls" {
  subject = starts "Stall", speaker = "any", category = "billing",
  actions = function(m) string.find(("a"):rep(40), ("a?"):rep(40) .. ("a"):rep(40) .. "b") end,
}
"""


def children_of(pid):
    """The deciders that a process has started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in text.split() if b"decider" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_a_decider_that_is_killed_costs_one_mail(site):
    site.config.write_text(site.config.read_text(encoding="utf-8") + 'deciders { time = "60s" }\n', encoding="utf-8")
    site.rule("70-stalls.lua", STALLS)
    folder = site.folder / "mails"
    folder.mkdir()
    (folder / "1.eml").write_bytes(b"From: a@example.com\nSubject: Stall\n\nx\n")
    (folder / "2.eml").write_bytes(retirement())
    (folder / "3.eml").write_bytes(retirement())
    command = subprocess.Popen([BINARY, "classify", "--json", "-c", site.config, folder], cwd=site.folder,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    def stalled():  # busy for a while: in the rule
        for child in children_of(command.pid):
            used = sum(map(int, Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]))
            started = Path(f"/proc/{child}/wchan").read_text(encoding="utf-8")
            if used > 100 and started in ("0", ""):
                return child
        return None
    os.kill(wait_for("the decider to stall", stalled), signal.SIGKILL)
    output, complaints = command.communicate(timeout=60)
    assert command.returncode == 1 and "gave no answer" in complaints
    assert output.count('"rule":"test.retirement"') == 2, output + complaints


HANGS = """
rule "hang.%s" {
  subject = starts "Hang", speaker = "any", category = "billing",
  when = function() return string.find(string.rep("a", 800), ".-.-.-.-b") end,
}
"""


def hanging(site, *names):
    """A mail over which so many rules hang in C, where no budget is counted."""
    site.config.write_text(site.config.read_text(encoding="utf-8") + 'deciders { time = "200ms" }\n', encoding="utf-8")
    site.rule("10-hang.lua", "".join(HANGS % name for name in names))
    site.rule("90-last.lua", 'rule "test.last" { subject = starts "Hang", speaker = "any", category = "billing" }\n')
    mails = site.folder / "mails"
    mails.mkdir()
    (mails / "1.eml").write_bytes(make_mail("Hang"))
    (mails / "2.eml").write_bytes(retirement())
    return mails


def blamed(decision):
    return [(error["rule"], error["kind"]) for error in decision["errors"]]


@pytest.mark.parametrize("command", ["classify", "explain"])
def test_a_rule_that_hangs_is_named_and_passed_over(site, command):
    first, second = (answer.get("decision", answer) for answer in site.objects(command, hanging(site, "one", "two")))
    assert first["rule"] == "test.last" and blamed(first) == [("hang.one", "time"), ("hang.two", "time")]
    assert all(error["message"] for error in first["errors"])
    assert second["rule"] == "test.retirement" and second["errors"] == []


def test_a_rule_that_hangs_is_passed_over_by_inspect_and_dry_runs(site):
    mails = hanging(site, "one")
    assert [mail["subject"].split()[0] for mail in site.objects("inspect", mails)] == ["Hang", "Amazon"]
    site.deliver((mails / "1.eml").read_bytes())
    (decision,) = site.objects("run", "--dry-run")
    assert decision["rule"] == "test.last" and blamed(decision) == [("hang.one", "time")]


def test_too_many_rules_that_hang_cost_the_mail_alone(site):
    mails = hanging(site, "one", "two", "three", "four")
    done = site.run("classify", "--json", mails, check=1)
    assert "hang.four" in done.stderr and "1.eml" in done.stderr
    assert '"rule":"test.retirement"' in done.stdout


def test_a_mail_over_which_no_rule_hangs_accuses_none(site):
    hanging(site, "one")
    command = subprocess.Popen([BINARY, "classify", "--json", "-c", site.config, "-", site.folder / "mails" / "2.eml"],
                               cwd=site.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    def waits():  # the rules are loaded
        return Path(f"/proc/{command.pid}/wchan").read_text(encoding="utf-8").startswith(("pipe_", "anon_pipe_")) \
            and children_of(command.pid)
    os.kill(wait_for("the decider to wait", waits)[0], signal.SIGSTOP)
    output, complaints = command.communicate(retirement(), timeout=60)
    assert command.returncode == 1 and b"no rule is to blame" in complaints, complaints
    assert output.count(b'"rule":"test.retirement"') == 1, output + complaints


FAST_PROCESSORS = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (clock < 0) { /* another process's */
        long long used = (time->tv_sec * 1000000000LL + time->tv_nsec) * 10;
        *time = (struct timespec){used / 1000000000, used % 1000000000};
    }
    return result;
}
"""


@pytest.mark.skipif(SANITIZED or not shutil.which("cc"), reason="nothing can be put in front of the C library here")
@pytest.mark.parametrize("file, text", [
    ("10-hang.lua", 'string.find(string.rep("a", 2000), ".-.-.-.-.-b")\n'),
    ("tests/hang.lua", 'test "hangs" { subject = "Hang", expect = { category = "billing" } }\n'),
])
def test_a_file_that_hangs_is_named(site, tmp_path, monkeypatch, file, text):
    """The ten seconds that a file may take are of the decider's processor, which is made to count tenfold."""
    (tmp_path / "clock.c").write_text(FAST_PROCESSORS, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "clock.so", tmp_path / "clock.c"], check=True)
    (site.rules / "tests").mkdir()
    site.rule("20-slow.lua", (HANGS % "one").replace("800", "2000").replace("-b", "-.-b"))
    (site.rules / file).write_text(text, encoding="utf-8")
    monkeypatch.setenv("LD_PRELOAD", str(tmp_path / "clock.so"))
    done = site.run("check", check=1)
    assert f"{site.rules}/{file}:1: the decider did not finish loading within 10 s" in done.stderr, done.stderr


@pytest.mark.skipif(SANITIZED, reason="sanitizers need more memory")
def test_the_least_memory_is_enough(site):
    site.config.write_text(site.config.read_text(encoding="utf-8") + 'deciders { memory = "64M" }\n', encoding="utf-8")
    mail = site.folder / "mail.eml"
    mail.write_bytes(retirement())
    assert site.objects("classify", mail)[0]["rule"] == "test.retirement"


@pytest.mark.skipif(SANITIZED, reason="sanitizers need more memory")
def test_rules_for_which_there_is_no_memory_are_said_to_be_too_many(site):
    """Lua has room for them, their indexes have not."""
    site.config.write_text(site.config.read_text(encoding="utf-8") + 'deciders { memory = "64M" }\n', encoding="utf-8")
    site.rule("20-many.lua", "".join(f'rule "many.r{n}" {{ subject = "Many {n} of {{any}}", body = "needle-{n}", category = "billing" }}\n'
                                     for n in range(7000)))
    assert "raise deciders.memory" in site.run("check", check=1).stderr
    (said,) = site.objects("check", check=1)
    assert any("raise deciders.memory" in error["message"] and error["line"] for error in said["errors"])
    daemon = Daemon(site)
    wait_for("the failure to be told", lambda: "raise deciders.memory" in site.run("status", check=None).stdout)
    site.rule("20-many.lua", "-- few\n")
    wait_for("the rules to be live", lambda: site.objects("status")[0]["generation"])
    assert daemon.process.poll() is None


def test_a_decider_holds_no_terminal_and_few_descriptors(site, daemon):
    deciders = children_of(daemon.process.pid)
    assert deciders
    for decider in deciders:
        held = {int(entry.name): os.readlink(entry) for entry in Path(f"/proc/{decider}/fd").iterdir()}
        assert set(held) <= set(range(6)) and held[0] == "/dev/null", held
        status = Path(f"/proc/{decider}/status").read_text(encoding="utf-8")
        assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status


def test_patterns_are_compiled_inside_the_jail(tmp_path):
    decider = Actor("decider", "", tmp_path, program="decider")
    assert decider.ready["jit"] is True and decider.ready["errors"] == []
    decider.close()
