"""What each source has and how much of it was collected, and when a source gave nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from minyi.gaps import gaps_of, lost_days
from minyi.glimpses import GLIMPSED, came_of
from minyi.lost_pages import failed_pages, forms_among, pages_lost
from minyi.outages import (
    Lapse,
    Said,
    attempts_by_source,
    collecting_ended,
    killed_runs,
    made_good,
    outages,
    pauses,
    pauses_of_sources,
)
from minyi.silence import silence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from minyi.glimpses import Came
    from minyi.outages import Attempt
    from minyi.workspace import Workspace
    from storage.nouns import Gap, Study
    from storage.records import RunRecord

State = Literal["ok", "partly", "down", "silent", "begun", "never", "imported", "left out"]

CUT_SHORT: dict[State, State] = {"never": "begun", "imported": "partly", "ok": "partly"}
"""What a source is after a run that was killed and left asks behind."""


@dataclass(frozen=True, slots=True)
class ArticleCount:
    """How many comments the platform says an article has, and how many of them are kept."""

    id: str
    title: str
    declared: int
    collected: int

    @property
    def missing(self) -> int:
        """How many are not kept; 0 where more are kept than the platform says, as after deletions."""
        return max(0, self.declared - self.collected)


@dataclass(frozen=True, slots=True)
class Declared:
    """What a source says it has.

    Attributes:
        total: comments it says there are.
        collected: comments kept that belong to these; one under an article of which nothing is said does not.
        articles: those of which it says a number, the largest shortfall first.
    """

    total: int
    collected: int
    articles: tuple[ArticleCount, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """How a source stands. Times are UTC milliseconds.

    Attributes:
        state: `ok`; `partly`, where the last run met failures and something came all the same, or where it was killed;
            `down` or `silent`; `begun` by a run that was killed before anything came; `never` collected; `imported`,
            given as files; `left out` of the study file by now.
        since: since when it is down or silent.
        last_good: when the last run began in which it was reached; None where there is none.
        quotes: how many of its comments are quotes from articles.
        waiting: asks left for the next run; None where it was never asked.
        declared: what it says it has; None where it does not say.
        lost: addresses of pages that could not be had in any run.
        gives_comments: whether what it declares counts in the sum of the study: it gave a comment that is no quote,
            or it is not in good order. A feed of articles says how many comments each has and gives none.
    """

    state: State
    since: int | None = None
    last_good: int | None = None
    waiting: int | None = None
    declared: Declared | None = None
    lost: tuple[str, ...] = ()
    gives_comments: bool = True
    quotes: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How every source stands, when sources gave nothing, the whole days that this cost, and the runs that collected.

    The runs are in order, the oldest first.
    """

    sources: dict[str, SourceStanding]
    lapses: tuple[Lapse, ...] = ()
    gaps: tuple[Gap, ...] = ()
    runs: Sequence[RunRecord] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a coverage is found from.

    Attributes:
        runs: the study's runs that collected, oldest first; others say nothing here.
        now: UTC milliseconds.
        held: items stored, by source.
        said: comments with a time, by source; quotes are not among them, for their time is their article's.
        kept: (run id, source) of runs that stored comments of a source.
        declared: rows of source, article ('' for the whole source), title, declared, collected.
        waiting: asks left, by source; a source that has none need not be there.
        lost: addresses of pages that could not be had, by source.
        quotes: how many quotes are stored, by source.
        speaking: sources of which a comment is stored that is no quote; None where nobody looked.
    """

    runs: Sequence[RunRecord]
    now: int
    held: Mapping[str, int] = field(default_factory=dict)
    said: Mapping[str, Said] = field(default_factory=dict)
    kept: Collection[tuple[str, str]] = ()
    declared: Sequence[Mapping[str, Any]] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quotes: Mapping[str, int] = field(default_factory=dict)
    speaking: Collection[str] | None = None


def coverage_of(
    workspace: Workspace, came: Came | None = None, held: Sequence[Mapping[str, Any]] | None = None
) -> Coverage:
    """How the collecting of this study stands now.

    Args:
        workspace: the study.
        came: how its comments came, where the caller knows.
        held: the rows of `Store.source_counts`, likewise.
    """
    store, study = workspace.store, workspace.study
    runs = store.runs(study.id, command="collect")
    if came is None:
        came = came_of(store.comments(study.id, columns=GLIMPSED))
    if held is None:
        held = store.source_counts(study.id)
    quoted = came.kind.among(("quote",))
    facts = Facts(
        runs=runs,
        now=round(datetime.now(UTC).timestamp() * 1000),
        held={row["source"]: row["comments"] + row["articles"] for row in held},
        said=_said(came, store.collected.run_starts(study.id)),
        kept=_kept(came),
        declared=store.collected.declared(study.id),
        waiting=store.collected.waiting(study.id),
        lost=_lost(workspace, runs),
        quotes=came.counts(quoted),
        speaking=came.counts(~quoted).keys(),
    )
    return cover(study, facts)


def _lost(workspace: Workspace, runs: Sequence[RunRecord]) -> Mapping[str, Sequence[str]]:
    """The pages that could not be had; what was captured is only read where some page failed."""
    failed = failed_pages(runs)
    if not failed:
        return {}
    pages = workspace.store.collected.pages_had(workspace.study.id)
    urls = {url for page in pages for url in page[2:]}
    forms = forms_among({where for known in failed.values() for where in known}, urls)
    had: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for source, run, *came_from in pages:
        for form in {form for url in came_from for form in forms.get(url, ())}:
            had[source][form].add(str(run))
    return pages_lost(failed, had)


def _said(came: Came, began: Mapping[str, int]) -> dict[str, Said]:
    """By source, the comments whose day is known, and when the runs began that brought them."""
    starts = np.array([*(began.get(run, 0) for run in came.run.known), 0], np.int64)
    spoken = came.dated & ~came.kind.among(("quote",))
    return {
        source: Said(published=came.published[at], came=starts[came.run.code[at]])
        for source, at in came.by_source(spoken)
    }


def _kept(came: Came) -> set[tuple[str, str]]:
    """Run and source of whatever a run stored."""
    runs, sources = came.run.known, came.source.known
    known = (came.run.code >= 0) & (came.source.code >= 0)
    pairs = np.bincount(came.run.code[known].astype(np.int64) * len(sources) + came.source.code[known])
    found = np.flatnonzero(pairs).tolist()
    return {(runs[pair // len(sources)], sources[pair % len(sources)]) for pair in found}


def cover(study: Study, facts: Facts) -> Coverage:
    """How every source stands, and when it gave nothing within the study's window."""
    attempts = attempts_by_source(facts.runs, facts.kept)
    declared, named = declared_by_source(facts.declared), {source.name for source in study.sources}
    idle, ended = _pauses(study, facts, attempts), _ended(study, facts, attempts)
    standings, lapses = {}, [*idle, *ended]
    gone = killed_runs(facts.runs, facts.now)
    killed = max((run.started_at for run in facts.runs if run.command == "collect" and run.id in gone), default=0)
    for source in sorted({*named, *facts.held, *attempts}):
        tries, said = attempts.get(source, []), facts.said.get(source, Said.none())
        down = [made_good(lapse, said) for lapse in outages(tries)]
        quiet = _silences(study, tries, said, [*down, *(lapse for lapse in idle if lapse.source in {None, source})])
        own = [_of(source, lapse, None if source in named else tries[-1].at) for lapse in down + quiet]
        standing = _standing(tries, own, held=facts.held.get(source, 0), still_asked=source in named)
        waiting = facts.waiting.get(source, 0 if tries else None)
        state = _cut_short(standing.state, facts.waiting.get(source, 0), since_good=killed > (standing.last_good or 0))
        pages = () if standing.last_good is None else tuple(facts.lost.get(source, ()))
        standings[source] = replace(
            standing,
            state=state,
            waiting=waiting,
            declared=declared.get(source),
            lost=pages,
            quotes=facts.quotes.get(source, 0),
            gives_comments=facts.speaking is None
            or source in facts.speaking
            or state != "ok"
            or bool(waiting or pages),
        )
        lapses += own
    seen = sorted((lapse for lapse in lapses if _in_window(lapse, study)), key=_order)
    # A window that goes on is not told as a lapse before it has cost a day, yet its days to come are no zeros either.
    told = [lapse for lapse in seen if lapse.kind != "ended" or lost_days(lapse, study.zone, facts.now)]
    return Coverage(standings, tuple(told), tuple(gaps_of(seen, study, facts.now)), facts.runs)


