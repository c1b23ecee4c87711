"""Duplicates: groups by key and by likeness, bursts of copied posts, accounts that post together."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nlp.duplicates import (
    ALIKE,
    COPY,
    DAY_MS,
    FEWEST,
    CopiedGroup,
    Together,
    copied_groups,
    exact_groups,
    long_enough,
    near_groups,
    posted_together,
)
from nlp.duplicates.grams import likeness
from nlp.duplicates.near import grouped
from nlp.fold import fold, fold_keys, fold_many

if TYPE_CHECKING:
    from collections.abc import Sequence


COPIED = "这次调整让我们普通用户很不方便，希望平台给个说法"
HOUR = 3_600_000


def bursts(
    rows: Sequence[tuple[str, str | None, int | None]], *, posts: int = 3, people: int = 3, window_ms: int = DAY_MS
) -> list[CopiedGroup]:
    texts = [text for text, _, _ in rows]
    ids = [f"id{row}" for row in range(len(rows))]
    authors, times = [author for _, author, _ in rows], [ms for _, _, ms in rows]
    keys = fold_keys(texts)
    copies = near_groups(texts, keys).at_least(COPY, keys)
    found = copied_groups(
        texts, keys, authors, times, ids, copies=copies, posts=posts, people=people, window_ms=window_ms
    )
    assert [int((found.number == at).sum()) for at in range(len(found.groups))] == [group.n for group in found.groups]
    return found.groups


def test_groups_are_numbered_in_order_of_first_appearance() -> None:
    found = exact_groups(fold_keys(["坏！", "好", "坏!", "好", "坏！！"]))
    assert found.group.tolist() == [0, 1, 0, 1, 0]
    assert found.size.tolist() == [3, 2]
    assert found.first.tolist() == [0, 1]


def test_no_comments_no_groups() -> None:
    assert [part.tolist() for part in exact_groups(np.empty(0, np.int64))] == [[], [], []]


def test_one_text_by_three_authors_within_a_day_is_a_burst() -> None:
    posts = [(COPIED, "a", 0), ("别的", "x", 1), (COPIED[::-1], "b", HOUR), (COPIED, "c", 2 * HOUR)]
    assert bursts(posts) == []
    assert bursts([*posts, (COPIED, "c", 3 * HOUR)]) == []
    assert bursts([*posts, (COPIED, "d", 3 * HOUR)]) == [
        CopiedGroup(fold(COPIED), n=3, texts=1, authors=3, first_ms=0, last_ms=3 * HOUR, example_id="id0")
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
    assert [group[:6] for group in forward] == [group[:6] for group in backward]


def test_bursts_agree_with_a_plain_search() -> None:
    draw = np.random.default_rng(7)
    times = draw.integers(0, 40, 300)
    texts = (
        COPIED,
        "要停可以，先把通知发到每个人手里再说行不行",
        "Please tell us early and in plain words what will change for whom",
    )
    posts = [(texts[number % 3], f"a{number % 11}", int(ms)) for number, ms in enumerate(times)]
    expected = []
    for copied in texts:
        rows = sorted((ms, author) for text, author, ms in posts if text == copied)
        inside: set[int] = set()
        for start in range(len(rows) - 5):
            if rows[start + 5][0] - rows[start][0] <= 1:
                inside |= set(range(start, start + 6))
        expected.append(len(inside))
    found = bursts(posts, posts=6, people=1, window_ms=1)
    assert sum(expected) > 20
    assert sum(group.n for group in found) == sum(expected)


def test_copies_with_a_small_change_are_one_burst_of_several_texts() -> None:
    changed = [LONG, LONG.replace("三天", "五天"), LONG + "😡"]
    found = bursts([(text, f"a{at}", at * HOUR) for at, text in enumerate(changed)])
    assert [(group.n, group.texts, group.authors) for group in found] == [(3, 3, 3)]


def test_own_words_behind_one_headline_are_no_copies() -> None:
    headline = "【云梧支付：先享额度将对高分用户分批关闭】"
    own = ("支持这样做", "太过分了吧", "房租怎么办", "先讲清规则")
    posts = [headline + words for words in own]
    assert near(posts) == [0, 0, 0, 0]
    assert bursts([(post, post, at) for at, post in enumerate(posts)]) == []


LONG = "平台说停就停，客服电话打了三天也没有人接，请给我们普通用户一个交代"


def near(texts: Sequence[str]) -> list[int]:
    """The group of each text, numbered from 0 in order of first appearance."""
    return list(exact_groups(near_groups(texts, fold_keys(texts)).key).group)


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("三天", "五天"),
        LONG.replace("普通", ""),
        LONG.replace("请", "请马上"),
        LONG + "😡😡",
        LONG + " @小明 https://example.org/a",
        LONG.replace("说", "說").replace("电话", "電話").replace("个", "個"),
        LONG + "，谢谢大家",
    ],
    ids=["changed", "left out", "inserted", "emoji", "name and link", "Traditional", "a few words more"],
)
def test_a_small_change_leaves_a_text_in_its_group(other: str) -> None:
    found = near_groups(
        [LONG, "今天天气不错，适合出去走走看看花", other], fold_keys([LONG, "今天天气不错，适合出去走走看看花", other])
    )
    assert found.key[0] == found.key[2] != found.key[1]
    assert found.likeness.min() >= ALIKE


def test_other_words_on_the_same_subject_are_another_text() -> None:
    assert near([LONG, "客服电话一直没人接，平台停了服务也不给我们普通用户解释一句"]) == [0, 1]


def test_short_texts_are_grouped_only_when_they_are_the_same() -> None:
    short = "支持这个新的收费规定"
    assert len(short) < FEWEST
    assert near([short, short + "吗", short + "！", "不" + short]) == [0, 1, 2, 3]
    assert near(["", "", "哈" * 30, "哈" * 40, "😂🙏" * 9_999, "🙏😂" * 9_999]) == [0, 0, 1, 2, 3, 4]


def test_the_commonest_text_represents_its_group() -> None:
    texts = [LONG + "。", LONG + "呢", LONG + "呢", LONG]
    found = near_groups(texts, fold_keys(texts))
    assert set(found.key.tolist()) == {fold_keys([LONG + "呢"])[0]}
    assert found.likeness.tolist() == [pytest.approx(v, abs=1e-6) for v in _likeness_to(texts, LONG + "呢")]


def _likeness_to(texts: Sequence[str], other: str) -> list[float]:
    return [_jaccard(fold(text), fold(other)) for text in texts]


def _jaccard(one: str, other: str) -> float:
    first, second = ({text[at : at + 3] for at in range(len(text) - 2)} for text in (one, other))
    return len(first & second) / len(first | second)


def _draw_texts(n: int, seed: int = 3) -> list[str]:
    """Texts of random characters, half of them again with a few characters changed."""
    draw = np.random.default_rng(seed)
    texts = ["".join(map(chr, draw.integers(0x4E00, 0x9F00, draw.integers(14, 90)))) for _ in range(n)]
    for text in texts[: n // 2]:
        at = int(draw.integers(0, len(text)))
        texts.append(text[:at] + "改" + text[at + 1 :])
    return texts


def test_likeness_is_the_jaccard_similarity_of_3_grams() -> None:
    texts = fold_many(_draw_texts(40))
    one, other = np.array(list(combinations(range(60), 2))).T
    expected = [_jaccard(texts[i], texts[j]) for i, j in zip(one, other, strict=True)]
    assert likeness(texts, one, other).tolist() == pytest.approx(expected)
    assert max(expected) > ALIKE


@pytest.mark.parametrize("fewest", [0, 12])
def test_likeness_is_the_same_for_short_and_long_texts(fewest: int) -> None:
    draw = np.random.default_rng(4)
    lengths = (0, 2, 3, 4, 17, 18, 19, 500, 512, 513, 600)
    texts = ["".join(draw.choice(list("好坏支持花"), length)) for length in lengths]
    texts += [text[:-1] + "！" for text in texts if text]
    pairs = list(combinations(range(len(texts)), 2))
    grams = [len({text[at : at + 3] for at in range(len(text) - 2)}) for text in texts]
    enough = [min(grams[i], grams[j]) >= max(fewest, 1) for i, j in pairs]
    expected = [_jaccard(texts[i], texts[j]) if good else 0 for (i, j), good in zip(pairs, enough, strict=True)]
    assert likeness(texts, *np.array(pairs).T, fewest).tolist() == expected


def test_texts_folded_before_are_grouped_as_those_folded_here() -> None:
    texts = [*_draw_texts(60), "好 ! !" + LONG, LONG, "  " + LONG.replace("三天", "3 天"), "短", "", "短"]
    keys = fold_keys(texts)
    here, before = near_groups(texts, keys), near_groups(fold_many(texts), keys, folded=True)
    assert [part.tolist() for part in here] == [part.tolist() for part in before]


def test_nearly_every_changed_copy_is_found_and_nothing_else() -> None:
    texts = _draw_texts(2_000)
    group = np.array(near(texts))
    originals, copies = group[:1_000], group[2_000:]
    assert (originals == copies).mean() >= 0.97
    assert len(np.unique(group[:2_000])) == 2_000


def test_every_member_is_like_its_representative() -> None:
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 800)))
    chain = [long[5 * step : 5 * step + 60] for step in range(140)]
    found = near_groups(chain, fold_keys(chain))
    row_of = {key: row for row, key in enumerate(fold_keys(chain).tolist())}
    for row, key in enumerate(found.key.tolist()):
        assert found.likeness[row] == pytest.approx(_jaccard(chain[row], chain[row_of[key]]), abs=1e-6)
        assert found.likeness[row] >= ALIKE
    sizes = np.unique(found.key, return_counts=True)[1]
    assert 1 < sizes.max() <= 5  # five links on, nothing near enough is left


def test_the_order_of_the_rows_changes_no_group() -> None:
    texts = [*_draw_texts(300), *(LONG + str(number) for number in range(40)), *_draw_texts(50)]
    keys, order = fold_keys(texts), np.random.default_rng(1).permutation(len(texts))
    found, shuffled = near_groups(texts, keys), near_groups([texts[at] for at in order], keys[order])
    assert (found.key[order] == shuffled.key).all()
    assert (found.likeness[order] == shuffled.likeness).all()


def test_no_texts_make_no_groups() -> None:
    found = near_groups([], fold_keys([]))
    assert (found.key.tolist(), found.likeness.tolist()) == ([], [])


@pytest.mark.parametrize("kind", ["one template", "half the same", "long", "a chain", "laughs"])
def test_hostile_texts_cost_no_more_than_they_are_long(kind: str, within: Any) -> None:
    han = "".join(map(chr, np.random.default_rng(5).integers(0x4E00, 0x9F00, 60_000)))
    texts = {
        "one template": [f"{han[:40]}{number}" for number in range(6_000)],
        "half the same": [han[:25] + han[at : at + 25] for at in range(30, 12_000, 2)],
        "long": [han[:20_000] + chr(0x4E00 + number) for number in range(15)],
        "laughs": [f"{'哈' * (14 + number % 100)}{number}" for number in range(6_000)],
        "a chain": [han[at : at + 40] for at in range(0, 12_000, 2)],
    }[kind]
    with within(1.5):
        leader, alike = grouped(texts, np.arange(len(texts)))
    assert alike.min() >= ALIKE
    assert len(np.unique(leader)) <= 20 or kind in {"half the same", "a chain", "laughs"}


def together(rows: Sequence[tuple[str, str | None, int | None]], within_ms: Sequence[int] | None = None) -> Together:
    texts = [text for text, _, _ in rows]
    late = None if within_ms is None else np.array(within_ms)
    authors, times = [author for _, author, _ in rows], [ms for _, _, ms in rows]
    return posted_together(texts, fold_keys(texts), authors, times, late)


OTHER = "我觉得这样的收费规定应该先征求大家的意见再说"
ONCE = [(COPIED, "a", 0), (COPIED, "b", 59_000)]


def test_two_accounts_that_post_two_texts_within_a_minute_of_each_other_are_a_pair() -> None:
    found = together([*ONCE, (OTHER, "b", DAY_MS), (OTHER, "a", DAY_MS + 1_000), (COPIED, "c", 3 * HOUR)])
    assert (found.pairs, found.accounts, found.posts.tolist()) == (1, 2, [True, True, True, True, False])


def test_the_same_text_at_two_times_counts_as_twice() -> None:
    again = [(COPIED, "b", 5 * HOUR), (COPIED, "a", 5 * HOUR + 1_000)]
    assert together([*ONCE, *again]).pairs == 1
    assert together(ONCE).pairs == 0


def test_one_moment_counts_once_however_much_is_posted_in_it() -> None:
    assert together([(COPIED, author, at * 20_000) for at, author in enumerate("abababab")]).pairs == 0


@pytest.mark.parametrize(
    "rows",
    [
        [*ONCE, (OTHER, "a", 0), (OTHER, "b", 61_000)],
        [*ONCE, (OTHER, "a", 0), (OTHER, "c", 1_000)],
        [*ONCE, (OTHER, None, 0), (OTHER, "b", 1_000)],
        [*ONCE, (OTHER, "a", None), (OTHER, "b", None)],
        [*ONCE, ("支持", "a", 0), ("支持", "b", 0)],
        [(COPIED, "a", 0), (COPIED, "a", 1), (OTHER, "a", 0), (OTHER, "a", 1)],
    ],
    ids=["too late", "another account", "unknown author", "no time", "a stock phrase", "one account"],
)
def test_what_makes_no_pair(rows: list[tuple[str, str | None, int | None]]) -> None:
    found = together(rows)
    assert (found.pairs, found.accounts, int(found.posts.sum())) == (0, 0, 0)


def test_times_known_to_the_minute_are_together_only_in_the_same_minute() -> None:
    same = [(COPIED, "a", 0), (COPIED, "b", 0), (OTHER, "a", HOUR), (OTHER, "b", HOUR)]
    next_minute = [(text, author, ms + (60_000 if author == "b" else 0)) for text, author, ms in same]
    assert together(same, [59_999] * 4).pairs == 1
    assert together(next_minute, [59_999] * 4).pairs == 0
    assert together(next_minute).pairs == 1


def test_pairs_agree_with_a_plain_search() -> None:
    draw = np.random.default_rng(9)
    rows = [
        ((COPIED, OTHER)[text], f"a{author}", int(ms) * 1_000)
        for text, author, ms in zip(*(draw.integers(0, top, 150) for top in (2, 9, 6_000)), strict=True)
    ]
    meetings: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for (text, author, ms), (text_2, author_2, ms_2) in combinations(sorted(rows, key=lambda row: row[2]), 2):
        if text == text_2 and author != author_2 and ms_2 - ms <= 60_000:
            meetings.setdefault((min(author, author_2), max(author, author_2)), []).append((text, ms))
    pairs = 0
    for met in meetings.values():
        met.sort()
        moments = 1 + sum(a[0] != b[0] or b[1] - a[1] > 60_000 for a, b in pairwise(met))
        pairs += moments >= 2
    assert together(rows).pairs == pairs > 3
    assert together(rows[::-1]).pairs == pairs


def test_a_crowd_of_one_minute_costs_no_more_than_others(within: Any) -> None:
    with within(1.5):
        found = together([(COPIED, f"a{number}", number % 50) for number in range(6_000)])
    assert found.pairs == 0
