"""Deciders behind commands and the keeper: what they hold, and that one that dies takes only its own mail."""
import os
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import BINARY, retirement, wait_for
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


@pytest.mark.skipif(b"__asan_init" in BINARY.read_bytes(), reason="sanitizers need more memory")
def test_the_least_memory_is_enough(site):
    site.config.write_text(site.config.read_text(encoding="utf-8") + 'deciders { memory = "64M" }\n', encoding="utf-8")
    mail = site.folder / "mail.eml"
    mail.write_bytes(retirement())
    assert site.objects("classify", mail)[0]["rule"] == "test.retirement"


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
