"""A fault at each step of a mail's journey (engine/base/fault_steps.c), over a build that can be made to fail. Run by
`./dev faults` (meson setup -Dfaults=true)."""
import os
import re
import subprocess

import pytest

from conftest import BINARY, SOURCE


def steps():
    """What the binary prints: {name: (process, whether it can fail)}."""
    done = subprocess.run([BINARY], env={**os.environ, "AWSIFT_FAULT": "list"}, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {name: (process, fails == "fails") for name, process, fails, _ in rows}


STEPS = steps()


def test_every_step_of_the_table_is_in_the_sources_and_the_other_way_round():
    named = {"point": set(), "fails": set()}
    for path in (SOURCE / "engine").rglob("*.c"):
        for kind, step in re.findall(r'\bfault_(point|fails)\("([^"]+)"\)', path.read_text()):
            named[kind].add(step)
    assert named["point"] | named["fails"] == set(STEPS) and not named["point"] & named["fails"]
    assert named["fails"] == {step for step, (_, fails) in STEPS.items() if fails}


@pytest.mark.parametrize("fault, said", [
    ("after-comit:kill", "no step 'after-comit'; the nearest is after-commit"), ("after-commit", "not STEP:WHAT"),
    ("after-commit:EIO", "knows kill, stop, crash"), ("after-commit:kill:0", "which passing"), ("before-commit:ENOWHERE", "names of errors"),
])
def test_what_there_is_not_is_refused(fault, said):
    done = subprocess.run([BINARY, "--version"], env={**os.environ, "AWSIFT_FAULT": fault}, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr and done.stdout == ""
