"""A content hash also in the rows of the small tables that reports read, and in frames; rows without one get theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

from storage.row_hashes import seal

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANGING = (
    *("change_count", "coding", "cohort", "declared", "item", "reject"),
    *("report", "run", "setting", "source", "waiting"),
)
"""What may be changed: its hash is taken away by a trigger, and it is sealed again before the transaction ends."""
WRITTEN_ONCE = ("framed", "response")
HASHED_BEFORE = ("article", "capture", "comment")

UNSEAL_SQLITE = """CREATE TRIGGER {0}_unsealed AFTER UPDATE ON {0}
    WHEN NEW.hash IS NOT NULL AND NEW.hash IS OLD.hash
    BEGIN UPDATE {0} SET hash = NULL WHERE {1}; END"""
UNSEAL_POSTGRES = "CREATE TRIGGER {0}_unsealed BEFORE UPDATE ON {0} FOR EACH ROW EXECUTE FUNCTION row_unseal()"


def upgrade() -> None:
    """Adds the columns, seals every row, and has the database unseal one that changes."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    for name in (*CHANGING, *WRITTEN_ONCE):
        op.add_column(name, sa.Column("hash", WHOLE, nullable=True))
    for name in WRITTEN_ONCE:
        with _may_be_changed(name, connection):
            _seal(connection, name)
    for name in (*CHANGING, *HASHED_BEFORE):
        unsealed = sa.text("hash IS NULL")
        op.create_index(f"{name}_unsealed", name, ["hash"], sqlite_where=unsealed, postgresql_where=unsealed)
        table = _seal(connection, name)
        if name in CHANGING:
            same = " AND ".join(f"{key.name} = NEW.{key.name}" for key in table.primary_key.columns)
            op.execute(sa.text((UNSEAL_SQLITE if sqlite else UNSEAL_POSTGRES).format(name, same)))


@contextmanager
def _may_be_changed(name: str, connection: sa.Connection) -> Iterator[None]:
    """Takes away for a moment what refuses a change of rows that are only ever added."""
    if connection.dialect.name != "sqlite":
        op.execute(sa.text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        yield
        op.execute(sa.text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
        return
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
    refusals = connection.execute(query, {"name": name}).all()
    for refusal in refusals:
        op.execute(sa.text(f"DROP TRIGGER {refusal.name}"))
    yield
    for refusal in refusals:
        op.execute(sa.text(refusal.sql))


def _seal(connection: sa.Connection, name: str) -> sa.Table:
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    seal(connection, table)
    return table
