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
    from storage.state import Step


def read_language(page: Page) -> Page:
    """A page made ready for the store: its articles' quotes are comments too, and each comment knows its language."""
    comments = [*page.comments, *(row for article in page.articles for row in quote_rows(article))]
    texts, flags = clean_many([row["text"] for row in comments])
    languages, folds = language_of_many(texts), fold_keys(texts).tolist()
    for row, text, flag, language, fold in zip(comments, texts, flags, languages, folds, strict=True):
        row["text"], row["flags"], row["lang"], row["fold"] = text, int(flag), language, fold
    return dataclasses.replace(page, comments=comments)


def keep(
    workspace: Workspace, source: str, page: Page, capture: int | None, run: str, step: Step | None = None
) -> Added:
    """Store one page of a source, in one transaction with what it changes of the source's state.

    `capture` is the key of the bytes it was read from.
    """
    made = read_language(page)
    return workspace.store.add_page(workspace.study.id, source, made, run_id=run, capture=capture, step=step)


class CaptureKeeper:
    """Keeps each capture once, however many pages are read from it."""

    def __init__(self, workspace: Workspace, run: str) -> None:
        self._workspace, self._run = workspace, run
        self._last: dict[str, tuple[Capture, int]] = {}

    def key(self, source: str, capture: Capture | None, ask: str) -> int | None:
        """The store's key for these bytes, which answer `ask`; None where a page came of none."""
        if capture is None:
            return None
        last = self._last.get(source)
        if last is None or last[0] is not capture:
            key = self._workspace.store.keep_capture(self._workspace.study.id, source, capture, self._run, ask)
            last = self._last[source] = (capture, key)
        return last[1]
