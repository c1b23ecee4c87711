"""What is wrong with a file is said clearly, costs no more rows than it must, and time and memory have bounds."""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opening import GOOD, NOW, ZONE, accounted, opened, outcome, workbook

from scrapers.files import (
    FileError,
    FileOptions,
    blobs,
    delimited,
    open_file,
    write_rejects,
)
from storage.errors import MinyiError
from storage.nouns import Reject


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "The file is empty"),
        (b"\xef\xbb\xbf \r\n \n", "a.csv", "The file is empty"),
        (b"", "a.jsonl", "The file is empty"),
        (b"[]", "a.json", "The file is empty"),
        (b"id,text\n", "a.csv", "has a header (id, text) and no rows"),
        (workbook(["id", "text"]), "a.xlsx", "has a header (id, text) and no rows"),
        (workbook(), "a.xlsx", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a.csv", "a PNG picture"),
        (bytes(random.Random(1).randbytes(4000)), "a.csv", "a binary file"),
        (b"\xd0\xcf\x11\xe0" + bytes(500), "a.xls", "an old Office file"),
        (b"SQLite format 3\0" + bytes(500), "a.db", "file is not a database"),
        (b"\x80\x04\x95", "a.csv", "a Python pickle"),
        (b"this is no workbook", "a.xlsx", "This is no XLSX workbook"),
        (b"PK\x03\x04" + bytes(500), "a.csv", "This is a zip archive"),
        (
            b"id,count\n1,2\n",
            "a.csv",
            'Name the one that holds the text: --column text=… (in the study file: columns = { text = "…" }',
        ),
        (b'{"a": [1, 2', "a.json", "This is not valid JSON"),
        (b'{"a": [{"text": "x"}], "b": [{"text": "y"}]}', "a.json", "several lists: a, b"),
        (b"17", "a.json", "neither a list nor an object"),
        (b"[" * 100_000, "a.json", "No row could be read"),
        (b'{"a":' * 100_000, "a.json", "This is not valid JSON"),
        (b"not json\nat all\n", "a.jsonl", "No row could be read"),
        (gzip.compress(b"", mtime=0)[:10], "a.csv.gz", "the compressed data is cut off"),
        (b"\x1f\x8b" + bytes(30), "a.csv.gz", "the compressed data is damaged"),
    ],
)
def test_a_file_without_usable_rows_is_an_error_that_says_so(data: bytes, name: str, words: str) -> None:
    with pytest.raises(FileError) as caught:
        opened(data, name)
    assert words in str(caught.value)
    assert str(caught.value).startswith(name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columns": {"text": "txet"}}, "Did you mean “text”? Its columns are: id, text."),
        ({"columns": {"txt": "text"}}, "“txt” is not a meaning a column can have."),
        ({"where": {"topic": "x"}}, "There is no column “topic” to filter by."),
        ({"encoding": "hex"}, "There is no encoding called “hex”."),
    ],
)
def test_options_that_do_not_fit_the_file_are_errors(options: dict[str, Any], words: str) -> None:
    for data, name in ((GOOD, "a.csv"), (b'{"id": 1, "text": "fine"}\n', "a.jsonl")):
        with pytest.raises(FileError) as caught:
            opened(data, name, **options)
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("http://example.org/a.csv", "This is an address"),
        ("s3://bucket/a.csv", "This is an address"),
        ("file:///etc/passwd", "This is an address"),
        ("~/a.csv", "is not expanded here"),
        ("model.pkl", "can run a program when it is opened"),
        ("model.JOBLIB", "can run a program when it is opened"),
        ("nowhere.csv", "There is no such file"),
        ("a\0b.csv", "cannot be opened"),
        ("x" * 5000, "cannot be opened"),
        ("/dev/zero", "a device or pipe, not a regular file"),
        (".", "not a regular file"),
    ],
)
def test_only_regular_local_files_are_opened(path: str, words: str) -> None:
    with pytest.raises(FileError) as caught:
        open_file(Path(path), FileOptions(), zone=ZONE, reference=NOW)
    assert words in str(caught.value)
    assert caught.value.remedy or words == "cannot be opened"


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe.csv")
    with pytest.raises(FileError, match="a device or pipe"):
        open_file(pipe, FileOptions(), zone=ZONE, reference=NOW)


