"""How long one source may ask for more in a run."""

from __future__ import annotations

import asyncio
import time
from math import inf
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable

Answer = TypeVar("Answer")


class Budget:
    """So many seconds from now on."""

    def __init__(self, seconds: float = inf) -> None:
        self.seconds = seconds
        self._ends_at = time.monotonic() + seconds

    @property
    def used_up(self) -> bool:
        """Whether nothing more is to be asked for."""
        return time.monotonic() >= self._ends_at

    async def wait(self, answer: Awaitable[Answer], total_s: float) -> Answer:
        """The answer to one ask, with all its attempts, turns and tokens.

        Args:
            answer: what is waited for.
            total_s: the time of one request; an answer may come so much later than the budget ends.

        Raises:
            TimeoutError: it did not come until then.
        """
        longest_s = max(0.0, self._ends_at - time.monotonic()) + total_s
        async with asyncio.timeout(None if longest_s == inf else longest_s):
            return await answer
