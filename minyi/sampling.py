"""The audit sample: drawn at random from the comments that the report counts, and recorded before anyone labels."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from minyi.drawing import allocate, generator, iso_weeks, places, strata_for, turns
from minyi.frames import repeats_of, with_repeats
from minyi.labels import task_of
from minyi.receipts import recorded_run
from minyi.study_checks import UNTOUCHED
from reports.corpus import prepare
from reports.inputs import Provenance, ReportInput
from storage.errors import MinyiError, UsageError
from storage.labels import Frame, digest_of
from storage.records import Item

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.records import Cohort, SampleMethod

SEED_BITS = 53  # what every reader of JSON keeps exactly
_NEW = np.iinfo(np.int64).max  # in place of the key of a cohort that is not stored yet: after all others
_READ = ("key", "id", "source", "kind", "text", "author", "published_at", "published_precision", "fold")
_JUDGED = ("id", "source", "published_at", "published_precision", "copied", "near")
_CELL = ["cohort", "stratum"]


class NothingToDraw(MinyiError):  # noqa: N818  says what happened
    """The study has no comments that the report would count."""


class ChangeNotStated(UsageError):  # noqa: N818  says what happened
    """The study still has the template's statement: labels towards it would count for nothing once it is corrected."""


class Wanted(NamedTuple):
    """What is asked for.

    Attributes:
        size: how many comments the sample shall hold in all.
        method: how to draw from a new cohort.
        second: percent of the sample that also go to a second coder.
        seed: of a new cohort; None for the one that follows from the study's id and the cohort's number.
    """

    size: int = 100
    method: SampleMethod = "simple"
    second: int = 20
    seed: int | None = None


class Plan(NamedTuple):
    """A cohort that is not stored yet: its seed, its digest, its frame and its strata's names and populations."""

    seed: int
    digest: str
    frame: Frame
    strata: list[tuple[str, int]]


class Sampled(NamedTuple):
    """What came of it.

    Attributes:
        size: comments in the sample now, of those that the report counts.
        drawn: comments that were drawn now.
        second: how many of the sample go to a second coder.
        population: comments that the report counts.
        uncovered: those of them that are in no frame.
        uncounted: comments that were drawn once and that the report does not count (any more).
        labelled: how many of those drawn now somebody had labelled before.
        cohort: the new cohort, if one was made.
        cohorts: all, oldest first.
    """

    size: int
    drawn: int
    second: int
    population: int
    uncovered: int
    uncounted: int
    labelled: int
    cohort: Cohort | None
    cohorts: list[Cohort]


def sample(workspace: Workspace, console: Console, wanted: Wanted) -> Sampled:
    """Draw until the sample holds as many comments as are wanted, and record it.

    The first call makes cohort 1 of all comments that the report counts. A later one makes a cohort of those that are
    in no frame yet, if there are any, and draws from every cohort so that the whole comes as near to proportional as
    what is drawn already lets it. Where the sample is large enough nothing changes.

    Raises:
        ChangeNotStated: the study file says nothing of what people are to judge.
        NothingToDraw: no comment counts.
    """
    if workspace.study.change.statement.zh == UNTOUCHED:
        what, remedy = "the statement is still the template's", "Say under [change] who did what to whom, then draw."
        raise ChangeNotStated(what, where=f"{workspace.loaded.path}: change.statement", remedy=remedy)
    with recorded_run(workspace, "sample", console, shared=True) as receipt:
        with console.progress("finding what can be drawn") as advance:
            there = eligible(workspace)
            advance(len(there))
        if there.empty:
            raise _nothing(workspace)
        sampled = _draw(workspace, receipt.run, there, wanted)
        receipt.counts = counts_of(sampled)
    return sampled