def _pauses(study: Study, facts: Facts, attempts: Mapping[str, Sequence[Attempt]]) -> list[Lapse]:
    """When nothing ran; what of a window lies after the last good run is told by `_ended`."""
    over = study.window_ms[1]
    found = pauses(
        (attempt.at for tries in attempts.values() for attempt in tries),
        facts.now if over is None else min(facts.now, over),
    )
    within = [lapse for lapse in found if over is None or lapse.end is not None]
    return pauses_of_sources(within, attempts, facts.said)


def _ended(study: Study, facts: Facts, attempts: Mapping[str, Sequence[Attempt]]) -> list[Lapse]:
    """The end of the window that no run reached; source by source where files were imported beside what was collected.

    Nobody knows what days an imported file covers.
    """
    lapse = collecting_ended(attempts, study.window_ms[1], facts.now)
    if lapse is None:
        return []
    if not {source for source, items in facts.held.items() if items} - set(attempts):
        return pauses_of_sources([lapse], attempts, facts.said)
    asked = sorted({*attempts, *(source.name for source in study.sources if not facts.held.get(source.name))})
    return [made_good(replace(lapse, source=source), facts.said.get(source, Said.none())) for source in asked]


def _of(source: str, lapse: Lapse, asked_last: int | None) -> Lapse:
    """The lapse of a source; one that the study file no longer names lapsed until it was asked last."""
    return replace(lapse, source=source, end=asked_last if lapse.end is None else lapse.end)


