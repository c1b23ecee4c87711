"""A file that would fill the memory is refused at once, or read in little of it, in a process with a limit."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limit on memory is POSIX's")

ROOM = 400 << 20
"""Address space that the reader may use beyond what it needs for itself and its libraries."""
READ = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from scrapers.files import FileOptions, open_file
import python_calamine
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]),) * 2)
begun = time.process_time()
rows = rejects = 0
try:
    reading = open_file(Path(sys.argv[1]), FileOptions(), zone=ZoneInfo("UTC"), reference=datetime.now(UTC))
    for page in reading.pages():
        rows, rejects = rows + len(page.comments), rejects + len(page.rejects)
    end = reading.broken_off or "read"
except Exception as error:
    end = f"{type(error).__name__}: {error}"
print(json.dumps({"end": end, "rows": rows, "rejects": rejects, "cpu": time.process_time() - begun}))
"""


def read(path: Path) -> dict[str, Any]:
    """How a process of its own, with a limit on its memory, reads the file."""
    call = [sys.executable, "-c", READ, str(path), str(ROOM)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=120, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def sheet_parts(rows: str, dimension: str = "A1:A2") -> dict[str, bytes]:
    """The parts of a workbook with one sheet."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    one = '<Relationship Id="rId1" Type="{}/{}" Target="{}"/>'
    return {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relation.format(one.format(kind, "officeDocument", "xl/workbook.xml")).encode(),
        "xl/_rels/workbook.xml.rels": relation.format(one.format(kind, "worksheet", "worksheets/sheet1.xml")).encode(),
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{kind}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>".encode(),
        "xl/worksheets/sheet1.xml": f'<worksheet {main}><dimension ref="{dimension}"/><sheetData>{rows}</sheetData>'
        "</worksheet>".encode(),
    }


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def archive(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return path


ROWS = f'<row r="1">{cell("A1", "text")}</row><row r="2">{cell("A2", "fine")}</row>'


def test_an_ordinary_workbook_is_read_within_the_limit(tmp_path: Path) -> None:
    found = read(archive(tmp_path / "a.xlsx", sheet_parts(ROWS)))
    assert (found["end"], found["rows"]) == ("read", 1), found


def test_a_workbook_that_inflates_a_thousand_times_is_refused(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "a.xlsx", sheet_parts(ROWS) | {"xl/sharedStrings.xml": bytes(100 << 20)})
    found = read(bomb)
    assert "too large to be read in one piece" in found["end"], found
    assert found["cpu"] < 3


@pytest.mark.parametrize(
    ("rows", "dimension"),
    [
        (f'<row r="1">{cell("A1", "text")}</row><row r="1048576">{cell("XFD1048576", "far")}</row>', "A1:XFD1048576"),
        (f'<row r="1">{cell("A1", "text")}</row><row r="1048576">{cell("XFD1048576", "far")}</row>', "A1:A2"),
        (f'<row r="1">{cell("A1", "text")}</row><row r="1048576"><c r = "xfd1048576"><v>1</v></c></row>', "A1:A2"),
        (ROWS, "A1:XFD1048576"),  # the sheet only says that it is so large
    ],
)
def test_a_sheet_as_large_as_sheets_can_be_fills_no_memory(tmp_path: Path, rows: str, dimension: str) -> None:
    found = read(archive(tmp_path / "a.xlsx", sheet_parts(rows, dimension)))
    assert found["end"] == "read" or "too large" in found["end"], found
    assert found["cpu"] < 3


@pytest.mark.parametrize("name", ["../../../x9q.csv", "/tmp/x9q.csv"])
def test_an_archive_writes_nothing_anywhere(tmp_path: Path, name: str) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr(name, "id,text\n1,slipped\n")
        packed.writestr(link, "/etc/passwd")
        for part, content in sheet_parts(ROWS).items():
            packed.writestr(part, content)
    (tmp_path / "a.zip").write_bytes(stream.getvalue())
    (tmp_path / "a.xlsx").write_bytes(stream.getvalue())
    before = sorted(tmp_path.parent.rglob("*"))
    assert "This is a zip archive" in read(tmp_path / "a.zip")["end"] or read(tmp_path / "a.zip")["rows"] == 1
    assert read(tmp_path / "a.xlsx")["rows"] <= 1
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_gzip_of_gzip_is_no_table(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv.gz").write_bytes(gzip.compress(gzip.compress(b"id,text\n1,x\n")))
    assert read(path)["end"].startswith("FileError")


def test_a_wide_table_is_refused(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_bytes(b"a," * 2_000_000 + b"text\n" + b"1," * 2_000_000 + b"x\n")
    found = read(path)
    assert "The header cannot be read" in found["end"], found
    assert found["cpu"] < 5
