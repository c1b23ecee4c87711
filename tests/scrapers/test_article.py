from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scrapers.encodings import decode
from scrapers.errors import BadResponse, CollectorError, SchemaDrift
from scrapers.language import language_of
from scrapers.pages.head import canonical, published, read_head
from scrapers.pages.html import WebPage, every_line, sound
from scrapers.pages.maintext import main_text
from scrapers.pages.plain import dateline, read_plain
from scrapers.protocol import LocalFile, Query, Raw, Request
from scrapers.sites.article import COLLECTOR, ArticleOptions
from storage.nouns import Article, Capture
from storage.text import clean

PAGES = Path(__file__).parent.parent / "fixtures" / "pages"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 6, 1, tzinfo=UTC)


def query(**options: object) -> Query:
    return Query(ArticleOptions.model_validate(options or {"url": "http://a.example/"}), ZONE, NOW)


def raw(body: bytes, url: str = "https://site.example/a", media: str = "text/html") -> Raw:
    ask = LocalFile(Path(url.removeprefix("file:"))) if url.startswith("file:") else Request(url)
    headers = {"content-type": media} if media else {}
    return Raw(ask, Capture(url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=0))


def read(body: bytes, url: str = "https://site.example/a", media: str = "text/html", **options: object) -> Article:
    (parsed,) = COLLECTOR.parse(raw(body, url, media), query(**options))
    (article,) = parsed.page.articles
    return article


def read_page(name: str, url: str) -> Article:
    return read((PAGES / name).read_bytes(), url)


def shanghai(ms: int | None) -> str:
    assert ms is not None
    return datetime.fromtimestamp(ms / 1000, ZONE).strftime("%Y-%m-%d %H:%M")


# -- pages ------------------------------------------------------------------------------------------------------------


def test_a_chinese_page_gives_its_article_and_nothing_round_it() -> None:
    article = read_page("notice_zh.html", "https://www.binhe.example/news/2025/03/parking.html?spm=1#top")
    assert article.title == "滨河市停车收费新规下月起施行"
    assert article.site == "滨河日报网"
    assert article.url == "https://www.binhe.example/news/2025/03/parking.html"
    assert article.lang == "zh"
    assert article.extractor == "readability"
    assert (shanghai(article.published_at), article.published_precision) == ("2025-03-18 09:30", "minute")
    assert article.published_raw == "2025年3月18日 09:30"
    assert "“早该这样了，每次去医院看病都找不到车位，收费之后起码能停得上。”" in article.text
    assert "要看下个月的人流" in article.text
    assert not [word for word in ("版权所有", "do not read me", "关于我们") if word in article.text]


def test_an_english_page_gives_its_article_and_nothing_round_it() -> None:
    article = read_page("report_en.html", "https://harbourpost.example/local/night-buses")
    assert article.title == "Night buses to stop at midnight, council decides"
    assert article.site == "The Harbour Post"
    assert article.lang == "en"
    assert article.extractor == "both"
    assert (shanghai(article.published_at), article.published_precision) == ("2025-05-07 01:45", "second")
    assert "finish at two in the morning" in article.text
    assert not [word for word in ("Most read", "pies", "Copyright", "Sport") if word in article.text]


@pytest.mark.parametrize("encoding", ["gb2312", "gb18030", "big5hkscs", "utf-16"])
def test_a_page_is_read_in_its_own_encoding(encoding: str) -> None:
    html = (PAGES / "notice_zh.html").read_text("utf-8").replace('<meta charset="utf-8">', "")
    if encoding == "big5hkscs":
        html = html.translate(str.maketrans("滨报规", "濱報規")).encode(encoding, "ignore").decode(encoding)
    body = html.encode(encoding, "ignore")
    assert "支持" in read(body, media=f"text/html; charset={'big5' if 'big5' in encoding else encoding}").text


@pytest.mark.parametrize("label", ["hex", "rot13", "utf-7", "unknown-8", "latin-1", "", "\0zz", "gb2312"])
def test_a_wrong_or_hostile_charset_label_is_no_error(label: str) -> None:
    assert "夜间每小时一元" in read((PAGES / "notice_zh.html").read_bytes(), media=f"text/html; charset={label}").text


