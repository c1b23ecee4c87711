from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from scrapers.errors import SchemaDrift
from scrapers.protocol import Query
from scrapers.sites.hackernews import COLLECTOR, MOST_STORIES, HackerNewsOptions

if TYPE_CHECKING:
    from collections.abc import Callable

SEARCH = "https://hn.algolia.com/api/v1/search_by_date?query=harbour&tags=comment&hitsPerPage=50"
ITEM = "https://hn.algolia.com/api/v1/items/9"
WORDS = {"query": "harbour"}


def before(second: int, since: int = 0) -> str:
    lower = f"created_at_i>={since}," if since else ""
    return f"{SEARCH}&numericFilters={lower}created_at_i<{second}"


def hit(number: int, second: int, **more: object) -> dict[str, Any]:
    return {
        "objectID": str(number),
        "created_at": "2026-03-20T09:00:00Z",
        "created_at_i": second,
        "comment_text": f"Comment {number}.",
        "author": "ferrygoer",
        "story_id": 7,
        "story_title": "Harbour Pass",
        "parent_id": 7,
        **more,
    }


def found(*hits: dict[str, Any], total: int | None = None) -> bytes:
    return json.dumps({"hits": hits, "nbHits": len(hits) if total is None else total}).encode()


def comment(number: int, *children: object, **more: object) -> dict[str, Any]:
    return {"id": number, "type": "comment", "text": f"Comment {number}.", "children": list(children), **more}


def story(number: int, *children: object, **more: object) -> dict[str, Any]:
    return {"id": number, "type": "story", "title": "Harbour Pass", "children": list(children), **more}


# -- threads ----------------------------------------------------------------------------------------------------------


def test_a_thread_gives_the_story_and_who_answers_whom(played: Callable[..., Any]) -> None:
    run = played("hackernews")
    answers = {row["ext_id"]: (row["article_id"], row["parent_id"]) for row in run.comments}
    assert answers["51200421"] == ("51200401", None)
    assert answers["51200425"] == ("51200401", "51200421")
    assert answers["51200431"] == ("51200401", "51200425")
    assert run.articles[0].title == "How the Harbour Pass works"
    assert run.articles[0].text == "How the Harbour Pass works\nA long write-up."


def test_a_comment_keeps_its_time_author_and_address(played: Callable[..., Any]) -> None:
    row = next(row for row in played("hackernews").comments if row["ext_id"] == "51200425")
    assert row == {
        "ext_id": "51200425",
        "text": "My mother has no phone. She rides twice a week & pays cash.",
        "kind": "comment",
        "platform": "Hacker News",
        "author": "oldquay",
        "likes": None,
        "url": "https://news.ycombinator.com/item?id=51200425",
        "article_id": "51200401",
        "parent_id": "51200421",
        "published_at": 1_774_000_931_000,
        "published_raw": "2026-03-20T10:02:11.000Z",
        "published_precision": "second",
    }


def test_paragraphs_are_lines_and_a_shortened_link_reads_as_shown(played: Callable[..., Any]) -> None:
    row = next(row for row in played("hackernews").comments if row["ext_id"] == "51200421")
    assert row["text"].split("\n") == [
        "About time. The paper ones jam the gates every morning.",
        "See https://example.org/reports/gates-and-del...",
    ]


def test_a_deleted_comment_is_gone_and_its_answers_stay(played: Callable[..., Any]) -> None:
    run = played("hackernews")
    assert run.gone == ["51200422"]
    assert {row["parent_id"] for row in run.comments if row["ext_id"] == "51200427"} == {"51200422"}


def test_a_thread_as_deep_as_json_can_be_is_read(parse: Callable[..., Any]) -> None:
    thread = comment(400)
    for number in range(399, 0, -1):
        thread = comment(number, thread)
    rows = parse("hackernews", story(9999, thread), url=ITEM)[0].page.comments
    assert [row["ext_id"] for row in rows] == [str(number) for number in range(1, 401)]


def test_a_thread_deeper_than_that_is_drift(parse: Callable[..., Any]) -> None:
    with pytest.raises(SchemaDrift):
        parse("hackernews", '{"id": 1, "children": ' * 60_000, url=ITEM)


def test_an_item_that_is_a_comment_is_read_with_its_answers(parse: Callable[..., Any]) -> None:
    rows = parse("hackernews", comment(5, comment(6)), url=ITEM)[0].page.comments
    assert [(row["ext_id"], row["parent_id"], row["article_id"]) for row in rows] == [
        ("5", None, None),
        ("6", "5", None),
    ]


