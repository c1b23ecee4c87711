"""A file imported again with corrected options puts right what the first import got wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import minyi as package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [("支持", "2026/3/10", "2026/3/11"), ("支持", "2026/3/11", "2026/3/12"), ("太贵了", "2026/3/12", "2026/3/13")]


def write(path: Path, *, ids: bool) -> Path:
    head = ["编号"] * ids + ["意见", "受理", "办结"]
    lines = [",".join([str(number)] * ids + list(row)) for number, row in enumerate(ROWS, start=1)]
    path.write_text("\n".join([",".join(head), *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("ids", [True, False], ids=["with ids", "without ids"])
def test_a_corrected_column_repairs_what_is_stored(minyi: Callable, study: Path, tmp_path: Path, ids: bool) -> None:
    file = write(tmp_path / "问卷.csv", ids=ids)
    first = minyi("import", file, "--study", study)
    assert "no column was taken as the time" in " ".join((first.out + first.err).split())
    assert package.load(study)["published_at"].isna().all()

    again = minyi("import", file, "--study", study, "--column", "time=受理")

    assert again.code == 0
    assert "0 new, 3 known already, 3 of them put right" in " ".join(again.out.split())
    table = package.load(study)
    assert len(table) == 3
    assert sorted(f"{when:%d}" for when in table["published_at"].dt.tz_convert("Asia/Shanghai")) == ["10", "11", "12"]

    assert "nothing added" in minyi("import", file, "--study", study, "--column", "time=受理").out


def test_a_wider_filter_adds_rows_and_takes_none_away(minyi: Callable, study: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ids=False)
    minyi("import", file, "--study", study, "--column", "time=受理", "--where", "受理=2026/3/11")
    assert len(package.load(study)) == 1

    again = minyi("import", file, "--study", study, "--column", "time=受理")

    assert "2 new, 1 known already" in " ".join(again.out.split())
    assert sorted(package.load(study)["text"]) == sorted(text for text, *_ in ROWS)


def test_an_edited_export_is_still_no_correction(minyi: Callable, study: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ids=True)
    minyi("import", file, "--study", study)
    file.write_text(file.read_text(encoding="utf-8").replace("太贵了", "不贵"), encoding="utf-8")

    again = minyi("import", file, "--study", study, "--column", "time=受理")

    assert "1 refused" in again.out
    assert "太贵了" in set(package.load(study)["text"])


def test_a_saved_date_is_taken_and_another_is_refused(minyi: Callable, study: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text,time\n支持,06月17日\n", encoding="utf-8")
    assert minyi("import", file, "--study", study, "--saved", "yesterday").code == 2
    assert minyi("import", file, "--study", study, "--saved", "2020-06-20").code == 0
    assert list(package.load(study)["published_at"].dt.year) == [2020]
