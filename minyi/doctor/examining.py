"""Every check, in the order in which one builds on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.doctor import database, installation, jobs, machine, put_back, study
from minyi.doctor.finding import Finding, found_in
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from minyi.doctor.patient import Patient

CHECKS: tuple[Callable[[Patient], Iterable[Finding]], ...] = (
    installation.python,
    installation.packages,
    installation.extras,
    installation.sqlite,
    installation.time_zones,
    installation.fonts,
    installation.pdf,
    machine.clock,
    machine.disk,
    study.study,
    study.variables,
    study.editions,
    study.coder,
    machine.folders,
    database.database,
    machine.key,
    database.runs,
    put_back.copy,
    put_back.forgotten,
    jobs.schedule,
    jobs.lock,
    jobs.alerts,
)


def findings_of(patient: Patient) -> Iterator[Finding]:
    """What every check finds; one that cannot be made is a finding itself, and the others go on."""
    for check in CHECKS:
        try:
            yield from check(patient)
        except MinyiError as error:
            yield found_in(_name(check), error)
        except OSError as error:
            what = f"This cannot be looked at ({error.strerror or type(error).__name__})."
            yield Finding(_name(check), "fail", what, "Look at the rights of the study's folder and its files.")


def _name(check: Callable[[Patient], Iterable[Finding]]) -> str:
    return check.__name__.replace("_", " ")
