"""Shares of a part of a study, one source or one span of time: which ways of estimating them hold on real comments.

    python benchmarks/parts.py      # some five minutes of one core

Direct: the labels that happen to be in the part, used as for the whole. Adjusted: the coder's codes counted in the part
and put right by its errors on all labels of the study, with an interval by bootstrap; it uses every label, but holds
only where the coder errs alike in every part. Needs the extra `train` and the data folder beside the repository.
"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from intervals import Cell, cells, enlarged, print_cells
from labelled_sets import DATA, Labelled, coded, crossfitted, gold, nlpcc, train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

DRAWS, RESAMPLED, LEAST = 300, 200, 30
DIRECT_DRAWS = 2000
FEW = (10, 15, 20, 30, 40, 50, 80)
LABELS = (100, 200, 300)
FOLDS, POOR = 5, 0.9
# Studies of several sources, by the words that their changes hold.
POOLED = {
    "closed campus": ("全封闭", "天津大学", "国庆能否离校"),
    "epidemic rules": ("封控、", "核酸检测", "新冠疫苗", "入境与"),
    "messages to a city": ("本市现行",),
    "housing": ("小产权房", "房产税"),
    "New Zealand": ("New Zealand",),
}
TIMED = ("本市现行", "Canada", "The city", "Australia", "land bank", "Football")


class Study(NamedTuple):
    """Comments of several parts.

    Attributes:
        name: what they are about, and how they are cut.
        kind: by source or by time.
        y: (N, 4) what people said.
        part: (N,) from 0.
        scores: (N, 4) by coder: `inside` learned from other comments of all parts, `outside` of the other parts only.
    """

    name: str
    kind: str
    y: Array
    part: Array
    scores: dict[str, Array]


def study(name: str, kind: str, whole: Labelled, part: Array) -> Study:
    """A study cut into parts; those with fewer than 30 comments are left out."""
    large = np.isin(part, np.flatnonzero(np.bincount(part) >= LEAST))
    part, y = np.unique(part[large], return_inverse=True)[1], whole.y[large]
    texts = [text for text, kept in zip(whole.texts, large, strict=True) if kept]
    fold = np.random.default_rng(0).permutation(len(texts)) % FOLDS
    scores = {how: crossfitted(texts, y.argmax(1), by) for how, by in (("inside", fold), ("outside", part))}
    return Study(name, kind, y, part, scores)


def studies() -> list[Study]:
    """Everything there is of several sources, or with true times."""
    rows, targets = [*gold(), *train()], nlpcc()
    found = [
        _by_change(name, [row for row in rows if row["change"].startswith(words) or _holds(row, words)])
        for name, words in POOLED.items()
    ]
    found.append(_pooled("NLPCC's five targets", targets))
    found.append(
        _pooled("e-bikes", [targets[-1], coded("gold", gold("sz-ebike")), coded("train", _about(train(), "深圳禁摩"))])
    )
    found += [_halves(f"{words}, in time", sorted(_about(rows, words), key=_moment)) for words in TIMED]
    return found + [study(f"{one.name}, in order", "time", one, np.arange(len(one)) * 2 // len(one)) for one in targets]


def _holds(row: dict[str, Any], words: Sequence[str]) -> bool:
    return any(word in row["change"] for word in words)


def _about(rows: Sequence[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["change"].startswith(words) or words in row["change"]]


def _by_change(name: str, rows: Sequence[dict[str, Any]]) -> Study:
    part = np.unique([row["change"] for row in rows], return_inverse=True)[1]
    return study(f"{name}, by change", "source", coded(name, rows), part)


def _pooled(name: str, sources: Sequence[Labelled]) -> Study:
    texts = [text for one in sources for text in one.texts]
    whole = Labelled(name, texts, np.concatenate([one.y for one in sources]), [name] * len(texts))
    return study(name, "source", whole, np.repeat(np.arange(len(sources)), [len(one) for one in sources]))


def _halves(name: str, rows: Sequence[dict[str, Any]]) -> Study:
    return study(name, "time", coded(name, rows), np.arange(len(rows)) * 2 // len(rows))


def _moment(row: dict[str, Any]) -> datetime:
    """When a comment was written; the zone, which all comments of a study share, is left out."""
    words = row["created_at"].split()
    if len(words) == 2:  # noqa: PLR2004  a date and a time
        return datetime.strptime(" ".join(words).replace("/", "-"), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  as above
    return datetime.strptime(" ".join([*words[1:4], words[-1]]), "%b %d %H:%M:%S %Y")  # noqa: DTZ007  as above


def misclassified(table: Array, codes: Array) -> Array:
    """The adjusted count: shares that would give these codes, were each stance coded as the table says.

    Args:
        table: (..., 4, 4) labels by stance and code.
        codes: (..., 4) the codes' shares in the part.
    """
    rates = (table + 0.1) / (table + 0.1).sum(-1, keepdims=True)
    found = np.linalg.solve(np.swapaxes(rates, -1, -2) + 1e-9 * np.eye(4), codes[..., None])[..., 0].clip(0, 1)
    return np.asarray(found / found.sum(-1, keepdims=True))


def calibrated(table: Array, codes: Array) -> Array:
    """The other direction: each code gives the stances that comments with that code have in all."""
    rates = (table + 0.1) / (table + 0.1).sum(-2, keepdims=True)
    return np.asarray((rates @ codes[..., None])[..., 0])


def adjusted(
    one: Study, coder: str, way: Callable[[Array, Array], Array], labels: int
) -> list[tuple[float, float, float]]:
    """Coverage, width and bias in points of each part's share of each stance, where it is not 0."""
    random, codes = np.random.default_rng(labels), np.eye(4)[one.scores[coder].argmax(1)]
    joint = (one.y.T @ codes / len(codes)).ravel()
    tables = random.multinomial(labels, joint, DRAWS)
    found = []
    for at in range(one.part.max() + 1):
        rows = one.part == at
        truth, shares = one.y[rows].mean(0), codes[rows].mean(0)
        again = random.multinomial(labels, tables / labels, (RESAMPLED, DRAWS)).reshape(RESAMPLED, DRAWS, 4, 4)
        counted = random.multinomial(rows.sum(), shares, (RESAMPLED, DRAWS)) / rows.sum()
        low, high = np.quantile(way(again, counted), (0.025, 0.975), axis=0)
        middle = way(tables.reshape(DRAWS, 4, 4), shares).mean(0)
        inside = ((low <= truth) & (truth <= high)).mean(0)
        columns = zip(truth, inside, (high - low).mean(0), 100 * (middle - truth), strict=True)
        found += [(covered, width, off) for share, covered, width, off in columns if share > 0]
    return found


