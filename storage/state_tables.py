"""The tables of collecting: where a source stands, what it was asked, what it says of itself, and when jobs ran."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint

from storage.columns import STRICT, Sealed, key_column, one_of, text_column, whole_column

EVENT_KINDS = ("announced", "effective", "clarified", "reversed", "regulator", "media")


def _of_source(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name=f"{name}_source")


class SourceStateTable(Sealed, table=True):
    """Where a source's next run starts; it belongs to the options whose digest it carries.

    `settled` is the cursor as it was when the source last came to its end; `asked_to_wait` is until when its site
    wants to be left alone.
    """

    __tablename__ = "source_state"
    __table_args__ = (_of_source("source_state"), STRICT)

    study: str = text_column(primary_key=True)
    source: str = text_column(primary_key=True)
    digest: str = text_column()
    cursor: str | None = text_column()
    settled: str | None = text_column()
    asked_to_wait: int | None = whole_column()
    updated_at: int = whole_column()


class WaitingTable(Sealed, table=True):
    """An ask that was not answered yet, as JSON; `id` is a digest of what it asks for, `key` its place in line."""

    __tablename__ = "waiting"
    __table_args__ = (UniqueConstraint("study", "source", "id", name="waiting_once"), _of_source("waiting"), STRICT)

    key: int | None = key_column()
    study: str = text_column()
    source: str = text_column()
    id: str = text_column()
    ask: str = text_column()
    tries: int = whole_column()


class FetchedTable(Sealed, table=True):
    """A URL that was fetched and what its server wants to hear the next time; `id` is the URL's digest."""

    __tablename__ = "fetched"
    __table_args__ = (_of_source("fetched"), {**STRICT, "sqlite_with_rowid": False})

    study: str = text_column(primary_key=True)
    source: str = text_column(primary_key=True)
    id: str = text_column(primary_key=True)
    url: str = text_column()
    etag: str = text_column()
    last_modified: str = text_column()
    fetched_at: int = whole_column()


class AskedTable(Sealed, table=True):
    """What a capture is the answer to and with which options, as JSON: it can then be parsed again without a network.

    `came_at` is when these bytes came last; a capture's own time is when they came first.
    """

    __tablename__ = "asked"
    __table_args__ = (STRICT,)

    capture: int = whole_column(primary_key=True, foreign_key="capture.key")
    ask: str = text_column()
    options: str = text_column()
    came_at: int = whole_column()


class ForgottenTable(Sealed, table=True):
    """The digest of an id that the platform said was deleted, so that no later parse brings it back."""

    __tablename__ = "forgotten"
    __table_args__ = (_of_source("forgotten"), {**STRICT, "sqlite_with_rowid": False})

    study: str = text_column(primary_key=True)
    source: str = text_column(primary_key=True)
    id: str = text_column(primary_key=True)
    forgotten_at: int = whole_column()


class DeclaredTable(Sealed, table=True):
    """How many comments the platform last said an article has, or the whole source (`article` empty)."""

    __tablename__ = "declared"
    __table_args__ = (_of_source("declared"), CheckConstraint("n >= 0", name="declared_n"), STRICT)

    study: str = text_column(primary_key=True)
    source: str = text_column(primary_key=True)
    article: str = text_column(primary_key=True)
    n: int = whole_column()
    run: int = whole_column(foreign_key="run.key")
    said_at: int = whole_column()


class ActTable(Sealed, table=True):
    """A dated act that a source states field by field; `id` is a digest of date, kind, sentence and article."""

    __tablename__ = "act"
    __table_args__ = (
        UniqueConstraint("study", "source", "id", name="act_once"),
        _of_source("act"),
        CheckConstraint(one_of("precision", "day", "month", "year"), name="act_precision"),
        CheckConstraint(one_of("kind", *EVENT_KINDS), name="act_kind"),
        STRICT,
    )

    key: int | None = key_column()
    study: str = text_column()
    source: str = text_column()
    id: str = text_column()
    run: int = whole_column(foreign_key="run.key")
    capture: int | None = whole_column(foreign_key="capture.key")
    date: str = text_column()
    precision: str = text_column()
    kind: str | None = text_column()
    title: str = text_column()
    sentence: str = text_column()
    who: str = text_column()
    url: str = text_column()
    article: str = text_column()


class JobWindowTable(Sealed, table=True):
    """One window of one job of a study, and how it went there last."""

    __tablename__ = "job_window"
    __table_args__ = (
        UniqueConstraint("study", "job", "window", name="job_window_once"),
        CheckConstraint(one_of("state", "running", "done", "failed"), name="job_window_state"),
        CheckConstraint("tries > 0", name="job_window_tries"),
        STRICT,
    )

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id")
    job: str = text_column()
    window: str = text_column()
    state: str = text_column()
    place: str = text_column()
    host: str = text_column()
    tries: int = whole_column()
    claimed_at: int = whole_column()
    ended_at: int | None = whole_column()
    exit: int | None = whole_column()
    runs: str = text_column()
