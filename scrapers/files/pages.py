"""Saved pages of Tieba and weibo.cn: every post and comment on them is a row.

Nothing is fetched: somebody saved the page from a browser. Rows have the keys that the presets `tieba` and `weibo-cn`
name: text, id, time, author, likes, url, parent, and kind (`post` for what the others answer).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import lxml.html

from scrapers.answers import objects
from scrapers.files.delimited import Row
from scrapers.files.options import FileError
from scrapers.pages.fragments import text_of
from scrapers.pages.html import parse_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement

    from scrapers.files.options import PresetName

    Cells = dict[str, Any]

PAGE_LIMIT = 5_000_000
_TIEBA = re.compile(r"""class=["'](?:l_post |lzl_single_post|[^"']*j_thread_list)""")
_WEIBO_CN = re.compile(r"""class=["']c["'] id=["'][MC]_""")
_PSEUDO_FIELD = re.compile(r"""["'](\w+)["']\s*:\s*["']?([^"',}]*)""")
_DATED = re.compile(r"(?:\d{4}-)?\d{1,2}-\d{1,2}(?: \d{1,2}:\d\d)?|\d{1,2}:\d\d")
_BRACKETED = re.compile(r"\[(\d+)\]")
_SPACE = re.compile(r"\s+")
_SMILEY = re.compile(r"image_emoticon(\d+)\b")
# The names Tieba's own editor shows for its first smileys, by number.
_SMILEY_NAMES = (
    "呵呵 哈哈 吐舌 啊 酷 怒 开心 汗 泪 黑线 鄙视 不高兴 真棒 钱 疑问 阴险 吐 咦 委屈 花心 呼~ 笑眼 冷 太开心 滑稽 勉强"
    " 狂汗 乖 睡觉 惊哭 生气 惊讶 喷 爱心 心碎 玫瑰 礼物 彩虹 星星月亮 太阳 钱币 灯泡 茶杯 蛋糕"
    " 音乐 haha 胜利 大拇指 弱 OK"
)
_SMILEYS = _SMILEY_NAMES.split()


def read_page(html: str, name: str) -> tuple[PresetName, Iterator[Row]]:
    """Which site's page it is, and its rows.

    Raises:
        FileError: it is a page of another kind, holds no comments, or is too odd to be read.
    """
    found: tuple[PresetName, Callable[[HtmlElement], Iterator[Cells]]] | None = None
    if _TIEBA.search(html):
        found = "tieba", _tieba
    elif _WEIBO_CN.search(html):
        found = "weibo-cn", _weibo_cn
    if found is None:
        remedy = "A news page or notice is read by kind = “article”; comments by an export in CSV, JSON or SQLite."
        raise FileError("No comments of Tieba or weibo.cn stand on this page.", where=name, remedy=remedy)
    tree = parse_html(html)
    if tree is None:
        raise FileError("The page is too long or too deeply nested.", where=name, remedy="Export the comments as CSV.")
    preset, read = found
    rows = [Row(number, cells) for number, cells in enumerate(read(tree), start=1)]
    return preset, iter(rows)


# -- Tieba ------------------------------------------------------------------------------------------------------------


def _tieba(tree: HtmlElement) -> Iterator[Cells]:
    """Threads of a list page; or the floors of a thread, each followed by the comments below it."""
    for thread in _all(tree, "j_thread_list"):
        yield _thread(thread)
    title = next((_flat(part) for part in _all(tree, "core_title_txt")), "")
    for post in _all(tree, "l_post"):
        number = post.get("data-pid") or _inner(_field(post), "content").get("post_id")
        if number:  # advertisements stand between the floors, and have none
            yield _floor(post, str(number), title)
    for comment in _all(tree, "lzl_single_post"):
        yield _below(comment)


def _thread(thread: HtmlElement) -> Cells:
    field = _field(thread)
    number = str(field.get("id") or thread.get("data-tid") or "")
    parts = [_text(part) for name in ("j_th_tit", "threadlist_abs") for part in _all(thread, name) if _is_shown(part)]
    dates = [_flat(part) for part in _all(thread, "is_show_create_time")]
    return {
        "text": "\n".join(dict.fromkeys(filter(None, parts))),
        "id": number,
        "time": next(iter(dates), ""),
        "author": field.get("author_portrait") or field.get("author_name") or "",
        "url": f"https://tieba.baidu.com/p/{number}" if number else "",
        "kind": "post",
    }


def _is_shown(part: HtmlElement) -> bool:
    """A title is marked twice: the link counts, not the box around it."""
    return part.tag == "a" or "threadlist_abs" in (part.get("class") or "")


def _floor(post: HtmlElement, number: str, title: str) -> Cells:
    """A floor; the first one is the thread's own post, and its title belongs to it."""
    field = _field(post)
    content, author = _inner(field, "content"), _inner(field, "author")
    bodies = _all(post, "d_post_content")
    dates = [found[0] for part in _all(post, "tail-info") if (found := _DATED.fullmatch(_flat(part)))]
    thread, opens = content.get("thread_id"), content.get("post_no") == 1
    text = _text(bodies[0]) if bodies else text_of(content.get("content"))
    return {
        "text": f"{title}\n{text}".strip() if opens else text,
        "id": number,
        "time": next(iter(dates), content.get("date") or ""),
        "author": _portrait(author.get("portrait")) or author.get("user_name") or author.get("user_id") or "",
        "url": f"https://tieba.baidu.com/p/{thread}?pid={number}#{number}" if thread else "",
        "kind": "post" if opens else "comment",
    }


def _below(comment: HtmlElement) -> Cells:
    """A comment below a floor. Its data is JSON, or nearly: in pages as a browser saves them the quotes are single."""
    field = dict(_PSEUDO_FIELD.findall(comment.get("data-field") or ""))
    bodies, dates = _all(comment, "lzl_content_main"), _all(comment, "lzl_time")
    return {
        "text": _text(bodies[0]) if bodies else "",
        "id": field.get("spid", ""),
        "time": _flat(dates[0]) if dates else "",
        "author": _portrait(field.get("portrait")) or field.get("user_name", ""),
        "parent": field.get("pid", ""),
        "kind": "comment",
    }


def _portrait(value: object) -> str:
    """The one id that Tieba gives everywhere, without the time that follows it in some places."""
    return value.partition("?")[0] if isinstance(value, str) else ""


def _field(element: HtmlElement) -> dict[str, Any]:
    try:
        return next(objects([json.loads(element.get("data-field") or "")]), {})
    except (ValueError, RecursionError):
        return {}


def _inner(field: dict[str, Any], name: str) -> dict[str, Any]:
    inner = field.get(name)
    return inner if isinstance(inner, dict) else {}


# -- weibo.cn ---------------------------------------------------------------------------------------------------------

# What follows the words of a post: buttons, counters, the time.
_CONTROL = re.compile(r"/(?:attitude|repost|comment|fav|spam|attention|comments|mblog)/|[?&]ckAll=")


# Whom a post is by, the surest link first: the one to like it names the reader instead.
_OWNER = tuple(re.compile(rf"/{path}\?(?:\S*&)?uid=(\d+)") for path in (r"repost/\w+", "attention/add"))


def _weibo_cn(tree: HtmlElement) -> Iterator[Cells]:
    for block in _all(tree, "c"):
        mark = block.get("id") or ""
        if mark.startswith("C_"):
            yield _comment(block, mark[2:])
        elif mark.startswith("M_"):
            yield _post(block, mark[2:] or _post_number(tree))


def _comment(block: HtmlElement, number: str) -> Cells:
    links = _links(block)
    user = next((found[1] for link in links if (found := re.search(r"[?&]fuid=(\d+)", link))), "")
    return {
        "text": _words(next(iter(_all(block, "ctt")), block)),
        "id": number,
        "time": _time(block),
        "author": user or next(iter(links), ""),
        "likes": _counter(block, "赞"),
        "kind": "comment",
    }


def _post(block: HtmlElement, number: str) -> Cells:
    """A post; of a repost only the words added to it, since the rest is another person's."""
    links = _links(block)
    owner = next((found[1] for path in _OWNER for link in links if (found := path.search(link))), "")
    reason = next((part for part in _all(block, "cmt") if _flat(part).startswith("转发理由")), None)
    start = reason if reason is not None else next(iter(_all(block, "ctt")), block)
    return {
        "text": _words(start, skip_start=reason is not None),
        "id": number,
        "time": _time(block),
        "author": owner or next(iter(links), ""),
        "likes": _counter(block, "赞"),
        "url": f"https://weibo.com/{owner}/{number}" if owner and number else "",
        "kind": "post",
    }


def _words(start: HtmlElement, *, skip_start: bool = False) -> str:
    """The text from an element to the first button: the site's own markup closes the element too early."""
    parts = ["" if skip_start else _text(start), _tail(start)]
    for following in start.itersiblings():
        if isinstance(following.tag, str):
            if _is_control(following):
                break
            parts.append("\n" if following.tag == "br" else _text(following))
        parts.append(_tail(following))
    lines = "".join(parts).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip(" \n[")


def _tail(element: HtmlElement) -> str:
    return _SPACE.sub(" ", element.tail or "")


def _is_control(element: HtmlElement) -> bool:
    if (element.get("class") or "") in {"ct", "cc", "cmt"}:
        return True
    return any(_CONTROL.search(link) for link in [element.get("href") or "", *_links(element)])


def _time(block: HtmlElement) -> str:
    """`06月17日 18:12` of “06月17日 18:12 来自 …”."""
    times = _all(block, "ct")
    return times[-1].text_content().strip().partition("\xa0")[0].strip() if times else ""


def _counter(block: HtmlElement, name: str) -> str:
    said = (_flat(link) for link in block.iter("a"))
    return next((found[1] for text in said if text.startswith(name) and (found := _BRACKETED.search(text))), "")


def _post_number(tree: HtmlElement) -> str:
    """A comments page names its post in its form only."""
    found = tree.xpath("//form//input[@name='id']/@value")
    return str(found[0]) if found else ""


# -- both -------------------------------------------------------------------------------------------------------------


def _all(root: HtmlElement, name: str) -> list[HtmlElement]:
    """Elements of this class."""
    found: list[HtmlElement] = root.xpath(
        ".//*[contains(concat(' ', normalize-space(@class), ' '), $name)]", name=f" {name} "
    )
    return found


def _links(root: HtmlElement) -> list[str]:
    return [str(link) for link in root.xpath(".//a/@href")]


def _flat(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _text(element: HtmlElement) -> str:
    """The text of an element without its tail; smileys by their names, and no button to show a picture."""
    for image in element.iter("img"):
        if not image.get("alt") and (found := _SMILEY.search(image.get("src") or "")):
            number = int(found[1])
            image.set("alt", f"[{_SMILEYS[number - 1] if 0 < number <= len(_SMILEYS) else '表情'}]")
    fragment = lxml.html.tostring(element, encoding="unicode", with_tail=False)
    return text_of(_SPACE.sub(" ", fragment), drop=lambda part: "replace_tip" in (part.get("class") or ""))
