"""One job at a time in a workspace: the second ends at once with 75, and a killed one leaves no lock behind."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from minyi.console import Console
from minyi.jobs.lock import LOCK, Busy, holder, one_at_a_time
from minyi.receipts import recorded_run
from minyi.workspace import open_workspace

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from minyi.jobs.lock import one_at_a_time
with one_at_a_time(Path(sys.argv[1]), "collect"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(study: Path, started: Callable[..., subprocess.Popen[str]]) -> Iterator[subprocess.Popen[str]]:
    """Another process that works in the study's workspace, until it is ended."""
    process = started("-c", HOLDER, study / "data")
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_job_ends_at_once_and_names_who_is_at_work(
    study: Path, other: subprocess.Popen[str], minyi: Callable
) -> None:
    began = time.monotonic()
    code, _, err = minyi("collect", study)

    assert code == 75
    assert time.monotonic() - began < 5, "it does not wait"
    assert f"`minyi collect` (process {other.pid}, since 20" in err
    assert "Wait for it to end" in err
    with open_workspace(study) as workspace:
        assert workspace.store.runs(workspace.study.id) == []
    assert not (study / "data" / "receipts").exists()


def test_being_told_so_takes_no_time(study: Path, other: subprocess.Popen[str]) -> None:
    began = time.monotonic()
    with pytest.raises(Busy), one_at_a_time(study / "data", "analyse"):
        pass
    assert time.monotonic() - began < 0.5


def test_a_job_for_a_machine_reads_busy_as_the_last_line(
    study: Path, other: subprocess.Popen[str], minyi: Callable
) -> None:
    code, out, _ = minyi("analyse", study, "--json")

    assert code == 75
    assert json.loads(out.splitlines()[-1])["type"] == "Busy"


def test_a_killed_job_leaves_no_lock(study: Path, other: subprocess.Popen[str]) -> None:
    assert holder(study / "data") is not None
    other.kill()
    other.wait(timeout=20)

    assert holder(study / "data") is None
    assert (study / "data" / LOCK).exists(), "the file stays: what holds is the system's lock on it"
    with one_at_a_time(study / "data", "collect"):
        told = holder(study / "data")
    assert told is not None
    assert (told.pid, told.command) == (os.getpid(), "collect")


def test_people_label_while_a_job_collects(study: Path, other: subprocess.Popen[str]) -> None:
    with open_workspace(study) as workspace:
        with recorded_run(workspace, "label", Console(quiet=True), shared=True):
            pass
        with pytest.raises(Busy), recorded_run(workspace, "report", Console(quiet=True)):
            pass
        assert [run.command for run in workspace.store.runs(workspace.study.id)] == ["label"]


def test_a_job_of_several_steps_holds_its_workspace_from_the_first_to_the_last(
    study: Path, started: Callable[..., subprocess.Popen[str]]
) -> None:
    data = study / "data"
    with one_at_a_time(data, "run"):
        with one_at_a_time(data, "collect"):
            pass
        process = started("-c", HOLDER, data)
        _, err = process.communicate("", timeout=20)

    assert "Busy" in err
    with one_at_a_time(data, "analyse"):
        pass


def test_asking_who_is_at_work_keeps_nobody_from_working(study: Path) -> None:
    data = study / "data"
    assert holder(data) is None
    assert not data.exists(), "asking makes nothing"
    with one_at_a_time(data, "run"):
        pass
    assert holder(data) is None
    with one_at_a_time(data, "run"):
        pass


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"[1]", b'{"pid": "x", "command": 3}', b"{" * 9_000])
def test_whatever_the_file_says_the_lock_is_the_systems(study: Path, content: bytes) -> None:
    (study / "data").mkdir()
    (study / "data" / LOCK).write_bytes(content)

    assert holder(study / "data") is None
    with one_at_a_time(study / "data", "run"):
        told = holder(study / "data")
    assert told is not None
    assert told.command == "run"


def test_a_workspace_is_told_from_its_copy(study: Path, tmp_path: Path) -> None:
    with one_at_a_time(study / "data", "run") as first:
        pass
    shutil.copytree(study / "data", tmp_path / "copy")

    with one_at_a_time(study / "data", "run") as again, one_at_a_time(tmp_path / "copy", "run") as copied:
        pass
    assert again.place == first.place
    assert copied.place != first.place


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")

    with pytest.raises(Exception, match="the lock cannot be taken"), one_at_a_time(tmp_path / "data", "run"):
        pass
