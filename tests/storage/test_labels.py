"""Labels: what was drawn stays drawn, what was said stays said, and both leave with their comment."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy.exc import DBAPIError

from storage.database import connect, parse_url, writing
from storage.database_failures import DatabaseBusy
from storage.labels import Frame, digest_of
from storage.nouns import Page, Stance
from storage.queries import ANNOTATION, COHORT, FRAMED, ITEM, JUDGEMENT
from storage.records import Item, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.store import Store

STUDY = "ebikes"
TASK = (STUDY, "城区限行电动自行车", "1")
CONCERN = Judgement(0, stance=Stance.CONCERN, codes=(0, 1, 1))
NEUTRAL = Judgement(0, stance=Stance.NEUTRAL)


@pytest.fixture
def keys(store: Store, run: str, page: Callable[..., Page]) -> list[int]:
    """Six comments."""
    store.add_page(STUDY, "forum", page(6), run_id=run)
    return [int(key) for key in store.comments(STUDY)["key"]]


def say(store: Store, run: str, who: str, key: int, said: Judgement) -> int:
    return store.labels.put(*TASK, who, run, [replace(said, key=key)])


def drawn(store: Store, run: str, keys: list[int], items: list[Item] | None = None, **other: Any) -> int:
    plain = np.array(keys, np.int64)
    plan: dict[str, Any] = {"kind": "audit", "method": "simple", "seed": 7, "target": TASK[1], "codebook": TASK[2]}
    plan |= {"digest": digest_of(map(str, keys)), "strata": [("", len(keys))], "items": items or []}
    plan["frame"] = Frame(plain, np.zeros(len(keys), np.int64), np.arange(len(keys)))
    return store.labels.add_cohort(STUDY, run, **plan | other)


def forget(store: Store, run: str, *ext_ids: str) -> None:
    store.add_page(STUDY, "forum", Page(gone=ext_ids), run_id=run)


# What people say


def test_what_a_person_says_is_kept_whole(store: Store, run: str, keys: list[int]) -> None:
    said = replace(CONCERN, unsure=True, note="反语？\x00", seconds=8.5, origin="kit")
    assert say(store, run, "person:李", keys[0], said) == 1
    (row,) = store.labels.latest(*TASK).to_dict("records")
    assert (row["key"], row["annotator"], row["stance"]) == (keys[0], "person:李", "concern")
    assert (row["support"], row["concern"], row["suggestion"]) == (0, 1, 1)
    assert (row["unsure"], row["what"], row["note"], row["seconds"]) == (True, "judged", "反语？", 8.5)
    assert (row["origin"], row["revision"]) == ("kit", 0)
    assert row["id"] == store.comments(STUDY)["id"][0]


def test_neutral_is_a_score_of_its_own_only_where_it_is_the_primary(store: Store, run: str, keys: list[int]) -> None:
    say(store, run, "person:a", keys[0], NEUTRAL)
    say(store, run, "person:a", keys[1], CONCERN)
    read = store.comments(STUDY, target=TASK[1], annotator="person:a", codebook="1")
    four = ["support", "concern", "suggestion", "neutral"]
    assert read[four].head(2).to_numpy().tolist() == [[0, 0, 0, 1], [0, 1, 1, 0]]


def test_the_last_word_counts_and_the_earlier_ones_stay(store: Store, run: str, keys: list[int]) -> None:
    for said in (CONCERN, NEUTRAL, Judgement(0, what="withdrawn")):
        say(store, run, "person:a", keys[0], said)
    say(store, run, "person:b", keys[0], NEUTRAL)
    say(store, run, "person:a", keys[1], Judgement(0, what="skipped"))
    latest, history = store.labels.latest(*TASK), store.labels.history(*TASK)
    assert latest["what"].tolist() == ["withdrawn", "judged", "skipped"]
    assert latest["stance"].astype(object).where(latest["stance"].notna(), None).tolist() == [None, "neutral", None]
    assert history["revision"].tolist() == [0, 1, 2, 0, 0]
    assert latest["concern"].isna().tolist() == [True, False, True]


def test_labels_belong_to_their_target_and_codebook(store: Store, run: str, keys: list[int]) -> None:
    say(store, run, "person:a", keys[0], CONCERN)
    assert store.labels.latest(STUDY, "another change", "1").empty
    assert store.labels.latest(STUDY, TASK[1], "2").empty
    store.add_annotations(
        *TASK[:2], "nlp@1", "1", run, keys, [0] * 6, np.full((6, 4), 0.5, np.float32), kind="classifier"
    )
    assert store.labels.latest(*TASK)["annotator"].tolist() == ["person:a"]


def test_one_page_may_hold_several_words_on_one_comment(store: Store, run: str, keys: list[int]) -> None:
    both = [replace(CONCERN, key=keys[0]), replace(NEUTRAL, key=keys[0])]
    assert store.labels.put(*TASK, "settled", run, both) == 2
    assert store.labels.latest(*TASK)["stance"].tolist() == ["neutral"]


def test_nothing_is_kept_of_comments_that_are_not_there(store: Store, run: str, keys: list[int]) -> None:
    assert store.labels.put(*TASK, "person:a", run, [replace(NEUTRAL, key=key) for key in (keys[0], 10**9)]) == 1
    assert store.labels.put(*TASK, "person:a", run, []) == 0


@pytest.mark.parametrize("annotator", ["", "person:", "person: ", "nlp@1", "Settled"])
def test_only_people_judge(store: Store, run: str, keys: list[int], annotator: str) -> None:
    with pytest.raises(ValueError, match="annotator who judges"):
        say(store, run, annotator, keys[0], NEUTRAL)


@pytest.mark.parametrize(
    "wrong",
    [
        Judgement(0),
        Judgement(0, stance=Stance.SUPPORT),
        Judgement(0, stance=Stance.SUPPORT, codes=(0, 1, 0)),
        Judgement(0, stance=Stance.NEUTRAL, codes=(0, 0, 1)),
        Judgement(0, what="skipped", stance=Stance.NEUTRAL),
        Judgement(0, what="withdrawn", codes=(1, 0, 0)),
        replace(CONCERN, codes=(0, 2, 0)),
        replace(CONCERN, codes=(0, 1)),  # type: ignore[arg-type]
        replace(CONCERN, what="guessed"),  # type: ignore[arg-type]
        replace(CONCERN, origin="mail"),
        replace(CONCERN, seconds=-1),
        replace(CONCERN, seconds=float("nan")),
    ],
)
def test_a_judgement_that_contradicts_itself_is_refused_with_all_others(
    store: Store, run: str, keys: list[int], wrong: Judgement
) -> None:
    with pytest.raises(ValueError, match="Judgement"):
        store.labels.put(*TASK, "person:a", run, [replace(NEUTRAL, key=keys[0]), replace(wrong, key=keys[1])])
    assert store.labels.latest(*TASK).empty


def test_an_annotation_without_a_judgement_counts_too(store: Store, run: str, keys: list[int]) -> None:
    person = (*TASK[:2], "person:old", "1")
    store.add_annotations(*person, run, keys[:2], [1, -1], np.array([[0, 1, 0, 0]] * 2, np.float32), kind="person")
    latest = store.labels.latest(*TASK)
    assert latest["what"].tolist() == ["judged", "skipped"]
    assert latest["origin"].tolist() == ["file", "file"]


def test_what_was_said_cannot_be_changed_or_deleted(store: Store, run: str, keys: list[int], url: str) -> None:
    say(store, run, "person:a", keys[0], CONCERN)
    engine = connect(parse_url(url))
    for change in (JUDGEMENT.delete(), JUDGEMENT.update().values(note="x"), ANNOTATION.delete()):
        with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
            connection.execute(change)
    engine.dispose()
    assert len(store.labels.history(*TASK)) == 1


# What was drawn


def test_a_cohort_is_kept_with_its_frame_and_its_items(store: Store, run: str, keys: list[int]) -> None:
    items = [Item(keys[4], place=4, second=True, turn=0), Item(keys[1], place=1, turn=1)]
    cohort = drawn(store, run, keys, items, method="stratified", strata=[("forum 2024-W09", 6)])
    (kept,) = store.labels.cohorts(STUDY)
    assert (kept.key, kept.run, kept.kind, kept.method, kept.seed) == (cohort, run, "audit", "stratified", 7)
    assert (kept.population, kept.strata) == (6, (("forum 2024-W09", 6),))
    assert kept.digest == hashlib.sha256("\n".join(map(str, keys)).encode()).hexdigest()
    assert store.labels.frame(cohort).tolist() == keys
    assert store.labels.framed(STUDY)["place"].tolist() == [0, 1, 2, 3, 4, 5]
    found = store.labels.items(STUDY)
    assert found["key"].tolist() == [keys[4], keys[1]]
    assert found["second"].tolist() == [True, False]
    assert found["text"].tolist() == store.comments(STUDY)["text"].iloc[[4, 1]].tolist()


def test_more_may_be_drawn_and_nothing_twice(store: Store, run: str, keys: list[int]) -> None:
    cohort = drawn(store, run, keys[:4], [Item(keys[0])])
    more = [Item(keys[0], turn=1), Item(keys[2], place=2, turn=2), Item(keys[5], turn=3)]
    assert store.labels.add_items(cohort, run, more) == 1
    assert store.labels.items(STUDY)["turn"].tolist() == [0, 2]


def test_a_comment_is_in_one_audit_cohort_at_most(store: Store, run: str, keys: list[int]) -> None:
    drawn(store, run, keys[:4])
    with pytest.raises(DatabaseBusy):
        drawn(store, run, keys[3:])
    drawn(store, run, keys[4:])
    assert store.labels.framed(STUDY, "audit")["key"].is_unique


def test_a_change_that_is_stated_otherwise_has_samples_of_its_own(store: Store, run: str, keys: list[int]) -> None:
    first, second = drawn(store, run, keys, [Item(keys[0])]), drawn(store, run, keys, [Item(keys[1])], target="new")
    third = drawn(store, run, keys, [Item(keys[2])], codebook="2")
    for cohort, task in ((first, TASK[1:]), (second, ("new", "1")), (third, (TASK[1], "2"))):
        assert [it.key for it in store.labels.cohorts(STUDY, "audit", task)] == [cohort]
        assert store.labels.items(STUDY, "audit", task)["cohort"].tolist() == [cohort]
        assert store.labels.framed(STUDY, task=task)["cohort"].unique().tolist() == [cohort]


def test_training_picks_are_a_kind_of_their_own(store: Store, run: str, keys: list[int]) -> None:
    audit = drawn(store, run, keys, [Item(keys[0])])
    training = store.labels.add_training(STUDY, run, *TASK[1:], [keys[3], keys[0], keys[3], 10**9])
    assert [it.kind for it in store.labels.cohorts(STUDY)] == ["audit", "training"]
    assert [it.key for it in store.labels.cohorts(STUDY, "training")] == [training]
    assert store.labels.items(STUDY, "training")["key"].tolist() == [keys[3], keys[0]]
    assert store.labels.items(STUDY, "audit")["cohort"].tolist() == [audit]
    assert store.labels.framed(STUDY, "training")["key"].tolist() == [keys[0], keys[3]]


def test_forgotten_comments_leave_with_their_labels_and_their_key_is_a_stranger_to_the_frame(
    store: Store, run: str, keys: list[int], page: Callable[..., Page], url: str
) -> None:
    cohort = drawn(store, run, keys, [Item(keys[0]), Item(keys[5], turn=1)])
    say(store, run, "person:a", keys[5], CONCERN)
    forget(store, run, "5")
    store.add_page(STUDY, "forum", page(1, start=9), run_id=run)  # may be given the key that has become free
    assert store.labels.frame(cohort).tolist() == keys[:5]
    assert store.labels.items(STUDY)["key"].tolist() == [keys[0]]
    assert store.labels.history(*TASK).empty
    assert store.labels.cohorts(STUDY)[0].population == 6
    assert rows_left(url) == {"cohort": 1, "framed": 5, "item": 1, "judgement": 0}


def rows_left(url: str) -> dict[str, int]:
    engine = connect(parse_url(url))
    with writing(engine) as connection:
        counts = {part.name: len(connection.execute(part.select()).all()) for part in (COHORT, FRAMED, ITEM, JUDGEMENT)}
    engine.dispose()
    return counts


def test_what_was_forgotten_while_it_was_being_drawn_is_left_out(store: Store, run: str, keys: list[int]) -> None:
    forget(store, run, "0")
    cohort = drawn(store, run, keys, [Item(keys[0]), Item(keys[1])])
    assert store.labels.frame(cohort).tolist() == keys[1:]
    assert store.labels.items(STUDY)["key"].tolist() == [keys[1]]
    assert store.labels.cohorts(STUDY)[0].population == 6


def test_other_studies_see_nothing_of_it(store: Store, run: str, keys: list[int]) -> None:
    drawn(store, run, keys, [Item(keys[0])])
    say(store, run, "person:a", keys[0], CONCERN)
    assert store.labels.cohorts("other") == []
    assert store.labels.items("other").empty
    assert store.labels.framed("other").empty
    assert store.labels.latest("other", *TASK[1:]).empty


def test_two_pages_of_one_person_number_their_revisions_one_after_the_other(
    store: Store, run: str, keys: list[int]
) -> None:
    with ThreadPoolExecutor(4) as pages:
        list(pages.map(lambda _: say(store, run, "person:a", keys[0], CONCERN), range(12)))
    assert store.labels.history(*TASK)["revision"].tolist() == list(range(12))


def test_two_draws_at_once_do_not_share_a_comment(store: Store, run: str, keys: list[int]) -> None:
    def try_to_draw(_: int) -> bool:
        try:
            drawn(store, run, keys, [Item(keys[0])])
        except DatabaseBusy:
            return False
        return True

    with ThreadPoolExecutor(4) as runs:
        assert sum(runs.map(try_to_draw, range(4))) == 1
    assert store.labels.framed(STUDY)["key"].is_unique
