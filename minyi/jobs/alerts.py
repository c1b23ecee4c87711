"""What there is to tell after a job: pure functions of what it did and of what the store holds.

A cause is a kind and a subject: "partial" of the source "forum" is one cause however often it comes, and is over when a
run that could have met it did not. What a run could not see (it was stopped, or never asked the source) is not over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from minyi.unattended_sections import Cause

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

STOPPED_BY_A_PERSON = 130
TERMINATED = 143
DONE = frozenset({0, 3})
KILLED = "Killed"
"""The class of failure of a run that could not write down how it ended: the next one tells of it."""
STEPS = ("collect", "retention", "analyse", "report")
"""The commands of a job; every other subject of a failure is a source."""
_DRIFT, _HELD, _COLLECT = "SchemaDrift", "ReportHeld", "collect"
_ORDER = get_args(Cause)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell.

    Attributes:
        kind: which kind of thing.
        subject: of what: a source, a command of the job, or the day of a spike as 2026-11-25.
        error: class of the failure, where there was one.
        n: comments on the day of a spike.
        usual: comments that are usual on a day there.
        since: UTC milliseconds at which it began, where that is known better than by when it was first seen.
    """

    kind: Cause
    subject: str
    error: str = ""
    n: int = 0
    usual: float = 0.0
    since: int | None = None

    @property
    def key(self) -> str:
        """What makes it the same cause the next time."""
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of a job: in which of its commands, of which source, of which class."""

    command: str
    source: str
    type: str


@dataclass(frozen=True, slots=True)
class Spike:
    """A day with more comments than usual."""

    day: str
    n: int
    usual: float


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What alerts are found from.

    Attributes:
        exit: the job's exit code.
        steps: exit code of each of its commands that ran.
        failures: what went wrong in them.
        silent: sources that fell silent, with the UTC milliseconds of their last comment; None where nobody looked.
        spikes: days with more comments than usual that are over; None where nobody looked.
        killed: whether the run before this one was killed.
    """

    exit: int
    steps: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    silent: Mapping[str, int] | None = None
    spikes: Sequence[Spike] | None = None
    killed: bool = False


def alerts_of(facts: JobFacts) -> list[Alert]:
    """What there is to tell, each cause once, in the order of `[notify] on`."""
    before = [Alert("failed", "run", KILLED)] if facts.killed else []
    if facts.exit == STOPPED_BY_A_PERSON:
        return before
    if facts.exit == TERMINATED:
        return [Alert("failed", "run", "Interrupted")]
    found: dict[str, Alert] = {}
    for alert in (*_failed(facts), *before, *_in_part(facts), *_silent(facts), *_spikes(facts)):
        found.setdefault(alert.key, alert)
    return sorted(found.values(), key=lambda alert: (_ORDER.index(alert.kind), alert.subject))


def could_see(facts: JobFacts, kind: Cause, subject: str) -> bool:
    """Whether this job would have found that cause, were it still there."""
    if facts.exit in {STOPPED_BY_A_PERSON, TERMINATED}:
        return False
    if kind == "silent":
        return facts.silent is not None
    if kind == "spike":
        return facts.spikes is not None
    if kind == "failed":
        return facts.steps.get(subject, facts.exit) in DONE
    return facts.steps.get(subject if subject in STEPS else _COLLECT) in DONE


def _failed(facts: JobFacts) -> Iterator[Alert]:
    """The commands of which nothing came; the job itself where it failed outside of them."""
    broken = [command for command, code in facts.steps.items() if code not in DONE]
    for command in broken or (["run"] if facts.exit not in DONE else []):
        types = [failure.type for failure in facts.failures if failure.command == command]
        error = types[-1] if types else ""
        yield Alert("held" if error == _HELD else "failed", command, error)


def _in_part(facts: JobFacts) -> Iterator[Alert]:
    """Sources that failed where others came through, and commands that left something undone."""
    for failure in facts.failures:
        of_source = failure.command == _COLLECT
        subject = failure.source if of_source and failure.source else failure.command
        if failure.type == _DRIFT:
            yield Alert("drift", subject, failure.type)
        elif facts.steps.get(failure.command) in DONE and not _drifted(facts.failures, failure):
            yield Alert("partial", subject, failure.type)


def _drifted(failures: Collection[Failure], failure: Failure) -> bool:
    """Whether the same source changed its answers, which says more."""
    return any(other.type == _DRIFT and other.source == failure.source for other in failures)


def _silent(facts: JobFacts) -> Iterator[Alert]:
    for source, last in sorted((facts.silent or {}).items()):
        yield Alert("silent", source, since=last)


def _spikes(facts: JobFacts) -> Iterator[Alert]:
    for spike in facts.spikes or ():
        yield Alert("spike", spike.day, n=spike.n, usual=spike.usual)
