"""What a server may do to the `llm:` coder: refuse, stumble, misspeak, or say nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import numpy as np
import pytest
from asking import SAID, TEXTS, stances, unanswered
from chat import MOST, ChatServer, Reply, completion, entry, honest, status


@pytest.mark.parametrize(("takes", "tried"), [("json_object", 2), ("none", 3)])
def test_a_server_without_schemas_is_asked_in_the_way_it_takes(
    make: Any, server: ChatServer, takes: str, tried: int
) -> None:
    server.otherwise = lambda asked: honest(asked) if asked.format == takes else Reply(b"{}", 400)
    assert stances(make()) == SAID
    assert len(server.asked) == len(TEXTS) + tried - 1  # found out once
    assert {asked.format for asked in server.asked[tried:]} == {takes}


def test_the_way_may_be_stated(make: Any, server: ChatServer) -> None:
    stances(make(response_format="json_object"), ["支持"])
    assert [asked.format for asked in server.asked] == ["json_object"]


def test_a_comment_that_the_server_refuses_is_abstained_from_alone(make: Any, server: ChatServer) -> None:
    server.otherwise = lambda asked: Reply(b"{}", 400) if "敏感" in "".join(asked.comments) else honest(asked)
    coder = make(batch=5, response_format="json_schema")
    assert stances(coder, [*TEXTS, "敏感"]) == [*SAID, None]
    assert unanswered(coder) == {"refused": 1}


def test_a_server_that_refuses_everything_is_left_alone(make: Any, server: ChatServer) -> None:
    server.otherwise = status(422)
    coder = make(failures=3, concurrency=1)
    assert stances(coder, [f"{n}" for n in range(20)]) == [None] * 20
    assert len(server.asked) == 9  # three comments in three formats
    assert "422" in coder.account().failures[0].what


@pytest.mark.parametrize("code", [401, 402, 403, 404, 302, 307, 405, 451])
def test_a_final_answer_ends_the_asking_at_once(make: Any, server: ChatServer, code: int) -> None:
    server.otherwise = status(code, {"location": f"{server.url}/elsewhere"}, b'{"error": "secret echo"}')
    coder = make()
    assert stances(coder) == [None] * 4
    assert len(server.asked) == 1
    (failure,) = coder.account().failures
    assert str(code) in failure.what
    assert failure.remedy
    assert failure.where == server.url
    assert "secret echo" not in str(failure)


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_passing_failures_are_tried_again_with_a_growing_pause(
    make: Any, server: ChatServer, waits: list[float], code: int
) -> None:
    server.script = [status(code)] * 3
    assert stances(make(), ["支持"]) == ["support"]
    np.testing.assert_allclose(waits, [1, 2, 4], atol=0.2)


def test_a_wait_that_the_server_asks_for_is_kept(make: Any, server: ChatServer, waits: list[float]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=61), usegmt=True)
    server.script = [status(429, {"retry-after": "7"}), status(503, {"retry-after": later})]
    assert stances(make(), ["支持"]) == ["support"]
    np.testing.assert_allclose(waits, [7, 60], atol=2)


def test_a_long_wait_ends_the_asking(make: Any, server: ChatServer) -> None:
    server.otherwise = status(429, {"retry-after": "3600"})
    coder = make()
    assert stances(coder) == [None] * 4
    assert "3,600 seconds" in coder.account().failures[0].what
    assert len(server.asked) == 1


def test_failures_in_a_row_end_the_asking_and_say_why(make: Any, server: ChatServer) -> None:
    server.otherwise = status(500)
    coder = make(failures=6)
    assert stances(coder, [f"{n}" for n in range(50)]) == [None] * 50
    assert 6 * 4 <= len(server.asked) <= (6 + 3) * 4  # those on their way
    assert sum(unanswered(coder).values()) == 50
    assert "status 500" in coder.account().failures[0].what
    server.otherwise = honest
    assert stances(coder, ["支持"]) == [None]  # for this run


def test_a_short_outage_ends_nothing(make: Any, server: ChatServer) -> None:
    server.otherwise = lambda asked: honest(asked) if server.texts.count(asked.comments[0]) > 3 else Reply(status=503)
    coder = make(failures=1)
    assert stances(coder, [f"支持{n}" for n in range(9)]) == ["support"] * 9
    assert coder.account().counts["requests"] == 36


def test_an_answer_between_failures_makes_them_none_in_a_row(make: Any, server: ChatServer) -> None:
    server.script = [status(500)] * 4 + [honest] + [status(500)] * 4 + [honest] + [status(500)] * 4
    coder = make(failures=2, concurrency=1)
    assert stances(coder, [f"支持{n}" for n in range(6)]).count("support") == 3
    assert unanswered(coder) == {"failed": 3}
    assert not coder.account().failures
    assert coder.account().notes == (
        "3 answers of llm:qwen are missing or could not be used: 3 failed at every attempt.",
    )


@pytest.mark.parametrize("content", [None, "I cannot judge that.", '{"answers": []}', "[" * 1000])
def test_a_model_that_never_answers_as_asked_has_failed(make: Any, server: ChatServer, content: str | None) -> None:
    server.otherwise = lambda _: completion(content)
    coder = make()
    assert stances(coder, TEXTS) == [None] * len(TEXTS)
    (failure,) = coder.account().failures
    assert failure.what == f"The model gave none of {len(TEXTS)} comments an answer that could be used."
    server.otherwise = honest
    assert stances(coder, TEXTS) == SAID
    assert not coder.account().failures


SUPPORT = completion(json.dumps({"answers": [entry(1, "support")]}))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'{"choices": ['),
        Reply(b"<html>busy</html>"),
        Reply(b"[" * 200_000),
        Reply(b'{"choices": [{"message": {"content": "'),
        Reply(b'{"choices": []}'),
        Reply(b"null"),
        Reply(b"\xff\xfe\x00"),
        Reply(b'{"choi', length=500),
        Reply(b"{}", headers={"content-encoding": "gzip"}),
        replace(SUPPORT, wait=0.9),
        replace(SUPPORT, drip=0.02),
    ],
    ids=["cut", "html", "deep", "open", "empty", "null", "bytes", "truncated", "compressed", "slow", "dripping"],
)
def test_what_is_no_completion_counts_as_a_failure_of_the_server(make: Any, server: ChatServer, reply: Reply) -> None:
    server.script = [lambda _: reply]
    coder = make(timeout_s=0.5 if reply.wait or reply.drip else 5)
    assert stances(coder, ["支持"]) == ["support"]
    assert coder.account().counts["requests_by_outcome"] == {"answer": 1, "passing": 1}


def test_an_endless_answer_is_the_models_fault_and_not_read_to_its_end(make: Any, server: ChatServer) -> None:
    server.script = [lambda _: Reply(length=1 << 40, endless=True)]
    coder = make()
    assert stances(coder, ["支持"]) == ["support"]
    assert coder.account().counts["asked_again"] == 1
    assert server.sent < MOST / 2  # what a connection may hold beyond what was read


def test_no_server_is_a_failure_that_is_said(make: Any) -> None:
    coder = make(endpoint="http://127.0.0.1:9/v1", failures=2)
    assert stances(coder) == [None] * 4
    assert "a connect error" in coder.account().failures[0].what
