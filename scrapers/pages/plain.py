"""An article kept as a plain text or Markdown file: title, dateline, paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.text import clean_line

_DATE = re.compile(
    r"(?:19|20)\d\d(?:-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\.\d{1,2}\.\d{1,2}|\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日)"
    r"(?:[T\s]\s?\d{1,2}:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\d{1,2} [A-Z][a-z]{2,8} (?:19|20)\d\d|[A-Z][a-z]{2,8} \d{1,2}, (?:19|20)\d\d"
)
_MARKERS = re.compile(
    r"\b(?:first published|last updated|updated|published|posted|source|date|by)\b(?:\s+(?:on|at)\b)?"
    r"|发布时间|更新时间|发表于|发布于|时间|日期|来源|來源|出处",
    re.IGNORECASE,
)
_EDGES = " \t:：|｜·,，;；-–—()（）[]【】/\u3000"
_HEADING = re.compile(r"#{1,6}\s+")
_GAP = re.compile(r"\n[ \t\u3000]*\n")
_LONGEST_DATELINE = 120
_LONGEST_SITE = 40
_SENTENCE_END = re.compile(r"[.。!！?？]\s*$|[。！？]")


@dataclass(frozen=True, slots=True)
class Document:
    """A text file read as an article.

    Attributes:
        title: its first line.
        site: who published it, from the dateline; empty if it does not say.
        date: the date as written in the dateline; empty if there is none.
        lines: its paragraphs, white space collapsed.
    """

    title: str
    site: str
    date: str
    lines: tuple[str, ...]


def read_plain(text: str, *, markdown: bool = False) -> Document:
    """Read a text: the first line is the title, a line of site and date may follow, blank lines split paragraphs.

    A file without blank lines has one paragraph a line.
    """
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    title = lines[0] if lines else ""
    rest = "\n".join(lines[1:]).strip()
    first, _, after = rest.partition("\n")
    site, date = dateline(first)
    body = after if date else rest
    title = _HEADING.sub("", title, count=1) if markdown else title
    return Document(clean_line(title), clean_line(site), date, tuple(_paragraphs(body)))


def dateline(line: str) -> tuple[str, str]:
    """The site and the date of a line like `Site Updated on 2024-02-21` or `2024-02-21 10:05 来源：某报`.

    A line that is a sentence with a date in it is none: both are then empty.
    """
    found = _DATE.search(line) if len(line) <= _LONGEST_DATELINE else None
    if found is None:
        return "", ""
    rest = _MARKERS.sub(" ", f"{line[: found.start()]} {line[found.end() :]}")
    site = " ".join(rest.split()).strip(_EDGES)
    if len(site) > _LONGEST_SITE or _SENTENCE_END.search(site):
        return "", ""
    return site, found[0]


def _paragraphs(body: str) -> list[str]:
    blocks = _GAP.split(body)
    if len(blocks) == 1:
        blocks = body.split("\n")
    return [block for block in (" ".join(block.split()) for block in blocks) if block]
