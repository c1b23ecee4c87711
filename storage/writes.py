"""How rows reach the tables: in bulk, through Core, and never twice."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, case, func, select
from sqlalchemy.dialects import sqlite

from storage import copying, forgotten, intake
from storage.captures import without_secrets
from storage.nouns import STANCES, Reject
from storage.queries import (
    ANNOTATION,
    ARTICLE,
    CAPTURE,
    CHANGE_COUNT,
    CODING,
    COMMENT,
    EVENT,
    REJECT,
    REPORT,
    RUN,
    SETTING,
    SOURCE,
    STUDY,
    key_of,
)
from storage.records import Added, Coding
from storage.row_hashes import HASH, comes_hashed, hashes
from storage.search import index as search_index
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray
    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.engine import Connection

    from storage.intake import Origin, Row
    from storage.nouns import Capture, Page, Study
    from storage.pseudonyms import Pseudonyms
    from storage.records import AnnotatorKind, Finding, ReportRecord

IDS_AT_ONCE = 500
DATA_CHANGE = "data_change/"
"""Begins the name of the setting with the number of a study's last change of anything but labels and samples."""
_SCORES = ("support", "concern", "suggestion", "neutral")


def now() -> int:
    """The time, in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def add(connection: Connection, into: Table, rows: Sequence[Row]) -> int:
    """Inserts the rows that are not there yet and returns how many those were.

    Only a taken key is passed over; a row that breaks a CHECK or a reference still fails.
    """
    if not rows:
        return 0
    if comes_hashed(into):
        for row, own in zip(rows, hashes(into, rows), strict=True):
            row[HASH] = own
    if copying.pays(connection, rows):
        return copying.add_new(connection, into, rows)
    statement = _upsert(connection.dialect.name, into).on_conflict_do_nothing()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    # Past SQLAlchemy's own handling of parameters, which costs as much as SQLite's insert: no type here needs it.
    names = compiled.positiontup
    parameters = rows if names is None else list(map(itemgetter(*names), rows))
    return connection.exec_driver_sql(str(compiled), parameters).rowcount


def replace(connection: Connection, into: Table, rows: Sequence[Row]) -> None:
    """Inserts rows, or overwrites those with the same primary key."""
    if not rows:
        return
    if comes_hashed(into):
        rows = [row | {HASH: own} for row, own in zip(rows, hashes(into, rows), strict=True)]
    connection.execute(_replacing(into, tuple(rows[0]), connection.dialect.name), list(rows))


@cache
def _replacing(into: Table, names: tuple[str, ...], dialect: str) -> Any:  # noqa: ANN401
    """Put together once: that takes longer than SQLite needs for a row."""
    statement = _upsert(dialect, into)
    fresh = {name: statement.excluded[name] for name in names if name not in into.primary_key.columns}
    return statement.on_conflict_do_update(index_elements=list(into.primary_key.columns), set_=fresh)


def insert(connection: Connection, into: Table, row: Row) -> int:
    """Inserts one row and returns its key."""
    return int(connection.execute(into.insert().returning(into.c.key), row).scalar_one())


def _upsert(dialect: str, into: Table) -> Any:  # noqa: ANN401  two dialects' inserts share no type
    if dialect == "sqlite":
        return sqlite.insert(into)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(into)


def changed(connection: Connection, study: str, *, labels: bool = False) -> None:
    """Numbers a change of what the study's reports stand on; one of `labels` and samples alone moves that number only.

    The number is the time, or the next one where the clock stands still: after a backup was restored, none comes again
    that what was lost since then had. Every transaction that adds, changes or removes comments, articles, annotations,
    labels, samples or responses says so once, at its end: the row stays locked until the transaction ends.
    """
    at, next_one = max(now(), 1), CHANGE_COUNT.c.n + 1
    later = {"n": case((next_one > at, next_one), else_=at)}
    first = _upsert(connection.dialect.name, CHANGE_COUNT).values(study=study, n=at)
    statement = first.on_conflict_do_update(index_elements=[CHANGE_COUNT.c.study], set_=later)
    n = connection.execute(statement.returning(CHANGE_COUNT.c.n)).scalar_one()
    if not labels:
        replace(connection, SETTING, [{"name": f"{DATA_CHANGE}{study}", "value": str(n)}])


def last_change(connection: Connection, study: str, *, labels: bool) -> int:
    """The number of the study's last change, 0 before the first; without `labels`, of the last of anything else."""
    n = connection.execute(select(CHANGE_COUNT.c.n).filter_by(study=study)).scalar() or 0
    if labels:
        return n
    data = connection.execute(select(SETTING.c.value).where(SETTING.c.name == f"{DATA_CHANGE}{study}")).scalar()
    return n if data is None else int(data)  # an earlier version of minyi noted none


