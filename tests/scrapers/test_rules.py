from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from cssselect import HTMLTranslator

from scrapers.encodings import decode
from scrapers.pages.html import WebPage
from scrapers.pages.listing import links_of, pattern
from scrapers.pages.maintext import main_text, text_of_page
from scrapers.pages.rules import Rule, date_of, rule_for, rules, site_of

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "市交通局昨天说，明年一月起，路边停车白天每小时收四元，夜里不收费，意见可以提到月底。"
PAGE = f"""<html><head><title>停车</title></head><body>
<div id="endText"><p class="otitle">（原标题：停车）</p><p>{TEXT}</p><script>var x = 1;</script>
<blockquote>“夜里不收就好。”<!-- 注 --><br>一位车主说。</blockquote><div class="ep-source">责任编辑：某人</div></div>
<div class="post_time_source">2026-11-18 07:45:10 来源: 某报</div></body></html>"""


def page(html: str) -> WebPage:
    return WebPage.of(html)


def test_a_rule_reads_its_container_without_the_furniture() -> None:
    found = main_text(PAGE, "https://news.163.com/26/1118/07/X.html")
    assert found.extractor == "rule:163"
    assert found.lines == (TEXT, "“夜里不收就好。”", "一位车主说。")


def test_a_rule_holds_for_its_hosts_only() -> None:
    assert (rule_for(page(PAGE), "https://163.com/a") or Rule(name="", body=())).name == "163"
    assert rule_for(page(PAGE), "https://not163.com/a") is None
    assert rule_for(page(PAGE), "https://163.com.attacker.example/a") is None


@pytest.mark.parametrize(
    "says",
    [
        '<link rel="canonical" href="https://news.163.com/a.html">',
        '<meta property="og:url" content="//www.163.com/a.html">',
        '<p><a href="https://news.163.com/1">1</a><a href="//sports.163.com/2">2</a><a href="https://a.example/">3</a></p>',
    ],
)
def test_a_saved_page_is_of_the_site_it_names_or_links_to(says: str) -> None:
    assert main_text(PAGE.replace("<title>", f"{says}<title>")).extractor == "rule:163"


def test_a_page_saved_by_a_browser_is_of_the_site_noted_in_it() -> None:
    saved = f"<!DOCTYPE html>\n<!-- saved from url=(0033)https://news.163.com/a.html -->\n{PAGE}"
    assert main_text(saved).extractor == "rule:163"


def test_a_saved_page_that_names_another_site_gets_no_rule() -> None:
    other = '<link rel="canonical" href="https://blog.example/a"><a href="https://news.163.com/1">1</a>'
    assert rule_for(page(PAGE.replace("<title>", f"{other}<title>")), "") is None


def test_a_rule_that_finds_too_little_leaves_the_page_to_the_extractors() -> None:
    html = f'<div id="endText">图集</div><div class="content">{f"<p>{TEXT}</p>" * 5}</div>'
    found = main_text(html, "https://news.163.com/a")
    assert found.extractor == "readability"
    assert TEXT in found.text


def test_software_is_known_by_its_container_on_any_site() -> None:
    html = f'<div class="menu"><p>{TEXT}</p></div><div class="TRS_Editor"><p>{TEXT}{TEXT}</p></div>'
    assert main_text(html, "https://town.example/a").extractor == "rule:trs"


def test_a_page_put_together_from_whole_pages_is_read_to_its_end() -> None:
    html = f"<html><body><div>头部</div></body></html><div id='UCAP-CONTENT'><p>{TEXT}</p></div></body></html>"
    assert main_text(html, "https://www.town.gov.cn/a").lines == (TEXT,)


def test_a_body_kept_in_a_textarea_is_read() -> None:
    kept = f"&lt;article&gt;&lt;p&gt;{TEXT}&lt;/p&gt;&lt;/article&gt;"
    html = f"<html><textarea class='article-content'>{kept}</textarea></html>"
    assert main_text(html, "https://world.huanqiu.com/article/1").lines == (TEXT,)


def test_a_textarea_cannot_smuggle_a_page_that_is_not_sound() -> None:
    html = f"<html><textarea class='article-content'>{'&lt;p&gt;' * 16_000}{TEXT}</textarea><p>{TEXT}</p></html>"
    assert not main_text(html, "https://world.huanqiu.com/article/1").extractor.startswith("rule")


def test_a_rule_knows_the_date_by_element_or_script() -> None:
    rule = rule_for(page(PAGE), "https://news.163.com/a")
    assert date_of(page(PAGE), rule) == "2026-11-18 07:45:10"
    wechat = rule_for(page("<p>x</p>"), "https://mp.weixin.qq.com/s/1")
    assert date_of(page('<script>var ct = "1794904200";</script>'), wechat) == "1794904200"
    assert date_of(page("<script>var createTime = '2026-11-17 16:30';</script>"), wechat) == "2026-11-17 16:30"
    assert date_of(page("<p>x</p>"), wechat) == date_of(page("<p>x</p>"), None) == ""


