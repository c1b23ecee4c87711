"""What a report is made of, and where collecting goes on, is read only where it is what was written.

SQLite says nothing where a bit turned over in a value, and little where one did in an index: a row is then another, or
is not found. Rows are compared with their hashes, and what was read through indices with a walk through the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from storage import queries
from storage.database import reading, shown
from storage.database_failures import CorruptDatabase
from storage.frames import frame_of
from storage.integrity.checking import TOLD, damaged_pages, damaged_rows
from storage.queries import (
    ANNOTATION,
    ARTICLE,
    CAPTURE,
    CODING,
    COMMENT,
    FETCHED,
    FORGOTTEN,
    FRAMED,
    JOB_WINDOW,
    JUDGEMENT,
    SOURCE_STATE,
    WAITING,
    key_of,
)
from storage.records import Coding
from storage.responses import RESPONSE
from storage.retrying import each_retried
from storage.row_hashes import HASH, SEALED, hashes, rows_altered
from storage.writes import IDS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

    from storage.integrity.checking import Damage

REMEDY = "`minyi doctor` says more. Put a copy back, as docs/keeping.md tells; what was reported before stays as it is."


@each_retried
class Soundness:
    """Reads for reports and jobs. Every method raises CorruptDatabase where something is not what was written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def small_tables(self) -> None:
        """The small tables that every report reads: runs, sources, samples, answers, what changed last."""
        self._whole(*SEALED, RESPONSE)

    def comments(
        self, study_id: str, *, target: str, annotator: str, codebook: str, columns: Sequence[str]
    ) -> pd.DataFrame:
        """As `Store.comments`, each comment once, and each annotation; `key` and `stance` are among the columns."""
        kinds = queries.kinds_of(columns, annotated=True)
        with reading(self._engine) as connection:
            for table in (COMMENT, ANNOTATION):
                _refuse(connection, damaged_pages(connection, table.name, quick=True))
                _refuse(connection, damaged_rows(connection, [table]))
            coding, person = key_of(connection, Coding(study_id, target, annotator, codebook))
            found = frame_of(connection, queries.comments(study_id, list(kinds), (coding, person)), kinds)
            if connection.dialect.name == "sqlite":
                _none_is_hidden(connection, study_id, coding, found)
            return found

    def labels(self, study_id: str) -> None:
        """What people said of the study's comments, what was drawn for them, and those comments.

        Of annotations all but the coders' own, for one that names another coding now would be looked for in vain; of
        what was drawn and judged all, for the same reason.
        """
        with reading(self._engine) as connection:
            coders = _numbers(connection, select(CODING.c.key).where(CODING.c.annotator_kind == "classifier"))
            mine = CODING.c.study == study_id, CODING.c.annotator_kind == "person"
            people = _numbers(connection, select(CODING.c.key).where(*mine))
            said = f"WHERE coding NOT IN ({coders or -1})"
            labelled = f"WHERE key IN (SELECT comment FROM annotation WHERE coding IN ({people}))"  # noqa: S608  numbers
            of_people = ((ANNOTATION, said), (COMMENT, labelled)) if people else ()
            for table, where in ((JUDGEMENT, ""), (FRAMED, ""), *of_people):
                _refuse(connection, damaged_pages(connection, table.name, quick=table is COMMENT))
                _refuse_rows(connection, table, list(rows_altered(connection, table, where)))

    def told(self, study_id: str, ids: Sequence[str], column: str = "text") -> dict[str, str | None]:
        """One column of a few comments, such as their texts, by id; those that are not there are left out."""
        found: dict[str, str | None] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(ids), IDS_AT_ONCE):
                some = ids[start : start + IDS_AT_ONCE]
                # Ids are unique among all studies: asked for the study as well, SQLite would go through all comments.
                rows = connection.execute(select(COMMENT).where(COMMENT.c.id.in_(some))).mappings().all()
                altered = [row for row, own in zip(rows, hashes(COMMENT, rows), strict=True) if row[HASH] != own]
                _refuse_rows(connection, COMMENT, [row["id"] for row in altered if not _listed(connection, row["key"])])
                _none_is_missed(connection, set(some) - {row["id"] for row in rows})
                found.update((row["id"], row[column]) for row in rows if row["study"] == study_id)
        return found

    def collected(self) -> None:
        """The articles and pages that are told of, and the comments as they are counted beside what platforms declare.

        No rollup holds any of these.
        """
        with reading(self._engine) as connection:
            counted = connection.execute(select(queries.DECLARED.c.n).limit(1)).first() is not None
            for table in (ARTICLE, CAPTURE, *((COMMENT,) if counted else ())):
                _refuse(connection, damaged_pages(connection, table.name) or damaged_rows(connection, [table]))

    def collecting(self) -> None:
        """Where sources go on, what they were left to ask, what they heard of each page before, and what is forgotten.

        A cursor that is another would leave out what came meanwhile, and nobody would know; what was forgotten would be
        let in once more.
        """
        self._whole(SOURCE_STATE, WAITING, FETCHED, FORGOTTEN)

    def windows(self) -> None:
        """The windows of jobs: one that is done by damage alone would be left out."""
        self._whole(JOB_WINDOW)

    def _whole(self, *tables: Table) -> None:
        with reading(self._engine) as connection:
            for table in tables:
                _refuse(connection, damaged_pages(connection, table.name) or damaged_rows(connection, [table]))


