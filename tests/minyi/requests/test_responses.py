"""The column “our response” comes back from CSV, XLSX and DOCX; what cannot be meant is refused whole, with its row."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minyi.response_files import read_form
from minyi.response_form import as_form
from minyi.responses import paraphrases_of, responses_of
from reports.asks import PARAPHRASE_COLUMNS, RESPONSE_COLUMNS
from reports.wording import catalogue
from storage.errors import MinyiError, UsageError
from storage.nouns import Wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.nouns import Language

pytestmark = pytest.mark.usefixtures("on_both")

TEXT = "建议出个深色模式"
DAY = "2026-03-09"


def heads(language: Language, columns: Sequence[str] = RESPONSE_COLUMNS) -> list[str]:
    return [str(catalogue(language)["response_columns"][name]) for name in columns]


def as_csv(rows: Sequence[Sequence[str]], header: Sequence[str] = RESPONSE_COLUMNS) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode("utf-8-sig", "replace")


def as_xlsx(sheets: dict[str, list[list[str]]]) -> bytes:
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write_string(at, column, cell)
    return out.getvalue()


def as_docx(tables: list[list[list[str]]]) -> bytes:
    docx = pytest.importorskip("docx", reason="the extra docx is not installed")
    document = docx.Document()
    for rows in tables:
        table = document.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def row_of(key: str, zh: str = "", en: str = "", state: str = "", day: str = "") -> list[str]:
    return [key, "…", "3", zh, en, state, day]


def key_of(desk: Any, text: str = TEXT) -> str:
    return f"text:{desk.id_of(text)}"


def test_answers_come_back_from_every_edition_and_language(desk: Any) -> None:
    keys = [key_of(desk, text) for text in (TEXT, "建议宽限半年再还", "希望放映场次多一些")]
    desk.respond(desk.write("form.csv", as_csv([row_of(keys[0], "会做", "", "done", DAY)])))
    sheets = {"概要": [["x"]], "回应": [heads("zh"), row_of(keys[1], "不会", "No", "已回应", DAY)]}
    desk.respond(desk.write("form.xlsx", as_xlsx(sheets)))
    other = [["Standing", "Key", "id"], ["count", "C1", "c1"]]
    tables = [
        other,
        [["State", "Request key"], ["count", "C1"]],
        [heads("en"), row_of(keys[2], "", "More shows", "Answered", DAY)],
    ]
    desk.respond(desk.write("form.docx", as_docx(tables)))
    found = {one.ask: (one.state, one.text, one.day) for one in responses_of(desk.workspace)}
    day = date.fromisoformat(DAY)
    assert found == {
        keys[0]: ("done", Wording(zh="会做"), day),
        keys[1]: ("said", Wording(zh="不会", en="No"), day),
        keys[2]: ("said", Wording(en="More shows"), day),
    }


def test_the_same_file_again_adds_nothing(desk: Any) -> None:
    path = desk.write("form.csv", as_csv([row_of(key_of(desk), "会做"), row_of(key_of(desk, "建议宽限半年再还"))]))
    assert desk.respond(path).counts == {"new": 1, "same": 0, "empty": 1}
    assert desk.respond(path).counts == {"new": 0, "same": 1, "empty": 1}
    assert desk.workspace.store.responses.last(desk.workspace.study.id) == 1


def test_an_answer_is_of_the_day_on_which_it_is_first_read(desk: Any) -> None:
    desk.respond(desk.write("form.csv", as_csv([row_of(key_of(desk), "会做")])))
    (one,) = responses_of(desk.workspace)
    assert one.day is not None
    assert abs((desk.workspace.now.date() - one.day).days) <= 1


def test_a_dry_run_keeps_nothing(desk: Any) -> None:
    read = desk.respond(desk.write("form.csv", as_csv([row_of(key_of(desk), "会做")])), dry_run=True)
    assert len(read.new) == 1
    assert responses_of(desk.workspace) == []
    assert "1 would be kept" in desk.said.getvalue()


def test_an_answer_can_be_changed_and_taken_back(desk: Any) -> None:
    key = key_of(desk)
    for zh, state in (("会做", ""), ("已经做了", "done")):
        desk.respond(desk.write("form.csv", as_csv([row_of(key, zh, "", state)])))
    assert [(one.state, one.text.zh) for one in responses_of(desk.workspace)] == [("done", "已经做了")]
    desk.respond(desk.write("form.csv", as_csv([row_of(key, "", "", "open")])))
    assert responses_of(desk.workspace) == []


def test_an_empty_row_leaves_what_stands(desk: Any) -> None:
    desk.respond(desk.write("form.csv", as_csv([row_of(key_of(desk), "会做")])))
    desk.respond(desk.write("form.csv", as_csv([row_of(key_of(desk))])))
    assert len(responses_of(desk.workspace)) == 1


def test_a_form_in_one_language_leaves_the_other_as_it_stands(desk: Any) -> None:
    key = key_of(desk)
    desk.respond(desk.write("form.csv", as_csv([row_of(key, "会做", "We will", "", DAY)])))
    desk.respond(desk.write("en.csv", as_csv([[key, "We did"]], ["Request key", "Our response (English)"])))
    assert [one.text for one in responses_of(desk.workspace)] == [Wording(zh="会做", en="We did")]


def test_paraphrases_come_back_too(desk: Any) -> None:
    name = desk.id_of(TEXT)
    sheets = {"p": [heads("en", PARAPHRASE_COLUMNS), [name, TEXT, "有人要深色模式", "One asks for a dark mode"]]}
    desk.respond(desk.write("form.xlsx", as_xlsx(sheets)))
    assert paraphrases_of(desk.workspace) == {name: Wording(zh="有人要深色模式", en="One asks for a dark mode")}
    assert responses_of(desk.workspace) == []


def test_a_theme_is_answered_by_its_key(desk: Any) -> None:
    desk.write("themes.toml", '[[themes]]\nkey = "dark"\ntitle = "Dark mode"\nexamples = []\n')
    desk.respond(desk.write("form.csv", as_csv([row_of("theme:dark", "", "Coming")])))
    assert [one.ask for one in responses_of(desk.workspace)] == ["theme:dark"]


TOMORROW = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011  any day that is certainly not over


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (row_of("text:c0123456789", "会做"), "no request text:c0123456789"),
        (row_of("theme:gone", "会做"), "no request theme:gone"),
        (row_of("", "会做"), "an answer without a key"),
        (row_of("KEY", "会做", "", "soon"), "unknown state “soon”"),
        (row_of("KEY", "", "", "done"), "marked done without words"),
        (row_of("KEY", "会做", "", "open"), "marked open and has an answer"),
        (row_of("KEY", "会做", "", "", "yesterday"), "“yesterday” is no day"),
        (row_of("KEY", "会做", "", "", TOMORROW), "lies in the future"),
        (row_of("KEY", '=HYPERLINK("http://x.test")'), "begins like a formula"),
        (row_of("KEY", "＠SUM(1)"), "begins like a formula"),
        (row_of("KEY", "长" * 4_001), "4,001 characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_row_and_nothing_is_kept(
    desk: Any, row: list[str], words: str
) -> None:
    good = row_of(key_of(desk, "建议宽限半年再还"), "好")
    bad = [key_of(desk) if cell == "KEY" else cell for cell in row]
    with pytest.raises(UsageError) as refused:
        desk.respond(desk.write("form.csv", as_csv([good, bad])))
    assert words in refused.value.what
    assert "form.csv row 3" in refused.value.what
    assert responses_of(desk.workspace) == []


def test_two_answers_to_one_request_are_refused_and_the_same_twice_is_one(desk: Any) -> None:
    key = key_of(desk)
    with pytest.raises(UsageError, match="has another answer in form"):
        desk.respond(desk.write("form.csv", as_csv([row_of(key, "会做"), row_of(key, "不会")])))
    assert desk.respond(desk.write("form.csv", as_csv([row_of(key, "会做"), row_of(key, "会做")]))).counts["new"] == 1


@pytest.mark.parametrize("again", ["response_en", "Our response (English)"])
def test_a_heading_that_is_there_twice_is_refused_by_file_and_name(desk: Any, again: str) -> None:
    row = [*row_of(key_of(desk), "会做", "Soon", "done", DAY), "Never"]
    header = [*RESPONSE_COLUMNS, again]
    for name, content in (("form.csv", as_csv([row], header)), ("form.xlsx", as_xlsx({"回应": [header, row]}))):
        with pytest.raises(MinyiError) as refused:
            desk.respond(desk.write(name, content))
        assert f"“response_en”, “{again}”" in refused.value.what
        assert refused.value.where.startswith(name)
    assert responses_of(desk.workspace) == []


def with_formula(rows: list[list[str]], at: tuple[int, int], left: int = 0) -> bytes:
    """A workbook with a tally on its first sheet, and on its second a table in which one cell is computed."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.add_worksheet("tally").write_formula(1, 3, "=COUNTA(A:A)", None, 3)
        sheet = book.add_worksheet("a & b")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells, start=left):
                if (row, column - left) == at:
                    sheet.write_formula(row, column, '="会"&"做"', None, cell)
                else:
                    sheet.write_string(row, column, cell)
    return out.getvalue()