def print_adjusted(all_studies: Sequence[Study]) -> None:
    print(
        "\nadjusted counts: parts' shares, covered (mean, worst, part below 90 %), width, error in points (mean, worst)"
    )
    for kind in ("source", "time"):
        for way in (misclassified, calibrated):
            for coder in ("inside", "outside"):
                for labels in LABELS:
                    chosen = [one for one in all_studies if one.kind == kind and len(one.y) > labels]
                    found = np.array([cell for one in chosen for cell in adjusted(one, coder, way, labels)])
                    covered, width, off = found.T
                    text = (
                        f"{covered.mean():.3f} {covered.min():.3f} {(covered < POOR).mean():4.0%}  {width.mean():.3f}"
                    )
                    errors = f"{np.abs(off).mean():.1f} {np.abs(off).max():.1f}"
                    print(f"{kind:7}{way.__name__:14}{coder:8}{labels:4} labels {len(found):4} {text}  {errors}")


def direct(all_studies: Sequence[Study]) -> list[Cell]:
    """Cells of every part of 60 comments or more as a population of its own, by the labels that are in it.

    Given how many of the study's labels are in a part, they are a random sample of it: nothing else needs drawing.
    """
    found = []
    for one in all_studies:
        for at in range(one.part.max() + 1):
            rows = np.flatnonzero(one.part == at)
            if len(rows) >= 2 * LEAST:
                scores = {coder: values[rows] for coder, values in one.scores.items()}
                part = Labelled(f"{one.name} {at}", [""] * len(rows), one.y[rows], [""] * len(rows), scores)
                found += [cell for n in FEW for cell in cells(enlarged(part, 1000), n, scores, DIRECT_DRAWS, seed=n)]
    return found


def main() -> int:
    if not DATA.is_dir():
        print("The data folder beside the repository is absent: nothing measured.")
        return 0
    all_studies = studies()
    for one in all_studies:
        parts = [
            "/".join(f"{share:.2f}" for share in one.y[one.part == at].mean(0)) for at in range(one.part.max() + 1)
        ]
        print(f"{len(one.y):5} {one.kind:7}{one.name}: {'  '.join(parts)}")
    print_adjusted(all_studies)
    print("\ndirect: the part's own labels")
    print_cells(direct(all_studies))
    return 0


if __name__ == "__main__":
    sys.exit(main())
