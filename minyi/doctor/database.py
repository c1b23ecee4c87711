"""The database, and what its runs say of how they went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from minyi.console import so_many
from minyi.doctor.finding import Finding, found_in
from minyi.outages import killed_runs
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.doctor.patient import Patient
    from storage.integrity.examining import DatabaseState
    from storage.records import RunRecord

PUT_BACK = (
    "Put a copy back (`minyi backup` makes them): docs/keeping.md tells how. "
    "Until then a report that has to read it is refused."
)
REMEDIES = {
    "captures": "Bring the files back from a copy; reports do without, but these pages cannot be parsed again.",
    "search": "`minyi search` misses these comments; nothing else does.",
}
OLDEST_POSTGRES = 14
"""The oldest PostgreSQL that its makers still mend (November 2026)."""


def database(patient: Patient) -> Iterator[Finding]:
    """Whether the database can be opened, is undamaged, and has this version's shape."""
    state = patient.examined
    if isinstance(state, MinyiError):
        yield found_in("database", state)
    elif state is not None:
        yield from _server(state)
        if state.older:
            what = f"{state.name} has the shape {state.older}, from before this version."
            yield Finding("database", "warn", what, "Any command that works with the study brings it up to date.")
        elif state.present:
            damage = list(_damage(patient, state))
            yield from damage or [Finding("database", "ok", f"{state.name} is in order ({state.server}).")]
        else:
            yield _nothing_yet(patient, state)


def _nothing_yet(patient: Patient, state: DatabaseState) -> Finding:
    from minyi.workspace import must_not_be_lost

    try:
        if patient.loaded is not None:
            must_not_be_lost(patient.loaded)
    except MinyiError as error:
        return found_in("database", error)
    return Finding("database", "ok", f"{state.name} holds nothing yet; the first command makes it.")


def _damage(patient: Patient, state: DatabaseState) -> Iterator[Finding]:
    """What is stored and is not what was written: in rows, indices, captures and the search index."""
    from storage.integrity.checking import check_at

    if patient.data is None:
        return
    try:
        found = check_at(patient.database, patient.data)
    except MinyiError as error:
        yield found_in("database", error)
        return
    for one in found:
        where = f"{one.table}: " if one.table else ""
        what = f"{state.name} is damaged ({one.what}): {where}{so_many(one.n, 'place')} ({'; '.join(one.named)})."
        yield Finding("database", "warn" if one.what in REMEDIES else "fail", what, REMEDIES.get(one.what, PUT_BACK))


def _server(state: DatabaseState) -> Iterator[Finding]:
    if state.server.startswith("PostgreSQL") and state.version[:1] < (OLDEST_POSTGRES,):
        what = f"{state.server} is no longer mended by its makers."
        yield Finding("database", "warn", what, f"Upgrade to PostgreSQL {OLDEST_POSTGRES} or newer.")


def runs(patient: Patient) -> Iterator[Finding]:
    """How the last run of each command went."""
    if patient.loaded is None:
        return
    now = round(patient.now.timestamp() * 1000)
    killed = killed_runs(patient.runs, now)
    last = {run.command: run for run in patient.runs if run.status != "running" or run.id in killed}
    wrong = 0
    for run in last.values():
        if run.status != "ok":
            wrong += 1
            yield _ended(run, killed=run.id in killed)
    if last and not wrong:
        latest = max(run.started_at for run in last.values())
        yield Finding("runs", "ok", f"The last run of every command went well; the latest began {_minute(latest)}.")
    elif not last:
        yield Finding("runs", "ok", "Nothing has run yet.")


def _ended(run: RunRecord, *, killed: bool) -> Finding:
    what = f"The last `minyi {run.command}` ({_minute(run.started_at)}, run {run.id})"
    if killed:
        return Finding("runs", "warn", f"{what} was killed.", "Run it again: it goes on from there.")
    failures = [failure for failure in run.failures if isinstance(failure, dict)]
    first = f": {failures[0].get('source', '')}: {failures[0].get('what', '')}" if failures else "."
    more = f" (and {so_many(len(failures) - 1, 'more failure')})" if len(failures) > 1 else ""
    came = "came through in part" if run.status == "partial" else "failed"
    remedy = str(failures[0].get("remedy") or "") if failures else ""
    return Finding("runs", "warn", f"{what} {came}{first}{more}", remedy or "`minyi status` says more.")


def _minute(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