def eligible(workspace: Workspace) -> pd.DataFrame:
    """The comments that the report counts now, coded or not, in order of their ids: key, id, source, week."""
    study = workspace.study
    comments = workspace.store.comments(study.id, columns=_READ)
    comments = with_repeats(comments, repeats_of(comments)).sort_values("id", ignore_index=True)
    nobody = Provenance(coder="", codebook=study.codebook, run="", command="", generated_at=0)
    corpus = prepare(ReportInput(study=study, comments=comments[list(_JUDGED)], provenance=nobody))
    found = comments[["key", "id"]].assign(source=comments["source"].astype(str).astype(object))
    found["week"] = iso_weeks(corpus.local, corpus.dated)
    return found[corpus.counted].reset_index(drop=True)


def _nothing(workspace: Workspace) -> NothingToDraw:
    what, remedy = "the study has no comments to draw from.", "Run `minyi import` or `minyi collect` first."
    if not workspace.store.comments(workspace.study.id, columns=["key"]).empty:
        what = "none of the study's comments counts: they lie outside its window or are copied posts."
        remedy = "Look at `start` and `end` in the study file."
    return NothingToDraw(what, where=str(workspace.loaded.path), remedy=remedy)


def _draw(workspace: Workspace, run: str, there: pd.DataFrame, wanted: Wanted) -> Sampled:
    labels, study, task = workspace.store.labels, workspace.study, task_of(workspace.study)
    before = labels.items(study.id, "audit", task)[["key", "second"]]
    pool = _pool(labels.framed(study.id, "audit", task), there, before)
    fresh = there[~there["key"].isin(pool["key"])].reset_index(drop=True)
    held = int((pool["drawn"] & pool["counted"]).sum())
    plan, cohorts = None, labels.cohorts(study.id, "audit", task)
    if wanted.size > held and not fresh.empty:
        seed = seed_of(study.id, len(cohorts) + 1) if wanted.seed is None else wanted.seed
        plan = plan_of(fresh, wanted, seed, len(there))
        pool = pd.concat([pool, _pooled(fresh, plan)], ignore_index=True)
    chosen = _chosen(pool, wanted.size) if wanted.size > held else pool[:0]
    if not chosen.empty:
        seed = plan.seed if plan else cohorts[-1].seed
        chosen = _in_turn(chosen, seed, len(before), _more_seconds(before, len(chosen), wanted.second))
    _record(workspace, run, wanted.method, plan, chosen)
    after = labels.cohorts(study.id, "audit", task)
    return Sampled(
        size=held + int(chosen["counted"].sum()),
        drawn=len(chosen),
        second=int(before["second"].sum()) + int(chosen["second"].sum() if len(chosen) else 0),
        population=len(there),
        uncovered=0 if plan else len(fresh),
        uncounted=len(before) + len(chosen) - held - int(chosen["counted"].sum()),
        labelled=_labelled(workspace, chosen),
        cohort=after[-1] if plan else None,
        cohorts=after,
    )


