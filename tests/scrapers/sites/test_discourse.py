from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from scrapers.errors import SchemaDrift
from scrapers.sites.discourse import BATCH, COLLECTOR, MOST_TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SERVER = "https://forum.qingqiao.example"
LATEST = f"{SERVER}/latest.json?page=0"
TOPIC = f"{SERVER}/t/5.json"
ONE = {"server": SERVER, "topics": ["5"]}


def post(own: int, number: int, **more: object) -> dict[str, Any]:
    return {"id": own, "post_number": number, "post_type": 1, "cooked": f"<p>第{own}帖</p>", **more}


def topic(posts: Iterable[object], stream: object = None, **more: object) -> dict[str, Any]:
    return {"id": 5, "title": "车票", "post_stream": {"posts": list(posts), "stream": stream}, **more}


def batch(ids: Iterable[int]) -> str:
    return f"{SERVER}/t/5/posts.json?" + "&".join(f"post_ids[]={each}" for each in ids)


def posts(ids: Iterable[int]) -> bytes:
    return body({"post_stream": {"posts": [post(each, each - 100) for each in ids]}, "id": 5})


def latest(*topics: tuple[int, str], more: bool = False) -> bytes:
    found = [{"id": number, "bumped_at": bumped, "posts_count": 1} for number, bumped in topics]
    return body({"topic_list": {"topics": found} | ({"more_topics_url": "/latest?page=1"} if more else {})})


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def long_topic(total: int) -> tuple[dict[str, Any], list[int]]:
    """A topic of which the first twenty posts come along."""
    ids = [100 + number for number in range(1, total + 1)]
    return topic((post(own, own - 100) for own in ids[:BATCH]), ids, posts_count=total), ids


# -- what a topic gives -----------------------------------------------------------------------------------------------


def test_the_first_post_is_the_article_and_the_others_are_posts(played: Callable[..., Any]) -> None:
    run = played("discourse")
    article = next(article for article in run.articles if article.id == "301")
    first = "公交公司昨天发了通知，五月起售票机不再出纸质票。:thinking: 你们支持吗？"
    assert article.text == f"五月起不再卖纸质车票，大家怎么看\n{first}"
    assert (article.site, article.url, article.lang) == ("forum.qingqiao.example", f"{SERVER}/t/301", "zh")
    assert "9001" not in {row["ext_id"] for row in run.comments}


def test_a_post_keeps_its_likes_time_author_and_address(played: Callable[..., Any]) -> None:
    row = next(row for row in played("discourse").comments if row["ext_id"] == "9013")
    assert row == {
        "ext_id": "9013",
        "text": "我问了客服：六十五岁以上可以继续用敬老卡。",
        "kind": "post",
        "platform": "forum.qingqiao.example",
        "author": "7",
        "likes": 2,
        "url": f"{SERVER}/t/301/8",
        "article_id": "301",
        "parent_id": None,
        "published_at": 1_774_168_200_000,
        "published_raw": "2026-03-22T08:30:00.000Z",
        "published_precision": "second",
    }


def test_quotes_previews_and_pictures_are_not_the_authors_words(played: Callable[..., Any]) -> None:
    run = played("discourse")
    texts = {row["ext_id"]: row["text"] for row in run.comments}
    assert texts["9004"] == "可我父母不会用手机。\n至少留一个人工窗口吧 & 别一刀切。"
    assert texts["9011"] == "同意楼上，老人怎么办。@laozhou"
    assert [(reject.where, reject.reason) for reject in run.rejects] == [
        ("post_stream.posts[1]", "no words of its own")
    ]


def test_a_post_answers_another_by_its_number_in_the_topic(played: Callable[..., Any]) -> None:
    answered = {row["ext_id"]: row["parent_id"] for row in played("discourse").comments}
    assert answered == {"9002": None, "9004": "9002", "9011": "9004", "9013": None, "9008": None, "8802": None}


