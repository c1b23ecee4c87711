"""List pages, sitemaps and what comes of them; single pages are specified in tests/scrapers/test_article.py."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from scrapers.errors import BadResponse, Blocked, NotFound, SchemaDrift
from scrapers.sites.article import ArticleOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]

LIST = "https://news.linjiang-daily.example/local/"
REPORT = "https://news.linjiang-daily.example/local/2026/1118/parking-204417.html"
ACCOUNT = "https://mp.weixin.qq.com/s/Lj7Qw3ParkingFees2026a"
MAP = "https://town.example/sitemap.xml"


def urlset(*entries: tuple[str, str]) -> str:
    rows = "".join(
        f"<url><loc>{loc}</loc>{f'<lastmod>{when}</lastmod>' if when else ''}</url>" for loc, when in entries
    )
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)


# -- a list and its articles ------------------------------------------------------------------------------------------


def test_a_list_gives_the_articles_it_links_to_each_once(played: Play) -> None:
    run = played("article")
    assert run.urls == [LIST, REPORT, ACCOUNT]
    assert [(ask.again, ask.alone) for ask in run.asked] == [("if changed", False), ("never", True), ("never", True)]
    assert [article.url for article in run.articles] == [REPORT, ACCOUNT]


def test_an_account_on_wechat_is_read_by_its_rule(played: Play) -> None:
    article = played("article").articles[1]
    assert article.extractor == "rule:wechat"
    assert article.title == "停车新规问答：您关心的五件事"
    assert article.site == "临江交通"
    assert article.published_at == 1_794_904_200_000
    assert datetime.fromtimestamp(article.published_at / 1000, UTC).hour == 8
    assert article.text.splitlines()[:3] == [
        "最近，很多车主在后台问起停车新规。",
        "小编把问得最多的几条理了一理。",
        "一、夜里为什么也要收费？",
    ]
    assert article.text.endswith("三、意见提到什么时候为止？十一月三十日。")
    assert not [word for word in ("关注我们", "语音", "不是正文", "阅读原文") if word in article.text]


def test_a_list_looks_by_itself_for_links_to_articles_of_its_site(played: Play) -> None:
    video = "https://news.linjiang-daily.example/video/2026/1116/204201.html"
    run = played("article", options={"list": LIST}, answers={video: b"<p>A film of the morning market</p>"})
    assert run.urls == [LIST, REPORT, video]


def test_pages_of_a_list_are_asked_for_by_number(asks: Play) -> None:
    first = asks("article", options={"list": "https://a.example/list_{page}.html", "pages": 3})
    assert [ask.url for ask in first] == [f"https://a.example/list_{number}.html" for number in (1, 2, 3)]
    # The third may not be there; without the first there is nothing.
    assert [ask.alone for ask in first] == [False, True, True]


def test_a_list_without_an_article_is_drift(parse: Play) -> None:
    page = "<a href='/about'>About</a><a href='https://other.example/2026/11/18/x-123456.html'>Other</a>"
    for options in ({"list": LIST}, {"list": LIST, "match": "/story/*"}):
        with pytest.raises(SchemaDrift, match="No link on the page") as caught:
            parse("article", page, url=LIST, tag="list", options=options, type="text/html")
        assert caught.value.path == "a[href]"


@pytest.mark.parametrize(("tag", "options"), [("list", {"list": LIST}), ("sitemap", {"sitemap": LIST})])
def test_an_empty_answer_for_a_list_says_that_it_is_empty(parse: Play, tag: str, options: dict[str, str]) -> None:
    with pytest.raises(BadResponse, match="The answer is empty"):
        parse("article", b" \n", url=LIST, tag=tag, options=options, type="text/html")


def test_what_lies_outside_the_window_is_not_asked_for(parse: Play) -> None:
    page = "".join(f"<a href='/2026/{day}/story-123456.html'>Story</a>" for day in ("10/30", "11/02", "11/20", "12/09"))
    (parsed,) = parse(
        "article",
        page,
        url="https://town.example/",
        tag="list",
        options={"list": "https://town.example/"},
        type="text/html",
        window=(ms("2026-11-01"), ms("2026-12-01")),
    )
    assert [ask.url.split("/2026/")[1][:5] for ask in parsed.next] == ["11/20", "11/02"]


# -- sitemaps ---------------------------------------------------------------------------------------------------------


def of_map(parse: Play, body: str | bytes, tag: str = "sitemap", **how: Any) -> Any:
    options = {"sitemap": MAP} | how.pop("options", {})
    (parsed,) = parse("article", body, url=MAP, tag=tag, options=options, type="application/xml", **how)
    return parsed


def test_a_sitemap_gives_its_newest_pages_first(parse: Play) -> None:
    body = urlset(
        ("https://town.example/old", "2026-10-01"),
        ("https://town.example/undated", ""),
        ("https://town.example/new", "2026-11-20T08:00:00+08:00"),
        ("https://town.example/middle", "2026-11-05"),
    )
    parsed = of_map(parse, body, window=(ms("2026-11-01"), None))
    assert [ask.url.rsplit("/", 1)[1] for ask in parsed.next] == ["new", "middle", "undated"]
    assert {ask.again for ask in parsed.next} == {"never"}
    assert [ask.url for ask in of_map(parse, body, options={"limit": 1}).next] == ["https://town.example/new"]
    assert [ask.url for ask in of_map(parse, body, options={"match": "/m*e$"}).next] == []
    assert [ask.url for ask in of_map(parse, body, options={"match": "/mi*le"}).next] == ["https://town.example/middle"]


def test_a_news_sitemap_dates_by_publication(parse: Play) -> None:
    news = "http://www.google.com/schemas/sitemap-news/0.9"
    body = (
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="{news}"><url>'
        "<loc>https://town.example/a</loc><lastmod>2026-11-20</lastmod><n:news><n:publication_date>2026-10-01"
        "</n:publication_date><n:title>Of October</n:title></n:news></url></urlset>"
    )
    assert len(of_map(parse, body).next) == 1
    assert of_map(parse, body, window=(ms("2026-11-01"), None)).next == ()


def test_an_index_leads_to_its_sitemaps_and_no_deeper(parse: Play) -> None:
    rows = "".join(
        f"<sitemap><loc>https://town.example/{number}.xml</loc><lastmod>2026-11-{number:02}</lastmod></sitemap>"
        for number in range(1, 31)
    )
    index = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>'
    parsed = of_map(parse, index, window=(ms("2026-11-04"), None))
    assert [ask.url for ask in parsed.next[:2]] == ["https://town.example/30.xml", "https://town.example/29.xml"]
    assert len(parsed.next) == 20  # of 27: a day is kept if any of it can be inside, whatever its zone
    assert "7 of its 30 sitemaps" in parsed.problems[0]
    inner = of_map(parse, index, tag=parsed.next[0].tag)
    assert inner.next == ()
    assert "index inside an index" in inner.problems[0]


def test_a_sitemap_may_be_gzipped_or_a_plain_list(parse: Play) -> None:
    body = urlset(("https://town.example/a", ""))
    assert [ask.url for ask in of_map(parse, gzip.compress(body.encode())).next] == ["https://town.example/a"]
    plain = "https://town.example/a\nhttps://town.example/b\njavascript:alert(1)\n"
    assert [ask.url for ask in of_map(parse, plain).next] == ["https://town.example/a", "https://town.example/b"]


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><urlset><url><loc>https://a.example/&b;</loc></url></urlset>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>'


@pytest.mark.parametrize("body", [BOMB, OUTSIDE])
def test_a_sitemap_with_entities_is_refused(parse: Play, body: str) -> None:
    with pytest.raises(BadResponse, match="declares entities or outside documents"):
        of_map(parse, body)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", BadResponse),
        ("<urlset><url><loc>https://a.example/", BadResponse),
        (gzip.compress(urlset().encode(), mtime=0)[:-9], BadResponse),
        (b"\x1f\x8bnot gzip at all", BadResponse),
        (gzip.compress(b" " * 51 * 1024 * 1024, mtime=0), BadResponse),
        ("<rss><channel/></rss>", SchemaDrift),
        ("<!DOCTYPE html><html><body>Please wait<br></body></html>", SchemaDrift),
    ],
)
def test_what_is_no_sitemap_is_an_error_that_says_so(parse: Play, body: str | bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        of_map(parse, body)
    assert caught.value.remedy


def test_a_sitemap_with_too_many_entries_is_refused(parse: Play) -> None:
    body = "<urlset>" + "<url><loc>https://a.example/1</loc></url>" * 50_001 + "</urlset>"
    with pytest.raises(BadResponse, match="more than 50,000"):
        of_map(parse, body)


# -- pages that are none ----------------------------------------------------------------------------------------------

GONE = ("该内容已被发布者删除", "抱歉，您访问的页面不存在。返回首页", "404 Not Found", "This page could not be found.")
BLOCKED = (
    "环境异常 当前环境异常，完成验证后即可继续访问。",
    "为了保护您的账号安全，请输入验证码",
    "Please verify you are a human",
    "请先登录后查看全文",
    "Please sign in to continue reading",
)


@pytest.mark.parametrize(
    ("words", "error"), [*((words, NotFound) for words in GONE), *((words, Blocked) for words in BLOCKED)]
)
def test_a_page_in_the_place_of_an_article_is_not_kept(parse: Play, words: str, error: type[Exception]) -> None:
    page = f"<html><head><title>提示</title></head><body><div><p>{words}</p></div></body></html>"
    with pytest.raises(error):
        parse("article", page, url="https://a.example/1", options={"url": "https://a.example/1"}, type="text/html")


def test_an_article_may_speak_of_captchas(parse: Play) -> None:
    body = "<p>The council will ask for a captcha before a form is sent, because robots filled the mailbox.</p>" * 6
    page = f"<html><body><article><h1>Forms</h1>{body}</article></body></html>"
    options = {"url": "https://a.example/1"}
    (parsed,) = parse("article", page, url="https://a.example/1", options=options, type="text/html")
    assert parsed.page.articles


@pytest.mark.parametrize("free", ["false", '"False"'])
def test_a_teaser_says_that_it_may_be_one(parse: Play, free: str) -> None:
    data = f'<script type="application/ld+json">{{"@type": "NewsArticle", "isAccessibleForFree": {free}}}</script>'
    body = "<p>The ferry will not run on Mondays, the harbour office says in a letter to its readers.</p>" * 3
    page = f"<html><head>{data}</head><body><article>{body}</article></body></html>"
    options = {"url": "https://a.example/1"}
    (parsed,) = parse("article", page, url="https://a.example/1", options=options, type="text/html")
    assert "not free to read" in parsed.problems[0]


def test_a_page_filled_by_a_script_is_read_from_its_json_ld(parse: Play) -> None:
    text = "The ferry will not run on Mondays from May on. " * 8
    data = f'<script type="application/ld+json">{{"@graph": [{{"articleBody": "{text}"}}]}}</script>'
    page = f"<html><head>{data}</head><body><div id='app'>Loading</div></body></html>"
    options = {"url": "https://a.example/1"}
    (parsed,) = parse("article", page, url="https://a.example/1", options=options, type="text/html")
    assert parsed.page.articles[0].extractor == "json-ld"
    assert parsed.page.articles[0].text == text.strip()


def test_a_page_that_looks_like_an_address_is_never_fetched(parse: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """htmldate takes a text that begins so for an address, and would open it past the fetch door."""
    fetched: list[str] = []
    monkeypatch.setattr("htmldate.utils.fetch_url", fetched.append)
    page = "http://attacker.example/" + "a" * 300
    options = {"url": "https://a.example/1"}
    (parsed,) = parse("article", page, url="https://a.example/1", options=options, type="text/html")
    assert parsed.page.articles[0].published_at is None
    assert fetched == []


# -- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"list": "news.example/local"},
        {"list": LIST, "sitemap": MAP},
        {"list": LIST, "url": REPORT},
        {"sitemap": MAP, "match": "(unclosed"},
        {"url": REPORT, "match": "/news/*"},
        {"list": LIST, "pages": 2},
        {"list": "https://a.example/{page}"},
        {"list": LIST, "limit": 0},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ArticleOptions.model_validate(options)


def test_pages_named_one_by_one_are_asked_for_again_if_changed(asks: Play) -> None:
    (ask,) = asks("article", options={"url": REPORT})
    assert (ask.again, ask.alone, ask.tag) == ("if changed", True, "")


# -- other sites ------------------------------------------------------------------------------------------------------


def test_a_sitemap_leads_to_its_own_site_only(parse: Play) -> None:
    links = urlset(
        ("https://www.town.example/2026/a-1.html", ""),
        ("https://evil.example/2026/b-1.html", ""),
        ("http://10.0.0.1/x", ""),
    )
    parsed = of_map(parse, links)
    assert [ask.url for ask in parsed.next] == ["https://www.town.example/2026/a-1.html"]
    assert parsed.problems == ("2 links to other sites were left out; other_sites = true follows them.",)
    assert len(of_map(parse, links, options={"other_sites": True}).next) == 3


def test_an_index_and_a_list_lead_to_their_own_site_only(parse: Play) -> None:
    index = "<sitemapindex><sitemap><loc>https://evil.example/1.xml</loc></sitemap></sitemapindex>"
    parsed = of_map(parse, index)
    assert (parsed.next, len(parsed.problems)) == ((), 1)
    page = "<a href='/story/1'>One</a><a href='https://evil.example/story/2'>Two</a>"
    options = {"list": "https://town.example/", "match": "/story/*"}
    (parsed,) = parse("article", page, url="https://town.example/", tag="list", options=options, type="text/html")
    assert [ask.url for ask in parsed.next] == ["https://town.example/story/1"]
    assert parsed.problems == ("1 link to another site was left out; other_sites = true follows them.",)
