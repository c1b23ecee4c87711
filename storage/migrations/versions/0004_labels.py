"""Samples drawn to be labelled, and what people say in their labels beside the stance."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# As for annotations: what was said stays said, and leaves only together with its comment.
REFUSALS_SQLITE = (
    """CREATE TRIGGER judgement_unchanged BEFORE UPDATE ON judgement
    BEGIN SELECT RAISE(ABORT, 'judgements are append-only'); END""",
    """CREATE TRIGGER judgement_kept BEFORE DELETE ON judgement
    WHEN EXISTS (SELECT 1 FROM comment WHERE key = OLD.comment)
    BEGIN SELECT RAISE(ABORT, 'judgements are append-only'); END""",
)
REFUSALS_POSTGRES = (
    """CREATE FUNCTION judgement_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM comment WHERE key = OLD.comment) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'judgements are append-only';
    END $$""",
    """CREATE TRIGGER judgement_kept BEFORE UPDATE OR DELETE ON judgement
    FOR EACH ROW EXECUTE FUNCTION judgement_refuse()""",
    """CREATE TRIGGER judgement_never_emptied BEFORE TRUNCATE ON judgement
    FOR EACH STATEMENT EXECUTE FUNCTION judgement_refuse()""",
)


def upgrade() -> None:
    """Creates the tables of labelling, parents before children."""
    _cohort()
    _framed()
    _item()
    _judgement()
    for refusal in REFUSALS_SQLITE if op.get_bind().dialect.name == "sqlite" else REFUSALS_POSTGRES:
        op.execute(sa.text(refusal))


def _whole(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, WHOLE, nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _cohort() -> None:
    op.create_table(
        "cohort",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        *_texts("kind", "method"),
        *_whole("seed", "created_at"),
        *_texts("target", "codebook"),
        *_whole("population"),
        *_texts("digest", "strata"),
        sa.CheckConstraint("kind = 'audit' OR kind = 'training'", name="cohort_kind"),
        sa.CheckConstraint("method = 'simple' OR method = 'stratified'", name="cohort_method"),
        sa.CheckConstraint("length(digest) = 64", name="cohort_digest"),
        sqlite_strict=True,
    )
    op.create_index("ix_cohort_study", "cohort", ["study"])


def _framed() -> None:
    op.create_table(
        "framed",
        *_whole("comment"),
        sa.Column("cohort", WHOLE, sa.ForeignKey("cohort.key"), nullable=False),
        *_whole("stratum", "place"),
        sa.PrimaryKeyConstraint("comment", "cohort"),
        sa.ForeignKeyConstraint(["comment"], ["comment.key"], name="framed_comment", ondelete="CASCADE"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


def _item() -> None:
    op.create_table(
        "item",
        *_whole("comment", "cohort"),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        *_whole("turn", "second"),
        sa.PrimaryKeyConstraint("comment", "cohort"),
        sa.ForeignKeyConstraint(
            ["comment", "cohort"], ["framed.comment", "framed.cohort"], name="item_framed", ondelete="CASCADE"
        ),
        sa.CheckConstraint("second = 0 OR second = 1", name="item_second"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


def _judgement() -> None:
    op.create_table(
        "judgement",
        *_whole("comment", "coding", "revision"),
        *_texts("what"),
        *_whole("unsure"),
        *_texts("note"),
        sa.Column("seconds", sa.REAL(), nullable=True),
        *_texts("origin"),
        sa.PrimaryKeyConstraint("comment", "coding", "revision"),
        sa.ForeignKeyConstraint(
            ["comment", "coding", "revision"],
            ["annotation.comment", "annotation.coding", "annotation.revision"],
            name="judgement_annotation",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("what = 'judged' OR what = 'skipped' OR what = 'withdrawn'", name="judgement_what"),
        sa.CheckConstraint("unsure = 0 OR unsure = 1", name="judgement_unsure"),
        sa.CheckConstraint("seconds >= 0", name="judgement_seconds"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
