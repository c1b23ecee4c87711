"""Quotes become comments; the canonical article gives its three voices; no text breaks the reader."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.quotes import find_quotes, quote_rows
from nlp.quotes.marks import MASK, marked_spans, masked
from storage.nouns import Article

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE = Article(
    id="a1",
    url="https://example.org/a1",
    text="市交通局局长说：“方案不变。”\n有网友表示：“太贵了。”也有市民认为，早该这样。\n市民陈阿姨说：“给老人留个窗口。”",
    lang="zh",
    published_at=1_700_000_000_000,
    published_raw="2023年11月14日",
    published_precision="day",
)


def test_only_ordinary_people_become_comments() -> None:
    assert [row["text"] for row in quote_rows(ARTICLE)] == ["太贵了。", "早该这样", "给老人留个窗口。"]


@pytest.mark.parametrize(
    "text",
    [
        "不少网友表示支持。",
        "不少用户在讨论区里说了自己的看法，意见各不相同。",
        "有人赞成，也有人不满意。",
        "有网友称其为“神操作”。",
    ],
)
def test_that_something_was_said_is_no_comment(text: str) -> None:
    assert quote_rows(Article(id="a", text=text)) == []


def test_a_row_knows_its_place_its_report_and_its_article() -> None:
    row = quote_rows(ARTICLE)[0]
    start, end = row["span_start"], row["span_end"]
    assert start is not None
    assert end is not None
    assert ARTICLE.text[start:end] == row["text"]
    assert row == {
        "ext_id": f"a1:{start}-{end}",
        "text": "太贵了。",
        "kind": "quote",
        "author": None,
        "published_at": 1_700_000_000_000,
        "published_raw": "2023年11月14日",
        "published_precision": "day",
        "url": "https://example.org/a1",
        "article_id": "a1",
        "span_start": start,
        "span_end": end,
        "direct": True,
        "evidence": "有网友表示",
    }


def test_the_comma_before_the_report_is_no_part_of_a_comment() -> None:
    article = Article(id="a", text="“It is a tax on nurses,” said a resident. “Why, though?” she asked.", lang="en")
    rows = quote_rows(article)
    assert [row["text"] for row in rows] == ["It is a tax on nurses", "Why, though?"]
    assert [article.text[row["span_start"] : row["span_end"]] for row in rows] == [row["text"] for row in rows]


def test_a_named_speaker_is_the_author_and_an_anonymous_one_is_nobody() -> None:
    assert [row["author"] for row in quote_rows(ARTICLE)] == [None, None, "市民陈阿姨"]
    english = Article(
        id="e", text="“No,” said Ann Poe, a nurse from Hull. One user said: “Yes.” Parents said it was late."
    )
    assert [row["author"] for row in quote_rows(english)] == ["Ann Poe", None, None]


def test_the_same_article_gives_the_same_rows() -> None:
    assert quote_rows(ARTICLE) == quote_rows(ARTICLE)


def test_an_empty_article_has_no_quotes() -> None:
    assert quote_rows(Article(id="x", text="")) == []


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("他说“好”。", ["好"]),
        ("“甲”“乙”", ["甲", "乙"]),
        ("“外“内”外”", ["外“内”外"]),
        ("“甲‘乙’丙”", ["甲‘乙’丙"]),
        ("“没有关\n“另一行”", ["没有关", "另一行"]),
        ("“一。”“二没有关", ["一。", "二没有关"]),
        ("“忘了关“新的”", ["忘了关", "新的"]),
        ('"a" and "b"', ["a", "b"]),
        ('"mixed,” he said', ["mixed,"]),
        ('one." ”', []),
        ("「甲」『乙』", ["甲", "乙"]),
        ("It's the users' choice", []),
        ("‘It’s over,’ he said.", ["It’s over,"]),
    ],
)
def test_outermost_marks(text: str, inner: list[str]) -> None:
    spans = marked_spans(text)
    assert [text[slice(*span.inner)].strip() for span in spans if text[slice(*span.inner)].strip()] == inner
    assert len(masked(text, spans)) == len(text)


def test_masks_leave_the_articles_own_words() -> None:
    assert masked("他说“好”。", marked_spans("他说“好”。")) == f"他说“{MASK}”。"


@given(
    st.text(alphabet=st.sampled_from('网友说：“”‘’"，。！\n他表示有 ab,.:said one user')), st.sampled_from(["zh", "en"])
)
def test_any_text_is_read_and_spans_are_true(text: str, language: str) -> None:
    for quote in find_quotes(text, language):
        assert text[quote.start : quote.end] == quote.text
        assert quote.text.strip() == quote.text != ""


@given(st.text(), st.sampled_from(["zh", "en"]))
def test_nothing_breaks_the_reader(text: str, language: str) -> None:
    find_quotes(text, language)


@pytest.mark.parametrize(
    "piece",
    [
        "“",
        "他说，",
        "网友：“",
        "said, ",
        '"',
        "a user said ",
        "（",
        "，",
        "“网友”说",
        "one, ",
        "李女士：好\n",
        "Ann Poe, who ",
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_lengths_take_linear_time(within: Any, piece: str, language: str) -> None:
    text = piece * (10_000 // len(piece))
    with within(0.8):
        find_quotes(text, language)


@pytest.mark.shared
def test_the_canonical_article(shared: Path) -> None:
    (path,) = (shared / "seed").glob("*.txt")
    text = path.read_text(encoding="utf-8")
    found = find_quotes(text)
    assert {quote.speaker_class for quote in found} == {"public"}
    digests = [hashlib.sha256(quote.text.encode()).hexdigest()[:16] for quote in found]  # the words are their authors'
    assert digests == ["7863df44dafa5bfb", "9f1821988a0d709f", "f22007c5fe45feb0", "969ba45e81526dd7"]
    assert [quote.direct for quote in found] == [False, True, True, True]
    assert [quote.evidence.split()[-1] for quote in found[1:]] == ["support", "concern", "suggestions"]
