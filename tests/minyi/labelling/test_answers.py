"""An answer obeys the codebook, or is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from minyi.labelling.answers import NOTE_LIMIT, SECONDS_LIMIT, Answer, problems

PLAIN: dict[str, Any] = {"item": "c1", "what": "judged", "stance": "support", "codes": [1, 0, 0]}
PLAIN |= {"unsure": False, "note": "", "seconds": 1.5}


def read(**other: Any) -> Answer:
    return Answer.model_validate_json(json.dumps(PLAIN | other))


@pytest.mark.parametrize(
    ("stance", "codes"),
    [("support", [1, 0, 0]), ("concern", [1, 1, 0]), ("suggestion", [1, 1, 1]), ("neutral", [0, 0, 0])],
)
def test_a_pile_whose_code_is_1_is_taken_and_neutral_where_all_are_0(stance: str, codes: list[int]) -> None:
    assert list(read(stance=stance, codes=codes).judgement(7, "page").codes) == codes


@pytest.mark.parametrize("what", ["skipped", "withdrawn"])
def test_without_a_judgement_there_is_no_stance(what: str) -> None:
    judgement = read(what=what, stance=None, codes=[0, 0, 0]).judgement(7, "kit")
    assert (judgement.what, judgement.stance, judgement.key, judgement.origin) == (what, None, 7, "kit")


@pytest.mark.parametrize(
    "wrong",
    [
        {"codes": [0, 1, 0]},
        {"stance": "neutral"},
        {"stance": None},
        {"what": "skipped"},
        {"what": "skipped", "stance": None},
        {"what": "guessed"},
        {"stance": "Support"},
        {"codes": [1, 0]},
        {"codes": [True, 0, 0]},
        {"codes": [1, 0, 2]},
        {"codes": ["1", 0, 0]},
        {"unsure": 1},
        {"note": "x" * (NOTE_LIMIT + 1)},
        {"seconds": -0.1},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"seconds": "3"},
        {"item": ""},
        {"item": 7},
        {"score": 0.9},
    ],
    ids=str,
)
def test_anything_else_is_refused_and_named_without_its_value(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        read(**wrong)
    assert all(len(line) < 200 for line in problems(refused.value))


def test_seconds_are_capped_and_a_note_goes_through_the_text_door() -> None:
    judgement = read(seconds=4_000.0, note="a\u202eb\x00c").judgement(1, "page")
    assert (judgement.seconds, judgement.note) == (SECONDS_LIMIT, "abc")
    assert read(seconds=None).judgement(1, "page").seconds is None
