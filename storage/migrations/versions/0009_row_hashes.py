"""A content hash in every row that reports stand on; the rows that are there get theirs now."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

from storage.row_hashes import seal

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HASHED = ("comment", "article", "capture", "annotation", "judgement")
CHANGING = ("comment", "article", "capture")
"""What may be changed; annotations and judgements are only ever added."""

# What is changed without a new hash has none, so that nobody can forget to see to it.
UNSEAL_SQLITE = """CREATE TRIGGER {0}_unsealed AFTER UPDATE ON {0}
    WHEN NEW.hash IS NOT NULL AND NEW.hash IS OLD.hash
    BEGIN UPDATE {0} SET hash = NULL WHERE key = NEW.key; END"""
UNSEAL_POSTGRES = (
    """CREATE FUNCTION row_unseal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.hash IS NOT DISTINCT FROM OLD.hash THEN NEW.hash := NULL; END IF;
        RETURN NEW;
    END $$""",
    *(
        f"CREATE TRIGGER {name}_unsealed BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION row_unseal()"
        for name in CHANGING
    ),
)


def upgrade() -> None:
    """Adds the columns, fills them, and has the database empty one whose row changes."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    for name in HASHED:
        op.add_column(name, sa.Column("hash", WHOLE, nullable=True))
        with _may_be_changed(name, connection):
            seal(connection, sa.Table(name, sa.MetaData(), autoload_with=connection))
    for statement in [UNSEAL_SQLITE.format(name) for name in CHANGING] if sqlite else UNSEAL_POSTGRES:
        op.execute(sa.text(statement))


@contextmanager
def _may_be_changed(name: str, connection: sa.Connection) -> Iterator[None]:
    """Takes away for a moment what refuses a change of rows that are only ever added."""
    if connection.dialect.name != "sqlite":
        op.execute(sa.text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        yield
        op.execute(sa.text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
        return
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    refusal = connection.execute(query, {"name": f"{name}_unchanged"}).scalar()
    if refusal:
        op.execute(sa.text(f"DROP TRIGGER {name}_unchanged"))
    yield
    if refusal:
        op.execute(sa.text(refusal))
