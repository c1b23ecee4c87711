"""A model's server that is off, slow, over its limit or talks nonsense: the run goes on, and is marked as degraded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat import MOST, Reply, honest, saying, status
from lxml import html

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chat import ChatServer

DEEP = "[" * 10_000 + "]" * 10_000
FAULTS: dict[str, Any] = {
    "off": None,
    "slow": lambda _: Reply(b"{}", wait=1.0),
    "over its limit": status(429, {"retry-after": "3600"}),
    "over its limit, without end": status(429),
    "broken": status(503),
    "a key that is none": status(401),
    "giant": lambda _: Reply(length=MOST, endless=True),
    "no JSON": lambda _: Reply(b"<html>busy</html>"),
    "deep JSON": lambda _: Reply(DEEP.encode()),
    "an answer of deep JSON": saying(DEEP),
    "an answer outside the schema": saying('{"answers": [{"n": 1, "primary": "oppose"}]}'),
    "cut": lambda _: Reply(b'{"choices": [', length=4_000),
}
HEAVY = '[{table}]\nendpoint = "{url}"\nbudget = {{ requests = 60 }}\ntimeout_s = 0.3\nfailures = 1\n'
STUDY = """\
[study]
id = "fees"
coder = "{coder}"
start = 2026-03-01
end = 2026-03-31
languages = ["en"]

[change]
name = {{ zh = "提现收费", en = "Withdrawal fee" }}
statement = {{ zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }}
words = {{ zh = ["手续费"] }}

[[sources]]
name = "c"
kind = "files"
path = "c.csv"

{options}
"""
SAID = [
    f"{word}收{at + 2}次手续费 @小明{at} 13800138000" for at in range(3) for word in ("支持", "反对", "建议缓一缓再")
]
OFF = "http://127.0.0.1:9/v1"


@pytest.fixture
def server(chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> ChatServer:
    """A server that is asked once where it fails, so that no test waits for it."""
    monkeypatch.setattr("nlp.coders.llm.wire.ATTEMPTS", 1)
    monkeypatch.setenv("MINYI_LLM_KEY", "key-of-nobody")
    chat_server.clear()
    chat_server.otherwise = honest
    return chat_server


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., Path]:
    """A study of nine comments with this coder, whose model is served there."""

    def made(coder: str, url: str = "") -> Path:
        table = "coder.heavy" if coder.startswith("cascade") else "coder"
        options = HEAVY.format(table=table, url=url) if url else ""
        (tmp_path / "study.toml").write_text(STUDY.format(coder=coder, options=options), "utf-8")
        rows = [f"{text},2026-03-0{at + 1} 10:00,larkmouth{at}" for at, text in enumerate(SAID)]
        (tmp_path / "c.csv").write_text("\n".join(["text,time,author", *rows]), "utf-8")
        return tmp_path

    return made


def receipt(folder: Path, command: str) -> dict[str, Any]:
    """The last receipt of a command."""
    path = max((folder / "data" / "receipts").glob(f"*-{command}.json"))
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def ill(server: ChatServer, fault: str) -> str:
    """The address of a server with this fault."""
    server.otherwise = FAULTS[fault] or honest
    return OFF if fault == "off" else server.url


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, marks=[pytest.mark.thorough] if at % 4 else []) for at, fault in enumerate(FAULTS)],
)
def test_a_cascade_goes_on_with_the_local_coder_and_says_so(
    minyi: Callable[..., Any], study: Callable[..., Path], server: ChatServer, fault: str
) -> None:
    folder = study("cascade:llm:m", ill(server, fault))
    assert minyi("run", folder).code == 3
    told = receipt(folder, "analyse")
    assert (told["status"], told["counts"]["coded"], told["counts"]["abstained"]) == ("partial", len(SAID), 0)
    assert [failure["source"] for failure in told["failures"]] == ["cascade:llm:m"]
    whole = receipt(folder, "run")
    assert (whole["exit"], whole["alerts"]) == (3, ["partial:analyse"])
    page: Any = html.fromstring((folder / "reports" / "report.en.html").read_bytes())
    report = page.text_content()
    assert "The second coder, llm:m, was asked about" in report
    assert f"gave no stance to {told['counts']['coder']['asked']}: the first coder’s counts there" in report
    assert minyi("verify", folder / "reports" / "report.en.html").code == 0
    assert server.sent <= len(server.asked) * (MOST >> 2)  # what lies in the pipes of the system counts too


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["off", "no JSON", "an answer outside the schema"])
def test_a_model_alone_leaves_comments_without_a_stance_and_says_so(
    minyi: Callable[..., Any], study: Callable[..., Path], server: ChatServer, fault: str
) -> None:
    folder = study("llm:m", ill(server, fault))
    assert minyi("run", folder).code == 3
    told = receipt(folder, "analyse")
    assert (told["status"], told["counts"]["coded"], told["counts"]["abstained"]) == ("failed", 0, len(SAID))
    numbers = json.loads((folder / "reports" / "numbers.json").read_bytes())
    assert [claim["value"] for claim in numbers["claims"] if claim["template"] == "uncoded"] == [len(SAID)]
    server.otherwise = honest
    (folder / "study.toml").write_text((folder / "study.toml").read_text("utf-8").replace(OFF, server.url), "utf-8")
    assert minyi("run", folder, "--again").code == 0  # it asks again, once the server is well
    assert receipt(folder, "analyse")["counts"]["coded"] == len(SAID)


def test_nothing_is_sent_unless_the_study_names_a_model(
    minyi: Callable[..., Any], study: Callable[..., Path], server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_BASE_URL", "MINYI_LLM_ENDPOINT", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, server.url)
    folder = study("embedded")
    assert minyi("collect", folder).code == 0
    assert minyi("analyse", folder).code == 0
    assert server.asked == []


def test_nobody_is_named_in_what_is_sent(
    minyi: Callable[..., Any], study: Callable[..., Path], server: ChatServer
) -> None:
    folder = study("llm:m", server.url)
    assert minyi("collect", folder).code == 0
    assert minyi("analyse", folder).code == 0
    sent = "".join(asked.raw.decode() for asked in server.asked)
    assert len(server.asked) == len(SAID)
    assert "次手续费" in sent
    assert [name for name in ("larkmouth", "小明", "13800138000") if name in sent] == []