@pytest.mark.parametrize(("left", "cell"), [(0, "D2"), (2, "F2")])
def test_an_answer_that_a_formula_gives_is_refused_by_its_cell(desk: Any, left: int, cell: str) -> None:
    rows = [[*RESPONSE_COLUMNS, "our own note"], [*row_of(key_of(desk), "会做"), "3"]]
    with pytest.raises(MinyiError, match=f"Cell {cell} holds a formula") as refused:
        desk.respond(desk.write("form.xlsx", with_formula(rows, (1, 3), left)))
    assert refused.value.where == "form.xlsx sheet a & b row 2"
    assert desk.respond(desk.write("own.xlsx", with_formula(rows, (1, 7), left))).counts["new"] == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"PK\x03\x04 no zip", as_xlsx({"x": [["a", "b"]]}), b"\x00\xff\xfe\x00" * 9],
    ids=["empty", "another table", "broken zip", "another workbook", "bytes"],
)
def test_another_file_is_refused(desk: Any, content: bytes) -> None:
    with pytest.raises(MinyiError) as refused:
        desk.respond(desk.write("form.csv", content))
    assert refused.value.remedy


def test_what_an_edition_prints_into_an_empty_cell_is_no_answer(desk: Any) -> None:
    tables = [[heads("zh"), row_of(key_of(desk), "待填写", "to be filled in")]]
    assert desk.respond(desk.write("form.docx", as_docx(tables))).counts == {"new": 0, "same": 0, "empty": 1}


