"""What a script of faults found, figure by figure: printed for people, and as JSON for `benchmarks/operate.py`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Figure(NamedTuple):
    """One promise, and what was measured of it.

    Attributes:
        promise: what has to hold, in a few words.
        measured: what was found, with its unit or out of how many.
        limit: what it may be at most, or has to be.
        holds: whether it does.
    """

    promise: str
    measured: str
    limit: str
    holds: bool


def none_of(promise: str, wrong: int, of: int) -> Figure:
    """A figure that has to be zero, out of so many tries; it does not hold where nothing was tried."""
    return Figure(promise, f"{wrong} of {of}", "0", wrong == 0 and of > 0)


def told(figures: Sequence[Figure], path: Path | None = None) -> int:
    """Prints them and, where a path is given, writes them as JSON; returns the exit code: 1 where one does not hold."""
    for figure in figures:
        print(f"{'holds' if figure.holds else 'FAILS':<6} {figure.promise}: {figure.measured} (limit {figure.limit})")
    if path:
        path.write_text(json.dumps([figure._asdict() for figure in figures], ensure_ascii=False, indent=2))
    return 0 if figures and all(figure.holds for figure in figures) else 1