def holds_study(connection: Connection, study: Study) -> bool:
    """Whether that is stored already as `put_study` would, in rows that are what was written."""
    body = {"id": study.id, "body": study.model_dump_json()}
    named = SOURCE.c.name.in_([source.name for source in study.sources])  # others stay, whatever they say
    return (
        _holds(connection, STUDY, STUDY.c.id == study.id, [body])
        and _holds(connection, SOURCE, and_(SOURCE.c.study == study.id, named), _source_rows(study))
        and _holds(connection, EVENT, EVENT.c.study == study.id, _event_rows(study))
    )


def _holds(connection: Connection, table: Table, where: ColumnElement[bool], rows: Sequence[Row]) -> bool:
    """Whether these rows of a small table hold just this."""
    found = connection.execute(select(table).where(where)).mappings().all()
    return (
        len(found) == len(rows)
        and [row[HASH] for row in found] == hashes(table, found)
        and all(any(row.items() <= other.items() for other in map(dict, found)) for row in rows)
    )


def put_study(connection: Connection, study: Study) -> None:
    """The study, its sources and its timeline as the study file now says."""
    replace(connection, STUDY, [{"id": study.id, "body": study.model_dump_json(), "updated_at": now()}])
    replace(connection, SOURCE, _source_rows(study))
    connection.execute(EVENT.delete().where(EVENT.c.study == study.id))
    add(connection, EVENT, _event_rows(study))


def _source_rows(study: Study) -> list[Row]:
    return [
        {"study": study.id, "name": it.name, "kind": it.kind, "title_zh": it.title.zh, "title_en": it.title.en}
        for it in study.sources
    ]


def _event_rows(study: Study) -> list[Row]:
    return [
        {
            "study": study.id,
            "id": event.id,
            "date": event.date.isoformat(),
            "precision": event.precision,
            "kind": event.kind,
            "who_zh": event.who.zh,
            "who_en": event.who.en,
            "title_zh": event.title.zh,
            "title_en": event.title.en,
            "url": event.url,
        }
        for event in study.events
    ]


def add_source(connection: Connection, study: str, name: str) -> None:
    """A source that the study file does not name, such as a file given on the command line."""
    add(connection, SOURCE, [{"study": study, "name": name, "kind": "", "title_zh": "", "title_en": ""}])


def capture_key(connection: Connection, origin: Origin, capture: Capture, sha256: str) -> int:
    """The key of a capture; the same bytes from the same URL are one capture, first fetched then."""
    row = {
        "study": origin.study,
        "source": origin.source,
        "run": origin.run,
        "sha256": sha256,
        "url": clean_line(capture.url, intake.URL_LIMIT),
        "final_url": clean_line(capture.final_url, intake.URL_LIMIT),
        "status": capture.status,
        "headers": json.dumps(without_secrets(capture.headers)),
        "size": len(capture.body),
        "fetched_at": capture.fetched_at,
        "complete": int(capture.complete),
    }
    add_source(connection, origin.study, origin.source)
    add(connection, CAPTURE, [row])
    same = [CAPTURE.c[name] == row[name] for name in ("study", "source", "sha256", "url")]
    return int(connection.execute(select(CAPTURE.c.key).where(*same)).scalar_one())


def add_page(connection: Connection, origin: Origin, page: Page, pseudonyms: Pseudonyms) -> Added:
    """A page's articles, comments and rejects, those that are new."""
    add_source(connection, origin.study, origin.source)
    comments, refused_comments = intake.comment_rows(page.comments, origin, pseudonyms)
    comments, kept_out = forgotten.kept_out(connection, origin, comments, pseudonyms)
    articles, refused_articles = intake.article_rows(page.articles, origin)
    refused = [*refused_articles, *refused_comments]
    _add_rejects(connection, origin, [*map(intake.cleaned_reject, page.rejects), *refused])
    new_articles = add(connection, ARTICLE, articles)
    new_comments = add_comments(connection, comments)
    known = len(articles) + len(comments) - new_articles - new_comments
    if new_comments < len(comments):
        others = _other_texts(connection, comments)
        _add_rejects(connection, origin, others)
        known, refused = known - len(others), [*refused, *others]
    return Added(new_articles, new_comments, known, refused, kept_out)


def add_comments(connection: Connection, rows: Sequence[Row]) -> int:
    """Inserts the comments of one run that are not there yet, and makes them searchable; returns how many."""
    last = search_index.last_key(connection)
    added = add(connection, COMMENT, rows)
    if added:
        search_index.index_comments(connection, last, rows[0]["run"])
    return added


def _other_texts(connection: Connection, comments: Sequence[Row]) -> list[Reject]:
    """The comments under whose id another text is stored: an edit, or two files that number their rows alike."""
    stored: dict[str, str] = {}
    ids = [row["id"] for row in comments]
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = select(COMMENT.c.id, COMMENT.c.text).where(COMMENT.c.id.in_(ids[start : start + IDS_AT_ONCE]))
        stored.update((row.id, row.text) for row in connection.execute(query))
    return [
        Reject(f"id {row['ext_id']}", "another text is stored under this id; it stays as it was")
        for row in comments
        if stored.get(row["id"], row["text"]) != row["text"]
    ]


