"""What leads to a person wherever it stands in a text: mail addresses, @names, and what follows "WeChat" or "QQ".

A report masks them in what it quotes, a language model is not sent them. What else each of the two takes out is its
own: a report must keep amounts readable, where a model loses nothing by any long number.
"""

from __future__ import annotations

_AT = r"(?:[@＠]| ?[(（\[]at[)）\]] ?)"
_DOT = r"(?:\.| ?[(（\[]dot[)）\]] ?)"
MAIL = rf"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{{1,64}}{_AT}[A-Za-z0-9-]+(?:{_DOT}[A-Za-z0-9-]+)+"
"""A mail address, with either form of the sign, or with words for it. To be tried before NAME, which would take its
second half."""

NAME = r"[@＠][\w·-]{1,30}\d*"
"""An account by its @name, whatever stands before it: posts glue names to words. The dot is that of foreign names."""

HANDLE_HINT = r"[Qq][Qq]|扣扣|企鹅号|[微薇威]信|[Ww]e[Cc]hat|[Ww]ei[Xx]in|[Ww][Xx]|[Vv][Xx]|[Vv]信|加[Vv微薇]"
"""What announces an account of WeChat or QQ."""

_SAID = r"(?: ?(?:号码?|群号?|[Ii][Dd]))? ?[:：是为=]? ?"
HANDLE = (
    rf"(?:{HANDLE_HINT})(?:"
    r"(?: ?(?:号码?|[Ii][Dd]) ?[:：是为=]? ?| ?[:：=] ?)(?=[A-Za-z])|(?<=加[Vv微薇]) ?[:：]? ?(?=[A-Za-z])|"
    rf"{_SAID}(?=[1-9]\d{{4,11}}(?!\d|,\d|\.\d| ?[%元人万亿个条年块次])|[A-Za-z][A-Za-z_-]{{0,19}}\d))"
    r"(?P<handle>[A-Za-z][A-Za-z0-9_-]{5,19}|[1-9]\d{4,11}(?!\d))"
)
"""An account that is announced: by name, or by a number that is followed by nothing that would make it an amount. What
is private of it is the group `handle`."""

_SAME: dict[int, int | str] = {
    **{0xFF01 + at: 0x21 + at for at in range(94)},
    **dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2009\u202f"), " "),
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-"),
}


def plain(text: str) -> str:
    """The text with letters, digits and signs of full width, spaces and hyphens as ASCII has them, place for place."""
    return text.translate(_SAME)
