"""A bit that turned over in what is stored: the report is refused with a reason, or is the same; never another one."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

FAULTS = Path(__file__).parents[2] / "benchmarks" / "faults"


@pytest.fixture
def damage(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script that measures it."""
    monkeypatch.syspath_prepend(FAULTS)
    import damage as script

    return script


def damaged(folder: Path, statement: str) -> None:
    """Changes the database as damage does: past every trigger."""
    with closing(sqlite3.connect(folder / "data" / "minyi.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount
        connection.commit()


def pages(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "reports").iterdir()}


SMALL = {
    "run": "UPDATE run SET started_at = started_at + 4096 WHERE command = 'collect'",
    "setting": "UPDATE setting SET value = value + 1 WHERE name LIKE 'data_change/%'",
    "change_count": "UPDATE change_count SET n = n - 1",
    "report": "UPDATE report SET sha256 = 'a' || substr(sha256, 2) WHERE path LIKE '%manifest.json'",
    "coding": "UPDATE coding SET annotator = 'embedded@9'",
}


@pytest.mark.parametrize(
    "table", ["run", *(pytest.param(name, marks=pytest.mark.slow) for name in SMALL if name != "run")]
)
def test_a_row_of_a_small_table_that_is_another_now_is_refused(
    minyi: Callable[..., Any], worked: Path, table: str
) -> None:
    before = pages(worked)
    damaged(worked, SMALL[table])
    found = minyi("report", worked)
    assert found.code == 1
    assert f"of {table} " in found.err
    assert "docs/keeping.md" in found.err
    assert pages(worked) == before


@pytest.mark.parametrize("table", ["finding", "report"])
def test_where_a_report_cannot_be_noted_the_last_one_stays(minyi: Callable[..., Any], worked: Path, table: str) -> None:
    """A page of the table is no page any more."""
    shutil.rmtree(worked / "data" / "rollups")
    shutil.rmtree(worked / "data" / "runs")
    file, before = worked / "data" / "minyi.db", pages(worked)
    with closing(sqlite3.connect(file)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
    body = bytearray(file.read_bytes())
    body[(page - 1) * size] ^= 1  # the kind of page
    file.write_bytes(body)
    found = minyi("report", worked)
    assert found.code == 1
    assert "damaged" in found.err
    assert pages(worked) == before


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("comment", "UPDATE comment SET text = replace(text, '取消', '取笑') WHERE text LIKE '%取消%'"),
        pytest.param("annotation", "UPDATE annotation SET stance = NULL", marks=pytest.mark.slow),
    ],
)
def test_comments_and_codes_are_compared_where_they_are_read(
    minyi: Callable[..., Any], worked: Path, table: str, change: str
) -> None:
    shutil.rmtree(worked / "data" / "rollups")
    shutil.rmtree(worked / "data" / "runs")
    damaged(worked, change)
    found = minyi("report", worked)
    assert found.code == 1
    assert f"of {table} (" in found.err


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("framed", "UPDATE framed SET cohort = 0 WHERE place = 1"),
        pytest.param("judgement", "UPDATE judgement SET coding = 99 WHERE comment % 2 = 0", marks=pytest.mark.slow),
    ],
)
def test_what_belongs_to_nothing_any_more_is_not_passed_over(
    minyi: Callable[..., Any], worked: Path, tmp_path: Path, table: str, change: str
) -> None:
    """A comment that has left the frame of its sample would change every estimate."""
    assert minyi("sample", worked, "--size", "4").code == 0
    sheet = tmp_path / "sheet.csv"
    assert minyi("labels", "export", worked, sheet).code == 0
    rows = [line.split(",")[0] for line in sheet.read_text("utf-8-sig").splitlines()[1:]]
    sheet.write_text("\n".join(["id,primary", *(f"{one},concern" for one in rows)]), "utf-8")
    assert minyi("labels", "import", worked, sheet, "--as", "Ann").code == 0
    damaged(worked, change)
    before = pages(worked)
    found = minyi("report", worked)
    assert found.code == 1
    assert f"of {table} (" in found.err
    assert pages(worked) == before


def test_no_row_is_hidden_by_an_index(minyi: Callable[..., Any], worked: Path, damage: ModuleType) -> None:
    """The study's name is another in a cell of the index by which its comments are found."""
    from damaged_study import flip, page_of

    for kept in ("rollups", "runs"):
        shutil.rmtree(worked / "data" / kept)
    database = worked / "data" / "minyi.db"
    flip(database, database.read_bytes().index(b"fees", page_of(database, "comment_in_order")), 0)
    before = pages(worked)
    found = minyi("report", worked)
    assert found.code == 1
    assert "an index hides some of 4 rows of comment" in found.err
    assert pages(worked) == before


def test_what_a_run_kept_is_not_built_on_once_it_is_another(minyi: Callable[..., Any], worked: Path) -> None:
    (file,) = (worked / "data" / "runs").glob("*/numbers.json")
    file.write_bytes(file.read_bytes().replace(b"2026", b"2027", 1))
    found = minyi("report", worked)
    assert found.code == 1
    assert "numbers.json" in found.err
    shutil.rmtree(file.parent)
    assert minyi("report", worked).code == 0


@pytest.mark.slow
def test_sixty_bits_anywhere_change_no_report(damage: ModuleType, tmp_path: Path) -> None:
    from damaged_study import states

    with damage.still():
        made = states(tmp_path / "made", 120)
        found = list(damage.trials(made, tmp_path, 60))
    outcomes = Counter(trial.outcome for trial in found)
    assert not {damage.OTHER, damage.UNTYPED} & outcomes.keys(), found
    assert outcomes[damage.HASH]
    assert outcomes[damage.REFUSED]
