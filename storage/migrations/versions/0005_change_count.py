"""How often the material of a study changed, so that what was worked out from it is known to be stale."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates the counter; a study without a row is at 0."""
    op.create_table(
        "change_count",
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), primary_key=True),
        sa.Column("n", WHOLE, nullable=False),
        sa.CheckConstraint("n >= 0", name="change_count_n"),
        sqlite_strict=True,
    )
