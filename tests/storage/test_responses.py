"""Answers and paraphrases are appended; the last word on a subject counts, and earlier times can be asked for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from storage.database import writing
from storage.responses import RESPONSE, ResponseRecord

if TYPE_CHECKING:
    from storage.store import Store

STUDY = "ebikes"
SAID = ResponseRecord("response", "theme:notice", "said", "将提前一个月通知", "A month's notice", date(2026, 3, 9))
DONE = ResponseRecord("response", "theme:notice", "done", "已经办到", "", date(2026, 4, 1))


def test_the_last_word_counts_and_the_earlier_one_can_still_be_told(store: Store, run: str) -> None:
    store.responses.put(STUDY, run, [SAID])
    then = store.responses.last(STUDY)
    store.responses.put(STUDY, run, [DONE])
    assert store.responses.standing(STUDY, "response") == {"theme:notice": DONE}
    assert store.responses.standing(STUDY, "response", upto=then) == {"theme:notice": SAID}


def test_of_two_in_one_file_the_later_one_counts(store: Store, run: str) -> None:
    assert store.responses.put(STUDY, run, [DONE, SAID]) == 2
    assert store.responses.standing(STUDY, "response")["theme:notice"] == SAID


def test_answers_and_paraphrases_are_kept_apart(store: Store, run: str) -> None:
    store.responses.put(STUDY, run, [ResponseRecord("paraphrase", "theme:notice", "said", en="Someone wants notice")])
    assert store.responses.standing(STUDY, "response") == {}
    assert store.responses.standing(STUDY, "paraphrase")["theme:notice"].en == "Someone wants notice"


def test_a_study_knows_only_its_own(store: Store, run: str) -> None:
    store.responses.put(STUDY, run, [SAID])
    assert store.responses.standing("other", "response") == {}
    assert store.responses.last("other") == 0


def test_words_go_through_the_text_door(store: Store, run: str) -> None:
    store.responses.put(STUDY, run, [ResponseRecord("response", "text:c1", "said", en=" yes\x00\x1b[31m\u202e ")])
    assert "\x00" not in store.responses.standing(STUDY, "response")["text:c1"].en
    assert "\x1b" not in store.responses.standing(STUDY, "response")["text:c1"].en


def test_nothing_is_changed_afterwards(store: Store, run: str) -> None:
    store.responses.put(STUDY, run, [SAID])
    with pytest.raises(DBAPIError, match="append-only"), writing(store._engine) as connection:
        connection.execute(update(RESPONSE).values(zh="never said"))


def test_a_state_that_nobody_knows_is_refused(store: Store, run: str) -> None:
    with pytest.raises(DBAPIError):
        store.responses.put(STUDY, run, [ResponseRecord("response", "text:c1", "soon")])  # type: ignore[arg-type]
