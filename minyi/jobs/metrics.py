"""The metrics file: how the last job went, in Prometheus' text format, for node_exporter's textfile collector.

Written here and not with `prometheus_client`, which starts from live counters in a process that stays; a job is gone
when it is asked for. See docs/decisions/metrics-are-a-file.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from minyi.unattended_sections import CAUSES
from storage.files import FileWriteError, read_plain, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from minyi.jobs.job_receipts import Job

_READABLE = 0o644
_BEGINS = b"# HELP minyi_"


class Sample(NamedTuple):
    """One value, with its labels."""

    labels: dict[str, str]
    value: float


def metrics_text(study: str, job: Job, last_good: Job | None, alerts: Sequence[str]) -> str:
    """The whole file. Format: Prometheus' "Exposition formats", text-based format 0.0.4.

    Args:
        study: its id, a label of every value.
        job: the one that has just ended.
        last_good: the last one that came through; its time is left out where there is none.
        alerts: causes that are open, as KIND:SUBJECT.
    """
    lines = [
        line
        for name, told, samples in _families(job, last_good, alerts)
        for line in _family(name, told, [Sample({"study": study, **one.labels}, one.value) for one in samples])
    ]
    return "".join(f"{line}\n" for line in lines)


def write_metrics(path: Path, text: str) -> None:
    """Replace the file as a whole; of what lies there, only metrics of an earlier job are replaced.

    Raises:
        storage.files.FileWriteError: it cannot be written, or something else lies there.
    """
    if not _may_be_replaced(path):
        remedy = "Name a file for the metrics alone, or remove what lies there."
        raise FileWriteError("something that is no metrics file of minyi lies there.", where=str(path), remedy=remedy)
    write_atomically(path, text.encode(errors="replace"), _READABLE)


def _may_be_replaced(path: Path) -> bool:
    """Whether nothing is lost: a wrong name may be that of the database, of the key, or of a device."""
    try:
        held = read_plain(path)
    except FileNotFoundError:
        return True
    except OSError:
        return path.is_dir()  # writing says so better
    return not held or held.startswith(_BEGINS)


def _families(job: Job, last_good: Job | None, alerts: Sequence[str]) -> Iterator[tuple[str, str, Iterable[Sample]]]:
    ended = _ended(job)
    yield "last_run_timestamp_seconds", "When the last job ended.", [Sample({}, ended)]
    good = [Sample({}, _ended(last_good))] if last_good else []
    yield "last_success_timestamp_seconds", "When the last job ended that came through, in part at least.", good
    yield "last_run_duration_seconds", "How long the last job took.", [Sample({}, job.seconds)]
    yield "last_run_exit_code", "0 ok, 3 in part, 1 failed, 143 stopped.", [Sample({}, job.exit)]
    yield "last_run_missed_windows", "Windows without a run that the last job covered.", [Sample({}, job.missed)]
    lines = job.sources.items()
    items = [Sample({"source": name, "what": what}, n) for name, line in lines for what, n in line.counts.items()]
    yield "last_run_items", "What the last job did with each source.", items
    failed = [Sample({"source": name, "error": error}, n) for name, line in lines for error, n in line.failed.items()]
    yield "last_run_failures", "Failures of each source in the last job, by class.", failed
    yield "open_alerts", "Causes of alerts that are not over, by kind.", _by_kind(alerts)


def _by_kind(alerts: Sequence[str]) -> list[Sample]:
    """Every kind, those without a cause as 0: a rule that compares with 0 needs a value."""
    kinds = [alert.partition(":")[0] for alert in alerts]
    return [Sample({"kind": kind}, kinds.count(kind)) for kind in CAUSES]


def _family(name: str, told: str, samples: Sequence[Sample]) -> Iterator[str]:
    """A family without a value is left out."""
    if samples:
        yield f"# HELP minyi_{name} {told}"
        yield f"# TYPE minyi_{name} gauge"
    for labels, value in samples:
        said = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"minyi_{name}{{{said}}} {value}"


def _escaped(text: str) -> str:
    r"""A label's value: a backslash, a quote and the end of a line are written as \\, \" and \n."""
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _ended(job: Job) -> float:
    return job.started_at / 1000 + job.seconds
