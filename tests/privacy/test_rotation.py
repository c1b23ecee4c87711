"""`minyi privacy --rotate-key`: other pseudonyms everywhere, and reports that hold as before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from minyi.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable


def rows(kept: Any) -> dict[str, str]:
    with open_workspace(kept.folder) as workspace:
        found = workspace.store.comments("fees", columns=["text", "author"])
    return dict(zip(found["text"], found["author"], strict=True))


def holding(kept: Any, pseudonym: str) -> set[str]:
    found = (path for path in kept.folder.rglob("*") if path.is_file() and pseudonym.encode() in path.read_bytes())
    return {str(path.relative_to(kept.folder).parts[0]) for path in found}


def test_without_a_cut_files_with_earlier_pseudonyms_are_named_and_stay(minyi: Callable[..., Any], kept: Any) -> None:
    before = rows(kept)
    said = minyi("privacy", kept.folder, "--rotate-key")
    assert said.code == 0
    assert "A new key, and new pseudonyms: 4 authors, 4 comments." in said.out
    assert "export/comments.csv holds earlier pseudonyms" in said.err
    assert not set(before.values()) & set(rows(kept).values())
    assert holding(kept, kept.author) == {"data", "export"}


def test_with_a_cut_no_file_of_minyis_holds_one(minyi: Callable[..., Any], kept: Any) -> None:
    before = rows(kept)
    said = minyi("privacy", kept.folder, "--rotate-key", "--cut")
    assert (said.code, said.err) == (0, "")
    assert [name for one in before.values() for name in holding(kept, one)] == []
    (kept.folder / "notes.txt").write_text(next(iter(rows(kept).values())), "utf-8")
    said = minyi("privacy", kept.folder, "--rotate-key", "--cut")
    assert said.code == 3
    assert "notes.txt holds earlier pseudonyms" in said.err


@pytest.mark.slow
def test_the_same_file_adds_nothing_afterwards_and_who_was_forgotten_stays_away(
    minyi: Callable[..., Any], kept: Any, full: Any
) -> None:
    minyi("forget", kept.folder, "--author", kept.author)
    assert "the first half of the key stays" in minyi("privacy", kept.folder, "--rotate-key", "--cut").err
    for options in ([], ["--column", "time=发布时间"], ["--source", "another"]):
        minyi("import", full.folder.parent / "forum.csv", "--study", kept.folder, *options)
    with open_workspace(kept.folder) as workspace:
        texts = workspace.store.comments("fees", columns=["text", "source"])
    assert texts[texts["source"] == "forum"].shape[0] == 3
    assert not texts["text"].str.contains("柳荫胡同").any()


@pytest.mark.slow
def test_a_report_from_before_keeps_its_numbers_and_a_new_one_says_the_same(
    minyi: Callable[..., Any], kept: Any
) -> None:
    numbers = kept.folder / "reports" / "numbers.json"
    before = json.loads(numbers.read_text("utf-8"))
    assert "`minyi report` makes one that holds" in minyi("privacy", kept.folder, "--rotate-key").out
    verified = minyi("verify", numbers, "--study", kept.folder)
    assert verified.code == 1
    wrong = [line.split()[:2] for line in verified.out.splitlines() if line.startswith("  ")]
    assert wrong == [["claim", "P17:"], ["figure", "provenance.data_digest"], ["store", "store"]]  # the check of rows
    assert minyi("report", kept.folder).code == 0
    after = json.loads(numbers.read_text("utf-8"))
    assert {name for name in before if before[name] != after[name]} <= {"provenance", "claims", "since", "audit"}
    assert minyi("verify", numbers, "--study", kept.folder).code == 0


def test_a_cut_goes_with_a_change_of_the_key(minyi: Callable[..., Any], kept: Any) -> None:
    assert minyi("privacy", kept.folder, "--cut").code == 2
