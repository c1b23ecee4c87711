"""A day of hourly runs in which everything goes wrong: nothing is lost or doubled; benchmarks/operate.py breaks it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "faults" / "soak.py"
PLANTS = ("no-claim", "cursor-first", "leaking", "littering", "told-again")


def ended(*options: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_a_day_of_hourly_runs_loses_nothing_and_doubles_nothing() -> None:
    code, said = ended("--quick")
    assert code == 0, said


@pytest.mark.slow
def test_the_script_names_its_plants() -> None:
    code, said = ended("--plants")
    assert code == 0
    assert [line.partition("\t")[0] for line in said.splitlines()] == [*PLANTS]
