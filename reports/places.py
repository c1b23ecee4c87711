"""Where people spoke: the stances of each platform, the largest first and the rest together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reports.adjusted import Adjustment
from reports.corpus import MIN_SHARE_N, percent

if TYPE_CHECKING:
    from reports.audit import Labelled
    from reports.corpus import Corpus, Mask
    from reports.inputs import ReportInput

SHOWN = 8


def place_names(inp: ReportInput) -> dict[str, dict[str, str]]:
    """Wordings of the places that the study file names; a platform it does not name stands for itself."""
    titles = {spec.name: spec.title for spec in inp.study.sources}
    titles |= {source.name: source.title for source in inp.coverage if source.title.zh or source.title.en}
    titles |= inp.study.platforms
    return {name: title.model_dump() for name, title in sorted(titles.items()) if title.zh or title.en}


def build_places(corpus: Corpus, sample: Labelled | None = None) -> dict[str, Any]:
    """Counts by place: at most SHOWN panels, the last of them all the others when there are more.

    A place with enough labels of its own has estimated shares too (`audited`); another one the coder's shares put right
    by its errors on all labels (`adjusted`), where these can carry them.
    """
    labels = _Labels(sample, Adjustment.of(sample, corpus))
    places = corpus.rows["place"].to_numpy()
    found = corpus.rows.loc[corpus.counted, "place"].value_counts()
    ranked = sorted(((str(name), int(n)) for name, n in found.items()), key=lambda pair: (-pair[1], pair[0]))
    alone = ranked if len(ranked) <= SHOWN else ranked[: SHOWN - 1]
    panels = [_panel(corpus, labels, name, corpus.counted & (places == name)) for name, _ in alone]
    rest = [name for name, _ in ranked[len(alone) :]]
    if rest:
        panels.append(
            _panel(corpus, labels, None, corpus.counted & np.isin(places.astype(str), rest), others=len(rest))
        )
    return {
        "places": len(ranked),
        "panels": panels,
        "pooled": _panel(corpus, _Labels(None, None), None, corpus.counted),
    }


class _Labels(NamedTuple):
    """The labels, and what they say of the coder."""

    sample: Labelled | None
    adjustment: Adjustment | None


def _panel(corpus: Corpus, labels: _Labels, name: str | None, mask: Mask, others: int = 0) -> dict[str, Any]:
    coded, counts = int((mask & corpus.coded).sum()), corpus.count(mask)
    audited = labels.sample.of(mask, corpus.counted) if labels.sample else None
    return {
        "place": name,
        "others": others,
        "comments": int(mask.sum()),
        "coded": coded,
        "texts": corpus.texts(mask),
        "authors": corpus.authors(mask),
        "counts": counts,
        "shares": {stance: percent(n, coded) for stance, n in counts.items()} if coded >= MIN_SHARE_N else None,
        "audited": audited,
        "adjusted": labels.adjustment.shares(mask) if labels.adjustment and not audited else None,
    }
