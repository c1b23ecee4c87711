"""From stored comments to the report's files: gather what the reports room needs, and keep what it wrote."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from minyi.advisories import mark_superseded
from minyi.asking import as_asked
from minyi.gathering import foreseen
from minyi.labels import elsewhere
from minyi.labels_shown import warn_of_labels
from minyi.last_report import last_of
from minyi.manifests import coder_of, keep_run
from minyi.paragraph import with_paragraph
from minyi.presets import Asked, checked
from minyi.publishing import through_the_gate
from minyi.receipts import recorded_run
from minyi.told import as_kept
from minyi.unchanged import basis_of, counted, key_of, made_before, renewed, seen
from reports.numbers import build_numbers
from reports.write import EditionsMissingError, write_report
from storage.records import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace
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
        with console.progress("counting") as advance:
            rollup = seen(workspace)
            advance(len(rollup.comments))
            if uncoded := int(rollup.comments["stance"].isna().sum()):
                console.warn(f"{uncoded:,} comments have no stance yet: run `minyi analyse` first, then report again")
            gate, folder = through_the_gate(workspace, rollup.comments, receipt, console, held=held)
            inp = as_asked(workspace, foreseen(workspace, rollup, receipt.run, gate), asked)
            basis = basis_of(workspace, inp)
            inp = as_kept(replace(inp, last=last_of(workspace, inp.options, basis)))
            key = key_of(basis, inp)
            if before := made_before(workspace, key):
                numbers = renewed(before, inp)
            else:
                inp = counted(workspace, inp)
                numbers = build_numbers(inp)
            numbers = with_paragraph(workspace, numbers, console)
            warn_of_labels(console, (numbers["audit"] or {}).get("passed_over", 0), elsewhere(workspace))
        written, missing = _write(numbers, folder / asked.folder, workspace.study.report_languages, asked.formats)
        receipt.coder = asdict(coder_of(inp))
        receipt.counts |= _counts(numbers["totals"], written)
        workspace.store.add_findings(workspace.study.id, receipt.run, [_finding(claim) for claim in numbers["claims"]])
        _remember(workspace, receipt.run, written)
        keep_run(workspace, receipt.run, inp, numbers, written, asked, held=held, prints=(basis, key), before=before)
        mark_superseded(workspace, inp.advisories)
        if missing:
            receipt.succeeded = True
            raise missing
    _say(console, numbers["totals"], written)
    return written


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
        workspace.store.add_report(workspace.study.id, run, language, str(path), digest)


def _say(console: Console, totals: Mapping[str, Any], written: Sequence[Path]) -> None:
    authors = "authors not known" if totals["authors"] is None else f"{totals['authors']:,} known authors"
    apart = f"; {totals['copied']:,} copied posts set aside" if totals["copied"] else ""
    console.say(f"Counted: {totals['comments']:,} comments, {totals['texts']:,} different texts, {authors}{apart}.")
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
