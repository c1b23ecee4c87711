"""A report of some days beside the same number of days before them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from reports.corpus import DRAWN, percent

if TYPE_CHECKING:
    from datetime import date

    from reports.corpus import Corpus
    from reports.inputs import ReportInput


def build_period(inp: ReportInput, corpus: Corpus) -> dict[str, Any] | None:
    """Counts of the days that the report is of, and of as many before; None for a report of the whole study.

    The days before are counted by the same rule: dated to the day, copied posts left out. `before` is None where
    nothing was collected in them or one of them lies in a gap. Nothing here is tested.
    """
    start, end = inp.study.start, inp.study.end
    if inp.options.preset == "full" or start is None or end is None:
        return None
    days = (end - start).days + 1
    first, last = start - timedelta(days=days), start - timedelta(days=1)
    now, before = _counts(corpus, start, end), _counts(corpus, first, last)
    torn = any(gap.start <= last and gap.end >= first for gap in inp.study.gaps)
    return {
        "days": days,
        "first": start.isoformat(),
        "last": end.isoformat(),
        "before_first": first.isoformat(),
        "before_last": last.isoformat(),
        "now": now,
        "before": None if torn or not before["comments"] else before,
        "undated": int((~corpus.dated).sum()),
    }


def _counts(corpus: Corpus, first: date, last: date) -> dict[str, Any]:
    mask = corpus.on_days(first, last) & ~corpus.rows["copied"].to_numpy(dtype=bool)
    coded, counts = int((mask & corpus.coded).sum()), corpus.count(mask)
    return {
        "comments": int(mask.sum()),
        "authors": corpus.authors(mask),
        "coded": coded,
        "counts": counts,
        "shares": {stance.value: percent(counts[stance.value], coded) for stance in DRAWN},
    }
