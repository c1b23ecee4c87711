"""A report marks the earlier ones that used what was found to be faulty, and is not marked itself."""

from __future__ import annotations

from typing import Any

import pytest

from minyi.advisories import FILE_NAME, MARK, advisories_of
from minyi.presets import Asked
from minyi.reporting import report
from minyi.study_problems import StudyFileError
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


def test_a_warning_names_sources_and_reports_that_there_are(made: Any) -> None:
    path = made.folder / FILE_NAME
    entry = '[[advisories]]\nkey = "{}"\nreason = "x"\nsource = "{}"\nreports = ["{}"]\n'
    path.write_text(entry.format("a", "forum", made.run), "utf-8")
    with open_workspace(made.folder) as workspace:
        assert [one.reports for one in advisories_of(workspace)] == [(made.run,)]
        path.write_text(entry.format("a", "forum", made.run) + entry.format("b", "form", "99"), "utf-8")
        with pytest.raises(StudyFileError) as refused:
            advisories_of(workspace)
    assert [str(problem) for problem in refused.value.problems] == [
        'line 9, advisories[2].source: "form" is no source of this study: write one of: forum',
        f'line 10, advisories[2].reports: no report was made by the run "99": write one of: {made.run}',
    ]
