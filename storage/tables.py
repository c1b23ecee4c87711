"""The tables: one for each noun, the same on SQLite and PostgreSQL.

Times are integer milliseconds since 1970, UTC. What is unknown is NULL, never 0. Truth values are 0 and 1, because
SQLite's STRICT tables know no boolean. The migrations create these tables; a test holds the two equal.
These classes describe rows and do not validate them: that is `storage.intake`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import REAL, BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from storage.nouns import STANCES

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

PRECISIONS = ("second", "minute", "hour", "day", "month", "year")
STRICT = {"sqlite_strict": True}
# The years 1 to 9999: what a calendar can print.
PUBLISHED_BETWEEN = "published_at BETWEEN -62135596800000 AND 253402300799999"


def _one_of(column: str, *values: str) -> str:
    """A CHECK that a column holds one of these. SQLite builds a table for every IN of a row: 10 microseconds each."""
    return " OR ".join(f"{column} = '{value}'" for value in values)


class Int64(TypeDecorator[int]):
    """A 64-bit integer: BIGINT, and on SQLite INTEGER, which is as wide and the only name STRICT allows."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """INTEGER on SQLite, BIGINT elsewhere."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


def _text(**settings: Any) -> Any:  # noqa: ANN401  SQLModel's Field says the same
    return Field(sa_type=Text, **settings)


def _whole(**settings: Any) -> Any:  # noqa: ANN401
    return Field(sa_type=Int64, **settings)


def _real(**settings: Any) -> Any:  # noqa: ANN401
    return Field(sa_type=REAL, **settings)


def _key() -> Any:  # noqa: ANN401
    return Field(default=None, sa_type=Int64, primary_key=True)


class Setting(SQLModel, table=True):
    """What the database knows about itself, such as which pseudonym key its authors were hashed with."""

    __tablename__ = "setting"
    __table_args__ = (STRICT,)

    name: str = _text(primary_key=True)
    value: str = _text()


class StudyTable(SQLModel, table=True):
    """A study as its file said when it was last read; `body` is the noun as JSON."""

    __tablename__ = "study"
    __table_args__ = (STRICT,)

    id: str = _text(primary_key=True)
    body: str = _text()
    updated_at: int = _whole()


class PolicyEventTable(SQLModel, table=True):
    """A dated act of a study's policy timeline."""

    __tablename__ = "policy_event"
    __table_args__ = (
        CheckConstraint(_one_of("precision", "day", "month", "year"), name="policy_event_precision"),
        CheckConstraint(
            _one_of("kind", "announced", "effective", "clarified", "reversed", "regulator", "media"),
            name="policy_event_kind",
        ),
        STRICT,
    )

    study: str = _text(primary_key=True, foreign_key="study.id")
    id: str = _text(primary_key=True)
    date: str = _text()
    precision: str = _text()
    kind: str = _text()
    who_zh: str = _text()
    who_en: str = _text()
    title_zh: str = _text()
    title_en: str = _text()
    url: str = _text()


class SourceTable(SQLModel, table=True):
    """A place text comes from. It stays when the study file drops it, because its comments stay."""

    __tablename__ = "source"
    __table_args__ = (STRICT,)

    study: str = _text(primary_key=True, foreign_key="study.id")
    name: str = _text(primary_key=True)
    kind: str = _text()
    title_zh: str = _text()
    title_en: str = _text()


