"""Real files and public suites: read without loss, guessed right, and nothing in them makes the reader fail."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scrapers.files import FileError, FileOptions, Reading, open_bytes, open_file, write_rejects
from scrapers.files.delimited import read_delimited
from storage.nouns import Reject

SHARED = Path(__file__).parents[3] / "shared"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.exists(), reason="the data folder is not beside the repository"),
]


def opened(place: str, **options: Any) -> Reading:
    return open_file(SHARED / place, FileOptions(**options), zone=ZONE, reference=NOW)


def counted(reading: Reading) -> tuple[int, int, Counter[str]]:
    """How many comments and rejects, and how many comments have each field."""
    pages = list(reading.pages())
    comments = [comment for page in pages for comment in page.comments]
    filled = Counter(field for comment in comments for field, value in comment.items() if value is not None)
    return len(comments), sum(len(page.rejects) for page in pages), filled


@pytest.mark.parametrize(
    ("target", "rows", "likes"),
    [
        ("Australia under-16 social media ban", 87, 0),
        pytest.param("深圳禁摩限电（2016）", 3132, 0, marks=pytest.mark.slow),
    ],
)
def test_real_comments_on_one_change(target: str, rows: int | None, likes: int | None) -> None:
    reading = opened("data/changes.jsonl.gz", where={"target": target})
    comments, rejects, filled = counted(reading)
    assert reading.rows == 77_317
    assert rejects == 0
    assert comments == (rows or comments) > 80
    assert filled["published_at"] == filled["platform"] == filled["ext_id"] == comments
    assert filled["likes"] == (comments if likes is None else likes)
    assert not reading.warnings


@pytest.mark.parametrize(
    ("place", "columns", "rows"),
    [
        ("data/stance_gold_open.jsonl", {"id": "id", "text": "text", "time": "created_at"}, 674),
        ("data/stance_train.jsonl", {"id": "id", "text": "text", "time": "created_at"}, 2774),
        ("data/nlpcc2016/taskA_train.csv", {"id": "id", "text": "text"}, 2986),
        ("data/c_stance/subtaskA_val.csv.gz", {"text": "text"}, 7284),
        ("data/semeval2019_task9/SubtaskA_Trial_Test_Labeled.csv", {"id": "id", "text": "sentence"}, 592),
        ("corpus/comments.jsonl", {"id": "id", "text": "text"}, 6400),
    ],
)
def test_columns_are_guessed_right_and_no_row_is_lost(place: str, columns: dict[str, str], rows: int) -> None:
    reading = opened(place)
    assert reading.guess.columns == columns
    assert counted(reading)[:2] == (rows, 0)


def test_a_file_without_a_header_says_that_the_first_row_must_name_the_columns() -> None:
    with pytest.raises(FileError, match="The first row must name the columns"):
        opened("data/semeval2019_task9/V1.4_Training.csv")


def test_texts_that_share_an_id_are_rejects_that_say_how_to_mend_it() -> None:
    place = "data/nlpcc2016/taskB_unlabelled.csv.gz"
    reading = opened(place)
    rejects = [reject for page in reading.pages() for reject in page.rejects]
    assert (reading.rows, len(rejects)) == (7600, 2000)
    assert 'columns = { id = "" }' in rejects[0].reason
    assert counted(opened(place, columns={"id": ""}))[:2] == (7600, 0)


CSVS = sorted((SHARED / "suites" / "csv-spectrum" / "csvs").glob("*.csv"))


@pytest.mark.parametrize("path", CSVS, ids=lambda path: path.stem)
def test_csv_spectrum(path: Path) -> None:
    expected = json.loads((path.parents[1] / "json" / f"{path.stem}.json").read_text("utf-8"))
    with path.open(encoding="utf-8", newline="") as stream:
        _, rows = read_delimited(iter(stream.readlines()), ",", path.name)
        found = [row if isinstance(row, Reject) else row.cells for row in rows]
    assert found == expected


JSONS = sorted((SHARED / "suites" / "jsontestsuite" / "test_parsing").glob("*.json"))


NO_NUMBERS = {b"NaN", b"Infinity"}  # no JSON, but widely written: read as unknown


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@pytest.mark.parametrize("verdict", ["y", "n", "i"])
def test_json_test_suite(verdict: str, kind: str) -> None:
    """Valid documents inside a row are read, invalid ones are rejects or errors, and none fails in another way."""
    paths = [path for path in JSONS if path.name.startswith(verdict)]
    assert len(paths) >= 15
    for path in paths:
        document = path.read_bytes()
        if kind == "json":
            _read(document, path.name)
        if b"\n" in document.strip() or b"\r" in document.strip():
            continue
        texts, rejects = _read(
            b'{"text": "fine"}\n{"text": "row", "x": ' + document + b'}\n{"text": "good"}\n', "a.jsonl"
        )
        if verdict == "y":
            assert (texts, rejects) == (3, 0), path.name
        elif verdict == "n" and document.strip(b" []-\n") not in NO_NUMBERS:
            assert (texts, rejects) == (2, 1), path.name


def _read(data: bytes, name: str) -> tuple[int, int]:
    try:
        return counted(open_bytes(data, name, FileOptions(encoding="utf-8"), zone=ZONE, reference=NOW))[:2]
    except FileError as error:
        assert error.what  # noqa: PT017  which bytes raise is not the point
        return 0, 1


def test_no_case_of_formula_injection_reaches_the_rejects_file(tmp_path: Path) -> None:
    found = json.loads((SHARED / "suites" / "cases" / "csv_injection.json").read_text("utf-8"))
    cases = [
        case if isinstance(case, str) else str(case) for case in (found if isinstance(found, list) else found["cases"])
    ]
    write_rejects(tmp_path / "rejects.csv", [Reject("a.csv row 2", case, case) for case in cases])
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    assert len(rows) == len(cases) > 0
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@\t\r＝＋－＠")]
