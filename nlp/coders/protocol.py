"""What every stance coder gives: probabilities of the four stances, and reasons for one comment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np

from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.errors import MinyiError
    from storage.nouns import Change, Stance

ReasonKind = Literal["wording", "cue", "form", "evidence"]

ABSTAINED = -1
"""The primary of a comment that its coder gave no stance; its scores are NaN."""


@dataclass(frozen=True, slots=True)
class Codes:
    """The stances of a batch.

    Attributes:
        scores: float32, shape (n, 4), in the order of `storage.nouns.STANCES`; each row sums to 1, or is NaN where
            the coder abstained.
        primary: int8, shape (n,), the index of the highest score, or ABSTAINED.
    """

    scores: NDArray[np.float32]
    primary: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.primary)

    @property
    def abstained(self) -> NDArray[np.bool_]:
        """Which comments have no stance, shape (n,)."""
        return np.asarray(self.primary == ABSTAINED)

    def stance(self, index: int) -> Stance:
        """The primary stance of one comment.

        Raises:
            ValueError: the coder abstained.
        """
        if self.primary[index] == ABSTAINED:
            raise ValueError("The coder abstained.")
        return STANCES[int(self.primary[index])]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that moved a decision.

    Attributes:
        kind: wording (an n-gram), cue (one or more cues in order), form (length, marks) or evidence (the clause that
            introduces a quote).
        label: the n-gram, or the categories of the cues.
        spans: where it stands in the comment, as (start, end) character offsets; empty for form and evidence.
        weights: what it added to the log-score of each stance, in the order of STANCES, centred on 0.
    """

    kind: ReasonKind
    label: str
    spans: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a comment was coded as it was; the reasons that moved most come first."""

    primary: Stance
    scores: tuple[float, ...]
    reasons: tuple[Reason, ...]
    annotator: str


class Memory(Protocol):
    """Answers of slow coders that are kept from run to run. Keys are digests of all that an answer depends on."""

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """The answers that are known."""

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        """Keep answers; one that is known already stays."""


@dataclass(frozen=True, slots=True)
class CoderSettings:
    """What a study tells its coder.

    Attributes:
        options: the study file's `[coder]` table; each coder checks its own keys.
        folder: the study's folder: relative paths among the options start there.
        memory: where answers are kept between runs; None keeps none.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    memory: Memory | None = None


@runtime_checkable
class Coder(Protocol):
    """A classifier of stance towards a change. As an annotator it is called `name@version`."""

    @property
    def name(self) -> str:
        """The name by which a study asks for the coder."""

    @property
    def version(self) -> str:
        """What changes whenever scores can change."""

    @property
    def held_out(self) -> Mapping[str, Mapping[str, float]]:
        """By language, what is known of its error on changes it never saw: agreement, macro_f1, n; else empty."""

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:
        """The stances of comments towards the change.

        Args:
            texts: the comments.
            change: the act they are judged towards.
            evidence: for quotes, the words of the article that introduce each ("expressed concern"), or None.
        """

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:
        """The reasons for one comment's stance."""


def annotator(coder: Coder) -> str:
    """The id under which a coder's annotations are kept."""
    return f"{coder.name}@{coder.version}"


@dataclass(frozen=True, slots=True)
class Account:
    """What a coder did besides its codes, for the receipt of a run.

    Attributes:
        counts: numbers (and short words) by name.
        notes: what a person should read, one sentence each.
        failures: what went wrong; the comments concerned were abstained from, or coded by a lesser coder.
    """

    counts: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    failures: tuple[MinyiError, ...] = ()


@runtime_checkable
class KeepsAccount(Protocol):
    """A coder that can say what it did: what it asked, spent, and could not do."""

    def account(self) -> Account:
        """The account since the coder was loaded."""


@runtime_checkable
class Plans(Protocol):
    """A coder that wants to see all comments of a run before it codes the first."""

    def plan(self, stretches: Iterable[tuple[Sequence[str], Sequence[str | None]]], change: Change) -> None:
        """Look at the comments and their evidence, a stretch at a time."""
