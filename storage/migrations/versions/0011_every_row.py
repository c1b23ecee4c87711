"""A content hash also in the rows that no report is made of: where sources stand, what they were asked, and more."""

import sqlalchemy as sa
from alembic import op

from storage.row_hashes import seal

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANGING = (
    *("act", "agreement", "asked", "fetched", "file_import", "finding"),
    *("forgotten", "job_window", "policy_event", "source_state", "study"),
)
"""What may be changed: its hash is taken away by a trigger, and it is sealed again before the transaction ends."""

UNSEAL_SQLITE = """CREATE TRIGGER {0}_unsealed AFTER UPDATE ON {0}
    WHEN NEW.hash IS NOT NULL AND NEW.hash IS OLD.hash
    BEGIN UPDATE {0} SET hash = NULL WHERE {1}; END"""
UNSEAL_POSTGRES = "CREATE TRIGGER {0}_unsealed BEFORE UPDATE ON {0} FOR EACH ROW EXECUTE FUNCTION row_unseal()"


def upgrade() -> None:
    """Adds the columns, seals every row, and has the database unseal one that changes."""
    connection = op.get_bind()
    unseal = UNSEAL_SQLITE if connection.dialect.name == "sqlite" else UNSEAL_POSTGRES
    unsealed = sa.text("hash IS NULL")
    for name in CHANGING:
        op.add_column(name, sa.Column("hash", WHOLE, nullable=True))
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        seal(connection, table)  # before there is an index that every row would have to leave
        op.create_index(f"{name}_unsealed", name, ["hash"], sqlite_where=unsealed, postgresql_where=unsealed)
        same = " AND ".join(f"{key.name} = NEW.{key.name}" for key in table.primary_key.columns)
        op.execute(sa.text(unseal.format(name, same)))