def test_a_file_that_may_not_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (path := tmp_path / "a.csv").write_bytes(GOOD)
    monkeypatch.setattr(blobs.os, "open", refuse)
    with pytest.raises(FileError, match="Give yourself the right to read it"):
        open_file(path, FileOptions(), zone=ZONE, reference=NOW)


def test_an_unwritable_rejects_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MinyiError, match="The rejects file cannot be written"):
        write_rejects(tmp_path / "missing" / "rejects.csv", [Reject("a", "b")])


def test_empty_texts_are_rejects_with_their_place() -> None:
    texts, rejects = outcome(opened(b"id,text\n1,fine\n2,  \n\n3,\n4,good\n"))
    assert texts == ["fine", "good"]
    assert rejects == [("a.csv row 3", "empty text"), ("a.csv row 5", "empty text")]


def test_a_row_with_too_many_cells_is_a_reject_and_a_short_one_is_not() -> None:
    texts, rejects = outcome(opened(b"id,text,likes\n1,fine\n2,too,many,cells\n3,good,1,,\n"))
    assert texts == ["fine", "good"]
    assert rejects == [("a.csv row 3", "4 cells where the header has 3")]


def test_a_wrong_encoding_in_the_options_loses_and_is_counted() -> None:
    data = "id,text\n1,这个规定我不同意\n2,还是希望能再听听意见\n".encode("gb18030")
    reading = opened(data, encoding="utf-8")
    assert outcome(reading)[0] == ["这个规定我不同意", "还是希望能再听听意见"]
    assert reading.guess.how == "detected (declared utf-8 did not fit)"
    assert reading.warnings == {"the declared encoding did not fit": 1}


def test_bytes_that_cannot_be_read_are_counted() -> None:
    reading = opened("id,text\n1,这个规定".encode() + b"\xff" + "我不同意这个规定，还是希望能再听听意见\n".encode())
    assert outcome(reading)[0][0].count("\ufffd") == 1
    assert reading.warnings == {"characters could not be read in this encoding": 1}


def test_nuls_do_not_stop_the_reading() -> None:
    texts, rejects = outcome(opened(b"id,text\n1,fi\0ne\n2,good\n"))
    assert (texts, rejects) == (["fi\0ne", "good"], [])


@pytest.mark.parametrize("stray", [b'2,"never closed\n', b'2,"opened, not closed\n3,x\n4,"y"\n', b'2,"a"b\n3,x"\n'])
def test_a_stray_quote_costs_its_own_row_only(stray: bytes) -> None:
    data = b"id,text\n1,fine\n" + stray + b"".join(b"%d,good %d\n" % (row, row) for row in range(10, 40))
    texts, rejects = outcome(opened(data))
    assert texts[0] == "fine"
    assert texts[-30:] == [f"good {row}" for row in range(10, 40)]
    assert len(rejects) <= 1


def test_an_unclosed_quote_to_the_end_of_a_long_file_is_bounded(monkeypatch: pytest.MonkeyPatch, within: Any) -> None:
    monkeypatch.setattr(delimited, "RECORD_LIMIT", 500_000)
    rows = 20_000
    data = b'id,text\n1,"never closed\n' + b"".join(
        b"%d,a comment of the usual length, without quotes\n" % row for row in range(2, rows)
    )
    with within(3):
        texts, rejects = outcome(opened(data.replace(b", without", b" without")))
    assert (len(texts), len(rejects)) == (rows - 2, 1)
    assert rejects[0][1].startswith("the row is too large, or a quote")


def test_quotes_that_never_pair_up_cost_no_more_than_linear_time(within: Any) -> None:
    data = b"id,text\n" + b'x"y,"z and some more words to fill the line\n' * 15_000 + b"1,fine\n"
    with within(8):
        texts, rejects = outcome(opened(data))
    assert texts[-1] == "fine"
    assert len(texts) + len(rejects) <= 15_001


