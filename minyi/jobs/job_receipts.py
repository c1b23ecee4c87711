"""The receipts of jobs as they lie in `data/receipts/`, read back for the page, the metrics and `minyi status`."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from minyi.jobs.alerts import DONE
from storage.files import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

FOLDER = "receipts"
SUFFIX = "-run.json"
COUNTED = ("asked", "fetched", "unchanged", "new", "known", "rejected")
"""What is told of each source."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What a job did with one source: numbers by the names in COUNTED, and failures by class."""

    counts: dict[str, int]
    failed: dict[str, int]


@dataclass(frozen=True, slots=True)
class Job:
    """One job as its receipt and those of its commands tell it. Times are UTC milliseconds; `file` is its receipt."""

    exit: int
    started_at: int
    seconds: float
    window: str
    missed: int = 0
    steps: tuple[tuple[str, int | None], ...] = ()
    sources: dict[str, SourceLine] = field(default_factory=dict)
    failures: tuple[dict[str, str], ...] = ()
    alerts: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    file: str = ""

    @property
    def done(self) -> bool:
        """Whether it came through, in part at least; a report of what was there before is not enough."""
        return self.exit in DONE and all(code in DONE for _, code in self.steps)


class Receipts:
    """The folder of the receipts, listed once."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        there = os.listdir(self._folder) if self._folder.is_dir() else []  # noqa: PTH208  paths of so many take long
        names = [name for name in there if name.endswith(".json")]
        self._names = sorted(names, reverse=True)
        self._by_run = {name.partition("-")[2]: name for name in names}

    def jobs(self, *, parts: bool = True, skip: Callable[[int], bool] = lambda _: False) -> Iterator[Job]:
        """The jobs, newest first; one whose receipt cannot be read is left out.

        Args:
            parts: whether the receipts of its commands are read, too, which hold its sources and most failures.
            skip: whether a job that began then (UTC milliseconds, to the second) need not be read.
        """
        for name in self._names:
            if not name.endswith(SUFFIX) or skip(_stamped(name)):
                continue
            if (job := self._kept(name, parts=parts)) is not None:
                yield replace(job, file=str(self._folder / name))

    def _kept(self, name: str, *, parts: bool) -> Job | None:
        """The job of a receipt; None where the file says what no job writes."""
        receipt = self._read(name)
        try:
            job = self.job(receipt or {}, _stamped(name), parts=parts)
            datetime.fromtimestamp(job.started_at / 1000 + job.seconds, UTC)
        except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
            return None
        return job

    def job(self, receipt: Mapping[str, Any], started_at: int | None = None, *, parts: bool = True) -> Job:
        """A job from its own receipt, which need not be on the disk yet, and those of its commands."""
        steps = list(receipt.get("steps") or ())
        of_steps = [self._of_step(step) for step in steps] if parts else []
        failures = [dict(each) for part in (receipt, *of_steps) for each in part.get("failures") or ()]
        counts = next((part.get("counts") or {} for part in of_steps if part.get("command") == "collect"), {})
        window, missed = receipt.get("window") or "", receipt.get("missed") or 0
        return Job(
            exit=int(receipt["exit"]),
            started_at=int(receipt.get("started_at") or started_at or 0),
            seconds=float(receipt.get("seconds") or 0.0),
            window=str(window["key"] if isinstance(window, dict) else window),
            missed=int(missed["count"] if isinstance(missed, dict) else missed),
            steps=tuple((str(step["command"]), step["exit"]) for step in steps),
            sources=_sources(counts, failures),
            failures=tuple(failures),
            alerts=tuple(map(str, receipt.get("alerts") or ())),
            told=tuple(map(str, receipt.get("told") or ())),
        )

    def _of_step(self, step: Mapping[str, Any]) -> dict[str, Any]:
        return self._read(self._by_run.get(f"{step.get('run')}-{step['command']}.json", "")) or {}

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            read = read_json(self._folder / name) if name else None
        except (OSError, ValueError):
            return None
        return read if isinstance(read, dict) else None


def _sources(counts: Mapping[str, Any], failures: Sequence[Mapping[str, str]]) -> dict[str, SourceLine]:
    """What the collecting did, source by source."""
    return {
        name: SourceLine(
            counts={key: _number(told.get(key)) for key in COUNTED},
            failed=dict(Counter(each["type"] for each in failures if each.get("source") == name)),
        )
        for name, told in counts.items()
        if isinstance(told, dict)
    }


def _number(value: object) -> int:
    """Refused items are told by reason."""
    return sum(value.values()) if isinstance(value, dict) else value if isinstance(value, int) else 0


def _stamped(name: str) -> int:
    """When the job of this receipt began, as its file's name says."""
    try:
        return round(datetime.strptime(name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return 0