def test_deleted_and_hidden_posts_are_gone_and_the_forums_notes_are_none(parse: Callable[..., Any]) -> None:
    taken_back = [post(2, 2, user_deleted=True), post(3, 3, deleted_at="2026-03-01"), post(4, 4, hidden=True)]
    page = parse("discourse", topic([*taken_back, post(6, 5, post_type=3), post(7, 6)]), url=TOPIC)[0].page
    assert page.gone == ("2", "3", "4")
    assert [row["ext_id"] for row in page.comments] == ["7"]
    assert page.rejects == ()


def test_the_forums_count_is_declared_without_the_first_post(played: Callable[..., Any]) -> None:
    assert played("discourse").declared == {"290": 0, "301": 7, "302": 1, "280": 1}


def test_unknown_likes_are_none(parse: Callable[..., Any]) -> None:
    odd = [None, [], [{"id": 2}], [{"id": 2, "count": "many"}], [{"id": 3, "count": 4}], "none"]
    page = parse(
        "discourse", topic(post(number, number, actions_summary=each) for number, each in enumerate(odd, 2)), url=TOPIC
    )
    assert [row["likes"] for row in page[0].page.comments] == [None] * len(odd)


# -- long topics ------------------------------------------------------------------------------------------------------


def test_a_long_topic_is_read_to_its_end_twenty_posts_at_a_time(played: Callable[..., Any]) -> None:
    whole, ids = long_topic(65)
    answers = {TOPIC: body(whole), **{batch(ids[at : at + 20]): posts(ids[at : at + 20]) for at in (20, 40, 60)}}
    run = played("discourse", options=ONE, answers=answers)
    assert [row["ext_id"] for row in run.comments] == [str(own) for own in ids[1:]]
    assert len(run.asked) == 4


def test_an_answer_finds_its_post_in_an_earlier_batch(played: Callable[..., Any]) -> None:
    whole, ids = long_topic(41)
    last = body({"post_stream": {"posts": [post(141, 41, reply_to_post_number=25)]}})
    answers = {TOPIC: body(whole), batch(ids[20:40]): posts(ids[20:40]), batch(ids[40:]): last}
    assert played("discourse", options=ONE, answers=answers).comments[-1]["parent_id"] == "125"


def test_a_run_that_was_cut_off_goes_on_after_the_last_batch(played: Callable[..., Any]) -> None:
    whole, ids = long_topic(65)
    broken = {TOPIC: body(whole), batch(ids[20:40]): posts(ids[20:40]), batch(ids[40:60]): b"{"}
    first = played("discourse", options=ONE, answers=broken)
    assert len(first.failures) == 1
    answers = {TOPIC: body(whole), batch(ids[40:60]): posts(ids[40:60]), batch(ids[60:]): posts(ids[60:])}
    second = played("discourse", options=ONE, answers=answers, cursor=first.cursor)
    assert {row["ext_id"] for row in first.comments + second.comments} == {str(own) for own in ids[1:]}


def test_a_later_run_asks_for_new_posts_and_fills_the_batch_with_those_before(played: Callable[..., Any]) -> None:
    whole, ids = long_topic(40)
    first = played("discourse", options=ONE, answers={TOPIC: body(whole), batch(ids[20:]): posts(ids[20:])})
    grown, more = long_topic(42)
    fresh = {TOPIC: body(grown), batch(more[22:]): posts(more[22:])}
    assert len(played("discourse", options=ONE, answers=fresh, cursor=first.cursor).asked) == 2


def test_posts_moved_into_a_topic_are_read_too(played: Callable[..., Any]) -> None:
    first = played("discourse", options=ONE, answers={TOPIC: body(topic([post(50, 1), post(60, 2)], [50, 60]))})
    moved = {TOPIC: body(topic([post(50, 1)], [50, 55, 60])), batch([55, 60]): posts([55, 60])}
    second = played("discourse", options=ONE, answers=moved, cursor=first.cursor)
    assert "55" in {row["ext_id"] for row in second.comments}
    third = played("discourse", options=ONE, answers=moved, cursor=second.cursor)
    assert len(third.asked) == 1


