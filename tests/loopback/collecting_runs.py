"""Invented runs of a collection, day by day, and what they say of their sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from minyi.coverage import Coverage, Facts, cover
from minyi.outages import Said
from storage.nouns import Change, SourceSpec, Study, Wording
from storage.records import RunRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minyi.outages import Lapse

HOUR, DAY = 3_600_000, 86_400_000
MARCH = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
GOOD: dict[str, Any] = {"asked": 3, "fetched": 3, "comments": 5, "new": 2, "waiting": 0}
NOTHING: dict[str, Any] = {"asked": 1, "fetched": 0, "comments": 0, "new": 0, "waiting": 1}
BROKEN = {"type": "Transient", "what": "The server answered 500.", "where": "", "remedy": ""}


def at(day: int, hour: int = 10) -> int:
    """A time in March 2026, UTC."""
    return MARCH + (day - 1) * DAY + hour * HOUR


def study(*names: str, **fields: Any) -> Study:
    sources = tuple(SourceSpec(name=name, kind="feed") for name in names)
    change = Change(name=Wording(en="Fee"), statement=Wording(en="A fee is charged"))
    return Study(id="s", change=change, sources=sources, **{"time_zone": "UTC", **fields})


def run(number: int, started: int, counts: Mapping[str, Any], *failing: str, status: str = "ok") -> RunRecord:
    failures = [{**BROKEN, "source": source} for source in failing]
    ended = None if status == "running" else started + HOUR
    return RunRecord(str(number), "collect", status, started, ended, {}, "", dict(counts), failures)  # type: ignore[arg-type]


def daily(outcomes: str, name: str = "a") -> list[RunRecord]:
    """One run a day from 1 March: `g` good, `f` failed, `p` partly, `k` killed, `-` not asked, space: no run."""
    made = {"g": GOOD, "f": NOTHING, "p": {**GOOD, "fetched": 2}}
    return [
        run(i, at(i), {name: made[letter]} if letter in made else {}, *([name] if letter in "fp" else []),
            status="running" if letter == "k" else "ok")
        for i, letter in enumerate(outcomes, start=1) if letter != " "
    ]  # fmt: skip


def said(*pairs: tuple[int, int]) -> Said:
    """Comments as (published, began the run that brought it)."""
    return Said(*(np.asarray(column, np.int64) for column in zip(*pairs, strict=True)))


def covered(runs: Sequence[RunRecord], *names: str, now: int | None = None, **facts: Any) -> Coverage:
    fields = {key: facts.pop(key) for key in ("start", "end", "gaps") if key in facts}
    now = runs[-1].started_at + HOUR if now is None else now
    return cover(study(*(names or ("a",)), **fields), Facts(runs=runs, now=now, **facts))


def spans(lapses: Sequence[Lapse]) -> list[tuple[str, str | None, int, int | None]]:
    return [(lapse.kind, lapse.source, lapse.start, lapse.end) for lapse in lapses]
