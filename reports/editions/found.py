"""What an edition's file says when it is read back."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """A report as its file tells it.

    Attributes:
        run: id of the run that it was made in; empty where the file names none.
        language: zh or en.
        audience: internal or public.
        preset: full, daily, weekly or special.
        texts: what a reader sees, in reading order, one text a paragraph, cell or label, white space made single.
    """

    run: str
    language: str
    audience: str
    preset: str
    texts: list[str]


def on_one_line(text: str) -> str:
    """The text with every stretch of white space as one space."""
    return " ".join(text.split())