def _silences(study: Study, tries: Sequence[Attempt], said: Said, lapses: Iterable[Lapse]) -> list[Lapse]:
    good = [attempt.at for attempt in tries if attempt.outcome != "failed"]
    if not good:
        return []
    start, end = study.window_ms
    found = silence(said.published, (max(good[0], start or good[0]), min(good[-1], end or good[-1])), lapses)
    return [found] if found else []


def _standing(tries: Sequence[Attempt], lapses: Sequence[Lapse], *, held: int, still_asked: bool) -> SourceStanding:
    good = [attempt.at for attempt in tries if attempt.outcome != "failed"]
    last_good = good[-1] if good else None
    if not good and not held:
        return SourceStanding("never")
    if not tries:
        return SourceStanding("imported")
    if not still_asked:
        return SourceStanding("left out", last_good=last_good)
    for lapse in lapses:
        if lapse.end is None and lapse.kind != "not run":
            return SourceStanding("down" if lapse.kind == "down" else "silent", lapse.start, last_good)
    return SourceStanding("partly" if tries[-1].outcome == "partly" else "ok", last_good=last_good)


def _cut_short(state: State, waiting: int, *, since_good: bool) -> State:
    """The state of a source after a run that was killed since its last good one and left asks behind."""
    if not waiting or not since_good:
        return state
    return CUT_SHORT.get(state, state)


def _in_window(lapse: Lapse, study: Study) -> bool:
    start, end = study.window_ms
    return (end is None or lapse.start < end) and (start is None or lapse.end is None or lapse.end > start)


def _order(lapse: Lapse) -> tuple[int, str, str]:
    return (lapse.start, lapse.source or "", lapse.kind)


def declared_by_source(counts: Iterable[Mapping[str, Any]]) -> dict[str, Declared]:
    """What each source says it has: in all where it says so, else the sum over its articles."""
    by_source: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in counts:
        by_source[row["source"]].append(row)
    return {source: _declared(said) for source, said in by_source.items()}


def _declared(said: Sequence[Mapping[str, Any]]) -> Declared:
    articles = [
        ArticleCount(row["article"], row["title"], row["declared"], row["collected"]) for row in said if row["article"]
    ]
    whole = [row for row in said if not row["article"]] or said
    return Declared(
        total=sum(row["declared"] for row in whole),
        collected=sum(row["collected"] for row in whole),
        articles=tuple(sorted(articles, key=lambda article: (-article.missing, -article.declared, article.id))),
    )
