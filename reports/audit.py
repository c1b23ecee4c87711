"""What the comments that people labelled say of all: shares with intervals, and how good the coder is.

Only labels of comments that were drawn at random before anybody looked count, and only while the report counts the
comment. An estimate speaks of the counted comments that were drawn from; those that came later are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.agreement import CATEGORIES
from reports.corpus import DRAWN, MIN_SHARE_N, percent
from reports.estimate import FEWEST_OF_PART, Population, Sample, labels_needed, shares
from reports.leading import leading
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    import numpy.typing as npt

    from reports.corpus import Corpus, Mask
    from reports.estimate import Share
    from reports.inputs import Audit, Draw, Gate, ReportInput

    Floats = npt.NDArray[np.float64]
    Whole = npt.NDArray[np.int64]

MIN_LABELS = 50
"""Below so many labels nothing is estimated."""
PLANNED = (0.05, 0.03)
"""Half widths of intervals that the planner aims at, the first that is not reached yet."""
_COVERED = 0.95  # of the comments of a source or a time must have been drawn from, or its share is no share of it
_IN_COHORT = 2
"""Labels without which a cohort is not sampled yet: its comments would be taken for those of the other cohorts."""
_DIGITS = 4  # of shares in numbers.json
_NAMES = [stance.value for stance in STANCES]


@dataclass(frozen=True)
class Labelled:
    """The labels of a sample beside the comments, both in the order of the corpus.

    Attributes:
        rows: (n,) positions of the labelled comments.
        y: (n, 4) what people said, in the order of STANCES.
        people: (n,) how many judged each; `disputed` and `settled` likewise.
        stratum: (N,) of every comment of the corpus that counts, -1 where it was not drawn from, or its cohort is not
            sampled yet while another one is.
        draws: the cohort of each stratum.
        scores: (N, 4) the coder's.
        author: (N,) equal for comments of one author, -1 where unknown.
        dropped: labels of comments that do not count now.
    """

    rows: Whole
    y: Floats
    people: Whole
    disputed: Mask
    settled: Mask
    stratum: Whole
    draws: Whole
    scores: Floats
    author: Whole
    dropped: int

    @property
    def enough(self) -> bool:
        """Whether anything is estimated."""
        return len(self.rows) >= MIN_LABELS

    def given(self, mask: Mask) -> tuple[Sample, Population]:
        """The labels and the comments under a mask, as the estimate wants them: strata numbered from 0."""
        rows = self.rows[mask[self.rows]]
        stratum = _sampled(np.where(mask, self.stratum, -1), rows, self.draws)
        mine = mask[self.rows] & (stratum[self.rows] >= 0)
        rows, within = self.rows[mine], np.flatnonzero(stratum >= 0)
        strata, number = np.unique(stratum[within], return_inverse=True)
        n = np.bincount(number, minlength=len(strata))
        sums = np.stack([np.bincount(number, column, len(n)) for column in self.scores[within].T], axis=1)
        sample = Sample(
            y=self.y[mine],
            f=self.scores[rows],
            stratum=np.searchsorted(strata, stratum[rows]),
            author=self.author[rows],
        )
        return sample, Population(n=n, f=sums / n[:, None])

    def shares(self, mask: Mask) -> dict[str, Any]:
        """The shares of the comments under a mask, as numbers.json holds them."""
        return written(shares(*self.given(mask)))

    def of(self, mask: Mask, counted: Mask) -> dict[str, Any] | None:
        """The shares of a part of the comments, from its own labels; None where it has too few, or came later."""
        if not self.enough:
            return None
        part = mask & counted
        covered = int((part & (self.stratum >= 0)).sum())
        if int(part[self.rows].sum()) < FEWEST_OF_PART or covered < _COVERED * part.sum():
            return None
        return self.shares(part)


def labelled(inp: ReportInput, corpus: Corpus) -> Labelled | None:
    """The labels that count; None where no sample was drawn."""
    found = inp.audit
    if found is None:
        return None
    framed = _beside(found.framed, corpus)["stratum"].fillna(-1).to_numpy(np.int64)
    labels = _beside(found.labels, corpus)
    stratum = np.where(corpus.counted, framed, -1)
    draws = np.array([one.draw for one in found.strata], np.int64)
    known = np.flatnonzero(labels["coders"].notna().to_numpy() & (stratum >= 0))
    sampled = _sampled(stratum, known, draws)
    stratum = sampled if (sampled >= 0).any() else stratum  # before the first labels, what was drawn from is told
    rows = known[stratum[known] >= 0]
    kept = labels.iloc[rows]
    return Labelled(
        rows=rows,
        y=kept[[f"y_{name}" for name in _NAMES]].to_numpy(np.float64),
        people=kept["coders"].to_numpy(np.int64),
        disputed=kept["disputed"].eq(True).to_numpy(bool),
        settled=kept["settled"].eq(True).to_numpy(bool),
        stratum=stratum,
        draws=draws,
        scores=_scores(corpus),
        author=pd.factorize(corpus.rows["author"])[0].astype(np.int64),
        dropped=len(found.labels) - len(rows),
    )


def _beside(frame: pd.DataFrame, corpus: Corpus) -> pd.DataFrame:
    """The frame's rows in the order of the comments, empty where a comment has none."""
    return frame.set_index("id").reindex(corpus.rows["id"])


