"""A job's streams may be narrow, closed or full: a command still ends as it should."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MINYI = [sys.executable, "-m", "minyi"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "c.csv"
    path.write_text("评论内容\n手续费太高了吧\n", encoding="utf-8")
    return path


def test_a_stream_that_knows_no_chinese_is_no_obstacle(
    minyi: Callable[..., Any], study: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    with io.TextIOWrapper(out, encoding="ascii", write_through=True) as narrow:
        monkeypatch.setattr(sys, "stdout", narrow)
        assert minyi("import", table, "--study", study).code == 0
        assert b"1 new" in out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_process_whose_streams_know_no_chinese_ends_well(study: Path, table: Path, encoding: str) -> None:
    done = subprocess.run(
        [*MINYI, "import", str(table), "--study", str(study)],
        env={"PYTHONIOENCODING": encoding, "PATH": ""}, capture_output=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert b"1 new" in done.stdout


def test_a_closed_stream_is_no_obstacle(study: Path) -> None:
    done = subprocess.run(["/bin/sh", "-c", '"$0" -m minyi check "$1" >&-', sys.executable, str(study)], check=False)

    assert done.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_the_stream_is_a_failure_without_a_traceback(study: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = told(["check", str(study)], full)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def told(arguments: list[str], stdout: IO[str] | int) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MINYI, *arguments], stdout=stdout, stderr=subprocess.PIPE, check=False, text=True)


@pytest.fixture
def closed_pipe() -> Iterator[int]:
    """The end to write to of a pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.mark.parametrize("command", [["sources"], ["check", "nowhere", "--json"]])
def test_a_closed_pipe_ends_a_command_without_a_word(closed_pipe: int, command: list[str]) -> None:
    done = told(command, closed_pipe)

    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_json_is_said_on_standard_error() -> None:
    with Path("/dev/full").open("w") as full:
        done = told(["check", "nowhere", "--json"], full)

    assert done.returncode == 1
    assert done.stderr == "warning: could not go on: No space left on device\n"


@pytest.mark.slow
def test_a_closed_pipe_is_no_fault_of_the_file_that_is_imported(study: Path, table: Path, closed_pipe: int) -> None:
    done = told(["import", str(table), "--study", str(study)], closed_pipe)

    assert (done.returncode, done.stderr) == (1, "")
    (receipt,) = (study / "data" / "receipts").iterdir()
    assert [failure["what"] for failure in json.loads(receipt.read_text())["failures"]] == [
        "standard output takes no more"
    ]
