"""What the `llm:` coder may spend, and that it never spends more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import stances
from chat import Asked, ChatServer, Reply, completion, entry, honest, status


def test_the_budget_of_requests_is_never_passed(make: Any, server: ChatServer) -> None:
    coder = make(budget={"requests": 5})
    said = stances(coder, [f"支持{n}" for n in range(20)])
    assert len(server.asked) == 5
    assert (said.count("support"), said.count(None)) == (5, 15)
    account = coder.account()
    assert account.counts["unanswered"] == {"budget": 15}
    assert not account.failures
    assert account.notes == ("The budget of 5 requests for llm:qwen is spent.",)


def test_retries_are_paid_from_the_budget(make: Any, server: ChatServer) -> None:
    server.otherwise = status(500)
    assert stances(make(budget={"requests": 2}), ["支持"]) == [None]
    assert len(server.asked) == 2


def test_the_budget_of_tokens_is_never_passed(make: Any, server: ChatServer) -> None:
    server.otherwise = lambda _: completion(json.dumps({"answers": [entry(1)]}), {"total_tokens": 2_000})
    coder = make(budget={"tokens": 12_000})
    stances(coder, [f"{n}" for n in range(20)])
    assert 2 <= len(server.asked) <= 6
    assert coder.account().counts["tokens"] <= 12_000
    assert coder.account().counts["spent"] == "12,000 tokens"


@pytest.mark.parametrize("usage", [None, {}, {"total_tokens": -5}, {"total_tokens": "9"}, {"total_tokens": True}, [1]])
def test_tokens_are_estimated_where_the_server_does_not_say(make: Any, server: ChatServer, usage: Any) -> None:
    server.otherwise = lambda _: completion(json.dumps({"answers": [entry(1)]}), usage)
    coder = make()
    stances(coder, ["支持"])
    counts = coder.account().counts
    assert counts["tokens"] > len(server.asked[0].body["messages"][0]["content"]) / 4
    assert counts["tokens_estimated_for"] == 1


def test_the_budget_of_seconds_ends_waits_too(make: Any, server: ChatServer, waits: list[float]) -> None:
    server.otherwise = status(429, {"retry-after": "100"})
    coder = make(budget={"seconds": 20})
    assert stances(coder) == [None] * 4
    assert (len(server.asked), waits) == (1, [])
    assert coder.account().counts["spent"] == "20.0 seconds"


def test_no_more_requests_are_on_their_way_than_allowed(make: Any, server: ChatServer) -> None:
    def slowly(asked: Asked) -> Reply:
        reply = honest(asked)
        reply.wait = 0.02
        return reply

    server.otherwise = slowly
    stances(make(concurrency=3), [f"{n}" for n in range(12)])
    assert 2 <= server.most_at_once <= 3
