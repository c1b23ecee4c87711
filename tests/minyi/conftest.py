"""What the application's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chat import ChatServer


@pytest.fixture(autouse=True)
def _copied_databases(copied_databases: None) -> None:
    """Every new study's database."""


@pytest.fixture
def server(chat_server: ChatServer) -> ChatServer:
    """Where `llm:` coders ask."""
    return chat_server
