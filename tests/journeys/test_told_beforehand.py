"""What cannot be done is told before anything is, with a remedy that works from where a person stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reports import editions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify", "report.en.html"), "`minyi verify report.en.html --study STUDY`"),
        (("rerun", "4"), "`minyi rerun 4 STUDY`"),
        (("diff", "4", "8"), "`minyi diff 4 8 STUDY`"),
        (("respond", "form.csv"), "`minyi respond form.csv STUDY`"),
        (("respond", "--template", "form.csv"), "`minyi respond --template form.csv STUDY`"),
        (("search", "夜班", "手续费"), "`minyi search STUDY 夜班 手续费`"),
        (("analyse",), "name the study's folder"),
    ],
)
def test_without_a_study_a_person_is_told_where_to_name_it(
    minyi: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Any, said: str
) -> None:
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    outcome = minyi(*words)
    assert outcome.code == 2
    assert said in outcome.err


def test_words_before_the_study_are_told_in_their_order(minyi: Callable, study: Path) -> None:
    outcome = minyi("search", "夜班", study)
    assert outcome.code == 2
    assert f"`minyi search {study} 夜班`" in outcome.err.replace("'", "")


def test_a_form_says_how_to_read_it_back_from_anywhere(minyi: Callable, study: Path, tmp_path: Path) -> None:
    comments = tmp_path / "forum.csv"
    comments.write_text("id,text\n1,建议手续费每月免三次\n", encoding="utf-8")
    assert minyi("import", comments, "--study", study).code == 0
    assert minyi("analyse", study).code == 0
    assert minyi("report", study).code == 0
    form = tmp_path / "form.csv"
    assert f"`minyi respond {form} {study}`" in minyi("respond", "--template", form, study).out
    assert minyi("respond", form, study).code == 0