def test_a_page_that_cannot_be_parsed_has_no_rule() -> None:
    deep = page("<div>" * 5000)
    assert rule_for(deep, "https://news.163.com/a") is None
    assert site_of(deep, rules()[0]) == ""
    assert text_of_page(deep, None).extractor == "everything"


# -- the table --------------------------------------------------------------------------------------------------------


def test_rules_have_names_of_their_own_and_hosts_that_are_hosts() -> None:
    names = [rule.name for rule in rules()]
    assert len(set(names)) == len(names)
    hosts = [host for rule in rules() for host in rule.hosts]
    assert len(set(hosts)) == len(hosts)
    assert all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) for host in hosts)


def test_software_is_named_by_one_class_or_id() -> None:
    plain = re.compile(r"[.#][\w-]+")
    assert all(plain.fullmatch(selector) for rule in rules() if not rule.hosts for selector in rule.body)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_every_selector_and_pattern_of_a_rule_can_be_read(rule: Rule) -> None:
    assert rule.body
    for selector in (*rule.body, *rule.date, *rule.site):
        assert HTMLTranslator().css_to_xpath(selector)
    body = rule.body[0]
    assert re.compile(rule.script).groups == (1 if rule.script else 0)
    # Beautiful Soup reads the rest: a selector it cannot parse would raise here.
    html = f"<div id='{body[1:]}' class='{body[1:]}'>{TEXT}</div>"
    assert text_of_page(page(html), rule).text


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("tests__163__3.html", "163"),
        ("tests__guancha__2.html", "guancha"),
        ("tests__ifeng__2.html", "ifeng"),
        ("tests__other__1.html", "gov.cn"),
        ("tests__people__1.html", "people"),
        ("tests__qq__qq.html", "qq"),
        ("tests__sina__3.html", "sina"),
        ("tests__thepaper__5.html", "thepaper"),
        ("tests__toutiao__3.html", "toutiao"),
    ],
)
def test_saved_pages_of_known_sites_are_read_by_their_rules(shared: Path, name: str, rule: str) -> None:
    html = decode((shared / "fixtures" / "news_zh" / name).read_bytes(), html=True).text
    found = main_text(html)
    assert found.extractor == f"rule:{rule}"
    assert len(found.text) > 250


# -- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "fits", "fits_not"),
    [
        ("/news/*.html", "https://a.example/news/1.html", "https://a.example/1.html"),
        (r"/\d{4}/\d\d/", "https://a.example/2026/11/x", "https://a.example/26/x"),
        ("^https://b", "https://b.example/", "https://a.example/b"),
        ("/a.b", "https://a.example/a.b", "https://a.example/axb"),
        ("id=?2", "https://a.example/?id=12", "https://a.example/?id=2"),
    ],
)
def test_a_pattern_is_a_glob_or_a_regular_expression(match: str, fits: str, fits_not: str) -> None:
    assert pattern(match).search(fits)
    assert not pattern(match).search(fits_not)


@pytest.mark.parametrize(
    ("href", "counts"),
    [
        ("/2026/11/18/fees.html", True),
        ("/local/2026-11/18/c_1130.htm", True),
        ("/newsDetail_forward_7732983", True),
        ("/c/8aZkQ2mWx1P", True),
        ("/local/night-buses-stop-at-midnight", True),
        ("https://sub.riverside.com/a/20261118A0", True),
        ("view.php?id=20417733", True),
        ("/local/", False),
        ("/about-us", False),
        ("/2026/11/18/map.jpg", False),
        ("https://elsewhere.com/2026/11/18/fees.html", False),
        ("javascript:open(20261118)", False),
        ("mailto:a@riverside.com?20261118", False),
        ("http://[broken/20261118", False),
        ("", False),
    ],
)
def test_what_looks_like_an_article(href: str, counts: bool) -> None:
    tree = WebPage.of(f"<html><body><a href='{href}'>x</a></body></html>").tree
    assert tree is not None
    found = links_of(tree, "https://www.riverside.com/local/", "", ZoneInfo("Asia/Shanghai"))
    assert len(found) == counts


@pytest.mark.parametrize("href", ["/" + "a" * 1_980, "/a" * 990, "/1-" * 660, "/" + "a1" * 990 + "!"])
def test_a_list_of_hostile_links_costs_little(within: Any, href: str) -> None:
    tree = WebPage.of("".join(f"<a href='{href}{number}'>x</a>" for number in range(2_000))).tree
    assert tree is not None
    with within(2):
        links_of(tree, "https://www.riverside.com/", "", ZoneInfo("UTC"))
