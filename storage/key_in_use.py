"""The workspace's key, which must be the one that its database's authors were hashed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import writes
from storage.database import reading, writing
from storage.forgotten import KEY_IN_USE
from storage.pseudonyms import Pseudonyms
from storage.queries import SETTING

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine


def pseudonyms_in_use(engine: Engine, workspace: Path) -> Pseudonyms:
    """Opens the key, or makes it where no author was hashed yet; one that is known needs nothing to be written.

    Raises:
        KeyFileError: it is gone, another one, or cannot be kept safely.
    """
    query = select(SETTING.c.value).where(SETTING.c.name == KEY_IN_USE)
    with reading(engine) as connection:
        in_use = connection.execute(query).scalar()
    if in_use is not None:
        return Pseudonyms.of_workspace(workspace, in_use)
    with writing(engine) as connection:
        pseudonyms = Pseudonyms.of_workspace(workspace, connection.execute(query).scalar())
        writes.add(connection, SETTING, [{"name": KEY_IN_USE, "value": pseudonyms.fingerprint}])
    return pseudonyms
