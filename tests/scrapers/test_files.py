"""A data file of any common kind becomes pages of comments, and every row is accounted for."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.files import FileError, FileOptions, Reading, open_bytes, open_file, write_rejects
from storage.nouns import CommentRow, Reject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 3, 5, 4, 0, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"id": "1", "text": "我觉得应该先试行", "time": "2024-02-21 10:05", "user": "甲", "likes": "2007"},
    {"id": "2", "text": 'Too fast,\n"much" too fast', "time": "昨天 10:05", "user": "乙", "likes": "1.2万"},
    {"id": "3", "text": "支持；早该这样", "time": "", "user": "", "likes": ""},
]


def opened(data: bytes, name: str, **options: Any) -> Reading:
    return open_bytes(data, name, FileOptions(**options), zone=ZONE, reference=NOW)


def comments(reading: Reading) -> list[CommentRow]:
    return [comment for page in reading.pages() for comment in page.comments]


def rejects(reading: Reading) -> list[Reject]:
    return [reject for page in reading.pages() for reject in page.rejects]


def as_csv(rows: Sequence[dict[str, Any]], **settings: Any) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]), **settings)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def as_jsonl(rows: Sequence[Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_sheet(rows: Sequence[Sequence[Any]], **names: Any) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for name, content in {"Sheet1": rows, **names}.items():
        sheet = book.add_worksheet(name)
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for place, row in enumerate(content):
            for column, cell in enumerate(row):
                (
                    sheet.write_datetime(place, column, cell, day)
                    if isinstance(cell, datetime)
                    else sheet.write(place, column, cell)
                )
    book.close()
    return stream.getvalue()


SHEET = as_sheet([list(ROWS[0]), *[list(row.values()) for row in ROWS]])
FORMATS = {
    "a.csv": as_csv(ROWS),
    "semicolons.csv": as_csv(ROWS, delimiter=";"),
    "bars.txt": as_csv(ROWS, delimiter="|"),
    "a.tsv": as_csv(ROWS, delimiter="\t"),
    "tabs.csv": as_csv(ROWS, delimiter="\t"),
    "lf.csv": as_csv(ROWS, lineterminator="\n"),
    "quoted.csv": as_csv(ROWS, quoting=csv.QUOTE_ALL),
    "a.jsonl": as_jsonl(ROWS),
    "a.json": json.dumps(ROWS).encode(),
    "indented.json": json.dumps(ROWS, indent=2, ensure_ascii=False).encode(),
    "object.json": json.dumps({"ok": 1, "data": {"total": 3, "items": ROWS, "more": []}}).encode(),
    "lines.json": as_jsonl(ROWS),
    "array.jsonl": json.dumps(ROWS).encode(),
    "nameless": as_csv(ROWS),
    "a.xlsx": SHEET,
    "sheet.csv": SHEET,
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_comments(name: str, packed: bool) -> None:
    if packed and FORMATS[name] is SHEET:
        pytest.skip("a workbook is a zip already")
    data = gzip.compress(FORMATS[name]) if packed else FORMATS[name]
    reading = opened(data, name + ".gz" * packed)
    found = comments(reading)
    assert [comment["text"] for comment in found] == [row["text"] for row in ROWS]
    assert [comment["ext_id"] for comment in found] == ["1", "2", "3"]
    assert [comment["likes"] for comment in found] == [2007, 12_000, None]
    assert [comment["author"] for comment in found] == ["甲", "乙", None]
    assert [comment["published_precision"] for comment in found] == ["minute", "minute", None]
    assert (reading.rows, reading.accepted, reading.filtered, reading.rejected) == (3, 3, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("name", ["a.csv", "indented.json", "a.jsonl"])
def test_encodings_are_detected(name: str, encoding: str) -> None:
    found = comments(opened(FORMATS[name].decode().encode(encoding), name))
    assert [comment["text"] for comment in found] == [row["text"] for row in ROWS]


def test_big5_is_detected_and_shown() -> None:
    text = "編號,評論內容\n1,這個規定我不同意，應該給大家留一點時間\n2,還是希望能再聽聽意見\n"
    reading = opened(text.encode("big5hkscs"), "a.csv")
    assert (reading.guess.encoding, reading.guess.how) == ("big5hkscs", "detected")
    assert comments(reading)[1]["text"] == "還是希望能再聽聽意見"


def test_the_guess_can_be_shown() -> None:
    reading = opened(FORMATS["semicolons.csv"], "a.csv")
    assert (reading.guess.format, reading.guess.delimiter, reading.guess.how) == ("csv", ";", "utf-8")
    assert reading.guess.seen == ("id", "text", "time", "user", "likes")
    assert reading.guess.rows()[0] == ("text", "text", "我觉得应该先试行")
    assert [meaning for meaning, _, _ in reading.guess.rows()] == ["text", "id", "time", "author", "likes"]


def test_options_overrule_the_guess() -> None:
    rows = [{"text": "rendered", "note": "raw", "who": "甲", "user": "乙"}]
    reading = opened(as_csv(rows), "a.csv", columns={"text": "note", "author": "who"}, holds="review", platform="forum")
    found = comments(reading)[0]
    assert (found["text"], found["author"], found["kind"], found["platform"]) == ("raw", "甲", "review", "forum")
    assert comments(opened(as_csv(rows), "a.csv", columns={"author": ""}))[0]["author"] is None


def test_the_platform_of_a_row_counts_unless_the_study_names_one() -> None:
    rows = [{"text": "好", "platform": "weibo"}, {"text": "不好", "platform": ""}]
    named = [comment["platform"] for comment in comments(opened(as_csv(rows), "a.csv"))]
    overruled = [comment["platform"] for comment in comments(opened(as_csv(rows), "a.csv", platform="x"))]
    filled = comments(opened(as_csv(rows), "a.csv", platform="x", columns={"source": "platform"}))
    assert (named, overruled) == (["weibo", None], ["x", "x"])
    assert [comment["platform"] for comment in filled] == ["weibo", "x"]


def test_only_rows_that_pass_the_filter_are_read() -> None:
    rows = [{"text": f"row {place}", "target": target} for place, target in enumerate("aabca")]
    one = opened(as_csv(rows), "a.csv", where={"target": "a"})
    two = opened(as_jsonl(rows), "a.jsonl", where={"target": ["b", "c"]})
    assert [comment["text"] for comment in comments(one)] == ["row 0", "row 1", "row 4"]
    assert [comment["text"] for comment in comments(two)] == ["row 2", "row 3"]
    assert [(reading.rows, reading.filtered) for reading in (one, two)] == [(5, 2), (5, 3)]


def test_a_filter_that_nothing_passes_is_an_error_that_shows_the_values() -> None:
    rows = [{"text": f"row {place}", "target": target} for place, target in enumerate("aabca")]
    with pytest.raises(FileError, match=r"No row has target = z\. Values seen: a, b, c"):
        opened(as_csv(rows), "a.csv", where={"target": "z"})


def test_filtering_json_by_a_number_or_a_nested_value() -> None:
    rows = [{"text": "一", "topic": {"id": 7}, "ok": True}, {"text": "二", "topic": {"id": 8}, "ok": False}]
    assert comments(opened(as_jsonl(rows), "a.jsonl", where={"topic.id": "8"}))[0]["text"] == "二"
    assert comments(opened(as_jsonl(rows), "a.jsonl", where={"ok": "true"}))[0]["text"] == "一"


def test_nested_objects_have_dotted_columns() -> None:
    row = {
        "content": {"message": "讲得对"},
        "member": {"mid": 37227018, "uname": "某"},
        "rpid": 160850754112,
        "replies": None,
    }
    reading = opened(json.dumps({"code": 0, "data": {"replies": [row], "top": None}}).encode(), "a.json")
    assert reading.guess.columns == {"text": "content.message", "id": "rpid", "author": "member.mid"}
    found = comments(reading)[0]
    assert (found["text"], found["author"], found["ext_id"]) == ("讲得对", "37227018", "160850754112")


def test_a_column_that_only_later_json_rows_have_is_found() -> None:
    rows = [{"text": f"row {place}"} for place in range(300)] + [
        {"text": "later", "likes": 5, "created_at": "2024-02-21"}
    ]
    reading = opened(as_jsonl(rows), "a.jsonl")
    last = comments(reading)[-1]
    assert (last["likes"], last["published_precision"]) == (5, "day")
    assert reading.guess.columns["likes"] == "likes"


def test_ids_are_strings_and_keep_all_their_digits() -> None:
    big = 5101466727221344123
    from_json = comments(opened(as_jsonl([{"id": big, "text": "一"}]), "a.jsonl"))[0]
    from_csv = comments(opened(as_csv([{"id": big, "text": "一"}]), "a.csv"))[0]
    from_fraction = comments(opened(as_csv([{"id": "123.0", "text": "一"}]), "a.csv"))[0]
    assert (from_json["ext_id"], from_csv["ext_id"], from_fraction["ext_id"]) == (str(big), str(big), "123")


def test_ids_that_a_spreadsheet_rounded_are_not_used() -> None:
    reading = opened(
        as_csv([{"id": "5.10147E+18", "text": "一"}, {"id": "5.10147E+18", "text": "二"}]),
        "a.csv",
        columns={"id": "id"},
    )
    assert len({comment["ext_id"] for comment in comments(reading)}) == 2
    assert reading.warnings == {"the id was rounded by a spreadsheet and is not used": 2}
    sheet = opened(as_sheet([["id", "text"], [5101466727221344123, "一"]]), "a.xlsx")
    assert comments(sheet)[0]["ext_id"].startswith("content-")


def test_rows_without_ids_get_the_same_ids_again_and_copies_stay_apart() -> None:
    rows = [{"text": "顶", "user": "甲"}, {"text": "顶", "user": "甲"}, {"text": "顶", "user": "乙"}]
    once, again = (comments(opened(as_csv(rows), "a.csv")) for _ in range(2))
    assert once == again
    assert len({comment["ext_id"] for comment in once}) == 3
    reordered = comments(opened(as_csv(rows[::-1]), "b.csv"))
    assert {comment["ext_id"] for comment in reordered} == {comment["ext_id"] for comment in once}


def test_a_second_text_under_one_id_is_rejected_and_the_same_row_again_is_not() -> None:
    rows = [{"id": "1", "text": "一"}, {"id": "1", "text": "一"}, {"id": "1", "text": "二"}, {"id": "2", "text": "三"}]
    reading = opened(as_csv(rows), "a.csv", columns={"id": "id"})
    pages = list(reading.pages())
    assert [comment["ext_id"] for comment in pages[0].comments] == ["1", "1", "2"]
    assert [(reject.where, reject.sample) for reject in pages[0].rejects] == [("a.csv row 4", "二")]


def test_a_reply_to_nothing_or_to_itself_has_no_parent() -> None:
    rows = [{"id": str(place), "text": "一", "parent_id": parent} for place, parent in enumerate(["", "0", "2", "1.0"])]
    assert [comment["parent_id"] for comment in comments(opened(as_csv(rows), "a.csv"))] == [None, None, None, "1"]


def test_slashed_dates_are_read_in_the_order_their_column_shows() -> None:
    rows = [{"text": "一", "date": "2/3/2024"}, {"text": "二", "date": "21/2/2024"}]
    found = comments(opened(as_csv(rows), "a.csv"))
    assert found[0]["published_at"] == int(datetime(2024, 3, 2, tzinfo=ZONE).timestamp() * 1000)
    unclear = opened(as_csv(rows[:1]), "a.csv", columns={"time": "date"})
    assert comments(unclear)[0]["published_at"] is None
    assert unclear.warnings == {"the time was not understood": 1}


def test_a_date_in_the_future_is_unknown_and_its_row_stays() -> None:
    rows = [{"text": "一", "time": "2024-03-01"}, {"text": "二", "time": "2031-03-01 08:00"}]
    reading = opened(as_csv(rows), "a.csv")
    last = comments(reading)[1]
    assert (last["text"], last["published_at"], last["published_raw"]) == ("二", None, "2031-03-01 08:00")
    assert reading.warnings == {"the time lies in the future": 1}


def test_sheets_with_dates_an_offset_and_a_name() -> None:
    filled = [[], ["", "导出于今天"], ["", "内容", "时间", "用户"], ["", "一", datetime(2024, 2, 21, 10, 5), "甲"]]  # noqa: DTZ001
    book = as_sheet([], 空白=[], 评论=filled)
    found = comments(opened(book, "a.xlsx"))[0]
    assert (found["text"], found["published_raw"]) == ("一", "2024-02-21 10:05:00")
    assert found["published_at"] == int(datetime(2024, 2, 21, 10, 5, tzinfo=ZONE).timestamp() * 1000)
    assert comments(opened(book, "a.xlsx", sheet="评论")) == comments(opened(book, "a.xlsx", sheet=3))
    with pytest.raises(FileError, match="Its sheets are: Sheet1, 空白, 评论"):
        opened(book, "a.xlsx", sheet="其他")


def test_pages_hold_about_five_thousand_rows() -> None:
    reading = opened(as_csv([{"text": f"row {place}"} for place in range(12_000)]), "a.csv")
    assert [len(page.comments) for page in reading.pages()] == [5000, 5000, 2000]


@pytest.mark.parametrize("where", [{}, {"kept": "yes"}])
def test_long_rows_are_few_to_a_page_and_few_are_looked_at_ahead(
    monkeypatch: pytest.MonkeyPatch, where: dict[str, str]
) -> None:
    monkeypatch.setattr("scrapers.files.reading.PAGE_CHARACTERS", 2_000)
    rows = [{"text": str(place) + "很长" * 300, "kept": "yes" if place % 2 else "no"} for place in range(24)]
    reading = opened(as_csv(rows), "a.csv", where=where)
    assert sum(len(row.cells["text"]) for row in (*reading._waiting, *reading._aside)) < 6_000  # type: ignore[union-attr]
    assert [len(page.comments) for page in reading.pages()] == [4] * (3 if where else 6)


def test_a_local_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "评论.csv.gz"
    path.write_bytes(gzip.compress(FORMATS["a.csv"]))
    reading = open_file(path, FileOptions(), zone=ZONE, reference=NOW)
    assert len(comments(reading)) == 3


def test_nameless_and_repeated_headers_stay_apart() -> None:
    reading = opened(b"text,,text,\na,b,c,d\n", "a.csv")
    assert reading.guess.seen == ("text", "column 2", "text (column 3)", "column 4")


def test_two_hundred_columns_work() -> None:
    row = {f"c{place}": "x" for place in range(199)} | {"评论内容": "列真多"}
    assert comments(opened(as_csv([row, row]), "a.csv"))[1]["text"] == "列真多"


def test_the_rejects_file_is_appended_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    assert write_rejects(path, []) == 0
    assert not path.exists()
    write_rejects(path, [Reject("a.csv row 2", "空", "=1+1")])
    write_rejects(path, [Reject("a.csv row 3", "bad", " @SUM(A1)"), Reject("a.csv row 4", "bad", "\ud800\0好")])
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["where", "reason", "sample"]
    assert rows[1] == ["a.csv row 2", "空", "'=1+1"]
    assert [row[2] for row in rows[2:]] == ["' @SUM(A1)", "?好"]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"text": CELLS, "b": CELLS, "c": CELLS}), min_size=1, max_size=8),
    st.sampled_from(",\t;|"),
)
def test_what_the_csv_writer_writes_is_read_back(rows: list[dict[str, str]], delimiter: str) -> None:
    data = as_csv(rows, delimiter=delimiter)
    reading = opened(data, "a.csv", delimiter=delimiter, columns={"text": "text"}, encoding="utf-8")
    assert [comment["text"] for comment in comments(reading)] == [row["text"] for row in rows if row["text"].strip()]
    assert reading.rows == len(rows)
