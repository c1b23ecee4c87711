"""Files: the report's and the tables', whole or not at all, and safe to open."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from reports import table_streams, tables, write
from reports.tables import COLUMNS, export_tables, formula_safe
from reports.write import write_report, write_together
from storage.errors import MinyiError
from storage.text import TextFlag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reports.inputs import ReportInput

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("http://x.example")',
]
CSV_CASES = Path(__file__).parents[3] / "shared" / "suites" / "cases" / "csv_injection.json"


@pytest.fixture
def frame(frame_of: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    rows = [
        {"text": text, "likes": None if i % 2 else i, "copied": False, "published_at": 1_772_500_000_000}
        for i, text in enumerate(FORMULAS)
    ]
    rows.append({"text": '多行\n"引号",逗号 😀 http://example.org', "likes": 7, "copied": True, "published_at": None})
    return frame_of(rows)


def test_a_report_is_three_files(rich_numbers: dict[str, Any], tmp_path: Path) -> None:
    paths = write_report(rich_numbers, tmp_path / "new" / "folder", ("zh", "en"))
    assert [path.name for path in paths] == ["numbers.json", "report.zh.html", "report.en.html"]
    assert 'href="report.en.html"' in paths[1].read_text("utf-8")
    assert json.loads(paths[0].read_text("utf-8"))["format"] == 1
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(path.name for path in paths)


def test_one_language_links_to_no_other(rich_numbers: dict[str, Any], tmp_path: Path) -> None:
    paths = write_report(rich_numbers, tmp_path, ("en",))
    assert "report.zh.html" not in paths[1].read_text("utf-8")


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = write_together({tmp_path / "a.txt": b"old"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_together({path: b"new"})
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_in_the_way_leaves_every_file_as_it_was(rich_numbers: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "numbers.json").write_text("old")
    (tmp_path / "report.en.html").mkdir()

    with pytest.raises(MinyiError, match="could not be written"):
        write_report(rich_numbers, tmp_path, ("zh", "en"))

    assert (tmp_path / "numbers.json").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["numbers.json", "report.en.html"]


def test_a_folder_that_is_a_file_is_explained(rich_numbers: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(MinyiError, match="could not be written"):
        write_report(rich_numbers, tmp_path / "taken", ("zh",))


def test_csv_is_for_people(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = export_tables(frame, tmp_path, ("csv",))[0]
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row["text"] for row in rows[:-1]] == ["'" + text for text in FORMULAS]
    assert rows[-1]["text"] == frame["text"].iloc[-1]
    assert [row["likes"] for row in rows][:3] == ["0", "", "2"]
    assert rows[0]["published"] == "2026-03-03T01:06:40Z"
    assert rows[-1]["published"] == ""


def test_json_lines_are_for_programs(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = export_tables(frame, tmp_path, ("jsonl",))[0]
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [row["text"] for row in rows] == list(frame["text"])
    assert [row["likes"] for row in rows][:3] == [0, None, 2]
    assert rows[-1]["copied"] is True
    assert "published" not in rows[0]


def test_sheets_hold_texts_not_formulas(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = export_tables(frame, tmp_path, ("xlsx",))[0]
    book = CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name("rows").to_python()
    assert [row[rows[0].index("text")] for row in rows[1:]] == list(frame["text"])
    assert book.sheet_names == ["rows", "columns"]
    with zipfile.ZipFile(path) as archive:
        assert not any(
            b"<f>" in archive.read(name) or b"hyperlink" in archive.read(name) for name in archive.namelist()
        )


def test_a_cell_beyond_the_limit_of_a_sheet_is_cut_and_says_so(frame_of: Callable[..., Any], tmp_path: Path) -> None:
    path = export_tables(frame_of([{"text": "😀" * 20_000}, {"text": "字" * 32_767}]), tmp_path, ("xlsx", "jsonl"))[0]
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("rows").to_python()
    cut, whole = (str(row[rows[0].index("text")]) for row in rows[1:])
    assert cut.endswith("[cut]")
    assert set(cut.removesuffix(" … [cut]")) == {"😀"}
    assert whole == "字" * 32_767


def test_whole_numbers_too_large_for_a_sheet_stay_exact(frame_of: Callable[..., Any], tmp_path: Path) -> None:
    frame = frame_of([{"text": "a", "fold": 2**62 + 1}])
    path = export_tables(frame, tmp_path, ("xlsx", "jsonl"))
    rows = CalamineWorkbook.from_path(str(path[0])).get_sheet_by_name("rows").to_python()
    assert rows[1][rows[0].index("fold")] == str(2**62 + 1)
    assert json.loads(path[1].read_text())["fold"] == 2**62 + 1


def test_negative_numbers_are_no_formulas(frame_of: Callable[..., Any], tmp_path: Path) -> None:
    path = export_tables(frame_of([{"text": "-1", "fold": -(2**62) - 1}]), tmp_path, ("csv",))[0]
    row = next(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert (row["fold"], row["text"]) == (str(-(2**62) - 1), "'-1")


def test_every_column_is_in_the_dictionary(rich: ReportInput, tmp_path: Path) -> None:
    frame = rich.comments.assign(extra=1)
    paths = export_tables(frame, tmp_path, ("csv",))
    described = pd.read_csv(tmp_path / "comments.columns.csv")
    header = paths[0].read_text("utf-8-sig").splitlines()[0].split(",")
    assert list(described["column"]) == header
    assert described["meaning"].notna().all()
    text = (tmp_path / "comments.columns.md").read_text("utf-8")
    assert all(f"| {column} |" in text for column in header)


def test_the_dictionary_knows_every_column_a_report_reads() -> None:
    from reports.inputs import COMMENT_COLUMNS

    assert set(COMMENT_COLUMNS) <= set(COLUMNS)
    assert {"parent_id", "span_start", "span_end", "flags"} <= set(COLUMNS)


def test_the_dictionary_explains_the_bits_of_the_text_door() -> None:
    assert {int(bit) for bit in re.findall(r"\b[1-9]\b", COLUMNS["flags"].values)} == {flag.value for flag in TextFlag}


def test_rows_are_written_in_stretches_without_a_seam(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [path.read_bytes() for path in export_tables(frame, tmp_path / "whole", ("csv", "jsonl"))]
    monkeypatch.setattr(table_streams, "_ROWS_AT_ONCE", 5)
    assert [path.read_bytes() for path in export_tables(frame, tmp_path / "parts", ("csv", "jsonl"))] == whole


def test_parts_that_break_off_leave_no_file(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise MinyiError("no more")

    with pytest.raises(MinyiError):
        write_together({tmp_path / "a.txt": b"whole", tmp_path / "b.txt": parts()})
    assert not list(tmp_path.iterdir())


def test_no_rows_still_make_tables(frame_of: Callable[..., Any], tmp_path: Path) -> None:
    paths = export_tables(frame_of([]), tmp_path)
    assert all(path.exists() for path in paths)


@pytest.mark.parquet
def test_parquet_gives_back_what_was_put_in(frame: pd.DataFrame, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")

    path = next(path for path in export_tables(frame, tmp_path, ("parquet",)) if path.suffix == ".parquet")

    back = pd.read_parquet(path)
    assert back["text"].tolist() == frame["text"].tolist()
    assert back["likes"].isna().tolist() == frame["likes"].isna().tolist()


def test_a_missing_extra_says_what_to_install(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MinyiError, match=r"\[parquet\]|pyarrow>="):
        export_tables(frame, tmp_path, ("parquet",))
    assert not list(tmp_path.iterdir())


def test_an_unknown_format_is_refused_by_name(frame: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(MinyiError, match="docx"):
        export_tables(frame, tmp_path, ("docx",))


def test_more_rows_than_a_sheet_holds_are_refused_before_anything_is_written(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "XLSX_ROWS", 3)
    with pytest.raises(MinyiError, match="rows"):
        export_tables(frame, tmp_path, ("csv", "xlsx"))
    assert not list(tmp_path.iterdir())


@pytest.mark.shared
def test_published_csv_injections_are_defused() -> None:
    if not CSV_CASES.exists():
        pytest.skip(f"{CSV_CASES} is not beside this checkout")
    cases = json.loads(CSV_CASES.read_text("utf-8"))
    assert cases
    assert not any(formula_safe(case).startswith(("=", "+", "-", "@", "\t", "\r")) for case in cases)
