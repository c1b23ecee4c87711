"""When people spoke: comments per column of time by stance, set beside the policy events and the collection gaps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.bins import Bins, cut, unit_for
from reports.corpus import DAY_MS, DRAWN, MIN_SHARE_N, day_number, day_of, local_day, percent
from reports.course import build_course

if TYPE_CHECKING:
    import numpy.typing as npt

    from reports.audit import Labelled
    from reports.corpus import Corpus, Mask
    from reports.inputs import ReportInput
    from storage.nouns import Gap, PolicyEvent

MIN_USUAL_BINS = 7
_STRIP = {"hour": 6, "day": 7, "week": 4, "month": 3}
_EXACT_TO_THE_HOUR = ("second", "minute", "hour")


def build_timeline(inp: ReportInput, corpus: Corpus, sample: Labelled | None = None) -> dict[str, Any] | None:
    """Counts per column of time, None when no comment carries a usable day.

    Keys: unit, start, end (days), bins (ISO starts), starts (wall-clock ms), series (stance, `uncoded` and `copied`:
    one count a column), usual (median of the columns in which every source was collected), strip (shares over several
    columns, estimated as well where a period has enough labels of its own), course (`build_course`), gaps, missing
    (columns in which nothing was collected, which is not 0), placed (comments drawn).
    """
    days = _calendar(inp, corpus)
    if days is None:
        return None
    bins = cut(*days, unit_for(*days, hours_known=_hours_known(corpus)))
    at = np.where(corpus.dated & corpus.inside, bins.index(corpus.local), -1)
    series = _series(corpus, at, len(bins.starts))
    total = np.sum([series[name] for name in (*(stance.value for stance in DRAWN), "uncoded")], axis=0)
    gaps = [_gap(gap, bins) for gap in inp.study.gaps if _touches(gap, *days)]
    missing = _missing(inp, bins, total + np.asarray(series["copied"]))
    return {
        "unit": bins.unit,
        "start": days[0].isoformat(),
        "end": days[1].isoformat(),
        "bins": bins.labels(),
        "starts": bins.starts.tolist(),
        "until": bins.end,
        "series": series,
        "total": total.tolist(),
        "usual": _usual(total, gaps, corpus, bins),
        "strip": _strip(series, bins, corpus, at, sample),
        "course": build_course(bins.unit, series, missing, corpus, at, sample),
        "gaps": gaps,
        "missing": missing,
        "placed": int((at >= 0).sum()),
    }


def event_days(event: PolicyEvent) -> tuple[date, date]:
    """The first and last day on which the event may have happened."""
    first = event.date
    if event.precision == "day":
        return first, first
    if event.precision == "year":
        return first.replace(month=1, day=1), first.replace(month=12, day=31)
    following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first.replace(day=1), following - timedelta(days=1)


def _calendar(inp: ReportInput, corpus: Corpus) -> tuple[date, date] | None:
    """The study's window, else the span of the data. A window that is still open ends today.

    Without an end to the window the chart reaches as far as the data, and as the gaps of which the report speaks.
    """
    study, span = inp.study, corpus.span()
    if span is None:
        return None
    today = max(span[1], local_day(inp.provenance.generated_at, study.zone))
    last = max([span[1], *(min(gap.end, today) for gap in study.gaps if gap.start <= today)])
    return study.start or span[0], min(study.end, today) if study.end else last


def _hours_known(corpus: Corpus) -> bool:
    precision = corpus.rows.loc[corpus.dated, "published_precision"]
    return bool((precision.isna() | precision.isin(_EXACT_TO_THE_HOUR)).all())


def _series(corpus: Corpus, at: npt.NDArray[np.int64], n: int) -> dict[str, list[int]]:
    def per_bin(mask: Mask) -> list[int]:
        chosen: list[int] = np.bincount(at[mask & (at >= 0)], minlength=n).tolist()
        return chosen

    series = {stance.value: per_bin(corpus.counted & corpus.is_stance(stance)) for stance in DRAWN}
    series["uncoded"] = per_bin(corpus.counted & ~corpus.coded)
    series["copied"] = per_bin(corpus.inside & ~corpus.counted)
    return series


def _touches(gap: Gap, first: date, last: date) -> bool:
    return gap.start <= last and gap.end >= first


def _gap(gap: Gap, bins: Bins) -> dict[str, Any]:
    """A gap with the columns it touches, both included."""
    first = np.asarray([day_number(gap.start) * DAY_MS, (day_number(gap.end) + 1) * DAY_MS - 1])
    low, high = np.clip(first, int(bins.starts[0]), bins.end - 1)
    columns = bins.index(np.asarray([low, high]))
    return {
        "start": gap.start.isoformat(),
        "end": gap.end.isoformat(),
        "days": (gap.end - gap.start).days + 1,
        "source": gap.source,
        "reason": gap.reason.model_dump(),
        "from": int(columns[0]),
        "to": int(columns[1]),
    }


def _missing(inp: ReportInput, bins: Bins, found: npt.NDArray[np.int64]) -> list[int]:
    """The empty columns of which every day lies in a gap of all sources."""
    first, last = int(bins.starts[0]) // DAY_MS, (bins.end - 1) // DAY_MS
    sources: tuple[str | None, ...] = tuple(source.name for source in inp.study.sources) or (None,)
    gone = np.zeros((len(sources), last - first + 1), dtype=bool)
    for gap in inp.study.gaps:
        low, high = max(day_number(gap.start) - first, 0), max(day_number(gap.end) - first + 1, 0)
        for row, source in enumerate(sources):
            gone[row, low:high] |= gap.source in {None, source}
    days = np.asarray(gone.all(axis=0))
    ends = [*bins.starts[1:].tolist(), bins.end]
    spans = [(int(a) // DAY_MS - first, (b - 1) // DAY_MS - first + 1) for a, b in zip(bins.starts, ends, strict=True)]
    return [i for i, (a, b) in enumerate(spans) if days[a:b].all() and not found[i]]


def _usual(
    total: npt.NDArray[np.int64], gaps: list[dict[str, Any]], corpus: Corpus, bins: Bins
) -> dict[str, float | int] | None:
    """The median column, over columns between the first and last comment in which no source was missing."""
    span = corpus.span()
    if span is None or bins.unit == "hour":
        return None
    ends = np.asarray([day_number(day) * DAY_MS for day in span])
    low, high = bins.index(ends)
    missing = {column for gap in gaps for column in range(gap["from"], gap["to"] + 1)}
    kept = [int(total[column]) for column in range(low, high + 1) if column not in missing]
    median = float(np.median(kept)) if len(kept) >= MIN_USUAL_BINS else 0.0
    return {"median": int(median) if median.is_integer() else median, "columns": len(kept)} if median >= 1 else None


def _strip(
    series: dict[str, list[int]], bins: Bins, corpus: Corpus, at: npt.NDArray[np.int64], sample: Labelled | None
) -> dict[str, Any] | None:
    """Stance counts over groups of columns; None unless three groups are large enough for a share."""
    size, n = _STRIP[bins.unit], len(bins.starts)
    periods = []
    for low in range(0, n, size):
        counts = {stance.value: sum(series[stance.value][low : low + size]) for stance in DRAWN}
        coded = sum(counts.values())
        shares = {stance: percent(k, coded) for stance, k in counts.items()} if coded >= MIN_SHARE_N else None
        period = {"from": low, "to": min(low + size, n) - 1, "n": coded, "counts": counts, "shares": shares}
        within = (at >= low) & (at < low + size)
        periods.append(period | {"audited": sample.of(within, corpus.counted) if sample else None})
    enough = sum(period["shares"] is not None for period in periods)
    return {"columns": size, "periods": periods} if enough >= 3 else None  # noqa: PLR2004  two points are no course


def day_counts(corpus: Corpus) -> tuple[date, list[int]] | None:
    """Counted comments on each day of the span, whatever the chart's columns are."""
    local = corpus.local[corpus.dated & corpus.counted]
    if not local.size:
        return None
    days = local // DAY_MS
    return day_of(int(local.min())), np.bincount(days - days.min()).tolist()
