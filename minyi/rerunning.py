"""A report made again from the store as it was when the report was made."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from minyi.console import so_many
from minyi.fingerprints import code_print
from minyi.gathering import count
from minyi.manifests import kept_by, last_run
from minyi.past import losses_of, past_comments, past_workspace
from minyi.presets import with_days
from minyi.publishing import gate_of
from minyi.receipts import versions
from minyi.rollups_then import rollup_then
from minyi.snapshots import data_digest
from minyi.told import ANSWERED, COLLECTED, told_again, told_later
from reports.inputs import Provenance
from reports.numbers import build_numbers
from reports.write import EditionsMissingError, write_report
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from minyi.console import Console
    from minyi.manifests import Kept, Manifest
    from minyi.past import Losses
    from minyi.workspace import Workspace

LARGEST = 256 << 20
"""Bytes of a report's file."""
SHOWN = 20
"""Ids named on the screen; all are in what `--json` says."""


@dataclass(frozen=True)
class Recounted:
    """A report's numbers, counted again.

    Attributes:
        kept: what its run kept of itself.
        numbers: what is counted now.
        losses: what is not as it was.
        other_code: what works otherwise than then, in words; empty where the same program counts.
        comments: those of then that are still there.
    """

    kept: Kept
    numbers: dict[str, Any]
    losses: Losses
    other_code: str
    comments: pd.DataFrame


def named_run(workspace: Workspace, run: str) -> str:
    """The run that is meant by an id, by "last", or by a file of a report.

    Raises:
        UnknownRun: no report was made yet.
        UsageError: a file that is no report's.
    """
    if run == "last":
        return last_run(workspace)
    # unlike Path.is_file, it takes names too long for the file system
    return read_report(Path(run)).run if os.path.isfile(run) else run  # noqa: PTH113


@dataclass(frozen=True)
class ReadReport:
    """A file of a report as it lies there.

    Attributes:
        path: the file.
        run: the run that it says made it.
        language: of an edition; empty for numbers.json.
        numbers: of numbers.json.
        texts: what a reader of an edition sees.
        content: its bytes.
    """

    path: Path
    run: str
    language: str = ""
    numbers: dict[str, Any] | None = None
    texts: tuple[str, ...] = ()
    content: bytes = b""


