"""What there was when a report was made: taken down once, and passed on by runs that found nothing new."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from minyi.snapshots import packed, snapshot_of
from reports.agreement import DRAWS
from storage.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.snapshots import Snapshot
    from minyi.workspace import Workspace
    from reports.inputs import ReportInput

SNAPSHOT = "snapshot.npz"


@dataclass(frozen=True)
class Labelled:
    """The labels that there were: rows by annotator, and a digest over which revisions there are and what they say."""

    rows: dict[str, int]
    digest: str


@dataclass(frozen=True)
class Counted:
    """The comments that there were: how many, between which keys, and the digest that the report prints."""

    comments: int
    first: int | None
    last: int | None
    digest: str


class There(NamedTuple):
    """What there was, and the SHA-256 of its snapshot."""

    labels: Labelled
    data: Counted
    seeds: dict[str, int]
    snapshot: str


def take_down(workspace: Workspace, inp: ReportInput, folder: Path) -> There:
    """Take down what there is."""
    snapshot = snapshot_of(workspace, inp.comments)
    content = packed(snapshot)
    write_atomically(folder / SNAPSHOT, content)
    seeds = {"agreement": inp.audit.agreement.seed if inp.audit and inp.audit.agreement else 0, "draws": DRAWS}
    return There(
        _labelled(snapshot), _counted(snapshot, inp.provenance.data_digest), seeds, hashlib.sha256(content).hexdigest()
    )


def still_there(there: There, before: Path, folder: Path) -> There:
    """What an earlier run took down: the same file, which nobody writes to; a copy where the disk has no links."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        (folder / SNAPSHOT).hardlink_to(before / SNAPSHOT)
    except OSError:
        write_atomically(folder / SNAPSHOT, (before / SNAPSHOT).read_bytes())
    return there


def _labelled(snapshot: Snapshot) -> Labelled:
    rows = {name: int((snapshot.label_who == at).sum()) for at, name in enumerate(snapshot.label_names)}
    return Labelled(rows, snapshot.labels_digest)


def _counted(snapshot: Snapshot, digest: str) -> Counted:
    keys = snapshot.keys
    first, last = (int(keys[0]), int(keys[-1])) if len(keys) else (None, None)
    return Counted(len(keys), first, last, digest)
