"""The file of warnings, and which reports used what is faulty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from minyi.advisories import FILE_NAME, _used, read_advisories
from minyi.study_problems import StudyFileError

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS: dict[str, Any] = {
    "provenance": {"coder": "embedded@1-abc", "codebook": "1", "versions": {"minyi": "0.1.0"}},
    "totals": {"first": "2026-03-02", "last": "2026-04-12"},
    "coverage": {"sources": [{"name": "forum", "collected": 9}, {"name": "news", "collected": 0}]},
    "advisories": [],
}


def written(folder: Path, body: str) -> Any:
    (folder / FILE_NAME).write_text(f'[[advisories]]\nkey = "k"\nreason = "wrong"\n{body}\n', "utf-8")
    return read_advisories(folder)


def test_without_the_file_there_are_no_warnings(tmp_path: Path) -> None:
    assert read_advisories(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "used"),
    [
        ("start = 2026-04-01", True),
        ("start = 2026-04-13", False),
        ("end = 2026-03-01", False),
        ('source = "forum"', True),
        ('source = "news"', False),
        ('versions = ["embedded@1-abc"]', True),
        ('versions = ["minyi 0.1.0"]', True),
        ('versions = ["minyi 0.2.0"]', False),
    ],
)
def test_a_report_used_what_it_counted_or_was_made_with(tmp_path: Path, body: str, used: bool) -> None:
    (one,) = written(tmp_path, body)
    assert _used(NUMBERS, one) is used


def test_a_report_that_left_it_out_did_not_use_it(tmp_path: Path) -> None:
    (one,) = written(tmp_path, "start = 2026-04-01\nexclude = true")
    assert not _used(NUMBERS | {"advisories": [{"key": "k", "exclude": True}]}, one)


@pytest.mark.parametrize(
    "body", ["", "start = 2026-04-02\nend = 2026-04-01", 'versions = ["x"]\nexclude = true', "sauce = 1", "start = ["]
)
def test_what_is_wrong_in_the_file_is_said(tmp_path: Path, body: str) -> None:
    with pytest.raises(StudyFileError, match=r"advisories\.toml: the file of warnings has 1 problem"):
        written(tmp_path, body)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[[advisories]]\nkey = "a"\nreason = "x"\nreports = ["1"]\n' * 2, "two warnings have the key"),
        (f"x = {'9' * 6000}", "too many digits"),
        (f"x = {'[' * 20_000}", "nested too deep"),
    ],
    ids=["twice", "digits", "deep"],
)
def test_what_cannot_be_meant_is_told_in_words(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "advisories.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyFileError, match=why):
        read_advisories(tmp_path)
