"""Exports of well-known tools are recognised by their columns, shown as such, and read without their traps."""

from __future__ import annotations

import copy
import csv
import io
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.files import FileError, FileOptions, Reading, open_bytes
from scrapers.times import parse_time

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 3, 5, 4, 0, tzinfo=UTC)
BIG = 5101466727221344123  # beyond what a float keeps


def opened(data: bytes, name: str = "a.csv", **options: Any) -> Reading:
    return open_bytes(data, name, FileOptions(**options), zone=ZONE, reference=NOW)


def table(header: str, *rows: str) -> bytes:
    return "\n".join((header, *rows)).encode()


def rows(reading: Reading) -> list[dict[str, Any]]:
    return [dict(comment) for page in reading.pages() for comment in page.comments]


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


XHS = (
    "comment_id,create_time,ip_location,note_id,content,user_id,nickname,sub_comment_count,parent_comment_id,like_count"
)
ITEM_COLUMNS = [
    (XHS, "xhs"),
    ("comment_id,video_id,content,create_time,sub_comment_count,parent_comment_id,user_id,sign,sex", "bilibili"),
    ("comment_id,video_id,content,create_time,sub_comment_count,user_id", None),
    ("comment_id,aweme_id,content,create_time,sub_comment_count,user_id,sec_uid", "douyin"),
    ("comment_id,content_id,content,publish_time,sub_comment_count,parent_comment_id,user_id", "zhihu"),
    ("comment_id,note_id,content,create_time,create_date_time,comment_like_count,sub_comment_count,user_id", "weibo"),
    ("comment_id,note_id,note_url,tieba_id,tieba_name,content,publish_time,sub_comment_count,user_link", "tieba"),
]


@pytest.mark.parametrize(("columns", "platform"), ITEM_COLUMNS)
def test_mediacrawlers_comments_of_every_platform(columns: str, platform: str | None) -> None:
    values = {"comment_id": "7", "content": "先试行再推广", "create_time": "1709172000", "publish_time": "1709172000"}
    reading = opened(table(columns, ",".join(values.get(name, "3") for name in columns.split(","))))

    (comment,) = rows(reading)
    assert (reading.guess.preset, reading.guess.platform or None) == ("mediacrawler", platform)
    assert (comment["ext_id"], comment["text"], comment["platform"]) == ("7", "先试行再推广", platform)
    assert comment["published_at"] == 1_709_172_000_000
    assert comment["kind"] == "comment"


def test_the_files_name_tells_a_platform_that_the_columns_do_not() -> None:
    reading = opened(table(*[ITEM_COLUMNS[2][0], "7,3,好,1709172000,0,3"]), "kuaishou_comments.csv")
    assert rows(reading)[0]["platform"] == "kuaishou"


def test_a_subcomment_of_mediacrawler_names_its_parent_and_a_top_one_none() -> None:
    lines = [
        f"{number},1709172000,上海,n1,好的,u,甲,0,{parent},2007" for number, parent in ((1, ""), (2, "0"), (3, "1"))
    ]
    found = rows(opened(table(XHS, *lines)))
    assert [one["parent_id"] for one in found] == [None, None, "1"]
    assert {one["likes"] for one in found} == {2007}


def test_mediacrawlers_notes_are_posts_with_their_title_where_they_have_no_text() -> None:
    header = "note_id,type,title,desc,time,user_id,liked_count,comment_count,last_modify_ts,note_url"
    found = rows(
        opened(table(header, "n1,normal,改票规则,,1709172000000,u,1.2万,3,1709172000,https://example.test/n1"))
    )
    assert [(one["kind"], one["text"], one["likes"], one["ext_id"]) for one in found] == [
        ("post", "改票规则", 12_000, "n1")
    ]


WEIBO = "id,bid,weibo_id,root_id,user_id,created_at,user_screen_name,text,like_count"


def test_weibo_crawlers_comments_lose_their_tags_and_keep_their_emoji() -> None:
    text = '回复<a href="/n/x">@甲</a>:太快了<img alt="[允悲]" src="x.png"/><br/>第二行 a&lt;b &amp; c'
    stream = io.StringIO()
    csv.writer(stream).writerows(
        [
            WEIBO.split(","),
            [BIG, "Ab1", "99", BIG, "u1", "Sat Nov 16 22:38:31 +0800 2024", "甲", text, "2007"],
            [BIG + 1, "Ab2", "99", BIG, "u2", "Sat Nov 16 22:38:31 ", "乙", "支持 &lt;3", "139.6万"],
        ]
    )
    reading = opened(stream.getvalue().encode())
    first, second = rows(reading)

    assert (reading.guess.preset, reading.guess.platform, reading.guess.html) == ("weibo-crawler", "weibo", True)
    assert ("text", "text (without its HTML tags)", text[:80]) in reading.guess.rows()
    assert first["text"] == "回复@甲:太快了[允悲]\n第二行 a<b & c"
    assert second["text"] == "支持 <3"
    assert (first["ext_id"], first["parent_id"], second["parent_id"]) == (str(BIG), None, str(BIG))
    assert first["published_at"] == second["published_at"] == 1_731_767_911_000  # cut to 20 characters: no year left
    assert second["likes"] == 1_396_000


