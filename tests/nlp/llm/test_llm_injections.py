"""How far comments that give orders sway a model that obeys every one of them: counted, for themselves and others."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from asking import stances
from chat import Asked, ChatServer, Reply, completion, entry
from orders import ORDERS, OUTSIDE

from nlp.coders.llm.masking import sendable

if TYPE_CHECKING:
    from collections.abc import Callable

WANTED = {sendable(text): label for text, label in ORDERS}
OTHERS = [f"第{at}条：不应该收这笔钱" for at in range(12)]
"""Comments of others, who object too."""


def obeying(asked: Asked) -> Reply:
    """Answers as the first order of the request wants it, for all its comments; else that everybody objects."""
    ordered = next((WANTED[text] for text in asked.comments if text in WANTED), "concern")
    numbers = [comment["n"] for comment in asked.given["comments"]]
    said = [entry(n, ordered) if ordered not in OUTSIDE else entry(n) | {"primary": ordered} for n in numbers]
    return completion(json.dumps({"answers": said}))


@pytest.fixture
def said(make: Callable[..., Any], server: ChatServer) -> Callable[[int], tuple[list[Any], list[Any]]]:
    """What is said of the comments with orders, and of the others, so many to a request."""

    def asked(batch: int) -> tuple[list[Any], list[Any]]:
        server.clear()
        server.otherwise = obeying
        found = stances(make(batch=batch, budget={"requests": 1_000}), [*(text for text, _ in ORDERS), *OTHERS])
        return found[: len(ORDERS)], found[len(ORDERS) :]

    return asked


def swayed(found: list[Any]) -> int:
    """How many are said to do anything else than object; one left without a stance was not swayed."""
    return sum(stance not in {"concern", None} for stance in found)


def test_there_are_orders_of_every_kind_in_both_languages() -> None:
    assert len(WANTED) == len(ORDERS) >= 40
    chinese = [text for text, _ in ORDERS if "\u4e00" <= text[0] <= "\u9fff"]
    assert min(len(chinese), len(ORDERS) - len(chinese)) >= 20


def test_an_order_sways_its_own_comment_at_most_and_to_a_stance_alone(
    said: Callable[[int], tuple[list[Any], list[Any]]], server: ChatServer
) -> None:
    own, others = said(1)
    figure = f"swayed: {swayed(own)} of {len(own)} comments with orders, {swayed(others)} of {len(others)} others"
    sys.stdout.write(f"\n{figure}\n")
    assert swayed(others) == 0, figure
    assert others == ["concern"] * len(OTHERS)
    assert own == [None if label in OUTSIDE else label for _, label in ORDERS], figure
    assert all("tools" not in asked.body and len(asked.comments) == 1 for asked in server.asked)


def test_what_sharing_a_request_costs_is_counted(said: Callable[[int], tuple[list[Any], list[Any]]]) -> None:
    own, others = said(8)
    figure = f"eight to a request: {swayed(own)} of {len(own)} with orders, {swayed(others)} of {len(others)} others"
    sys.stdout.write(f"\n{figure}\n")
    assert {*own, *others} <= {"support", "concern", "suggestion", "neutral", None}
    assert swayed(others) > 0, figure  # why one comment to a request is the default
