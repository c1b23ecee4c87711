"""The machine: its clock, its disk, and who may read and write the study's folder."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import minyi
from minyi.doctor.finding import Finding, found_in
from storage.errors import MinyiError
from storage.integrity.examining import DatabaseState
from storage.pseudonyms import KEY_FILE, Pseudonyms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.doctor.patient import Patient

TOLERANCE = timedelta(minutes=5)
LITTLE = 100 * 2**20
"""Bytes of room below which work fails soon: a report with its editions takes as much."""
SCANT = 2**30
"""Bytes of room below which somebody should look, unless the database is larger: its backup needs as much again."""
FEW_FILES = 1_000
MIB = 2**20


def clock(patient: Patient) -> Iterator[Finding]:
    """Whether the clock is behind something that is known to have happened: days and windows are counted by it."""
    installed = datetime.fromtimestamp(Path(minyi.__file__).stat().st_mtime, UTC)
    newest = patient.newest
    remedy = "Set it, and have it kept: on Linux, timedatectl set-ntp true."
    for moment, said in ((newest, "the last run here"), (installed, "minyi was installed")):
        if moment and patient.now + TOLERANCE < moment:
            what = f"The clock says {patient.now:%Y-%m-%d %H:%M} UTC, and {said} was at {moment:%Y-%m-%d %H:%M}."
            yield Finding("clock", "fail", what.replace("installed was", "installed"), remedy)
            return
    yield Finding("clock", "ok", f"The clock says {patient.now:%Y-%m-%d %H:%M} UTC; nothing here is later.")


def disk(patient: Patient) -> Iterator[Finding]:
    """Whether there is room for what comes, and for a backup of the database before it is brought up to date."""
    folder = patient.folder or Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    state = patient.examined
    size = (state.bytes or 0) if isinstance(state, DatabaseState) else 0
    files = os.statvfs(folder) if hasattr(os, "statvfs") else None
    said = f"{free / MIB:,.0f} MiB are free"
    if files is not None and files.f_files and files.f_favail < FEW_FILES:
        remedy = "Remove files: the disk has room, and takes hardly any new ones."
        yield Finding("disk", "fail", f"Only {files.f_favail:,} more files can be made in {folder}.", remedy)
    elif free < LITTLE:
        yield Finding("disk", "fail", f"Only {said} in {folder}.", "Make room, or move the study to another disk.")
    elif free < max(SCANT, 2 * size):
        what = f"{said} in {folder}; the database has {size / MIB:,.0f} MiB, and its backup needs as much again."
        yield Finding("disk", "warn", what, "Make room, or move the study to another disk.")
    else:
        yield Finding("disk", "ok", f"{said}.")


def folders(patient: Patient) -> Iterator[Finding]:
    """Whether the study's folders can be written, and by nobody else."""
    if patient.folder is None or patient.data is None:
        return
    wrong = 0
    for folder in (patient.folder, patient.data, patient.folder / "reports"):
        if not folder.exists() and not folder.is_symlink():
            continue  # it is made when it is needed
        for finding in _folder(folder):
            wrong += 1
            yield finding
    if not wrong:
        yield Finding("folders", "ok", f"{patient.folder} and its folders can be written.")


def _folder(folder: Path) -> Iterator[Finding]:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = f"{folder} cannot be written ({error.strerror or type(error).__name__})."
        yield Finding("folders", "fail", what, "Give the user who runs minyi the right to write there.")
        return
    if os.name == "posix" and folder.stat().st_mode & stat.S_IWOTH:
        what = f"Everybody may write to {folder}: its files can be exchanged."
        yield Finding("folders", "warn", what, f'Run: chmod o-w "{folder}"')


def key(patient: Patient) -> Iterator[Finding]:
    """Whether the key of the pseudonyms is there, the one in use, and readable by its owner alone."""
    if patient.data is None:
        return
    state = patient.examined
    expected = state.key if isinstance(state, DatabaseState) else None
    if expected is None and not (patient.data / KEY_FILE).exists():
        yield Finding("key", "ok", "No key of pseudonyms yet; it is made when the first author is kept.")
        return
    try:
        Pseudonyms.of_workspace(patient.data, expected)
    except MinyiError as error:
        yield found_in("key", error)
    else:
        yield Finding("key", "ok", "The key of the pseudonyms can be read by its owner alone.")
