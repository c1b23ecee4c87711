"""Answers to requests and paraphrases of quotes, as people give them: appended, and never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

REFUSALS_SQLITE = (
    """CREATE TRIGGER response_unchanged BEFORE UPDATE ON response
    BEGIN SELECT RAISE(ABORT, 'responses are append-only'); END""",
)
REFUSALS_POSTGRES = (
    """CREATE FUNCTION response_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'responses are append-only';
    END $$""",
    """CREATE TRIGGER response_unchanged BEFORE UPDATE ON response
    FOR EACH ROW EXECUTE FUNCTION response_refuse()""",
)


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "response",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "subject", "state", "zh", "en")),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.CheckConstraint("kind = 'response' OR kind = 'paraphrase'", name="response_kind"),
        sa.CheckConstraint("state = 'said' OR state = 'done' OR state = 'open'", name="response_state"),
        sa.CheckConstraint("length(subject) > 0", name="response_subject"),
        sa.CheckConstraint("length(day) = 10", name="response_day"),
        sqlite_strict=True,
    )
    op.create_index("ix_response_study", "response", ["study"])
    for refusal in REFUSALS_SQLITE if op.get_bind().dialect.name == "sqlite" else REFUSALS_POSTGRES:
        op.execute(sa.text(refusal))
