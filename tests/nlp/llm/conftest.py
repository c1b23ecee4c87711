"""The `llm:` coder against a server that speaks, and misspeaks, the chat-completions API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat import ChatServer

from nlp.coders.llm.coder import LlmCoder
from nlp.coders.llm.options import LlmOptions
from nlp.coders.options import read_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asking import Kept


@pytest.fixture(scope="module")
def _server() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture
def server(_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> ChatServer:
    monkeypatch.delenv("MINYI_LLM_KEY", raising=False)
    _server.clear()
    return _server


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def make(server: ChatServer, waits: list[float]) -> Any:
    async def pause(seconds: float) -> None:
        waits.append(seconds)

    def made(memory: Kept | None = None, model: str = "qwen", **options: Any) -> LlmCoder:
        given = {"endpoint": server.url, "budget": {"requests": 100}, **options}
        return LlmCoder(model, read_options(LlmOptions, given), memory, pause=pause)

    return made