def test_what_is_too_much_for_one_run_waits_for_the_next(played: Callable[..., Any]) -> None:
    whole, ids = long_topic(65)
    answers = {TOPIC: body(whole), **{batch(ids[at : at + 20]): posts(ids[at : at + 20]) for at in (20, 40, 60)}}
    options = ONE | {"posts": 20}
    runs = [played("discourse", options=options, answers=answers)]
    for _ in range(3):
        fill = {batch([*ids[45:60], *ids[60:]]): posts(ids[45:])}
        runs.append(played("discourse", options=options, answers=answers | fill, cursor=runs[-1].cursor))
    assert runs[0].problems == ["Topic 5: more posts than one run reads; the others wait for the next."]
    assert {row["ext_id"] for run in runs for row in run.comments} == {str(own) for own in ids[1:]}
    assert len(runs[-1].asked) == 1


# -- lists ------------------------------------------------------------------------------------------------------------


def test_only_topics_that_changed_are_read_again(played: Callable[..., Any]) -> None:
    first = played("discourse")
    second = played("discourse", cursor=first.cursor)
    assert second.urls == [LATEST]
    bumped = latest(
        (290, "2025-11-01T02:00:00.000Z"), (301, "2026-03-25T08:30:00.000Z"), (302, "2026-03-21T09:00:00.000Z")
    )
    third = played(
        "discourse", cursor=first.cursor, answers={LATEST: bumped.replace(b'"posts_count": 1', b'"posts_count": 2')}
    )
    assert third.urls[1:] == [f"{SERVER}/t/290.json", f"{SERVER}/t/301.json"]


def test_a_list_is_left_at_the_first_page_without_a_change(played: Callable[..., Any]) -> None:
    first = played("discourse")
    pinned = latest((290, "2025-11-01T02:00:00.000Z"), more=True)
    assert played("discourse", cursor=first.cursor, answers={LATEST: pinned}).urls == [LATEST]


def test_a_list_that_turns_round_for_ever_is_left(played: Callable[..., Any]) -> None:
    same = latest((301, "2026-03-22T08:30:00.000Z"), more=True)
    answers = {f"{SERVER}/latest.json?page={page}": same for page in range(60)}
    run = played("discourse", options={"server": SERVER, "latest": True, "pages": 50}, answers=answers)
    assert [url for url in run.urls if "latest" in url] == [LATEST, f"{SERVER}/latest.json?page=1"]


def test_topics_nobody_wrote_in_since_the_study_began_are_left_out(played: Callable[..., Any]) -> None:
    start = 1_772_323_200_000  # 2026-03-01
    run = played("discourse", window=(start, None))
    assert sorted(article.id for article in run.articles) == ["301", "302"]
    assert run.problems == ["2 topics were left out: nobody wrote in since the study's start."]
    later = played("discourse", window=(1_900_000_000_000, None))
    assert (later.articles, later.problems) == (
        [],
        ["3 topics were left out: nobody wrote in since the study's start."],
    )


def test_a_list_that_lost_all_its_topics_is_drift(played: Callable[..., Any]) -> None:
    with pytest.raises(SchemaDrift):
        played("discourse", cursor=played("discourse").cursor, answers={LATEST: latest()})


def test_a_topic_that_could_not_be_had_is_asked_for_next_time(played: Callable[..., Any]) -> None:
    first = played("discourse", answers={f"{SERVER}/t/302.json": b""})
    assert len(first.failures) == 1
    assert f"{SERVER}/t/302.json" in played("discourse", cursor=first.cursor).urls


