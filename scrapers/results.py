"""What the runner hands over to be kept, and what it tells about each source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from scrapers.protocol import Ask, Cursor
    from storage.errors import MinyiError
    from storage.nouns import Capture, Page, SourceSpec
    from storage.state import SourceState, Step


MOST_WARNINGS = 50


class Saved(NamedTuple):
    """How many of a page's articles and comments were new, and how many the store knew already."""

    new: int
    known: int


class Keeper(Protocol):
    """Keeps what is collected; called one at a time, and what it raises ends the whole run."""

    def begin(self, source: SourceSpec, digest: str, /) -> SourceState:
        """Where a source stands; another `digest` than last time begins it anew."""
        ...

    def keep(self, source: SourceSpec, page: Page, step: Step, capture: Capture | None, ask: Ask, /) -> Saved:
        """Keep one page of an answer and what it changes of the source's state, in one transaction."""
        ...


@dataclass(slots=True)
class SourceResult:
    """How one source went.

    Attributes:
        name: the source's name in the study.
        kind: its collector.
        asked: requests made and files opened.
        fetched: those that came back complete.
        unchanged: those the site said had not changed since last time.
        skipped: pages that were fetched in an earlier run and need not be fetched again.
        resumed: asks that an earlier run had left.
        pages: pages handed over.
        articles: articles on them.
        comments: comments on them.
        acts: dated acts on them.
        gone: comments the platform says were deleted.
        new: what the store did not know before.
        known: what it did.
        rejects: items that could not be used; each is on its page with its reason.
        declared_total: how many comments the platform says there are; None if it does not say.
        failures: every failure.
        warnings: what was odd but usable.
        cursor: where to go on next time.
        waiting: asks that are still to be made.
        next_at: when the host asked last may be asked again; None where nothing was asked yet.
        finished: whether this source has come to its end, well or not.
    """

    name: str
    kind: str
    asked: int = 0
    fetched: int = 0
    unchanged: int = 0
    skipped: int = 0
    resumed: int = 0
    pages: int = 0
    articles: int = 0
    comments: int = 0
    acts: int = 0
    gone: int = 0
    new: int = 0
    known: int = 0
    rejects: int = 0
    declared_total: int | None = None
    failures: list[MinyiError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    cursor: Cursor | None = None
    waiting: int = 0
    next_at: datetime | None = None
    finished: bool = False
    _unsaid: int = 0

    def warn(self, what: str) -> None:
        """Say what was odd but usable; beyond the first fifty it is only counted."""
        self._unsaid += len(self.warnings) >= MOST_WARNINGS
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(what)

    def end(self) -> None:
        """The source has come to its end."""
        self.finished = True
        if self._unsaid:
            self.warnings.append(f"{self._unsaid:,} more warnings of this source are not shown.")

    @property
    def error(self) -> MinyiError | None:
        """The first failure, or None if all went well."""
        return self.failures[0] if self.failures else None

    def count(self, page: Page, saved: Saved) -> None:
        """Add a page that was kept."""
        self.pages += 1
        self.articles += len(page.articles)
        self.comments += len(page.comments)
        self.acts += len(page.acts)
        self.gone += len(page.gone)
        self.rejects += len(page.rejects)
        self.new += saved.new
        self.known += saved.known
        if page.declared_total is not None:
            self.declared_total = page.declared_total
