"""A fault at each step of a mail's journey (engine/base/fault_steps.c), over a build that can be made to fail. Run by
`./dev faults` (meson setup -Dfaults=true)."""
import os
import re
import struct
import subprocess
from collections import Counter

import pytest

from conftest import BINARY, SOURCE
from journey import Journey, World


def steps():
    """What the binary prints: {name: (process, whether it can fail)}."""
    done = subprocess.run([BINARY], env={**os.environ, "AWSIFT_FAULT": "list"}, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {name: (process, fails == "fails") for name, process, fails, _ in rows}


STEPS = steps()
# Passed in every life, and no other moment in a later phase than in an earlier one.
DULL = {"recovery-begins", "recovery-ends", "snapshot-taken", "decider-started", "decider-ready", "actor-started", "generation-live",
        "stop-begins", "stop-ends", "before-file-sync", "before-replace", "after-replace", "before-folder-sync", "after-folder-sync",
        "before-remove", "after-remove", "before-begin"}


def test_every_step_of_the_table_is_in_the_sources_and_the_other_way_round():
    named = {"point": set(), "fails": set()}
    for path in (SOURCE / "engine").rglob("*.c"):
        for kind, step in re.findall(r'\bfault_(point|fails)\("([^"]+)"\)', path.read_text()):
            named[kind].add(step)
    assert named["point"] | named["fails"] == set(STEPS) and not named["point"] & named["fails"]
    assert named["fails"] == {step for step, (_, fails) in STEPS.items() if fails}


@pytest.fixture(scope="module")
def world():
    world = World()
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


def cut(stages, phase, faults, folder):
    """A site that went through a phase with these faults."""
    stage = stages[phase]
    stage.site.world.clear()
    site = stage.site.copy(folder / "site")
    getattr(site, phase)(faults)
    missing = stage.effects - site.effects()  # files were copied with the site, and requests were not
    site.check(phase, Counter({key: count for key, count in missing.items()}))
    assert site.planned() == stage.planned
    return site


def test_every_step_is_passed(stages):
    passed = stages["again"].counts_after
    assert [step for step, count in passed.items() if count == 0] == [], "no phase of journey.py comes by these"


@pytest.mark.parametrize("step", STEPS)
def test_killed_at(stages, step, tmp_path):
    """The first time that a phase comes by, and another time; only where it is another moment of the journey."""
    cases = 0
    for phase in Journey.PHASES:
        stage = stages[phase]
        first, last = stage.counts[step] + 1, stage.counts_after[step]
        passings = {first, first + (last - first) * 2 // 3} if phase == "load" else {first}
        if last < first or (cases and phase != "load" and step in DULL):
            continue
        for passing in sorted(passings):
            cases += 1
            site = cut(stages, phase, [f"{step}:kill:{passing}"], tmp_path / f"{phase}-{passing}")
            assert passing > first or f"a fault was ordered at {step}\n" in site.said
    assert cases > 0


@pytest.mark.parametrize("fault, said", [
    ("after-comit:kill", "no step 'after-comit'; the nearest is after-commit"), ("after-commit", "not STEP:WHAT"),
    ("after-commit:EIO", "knows kill, stop, crash"), ("after-commit:kill:0", "which passing"), ("before-commit:ENOWHERE", "names of errors"),
])
def test_what_there_is_not_is_refused(fault, said):
    done = subprocess.run([BINARY, "--version"], env={**os.environ, "AWSIFT_FAULT": fault}, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr and done.stdout == ""
