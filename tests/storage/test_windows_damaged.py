"""A row of a job's window that nobody can have written is no word on whether the job ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage.database import writing
from storage.database_failures import CorruptDatabase
from storage.job_windows import Worker

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from storage.store import Store

STUDY, WINDOW, HERE = "ebikes", "2026-11-26", Worker("lock", "here")


@pytest.mark.parametrize(
    "change",
    ["state = 'dnne'", "state = 'running'", "ended_at = NULL", "runs = '[\"1\"'", "runs = '7'"],
)
def test_it_is_refused_and_the_job_does_not_take_it_for_done(store: Store, engine: Engine, change: str) -> None:
    claim = store.windows.claim(STUDY, "run", WINDOW, HERE)
    store.windows.end(claim.window, "done", 0, ["1"])
    assert not store.windows.claim(STUDY, "run", WINDOW, HERE).taken
    if engine.dialect.name != "sqlite" and "dnne" in change:  # a server's pages have checksums of their own
        with pytest.raises(IntegrityError), writing(engine) as connection:
            connection.execute(text(f"UPDATE job_window SET {change}"))
        return
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        connection.execute(text(f"UPDATE job_window SET {change}"))
    with pytest.raises(CorruptDatabase, match="run of 2026-11-26 in job_window"):
        store.windows.claim(STUDY, "run", WINDOW, HERE)
    with pytest.raises(CorruptDatabase):
        store.windows.latest(STUDY, "run")
