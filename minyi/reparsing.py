"""Parsing every kept capture again, without a network, and saying what that changes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from minyi.console import so_many
from minyi.frames import rows
from minyi.pipeline import read_language
from minyi.receipts import recorded_run
from scrapers.errors import CollectorError, CollectorFault
from scrapers.faults import fault_of
from scrapers.frontier import read_back
from scrapers.protocol import Query, Raw
from scrapers.sites import collector
from scrapers.source_run import query_at
from storage.errors import MinyiError, UsageError
from storage.intake import Origin
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from minyi.console import Console, Exit
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace
    from scrapers.protocol import Collector, Parsed
    from storage.nouns import Page, SourceSpec
    from storage.reparsing import Changes, Reparse

_NOT_READ = {204, 304}
_REMOVED = "it was removed with what was forgotten, or kept long enough"
_NEVER_READ = "it could not be read when it came either"


def reparse(
    workspace: Workspace, console: Console, *, only: Sequence[str] | None = None, dry_run: bool = False
) -> Exit:
    """Parse the captures of the study's sources again.

    Args:
        workspace: where they are kept.
        console: where it is said what changed.
        only: names of the sources; all that have captures by default.
        dry_run: change nothing.

    Returns:
        0, 3 when some captures could not be parsed, 1 when none could.

    Raises:
        UsageError: a name that is no source of the study.
    """
    captures = _by_source(workspace)
    specs = {spec.name: spec for spec in workspace.study.sources}
    if unknown := sorted(set(only or ()) - specs.keys()):
        raise UsageError(f"no such source: {', '.join(unknown)}", remedy=f"the study has: {', '.join(specs)}")
    chosen = [name for name in (only or specs) if captures.get(name)]
    with recorded_run(workspace, "reparse", console) as receipt:
        for name in chosen:
            _source(workspace, specs[name], captures[name], receipt, apply=not dry_run)
    _say(console, receipt, dry_run=dry_run)
    return receipt.exit


def _by_source(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows(workspace.store.collected.captures(workspace.study.id)):
        found.setdefault(row["source"], []).append(row)
    return found


def _source(
    workspace: Workspace, spec: SourceSpec, kept: Sequence[Mapping[str, Any]], receipt: Receipt, *, apply: bool
) -> None:
    unread: Counter[str] = Counter()
    failed = len(receipt.failures)
    try:
        reader = _Reader(workspace, spec)
    except MinyiError as error:
        receipt.fail(error, source=spec.name)
        return
    comparison = workspace.store.reparse(apply=apply)
    removed = workspace.store.forgetting(workspace.study.id).removed_captures()
    unread[_REMOVED] = sum(row["sha256"] in removed for row in kept)
    kept = [row for row in kept if row["sha256"] not in removed]
    read = [row["key"] for row in kept if _capture(workspace, reader, row, comparison, receipt, unread)]
    if len(receipt.failures) == failed:  # what a capture that cannot be read held is not gone
        comparison.end(Origin(workspace.study.id, spec.name, int(receipt.run), None), read)
    changes = comparison.changes
    receipt.succeeded |= bool(read)
    receipt.counts[spec.name] = {
        "captures": len(read),
        "unread": dict(+unread),
        "refused": dict(reader.refused),
        **_counts(changes),
    }


def _counts(changes: Changes) -> dict[str, Any]:
    return {**asdict(changes), "changed": dict(changes.changed)}


class _Reader:
    """A source's collector, and how its captures are read: with the options they were fetched with."""

    def __init__(self, workspace: Workspace, spec: SourceSpec) -> None:
        self._workspace = workspace
        self.name = spec.name
        self.refused: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        try:
            self._collector: Collector = collector(spec.kind)
        except KeyError as error:
            remedy = "Run `minyi check`."
            raise CollectorFault("The source's kind is wrong.", where=spec.name, remedy=remedy) from error

    def edited(self, page: Page) -> set[str]:
        """Articles met before with another text: what is stored, and quoted, is the version that came first."""
        return {one.id for one in page.articles if self._first.setdefault(one.id, one.text) != one.text}

    def pages(self, row: Mapping[str, Any]) -> Iterator[Parsed]:
        """What the collector reads in a capture now."""
        study = self._workspace.study
        options = self._collector.options.model_validate(json.loads(row["options"]))
        capture = Capture(
            url=row["url"],
            final_url=row["final_url"],
            status=row["status"],
            headers=json.loads(row["headers"]),
            body=self._workspace.store.captures.read(row["sha256"]),
            fetched_at=row["fetched_at"],
        )
        query = Query(options, study.zone, self._workspace.now, *study.window_ms)
        raw = Raw(read_back(row["ask"]), capture=capture)
        yield from self._collector.parse(raw, query_at(query, capture))


def _capture(
    workspace: Workspace,
    reader: _Reader,
    row: Mapping[str, Any],
    comparison: Reparse,
    receipt: Receipt,
    unread: Counter[str],
) -> bool:
    """Parse one capture and compare it with what is stored; whether it was one to be read."""
    if not row["complete"] or row["status"] in _NOT_READ:
        unread["it is not complete"] += 1
        return False
    if not row["ask"]:
        unread["an earlier version kept it without what it answers"] += 1
        return False
    origin = Origin(workspace.study.id, reader.name, int(receipt.run), row["key"])
    try:
        pages = [read_language(parsed.page, edited=reader.edited(parsed.page)) for parsed in reader.pages(row)]
    except ValidationError:
        unread["the options it was fetched with are no longer known"] += 1
        return False
    except Exception as error:  # noqa: BLE001  a collector's own mistake must not stop the other captures
        if isinstance(error, CollectorError) and not workspace.store.collected.gave_anything(row["key"]):
            unread[_NEVER_READ] += 1
            return False
        receipt.fail(error if isinstance(error, MinyiError) else fault_of(error, row["url"]), source=reader.name)
        return False
    unstored = comparison.capture(origin, pages, row["came_at"])
    reader.refused.update(reject.reason for reject in [*(one for page in pages for one in page.rejects), *unstored])
    return True


def _say(console: Console, receipt: Receipt, *, dry_run: bool) -> None:
    columns = [
        *("source", "captures", "same", "new", "changed", "reworded", "vanished", "forgotten", "judged", "not read")
    ]
    table = [
        [
            *(name, counts["captures"], counts["same"], counts["new"], sum(counts["changed"].values())),
            *(counts["reworded"], counts["vanished"], counts["forgotten"], counts["judged"]),
            sum(counts["unread"].values()),
        ]
        for name, counts in receipt.counts.items()
    ]
    console.table("Parsed again" + (", nothing was changed" if dry_run else ""), columns, table)
    if not table:
        console.say("No captures: only what was fetched can be parsed again, imported files are not copied.")
    for name, counts in receipt.counts.items():
        for what, number in sorted(counts["changed"].items()):
            console.say(f"{name}: {number:,} × another {what}")
        for what, ids in counts["examples"].items():
            console.say(f"{name}: {what}, for example {', '.join(ids)}")
        for reason, number in counts["refused"].items():
            console.say(f"{name}: {number:,} × {reason}")
        for reason, number in counts["unread"].items():
            console.warn(f"{name}: {so_many(number, 'capture')} not read: {reason}")
    for failure in receipt.failures:
        console.warn(f"{failure['source']}: {failure['where']}: {failure['what']}")
    if any(counts["reworded"] or counts["new"] for counts in receipt.counts.values()) and not dry_run:
        console.say("Next: `minyi analyse` says the stance of what is new or reworded; then report again.")
