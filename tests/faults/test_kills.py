"""Killed by SIGKILL at any kind of point, every step can be repeated, and then nothing tells that it was killed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

FAULTS = Path(__file__).parents[2] / "benchmarks" / "faults"
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch, copied_databases: None) -> ModuleType:
    """The script that measures it."""
    monkeypatch.syspath_prepend(FAULTS)
    import kills as script

    return script


def found(kills: ModuleType, *arguments: str, json_file: Path) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and figures, from a process of its own: what listens for points stays in it for good."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = kills.main([*arguments, "--json", str(json_file)])
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(json_file.read_text())


@pytest.mark.slow
def test_killed_while_importing_or_collecting_nothing_is_lost_and_nothing_doubled(
    kills: ModuleType, tmp_path: Path
) -> None:
    code, figures = found(kills, "--steps", "import", "collect", "--points", "8", json_file=tmp_path / "a.json")

    assert code == 0, figures
    assert {figure["measured"] for figure in figures} == {"0 of 8"}


@pytest.mark.slow
def test_every_step_can_be_killed(kills: ModuleType, tmp_path: Path) -> None:
    code, figures = found(kills, "--quick", json_file=tmp_path / "a.json")

    assert code == 0, figures


@pytest.mark.slow
@pytest.mark.postgres
def test_every_step_can_be_killed_on_a_server(kills: ModuleType, tmp_path: Path) -> None:
    from kill_server import programs

    if programs() is None:
        pytest.skip("PostgreSQL's server programs, or its driver, are not installed")
    code, figures = found(kills, "--points", "0", "--on-server", "14", json_file=tmp_path / "a.json")

    assert code == 0, figures
    assert any("PostgreSQL" in figure["promise"] for figure in figures)


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("plant", ["torn"])  # the others: benchmarks/operate.py
def test_faults_are_found(kills: ModuleType, tmp_path: Path, plant: str) -> None:
    code, figures = found(kills, "--plant", plant, json_file=tmp_path / "a.json")

    assert code == 1
    assert not all(figure["holds"] for figure in figures)
