"""Words of a study's own, from a file beside it, are kept whole among the report's keywords."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from minyi import own_words
from minyi.study_file import load_study
from minyi.workspace import open_workspace
from nlp.segment import segmenter
from storage.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_words_beside_the_study_file_are_kept_whole(study: Path) -> None:
    (study / "words.txt").write_text("\ufeff# ours\n琉璃贷 300 n\nPay琉璃\n", encoding="utf-8")
    with open_workspace(study) as workspace:
        cut = segmenter(workspace.words)
    assert cut.cut("琉璃贷和Pay琉璃，手续费") == ["琉璃贷", "和", "Pay琉璃", "手续费"]


def test_a_study_without_the_file_has_the_words_of_its_change(study: Path) -> None:
    with open_workspace(study) as workspace:
        assert workspace.words == workspace.study.change.words


def test_a_file_that_is_no_text_is_named(study: Path) -> None:
    (study / "words.txt").write_bytes("琉璃贷".encode("gbk"))
    with open_workspace(study) as workspace, pytest.raises(UsageError, match=r"words\.txt"):
        _ = workspace.words


@pytest.mark.skipif(os.name != "posix", reason="devices and named pipes of POSIX")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_refused_at_once(kind: str, study: Path) -> None:
    words = study / "words.txt"
    make = {"pipe": lambda: os.mkfifo(words), "device": lambda: words.symlink_to("/dev/zero"), "folder": words.mkdir}
    make[kind]()

    assert "words.txt" in str(load_study(study).warnings)
    with open_workspace(study) as workspace, pytest.raises(UsageError, match=r"words\.txt"):
        _ = workspace.words


def test_a_file_without_end_is_refused(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_words, "LONGEST", 10)
    (study / "words.txt").write_text("琉璃贷\n手续费", encoding="utf-8")

    with open_workspace(study) as workspace, pytest.raises(UsageError, match=r"words\.txt"):
        _ = workspace.words
