"""What a clause says about speech: whose it is, and where it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nlp.quotes.quote import Speaker


class Report(NamedTuple):
    """A clause that reports speech.

    Attributes:
        speaker: who speaks.
        clause: span of the clause.
        content: where what was said begins inside the clause; the clause's end, if it comes after.
        verb_first: whether the clause leaves its speaker to the clause before.
        feeling: where the word after 表示 begins, if the clause ends with it; 0 otherwise.
        gesture: whether it only shows the speaker (摆摆手), so that words stand between marks beside it or nowhere.
        posted: whether it names a posting (网友的评论), whose marks hold all of it.
        hollow: whether its verb can do without words (热议, 表示支持), so that the next clause need be no speech.
    """

    speaker: Speaker
    clause: tuple[int, int]
    content: int
    verb_first: bool = False
    feeling: int = 0
    gesture: bool = False
    posted: bool = False
    hollow: bool = False
