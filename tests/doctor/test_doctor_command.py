"""The command: every check is made, whatever another one meets, and the exit code says the worst."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from minyi import cli
from minyi.commands import register
from minyi.doctor import examining
from minyi.doctor.finding import Finding, exit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from minyi.doctor.patient import Patient


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def doctor() -> Callable:
    register(cli.app)

    def run(*arguments: object) -> tuple[int, str]:
        outcome = CliRunner().invoke(cli.app, ["doctor", *map(str, arguments)])
        return outcome.exit_code, outcome.output

    return run


@pytest.mark.parametrize(
    ("states", "code"), [([], 0), (["ok"], 0), (["ok", "warn"], 3), (["warn", "fail", "ok"], 1)], ids=str
)
def test_the_exit_code_says_the_worst(states: list, code: int) -> None:
    assert exit_of(Finding("it", state, "So it is.") for state in states) == code


def test_looking_changes_nothing(study: Path, doctor: Callable) -> None:
    before = contents(study)

    code, said = doctor(study, "--json")

    events = [json.loads(line) for line in said.splitlines()]
    after = {name: data for name, data in contents(study).items() if not name.endswith(("-shm", "-wal"))}
    assert after == {name: data for name, data in before.items() if not name.endswith(("-shm", "-wal"))}
    assert {event["event"] for event in events[:-1]} == {"finding"}
    assert (events[-1]["event"], events[-1]["exit"]) == ("done", code)


def test_every_check_finds_something_in_a_study(study: Path, doctor: Callable) -> None:
    (study / "study.toml").write_text((study / "study.toml").read_text() + "[schedule]\n", encoding="utf-8")

    _, said = doctor(study, "--json")

    checks = {json.loads(line).get("check") for line in said.splitlines()} - {None}
    named = {check.__name__.replace("_", " ") for check in examining.CHECKS}
    assert checks >= named - {"pdf", "variables"}  # these speak only where there is something to look at
    assert checks <= named


def test_a_check_that_cannot_be_made_is_a_finding_and_the_others_go_on(
    study: Path, doctor: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folders(_patient: Patient) -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied")
        yield

    def last(_patient: Patient) -> Iterator[Finding]:
        yield Finding("last", "ok", "Reached.")

    monkeypatch.setattr(examining, "CHECKS", (folders, last))

    code, said = doctor(study)

    assert code == 1
    assert "fail  folders: This cannot be looked at (Permission denied)." in said
    assert "ok    last: Reached." in said


def test_quiet_says_only_what_somebody_should_look_at(
    study: Path, doctor: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checks(_patient: Patient) -> Iterator[Finding]:
        yield Finding("fine", "ok", "Nothing to see.")
        yield Finding("disk", "warn", "Little room.", "Make some.")

    monkeypatch.setattr(examining, "CHECKS", (checks,))

    assert doctor(study, "--quiet") == (3, "warning: disk: Little room. what to do: Make some.\n")
