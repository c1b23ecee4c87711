"""Sheets and Parquet are written a stretch at a time: what they hold has no seam, and memory does not grow with it."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from reports import table_streams
from reports.table_streams import parquet_parts, xlsx_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORDS = pd.DataFrame({"column": ["text"], "meaning": ["What was said"]})


def table(rows: int) -> pd.DataFrame:
    at = np.arange(rows)
    return pd.DataFrame(
        {
            "id": [f"c{n}" for n in at],
            "text": [f"第{n}条：手续费太高 =1+1" if n % 3 else None for n in at],
            "likes": pd.array([None if n % 4 else int(n) for n in at], dtype="Int64"),
            "fold": pd.array([2**60 + int(n) for n in at], dtype="Int64"),
            "copied": pd.array([None if n % 5 == 1 else bool(n % 2) for n in at], dtype="boolean"),
            "support": np.where(at % 7 == 0, np.nan, at / max(rows, 1)),
            "proposal": [None] * rows,
            "odd": [float("inf") if n % 2 else (1, int(n)) for n in at],
        }
    )


def rows_of(content: bytes, path: Path) -> list[list[Any]]:
    path.write_bytes(content)
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name("rows").to_python()


def test_a_sheet_has_no_seam_and_every_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(23)
    whole = rows_of(b"".join(xlsx_parts(frame, WORDS)), tmp_path / "whole.xlsx")
    monkeypatch.setattr(table_streams, "_ROWS_AT_ONCE", 5)
    parts = rows_of(b"".join(xlsx_parts(frame, WORDS)), tmp_path / "parts.xlsx")

    assert parts == whole
    assert whole[0] == list(frame.columns)
    assert whole[1] == ["c0", "", 0, str(2**60), False, "", "", "(1, 0)"]
    assert whole[2] == ["c1", "第1条：手续费太高 =1+1", "", str(2**60 + 1), "", pytest.approx(1 / 23), "", "inf"]
    assert len(whole) == 24


@pytest.mark.parquet
@pytest.mark.parametrize("rows", [0, 4, 23])
def test_parquet_in_groups_is_what_pandas_writes_at_once(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    frame = table(rows).drop(columns="odd")
    frame.to_parquet(tmp_path / "whole.parquet", index=False)
    monkeypatch.setattr(table_streams, "_ROWS_OF_A_GROUP", 5)
    (tmp_path / "groups.parquet").write_bytes(b"".join(parquet_parts(frame)))

    whole, groups = (parquet.ParquetFile(tmp_path / f"{name}.parquet") for name in ("whole", "groups"))
    assert groups.read().equals(whole.read())
    assert groups.schema_arrow.equals(whole.schema_arrow, check_metadata=True)
    assert groups.num_row_groups == max(1, -(-rows // 5))


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(lambda frame: xlsx_parts(frame, WORDS), id="xlsx"),
        pytest.param(parquet_parts, id="parquet", marks=pytest.mark.parquet),
    ],
)
def test_memory_does_not_grow_with_the_rows(parts: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(table_streams, "_ROWS_AT_ONCE", 250)
    monkeypatch.setattr(table_streams, "_ROWS_OF_A_GROUP", 250)
    monkeypatch.setattr(table_streams, "_PART", 2**14)

    def peak(rows: int) -> int:
        frame = table(rows).drop(columns="odd")
        tracemalloc.start()
        try:
            for _ in parts(frame):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(250)  # what is imported and kept for all time
    assert peak(3_000) < peak(750) + 2**18
