"""Where a job goes on is compared with what was written before anything is asked: damage would leave out what came."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MORE = "手续费应该取消,2026-03-05 12:00,小赵\n"


def flip(study: Path, table: str, change: str) -> None:
    """As damage does it: past the trigger."""
    with closing(sqlite3.connect(study / "data" / "minyi.db")) as connection:
        connection.execute(f"DROP TRIGGER {table}_unsealed")
        connection.execute(f"UPDATE {table} SET {change}")
        connection.commit()


def held(study: Path) -> list[int]:
    with closing(sqlite3.connect(study / "data" / "minyi.db")) as connection:
        tables = ("comment", "capture", "fetched", "waiting")
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


def add(study: Path) -> None:
    with (study / "comments.csv").open("a", encoding="utf-8") as file:
        file.write(MORE)


def receipt(study: Path, command: str) -> dict[str, Any]:
    files = sorted((study / "data" / "receipts").glob(f"*-{command}.json"), key=lambda path: path.stat().st_mtime_ns)
    loaded: dict[str, Any] = json.loads(files[-1].read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("change", ["cursor = '9'", "settled = '9'", "asked_to_wait = 1", "digest = 'd'"])
def test_collecting_refuses_a_state_that_is_not_what_was_written(study: Path, minyi: Callable, change: str) -> None:
    assert minyi("collect", study)[0] == 0
    before = held(study)
    flip(study, "source_state", change)
    add(study)
    code, _, err = minyi("collect", study)
    assert code == 1
    assert "1 of the rows of source_state (fees/c)" in err
    assert "minyi doctor" in err
    assert held(study) == before
    (failure,) = receipt(study, "collect")["failures"]
    assert failure["type"] == "CorruptDatabase"


def test_a_job_then_reports_what_was_there_before_and_says_so(study: Path, minyi: Callable) -> None:
    assert minyi("collect", study)[0] == 0
    before = held(study)
    flip(study, "source_state", "cursor = '9'")
    add(study)
    code, _, err = minyi("run", study)
    assert code == 3
    assert "nothing more could be collected" in err
    assert "1 of the rows of source_state (fees/c)" in err
    assert held(study) == before
    assert receipt(study, "run")["reports"]


def test_a_job_refuses_windows_that_are_not_what_was_written(study: Path, minyi: Callable) -> None:
    """One that failed, or never was, would pass for done."""
    assert minyi("run", study)[0] == 0
    before = held(study)
    flip(study, "job_window", "tries = 7")
    add(study)
    code, _, err = minyi("run", study, "--again")
    assert code == 1
    assert "1 of the rows of job_window (1)" in err
    assert held(study) == before
    (failure,) = receipt(study, "run")["failures"]
    assert failure["type"] == "CorruptDatabase"


def test_nothing_forgotten_is_let_in_by_damage(study: Path, minyi: Callable) -> None:
    assert minyi("collect", study)[0] == 0
    with closing(sqlite3.connect(study / "data" / "minyi.db")) as connection:
        (one, _) = connection.execute("SELECT id, text FROM comment ORDER BY key").fetchone()
    assert minyi("forget", study, "--comment", one)[0] in {0, 3}
    before = held(study)
    flip(study, "forgotten", "id = 'x' || substr(id, 2)")
    add(study)
    code, _, err = minyi("collect", study)
    assert code == 1
    assert "of the rows of forgotten (" in err
    assert held(study) == before


def test_what_a_person_changed_is_meant(study: Path, minyi: Callable) -> None:
    """Such as a source that is to begin anew."""
    assert minyi("collect", study)[0] == 0
    with closing(sqlite3.connect(study / "data" / "minyi.db")) as connection:
        connection.execute("UPDATE source_state SET cursor = NULL, settled = NULL")
        connection.execute("DELETE FROM fetched")
        connection.commit()
    add(study)
    before = held(study)
    assert minyi("collect", study)[0] == 0
    assert held(study)[0] == before[0] + 1
