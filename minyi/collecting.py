"""Collecting what the study file names, source by source, and saying how each went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.pipeline import CaptureKeeper, keep
from minyi.receipts import recorded_run
from minyi.refusals import Refusals
from scrapers.errors import CollectorError
from scrapers.fetch import FetchSettings
from scrapers.runner import Saved
from scrapers.runner import collect as collect_pages
from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from minyi.console import Console, Exit
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace
    from scrapers.runner import SourceResult
    from storage.errors import MinyiError
    from storage.nouns import Capture, Page, SourceSpec


def collect_sources(
    workspace: Workspace,
    console: Console,
    *,
    only: Sequence[str] | None = None,
    allow: Sequence[str] = (),
    settings: FetchSettings | None = None,
) -> Exit:
    """Collect the study's sources; one that fails stops none of the others.

    Args:
        workspace: where it is kept.
        console: where progress is said.
        only: names of the sources to collect; all of them by default.
        allow: hosts let through the address guard.
        settings: the manners, instead of those in the study file.

    Returns:
        0, 3 when some sources failed, 1 when all did.

    Raises:
        UsageError: no sources, or a name that is none.
    """
    sources = _chosen(workspace, only)
    settings = settings or _settings(workspace, allow)
    with recorded_run(workspace, "collect", console) as receipt:
        refusals = {name: Refusals.of(workspace, receipt.stamp, name) for name in sources}
        with console.progress("collecting", total=None) as advance:
            results = collect_pages(
                workspace.study,
                settings,
                sink=_sink(workspace, receipt, refusals, advance),
                sources=sources,
                folder=workspace.folder,
            )
        _record(receipt, results, refusals)
    _say(console, results, refusals)
    return receipt.exit


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
    return FetchSettings(contact=manners.contact, min_interval_s=manners.min_interval_s, allow=tuple(allow))


def _sink(
    workspace: Workspace, receipt: Receipt, refusals: Mapping[str, Refusals], advance: Callable[[int], None]
) -> Callable[[SourceSpec, Page, Capture | None], Saved]:
    captures = CaptureKeeper(workspace, receipt.run)

    def keep_page(source: SourceSpec, page: Page, capture: Capture | None) -> Saved:
        added = keep(workspace, source.name, page, captures.key(source.name, capture), receipt.run)
        refusals[source.name].add(page, added)
        advance(added.articles + added.comments)
        return Saved(new=added.articles + added.comments, known=added.known)

    return keep_page


def _record(receipt: Receipt, results: Sequence[SourceResult], refusals: Mapping[str, Refusals]) -> None:
    for result in results:
        receipt.counts[result.name] = {**counts_of(result), "rejected": dict(refusals[result.name].reasons)}
        for failure in result.failures:
            receipt.fail(failure, source=result.name)
        receipt.succeeded |= bool(result.pages)


def counts_of(result: SourceResult) -> dict[str, Any]:
    """A source's line in the receipt."""
    return {
        "kind": result.kind,
        "asked": result.asked,
        "fetched": result.fetched,
        "articles": result.articles,
        "comments": result.comments,
        "new": result.new,
        "known": result.known,
        "declared": result.declared_total,
        "warnings": result.warnings,
    }


def _say(console: Console, results: Sequence[SourceResult], refusals: Mapping[str, Refusals]) -> None:
    columns = ["source", "asked", "fetched", "new", "known", "rejected", "outcome"]
    rows = [[r.name, r.asked, r.fetched, r.new, r.known, refusals[r.name].total, _outcome(r.error)] for r in results]
    console.table("Collected", columns, rows)
    for result in results:
        for reason, count in refusals[result.name].reasons.items():
            console.warn(f"{result.name}: {count:,} × {reason} (see {refusals[result.name].path})")
        for warning in result.warnings:
            console.warn(f"{result.name}: {warning}")
        for failure in result.failures:
            console.warn(f"{result.name}: {failure}")


def _outcome(error: MinyiError | None) -> str:
    if error is None:
        return "ok"
    return type(error).__name__ if isinstance(error, CollectorError) else "failed"
