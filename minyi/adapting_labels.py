"""The labels that a study's coder learns from, out of the store or out of a file, and what of them is left out.

Never those that the gate is judged by (`minyi.labels.held_back`), nor another comment with the same text.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from minyi.labels import held_back, standing, task_of
from minyi.learning import spellings
from nlp.adaptation import AdaptationError
from nlp.evaluate import Labelled, read_labelled
from nlp.fold import fold_keys
from storage.nouns import STANCES
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from minyi.workspace import Workspace
    from storage.nouns import Change, Reject

NAMES, NAME = 3, 60  # other changes that are named, and characters of each
_Y = [f"y_{stance}" for stance in STANCES]
_READ = ["key", "text", "evidence"]


class Used(NamedTuple):
    """The labels that are learned from, each text once, and what was left out.

    Attributes:
        texts: the comments.
        stances: their stances, (n,).
        evidence: the reporting clauses of quotes.
        stored: whether they come out of the store.
        left: how many were left out, by what is the matter with them.
        apart: how many are not learned from, although nothing is the matter with them.
        rejects: rows of the file that cannot be used.
    """

    texts: list[str]
    stances: NDArray[np.int64]
    evidence: list[str | None]
    stored: bool
    left: dict[str, int]
    apart: dict[str, int]
    rejects: Sequence[Reject] = ()


class _Label(NamedTuple):
    text: str
    stance: int
    evidence: str | None = None


class _Once(NamedTuple):
    """Labels, each text once; and how many are kept back, are copies, or contradict each other."""

    labels: list[_Label]
    kept_back: int
    copies: int
    unlike: int


def from_store(workspace: Workspace) -> Used:
    """The labels that stand, of the sample and of training picks: those on which people agree, or that were settled."""
    known = standing(workspace)
    y = known[_Y].to_numpy(np.float64)
    agreed = y.max(1, initial=0) == 1
    stored = workspace.store.comments(workspace.study.id, columns=_READ).set_index("key").loc[known["key"][agreed]]
    evidence = stored["evidence"].astype(object).where(stored["evidence"].notna(), None)
    stances = y[agreed].argmax(1).tolist() if agreed.any() else []
    labels = list(map(_Label, stored["text"].tolist(), stances, evidence.tolist()))
    once = _each_once(labels, _kept_back(workspace))
    left = {"give one text different labels": once.unlike}
    apart = {
        "Labels of copies of others": once.copies,
        "Labels on which people do not agree, and nothing is settled": int((~agreed).sum()),
        "Labels kept back, by which the coder is judged before a report": once.kept_back,
    }
    return _used(once, left, apart, stored=True)


def from_file(workspace: Workspace, path: Path) -> Used:
    """The labels of a file that are on the study's change.

    Raises:
        EvaluationFileError: it cannot be read.
        AdaptationError: all its labels are on another change.
    """
    change = workspace.study.change
    file = read_labelled(path, change.target)
    ours, others = _ours(file.rows, change, path)
    once = _each_once([_Label(row.text, row.stance) for row in ours], _kept_back(workspace))
    left = {
        f"name another change ({_named(others)})": others.total(),
        "are copies of others": once.copies,
        "give one text different labels": once.unlike,
        "have labels of several people who do not agree": len(file.disputed),
        "are kept back, to judge the coder by": once.kept_back,
    }
    return _used(once, left, {"Rows without a label": file.unlabelled}, stored=False)._replace(rejects=file.rejects)


def _used(once: _Once, left: dict[str, int], apart: dict[str, int], *, stored: bool) -> Used:
    texts, stances, evidence = ([label[at] for label in once.labels] for at in range(3))
    return Used(texts, np.array(stances, np.int64), evidence, stored, left, apart)  # type: ignore[arg-type]


def _kept_back(workspace: Workspace) -> NDArray[np.int64]:
    """The folded texts of the comments that the gate is judged by, labelled or not yet."""
    drawn = workspace.store.labels.items(workspace.study.id, "audit", task_of(workspace.study))
    return fold_keys([text for one, text in zip(drawn["id"], drawn["text"], strict=True) if held_back(one)])


def _each_once(labels: Sequence[_Label], kept_back: NDArray[np.int64]) -> _Once:
    """Each text once: a copy would be learned from and then scored as if it had not been seen.

    A text whose labels differ is left out.
    """
    said: dict[int, list[_Label]] = {}
    keys = fold_keys([label.text for label in labels])
    free = ~np.isin(keys, kept_back)
    for key, label in zip(keys[free].tolist(), (labels[at] for at in np.flatnonzero(free).tolist()), strict=True):
        said.setdefault(key, []).append(label)
    alike = [copies for copies in said.values() if len({label.stance for label in copies}) == 1]
    count = sum(map(len, alike))
    return _Once([copies[0] for copies in alike], int((~free).sum()), count - len(alike), int(free.sum()) - count)


def _ours(rows: Sequence[Labelled], change: Change, labels: Path) -> tuple[list[Labelled], Counter[str]]:
    """The rows on the study's change, by whichever of its names they call it, and the other changes that rows name."""
    names = {name.casefold() for name in spellings(change)}
    ours = [row for row in rows if row.change.casefold() in names]
    others = Counter(row.change for row in rows if row.change.casefold() not in names)
    if not ours:
        what = f'All {len(rows):,} labels name another change ({_named(others)}) than "{change.target}".'
        remedy = "Leave the column change empty, or write there the statement, the name or an alias of the study file."
        raise AdaptationError(what, where=str(labels), remedy=remedy)
    return ours, others


def _named(changes: Counter[str]) -> str:
    """The commonest of them."""
    shown = ", ".join(f'"{clean_line(name, NAME)}"' for name, _ in changes.most_common(NAMES))
    return f"{shown} and {len(changes) - NAMES:,} more" if len(changes) > NAMES else shown