@pytest.mark.parametrize("why", ["a batch failed", "it is too long for one run"])
def test_a_topic_of_a_list_that_was_read_in_part_is_asked_for_next_time(played: Callable[..., Any], why: str) -> None:
    whole, ids = long_topic(60)
    failed = {batch(ids[20:40]): b"{"} if why == "a batch failed" else {}
    answers = {
        LATEST: latest((5, "2026-03-22T08:30:00.000Z")),
        TOPIC: body(whole),
        batch(ids[20:40]): posts(ids[20:40]),
    }
    answers |= {batch(ids[40:]): posts(ids[40:])}
    options = {"server": SERVER, "latest": True} | ({} if failed else {"posts": 20})
    first = played("discourse", options=options, answers=answers | failed)
    second = played("discourse", options=options, cursor=first.cursor, answers=answers)
    assert TOPIC in second.urls
    third = played("discourse", options=options, cursor=second.cursor, answers=answers)
    assert third.urls == [LATEST]


def test_a_search_gives_topics_page_by_page(played: Callable[..., Any]) -> None:
    def found(number: int, more: object) -> bytes:
        result = {"more_full_page_results": more}
        return body({"posts": [], "topics": [{"id": number, "posts_count": 2}], "grouped_search_result": result})

    url = f"{SERVER}/search.json?q=%E8%BD%A6%E7%A5%A8&page="
    answers = {f"{url}1": found(302, more=True), f"{url}2": found(280, more=None)}
    run = played("discourse", options={"server": SERVER, "search": "车票"}, answers=answers)
    assert {article.id for article in run.articles} == {"302", "280"}


def test_a_search_without_results_is_no_error(played: Callable[..., Any]) -> None:
    nothing = body({"posts": [], "grouped_search_result": {"more_full_page_results": None}})
    options = {"server": SERVER, "search": "x"}
    run = played("discourse", options=options, answers={f"{SERVER}/search.json?q=x&page=1": nothing})
    assert run.articles == []


def test_a_category_is_a_list(played: Callable[..., Any]) -> None:
    url = f"{SERVER}/c/transport/12.json?page=0"
    run = played("discourse", options={"server": SERVER, "category": "transport/12"}, answers={url: latest((302, "x"))})
    assert [article.id for article in run.articles] == ["302"]


def test_only_so_many_topics_are_remembered(asks: Callable[..., Any], parse: Callable[..., Any]) -> None:
    marks = {str(number): ["2026", 1, number, 1] for number in range(1, MOST_TOPICS + 3)}
    (ask,) = asks("discourse", cursor=json.dumps(marks))
    (read,) = parse("discourse", latest((9, "2026")), url=ask.url, tag=ask.tag)
    assert json.loads(read.cursor) == {"1": None, "2": None}


# -- odd answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", [None, "post", 4, [], {}, {"id": 8}, {"id": 8, "cooked": None}, {"cooked": "<p>x</p>"}])
def test_an_odd_post_is_a_reject_and_the_others_stay(parse: Callable[..., Any], odd: object) -> None:
    page = parse("discourse", topic([odd, post(9, 2)], "none"), url=TOPIC)[0].page
    assert [row["ext_id"] for row in page.comments] == ["9"]
    assert len(page.rejects) == 1


@pytest.mark.parametrize(
    "answer", [[], {}, {"id": 5}, {"id": 5, "post_stream": None}, {"topic_list": {"topics": None}}]
)
@pytest.mark.parametrize("url", [TOPIC, batch([1]), LATEST])
def test_another_shape_is_drift(parse: Callable[..., Any], answer: object, url: str) -> None:
    with pytest.raises(SchemaDrift):
        parse("discourse", answer, url=url)


def test_a_topic_without_title_or_text_is_known_by_its_address(parse: Callable[..., Any]) -> None:
    page = parse("discourse", topic([post(1, 1, cooked=None)], title=None), url=TOPIC)[0].page
    assert page.articles[0].text == f"{SERVER}/t/5"


# -- options ----------------------------------------------------------------------------------------------------------


