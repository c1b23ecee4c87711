"""What was said inside an article, by whom, and how the article reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from storage.nouns import SpeakerClass


@dataclass(frozen=True, slots=True)
class Quote:
    """One piece of reported speech.

    Attributes:
        start: offset of its first character in the article's text.
        end: offset after its last character; `text` is what lies between.
        text: the words themselves, without the outer marks.
        speaker: as the article writes it, or "".
        speaker_class: ordinary people are `public`; `unknown` when the article leaves it open.
        direct: whether it stands between marks.
        evidence: the clause that reports it, whose words tell how the article understands it.
    """

    start: int
    end: int
    text: str
    speaker: str
    speaker_class: SpeakerClass
    direct: bool
    evidence: str


class Speaker(NamedTuple):
    """Who speaks, as written, and which kind of speaker that is."""

    name: str
    kind: SpeakerClass


NOBODY = Speaker("", "unknown")


def quote_of(text: str, span: tuple[int, int], speaker: Speaker, *, direct: bool, evidence: str) -> Quote:
    """The quote at a span of the article, with outer white space dropped.

    Indirect speech drops its final full stop or comma as well, since that is the article's; ? and ! are the speaker's.
    """
    start, end = span
    drop = " \t\n\u3000\xa0" if direct else " \t\n\u3000\xa0。，,.；;：:、—–-"
    while start < end and text[start] in drop:
        start += 1
    while end > start and text[end - 1] in drop:
        end -= 1
    return Quote(start, end, text[start:end], speaker.name, speaker.kind, direct, evidence)
