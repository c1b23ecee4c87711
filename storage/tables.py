"""The tables: one for each noun, the same on SQLite and PostgreSQL.

Times are integer milliseconds since 1970, UTC. What is unknown is NULL, never 0. Truth values are 0 and 1, because
SQLite's STRICT tables know no boolean. A `hash` is that of the row (`storage.row_hashes`), NULL until it is sealed.
The migrations create these tables; a test holds the two equal.
These classes describe rows and do not validate them: that is `storage.intake`.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from storage.columns import STRICT, Sealed, key_column, one_of, real_column, text_column, whole_column
from storage.nouns import STANCES

PRECISIONS = ("second", "minute", "hour", "day", "month", "year")
# The years 1 to 9999: what a calendar can print.
PUBLISHED_BETWEEN = "published_at BETWEEN -62135596800000 AND 253402300799999"


class Setting(Sealed, table=True):
    """What the database knows about itself, such as which pseudonym key its authors were hashed with."""

    __tablename__ = "setting"
    __table_args__ = (STRICT,)

    name: str = text_column(primary_key=True)
    value: str = text_column()


class StudyTable(Sealed, table=True):
    """A study as its file said when it was last read; `body` is the noun as JSON."""

    __tablename__ = "study"
    __table_args__ = (STRICT,)

    id: str = text_column(primary_key=True)
    body: str = text_column()
    updated_at: int = whole_column()


class ChangeCountTable(Sealed, table=True):
    """The number of the last change of what a study's reports stand on; a study without a row is at 0."""

    __tablename__ = "change_count"
    __table_args__ = (CheckConstraint("n >= 0", name="change_count_n"), STRICT)

    study: str = text_column(primary_key=True, foreign_key="study.id")
    n: int = whole_column()


class PolicyEventTable(Sealed, table=True):
    """A dated act of a study's policy timeline."""

    __tablename__ = "policy_event"
    __table_args__ = (
        CheckConstraint(one_of("precision", "day", "month", "year"), name="policy_event_precision"),
        CheckConstraint(
            one_of("kind", "announced", "effective", "clarified", "reversed", "regulator", "media"),
            name="policy_event_kind",
        ),
        STRICT,
    )

    study: str = text_column(primary_key=True, foreign_key="study.id")
    id: str = text_column(primary_key=True)
    date: str = text_column()
    precision: str = text_column()
    kind: str = text_column()
    who_zh: str = text_column()
    who_en: str = text_column()
    title_zh: str = text_column()
    title_en: str = text_column()
    url: str = text_column()


class SourceTable(Sealed, table=True):
    """A place text comes from. It stays when the study file drops it, because its comments stay."""

    __tablename__ = "source"
    __table_args__ = (STRICT,)

    study: str = text_column(primary_key=True, foreign_key="study.id")
    name: str = text_column(primary_key=True)
    kind: str = text_column()
    title_zh: str = text_column()
    title_en: str = text_column()


