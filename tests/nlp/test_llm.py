"""The `llm:` coder against a server that speaks, and misspeaks, the chat-completions API."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import trustme
from chat import MOST, Asked, ChatServer, Reply, answering, completion, entry, honest, saying, status
from pydantic import ValidationError

from nlp.coders import get_coder, llm
from nlp.coders.llm.coder import LlmCoder, NoStanceError
from nlp.coders.llm.options import LlmOptions
from nlp.coders.options import CoderOptionsError, read_options
from nlp.coders.protocol import Coder, CoderSettings, KeepsAccount, annotator
from nlp.examples import change_of
from storage.errors import MinyiError, UsageError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CHANGE = change_of("某市全面禁止摩托车通行")
TEXTS = ["支持，早该禁了", "反对一刀切", "建议先给外卖员留条路", "关我什么事"]
SAID = ["support", "concern", "suggestion", "neutral"]


class Kept(dict[bytes, bytes]):
    """A memory that outlives a coder."""

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {key: self[key] for key in keys if key in self}

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        self.update(answers)


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


def stances(coder: Coder, texts: Sequence[str] = TEXTS) -> list[str | None]:
    codes = coder.code(texts, CHANGE)
    return [None if codes.abstained[row] else codes.stance(row).value for row in range(len(codes))]


def unanswered(coder: LlmCoder) -> dict[str, int]:
    return dict(coder.account().counts["unanswered"])


# What it gives


def test_it_is_a_coder_by_name_and_gives_what_the_model_says(server: ChatServer) -> None:
    settings = CoderSettings({"endpoint": f"{server.url}/", "budget": {"requests": 9}})
    coder = get_coder("llm:Qwen/Qwen2.5-7B 指令", settings)
    assert isinstance(coder, Coder)
    assert isinstance(coder, KeepsAccount)
    assert coder.name == "llm:Qwen-Qwen2.5-7B-"
    assert set(annotator(coder)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._:-")
    assert stances(coder) == SAID
    assert server.asked[0].body["model"] == "Qwen/Qwen2.5-7B 指令"
    assert server.asked[0].path == "/v1/chat/completions"
    assert coder.held_out == {}


def test_scores_say_the_codes_and_primary_is_the_highest(make: Any, server: ChatServer) -> None:
    server.otherwise = answering(entry(1, "suggestion", concern=1))
    codes = make().code(["建议缓一缓，太突然了"], CHANGE)
    assert (codes.scores.dtype, codes.primary.dtype) == (np.float32, np.int8)
    np.testing.assert_allclose(codes.scores, [[0.01, 0.10, 0.88, 0.01]], atol=1e-6)
    assert codes.primary.tolist() == [2]


def test_no_texts_ask_nothing(make: Any, server: ChatServer) -> None:
    assert make().code([], CHANGE, []).scores.shape == (0, len(STANCES))
    assert not server.asked


def test_equal_comments_are_asked_about_once(make: Any, server: ChatServer) -> None:
    assert stances(make(), ["支持", "反对", "支持"]) == ["support", "concern", "support"]
    assert sorted(server.texts) == ["反对", "支持"]


def test_codes_depend_on_neither_order_nor_batch(make: Any) -> None:
    together = make().code(TEXTS, CHANGE).scores
    alone = np.concatenate([make().code([text], CHANGE).scores for text in TEXTS])
    backwards = make().code(TEXTS[::-1], CHANGE).scores[::-1]
    assert together.tobytes() == alone.tobytes() == backwards.tobytes()


def test_requests_go_out_in_one_order_whatever_the_order_of_the_comments(make: Any, server: ChatServer) -> None:
    texts = [f"第{n}条" for n in range(12)]
    stances(make(concurrency=1), texts)
    first = server.texts
    server.clear()
    stances(make(concurrency=1), texts[::-1])
    assert server.texts == first != texts


def test_an_explanation_shows_the_span_of_a_suggestion(make: Any, server: ChatServer) -> None:
    text = "@小明 太急了，不如先试点半年吧"
    server.otherwise = answering(entry(1, "suggestion", "不如先试点半年"))
    coder = make()
    explanation = coder.explain(text, CHANGE)
    assert explanation.primary == "suggestion"
    (reason,) = explanation.reasons
    assert text[slice(*reason.spans[0])] == reason.label == "不如先试点半年"
    server.otherwise = saying("")
    with pytest.raises(NoStanceError):
        coder.explain("别的", CHANGE)


@pytest.mark.parametrize("span", ["不在评论里的话", "建" * 61])
def test_a_span_that_the_comment_does_not_hold_is_dropped(make: Any, server: ChatServer, span: str) -> None:
    server.otherwise = answering(entry(1, "suggestion", span))
    assert make().explain("建" * 70, CHANGE).reasons == ()


def test_it_runs_beside_a_running_loop(make: Any) -> None:
    async def notebook() -> list[str | None]:
        return stances(make())

    assert asyncio.run(notebook()) == SAID


def test_importing_its_options_loads_no_network() -> None:
    for module in (llm, llm.options):
        source = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        imported = {node.module for node in source.body if isinstance(node, ast.ImportFrom)}
        assert not imported & {"nlp.coders.llm.coder", "nlp.coders.llm.wire"}


# What is sent


def test_the_request_asks_for_the_closed_schema_without_tools(make: Any, server: ChatServer) -> None:
    stances(make(), ["支持"])
    body = server.asked[0].body
    assert (body["temperature"], body["seed"], body["max_tokens"], body["stream"]) == (0, 0, 200, False)
    assert not body.keys() & {"tools", "tool_choice", "functions"}
    schema = body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["properties"]["answers"]["items"]["additionalProperties"] is False
    assert server.asked[0].given["change"]["act"] == {"zh": "某市全面禁止摩托车通行"}


def test_names_numbers_and_addresses_stay_here(make: Any, server: ChatServer) -> None:
    text = "@张三 打13812345678，写a.b@qq.com，微信号abc12345，粤B12345，看https://t.cn/x和t.cn/Rab 2024-01-02支持"
    stances(make(), [text])
    sent = server.texts[0]
    assert sent == "@name 打[number]，写[mail]，[number]，[number]，看[url]和[url] 2024-01-02支持"


def test_a_quotation_is_sent_with_the_words_that_introduce_it(make: Any, server: ChatServer) -> None:
    make().code(["要慎重"], CHANGE, ["@李四 表示担忧"])
    assert server.asked[0].given["comments"] == [{"n": 1, "length": 3, "reported": "@name 表示担忧", "text": "要慎重"}]


def test_fields_may_be_left_out_or_added(make: Any, server: ChatServer) -> None:
    stances(make(omit=["temperature", "max_tokens"], extra={"reasoning_effort": "low"}), ["支持"])
    body = server.asked[0].body
    assert body["reasoning_effort"] == "low"
    assert not body.keys() & {"temperature", "max_tokens"}


def test_several_comments_share_a_request_where_that_is_asked_for(make: Any, server: ChatServer) -> None:
    texts = [f"{said}{n}" for n in range(4) for said in ("支持", "反对")]
    assert stances(make(batch=3, concurrency=1), texts) == ["support", "concern"] * 4
    assert [[comment["n"] for comment in asked.given["comments"]] for asked in server.asked] == [[1, 2, 3]] * 2 + [
        [1, 2]
    ]
    assert server.asked[0].body["max_tokens"] == 600


# What servers can do


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


# What may be spent


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


# What is kept


def test_answers_are_kept_from_run_to_run_and_cost_nothing(make: Any, server: ChatServer) -> None:
    memory = Kept()
    first = make(memory).code(TEXTS, CHANGE).scores
    server.clear()
    again = make(memory, budget={"requests": 1})
    assert again.code(TEXTS, CHANGE).scores.tobytes() == first.tobytes()
    assert not server.asked
    assert again.account().counts["kept"] == 4
    stances(again, ["新的一条，支持"])
    assert server.texts == ["新的一条，支持"]


def test_an_answer_is_kept_before_the_next_is_asked_for(make: Any, server: ChatServer) -> None:
    memory = Kept()
    sizes: list[int] = []

    def counted(asked: Asked) -> Reply:
        sizes.append(len(memory))
        return honest(asked)

    server.otherwise = counted
    stances(make(memory, concurrency=1), [f"{n}" for n in range(5)])
    assert sizes == [0, 1, 2, 3, 4]


def test_what_has_no_answer_is_asked_again_by_the_next_run(make: Any, server: ChatServer) -> None:
    memory = Kept()
    server.otherwise = saying("no")
    assert stances(make(memory)) == [None] * 4
    assert not memory
    server.otherwise = honest
    assert stances(make(memory)) == SAID


@pytest.mark.parametrize(
    "other", [{"model": "other"}, {"fingerprint": "r2"}, {"seed": 1}, {"extra": {"top_p": 1}}, {"batch": 2}]
)
def test_another_model_or_question_is_another_annotator_and_asks_anew(
    make: Any, server: ChatServer, other: dict[str, Any]
) -> None:
    memory = Kept()
    one, two = make(memory), make(memory, **other)
    stances(one, ["支持"])
    stances(two, ["支持"])
    assert len(server.asked) == 2
    assert annotator(one) != annotator(two)


def test_how_it_is_asked_makes_no_other_annotator(make: Any) -> None:
    assert annotator(make()) == annotator(make(concurrency=9, timeout_s=3, budget={"tokens": 9}, failures=2))


def test_kept_answers_hold_no_word_of_a_comment(make: Any, server: ChatServer) -> None:
    memory = Kept()
    server.otherwise = answering(entry(1, "suggestion", "先试点半年"))
    explained = make(memory).explain("不如先试点半年", CHANGE)
    assert "试点" not in b"".join(memory.values()).decode()
    assert "\\u" not in b"".join(memory.values()).decode()
    assert make(memory).explain("不如先试点半年", CHANGE) == explained
    assert len(server.asked) == 1


class Full(Kept):
    """A memory on a full disk."""

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        raise MinyiError(f"The disk is full: {len(answers)} answers are not kept.")


def test_a_memory_that_cannot_keep_ends_the_run(make: Any, server: ChatServer) -> None:
    with pytest.raises(MinyiError, match="disk is full"):
        stances(make(Full()), [f"{n}" for n in range(30)])
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"[1]", b"\xff", b"[" * 100_000, b'[0, 1, 0, "support", 0, 0]', b'[1, 0, 0, "support", "", 0]'],
)
def test_a_damaged_answer_is_asked_for_again(make: Any, server: ChatServer, damage: bytes) -> None:
    memory = Kept()
    stances(make(memory), ["支持"])
    memory.update(dict.fromkeys(memory, damage))
    assert stances(make(memory), ["支持"]) == ["support"]
    assert len(server.asked) == 2


# The key, and what may be stated


CANARY = "sk-canary-31415926535"


def test_the_key_is_sent_and_shown_nowhere(
    make: Any, server: ChatServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MINYI_LLM_KEY", CANARY)
    memory = Kept()
    with caplog.at_level(logging.DEBUG):
        coder = make(memory)
        stances(coder)
        server.otherwise = status(401, {"x-echo": CANARY}, CANARY.encode())
        stances(coder, ["反对！"])
    assert all(asked.headers["authorization"] == f"Bearer {CANARY}" for asked in server.asked)
    account = coder.account()
    shown = [account.counts, account.notes, [str(failure) for failure in account.failures], annotator(coder), coder]
    assert CANARY not in f"{shown} {memory} {caplog.text}"
    assert CANARY.encode() not in b"".join(asked.raw for asked in server.asked)
    monkeypatch.delenv("MINYI_LLM_KEY")
    assert annotator(make()) == annotator(coder)


def test_a_server_of_ones_own_needs_no_key_but_a_named_variable_must_be_set(make: Any, server: ChatServer) -> None:
    stances(make(), ["支持"])
    assert "authorization" not in server.asked[0].headers
    with pytest.raises(UsageError, match="MY_KEY is not set"):
        make(key_variable="MY_KEY")


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "密钥"])
def test_what_cannot_be_a_key_is_refused_unseen(make: Any, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("MINYI_LLM_KEY", key)
    with pytest.raises(UsageError) as raised:
        make()
    assert key not in str(raised.value)


def test_the_environments_proxies_are_not_used(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert stances(make()) == SAID


def test_a_stated_proxy_is_used(make: Any, server: ChatServer) -> None:
    assert stances(make(endpoint="http://llm.internal/v1", proxy=server.url.removesuffix("/v1"))) == SAID
    assert server.asked[0].path == "http://llm.internal/v1/chat/completions"


def test_certificates_are_checked_against_the_usual_authorities_or_ones_own(make: Any, tmp_path: Path) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "ours.pem"))
    with ChatServer(tls) as secure:
        coder = make(endpoint=secure.url, failures=1)
        assert stances(coder, ["支持"]) == [None]
        assert "a connect error" in coder.account().failures[0].what
        assert not secure.asked
        assert stances(make(endpoint=secure.url, ca_file=str(tmp_path / "ours.pem")), ["支持"]) == ["support"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"endpoint": ""}, "write an address"),
        ({"endpoint": "ftp://llm.example/v1"}, "write an address"),
        ({"endpoint": "https://user:pass@llm.example/v1"}, "no user and no password"),
        ({"endpoint": "https://llm.example/v1?key=x"}, "write an address"),
        ({"endpoint": "https://llm.example:99999/v1"}, "write an address"),
        ({"endpoint": "https://llm.example/v 1"}, "write an address"),
        ({"endpoint": "http://llm.example/v1"}, "in the clear"),
        ({"endpoint": "http://8.8.8.8/v1"}, "in the clear"),
        ({"budget": {}}, "say what a run may spend"),
        ({"budget": {"requests": 0}}, "budget.requests"),
        ({"budget": {"euros": 5}}, "budget.euros"),
        ({"extra": {"tools": []}}, "minyi sets this itself"),
        ({"extra": {"a": datetime.now(UTC)}}, "only what JSON can say"),
        ({"proxy": "http://user:pass@proxy:3128"}, "no user and no password"),
        ({"key_variable": "sk-123"}, "key_variable"),
        ({"temprature": 1}, "temprature"),
    ],
)
def test_options_that_cannot_be_meant_are_named(make: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(CoderOptionsError, match=said):
        make(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"key_variable": CANARY},
        {"endpoint": f"https://me:{CANARY}@llm.example/v1"},
        {"endpoint": f"ftp://me:{CANARY}@llm.example:port/v1"},
        {"proxy": f"http://me:{CANARY}@proxy:3128"},
    ],
)
def test_a_secret_that_stands_in_the_study_file_is_refused_unseen(make: Any, options: dict[str, Any]) -> None:
    """`minyi check` repeats the value that it refuses: here that is the table."""
    with pytest.raises(ValidationError) as raised:
        LlmOptions.model_validate({"endpoint": "https://llm.example/v1", "budget": {"tokens": 1}, **options})
    assert CANARY not in str(raised.value)
    assert all(isinstance(error["input"], dict) for error in raised.value.errors())


@pytest.mark.parametrize("missing", ["endpoint", "budget"])
def test_endpoint_and_budget_must_be_stated(missing: str) -> None:
    given = {"endpoint": "https://llm.example/v1", "budget": {"requests": 1}}
    del given[missing]
    with pytest.raises(CoderOptionsError, match=missing):
        get_coder("llm:qwen", CoderSettings(given))


@pytest.mark.parametrize("host", ["localhost:11434", "ollama", "10.0.0.7:8000", "[::1]:8080", "gpu.lan"])
def test_a_server_nearby_needs_no_tls(host: str) -> None:
    assert read_options(LlmOptions, {"endpoint": f"http://{host}/v1", "budget": {"requests": 1}})


def test_a_file_of_authorities_that_cannot_be_read_is_said(make: Any) -> None:
    with pytest.raises(UsageError, match="authorities"):
        make(ca_file="missing.pem")
