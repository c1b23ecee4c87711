from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from scrapers.errors import SchemaDrift
from scrapers.sites.appstore import COLLECTOR, AppStoreOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = "https://itunes.apple.com/cn/rss/customerreviews/page={}/id=900100200/sortBy=mostRecent/json"


def review(number: object = "1", title: object = "题目", **more: object) -> dict[str, Any]:
    labels = {"id": number, "title": title, "content": "内容", "im:rating": "1", **more}
    return {name: {"label": value} for name, value in labels.items()}


def feed(*entries: object) -> dict[str, Any]:
    return {"feed": {"link": [], "entry": list(entries)}}


def dated(*days: int) -> dict[str, Any]:
    return feed(*(review(str(1000 + day), updated=f"2026-03-{day:02}T08:00:00-07:00") for day in days))


def body(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def test_a_review_is_title_and_body_with_its_time_votes_and_country(played: Callable[..., Any]) -> None:
    first = played("appstore").comments[0]
    assert first == {
        "ext_id": "11900000105",
        "text": "纸质票说停就停\n老人没有手机怎么坐车？\n\n建议窗口再保留半年。",
        "kind": "review",
        "platform": "App Store",
        "author": "31001",
        "likes": 12,
        "url": "https://apps.apple.com/cn/app/id900100200?see-all=reviews",
        "published_at": 1_775_092_831_000,
        "published_raw": "2026-04-01T18:20:31-07:00",
        "published_precision": "second",
    }


def test_the_app_itself_is_no_review_and_a_bare_object_is_one(played: Callable[..., Any]) -> None:
    run = played("appstore")
    assert [row["ext_id"] for row in run.comments][-1] == "11900000051"
    assert [(reject.where, reject.reason) for reject in run.rejects] == [("feed.entry[3]", "no text")]


def test_a_review_without_a_date_is_kept_without_one(played: Callable[..., Any]) -> None:
    old = played("appstore").comments[-1]
    assert (old["published_at"], old["published_raw"], old["published_precision"]) == (None, "", None)


def test_the_next_page_is_json_and_the_empty_one_is_the_last(played: Callable[..., Any]) -> None:
    assert [url for url in played("appstore").urls if "/cn/" in url] == [PAGE.format(n) for n in (1, 2, 3)]


def test_a_second_run_stops_at_what_it_knows(played: Callable[..., Any]) -> None:
    first = played("appstore")
    second = played("appstore", cursor=first.cursor)
    assert len(second.asked) == 2
    assert all(ask.expects for ask in second.asked)
    assert second.cursor == first.cursor


def test_a_second_run_reads_on_until_it_meets_the_first(played: Callable[..., Any]) -> None:
    options = {"app": "900100200"}
    first = played(
        "appstore", options=options, answers={PAGE.format(1): body(dated(5, 4)), PAGE.format(2): body(feed())}
    )
    answers = {PAGE.format(n): body(page) for n, page in enumerate([dated(9, 8), dated(7, 5), dated(4)], start=1)}
    second = played("appstore", options=options, cursor=first.cursor, answers=answers)
    assert second.urls == [PAGE.format(n) for n in (1, 2, 3)]


def test_an_edited_old_review_does_not_end_the_reading(played: Callable[..., Any]) -> None:
    options = {"app": "900100200"}
    first = played(
        "appstore", options=options, answers={PAGE.format(1): body(dated(5, 4)), PAGE.format(2): body(feed())}
    )
    edited = review("1004", updated="2026-03-20T08:00:00-07:00")
    pages = [feed(edited), dated(9, 5), feed()]
    answers = {PAGE.format(n): body(page) for n, page in enumerate(pages, start=1)}
    assert "1009" in {
        row["ext_id"] for row in played("appstore", options=options, cursor=first.cursor, answers=answers).comments
    }


def test_reviews_without_dates_are_bounded_by_their_rising_numbers(played: Callable[..., Any]) -> None:
    options = {"app": "900100200"}
    first = played(
        "appstore", options=options, answers={PAGE.format(1): body(feed(review("7"))), PAGE.format(2): body(feed())}
    )
    assert json.loads(first.cursor) == {"cn": [0, 7]}
    again = played("appstore", options=options, cursor=first.cursor, answers={PAGE.format(1): body(feed(review("7")))})
    assert len(again.asked) == 1


def test_what_was_the_newest_stays_so_when_it_is_taken_down(played: Callable[..., Any]) -> None:
    known = json.dumps({"cn": [1_775_092_831_000, 1005]})
    options = {"app": "900100200"}
    run = played("appstore", options=options, cursor=known, answers={PAGE.format(1): body(dated(4, 3))})
    assert json.loads(run.cursor) == json.loads(known)


def test_reading_ends_before_the_study_begins(played: Callable[..., Any]) -> None:
    start = 1_772_600_000_000  # 2026-03-04
    run = played(
        "appstore", options={"app": "900100200"}, answers={PAGE.format(1): body(dated(3, 2))}, window=(start, None)
    )
    assert len(run.asked) == 1
    assert run.problems == ["cn: reviews further back were left out, since they lie before the study's start."]


def test_a_feed_that_always_gives_the_same_page_ends(played: Callable[..., Any]) -> None:
    answers = {PAGE.format(n): body(dated(5, 4)) for n in range(1, 20)}
    assert len(played("appstore", options={"app": "900100200"}, answers=answers).asked) == 10
    assert len(played("appstore", options={"app": "900100200", "pages": 3}, answers=answers).asked) == 3


@pytest.mark.parametrize(
    "entry",
    [None, "text", 3, [], {}, {"id": None}, review(None), review("no number"), review("1", None, content=None)],
)
def test_an_odd_entry_is_a_reject_and_the_others_stay(parse: Callable[..., Any], entry: object) -> None:
    page = parse("appstore", feed(entry, review("2")), url=PAGE.format(1))[0].page
    assert [row["ext_id"] for row in page.comments] == ["2"]
    assert len(page.rejects) == 1


@pytest.mark.parametrize("answer", [[], {}, {"feed": None}, {"feed": {}}, {"feed": {"link": [], "entry": "x"}}])
def test_another_shape_is_drift(parse: Callable[..., Any], answer: object) -> None:
    with pytest.raises(SchemaDrift):
        parse("appstore", answer, url=PAGE.format(1))


@pytest.mark.parametrize("votes", [None, "many", "-3", {}])
def test_unknown_votes_are_none(parse: Callable[..., Any], votes: object) -> None:
    entry = review("2", **{"im:voteSum": votes})
    assert parse("appstore", feed(entry), url=PAGE.format(1))[0].page.comments[0]["likes"] is None


@pytest.mark.parametrize(
    ("options", "number", "stores"),
    [
        ({"app": "414478124"}, "414478124", ("cn",)),
        ({"app": 414478124}, "414478124", ("cn",)),
        ({"app": "https://apps.apple.com/us/app/some-name/id414478124?l=en"}, "414478124", ("us",)),
        ({"app": "https://apps.apple.com/app/id414478124"}, "414478124", ("cn",)),
        (
            {"app": "https://apps.apple.com/us/app/id414478124", "countries": ["HK", "tw", "hk"]},
            "414478124",
            ("hk", "tw"),
        ),
    ],
)
def test_an_app_is_named_by_number_or_address(options: Any, number: str, stores: tuple[str, ...]) -> None:
    read = AppStoreOptions.model_validate(options)
    assert (read.number, read.stores) == (number, stores)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"app": "some app"},
        {"app": "https://play.google.com/store/apps/details?id=414478124"},
        {"app": "414478124", "countries": ["china"]},
        {"app": "414478124", "pages": 11},
        {"app": "414478124", "page": 1},
    ],
)
def test_what_cannot_be_meant_is_refused(options: Any) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.options.model_validate(options)


@pytest.mark.shared
def test_recorded_reviews_are_read_without_loss(parse: Callable[..., Any], shared: Path) -> None:
    recorded = (shared / "fixtures" / "appstore" / "customerreviews_jp_p1_excerpt.json").read_bytes()
    (read,) = parse("appstore", recorded, url=PAGE.format(1), options={"app": "1404176564", "countries": ["jp"]})
    assert (len(read.page.comments), len(read.page.rejects)) == (2, 0)
    assert all(row["text"].count("\\n") == 0 and row["likes"] == 0 for row in read.page.comments)
