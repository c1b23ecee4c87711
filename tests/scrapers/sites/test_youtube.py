"""Comments on videos: newest first, the answers to each, and a quota that is spent only on what is new."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from scrapers.errors import AuthNeeded, NotFound, RateLimited, SchemaDrift
from scrapers.protocol import Request
from scrapers.sites.youtube import COLLECTOR, YouTubeOptions
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable

VIDEO = "nightFare-1"
API = "https://www.googleapis.com/youtube/v3"
THREADS = f"{API}/commentThreads?videoId={VIDEO}"


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def comment(
    number: int | str, text: Any = "a comment", at: Any = "2026-02-10T10:00:00Z", **more: Any
) -> dict[str, Any]:
    return {"id": f"c{number}", "snippet": {"textDisplay": text, "publishedAt": at, **more}}


def thread(number: int | str, *, answers: int = 0, inline: int = 0, at: str = "2026-02-10T10:00:00Z") -> dict[str, Any]:
    replies = {"comments": [comment(f"{number}.{n}") for n in range(inline)]}
    top = comment(number, at=at)
    return {"id": top["id"], "snippet": {"topLevelComment": top, "totalReplyCount": answers}, "replies": replies}


@pytest.fixture
def read(parse: Callable[..., Any]) -> Callable[..., Any]:
    """Read one page of comments."""

    def one(
        *threads: Any, token: Any = None, since: int = 0, known: Any = None, left: int = 3, first: bool = True
    ) -> Any:
        tag = {"video": VIDEO, "since": since, "answers": known or {}, "left": left, "first": first}
        answer = {"items": list(threads), "nextPageToken": token}
        (parsed,) = parse("youtube", answer, url=THREADS, tag=json.dumps(tag), options={"videos": [VIDEO]})
        return parsed

    return one


def asked_for(parsed: Any) -> list[tuple[str, str]]:
    """Which lists follow: the kind, and the comment or page."""
    found = []
    for ask in parsed.next:
        query = parse_qs(urlsplit(ask.url).query)
        found.append((urlsplit(ask.url).path.rpartition("/")[2], (query.get("parentId") or query.get("pageToken"))[0]))
    return found


def test_videos_comments_and_answers_are_read(played: Callable[..., Any]) -> None:
    run = played("youtube")
    first, second = run.articles
    assert (first.id, first.title) == (VIDEO, "Night fares go up: what changes on 1 March")
    assert first.text.splitlines()[-1] == "Single night tickets cost 3.10 from March. Passes stay."
    assert second.id == "busDepot_22"
    parents = {row["ext_id"]: row["parent_id"] for row in run.comments}
    assert parents == {
        **dict.fromkeys(("UgwOne", "UgwTwo", "UgwThree")),
        **dict.fromkeys(("UgwTwo.a", "UgwTwo.b", "UgwTwo.c"), "UgwTwo"),
        "UgwOne.a": "UgwOne",
    }
    assert len(parents) == len(run.comments), "no comment twice in one run"
    two = next(row for row in run.comments if row["ext_id"] == "UgwTwo")
    assert two["published_at"] == ms("2026-02-11T09:30:00+00:00")
    assert (two["likes"], two["author"], two["article_id"]) == (31, "UCmei", VIDEO)
    assert two["url"] == "https://www.youtube.com/watch?v=nightFare-1&lc=UgwTwo"


def test_every_request_carries_the_key_and_none_shows_it(played: Callable[..., Any]) -> None:
    run = played("youtube")
    assert all(isinstance(ask, Request) and ask.keyed and "key=" not in ask.url for ask in run.asked)
    assert [ask.alone for ask in run.asked] == [False, True, True, True, True]


def test_what_is_missing_or_closed_is_said_and_costs_nothing(played: Callable[..., Any]) -> None:
    run = played("youtube")
    assert [(reject.where, reject.reason) for reject in run.rejects] == [
        ("goneVideo33", "private, deleted, or never was"),
        ("UgwZero", "no text"),
    ]
    assert run.declared == {VIDEO: 9}
    assert "busDepot_22: comments are turned off." in run.problems
    assert not [url for url in run.urls if "videoId=busDepot_22" in url or "videoId=goneVideo33" in url]


def test_a_second_run_with_nothing_new_asks_for_one_page_of_comments(played: Callable[..., Any]) -> None:
    first = played("youtube")
    assert json.loads(first.cursor or "") == {VIDEO: ms("2026-02-12T20:00:00+00:00"), f"{VIDEO}/UgwTwo": 3}
    second = played("youtube", cursor=first.cursor)
    assert [urlsplit(url).path.rpartition("/")[2] for url in second.urls] == ["videos", "commentThreads"]
    assert second.cursor == first.cursor


@pytest.mark.parametrize("odd", ["[1]", "nonsense", '{"nightFare-1": "x", "nightFare-1/c": null, "x/y": 2}'])
def test_an_odd_cursor_is_as_good_as_none(played: Callable[..., Any], odd: str) -> None:
    assert len(played("youtube", cursor=odd).comments) == 7


def test_pages_go_on_until_one_holds_nothing_newer_than_the_last_run(read: Callable[..., Any]) -> None:
    since = ms("2026-02-10T10:00:00+00:00")
    newer, older = thread(1, at="2026-02-10T10:00:01Z"), thread(2, at="2026-02-10T10:00:00Z")
    assert asked_for(read(newer, older, token="t2", since=since)) == [("commentThreads", "t2")]
    assert asked_for(read(older, token="t2", since=since)) == []
    assert asked_for(read(newer, token="t2")) == [("commentThreads", "t2")]
    assert asked_for(read(newer)) == []


def test_no_run_reads_past_the_study_s_start(parse: Callable[..., Any]) -> None:
    tag = json.dumps({"video": VIDEO, "since": 0, "left": 3})
    page = {"items": [thread(1)], "nextPageToken": "t2"}
    for start, following in (("2026-02-10T09:59:59+00:00", 1), ("2026-02-10T10:00:00+00:00", 0)):
        window, options = (ms(start), None), {"videos": [VIDEO]}
        (parsed,) = parse("youtube", page, url=THREADS, tag=tag, options=options, window=window)
        assert len(parsed.next) == following
        said = f"{VIDEO}: comments before the study's start were left out."
        assert parsed.problems == (() if following else (said,))


def test_pages_carry_the_old_bound_and_only_the_first_gives_the_new_one(read: Callable[..., Any]) -> None:
    parsed = read(thread(1, at="2026-02-11T10:00:00Z"), token="t2", since=5)
    assert json.loads(parsed.cursor) == {VIDEO: ms("2026-02-11T10:00:00+00:00")}
    assert json.loads(parsed.next[0].tag) == {"video": VIDEO, "since": 5, "answers": {}, "left": 2, "first": False}
    assert read(thread(1), first=False).cursor is None
    assert json.loads(read(thread(1, at="2004-01-01T00:00:00Z"), since=2**40).cursor) == {VIDEO: 2**40}, "never back"


def test_a_list_without_an_end_is_left_at_the_last_page_allowed(read: Callable[..., Any]) -> None:
    parsed = read(thread(1), token="again", left=0)
    assert asked_for(parsed) == []
    assert "left out (pages)" in parsed.problems[0]
    assert asked_for(read(token="again")) == [], "a page of nothing is the last one"


def test_answers_are_asked_for_where_more_are_declared_than_came(read: Callable[..., Any]) -> None:
    parsed = read(thread(1, answers=5, inline=5), thread(2, answers=6, inline=5), thread(3, answers=6, inline=5))
    assert asked_for(parsed) == [("comments", "c2"), ("comments", "c3")]
    assert len(parsed.page.comments) == 3 + 5, "those that are asked for come in the next answer"
    known = read(thread(2, answers=6, inline=5), thread(3, answers=7, inline=5), known={"c2": 6, "c3": 6})
    assert asked_for(known) == [("comments", "c3")]
    assert len(known.page.comments) == 2 + 5


def test_counts_of_answers_are_kept_for_the_first_page_only(
    read: Callable[..., Any], parse: Callable[..., Any]
) -> None:
    parsed = read(thread(1, answers=9), known={"c1": 9, "gone": 4})
    assert json.loads(parsed.cursor)[f"{VIDEO}/gone"] is None
    (first,), (later,) = (read(thread(1, answers=9), first=page).next for page in (True, False))
    cursors = []
    for ask in (first, later):
        (answers,) = parse(
            "youtube", {"items": [comment("1.1")]}, url=ask.url, tag=ask.tag, options={"videos": [VIDEO]}
        )
        cursors.append(answers.cursor)
    assert [cursor and json.loads(cursor) for cursor in cursors] == [{f"{VIDEO}/c1": 9}, None]


def test_answers_without_an_end_are_left_at_the_last_page_allowed(parse: Callable[..., Any]) -> None:
    tag = json.dumps({"video": VIDEO, "comment": "c1", "declared": 900, "left": 0})
    answer = {"items": [comment("1.1")], "nextPageToken": "again"}
    (parsed,) = parse("youtube", answer, url=f"{API}/comments?parentId=c1", tag=tag, options={"videos": [VIDEO]})
    assert (parsed.next, json.loads(parsed.cursor)) == ((), {f"{VIDEO}/c1": 900})
    assert "left out" in parsed.problems[0]


def test_fifty_videos_are_asked_for_at_once(asks: Callable[..., Any]) -> None:
    videos = [f"video-{number:05}" for number in range(120)]
    known = json.dumps({"video-00051": 7, "video-00051/c": 2, "elsewhere11": 9})
    first = asks("youtube", options={"videos": videos}, cursor=known)
    assert [len(json.loads(ask.tag)["ids"]) for ask in first] == [50, 50, 20]
    assert [json.loads(ask.tag)["known"] for ask in first] == [{}, {"video-00051": 7, "video-00051/c": 2}, {}]


@pytest.mark.parametrize(
    "address",
    [
        VIDEO,
        f"https://www.youtube.com/watch?v={VIDEO}",
        f"https://www.youtube.com/watch?app=desktop&v={VIDEO}&t=10s",
        f"https://m.youtube.com/watch?v={VIDEO}#x",
        f"http://youtu.be/{VIDEO}?si=abc",
        f"https://youtube.com/shorts/{VIDEO}",
        f"https://www.youtube.com/live/{VIDEO}/",
    ],
)
def test_a_video_may_be_written_in_each_of_its_ways(address: str) -> None:
    assert YouTubeOptions(videos=(address, VIDEO)).videos == (VIDEO,)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "short",
        f"{VIDEO}x",
        f"https://evil.example/watch?v={VIDEO}",
        "https://www.youtube.com/@riverton",
        f"x{VIDEO}",
    ],
)
def test_anything_else_is_refused_with_the_form_that_is_wanted(address: str) -> None:
    with pytest.raises(ValidationError, match="is no video: write its id"):
        YouTubeOptions(videos=(address,))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({}, "no id"),
        ({"id": None, "snippet": {"topLevelComment": {"snippet": {"textDisplay": "x"}}}}, "no id"),
        ({"id": "c", "snippet": {"topLevelComment": "x"}}, "no id"),
        ({"id": "c", "snippet": {"topLevelComment": {"id": "c", "snippet": None}}}, "no text"),
        ({"id": "c", "snippet": {"topLevelComment": {"id": "c", "snippet": {"textDisplay": ["x"]}}}}, "no text"),
    ],
)
def test_an_item_of_an_odd_shape_is_counted_and_the_others_go_on(
    read: Callable[..., Any], item: Any, reason: str
) -> None:
    page = read(item, "x", None, thread(1)).page
    assert [reject.reason for reject in page.rejects] == [reason]
    assert [row["ext_id"] for row in page.comments] == ["c1"]


def test_odd_fields_are_unknown(read: Callable[..., Any]) -> None:
    odd = comment(1, at=3, likeCount="4", authorChannelId="x", authorDisplayName=None)
    item = {"id": "c1", "snippet": {"topLevelComment": odd, "totalReplyCount": "many"}, "replies": {"comments": None}}
    (row,) = read(item).page.comments
    assert (row["likes"], row["author"], row["published_at"]) == (4, None, None)


@pytest.mark.parametrize("answer", [{}, [], {"kind": "youtube#x"}, {"error": {"code": 403}}])
def test_an_answer_without_items_is_drift(parse: Callable[..., Any], answer: Any) -> None:
    with pytest.raises(SchemaDrift):
        parse("youtube", answer, url=THREADS)


def refusal(reason: str, *, status: int = 403, details: str = "", at: str = "2026-07-01T12:00:00+00:00") -> Capture:
    error = {"code": status, "message": "No.", "errors": [{"message": "No.", "domain": "youtube", "reason": reason}]}
    error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": details}]
    return Capture("u", "u", status, {}, json.dumps({"error": error}).encode(), ms(at))


def test_a_quota_that_is_used_up_begins_anew_at_midnight_in_california() -> None:
    error = COLLECTOR.refused(refusal("quotaExceeded"))
    assert isinstance(error, RateLimited)
    assert error.retry_at == datetime(2026, 7, 2, 7, tzinfo=UTC)
    winter = COLLECTOR.refused(refusal("dailyLimitExceeded", at="2026-12-01T07:30:00+00:00"))
    assert isinstance(winter, RateLimited)
    assert winter.retry_at == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_refusals_are_what_their_reasons_say() -> None:
    assert isinstance(COLLECTOR.refused(refusal("rateLimitExceeded")), RateLimited)
    bad = COLLECTOR.refused(refusal("badRequest", status=400, details="API_KEY_INVALID"))
    assert isinstance(bad, AuthNeeded)
    assert "MINYI_YOUTUBE_KEY" in str(bad)
    closed = COLLECTOR.refused(refusal("commentsDisabled"))
    assert isinstance(closed, NotFound)
    assert "turned off" in closed.what
    assert isinstance(COLLECTOR.refused(refusal("invalidPageToken", status=400)), NotFound)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "x"}', b'{"error": {"errors": [3]}}', b"[" * 9999])
def test_of_any_other_refusal_the_status_says_enough(body: bytes) -> None:
    assert COLLECTOR.refused(Capture("u", "u", 403, {}, body, 0)) is None
    assert COLLECTOR.refused(refusal("forbidden")) is None