def test_text_is_one_line_a_block_and_already_clean() -> None:
    body = "<p>First  line\nof \u202ea paragraph that is long enough to be one, with commas, and so on.</p>" * 3
    text = read(f"<html><body><article>{body}<p>Last{'&#8203;'} words, also, of some length here.</p>".encode()).text
    assert text.splitlines()[0] == "First line of a paragraph that is long enough to be one, with commas, and so on."
    assert clean(text, 10**6) == text


def test_an_article_is_the_same_one_however_it_was_reached() -> None:
    first = read_page("report_en.html", "https://harbourpost.example/local/night-buses?utm_source=x")
    again = read_page("report_en.html", "http://harbourpost.example/amp/night-buses")
    assert first.id == again.id
    assert first.id != read_page("notice_zh.html", "https://harbourpost.example/other").id


def test_a_page_cannot_pass_itself_off_as_one_of_another_site() -> None:
    article = read_page("report_en.html", "https://copy.example/a")
    assert article.url == "https://copy.example/a"


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        ('<link rel="canonical" href="/story/1?utm_source=x">', "https://site.example/story/1"),
        ('<meta property="og:url" content="https://www.site.example/story/1#top">', "https://www.site.example/story/1"),
        ('<link rel="canonical" href="https://site.example/">', "https://site.example/a"),
        ('<link rel="canonical" href="http://[broken">', "https://site.example/a"),
        ("", "https://site.example/a"),
    ],
)
def test_an_article_goes_by_the_address_its_page_claims_on_its_own_site(claims: str, address: str) -> None:
    text = "<p>The ferry will not run on Mondays, the harbour office says in a letter to its readers.</p>" * 3
    assert read(f"<html><head>{claims}</head><body><article>{text}</article></body></html>".encode()).url == address


def test_a_page_without_text_is_drift_not_success() -> None:
    with pytest.raises(SchemaDrift) as caught:
        read(b"<html><head><title>x</title></head><body><script>render()</script></body></html>")
    assert caught.value.path == "main text"
    assert caught.value.sample


@pytest.mark.parametrize("media", ["application/pdf", "image/png", "application/json"])
def test_what_is_no_page_is_refused(media: str) -> None:
    with pytest.raises(BadResponse, match="neither HTML nor text"):
        read(b"%PDF-1.7", media=media)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("https://A.example:443", "https://a.example/"),
        ("http://a.example/p?utm_source=x&id=1&spm=2#top", "http://a.example/p?id=1"),
        ("http://a.example/p?b=2&a=%E4%B8%AD", "http://a.example/p?b=2&a=%E4%B8%AD"),
        ("http://[::1]:8080/p", "http://[::1]:8080/p"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_spelling(written: str, said: str) -> None:
    assert canonical(written) == said


@pytest.mark.parametrize(
    ("head", "moment", "precision"),
    [
        ('<meta name="pubdate" content="2025-03-01 08:00:05">', "2025-03-01 08:00", "second"),
        ('<time datetime="2025-03-01T00:00:00Z">1 March</time>', "2025-03-01 08:00", "second"),
        (
            '<script type="application/ld+json">{"@graph": [{"datePublished": "2025-03-01"}]}</script>',
            "2025-03-01 00:00",
            "day",
        ),
        ('<script type="application/ld+json">[[[</script><p>2025年3月1日 10:05</p>', "2025-03-01 10:05", "minute"),
    ],
)
def test_the_date_is_as_fine_as_the_page_says(head: str, moment: str, precision: str) -> None:
    when = published(WebPage.of(f"<html><head></head><body>{head}<p>Text.</p></body></html>"), "", ZONE, NOW)
    assert when is not None
    assert (shanghai(when.moment.ms), when.moment.precision) == (moment, precision)


def test_a_date_in_the_future_is_not_believed() -> None:
    page = WebPage.of('<html><meta name="pubdate" content="2031-01-01"><p>x</p></html>')
    assert published(page, "", ZONE, NOW) is None


# -- hostile pages ----------------------------------------------------------------------------------------------------

HOSTILE = {
    "nested": "<div>" * 100_000 + "KEPT",
    "nested and closed": "<span>" * 300 + "KEPT" + "</span>" * 300,
    "links": "<a " * 50_000,
    "comments": "<!--" * 50_000,
    "scripts": "<script>" * 50_000 + "KEPT",
    "cdata": "<![" * 50_000,
    "attributes": "<p " + " ".join(f"a{number}" for number in range(200_000)) + ">KEPT",
    "paragraphs": "<p>" * 50_000 + "KEPT",
    "formatting": "<b><i><u>" * 60 + "<p>" * 3_000 + "KEPT",
    "dates": "<p>2024-01-01 10:00 " * 20_000 + "KEPT",
    "entities": "&amp;" * 300_000 + "KEPT",
    "blanks": "<p>" + " \n" * 500_000 + "KEPT",
    "one word": "<p>" + "a" * 1_000_000 + " KEPT",
    "title": "<title>" + "a | " * 200_000,
    "linked data": '<script type="application/ld+json">' + "[" * 100_000 + "</script><p>KEPT",
}


# What takes the longest, for being the largest, is left to the slow tests.
LARGEST = ("entities", "blanks", "one word")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LARGEST else []) for name in HOSTILE]
)
def test_a_hostile_page_costs_little_and_loses_nothing_silently(within: Any, name: str) -> None:
    html = HOSTILE[name]
    with within(4):
        try:
            text = read(html.encode()).text
        except SchemaDrift:
            text = "KEPT" if "KEPT" not in html else ""
    assert "KEPT" in text or len(text) >= 200_000


