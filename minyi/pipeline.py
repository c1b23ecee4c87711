"""The way of the data: what happens to every page between its collector and the store.

Rooms take nouns and give nouns; only this package opens the store, calls the rooms, and saves.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from nlp.fold import fold_keys
from nlp.language import language_of_many
from nlp.quotes import quote_rows
from storage.text import clean_many

if TYPE_CHECKING:
    from minyi.workspace import Workspace
    from storage.nouns import Capture, Page
    from storage.records import Added


def read_language(page: Page) -> Page:
    """A page made ready for the store: its articles' quotes are comments too, and each comment knows its language."""
    comments = [*page.comments, *(row for article in page.articles for row in quote_rows(article))]
    texts = clean_many([row["text"] for row in comments]).texts
    languages, folds = language_of_many(texts), fold_keys(texts).tolist()
    for row, text, language, fold in zip(comments, texts, languages, folds, strict=True):
        row["text"], row["lang"], row["fold"] = text, language, fold
    return dataclasses.replace(page, comments=comments)


def keep(workspace: Workspace, source: str, page: Page, capture: Capture | None, run: str) -> Added:
    """Store one page of a source, in one transaction."""
    return workspace.store.add_page(workspace.study.id, source, read_language(page), run_id=run, capture=capture)
