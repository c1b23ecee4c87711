"""The `llm:` coder against a server that speaks, and misspeaks, the chat-completions API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nlp.coders.llm.coder import LlmCoder
from nlp.coders.llm.options import LlmOptions
from nlp.coders.options import read_options

if TYPE_CHECKING:
    from asking import Kept
    from chat import ChatServer


@pytest.fixture
def server(chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> ChatServer:
    monkeypatch.delenv("MINYI_LLM_KEY", raising=False)
    return chat_server


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
