"""XML with entities, document types and inclusions, in workbooks and documents: refused, with nothing outside read."""

from __future__ import annotations

import io
import sys
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from odd_books import ROWS, SHEET, STRINGS, cell, packed, shared_strings, sheet_parts

from minyi.label_files.reading import read_labels
from minyi.response_files import read_form
from reports.asks import RESPONSE_COLUMNS
from reports.editions import EDITIONS
from storage.errors import MinyiError
from storage.office_files import HostileFile, check_office_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEARD: list[str] = []
_LISTENING = False
_ASKING = {"socket.connect", "socket.getaddrinfo", "urllib.Request"}
SECRET = "x9q-secret-of-another-file"

TRAPS = {
    "a bomb of entities": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>",
    "one entity, named often": f'<!DOCTYPE x [<!ENTITY j "{"a" * 100_000}">]>',
    "a file of this machine": '<!DOCTYPE x [<!ENTITY j SYSTEM "file://SECRET">]>',
    "a page elsewhere": '<!DOCTYPE x [<!ENTITY j SYSTEM "http://127.0.0.1:9/x9q">]>',
    "a document type elsewhere": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x9q.dtd">',
    "a parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x9q.dtd"> %p;]>',
    "in small letters": '<!doctype x [<!entity j SYSTEM "file://SECRET">]>',
}
INCLUDED = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://SECRET" parse="text"/>'


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _LISTENING and (event in _ASKING or (event == "open" and "x9q" in str(arguments[0]))):
        HEARD.append(f"{event} {arguments[:2]}")


sys.addaudithook(_hear)


@contextmanager
def unheard() -> Iterator[None]:
    """Nothing is asked, and no file beside is opened."""
    global _LISTENING  # noqa: PLW0603  an audit hook cannot be taken away
    HEARD.clear()
    _LISTENING = True
    try:
        yield
    finally:
        _LISTENING = False
    assert HEARD == []


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that none of them may read."""
    (path := tmp_path / "x9q.txt").write_text(SECRET, "utf-8")
    return path


def a_document(texts: dict[str, str]) -> bytes:
    """A form in a Word document, with XML put before its root and into a cell."""
    docx = pytest.importorskip("docx", reason="the extra docx is not installed")
    document = docx.Document()
    table = document.add_table(rows=2, cols=len(RESPONSE_COLUMNS))
    for column, name in enumerate(RESPONSE_COLUMNS):
        table.cell(0, column).text, table.cell(1, column).text = name, "HERE"
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as parts:
        made = {name: parts.read(name) for name in parts.namelist()}
    body = made["word/document.xml"].decode()
    at = body.index("?>") + 2
    body = body[:at] + texts["before"] + body[at:].replace("HERE", texts["inside"])
    return packed(made | {"word/document.xml": body.encode()})


LABELS = "".join(
    f'<row r="{at}">{cell(f"A{at}", text)}{cell(f"B{at}", code)}{cell(f"C{at}", who)}</row>'
    for at, (text, code, who) in enumerate((("text", "primary", "coder"), ("fine", "concern", "Ann")), start=1)
)


def a_workbook(part: str, texts: dict[str, str]) -> bytes:
    """A workbook, with XML put before a part's root and into a text."""
    parts = sheet_parts(LABELS) | {STRINGS: shared_strings("a")}
    body = parts[part].decode()
    return packed(parts | {part: (texts["before"] + body.replace("fine", texts["inside"])).encode()})


def told(read: Callable[[Path], Any], path: Path) -> str:
    """What was read, or why not."""
    with unheard():
        try:
            return str(list(read(path)))
        except MinyiError as error:
            return f"refused: {error}"


@pytest.mark.parametrize("name", TRAPS)
def test_a_document_with_a_trap_is_refused(name: str, tmp_path: Path, secret: Path) -> None:
    trap = TRAPS[name].replace("SECRET", str(secret))
    (path := tmp_path / "a.docx").write_bytes(a_document({"before": trap, "inside": "&j;"}))
    assert told(read_form, path).startswith("refused")
    with unheard(), pytest.raises(MinyiError):
        EDITIONS["docx"].read(path.read_bytes())


@pytest.mark.parametrize("part", [SHEET, STRINGS, "xl/workbook.xml"])
@pytest.mark.parametrize("name", TRAPS)
def test_a_workbook_with_a_trap_is_refused(name: str, part: str, tmp_path: Path, secret: Path) -> None:
    trap = TRAPS[name].replace("SECRET", str(secret))
    (path := tmp_path / "a.xlsx").write_bytes(a_workbook(part, {"before": trap, "inside": "&j;"}))
    said = told(read_labels, path)
    assert said.startswith("refused")
    assert SECRET not in said


def test_what_is_to_be_included_is_not(tmp_path: Path, secret: Path) -> None:
    inclusion = INCLUDED.replace("SECRET", str(secret))
    (tmp_path / "a.docx").write_bytes(a_document({"before": "", "inside": f"</w:t>{inclusion}<w:t>"}))
    (tmp_path / "a.xlsx").write_bytes(a_workbook(SHEET, {"before": "", "inside": inclusion}))
    assert SECRET not in told(read_form, tmp_path / "a.docx") + told(read_labels, tmp_path / "a.xlsx")


@pytest.mark.parametrize("span", ["2147483647", "999", "0100", " 99999999999", "x"])
def test_a_cell_over_countless_columns_fills_no_memory(span: str, tmp_path: Path) -> None:
    wide = f'fine</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:gridSpan w:val="{span}"/></w:tcPr><w:p><w:r><w:t>'
    (path := tmp_path / "a.docx").write_bytes(a_document({"before": "", "inside": wide}))
    assert told(read_form, path).startswith("refused")


def test_an_ordinary_document_and_workbook_are_read(tmp_path: Path) -> None:
    wide = '</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:gridSpan w:val="63"/></w:tcPr><w:p><w:r><w:t>'
    for inside in ("fine", f"fine{wide}"):
        (path := tmp_path / "a.docx").write_bytes(a_document({"before": "", "inside": inside}))
        assert not told(read_form, path).startswith("refused")
    (path := tmp_path / "a.xlsx").write_bytes(a_workbook(SHEET, {"before": "", "inside": "fine"}))
    assert "fine" in told(read_labels, path)


def test_a_document_that_inflates_beyond_its_cap_is_not_given_to_its_reader() -> None:
    for bomb in ({"word/media/a.png": bytes(70 << 20)}, {"word/document.xml": b"<a>" + b" " * (70 << 20)}):
        with pytest.raises(HostileFile, match="too large"):
            check_office_file(packed(bomb), 64 << 20)


@pytest.mark.shared
def test_public_bombs_are_refused(shared: Path, tmp_path: Path) -> None:
    traps = sorted((shared / "suites" / "defusedxml" / "xmltestdata").glob("*.xml"))
    assert traps
    for trap in traps:
        book = packed(sheet_parts(ROWS) | {SHEET: trap.read_bytes()})
        (path := tmp_path / "a.xlsx").write_bytes(book)
        assert told(read_labels, path).startswith("refused"), trap.name
        with unheard(), pytest.raises(HostileFile):
            check_office_file(book)
