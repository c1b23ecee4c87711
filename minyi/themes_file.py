"""`themes.toml` beside the study file: the themes of requests that people name, with examples."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field, ValidationError, field_validator

from minyi.study_shape import Entry, Line, Section
from storage.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from storage.nouns import Wording

THEMES = "themes.toml"
MOST_THEMES, MOST_EXAMPLES = 60, 500
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ID = re.compile(r"c[0-9a-f]{8,64}")
_LARGEST = 4 << 20
_REMEDY = (
    '[[themes]] with key = "notice", title = { zh = "提前通知", en = "Earlier notice" } and examples = ["…"]: ids of '
    "comments, or texts. `minyi themes suggest` writes a first one."
)


class NamedTheme(NamedTuple):
    """A theme as the file names it.

    Attributes:
        key: its name in files.
        title: what people call it.
        ids: comments given as examples.
        texts: examples that are no comment's id.
    """

    key: str
    title: Wording
    ids: tuple[str, ...]
    texts: tuple[str, ...]


class _ThemeEntry(Section):
    key: str
    title: Entry
    examples: Annotated[tuple[Line, ...], Field(max_length=MOST_EXAMPLES)] = ()

    @field_validator("key")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _KEY.fullmatch(value):
            raise ValueError("use small letters, digits, - and _ only, at most 40")
        return value


class _ThemesFile(Section):
    themes: Annotated[tuple[_ThemeEntry, ...], Field(max_length=MOST_THEMES)] = ()


def read_themes(folder: Path) -> list[NamedTheme]:
    """The themes of a study, in the file's order; none where there is no file.

    Raises:
        UsageError: it cannot be read, or says something that cannot be meant.
    """
    path = folder / THEMES
    if not path.exists():
        return []
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise UsageError("the file is too large", where=str(path), remedy="Keep to some ten examples a theme.")
        parsed = _ThemesFile.model_validate(tomllib.loads(data.decode("utf-8-sig")))
    except ValidationError as error:
        first = error.errors()[0]
        place = " ".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise UsageError(f"{place}: {first['msg']}", where=str(path), remedy=f"Write {_REMEDY}") from error
    except (OSError, ValueError, RecursionError) as error:  # numbers of too many digits are a ValueError
        raise UsageError(f"it cannot be read as TOML ({error})", where=str(path), remedy=f"Write {_REMEDY}") from error
    named = [_named(entry) for entry in parsed.themes]
    _check(named, str(path))
    return named


def _named(entry: _ThemeEntry) -> NamedTheme:
    examples = [one for one in entry.examples if one]
    ids = tuple(dict.fromkeys(one for one in examples if _ID.fullmatch(one)))
    texts = tuple(dict.fromkeys(one for one in examples if not _ID.fullmatch(one)))
    return NamedTheme(entry.key, entry.title.noun(), ids, texts)


def _check(themes: list[NamedTheme], where: str) -> None:
    """No key twice, and no example under two themes."""
    seen: dict[str, str] = {}
    for theme in themes:
        if f"key {theme.key}" in seen:
            raise UsageError(f"two themes have the key {theme.key}", where=where, remedy="Give each a key of its own.")
        seen[f"key {theme.key}"] = theme.key
        for example in (*theme.ids, *theme.texts):
            if example in seen:
                what = f"“{example[:60]}” is an example of {seen[example]} and of {theme.key}"
                raise UsageError(what, where=where, remedy="Leave it under one of them.")
            seen[example] = theme.key
