"""Asking about many comments: in which requests, in which order, and once more where an answer cannot be used."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, get_args

from nlp.coders.llm.answers import Answer, Unfit, read_answers
from nlp.coders.llm.prompt import messages

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from nlp.coders.llm.answers import Why
    from nlp.coders.llm.prompt import Item
    from nlp.coders.llm.wire import Client, Endpoint
    from nlp.coders.protocol import Memory
    from storage.nouns import Change

_UNFIT = frozenset(get_args(Unfit))


class Asking:
    """One stretch of comments, asked about; every answer is kept as it comes, so that a kill loses none.

    Args:
        endpoint: who is asked.
        memory: where answers are kept.
        change: what the comments are judged towards.
        tally: counts of answers, and of second questions; added to.
        unanswered: why comments have no answer; added to.
    """

    def __init__(
        self, endpoint: Endpoint, memory: Memory, change: Change, tally: Counter[str], unanswered: Counter[str]
    ) -> None:
        self._endpoint, self._memory, self._change = endpoint, memory, change
        self._tally, self._unanswered = tally, unanswered
        self._answers: dict[bytes, Answer] = {}

    async def about(self, items: Mapping[bytes, Item], batch: int, concurrency: int) -> dict[bytes, Answer]:
        """The answers that can be used, by key.

        Requests go out in the order of the keys, which are digests: of no source or day first, so that where a budget
        ends is left to chance and yet always the same.
        """
        keys = sorted(items)
        jobs = deque({key: items[key] for key in keys[at : at + batch]} for at in range(0, len(keys), batch))
        async with self._endpoint.client() as client:
            if not self._endpoint.settled:  # a wrong key or address shall cost one request
                await self._job(client, jobs.popleft())
            await asyncio.gather(*(self._work(client, jobs) for _ in range(concurrency)))
        return self._answers

    async def _work(self, client: Client, jobs: deque[dict[bytes, Item]]) -> None:
        while jobs:
            await self._job(client, jobs.popleft())

    async def _job(self, client: Client, job: dict[bytes, Item]) -> None:
        """One request; what it leaves open is asked once more, alone."""
        for key, why in (await self._asked(client, job)).items():
            left = {key: why}
            if why in _UNFIT or (why == "refused" and len(job) > 1):
                self._tally["asked_again"] += 1
                left = await self._asked(client, {key: job[key]}, again=True)
            self._unanswered.update(left.values())

    async def _asked(self, client: Client, job: dict[bytes, Item], *, again: bool = False) -> dict[bytes, Why]:
        """Ask, keep what is answered, and say why the rest is not."""
        if over := self._endpoint.over:
            return dict.fromkeys(job, over)
        items = list(job.values())
        content, why = await self._endpoint.ask(client, messages(items, self._change, again=again), len(items))
        read = [why] * len(items) if why else read_answers(content, items)
        found = {key: answer for key, answer in zip(job, read, strict=True) if isinstance(answer, Answer)}
        self._memory.remember({key: answer.to_bytes() for key, answer in found.items()})
        self._tally["answered"] += len(found)
        self._answers |= found
        return {key: answer for key, answer in zip(job, read, strict=True) if not isinstance(answer, Answer)}
