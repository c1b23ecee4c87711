"""The program that `storage.workbooks` starts: a workbook comes in by standard input, its rows go out as lines of JSON.

It is run as a file, with nothing but the standard library and python-calamine, so that it begins in little time.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from python_calamine import CalamineSheet, CalamineWorkbook

_CPU_S = 600
_EVERY: list[object] = []  # stands for all sheets; no sheet is named so


def _bounded(memory: int) -> None:
    """No more memory and time than this; where the system knows no such limits, an end of this process is no harm."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _chosen(book: CalamineWorkbook, wanted: Any) -> Iterator[CalamineSheet]:  # noqa: ANN401  from JSON
    """The sheet of a name or number; every one that holds anything; or the first of those, else the first of all.

    Raises:
        KeyError: there is no such sheet.
    """
    names = book.sheet_names
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return iter([book.get_sheet_by_index(wanted - 1)])
    if wanted in names:
        return iter([book.get_sheet_by_name(wanted)])
    if wanted not in (None, _EVERY) or not names:
        raise KeyError(wanted)
    filled = (found for found in map(book.get_sheet_by_index, range(len(names))) if found.height)
    return filled if wanted == _EVERY else iter([next(filled, None) or book.get_sheet_by_index(0)])


def _plain(value: object) -> str:
    """Dates and times as ISO text, spans as Python writes them."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _tell(wanted: Any) -> None:  # noqa: ANN401  from JSON
    from python_calamine import CalamineError, CalamineWorkbook

    encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode

    def write(said: object) -> None:
        sys.stdout.buffer.write(encode(said).encode() + b"\n")

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        for sheet in _chosen(book, wanted):
            # The reader leaves out columns that are empty throughout, and rows it does not.
            write({"sheet": sheet.name, "left": (sheet.start or (0, 0))[1]})
            for row in sheet.iter_rows():
                write(row)
        end: dict[str, object] = {"end": ""}
    except CalamineError as error:
        end = {"end": f"The workbook cannot be read ({error})."}
    except KeyError:
        end = {"end": f"There is no sheet {wanted!r}.", "names": book.sheet_names}
    write(end)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    _bounded(int(sys.argv[2]))
    _tell(json.loads(sys.argv[3]))