def _add_rejects(connection: Connection, origin: Origin, rejects: Sequence[Reject]) -> None:
    rows = [
        {
            "study": origin.study,
            "run": origin.run,
            "source": origin.source,
            "place": reject.where,
            "reason": reject.reason,
            "sample": reject.sample,
        }
        for reject in rejects
    ]
    if rows:
        connection.execute(REJECT.insert(), rows)


def annotation_rows(keys: ArrayLike, primary: ArrayLike, scores: ArrayLike) -> list[Row]:
    """Annotations as rows, still without their coding.

    Args:
        keys: (n,) keys of comments.
        primary: (n,) positions in STANCES, or -1 where the annotator abstained.
        scores: (n, 4) scores for the four stances, in the order of STANCES, between 0 and 1; ignored where abstained.

    Raises:
        ValueError: the shapes do not match, or a value is out of range.
    """
    who, codes, values = np.asarray(keys, np.int64), np.asarray(primary, np.int64), np.asarray(scores, np.float32)
    if who.ndim != 1 or codes.shape != who.shape or values.shape != (len(who), len(STANCES)):
        raise ValueError(f"shapes do not match: {who.shape}, {codes.shape}, {values.shape}")
    _check_ranges(codes, values)
    names = [*map(str, STANCES), None]
    return [
        {"comment": key, "stance": names[code], **dict(zip(_SCORES, four if code >= 0 else (None,) * 4, strict=True))}
        for key, code, four in zip(who.tolist(), codes.tolist(), values.tolist(), strict=True)
    ]


def _check_ranges(codes: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
    if codes.size and not (codes.min() >= -1 and codes.max() < len(STANCES)):
        raise ValueError("a primary stance is none of the four")
    told = scores[codes >= 0]
    if not ((told >= 0) & (told <= 1)).all():
        raise ValueError("a score is not between 0 and 1")


def put_coding(connection: Connection, coding: Coding, kind: AnnotatorKind) -> int:
    """A coding's key in the database, where it is put if need be."""
    add(connection, CODING, [coding._asdict() | {"annotator_kind": kind}])
    key, person = key_of(connection, coding)
    if person != (kind == "person"):
        raise ValueError(f"{coding.annotator} is known as another kind of annotator than {kind}")
    return key


def add_annotations(connection: Connection, coding: int, run: int, rows: list[Row], kind: AnnotatorKind) -> int:
    """Annotations that are not there yet; a person's are new revisions of what that person said before."""
    common = {"coding": coding, "run": run, "created_at": now(), "revision": 0}
    for row in rows:
        row.update(common)
    if kind == "person":
        _number_revisions(connection, coding, rows)
    return add(connection, ANNOTATION, rows)


def _number_revisions(connection: Connection, coding: int, rows: list[Row]) -> None:
    last = select(ANNOTATION.c.comment, func.max(ANNOTATION.c.revision).label("revision"))
    query = last.where(ANNOTATION.c.coding == coding).group_by(ANNOTATION.c.comment)
    revisions: dict[int, int] = {row.comment: row.revision for row in connection.execute(query)}
    for row in rows:
        row["revision"] = revisions[row["comment"]] = revisions.get(row["comment"], -1) + 1


def run_of(study: str, command: str, versions: dict[str, str], config_digest: str) -> Row:
    """The row of a run that begins now."""
    return {
        "study": study,
        "command": command,
        "status": "running",
        "started_at": now(),
        "versions": json.dumps(versions),
        "config_digest": config_digest,
        "counts": "{}",
        "failures": "[]",
    }


def end_run(connection: Connection, run: int, status: str, counts: dict[str, Any], failures: list[Any]) -> None:
    """How a run ended."""
    end = {"status": status, "ended_at": now(), "counts": json.dumps(counts), "failures": json.dumps(failures)}
    connection.execute(RUN.update().where(RUN.c.key == run), end)


def finding_row(study: str, run: int, finding: Finding) -> Row:
    """The row of a finding."""
    return asdict(finding) | {"study": study, "run": run, "evidence": json.dumps(finding.evidence)}


def put_report(connection: Connection, study: str, report: ReportRecord) -> None:
    """A report that was written, or written again."""
    statement = _upsert(connection.dialect.name, REPORT)
    fresh = {name: statement.excluded[name] for name in ("sha256", "created_at")}
    same = [REPORT.c[name] for name in ("run", "language", "path")]
    row = asdict(report) | {"study": study, "run": int(report.run)}
    connection.execute(statement.on_conflict_do_update(index_elements=same, set_=fresh), row)
