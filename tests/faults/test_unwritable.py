"""Where nothing can be written, what is there can be read: commands that only read go on, the others say why not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from storage.database_failures import Unwritable
from storage.errors import MinyiError
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def fixed(worked: Path, by_the_modes: None) -> Iterator[Path]:
    """A study of which nothing may be changed."""
    del by_the_modes
    _allow(worked, write=False)
    yield worked
    _allow(worked, write=True)


def _allow(folder: Path, *, write: bool) -> None:
    for path in [folder, *folder.rglob("*")]:
        mode = path.stat().st_mode & 0o777
        path.chmod(mode | 0o200 if write else mode & ~0o222)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_only_reads_goes_on_and_leaves_all_as_it_is(fixed: Path, minyi: Callable, tmp_path: Path) -> None:
    before, numbers = contents(fixed), fixed / "reports" / "numbers.json"
    for command in (
        ("status", fixed), ("search", fixed, "手续费"), ("export", fixed, "--out", tmp_path / "out"),
        ("verify", numbers, "--study", fixed), ("check", fixed), ("privacy", fixed),
        ("backup", fixed, tmp_path / "copy.db"),
    ):  # fmt: skip
        code, out, err = minyi(*command)
        assert (code, "error" in err) == (0, False), (command, out, err)
    assert contents(fixed) == before
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM comment").fetchone() == (4,)


def test_what_would_write_says_so_and_the_old_report_is_there(fixed: Path, minyi: Callable) -> None:
    before = contents(fixed)
    for command in ("run", "collect", "analyse", "report", "reparse", "sample"):
        code, _, err = minyi(command, fixed)
        assert code == 1, (command, err)
        assert str(fixed / "data") in err, command
        assert "what to do: " in err, command
        assert "Traceback" not in err, command
    assert contents(fixed) == before


def test_the_doctor_looks_at_everything_and_says_what_cannot_be_written(fixed: Path, minyi: Callable) -> None:
    code, out, _ = minyi("doctor", fixed, "--json")

    found = [json.loads(line) for line in out.splitlines()]
    said: dict[str, list[Any]] = {}
    for each in found[:-1]:
        said.setdefault(each["check"], []).append(each["state"])
    assert code == 1
    assert said["folders"] == ["fail"] * 3
    assert (said["database"], said["key"], said["runs"]) == (["ok"], ["ok"], ["ok"])
    assert "Nothing has run" not in out


def test_a_log_that_cannot_be_read_is_never_passed_over(worked: Path, by_the_modes: None) -> None:
    """What was written last lies in the log; a reader that left it out would tell of an older state."""
    del by_the_modes
    file = worked / "data" / "minyi.db"
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("INSERT INTO setting (name, value) VALUES ('last', 'said')")
        writer.commit()
        log = Path(f"{file}-wal").read_bytes()
    assert log
    Path(f"{file}-wal").write_bytes(log)
    (worked / "data").chmod(0o555)
    file.chmod(0o444)
    with pytest.raises(Unwritable) as caught, Store.open(f"sqlite:///{file}", worked / "data") as store:
        store.runs("fees")
    (worked / "data").chmod(0o755)
    assert "copy the folder with all its files" in str(caught.value)


def test_an_older_shape_that_cannot_be_brought_up_to_date_says_so(worked: Path, by_the_modes: None) -> None:
    del by_the_modes
    file = worked / "data" / "minyi.db"
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("UPDATE alembic_version SET version_num = '0007'")
        writer.commit()
    (worked / "data").chmod(0o555)
    file.chmod(0o444)
    with pytest.raises(MinyiError, match="no copy can be written"):
        Store.open(f"sqlite:///{file}", worked / "data")
    (worked / "data").chmod(0o755)


def test_a_study_that_the_database_does_not_know_cannot_be_begun_there(fixed: Path, minyi: Callable) -> None:
    fixed.chmod(0o755)
    (fixed / "study.toml").chmod(0o644)
    text = (fixed / "study.toml").read_text("utf-8")
    (fixed / "study.toml").write_text(text.replace('"fees"', '"other"'), encoding="utf-8")
    code, _, err = minyi("status", fixed)

    assert code == 1
    assert "what to do: " in err
