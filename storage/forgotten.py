"""What was forgotten because somebody asked for it, and stays away: keyed marks that say nothing of it.

They stand beside the marks of what a platform deleted, which may come again when the platform shows it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from storage.pseudonyms import KeyFileError
from storage.queries import FORGOTTEN, SETTING, STUDY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

    from storage.intake import Origin, Row
    from storage.pseudonyms import Pseudonyms

LONG_ENOUGH = 20
"""Characters of a text by which it is known again under another id; shorter ones many people write."""
ASKED = "asked/"
"""Begins the marks of comments and authors."""
CAPTURE_MARK = "capture/"
"""Begins the marks of captures that were removed, before their SHA-256."""
FLAG = "forgotten/"
"""Begins the name of the setting that says that a study has such marks."""
KEY_IN_USE = "pseudonym_key"
"""Names the setting with the fingerprint of the key that the authors are hashed with."""
_CONTENT_ID = "content-"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Remembered:
    """A comment that is to be forgotten, as it is stored."""

    key: int
    id: str
    source: str
    ext_id: str
    kind: str
    text: str
    author: str | None
    url: str | None
    article_id: str | None
    evidence: str | None
    capture: int | None


def kept_out(
    connection: Connection, origin: Origin, rows: Sequence[Row], pseudonyms: Pseudonyms
) -> tuple[list[Row], int]:
    """The rows that may be stored, and how many somebody had asked to have forgotten; no mark comes until they are.

    Raises:
        KeyFileError: the key was changed since these rows' authors were hashed with it.
    """
    if rows:
        study = select(STUDY.c.id).where(STUDY.c.id == origin.study)
        connection.execute(study.with_for_update(read=True, key_share=True))
    if not rows or not in_use(connection, pseudonyms, f"{FLAG}{origin.study}"):
        return list(rows), 0
    marks = [{ASKED + mark for mark in _marks(origin.source, row, pseudonyms)} for row in rows]
    sought, asked = sorted(set[str]().union(*marks)), set[str]()
    for start in range(0, len(sought), _AT_ONCE):
        asked |= there(connection, origin.study, sought[start : start + _AT_ONCE])
    let_in = [row for row, mine in zip(rows, marks, strict=True) if mine.isdisjoint(asked)]
    return let_in, len(rows) - len(let_in)


def _marks(source: str, row: Row, pseudonyms: Pseudonyms) -> Iterator[str]:
    yield pseudonyms.mark("comment", source, row["ext_id"])
    if len(row["text"]) >= LONG_ENOUGH:
        yield pseudonyms.mark("words", own_id(row["ext_id"]), row["text"])
    if row.get("author"):
        yield pseudonyms.author_mark(row["author"])


def own_id(ext_id: str) -> str:
    """An id of its own; those that are made from a row's content change with how its file is read."""
    return "" if ext_id.startswith(_CONTENT_ID) else ext_id


def in_use(connection: Connection, pseudonyms: Pseudonyms, *more: str) -> set[str]:
    """Sees to it that these pseudonyms are of the key in use, until the transaction ends; the settings of `more`.

    Raises:
        KeyFileError: the key was changed since it was read.
    """
    query = select(SETTING.c.name, SETTING.c.value).where(SETTING.c.name.in_([KEY_IN_USE, *more]))
    found = {row.name: row.value for row in connection.execute(query.with_for_update(read=True))}
    if found.pop(KEY_IN_USE, pseudonyms.fingerprint) != pseudonyms.fingerprint:
        remedy = "Run the command again; on another machine, with the new key file."
        raise KeyFileError("the key of the pseudonyms was changed meanwhile.", remedy=remedy)
    return set(found)


def there(connection: Connection, study: str, marks: Sequence[str]) -> set[str]:
    """Those of these marks that the study has."""
    query = select(FORGOTTEN.c.id).where(FORGOTTEN.c.study == study, FORGOTTEN.c.id.in_(list(marks)))
    return set(connection.execute(query).scalars())


def removed_captures(connection: Connection, study: str) -> frozenset[str]:
    """SHA-256 of the captures that were removed with what was forgotten."""
    marked = and_(FORGOTTEN.c.id >= CAPTURE_MARK, FORGOTTEN.c.id < "capture0")
    query = select(func.substr(FORGOTTEN.c.id, len(CAPTURE_MARK) + 1)).where(FORGOTTEN.c.study == study, marked)
    return frozenset(connection.execute(query).scalars())
