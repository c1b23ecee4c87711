"""Collecting while the network fails: nothing is lost, doubled or taken half; and the script that says so can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "faults" / "network.py"
PLANTS = ("half-taken", "moved-on", "stored-anew", "without-a-type", "no-deadline")


def ended(*options: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_a_hundred_faults_lose_nothing_and_double_nothing() -> None:
    code, said = ended("--quick")
    assert code == 0, said


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("plant", ["moved-on"])  # the others: benchmarks/operate.py
def test_a_line_broken_on_purpose_is_found(plant: str) -> None:
    code, said = ended("--quick", "--plant", plant)
    assert code == 1, said
    assert "FAILS" in said


@pytest.mark.slow
def test_the_script_names_its_plants() -> None:
    code, said = ended("--plants")
    assert code == 0
    assert [line.partition("\t")[0] for line in said.splitlines()] == [*PLANTS]
