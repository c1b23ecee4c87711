"""What the store says about what it did: small, typed, immutable."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.nouns import Reject, Stance

RunStatus = Literal["running", "ok", "partial", "failed"]
AnnotatorKind = Literal["person", "classifier"]
LabelWhat = Literal["judged", "skipped", "withdrawn"]
"""What a person did with a comment; withdrawn is undone by the one who had said it."""
SampleKind = Literal["audit", "training"]
"""Audit: drawn at random before anyone looks, and what estimates stand on. Training: chosen, for adapting alone."""
SampleMethod = Literal["simple", "stratified"]


@dataclass(frozen=True, slots=True)
class Added:
    """What one page added.

    Attributes:
        articles: new articles.
        comments: new comments.
        known: articles and comments that were there before, or twice on the page.
        rejected: items that the store itself refused; the page's own rejects are stored beside them.
        kept_out: comments that somebody had asked to have forgotten.
    """

    articles: int
    comments: int
    known: int
    rejected: list[Reject]
    kept_out: int = 0


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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says of one comment.

    Attributes:
        key: the comment.
        what: judged, skipped, or withdrawn (undone by the one who had said it).
        stance: the primary one; None unless judged.
        codes: support, concern and suggestion, each 0 or 1; all 0 for neutral.
        unsure: whether a careful colleague might well choose another primary.
        note: the labeller's own words.
        seconds: time spent on it, where that is known.
        origin: page, kit or file.
    """

    key: int
    what: LabelWhat = "judged"
    stance: Stance | None = None
    codes: tuple[int, int, int] = (0, 0, 0)
    unsure: bool = False
    note: str = ""
    seconds: float | None = None
    origin: str = "page"


@dataclass(frozen=True, slots=True)
class Cohort:
    """One frame of comments, recorded together with what is drawn from it, before anyone labels.

    Attributes:
        key: its key in the store.
        run: the run that made it.
        kind: audit or training.
        method: simple (one stratum) or stratified.
        seed: what the permutations were seeded with, together with the digest.
        created_at: milliseconds since 1970, UTC.
        target: the change that comments are judged for.
        codebook: by which rules.
        population: how many comments the frame held when it was made.
        digest: SHA-256 over their ids, sorted, one a line.
        strata: name and population of each stratum, by its number.
    """

    key: int
    run: str
    kind: SampleKind
    method: SampleMethod
    seed: int
    created_at: int
    target: str
    codebook: str
    population: int
    digest: str
    strata: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A comment that was drawn, to be labelled.

    Attributes:
        key: the comment.
        stratum: its stratum's number within the cohort.
        place: its place in the stratum's permutation, from 0.
        second: it also goes to a second coder.
        turn: items are labelled in this order, over all cohorts of a kind.
    """

    key: int
    stratum: int = 0
    place: int = 0
    second: bool = False
    turn: int = 0


@lru_cache(64)
def _versions(said: str) -> dict[str, str]:
    """Thousands of runs name the same versions."""
    found: dict[str, str] = json.loads(said)
    return found


_FAILURE = dict.fromkeys(("source", "type", "what", "where", "remedy"), "")
"""What a failure says; whoever wrote the run may have left something out."""


def run_of(row: Mapping[Any, Any]) -> RunRecord:
    """A run, of its row."""
    return RunRecord(
        id=str(row["key"]),
        command=row["command"],
        status=row["status"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        versions=dict(_versions(row["versions"])),
        config_digest=row["config_digest"],
        counts=json.loads(row["counts"]),
        failures=[_FAILURE | failure for failure in json.loads(row["failures"])],
    )


def finding_of(row: Mapping[Any, Any]) -> Finding:
    """A finding, of its row."""
    plain = {name: row[name] for name in ("name", "estimate", "low", "high", "n", "test")}
    return Finding(**plain, evidence=json.loads(row["evidence"]))


def report_of(row: Mapping[Any, Any]) -> ReportRecord:
    """A report, of its row."""
    return ReportRecord(str(row["run"]), row["language"], row["path"], row["sha256"], row["created_at"])


class Coding(NamedTuple):
    """Who reads what for which change, and by which rules."""

    study: str
    target: str
    annotator: str
    codebook: str

    @classmethod
    def named(cls, study: str, target: str | None, annotator: str | None, codebook: str | None) -> Coding | None:
        """The one that is named whole; None where none is.

        Raises:
            ValueError: only a part of it is named.
        """
        if target is not None and annotator is not None and codebook is not None:
            return cls(study, target, annotator, codebook)
        if (target, annotator, codebook) == (None, None, None):
            return None
        raise ValueError("target, annotator and codebook go together")
