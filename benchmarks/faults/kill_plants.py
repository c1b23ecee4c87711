"""Faults that are put into the program from outside, each of which one of the figures has to show."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Put = Callable[[Any, str, Any], None]


class Plant(NamedTuple):
    """A fault.

    Attributes:
        breaks: the promise that it breaks.
        steps: where it can do harm.
        put: puts it in place, given what sets an attribute.
    """

    breaks: str
    steps: tuple[str, ...]
    put: Callable[[Put], None]


def _cursor(put: Put) -> None:
    """How far a source was read is stored before what was read."""
    from storage import collected
    from storage.database import writing
    from storage.intake import Origin
    from storage.store import Store

    whole = Store.add_page

    def add_page(self: Any, study: str, source: str, page: Any, *, run_id: str, step: Any = None, **how: Any) -> Any:
        if step is not None:
            with writing(self._engine) as connection:
                collected.take_step(connection, Origin(study, source, int(run_id), None), step)
        return whole(self, study, source, page, run_id=run_id, **how)

    put(Store, "add_page", add_page)


def _torn(put: Put) -> None:
    """Files are written where they are to lie, without a draft."""
    from minyi import receipts
    from minyi.jobs import notice_book, running
    from storage import captures

    def write(path: Path, content: bytes, mode: int = 0o644) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(mode)

    for module in (captures, notice_book, running):
        put(module, "write_atomically", write)
    put(receipts, "write_once", write)


def _conflict(put: Put) -> None:
    """Comments are inserted without asking whether they are there."""
    from storage import writes

    whole = writes.add

    def add(connection: Any, into: Any, rows: Any) -> int:
        if into.name != "comment" or not rows:
            return whole(connection, into, rows)
        connection.execute(into.insert(), list(rows))
        return len(rows)

    put(writes, "add", add)


def _forget(put: Put) -> None:
    """Rows go before the files, so that nobody knows any more what the files are to be searched for."""
    from minyi.privacy import forgetting

    def carry_out(workspace: Any, task: Any, _wanted: Any) -> None:
        task.work.mark(task.found, task.authors)
        task.work.take_out(task.found, task.traces.needles)
        forgetting.clear(workspace, task.places, task.traces)
        task.work.overwrite()

    put(forgetting, "_carry_out", carry_out)


def _told(put: Put) -> None:
    """Nobody notes who was told."""
    from minyi.jobs import notices

    put(notices, "write_book", lambda _folder, _book: None)


PLANTS: Mapping[str, Plant] = {
    "cursor": Plant("no row is lost", ("collect",), _cursor),
    "torn": Plant("files are whole", ("collect", "notify"), _torn),
    "conflict": Plant("a step can be repeated", ("import",), _conflict),
    "forget": Plant("what is forgotten is in no file", ("forget",), _forget),
    "told": Plant("nobody is told twice", ("notify",), _told),
}
