"""A file that would fill the memory is refused at once, or read in little of it, in a process with a limit."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from odd_books import ROWS, packed, sheet_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limit on memory is POSIX's")

ROOM = 400 << 20
"""Address space that the reader may use beyond what it needs for itself and its libraries."""
READ = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from scrapers.files import FileOptions, open_file
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


def written(folder: Path, book: bytes) -> Path:
    """A workbook as a file."""
    (path := folder / "a.xlsx").write_bytes(book)
    return path


def deflated(size: int) -> Iterator[bytes]:
    """Gzip of that many bytes of rows, in pieces."""
    packer, block = zlib.compressobj(9, wbits=31), (b"1," + b"the same again and again " * 4_000 + b"\n") * 10
    yield packer.compress(b"id,text\n")
    for _ in range(size // len(block)):
        yield packer.compress(block)
    yield packer.flush()


def test_an_ordinary_workbook_is_read_within_the_limit(tmp_path: Path) -> None:
    found = read(written(tmp_path, packed(sheet_parts(ROWS))))
    assert (found["end"], found["rows"]) == ("read", 1), found


def test_a_sheet_that_only_says_to_be_huge_is_read(tmp_path: Path) -> None:
    found = read(written(tmp_path, packed(sheet_parts(ROWS, "A1:XFD1048576"))))
    assert (found["end"], found["rows"]) == ("read", 1), found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["../../../x9q.csv", "/tmp/x9q.csv"])
def test_an_archive_writes_nothing_anywhere(tmp_path: Path, name: str) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as parts:
        parts.writestr(name, "id,text\n1,slipped\n")
        parts.writestr(link, "/etc/passwd")
        for part, content in sheet_parts(ROWS).items():
            parts.writestr(part, content)
    (tmp_path / "a.zip").write_bytes(stream.getvalue())
    (tmp_path / "a.xlsx").write_bytes(stream.getvalue())
    before = sorted(tmp_path.parent.rglob("*"))
    assert "This is a zip archive" in read(tmp_path / "a.zip")["end"] or read(tmp_path / "a.zip")["rows"] == 1
    assert read(tmp_path / "a.xlsx")["rows"] <= 1
    assert sorted(tmp_path.parent.rglob("*")) == before


@pytest.mark.slow
def test_a_compressed_table_is_read_in_little_memory_up_to_its_cap(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv.gz").write_bytes(b"".join(deflated(1_200 << 20)))
    found = read(path)
    assert "inflates to more than" in found["end"], found


@pytest.mark.slow
def test_a_quote_that_is_never_closed_costs_little_memory(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_bytes(b'id,text\n1,fine\n2,"' + b"never closed, " * (200 << 16) + b"\n")
    found = read(path)
    assert found["rows"] >= 1, found
    assert found["rejects"] <= 2


def test_a_gzip_of_gzip_is_no_table(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv.gz").write_bytes(gzip.compress(gzip.compress(b"id,text\n1,x\n")))
    assert read(path)["end"].startswith("FileError")


def test_a_wide_table_is_refused(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_bytes(b"a," * 2_000_000 + b"text\n" + b"1," * 2_000_000 + b"x\n")
    found = read(path)
    assert "The header cannot be read" in found["end"], found
    assert found["cpu"] < 5
