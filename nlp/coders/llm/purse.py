"""What a run has spent at an endpoint, and whether it may spend more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlp.coders.llm.options import Budget


def estimated_tokens(text: str) -> int:
    """Tokens of a text where no server has counted them: a third of its UTF-8 bytes, one for a Chinese character."""
    return len(text.encode(errors="replace")) // 3 + 1


class Purse:
    """Counts what is spent, and sets aside what a request may cost before it is sent: the budget is never passed.

    Args:
        budget: what may be spent.
        clock: seconds of a clock that never goes back.

    Attributes:
        requests: how many were sent.
        tokens: how many they took, in and out.
        estimated: in how many requests the server did not say.
        spent: which part of the budget has ended the asking; empty while there is some of each.
    """

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget, self._clock = budget, clock
        self._began: float | None = None
        self._aside = 0
        self.requests = self.tokens = self.estimated = 0
        self.spent = ""

    @property
    def seconds_left(self) -> float:
        """Until the time is up; infinite where there is no such limit."""
        if self._budget.seconds is None:
            return float("inf")
        return self._budget.seconds - (0 if self._began is None else self._clock() - self._began)

    def take(self, tokens: int, wait: float = 0) -> bool:
        """Set aside one request of so many tokens at most, sent after `wait` seconds; False if that is too much."""
        requests, most, left = self._budget.requests, self._budget.tokens, self.seconds_left
        if requests is not None and self.requests >= requests:
            self.spent = "requests"
        elif most is not None and self.tokens + self._aside + tokens > most:
            self.spent = "tokens"
        elif left <= wait:
            self.spent = "seconds"
        if self.spent:
            return False
        self._began = self._clock() if self._began is None else self._began
        self.requests += 1
        self._aside += tokens
        return True

    def settle(self, aside: int, usage: Any, sent: int) -> None:  # noqa: ANN401  what a server says may be anything
        """Count what a request took.

        Args:
            aside: what was set aside for it.
            usage: what the server says.
            sent: the estimate of what was sent, which counts where the server does not say.
        """
        self._aside -= aside
        total = usage.get("total_tokens") if isinstance(usage, dict) else None
        if type(total) is int and 0 < total < 1 << 40:
            self.tokens += total
        else:
            self.tokens += sent
            self.estimated += 1

    def limits(self) -> str:
        """The part of the budget that is spent, in words."""
        return f"{getattr(self._budget, self.spent):,} {self.spent}" if self.spent else ""
