"""Being stopped: by Ctrl-C, or by the signal with which a job's scheduler ends it."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = 128  # a shell's exit code for a signal is this and its number


class Interrupted(MinyiError):  # noqa: N818  says what happened
    """A person or a job's scheduler stopped the run."""

    def __init__(self, *, where: str = "") -> None:
        what, remedy = "Stopped; what was stored is kept.", "Run the same command again: it goes on from there."
        super().__init__(what, where=where, remedy=remedy)


class Stop:
    """Makes SIGTERM end a command the way Ctrl-C does, with its receipt, and remembers which of the two came.

    Attributes:
        code: the exit code of a stopped command: 130, or 143 after SIGTERM.
    """

    def __init__(self) -> None:
        self.code = _SIGNALS + signal.SIGINT

    def terminate(self, _number: int, frame: FrameType | None) -> None:
        """Do what Ctrl-C would do at this moment, also where a job runs with Ctrl-C ignored."""
        self.code = _SIGNALS + signal.SIGTERM
        as_interrupt = signal.getsignal(signal.SIGINT)
        if not callable(as_interrupt):
            raise KeyboardInterrupt
        as_interrupt(signal.SIGINT, frame)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """While a command runs, SIGTERM stops it as Ctrl-C does; only the main thread may say what a signal does."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGTERM, stop.terminate)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
