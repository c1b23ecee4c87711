"""The windows in which jobs ran: one row for each, claimed before the work."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "job_window",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("job", "window", "state", "place", "host")),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("tries", "claimed_at")),
        sa.Column("ended_at", WHOLE, nullable=True),
        sa.Column("exit", WHOLE, nullable=True),
        sa.Column("runs", sa.Text(), nullable=False),
        sa.UniqueConstraint("study", "job", "window", name="job_window_once"),
        sa.CheckConstraint("state = 'running' OR state = 'done' OR state = 'failed'", name="job_window_state"),
        sa.CheckConstraint("tries > 0", name="job_window_tries"),
        sqlite_strict=True,
    )
