"""Suggestions that ask for the same thing in other words share a word."""

from __future__ import annotations

from nlp.asks import CANDIDATES, MIN_Z, shared_words
from nlp.keywords import keywords
from nlp.segment import segmenter
from storage.nouns import Stance

COMMENTS = [
    ("建议提前一个月通知大家", "suggestion", "a"),
    ("至少提前通知一下吧", "suggestion", "b"),
    ("希望以后调整都提前说", "suggestion", "c"),
    ("应该提前公告", "suggestion", "c"),
    ("建议设人工申诉", "suggestion", "d"),
    ("申诉渠道应该有人接", "suggestion", None),
    ("给个申诉的办法", "suggestion", None),
    ("公布申诉电话", "suggestion", "d"),
    ("太突然了，凭什么", "concern", "e"),
    ("支持，关得好", "support", "f"),
    ("无所谓", "neutral", "g"),
    ("吵来吵去没意思", "neutral", "h"),
    ("气死了，凭什么关", "concern", "i"),
    ("月底又要紧巴巴了，心里发慌", "concern", "j"),
    ("好好还钱的人反倒被关在门外", "concern", "k"),
    ("早就不想用了，省得手痒乱花", "support", "l"),
    ("给孩子做了个榜样，挺好", "support", "m"),
    ("昨天路过他们公司楼下，人挺多", "neutral", "n"),
    ("有没有人知道分数在哪里看", "neutral", "o"),
]


def found(leave_out: tuple[str, ...] = ()) -> dict[str, tuple[int, int]]:
    texts, stances, authors = (list(column) for column in zip(*COMMENTS, strict=True))
    tokens = segmenter().cut_many(texts)
    marked = keywords(tokens, stances, CANDIDATES, leave_out=leave_out, min_z=MIN_Z)[Stance.SUGGESTION]
    return {one.word: (one.authors, one.voices, one.comments) for one in shared_words(marked, tokens, stances, authors)}


def test_a_shared_word_counts_its_authors_and_its_comments() -> None:
    assert found()["提前"] == (3, 3, 4)


def test_a_comment_without_a_known_author_is_one_voice_and_no_author() -> None:
    assert found()["申诉"] == (1, 3, 4)


def test_how_a_request_is_put_is_not_what_it_asks_for() -> None:
    assert not {"建议", "应该", "希望", "至少"} & found().keys()


def test_the_changes_own_words_are_left_out() -> None:
    assert "申诉" not in found(leave_out=("申诉",))
