"""Voices that stand on lines of their own, behind a name and a colon: interviews, and lists of readers' postings."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from nlp.quotes.quote import quote_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nlp.quotes.quote import Quote, Speaker

_ENTRY = re.compile(
    r"[ \t\u3000]*(?P<at>@)?(?P<name>[^\s：:，。！？“”「」@][^：:。！？\n“”「」]{0,30})[：:][ \t\u3000]*(?=[^\s“「\"/])"
)


class Line(NamedTuple):
    """A line that begins with a name and a colon.

    Attributes:
        name: span of the name.
        words: span of what follows the colon, to the end of the line.
        heading: the last line before the list of such lines, "" where there is none.
        together: how many such lines stand together.
        addressed: whether the name begins with @.
    """

    name: tuple[int, int]
    words: tuple[int, int]
    heading: str
    together: int
    addressed: bool


def named_lines(plain: str) -> Iterator[Line]:
    """The lines that begin with a name and a colon, in order."""
    block: list[Line] = []
    heading, start = "", 0
    for line in plain.splitlines(keepends=True):
        body = line.rstrip()
        if entry := _ENTRY.match(body):
            name, words = entry.span("name"), (start + entry.end(), start + len(body))
            block.append(Line((start + name[0], start + name[1]), words, heading, 0, bool(entry["at"])))
        elif body.strip():
            yield from (one._replace(together=len(block)) for one in block)
            block, heading = [], body.strip()
        start += len(line)
    yield from (one._replace(together=len(block)) for one in block)


def with_lines(
    text: str, plain: str, quotes: Iterable[Quote], speaker_of: Callable[[Line, str], Speaker | None]
) -> list[Quote]:
    """The quotes read from sentences, and those of named lines; such a line is one quote, unless marks stand in it.

    Args:
        text: the article's text.
        plain: the same with everything between marks masked.
        quotes: what was read from its sentences.
        speaker_of: who speaks on a line with this name; None where nobody of interest does.
    """
    kept = sorted(quotes, key=lambda quote: quote.start)
    starts = [quote.start for quote in kept]
    added: list[Quote] = []
    replaced: set[int] = set()
    for line in named_lines(plain):
        speaker = speaker_of(line, text[slice(*line.name)].strip())
        inside = range(bisect_left(starts, line.words[0]), bisect_left(starts, line.words[1]))
        if speaker is None or any(kept[at].direct for at in inside):
            continue
        replaced.update(inside)
        evidence = text[line.name[0] : line.words[0]].strip()
        added.append(quote_of(text, line.words, speaker, direct=False, evidence=evidence))
    return [*(quote for at, quote in enumerate(kept) if at not in replaced), *added]
