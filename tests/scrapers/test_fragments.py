"""Fragments of HTML as plain text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.pages import fragments
from scrapers.pages.fragments import text_of


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("支持 &amp; 担心", "支持 & 担心"),
        ("<p>一</p><p>二</p>", "一\n二"),
        ("一<br>二<br/>三", "一\n二\n三"),
        ('见<a href="https://a.example/x">a.example/x…</a>', "见a.example/x…"),
        ('笑<img alt="[允悲]" src="e.png">了', "笑[允悲]了"),
        ("<p>好<img alt=':+1:'></p>", "好:+1:"),
        ("<p>好<img src='photo.jpg'></p>", "好"),
        ("<style>p{}</style>一<script>alert(1)</script>二", "一二"),
        ('<span title="a>b">字</span>', "字"),
        ("1 < 2 而 3 > 2", "1 < 2 而 3 > 2"),
        ("&lt;p&gt;", "<p>"),
        ("<ul><li>甲</li><li>乙</li></ul>", "甲\n乙"),
        ("", ""),
        (None, ""),
        (7, ""),
        ({"a": 1}, ""),
    ],
)
def test_a_fragment_is_read_line_by_line(fragment: object, text: str) -> None:
    assert text_of(fragment) == text


def test_another_persons_words_are_left_out() -> None:
    quoted = '<aside class="quote"><p>他们说的</p></aside><p>我说的</p>后面'
    assert text_of(quoted, drop=lambda element: element.get("class") == "quote") == "我说的\n后面"


WORDS = st.sampled_from(["字", "a b", "&amp;", "1 < 2", "\n", "<br>", "<br/>", '<img alt="[e]" src="e.png">', "<img>"])
BALANCED = st.recursive(
    WORDS,
    lambda inner: (
        st.lists(inner, max_size=4).map("".join)
        | st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["p", "div", "b", "li", "blockquote"]), inner)
        | st.builds('<a href="https://a.example/?a=1&b=2">{}</a>'.format, inner)
    ),
    max_leaves=12,
)


@given(BALANCED)
def test_the_quick_reading_gives_what_the_tree_gives(fragment: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quick = text_of(fragment)
        patch.setattr(fragments, "_NEEDS_A_TREE", re.compile(""))
        assert quick == text_of(fragment)


def test_pictures_of_a_class_alone_give_their_words() -> None:
    said = '好<img class="emoji only" alt=":+1:"><img alt="photo">'
    assert text_of(said, pictures="emoji") == text_of(said, pictures="emoji", drop=lambda _: False) == "好:+1:"


@pytest.mark.parametrize("unit", ["<img alt=a><b>", '<img class="emoji" alt="a">', "<p>字</p>"])
def test_small_fragments_are_read_without_a_tree(monkeypatch: pytest.MonkeyPatch, within: Any, unit: str) -> None:
    monkeypatch.delattr("scrapers.pages.html.lxml")
    with within(1):
        for _ in range(400):
            assert len(text_of(unit * 150).replace("\n", "")) == 150


@given(st.text(alphabet="<>/ab\"'=&;!-字 \0", max_size=60))
def test_no_fragment_raises(fragment: str) -> None:
    assert isinstance(text_of(fragment), str)


@pytest.mark.parametrize("unit", ["<a ", "<div>", '<p title="', "&", "<!--", "<b a=1 b=2>", "<img alt='x'>", "='<"])
def test_hostile_fragments_take_linear_time(within: Any, unit: str) -> None:
    with within(5):
        text_of(unit * 50_000)