class RunTable(Sealed, table=True):
    """One execution: what ran, on which versions, and how it ended. JSON in `versions`, `counts`, `failures`."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(one_of("status", "running", "ok", "partial", "failed"), name="run_status"),
        STRICT,
    )

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id", index=True)
    command: str = text_column()
    status: str = text_column()
    started_at: int = whole_column()
    ended_at: int | None = whole_column()
    versions: str = text_column()
    config_digest: str = text_column()
    counts: str = text_column()
    failures: str = text_column()


class CaptureTable(Sealed, table=True):
    """Where and when bytes were fetched; the bytes lie in a file named by their SHA-256."""

    __tablename__ = "capture"
    __table_args__ = (
        UniqueConstraint("study", "source", "sha256", "url", name="capture_once"),
        ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="capture_source"),
        CheckConstraint("complete = 0 OR complete = 1", name="capture_complete"),
        CheckConstraint("length(sha256) = 64", name="capture_sha256"),
        STRICT,
    )

    key: int | None = key_column()
    study: str = text_column()
    source: str = text_column()
    run: int = whole_column(foreign_key="run.key")
    sha256: str = text_column()
    url: str = text_column()
    final_url: str = text_column()
    status: int = whole_column()
    headers: str = text_column()
    size: int = whole_column()
    fetched_at: int = whole_column()
    complete: int = whole_column()


class FileImport(Sealed, table=True):
    """A file that was imported to its end, so that a second time can be told at once."""

    __tablename__ = "file_import"
    __table_args__ = (STRICT,)

    study: str = text_column(primary_key=True, foreign_key="study.id")
    sha256: str = text_column(primary_key=True)
    options_digest: str = text_column(primary_key=True)
    run: int = whole_column(foreign_key="run.key")


class ArticleTable(Sealed, table=True):
    """A page or notice about the change; `id` is unique within its source."""

    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("study", "source", "id", name="article_once"),
        ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="article_source"),
        CheckConstraint(one_of("published_precision", *PRECISIONS), name="article_precision"),
        CheckConstraint(PUBLISHED_BETWEEN, name="article_published"),
        STRICT,
    )

    key: int | None = key_column()
    study: str = text_column()
    source: str = text_column()
    id: str = text_column()
    run: int = whole_column(foreign_key="run.key")
    capture: int | None = whole_column(foreign_key="capture.key")
    url: str = text_column()
    title: str = text_column()
    text: str = text_column()
    site: str = text_column()
    lang: str = text_column()
    published_at: int | None = whole_column()
    published_raw: str = text_column()
    published_precision: str | None = text_column()
    extractor: str = text_column()
    flags: int = whole_column()


class CommentTable(Sealed, table=True):
    """One comment. `id` is its public name; `author` a keyed hash; `fold` groups equal texts; `flags` are TextFlags."""

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("id", name="comment_id"),
        UniqueConstraint("study", "source", "ext_id", name="comment_once"),
        ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="comment_source"),
        CheckConstraint(one_of("kind", "comment", "post", "review", "message", "quote"), name="comment_kind"),
        CheckConstraint(one_of("published_precision", *PRECISIONS), name="comment_precision"),
        CheckConstraint(PUBLISHED_BETWEEN, name="comment_published"),
        CheckConstraint("0 <= span_start AND span_start <= span_end", name="comment_span"),
        CheckConstraint("direct = 0 OR direct = 1", name="comment_direct"),
        CheckConstraint("length(text) > 0", name="comment_text"),
        Index("comment_in_order", "study", "key"),
        STRICT,
    )

    key: int | None = key_column()
    id: str = text_column()
    study: str = text_column()
    source: str = text_column()
    ext_id: str = text_column()
    run: int = whole_column(foreign_key="run.key")
    capture: int | None = whole_column(foreign_key="capture.key")
    platform: str | None = text_column()
    kind: str = text_column()
    text: str = text_column()
    lang: str | None = text_column()
    author: str | None = text_column()
    published_at: int | None = whole_column()
    published_raw: str | None = text_column()
    published_precision: str | None = text_column()
    likes: int | None = whole_column()
    url: str | None = text_column()
    parent_id: str | None = text_column()
    article_id: str | None = text_column()
    span_start: int | None = whole_column()
    span_end: int | None = whole_column()
    direct: int | None = whole_column()
    evidence: str | None = text_column()
    fold: int | None = whole_column()
    flags: int = whole_column()


class SearchTextTable(SQLModel, table=True):
    """The form in which a comment is searched (`storage.search.words`); it leaves with its comment.

    Beside it lies `search_gram`, the index: an FTS5 table without content on SQLite, an ordinary one on PostgreSQL.
    """

    __tablename__ = "search_text"
    __table_args__ = (
        ForeignKeyConstraint(["comment"], ["comment.key"], name="search_text_comment", ondelete="CASCADE"),
        STRICT,
    )

    comment: int = whole_column(primary_key=True)
    folded: str = text_column()


class CodingTable(Sealed, table=True):
    """One annotator reading by one codebook for one target: what a million annotations share, written once."""

    __tablename__ = "coding"
    __table_args__ = (
        UniqueConstraint("study", "target", "annotator", "codebook", name="coding_once"),
        CheckConstraint(one_of("annotator_kind", "person", "classifier"), name="coding_annotator_kind"),
        STRICT,
    )

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id")
    target: str = text_column()
    annotator: str = text_column()
    annotator_kind: str = text_column()
    codebook: str = text_column()


class AnnotationTable(SQLModel, table=True):
    """What an annotator found in a comment; append-only (`stance` NULL: abstained).

    A person may judge again, as a higher `revision`; a classifier's revision is 0, so that a rerun adds nothing.
    """

    __tablename__ = "annotation"
    __table_args__ = (
        ForeignKeyConstraint(["comment"], ["comment.key"], name="annotation_comment", ondelete="CASCADE"),
        CheckConstraint(one_of("stance", *STANCES), name="annotation_stance"),
        Index("annotation_by_coding", "coding"),
        {**STRICT, "sqlite_with_rowid": False},
    )

    comment: int = whole_column(primary_key=True)
    coding: int = whole_column(primary_key=True, foreign_key="coding.key")
    revision: int = whole_column(primary_key=True)
    run: int = whole_column(foreign_key="run.key")
    created_at: int = whole_column()
    stance: str | None = text_column()
    support: float | None = real_column()
    concern: float | None = real_column()
    suggestion: float | None = real_column()
    neutral: float | None = real_column()
    hash: int | None = whole_column()


class AgreementTable(Sealed, table=True):
    """How far annotators agree on one code: a statistic, its interval, and the units it stands on."""

    __tablename__ = "agreement"
    __table_args__ = (STRICT,)

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id", index=True)
    run: int = whole_column(foreign_key="run.key")
    code: str = text_column()
    statistic: str = text_column()
    annotators: str = text_column()
    value: float | None = real_column()
    low: float | None = real_column()
    high: float | None = real_column()
    n: int = whole_column()


class FindingTable(Sealed, table=True):
    """An estimate with its interval, n and test, and the query and ids behind it (`evidence`, JSON)."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("run", "name", name="finding_once"), STRICT)

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id", index=True)
    run: int = whole_column(foreign_key="run.key")
    name: str = text_column()
    estimate: float | None = real_column()
    low: float | None = real_column()
    high: float | None = real_column()
    n: int | None = whole_column()
    test: str = text_column()
    evidence: str = text_column()


class ReportTable(Sealed, table=True):
    """A report that was written: its run, language, file and the file's SHA-256."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("run", "language", "path", name="report_once"), STRICT)

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id", index=True)
    run: int = whole_column(foreign_key="run.key")
    language: str = text_column()
    path: str = text_column()
    sha256: str = text_column()
    created_at: int = whole_column()


class RejectTable(Sealed, table=True):
    """An item that could not be used: where it stood and why."""

    __tablename__ = "reject"
    __table_args__ = (STRICT,)

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id", index=True)
    run: int = whole_column(foreign_key="run.key")
    source: str = text_column()
    place: str = text_column()
    reason: str = text_column()
    sample: str = text_column()
