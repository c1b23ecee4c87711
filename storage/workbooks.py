"""The door for workbooks: they are read in a process of its own, so that none fills the memory or ends the command.

What a workbook says can make its reader ask for any amount of memory: cells in opposite corners, cells without
references, one long text that is named a million times. Its reader ends the whole process where it does not get it.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = 3 << 30
"""Address space of the process that reads, in bytes, at most: a million rows with twenty columns."""
_LONGEST_ROW = 64 << 20
_PROGRAM = Path(__file__).with_name("workbook_child.py")


class WorkbookError(MinyiError):
    """A workbook cannot be read, or not in the memory there is for it."""


class SheetRow(NamedTuple):
    """One row of a sheet.

    Attributes:
        sheet: name of the sheet.
        left: how many columns before the first cell are empty in every row.
        number: of the row, from 1.
        cells: texts, numbers, booleans; dates and times as ISO text; `""` where a cell is empty.
    """

    sheet: str
    left: int
    number: int
    cells: list[Any]


def rows_of(
    data: bytes, sheet: str | int | None = None, *, every: bool = False, memory: int = MEMORY
) -> Iterator[SheetRow]:
    """The rows of one sheet, or of every sheet that holds anything.

    Args:
        data: an XLSX workbook.
        sheet: its name, or its number from 1; by default the first that holds anything.
        every: give all sheets instead.
        memory: address space of the process that reads, in bytes.

    Raises:
        WorkbookError: it is no workbook, is damaged, has no such sheet, or would take more memory than that.
    """
    package = find_spec("python_calamine")
    home = str(Path(package.origin).parents[1]) if package and package.origin else ""
    call = [sys.executable, "-I", "-S", str(_PROGRAM), home, str(memory), json.dumps([] if every else sheet)]
    with Popen(call, stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as process:  # noqa: S603  our own program
        try:
            yield from _rows(cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout), data)
        finally:
            process.kill()


def _rows(given: IO[bytes], told: IO[bytes], data: bytes) -> Iterator[SheetRow]:
    with suppress(BrokenPipeError), given:
        given.write(data)
    name, left, number = "", 0, 0
    while True:
        said = _next(told)
        if isinstance(said, list):
            number += 1
            yield SheetRow(name, left, number, said)
        elif "sheet" in said:
            name, left, number = said["sheet"], said["left"], 0
        elif said["end"]:
            names = said.get("names")
            remedy = "Save it again as XLSX." if names is None else f"Its sheets are: {', '.join(names)}."
            raise WorkbookError(said["end"], remedy=remedy)
        else:
            return


def _next(told: IO[bytes]) -> Any:  # noqa: ANN401  from JSON
    """What the process says next.

    Raises:
        WorkbookError: it ended before it said so, or a row is longer than any sheet's can be.
    """
    line = told.readline(_LONGEST_ROW)
    if not line.endswith(b"\n"):
        raise WorkbookError("The workbook is too large to be read in one piece.", remedy="Save the sheet as CSV.")
    return json.loads(line)