def test_poll_options_are_no_comments(parse: Callable[..., Any]) -> None:
    thread = story(1, {"id": 2, "type": "pollopt", "text": "Yes", "children": []}, comment(3), type="poll")
    assert [row["ext_id"] for row in parse("hackernews", thread, url=ITEM)[0].page.comments] == ["3"]


@pytest.mark.parametrize(
    "odd", [{"id": None}, {"text": 4}, {"text": " <p> "}, {"id": "x y"}, {"children": "none", "text": []}]
)
def test_an_odd_comment_is_a_reject_and_its_neighbours_stay(parse: Callable[..., Any], odd: dict[str, Any]) -> None:
    page = parse("hackernews", story(1, comment(2) | odd, comment(3)), url=ITEM)[0].page
    assert [row["ext_id"] for row in page.comments] == ["3"]
    assert len(page.rejects) == 1


@pytest.mark.parametrize("odd", [{"title": None}, {"title": 3}, {"id": []}, {"text": {}}, {"created_at": 5.5}])
def test_an_odd_story_is_no_error(parse: Callable[..., Any], odd: dict[str, Any]) -> None:
    assert len(parse("hackernews", story(1, comment(2)) | odd, url=ITEM)[0].page.comments) == 1


@pytest.mark.parametrize("answer", [[], {}, {"id": 1}, "text", 4, None])
def test_another_shape_is_drift(parse: Callable[..., Any], answer: object) -> None:
    for url in (ITEM, SEARCH):
        with pytest.raises(SchemaDrift):
            parse("hackernews", answer, url=url)


# -- searching for comments -------------------------------------------------------------------------------------------


def test_a_found_comment_stands_under_its_story(played: Callable[..., Any]) -> None:
    hits = found(hit(12, 500, parent_id=11), hit(11, 400), hit(10, 300, story_title=None, story_id=8))
    run = played("hackernews", options=WORDS, answers={SEARCH: hits})
    assert [(row["ext_id"], row["article_id"], row["parent_id"]) for row in run.comments] == [
        ("12", "7", "11"),
        ("11", "7", None),
        ("10", None, "7"),
    ]
    assert [(article.id, article.text) for article in run.articles] == [("7", "Harbour Pass")]


def test_a_found_comment_without_text_is_gone(played: Callable[..., Any]) -> None:
    run = played("hackernews", options=WORDS, answers={SEARCH: found(hit(11, 400, comment_text=None), hit(10, 300))})
    assert (run.gone, [row["ext_id"] for row in run.comments]) == (["11"], ["10"])


def test_more_hits_than_one_answer_gives_are_read_slice_by_slice(played: Callable[..., Any]) -> None:
    answers = {
        SEARCH: found(hit(5, 500), hit(4, 400), total=5),
        before(401): found(hit(4, 400), hit(3, 400), total=4),
        before(400): found(hit(2, 200), hit(1, 100), total=2),
    }
    run = played("hackernews", options=WORDS, answers=answers)
    assert {row["ext_id"] for row in run.comments} == {"5", "4", "3", "2", "1"}


def test_a_server_that_always_gives_the_same_hits_ends(played: Callable[..., Any]) -> None:
    same = found(hit(5, 500), hit(4, 400), total=900)
    answers = {SEARCH: same, before(401): same, before(400): same}
    assert len(played("hackernews", options=WORDS, answers=answers).asked) == 3


def test_the_limit_of_pages_is_said(played: Callable[..., Any]) -> None:
    options = WORDS | {"pages": 1}
    run = played("hackernews", options=options, answers={SEARCH: found(hit(5, 500), total=9)})
    assert run.problems == ["The search was ended after 1 answers; 8 older hits were not read. Raise `pages`."]


def test_the_study_window_bounds_the_search(played: Callable[..., Any]) -> None:
    run = played("hackernews", options=WORDS, answers={before(3, since=2): found()}, window=(2000, 2500))
    assert len(run.asked) == 1


def test_nothing_is_asked_for_before_the_window(played: Callable[..., Any]) -> None:
    within = f"{SEARCH}&numericFilters=created_at_i>=400"
    narrow = before(401, since=400)
    answers = {within: found(hit(5, 500), hit(4, 400), total=9), narrow: found(hit(4, 400), total=9)}
    assert len(played("hackernews", options=WORDS, answers=answers, window=(400_000, None)).asked) == 2


