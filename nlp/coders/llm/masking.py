"""What of a comment is sent to a model: its words, without names, numbers and addresses that lead to a person."""

from __future__ import annotations

import re

from nlp.marks import URL
from storage.privacy.masking import MAIL, NAME
from storage.text import clean

LONGEST = 4_000
"""Characters of one comment that are sent; what follows is left out, and counted."""

_DOMAINS = "com|cn|net|org|gov|edu|info|io|me|cc|top|xyz|app|dev|hk|tw|uk|us|eu"
_BARE = rf"(?<![A-Za-z0-9_@.-])(?:[A-Za-z0-9-]{{1,63}}\.){{1,6}}(?:{_DOMAINS})(?![A-Za-z0-9_-])(?:/[!-~]*)?"
# An account that is named as one; an id without any digit cannot be told from a word.
_APPS = "微信|薇信|威信|v信|vx|wx|wechat|weixin|qq|扣扣|电报|telegram|tg|whatsapp"
_ACCOUNT = rf"(?:{_APPS})(?:号|群|id)?\s?[:：是]?\s?(?=[A-Za-z_-]{{0,20}}\d)[A-Za-z0-9_-]{{5,24}}"
_PLATE = (
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·• ]?[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])"
)
# Seven digits and more, however they are grouped: telephones, cards, identity numbers, orders. Dates stay.
_DATE = r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?!\d)"
_DIGITS = rf"(?<!\d)(?!{_DATE})[+＋]?[(（]?\d(?:[ ().（）-]{{0,2}}\d){{6,}}[Xx]?"

_PRIVATE = re.compile(
    rf"(?P<mail>{MAIL})|(?P<url>{URL}|{_BARE})|(?P<name>{NAME})|(?P<number>{_ACCOUNT}|{_PLATE}|{_DIGITS})",
    re.IGNORECASE,
)
_SHOWN = {"mail": "[mail]", "url": "[url]", "name": "@name", "number": "[number]"}
# Characters no reader sees, which a model reads all the same; joiners inside emoji and Han variants stay.
_UNSEEN = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u2060-\u206f\u3164\ufe00-\ufe0e\uffa0"
                     "\ufff9-\ufffb\U000e0000-\U000e0fff]+")  # fmt: skip


def sendable(text: str) -> str:
    """The text as it is sent: cleaned, unseen characters and what leads to a person taken out, at most LONGEST long.

    Personal names in running text stay: no pattern tells them from other words.
    """
    seen = _UNSEEN.sub("", clean(text))
    return _PRIVATE.sub(lambda found: _SHOWN[found.lastgroup or ""], seen)[:LONGEST]
