"""Being stopped: by Ctrl-C, or by the signal with which a job's scheduler ends it."""

from __future__ import annotations

import _thread
import os
import select
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

GRACE_S = 4.0
"""How long a command that was told to end may take for it; then it ends as if it were killed, which loses nothing."""
_MOST_WAITS, _WAIT_S = 25, 0.02
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
        self._waits = 0
        self._over = False
        self._coming = threading.Lock()

    def terminate(self, _number: int, frame: FrameType | None) -> None:
        """Do what Ctrl-C would do at this moment, also where a job runs with Ctrl-C ignored."""
        if self._over or self.code == _SIGNALS + signal.SIGTERM:
            return  # all is done; or told twice: it is ending already, and its receipt is being written
        if self._waits < _MOST_WAITS and _in_made_code(frame):
            self._waits += 1
            _thread.start_new_thread(self._again_soon, ())
            return
        self.code = _SIGNALS + signal.SIGTERM
        as_interrupt = signal.getsignal(signal.SIGINT)
        if not callable(as_interrupt):
            raise KeyboardInterrupt
        as_interrupt(signal.SIGINT, frame)

    def swallowed(self) -> None:
        """Come again: the interrupt fell into a destructor or a callback, which lets nothing out."""
        self.code = _SIGNALS + signal.SIGINT
        _thread.start_new_thread(self._again_soon, ())

    def end(self) -> None:
        """Let nothing come any more: it would find nobody who listens, and end the process in the middle of a word."""
        self._over = True
        with self._coming:
            pass  # what was put off is here, and found it over, or never comes

    def _again_soon(self) -> None:
        """The same signal a moment later; a true one, for it has to end what waits in the system."""
        time.sleep(_WAIT_S)
        with self._coming:
            if self._over:
                return
            if sys.platform == "win32":
                _thread.interrupt_main(signal.SIGTERM)
            else:
                signal.pthread_kill(cast("int", threading.main_thread().ident), signal.SIGTERM)


@contextmanager
def _never_swallowed(stop: Stop) -> Iterator[None]:
    """Python prints and forgets what is raised while an object is collected; SIGTERM shall not be lost there."""
    before = sys.unraisablehook

    def unraisable(what: sys.UnraisableHookArgs) -> None:
        if stop.code == _SIGNALS + signal.SIGTERM and issubclass(what.exc_type, KeyboardInterrupt):
            stop.swallowed()
        else:
            before(what)

    sys.unraisablehook = unraisable
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def _guarded() -> Iterator[None]:
    """Ends what still waits GRACE_S after SIGTERM: for a name server, a disk, a database in the middle of a statement.

    Python's own answer to a signal has to wait until the call it came to returns. The number of the signal is written
    into a pipe at once, and a thread waits for it there. A call that lets no other thread run meanwhile holds up both.
    """
    if sys.platform == "win32":
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    guard = threading.Thread(target=_end_at_last, args=(reader,), daemon=True)
    guard.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writer)
        guard.join()


def _end_at_last(reader: int) -> None:
    """Wait for the signal, then for the end of the command, which closes the other end of the pipe."""
    with os.fdopen(reader, "rb", buffering=0) as signals:
        while (said := signals.read(64)) and signal.SIGTERM not in said:
            pass
        last = time.monotonic() + GRACE_S
        while said and (left := last - time.monotonic()) > 0:
            if select.select([signals], [], [], left)[0]:
                said = signals.read(64)
    if said:
        with suppress(OSError, ValueError, AttributeError):
            os.write(sys.stderr.fileno(), b"error: Stopped while waiting; what was stored is kept.\n")
        os._exit(_SIGNALS + signal.SIGTERM)


def _in_made_code(frame: FrameType | None) -> bool:
    """Whether code made from a string is being run, as where a dataclass is made while a room is imported.

    CPython takes an interrupt that passes through such code for one that nobody handled, whatever becomes of it, and
    ends `python -m minyi` by SIGINT instead of with its exit code (`run_eval_code_obj` in pythonrun.c, 3.11).
    """
    while frame is not None:
        if (frame.f_code.co_name, frame.f_code.co_filename) == ("<module>", "<string>"):
            return True
        frame = frame.f_back
    return False


_stops: list[Stop] = []


def code() -> int:
    """The exit code of a command that is being stopped: 130, or 143 after SIGTERM."""
    return _stops[-1].code if _stops else _SIGNALS + signal.SIGINT


@contextmanager
def stoppable() -> Iterator[Stop]:
    """While a command runs, SIGTERM stops it as Ctrl-C does; only the main thread may say what a signal does."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    _stops.append(stop)
    try:
        with _guarded(), _never_swallowed(stop), _as_if_heard():
            before = signal.signal(signal.SIGTERM, stop.terminate)  # last: until then the system ends the process
            try:
                yield stop
            finally:
                stop.end()
                signal.signal(signal.SIGTERM, before)
    finally:
        _stops.remove(stop)


@contextmanager
def _as_if_heard() -> Iterator[None]:
    """A job that `nohup` or a shell's `&` started ignores Ctrl-C: it goes on doing so, and can yet be stopped.

    asyncio ends its tasks in order only where it finds Python's own answer to Ctrl-C in place. So that is put in place,
    and the signal itself is kept from coming.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN or sys.platform == "win32":
        yield
        return
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # forgets one that came meanwhile
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)
