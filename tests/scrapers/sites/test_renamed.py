"""A service that calls a field by another name now: that is drift, neither success nor everybody's deletion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from scrapers.errors import SchemaDrift

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]

HN = "https://hn.algolia.com/api/v1"
FORUM = "https://forum.example"
SERVER = "https://social.example"
SKY = "https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread?uri=x"
ROOT = "at://did:plc:a/app.bsky.feed.post/1"
LINE = json.dumps({"thread": "t3_abcd", "left": 0})


def hits(name: str, text: Any = "Words.") -> Any:
    items = [
        {"objectID": str(n), name: text, "created_at_i": n, "story_id": 7, "story_title": "T"} for n in range(1, 6)
    ]
    return {"hits": items, "nbHits": 90}


def item(name: str, text: Any = "Words.") -> Any:
    return {"id": 9, "title": "T", "children": [{"id": n, "type": "comment", name: text} for n in range(10, 15)]}


def topic(**more: Any) -> Any:
    posts = [{"id": n, "post_number": n, "cooked": "<p>Words.</p>", **more} for n in range(1, 7)]
    return {"id": 5, "title": "T", "post_stream": {"posts": [{k: v for k, v in p.items() if v != 0} for p in posts]}}


def entries() -> Any:
    made = [{"id": {"label": str(n)}, "title": {"label": "T"}, "body": {"label": "Words"}} for n in range(1, 6)]
    return {"feed": {"link": [], "entry": made}}


def sky(*replies: Any) -> Any:
    post = {"uri": ROOT, "record": {"text": "Root"}}
    return {"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": post, "replies": replies}}


def reply(n: int, **record: Any) -> Any:
    return {"post": {"uri": f"at://did:plc:a/app.bsky.feed.post/{n}", "record": record}}


def thread(**comment: Any) -> Any:
    post = {"kind": "t3", "data": {"name": "t3_abcd", "title": "T"}}
    comments = [{"kind": "t1", "data": {"name": f"t1_c{n}", **comment}} for n in range(5)]
    return [{"data": {"children": [post]}}, {"data": {"children": comments}}]


def videos() -> Any:
    tops = [{"id": f"c{n}", "snippet": {"words": "Words."}} for n in range(5)]
    return {"items": [{"id": top["id"], "snippet": {"topLevelComment": top}} for top in tops]}


WP = [{"id": n, "content": {"rendered": None}, "post": 1} for n in range(1, 6)]
REPLIES = {"descendants": [{"id": str(n), "body": "<p>Words.</p>"} for n in range(1, 6)]}
GOVUK = {"results": [{"href": f"/guidance/{n}"} for n in range(5)], "total": 5}
CASES: dict[str, tuple[str, Any, str, dict[str, Any]]] = {
    "hackernews search": ("hackernews", hits("body"), f"{HN}/search_by_date?q=x", {"options": {"query": "x"}}),
    "hackernews thread": ("hackernews", item("body"), f"{HN}/items/9", {"options": {"items": ["9"]}}),
    "hackernews stories": (
        "hackernews",
        {"hits": [{"number": str(n), "created_at_i": n} for n in range(1, 6)], "nbHits": 90},
        f"{HN}/search_by_date?q=x",
        {"options": {"query": "x", "search": "stories"}},
    ),
    "discourse": (
        "discourse",
        topic(cooked=0, body="<p>Words.</p>"),
        f"{FORUM}/t/5.json",
        {"options": {"server": FORUM, "topics": ["5"]}},
    ),
    "discourse list": (
        "discourse",
        {"topic_list": {"topics": [{"number": n} for n in range(5)]}},
        f"{FORUM}/latest.json?page=0",
        {"options": {"server": FORUM, "latest": True}},
    ),
    "appstore": (
        "appstore",
        entries(),
        "https://itunes.apple.com/cn/rss/customerreviews/page=1/id=900100200/sortBy=mostRecent/json",
        {},
    ),
    "bluesky": ("bluesky", sky(*(reply(n, body="Words.") for n in range(2, 7))), SKY, {}),
    "reddit": ("reddit", thread(text="Words."), "https://oauth.reddit.com/comments/abcd", {"tag": LINE}),
    "youtube": ("youtube", videos(), "https://www.googleapis.com/youtube/v3/commentThreads", {}),
    "youtube videos": ("youtube", {"items": [{"key": "x"}]}, "https://www.googleapis.com/youtube/v3/videos", {}),
    "mastodon": (
        "mastodon",
        REPLIES,
        f"{SERVER}/api/v1/statuses/1/context",
        {"options": {"server": SERVER, "statuses": ["1"]}},
    ),
    "wordpress posts": ("wordpress", WP, "https://b.example/wp-json/wp/v2/posts?page=1", {}),
    "wordpress comments": ("wordpress", WP, "https://b.example/wp-json/wp/v2/comments?page=1", {}),
    "govuk": ("govuk", GOVUK, "https://www.gov.uk/api/search.json?q=x", {"options": {"search": "x"}}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_field_of_another_name_is_drift(parse: Play, case: str) -> None:
    kind, body, url, how = CASES[case]
    with pytest.raises(SchemaDrift) as caught:
        parse(kind, body, url=url, **how)
    assert caught.value.path


@pytest.mark.parametrize("case", ["hackernews search", "hackernews thread"])
def test_a_text_that_is_not_there_is_not_deleted(parse: Play, case: str) -> None:
    kind, body, url, how = CASES[case]
    kept = body.get("hits") or body["children"]
    for name in ("comment_text", "text"):
        kept[0][name] = "Words."
    (parsed,) = parse(kind, body, url=url, **how)
    assert (len(parsed.page.comments), parsed.page.gone, len(parsed.page.rejects)) == (1, (), 4)


GONE: dict[str, tuple[str, Any, str, dict[str, Any]]] = {
    "hackernews search": ("hackernews", hits("comment_text", None), *CASES["hackernews search"][2:]),
    "hackernews thread": ("hackernews", item("text", None), *CASES["hackernews thread"][2:]),
    "discourse": ("discourse", topic(hidden=True), *CASES["discourse"][2:]),
    "bluesky": (
        "bluesky",
        sky(*({"$type": "app.bsky.feed.defs#notFoundPost", "uri": f"{ROOT}{n}"} for n in range(5))),
        SKY,
        {},
    ),
    "reddit": (
        "reddit",
        {"json": {"data": {"things": thread(body="[removed]")[1]["data"]["children"]}}},
        "https://oauth.reddit.com/api/morechildren",
        {"tag": LINE},
    ),
}


@pytest.mark.parametrize("case", GONE)
def test_everything_deleted_at_once_is_not_believed(parse: Play, case: str) -> None:
    kind, body, url, how = GONE[case]
    with pytest.raises(SchemaDrift, match="deleted"):
        parse(kind, body, url=url, **how)


def test_pictures_without_words_are_no_drift(parse: Play) -> None:
    posts = [{"id": str(n), "content": "", "visibility": "public"} for n in range(1, 6)]
    options = {"server": SERVER, "tag": "ferry"}
    (parsed,) = parse("mastodon", posts, url=f"{SERVER}/api/v1/timelines/tag/ferry", options=options)
    assert len(parsed.page.rejects) == 5
    (parsed,) = parse("bluesky", sky(*(reply(n, text="") for n in range(2, 7))), url=SKY)
    assert len(parsed.page.rejects) == 5
