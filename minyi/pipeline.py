"""The way of the data: what happens to every page between its collector and the store.

Rooms take nouns and give nouns; only this package opens the store, calls the rooms, and saves.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from nlp.fold import fold_keys
from nlp.language import language_of_many
from nlp.quotes import quote_rows
from storage.text import clean_many

if TYPE_CHECKING:
    from collections.abc import Collection

    from minyi.workspace import Workspace
    from storage.nouns import Capture, Page, SourceSpec
    from storage.records import Added
    from storage.state import Step


def read_language(page: Page, *, edited: Collection[str] = ()) -> Page:
    """A page made ready for the store: its articles' quotes are comments too, and each comment knows its language.

    `edited` names articles that are stored with another text. They stay as they are, and so do their quotes: those of
    the new text would stand at places where the stored one says something else.
    """
    quoted = (article for article in page.articles if article.id not in edited)
    comments = [*page.comments, *(row for article in quoted for row in quote_rows(article))]
    # A row without a text is the store's to refuse, with its reason.
    readable = [row for row in comments if isinstance(row, dict) and isinstance(row.get("text"), str)]
    texts, flags = clean_many([row["text"] for row in readable])
    languages, folds = language_of_many(texts), fold_keys(texts).tolist()
    for row, text, flag, language, fold in zip(readable, texts, flags, languages, folds, strict=True):
        row["text"], row["lang"], row["fold"] = text, language, fold
        row["flags"] = row.get("flags", 0) | int(flag)  # what a collector's own cleaning took away counts too
    return dataclasses.replace(page, comments=comments)


def keep(
    workspace: Workspace, source: str, page: Page, capture: int | None, run: str, step: Step | None = None
) -> Added:
    """Store one page of a source, in one transaction with what it changes of the source's state.

    `capture` is the key of the bytes it was read from.
    """
    made = read_language(page, edited=workspace.store.collected.edited(workspace.study.id, source, page.articles))
    return workspace.store.add_page(workspace.study.id, source, made, run_id=run, capture=capture, step=step)


class CaptureKeeper:
    """Keeps each capture once, however many pages are read from it."""

    def __init__(self, workspace: Workspace, run: str) -> None:
        self._workspace, self._run = workspace, run
        self._last: dict[str, tuple[Capture, int]] = {}

    def key(self, source: SourceSpec, capture: Capture | None, ask: str) -> int | None:
        """The store's key for these bytes, which answer `ask`; None where a page came of none."""
        if capture is None:
            return None
        last = self._last.get(source.name)
        if last is None or last[0] is not capture:
            study, options = self._workspace.study.id, json.dumps(source.options, default=str)
            key = self._workspace.store.keep_capture(study, source.name, capture, self._run, ask, options)
            last = self._last[source.name] = (capture, key)
        return last[1]
