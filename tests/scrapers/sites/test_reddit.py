"""Threads on Reddit: whole trees, what they leave out, what was deleted, and which are looked at again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from scrapers.errors import BadResponse, NotFound, SchemaDrift
from scrapers.items.reddit import Tree, own_words
from scrapers.protocol import Query, Raw, Request
from scrapers.sites.reddit import API, COLLECTOR, RedditOptions
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapers.protocol import Parsed

NEW = f"{API}/r/riverton/new?limit=100&raw_json=1"
THREAD = f"{API}/comments/1fare01?limit=500&sort=new&raw_json=1"
MORE = f"{API}/api/morechildren?children=a"
INFO = f"{API}/api/info?id=t3_a"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
DAY = 86_400


def listing(*children: Any, after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "children": list(children)}}


def submission(name: str, *, days_ago: float = 1, comments: Any = 0, **more: Any) -> dict[str, Any]:
    posted = NOW.timestamp() - days_ago * DAY
    data = {"name": f"t3_{name}", "title": "A title", "selftext": "", "created_utc": posted, "num_comments": comments}
    return {"kind": "t3", "data": {**data, **more}}


def comment(name: str, *replies: Any, **more: Any) -> dict[str, Any]:
    data = {"name": f"t1_{name}", "body": "a comment", "author": "ana", "parent_id": "t3_fare", "link_id": "t3_fare"}
    return {"kind": "t1", "data": {**data, "replies": listing(*replies) if replies else "", **more}}


def left_out(*ids: Any, parent: Any = "t1_a") -> dict[str, Any]:
    return {"kind": "more", "data": {"id": ids[0] if ids else "_", "children": list(ids), "parent_id": parent}}


@pytest.fixture
def read(parse: Callable[..., Any]) -> Callable[..., Any]:
    """Read one answer."""

    def one(answer: Any, *, url: str = NEW, tag: Any = None, **options: Any) -> Any:
        options = options or {"subreddit": "riverton"}
        (parsed,) = parse("reddit", answer, url=url, tag=json.dumps(tag or {}), options=options)
        return parsed

    return one


def asked_for(parsed: Parsed) -> list[str]:
    """What follows: a thread, a branch (thread/comment), comments by id, or the page after a name."""
    found = []
    for ask in parsed.next:
        assert isinstance(ask, Request)
        query, path = parse_qs(urlsplit(ask.url).query), urlsplit(ask.url).path
        thread = path.removeprefix("/comments/")
        if thread != path:
            found.append("/".join([thread, *query.get("comment", [])]))
        else:
            found.append(f"{(query.get('children') or query.get('after') or ['?'])[0]}")
    return found


# -- a whole run ------------------------------------------------------------------------------------------------------


def test_threads_of_a_listing_are_read_with_what_they_leave_out(played: Callable[..., Any]) -> None:
    run = played("reddit")
    assert {article.id for article in run.articles} == {"t3_1fare01", "t3_1depot2", "t3_1night9"}
    rows = {row["ext_id"].removeprefix("t1_"): row for row in run.comments}
    assert len(rows) == len(run.comments) == 12
    assert rows["kmore05"]["parent_id"] == "t1_kone002"
    assert rows["kdeep11"]["parent_id"] == "t1_kdeep04", "what is below a deleted comment stays"
    assert rows["kone002"]["parent_id"] is None
    assert {row["article_id"] for row in run.comments} == {"t3_1fare01", "t3_1old003", "t3_1night9"}
    assert run.declared == {"t3_1fare01": 11, "t3_1depot2": 0, "t3_1old003": 1, "t3_1night9": 2}
    assert run.problems == []


def test_a_row_says_what_reddit_says(played: Callable[..., Any]) -> None:
    rows = {row["ext_id"]: row for row in played("reddit").comments}
    one = rows["t1_kone002"]
    assert (one["author"], one["likes"], one["platform"]) == ("mei_r", 41, "Reddit")
    assert (one["published_at"], one["published_raw"]) == (1770800100000, "1770800100.0")
    assert one["url"] == "https://www.reddit.com/r/riverton/comments/1fare01/a_thread/kone002/"
    assert rows["t1_khid009"]["likes"] is None, "a hidden score is unknown"
    assert rows["t1_kneg008"]["likes"] is None, "below zero it does not say how many liked it"
    assert rows["t1_kmore06"]["author"] is None, "the account was deleted"
    assert rows["t1_ktwo003"]["text"] == "There should be a card for them.", "the quoted line is another's"
    assert "t1_kmod001" in rows, "a moderator's comment is a comment"


def test_what_was_deleted_or_removed_is_forgotten(played: Callable[..., Any]) -> None:
    run = played("reddit")
    assert sorted(run.gone) == ["t1_kbad007", "t1_kdeep04"]
    assert {name for page in run.pages for name in page.gone_articles} == {"t3_1old003"}


def test_every_request_carries_the_key(played: Callable[..., Any]) -> None:
    run = played("reddit")
    assert all(ask.keyed for ask in run.asked)
    assert {ask.url for ask in run.asked if not ask.alone} == {url for url in run.urls if "/new?" in url}


def test_a_later_run_asks_how_many_comments_there_are_and_reads_what_changed(played: Callable[..., Any]) -> None:
    posted = datetime.fromtimestamp(1770800000, UTC)
    first = played("reddit", reference=posted)
    kept = json.loads(first.cursor)
    assert kept == {"new": 1770800000000, "t3_1fare01": 11, "t3_1depot2": 0, "t3_1old003": 1, "t3_1night9": 2}
    url = f"{API}/api/info?id=t3_1depot2,t3_1fare01,t3_1night9,t3_1old003&raw_json=1"
    posts = [
        submission(name, comments=count, created_utc=1770800000)
        for name, count in (("1depot2", 0), ("1fare01", 11), ("1night9", 2), ("1old003", 1))
    ]
    same = played("reddit", reference=posted, cursor=first.cursor, answers={url: json.dumps(listing(*posts)).encode()})
    assert len(same.asked) == 2, "the listing and the numbers"
    assert json.loads(same.cursor) == kept
    posts[2]["data"]["num_comments"] = 3
    more = played("reddit", reference=posted, cursor=first.cursor, answers={url: json.dumps(listing(*posts)).encode()})
    assert [urlsplit(url).path for url in more.urls] == ["/r/riverton/new", "/api/info", "/comments/1night9"]


# -- listings ---------------------------------------------------------------------------------------------------------


def test_a_listing_goes_on_until_a_page_holds_nothing_new(read: Callable[..., Any]) -> None:
    tag = {"since": int(NOW.timestamp() - 2 * DAY) * 1000, "known": ["t3_b"], "left": 1}
    parsed = read(listing(submission("a"), submission("b", days_ago=3), after="t3_b"), tag=tag)
    assert asked_for(parsed) == ["a", "t3_b"]
    assert json.loads(parsed.next[-1].tag) == {**tag, "left": 0, "first": False}, "the old bound goes along"
    assert [article.id for article in parsed.page.articles] == ["t3_b"], "the other one comes with its comments"
    assert asked_for(read(listing(submission("b", days_ago=3), after="t3_b"), tag=tag)) == []
    assert asked_for(read(listing(submission("a")), tag=tag)) == ["a"]
    full = read(listing(submission("a"), after="t3_a"), tag={**tag, "left": 0})
    assert (asked_for(full), full.problems) == (["a"], ("Older submissions were left out (pages).",))


def test_a_search_may_find_a_thread_late(read: Callable[..., Any]) -> None:
    tag = {"since": int(NOW.timestamp()) * 1000, "known": []}
    assert asked_for(read(listing(submission("late", days_ago=13)), tag=tag)) == ["late"]
    assert asked_for(read(listing(submission("old", days_ago=15)), tag=tag)) == [], "read before and no longer followed"


def test_threads_that_people_had_done_with_before_the_study_began_are_left_out(parse: Callable[..., Any]) -> None:
    start = int(NOW.timestamp() - 30 * DAY) * 1000
    page = listing(submission("in", days_ago=43), submission("out", days_ago=45), after="t3_out")
    tag = json.dumps({"left": 3})
    (parsed,) = parse("reddit", page, url=NEW, tag=tag, options={"subreddit": "riverton"}, window=(start, None))
    assert asked_for(parsed) == ["in", "t3_out"]
    assert parsed.problems == ("1 thread from before the study's start left unread.",)


def test_only_the_first_page_moves_the_bound_and_young_threads_are_followed(read: Callable[..., Any]) -> None:
    page = listing(submission("a"), submission("old", days_ago=99))
    posted = int(NOW.timestamp() - DAY) * 1000
    assert json.loads(read(page, tag={"first": True}).cursor) == {"new": posted, "t3_a": -1}
    assert json.loads(read(page, tag={"first": False}).cursor) == {"t3_a": -1}
    assert json.loads(read(listing(), tag={"first": True, "since": 7}).cursor) == {"new": 7}
    assert read(listing(), tag={"first": False}).cursor is None
    keep = [json.loads(ask.tag)["keep"] for ask in read(page, tag={"first": True}).next]
    assert keep == [True, False]


def test_numbers_that_changed_are_read_again_and_old_threads_a_last_time(read: Callable[..., Any]) -> None:
    known = {"t3_same": 5, "t3_more": 5, "t3_unread": None, "t3_old": 5, "t3_lost": 5}
    posts = [
        submission("same", comments=5),
        submission("more", comments=6),
        submission("unread", comments=0),
        submission("old", comments=5, days_ago=15),
    ]
    parsed = read(listing(*posts), url=INFO, tag={"known": known})
    assert asked_for(parsed) == ["more", "unread", "old"]
    assert [json.loads(ask.tag)["keep"] for ask in parsed.next] == [True, True, False]
    assert json.loads(parsed.cursor) == {"t3_lost": None, "t3_old": None}
    assert [(reject.where, reject.reason) for reject in parsed.page.rejects] == [("t3_lost", "no such thread")]
    named = read(
        listing(submission("old", comments=5, days_ago=99)),
        url=INFO,
        tag={"known": {"t3_old": 5}},
        threads=["t3_old99"],
    )
    assert asked_for(named) == ["old"]
    named = read(
        listing(submission("old99", comments=5, days_ago=99)),
        url=INFO,
        tag={"known": {"t3_old99": 5}},
        threads=["t3_old99"],
    )
    assert (asked_for(named), named.cursor) == ([], None), "a thread that the study names is followed without an end"


def test_a_hundred_known_threads_are_asked_for_at_once(asks: Callable[..., Any]) -> None:
    known = {f"t3_{number:04}": number for number in range(250)}
    cursor = json.dumps({"new": 9, "t3_unread": -1, "t3_": 3, "other": 1, **known})
    new, *infos = asks("reddit", options={"subreddit": "riverton"}, cursor=cursor)
    assert [len(json.loads(ask.tag)["known"]) for ask in infos] == [100, 100, 51]
    assert json.loads(infos[-1].tag)["known"]["t3_unread"] is None
    assert json.loads(new.tag)["since"] == 9
    assert len(json.loads(new.tag)["known"]) == 251
    assert new.expects


@pytest.mark.parametrize(
    ("options", "path", "query"),
    [
        ({"subreddit": "r/riverton"}, "/r/riverton/new", {}),
        ({"subreddit": "a_b+Cd"}, "/r/a_b+Cd/new", {}),
        (
            {"subreddit": "riverton", "search": "夜间 fare"},
            "/r/riverton/search",
            {"q": "夜间 fare", "restrict_sr": "1"},
        ),
        ({"search": "night fare"}, "/search", {"q": "night fare", "sort": "new", "type": "link"}),
    ],
)
def test_listings_are_asked_for_as_the_options_say(
    asks: Callable[..., Any], options: dict[str, Any], path: str, query: dict[str, str]
) -> None:
    (ask,) = asks("reddit", options=options)
    assert urlsplit(ask.url).path == path
    asked = {name: values[0] for name, values in parse_qs(urlsplit(ask.url).query).items()}
    assert query.items() <= asked.items()
    assert ask.expects == ("q" not in asked), "a search may well find nothing"


def test_a_subreddit_that_is_not_there_leads_to_a_search_for_one(parse: Callable[..., Any]) -> None:
    url = f"{API}/subreddits/search?q=nosuch"
    with pytest.raises(NotFound, match="no such subreddit"):
        parse("reddit", listing({"kind": "t5", "data": {}}), url=url, options={"subreddit": "nosuch"})


# -- trees ------------------------------------------------------------------------------------------------------------


def thread(*children: Any) -> list[Any]:
    return [listing(submission("fare", comments=9)), listing(*children)]


def test_what_a_thread_leaves_out_is_asked_for_a_hundred_at_a_time(read: Callable[..., Any]) -> None:
    ids = [f"c{number}" for number in range(150)]
    page = thread(comment("a", left_out(*ids[:120])), left_out(*ids[120:], parent="t3_fare"), left_out(parent="t1_a"))
    parsed = read(page, url=THREAD, tag={"thread": "t3_fare", "left": 10, "keep": True})
    assert asked_for(parsed) == [",".join(ids[:100]), ",".join(ids[100:]), "fare/a"]
    assert {json.loads(ask.tag)["left"] for ask in parsed.next} == {2}, "they share the seven that are left"
    assert json.loads(parsed.cursor) == {"t3_fare": 9}
    tight = read(page, url=THREAD, tag={"thread": "t3_fare", "left": 2})
    assert len(tight.next) == 2
    assert tight.cursor is None
    assert "1 requests more" in tight.problems[0]


def test_a_thread_that_always_leaves_something_out_comes_to_an_end() -> None:
    query = Query(RedditOptions(threads=("fare",), more=20), ZoneInfo("UTC"), NOW)
    asks, asked = list(COLLECTOR.start(query, None)), 0
    while asks:
        ask = asks.pop()
        asked += 1
        body: Any = listing(submission("fare"))
        if "/comments/" in ask.key:
            body = thread(comment("a"), left_out(f"x{asked}"), left_out(parent=f"t1_y{asked}"))
        elif "/api/more" in ask.key:
            body = {
                "json": {"errors": [], "data": {"things": [left_out(f"x{asked}"), left_out(parent=f"t1_y{asked}")]}}
            }
        for parsed in COLLECTOR.parse(
            Raw(ask, capture=Capture("u", "u", 200, {}, json.dumps(body).encode(), 0)), query
        ):
            asks.extend(parsed.next)
    assert 10 < asked <= 22


def test_a_branch_begins_with_a_comment_that_is_known(read: Callable[..., Any]) -> None:
    tag = {"thread": "t3_fare", "left": 5, "below": "t1_a"}
    parsed = read(thread(comment("a", comment("b", parent_id="t1_a"))), url=THREAD, tag=tag)
    assert [row["ext_id"] for row in parsed.page.comments] == ["t1_b"]
    assert (parsed.page.articles, parsed.page.declared, parsed.cursor) == ((), {}, None)


def test_a_deep_tree_needs_no_stack() -> None:
    tree = comment("c900")
    for number in range(899, 0, -1):
        tree = comment(f"c{number}", tree)
    found = Tree("t3_fare", Query(RedditOptions(threads=("fare",)), ZoneInfo("UTC"), NOW)).read([tree])
    assert [row["ext_id"] for row in found.comments] == [f"t1_c{number}" for number in range(1, 901)]


@pytest.mark.parametrize("body", ["[deleted]", "[removed]", " [ Removed by Reddit ] ", "[deleted by user]"])
def test_a_comment_that_was_taken_away_is_gone_and_no_text(read: Callable[..., Any], body: str) -> None:
    page = read(thread(comment("a", comment("b"), body=body)), url=THREAD, tag={"thread": "t3_fare"}).page
    assert (page.gone, [row["ext_id"] for row in page.comments]) == (("t1_a",), ["t1_b"])


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        ({}, "no data"),
        ({"kind": "t1", "data": None}, "no data"),
        ({"kind": "t1", "data": "x"}, "no data"),
        ({"kind": "t5", "data": {}}, "no comment"),
        ({"kind": "t1", "data": {}}, "no name"),
        ({"kind": "t1", "data": {"name": 3, "body": "x"}}, "no name"),
        ({"kind": "t1", "data": {"name": "t1_a b", "body": "x"}}, "no name"),
        (comment("a", body=None), "no text"),
        (comment("a", body=["x"]), "no text"),
        (comment("a", body=" \n"), "no text"),
    ],
)
def test_a_thing_of_an_odd_shape_is_counted_and_the_others_go_on(
    read: Callable[..., Any], thing: Any, reason: str
) -> None:
    page = read(thread(thing, "x", None, comment("c")), url=THREAD, tag={"thread": "t3_fare"}).page
    assert [reject.reason for reject in page.rejects] == [reason]
    assert [row["ext_id"] for row in page.comments] == ["t1_c"]


def test_odd_fields_are_unknown(read: Callable[..., Any]) -> None:
    odd = comment("a", author=None, score="many", created_utc={}, parent_id=7, permalink="javascript:x", replies=None)
    (row,) = read(thread(odd, left_out(None, 3, "../x")), url=THREAD, tag={"thread": "t3_fare"}).page.comments
    assert (row["author"], row["likes"], row["published_at"], row["parent_id"]) == (None, None, None, None)
    assert row["url"] == "https://www.reddit.com/comments/fare/_/a/"


@pytest.mark.parametrize("answer", [{}, [], [{}], [{}, {}], [listing(), {"data": {"children": None}}], listing()])
def test_an_answer_that_is_no_thread_is_drift(read: Callable[..., Any], answer: Any) -> None:
    with pytest.raises(SchemaDrift):
        read(answer, url=THREAD, tag={"thread": "t3_fare"})


@pytest.mark.parametrize("answer", [{}, [], {"json": None}, {"json": {"data": {"things": {}}}}])
def test_an_answer_without_comments_left_out_is_drift(read: Callable[..., Any], answer: Any) -> None:
    with pytest.raises(SchemaDrift):
        read(answer, url=MORE, tag={"thread": "t3_fare"})


def test_an_error_in_words_is_an_error(read: Callable[..., Any]) -> None:
    with pytest.raises(BadResponse):
        read({"json": {"errors": [["BAD_CHILDREN", "no", "children"]]}}, url=MORE, tag={"thread": "t3_fare"})


def test_quoted_lines_are_anothers_words() -> None:
    assert own_words("> You first.\n\nNo, you.\n>quoted\nNever.") == "No, you.\nNever."
    assert own_words("> Only a quote.") == "> Only a quote."
    assert own_words(">!a spoiler!< and more") == ">!a spoiler!< and more"
    assert own_words("2 > 1\n    > code") == "2 > 1\n    > code"


def test_a_submission_that_was_deleted_is_forgotten_and_one_without_words_keeps_its_address(
    read: Callable[..., Any],
) -> None:
    posts = [submission("a", title="Fares", selftext="[deleted]"), submission("b", title=None, selftext=None)]
    parsed = read(listing(*posts), tag={"known": ["t3_a", "t3_b"]})
    assert parsed.page.gone_articles == ("t3_a",)
    assert [article.text for article in parsed.page.articles] == ["https://www.reddit.com/comments/b/"]
