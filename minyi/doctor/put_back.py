"""Whether the database is a copy from before runs that have receipts; what was forgotten since then is in it again."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from minyi.console import so_many
from minyi.doctor.finding import Finding
from minyi.doctor.patient import RUNS
from minyi.privacy.forgetting import COMMAND
from storage.files import read_json
from storage.integrity.examining import DatabaseState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.doctor.patient import Patient


_RECEIPT = re.compile(r"(\d{8}T\d{6})-(\d+)-(?!run\.)[a-z-]+\.json")  # a job's own names the first run of its steps


_BRINGING = frozenset({"collect", "import"})


def copy(patient: Patient) -> Iterator[Finding]:
    """Whether the database knows of every run that has a receipt; a warning until something was collected since."""
    state = patient.examined
    if patient.data is None or not isinstance(state, DatabaseState) or state.older:
        return
    if state.present and patient.jobs is None:  # it could not be read
        return
    known = {int(run.id): run.started_at for run in patient.runs}
    first = min(known) if len(known) >= RUNS else 0
    lost = [began for run, began in _receipts(patient.data) if run not in known and run >= first]
    lost = [began for began in lost if began < patient.now]  # not what has begun since the database was asked
    if not lost:
        yield Finding("copy", "ok", "The database knows of every run that has a receipt.")
        return
    last = max(lost)
    runs = f"{so_many(len(lost), 'run')} with receipts"
    what = f"The database knows nothing of {runs}, the last of {last:%Y-%m-%d %H:%M} UTC"
    since = max((run.started_at for run in patient.runs if run.command in _BRINGING), default=0)
    if since // 1000 > last.timestamp():
        yield Finding("copy", "ok", f"{what}: a copy was put back, and something was collected since.")
    else:
        remedy = "`minyi run --again` collects what sources still show; import and label again what was since the copy."
        yield Finding("copy", "warn", f"{what}: it is a copy from before them.", remedy)


def _receipts(data: Path) -> Iterator[tuple[int, datetime]]:
    """The runs that have receipts, and when they began, by the names of these."""
    for path in (data / "receipts").glob("*.json"):
        if found := _RECEIPT.fullmatch(path.name):
            with suppress(ValueError):
                yield int(found[2]), datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


def forgotten(patient: Patient) -> Iterator[Finding]:
    """Whether the database knows of every request to forget that has a receipt, or of as many after a lost one."""
    if patient.data is None or patient.loaded is None:
        return
    first = int(patient.runs[0].id) if patient.runs else 0
    known = {run.id for run in patient.runs if run.command == COMMAND}
    receipts = [_read(path) for path in sorted((patient.data / "receipts").glob(f"*-{COMMAND}.json"))]
    told = [one for one in receipts if one.get("status") in {"ok", "partial"} and int(one.get("run") or 0) >= first]
    lost = [one for one in told if str(one["run"]) not in known]
    last = max((int(one["started_at"]) for one in lost), default=0)
    again = sum(run.command == COMMAND and run.started_at > last for run in patient.runs)
    if len(lost) > again:
        requests = so_many(len(lost) - again, "request")
        what = f"The database is from before {requests} to forget: what was forgotten is in it again."
        remedy = "Ask for the same once more with `minyi forget`; the receipts do not say what it was."
        yield Finding("forgotten", "fail", what, remedy)
    else:
        knows = f"knows of {so_many(len(told), 'request')}" if told else "was never asked"
        yield Finding("forgotten", "ok", f"The database {knows} to forget.")


def _read(path: Path) -> dict[str, Any]:
    try:
        read = read_json(path)
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
