"""The report as Markdown: for wikis, tickets and chats. Foreign text cannot become markup, a link or a mention."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reports.editions import blocks as page
from reports.editions.found import Found, on_one_line
from reports.page import render_html
from reports.wording import locale_for
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.wording import Locale
    from storage.nouns import Language

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|~#$^&])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")
_JOINER = "\u2060"
"""Word joiner: unseen, and no program finds an address or a name across it."""
_ADDRESS = re.compile(r"(@|://|(?<=[A-Za-z0-9])\.(?=[A-Za-z]))")
_SAID = re.compile(r'(\w+): "(.*)"')
_LINK = re.compile(r"(?<!\\)\[(.*?)(?<!\\)\]\(<[^>]*>\)")
_OPENING = re.compile(r"^(?:#+|>|-) +|^\|(?: --- \|)+$")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def render(numbers: Mapping[str, Any], language: Language) -> bytes:
    """Front matter that names the run, then the page's content in its order, the tables behind its charts last."""
    blocks = page.blocks_of(render_html(numbers, language))
    locale = locale_for(language, numbers)
    in_order, behind = page.parted(blocks)
    parts = [_front_matter(numbers, language, page.title_of(blocks))]
    parts += [text for block in in_order for text in _block(block, locale)]
    if behind:
        parts.append(f"## {_escaped(locale.word('editions', 'appendix'))}")
        parts += [text for block in behind for text in _block(block, locale)]
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def read(content: bytes) -> Found:
    """What the text says, without its escapes.

    Raises:
        MinyiError: it names no run in its front matter.
    """
    head, _, body = content.decode("utf-8", "replace").removeprefix("---\n").partition("\n---\n")
    said = {found[1]: found[2] for line in head.splitlines() if (found := _SAID.fullmatch(line))}
    if "run" not in said or not body:
        raise MinyiError("This is no report in Markdown.", remedy="Name a file that `minyi report` has written.")
    texts = [on_one_line(_ESCAPED.sub(r"\1", part)) for line in body.splitlines() for part in _bare(line)]
    run, lang, audience, preset = (said.get(key, "") for key in ("run", "lang", "audience", "preset"))
    return Found(run, lang[:2], audience, preset, [text for text in texts if text])


def _bare(line: str) -> list[str]:
    """The cells of a line, or the line, without the marks for links and the like; escapes are still there."""
    line = _OPENING.sub("", line)
    return re.split(r"(?<!\\)\|", re.sub(r"(?<!\\)\*+", "", _LINK.sub(r"\1", line.replace(_JOINER, ""))))


def _front_matter(numbers: Mapping[str, Any], language: Language, title: str) -> str:
    said = {"title": title, "lang": language, "run": numbers["provenance"]["run"], **numbers["options"]}
    lines = [f"{key}: {json.dumps(on_one_line(str(value)), ensure_ascii=False)}" for key, value in said.items()]
    return "\n".join(["---", *lines, "---"])


def _block(block: page.Block, locale: Locale) -> Iterator[str]:
    if isinstance(block, page.Heading):
        yield f"{'#' * block.level} {_line(block.runs)}"
    elif isinstance(block, page.Para):
        yield _paragraph(block)
    elif isinstance(block, page.Items) and block.kind == "plain":
        yield "\n".join(f"- {_started(_line(item))}" for item in block.items)
    elif isinstance(block, page.Statements):
        yield "\n".join(f"- {_line(says)} \\[{number}\\] *({_escaped(badge)})*" for badge, says, number in block.rows)
    elif isinstance(block, page.Tiles):
        yield "\n".join(_tile(*tile[1:]) for tile in block.tiles)
    elif isinstance(block, page.Table):
        yield from _table(block)
    elif isinstance(block, page.Picture):
        yield _picture(block, locale)
    elif isinstance(block, page.Panels):
        yield "\n".join(f"- {_line(heading)}" for heading, _ in block.panels)


def _paragraph(para: page.Para) -> str:
    text = _line(para.runs)
    if para.kind in {"banner", "held"}:
        return f"> **{_escaped(page.plain(para.runs))}**"
    if para.kind in {"quote", "source"}:
        return f"> {_started(text)}"
    return _started(text)


def _picture(picture: page.Picture, locale: Locale) -> str:
    return f"*{_escaped(locale.word('editions', 'chart'))}{locale.ui('colon')}{_escaped(picture.title)}.* " + _escaped(
        picture.description
    )


def _tile(name: str, figure: str, lines: Sequence[str]) -> str:
    head = " ".join(part for part in (_escaped(name), _escaped(figure)) if part)
    return f"- **{head}** {_escaped(' · '.join(lines))}"


def _table(table: page.Table) -> Iterator[str]:
    if table.caption:
        yield f"**{_escaped(table.caption)}**"
    width = max([len(table.head), *(len(row) for row in table.rows)], default=0)
    if not width:
        return
    head = [_line(cell) for cell in table.head] or [""] * width
    rows = [head, ["---"] * width, *([" " if cell.fill else _line(cell.runs) for cell in row] for row in table.rows)]
    yield "\n".join("| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows)


def _line(runs: Sequence[page.Run]) -> str:
    return "".join(_run(run) for run in runs).replace("\n", " ").strip()


def _run(run: page.Run) -> str:
    """Text, strong text or a link; the spaces around stay outside the marks, or these would not count."""
    inside = run.text.strip()
    if not inside:
        return " " if run.text else ""
    text = _escaped(inside)
    if run.href:
        text = f"[{text}](<{quote(run.href, safe=_IN_ADDRESSES)}>)"
    elif run.strong:
        text = f"**{text}**"
    before, after = run.text[: len(run.text) - len(run.text.lstrip())], run.text[len(run.text.rstrip()) :]
    return f"{before}{text}{after}"


_IN_ADDRESSES = "/:?#@!$&'()*+,;=%~-._"


def _escaped(text: str) -> str:
    return _ADDRESS.sub(lambda found: found[0].replace("://", f":{_JOINER}//") if found[0] == "://"
                        else found[0] + _JOINER, _MARKUP.sub(r"\\\1", text))  # fmt: skip


def _started(line: str) -> str:
    """A line that does not begin a list, a heading or a rule."""
    return _LINE_START.sub(lambda found: f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}",
                           line)  # fmt: skip
