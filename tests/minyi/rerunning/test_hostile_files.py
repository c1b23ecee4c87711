"""Files that are no report, or one that was damaged, are told of in words; none of them ends a command unforeseen."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from minyi.packing.pack import pack_study
from minyi.rerunning import named_run, read_report
from minyi.response_form import write_form
from reports.editions import EDITIONS
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace

DEEP = "[" * 100_000
NO_REPORTS = ("", "[]", "null", "{}", "3", DEEP, "\x00", '{"provenance": {"run": "1"}}')
SHAPES: tuple[Any, ...] = (None, 3, "C1", {"a": {}}, [1, None], [["id"]])


@pytest.mark.parametrize("content", NO_REPORTS, ids=range(len(NO_REPORTS)))
def test_what_holds_no_numbers_is_no_report(tmp_path: Path, content: str) -> None:
    path = tmp_path / "numbers.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="no report of minyi's"):
        read_report(path)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("part", ["study", "claims", "provenance"])
def test_numbers_in_another_shape_are_no_report(opened: Workspace, tmp_path: Path, part: str, shape: Any) -> None:
    numbers = json.loads((opened.reports / "numbers.json").read_bytes())
    path = tmp_path / "numbers.json"
    path.write_text(json.dumps(numbers | {part: shape}), encoding="utf-8")
    with pytest.raises(UsageError, match="no report of minyi's"):
        read_report(path)


def test_a_file_beyond_all_measure_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "report.en.html"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UsageError, match="so large"):
        read_report(path)


def test_a_run_may_be_named_by_nothing_that_fits_the_file_system(opened: Workspace) -> None:
    assert named_run(opened, "9" * 5_000) == "9" * 5_000


@pytest.mark.parametrize("content", [*NO_REPORTS, '{"provenance": {"run": "../..", "generated_at": "2026"}}'])
def test_numbers_that_are_none_are_not_packed_and_make_no_form(
    opened: Workspace, console: Console, tmp_path: Path, content: str
) -> None:
    (opened.reports / "numbers.json").write_text(content, encoding="utf-8")
    with pytest.raises(MinyiError):
        pack_study(opened, tmp_path / "pack.zip")
    with pytest.raises(UsageError):
        write_form(opened, tmp_path / "form.csv", console)
    assert not list(tmp_path.glob("*.zip"))


@pytest.mark.parametrize("name", ["docx", "pptx", "xlsx"])
def test_an_office_file_with_a_damaged_part_cannot_be_read(name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:  # stored, so that what stands in it can be found and changed
        for part in ("[Content_Types].xml", "_rels/.rels", "docProps/core.xml"):
            archive.writestr(part, "<a>whole</a>")
    for content in (out.getvalue(), out.getvalue().replace(b"whole", b"WHOLE")):
        with pytest.raises(MinyiError):
            EDITIONS[name].read(content)