def test_a_topic_and_a_category_are_named_by_number_or_address() -> None:
    named = {"server": f"{SERVER}/", "topics": [5, f"{SERVER}/t/che-piao/7/12", f"{SERVER}/t/7"]}
    options: Any = COLLECTOR.options.model_validate(named)
    assert (options.server, options.numbers) == (SERVER, ("5", "7"))
    within: Any = COLLECTOR.options.model_validate({"server": SERVER, "category": f"{SERVER}/c/transport/bus/12?x=1"})
    assert within.category == "transport/bus/12"


@pytest.mark.parametrize(
    "options",
    [
        {"latest": True},
        {"server": "forum.example", "latest": True},
        {"server": "ftp://forum.example", "latest": True},
        {"server": "https://user@forum.example", "latest": True},
        {"server": SERVER},
        {"server": SERVER, "latest": True, "search": "x"},
        {"server": SERVER, "topics": ["che-piao"]},
        {"server": SERVER, "topics": ["https://another.example/t/che-piao/7"]},
        {"server": SERVER, "topics": "5"},
        {"server": SERVER, "category": "transport"},
        {"server": SERVER, "latest": True, "pages": 0},
        {"server": SERVER, "latest": True, "topic": 5},
    ],
)
def test_what_cannot_be_meant_is_refused(options: Any) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.options.model_validate(options)


# -- recorded answers -------------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_a_recorded_topic_is_read_without_loss(parse: Callable[..., Any], shared: Path) -> None:
    recorded = (shared / "fixtures" / "discourse" / "spec__fixtures__topic.json").read_bytes()
    (read,) = parse("discourse", recorded, url=f"{SERVER}/t/57.json")
    page = read.page
    # Four posts: the first is the Article, the third is a picture and nothing else.
    assert (len(page.articles), len(page.comments), len(page.rejects), read.next) == (1, 2, 1, ())
    assert page.declared == {"57": 3}
    assert [(row["likes"], row["parent_id"]) for row in page.comments] == [(0, None), (5, None)]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["hot", "new", "top"])
def test_recorded_lists_are_read_without_loss(parse: Callable[..., Any], shared: Path, name: str) -> None:
    recorded = (shared / "fixtures" / "discourse" / f"spec__fixtures__{name}.json").read_bytes()
    numbers = {topic["id"] for topic in json.loads(recorded)["topic_list"]["topics"]}
    (read,) = parse("discourse", recorded, url=LATEST)
    assert {ask.url for ask in read.next if "/t/" in ask.url} == {f"{SERVER}/t/{number}.json" for number in numbers}


@pytest.mark.shared
def test_recorded_posts_are_read_without_loss(parse: Callable[..., Any], shared: Path) -> None:
    folder = shared / "fixtures" / "discourse"
    posts = [
        *json.loads((folder / "spec__fixtures__posts_before.json").read_bytes())["latest_posts"],
        json.loads((folder / "spec__fixtures__post.json").read_bytes()),
    ]
    answers = [each | {"post_number": 2} for each in posts]
    (read,) = parse("discourse", {"post_stream": {"posts": answers}}, url=batch([1]))
    assert (len(read.page.comments), len(read.page.rejects)) == (4, 0)


@pytest.mark.parametrize(
    ("bumped", "kept"), [("2026-03-01T08:00:00.000Z", True), ("x" * 50_000, False), ("soon", False)]
)
def test_only_a_time_is_remembered_of_a_list(parse: Callable[..., Any], bumped: str, kept: bool) -> None:
    answer = {"topic_list": {"topics": [{"id": 5, "bumped_at": bumped, "posts_count": 2}]}}
    options = {"server": "https://forum.example", "latest": True}
    (parsed,) = parse("discourse", answer, url="https://forum.example/latest.json?page=0", options=options)
    assert json.loads(parsed.next[0].tag)["bumped"] == (bumped if kept else "")
