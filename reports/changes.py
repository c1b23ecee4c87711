"""What changed after each policy event, tested: differences that allow for authors, and their rank among quiet days.

A stance is said to have changed only where its difference passes the false discovery rate over all events and stances
and is larger than the ordinary days before it show. Method, assumptions and what was measured: docs/changes.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.adjusted import Adjustment, interval, likeliest, outwards, too_wide
from reports.changes_days import BEFORE_DAYS, WINDOW_DAYS, days_of, window_of
from reports.changes_tests import (
    LEAST_PLACEBOS,
    LEVEL,
    clustered,
    false_discovery,
    p_value,
    points,
    rank_verdict,
    ranks,
    scale_of,
    volume,
)  # fmt: skip
from reports.corpus import DRAWN, MIN_SHARE_N
from reports.hints import hints
from reports.intervals import student_quantile
from reports.spikes import spikes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from reports.audit import Labelled
    from reports.changes_days import Days, Window
    from reports.corpus import Corpus
    from reports.inputs import ReportInput

    Floats = npt.NDArray[np.float64]

LEAST_AUTHORS = 10
"""With fewer authors on one side, nothing is said of a difference."""
_DIGITS = 4


@dataclass(frozen=True)
class Difference:
    """Shares before and after an event, (4,) each, and what is known of their difference.

    Attributes:
        told: before and after as numbers.json holds them, by stance.
        shift: the difference.
        low, high: ends of its 95 % interval.
        p: of no difference.
        placebos: (days, 4) differences around ordinary days before the event.
        audited: corrected for the coder's errors.
    """

    told: list[list[dict[str, Any]]]
    shift: Floats
    low: Floats
    high: Floats
    p: Floats
    placebos: Floats
    audited: bool


def build_changes(
    inp: ReportInput, corpus: Corpus, sample: Labelled | None, events: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """Every event's volume and shares of stances before and after, spikes, and hints; None without a calendar.

    Keys of an event: number, from, to, event_day, days_before, days_after, n_before, n_after (coded comments),
    authors_before, authors_after (one that is not known counts as its own), volume, stances, and why_not where there
    are no stances: day_unknown, edge, gap (no day on one side), few (comments or authors).
    """
    days = days_of(inp, corpus, events)
    return None if days is None else compare(days, events, Adjustment.of(sample, corpus))


def compare(days: Days, events: Sequence[dict[str, Any]], adjustment: Adjustment | None) -> dict[str, Any]:
    """The same from a calendar; events need their number, date and precision."""
    found = [_event(event, window_of(event, events, days), days, adjustment) for event in events]
    _judge([(event, difference) for event, difference in found if difference], days, adjustment)
    return {
        "days": WINDOW_DAYS,
        "days_before": BEFORE_DAYS,
        "level": LEVEL,
        "least_placebos": LEAST_PLACEBOS,
        "events": [event for event, _ in found],
        "spikes": spikes(days),
        "hints": hints(days),
    }


def _event(
    event: dict[str, Any], window: Window | None, days: Days, adjustment: Adjustment | None
) -> tuple[dict[str, Any], Difference | None]:
    """What numbers.json says of an event, its stances not yet judged."""
    day = event["date"] if window else None
    empty = {
        "number": event["number"], "from": None, "to": None, "event_day": day, "days_before": 0, "days_after": 0,
        "n_before": 0, "n_after": 0, "authors_before": 0, "authors_after": 0, "volume": None, "stances": None,
    }  # fmt: skip
    if window is None or window.why_not:
        return empty | {"why_not": window.why_not if window else "day_unknown"}, None
    counts = days.by_author(window)
    n, authors = counts.sum((0, 2)), np.count_nonzero(counts.sum(2), axis=0)
    few = n.min() < MIN_SHARE_N or authors.min() < LEAST_AUTHORS
    told = empty | {
        "from": days.iso(window.begin), "to": days.iso(window.end - 1),
        "days_before": window.before, "days_after": window.after, "n_before": int(n[0]), "n_after": int(n[1]),
        "authors_before": int(authors[0]), "authors_after": int(authors[1]),
        "volume": _volume(window, days), "why_not": "few" if few else "",
    }  # fmt: skip
    return told, None if few else _difference(counts, window, days, adjustment)


def _volume(window: Window, days: Days) -> dict[str, Any] | None:
    """Comments a day after against before, and the rank of that among ordinary days; None where there are none."""
    ends = days.total_until

    def around(at: Any) -> tuple[Any, Any]:  # noqa: ANN401  one place or an array of them
        return ends[at] - ends[at - window.before], ends[at + window.after] - ends[at]

    before, after = around(window.at)
    if before + after == 0:
        return None
    span = (window.before, window.after)
    at = days.ordinary(*span, window.begin)
    moved, placebos = volume(before, after, span), volume(*around(at), span)
    rank, of = 1 + int((placebos >= moved - 1e-9).sum()), len(at) + 1
    per_day = [float(n / length) for n, length in zip((before, after), span, strict=True)]
    return {
        "before_per_day": round(per_day[0], 1),
        "after_per_day": round(per_day[1], 1),
        "times": round(per_day[1] / per_day[0], 2) if before else None,
        "rank": rank,
        "of": of,
        "p": round(rank / of, _DIGITS),
        "verdict": "too_little" if len(at) < LEAST_PLACEBOS else rank_verdict(rank, of),
    }


def _difference(counts: Floats, window: Window, days: Days, adjustment: Adjustment | None) -> Difference:
    """Corrected for the coder's errors where the labels can carry it."""
    plain = clustered(counts)
    pairs, alike = _placebo_counts(window, days)
    if adjustment:
        share, drawn = adjustment.estimates(counts.reshape(len(counts), -1))
        if not too_wide(drawn):
            error = np.maximum((drawn[:, 1] - drawn[:, 0]).std(0), plain.error)
            ends = np.quantile(drawn, (0.025, 0.975), axis=0)
            told = [
                [interval(*one) for one in zip(share[side], *ends[:, side], strict=True)] for side in range(2)
            ]  # fmt: skip
            placebos = likeliest(pairs, adjustment.table) if len(pairs) else pairs
            return _tested(told, share[1] - share[0], error, plain.freedom, _moved(placebos, alike), audited=True)
    told = [
        [interval(*one) for one in zip(plain.before, plain.low_before, plain.high_before, strict=True)],
        [interval(*one) for one in zip(plain.after, plain.low_after, plain.high_after, strict=True)],
    ]
    placebos = pairs / pairs.sum(2, keepdims=True)
    shift = plain.after - plain.before
    return _tested(told, shift, plain.error, plain.freedom, _moved(placebos, alike), audited=False)