def _sampled(stratum: Whole, rows: Whole, draws: Whole) -> Whole:
    """The strata (-1 for none) without those of a cohort that has too few labels: it is not sampled yet.

    Args:
        stratum: (N,) of each comment, -1 where it was not drawn from.
        rows: (n,) which of them have a label.
        draws: the cohort of each stratum.
    """
    labels = np.bincount(draws[stratum[rows]], minlength=int(draws.max(initial=-1)) + 1)
    few = np.append(labels[draws] < _IN_COHORT, True)  # the last one stands for no stratum
    return np.where(few[stratum], -1, stratum)


def _scores(corpus: Corpus) -> Floats:
    """(N, 4) the coder's scores; its code where it gives none, and the mean of all where it does not say either.

    Any function of the comment alone may stand here: the labels decide how much it helps.
    """
    scores = corpus.rows[_NAMES].to_numpy(np.float64, na_value=np.nan)
    codes = np.stack([corpus.is_stance(stance) for stance in STANCES], axis=1).astype(np.float64)
    scores = np.where(np.isnan(scores).any(1, keepdims=True), codes, scores)
    told = corpus.counted & corpus.coded
    return np.where(corpus.coded[:, None], scores, scores[told].mean(0) if told.any() else 0.0)


def written(found: Mapping[Any, Share]) -> dict[str, Any]:
    """Shares as numbers.json holds them: by stance, and in whole points, the ends rounded outwards."""
    return {stance.value: _share(found[stance]) for stance in DRAWN}


def _share(share: Share) -> dict[str, Any]:
    estimate, low, high = (round(float(value), _DIGITS) for value in (share.estimate, share.low, share.high))
    hair = 10.0**-_DIGITS / 2
    return {
        "estimate": estimate,
        "low": low,
        "high": high,
        "points": {
            "estimate": int(100 * estimate + 0.5),
            "low": floor(100 * (low + hair)),
            "high": ceil(100 * (high - hair)),
        },
        "labels": int(share.labels),
        "gain": round(float(share.gain), _DIGITS),
    }


def build_audit(inp: ReportInput, corpus: Corpus, known: Labelled | None) -> dict[str, Any] | None:
    """What numbers.json says of the sample, its labels and what follows from them; None where none was drawn."""
    found = inp.audit
    if found is None or known is None:
        return None
    covered, n = known.stratum >= 0, len(known.rows)
    return {
        "audited": known.enough,
        "least": min(MIN_LABELS, max(int(corpus.counted.sum()), 1)),
        "census": _census(known, corpus),
        "least_of_part": FEWEST_OF_PART,
        "labels": n,
        "population": int(covered.sum()),
        "drawn_from": _drawn_from(found, known),
        "uncovered": int((corpus.counted & ~covered).sum()),
        "drawn": sum(draw.drawn for draw in found.draws),
        "skipped": int((corpus.of(found.skipped) & corpus.counted).sum()),
        "passed_over": int((corpus.of(found.passed_over) & corpus.counted).sum()),
        "dropped": known.dropped,
        "waiting": max(sum(draw.drawn for draw in found.draws) - len(found.labels) - len(found.skipped), 0),
        "people": {"coders": found.coders, "seconds": found.seconds, **_disputes(known)},
        "shares": known.shares(corpus.counted) if known.enough else None,
        "leading": [stance.value for stance in leading(*known.given(corpus.counted))] if known.enough else None,
        "planner": _planner(known, corpus) if known.enough else None,
        "coder": _coder(known, corpus) if known.enough and (corpus.counted & corpus.coded).any() else None,
        "agreement": _agreement(found),
        "draws": [_draw(draw, inp.study.zone) for draw in found.draws],
        "strata": len(np.unique(known.stratum[covered])),
        "digest": corpus.digest(corpus.of_rows(known.rows.tolist())) if n else "",
    }