def test_a_page_too_odd_for_the_extractors_says_so() -> None:
    (parsed,) = COLLECTOR.parse(raw(("<div>" * 500 + "All of it").encode()), query())
    assert parsed.page.articles[0].extractor == "everything"
    assert "too odd" in parsed.problems[0]


def test_a_page_as_large_as_news_sites_make_them_is_sound() -> None:
    assert sound("<div><p class='a b c'>text</p></div>" * 3_000)


def test_all_the_text_of_a_page_leaves_out_what_nobody_reads() -> None:
    html = "<style>p{}</style>a<!-- b --><p>c &lt;d&gt;<script>e</SCRIPT >f<br>g<svg><text>h</text></svg><script>i"
    assert every_line(html) == ["a", "c <d>f", "gi"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div a='",
                "'>",
                "<!--",
                "-->",
                "<script>",
                "text, ",
                "文字。",
                "&#x1F;",
                "\0",
                "<",
                "\ud800",
            ]
        ),
        max_size=30,
    )
)
def test_no_page_ends_in_an_untyped_error(pieces: list[str]) -> None:
    with suppress(CollectorError):
        read("".join(pieces).encode("utf-8", "surrogatepass"))


# -- text files -------------------------------------------------------------------------------------------------------


def test_a_text_file_has_title_dateline_and_paragraphs() -> None:
    article = read((PAGES / "letter.txt").read_bytes(), "file:letter.txt", "")
    assert article.title == "A new fee for the library, and what readers make of it"
    assert (article.site, article.published_raw, article.published_precision) == (
        "Old Town Weekly",
        "2025-02-11",
        "day",
    )
    assert shanghai(article.published_at) == "2025-02-11 00:00"
    assert article.text.splitlines() == [
        "The town library will ask for two crowns a month from September on. That is what a loaf of bread costs.",
        'Some readers support it: "If it keeps the reading room open in the evening, I will gladly pay."',
        "Others proposed that pupils pay nothing.",
    ]
    assert (article.lang, article.url, article.extractor) == ("en", "", "text")


def test_a_markdown_file_has_its_heading_as_title() -> None:
    article = read((PAGES / "notice.md").read_bytes(), "file:notice.md", "")
    assert (article.title, article.site) == ("图书馆收费办法", "城关镇图书馆")
    assert shanghai(article.published_at) == "2025-02-11 10:05"
    assert article.text == "自九月起，成人读者每月缴纳两元。\n学生免费。"


