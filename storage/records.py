"""What the store says about what it did: small, typed, immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from storage.nouns import Reject

RunStatus = Literal["running", "ok", "partial", "failed"]
AnnotatorKind = Literal["person", "classifier"]


@dataclass(frozen=True, slots=True)
class Added:
    """What one page added.

    Attributes:
        articles: new articles.
        comments: new comments.
        known: articles and comments that were there before, or twice on the page.
        rejected: items that the store itself refused; the page's own rejects are stored beside them.
    """

    articles: int
    comments: int
    known: int
    rejected: list[Reject]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One execution, as far as it got. Times are milliseconds since 1970, UTC."""

    id: str
    command: str
    status: RunStatus
    started_at: int
    ended_at: int | None
    versions: dict[str, str]
    config_digest: str
    counts: dict[str, Any]
    failures: list[Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """An estimate with its interval, n and test, and the query and ids behind it (`evidence`)."""

    name: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    test: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report that was written: its run, language, file and the file's SHA-256."""

    run: str
    language: str
    path: str
    sha256: str
    created_at: int