def _tested(
    told: list[list[dict[str, Any]]], shift: Floats, error: Floats, freedom: int, placebos: Floats, *, audited: bool
) -> Difference:
    half = student_quantile(1 - LEVEL, freedom) * error
    p = np.array([p_value(*one, freedom) for one in zip(shift.tolist(), error.tolist(), strict=True)])
    return Difference(told, shift, (shift - half).clip(-1, 1), (shift + half).clip(-1, 1), p, placebos, audited)


def _moved(shares: Floats, alike: Floats) -> Floats:
    return np.asarray((shares[:, 1] - shares[:, 0]) * alike[:, None])


def _placebo_counts(window: Window, days: Days) -> tuple[Floats, Floats]:
    """Ordinary days before the event that have enough for shares.

    (days, 2, 4) coded comments before and after each, and (days,) how many times as far shares would have moved there
    by the difference of days alone, had the comments lain as unevenly over them as at the event: after a burst, two or
    three days make the share.
    """
    ends = days.shares_until
    at = days.ordinary(window.before, window.after, window.begin)
    pairs = np.stack([ends[at] - ends[at - window.before], ends[at + window.after] - ends[at]], axis=1)
    enough = (pairs.sum(2) >= MIN_SHARE_N).all(1)
    alike = days.unevenness(window, np.array([window.at])) / days.unevenness(window, at[enough])
    return pairs[enough], alike


def _judge(found: list[tuple[dict[str, Any], Difference]], days: Days, adjustment: Adjustment | None) -> None:
    """Puts each event's stances into it, with what came of the tests over all of them."""
    if not found:
        return
    q = false_discovery(np.concatenate([difference.p for _, difference in found])).reshape(-1, len(DRAWN))
    whole = days.stances.sum(0)
    scales = {False: scale_of(whole / whole.sum())}
    scales[True] = scale_of(likeliest(whole, adjustment.table)) if adjustment else scales[False]
    for (event, difference), falsely in zip(found, q, strict=True):
        scale = scales[difference.audited]
        rank, of = ranks(np.abs(difference.shift) / scale, np.abs(difference.placebos) / scale)
        event["stances"] = {
            stance.value: _stance(difference, at, float(falsely[at]), int(rank[at]), of)
            for at, stance in enumerate(DRAWN)
        }


def _stance(difference: Difference, at: int, q: float, rank: int, of: int) -> dict[str, Any]:
    before, after = (side[at] for side in difference.told)
    shift, low, high, p = (
        round(float(one[at]), _DIGITS) for one in (difference.shift, difference.low, difference.high, difference.p)
    )
    return {
        "before": {name: before[name] for name in ("estimate", "low", "high")},
        "after": {name: after[name] for name in ("estimate", "low", "high")},
        "difference": shift,
        "low": low,
        "high": high,
        "points": {
            "before": before["points"]["estimate"],
            "after": after["points"]["estimate"],
            "difference": points(shift),
            "low": outwards(low, -1),
            "high": outwards(high, 1),
        },
        "p": p,
        "q": round(q, _DIGITS),
        "rank": rank,
        "of": of,
        "verdict": _verdict(q, rank, of),
        "basis": "audited" if difference.audited else "draft",
    }


def _verdict(q: float, rank: int, of: int) -> str:
    if q > LEVEL:
        return "not_passed"
    if of <= LEAST_PLACEBOS:
        return "too_little"
    return rank_verdict(rank, of)
