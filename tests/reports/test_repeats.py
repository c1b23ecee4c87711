"""Repeated texts in a report: three counts everywhere, shares with every text once, accounts that post together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lxml import html

from reports.inputs import Keyword, Together
from reports.numbers import build_numbers
from reports.page import render_html
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput
    from storage.nouns import Language

    Make = Callable[..., ReportInput]
    FrameOf = Callable[..., Any]


def rows(*, concerns: int = 40, repeated: int = 20, supports: int = 40, copied: int = 0) -> list[dict[str, Any]]:
    """Concerns, some of them one text by two authors, supports that all differ, and copies set aside."""
    said = [
        {"stance": "concern", "near": 900 if at < repeated else at, "author": f"a{at % 2 if at < repeated else at}"}
        for at in range(concerns)
    ]
    said += [{"stance": "support", "near": 100 + at, "author": None} for at in range(supports)]
    said += [{"stance": "support", "near": 901, "author": f"b{at}", "copied": True} for at in range(copied)]
    return [row | {"text": f"第{at}条"} for at, row in enumerate(said)]


def claim(numbers: dict[str, Any], template: str) -> dict[str, Any] | None:
    found = [one for one in numbers["claims"] if one["template"] == template]
    assert len(found) <= 1
    return found[0] if found else None


def said_in(numbers: dict[str, Any], language: Language) -> str:
    page: Any = html.fromstring(render_html(numbers, language))
    return str(page.text_content())


def test_comments_texts_and_authors_stand_beside_each_other(make: Make, frame_of: FrameOf) -> None:
    numbers = build_numbers(make(frame_of(rows()), gaps=()))
    assert {name: numbers["totals"][name] for name in ("comments", "texts", "authors")} == {
        "comments": 80,
        "texts": 61,
        "authors": 22,
    }
    assert numbers["stances"]["three"]["concern"] == {"comments": 40, "texts": 21, "authors": 22}
    assert numbers["stances"]["three"]["support"] == {"comments": 40, "texts": 40, "authors": None}
    assert (numbers["places"]["panels"][0]["texts"], numbers["places"]["panels"][0]["authors"]) == (61, 22)


def test_unknown_authors_are_left_out_and_never_zero(make: Make, frame_of: FrameOf) -> None:
    page: Any = html.fromstring(render_html(build_numbers(make(frame_of(rows()), gaps=())), "en"))
    tiles = [" ".join(tile.text_content().split()) for tile in page.xpath("//div[@class='tile']")]
    concern, support = (next(tile for tile in tiles if name in tile) for name in ("Concern", "Support"))
    assert "21 texts, 22 authors" in concern
    assert "40 texts" in support
    assert "author" not in support.split("40 texts")[1]


def test_without_keys_of_near_duplicates_exact_ones_tell_the_texts_apart(make: Make, frame_of: FrameOf) -> None:
    frame = frame_of(
        [{"text": f"第{at}条", "fold": at % 5 if at < 30 else None, "stance": "neutral"} for at in range(40)]
    )
    assert build_numbers(make(frame, gaps=()))["totals"]["texts"] == 15


def test_a_line_says_how_shares_change_when_every_text_counts_once(make: Make, frame_of: FrameOf) -> None:
    numbers = build_numbers(make(frame_of(rows()), gaps=()))
    line = claim(numbers, "once")
    assert line is not None
    assert (line["section"], line["value"], line["n"]) == ("happened", 61, 80)
    assert "concern 34% instead of 50%, support 66% instead of 50%" in said_in(numbers, "en")
    assert "担忧为 34%，而非 50%；支持为 66%，而非 50%" in said_in(numbers, "zh")
    rule = next(rule for rule in numbers["counting"] if rule["rule"] == "text")
    assert rule["counts"] == {"concern": 21, "support": 40, "suggestion": 0, "neutral": 0}


def test_a_copied_text_counts_once_there_too(make: Make, frame_of: FrameOf) -> None:
    numbers = build_numbers(make(frame_of(rows(repeated=0, copied=30)), gaps=()))
    line = claim(numbers, "once")
    assert line is not None
    assert (line["value"], line["n"]) == (81, 110)
    assert {name: slot["percent"] for name, slot in line["slots"].items() if name[0] in "pq"} == {
        "p1": 49, "q1": 50, "p2": 51, "q2": 50,
    }  # fmt: skip


def test_no_such_line_without_repeats(make: Make, frame_of: FrameOf) -> None:
    assert claim(build_numbers(make(frame_of(rows(repeated=1)), gaps=())), "once") is None


def test_under_the_floor_no_share_is_said_to_change(make: Make, frame_of: FrameOf) -> None:
    line = claim(build_numbers(make(frame_of(rows(concerns=12, repeated=8, supports=10)), gaps=())), "once")
    assert line is not None
    assert (line["verdict"], line["section"]) == ("too_little", "sure")
    assert not any("percent" in slot for slot in line["slots"].values())


def test_shares_that_stay_are_said_to_stay_further_down(make: Make, frame_of: FrameOf) -> None:
    numbers = build_numbers(make(frame_of(rows(concerns=300, repeated=2, supports=300)), gaps=()))
    line = claim(numbers, "once")
    assert line is not None
    assert (line["verdict"], line["section"]) == ("not_passed", "sure")
    assert "各占比不变" in said_in(numbers, "zh")


def test_members_of_one_text_share_its_voice(make: Make, frame_of: FrameOf) -> None:
    frame = frame_of(rows(concerns=40, repeated=0, supports=20))
    frame.loc[[0, 40], "near"] = 900
    rule = next(rule for rule in build_numbers(make(frame, gaps=()))["counting"] if rule["rule"] == "text")
    assert rule["n"] == 59
    assert rule["shares"]["concern"] == round(100 * 39.5 / 59)


def test_accounts_that_post_together_are_counted_and_not_named(make: Make, frame_of: FrameOf) -> None:
    given = [row | {"together": at < 4} for at, row in enumerate(rows())]
    inp = replace(make(frame_of(given), gaps=()), together=Together(pairs=2, accounts=3))
    numbers = build_numbers(inp)
    line = claim(numbers, "together")
    assert line is not None
    assert (line["value"], line["n"], line["query"]) == (2, 4, "posted together")
    assert line["slots"] == {"pairs": {"int": 2}, "accounts": {"int": 3}, "n": {"int": 4}}
    cautions: tuple[tuple[Language, str], ...] = (("en", "pass on the same headline"), ("zh", "转发同一条新闻标题"))
    for language, caution in cautions:
        page = said_in(numbers, language)
        assert caution in page
        assert not any(word in page for word in ("bots", "paid", "水军", "机器人"))
        assert "a0" not in page.split(caution)[0][-200:]


def test_the_ledger_binds_that_number_to_its_comments(make: Make, frame_of: FrameOf) -> None:
    def digest(first: int) -> str:
        given = [row | {"together": first <= at < first + 4} for at, row in enumerate(rows())]
        inp = replace(make(frame_of(given), gaps=()), together=Together(pairs=2, accounts=3))
        line = claim(build_numbers(inp), "together")
        assert line is not None
        return str(line["digest"])

    assert digest(0) == digest(0) != digest(1)


def test_no_pairs_no_line(make: Make, frame_of: FrameOf) -> None:
    inp = make(frame_of(rows()), gaps=())
    assert claim(build_numbers(replace(inp, together=Together(0, 0))), "together") is None
    assert claim(build_numbers(inp), "together") is None


def test_a_keyword_carries_its_three_counts(make: Make, frame_of: FrameOf) -> None:
    frame = frame_of(rows())
    word = Keyword("房租", 21, 5.0, frame.loc[frame["stance"] == "concern", "id"].tolist())
    inp = replace(make(frame, gaps=()), keywords={Stance.CONCERN: [word, Keyword("额度", 7, 4.0)]})
    numbers = build_numbers(inp)
    first, second = numbers["keywords"]["concern"]
    assert {name: first[name] for name in ("n", "comments", "texts", "authors")} == {
        "n": 21, "comments": 40, "texts": 21, "authors": 22,
    }  # fmt: skip
    assert set(second) == {"word", "n", "z"}
    assert "房租21 · 22" in said_in(numbers, "zh")


def test_texts_stand_behind_a_number_of_comments_where_they_are_fewer(make: Make, frame_of: FrameOf) -> None:
    asked = [
        {
            "text": f"建议提前{at}天通知大家",
            "stance": "suggestion",
            "fold": at,
            "near": 7 if at < 3 else at,
            "theme": "notice",
            "author": f"a{at}",
        }
        for at in range(4)
    ]
    numbers = build_numbers(make(frame_of(asked), gaps=()))
    (ask,) = numbers["asks"]["listed"]
    assert (ask["comments"], ask["texts"], ask["authors"]) == (4, 2, 4)
    assert "4 (2 texts)" in said_in(numbers, "en")
    assert "4（2 段文字）" in said_in(numbers, "zh")
