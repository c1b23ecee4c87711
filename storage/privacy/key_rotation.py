"""Another key for the authors: every pseudonym in the database is exchanged, in one transaction, without their names.

The new key is laid beside the old one first, the database changes next, the file last: whoever opens the database
afterwards takes the key whose fingerprint it names, so that a change that was killed is either whole or not begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, func, select

from storage import writes
from storage.database import shown, writing
from storage.database_failures import CorruptDatabase
from storage.forgotten import ASKED, KEY_IN_USE, in_use
from storage.pseudonyms import lay_key_ready, settle_key
from storage.queries import COMMENT, FORGOTTEN, SETTING
from storage.retrying import retried
from storage.row_hashes import HASH, hashes, stretches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

    from storage.pseudonyms import Pseudonyms, Renamed


class Exchanged(NamedTuple):
    """What a change of the key did.

    Attributes:
        authors: the pseudonyms that are no more.
        comments: how many rows have another author now.
        marked: whether marks of what was forgotten stand under the first half of the key, which stayed for them.
    """

    authors: frozenset[str]
    comments: int
    marked: bool


class KeyRotation:
    """Exchanges the key of a database, with the pseudonyms of all its studies."""

    def __init__(self, engine: Engine, folder: Path, pseudonyms: Pseudonyms) -> None:
        self._engine, self._folder, self._pseudonyms = engine, folder, pseudonyms

    @retried
    def exchange(self, *, cut: bool) -> Exchanged:
        """Make a new key, and give every author the pseudonym that goes with it; the old key is gone afterwards.

        What was forgotten stays away. Rows get the hash of what they hold now.

        Args:
            cut: new comments of known authors are those of new people: nobody can tell who they were before.

        Raises:
            CorruptDatabase: a row is not what was written, and a new hash would hide it; nothing was changed.
            KeyFileError: somebody else changed the key meanwhile.
            storage.errors.MinyiError: nothing was changed, or the next command that opens the database ends it.
        """
        here = SETTING.c.name == KEY_IN_USE
        with writing(self._engine) as connection:
            connection.execute(select(SETTING.c.value).where(here).with_for_update()).all()  # others wait for it
            in_use(connection, self._pseudonyms)
            marked = _marked(connection)
            key, renamed = self._pseudonyms.changed(cut=cut, marked=marked)
            lay_key_ready(self._folder, key)
            new = type(self._pseudonyms)(key).fingerprint
            writes.replace(connection, SETTING, [{"name": KEY_IN_USE, "value": new}])
            authors, comments = _exchange(connection, renamed)
            studies = connection.execute(select(COMMENT.c.study).distinct()).scalars().all() if comments else []
            for study in studies:
                writes.changed(connection, study)
        settle_key(self._folder)
        return Exchanged(authors, comments, marked)


def _exchange(connection: Connection, renamed: Renamed) -> tuple[frozenset[str], int]:
    statement = (
        COMMENT.update()
        .where(COMMENT.c.key == bindparam("of_key"))
        .values(author=bindparam("to_author"), hash=bindparam("to_hash"))
    )
    known, comments = dict[str, str](), 0
    for rows in _with_author(connection):
        for author in {row["author"] for row in rows} - known.keys():
            known[author] = renamed(author)
        fresh = [{**row, "author": known[row["author"]]} for row in rows]
        changes = zip(fresh, hashes(COMMENT, fresh), strict=True)
        connection.execute(
            statement, [{"of_key": row["key"], "to_author": row["author"], "to_hash": one} for row, one in changes]
        )
        comments += len(rows)
    return frozenset(known), comments


def _with_author(connection: Connection) -> Iterator[Sequence[Mapping[Any, Any]]]:
    """The rows that have an author, as they were written."""
    for rows in stretches(connection, COMMENT):
        wrong = [
            row["id"]
            for row, one in zip(rows, hashes(COMMENT, rows), strict=True)
            if row[HASH] is not None and row[HASH] != one
        ]
        if wrong:
            what = f"the comment {wrong[0]} is not what was stored, and a new pseudonym would hide it."
            raise CorruptDatabase(what, where=shown(connection.engine.url), remedy="`minyi doctor` says what to do.")
        named = [row for row in rows if row["author"] is not None]
        if named:
            yield named


def _marked(connection: Connection) -> bool:
    """Whether anything was forgotten, in any study."""
    here = and_(FORGOTTEN.c.id >= ASKED, FORGOTTEN.c.id < f"{ASKED[:-1]}0")
    return bool(connection.execute(select(func.count()).select_from(FORGOTTEN).where(here)).scalar_one())
