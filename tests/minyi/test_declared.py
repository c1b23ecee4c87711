"""What sources say that there is, beside what was collected."""

from __future__ import annotations

from typing import Any

from minyi.coverage import declared_by_source


def row(article: str, declared: int, collected: int, source: str = "a") -> dict[str, Any]:
    return {
        "source": source,
        "article": article,
        "title": article.upper(),
        "declared": declared,
        "collected": collected,
    }


def test_only_what_was_declared_counts_beside_it() -> None:
    found = declared_by_source([row("x", 100, 40), row("y", 10, 10), row("z", 5, 1, "b")])
    assert (found["a"].total, found["a"].collected) == (110, 50)
    assert (found["b"].total, found["b"].collected) == (5, 1)


def test_a_total_of_the_source_itself_is_not_added_to_its_articles() -> None:
    found = declared_by_source([row("", 4310, 412), row("x", 100, 40)])
    assert (found["a"].total, found["a"].collected) == (4310, 412)
    assert [article.id for article in found["a"].articles] == ["x"]


def test_the_largest_shortfall_comes_first_and_none_is_below_zero() -> None:
    articles = declared_by_source([row("x", 100, 90), row("y", 50, 1), row("z", 5, 9)])["a"].articles
    assert [(article.id, article.missing) for article in articles] == [("y", 49), ("x", 10), ("z", 0)]


def test_a_zero_that_was_declared_is_a_zero() -> None:
    assert declared_by_source([row("x", 0, 0)])["a"].total == 0
