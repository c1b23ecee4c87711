"""A clock that can be set: everything that minyi asks for the time is told it, and nobody sleeps."""

from __future__ import annotations

import importlib
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKING = (
    "minyi.lock", "minyi.workspace", "minyi.coverage", "minyi.gathering", "minyi.jobs.notices", "minyi.standing",
    "minyi.doctor.patient", "storage.backups", "scrapers.pace", "scrapers.fetch", "scrapers.runner",
    "scrapers.source_run",
)  # fmt: skip
"""Modules that ask `datetime.now`."""


class Clock:
    """The clock on the wall.

    Args:
        start: what it shows at first; it goes on from there.
    """

    def __init__(self, start: datetime) -> None:
        self._time = time.time
        self.set(start)

    def set(self, moment: datetime) -> None:
        """Show this moment."""
        self._ahead = moment.timestamp() - self._time()

    def time(self) -> float:
        """Seconds since 1970."""
        return self._time() + self._ahead

    @property
    def now(self) -> datetime:
        """The moment shown, UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    @contextmanager
    def shown(self) -> Iterator[Self]:
        """Let everybody see it."""
        clock = self

        class Shown(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return datetime.fromtimestamp(clock.time(), tz)

        with ExitStack() as stack:
            stack.enter_context(patch("time.time", self.time))
            stack.enter_context(patch("time.time_ns", lambda: int(self.time() * 1e9)))
            for name in _ASKING:
                importlib.import_module(name)
                stack.enter_context(patch(f"{name}.datetime", Shown))
            yield self
