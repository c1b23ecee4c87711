"""Columns are guessed from their names, in two languages, and a guess that the values contradict is not made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.columns import columns_of_days, guess_columns, normal_name, parse_count

TEXTS = ["该管管了，支持", "不同意这样做", "I would rather wait"]
TIMES = ["2024-02-21 10:05", "昨天 10:05", "1708481100"]
IDS = ["17", "18", "19"]


@pytest.mark.parametrize(
    ("headers", "meanings"),
    [
        ("id,text,created_at,user,likes,url,parent_id,platform", "id,text,time,author,likes,url,parent,source"),
        ("编号,评论内容,评论时间,昵称,点赞数,链接,父评论,平台", "id,text,time,author,likes,url,parent,source"),
        (
            "Comment ID,Comment,Date,User Name,Like Count,Permalink,Reply To,Source",
            "id,text,time,author,likes,url,parent,source",
        ),
        ("mid,微博正文,发布时间,用户名,赞,微博链接,上级评论,来源", "id,text,time,author,likes,url,parent,source"),
        (
            "commentId,body,createTime,userId,likeCount,link,parentId,site",
            "id,text,time,author,likes,url,parent,source",
        ),
    ],
)
def test_headers_in_both_languages(headers: str, meanings: str) -> None:
    values = [
        IDS,
        TEXTS,
        TIMES,
        ["a", "b", "a"],
        ["3", "1.2万", "0"],
        ["https://x.example/1"],
        ["17"],
        ["weibo", "weibo"],
    ]
    columns = headers.split(",")
    found = guess_columns(dict(zip(columns, values, strict=True)))
    assert found == dict(zip(meanings.split(","), columns, strict=True))


def test_an_author_id_is_preferred_to_a_name_and_the_raw_text_to_a_rendered_one() -> None:
    found = guess_columns({"nickname": ["n"], "user.id": ["5"], "text": TEXTS, "text_raw": TEXTS})
    assert (found["author"], found["text"]) == ("user.id", "text_raw")


def test_a_column_of_counts_is_no_text_whatever_its_name() -> None:
    assert guess_columns({"评论": ["12", "3"], "正文": TEXTS})["text"] == "正文"
    assert "text" not in guess_columns({"评论": ["12", "3"]})
    assert "text" not in guess_columns({"content": ["https://x.example/a", "//x.example/b"]})


def test_values_that_contradict_a_name_are_not_taken() -> None:
    odd = {"text": TEXTS, "date": ["soon", "later"], "likes": ["many", "few"], "id": ["1", "1", "1"], "url": ["home"]}
    assert guess_columns(odd) == {"text": "text"}


def test_the_device_a_post_came_from_is_no_platform() -> None:
    assert "source" not in guess_columns({"text": TEXTS, "source": ["来自 某手机", "来自 某平板"]})


def test_a_filled_column_is_preferred_to_an_empty_one() -> None:
    assert guess_columns({"content": [], "comment": TEXTS})["text"] == "comment"
    assert guess_columns({"content": []})["text"] == "content"


def test_what_a_person_decided_stands() -> None:
    found = guess_columns({"text": TEXTS, "note": TEXTS, "user": ["a"]}, {"text": "note", "author": ""})
    assert found == {"text": "note"}


def test_no_column_has_two_meanings() -> None:
    found = guess_columns({"text": TEXTS, "id": IDS, "parent": IDS, "user_id": IDS})
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Like Count", "like_count"),
        ("likeCount", "like_count"),
        ("\ufeffuser.id", "user_id"),
        ("评论内容（原文）", "评论内容"),
    ],
)
def test_headers_are_compared_in_one_form(header: str, name: str) -> None:
    assert normal_name(header) == name


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        ("2007", 2007),
        ("1,234", 1234),
        ("139.6万", 1_396_000),
        ("1.2k", 1200),
        ("3w+", 30_000),
        ("２３", 23),
        (12.0, 12),
        (7, 7),
        ("-3", -3),
        ("", None),
        ("赞", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_counts_as_platforms_write_them(raw: object, count: int | None) -> None:
    assert parse_count(raw) == count


@settings(max_examples=40, deadline=None)  # a busy machine is no fault
@given(st.dictionaries(st.text(max_size=12), st.lists(st.text(min_size=1, max_size=20), max_size=5), max_size=6))
def test_no_table_raises(samples: dict[str, list[str]]) -> None:
    guess_columns(samples)


@settings(deadline=None)  # a busy machine is no fault
@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_no_count_raises(raw: object) -> None:
    parse_count(raw)


@pytest.mark.parametrize(
    "header", ["提交日期", "提交时间", "填写时间", "回答时间", "提交答卷时间", "when", "posted_on", "Submit date"]
)
def test_the_time_columns_of_questionnaires_are_known(header: str) -> None:
    assert guess_columns({"意见": TEXTS, header: ["2026/10/1", "2026/10/2"]})["time"] == header


def test_a_column_of_days_is_known_by_its_values_where_it_is_the_only_one_and_no_birth() -> None:
    days, ids = ["2026/10/1"] * 9 + [""], ["1708481100", "1708481101"]
    assert columns_of_days({"受理": days, "工单": ids}) == (["受理"], True)
    assert columns_of_days({"出生年月": days}) == (["出生年月"], False)
    assert columns_of_days({"受理": days, "办结": days}) == (["受理", "办结"], False)
    assert columns_of_days({"工单": ids, "钟": ["10:05"], "节": ["3-4", "6月17日"]}) == ([], False)