def _pool(framed: pd.DataFrame, there: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Every comment that is in a frame, with whether the report counts it and whether it is drawn already."""
    return framed.assign(counted=framed["key"].isin(there["key"]), drawn=framed["key"].isin(before["key"]))


def _pooled(fresh: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    new = fresh[["key", "id"]].assign(cohort=_NEW, stratum=plan.frame.strata, place=plan.frame.places)
    return new.assign(counted=True, drawn=False)


def seed_of(study_id: str, number: int) -> int:
    """The seed of a study's cohort where none is given: anybody can work it out, and nobody chose it."""
    digest = hashlib.sha256(f"{study_id}\x1f{number}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - SEED_BITS)


def plan_of(fresh: pd.DataFrame, wanted: Wanted, seed: int, population: int) -> Plan:
    """A cohort of these comments (in order of their ids), each with its stratum and its place."""
    size, week = min(wanted.size, population), fresh["week"].to_numpy(np.int64)
    strata = strata_for(wanted.method, fresh["source"].tolist(), week, size=size, population=population)
    digest = digest_of(fresh["id"])
    frame = Frame(fresh["key"].to_numpy(np.int64), strata.numbers, places(strata.numbers, seed, digest))
    sizes = np.bincount(strata.numbers, minlength=len(strata.names)).tolist()
    return Plan(seed, digest, frame, list(zip(strata.names, sizes, strict=True)))


def _chosen(pool: pd.DataFrame, size: int) -> pd.DataFrame:
    """What is to be drawn: from each stratum the next places, until as many of its counted comments are drawn.

    A comment that the report does not count is drawn as well when its place is reached, so that the sample of each
    stratum stays the beginning of its permutation, whatever the report counts later.
    """
    pool = pool.sort_values([*_CELL, "place"], ignore_index=True)
    cell = _cells(pool)
    counted, drawn = pool["counted"].to_numpy(), pool["drawn"].to_numpy()
    population, have = (np.bincount(cell[mask], minlength=cell[-1] + 1) for mask in (counted, counted & drawn))
    parts = np.array(allocate(min(size, int(counted.sum())), population.tolist(), have.tolist()))
    reached = pool.groupby(_CELL)["counted"].cumsum().to_numpy() - counted
    return pd.DataFrame(pool[~drawn & (reached < parts[cell])]).reset_index(drop=True)


def _cells(pool: pd.DataFrame) -> NDArray[np.int64]:
    """The number of each comment's stratum among those of all cohorts, in their order."""
    return np.asarray(pool.groupby(_CELL).ngroup(), np.int64)


def _more_seconds(before: pd.DataFrame, drawn: int, percent: int) -> int:
    """How many of those drawn now go to a second coder, so that of all as many do as are wanted."""
    wanted = (percent * (len(before) + drawn) + 50) // 100
    return min(max(wanted - int(before["second"].sum()), 0), drawn)


def _in_turn(chosen: pd.DataFrame, seed: int, turn: int, seconds: int) -> pd.DataFrame:
    """What is drawn, with its turn and whether it goes to a second coder; in order of the turns."""
    random = generator(seed, digest_of(chosen["id"]))
    cell = _cells(chosen)
    ordered = chosen.assign(turn=turns(cell, random)).sort_values("turn", ignore_index=True)
    second = np.zeros(len(ordered), dtype=bool)
    second[random.permutation(len(ordered))[:seconds]] = True
    return ordered.assign(turn=ordered["turn"] + turn, second=second)


def _record(workspace: Workspace, run: str, method: SampleMethod, plan: Plan | None, chosen: pd.DataFrame) -> None:
    """Keep the new cohort, with its frame, before anything else that is drawn."""
    study, labels = workspace.study, workspace.store.labels
    if plan is not None:
        labels.add_cohort(
            study.id,
            run,
            kind="audit",
            method=method,
            seed=plan.seed,
            target=study.change.target,
            codebook=study.codebook,
            digest=plan.digest,
            strata=plan.strata,
            frame=plan.frame,
            items=_items(chosen[chosen["cohort"] == _NEW]),
        )
    for cohort, of_cohort in chosen[chosen["cohort"] != _NEW].groupby("cohort"):
        labels.add_items(int(str(cohort)), run, _items(of_cohort))


def _items(drawn: pd.DataFrame) -> list[Item]:
    names = ("key", "stratum", "place", "second", "turn")
    return [Item(*row) for row in zip(*(drawn[name].tolist() for name in names), strict=True)] if len(drawn) else []


def _labelled(workspace: Workspace, chosen: pd.DataFrame) -> int:
    known = workspace.store.labels.latest(workspace.study.id, *task_of(workspace.study))
    return int(chosen["key"].isin(known["key"]).sum())


def counts_of(sampled: Sampled) -> dict[str, Any]:
    """The numbers for a job and for the receipt, with the digest of every frame that was drawn from."""
    plain = {name: value for name, value in sampled._asdict().items() if name not in {"cohort", "cohorts"}}
    cohorts = [
        {
            "cohort": number,
            "method": cohort.method,
            "seed": cohort.seed,
            "population": cohort.population,
            "sha256": cohort.digest,
            "strata": len(cohort.strata),
            "new": cohort is sampled.cohort,
        }
        for number, cohort in enumerate(sampled.cohorts, start=1)
    ]
    return plain | {"cohorts": cohorts}
