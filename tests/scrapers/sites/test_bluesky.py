"""Threads on Bluesky: all replies, nobody's words who asks not to be shown, and no thread without an end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from scrapers.errors import Blocked, NotFound, SchemaDrift
from scrapers.protocol import Query, Raw
from scrapers.sites.bluesky import COLLECTOR, BlueskyOptions
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable

BUSES = "did:plc:riverbus222222222222222a"
FARE = f"at://{BUSES}/app.bsky.feed.post/3kfare2222222"
THREAD = "https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread"
POST = "https://bsky.app/profile/riverton-buses.example/post/3kfare2222222"


def url_of(uri: str) -> str:
    return f"{THREAD}?uri={quote(uri, safe='')}&depth=100&parentHeight=0"


def post(key: str, text: Any = "a reply", **more: Any) -> dict[str, Any]:
    record = {"text": text, "createdAt": "2026-02-10T10:00:00.000Z"}
    author = {"did": "did:plc:a", "handle": "a.example"}
    return {"uri": f"at://did:plc:a/app.bsky.feed.post/{key}", "author": author, "record": record, **more}


def node(key: str, *replies: Any, text: Any = "a reply", **more: Any) -> dict[str, Any]:
    kind = "app.bsky.feed.defs#threadViewPost"
    return {"$type": kind, "post": post(key, text, replyCount=len(replies), **more), "replies": list(replies)}


@pytest.fixture
def read(parse: Callable[..., Any]) -> Callable[..., Any]:
    """Read one thread, as the post's own or (with `article`) as a branch of another's."""

    def one(thread: Any, *, article: str = "", left: int = 100) -> Any:
        tag = json.dumps({"article": article, "left": left})
        options = {"posts": [FARE]}
        (parsed,) = parse("bluesky", {"thread": thread}, url=url_of(FARE), tag=tag, options=options)
        return parsed

    return one


def test_a_thread_is_read_down_to_its_cut_branches(played: Callable[..., Any]) -> None:
    run = played("bluesky")
    assert [article.id for article in run.articles] == [
        "at://did:plc:linlinlin22222222222222f/app.bsky.feed.post/3knotice22222",
        FARE,
    ]
    assert len(run.comments) == 8
    assert {comment["article_id"] for comment in run.comments} == {article.id for article in run.articles}
    answers = {comment["ext_id"].rpartition("/")[2]: comment["parent_id"] for comment in run.comments}
    assert answers["3kone22222222"] is None, "the post itself is no comment"
    assert (answers["3ktwo22222222"] or "").endswith("/3kone22222222")
    assert (answers["3kdeep1222222"] or "").endswith("/3kcut22222222")


def test_what_is_hidden_is_counted_and_none_of_it_is_kept(played: Callable[..., Any]) -> None:
    run = played("bluesky")
    reasons = sorted(reject.reason.partition(":")[0] for reject in run.rejects)
    assert reasons == ["hidden", "hidden", "no words of its own"]
    assert sorted(uri.rpartition("/")[2] for uri in run.gone) == ["3kgone2222222", "3kshy22222222"]
    assert "Not for strangers" not in repr(run.pages)
    assert "A discount card for shift workers would do." in {comment["text"] for comment in run.comments}


def test_the_article_says_what_the_post_and_its_link_card_say(played: Callable[..., Any]) -> None:
    notice, fare = played("bluesky").articles
    assert (
        fare.title
        == "From 1 March the night fare on all lines goes from 2.40 to 3.10. Monthly passes stay as they are."
    )
    assert fare.text.endswith("\nDetails at the counters.")
    assert (fare.url, fare.published_raw) == (
        f"https://bsky.app/profile/{BUSES}/post/3kfare2222222",
        "2026-02-10T09:00:00.000Z",
    )
    assert notice.text.splitlines()[1:] == ["夜间公交票价调整公告", "三月一日起，夜间票价由二元四角调至三元一角。"]


def test_declared_are_the_replies_of_every_post_on_the_page(played: Callable[..., Any]) -> None:
    assert sorted(played("bluesky").declared.values()) == [2, 10]


def test_a_time_in_the_future_gives_way_to_when_the_post_was_first_seen(played: Callable[..., Any]) -> None:
    times = {c["ext_id"].rpartition("/")[2]: c["published_raw"] for c in played("bluesky").comments}
    assert times["3kzh122222222"] == "2026-02-11T01:30:00.000Z"
    assert times["3kzh222222222"] == "2026-02-11T02:00:00.000Z"


def test_a_handle_is_resolved_once_and_then_remembered(played: Callable[..., Any]) -> None:
    first = played("bluesky")
    assert json.loads(first.cursor or "") == {POST: BUSES}
    second = played("bluesky", cursor=first.cursor)
    assert not [url for url in second.urls if "resolveHandle" in url]
    assert sorted(c["ext_id"] for c in second.comments) == sorted(c["ext_id"] for c in first.comments)


@pytest.mark.parametrize("odd", ["[1]", "nonsense", '{"x": 3}', json.dumps({POST: ["did:plc:x"]})])
def test_an_odd_cursor_is_as_good_as_none(asks: Callable[..., Any], odd: str) -> None:
    (ask,) = asks("bluesky", options={"posts": [POST]}, cursor=odd)
    assert "resolveHandle?handle=riverton-buses.example" in ask.url


@pytest.mark.parametrize(
    "address",
    [
        POST,
        f"{POST}?ref=x",
        f"https://bsky.app/profile/{BUSES}/post/3kfare2222222/",
        FARE,
        "at://riverton-buses.example/app.bsky.feed.post/3kfare2222222",
    ],
)
def test_a_post_may_be_written_in_each_of_its_ways(address: str) -> None:
    assert BlueskyOptions(posts=(address, address)).posts == (address,)


@pytest.mark.parametrize(
    "address",
    [
        "https://bsky.app/profile/riverton-buses.example",
        "https://bsky.app.evil.example/profile/a.example/post/3k",
        "https://example.org/post/1",
        "at://did:plc:a/app.bsky.feed.like/3k",
        "3kfare2222222",
        "",
    ],
)
def test_anything_else_is_refused_with_the_form_that_is_wanted(address: str) -> None:
    with pytest.raises(ValidationError, match="is no post: write https://bsky"):
        BlueskyOptions(posts=(address,))


def test_no_post_at_all_is_refused() -> None:
    with pytest.raises(ValidationError):
        BlueskyOptions(posts=())


def test_a_post_that_is_gone_is_said_to_be(read: Callable[..., Any]) -> None:
    with pytest.raises(NotFound):
        read({"$type": "app.bsky.feed.defs#notFoundPost", "uri": FARE, "notFound": True})
    for problem in ({"error": "NotFound", "message": "Post not found"}, {"message": "Unable to resolve handle"}):
        refusal = Capture(url_of(FARE), url_of(FARE), 400, {}, json.dumps(problem).encode(), 0)
        assert isinstance(COLLECTOR.refused(refusal), NotFound)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"error": 3}', b'{"error": "InternalServerError"}', b"[" * 9999]
)
def test_of_any_other_refusal_the_status_says_enough(body: bytes) -> None:
    assert COLLECTOR.refused(Capture("u", "u", 400, {}, body, 0)) is None


def test_a_post_whose_author_asks_not_to_be_shown_is_not_read(read: Callable[..., Any]) -> None:
    labelled = {"did": "did:plc:a", "labels": [{"val": "!no-unauthenticated"}]}
    with pytest.raises(Blocked, match="without an account") as caught:
        read(node("a", node("b"), text="Private words", author=labelled))
    assert "Private words" not in str(caught.value)
    branch = read(node("a", node("b"), author=labelled), article=FARE)
    assert [comment["article_id"] for comment in branch.page.comments] == [FARE]


@pytest.mark.parametrize(
    "thread",
    [
        {"$type": "app.bsky.feed.defs#threadViewPost"},
        {"$type": None, "post": "a"},
        {"$type": "x", "post": {"uri": 3, "record": {}}},
        {"$type": "x", "post": {"uri": FARE, "record": "text"}},
    ],
)
def test_an_answer_without_a_post_is_drift(read: Callable[..., Any], thread: Any) -> None:
    with pytest.raises(SchemaDrift):
        read(thread)


@pytest.mark.parametrize("answer", [{}, [], {"thread": None}, {"thread": []}, {"thread": "x"}])
def test_an_answer_without_a_thread_is_drift(parse: Callable[..., Any], answer: Any) -> None:
    with pytest.raises(SchemaDrift):
        parse("bluesky", answer, url=url_of(FARE), options={"posts": [FARE]})


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({}, "no post"),
        ({"$type": None, "post": None}, "no post"),
        ({"$type": 3, "post": ["x"]}, "no post"),
        ({"post": {"uri": None, "record": {"text": "x"}}}, "no post"),
        ({"post": {"uri": "at://x", "record": None}}, "no text"),
        (node("b", text=None), "no text"),
        (node("b", text=["x"]), "no text"),
        (node("b", text=" \n"), "no text"),
    ],
)
def test_a_reply_of_an_odd_shape_is_counted_and_the_others_go_on(
    read: Callable[..., Any], reply: Any, reason: str
) -> None:
    page = read(node("a", reply, "x", None, node("c"))).page
    assert [reject.reason for reject in page.rejects] == [reason]
    assert [comment["ext_id"].rpartition("/")[2] for comment in page.comments] == ["c"]


def test_odd_fields_are_unknown(read: Callable[..., Any]) -> None:
    odd = node("b", likeCount="many", author="x", indexedAt=None)
    odd["post"]["record"]["createdAt"] = {"x": 1}
    (comment,) = read(node("a", odd)).page.comments
    assert (comment["likes"], comment["author"], comment["published_at"]) == (None, None, None)


def test_a_deep_thread_needs_no_stack(read: Callable[..., Any]) -> None:
    deepest = node("r150")
    for number in range(149, 0, -1):
        deepest = node(f"r{number}", deepest)
    comments = read(node("a", deepest)).page.comments
    assert [c["ext_id"].rpartition("/")[2] for c in comments] == [f"r{number}" for number in range(1, 151)]


def cut(key: str, count: int) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.defs#threadViewPost", "post": post(key, replyCount=count)}


def test_cut_branches_share_what_may_still_be_asked(read: Callable[..., Any]) -> None:
    parsed = read(node("a", *(cut(f"c{number}", number) for number in range(1, 6))), left=3)
    uris = [parse_qs(urlsplit(ask.url).query)["uri"][0].rpartition("/")[2] for ask in parsed.next]
    assert uris == ["c5", "c4", "c3"], "the largest first"
    assert [json.loads(ask.tag)["left"] for ask in parsed.next] == [0, 0, 0]
    assert "2 branches" in parsed.problems[0]
    roomy = read(node("a", cut("c1", 1), cut("c2", 1)), left=10)
    assert [json.loads(ask.tag)["left"] for ask in roomy.next] == [4, 4]
    assert all(ask.alone for ask in roomy.next)


def test_a_server_that_cuts_every_branch_again_comes_to_an_end() -> None:
    query = Query(BlueskyOptions(posts=(FARE,), branches=20), ZoneInfo("UTC"), datetime(2026, 12, 1, tzinfo=UTC))
    asks, asked = list(COLLECTOR.start(query, None)), 0
    while asks:
        ask = asks.pop()
        asked += 1
        body = json.dumps({"thread": node("a", cut(f"x{asked}", 3), cut(f"y{asked}", 3))}).encode()
        for parsed in COLLECTOR.parse(Raw(ask, capture=Capture("u", "u", 200, {}, body, 0)), query):
            asks.extend(parsed.next)
    assert 10 < asked <= 21
