"""The three counts in words: comments, different texts, authors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale


def texts_authors(three: Mapping[str, Any], locale: Locale) -> str:
    """The other two of the three counts, the authors where any is known."""
    return locale.ui("texts_authors", **{key: three[key] for key in ("texts", "authors") if three[key] is not None})


def with_texts(comments: int, texts: int, locale: Locale) -> str:
    """Comments, and how many texts they are where that is fewer."""
    return locale.ui("comments_texts", comments=comments, texts=texts) if texts < comments else locale.number(comments)


def counted(n: int, locale: Locale) -> str:
    """What stands beside a number of comments."""
    return locale.ui("comments_one" if n == 1 else "comments")
