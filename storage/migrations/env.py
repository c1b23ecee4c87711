"""Alembic runs this: the steps go through the connection, and the transaction, that it was handed."""

from alembic import context
from sqlmodel import SQLModel

import storage.labels_tables
import storage.responses
import storage.state_tables  # noqa: F401  these imports fill the metadata, with those of storage.tables

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
context.run_migrations()
