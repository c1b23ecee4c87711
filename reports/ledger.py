"""A claim: one statement, as numbers with the comments behind them and no sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from reports.corpus import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.audit import Labelled
    from reports.corpus import Corpus, Mask
    from reports.inputs import ReportInput

Badge = Literal[
    "passed", "no_change", "count", "people", "audited", "part", "open", "draft", "moved", "moved_draft", "thin"
]
Verdict = Literal["passed", "not_passed", "too_little"]
Section = Literal["happened", "tiles", "since", "places", "sure", "panels"]
Slot = dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """One statement, not yet in any language.

    Attributes:
        template: key of the wording.
        badge: passed (its test), no_change (tested, and nothing clear was found), count (counted, no judgement in it),
            people (they labelled every comment), audited (estimated from people's labels), part (some of it so), open
            (estimated, and the labels do not tell), draft (rests on machine codes), moved (moved, not tested),
            moved_draft (moved, and says machine-coded shares), thin.
        section: where it is printed.
        slots: what may be printed, each `{kind: value}`; a wording's optional part is dropped when its slot is absent.
        estimand: what the number is.
        value: the number itself.
        mask: the comments behind it.
        query: the same comments in words a program can follow.
        variant: which of several wordings of a verdict; empty where there is one.
        rows: what is behind it where that is not comments but rows of the sources.
        low, high: ends of the 95 % interval of an estimate.
        test: what it had to pass to be said.
        verdict: whether it passed its test, did not, or could not be tested; decides the wording.
        figures: what the test gave, such as a p-value or a rank, by name.
    """

    template: str
    badge: Badge
    section: Section
    slots: dict[str, Slot]
    estimand: str
    value: float
    mask: Mask
    query: str
    variant: str = ""
    rows: int | None = None
    low: float | None = None
    high: float | None = None
    test: str = ""
    verdict: Verdict = "passed"
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What claims are made from: the input, the comments made ready, the facts counted so far, and the labels."""

    inp: ReportInput
    corpus: Corpus
    facts: dict[str, Any]
    sample: Labelled | None = None


def number(value: int) -> Slot:
    """A count."""
    return {"int": int(value)}


def share(part: float, whole: float) -> Slot | None:
    """A share in whole points; None where there are too few comments for one."""
    points = percent(part, whole)
    return None if points is None else {"percent": points}


def day_slot(iso: str) -> Slot:
    """A day."""
    return {"date": iso}


def present(**slots: Slot | None) -> dict[str, Slot]:
    """The slots that have a value."""
    return {name: slot for name, slot in slots.items() if slot is not None}
