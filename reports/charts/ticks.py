"""Where the time axis is marked, and with what words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reports.bins import HOUR_MS
from reports.charts.scale import text_width
from reports.corpus import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.wording import Locale

_STEPS = {"hour": (3, 6, 12, 24), "day": (1, 2, 7, 14, 28), "month": (1, 2, 3, 6, 12, 24, 60, 120, 240)}
_SPACE = 16


def ticks(timeline: Mapping[str, Any], locale: Locale, width: float, size: float) -> list[tuple[int, str]]:
    """Wall-clock times and their labels, as many as stand side by side in `width` pixels."""
    unit = timeline["unit"] if timeline["unit"] in _STEPS else "month"
    found: list[tuple[int, str]] = []
    for step in _STEPS[unit]:
        found = list(_every(unit, step, timeline, locale))
        if sum(text_width(label, size) + _SPACE for _, label in found) <= width:
            break
    return found


def _every(unit: str, step: int, timeline: Mapping[str, Any], locale: Locale) -> Iterator[tuple[int, str]]:
    start, until = timeline["starts"][0], timeline["until"]
    if unit == "month":
        yield from _months(step, start, until, locale)
        return
    width = {"hour": HOUR_MS, "day": DAY_MS}[unit] * step
    for at in range(start, until, width):
        hour = at % DAY_MS // HOUR_MS
        yield at, f"{hour:02d}:00" if unit == "hour" and hour else locale.day(_iso(at), style="short")


def _months(step: int, start: int, until: int, locale: Locale) -> Iterator[tuple[int, str]]:
    first = int(np.int64(start).astype("datetime64[ms]").astype("datetime64[M]").astype("int64"))
    aligned = -(-first // step) * step
    for month in range(aligned, aligned + 2400 * step, step):
        at = int(np.int64(month).astype("datetime64[M]").astype("datetime64[ms]").astype("int64"))
        if at >= until:
            return
        if at >= start:
            yield at, locale.day(_iso(at), precision="short_month")


def _iso(at: int) -> str:
    return str(np.int64(at).astype("datetime64[ms]").astype("datetime64[D]"))
