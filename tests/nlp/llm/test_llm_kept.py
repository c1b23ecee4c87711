"""What the `llm:` coder keeps: answers from run to run, without a word of a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asking import CHANGE, SAID, TEXTS, Kept, stances
from chat import Asked, ChatServer, Reply, answering, entry, honest, saying

from nlp.coders.protocol import annotator
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping


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
