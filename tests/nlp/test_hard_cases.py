"""The suite of hard cases: it keeps the codebook, nothing is trained on it, and its published rates are of today."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nlp.coders.embedded import EmbeddedCoder
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

REPOSITORY = Path(__file__).parent.parent.parent
SUITE = REPOSITORY / "benchmarks" / "hard_cases"
ROOMS = ("nlp", "minyi", "storage", "scrapers", "reports", "tests", "benchmarks", "docs")
PHENOMENA = {
    "sarcasm",
    "negation",
    "rhetorical_question",
    "contrast",
    "homophones",
    "emoji",
    "reported_speech",
    "mixed_language",
}
CASES: list[dict[str, Any]] = [
    json.loads(line) for path in sorted(SUITE.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
]
SHORTEST = 6
"""Characters of a text that nobody else would write by chance; two emoji are nobody's sentence."""


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hard_cases", REPOSITORY / "benchmarks" / "hard_cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hard_cases"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def spelled_alike(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def test_every_phenomenon_has_at_least_sixty_cases_in_a_file_of_its_name() -> None:
    counts = Counter(case["phenomenon"] for case in CASES)
    assert set(counts) == PHENOMENA == {path.stem for path in SUITE.glob("*.jsonl")}
    assert min(counts.values()) >= 60
    assert all(case["id"].startswith(f"{case['phenomenon']}-") for case in CASES)


def test_ids_and_texts_are_unique() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert len({spelled_alike(case["text"]) for case in CASES}) == len(CASES)


def keeps_the_codebook(case: dict[str, Any]) -> bool:
    codes = {name: case[name] for name in ("support", "concern", "suggestion")}
    known = {*codes.values(), case["unsure"]} <= {0, 1} and case["lang"] in {"zh", "zh-Hant", "en"}
    return known and (codes.get(case["primary"]) == 1 if any(codes.values()) else case["primary"] == "neutral")


def test_labels_keep_the_codebook() -> None:
    assert [case["id"] for case in CASES if not keeps_the_codebook(case)] == []


def test_a_set_turns_the_stance_of_one_change() -> None:
    sets = defaultdict(list)
    for case in CASES:
        if "pair" in case:
            sets[case["pair"]].append(case)
    for members in sets.values():
        assert len({case["primary"] for case in members}) > 1
        assert len({(case["change"], case["phenomenon"], case["lang"]) for case in members}) == 1
    assert sum(map(len, sets.values())) >= 0.45 * len(CASES)


def test_no_single_answer_scores_well() -> None:
    for phenomenon in PHENOMENA:
        primaries = Counter(case["primary"] for case in CASES if case["phenomenon"] == phenomenon)
        assert len(primaries) == len(STANCES)
        assert max(primaries.values()) <= 0.36 * primaries.total()


def test_changes_and_languages_are_many() -> None:
    languages = Counter(case["lang"] for case in CASES)
    assert len({case["change"] for case in CASES}) >= 25
    assert 0.65 < 1 - languages["en"] / len(CASES) < 0.8
    assert languages["zh-Hant"] >= 50


def data_files() -> Iterator[Path]:
    endings = (".jsonl", ".txt", ".csv", ".jsonl.gz", ".txt.gz", ".csv.gz")
    for room in ROOMS:
        for path in (REPOSITORY / room).rglob("*"):
            if path.name.endswith(endings) and path.is_file() and SUITE not in path.parents:
                yield path


def sentences(path: Path) -> Iterator[str]:
    """Every string of a row, or the line itself: also without the letters that lead a line of a `.txt` file."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in raw.decode("utf-8", errors="replace").split("\n"):
        if ".jsonl" in path.name and line.startswith("{"):
            yield from (value for value in json.loads(line).values() if isinstance(value, str))
        else:
            yield from (line, line.partition(" ")[2])
            yield from line.split(",")


def test_nothing_in_the_repository_that_could_be_trained_on_holds_a_case() -> None:
    cases = {alike: case["id"] for case in CASES if len(alike := spelled_alike(case["text"])) >= SHORTEST}
    paths = list(data_files())
    assert {"comments.jsonl", "written.jsonl"} <= {path.name for path in paths}
    found = [
        (path.name, cases[alike])
        for path in paths
        for sentence in sentences(path)
        if (alike := spelled_alike(sentence)) in cases
    ]
    assert found == []


def test_no_room_reads_the_suite() -> None:
    for room in ("nlp", "minyi", "storage", "scrapers", "reports"):
        for path in (REPOSITORY / room).rglob("*.py"):
            assert "hard_cases" not in path.read_text("utf-8"), path


def test_the_published_rates_are_of_the_shipped_coder_and_this_suite(bench: ModuleType) -> None:
    results = (SUITE / "RESULTS.md").read_text("utf-8")
    remedy = "run `python benchmarks/hard_cases.py --write`"
    assert f"`embedded@{EmbeddedCoder().version}`" in results, remedy
    assert f"`{bench.suite_digest()}`" in results, remedy


def test_a_rate_comes_with_wilsons_interval(bench: ModuleType) -> None:
    assert str(bench.Rate(8, 10)) == "0.80 [0.49, 0.94]"  # Newcombe 1998's formula by hand: 0.490 to 0.943
    assert bench.Rate(0, 0).interval == (0.0, 1.0)
    assert bench.Rate(0, 5).interval[0] == 0.0


def test_a_set_is_right_only_when_every_member_is(bench: ModuleType) -> None:
    cases = [case for case in bench.read_cases() if case.pair == "negation-p01"]
    coding = bench.Coding("", cases, *2 * [bench.Coding("", cases, None, None).labels])
    assert str(coding.sets(coding.labels)) == str(bench.Rate(1, 1))
    one_wrong = coding.labels.copy()
    one_wrong[0] = -1
    assert str(coding.sets(one_wrong)) == str(bench.Rate(0, 1))


def test_words_only_reads_no_order(bench: ModuleType) -> None:
    assert bench.words_only(["支持", "反对", "建议延长", "今天星期二"]).tolist() == [0, 1, 2, 3]
    one, other = bench.words_only(["方便，可是太贵", "太贵，可是方便"])
    assert one == other
