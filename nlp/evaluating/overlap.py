"""Comments of a labelled file that a coder was trained on: on them it has no score."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from nlp.fold import fold_keys
from nlp.marks import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nlp.coders.protocol import Coder
    from nlp.evaluating.labelled import Labelled

_SHIPPED = ("embedded", "cascade", "study")
"""Kinds of coder that learned from the comments in `nlp/corpus/`."""

SHORTEST = 6
"""Characters, emoji codes and names aside, from which a text is nobody else's by chance: "早该这样" is anybody's."""


@runtime_checkable
class KnowsTraining(Protocol):
    """A coder that can say what it was trained on."""

    def training_keys(self) -> NDArray[np.int64]:
        """`nlp.fold.fold_keys` of the comments it learned from: the same text has the same key, and none is told."""


def training_overlap(coder: Coder, rows: Sequence[Labelled]) -> int | None:
    """How many of the comments the coder is known to be trained on; None where nothing is known.

    Of the embedded coder the training comments that come with it are known, by their folded text, and the ids of others
    that do not. It learned from more: its model card names the sets. Texts under SHORTEST are left out.
    """
    learned: NDArray[np.int64] = np.empty(0, np.int64)
    ids: frozenset[str] = frozenset()
    knows = isinstance(coder, KnowsTraining)
    if coder.name.partition(":")[0] in _SHIPPED:
        learned, ids, knows = *_shipped(), True
    if isinstance(coder, KnowsTraining):
        learned = np.concatenate([learned, coder.training_keys()])
    if not knows:
        return None
    same = np.isin(fold_keys([row.text for row in rows]), learned)
    return sum(row.id in ids or (bool(at) and _own_words(row.text)) for at, row in zip(same, rows, strict=True))


def _own_words(text: str) -> bool:
    return len(without_marks(text).strip()) >= SHORTEST


@cache
def _shipped() -> tuple[NDArray[np.int64], frozenset[str]]:
    """The keys of the training comments in the package, and the ids of those whose words are not in it."""
    rows = list(_rows())
    keys = fold_keys([row["text"] for row in rows if "text" in row])
    return keys, frozenset(row["id"] for row in rows if "text" not in row and "id" in row)


def _rows() -> Iterator[dict[str, Any]]:
    folder = files("nlp") / "corpus"
    for place in sorted(folder.iterdir(), key=lambda place: place.name) if folder.is_dir() else ():
        if place.name.endswith(".jsonl"):
            yield from map(json.loads, place.read_text(encoding="utf-8").splitlines())
