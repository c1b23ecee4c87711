"""A PostgreSQL server that goes away, and two machines that share one; and the script that measures it can fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from minyi.workspace import open_workspace

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "faults" / "server.py"
PLANTS = ("never-again", "again-blindly", "taken-for-done", "as-it-comes")

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def ended(*options: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_server_that_goes_away_again_and_again_loses_nothing(cluster: Any) -> None:
    code, said = ended("--quick")
    assert code == 0, said


@pytest.mark.thorough
@pytest.mark.parametrize("plant", ["again-blindly"])  # the others: benchmarks/operate.py
def test_a_line_broken_on_purpose_is_found(cluster: Any, plant: str) -> None:
    code, said = ended("--quick", "--plant", plant)
    assert code == 1, said
    assert "FAILS" in said


def test_the_script_names_its_plants() -> None:
    code, said = ended("--plants")
    assert code == 0
    assert [line.partition("\t")[0] for line in said.splitlines()] == [*PLANTS]


def test_of_two_machines_one_has_the_window(cluster: Any, worked: Path, tmp_path: Path) -> None:
    """Each has its own folder, with the same study file, key and server."""
    surroundings = os.environ | {"MINYI_DATABASE_URL": cluster.create("machines")}
    shutil.rmtree(worked / "reports")
    (worked / "data" / "minyi.db").unlink()
    (worked / "data" / "job.lock").unlink()  # what tells one folder from a copy of it
    other = shutil.copytree(worked, tmp_path / "other")
    command = [sys.executable, "-m", "minyi", "run", "--quiet"]
    both = [subprocess.Popen([*command, str(folder)], env=surroundings) for folder in (worked, other)]
    codes = sorted(one.wait(120) for one in both)

    assert codes in ([0, 75], [0, 0])  # busy, or so late that it was done already
    wrote = [(folder / "reports").exists() for folder in (worked, other)]
    assert wrote.count(True) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINYI_DATABASE_URL", surroundings["MINYI_DATABASE_URL"])
        with open_workspace(worked) as workspace:
            (window,) = workspace.store.windows.latest("fees", "run", 5)
            commands = [run.command for run in workspace.store.runs("fees")]
    assert (window.state, window.tries) == ("done", 1)
    assert sorted(commands) == sorted({*commands})
