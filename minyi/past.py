"""The study as it was when a report was made: its file, its comments and its labels of that time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from minyi.snapshots import SCORES, history_of, label_checks, places, row_hashes
from minyi.workspace import Workspace
from nlp.segment import DictionaryWord

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from minyi.fingerprints import CoderPrint
    from minyi.manifests import Manifest
    from minyi.snapshots import Snapshot
    from nlp.coders.protocol import Coder
    from storage.labels import Labels, Task
    from storage.records import Cohort, SampleKind
    from storage.store import Store


_TAKE_OUT = ("forget", "retention")


class PastLabels:
    """The labels and draws that there were; everything else is asked of the store."""

    def __init__(self, labels: Labels, task: Task, snapshot: Snapshot, cohorts: Collection[int]) -> None:
        self._labels, self._task, self._cohorts = labels, task, set(cohorts)
        who = [snapshot.label_names[at] for at in snapshot.label_who.tolist()]
        self._said = set(zip(snapshot.label_keys.tolist(), who, snapshot.label_revisions.tolist(), strict=True))
        self._drawn = set(zip(snapshot.item_cohorts.tolist(), snapshot.item_keys.tolist(), strict=True))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the store has
        return getattr(self._labels, name)

    def history(self, study_id: str, target: str, codebook: str) -> pd.DataFrame:
        """Everything people had said by then."""
        found = self._labels.history(study_id, target, codebook)
        if (target, codebook) != self._task:
            return found
        known = [row in self._said for row in zip(found["key"], found["annotator"], found["revision"], strict=True)]
        return found[np.array(known, bool)].reset_index(drop=True)

    def latest(self, study_id: str, target: str, codebook: str) -> pd.DataFrame:
        """The last thing that each person had said of each comment by then."""
        found = self.history(study_id, target, codebook)
        return found.drop_duplicates(["key", "annotator"], keep="last", ignore_index=True)

    def cohorts(self, study_id: str, kind: SampleKind | None = None, task: Task | None = None) -> list[Cohort]:
        """The samples that had been drawn."""
        found = self._labels.cohorts(study_id, kind, task)
        return [cohort for cohort in found if cohort.kind != "audit" or cohort.key in self._cohorts]

    def framed(self, study_id: str, kind: SampleKind | None = None, task: Task | None = None) -> pd.DataFrame:
        """The comments that these were drawn from."""
        found = self._labels.framed(study_id, kind, task)
        return found[found["cohort"].isin(self._cohorts)].reset_index(drop=True)

    def items(self, study_id: str, kind: SampleKind | None = None, task: Task | None = None) -> pd.DataFrame:
        """The comments that had been drawn."""
        found = self._labels.items(study_id, kind, task)
        known = [row in self._drawn for row in zip(found["cohort"], found["key"], strict=True)]
        return found[np.array(known, bool)].reset_index(drop=True)


class PastStore:
    """A store that knows only the labels and draws of a time; everything else is asked of the store itself."""

    def __init__(self, store: Store, labels: PastLabels) -> None:
        self._store = store
        self.labels = labels

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the store has
        return getattr(self._store, name)


@dataclass(frozen=True)
class PastCoder:
    """Who coded the comments then, by name alone: nothing is coded again."""

    name: str
    version: str
    held_out: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class PastWorkspace(Workspace):
    """A study opened as it was."""

    past_coder: PastCoder
    past_words: tuple[str | DictionaryWord, ...]

    @cached_property
    def coder(self) -> Coder:
        """Who coded the comments then."""
        return cast("Coder", self.past_coder)

    @cached_property
    def words(self) -> tuple[str | DictionaryWord, ...]:
        """What was kept whole then."""
        return self.past_words


def past_workspace(now: Workspace, manifest: Manifest, labels: Snapshot, cohorts: Collection[int]) -> PastWorkspace:
    """The study with the settings of a manifest, and the labels and draws of a snapshot."""
    task = manifest.study.change.target, manifest.study.codebook
    store = PastStore(now.store, PastLabels(now.store.labels, task, labels, cohorts))
    name, _, version = manifest.coder.annotator.rpartition("@")
    return PastWorkspace(
        loaded=replace(now.loaded, study=manifest.study, publish=manifest.publish),
        store=cast("Store", store),
        past_coder=PastCoder(name, version, manifest.made.known),
        past_words=tuple(word if isinstance(word, str) else DictionaryWord(*word) for word in manifest.words),
    )


def past_comments(workspace: Workspace, snapshot: Snapshot, coder: CoderPrint, *, own: bool = True) -> pd.DataFrame:
    """The comments of a snapshot that are still there, as they are stored now, beside what the coder says of them.

    Args:
        workspace: the study.
        snapshot: which comments.
        coder: whose codes.
        own: whether these are the codes of the snapshot: what had no code then has none.
    """
    found = workspace.store.comments(
        workspace.study.id, target=coder.target, annotator=coder.annotator, codebook=coder.codebook
    )
    found = found[found["key"].isin(snapshot.keys)].reset_index(drop=True)
    at = np.searchsorted(snapshot.keys, found["key"].to_numpy(np.int64))
    if own:
        without = snapshot.stances[at] < 0
        found.loc[without, "stance"] = None
        found.loc[without, list(SCORES)] = np.nan
    if snapshot.theme_names:
        names = np.array([*snapshot.theme_names, None], dtype=object)
        found["theme"] = names[snapshot.themes[at]]
    return found


class Label(NamedTuple):
    """A person's label that is not what it was."""

    comment: str
    annotator: str


