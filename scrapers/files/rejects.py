"""The rejects file: what could not be used, where it stood and why, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from storage.nouns import Reject

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_rejects(path: Path, rejects: Iterable[Reject]) -> int:
    """Append rejects to a CSV file (UTF-8 with a mark, so that spreadsheets show Chinese); returns how many.

    Raises:
        MinyiError: the file cannot be written.
    """
    rows = [[_harmless(cell) for cell in (reject.where, reject.reason, reject.sample)] for reject in rejects]
    if not rows:
        return 0
    try:
        fresh = not path.exists() or path.stat().st_size == 0
        with path.open("a", encoding="utf-8-sig" if fresh else "utf-8", errors="replace", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerows([["where", "reason", "sample"]] if fresh else [])
            writer.writerows(rows)
    except OSError as error:
        remedy = "Give yourself the right to write there."
        raise MinyiError(
            f"The rejects file cannot be written ({error.strerror}).", where=str(path), remedy=remedy
        ) from error
    return len(rows)


def _harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula (OWASP, CSV injection)."""
    plain = cell.replace("\0", "")
    return f"'{plain}" if plain.lstrip(" ").startswith(_FORMULA_STARTS) else plain
