"""From a sample to settled labels by commands and files alone: two coders, their agreement, and what is to stand."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMENTS = [{"id": str(at), "text": f"第{at}条：提现要收手续费，{'合理' if at % 3 else '太贵'}"} for at in range(30)]


@pytest.fixture
def sampled(minyi: Callable[..., Any], study: Path, tmp_path: Path) -> Path:
    """Twenty comments are drawn, ten of which go to a second coder."""
    (tmp_path / "said.jsonl").write_text("\n".join(json.dumps(row) for row in COMMENTS), encoding="utf-8")
    assert minyi("import", tmp_path / "said.jsonl", "--study", study).code == 0
    assert minyi("sample", study, "--size", 20, "--second", 50).code == 0
    return study


def fill(path: Path, stances: Callable[[int], str]) -> None:
    """What a person does with a sheet."""
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines(keepends=True)))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "primary": stances(at)} for at, row in enumerate(rows))


def test_two_people_label_in_sheets_agree_as_far_as_they_do_and_settle_the_rest(
    minyi: Callable[..., Any], sampled: Path, tmp_path: Path
) -> None:
    first, second, both = (tmp_path / f"{name}.csv" for name in ("first", "second", "both"))
    begun = minyi("labels", sampled)
    assert "Random sample: 20 comments: 0 labelled, 20 left." in begun.out
    assert f"20 comments of the sample to label: minyi label {sampled}" in begun.out

    assert "20 comments, 0 labels" in minyi("labels", "export", sampled, first, "--blank").out
    fill(first, lambda at: ("support", "concern")[at % 2])
    assert "20 new labels" in minyi("labels", "import", sampled, first, "--as", "李").out

    assert "10 comments, 0 labels" in minyi("labels", "export", second, "--study", sampled, "--blank", "--second").out
    fill(second, lambda at: "neutral" if at == 0 else "concern")
    taken = minyi("labels", "import", second, "--study", sampled, "--as", "Bo")
    assert "10 new labels" in taken.out
    again = minyi("labels", "import", second, "--study", sampled, "--as", "Bo")
    assert "0 new labels, 10 known already. Nothing was added." in again.out

    told = minyi("labels", sampled)
    assert "Agreement before settling: 10 comments by two people (50% of those labelled)" in told.out
    assert "alpha" in told.out
    assert "Bo down, 李 across" in told.out

    wrote = minyi("labels", "settle", sampled, "--sheet", both)
    disputed = int(wrote.out.partition(" comments on which people disagree")[0].rpartition(" ")[2])
    assert disputed > 0
    fill(both, lambda _at: "concern")
    assert f"settled: {disputed}" in minyi("labels", "import", sampled, both).out
    said = minyi("labels", sampled, "--json").events[-1]
    assert said["event"] == "done"
    counts = {"labelled": 20, "twice": 10, "disputed": disputed, "settled": disputed, "to_settle": 0}
    assert said["sample"] | counts == said["sample"]
    primary = said["agreement"]["figures"][0]
    assert (primary["units"], round(10 * primary["agreed"])) == (10, 10 - disputed)


def test_what_cannot_be_meant_is_said(minyi: Callable[..., Any], sampled: Path, tmp_path: Path) -> None:
    assert minyi("labels", "settle", sampled).out == "There is nothing to settle: nobody disagrees.\n"
    for wrong in (
        ("import", sampled, "a.csv", "b.csv"),
        ("import", sampled, "a.csv", "--study", tmp_path),
        ("export", sampled, tmp_path / "labels.doc"),
        ("import", sampled, "a.csv", "--as", "Li", "--as", "Bo"),
        ("settle", sampled, "--sheet", tmp_path / "a.csv"),
    ):
        outcome = minyi("labels", *wrong)
        assert outcome.code == 2, (wrong, outcome.err)
        assert "what to do" in outcome.err
    outcome = minyi("labels", "import", sampled, "none.csv", "--as", "Li")
    assert outcome.code == 1
    assert "There is no such file" in outcome.err
