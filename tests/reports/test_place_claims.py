"""A source is said to differ only where its interval leaves out the share of all sources together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from reports.ledger import Known
from reports.place_claims import MOST, differing
from reports.wording import locale_for

if TYPE_CHECKING:
    from reports.corpus import Corpus


def share(low: int, estimate: int, high: int) -> dict[str, Any]:
    points = {"low": low, "estimate": estimate, "high": high}
    return {**{end: value / 100 for end, value in points.items()}, "points": points}


def panel(place: str, concern: dict[str, Any] | None) -> dict[str, Any]:
    even = {name: share(15, 20, 25) for name in ("support", "suggestion", "neutral")}
    return {"place": place, "audited": {"concern": concern, **even} if concern else None, "adjusted": None}


class Rows:
    """As much of the comments as the claims look at."""

    rows = pd.DataFrame({"place": ["a", "b", "b", "c"]})
    counted = np.array([True, True, True, True])


def said(*panels: dict[str, Any]) -> list[Any]:
    whole = {"concern": share(38, 40, 42)} | {name: share(18, 20, 22) for name in ("support", "suggestion", "neutral")}
    facts = {"audit": {"audited": True, "shares": whole}, "places": {"panels": list(panels)}}
    corpus: Corpus = Rows()  # type: ignore[assignment]
    return list(differing(Known(None, corpus, facts)))  # type: ignore[arg-type]


def test_a_source_whose_interval_leaves_out_the_whole_is_said_to_differ() -> None:
    (claim,) = said(panel("a", share(30, 38, 44)), panel("b", share(50, 56, 60)))
    assert (claim.verdict, claim.slots["place"], claim.slots["pooled"]) == ("passed", {"place": "b"}, {"percent": 40})
    assert claim.mask.tolist() == [False, True, True, False]


@pytest.mark.parametrize("concern", [share(40, 45, 50), share(30, 35, 40)])
def test_an_interval_that_only_reaches_the_whole_says_nothing(concern: dict[str, Any]) -> None:
    (claim,) = said(panel("a", concern), panel("b", share(36, 40, 44)))
    assert claim.verdict == "not_passed"


def test_among_many_sources_one_that_barely_leaves_out_the_whole_says_nothing() -> None:
    barely = panel("z", share(42, 46, 50))
    assert [claim.verdict for claim in said(barely, panel("a", None))] == ["passed"], "few comparisons: it may be said"
    even = [panel(place, share(36, 40, 44)) for place in "abcdefgh"]
    assert [claim.verdict for claim in said(barely, *even)] == ["not_passed"], "of 36 comparisons, 2 do that by chance"


def test_without_intervals_nothing_can_be_told_and_one_source_differs_from_nobody() -> None:
    assert [claim.verdict for claim in said(panel("a", None), panel("b", None))] == ["too_little"]
    assert not said(panel("a", share(50, 56, 60)))


def test_the_furthest_come_first_and_only_some_are_said() -> None:
    far = [panel(place, share(50 + i, 56 + i, 60 + i)) for i, place in enumerate("abcde")]
    assert [claim.slots["place"]["place"] for claim in said(*far)] == ["e", "d", "c"][:MOST]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_claim_reads_in_both_languages(rich_numbers: dict[str, Any], language: Any) -> None:
    (claim,) = said(panel("a", share(30, 38, 44)), panel("b", share(50, 56, 60)))
    locale = locale_for(language, rich_numbers)
    told = {"template": "differs", "verdict": claim.verdict, "variant": claim.variant, "slots": claim.slots}
    words = "".join(piece.text for piece in locale.sentence(told))
    assert all(number in words for number in ("56%", "50%", "60%", "40%"))