def test_a_weekday_tells_the_year_of_a_time_without_one() -> None:
    def year(text: str, reference: datetime = NOW) -> int | None:
        moment = parse_time(text, zone=ZONE, reference=reference)
        return datetime.fromtimestamp(moment.ms / 1000, ZONE).year if moment else None

    assert year("Sat Nov 16 22:38:31") == 2024
    assert year("Thu Nov 16 22:38:31") == 2023
    assert year("Thu Feb 29 10:00:00") == 2024
    assert year("Mon Feb 30 10:00:00") is None
    assert year("Wed Mar 05 10:00:00") == 2025
    assert parse_time("Sat Nov 16 22:38:31", zone=ZONE) is None


def test_4cats_times_are_utc_and_its_thread_is_no_parent() -> None:
    header = "id,thread_id,timestamp,author,body,subject,reply_to"
    lines = [
        "1,1,2024-03-01 08:00:00,甲,,改规则,",
        "2,1,2024-03-01 08:05:00,乙,不同意,,",
        "3,1,2024-03-01 09:00:00,丙,我也是,,2",
    ]
    found = rows(opened(table(header, *lines)))

    assert [one["text"] for one in found] == ["改规则", "不同意", "我也是"]
    assert [one["parent_id"] for one in found] == [None, None, "2"]
    assert found[0]["published_at"] == int(datetime(2024, 3, 1, 8, tzinfo=UTC).timestamp() * 1000)


BILIBILI: dict[str, Any] = {
    "code": 0,
    "data": {
        "cursor": {"all_count": 4},
        "top_replies": None,
        "upper": {"mid": 5, "top": {"rpid": 9, "ctime": 1709172000, "like": 3, "content": {"message": "置顶说明"}}},
        "replies": [
            {
                "rpid": 1,
                "rpid_str": "1",
                "mid": 7,
                "parent": 0,
                "ctime": 1709172000,
                "like": 2,
                "rcount": 0,
                "content": {"message": "为什么改"},
                "replies": [
                    {
                        "rpid": 2,
                        "parent": 1,
                        "ctime": 1709172060,
                        "content": {"message": "通知里写了"},
                        "replies": None,
                    },
                    {"rpid": 3, "parent": 2, "ctime": 1709172120, "content": {"message": "哪里"}, "replies": []},
                ],
            },
            {"rpid": 9, "ctime": 1709172000, "like": 3, "content": {"message": "置顶说明"}, "replies": None},
        ],
    },
}


EMPTY = {"code": 0, "data": {"replies": None, "cursor": {}}}


@pytest.mark.parametrize(
    "data",
    [
        as_json(BILIBILI),
        as_json([BILIBILI, EMPTY]),
        as_json(BILIBILI) + b"\n" + as_json(EMPTY),
        as_json(BILIBILI["data"]["replies"]),
    ],
    ids=["one answer", "answers in a list", "answers by line", "the list of comments alone"],
)
def test_bilibilis_replies_become_rows_that_name_what_they_answer(data: bytes) -> None:
    reading = opened(data, "saved.json")
    found = {one["ext_id"]: one for one in rows(reading)}

    assert (reading.guess.preset, reading.accepted, reading.rejected) == ("bilibili", 4, 0)
    assert {key: one["parent_id"] for key, one in found.items()} == {"1": None, "2": "1", "3": "2", "9": None}
    assert (found["1"]["author"], found["1"]["likes"], found["2"]["likes"]) == ("7", 2, None)
    assert {one["platform"] for one in found.values()} == {"bilibili"}


def test_weibos_comments_inside_comments() -> None:
    when = "Sat Nov 16 22:38:31 +0800 2024"
    reply = {"created_at": when, "id": BIG + 1, "rootid": BIG, "text": "同意<img alt=[允悲] src=x>", "like_count": "12"}
    answer = {"created_at": when, "id": BIG + 2, "rootid": BIG, "text": "为何", "reply_comment": {"id": BIG + 1}}
    top = {"created_at": when, "id": BIG, "idstr": str(BIG), "rootid": BIG, "text": "太急", "comments": [reply, answer]}
    other = {"created_at": when, "id": BIG + 3, "rootid": BIG + 3, "text": "好", "comments": False, "reply_count": 0}
    for wrapped in ([top, other], {"data": [top, other], "total_number": 4}):
        reading = opened(as_json({"ok": 1, "data": wrapped}), "saved.json")
        found = rows(reading)
        assert reading.guess.preset == "weibo-json"
        assert [one["ext_id"] for one in found] == [str(BIG + step) for step in range(4)]
        assert [one["parent_id"] for one in found] == [None, str(BIG), str(BIG + 1), None]
        assert found[1]["text"] == "同意[允悲]"
        assert found[1]["likes"] == 12


