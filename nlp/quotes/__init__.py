"""Quotes of people inside news articles, in Chinese and English: which words, whose, and how they are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.language import language_of
from nlp.quotes.chinese import read_chinese
from nlp.quotes.english import read_english
from nlp.quotes.names import is_named
from nlp.quotes.quote import Quote

if TYPE_CHECKING:
    from storage.nouns import Article, CommentRow

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
    has no author; a named one is the author. The time is the article's.
    """
    public = [quote for quote in find_quotes(article.text, article.lang or None) if quote.speaker_class == "public"]
    return [_row(article, quote) for quote in public]


def _row(article: Article, quote: Quote) -> CommentRow:
    return {
        "ext_id": f"{article.id}:{quote.start}-{quote.end}",
        "text": quote.text,
        "kind": "quote",
        "author": quote.speaker if is_named(quote.speaker) else None,
        "published_at": article.published_at,
        "published_raw": article.published_raw or None,
        "published_precision": article.published_precision,
        "url": article.url or None,
        "article_id": article.id,
        "span_start": quote.start,
        "span_end": quote.end,
        "direct": quote.direct,
        "evidence": quote.evidence or None,
    }
