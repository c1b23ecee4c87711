"""One source being collected: its asks one after the other, each answer kept with what it changes of the state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from scrapers.budget import Budget
from scrapers.errors import (
    AuthNeeded,
    BadResponse,
    CollectorError,
    CollectorFault,
    RateLimited,
    Transient,
)
from scrapers.failures import as_it_came, lasts, left_for_good, no_host, nothing_came, out_of_time, retry_at, reverts
from scrapers.faults import fault_of
from scrapers.frontier import Frontier, key_of, merged, read_back, sendable, state_digest
from scrapers.local import local_path, read_local
from scrapers.pace import asked_to_wait
from scrapers.protocol import Parsed, Query, Raw, Request
from scrapers.redact import shown
from scrapers.results import SourceResult
from scrapers.sites import collector
from storage.errors import MinyiError
from storage.nouns import Page
from storage.state import Fetched, SourceState, Step, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from scrapers.fetch import Door
    from scrapers.keys import Keyring
    from scrapers.protocol import Ask, Collector
    from scrapers.results import Keeper
    from storage.nouns import Capture, SourceSpec, Study

MOST_TRIES = 3
MOST_SILENCES = 5  # failures in a row that look like a site that is down: each may take a whole deadline
_NOT_MODIFIED = 304


class Setting(NamedTuple):
    """What all sources of a run share."""

    study: Study
    reference: datetime
    folder: Path
    keeper: Keeper
    keyring: Keyring
    door: Door
    progress: Callable[[SourceResult], None] | None
    budget_s: float = inf


@dataclass(slots=True)
class _Answer:
    """How reading an answer goes: how many items came, and what went wrong."""

    items: int = 0
    error: Exception | None = None


@dataclass(slots=True)
class SourceRun:
    """One source of a run."""

    source: SourceSpec
    setting: Setting
    result: SourceResult = field(init=False)
    _collector: Collector = field(init=False)
    _query: Query = field(init=False)
    _state: SourceState = field(init=False, default_factory=SourceState)
    _frontier: Frontier = field(init=False, default_factory=Frontier)
    _tries: dict[str, int] = field(init=False, default_factory=dict)
    _failed: set[str] = field(init=False, default_factory=set)
    _silences: int = field(init=False, default=0)
    _budget: Budget = field(init=False, default_factory=Budget)

    def __post_init__(self) -> None:
        self.result = SourceResult(self.source.name, self.source.kind)

    async def run(self) -> None:
        """What an earlier run left, and then everything the collector wants, page after page."""
        self._budget = Budget(self.setting.budget_s)
        try:
            self._prepare()
        except Exception as error:  # noqa: BLE001  a collector's own mistake must not stop the other sources
            self._fail(error, self.source.name)
        else:
            self._begin()
            if await self._came_to_its_end():
                self._keep(Page(), Step(settles=True), None, Request(""))
        self.result.end()
        self._tell()

    async def _came_to_its_end(self) -> bool:
        if self._asked_to_wait():
            return False
        return await self._drained(self._left_over()) and await self._drained(self._started)

    def _prepare(self) -> None:
        """The collector and what it is asked.

        Raises:
            CollectorFault: there is no such collector, or its options are wrong.
        """
        try:
            self._collector = collector(self.source.kind)
            options = self._collector.options.model_validate(self.source.options)
        except KeyError as error:
            remedy = "Run `minyi sources` for the kinds there are."
            raise CollectorFault(
                f'"{self.source.kind}" is no collector.', where=self.source.name, remedy=remedy
            ) from error
        except ValidationError as error:
            what = "; ".join(f"{'.'.join(map(str, line['loc']))}: {line['msg']}" for line in error.errors())
            raise CollectorFault(f"The options are wrong: {what}.", where=self.source.name) from error
        study = self.setting.study
        start_ms, end_ms = study.window_ms
        self._query = Query(options, study.zone, self.setting.reference, start_ms, end_ms)

    def _begin(self) -> None:
        digest = state_digest(self._collector, self._query.options)
        self._state = self.setting.keeper.begin(self.source, digest)
        self.result.cursor = self._state.cursor
        self._tries = {waiting.key: waiting.tries for waiting in self._state.waiting}
        named = {source.name for source in self.setting.study.sources}
        for other in self._state.alike:
            which = "" if other in named else ", which the study file no longer names"
            self.result.warn(f"It asks the very same as “{other}”{which}; what both gave counts twice.")

    def _asked_to_wait(self) -> bool:
        """Whether an earlier run was told to come back later than now; then nothing is asked."""
        until = self._state.asked_to_wait
        if until is None or until <= self.setting.reference.timestamp() * 1000:
            return False
        self._fail(asked_to_wait(datetime.fromtimestamp(until / 1000, UTC), self.source.name), self.source.name)
        return True

    def _left_over(self) -> Callable[[], Iterable[Ask]]:
        """What the last run left; asks that another version wrote and that cannot be read any more are passed over."""

        def asks() -> Iterator[Ask]:
            for waiting in self._state.waiting:
                try:
                    ask = read_back(waiting.ask)
                except (ValueError, TypeError, KeyError):
                    self._keep(Page(), Step(done=waiting.key), None, Request(""))
                    continue
                self.result.resumed += 1
                yield ask

        return asks

    def _started(self) -> Iterable[Ask]:
        return self._collector.start(self._query, self.result.cursor)

    async def _drained(self, begin: Callable[[], Iterable[Ask]]) -> bool:
        """Make these asks and all that follow from them; whether the source came to its end."""
        self._frontier = Frontier()
        try:
            self._add(begin())
        except Exception as error:  # noqa: BLE001  as above
            self._fail(error, self.source.name)
            return False
        while (ask := self._frontier.take()) is not None:
            self.result.waiting = len(self._frontier) + 1
            if not await self._one(ask) and (self._stopped or not ask.alone):
                return False
            if self._out_of_time():
                return False
        self.result.waiting = 0
        for key in self._frontier.repeated:
            self.result.warn(f"{shown(key)}: asked for twice; left out the second time.")
        return True

    def _out_of_time(self) -> bool:
        """Whether the budget is used up and something is left to ask; that is kept, and the next run begins with it."""
        if not self._budget.used_up or not len(self._frontier):
            return False
        self._keep(Page(), Step(waiting=self._frontier.left()), None, Request(""))
        self._fail(out_of_time(self.setting.budget_s, len(self._frontier)), self.source.name)
        return True

    def _add(self, asks: Iterable[Ask]) -> tuple[Waiting, ...]:
        """Take in asks, but for pages that need not be fetched again, and what failed in this run already."""
        wanted = []
        for ask in asks:
            if not sendable(ask):
                self._fail(BadResponse("A page names an address that cannot be asked for.", where=shown(ask.key)), "")
            elif isinstance(ask, Request) and ask.again == "never" and ask.url in self._state.fetched:
                self.result.skipped += 1
            elif key_of(ask) not in self._failed:
                wanted.append(ask)
        return self._frontier.add(wanted)

    async def _one(self, ask: Ask) -> bool:
        """Fetch, read and keep one answer; whether all went well."""
        self.result.asked += 1
        self._tell()
        try:
            raw = await self._fetch(ask)
        except TimeoutError:  # of the budget: nothing is wrong with this ask, and the next run begins with it
            self._frontier.put_back(ask)
            return True
        except Exception as error:  # noqa: BLE001  as above
            self._refused(error, ask)
            return False
        self.result.fetched += 1
        self._silences = 0
        if raw.capture is not None and raw.capture.status == _NOT_MODIFIED:
            self.result.unchanged += 1
            self._keep(Page(), Step(done=key_of(ask)), None, ask)
            return True
        return await self._read(raw)

    async def _fetch(self, ask: Ask) -> Raw:
        if isinstance(ask, Request):
            try:
                total_s = self.setting.door.settings.total_s if ask.total_s is None else ask.total_s
                return Raw(ask, capture=await self._budget.wait(self._answer(ask), total_s))
            finally:
                wait = self.setting.door.wait_for(ask.url)
                self.result.next_at = datetime.now(UTC) + timedelta(seconds=wait)
        path = local_path(self.setting.folder, ask.path)
        if ask.whole:
            return Raw(ask, capture=read_local(path, ask.path, self.setting.door.settings.cap_bytes), path=path)
        return Raw(ask, path=path)

    async def _answer(self, ask: Request) -> Capture:
        """The answer to a request with its key; a token that is over is renewed once."""
        door, keyring = self.setting.door, self.setting.keyring
        polite = self._polite(ask)
        try:
            return await door.fetch(await keyring.dress(polite, self._collector, door.fetch))
        except AuthNeeded:
            if not keyring.forget(self._collector):
                raise
        return await door.fetch(await keyring.dress(polite, self._collector, door.fetch))

    def _polite(self, ask: Request) -> Request:
        """The request with the collector's own pause, and with what its URL's server said last time."""
        headers = dict(ask.headers)
        if ask.again == "if changed" and (known := self._state.fetched.get(ask.url)):
            headers |= {"if-none-match": known.etag} if known.etag else {}
            headers |= {"if-modified-since": known.last_modified} if known.last_modified else {}
        pause = max(ask.min_interval_s, self._collector.min_interval_s)
        return replace(ask, headers=headers, min_interval_s=pause)

    async def _read(self, raw: Raw) -> bool:
        """Read an answer and keep its pages, the last with the fact that the ask is answered; whether all went well."""
        answer = _Answer()
        for parsed, last in self._pages(raw, answer):
            if last and self._vanished(parsed, raw.ask, answer):
                answer.error = nothing_came(raw)
                break
            step = self._step_of(parsed, raw, answer, last=last)
            if step is None:
                break
            self._kept(parsed, step, raw)
            await asyncio.sleep(0)  # the other sources' deadlines must not wait for a long file
        if answer.error is None:
            return True
        self._put_off(answer.error, raw.ask, as_it_came(raw.capture, answer.error))
        return False

    def _pages(self, raw: Raw, answer: _Answer) -> Iterator[tuple[Parsed, bool]]:
        """What the collector reads, and whether it is the last; at least one page, even if nothing is on it."""
        held = None
        try:
            pages = map(_checked, self._collector.parse(raw, query_at(self._query, raw.capture)))
            held = next(pages, None) or Parsed()
            while held is not None:
                following = next(pages, None)
                yield held, following is None
                held = following
        except Exception as error:  # noqa: BLE001  as above
            answer.error = error
            if held is not None:
                yield held, False

    def _vanished(self, parsed: Parsed, ask: Ask, answer: _Answer) -> bool:
        """Whether nothing came where there used to be items."""
        expects = isinstance(ask, Request) and ask.expects and self._state.had_items
        return expects and answer.items + parsed.page.items == 0 and not parsed.next

    def _step_of(self, parsed: Parsed, raw: Raw, answer: _Answer, *, last: bool) -> Step | None:
        """What a page changes of the state: its cursor and what it asks for next; None where the collector erred."""
        try:
            answer.items += parsed.page.items
            for problem in parsed.problems:
                self.result.warn(problem)
            following = self._add(parsed.next)
            cursor = merged(self.result.cursor, parsed.cursor) if parsed.cursor is not None else None
        except Exception as error:  # noqa: BLE001  as above
            answer.error = error
            return None
        self.result.waiting = len(self._frontier)
        done = self._done(raw, whole=parsed.whole) if last else Step()
        return replace(done, cursor=cursor, waiting=following)

    def _kept(self, parsed: Parsed, step: Step, raw: Raw) -> None:
        """Keep one page with its step."""
        if parsed.page != Page() or step != Step():
            self._keep(parsed.page, step, raw.capture, raw.ask)
        self.result.cursor = step.cursor or self.result.cursor

    def _done(self, raw: Raw, *, whole: bool) -> Step:
        """The ask is answered; an answer that was not whole is never "not modified" the next time."""
        capture, ask = raw.capture, raw.ask
        if capture is None or not isinstance(ask, Request) or ask.again == "always":
            return Step(done=key_of(ask))
        names = ("etag", "last-modified") if whole else ()
        said = Fetched(ask.url, *(_legal(capture.headers.get(name, "")) for name in names))
        return Step(done=key_of(ask), fetched=said)

    def _keep(self, page: Page, step: Step, capture: Capture | None, ask: Ask) -> None:
        saved = self.setting.keeper.keep(self.source, page, step, capture, ask)
        if step.fetched is not None:
            self._state.fetched[step.fetched.url] = step.fetched
        if page != Page():
            self.result.count(page, saved)
        self._tell()

    @property
    def _stopped(self) -> bool:
        """Whether the last failure is one that every further request would meet."""
        last = self.result.failures[-1] if self.result.failures else None
        refused = isinstance(last, AuthNeeded) and self._collector.key is not None
        return refused or isinstance(last, RateLimited) or self._silences >= MOST_SILENCES

    def _refused(self, error: Exception, ask: Ask) -> None:
        """A request that failed: what the service says about it counts more than the status."""
        capture = error.capture if isinstance(error, CollectorError) else None
        if capture is not None and capture.complete:
            try:
                error = self._collector.refused(capture) or error
            except Exception as fault:  # noqa: BLE001  as above
                error = fault
        self._put_off(error, ask, None if capture is None or capture.complete else capture)

    def _put_off(self, error: Exception, ask: Ask, capture: Capture | None) -> None:
        """Note a failure; what was left by an earlier page stays for the next run where asking again may help."""
        self._silences = self._silences + 1 if isinstance(error, Transient) or no_host(error) else 0
        self._fail(error, ask.key)
        if self._stopped:  # nothing is wrong with this ask: it is not counted as tried
            self._keep(Page(), Step(asked_to_wait=retry_at(error)), capture, ask)
            return
        key = key_of(ask)
        tries = self._tries.get(key, 0) + 1
        lasting = lasts(error)
        if tries >= MOST_TRIES and not lasting:
            self.result.warn(f"{shown(ask.key)}: given up after {tries} runs.")
            lasting = True
        self._failed.add(key)
        if not lasting:
            self._keep(Page(), Step(tried=key), capture, ask)
            return
        # A chain of pages that breaks loses what is older: the next run starts where the source last came to its end.
        self._keep(Page(), replace(left_for_good(ask), done=key, reverts=reverts(ask)), capture, ask)
        self.result.waiting = len(self._frontier)
        self.result.cursor = self._state.settled if reverts(ask) else self.result.cursor

    def _fail(self, error: Exception, where: str) -> None:
        self.result.failures.append(error if isinstance(error, MinyiError) else fault_of(error, where))
        self._tell()

    def _tell(self) -> None:
        if self.setting.progress:
            self.setting.progress(self.result)


def _legal(validator: str) -> str:
    """An ETag or a date as it may be sent back; one with characters that no header may hold is not used."""
    validator = validator.strip()
    return validator if validator.isascii() and validator.isprintable() else ""


def _checked(parsed: Parsed) -> Parsed:
    if not isinstance(parsed, Parsed):
        raise TypeError("a collector's parse gives Parsed")
    return parsed


def query_at(query: Query, capture: Capture | None) -> Query:
    """The query as an answer is read by: "5 minutes ago" counts from when it was fetched, in every later parse too."""
    if capture is None:
        return query
    return replace(query, reference=datetime.fromtimestamp(capture.fetched_at / 1000, UTC))