def test_the_empty_form_holds_what_was_answered_and_reads_back_unchanged(desk: Any) -> None:
    key, other = key_of(desk), key_of(desk, "建议宽限半年再还")
    desk.respond(desk.write("form.csv", as_csv([row_of(key, "会做", "It comes", "done", DAY)])))
    asks = [{"key": one, "theme": None, "text": "=danger", "authors": 3} for one in (key, other)]
    form = as_form(asks, desk.workspace.store.responses.standing(desk.workspace.study.id, "response"))
    assert b"'=danger" in form
    assert desk.respond(desk.write("again.csv", form)).counts == {"new": 0, "same": 1, "empty": 1}


@given(
    st.lists(st.lists(st.text(max_size=12), min_size=7, max_size=7), max_size=6),
    st.sampled_from([RESPONSE_COLUMNS, ("a", "b")]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_door_takes_or_refuses_whatever_a_file_holds(
    tmp_path: Path, rows: list[list[str]], header: tuple[str, ...]
) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(as_csv(rows, header))
    try:
        found = read_form(path)
    except MinyiError:
        return
    assert all(set(row.cells) <= {*RESPONSE_COLUMNS, *PARAPHRASE_COLUMNS} for row in found)


@given(st.binary(max_size=400))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_of_any_kind_are_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.bin"
    path.write_bytes(content)
    with pytest.raises(MinyiError):
        read_form(path)


def test_a_document_whose_parts_are_other_xml_cannot_be_read(tmp_path: Path) -> None:
    whole = as_docx([[heads("en"), row_of("text:c0", "", "Yes")]])
    with zipfile.ZipFile(io.BytesIO(whole)) as parts:
        entries = {name: parts.read(name) for name in parts.namelist()}
    for name in ("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/_rels/document.xml.rels"):
        path = tmp_path / "form.docx"
        with zipfile.ZipFile(path, "w") as parts:
            for other, content in entries.items():
                parts.writestr(other, b"<a/>" if other == name else content)
        with pytest.raises(MinyiError, match="cannot be read"):
            read_form(path)


def test_of_a_form_that_is_cut_off_nothing_is_taken(tmp_path: Path) -> None:
    rows = [row_of(f"text:c{at}", "", f"Answer {at * 7919 % 1009}") for at in range(200)]
    path = tmp_path / "form.csv"
    whole = gzip.compress(as_csv(rows))
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MinyiError):
        read_form(path)
    path.write_bytes(whole[:-4])
    with pytest.raises(MinyiError, match="to its end"):
        read_form(path)
