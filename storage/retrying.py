"""Doing a transaction again where the server was gone for a moment, or two transactions stood in each other's way.

Only what is all one transaction is done again: it left nothing behind when it failed, and whether it failed is known
(`storage.landing`). Waiting grows from a tenth of a second to two seconds; after half a minute in all it is given up.
"""

from __future__ import annotations

import logging
import time
from contextvars import ContextVar
from functools import wraps
from inspect import isfunction, isgeneratorfunction
from random import SystemRandom
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from storage.errors import MinyiError
from storage.waiting import PATIENCE_S as SILENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_S = 30.0
"""How long is waited in all; the work itself, done again, is not counted."""
FIRST_S, MOST_S = 0.1, 2.0
_LOG = logging.getLogger(__name__)  # without a handler, warnings go to standard error as they are
_random = SystemRandom()  # two that stood in each other's way shall not come back at the same moment
_P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C")


class Passing(MinyiError):  # noqa: N818  says what is the case
    """What may be over in a moment: nothing of the transaction was stored, and it may be done again."""


class Patience:
    """How long one piece of work has been waiting for something to pass, over all that it waited for."""

    def __init__(self) -> None:
        self._tries, self._waited, self._told = 0, 0.0, False

    def wait(self, failure: MinyiError, *, spent_s: float = 0.0, longest_s: float | None = None) -> None:
        """Waits before the next try, and says so once it takes long.

        Args:
            failure: why it has to be tried again.
            spent_s: what the failed try itself took, where it did nothing but wait.
            longest_s: after how long to give up, instead of `LONGEST_S`.

        Raises:
            MinyiError: the failure, where it has lasted too long.
        """
        pause = min(MOST_S, FIRST_S * 2**self._tries) * _random.uniform(0.5, 1.0)
        self._waited += spent_s + pause
        if self._waited > (LONGEST_S if longest_s is None else longest_s):
            raise failure
        if not self._told and self._waited >= SILENCE_S:
            self._told = True
            _LOG.warning("waiting for the database %s …", failure.where)
        self._tries += 1
        time.sleep(pause)


_patience: ContextVar[Patience | None] = ContextVar("_patience", default=None)


def patience() -> Patience:
    """That of the work that is being done, or a new one."""
    return _patience.get() or Patience()


def retried(work: Callable[_P, _R]) -> Callable[_P, _R]:
    """Does the work again where it fails with what may pass; it has to be one transaction, or several that add nothing.

    Work that is done for other work shares its patience.
    """

    @wraps(work)
    def again(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        mine = patience()
        token = _patience.set(mine)
        try:
            while True:
                try:
                    return work(*args, **kwargs)
                except Passing as failure:
                    mine.wait(failure)
        finally:
            _patience.reset(token)

    return again


def each_retried(of: type[_C]) -> type[_C]:
    """A class whose every method is one transaction; generators are not, and retry what they call."""
    for name, method in list(vars(of).items()):
        if isfunction(method) and not isgeneratorfunction(method) and (name == "__call__" or name[:2] != "__"):
            setattr(of, name, retried(method))
    return of
