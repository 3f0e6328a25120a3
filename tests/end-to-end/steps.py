"""A fault at each step of a mail's journey (engine/base/fault_steps.c), over a build that can be made to fail. Run by
`./dev faults` (meson setup -Dfaults=true)."""
import os
import re
import signal
import struct
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from conftest import BINARY, SOURCE, wait_for
from journey import Journey, World


def steps():
    """What the binary prints: {name: (process, whether it can fail)}."""
    done = subprocess.run([BINARY], env={**os.environ, "AWSIFT_FAULT": "list"}, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {name: (process, fails == "fails") for name, process, fails, _ in rows}


STEPS = steps()
# How many moments of a step are tried: the first, or all there are that tell something new.
MOMENTS = None if os.environ.get("AWSIFT_STEPS") == "all" else 1
# Passed in every life, and no other moment in a later phase than in an earlier one.
DULL = {"recovery-begins", "recovery-ends", "snapshot-taken", "decider-started", "decider-ready", "actor-started", "generation-live",
        "stop-begins", "stop-ends", "before-file-sync", "before-replace", "after-replace", "before-folder-sync", "after-folder-sync",
        "before-remove", "after-remove", "before-begin", "cut-ended", "filings-mended", "leftovers-tidied", "before-allocate"}
# What upkeep has in common with a mail's journey, and is cut there too: the first time and the last.
SHARED = {"before-commit", "after-commit", "before-move", "after-move", "before-replace", "after-replace", "before-remove", "after-remove",
          "before-folder-sync", "after-folder-sync"}
ALIKE = {"full", "lost"}  # what these have in common with the others goes the same way


def test_every_step_of_the_table_is_in_the_sources_and_the_other_way_round():
    named = {"point": set(), "fails": set()}
    for path in (SOURCE / "engine").rglob("*.c"):
        for kind, step in re.findall(r'\bfault_(point|fails)\("([^"]+)"\)', path.read_text()):
            named[kind].add(step)
    assert named["point"] | named["fails"] == set(STEPS) and not named["point"] & named["fails"]
    assert named["fails"] == {step for step, (_, fails) in STEPS.items() if fails}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.close()


class Stage:
    """The site before a phase, and what an uncut journey makes of it."""

    def __init__(self, site, counts, effects):
        self.site, self.counts, self.effects = site, counts, effects
        self.counts_after = self.planned = None


def counts_of(site):
    """{step: how often it was passed}"""
    numbers = struct.unpack_from(f"{len(STEPS)}I", site.counts.read_bytes() if site.counts.exists() else bytes(4 * len(STEPS)))
    return dict(zip(STEPS, numbers))


@pytest.fixture(scope="module")
def stages(world, tmp_path_factory):
    """One journey without faults but for those that it needs."""
    folder = tmp_path_factory.mktemp("journey")
    world.clear()
    site = Journey(folder / "site", world).prepare()
    stages = {}
    for phase in Journey.PHASES:
        site.set_out(phase)
        before = site.effects()
        stages[phase] = stage = Stage(site.copy(folder / phase), counts_of(site), before)
        getattr(site, phase)([])
        site.check(phase, Counter())
        stage.counts_after, stage.planned = counts_of(site), site.planned()
    return stages


def cut(stages, phase, faults, folder, watch=lambda site: None):
    """A site that went through a phase with these faults."""
    stage = stages[phase]
    stage.site.world.clear()
    site = stage.site.copy(folder / "site")
    watch(site)
    getattr(site, phase)(faults)
    missing = stage.effects - site.effects()  # files were copied with the site, and requests were not
    site.check(phase, Counter({key: count for key, count in missing.items()}))
    assert site.planned() == stage.planned
    return site


def test_every_step_is_passed(stages):
    passed = stages[Journey.PHASES[-1]].counts_after
    assert [step for step, count in passed.items() if count == 0] == [], "no phase of journey.py comes by these"


def cuts(stages, step):
    """(phase, passing) where a kill tells something: the first in each phase, and a later one while most is going on."""
    passed = {phase: (stage.counts[step] + 1, stage.counts_after[step]) for phase, stage in stages.items()}
    passed = {phase: (first, last) for phase, (first, last) in passed.items() if last >= first}
    main = [phase for phase in Journey.MAIN if phase in passed and (step not in DULL or phase == "load")]
    for phase in main:
        first, last = passed[phase]
        yield phase, first
        if phase == "load" and last > first + 3 and step not in DULL:
            yield phase, first + (last - first) * 2 // 3
    for phase in Journey.UPKEEP:
        if phase in passed and (not main or (step in SHARED and phase not in ALIKE)):
            yield from [(phase, passing) for passing in sorted(set(passed[phase]))]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at(stages, step, tmp_path):
    for phase, passing in list(cuts(stages, step))[:MOMENTS]:
        site = cut(stages, phase, [f"{step}:kill:{passing}"], tmp_path / f"{phase}-{passing}")
        assert passing > stages[phase].counts[step] + 1 or f"a fault was ordered at {step}\n" in site.said
    assert list(cuts(stages, step)), "never passed"


@pytest.mark.parametrize("step", ["recovery-begins", "cut-ended", "recovery-mends", "filings-mended", "leftovers-tidied", "recovery-ends"])
def test_killed_in_recovery_and_again_in_the_next(stages, step, tmp_path):
    """The first life of that phase is cut over mail that is decided and not filed."""
    first = stages["load"].counts[step] + (1 if step == "recovery-mends" else 2)
    site = cut(stages, "load", [f"{step}:kill:{first}-{first + 1}"], tmp_path)
    assert site.said.count(f"a fault was ordered at {step}\n") == 2


FAILING = [step for step, (_, fails) in STEPS.items() if fails]


@pytest.mark.parametrize("step", FAILING)
def test_failing_at(stages, step, tmp_path):
    """What fails is tried again, by this life or the next, or told; it loses and doubles nothing."""
    moments = (("load", "EIO"), ("load", "ENOSPC"), ("aside", "EACCES"), ("arrive", "ENOSPC"), ("keep", "EIO"), ("restore", "ENOSPC"))
    for phase, error in [(phase, error) for phase, error in moments if stages[phase].counts_after[step] > stages[phase].counts[step]][:MOMENTS]:
        first, last = stages[phase].counts[step] + 1, stages[phase].counts_after[step]
        passing = first + (last - first) * 2 // 3 if error == "EIO" else first
        cut(stages, phase, [f"{step}:{error}:{passing}"], tmp_path / f"{phase}-{error}")


def stands(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


@pytest.mark.parametrize("step, ending", [("mail-handed", signal.SIGKILL), ("action-handed", signal.SIGKILL), ("after-commit", signal.SIGCONT),
                                          ("after-move", signal.SIGKILL), ("result-received", signal.SIGKILL)])
def test_a_keeper_that_stands_still(stages, step, ending, tmp_path):
    """Its children go on meanwhile, and what they did must be asked for or marked."""
    threads = []

    def watch(site):
        def end_it():
            wait_for("the keeper to stand still", lambda: site.process is not None and stands(site.process.pid))
            time.sleep(0.2)  # what they have in hand may well come to its end; nothing is asserted of that
            site.process.send_signal(ending)
        threads.append(threading.Thread(target=end_it))
        threads[-1].start()
    cut(stages, "load", [f"{step}:stop:{stages['load'].counts[step] + 1}"], tmp_path, watch)
    threads[0].join()


@pytest.mark.parametrize("step, phase", [("mail-read", "again"), ("before-answer", "again"), ("answer-awaited", "later")])
def test_a_child_that_stands_still(stages, step, phase, tmp_path):
    """It is ended after its time, and its work tried again."""
    site = cut(stages, phase, [f"{step}:stop:{stages[phase].counts[step] + 1}"], tmp_path)
    assert "overran its time" in site.said or "stood still" in site.said


@pytest.mark.parametrize("fault, said", [
    ("after-comit:kill", "no step 'after-comit'; the nearest is after-commit"), ("after-commit", "not STEP:WHAT"),
    ("after-commit:EIO", "knows kill, stop, crash"), ("after-commit:kill:0", "which passing"), ("before-commit:ENOWHERE", "names of errors"),
])
def test_what_there_is_not_is_refused(fault, said):
    done = subprocess.run([BINARY, "--version"], env={**os.environ, "AWSIFT_FAULT": fault}, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr and done.stdout == ""
