"""The runner: asks every source, hands each page over to be kept, and tells per source how it went.

Sources run side by side; pages are handed over one at a time. A source that fails never stops the others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pydantic import ValidationError

from scrapers.errors import CollectorFault
from scrapers.fetch import Door
from scrapers.guard import resolve
from scrapers.local import local_path, read_local
from scrapers.protocol import Query, Raw, Request
from scrapers.redact import shown
from scrapers.sites import collector
from storage.errors import MinyiError
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from scrapers.fetch import FetchSettings
    from scrapers.guard import Resolve
    from scrapers.protocol import Ask, Collector, Cursor, Parsed
    from storage.nouns import Capture, SourceSpec, Study


class Saved(NamedTuple):
    """How many of a page's articles and comments were new, and how many the store knew already."""

    new: int
    known: int


class Sink(Protocol):
    """Keeps one page of a source, with the capture it was read from, in one transaction."""

    def __call__(self, source: SourceSpec, page: Page, capture: Capture | None, /) -> tuple[int, int]:
        """Keep it; what the store raises ends the whole run."""
        ...


@dataclass(slots=True)
class SourceResult:
    """How one source went.

    Attributes:
        name: the source's name in the study.
        kind: its collector.
        asked: requests made and files opened.
        fetched: those that came back complete.
        pages: pages handed over.
        articles: articles on them.
        comments: comments on them.
        new: what the store did not know before.
        known: what it did.
        rejects: items that could not be used; each is on its page with its reason.
        declared_total: how many comments the platform says there are; None if it does not say.
        error: the first failure.
        failures: every failure.
        warnings: what was odd but usable.
        cursor: where to go on next time.
    """

    name: str
    kind: str
    asked: int = 0
    fetched: int = 0
    pages: int = 0
    articles: int = 0
    comments: int = 0
    new: int = 0
    known: int = 0
    rejects: int = 0
    declared_total: int | None = None
    failures: list[MinyiError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    cursor: Cursor | None = None

    @property
    def error(self) -> MinyiError | None:
        """The first failure, or None if all went well."""
        return self.failures[0] if self.failures else None


def collect(
    study: Study,
    settings: FetchSettings,
    *,
    sink: Sink,
    sources: Iterable[str] | None = None,
    folder: Path = Path(),
    reference: datetime | None = None,
    progress: Callable[[SourceResult], None] | None = None,
    cursors: Mapping[str, Cursor] | None = None,
    lookup: Resolve = resolve,
) -> list[SourceResult]:
    """Collect a study's sources and tell how each went, in the order of the study.

    Args:
        study: what to collect.
        settings: how to behave towards sites.
        sink: keeps each page; called one at a time, on the caller's thread.
        sources: names of the sources to collect, all of them by default.
        folder: the study's folder, for local files.
        reference: the moment of this run, for relative times; now by default.
        progress: told the state of a source whenever it changes.
        cursors: where each source left off last time, by name.
        lookup: finds a host's addresses; for tests.

    Raises:
        SettingsError: the settings cannot be used.
        KeyboardInterrupt: on Ctrl-C; the pages handed over until then are kept.
        BaseException: whatever `sink` raises.
    """
    wanted = None if sources is None else frozenset(sources)
    setting = _Setting(study.zone, reference or datetime.now(UTC), folder, sink, progress)

    async def run_all() -> list[SourceResult]:
        async with Door(settings, lookup=lookup) as door:
            runs = [_Run(source, setting, door) for source in study.sources if wanted is None or source.name in wanted]
            await _side_by_side([run.run((cursors or {}).get(run.source.name)) for run in runs])
            return [run.result for run in runs]

    return asyncio.run(run_all())


async def _side_by_side(runs: Iterable[Coroutine[None, None, None]]) -> None:
    """Run all of them; what one raises (only the sink does) stops the others and comes out as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(run)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


class _Setting(NamedTuple):
    """What all sources of a run share."""

    zone: ZoneInfo
    reference: datetime
    folder: Path
    sink: Sink
    progress: Callable[[SourceResult], None] | None


class _Run:
    """One source being collected."""

    def __init__(self, source: SourceSpec, setting: _Setting, door: Door) -> None:
        self.source = source
        self.result = SourceResult(source.name, source.kind)
        self._setting = setting
        self._door = door
        self._seen: set[str] = set()

    async def run(self, cursor: Cursor | None) -> None:
        """Ask for everything the collector wants, page after page."""
        self.result.cursor = cursor
        try:
            collector, query = self._prepared()
            asks = deque(collector.start(query, cursor))
        except Exception as error:  # noqa: BLE001  a collector's own mistake must not stop the other sources
            self._fail(error, self.source.name)
            return
        while asks:
            ask = asks.popleft()
            if ask.key in self._seen:
                self.result.warnings.append(f"{ask.key}: asked for twice; left out the second time.")
                continue
            self._seen.add(ask.key)
            following = await self._one(collector, query, ask)
            if following is None and not ask.alone:
                return
            asks.extend(following or ())

    def _prepared(self) -> tuple[Collector, Query]:
        try:
            found = collector(self.source.kind)
            options = found.options.model_validate(self.source.options)
        except KeyError as error:
            remedy = "Run `minyi check` for the kinds there are."
            raise CollectorFault(
                f'"{self.source.kind}" is no collector.', where=self.source.name, remedy=remedy
            ) from error
        except ValidationError as error:
            what = "; ".join(f"{'.'.join(map(str, line['loc']))}: {line['msg']}" for line in error.errors())
            raise CollectorFault(f"The options are wrong: {what}.", where=self.source.name) from error
        return found, Query(options, self._setting.zone, self._setting.reference)

    async def _one(self, collector: Collector, query: Query, ask: Ask) -> list[Ask] | None:
        """Fetch, read and hand over one response: what to ask for next, or None if it failed."""
        self.result.asked += 1
        self._tell()
        try:
            raw = await self._fetch(ask)
        except Exception as error:  # noqa: BLE001  as above
            self._fail(error, ask.key)
            return None
        self.result.fetched += 1
        failures = len(self.result.failures)
        following: list[Ask] = []
        for parsed in self._read(_pages(collector, raw, query), ask):
            self._keep(parsed, raw.capture)
            following.extend(parsed.next)
            await asyncio.sleep(0)  # the other sources' deadlines must not wait for a long file
        return following if len(self.result.failures) == failures else None

    async def _fetch(self, ask: Ask) -> Raw:
        if isinstance(ask, Request):
            return Raw(ask, capture=await self._door.fetch(ask))
        path = local_path(self._setting.folder, ask.path)
        if ask.whole:
            return Raw(ask, capture=read_local(path, ask.path, self._door.settings.cap_bytes), path=path)
        return Raw(ask, path=path)

    def _read(self, pages: Iterator[Parsed], ask: Ask) -> Iterator[Parsed]:
        """The pages of a response; a failure on the way is noted and ends them."""
        while True:
            try:
                parsed = next(pages, None)
            except Exception as error:  # noqa: BLE001  as above
                self._fail(error, ask.key)
                return
            if parsed is None:
                return
            yield parsed

    def _keep(self, parsed: Parsed, capture: Capture | None) -> None:
        """Hand a page over and count it."""
        page, result = parsed.page, self.result
        result.warnings.extend(parsed.problems)
        if page == Page() and parsed.cursor is None:
            return
        new, known = self._setting.sink(self.source, page, capture)
        result.pages += 1
        result.articles += len(page.articles)
        result.comments += len(page.comments)
        result.rejects += len(page.rejects)
        result.new += new
        result.known += known
        result.declared_total = page.declared_total if page.declared_total is not None else result.declared_total
        result.cursor = parsed.cursor or result.cursor
        self._tell()

    def _fail(self, error: Exception, where: str) -> None:
        self.result.failures.append(error if isinstance(error, MinyiError) else _fault(error, where))
        self._tell()

    def _tell(self) -> None:
        if self._setting.progress:
            self._setting.progress(self.result)


def _pages(collector: Collector, raw: Raw, query: Query) -> Iterator[Parsed]:
    """What the collector reads, started only when the first page is asked for."""
    yield from collector.parse(raw, query)


def _fault(error: Exception, where: str) -> CollectorFault:
    what = f"The collector failed ({type(error).__name__})."
    fault = CollectorFault(what, where=shown(where), remedy="Please report it, with the page or file if you can.")
    fault.__cause__ = error
    return fault
