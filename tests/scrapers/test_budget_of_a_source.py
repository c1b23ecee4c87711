"""A slow answer overruns a source's budget by the time of one request at most; the next run asks for it again."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from scrapers.budget import Budget
from scrapers.fetch import Door
from scrapers.protocol import Ask, Collector, Cursor, Options, Parsed, Query, Raw, Request
from scrapers.results import Saved
from scrapers.runner import collect
from storage.nouns import Change, Page, SourceSpec, Study, Wording
from storage.state import SourceState, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scrapers.results import SourceResult

FAR = 30.0


class Listed(Collector):
    """Three pages, one after the other."""

    name: ClassVar[str] = "listed"
    summary: ClassVar[str] = "Three pages."

    class options(Options):  # noqa: N801  the protocol's name
        url: str

    def start(self, query: Query, _cursor: Cursor | None) -> Sequence[Ask]:
        return [Request(f"{query.options.url}/{n}") for n in (1, 2, 3)]  # type: ignore[attr-defined]

    def parse(self, raw: Raw, _query: Query) -> Iterable[Parsed]:
        yield Parsed(Page(comments=[{"ext_id": raw.ask.key, "text": "停车费太高了"}]))


class Keeper:
    """Remembers which asks were answered, tried, and left."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def begin(self, _source: SourceSpec, _digest: str) -> SourceState:
        return SourceState()

    def keep(self, _source: Any, page: Page, step: Step, _capture: Any, _ask: Any) -> Saved:
        self.steps.append(step)
        return Saved(page.items, 0)


@pytest.fixture
def collected(
    monkeypatch: pytest.MonkeyPatch, site: Any, say: Any, quick: Any, replaced: Any
) -> Callable[..., tuple[SourceResult, Keeper, float]]:
    """A run of the three pages with these settings: how it went, what was kept, and how many seconds it took."""
    monkeypatch.setattr("scrapers.source_run.collector", lambda _: Listed())
    for n in (1, 2, 3):
        site.pages.setdefault(f"/{n}", say(b"fine"))

    def run(budget_s: float, **settings: Any) -> tuple[SourceResult, Keeper, float]:
        words, keeper, began = Wording(en="Fee"), Keeper(), time.monotonic()
        source = SourceSpec(name="listed", kind="listed", options={"url": site.url})
        study = Study(id="s", change=Change(name=words, statement=words), sources=(source,))
        (result,) = collect(study, replaced(quick, **settings), keeper=keeper, environment={}, budget_s=budget_s)
        return result, keeper, time.monotonic() - began

    return run


def assert_given_up_at_the_second(result: SourceResult, keeper: Keeper) -> None:
    assert [type(failure).__name__ for failure in result.failures] == ["OutOfTime"]
    assert "2 more to ask" in str(result.failures[0])
    assert [step.tried for step in keeper.steps if step.tried] == []
    assert len([step for step in keeper.steps if step.done]) == 1
    assert [len(step.waiting) for step in keeper.steps if step.waiting] == [2]


def test_a_site_that_asks_for_long_pauses_is_left_when_the_time_is_up(
    collected: Callable[..., Any], site: Any, say: Any
) -> None:
    site.pages["/2"] = say(b"busy", status="429 Too Many Requests", Retry_After="30")
    result, keeper, took_s = collected(0.2, total_s=0.3)
    assert_given_up_at_the_second(result, keeper)
    assert took_s < 5
    assert site.asked == ["/1", "/2"]


def test_a_pause_between_requests_is_not_sat_out_beyond_it(collected: Callable[..., Any], site: Any) -> None:
    result, keeper, took_s = collected(0.2, total_s=0.3, min_interval_s=FAR)
    assert_given_up_at_the_second(result, keeper)
    assert took_s < 5
    assert site.asked == ["/1"]


def test_an_answer_that_comes_within_the_time_of_one_request_is_taken(
    collected: Callable[..., Any], site: Any, say: Any
) -> None:
    result, keeper, _ = collected(0.0, total_s=10.0)
    assert (result.fetched, len([step for step in keeper.steps if step.done])) == (1, 1)


def test_without_a_budget_nothing_is_given_up(collected: Callable[..., Any]) -> None:
    result, _, _ = collected(float("inf"), total_s=5.0, min_interval_s=0.1)
    assert (result.fetched, result.failures) == (3, [])


def test_a_door_that_was_left_lets_the_next_one_in(quick: Any, replaced: Any, site: Any, say: Any) -> None:
    """Another source of the same host may ask, although the first was given up while it waited for its turn."""
    site.pages["/"] = say(b"fine")

    async def two() -> bytes:
        async with Door(replaced(quick, min_interval_s=0.3)) as door:
            await door.fetch(Request(f"{site.url}/"))
            with pytest.raises(TimeoutError):
                await Budget(0.0).wait(door.fetch(Request(f"{site.url}/")), 0.05)
            return (await door.fetch(Request(f"{site.url}/"))).body

    assert asyncio.run(two()) == b"fine"
