"""What a kit gives back is taken whole or refused with every reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from minyi.labelling.kit_results import FILE_LIMIT, KitResultError, read_kit_result
from storage.labels import digest_of
from storage.nouns import Change, Stance, Study, Wording
from storage.records import Judgement

if TYPE_CHECKING:
    from pathlib import Path

IDS = ("c9", "c1", "c5")
STUDY = Study(id="fees", change=Change(name=Wording(zh="收费"), statement=Wording(zh="平台收费")))


def answer(item: str, at: int, **other: Any) -> dict[str, Any]:
    plain = {
        "item": item,
        "what": "judged",
        "stance": "concern",
        "codes": [0, 1, 1],
        "unsure": True,
        "note": "反语\x00",
    }
    return {**plain, "seconds": 500.5, "at": at, **other}


def result(**other: Any) -> dict[str, Any]:
    skipped = answer("c1", 10, what="skipped", stance=None, codes=[0, 0, 0], unsure=False, note="", seconds=None)
    sample = {"digest": digest_of(IDS), "ids": list(IDS)}
    facts = {"format": "minyi-labels", "version": 1, "study": "fees", "target": "平台收费", "codebook": "1"}
    return {**facts, "sample": sample, "coder": " Ann ", "judgements": [answer("c9", 20), skipped], **other}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "minyi-labels-Ann-fees.json"
    path.write_text(json.dumps(result(), ensure_ascii=False), encoding="utf-8-sig")
    return path


def refused(path: Path, content: Any) -> KitResultError:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(KitResultError) as error:
        read_kit_result(path)
    return error.value


def test_a_result_gives_judgements_in_the_order_they_were_made(written: Path) -> None:
    read = read_kit_result(written)
    assert (read.coder, list(read.by_id)) == ("Ann", ["c1", "c9"])
    assert read.judgements_for(STUDY, {"c9": 9, "c1": 1, "c5": 5, "c7": 7}) == [
        Judgement(1, "skipped", origin="kit"),
        Judgement(9, "judged", Stance.CONCERN, (0, 1, 1), unsure=True, note="反语", seconds=300.0, origin="kit"),
    ]


def test_everything_that_is_wrong_is_named(written: Path) -> None:
    wrong = result(version=2, judgements=[answer("c9", 1, stance="angry"), answer("c1", -1, codes=[1])], more=1)
    del wrong["study"]
    said = refused(written, wrong).problems
    for place in ("version", "study", "more", "judgements.0.stance", "judgements.1.codes", "judgements.1.at"):
        assert [line for line in said if line.startswith(place)], place


def test_a_sample_that_is_not_the_kits_is_refused(written: Path) -> None:
    cut = {"digest": digest_of(IDS), "ids": list(IDS[:2])}
    assert "not those that the kit held" in str(refused(written, result(sample=cut)))
    twice = {"digest": digest_of([*IDS, "c1"]), "ids": [*IDS, "c1"]}
    assert "not those that the kit held" in str(refused(written, result(sample=twice)))


def test_answers_to_other_comments_or_twice_to_one_are_refused(written: Path) -> None:
    said = refused(written, result(judgements=[answer("c8", 1), answer("c1", 2), answer("c1", 3)])).problems
    assert said == [
        "judgements: comment c8 is not in the kit's sample",
        "judgements: comment c1 is there 2 times",
    ]


@pytest.mark.parametrize("name", ["", " ", "\u200b"])
def test_a_result_of_nobody_is_refused(written: Path, name: str) -> None:
    assert refused(written, result(coder=name)).problems == ["coder: there is no name"]


def test_a_result_of_another_study_change_codebook_or_sample_is_not_imported(written: Path) -> None:
    read = read_kit_result(written)
    other = STUDY.model_copy(
        update={"id": "rent", "codebook": "2", "change": Change(name=Wording(), statement=Wording(en="Rent"))}
    )
    with pytest.raises(KitResultError) as error:
        read.judgements_for(other, {"c9": 9, "c1": 1})
    assert [line.split()[0] for line in error.value.problems] == ["study:", "target:", "codebook:", "comment"]
    assert "c5" in error.value.problems[3]


def test_many_problems_are_counted_and_some_are_shown(written: Path) -> None:
    error = refused(written, result(judgements=[answer(f"x{at}", at) for at in range(30)]))
    assert len(error.problems) == 30
    assert "and 22 more" in str(error)


def test_a_file_that_is_missing_or_far_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KitResultError, match="cannot be read"):
        read_kit_result(tmp_path / "nothing.json")
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    with pytest.raises(KitResultError, match="more than 64 MB"):
        read_kit_result(large)


@settings(max_examples=40)
@given(
    content=some.binary(max_size=200)
    | some.text(max_size=60).map(lambda text: json.dumps(result(coder=[text])).encode())
)
def test_no_file_breaks_the_reader(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    with pytest.raises(KitResultError):
        read_kit_result(path)


def test_deep_nesting_is_refused(written: Path) -> None:
    refused(written, b"[" * 200_000)
