"""Why a report cannot be done again: nobody knows its run, it kept nothing, or what it kept is gone or is damaged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.workspace import Workspace
    from storage.records import RunRecord

TAKEN_BACK = "taken-back.json"
"""Lies where a run kept numbers that showed a comment which somebody asked to have forgotten."""
PACKED = "packed.json"
"""Lies where what a run kept was passed on with `minyi export --pack`: it stays for good."""
BY_JOB = "by_job"
"""Counted in a report's run that `minyi run` started: nobody asked for that very report."""
ALL, DAILY = timedelta(days=30), timedelta(days=365)
"""How long all is kept of what jobs reported; and how long the last of each day, before it is that of each week."""
LISTED = 40
"""Runs that are listed one by one where another is asked for."""


class NoManifest(MinyiError):  # noqa: N818  says what happened
    """A run left nothing by which it could be done again."""


class ManifestChanged(MinyiError):  # noqa: N818  says what happened
    """What a run kept of itself is not what it wrote."""


class UnknownRun(UsageError):  # noqa: N818  says what happened
    """No report of the study was made by such a run."""


def unknown(workspace: Workspace, run: str, record: RunRecord | None) -> UnknownRun:
    """The study has no such run, or it made no report; names those that did."""
    study = workspace.study.id
    what = f"the study has no run {run}" if record is None else f"run {run} was `minyi {record.command}`, no report"
    there = _there(sorted({report.run for report in workspace.store.reports(study)}, key=int))
    return UnknownRun(what, where=study, remedy=f"{there} For a report of another study, name its folder.")


def _there(made: Sequence[str]) -> str:
    """The runs that made reports: all of them, or how many and the last."""
    if not made:
        return "No report was made yet."
    if len(made) <= LISTED:
        return f"Reports were made by the runs {', '.join(made)}."
    lately = ", ".join(made[-LISTED // 2 :])
    return f"Reports were made by {len(made):,} runs, {made[0]} to {made[-1]}; the last are {lately}."


def none_kept(path: Path, record: RunRecord, *, known_once: bool) -> NoManifest:
    """There is no manifest.

    Args:
        path: where it would lie.
        record: the run.
        known_once: whether it wrote one.
    """
    if known_once and let_go(record):
        return _let_go(path)
    if known_once:
        what, remedy = "what the run kept of itself is gone", "Bring the folder back from a copy, or report again."
    elif record.status != "ok":
        what, remedy = "the run did not come to its end, and kept nothing", "Name a run that made a report."
    else:
        return none_of_old(path)
    return NoManifest(what, where=str(path), remedy=remedy)


def none_of_old(path: Path) -> NoManifest:
    """An earlier version made the report."""
    what = "the report was made by an earlier version of minyi, which kept nothing to do it again by"
    return NoManifest(what, where=str(path), remedy="`minyi report` makes one that can be done again.")


def let_go(record: RunRecord) -> bool:
    """Whether what this run kept may have been let go of by now (see `minyi.thinning`)."""
    age = datetime.now(UTC) - datetime.fromtimestamp(record.started_at / 1000, UTC)
    return BY_JOB in record.counts and age > ALL


def _let_go(path: Path) -> NoManifest:
    kept = (int(one.parent.name) for one in path.parents[1].glob(f"*/{path.name}") if one.parent.name.isdecimal())
    following = min((run for run in kept if run > int(path.parent.name)), default=None)
    name = "Name a later report" if following is None else f"Name run {following}, the next one that is kept"
    what = (
        "what the run kept of itself was let go of: of reports that jobs made, minyi keeps all for "
        f"{ALL.days} days, the last of each day for {DAILY.days}, and then the last of each week"
    )
    return NoManifest(what, where=str(path.parent), remedy=f"{name}; or bring the folder back from a copy.")


def unreadable(path: Path) -> ManifestChanged:
    """A file that the run kept is gone, or not what it wrote."""
    if not path.exists() and (path.parent / TAKEN_BACK).exists():
        what = "the report was taken back: it showed comments that were forgotten since, because somebody asked for it"
        return ManifestChanged(what, where=str(path.parent), remedy="`minyi report` makes a new one without them.")
    what = "not what it wrote" if path.exists() else "gone"
    remedy = "Bring it back from a copy. Where there is none, remove its folder: new reports are made without it."
    return ManifestChanged(
        f"no claim can be recomputed: {path.name}, which the run kept, is {what}", where=str(path), remedy=remedy
    )
