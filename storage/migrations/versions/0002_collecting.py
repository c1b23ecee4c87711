"""Where each source stands, what was asked, what it declares, and the dated acts it states."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates the tables of collecting."""
    _source_state()
    _waiting()
    _fetched()
    _asked()
    _forgotten()
    _declared()
    _act()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _of_source(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name=f"{name}_source")


def _source_state() -> None:
    op.create_table(
        "source_state",
        *_texts("study", "source", "digest"),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("settled", sa.Text(), nullable=True),
        sa.Column("asked_to_wait", WHOLE, nullable=True),
        sa.Column("updated_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("study", "source"),
        _of_source("source_state"),
        sqlite_strict=True,
    )


def _waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("key", WHOLE, primary_key=True),
        *_texts("study", "source", "id", "ask"),
        sa.Column("tries", WHOLE, nullable=False),
        sa.UniqueConstraint("study", "source", "id", name="waiting_once"),
        _of_source("waiting"),
        sqlite_strict=True,
    )


def _fetched() -> None:
    op.create_table(
        "fetched",
        *_texts("study", "source", "id", "url", "etag", "last_modified"),
        sa.Column("fetched_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("study", "source", "id"),
        _of_source("fetched"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _asked() -> None:
    op.create_table(
        "asked",
        sa.Column("capture", WHOLE, sa.ForeignKey("capture.key"), primary_key=True),
        *_texts("ask", "options"),
        sa.Column("came_at", WHOLE, nullable=False),
        sqlite_strict=True,
    )


def _forgotten() -> None:
    op.create_table(
        "forgotten",
        *_texts("study", "source", "id"),
        sa.Column("forgotten_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("study", "source", "id"),
        _of_source("forgotten"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _declared() -> None:
    op.create_table(
        "declared",
        *_texts("study", "source", "article"),
        sa.Column("n", WHOLE, nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("said_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("study", "source", "article"),
        _of_source("declared"),
        sa.CheckConstraint("n >= 0", name="declared_n"),
        sqlite_strict=True,
    )


def _act() -> None:
    op.create_table(
        "act",
        sa.Column("key", WHOLE, primary_key=True),
        *_texts("study", "source", "id"),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("capture", WHOLE, sa.ForeignKey("capture.key"), nullable=True),
        *_texts("date", "precision"),
        sa.Column("kind", sa.Text(), nullable=True),
        *_texts("title", "sentence", "who", "url", "article"),
        sa.UniqueConstraint("study", "source", "id", name="act_once"),
        _of_source("act"),
        sa.CheckConstraint("precision = 'day' OR precision = 'month' OR precision = 'year'", name="act_precision"),
        sa.CheckConstraint(
            "kind = 'announced' OR kind = 'effective' OR kind = 'clarified' OR "
            "kind = 'reversed' OR kind = 'regulator' OR kind = 'media'",
            name="act_kind",
        ),
        sqlite_strict=True,
    )
