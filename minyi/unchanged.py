"""A report with nothing new: its numbers are those of an earlier run, and no comment is counted twice.

A run keeps in its manifest what its numbers hang on, as two digests. `basis` is of everything there is to count: data,
labels, settings, what people and platforms told. `key` adds to it what stands outside of the study: the program, the
day, and the last report. Equal keys give equal numbers, but for the run and the minute that are printed in them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from minyi.fingerprints import code_print
from minyi.gathering import glimpse_of, with_counted
from minyi.kept_rollups import hangs_on, kept_glimpse, rollup_now
from minyi.manifests import kept_lately
from minyi.presets import without_words
from minyi.receipts import versions
from minyi.told import told_of
from reports.corpus import local_day
from reports.numbers import made_by

if TYPE_CHECKING:
    from minyi.glimpses import Glimpse
    from minyi.manifests import Kept
    from minyi.workspace import Workspace
    from reports.inputs import ReportInput

FORMAT = 1


def seen(workspace: Workspace) -> Glimpse:
    """What is seen of the comments before they are counted: in little time where a fresh rollup is kept.

    Raises:
        storage.database_failures.CorruptDatabase: something that reports read is not what was written.
    """
    workspace.store.sound.small_tables()
    return kept_glimpse(workspace) or glimpse_of(workspace, rollup_now(workspace))


def basis_of(workspace: Workspace, inp: ReportInput) -> str:
    """SHA-256 over everything that a report counts and tells, but for the last report."""
    told, made = told_of(inp), inp.provenance
    warnings = [{**one, "reports": ()} for one in told["advisories"]]  # reports that used what is faulty: this one too
    parts = [
        FORMAT,
        [workspace.store.changes(workspace.study.id), hangs_on(workspace)],
        workspace.study.model_dump(mode="json"),
        [made.coder, made.codebook, made.data_digest, {name: dict(figures) for name, figures in made.known.items()}],
        [inp.study.start, inp.study.end],
        inp.gate and asdict(inp.gate),
        {name: what for name, what in told.items() if name != "last"} | {"advisories": warnings},
    ]
    return _sha256(parts)


def key_of(basis: str, inp: ReportInput) -> str:
    """SHA-256 over everything that numbers.json hangs on, but for its run and its minute."""
    today = local_day(inp.provenance.generated_at, inp.study.zone)
    told = told_of(inp)
    return _sha256([basis, told["last"], told["advisories"], code_print().sha256, versions(), today])


def _sha256(parts: Any) -> str:  # noqa: ANN401  whatever JSON holds
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def made_before(workspace: Workspace, key: str, now: int) -> Kept | None:
    """The last run of the day of `now` (UTC ms) with the same key that kept what it wrote; None where there is none."""
    today = local_day(now, workspace.study.zone)  # the key hangs on it: no report of another day has the same
    of_today = takewhile(
        lambda kept: local_day(kept.manifest.made.generated_at, workspace.study.zone) == today, kept_lately(workspace)
    )
    return next((kept for kept in of_today if kept.manifest.key == key and kept.usable()), None)


def renewed(kept: Kept, inp: ReportInput) -> dict[str, Any]:
    """The numbers of a run, as one made now would have counted them; a paragraph is for each to write."""
    numbers = {name: part for name, part in kept.numbers.items() if name != "paragraph"}
    return numbers | {"provenance": numbers["provenance"] | made_by(inp)}


def counted(workspace: Workspace, inp: ReportInput) -> ReportInput:
    """The input with what is counted from all texts and labels."""
    rollup = rollup_now(workspace)
    workspace.store.sound.labels(workspace.study.id)
    workspace.store.sound.collected()
    made = replace(inp.provenance, data_digest=rollup.digest)  # whatever came since it was first seen
    whole = with_counted(workspace, replace(inp, provenance=made), rollup)
    return whole if inp.options.preset == "full" else without_words(whole)
