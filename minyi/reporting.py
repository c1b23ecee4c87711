"""From stored comments to the report's files: gather what the reports room needs, and keep what it wrote."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from minyi.advisories import mark_superseded
from minyi.asking import as_asked
from minyi.console import so_many
from minyi.gathering import foreseen
from minyi.labels import elsewhere
from minyi.labels_shown import warn_of_labels
from minyi.last_report import last_of
from minyi.manifests import coder_of, keep_run
from minyi.paragraph import with_paragraph
from minyi.presets import Asked, checked
from minyi.publishing import HELD, put_away_held, through_the_gate
from minyi.receipts import in_job, recorded_run
from minyi.told import as_kept
from minyi.unchanged import basis_of, counted, key_of, made_before, renewed, seen
from minyi.unkept import BY_JOB
from reports.numbers import build_numbers
from reports.write import EditionsMissingError, write_report
from storage.records import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.manifests import Kept
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace
    from reports.inputs import ReportInput
    from storage.nouns import Language


def report(workspace: Workspace, console: Console, *, held: bool = False, asked: Asked | None = None) -> list[Path]:
    """Write numbers.json and the report in each language of the study.

    Args:
        workspace: the study.
        console: where to say it.
        held: where the coder is below the study's floor, write the report all the same: marked, and in a folder apart.
        asked: for whom, and of which days; by default for the team, of the study's whole window.

    Returns:
        The files written.

    Raises:
        ReportHeld: the coder is below the study's floor; nothing is written.
        EditionsMissingError: some of the formats lack a library; all others are written, and kept.
    """
    asked = checked(asked or Asked())
    with recorded_run(workspace, "report", console) as receipt:
        made = _made(workspace, console, receipt, asked, held=held)
        folder, languages = made.folder / asked.folder, workspace.study.report_languages
        _keep_findings(workspace, receipt.run, made.numbers)  # first: where they cannot be, the old report stays
        written, missing = _write(made.numbers, folder, languages, asked.formats)
        _keep(workspace, receipt, made, written, asked, held=held)
        if made.folder.name != HELD:
            put_away_held(workspace)
        if missing:
            receipt.succeeded = True
            raise missing
    _say(console, made.numbers["totals"], written)
    return written


class _Made(NamedTuple):
    """What a report was made of, what came of it, and where it belongs.

    Attributes:
        inp: what it was made of.
        numbers: what came of it.
        folder: of the reports that may go out, or of those that may not.
        prints: digests of what the numbers hang on, see `minyi.unchanged`.
        before: the earlier run that had counted them, where there was nothing new.
    """

    inp: ReportInput
    numbers: dict[str, Any]
    folder: Path
    prints: tuple[str, str]
    before: Kept | None


def _made(workspace: Workspace, console: Console, receipt: Receipt, asked: Asked, *, held: bool) -> _Made:
    """The numbers: those of an earlier run where there is nothing new."""
    with console.progress("counting") as advance:
        glimpse = seen(workspace)
        advance(glimpse.n)
        if glimpse.uncoded:
            console.warn(
                f"{so_many(glimpse.uncoded, 'comment has', 'comments have')} no stance yet: "
                "run `minyi analyse` first, then report again"
            )
        gate, folder = through_the_gate(workspace, glimpse.coded, receipt, console, held=held)
        inp = as_asked(workspace, foreseen(workspace, glimpse, receipt.run, gate), asked, glimpse.came)
        basis = basis_of(workspace, inp)
        inp = as_kept(replace(inp, last=last_of(workspace, inp.options, basis)))
        key = key_of(basis, inp)
        before = made_before(workspace, key, inp.provenance.generated_at)
        if before is None:
            inp = counted(workspace, inp)
        numbers = with_paragraph(workspace, renewed(before, inp) if before else build_numbers(inp), console)
        warn_of_labels(console, (numbers["audit"] or {}).get("passed_over", 0), elsewhere(workspace))
    return _Made(inp, numbers, folder, (basis, key), before)


def _keep(
    workspace: Workspace, receipt: Receipt, made: _Made, written: Sequence[Path], asked: Asked, *, held: bool
) -> None:
    """Remember what was reported, and by what it can be done again."""
    receipt.coder = asdict(coder_of(made.inp))
    receipt.counts |= _counts(made.numbers["totals"], written) | ({BY_JOB: True} if in_job() else {})
    _remember(workspace, receipt.run, written)
    prints, before = made.prints, made.before
    keep_run(workspace, receipt.run, made.inp, made.numbers, written, asked, held=held, prints=prints, before=before)
    mark_superseded(workspace, made.inp.advisories)


def _keep_findings(workspace: Workspace, run: str, numbers: Mapping[str, Any]) -> None:
    workspace.store.add_findings(workspace.study.id, run, [_finding(claim) for claim in numbers["claims"]])


def _write(
    numbers: dict[str, Any], folder: Path, languages: Sequence[Language], formats: Sequence[str]
) -> tuple[list[Path], EditionsMissingError | None]:
    """The files written, and why some of those wanted are not."""
    try:
        return write_report(numbers, folder, languages, formats), None
    except EditionsMissingError as error:
        return error.written, error


def _counts(totals: Mapping[str, Any], written: Sequence[Path]) -> dict[str, Any]:
    counted = {"counted": totals["comments"], "texts": totals["texts"], "authors": totals["authors"]}
    return {"comments": totals["stored"], **counted, "files": [path.name for path in written]}


def _remember(workspace: Workspace, run: str, written: Sequence[Path]) -> None:
    """Note in the store which files there are."""
    for path in written:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        language = path.suffixes[0].strip(".") if len(path.suffixes) > 1 else ""
        workspace.store.add_report(workspace.study.id, run, language, str(path.absolute()), digest)


def _say(console: Console, totals: Mapping[str, Any], written: Sequence[Path]) -> None:
    authors = "authors not known" if totals["authors"] is None else so_many(totals["authors"], "known author")
    apart = f"; {so_many(totals['copied'], 'copied post')} set aside" if totals["copied"] else ""
    counted = f"{so_many(totals['comments'], 'comment')}, {so_many(totals['texts'], 'different text')}"
    console.say(f"Counted: {counted}, {authors}{apart}.")
    for path in written:
        console.say(f"Wrote {path}")


def _finding(claim: Mapping[str, Any]) -> Finding:
    """A claim of the report as the store keeps it: its number, and how to find the comments behind it."""
    evidence = {name: claim[name] for name in ("template", "estimand", "query", "digest")}
    stance = claim["slots"].get("stance", claim["slots"].get("s1")) if claim["badge"] in {"audited", "open"} else None
    return Finding(
        name=claim["id"],
        estimate=float(claim["value"]),
        low=claim["low"],
        high=claim["high"],
        n=claim["n"],
        test=claim["test"],
        evidence=evidence | (stance or {}),
    )
