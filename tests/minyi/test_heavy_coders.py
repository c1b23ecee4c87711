"""Analysing with a coder that asks a model: what the receipt says of it, and what the next run does."""

from __future__ import annotations

import json
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from asking import STUDY
from chat import ChatServer, honest, status
from typer.testing import CliRunner

from minyi.analysing import analyse
from minyi.cli import app
from minyi.commands import register
from minyi.console import Console, Exit
from minyi.workspace import open_workspace
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LLM = '[{table}]\nendpoint = "{url}"\nbudget = {{ requests = {requests} }}\n'
TEXTS = [f"{word}{n}" for n in range(5) for word in ("支持", "反对", "建议缓一缓")]


def study(folder: Path, coder: str, options: str) -> Path:
    (folder / "study.toml").write_text(STUDY.format(coder=coder, options=options), encoding="utf-8")
    return folder


def collected(folder: Path) -> None:
    with open_workspace(folder) as workspace:
        store, ident = workspace.store, workspace.study.id
        rows: Any = [{"ext_id": str(n), "text": text} for n, text in enumerate(TEXTS)]
        store.add_page(
            ident, "site", Page(comments=rows), run_id=store.begin_run(ident, "collect", {}, workspace.digest)
        )


def analysed(folder: Path) -> tuple[dict[str, Any], str]:
    """The receipt of one more run, and what was said."""
    out = StringIO()
    with open_workspace(folder) as workspace:
        analyse(workspace, Console(out=out, err=out))
    receipt = max((folder / "data" / "receipts").glob("*-analyse.json"), key=lambda path: path.stat().st_mtime_ns)
    return json.loads(receipt.read_text(encoding="utf-8")), out.getvalue()


def command(name: str, folder: Path) -> int:
    """How a command ends."""
    register(app)
    return CliRunner().invoke(app, [name, str(folder)]).exit_code


def test_a_budget_that_ends_is_said_and_the_next_run_asks_for_the_rest(tmp_path: Path, server: ChatServer) -> None:
    study(tmp_path, "llm:m", LLM.format(table="coder", url=server.url, requests=10))
    collected(tmp_path)
    receipt, said = analysed(tmp_path)
    assert (receipt["status"], receipt["counts"]["coded"], receipt["counts"]["abstained"]) == ("ok", 10, 5)
    assert receipt["counts"]["coder"]["spent"] == "10 requests"
    assert "The budget of 10 requests for llm:m is spent." in said
    assert "5 comments were left without a stance" in said
    receipt, _ = analysed(tmp_path)
    assert (receipt["counts"]["coded"], receipt["counts"]["coder"]["requests"]) == (5, 5)
    assert sorted(server.texts) == sorted(TEXTS)


def test_a_model_that_gives_out_fails_the_run_with_its_remedy(tmp_path: Path, server: ChatServer) -> None:
    study(tmp_path, "llm:m", LLM.format(table="coder", url=server.url, requests=50))
    collected(tmp_path)
    server.otherwise = status(401)
    receipt, said = analysed(tmp_path)
    assert (receipt["status"], receipt["counts"]["abstained"]) == ("failed", 15)
    assert command("analyse", tmp_path) == Exit.FAILED
    assert command("run", tmp_path) == Exit.PARTIAL  # a report came of it
    (failure,) = receipt["failures"]
    assert (failure["source"], failure["type"], failure["where"]) == ("llm:m", "EndpointError", server.url)
    assert "status 401" in said


@pytest.mark.parametrize("coder", ["llm:m", "cascade:llm:m", "embedded"])
def test_progress_moves_with_the_answers_of_a_slow_coder(tmp_path: Path, server: ChatServer, coder: str) -> None:
    table = "coder.heavy" if coder.startswith("cascade") else "coder"
    study(tmp_path, coder, "" if coder == "embedded" else LLM.format(table=table, url=server.url, requests=50))
    collected(tmp_path)
    bars: dict[str, tuple[int | None, list[int]]] = {}

    class Watched(Console):
        @contextmanager
        def progress(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
            bars[title] = total, []
            yield bars[title][1].append

    with open_workspace(tmp_path) as workspace:
        analyse(workspace, Watched(out=StringIO(), err=StringIO()))
    total, steps = bars["saying the stance"]
    assert sum(steps) == len(TEXTS)
    slow = coder != "embedded"
    assert total == (len(TEXTS) if slow else None)
    assert (len(steps) > 10) == slow


def test_answers_outlive_annotations(tmp_path: Path, server: ChatServer) -> None:
    study(tmp_path, "llm:m", LLM.format(table="coder", url=server.url, requests=50))
    collected(tmp_path)
    analysed(tmp_path)
    for path in (*(tmp_path / "data").glob("minyi.db*"), *(tmp_path / "data" / "receipts").iterdir()):
        path.unlink()  # the receipt too: a new database may give the same number in the same second
    collected(tmp_path)
    receipt, _ = analysed(tmp_path)
    assert (receipt["counts"]["coded"], receipt["counts"]["coder"]["kept"]) == (15, 15)
    assert len(server.asked) == 15


def test_a_cascade_plans_over_the_run_and_its_receipt_counts_agreement(
    tmp_path: Path, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minyi.analysing.STRETCH", 4)
    heavy = LLM.format(table="coder.heavy", url=server.url, requests=50)
    study(tmp_path, "cascade:llm:m", f"[coder]\nshare = 0.2\nsample = 0\n{heavy}")
    collected(tmp_path)
    receipt, said = analysed(tmp_path)
    counts = receipt["counts"]
    assert (receipt["status"], counts["coded"], counts["abstained"]) == ("ok", 15, 0)
    assert (counts["coder"]["distinct"], counts["coder"]["asked"]) == (15, 3)  # of the run, not of each stretch
    assert len(server.asked) == counts["coder"]["heavy"]["requests"] == 3
    assert "asked about 3 distinct comments" in said


def test_a_cascade_whose_model_gives_out_is_a_partial_run(tmp_path: Path, server: ChatServer) -> None:
    heavy = LLM.format(table="coder.heavy", url=server.url, requests=50)
    study(tmp_path, "cascade:llm:m", heavy)
    collected(tmp_path)
    server.otherwise = status(404)
    receipt, said = analysed(tmp_path)
    assert (receipt["status"], receipt["counts"]["coded"]) == ("partial", 15)
    assert "warning" in said
    assert len(server.asked) == 1


def test_a_job_learns_that_a_model_gave_out_halfway(tmp_path: Path, server: ChatServer) -> None:
    options = LLM.format(table="coder", url=server.url, requests=50)
    study(tmp_path, "llm:m", f"{options}concurrency = 1")
    collected(tmp_path)
    server.script, server.otherwise = [honest] * 3, status(401)
    assert command("analyse", tmp_path) == Exit.PARTIAL
    server.otherwise = honest
    assert command("analyse", tmp_path) == Exit.OK