@pytest.mark.parametrize("megabytes", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_a_cell_of_many_megabytes_is_one_reject(within: Any, megabytes: int) -> None:
    huge = b"x" * megabytes * 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for data, name in (
        (b"id,text\n1,fine\n2," + huge + b"\n3,good\n", "a.csv"),
        (b'id,text\n1,fine\n2,"' + huge + b'"\n3,good\n', "b.csv"),
        (b'{"text": "fine"}\n{"text": "' + huge + b'"}\n{"text": "good"}\n', "c.jsonl"),
    ):
        with within(3):
            texts, rejects = outcome(opened(data, name))
        assert texts == ["fine", "good"]
        assert [where for where, _ in rejects] == [f"{name} row {2 if name == 'c.jsonl' else 3}"]
    # The bytes themselves (and one copy with its rows) are the test's own.
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 250


def test_a_huge_item_in_a_json_list_is_one_reject() -> None:
    data = b'[{"text": "fine"}, {"text": "' + b"x" * 5_000_000 + b'"}, {"text": "good"}]'
    assert outcome(opened(data, "a.json")) == (["fine", "good"], [("a.json row 2", "cell too large")])


def test_a_bad_line_of_jsonl_costs_that_line() -> None:
    lines = [b'{"text": "fine"}', b'{"text": "cut', b"17", b'{"text": NaN}', b"", b'["list"]', b'{"text": "good"}']
    texts, rejects = outcome(opened(b"\n".join(lines), "a.jsonl"))
    assert texts == ["fine", "good"]
    assert [where for where, _ in rejects] == [f"a.jsonl row {row}" for row in (2, 3, 4, 6)]
    assert rejects[0][1].startswith("not valid JSON: Unterminated string")


def test_deep_nesting_costs_one_line() -> None:
    deep = b'{"text": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    texts, rejects = outcome(opened(b'{"text": "fine"}\n' + deep + b'\n{"text": "good"}\n', "a.jsonl"))
    assert texts == ["fine", "good"]
    assert rejects == [("a.jsonl row 2", "not valid JSON: it is nested too deeply")]


@pytest.mark.parametrize(
    "tail",
    [b', {"text": "cut', b",", b"", b", {bad}, 1]", b'] {"more": 1}'],
    ids=["string", "comma", "end", "bad", "after"],
)
def test_a_json_list_that_breaks_off_keeps_what_came_before(tail: bytes) -> None:
    texts, rejects = outcome(opened(b'[{"text": "fine"}, {"text": "good"}' + tail, "a.json"))
    assert texts == ["fine", "good"]
    assert len(rejects) == 1


def test_lone_surrogates_in_json_do_not_stop_the_reading() -> None:
    row = b'{"text": "a\\ud83d", "user": "\\ud800", "id": "\\udfff1"}\n'
    reading = opened(row, "a.jsonl")
    comment = next(reading.pages()).comments[0]
    assert (comment["author"], comment["ext_id"]) == ("?", "?1")


BITS = st.sampled_from(
    [
        b'"',
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b"text",
        b"id",
        b"\0",
        "好".encode(),
        b"\xff",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"1",
        b" ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(BITS, max_size=40).map(b"".join),
    st.sampled_from(["a.csv", "a.tsv", "a.json", "a.jsonl", "a", "a.csv.gz", "a.xlsx"]),
)
def test_no_bytes_make_the_reader_fail_otherwise(data: bytes, name: str) -> None:
    for whole in (data, b"id,text\n" + data, b'[{"text": "x"},' + data, gzip.compress(data, mtime=0)):
        accounted(lambda whole=whole: opened(whole, name))


def test_columns_without_end_are_refused_or_passed_over(within: Any) -> None:
    with within(5), pytest.raises(FileError, match="The header has 100000 columns"):
        opened(b"a," * 99_999 + b"text\n" + b"1," * 99_999 + b"x\n")
    wide = json.dumps({"text": "fine"} | {f"key {place}": 1 for place in range(100_000)})
    other = "".join(json.dumps({"text": f"row {place}", f"other {place}": 1}) + "\n" for place in range(10_000))
    with within(5):
        texts, rejects = outcome(opened(f"{wide}\n{other}".encode(), "a.jsonl"))
    assert (len(texts), rejects) == (10_001, [])


def test_every_row_is_accounted_for() -> None:
    rows = [
        {"id": place, "text": "" if place % 7 == 0 else f"row {place}", "t": str(place % 3)} for place in range(1000)
    ]
    data = "".join(json.dumps(row) + "\n" + "broken\n" * (row["id"] % 10 == 0) for row in rows).encode()  # type: ignore[operator]
    reading = opened(data, "a.jsonl", where={"t": ["0", "1"]})
    texts, rejects = outcome(reading)
    assert reading.rows == 1100 == len(texts) + len(rejects) + reading.filtered
    assert (len(texts), len(rejects), reading.filtered) == (571, 196, 333)
