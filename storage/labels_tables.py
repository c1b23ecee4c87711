"""The tables of labelling: what was drawn from what, and what people say beside the stance itself."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlmodel import SQLModel

from storage.columns import STRICT, Sealed, key_column, one_of, real_column, text_column, whole_column


class CohortTable(Sealed, table=True):
    """One frame of comments that a sample is drawn from; `strata` is a JSON list of names and populations."""

    __tablename__ = "cohort"
    __table_args__ = (
        CheckConstraint(one_of("kind", "audit", "training"), name="cohort_kind"),
        CheckConstraint(one_of("method", "simple", "stratified"), name="cohort_method"),
        CheckConstraint("length(digest) = 64", name="cohort_digest"),
        STRICT,
    )

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id", index=True)
    run: int = whole_column(foreign_key="run.key")
    kind: str = text_column()
    method: str = text_column()
    seed: int = whole_column()
    created_at: int = whole_column()
    target: str = text_column()
    codebook: str = text_column()
    population: int = whole_column()
    digest: str = text_column()
    strata: str = text_column()


class FramedTable(SQLModel, table=True):
    """A comment in a cohort's frame: its stratum, and its place in the stratum's permutation. Never changed."""

    __tablename__ = "framed"
    __table_args__ = (
        ForeignKeyConstraint(["comment"], ["comment.key"], name="framed_comment", ondelete="CASCADE"),
        {**STRICT, "sqlite_with_rowid": False},
    )

    comment: int = whole_column(primary_key=True)
    cohort: int = whole_column(primary_key=True, foreign_key="cohort.key")
    stratum: int = whole_column()
    place: int = whole_column()
    hash: int | None = whole_column()


class ItemTable(Sealed, table=True):
    """A comment that was drawn to be labelled, by which run, and when its turn is. It leaves with its comment."""

    __tablename__ = "item"
    __table_args__ = (
        ForeignKeyConstraint(
            ["comment", "cohort"], ["framed.comment", "framed.cohort"], name="item_framed", ondelete="CASCADE"
        ),
        CheckConstraint("second = 0 OR second = 1", name="item_second"),
        {**STRICT, "sqlite_with_rowid": False},
    )

    comment: int = whole_column(primary_key=True)
    cohort: int = whole_column(primary_key=True)
    run: int = whole_column(foreign_key="run.key")
    turn: int = whole_column()
    second: int = whole_column()


class JudgementTable(SQLModel, table=True):
    """What a person says beside the stance, for each of their annotations; append-only, and leaves with its comment."""

    __tablename__ = "judgement"
    __table_args__ = (
        ForeignKeyConstraint(
            ["comment", "coding", "revision"],
            ["annotation.comment", "annotation.coding", "annotation.revision"],
            name="judgement_annotation",
            ondelete="CASCADE",
        ),
        CheckConstraint(one_of("what", "judged", "skipped", "withdrawn"), name="judgement_what"),
        CheckConstraint("unsure = 0 OR unsure = 1", name="judgement_unsure"),
        CheckConstraint("seconds >= 0", name="judgement_seconds"),
        {**STRICT, "sqlite_with_rowid": False},
    )

    comment: int = whole_column(primary_key=True)
    coding: int = whole_column(primary_key=True)
    revision: int = whole_column(primary_key=True)
    what: str = text_column()
    unsure: int = whole_column()
    note: str = text_column()
    seconds: float | None = real_column()
    origin: str = text_column()
    hash: int | None = whole_column()
