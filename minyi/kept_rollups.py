"""Rollups kept in `data/rollups/`, so that a report with nothing new reads no comment twice.

One is kept at a time, in a file named by the study's last change and by a digest of everything else it hangs on.
What is damaged or another's is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from minyi.analysing import judgement_of
from minyi.fingerprints import code_print
from minyi.frames import COUNTED
from minyi.glimpses import GLIMPSED
from minyi.receipts import versions
from minyi.rollups import Held, arrays_of, glimpsed, shown, work_out
from minyi.themes_file import THEMES
from minyi.workspace import ROLLUPS
from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.glimpses import Glimpse
    from minyi.rollups import Rollup
    from minyi.workspace import Workspace

FORMAT = 1
_FACTS = "facts"
_WRONG = (
    *(KeyError, IndexError, ValueError, TypeError, EOFError, OSError),
    *(
        RuntimeError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ),  # a damaged archive asks for a password, or is packed
)


def rollup_now(workspace: Workspace) -> Rollup:
    """The rollup of all comments as they are now: the one that is kept, or made and kept.

    Raises:
        UsageError: the study's themes or words cannot be used.
        storage.database_failures.CorruptDatabase: a row that is read is not what was written.
    """
    file, identity = _present(workspace)  # before the comments, see Store.changes
    told = _Told(workspace)
    with suppress(*_WRONG):
        return shown(_read(file, identity), told.texts, told.urls)
    from minyi.themes import themed

    columns = [name for name in COUNTED if name != "url"]  # which takes a tenth of the memory
    judgement = judgement_of(workspace.study, workspace.coder)
    comments = workspace.store.sound.comments(workspace.study.id, **asdict(judgement), columns=columns)
    held = work_out(workspace, *themed(workspace, comments))
    with suppress(OSError):  # a report that cannot keep its rollup is a report all the same
        _write(file, held, identity)
    return shown(held, told.texts, told.urls)


def kept_whole(workspace: Workspace) -> Held | None:
    """The rollup of all comments that is kept, by the store's own count of changes; None where none is fresh."""
    file, identity = _present(workspace)
    with suppress(*_WRONG):
        return _read(file, identity)
    return None


def kept_glimpse(workspace: Workspace) -> Glimpse | None:
    """What the kept rollup shows of the comments, in little time; None where none is kept that is fresh.

    Their ids are there only where the study has a floor for its coder.
    """
    file, identity = _present(workspace)
    names = [*GLIMPSED, "stance", *(["id"] if workspace.loaded.publish else [])]
    with suppress(*_WRONG):
        return glimpsed(_read(file, identity, arrays_of(names)))
    return None


def roll_up(workspace: Workspace, console: Console) -> None:
    """Works the rollup out ahead of a report; what is wrong with the study's themes is for the report to say."""
    with console.progress("grouping texts and counting words") as advance, suppress(UsageError):
        advance(len(rollup_now(workspace).comments))


def folder_of(workspace: Workspace) -> Path:
    """Where rollups lie."""
    return workspace.data / ROLLUPS


def hangs_on(workspace: Workspace) -> list[Any]:
    """Everything of the study that a rollup hangs on, as JSON holds it."""
    file = workspace.folder / THEMES
    themes = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    study, coder = workspace.study, judgement_of(workspace.study, workspace.coder)
    changes = workspace.store.changes(study.id, labels=False)
    place = workspace.loaded.database.replace(str(workspace.folder), "")  # a study may be moved as a whole
    database = hashlib.sha256(place.encode()).hexdigest()  # another database counts its own changes
    return [changes, database, study.id, asdict(coder), workspace.words, study.change.model_dump(mode="json"), themes]


def _present(workspace: Workspace) -> tuple[Path, str]:
    """The file of the rollup as things stand, and everything that it hangs on."""
    parts = hangs_on(workspace)
    identity = json.dumps([FORMAT, *parts, code_print().sha256, versions()], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    return folder_of(workspace) / f"{parts[0]}-{digest[:32]}.npz", identity


def _write(file: Path, held: Held, identity: str) -> None:
    """Whole or not at all, in the place of what was there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    facts = json.dumps({**held.facts, "identity": identity}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    begun = file.with_name(f"{file.stem}.{os.getpid()}.part")
    try:
        with begun.open("wb") as out:
            np.savez(out, allow_pickle=False, **{_FACTS: np.frombuffer(facts, np.uint8)}, **held.arrays)
        begun.replace(file)
    finally:
        begun.unlink(missing_ok=True)
    for other in file.parent.glob("*.npz"):
        if other != file:
            other.unlink(missing_ok=True)


def _read(file: Path, identity: str, names: Collection[str] | None = None) -> Held:
    """A kept rollup, or these of its arrays; nothing in it is ever run, and its checksums are compared.

    Raises:
        KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile: it is damaged, or another's.
    """
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
        arrays: dict[str, Any] = {name: kept[name] for name in (kept.files if names is None else {*names, _FACTS})}
    facts = json.loads(arrays.pop(_FACTS).tobytes().decode("utf-8", "surrogatepass"))
    if facts["identity"] != identity:
        raise ValueError("a rollup of something else")
    return Held(arrays, facts)


class _Told:
    """Texts and addresses of comments, asked of the store."""

    def __init__(self, workspace: Workspace) -> None:
        self._store, self._study = workspace.store, workspace.study.id

    def texts(self, ids: Sequence[str]) -> list[str | None]:
        """Their texts, None for what is not there any more."""
        return self._of(ids, "text")

    def urls(self, ids: Sequence[str]) -> list[str | None]:
        """Their addresses, None for none."""
        return self._of(ids, "url")

    def _of(self, ids: Sequence[str], column: str) -> list[str | None]:
        found = self._store.sound.told(self._study, ids, column)
        return [found.get(one) for one in ids]
