"""What the `llm:` coder gives: a model's answers as stances, whatever the order of the comments."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking import CHANGE, SAID, TEXTS, stances
from chat import ChatServer, answering, entry, saying

from nlp.coders import get_coder, llm
from nlp.coders.llm.coder import NoStanceError
from nlp.coders.protocol import Coder, CoderSettings, KeepsAccount, annotator
from storage.nouns import STANCES


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
