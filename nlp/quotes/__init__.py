"""Quotes of people inside news articles, in Chinese and English: which words, whose, and how they are reported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.language import language_of
from nlp.quotes.chinese import read_chinese
from nlp.quotes.english import read_english
from nlp.quotes.names import is_named
from nlp.quotes.quote import Quote

if TYPE_CHECKING:
    from storage.nouns import Article, CommentRow

SHORTEST_REPORTED = 4  # letters or Han characters of reported speech that is a comment
_LETTER = re.compile(r"[^\W_]")
# 说|了自己的看法, 称|其为…, 认为|也有人…: what follows the verb is not what was said.
_EMPTY = re.compile(r"[了过着]|其为|(?:自己|各自)的?(?:看法|意见|观点)|[也还更又]?有(?:人|网友)")

__all__ = ["Quote", "find_quotes", "quote_rows"]


def find_quotes(text: str, lang: str | None = None) -> list[Quote]:
    """Every quote in a text, in order; spans are offsets into exactly this text.

    Args:
        text: the article's text, paragraphs on lines of their own.
        lang: `zh` or `en`; guessed by script where it is not given.
    """
    chinese = (lang or language_of(text)).startswith("zh")
    return read_chinese(text) if chinese else read_english(text)


def quote_rows(article: Article) -> list[CommentRow]:
    """The quotes of ordinary people as comments.

    Their id is "<article id>:<start>-<end>", so the same article gives the same rows. A speaker who is only "a netizen"
    has no author; a named one is the author. The time is the article's. Reported speech that only says that something
    was said (网友表示支持, 说了自己的看法) is a quote but no comment: there are no words to judge.
    The comma that English sets inside the marks (“It is a tax,” she said) is the report's, and no part of the words.
    """
    public = [quote for quote in find_quotes(article.text, article.lang or None) if quote.speaker_class == "public"]
    return [_row(article, quote) for quote in public if quote.direct or _says_something(quote.text)]


def _says_something(clause: str) -> bool:
    return len(_LETTER.findall(clause)) >= SHORTEST_REPORTED and not _EMPTY.match(clause)


def _row(article: Article, quote: Quote) -> CommentRow:
    said = quote.text.removesuffix(",") if quote.direct else quote.text
    return {
        "ext_id": f"{article.id}:{quote.start}-{quote.end}",
        "text": said,
        "kind": "quote",
        "author": quote.speaker if is_named(quote.speaker) else None,
        "published_at": article.published_at,
        "published_raw": article.published_raw or None,
        "published_precision": article.published_precision,
        "url": article.url or None,
        "article_id": article.id,
        "span_start": quote.start,
        "span_end": quote.end - len(quote.text) + len(said),
        "direct": quote.direct,
        "evidence": quote.evidence or None,
    }
