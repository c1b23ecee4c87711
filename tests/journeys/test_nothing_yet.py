"""A study without a comment: its report says so, and can be checked and made again like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_report_of_an_empty_study_can_be_checked_and_made_again(minyi: Callable, study: Path) -> None:
    assert minyi("report", study).code == 0
    checked = minyi("verify", study / "reports" / "report.en.html", "--study", study)
    assert (checked.code, checked.out.rstrip().endswith("Verified.")) == (0, True)
    again = minyi("rerun", "last", study)
    assert (again.code, "identical" in again.out) == (0, True)
