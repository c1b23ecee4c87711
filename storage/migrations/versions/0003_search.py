"""Full-text search over comments; those that are there already are indexed now."""

import sqlalchemy as sa
from alembic import op

from storage.search.index import index_comments

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The groups that texts fall into, and no text: no content, no places within a text, no lengths of texts.
INDEX_SQLITE = (
    """CREATE VIRTUAL TABLE search_gram
    USING fts5(grams, content = '', detail = none, columnsize = 0, tokenize = 'ascii')""",
    # Each page of comments is a piece of the index; merging them by 16 in place of by 4 saves a third of the time.
    "INSERT INTO search_gram (search_gram, rank) VALUES ('automerge', 16)",
)
INDEX_POSTGRES = (
    """CREATE TABLE search_gram (
        comment BIGINT PRIMARY KEY REFERENCES comment (key) ON DELETE CASCADE,
        grams SMALLINT[] NOT NULL
    )""",
    "CREATE INDEX search_gram_grams ON search_gram USING gin (grams)",
)


def upgrade() -> None:
    """Creates the searched forms and their index, and fills them."""
    op.create_table(
        "search_text",
        sa.Column("comment", WHOLE, nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("comment"),
        sa.ForeignKeyConstraint(["comment"], ["comment.key"], name="search_text_comment", ondelete="CASCADE"),
        sqlite_strict=True,
    )
    for statement in INDEX_SQLITE if op.get_bind().dialect.name == "sqlite" else INDEX_POSTGRES:
        op.execute(sa.text(statement))
    index_comments(op.get_bind(), 0)
