"""Whether a speaker is somebody in particular."""

from __future__ import annotations

import re

from nlp.quotes.words import words

_SURNAME = f"[{''.join(words('zh', 'surname'))}]"
_GIVEN = frozenset(words("en", "given name"))
_NICKNAME = re.compile(r"[“「\"].+[”」\"]|[A-Za-z0-9_\-=@.]*[0-9_\-=@][A-Za-z0-9_\-=@.]*")
_ENGLISH_NAME = re.compile(
    r"(?:^|\s)(?!(?:The|A|An|Some|Many|One|Another|Others|Several|Most|Few|No|All|Two|Three)\b)[A-Z][\w’'\-]+(?:\s[A-Z][\w’'\-]+)+"
)
_CHINESE_NAME = re.compile(
    rf"{_SURNAME}[\u4e00-\u9fff]?(?:先生|女士|小姐|太太|阿姨|大爷|大妈|师傅|大叔|某)|[小老阿]{_SURNAME}|小[\u4e00-\u9fff]$"
)


def is_named(speaker: str) -> bool:
    """Whether a speaker's name tells this person from the others: 市民陈阿姨 and "Ann Poe" do, 有网友 does not."""
    return speaker in _GIVEN or any(form.search(speaker) for form in (_NICKNAME, _ENGLISH_NAME, _CHINESE_NAME))
