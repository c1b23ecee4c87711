"""Kept answers: found again, never overwritten, shared by threads and processes, and no obstacle when gone."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from storage.answers import FILE, Answers
from storage.database_failures import CorruptDatabase, NotADatabase, Unwritable

if TYPE_CHECKING:
    from pathlib import Path


def keys(n: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in range(n)]


def test_answers_come_back_and_others_are_unknown(tmp_path: Path) -> None:
    Answers(tmp_path).remember({key: b"\x00" + key for key in keys(1500)})
    known = Answers(tmp_path).recall(keys(2000))
    assert known == {key: b"\x00" + key for key in keys(1500)}


def test_an_answer_that_is_known_stays(tmp_path: Path) -> None:
    answers = Answers(tmp_path)
    answers.remember({b"key": b"first"})
    answers.remember({b"key": b"second", b"other": b"new"})
    assert answers.recall([b"key", b"other"]) == {b"key": b"first", b"other": b"new"}


def test_asking_alone_makes_no_file(tmp_path: Path) -> None:
    assert Answers(tmp_path / "data").recall([b"key"]) == {}
    Answers(tmp_path / "data").remember({})
    assert not (tmp_path / "data").exists()


def test_threads_of_one_run_share_it(tmp_path: Path) -> None:
    answers = Answers(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: answers.remember({key: key}), keys(40)))
    assert len(answers.recall(keys(40))) == 40


def test_runs_at_the_same_time_share_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from storage.answers import Answers\n"
        "for n in range(25): Answers(Path(sys.argv[1])).remember({f'{sys.argv[2]}{n}'.encode(): b'x'})"
    )
    runs = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name]) for name in "ab"]
    assert [run.wait(60) for run in runs] == [0, 0]
    assert len(Answers(tmp_path).recall(f"{name}{n}".encode() for name in "ab" for n in range(25))) == 50


def test_a_file_that_is_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"these are no answers, and this is no database at all" * 30)
    with pytest.raises(NotADatabase) as raised:
        Answers(tmp_path).recall([b"key"])
    assert FILE in raised.value.where


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(Unwritable):
        Answers(tmp_path / "data").remember({b"key": b"value"})


def test_a_file_that_is_damaged_or_foreign_may_be_moved_away(tmp_path: Path) -> None:
    answers, path = Answers(tmp_path), tmp_path / FILE
    answers.remember({bytes([n]): b"x" * 500 for n in range(200)})
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(CorruptDatabase, match="Move the file away"):
        answers.recall([b"\x01"])
    path.unlink()
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("CREATE TABLE answer (other)")
    with pytest.raises(CorruptDatabase, match="a column of the database is missing"):
        answers.recall([b"\x01"])
    with pytest.raises(NotADatabase, match="Move the file away"):
        answers.remember({b"\x01": b"x"})
    path.unlink()
    assert answers.recall([b"\x01"]) == {}
