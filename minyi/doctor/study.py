"""The study file, and what it needs of this machine: its editions, its coder, the variables of its environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from minyi.doctor.finding import Finding, found_in
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.doctor.patient import Patient
    from minyi.study_file import LoadedStudy
    from scrapers.protocol import Key


def study(patient: Patient) -> Iterator[Finding]:
    """Whether the study file can be read."""
    if patient.problem is not None:
        yield found_in("study", patient.problem)
    elif patient.loaded is None:
        yield Finding("study", "ok", "No study is named, and there is none here: only the installation was looked at.")
    else:
        hints = len(patient.loaded.warnings)
        more = "" if not hints else f" `minyi check` has {hints} {'hint' if hints == 1 else 'hints'}."
        yield Finding("study", "ok", f"{patient.loaded.path} can be read.{more}")


def editions(patient: Patient) -> Iterator[Finding]:
    """Whether the editions that its runs write can be made here."""
    from reports.editions import edition_named, must_be_installed

    if patient.loaded is None or patient.loaded.schedule is None:
        return
    formats = patient.loaded.schedule.formats
    try:
        must_be_installed(*(edition_named(name) for name in formats))
    except MinyiError as error:
        yield found_in("editions", error)
    else:
        yield Finding("editions", "ok", f"What its runs write can be made here: {', '.join(formats)}.")


def coder(patient: Patient) -> Iterator[Finding]:
    """Whether the study's coder can be used: its model, its labels, its key."""
    from minyi.study_checks import coder_not_ready

    loaded = patient.loaded
    if loaded is None:
        return
    problem = coder_not_ready(loaded.study, loaded.text, loaded.path.parent)
    if problem is None:
        yield Finding("coder", "ok", f"The coder {loaded.study.coder} can be used.")
    else:
        yield Finding("coder", "fail", f"{problem.message}.", problem.remedy)


def variables(patient: Patient) -> Iterator[Finding]:
    """Whether the variables that the study needs are set; what they hold is never said."""
    if patient.loaded is None:
        return
    needed, wished = _needed(patient.loaded), _wished(patient.loaded)
    unset = [name for name in needed if not os.environ.get(name)]
    for name in unset:
        yield Finding("variables", "fail", f"{name} is not set: {needed[name]}", f"Set it where the job runs: {name}=…")
    silent = [name for name in wished if name not in needed and not os.environ.get(name)]
    for name in silent:
        yield Finding("variables", "warn", f"{name} is not set: {wished[name]}", f"Set it where the job runs: {name}=…")
    present = sorted({*needed, *wished} - {*unset, *silent})
    if present:
        yield Finding("variables", "ok", f"Set: {', '.join(present)}.")


def _needed(loaded: LoadedStudy) -> dict[str, str]:
    """Names of the variables without which a source cannot be asked, each with what fails."""
    found = {}
    for source in loaded.study.sources:
        key = _key_of(source.kind)
        if key is not None and key.required:
            found[key.variable] = f"the source {source.name} cannot be asked."
    return found


def _key_of(kind: str) -> Key | None:
    from scrapers.sites import collector, kinds

    try:
        return collector(kind).key if kind in kinds() else None
    except MinyiError:  # another package's collector that cannot be loaded, which collecting tells
        return None


def _wished(loaded: LoadedStudy) -> dict[str, str]:
    """Names of the variables without which nobody is told, each with what is not done."""
    notify = loaded.notify
    found = dict.fromkeys(notify.variables, "nobody is told by it how runs go.")
    return found | ({notify.heartbeat: "no heartbeat is sent."} if notify.heartbeat else {})
