"""Where people labelled every comment that counts, their count stands: no estimate, no interval, and no draft."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from audits import LANGUAGES, audited, page_of, section

from reports.numbers import build_numbers
from reports.page import render_html

if TYPE_CHECKING:
    from reports.inputs import ReportInput

NEVER = (
    "no person has checked", "Too few of this study", "labels so far", "尚无人核对", "尚少", "需 4",
)  # fmt: skip


def study_of(make: Any, frame_of: Any, n: int) -> ReportInput:
    stances = ("concern", "concern", "support", "neutral", "suggestion")
    rows = [
        {
            "text": f"第{i}条说的是{chr(0x4E00 + 31 * i)}{chr(0x5200 + 17 * i)}",
            "stance": stances[i % 5],
            "author": f"a{i}",
            "copied": False,
        }
        for i in range(n)
    ]
    found: ReportInput = make(frame_of(rows))
    return found


@pytest.mark.parametrize("n", [30, 49, 80])
def test_every_label_given_is_a_count_by_people(make: Any, frame_of: Any, n: int) -> None:
    inp = audited(study_of(make, frame_of, n), n, wrong=0.5)
    assert inp.audit
    numbers, said = build_numbers(inp), inp.audit.labels
    people = {name: int(said[f"y_{name}"].sum()) for name in ("concern", "support", "suggestion", "neutral")}
    census = numbers["audit"]["census"]
    assert census["counts"] == people
    assert census["shares"] == {name: int(100 * count / n + 0.5) for name, count in people.items()}
    shares = [claim for claim in numbers["claims"] if claim["template"] == "share"]
    assert [(one["badge"], one["low"], one["n"], one["value"]) for one in shares] == [
        ("people", None, n, people[name]) for name in people
    ]
    first = next(claim for claim in numbers["claims"] if claim["template"] in {"order", "leads"})
    assert (first["badge"], first["low"], first["section"]) == ("people", None, "happened")
    for language in LANGUAGES:
        page = page_of(numbers, language)
        text = page.text_content()
        assert not [words for words in NEVER if words in text]
        tiles = page.xpath("//div[@class='tile']")[1:]
        for tile, name in zip(tiles, people, strict=True):
            assert f"{census['shares'][name]}%" in tile.text_content()
            assert {"zh": "人工逐条计数", "en": "counted by people"}[language] in tile.text_content()
            assert "estimated" not in tile.text_content()
            assert "–" not in tile.text_content().split("[")[0]


def test_under_thirty_there_are_counts_and_no_shares(make: Any, frame_of: Any) -> None:
    numbers = build_numbers(audited(study_of(make, frame_of, 20), 20))
    assert set(numbers["audit"]["census"]["shares"].values()) == {None}
    tiles = [tile.text_content() for tile in page_of(numbers, "en").xpath("//div[@class='tile']")[1:]]
    assert all("of 20, every one labelled" in tile and "%" not in tile for tile in tiles)
    assert "below 30 there are counts and no shares" in section(numbers, "method")


def test_a_comment_less_is_no_census_and_what_was_labelled_is_said(make: Any, frame_of: Any) -> None:
    numbers = build_numbers(audited(study_of(make, frame_of, 49), 48))
    assert numbers["audit"]["census"] is None
    assert "people have labelled 48 of the 49 comments that count" in section(numbers, "happened")
    assert "no person has checked" not in render_html(numbers, "en")
    assert "计入的 49 条评论中，人工已标注 48 条" in render_html(numbers, "zh")
    tile = page_of(numbers, "en").xpath("//div[@class='tile']")[1].text_content()
    assert "48 of 49 labels so far" in tile
    assert "once people have labelled every one, their own count stands here. So far there are 48." in section(
        numbers, "sure"
    )


def test_where_people_differ_each_has_a_part(make: Any, frame_of: Any) -> None:
    inp = audited(study_of(make, frame_of, 40), 40, wrong=0)
    assert inp.audit
    labels = inp.audit.labels.copy()
    labels.loc[0, ["y_concern", "y_support", "y_suggestion", "y_neutral"]] = [0.5, 0.5, 0, 0]
    labels.loc[0, ["coders", "disputed"]] = [2, True]
    numbers = build_numbers(replace(inp, audit=replace(inp.audit, labels=labels)))
    counts = numbers["audit"]["census"]["counts"]
    assert sum(counts.values()) == 40
    assert any(value % 1 for value in counts.values())
    for language in LANGUAGES:
        assert f"{max(counts.values()):,}" in render_html(numbers, language)
