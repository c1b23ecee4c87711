"""Duplicates: groups by key, three counts, bursts of copied posts."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.duplicates import DAY_MS, CopiedGroup, Counts, copied_groups, exact_groups, long_enough, three_counts
from nlp.fold import fold, fold_keys

COPIED = "这次调整让我们普通用户很不方便，希望平台给个说法"
HOUR = 3_600_000


def bursts(
    rows: list[tuple[str, str | None, int | None]], *, posts: int = 3, people: int = 3, window_ms: int = DAY_MS
) -> list[CopiedGroup]:
    texts = [text for text, _, _ in rows]
    ids = [f"id{row}" for row in range(len(rows))]
    authors, times = [author for _, author, _ in rows], [ms for _, _, ms in rows]
    return copied_groups(texts, fold_keys(texts), authors, times, ids, posts=posts, people=people, window_ms=window_ms)


def test_groups_are_numbered_in_order_of_first_appearance() -> None:
    found = exact_groups(fold_keys(["坏！", "好", "坏!", "好", "坏！！"]))
    assert found.group.tolist() == [0, 1, 0, 1, 0]
    assert found.size.tolist() == [3, 2]
    assert found.first.tolist() == [0, 1]


def test_no_comments_no_groups() -> None:
    assert [part.tolist() for part in exact_groups(np.empty(0, np.int64))] == [[], [], []]


def test_the_three_counts() -> None:
    keys = fold_keys(["好", "好！", "坏", "坏"])
    assert three_counts(keys, ["a", "a", "b", None]) == Counts(comments=4, texts=3, authors=2)


def test_unknown_authors_are_not_counted_as_none_or_one() -> None:
    assert three_counts(fold_keys(["好", "坏"]), [None, None]).authors is None


def test_one_text_by_three_authors_within_a_day_is_a_burst() -> None:
    posts = [(COPIED, "a", 0), ("别的", "x", 1), (COPIED + "！", "b", HOUR), (f"{COPIED} @小明", "c", 2 * HOUR)]
    assert bursts(posts) == []
    assert bursts([*posts, (COPIED, "c", 3 * HOUR), (COPIED, "d", 2 * HOUR)]) == [
        CopiedGroup(fold(COPIED), n=3, authors=3, first_ms=0, last_ms=3 * HOUR, example_id="id0")
    ]


@pytest.mark.parametrize(
    "stock", ["支持", "哈哈哈哈哈哈哈哈哈哈哈哈哈哈", "支持支持支持支持支持支持支持", "Good job, well done!"]
)
def test_stock_phrases_are_no_copied_posts(stock: str) -> None:
    assert not long_enough(fold(stock))
    assert bursts([(stock, f"author {number}", number) for number in range(50)]) == []


def test_one_author_repeating_himself_is_no_burst() -> None:
    assert bursts([(COPIED, "a", hour * HOUR) for hour in range(5)]) == []


def test_unknown_authors_do_not_make_a_burst() -> None:
    assert bursts([(COPIED, None, hour) for hour in range(5)]) == []


def test_posts_far_apart_are_no_burst() -> None:
    assert bursts([(COPIED, author, day * DAY_MS) for day, author in enumerate("abc")]) == []


def test_two_waves_are_two_bursts() -> None:
    first = [(COPIED, author, minute) for minute, author in enumerate("abc")]
    later = [(COPIED, author, 9 * DAY_MS + minute) for minute, author in enumerate("defg")]
    found = bursts([*first, *later])
    assert [(group.n, group.example_id) for group in found] == [(4, "id3"), (3, "id0")]


def test_overlapping_windows_are_one_burst() -> None:
    posts = [(COPIED, f"a{step}", step * DAY_MS // 3) for step in range(12)]
    assert [group.n for group in bursts(posts)] == [12]


def test_comments_without_a_time_are_in_no_burst() -> None:
    assert bursts([(COPIED, author, None) for author in "abcd"]) == []


def test_the_order_of_the_comments_does_not_matter() -> None:
    posts = [(COPIED, f"a{step}", step) for step in range(4)] + [(COPIED[:14], f"b{step}", step) for step in range(4)]
    forward, backward = bursts(posts), bursts(posts[::-1])
    assert [group[:5] for group in forward] == [group[:5] for group in backward]


def test_bursts_agree_with_a_plain_search() -> None:
    draw = np.random.default_rng(7)
    times = draw.integers(0, 40, 300)
    posts = [(COPIED + "甲乙丙"[number % 3], f"a{number % 11}", int(ms)) for number, ms in enumerate(times)]
    expected = []
    for tail in "甲乙丙":
        rows = sorted((ms, author) for text, author, ms in posts if text.endswith(tail))
        inside: set[int] = set()
        for start in range(len(rows) - 5):
            if rows[start + 5][0] - rows[start][0] <= 1:
                inside |= set(range(start, start + 6))
        expected.append(len(inside))
    found = bursts(posts, posts=6, people=1, window_ms=1)
    assert sum(expected) > 20
    assert sum(group.n for group in found) == sum(expected)
