"""Saved pages of Tieba and weibo.cn give every post and comment on them, with its time, author and what it answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scrapers.files import FileError, FileOptions, Reading, open_bytes

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 3, 5, 4, 0, tzinfo=UTC)


def opened(html: str, name: str = "saved.html", **options: Any) -> Reading:
    return open_bytes(html.encode(), name, FileOptions(**options), zone=ZONE, reference=NOW)


def rows(reading: Reading) -> dict[str, dict[str, Any]]:
    return {comment["ext_id"]: dict(comment) for page in reading.pages() for comment in page.comments}


def when(comment: dict[str, Any]) -> str:
    return datetime.fromtimestamp(comment["published_at"] / 1000, ZONE).strftime("%Y-%m-%d %H:%M")


FLOOR = """
<div class="l_post l_post_bright j_l_post clearfix" data-pid="{pid}" data-field='{{"author":{{"user_id":1,
 "portrait":"tb.1.{who}?t=15"}},"content":{{"post_id":{pid},"thread_id":77,"post_no":{floor}}}}}'>
 <cc><div id="post_content_{pid}" class="d_post_content j_d_post_content">{text}</div></cc>
 <span class="tail-info">来自手机</span><span class="tail-info">{floor}楼</span>
 <span class="tail-info">2024-08-06 22:0{floor}</span>{below}</div>"""
BELOW = """<ul><li class="lzl_single_post j_lzl_s_p" data-field="{{'pid':'{pid}','spid':'{spid}','user_name':'',
 'portrait':'tb.1.{who}'}}"><div class="lzl_cnt"><a class="at">某人</a>: <span class="lzl_content_main">
   回复 <a>甲</a> :{text}
 </span><span class="lzl_time">2024-8-6 23:15</span></div></li></ul>"""
THREAD = (
    '<!DOCTYPE html><html><body><h1 class="core_title_txt" title="t">公交改线</h1>'
    + FLOOR.format(pid=1, floor=1, who="a", text="明天起改线<br>大家怎么看", below="")
    + FLOOR.format(
        pid=2,
        floor=2,
        who="b",
        text='不方便<img class="BDE_Smiley" src="//x/image_emoticon25.png">\n   了<img class="BDE_Image" src="y.jpg">',
        below=BELOW.format(pid=2, spid=3, who="a", text="绕路<br/>太远"),
    )
    + "<div class='l_post' data-field='{}'><div class='d_post_content'>广告</div></div></body></html>"
)


def test_a_thread_of_tieba_with_its_comments_below_the_floors() -> None:
    reading = opened(THREAD)
    found = rows(reading)

    assert (reading.guess.format, reading.guess.preset, reading.guess.platform) == ("html", "tieba", "tieba")
    assert {key: (one["kind"], one["text"]) for key, one in found.items()} == {
        "1": ("post", "公交改线\n明天起改线\n大家怎么看"),
        "2": ("comment", "不方便[滑稽] 了"),
        "3": ("comment", "回复 甲 :绕路\n太远"),
    }
    assert [found[key]["parent_id"] for key in "123"] == [None, None, "2"]
    assert [when(found[key]) for key in "123"] == ["2024-08-06 22:01", "2024-08-06 22:02", "2024-08-06 23:15"]
    assert [found[key]["author"] for key in "123"] == ["tb.1.a", "tb.1.b", "tb.1.a"]
    assert found["2"]["url"] == "https://tieba.baidu.com/p/77?pid=2#2"
    assert found["2"]["platform"] == "tieba"


def test_the_comments_of_a_floor_saved_by_themselves() -> None:
    fragment = BELOW.format(pid="", spid=9, who="c", text="是的").removeprefix("<ul>")
    assert list(rows(opened(fragment, "more.html"))) == ["9"]


def test_a_list_page_of_tieba_gives_threads() -> None:
    item = """<li class=" j_thread_list clearfix" data-field='{"id":55,"author_portrait":"tb.1.z"}' data-tid="55">
      <div class="threadlist_title j_th_tit"><a class="j_th_tit" href="/p/55">地铁票价</a></div>
      <div class="threadlist_abs">下月起涨价</div><span class="is_show_create_time">2024-08</span></li>"""
    (thread,) = rows(opened(f"<html><body><ul>{item}</ul></body></html>")).values()
    assert (thread["text"], thread["kind"], thread["url"]) == (
        "地铁票价\n下月起涨价",
        "post",
        "https://tieba.baidu.com/p/55",
    )
    assert thread["published_precision"] == "month"


CN_POST = """<div class="c" id="M_{bid}"><div><span class="ctt">明天起<img alt="[允悲]" src="x"/></span>真的吗
 <a href="/n/x">@某人</a></span>&nbsp;[<a href="https://weibo.cn/mblog/picAll/{bid}">组图共2张</a>]</div><div>
 <a href="https://weibo.cn/attitude/{bid}/add?uid=999">赞[12]</a>
 <a href="https://weibo.cn/repost/{bid}?uid=42&amp;rl=0">转发[3]</a>
 <span class="ct">06月17日 18:12&nbsp;来自网页</span></div></div>"""
CN_REPOST = """<div class="c" id="M_R1"><div><span class="cmt">转发了&nbsp;<a href="/u/1">他</a>的微博:</span>
 <span class="ctt">别人的话</span></div><div><span class="cmt">转发理由:</span>我不同意<br/>再想想&nbsp;&nbsp;
 <a href="https://weibo.cn/attitude/R1/add?uid=999">赞[5]</a><a href="https://weibo.cn/repost/R1?uid=43">转发[0]</a>
 <span class="ct">2024-06-17 18:12:01</span></div></div>"""
CN_COMMENT = """<div class="c" id="C_4512413737386822"><a href="/u/7">乙</a>:
 <span class="ctt">支持<span class="url-icon"><img alt=[心] src="x"></span></span>&nbsp;
 <a href="/spam/?cid=4&amp;fuid=70">举报</a>&nbsp;<span class="cc"><a href="/attitude/a/update">赞[18737]</a></span>
 &nbsp;<span class="ct">今天 08:15&nbsp;网页</span></div>"""


def page(*blocks: str) -> str:
    return f"<?xml version='1.0'?><!DOCTYPE html><html><body>{''.join(blocks)}</body></html>"


def test_a_profile_of_weibo_cn_gives_posts_and_of_a_repost_only_its_own_words() -> None:
    found = rows(opened(page(CN_POST.format(bid="P1"), CN_REPOST), saved="2020-06-18"))

    assert found["P1"]["text"] == "明天起[允悲]真的吗 @某人"
    assert (found["P1"]["author"], found["P1"]["likes"], when(found["P1"])) == ("42", 12, "2020-06-17 18:12")
    assert found["P1"]["url"] == "https://weibo.com/42/P1"
    assert found["R1"]["text"] == "我不同意\n再想想"
    assert {one["kind"] for one in found.values()} == {"post"}


def test_a_comments_page_of_weibo_cn_gives_the_post_and_its_comments() -> None:
    form = "<form><input name='id' type='hidden' value='Q9'></form>"
    found = rows(opened(page(CN_POST.format(bid=""), form, CN_COMMENT)))

    comment = found["4512413737386822"]
    assert list(found) == ["Q9", "4512413737386822"]
    assert (comment["kind"], comment["text"], comment["author"], comment["likes"]) == (
        "comment",
        "支持[心]",
        "70",
        18737,
    )
    assert when(comment) == "2025-03-05 08:15"


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<!DOCTYPE html><html><body><p>一则新闻</p></body></html>", "No comments of Tieba or weibo.cn"),
        ("<html>" + "<div>" * 500 + '<div class="l_post ">', "too long or too deeply nested"),
    ],
)
def test_other_pages_are_refused_with_what_to_do(html: str, said: str) -> None:
    with pytest.raises(FileError, match=said):
        opened(html)


@pytest.mark.parametrize(
    "field", ["", "null", "[]", "{", '{"author": 3, "content": "x"}', '{"content": {"post_id": []}}']
)
def test_odd_data_on_a_floor_costs_no_more_than_what_it_says(field: str) -> None:
    html = f"""<!DOCTYPE html><div class="l_post " data-pid="5" data-field='{field}'>
      <div class="d_post_content">还在</div></div>"""
    (found,) = rows(opened(html)).values()
    assert (found["ext_id"], found["text"], found["published_at"]) == ("5", "还在", None)