def _census(known: Labelled, corpus: Corpus) -> dict[str, Any] | None:
    """People's own count by stance, and its shares where there are any; None where a comment that counts has no label.

    Where people who judged a comment differ and nobody settled it, each has a part of it.
    """
    n = int(corpus.counted.sum())
    if not n or len(known.rows) != n:
        return None
    sums = dict(zip(_NAMES, known.y.sum(0).tolist(), strict=True))
    return {
        "counts": {stance.value: _number(sums[stance.value]) for stance in DRAWN},
        "shares": {stance.value: percent(sums[stance.value], n) for stance in DRAWN},
    }


def _drawn_from(found: Audit, known: Labelled) -> int:
    """Comments that were drawn from, in the cohorts behind the estimates, whether they count now or not."""
    covered = known.stratum[known.stratum >= 0]
    stated = sum(found.draws[at].population for at in np.unique(known.draws[covered]) if at < len(found.draws))
    return max(int(stated), len(covered))


def _disputes(known: Labelled) -> dict[str, int]:
    return {
        "shared": int((known.people > 1).sum()),
        "disputed": int(known.disputed.sum()),
        "settled": int((known.disputed & known.settled).sum()),
    }


def _planner(known: Labelled, corpus: Corpus) -> dict[str, int] | None:
    """How many more labels the first half width needs that is not reached yet; None where each is."""
    sample, population = known.given(corpus.counted)
    for half in PLANNED:
        more = labels_needed(sample, population, half) - len(known.rows)
        if more > 0:
            return {"points": round(100 * half), "more": int(more)}
    return None


def _coder(known: Labelled, corpus: Corpus) -> dict[str, Any]:
    """What the coder said of the labelled comments, beside what people said: counts, halves where people differ."""
    codes = np.stack([corpus.is_stance(stance)[known.rows] for stance in DRAWN], axis=1)
    codes = np.column_stack([codes, ~codes.any(1)]).astype(np.float64)
    y = known.y[:, [STANCES.index(stance) for stance in DRAWN]]
    table = y.T @ codes
    names = [stance.value for stance in DRAWN]
    return {
        "agreed": _number(np.trace(table)),
        "stances": {
            name: {
                "people": _number(table[at].sum()),
                "coded": _number(table[:, at].sum()),
                "both": _number(table[at, at]),
                "recall": _points(table[at, at], table[at].sum()),
                "precision": _points(table[at, at], table[:, at].sum()),
            }
            for at, name in enumerate(names)
        },
        "confusion": {
            name: dict(zip([*names, "uncoded"], map(_number, row), strict=True))
            for name, row in zip(names, table, strict=True)
        },
    }


def _number(value: float) -> float | int:
    """A count, with one decimal where people who differ were given parts of a comment."""
    rounded = round(float(value), 1)
    return int(rounded) if rounded.is_integer() else rounded


def _points(part: float, whole: float) -> int | None:
    return int(100 * part / whole + 0.5) if whole >= MIN_SHARE_N else None


def _agreement(found: Audit) -> dict[str, Any] | None:
    """Alpha of each code; None where no two people judged the same comment. Names of people stay out of a report."""
    if found.agreement is None or not found.agreement.shared:
        return None
    figures = [found.agreement.alpha(code) for code in CATEGORIES]
    return {
        one.code: {"units": one.units}
        | {name: _short(getattr(one, name)) for name in ("agreed", "value", "low", "high")}
        for one in figures
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _draw(draw: Draw, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "day": datetime.fromtimestamp(draw.drawn_at / 1000, UTC).astimezone(zone).date().isoformat(),
        "method": draw.method,
        "seed": draw.seed,
        "population": draw.population,
        "drawn": draw.drawn,
        "digest": draw.digest,
    }


def build_gate(gate: Gate | None) -> dict[str, Any] | None:
    """Whether the coder passed the study's floor, as numbers.json says it."""
    if gate is None:
        return None
    return {
        "state": gate.state,
        "measure": gate.measure,
        "floor": round(gate.floor, _DIGITS),
        "value": None if gate.value is None else round(gate.value, _DIGITS),
        "labels": gate.labels,
        "least": gate.least,
    }
