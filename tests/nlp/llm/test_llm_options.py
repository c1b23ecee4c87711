"""What may be stated of the `llm:` coder, and that its key is shown nowhere."""

from __future__ import annotations

import logging
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from asking import SAID, Kept, stances
from chat import ChatServer, status
from pydantic import ValidationError

from nlp.coders import get_coder
from nlp.coders.llm.options import LlmOptions
from nlp.coders.options import CoderOptionsError, read_options
from nlp.coders.protocol import CoderSettings, annotator
from storage.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

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
