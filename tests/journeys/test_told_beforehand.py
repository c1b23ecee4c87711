"""What cannot be done is told before anything is, with a remedy that works from where a person stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import editions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_a_report_without_its_libraries_is_refused_before_anything_is_counted(
    minyi: Callable, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "find_spec", lambda name: None if name in {"weasyprint", "docx"} else name)
    outcome = minyi("report", study, "--format", "html", "--format", "pdf", "--format", "docx")
    assert outcome.code == 1
    assert "pdf (weasyprint) and docx (docx)" in outcome.err
    assert outcome.err.count("pip install") == 1
    assert not (study / "reports").exists()
    assert not list((study / "data").glob("runs/*"))
