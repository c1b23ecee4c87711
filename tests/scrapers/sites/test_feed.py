"""Feeds of every kind become articles or comments, however broken or hostile they are."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scrapers.errors import BadResponse, Blocked, CollectorError, SchemaDrift, TooLarge, Truncated
from scrapers.protocol import LocalFile, Parsed, Query, Raw, Request
from scrapers.sites.feed import COLLECTOR, FeedOptions
from storage.nouns import Capture

KEPT = Path(__file__).parents[2] / "fixtures" / "sources" / "feed"
SHARED = Path(__file__).parents[4] / "shared"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 7, 1, tzinfo=UTC)
URL = "https://site.test/feed"

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the data folder is not beside the repository")


def parsed(body: bytes | str, media: str = "application/rss+xml", **options: Any) -> Parsed:
    query = Query(FeedOptions.model_validate({"url": URL, **options}), ZONE, NOW)
    (ask,) = COLLECTOR.start(query, None)
    data = body.encode() if isinstance(body, str) else body
    (one,) = COLLECTOR.parse(Raw(ask, Capture(URL, URL, 200, {"content-type": media}, data, 0)), query)
    return one


def rss(*items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>', more: str = "") -> str:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'{head}<rss version="2.0" {more}><channel><title>新聞</title>{body}</channel></rss>'


def texts(found: Parsed) -> list[str]:
    return [article.text for article in found.page.articles]


def titles(found: Parsed) -> list[str]:
    return [article.title for article in found.page.articles]


# -- what an entry gives ----------------------------------------------------------------------------------------------


def test_an_entry_of_rss_is_an_article_without_markup_tracking_or_scripts() -> None:
    found = parsed((KEPT / "news.xml").read_bytes())
    first, second = found.page.articles

    assert first.title == "公交改成两段计价，七月起试行"
    assert first.text == "市交通局公布新票价，十公里内两元。\n有市民说：“换乘多的人吃亏。”"
    assert (first.id, first.url) == ("lancheng-12", "https://news.lancheng.example/2026/06/bus.html?id=12")
    assert (first.site, first.lang, first.extractor) == ("岚城新闻", "zh", "feed")
    assert first.published_at == int(datetime(2026, 6, 15, 1, 30, tzinfo=UTC).timestamp() * 1000)
    assert first.published_raw == "Mon, 15 Jun 2026 09:30:00 +0800"
    assert found.page.declared == {"lancheng-12": 37}
    assert second.url == ""  # javascript: leads nowhere
    assert second.published_at == int(datetime(2026, 6, 16, tzinfo=UTC).timestamp() * 1000)
    assert [reject.reason for reject in found.page.rejects] == ["neither text nor title"]


def test_atom_and_json_feed() -> None:
    (notice,) = parsed((KEPT / "council.atom").read_bytes()).page.articles
    assert notice.url == "https://council.lancheng.example/notices/7"
    assert (notice.published_raw, notice.lang) == ("2026-06-20T01:00:00Z", "en")

    first, second = parsed((KEPT / "blog.json").read_bytes(), "application/feed+json").page.articles
    assert (first.id, first.text, first.url) == ("41", "I pay more from July.", "https://riders.lancheng.example/41")
    assert (second.text, second.published_at, second.published_raw) == ("A map of the zones", None, "no date")


def test_text_that_a_feed_calls_plain_is_taken_at_its_word_but_for_plain_markup() -> None:
    atom = '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'
    entry = "<entry><id>{}</id><title type='text'>{}</title></entry>"
    kept = entry.format(1, "On the &lt;blink&gt; tag, a &lt; b &amp; c") + entry.format(
        2, "&lt;a href='x'&gt;Go&lt;/a&gt;"
    )
    assert titles(parsed(atom.format(kept))) == ["On the <blink> tag, a < b & c", "Go"]


def test_an_entry_without_an_id_is_known_by_its_link_or_words() -> None:
    found = parsed(rss("<link>https://site.test/1?utm_source=a</link><title>一</title>", "<title>二</title>"))
    again = parsed(rss("<title>二</title>", "<link>https://site.test/1?utm_source=b</link><title>一</title>"))
    assert found.page.articles[0].id == "https://site.test/1"
    assert {one.id for one in found.page.articles} == {one.id for one in again.page.articles}


def test_a_relative_link_is_of_the_feeds_site_and_an_id_is_no_link() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>x</id><title>一</title><link href="a/b"/></entry></feed>'
    )
    assert parsed(atom).page.articles[0].url == "https://site.test/a/b"
    assert parsed(rss("<guid>77</guid><title>一</title>")).page.articles[0].url == ""
    assert parsed(rss("<guid>https://s.test/7</guid><title>一</title>")).page.articles[0].url == "https://s.test/7"


def test_a_second_entry_of_an_id_is_refused() -> None:
    found = parsed(rss("<guid>a</guid><title>一</title>", "<guid>a</guid><title>二</title>"))
    assert texts(found) == ["一"]
    assert found.page.rejects[0].reason == "entry 1 has the same id"


def test_a_limit_is_kept_and_said() -> None:
    found = parsed(rss(*(f"<guid>{number}</guid><title>第{number}条</title>" for number in range(5))), limit=2)
    assert len(found.page.articles) == 2
    assert found.problems == (f"{URL}: 3 more entries were left out (limit = 2).",)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 15 Jun 2026 09:30:00 CST", "2026-06-15T01:30"),  # China's, as the study's zone has it
        ("2026-06-15 09:30:00", "2026-06-15T01:30"),
        ("2026-06-15T09:30:00+08:00", "2026-06-15T01:30"),
        ("今天 08:00", "2026-07-01T00:00"),
        ("20260615T0130Z", "2026-06-15T01:30"),
        ("Mon, 15 Jun 2036 09:30:00 GMT", None),
        ("soon", None),
    ],
)
def test_times_in_every_form(raw: str, expected: str | None) -> None:
    (article,) = parsed(rss(f"<title>一</title><pubDate>{raw}</pubDate>")).page.articles
    at = article.published_at
    assert (at and datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M")) == expected
    assert article.published_raw == raw
    assert (article.published_precision is None) == (at is None)


# -- comments and linked pages ----------------------------------------------------------------------------------------


def test_a_feed_of_comments() -> None:
    one = "<guid>https://s.test/p#c1</guid><link>https://s.test/p#c1</link><author>甲</author><description>太贵&lt;br&gt;了</description>"
    two = '<guid>c2</guid><description>不贵</description><thr:in-reply-to ref="https://s.test/p#c1"/>'
    three = '<guid>c3</guid><title>By: 丙</title><thr:in-reply-to ref="elsewhere"/>'
    four = '<guid>c4</guid><description>还行</description><thr:in-reply-to ref="elsewhere"/>'
    namespace = 'xmlns:thr="http://purl.org/syndication/thread/1.0"'
    found = parsed(rss(one, two, three, four, more=namespace), items="comments").page

    assert [(row["ext_id"], row["text"]) for row in found.comments] == [
        ("https://s.test/p#c1", "太贵\n了"),
        ("c2", "不贵"),
        ("c4", "还行"),
    ]
    assert [row["parent_id"] for row in found.comments] == [None, "https://s.test/p#c1", None]
    assert (found.comments[0]["author"], found.comments[0]["url"]) == ("甲", "https://s.test/p#c1")
    assert [reject.reason for reject in found.rejects] == ["empty text"]


def test_linked_pages_are_asked_for_once_and_dated_by_the_feed_where_they_are_not() -> None:
    feed = rss(
        "<guid>1</guid><link>https://site.test/1</link><pubDate>Mon, 15 Jun 2026 09:30:00 GMT</pubDate>",
        "<guid>2</guid><title>没有链接</title>",
    )
    found = parsed(feed, follow=True)
    (ask,) = found.next
    assert isinstance(ask, Request)
    assert (ask.url, ask.again, ask.alone) == ("https://site.test/1", "never", True)
    assert titles(found) == ["没有链接"]

    paragraphs = "".join(
        f"<p>第{number}段：市民对新票价的看法各不相同，有人支持，也有人担心换乘的费用会上涨。</p>"
        for number in range(6)
    )
    html = f"<html><head><title>新票价</title></head><body><article><h1>新票价</h1>{paragraphs}</article></body></html>"
    capture = Capture(ask.url, ask.url, 200, {"content-type": "text/html"}, html.encode(), 0)
    (page,) = COLLECTOR.parse(Raw(ask, capture), Query(FeedOptions(url=URL, follow=True), ZONE, NOW))
    (article,) = page.page.articles
    assert (article.title, article.url) == ("新票价", "https://site.test/1")
    assert article.published_raw == "Mon, 15 Jun 2026 09:30:00 GMT"


# -- what it asks for -------------------------------------------------------------------------------------------------


def test_feeds_are_asked_for_only_if_they_changed() -> None:
    asks = COLLECTOR.start(Query(FeedOptions(urls=(URL, "https://b.test/f", URL)), ZONE, NOW), None)
    assert [(ask.key, ask.alone, getattr(ask, "again", "")) for ask in asks] == [
        (URL, True, "if changed"),
        ("https://b.test/f", True, "if changed"),
    ]
    (saved,) = COLLECTOR.start(Query(FeedOptions(path="feed.xml"), ZONE, NOW), None)
    assert isinstance(saved, LocalFile)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "feed.xml"},
        {"url": URL, "path": "x"},
        {"url": URL, "limit": 0},
        {"url": URL, "items": "posts"},
        {"url": URL, "items": "comments", "follow": True},
        {"url": URL, "pages": 2},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FeedOptions.model_validate(options)


# -- broken and hostile feeds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "head", "media"),
    [
        ("gb18030", '<?xml version="1.0" encoding="gb2312"?>', "application/rss+xml"),
        ("gb18030", '<?xml version="1.0" encoding="utf-8"?>', "application/rss+xml"),
        ("gb18030", "", "text/xml; charset=gb2312"),
        ("big5", '<?xml version="1.0" encoding="big5"?>', "text/xml"),
        ("utf-16", '<?xml version="1.0" encoding="utf-16"?>', "text/xml"),
        ("utf-32", '<?xml version="1.0" encoding="utf-32"?>', "text/xml"),
        ("utf-8", '<?xml version="1.0" encoding="gb2312"?>', "text/xml; charset=gbk"),
    ],
)
def test_encodings_that_are_declared_right_wrong_or_not_at_all(encoding: str, head: str, media: str) -> None:
    words = "公車改成兩段計價的消息一出，大家都在說這件事"
    assert titles(parsed(rss(f"<title>{words}</title>", head=head).encode(encoding), media)) == [words]


def test_what_exporters_break_most_often_is_mended_without_a_word() -> None:
    item = "<title>a&nbsp;b & c &copy; &#8220;x&#8221; \x0b &amp;nbsp; &bogus; &lt;</title><link>https://s.test/?a=1&b=2</link>"
    found = parsed(rss(item))
    assert titles(found) == ["a b & c © “x” &nbsp; &bogus; <"]
    assert found.page.articles[0].url == "https://s.test/?a=1&b=2"
    assert not found.problems


def test_an_ill_formed_feed_is_read_as_far_as_it_goes() -> None:
    whole = rss("<title>一</title><guid>1</guid>", "<title>二</title><guid>2</guid>", "<title>三</title><guid>3</guid>")
    cut = parsed(whole[: whole.index("三")])
    crossed = parsed(whole.replace("<title>二</title>", "<title>二</b></title>"))
    assert titles(cut) == ["一", "二"]
    assert "breaks off before its end" in cut.problems[0]
    assert titles(crossed) == ["一", "二", "三"]
    assert "not well-formed XML" in crossed.problems[0]


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ("", BadResponse, "empty"),
        ("<html><body>Hello</body></html>", SchemaDrift, "A web page came"),
        ("<html><body>Please complete the captcha below</body></html>", Blocked, "proof of a person"),
        ("<urlset xmlns='x'><url><loc>https://a.test/</loc></url></urlset>", BadResponse, "sitemap"),
        (f"{BOMB}<rss version='2.0'><channel><item><title>&b;</title></item></channel></rss>", BadResponse, "entities"),
        (f"<rss></b>{BOMB}<channel/></rss>", BadResponse, "entities"),
        ("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><rss><channel/></rss>", BadResponse, "entities"),
        ("<!DOCTYPE x [<!ENTITY % p SYSTEM 'https://x.test/'> %p;]><rss><channel/></rss>", BadResponse, "entities"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "ti', Truncated, "breaks off"),
        ('{"items": []}', SchemaDrift, "version"),
        ("<rss><channel><ti", SchemaDrift, "no entry can be read"),
        ("<rss><channel>" + "<a>" * 60_001, TooLarge, "larger than any"),
        ("<rss " + "".join(f'a{number}="" ' for number in range(5_000)) + "/>", TooLarge, "larger than any"),
    ],
)
def test_what_is_no_feed_or_a_trap_is_refused(body: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        parsed(body)


def test_a_document_type_without_entities_is_no_trap() -> None:
    head = '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://n.test/x.dtd">'
    assert titles(parsed(rss("<title>一&eacute;</title>", head=head))) == ["一é"]


@pytest.mark.parametrize(
    "item",
    [
        {"id": None, "title": 3, "content_html": ["x"], "url": {}, "authors": "x", "date_published": True},
        {"id": [], "title": "", "summary": None, "author": {"name": 5}},
    ],
)
def test_odd_items_of_a_json_feed_are_refused_and_the_others_go_on(item: dict[str, Any]) -> None:
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [item, {"id": "1", "content_text": "好"}],
        "title": 4,
    }
    found = parsed(json.dumps(body))
    assert texts(found) == ["好"]
    assert len(found.page.rejects) == 1


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_broken_in_a_feed_the_reader_says_what_it_is(data: st.DataObject) -> None:
    body = bytearray((KEPT / data.draw(st.sampled_from(["news.xml", "council.atom", "blog.json"]))).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    try:
        found = parsed(bytes(body))
    except CollectorError:
        return
    assert all(article.text.strip() and article.id for article in found.page.articles)


# -- recorded feeds and public suites ---------------------------------------------------------------------------------


def recorded(path: Path) -> Parsed:
    """A recorded feed, with the header that its own comment names."""
    body = path.read_bytes()
    header = re.search(rb"Header:\s+Content-type:\s*(.*)", body, re.IGNORECASE)
    media = header[1].decode("ascii", "replace").strip() if header else ""
    query = Query(FeedOptions(path=str(path)), ZONE, NOW)
    (ask,) = COLLECTOR.start(query, None)
    (one,) = COLLECTOR.parse(Raw(ask, Capture(path.name, path.name, 200, {"content-type": media}, body, 0)), query)
    return one


@pytest.mark.shared
@needs_shared
def test_recorded_feeds_give_all_their_entries() -> None:
    """Entries are counted by their opening tags, which knows nothing of how a feed is read."""
    counted: dict[str, int] = {}
    for path in sorted((SHARED / "fixtures" / "feeds").iterdir()):
        if "sitemap" in path.name:
            with pytest.raises(BadResponse, match="sitemap"):
                recorded(path)
            continue
        body = path.read_bytes()
        entries = (
            len(json.loads(body)["items"]) if path.suffix == ".json" else len(re.findall(rb"<(?:item|entry)>", body))
        )
        page = recorded(path).page
        assert len(page.articles) + len(page.rejects) == entries, path.name
        counted[path.suffix] = counted.get(path.suffix, 0) + entries
    assert counted == {".json": 25, ".atom": 2, ".xml": 19}


@pytest.mark.shared
@needs_shared
def test_public_suites_of_odd_and_hostile_feeds() -> None:
    suites = SHARED / "suites"
    outcome = {"read": 0, "refused": 0}
    for path in sorted([*(suites / "feedparser" / "tests").rglob("*.xml"), *(suites / "defusedxml").rglob("*.xml")]):
        try:
            recorded(path)
            outcome["read"] += 1
        except CollectorError:
            outcome["refused"] += 1
    assert sum(outcome.values()) >= 1_000
    assert outcome["read"] >= 0.98 * sum(outcome.values())
    for path in (suites / "defusedxml").rglob("*.xml"):
        with pytest.raises(CollectorError):
            recorded(path)