def _numbers(connection: Connection, query: Any) -> str:  # noqa: ANN401  a query of one column
    return ", ".join(str(int(key)) for key in connection.execute(query).scalars())


def _listed(connection: Connection, key: int) -> bool:
    """Whether the database lists a comment as changed since, by something else than minyi."""
    query = select(COMMENT.c.key).where(COMMENT.c[HASH].is_(None))
    return key in set(connection.execute(query).scalars())


def _none_is_hidden(connection: Connection, study: str, coding: int, found: pd.DataFrame) -> None:
    """As many comments and annotations as a walk through the tables meets, and the same."""
    coded = found["key"][found["stance"].notna()]
    own, given = "study = :study", "coding = :coding AND revision = 0 AND stance IS NOT NULL"
    for table, key, which, keys in (("comment", "key", own, found["key"]), ("annotation", "comment", given, coded)):
        query = text(f"SELECT count(*), coalesce(sum({key}), 0) FROM {table} NOT INDEXED WHERE {which}")  # noqa: S608  names of ours
        named = {"study": study} if table == "comment" else {"coding": coding}
        n, total = connection.execute(query, named).one()
        if (n, total) != (len(keys), int(keys.sum())):
            raise _damaged(connection, f"an index hides some of {n} rows of {table}")


def _none_is_missed(connection: Connection, ids: Iterable[str]) -> None:
    """A comment that no index knows is not there in the table either."""
    missed = tuple(ids)
    if missed and connection.dialect.name == "sqlite":
        query = f"SELECT count(*) FROM comment NOT INDEXED WHERE id IN ({', '.join('?' for _ in missed)})"  # noqa: S608  marks
        if connection.exec_driver_sql(query, missed).scalar():
            raise _damaged(connection, "an index hides rows of comment")


def _refuse(connection: Connection, found: Sequence[Damage]) -> None:
    for one in found:
        if one.what == "rows":
            _refuse_rows(connection, one.table, one.named, one.n)
        else:
            raise _damaged(connection, f"{one.table}: {'; '.join(one.named)}")


def _refuse_rows(connection: Connection, table: Table | str, keys: Sequence[str], n: int = 0) -> None:
    if keys:
        which = ", ".join([*map(str, keys[:TOLD]), *(["…"] if max(n, len(keys)) > TOLD else [])])
        name = table if isinstance(table, str) else table.name
        raise _damaged(
            connection, f"what was written is otherwise in {max(n, len(keys))} of the rows of {name} ({which})"
        )


def _damaged(connection: Connection, what: str) -> CorruptDatabase:
    return CorruptDatabase(f"the database is damaged: {what}.", where=shown(connection.engine.url), remedy=REMEDY)
