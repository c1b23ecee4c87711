"""Half an answer whose length says that it is whole: what is lost of it today comes tomorrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from scrapers.errors import Truncated
from scrapers.runner import collect
from storage.nouns import Capture, Change, Page, SourceSpec, Study, Wording
from storage.state import SourceState, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from world import World

    from scrapers.fetch import FetchSettings
    from scrapers.results import Saved, SourceResult

ITEMS = [f"<item><guid>{i}</guid><description>said {i}</description></item>" for i in range(1, 5)]
FEED = f'<rss version="2.0"><channel><title>Wire</title>{"".join(ITEMS)}</channel></rss>'.encode()


@dataclass
class Memory:
    """What was handed over, and what is remembered of the feed."""

    state: SourceState = field(default_factory=SourceState)
    ids: set[str] = field(default_factory=set)
    captures: list[Capture] = field(default_factory=list)

    def begin(self, _source: SourceSpec, _digest: str) -> SourceState:
        return self.state

    def keep(self, _source: SourceSpec, page: Page, step: Step, capture: Capture | None, _ask: Any) -> Saved:
        from scrapers.results import Saved

        self.ids |= {str(row["ext_id"]) for row in page.comments}
        self.captures += [capture] if capture else []
        self.state = SourceState(fetched=self.state.fetched | {one.url: one for one in [step.fetched] if one})
        return Saved(len(page.comments), 0)


@pytest.fixture
def asked(world: World, haste: FetchSettings) -> Callable[..., SourceResult]:
    """Asks one source, once."""

    def ask(memory: Memory, kind: str, **options: Any) -> SourceResult:
        change = Change(name=Wording(en="Fee"), statement=Wording(en="A fee is charged"))
        spec = SourceSpec.model_validate({"name": "a", "kind": kind, "options": options})
        study = Study(id="s", change=change, sources=(spec,))
        (result,) = collect(study, haste, keeper=memory, network=world.network)
        return result

    return ask


def test_a_feed_that_was_read_in_part_is_asked_for_whole_although_its_etag_is_the_same(
    world: World, asked: Callable[..., SourceResult]
) -> None:
    memory, url = Memory(), "https://wire.example/comments.rss"
    for body in (FEED[: FEED.index(b"<item><guid>3")], FEED):
        world.serve(url, body, type="application/rss+xml", headers={"ETag": '"v1"'})
        result = asked(memory, "feed", url=url, items="comments")
        assert not result.failures
    assert memory.ids == {"1", "2", "3", "4"}
    asked(memory, "feed", url=url, items="comments")
    assert world.asked[-1][1]["if-none-match"] == '"v1"', "a whole one need not be sent again"


def test_json_that_breaks_off_is_kept_as_incomplete(world: World, asked: Callable[..., SourceResult]) -> None:
    memory = Memory()
    world.serve("https://forum.example/t/1.json", b'{"id": 1, "post_stream": {"posts": [{"id": 5}')
    result = asked(memory, "discourse", server="https://forum.example", topics=["1"])
    assert isinstance(result.error, Truncated)
    assert [capture.complete for capture in memory.captures] == [False]
