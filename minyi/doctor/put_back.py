"""Whether the database is a copy from before something was forgotten, which then is in it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.console import so_many
from minyi.doctor.finding import Finding
from minyi.privacy.forgetting import COMMAND
from storage.files import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.doctor.patient import Patient


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