class RunTable(SQLModel, table=True):
    """One execution: what ran, on which versions, and how it ended. JSON in `versions`, `counts`, `failures`."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(_one_of("status", "running", "ok", "partial", "failed"), name="run_status"),
        STRICT,
    )

    key: int | None = _key()
    study: str = _text(foreign_key="study.id", index=True)
    command: str = _text()
    status: str = _text()
    started_at: int = _whole()
    ended_at: int | None = _whole()
    versions: str = _text()
    config_digest: str = _text()
    counts: str = _text()
    failures: str = _text()


class CaptureTable(SQLModel, table=True):
    """Where and when bytes were fetched; the bytes lie in a file named by their SHA-256."""

    __tablename__ = "capture"
    __table_args__ = (
        UniqueConstraint("study", "source", "sha256", "url", name="capture_once"),
        ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="capture_source"),
        CheckConstraint("complete = 0 OR complete = 1", name="capture_complete"),
        CheckConstraint("length(sha256) = 64", name="capture_sha256"),
        STRICT,
    )

    key: int | None = _key()
    study: str = _text()
    source: str = _text()
    run: int = _whole(foreign_key="run.key")
    sha256: str = _text()
    url: str = _text()
    final_url: str = _text()
    status: int = _whole()
    headers: str = _text()
    size: int = _whole()
    fetched_at: int = _whole()
    complete: int = _whole()


class FileImport(SQLModel, table=True):
    """A file that was imported to its end, so that a second time can be told at once."""

    __tablename__ = "file_import"
    __table_args__ = (STRICT,)

    study: str = _text(primary_key=True, foreign_key="study.id")
    sha256: str = _text(primary_key=True)
    options_digest: str = _text(primary_key=True)
    run: int = _whole(foreign_key="run.key")


class ArticleTable(SQLModel, table=True):
    """A page or notice about the change; `id` is unique within its source."""

    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("study", "source", "id", name="article_once"),
        ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="article_source"),
        CheckConstraint(_one_of("published_precision", *PRECISIONS), name="article_precision"),
        CheckConstraint(PUBLISHED_BETWEEN, name="article_published"),
        STRICT,
    )

    key: int | None = _key()
    study: str = _text()
    source: str = _text()
    id: str = _text()
    run: int = _whole(foreign_key="run.key")
    capture: int | None = _whole(foreign_key="capture.key")
    url: str = _text()
    title: str = _text()
    text: str = _text()
    site: str = _text()
    lang: str = _text()
    published_at: int | None = _whole()
    published_raw: str = _text()
    published_precision: str | None = _text()
    extractor: str = _text()
    flags: int = _whole()


class CommentTable(SQLModel, table=True):
    """One comment. `id` is its public name; `author` a keyed hash; `fold` groups equal texts; `flags` are TextFlags."""

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("id", name="comment_id"),
        UniqueConstraint("study", "source", "ext_id", name="comment_once"),
        ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="comment_source"),
        CheckConstraint(_one_of("kind", "comment", "post", "review", "message", "quote"), name="comment_kind"),
        CheckConstraint(_one_of("published_precision", *PRECISIONS), name="comment_precision"),
        CheckConstraint(PUBLISHED_BETWEEN, name="comment_published"),
        CheckConstraint("0 <= span_start AND span_start <= span_end", name="comment_span"),
        CheckConstraint("direct = 0 OR direct = 1", name="comment_direct"),
        CheckConstraint("length(text) > 0", name="comment_text"),
        Index("comment_in_order", "study", "key"),
        STRICT,
    )

    key: int | None = _key()
    id: str = _text()
    study: str = _text()
    source: str = _text()
    ext_id: str = _text()
    run: int = _whole(foreign_key="run.key")
    capture: int | None = _whole(foreign_key="capture.key")
    platform: str | None = _text()
    kind: str = _text()
    text: str = _text()
    lang: str | None = _text()
    author: str | None = _text()
    published_at: int | None = _whole()
    published_raw: str | None = _text()
    published_precision: str | None = _text()
    likes: int | None = _whole()
    url: str | None = _text()
    parent_id: str | None = _text()
    article_id: str | None = _text()
    span_start: int | None = _whole()
    span_end: int | None = _whole()
    direct: int | None = _whole()
    evidence: str | None = _text()
    fold: int | None = _whole()
    flags: int = _whole()


class CodingTable(SQLModel, table=True):
    """One annotator reading by one codebook for one target: what a million annotations share, written once."""

    __tablename__ = "coding"
    __table_args__ = (
        UniqueConstraint("study", "target", "annotator", "codebook", name="coding_once"),
        CheckConstraint(_one_of("annotator_kind", "person", "classifier"), name="coding_annotator_kind"),
        STRICT,
    )

    key: int | None = _key()
    study: str = _text(foreign_key="study.id")
    target: str = _text()
    annotator: str = _text()
    annotator_kind: str = _text()
    codebook: str = _text()


class AnnotationTable(SQLModel, table=True):
    """What an annotator found in a comment; append-only (`stance` NULL: abstained).

    A person may judge again, as a higher `revision`; a classifier's revision is 0, so that a rerun adds nothing.
    """

    __tablename__ = "annotation"
    __table_args__ = (
        ForeignKeyConstraint(["comment"], ["comment.key"], name="annotation_comment", ondelete="CASCADE"),
        CheckConstraint(_one_of("stance", *STANCES), name="annotation_stance"),
        {**STRICT, "sqlite_with_rowid": False},
    )

    comment: int = _whole(primary_key=True)
    coding: int = _whole(primary_key=True, foreign_key="coding.key")
    revision: int = _whole(primary_key=True)
    run: int = _whole(foreign_key="run.key")
    created_at: int = _whole()
    stance: str | None = _text()
    support: float | None = _real()
    concern: float | None = _real()
    suggestion: float | None = _real()
    neutral: float | None = _real()


class AgreementTable(SQLModel, table=True):
    """How far annotators agree on one code: a statistic, its interval, and the units it stands on."""

    __tablename__ = "agreement"
    __table_args__ = (STRICT,)

    key: int | None = _key()
    study: str = _text(foreign_key="study.id", index=True)
    run: int = _whole(foreign_key="run.key")
    code: str = _text()
    statistic: str = _text()
    annotators: str = _text()
    value: float | None = _real()
    low: float | None = _real()
    high: float | None = _real()
    n: int = _whole()


class FindingTable(SQLModel, table=True):
    """An estimate with its interval, n and test, and the query and ids behind it (`evidence`, JSON)."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("run", "name", name="finding_once"), STRICT)

    key: int | None = _key()
    study: str = _text(foreign_key="study.id", index=True)
    run: int = _whole(foreign_key="run.key")
    name: str = _text()
    estimate: float | None = _real()
    low: float | None = _real()
    high: float | None = _real()
    n: int | None = _whole()
    test: str = _text()
    evidence: str = _text()


class ReportTable(SQLModel, table=True):
    """A report that was written: its run, language, file and the file's SHA-256."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("run", "language", "path", name="report_once"), STRICT)

    key: int | None = _key()
    study: str = _text(foreign_key="study.id", index=True)
    run: int = _whole(foreign_key="run.key")
    language: str = _text()
    path: str = _text()
    sha256: str = _text()
    created_at: int = _whole()


class RejectTable(SQLModel, table=True):
    """An item that could not be used: where it stood and why."""

    __tablename__ = "reject"
    __table_args__ = (STRICT,)

    key: int | None = _key()
    study: str = _text(foreign_key="study.id", index=True)
    run: int = _whole(foreign_key="run.key")
    source: str = _text()
    place: str = _text()
    reason: str = _text()
    sample: str = _text()