def test_the_same_file_is_the_same_article_whatever_its_name() -> None:
    body = (PAGES / "letter.txt").read_bytes()
    assert read(body, "file:a.txt", "").id == read(body, "file:b.txt", "").id != read(body + b"!", "file:a.txt", "").id


def test_a_local_page_knows_where_it_came_from() -> None:
    article = read((PAGES / "report_en.html").read_bytes(), "file:saved.htm", "")
    assert article.url == "https://harbourpost.example/local/night-buses"
    assert article.site == "The Harbour Post"


@pytest.mark.parametrize(
    ("line", "site", "date"),
    [
        ("Mondo Daily Updated on 2024-02-21", "Mondo Daily", "2024-02-21"),
        ("2024-02-21 10:05 来源：江城晚报", "江城晚报", "2024-02-21 10:05"),
        ("来源：江城晚报  发布时间：2024年2月21日", "江城晚报", "2024年2月21日"),
        ("The Gazette | 21 February 2024", "The Gazette", "21 February 2024"),
        ("2024/02/21", "", "2024/02/21"),
        ("On 2024-02-21 the council met and decided nothing.", "", ""),
        ("会议于2024年2月21日召开。市长讲话", "", ""),
        ("No date here", "", ""),
        ("x" * 200 + " 2024-02-21", "", ""),
    ],
)
def test_a_dateline_names_site_and_date(line: str, site: str, date: str) -> None:
    assert dateline(line) == (site, date)


def test_a_text_without_blank_lines_has_a_paragraph_a_line() -> None:
    assert read_plain("Title\nOne.\nTwo.").lines == ("One.", "Two.")
    assert read_plain("").lines == ()


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("停车收费新规 parking fee", "en", "zh"),
        ("駐車料金が来月から変わります", "zh", "ja"),
        ("주차 요금이 다음 달부터 바뀝니다", "", "ko"),
        ("The fee for the park is to be paid in the office, and it is high", "", "en"),
        ("Die Gebühr für den Parkplatz wird im Amt bezahlt und ist hoch", "de-DE", "de"),
        ("12345 !!", "en", ""),
    ],
)
def test_the_language_is_told_by_script_first(text: str, declared: str, language: str) -> None:
    assert language_of(text, declared) == language


# -- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"url": "http://a/", "path": "b.txt"}, {"url": "file:///etc/passwd"}, {"urls": []}, {"uri": "http://a/"}],
)
def test_options_name_one_place_and_nothing_unknown(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ArticleOptions.model_validate(options)


def test_every_page_is_asked_for_once() -> None:
    asks = COLLECTOR.start(query(urls=["http://a/1", "http://a/2", "http://a/1"]), None)
    assert [ask.key for ask in asks] == ["http://a/1", "http://a/2"]
    assert all(ask.alone for ask in asks)


# -- real pages -------------------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_seed_document_is_read_whole(shared: Path) -> None:
    (path,) = (shared / "seed").glob("*.txt")
    article = read(path.read_bytes(), f"file:{path.name}", "")
    assert article.site == "Mondo Technology"
    assert shanghai(article.published_at)[:10] == "2024-02-21"
    # Every paragraph of the body is there, word for word.
    paragraphs = [" ".join(part.split()) for part in path.read_text(encoding="utf-8").split("\n\n")[2:-1]]
    assert [part for part in paragraphs if part not in article.text] == []
    assert "\n\n" not in article.text


@pytest.mark.shared
@pytest.mark.parametrize(("folder", "language"), [("news_zh", "zh"), ("news_en", "en")])
def test_recorded_pages_give_a_titled_article_in_their_language(shared: Path, folder: str, language: str) -> None:
    names = [
        name
        for name in json.loads((shared / "fixtures" / folder / "gold_text.json").read_text("utf-8"))
        if name.endswith("html")
    ]
    for name in names[:4]:
        html = decode((shared / "fixtures" / folder / name).read_bytes(), html=True).text
        assert language_of(main_text(html).text) == language
        assert read_head(WebPage.of(html), "https://a.example/").title