class Losses(NamedTuple):
    """What is not as it was when the report was made.

    Attributes:
        gone: keys of comments that are not there any more.
        read_anew: comments that a later reparse or import put in place of others.
        forgotten: comments that later runs took out: somebody asked for it, or they were kept long enough.
        changed: ids of comments whose row says something else.
        recoded: ids of comments of which the same coder is said to say something else.
        labels_gone: labels that are not there any more.
        relabelled: labels that say something else.
        undrawn: comments of the sample that are not in it any more.
    """

    gone: list[int]
    read_anew: int
    forgotten: int
    changed: list[str]
    recoded: list[str]
    labels_gone: int
    relabelled: list[Label]
    undrawn: int

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(bool(part) for part in (*self[:1], *self[3:]))


def losses_of(now: Workspace, manifest: Manifest, snapshot: Snapshot, comments: pd.DataFrame) -> Losses:
    """Compare what there was with what there is.

    Args:
        now: the study as it is.
        manifest: of the report's run.
        snapshot: of the same.
        comments: what `past_comments` gave.
    """
    keys = comments["key"].to_numpy(np.int64)
    at = np.searchsorted(snapshot.keys, keys)
    changed = row_hashes(comments).astype(np.uint16) != snapshot.checks[at]
    recoded = places(comments["stance"]) != snapshot.stances[at]
    gone = np.setdiff1d(snapshot.keys, keys, assume_unique=True)
    labels_gone, relabelled = _labels(now, manifest, snapshot)
    task = manifest.study.change.target, manifest.study.codebook
    drawn = now.store.labels.items(now.study.id, "audit", task)
    there = set(zip(drawn["cohort"].tolist(), drawn["key"].tolist(), strict=True))
    items = zip(snapshot.item_cohorts.tolist(), snapshot.item_keys.tolist(), strict=True)
    return Losses(
        gone=gone.tolist(),
        read_anew=_read_anew(now, manifest.run) if len(gone) else 0,
        forgotten=_forgotten(now, manifest.run) if len(gone) else 0,
        changed=comments["id"][changed].tolist(),
        recoded=comments["id"][recoded].tolist(),
        labels_gone=labels_gone,
        relabelled=relabelled,
        undrawn=sum(item not in there for item in items),
    )


def _labels(now: Workspace, manifest: Manifest, snapshot: Snapshot) -> tuple[int, list[Label]]:
    """How many labels are gone, and which say something else."""
    said = history_of(now, (manifest.study.change.target, manifest.study.codebook))
    rows = zip(said["key"], said["annotator"], said["revision"], strict=True)
    facts = zip(places(said["stance"]).tolist(), label_checks(said).tolist(), said["id"], strict=True)
    there = dict(zip(rows, facts, strict=True))
    gone, other = 0, []
    for place, key in enumerate(snapshot.label_keys.tolist()):
        who = snapshot.label_names[snapshot.label_who[place]]
        found = there.get((key, who, int(snapshot.label_revisions[place])))
        if found is None:
            gone += 1
        elif found[:2] != (int(snapshot.label_stances[place]), int(snapshot.label_checks[place])):
            other.append(Label(str(found[2]), who))
    return gone, other


def _read_anew(now: Workspace, run: str) -> int:
    """Comments that later runs read anew in place of others, by their receipts."""
    later = [it for it in now.store.runs(now.study.id) if int(it.id) > int(run)]
    found = [counts for it in later for counts in it.counts.values() if isinstance(counts, dict)]
    return sum(int(counts.get("reworded", 0)) for counts in found)


def _forgotten(now: Workspace, run: str) -> int:
    """Comments that later runs took out for good, by their receipts."""
    later = [it for it in now.store.runs(now.study.id) if int(it.id) > int(run) and it.command in _TAKE_OUT]
    return sum(int(it.counts.get("comments", 0)) for it in later)