def test_weibos_posts_in_cards() -> None:
    post = {
        "created_at": "Sat Nov 16 22:38:31 +0800 2024",
        "id": str(BIG),
        "mid": str(BIG),
        "bid": "Ab1",
        "text": "新规<br />明天起施行",
        "attitudes_count": "2万",
        "user": {"id": 7, "screen_name": "甲"},
    }
    reading = opened(
        as_json({"ok": 1, "data": {"cards": [{"card_type": 9, "mblog": post}, {"card_type": 11}]}}), "a.json"
    )
    (found,) = rows(reading)
    assert (found["kind"], found["text"], found["likes"]) == ("post", "新规\n明天起施行", 20_000)


def test_nested_comments_that_never_end_do_not_either() -> None:
    comment: dict[str, Any] = {"rpid": 0, "ctime": 1709172000, "content": {"message": "底"}}
    for number in range(1, 60):
        comment = {"rpid": number, "ctime": 1709172000, "content": {"message": f"层{number}"}, "replies": [comment]}
    assert len(rows(opened(as_json([comment]), "a.json"))) == 60


def test_html_shows_itself_in_a_table_nobody_knows_and_hearts_are_no_tags() -> None:
    lines = ["id,text", *(f'{number},"<p>先<b>试</b>行</p><p>再说</p>"' for number in range(3)), "9,爱你 <3 a<b"]
    assert [one["text"] for one in rows(opened("\n".join(lines).encode()))] == ["先试行\n再说"] * 3 + ["爱你 <3 a<b"]
    assert not opened(table("id,text", "1,爱你 <3 a<b", "2,c>d & e")).guess.html


def test_generic_turns_recognition_off_and_options_win() -> None:
    data = table(XHS, "7,1709172000,上海,n1,先试行,u,甲,0,,3")
    assert opened(data, preset="generic").guess.preset == "generic"
    reading = opened(data, columns={"author": "nickname"}, platform="小红书", holds="review")
    (comment,) = rows(reading)
    assert (comment["author"], comment["platform"], comment["kind"]) == ("甲", "小红书", "review")


def test_a_preset_that_does_not_fit_says_so() -> None:
    with pytest.raises(FileError, match=r"This is no export of bilibili\."):
        opened(table("id,text", "1,先试行"), preset="bilibili")


def test_what_relative_times_count_from_can_be_said() -> None:
    reading = opened(table("id,text,time", "1,好,5分钟前", "2,好啊,昨天 12:03"), saved="2024-02-02T10:00:00")
    ours = [datetime.fromtimestamp(one["published_at"] / 1000, ZONE) for one in rows(reading)]
    assert [one.isoformat() for one in ours] == ["2024-02-02T09:55:00+08:00", "2024-02-01T12:03:00+08:00"]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("id,text,date,time", "1,先试行,2024-02-21,10:05"),
        ("id,text,日期,时间", "1,先试行,2024年2月21日,10:05"),
        ("id,text,time,clock", "1,先试行,2024-02-21 00:00:00,10:05:00"),
    ],
)
def test_a_day_and_a_clock_time_in_two_columns_are_one_time(header: str, row: str) -> None:
    reading = opened(table(header, row))
    (comment,) = rows(reading)
    assert datetime.fromtimestamp(comment["published_at"] / 1000, ZONE).isoformat() == "2024-02-21T10:05:00+08:00"
    assert " + " in {meaning: column for meaning, column, _ in reading.guess.rows()}["time"]


def test_nuls_in_a_small_csv_do_not_make_it_utf_16() -> None:
    found = rows(opened(b"id,text\n1,first\0\n22,second\0\n33,third\0\n"))
    assert [one["text"].strip("\0") for one in found] == ["first", "second", "third"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in places(one, (*path, key)))]


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_whatever_stands_anywhere_in_an_answer_the_rest_is_read(data: st.DataObject) -> None:
    answer = copy.deepcopy(BILIBILI)
    *way, last = data.draw(st.sampled_from([path for path in places(answer) if path]))
    target: Any = answer
    for step in way:
        target = target[step]
    target[last] = data.draw(ANYTHING)
    with suppress(FileError):
        assert all(one["text"].strip() and one["ext_id"] for one in rows(opened(as_json(answer), "a.json")))
