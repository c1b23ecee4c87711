"""What stands in a post without being words: addresses, names, topics, platform emoji codes and emoji.

Shared by folding, segmentation and the language guess, so that all three see the same marks.
"""

from __future__ import annotations

import re

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# An address ends where Han text, white space or a Chinese mark begins: posts glue them together.
URL = r"(?:https?://|www\.)[!-~]+"
# Weibo allows Han, letters, digits, "-" and "_", up to 30; a mail address is not a name.
NAME = rf"@(?<![A-Za-z0-9._]@)[{HAN}\w\-]{{1,30}}"
# Weibo closes a topic with a second "#"; elsewhere a topic ends with the word.
TOPIC = rf"#[^#\s\x00]{{1,60}}#|#(?<![\w&]#)(?=[^\W\d_])[{HAN}\w]{{1,60}}"
# Platform codes such as [允悲] or [doge]: short, closed, and without digits alone (a footnote mark).
CODE = rf"\[(?=[^\]]{{0,12}}[A-Za-z{HAN}])[A-Za-z{HAN}0-9_\-]{{1,12}}\]"

_PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
)
_TONE = "[\U0001f3fb-\U0001f3ff]"
_ONE = rf"[{_PICTURE}](?:\ufe0f|{_TONE})*[\U000e0020-\U000e007f]*"
# Flags are pairs of regional letters; the rest are pictures, which a joiner may chain into families.
EMOJI = rf"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_ONE}(?:\u200d{_ONE})*"

URLS = re.compile(URL)
NAMES = re.compile(NAME)
CODES = re.compile(CODE)


def without_marks(text: str) -> str:
    """The text with addresses, @names and platform codes taken out: what is left was written by its author."""
    if "://" in text or "www." in text:
        text = URLS.sub(" ", text)
    if "@" in text:
        text = NAMES.sub(" ", text)
    if "[" in text:
        text = CODES.sub(" ", text)
    return text
