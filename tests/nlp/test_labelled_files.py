"""Files of labelled comments: what is read, and that bad rows are named."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from nlp.evaluate import EvaluationFileError, read_labelled
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


SUPPORT, CONCERN, _, NEUTRAL = range(4)
ROWS: list[dict[str, Any]] = [
    {"text": "早就该这样", "change": "某市全面禁烟", "primary": "support"},
    {"text": "办个手续太麻烦了", "change": "某市全面禁烟", "primary": "concern"},
    {"text": "没意见", "change": "某市全面禁烟", "primary": None},
    {"text": "Too expensive.", "change": "The bus fare rises", "primary": "concern"},
]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[list[Any]], Path]:
    def rows(given: list[Any]) -> Path:
        path = tmp_path / "labelled.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in given]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return rows


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_csv_plain_and_packed(tmp_path: Path, name: str) -> None:
    text = '\ufefftext,change,primary\n"太贵,不坐了",公交涨价,concern\n好,公交涨价,\n'.encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    file = read_labelled(path)
    assert [(row.text, STANCES[row.stance], row.lang) for row in file.rows] == [("太贵,不坐了", "concern", "zh")]
    assert file.unlabelled == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"text": "好", "change": "涨价", "primary": "positive"}', "positive"),
        ('{"text": "", "change": "涨价", "primary": "concern"}', '"text" is missing'),
        ('{"text": 5, "change": "涨价", "primary": "concern"}', '"text" is missing'),
        ('{"text": "好", "primary": "concern"}', '"change" is missing'),
        ('{"text": "好", "change": "涨价", "primary": ["concern"]}', "primary is"),
        ('{"text": ', "no JSON"),
        ("[1, 2]", "no JSON object"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_goes_on(write: Callable[[list[Any]], Path], line: str, why: str) -> None:
    file = read_labelled(write([ROWS[0], line, ROWS[1]]))
    assert [row.row for row in file.rows] == [1, 3]
    (bad,) = file.rejects
    assert bad.where == "row 2"
    assert why in bad.reason


def test_a_broken_line_of_csv_does_not_end_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('text,change,primary\na,c,concern\n"b" b,c,concern\nd,c,support\n', encoding="utf-8")
    file = read_labelled(path)
    assert [row.text for row in file.rows] == ["a", "d"]
    assert "broken CSV" in file.rejects[0].reason


SWALLOWED = [
    ('text,primary\n"open,concern\nb,support\nc,neutral\n', ["b", "c"]),  # to the end of the file
    ('text,primary\n"open,concern\nb,support\n"c, d",neutral\n', ["b", "c, d"]),  # to the next quote
    ('text,primary\n"open,concern\nb,support\nsaid no",neutral\n', ["b", 'said no"']),  # which might close it
    ('text,primary\n"open,concern\n"open,concern\nb,support\n', ["b"]),
]


@pytest.mark.parametrize(("content", "texts"), SWALLOWED)
def test_a_quote_that_is_not_closed_takes_no_row_but_its_own(tmp_path: Path, content: str, texts: list[str]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content, encoding="utf-8")
    file = read_labelled(path, "c")
    assert [row.text for row in file.rows] == texts
    assert file.rejects[0].where == "row 2"
    assert "a quote is opened" in file.rejects[0].reason


def test_a_cell_of_several_lines_is_one_row_named_by_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'text,primary\r\n"one, two\r\nthree\r\nfour",concern\r\n\r\nfive,support\r\n')
    rows = read_labelled(path, "c").rows
    assert [(row.row, row.text) for row in rows] == [(2, "one, two\nthree\nfour"), (6, "five")]


def test_many_broken_rows_are_read_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,primary\nfine,support\n" + '"open,concern\n' * 20_000, encoding="utf-8")
    assert len(read_labelled(path, "c").rejects) == 20_000


def test_a_text_with_a_comma_and_no_quotes_is_not_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("primary,text\nconcern,too dear, really\nsupport,fine,,\n", encoding="utf-8")
    file = read_labelled(path, "c")
    assert [row.text for row in file.rows] == ["fine"]
    assert "3 cells where there are 2 columns" in file.rejects[0].reason


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", "text,label\na,concern\n", 'no column "primary" or "coders"; there are: "text", "label"'),
        ("a.csv", "comment,primary\na,concern\n", 'no column "text"; there are: "comment", "primary"'),
        (
            "a.csv",
            "text;primary\na;concern\n",
            'no column "text", none "primary" or "coders"; there are: "text;primary"',
        ),
        ("a.jsonl", '{"text": "a"}\n{"label": "b"}\n', 'no column "primary" or "coders"; there are: "text", "label"'),
    ],
)
def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path, name: str, content: str, why: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationFileError, match=re.escape(why)):
        read_labelled(path, "c")


def test_a_missing_change_is_named_where_no_study_says_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,primary\na,concern\n", encoding="utf-8")
    assert read_labelled(path, "c").rows
    with pytest.raises(EvaluationFileError, match='no column "change"'):
        read_labelled(path)


def test_rows_without_a_change_have_that_of_the_study(write: Callable[[list[Any]], Path]) -> None:
    file = read_labelled(write([{"text": "好", "primary": "support"}, ROWS[0]]), change="公交涨价")
    assert [row.change for row in file.rows] == ["公交涨价", "某市全面禁烟"]


def test_labels_of_several_people_in_one_row(write: Callable[[list[Any]], Path]) -> None:
    row = {"text": "好", "change": "涨价"}
    file = read_labelled(
        write(
            [
                {**row, "primary": "support", "coders": ["support", "support"]},
                {**row, "primary": None, "coders": ["support", "neutral"]},
                {**row, "coders": "concern|concern|neutral"},
                {**row, "primary": "support", "coders": ["Li", "Wang"]},
            ]
        )
    )
    assert [(row.row, row.stance, row.people) for row in file.rows] == [
        (1, SUPPORT, (SUPPORT, SUPPORT)),
        (3, CONCERN, (CONCERN, CONCERN, NEUTRAL)),
        (4, SUPPORT, ()),
    ]
    assert [row.people for row in file.disputed] == [(SUPPORT, NEUTRAL)]


def test_labels_of_several_people_in_rows_of_their_own(write: Callable[[list[Any]], Path]) -> None:
    said = [("1", "li", "support"), ("1", "wu", "support"), ("2", "li", "concern"), ("2", "wu", "neutral"),
            ("1", "he", "neutral"), ("2", "li", "support"), ("3", "li", "")]  # fmt: skip
    rows = [
        {"id": id_, "annotator": who, "primary": label, "text": f"t{id_}", "change": "c"} for id_, who, label in said
    ]
    file = read_labelled(write(rows))
    assert [(row.text, row.stance, row.people) for row in file.rows] == [("t1", SUPPORT, (SUPPORT, SUPPORT, NEUTRAL))]
    assert [row.text for row in file.disputed] == ["t2"]
    assert file.unlabelled == 1
    assert "li has labelled" in file.rejects[0].reason


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00bad", b'{"text": "a", "change": "b", "primary": null}\n', b"{"])
def test_a_file_without_labels_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(EvaluationFileError):
        read_labelled(path)


def test_a_broken_archive_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv.gz").write_bytes(b"not packed")
    for name, why in (("rows.csv.gz", "cannot be read"), ("absent.csv", "no such file")):
        with pytest.raises(EvaluationFileError, match=why):
            read_labelled(tmp_path / name)
