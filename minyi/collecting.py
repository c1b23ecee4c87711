"""Collecting what the study file names, source by source, and saying how each went."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from minyi.live import showing
from minyi.outcomes import in_words
from minyi.pipeline import CaptureKeeper, keep
from minyi.receipts import recorded_run
from minyi.refusals import Refusals
from scrapers.fetch import FetchSettings
from scrapers.frontier import written
from scrapers.results import Saved
from scrapers.runner import collect as collect_pages
from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from minyi.console import Console, Exit
    from minyi.live import Show
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace
    from scrapers.fetch import Network
    from scrapers.protocol import Ask
    from scrapers.results import SourceResult
    from storage.nouns import Capture, Page, SourceSpec
    from storage.state import SourceState, Step

MIB = 1024 * 1024


def collect_sources(
    workspace: Workspace,
    console: Console,
    *,
    only: Sequence[str] | None = None,
    allow: Sequence[str] = (),
    settings: FetchSettings | None = None,
    network: Network | None = None,
    budget_s: float = inf,
) -> Exit:
    """Collect the study's sources; one that fails stops none of the others.

    Args:
        workspace: where it is kept.
        console: where progress is said.
        only: names of the sources to collect; all of them by default.
        allow: hosts let through the address guard.
        settings: the manners, instead of those in the study file.
        network: the way to the network, instead of the machine's own.
        budget_s: how long one source may ask for more.

    Returns:
        0, 3 when some sources failed, 1 when all did.

    Raises:
        UsageError: no sources, or a name that is none.
        storage.database_failures.CorruptDatabase: where a source goes on is not what was written; nothing was asked.
    """
    sources = _chosen(workspace, only)
    settings = settings or _settings(workspace, allow)
    with recorded_run(workspace, "collect", console) as receipt:
        workspace.store.sound.collecting()
        refusals = {name: Refusals.of(workspace, receipt.stamp, name) for name in sources}
        results: dict[str, SourceResult] = {}
        try:
            with showing(console) as show:
                collect_pages(
                    workspace.study,
                    settings,
                    keeper=_Keeper(workspace, receipt.run, refusals),
                    sources=sources,
                    folder=workspace.folder,
                    progress=_remembering(results, show),
                    network=network,
                    budget_s=budget_s,
                )
        finally:  # a run that is stopped says how far it came
            _record(receipt, results.values(), refusals)
            _say(console, results.values(), refusals)
    return receipt.exit


def _remembering(results: dict[str, SourceResult], show: Show) -> Show:
    def told(result: SourceResult) -> None:
        results[result.name] = result
        show(result)

    return told


def _chosen(workspace: Workspace, only: Sequence[str] | None) -> list[str]:
    names = [source.name for source in workspace.study.sources]
    if not names:
        remedy = "add [[sources]] to it, or import files with `minyi import`"
        raise UsageError("the study file names no sources", where=str(workspace.loaded.path), remedy=remedy)
    if unknown := sorted(set(only or ()) - set(names)):
        raise UsageError(f"no such source: {', '.join(unknown)}", remedy=f"the study has: {', '.join(names)}")
    return list(only or names)


def _settings(workspace: Workspace, allow: Sequence[str]) -> FetchSettings:
    manners = workspace.loaded.fetch
    return FetchSettings(
        contact=manners.contact,
        min_interval_s=manners.min_interval_s,
        total_s=manners.total_s,
        cap_bytes=int(manners.cap_mb * MIB),
        allow=tuple(allow),
    )


class _Keeper:
    """Keeps pages in the study's store."""

    def __init__(self, workspace: Workspace, run: str, refusals: Mapping[str, Refusals]) -> None:
        self._workspace, self._run, self._refusals = workspace, run, refusals
        self._captures = CaptureKeeper(workspace, run)

    def begin(self, source: SourceSpec, digest: str) -> SourceState:
        """Where the source stands."""
        return self._workspace.store.collected.begin(self._workspace.study.id, source.name, digest)

    def keep(self, source: SourceSpec, page: Page, step: Step, capture: Capture | None, ask: Ask) -> Saved:
        """Keep a page, its capture first: bytes without a page can be read again, a page without bytes cannot."""
        key = self._captures.key(source, capture, written(ask))
        added = keep(self._workspace, source.name, page, key, self._run, step)
        self._refusals[source.name].add(page, added)
        return Saved(new=added.articles + added.comments, known=added.known)


def _record(receipt: Receipt, results: Iterable[SourceResult], refusals: Mapping[str, Refusals]) -> None:
    for result in results:
        receipt.counts[result.name] = {**counts_of(result), "rejected": dict(refusals[result.name].reasons)}
        for failure in result.failures:
            receipt.fail(failure, source=result.name)
        receipt.succeeded |= bool(result.pages) or (result.finished and result.error is None)


def counts_of(result: SourceResult) -> dict[str, Any]:
    """A source's line in the receipt."""
    return {
        "kind": result.kind,
        "asked": result.asked,
        "fetched": result.fetched,
        "unchanged": result.unchanged,
        "skipped": result.skipped,
        "resumed": result.resumed,
        "waiting": result.waiting,
        "articles": result.articles,
        "comments": result.comments,
        "acts": result.acts,
        "gone": result.gone,
        "new": result.new,
        "known": result.known,
        "declared": result.declared_total,
        "warnings": result.warnings,
    }


def _say(console: Console, results: Collection[SourceResult], refusals: Mapping[str, Refusals]) -> None:
    columns = ["source", "asked", "fetched", "new", "known", "rejected", "outcome"]
    rows = [[r.name, r.asked, r.fetched, r.new, r.known, refusals[r.name].total, _outcome(r)] for r in results]
    console.table("Collected", columns, rows)
    for result in results:
        for reason, count in refusals[result.name].reasons.items():
            console.warn(f"{result.name}: {count:,} × {reason} (see {refusals[result.name].path})")
        for warning in result.warnings:
            console.warn(f"{result.name}: {warning}")
        for failure in result.failures:
            console.warn(f"{result.name}: {failure}")


def _outcome(result: SourceResult) -> str:
    """In a word or three: how it ended, or that it did not come to its end."""
    if result.error is not None:
        return in_words(result.error)
    return "ok" if result.finished else "stopped"