def test_a_second_run_reads_from_an_hour_before_the_newest(played: Callable[..., Any]) -> None:
    first = played("hackernews", options=WORDS, answers={SEARCH: found(hit(5, 90_000))})
    again = f"{SEARCH}&numericFilters=created_at_i>=86400"
    second = played("hackernews", options=WORDS, cursor=first.cursor, answers={again: found(hit(5, 90_000))})
    assert len(second.asked) == 1
    assert second.cursor == first.cursor


# -- searching for stories --------------------------------------------------------------------------------------------


def test_a_story_without_comments_needs_no_thread(played: Callable[..., Any]) -> None:
    run = played("hackernews")
    assert not [url for url in run.urls if url.endswith("51200410")]
    article = next(article for article in run.articles if article.id == "51200410")
    assert article.text.endswith("my new card is refused.\nWho do I write to?")


def test_the_platforms_own_counts_are_declared(played: Callable[..., Any]) -> None:
    assert played("hackernews").declared == {"51200410": 0, "51200401": 5, "51200402": 1, "51200300": 1}


def test_only_threads_that_grew_are_read_again(played: Callable[..., Any]) -> None:
    first = played("hackernews")
    since = 1_774_164_600 - 15 * 86_400
    url = f"https://hn.algolia.com/api/v1/search_by_date?query=harbour+pass&tags=story&hitsPerPage=50&numericFilters=created_at_i>={since}"
    hits = found(
        hit(51200401, 1_773_997_200, title="Harbour Pass drops paper tickets from May", num_comments=6),
        hit(51200402, 1_773_943_500, title="Show HN", num_comments=1),
    )
    second = played("hackernews", cursor=first.cursor, answers={url: hits})
    assert [url.rpartition("/")[2] for url in second.urls if "/items/" in url] == ["51100000", "51200401"]
    assert json.loads(second.cursor) == json.loads(first.cursor) | {"51200401": 6}


def test_a_thread_that_could_not_be_had_is_asked_for_next_time(played: Callable[..., Any]) -> None:
    first = played("hackernews", answers={"https://hn.algolia.com/api/v1/items/51200402": b""})
    assert len(first.failures) == 1
    assert "51200402" not in json.loads(first.cursor)


def test_only_so_many_stories_are_remembered(asks: Callable[..., Any], parse: Callable[..., Any]) -> None:
    cursor = json.dumps({"newest": 10**9, **{str(number): 1 for number in range(1, MOST_STORIES + 3)}})
    options = WORDS | {"search": "stories"}
    (ask,) = asks("hackernews", options=options, cursor=cursor)
    (read,) = parse("hackernews", found(hit(5, 10**9 + 1)), url=ask.url, tag=ask.tag, options=options)
    assert json.loads(read.cursor) == {"newest": 10**9 + 1, "2": None, "1": None}


# -- options ----------------------------------------------------------------------------------------------------------


def test_items_are_named_by_number_or_address() -> None:
    given = {"items": [12, "13", "https://news.ycombinator.com/item?id=13"]}
    assert COLLECTOR.options.model_validate(given).items == ("12", "13")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"query": "  "},
        {"query": "x", "search": "all"},
        {"items": ["https://example.org/item?id=3"]},
        {"items": ["-3"]},
        {"items": "3"},
        {"query": "x", "pages": 0},
        {"query": "x", "tag": "y"},
    ],
)
def test_what_cannot_be_meant_is_refused(options: Any) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.options.model_validate(options)


def test_an_answer_of_the_search_is_read_in_little_time(parse: Callable[..., Any], within: Any) -> None:
    text = "The machine at the pier takes <i>coins</i> only.<p>" * 5
    answer = found(*(hit(number, number, comment_text=text) for number in range(1, 51)))
    parse("hackernews", answer, url=SEARCH, options=WORDS)
    with within(0.1):
        parse("hackernews", answer, url=SEARCH, options=WORDS)


def test_a_hit_from_far_in_the_future_does_not_end_the_search_for_ever(parse: Callable[..., Any]) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    url, second = f"{SEARCH}&x=1", int(now.timestamp())
    (parsed,) = parse("hackernews", found(hit(5, 10**17)), url=url, tag='{"first": true}', options=WORDS, reference=now)
    assert json.loads(parsed.cursor) == {"newest": second}
    old = json.dumps({"newest": 10**17})
    query = Query(HackerNewsOptions.model_validate(WORDS), ZoneInfo("UTC"), now)
    (ask,) = COLLECTOR.start(query, old)
    assert f"created_at_i%3E%3D{second - 3600}" in ask.url
