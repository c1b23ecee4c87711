"""Two reports of a study set beside each other: which comments moved, which figures changed, and why."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from minyi.figures import changes, comparable
from minyi.manifests import kept_by
from minyi.rerunning import Parts, count_parts, recount
from minyi.settings_differing import settings_differing
from minyi.told import ANSWERED, COLLECTED
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from minyi.figures import Changed
    from minyi.manifests import Kept
    from minyi.settings_differing import Setting
    from minyi.snapshots import Snapshot
    from minyi.workspace import Workspace

Cause = Literal["settings", "answers", "coder", "labels", "data", "code", "last report"]
ORDER: tuple[Cause, ...] = ("settings", "answers", "coder", "labels", "data", "last report")
"""In which the parts of the first report are replaced by those of the second, to see what each one changes."""
CHEAP = 50_000
"""Comments up to which a report is counted again for each cause."""


class Moved(NamedTuple):
    """A comment whose label is another one, or that came or went.

    Attributes:
        comment: its id; its key in the store where it is not stored any more.
        what: moved, came or went; of a person's label: newly labelled, relabelled, or label gone.
        old, new: the stances; empty for none.
        by: the coder or the person who said it.
    """

    comment: str
    what: str
    old: str
    new: str
    by: str


class Figure(NamedTuple):
    """A figure that changed, and what changed it; several causes where they were not, or cannot be, told apart."""

    name: str
    old: Any
    new: Any
    causes: list[Cause]


class Difference(NamedTuple):
    """Two reports beside each other.

    Attributes:
        runs: of both.
        causes: what differs between them.
        settings: which settings differ.
        moved: comments.
        figures: that changed.
        attributed: whether each cause was tried by counting anew.
        numbers: of both.
    """

    runs: tuple[str, str]
    causes: list[Cause]
    moved: list[Moved]
    figures: list[Figure]
    attributed: bool
    settings: list[Setting]
    numbers: tuple[Mapping[str, Any], Mapping[str, Any]]


def difference(workspace: Workspace, old: str, new: str) -> Difference:
    """What changed from one report to another, and why.

    Raises:
        UnknownRun, NoManifest, ManifestChanged: one of them left nothing to compare.
    """
    first, second = kept_by(workspace, old), kept_by(workspace, new)
    causes = causes_of(first, second)
    found = [
        it
        for it in changes(comparable(first.numbers), comparable(second.numbers))
        if (it.old, it.new) != (None, None)  # a table that is there only once: its entries tell
    ]
    cheap = max(first.manifest.data.comments, second.manifest.data.comments) <= CHEAP
    if len(causes) > 1 and found and cheap:
        figures, attributed = _attributed(workspace, first, second, causes, found), True
    else:
        figures, attributed = [Figure(*it, causes=causes) for it in found], len(causes) <= 1
    moved = [*_moved(workspace, first, second), *_relabelled(workspace, first.snapshot, second.snapshot)]
    settings, numbers = settings_differing(first, second), (first.numbers, second.numbers)
    return Difference((old, new), causes, moved, figures, attributed, settings, numbers)


def causes_of(first: Kept, second: Kept) -> list[Cause]:
    """What differs between what two runs kept of themselves."""
    one, two, was, now = first.manifest, second.manifest, first.told, second.told
    before, after = first.snapshot, second.snapshot
    both, at, to = np.intersect1d(before.keys, after.keys, assume_unique=True, return_indices=True)
    same_rows = np.array_equal(before.checks[at], after.checks[to])
    everything = len(both) == len(before.keys) == len(after.keys)
    differs: dict[Cause, bool] = {
        "settings": bool(settings_differing(first, second)),
        "answers": any(was.get(name) != now.get(name) for name in ANSWERED),
        "coder": one.coder != two.coder or not np.array_equal(before.stances[at], after.stances[to]),
        "labels": one.labels.digest != two.labels.digest
        or one.cohorts != two.cohorts
        or _drawn(before) != _drawn(after),
        "data": not (everything and same_rows) or any(was.get(name) != now.get(name) for name in COLLECTED),
        "code": (one.code, one.made.versions) != (two.code, two.made.versions),
        "last report": was.get("last") != now.get("last"),
    }
    return [cause for cause, other in differs.items() if other]


def _drawn(snapshot: Snapshot) -> set[tuple[int, int]]:
    return set(zip(snapshot.item_cohorts.tolist(), snapshot.item_keys.tolist(), strict=True))


def _attributed(
    workspace: Workspace, first: Kept, second: Kept, causes: Sequence[Cause], found: Sequence[Changed]
) -> list[Figure]:
    """Replace one part after the other, and see which figures each step changes."""
    at, steps = dict.fromkeys(ORDER, first), [comparable(first.numbers), comparable(recount(workspace, first).numbers)]
    named: list[Cause] = ["code"]
    for cause in ORDER:
        if cause in causes:
            at[cause] = second
            steps.append(comparable(count_parts(workspace, Parts(*(at[it] for it in ORDER)))[0]))
            named.append(cause)
    steps.append(comparable(second.numbers))
    named.append("code")
    moved = [{it.name for it in changes(before, after)} for before, after in pairwise(steps)]
    return [Figure(*it, causes=_by(it.name, causes, named, moved)) for it in found]


def _by(name: str, causes: Sequence[Cause], named: Sequence[Cause], moved: Sequence[set[str]]) -> list[Cause]:
    """The steps that change a figure; all that differs where none does. What is told of the last report is its own."""
    if name.startswith(("since", "claims.since")) and "last report" in causes:
        return ["last report"]
    found = [cause for cause, names in zip(named, moved, strict=True) if name in names and cause in causes]
    return list(dict.fromkeys(found)) or list(causes)


def _moved(workspace: Workspace, first: Kept, second: Kept) -> Iterator[Moved]:
    """Comments of which the coder says something else, and those that came or went."""
    before, after = first.snapshot, second.snapshot
    both, at, to = np.intersect1d(before.keys, after.keys, assume_unique=True, return_indices=True)
    other = before.stances[at] != after.stances[to]
    went, came = np.setdiff1d(before.keys, both), np.setdiff1d(after.keys, both)
    ids = _ids(workspace, np.concatenate([both[other], went, came]).tolist())
    coder = second.manifest.coder.annotator
    if coder != first.manifest.coder.annotator:
        coder = f"{first.manifest.coder.annotator} → {coder}"
    for key, old, new in zip(both[other].tolist(), before.stances[at][other], after.stances[to][other], strict=True):
        yield Moved(ids.get(key, str(key)), "moved", _stance(int(old)), _stance(int(new)), coder)
    for what, keys in (("came", came), ("went", went)):
        for key in keys.tolist():
            yield Moved(ids.get(key, f"key {key}"), what, "", "", "")


def _relabelled(workspace: Workspace, before: Snapshot, after: Snapshot) -> Iterator[Moved]:
    """Comments of which a person says something else, or says something now."""
    old, new = _latest(before), _latest(after)
    names = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    ids = _ids(workspace, [key for key, _ in names])
    for key, who in names:
        was, now = (_stance(found.get((key, who), -1)) for found in (old, new))
        what = "relabelled" if was and now else "newly labelled" if now else "label gone"
        yield Moved(ids.get(key, f"key {key}"), what, was, now, who)


def _latest(snapshot: Snapshot) -> dict[tuple[int, str], int]:
    """By comment and person: the stance that stands, -1 for none."""
    columns = (snapshot.label_keys, snapshot.label_who, snapshot.label_stances)
    return {
        (key, snapshot.label_names[who]): stance
        for key, who, stance in zip(*(column.tolist() for column in columns), strict=True)
    }


def _stance(place: int) -> str:
    return "" if place < 0 else str(STANCES[place])


def _ids(workspace: Workspace, keys: Sequence[int]) -> dict[int, str]:
    """Ids by key, of the comments that are still stored."""
    if not keys:
        return {}
    known = workspace.store.comments(workspace.study.id, columns=["key", "id"])
    known = known[known["key"].isin(list(keys))]
    return dict(zip(known["key"].tolist(), known["id"].tolist(), strict=True))
