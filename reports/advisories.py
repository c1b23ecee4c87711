"""Warnings about data and reports that were found to be faulty: what this report touches, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    from reports.corpus import Corpus
    from reports.inputs import Advisory, ReportInput

    Mask = npt.NDArray[np.bool_]


def set_aside(inp: ReportInput) -> tuple[ReportInput, dict[str, int]]:
    """The input without the comments that a warning leaves out of every count, and how many those are, by its key."""
    left_out: dict[str, int] = {}
    gone = np.zeros(len(inp.comments), dtype=bool)
    for one in inp.advisories:
        if one.exclude and _about_data(one):
            faulty = affected(inp, inp.comments, one)
            left_out[one.key] = int(faulty.sum())
            gone |= faulty
    if not gone.any():
        return inp, left_out
    # What was found in the words of all comments is not known of those that stay.
    kept = inp.comments[~gone].reset_index(drop=True)
    return replace(inp, comments=kept, keywords={}, shared_words=()), left_out


def build_advisories(inp: ReportInput, corpus: Corpus, left_out: dict[str, int]) -> list[dict[str, Any]]:
    """Each warning with what of this report it touches.

    `touched` are versions of this report; `comments` those that count, or that were left out where `exclude`.
    `superseded` says that this very run is among the reports that used faulty data.
    """
    made = inp.provenance
    mine = {made.coder, f"codebook {made.codebook}", *(f"{name} {it}" for name, it in made.versions.items())}
    return [
        {
            "key": one.key,
            "reason": one.reason.model_dump(),
            "start": one.start.isoformat() if one.start else None,
            "end": one.end.isoformat() if one.end else None,
            "source": one.source,
            "versions": list(one.versions),
            "reports": list(one.reports),
            "exclude": one.exclude,
            "touched": [version for version in one.versions if version in mine],
            "comments": left_out[one.key] if one.key in left_out else _counted(inp, corpus, one),
            "superseded": made.run in one.reports,
        }
        for one in inp.advisories
    ]


def _counted(inp: ReportInput, corpus: Corpus, one: Advisory) -> int:
    return int((affected(inp, corpus.rows, one) & corpus.counted).sum()) if _about_data(one) else 0


def _about_data(one: Advisory) -> bool:
    """Whether it is about comments, and not about versions alone."""
    return one.start is not None or one.end is not None or one.source is not None


def affected(inp: ReportInput, comments: pd.DataFrame, one: Advisory) -> Mask:
    """Which comments a warning is about; one without a time is touched only by a warning without days."""
    mask = np.ones(len(comments), dtype=bool)
    if one.source is not None:
        mask &= comments["source"].eq(one.source).fillna(value=False).to_numpy(dtype=bool)
    if one.start is None and one.end is None:
        return mask
    times = pd.to_numeric(comments["published_at"]).astype("float64").to_numpy()
    zone = inp.study.zone
    if one.start is not None:
        mask &= times >= datetime.combine(one.start, time(), zone).timestamp() * 1000
    if one.end is not None:
        mask &= times < datetime.combine(one.end + timedelta(days=1), time(), zone).timestamp() * 1000
    return mask & ~np.isnan(times)
