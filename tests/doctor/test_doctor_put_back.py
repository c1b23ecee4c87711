"""A database that is older than the receipts beside it is a copy that was put back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from minyi.console import Console
from minyi.doctor.patient import patient_of
from minyi.doctor.put_back import copy
from minyi.receipts import recorded_run
from minyi.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.doctor.finding import Finding


def run(study: Path, command: str = "collect") -> None:
    with open_workspace(study) as workspace, recorded_run(workspace, command, Console(quiet=True)):
        pass


def told(study: Path) -> Finding:
    (finding,) = copy(patient_of(study))
    return finding


def test_it_is_told_until_something_was_collected_since(study: Path, tmp_path: Path) -> None:
    run(study)
    before = shutil.copy(study / "data" / "minyi.db", tmp_path / "copy.db")
    run(study)
    run(study)
    assert told(study).state == "ok"
    for name in ("minyi.db", "minyi.db-wal", "minyi.db-shm", "minyi.db-mark"):
        (study / "data" / name).unlink(missing_ok=True)
    shutil.copy(before, study / "data" / "minyi.db")
    found = told(study)
    assert found.state == "warn"
    assert "knows nothing of 2 runs with receipts" in found.what
    assert "a copy from before them" in found.what
    assert "`minyi run --again`" in found.remedy
    run(study, "report")
    assert told(study).state == "warn", "a report brings nothing back"
    (study / "data" / "minyi.db").unlink()
    assert "knows nothing of 4 runs" in told(study).what


def test_afterwards_it_is_known_and_in_order(study: Path) -> None:
    run(study)
    (receipt,) = (study / "data" / "receipts").glob("*.json")
    receipt.with_name("20200101T000000-999-label.json").write_bytes(receipt.read_bytes())
    found = told(study)
    assert found.state == "ok"
    assert "knows nothing of 1 run with receipts, the last of 2020-01-01 00:00 UTC" in found.what


def test_what_is_no_receipt_of_a_run_is_passed_over(study: Path) -> None:
    run(study)
    for name in ("20260101T000000-998-run.json", "20269999T000000-999-label.json", "notes.json"):
        (study / "data" / "receipts" / name).write_text("{}")
    assert told(study).what == "The database knows of every run that has a receipt."
