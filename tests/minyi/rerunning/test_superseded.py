"""A report marks the earlier ones that used what was found to be faulty, and is not marked itself."""

from __future__ import annotations

from typing import Any

from minyi.advisories import FILE_NAME, MARK
from minyi.presets import Asked
from minyi.reporting import report
from minyi.workspace import open_workspace


def test_a_report_marks_the_earlier_ones_that_used_what_is_faulty(made: Any, more: Any) -> None:
    faulty = '[[advisories]]\nkey = "clock"\nreason = "the clock was wrong"\nstart = 2026-03-02\nend = 2026-03-03\n'
    (made.folder / FILE_NAME).write_text(faulty, "utf-8")
    with open_workspace(made.folder) as workspace:
        report(workspace, more.quiet(), asked=Asked(audience="public"))
    note = (made.reports / MARK).read_text("utf-8")
    assert f"(run {made.run})" in note
    assert "clock: the clock was wrong" in note
    assert not (made.reports / "public" / MARK).exists()
    with open_workspace(made.folder) as workspace:
        report(workspace, more.quiet())
    assert not (made.reports / MARK).exists()  # the new one says so at its top
