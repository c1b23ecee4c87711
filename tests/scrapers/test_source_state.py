"""What a source remembers from run to run: what it left, where it goes on, what it need not fetch again."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from scrapers.errors import AuthNeeded, Blocked, NotFound, RateLimited, SchemaDrift, Transient
from scrapers.frontier import state_digest
from scrapers.protocol import Collector, Options, Parsed, Query, Raw, Request
from scrapers.results import Saved, SourceResult
from scrapers.runner import collect
from storage.nouns import Capture, Change, Page, SourceSpec, Study, Wording
from storage.state import Fetched, SourceState, Step, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scrapers.errors import CollectorError
    from scrapers.fetch import FetchSettings
    from scrapers.protocol import Ask, Cursor


class Killed(BaseException):
    """The process dies."""


@dataclass
class Memory:
    """A store in memory, which keeps a page and its step together, and may die before any of them."""

    state: SourceState = field(default_factory=SourceState)
    ids: list[str] = field(default_factory=list)
    cut: list[Capture] = field(default_factory=list)
    dies_before: int = 10**9
    steps: int = 0

    def begin(self, _source: SourceSpec, _digest: str) -> SourceState:
        return self.state

    def keep(self, _source: SourceSpec, page: Page, step: Step, capture: Capture | None, _ask: Ask) -> Saved:
        self.steps += 1
        if self.steps == self.dies_before:
            raise Killed
        before = self.state
        left = [waiting for waiting in before.waiting if waiting.key != step.done]
        left = [waiting._replace(tries=waiting.tries + (waiting.key == step.tried)) for waiting in left]
        self.state = SourceState(
            cursor=step.cursor or before.cursor,
            waiting=(*left, *step.waiting),
            fetched=before.fetched | ({step.fetched.url: step.fetched} if step.fetched else {}),
            had_items=before.had_items or page.items > 0,
            asked_to_wait=step.asked_to_wait or before.asked_to_wait,
            settled=before.settled,
        )
        if step.settles:
            self.state = dataclasses.replace(self.state, settled=self.state.cursor)
        if step.reverts:
            self.state = dataclasses.replace(self.state, cursor=before.settled)
        if capture is not None and not capture.complete:
            self.cut.append(capture)
        ids = [row["ext_id"] for row in page.comments]
        new = [ext_id for ext_id in ids if ext_id not in self.ids]
        self.ids += new
        return Saved(len(new), len(ids) - len(new))


class Threads(Collector):
    """A listing in pages, each naming threads of comments."""

    name: ClassVar[str] = "threads"
    summary: ClassVar[str] = "Threads."

    class options(Options):  # noqa: N801  the protocol's name
        url: str
        again: str = "always"

    def start(self, query: Query, cursor: Cursor | None) -> Sequence[Ask]:
        options: Any = query.options
        return [Request(f"{options.url}/list/1", expects=cursor is None, again=options.again)]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        options: Any = query.options
        assert raw.capture
        said = json.loads(raw.capture.body)
        if said.get("drift"):
            raise SchemaDrift("Changed.", path="threads")
        following: list[Ask] = [Request(f"{options.url}{path}", alone=True, again="never") for path in said["threads"]]
        following += [Request(f"{options.url}{path}") for path in said.get("next", [])]
        rows: Any = [{"ext_id": item, "text": "x"} for item in said.get("items", [])]
        yield Parsed(Page(comments=rows), next=tuple(following), cursor=said.get("cursor"))

    def refused(self, capture: Capture) -> CollectorError | None:
        return RateLimited("The day's quota is used up.") if b"quota" in capture.body else None


@pytest.fixture
def forum(monkeypatch: pytest.MonkeyPatch, site: Any, say: Any) -> Any:
    """Three list pages, each naming two threads of two comments."""
    monkeypatch.setattr("scrapers.source_run.collector", lambda _kind: Threads())

    def answer(**said: Any) -> bytes:
        return bytes(say(json.dumps(said).encode(), media="application/json"))

    for number in (1, 2, 3):
        threads = [f"/t/{number}{letter}" for letter in "ab"]
        more = {"next": [f"/list/{number + 1}"]} if number < 3 else {}
        site.pages[f"/list/{number}"] = answer(threads=threads, cursor=f"c{number}", **more)
        for thread in threads:
            site.pages[thread] = answer(threads=[], items=[f"{thread}-1", f"{thread}-2"])
    site.answer = answer
    return site


@pytest.fixture
def run(quick: FetchSettings, forum: Any) -> Callable[..., SourceResult]:
    def run_once(memory: Memory, **options: Any) -> SourceResult:
        words = Wording(en="Parking fee")
        spec = SourceSpec(name="forum", kind="threads", options={"url": forum.url, **options})
        study = Study(id="parking", change=Change(name=words, statement=words), sources=(spec,))
        return collect(study, quick, keeper=memory, environment={}, folder=Path())[0]

    return run_once


ALL = {f"/t/{number}{letter}-{place}" for number in (1, 2, 3) for letter in "ab" for place in (1, 2)}


@pytest.mark.parametrize("dies_before", range(1, 11))
def test_killed_before_any_page_the_next_run_loses_nothing_and_asks_for_nothing_twice(
    run: Any, forum: Any, dies_before: int
) -> None:
    memory = Memory(dies_before=dies_before)
    try:
        run(memory)
    except Killed:
        memory.dies_before = 10**9
        before = len(forum.asked)
        resumed = run(memory)
        assert resumed.resumed == (0 if dies_before == 1 else resumed.resumed)
        assert len(forum.asked) - before <= 9 + 4  # what was left, and the listing looked at anew
    assert set(memory.ids) == ALL
    assert len(memory.ids) == len(ALL)
    assert memory.state.waiting == ()


def test_a_thread_fetched_before_is_not_fetched_again(run: Any, forum: Any) -> None:
    memory = Memory()
    run(memory)
    forum.seen.clear()
    second = run(memory)
    assert forum.asked == ["/list/1", "/list/2", "/list/3"]
    assert (second.new, second.skipped, second.error) == (0, 6, None)


def test_an_unchanged_list_is_not_read_again(run: Any, forum: Any, say: Any) -> None:
    memory = Memory()
    forum.pages["/list/1"] = forum.pages["/list/1"].replace(b"HTTP/1.1 200 OK", b'HTTP/1.1 200 OK\r\nETag: "v1"')
    run(memory, again="if changed")
    assert memory.state.fetched[f"{forum.url}/list/1"] == Fetched(f"{forum.url}/list/1", '"v1"', "")
    forum.pages["/list/1"] = say(b"", status="304 Not Modified")
    forum.seen.clear()
    second = run(memory, again="if changed")
    assert forum.asked == ["/list/1"]
    assert 'if-none-match: "v1"' in forum.seen[0].lower()
    assert (second.unchanged, second.new, second.error) == (1, 0, None)


def test_a_dead_thread_stops_no_other_and_is_not_asked_for_for_ever(run: Any, forum: Any) -> None:
    memory = Memory()
    del forum.pages["/t/1a"]
    result = run(memory)
    assert isinstance(result.error, NotFound)
    assert set(memory.ids) == ALL - {"/t/1a-1", "/t/1a-2"}
    assert memory.state.waiting == ()


def test_a_dead_thread_that_its_list_keeps_naming_is_asked_for_once(run: Any, forum: Any) -> None:
    memory = Memory()
    del forum.pages["/t/1a"]
    for _ in range(3):
        run(memory)
    assert forum.asked.count("/t/1a") == 1


def test_what_failed_for_now_is_asked_for_once_a_run_though_its_list_names_it_again(
    run: Any, forum: Any, say: Any
) -> None:
    memory = Memory()
    forum.pages["/t/1a"] = say(b"", status="500 Internal Server Error")
    for _ in range(5):
        run(memory)
    attempts = 3  # of each request
    assert forum.asked.count("/t/1a") == 3 * attempts


def test_what_failed_for_now_is_asked_for_again_in_later_runs_and_given_up_after_three(
    run: Any, forum: Any, say: Any
) -> None:
    memory = Memory()
    forum.pages["/t/2b"] = say(b"", status="500 Internal Server Error")
    forum.pages["/list/1"] = [forum.pages["/list/1"], forum.answer(threads=[])]
    assert isinstance(run(memory).error, Transient)
    assert [json.loads(waiting.ask)["url"] for waiting in memory.state.waiting] == [f"{forum.url}/t/2b"]
    assert run(memory).resumed == 1
    third = run(memory)
    assert any("given up after 3 runs" in warning for warning in third.warnings)
    assert memory.state.waiting == ()


def test_a_listing_that_changed_its_shape_stops_its_source_and_keeps_its_cursor(run: Any, forum: Any) -> None:
    memory = Memory()
    good, forum.pages["/list/2"] = forum.pages["/list/2"], forum.answer(threads=[], drift=True)
    stopped = run(memory)
    assert isinstance(stopped.error, SchemaDrift)
    assert memory.state.cursor == "c1"
    forum.pages["/list/2"] = good
    mended = run(memory)
    assert (mended.error, set(memory.ids)) == (None, ALL)


def test_nothing_where_there_used_to_be_items_is_drift(run: Any, forum: Any) -> None:
    forum.pages["/list/1"] = forum.answer(threads=[], items=[])
    first = run(Memory())
    assert first.error is None, "a source that never gave anything may be empty"
    later = run(Memory(state=SourceState(had_items=True)))
    assert isinstance(later.error, SchemaDrift)
    assert "used to be" in str(later.error)


def test_a_body_that_broke_off_is_kept_as_incomplete_and_never_read(run: Any, forum: Any) -> None:
    memory = Memory()
    whole = forum.pages["/t/1a"]
    forum.pages["/t/1a"] = whole.replace(b"Content-Length: ", b"X-Cut: 1\r\nContent-Length: 9")
    run(memory)
    assert [capture.complete for capture in memory.cut] == [False]
    assert "/t/1a-1" not in memory.ids


def test_what_a_service_says_about_a_refusal_counts_more_than_its_status(run: Any, forum: Any, say: Any) -> None:
    forum.pages["/list/1"] = say(b'{"error": "quota"}', status="403 Forbidden")
    assert isinstance(run(Memory()).error, RateLimited)
    forum.pages["/list/1"] = say(b"no", status="403 Forbidden")
    assert isinstance(run(Memory()).error, Blocked)
    forum.pages["/list/1"] = say(b"no", status="401 Unauthorized")
    assert isinstance(run(Memory()).error, AuthNeeded)


def test_a_quota_that_is_used_up_ends_the_run_and_costs_no_ask_its_tries(run: Any, forum: Any, say: Any) -> None:
    memory = Memory()
    kept = forum.pages["/t/1a"]
    forum.pages["/t/1a"] = say(b'{"error": "quota"}', status="403 Forbidden")
    for _ in range(4):
        result = run(memory)
        assert isinstance(result.error, RateLimited)
    assert forum.asked.count("/t/1b") == 0
    assert [waiting.tries for waiting in memory.state.waiting] == [0, 0, 0]
    forum.pages["/t/1a"] = kept
    run(memory)
    assert set(memory.ids) == ALL


def test_a_site_that_is_down_is_left_after_five_failures_in_a_row(run: Any, forum: Any, say: Any) -> None:
    memory = Memory()
    threads = [f"/t/dead-{number}" for number in range(20)]
    forum.pages["/list/1"] = forum.answer(threads=threads)
    for thread in threads:
        forum.pages[thread] = say(b"", status="503 Service Unavailable")
    result = run(memory)
    assert len(result.failures) == 5
    assert len(memory.state.waiting) == 20


def test_a_chain_of_pages_that_breaks_for_good_starts_again_from_where_all_was_well(run: Any, forum: Any) -> None:
    memory = Memory()
    page = forum.pages.pop("/list/2")
    broken = run(memory)
    assert (memory.state.cursor, broken.waiting) == (None, 0)
    forum.pages["/list/2"] = page
    assert run(memory).error is None
    assert set(memory.ids) == ALL
    assert memory.state.settled == "c3"


def test_a_chain_that_stops_no_other_ask_goes_back_as_well_when_it_breaks(
    run: Any, forum: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = Threads.parse

    def alone(self: Threads, raw: Raw, query: Query) -> Iterator[Parsed]:
        for parsed in parse(self, raw, query):
            asks = [dataclasses.replace(ask, alone=True, chain="/list/" in ask.url) for ask in parsed.next]  # type: ignore[union-attr, type-var]
            yield dataclasses.replace(parsed, next=tuple(asks))

    monkeypatch.setattr(Threads, "parse", alone)
    memory = Memory()
    del forum.pages["/list/2"]
    run(memory)
    assert memory.state.cursor is None


def test_one_day_of_refusals_loses_no_page(run: Any, forum: Any, say: Any) -> None:
    memory = Memory()
    kept = forum.pages["/t/1a"]
    forum.pages["/t/1a"] = say(b"not today", status="403 Forbidden")
    run(memory)
    forum.pages["/t/1a"] = kept
    run(memory)
    assert set(memory.ids) == ALL


@pytest.mark.parametrize("etag", ['"v1" \x01', '"中"', "\x7f"])
def test_a_validator_that_no_header_may_hold_is_not_sent(run: Any, forum: Any, etag: str) -> None:
    memory = Memory()
    head = b"HTTP/1.1 200 OK"
    forum.pages["/list/1"] = forum.pages["/list/1"].replace(head, head + b"\r\nETag: " + etag.encode())
    run(memory, again="if changed")
    assert run(memory, again="if changed").error is None


@pytest.mark.parametrize("end", [0xD800, 0, 10, "x" * 9_000], ids=["surrogate", "nul", "line break", "too long"])
def test_an_address_nobody_can_ask_for_is_a_failure_of_its_own_source(run: Any, forum: Any, end: Any) -> None:
    path = "/more/" + (end if isinstance(end, str) else chr(end))
    forum.pages["/list/3"] = forum.answer(threads=[], next=[path], items=["x"])
    memory = Memory()
    result = run(memory)
    assert any("cannot be asked for" in str(failure) for failure in result.failures)
    assert "x" in memory.ids


def test_warnings_beyond_fifty_are_counted() -> None:
    result = SourceResult("forum", "threads")
    for number in range(70):
        result.warn(f"odd {number}")
    result.end()
    assert len(result.warnings) == 51
    assert "20 more" in result.warnings[-1]


def test_a_site_that_named_a_time_to_come_back_is_not_asked_before_it(run: Any, forum: Any, say: Any) -> None:
    memory = Memory()
    forum.pages["/list/1"] = say(b"", status="429 Too Many Requests", Retry_After="7200")
    first = run(memory)
    asked = len(forum.asked)
    second = run(memory)
    assert len(forum.asked) == asked
    assert isinstance(first.error, RateLimited)
    assert isinstance(second.error, RateLimited)
    assert str(second.error.remedy) == str(first.error.remedy)
    memory.state = dataclasses.replace(memory.state, asked_to_wait=1)
    run(memory)
    assert len(forum.asked) > asked


def test_a_source_that_asks_the_same_as_another_is_warned_of(run: Any, forum: Any) -> None:
    result = run(Memory(state=SourceState(alike=("old name",))))
    assert any("old name" in warning and "no longer names" in warning for warning in result.warnings)


def test_an_ask_of_another_version_is_passed_over(run: Any, forum: Any) -> None:
    odd = tuple(
        Waiting(str(at), text) for at, text in enumerate(['{"url": "x", "colour": 1}', "[]", "{", '{"file": 3}'])
    )
    memory = Memory(state=SourceState(waiting=odd))
    assert run(memory).error is None
    assert memory.state.waiting == ()


def test_other_options_or_another_shape_begin_anew() -> None:
    here, there = Threads.options(url="https://a.example"), Threads.options(url="https://b.example")
    newer = type("Newer", (Threads,), {"schema_version": "2"})()
    assert len({state_digest(Threads(), here), state_digest(Threads(), there), state_digest(newer, here)}) == 3
    assert state_digest(Threads(), here) == state_digest(Threads(), Threads.options(url="https://a.example"))