def read_report(path: Path) -> ReadReport:
    """Read numbers.json or an edition.

    Raises:
        UsageError: it is neither.
        MinyiError: it cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError("no report is so large", where=str(path), remedy="Name a file that `minyi report` wrote.")
        content = path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise MinyiError(f"the file cannot be read ({why})", where=str(path), remedy="Make it readable.") from error
    if path.suffix.lower() != ".json":
        from reports.editions import edition_of

        found = edition_of(path).read(content)
        return ReadReport(path, found.run, found.language, texts=tuple(found.texts), content=content)
    try:
        numbers = json.loads(content)
        _shape(numbers)
        return ReadReport(path, str(numbers["provenance"]["run"]), numbers=numbers, content=content)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        remedy = "Name numbers.json, or a report that minyi wrote."
        raise UsageError("this is no report of minyi's", where=str(path), remedy=remedy) from error


def _shape(numbers: Any) -> None:  # noqa: ANN401  whatever the file holds
    """What must be there before anything can be compared: the study's name, and claims that are tables.

    Raises:
        KeyError, TypeError: it is not.
    """
    if not isinstance(numbers["study"]["id"], str):
        raise TypeError("the study has no name")
    if not isinstance(numbers["claims"], list) or not all(isinstance(claim, dict) for claim in numbers["claims"]):
        raise TypeError("the claims are no list of tables")


@dataclass(frozen=True)
class Parts:
    """Whose settings, answers, coder and so on a report is counted from, in the order of `minyi.differing.ORDER`."""

    settings: Kept
    answers: Kept
    coder: Kept
    labels: Kept
    data: Kept
    last: Kept


def recount(workspace: Workspace, kept: Kept, *, afresh: bool = True) -> Recounted:
    """Count a report's numbers again from the store as it was then.

    Args:
        workspace: the study.
        kept: what the run kept of itself.
        afresh: whether all texts are read anew though a rollup of these very comments is kept.

    Raises:
        ManifestChanged: what the run kept cannot be read.
    """
    numbers, comments = count_parts(workspace, Parts(*[kept] * 6), afresh=afresh)
    losses = losses_of(workspace, kept.manifest, kept.snapshot, comments)
    return Recounted(kept, numbers | told_later(kept.told), losses, other_code(kept.manifest), comments)


def count_parts(workspace: Workspace, parts: Parts, *, afresh: bool = True) -> tuple[dict[str, Any], pd.DataFrame]:
    """The numbers of a report from the parts of several, and the comments that they were counted from."""
    settings, coder = parts.settings.manifest, parts.coder.manifest
    comments = past_comments(workspace, parts.data.snapshot, coder.coder, own=parts.data is parts.coder)
    past = past_workspace(workspace, settings, parts.labels.snapshot, parts.labels.manifest.cohorts)
    made = settings.made
    provenance = Provenance(
        coder=coder.coder.annotator,
        codebook=coder.coder.codebook,
        run=settings.run,
        command=made.command,
        generated_at=made.generated_at,
        versions=made.versions,
        data_digest=data_digest(comments),
        known=coder.made.known,
    )
    counted = comments if afresh else rollup_then(workspace, past, comments)
    inp = count(past, counted, provenance, gate_of(past, comments))
    told = dict(parts.settings.told)
    for whose, names in ((parts.data, COLLECTED), (parts.answers, ANSWERED), (parts.last, ("last",))):
        told |= {name: whose.told[name] for name in names if name in whose.told}
    return build_numbers(with_days(told_again(inp, told), settings.options.asked)), comments


def other_code(manifest: Manifest) -> str:
    """What counts otherwise than when the report was made; empty where it is the same program on the same libraries."""
    now, then = versions(), manifest.made.versions
    others = [f"{name} {then[name]} then, {now[name]} now" for name in now if name in then and then[name] != now[name]]
    if not others and code_print() != manifest.code:
        others = [f"minyi's source {manifest.code.sha256[:12]} then, {code_print().sha256[:12]} now"]
    return "; ".join(others)


class File(NamedTuple):
    """A file of a report that was written again: its path, and whether it is what it was to the byte."""

    path: Path
    same: bool


def rerun(workspace: Workspace, run: str, console: Console) -> bool:
    """Make a report again as it was, beside the others, and say whether it is the same to the byte.

    Args:
        workspace: the study.
        run: the run's id.
        console: where to say it.

    Returns:
        Whether every file is the same; those in another format than HTML that cannot be made here are left out.

    Raises:
        UnknownRun, NoManifest, ManifestChanged: it cannot be made again.
        storage.errors.MinyiError: the files cannot be written.
    """
    kept = kept_by(workspace, run)
    with console.progress("counting"):
        again = recount(workspace, kept)
    files = _files(kept.manifest, _written(workspace, again, console))
    for line in said_of(again):
        console.warn(line)
    for file in files:
        console.say(f"{'identical' if file.same else 'differs'}: {file.path}")
    same = all(file.same for file in files) and not kept.changed
    console.say(f"Run {run} was made again: {'identical' if same else 'not identical'}.")
    facts = [{"path": str(file.path), "identical": file.same} for file in files]
    console.event("done", run=run, identical=same, files=facts, **losses_facts(again))
    return same


def _written(workspace: Workspace, again: Recounted, console: Console) -> list[Path]:
    options, languages = again.kept.manifest.options, again.kept.manifest.study.report_languages
    folder = workspace.reports / f"rerun-{again.kept.manifest.run}"
    try:
        return write_report(again.numbers, folder, languages, options.formats)
    except EditionsMissingError as error:
        console.warn(str(error))
        return error.written


def _files(manifest: Manifest, written: list[Path]) -> list[File]:
    return [
        File(path, hashlib.sha256(path.read_bytes()).hexdigest() == manifest.files.get(path.name)) for path in written
    ]


def said_of(again: Recounted) -> list[str]:
    """What is not as it was when the report was made, in sentences."""
    losses, changed = again.losses, again.kept.changed
    anew = f" (later runs read {losses.read_anew:,} comments anew)" if losses.read_anew else ""
    anew += (
        f" ({so_many(losses.forgotten, 'comment was', 'comments were')} forgotten since)" if losses.forgotten else ""
    )
    known = {
        f"not what the run wrote any more, in {again.kept.folder}: {', '.join(changed)}": len(changed),
        f"comments that are not stored any more{anew}: {len(losses.gone):,}": len(losses.gone),
        f"comments whose row says something else: {_named(losses.changed)}": len(losses.changed),
        f"comments of which the coder is said to say something else: {_named(losses.recoded)}": len(losses.recoded),
        f"labels that are not stored any more: {losses.labels_gone:,}": losses.labels_gone,
        f"labels that say something else: {_named(f'{one.comment} by {one.annotator}' for one in losses.relabelled)}": (
            len(losses.relabelled)
        ),
        f"comments of the sample that are not in it any more: {losses.undrawn:,}": losses.undrawn,
        f"other code: {again.other_code}": len(again.other_code),
    }
    return [line for line, n in known.items() if n]


def _named(ids: Iterable[str]) -> str:
    """How many, and the first of them."""
    all_of_them = list(ids)
    more = ", …" if len(all_of_them) > SHOWN else ""
    return f"{len(all_of_them):,} ({', '.join(all_of_them[:SHOWN])}{more})"


def losses_facts(again: Recounted) -> dict[str, Any]:
    """The same as JSON holds it."""
    losses = again.losses
    return {
        "damaged": again.kept.changed,
        "gone": losses.gone,
        "read_anew": losses.read_anew,
        "forgotten": losses.forgotten,
        "changed": losses.changed,
        "recoded": losses.recoded,
        "labels_gone": losses.labels_gone,
        "relabelled": [one._asdict() for one in losses.relabelled],
        "undrawn": losses.undrawn,
        "other_code": again.other_code,
    }
