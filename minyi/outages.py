"""When a source was down and when nothing ran at all, read from the runs; and what of that time came later.

Pure functions over plain data. Every time is UTC milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from storage.records import RunRecord

Outcome = Literal["good", "partly", "failed"]
LapseKind = Literal["down", "not run", "silent", "ended"]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MIN_RUNS = 4
"""Fewer runs than this have no usual time between them."""
MIN_PAUSE_MS = 2 * DAY_MS
PAUSE_TIMES = 3
"""A pause between runs is a lapse when it is longer than this many times the usual one."""

_CAME = ("unchanged", "articles", "comments", "acts", "gone")


class Attempt(NamedTuple):
    """How one run went for one source: when it began, what came of it, and the failure that counts."""

    at: int
    outcome: Outcome
    error: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Lapse:
    """A stretch of time of which a source gave nothing when it was asked.

    Attributes:
        kind: `down` (asked, and could not be reached or read), `not run` (nobody asked), `silent` (reached, and
            nothing new was said for far longer than is usual there), `ended` (collecting ended before the
            study's window).
        start: the last moment known to be collected; for `silent` the last comment.
        end: the first moment collected again, None while it lasts.
        source: its name, None for all of them.
        error: class of the last failure, empty where there was none.
        what: its words.
        tries: runs that failed.
        later: comments published in between that came later.
        back_to: publication of the earliest of these, None where there is none.
        usual_ms: for `silent`, the longest pause that is usual there.
    """

    kind: LapseKind
    start: int
    end: int | None
    source: str | None = None
    error: str = ""
    what: str = ""
    tries: int = 0
    later: int = 0
    back_to: int | None = None
    usual_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Comments of a source with a time: when each was published, and when the run that brought it began."""

    published: NDArray[np.int64]
    came: NDArray[np.int64]

    @classmethod
    def none(cls) -> Said:
        """No comments."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))


def attempts_by_source(runs: Sequence[RunRecord], kept: Collection[tuple[str, str]] = ()) -> dict[str, list[Attempt]]:
    """How each collect run went for each source it asked, oldest first.

    A run that was killed left no counts and says nothing, save of the sources of which it kept something.

    Args:
        runs: the study's runs, oldest first.
        kept: (run id, source) of runs that stored comments of a source.
    """
    found: dict[str, list[Attempt]] = defaultdict(list)
    brought: dict[str, list[str]] = defaultdict(list)
    for run_id, source in sorted(kept):
        brought[run_id].append(source)
    for run in runs:
        if run.command == "collect":
            asked = {name: counts for name, counts in run.counts.items() if isinstance(counts, dict)}
            for source, counts in asked.items():
                found[source].append(_attempt(run, source, counts))
            for source in brought[run.id]:
                if source not in asked:
                    found[source].append(Attempt(run.started_at, "partly"))
    return dict(found)


def _attempt(run: RunRecord, source: str, counts: Mapping[str, Any]) -> Attempt:
    failures = [failure for failure in run.failures if failure["source"] == source]
    if not failures:
        return Attempt(run.started_at, "good")
    outcome: Outcome = "partly" if _something_came(counts) else "failed"
    return Attempt(run.started_at, outcome, failures[-1]["type"], failures[-1]["what"])


def _something_came(counts: Mapping[str, Any]) -> bool:
    """Whether a source with failures was reached all the same.

    It was where something new came. Where it stopped before its end, pages that were known before prove nothing: they
    may be what an earlier run had left; where it came to its end, any page will do.
    """
    if counts.get("new"):
        return True
    rejected = sum((counts.get("rejected") or {}).values())
    return not counts.get("waiting") and rejected + sum(counts.get(name) or 0 for name in _CAME) > 0


def killed_runs(runs: Sequence[RunRecord], now: int) -> set[str]:
    """The runs that say they are running and surely are not: killed, so that nobody could write down how they ended.

    A later run of the same command has ended, or it began more than a day ago.
    """
    ended: dict[str, int] = {}
    for run in runs:
        if run.status != "running":
            ended[run.command] = max(run.started_at, ended.get(run.command, run.started_at))
    return {
        run.id
        for run in runs
        if run.status == "running"
        and (now - run.started_at > DAY_MS or run.started_at < ended.get(run.command, run.started_at))
    }


def outages(attempts: Sequence[Attempt]) -> list[Lapse]:
    """From the last good run before failures to the first good one after.

    Before its first good run a source is not down: its collecting has not begun.
    """
    found: list[Lapse] = []
    last_good: int | None = None
    failed: list[Attempt] = []
    for attempt in attempts:
        if attempt.outcome == "failed":
            failed.append(attempt)
            continue
        if failed and last_good is not None:
            found.append(_outage(failed, last_good, attempt.at))
        last_good, failed = attempt.at, []
    return [*found, _outage(failed, last_good, None)] if failed and last_good is not None else found


def _outage(failed: Sequence[Attempt], last_good: int, end: int | None) -> Lapse:
    last = failed[-1]
    return Lapse("down", last_good, end, error=last.error, what=last.what, tries=len(failed))


def pauses(run_times: Iterable[int], until: int) -> list[Lapse]:
    """Stretches without any run: longer than PAUSE_TIMES times the usual one and than two days.

    The usual one is the median; runs within an hour of one another, as while a study is tried out, are one occasion.

    Args:
        run_times: when runs began that tell how their sources went.
        until: the moment up to which runs were wanted: now, or the end of the study.
    """
    times = _occasions(sorted(run_times))
    if len(times) < MIN_RUNS:
        return []
    least = max(MIN_PAUSE_MS, PAUSE_TIMES * median(after - before for before, after in pairwise(times)))
    ended = [Lapse("not run", start, end) for start, end in pairwise(times) if min(end, until) - start > least]
    return [*ended, Lapse("not run", times[-1], None)] if until - times[-1] > least else ended


def collecting_ended(attempts: Mapping[str, Sequence[Attempt]], over: int | None, now: int) -> Lapse | None:
    """The end of a window that no run reached any more; whole days after the last good run are not collected.

    Args:
        attempts: how the runs went, by source; the last good one of any source counts.
        over: the first moment after the study's window, None where it is open: then it ends with what was collected.
        now: a window that is not over yet lapses until now.
    """
    good = [attempt.at for tries in attempts.values() for attempt in tries if attempt.outcome != "failed"]
    if over is None or not good or max(good) >= over:
        return None
    return Lapse("ended", max(good), over if over <= now else None)


def _occasions(times: Sequence[int]) -> list[int]:
    chosen: list[int] = []
    for time in times:
        if not chosen or time - chosen[-1] >= HOUR_MS:
            chosen.append(time)
    return chosen


def made_good(lapse: Lapse, said: Said) -> Lapse:
    """The lapse with what was published in it and came by a run that began after its start."""
    inside = (said.published >= lapse.start) & (said.came > lapse.start)
    if lapse.end is not None:
        inside &= said.published < lapse.end
    back_to = int(said.published[inside].min()) if inside.any() else None
    return replace(lapse, later=int(inside.sum()), back_to=back_to)


def pauses_of_sources(
    found: Sequence[Lapse], attempts: Mapping[str, Sequence[Attempt]], said: Mapping[str, Said]
) -> list[Lapse]:
    """Pauses between runs, source by source where something came later; one for all sources where nothing did."""
    lapses: list[Lapse] = []
    for pause in found:
        began = [source for source, tries in attempts.items() if tries and tries[0].at <= pause.start]
        each = [made_good(replace(pause, source=source), said.get(source, Said.none())) for source in sorted(began)]
        lapses += each if any(lapse.later for lapse in each) else [pause]
    return lapses
