"""An answer that holds more than the service ever gives is read as far as that, quickly, and it is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from scrapers import bounds
from scrapers.answers import json_of
from scrapers.bounds import first_of
from scrapers.errors import TooLarge
from scrapers.items.mastodon import rows_of
from scrapers.items.reddit import Tree
from scrapers.protocol import Query, Raw, Request
from scrapers.sites import discourse, govuk, hackernews, youtube
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapers.protocol import Collector, Options, Parsed

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def raw(url: str, value: object, tag: str = "") -> Raw:
    body = json.dumps(value).encode()
    capture = Capture(url, url, 200, {"content-type": "application/json"}, body, int(MOMENT.timestamp() * 1000))
    return Raw(Request(url, tag=tag), capture)


def query(options: Options) -> Query:
    return Query(options, ZoneInfo("UTC"), MOMENT)


@pytest.fixture
def read(within: Any) -> Callable[..., list[Parsed]]:
    def reading(collector: Collector, url: str, value: object, **options: Any) -> list[Parsed]:
        given, asked = raw(url, value), query(collector.options.model_validate(options))
        with within(5):
            return [*collector.parse(given, asked)]

    return reading


def test_an_answer_of_countless_parts_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge, match="parts"):
        json_of(raw("https://example.org/a", [{}] * 600_000))


def test_the_first_are_taken_and_the_others_counted() -> None:
    assert first_of([1, 2, 3], 3) == ([1, 2, 3], ())
    items, said = first_of([1, 2, 3], 2)
    assert (items, len(said), "last 1" in said[0]) == ([1, 2], 1, True)


def test_a_list_of_topics_is_read_as_far_as_a_forum_lists_them(read: Callable[..., list[Parsed]]) -> None:
    topics = [{"id": at, "bumped_at": "2026-02-01T00:00:00Z", "posts_count": 2} for at in range(1, 100_001)]
    value = {"topic_list": {"topics": topics}}
    (page,) = read(
        discourse.COLLECTOR, "https://f.example/latest.json?page=0", value, server="https://f.example", latest=True
    )
    assert len(page.next) == 200
    assert any("100000 items" in said for said in page.problems)


def test_results_of_a_search_are_as_many_as_were_asked_for(read: Callable[..., list[Parsed]]) -> None:
    value = {"results": [{"link": f"/a/{at}"} for at in range(100_000)], "total": 3}
    (page,) = read(govuk.COLLECTOR, "https://www.gov.uk/api/search.json?q=a", value, search="a", pages=1)
    assert len(page.next) == 50
    assert "100000 items" in page.problems[0]


def test_hits_are_bounded(read: Callable[..., list[Parsed]]) -> None:
    hits = {"hits": [{"objectID": str(at), "created_at_i": 1_770_000_000} for at in range(1, 50_001)], "nbHits": 3}
    (page,) = read(
        hackernews.COLLECTOR, "https://hn.algolia.com/api/v1/search_by_date?query=a", hits, query="a", search="stories"
    )
    assert len(page.next) == hackernews.HITS
    assert "50000 items" in page.problems[0]


@pytest.mark.parametrize("text", ["b", pytest.param("<p><script>a</script>b", marks=pytest.mark.slow)])
def test_comments_of_a_thread_are_bounded(read: Callable[..., list[Parsed]], text: str) -> None:
    children = [{"id": at, "type": "comment", "text": text} for at in range(2, 60_002)]
    thread = {"id": 1, "type": "story", "title": "A", "children": children}
    (page,) = read(hackernews.COLLECTOR, "https://hn.algolia.com/api/v1/items/1", thread, items=["1"])
    assert len(page.page.comments) == bounds.MOST_IN_A_THREAD
    assert "40000 more" in page.page.rejects[0].reason


def test_videos_are_as_many_as_were_asked_for(read: Callable[..., list[Parsed]]) -> None:
    value = {"items": [{"id": f"v{at}", "snippet": {"title": "A"}} for at in range(50_000)]}
    pages = read(youtube.COLLECTOR, "https://www.googleapis.com/youtube/v3/videos?id=a", value, videos=["dQw4w9WgXcQ"])
    assert sum(len(page.page.articles) for page in pages) == 100
    assert any("50000 items" in said for page in pages for said in page.problems)


def test_posts_and_replies_are_bounded(read: Callable[..., list[Parsed]]) -> None:
    options = hackernews.COLLECTOR.options.model_validate({"items": ["1"]})
    rows, rejects = rows_of([{"id": str(at), "content": "a"} for at in range(1, 6_001)], "m.example", query(options))
    assert len(rows) == 5_000
    assert "1000 more" in rejects[0].reason
    things = [{"kind": "t1", "data": {"name": f"t1_{at}", "body": "a"}} for at in range(30_000)]
    tree = Tree("t3_a", query(options)).read(things)
    assert len(tree.comments) == bounds.MOST_IN_A_THREAD
    assert "10000 more" in tree.rejects[0].reason
