"""The cascade: which comments the heavy coder is asked about, whose code counts, and how often both agree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from chat import ChatServer, answering, entry, status

from nlp.coders import UnknownCoderError, coder_names, get_coder
from nlp.coders.cascade import CascadeOptions
from nlp.coders.cascade import coder as cascade
from nlp.coders.cascade.coder import CascadeCoder
from nlp.coders.cascade.line import Line, Texts
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.options import CoderOptionsError, read_options
from nlp.coders.protocol import ABSTAINED, Coder, CoderSettings, Codes, Explanation, KeepsAccount, Plans, annotator
from nlp.examples import change_of
from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.nouns import Change

CHANGE = change_of("某市全面禁止摩托车通行")
WORDS = ["支持，早该禁了", "凭什么不让骑", "建议先给外卖员留条路", "关我什么事", "摩托车", "太好了", "再说吧", "堵死了"]
TEXTS = [f"{word}{n}" for n in range(30) for word in WORDS]


class Heavy:
    """Says suggestion to everything, but nothing to what holds a "7"; remembers what it was asked."""

    name, version = "heavy:m", "1"
    held_out: Mapping[str, Mapping[str, float]] = {}

    def __init__(self) -> None:
        self.asked: list[str] = []

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:  # noqa: ARG002  a coder's signature
        assert evidence is not None
        assert len(evidence) == len(texts)
        self.asked += texts
        scores = np.tile(np.array([0.0, 0.0, 1.0, 0.0], np.float32), (len(texts), 1))
        primary = np.full(len(texts), 2, np.int8)
        silent = ["7" in text for text in texts]
        scores[silent], primary[silent] = np.nan, ABSTAINED
        return Codes(scores, primary)

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:  # noqa: ARG002  the same
        return Explanation(Stance.SUGGESTION, (0, 0, 1, 0), (), annotator(self))


class Kept(dict[bytes, bytes]):
    """A memory that outlives a coder."""

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {key: self[key] for key in keys if key in self}

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        for key, answer in answers.items():
            self.setdefault(key, answer)


def made(memory: Kept | None = None, **options: Any) -> tuple[CascadeCoder, Heavy]:
    heavy = Heavy()
    return CascadeCoder(heavy, read_options(CascadeOptions, {"sample": 0, **options}), memory), heavy


def planned(texts: Sequence[str] = TEXTS, /, memory: Kept | None = None, **options: Any) -> tuple[CascadeCoder, Heavy]:
    coder, heavy = made(memory, **options)
    half = len(texts) // 2
    coder.plan([(part, [None] * len(part)) for part in (texts[:half], texts[half:])], CHANGE)
    return coder, heavy


def margins(texts: Sequence[str]) -> dict[str, float]:
    best = np.sort(EmbeddedCoder().code(texts, CHANGE).scores, axis=1)
    return dict(zip(texts, (best[:, -1] - best[:, -2]).tolist(), strict=True))


# Who is asked


def test_the_heavy_coder_is_asked_about_the_share_with_the_smallest_margins() -> None:
    coder, heavy = planned(share=0.1)
    coder.code(TEXTS, CHANGE)
    assert len(heavy.asked) == len(set(heavy.asked)) == 24
    by_text = margins(TEXTS)
    assert max(by_text[text] for text in heavy.asked) <= min(by_text[text] for text in set(TEXTS) - {*heavy.asked})
    assert [by_text[text] for text in heavy.asked] == sorted(by_text[text] for text in heavy.asked)


@pytest.mark.parametrize(
    ("bounds", "asked"),
    [
        ({}, 24),
        ({"texts": 7}, 7),
        ({"share": 0.1, "texts": 900}, 24),
        ({"share": 0.5, "texts": 30}, 30),
        ({"share": 1}, 240),
    ],
)
def test_all_bounds_hold_and_a_tenth_where_none_is_given(bounds: dict[str, Any], asked: int) -> None:
    coder, heavy = planned(**bounds)
    coder.code(TEXTS, CHANGE)
    assert len(heavy.asked) == asked


def test_a_stated_margin_is_a_rule_for_each_comment_by_itself() -> None:
    by_text = margins(TEXTS)
    at = sorted(by_text.values())[50]
    expected = {text for text, margin in by_text.items() if margin <= at}
    together, alone = made(margin=at), made(margin=at)
    together[0].code(TEXTS, CHANGE)
    for text in TEXTS[::7]:
        alone[0].code([text], CHANGE)
    assert set(together[1].asked) == expected
    assert set(alone[1].asked) == expected & {*TEXTS[::7]} != set()


def test_comments_of_equal_margin_do_not_pass_the_bound() -> None:
    texts = Texts(np.full(40, 0.5, np.float32), np.arange(40) * 3, np.arange(40)[::-1])
    line = Line.around(texts, uncertain=10, sample=7)
    assert (line.uncertain(texts).sum(), line.sampled(texts).sum()) == (10, 7)


def test_equal_comments_are_asked_about_once_and_coded_alike() -> None:
    coder, heavy = planned(TEXTS * 2, share=0.1)
    codes = coder.code(TEXTS * 2, CHANGE)
    assert len(heavy.asked) == 24
    assert codes.scores[: len(TEXTS)].tobytes() == codes.scores[len(TEXTS) :].tobytes()


def test_a_quote_with_another_clause_is_another_comment() -> None:
    coder, heavy = made(share=1)
    coder.code(["要慎重"] * 3, CHANGE, ["表示支持", "表示担忧", "表示支持"])
    assert heavy.asked == ["要慎重"] * 2


def test_codes_depend_on_neither_order_nor_batch_once_the_line_is_drawn() -> None:
    whole = planned(share=0.3)[0].code(TEXTS, CHANGE)
    pieces = planned(TEXTS[::-1], share=0.3)[0]
    parts = [pieces.code(TEXTS[at : at + 7], CHANGE).scores for at in range(0, len(TEXTS), 7)]
    backwards = planned(share=0.3)[0].code(TEXTS[::-1], CHANGE).scores[::-1]
    assert whole.scores.tobytes() == np.concatenate(parts).tobytes() == backwards.tobytes()


def test_without_a_plan_the_comments_given_are_all() -> None:
    coder, heavy = made(share=0.1)
    coder.code(TEXTS[:40], CHANGE)
    assert len(heavy.asked) == 4
    assert coder.code([], CHANGE).scores.shape == (0, len(STANCES))


# Whose code counts


def test_the_heavy_code_counts_where_there_is_one_and_the_embedded_elsewhere() -> None:
    coder, heavy = planned(share=0.5)
    codes, plain = coder.code(TEXTS, CHANGE), EmbeddedCoder().code(TEXTS, CHANGE)
    answered = np.array([text in heavy.asked and "7" not in text for text in TEXTS])
    assert 0 < answered.sum() < len(heavy.asked)
    assert (codes.primary[answered] == 2).all()
    assert codes.scores[~answered].tobytes() == plain.scores[~answered].tobytes()
    assert not codes.abstained.any()
    assert (codes.primary == codes.scores.argmax(1)).all()


def test_reasons_come_from_the_coder_whose_code_counts() -> None:
    coder, heavy = planned(share=0.5)
    coder.code(TEXTS, CHANGE)
    asked = next(text for text in heavy.asked if "7" not in text)
    silent = next(text for text in heavy.asked if "7" in text)
    sure = next(text for text in TEXTS if text not in heavy.asked)
    said = {text: coder.explain(text, CHANGE) for text in (asked, silent, sure)}
    assert said[asked].scores == (0, 0, 1, 0)
    for text in (silent, sure):
        assert said[text].reasons == EmbeddedCoder().explain(text, CHANGE).reasons
    assert {explanation.annotator for explanation in said.values()} == {annotator(coder)}
    assert made(share=0.5)[0].explain(asked, CHANGE).scores != (0, 0, 1, 0)  # no line, nobody is asked


# The random sample


def test_the_random_sample_is_asked_about_too_and_measures_agreement() -> None:
    coder, heavy = planned(texts=1, sample=40)
    coder.code(TEXTS[:100], CHANGE)
    coder.code(TEXTS, CHANGE)  # asked again, counted once
    counts = coder.account().counts
    assert set(map(type, counts.values())) <= {int, list}
    assert counts["distinct"] == 240
    assert 40 <= counts["asked"] <= 41
    answered = [text for text in dict.fromkeys(heavy.asked) if "7" not in text]
    assert counts["answered"] == len(answered)
    agreed = (EmbeddedCoder().code(answered, CHANGE).primary == 2).sum()
    assert counts["agreed"] == agreed
    assert counts["sample_answered"] in {len(answered), len(answered) - 1}
    assert str(counts["sample_answered"]) in coder.account().notes[0]


def test_another_seed_draws_another_sample_and_the_same_seed_the_same() -> None:
    drawn = []
    for seed in (0, 0, 1):
        coder, heavy = planned(texts=1, sample=40, seed=seed)
        coder.code(TEXTS, CHANGE)
        drawn.append(set(heavy.asked))
    assert drawn[0] == drawn[1]
    assert len(drawn[0] & drawn[2]) < 30


# From run to run


def test_a_line_around_many_comments_is_kept_for_later_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade, "LASTING", 240)
    memory = Kept()
    first, heavy = planned(memory=memory, share=0.5, sample=30)
    first.code(TEXTS, CHANGE)
    later = TEXTS[:60]
    again, asked = planned(later, memory=memory, share=0.5, sample=30)
    assert again.code(later, CHANGE).scores.tobytes() == first.code(later, CHANGE).scores.tobytes()
    assert set(asked.asked) == {*heavy.asked} & {*later}
    assert made(memory, share=0.5, sample=30)[0].explain(asked.asked[0], CHANGE).annotator == annotator(first)


def test_a_kept_line_passes_no_bound_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade, "LASTING", 240)
    memory = Kept()
    planned(memory=memory, texts=5, sample=5)
    coder, heavy = planned([f"{text}!" for text in TEXTS], memory=memory, texts=5, sample=5)
    coder.code([f"{text}!" for text in TEXTS], CHANGE)
    assert 5 <= len(heavy.asked) <= 10


def test_a_line_around_few_comments_is_not_kept_and_a_damaged_one_is_drawn_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = Kept()
    planned(memory=memory, share=0.5)
    assert not memory
    monkeypatch.setattr(cascade, "LASTING", 240)
    planned(memory=memory, share=0.5)
    memory.update(dict.fromkeys(memory, b"?"))
    coder, heavy = planned(memory=memory, share=0.5)
    coder.code(TEXTS, CHANGE)
    assert len(heavy.asked) == 120


def test_a_line_reads_back_as_it_was_kept() -> None:
    texts = Texts(np.array([0.1, 0.3, 0.2], np.float32), np.array([5, 6, 7]), np.array([9, 8, 10]))
    line = Line.around(texts, uncertain=2, sample=1)
    assert (line.uncertain(texts).tolist(), line.sampled(texts).tolist()) == ([True, False, True], [False, True, False])
    kept = Line.from_bytes(line.to_bytes())
    assert kept is not None
    assert kept.uncertain(texts).tolist() == line.uncertain(texts).tolist()


# By name, with a real heavy coder


@pytest.fixture
def server(chat_server: ChatServer) -> ChatServer:
    return chat_server


def settings(server: ChatServer, **options: Any) -> CoderSettings:
    heavy = {"endpoint": server.url, "budget": {"requests": 60}, "concurrency": 1}
    return CoderSettings({"share": 0.05, "sample": 10, "heavy": heavy, **options})


def test_a_study_names_the_heavy_coder_after_the_cascade(server: ChatServer) -> None:
    assert "cascade:CODER" in coder_names()
    coder = get_coder("cascade:llm:qwen2.5", settings(server))
    assert isinstance(coder, Coder)
    assert isinstance(coder, KeepsAccount)
    assert isinstance(coder, Plans)
    assert coder.name == "cascade:llm:qwen2.5"
    server.otherwise = answering(entry(1, "suggestion"))
    codes = coder.code(TEXTS, CHANGE)
    said = [codes.stance(TEXTS.index(text)).value for text in server.texts]
    assert 12 <= len(said) <= 22
    assert set(said) == {"suggestion"}
    counts = coder.account().counts
    assert counts["heavy"]["answered"] == counts["asked"] == len(said)
    assert json.dumps(counts)


def test_where_the_heavy_coder_gives_out_the_embedded_one_counts_and_it_is_said(server: ChatServer) -> None:
    coder = get_coder("cascade:llm:qwen2.5", settings(server))
    server.otherwise = status(401)
    codes = coder.code(TEXTS, CHANGE)
    assert codes.scores.tobytes() == EmbeddedCoder().code(TEXTS, CHANGE).scores.tobytes()
    assert isinstance(coder, KeepsAccount)
    assert "401" in coder.account().failures[0].what


@pytest.mark.parametrize("name", ["cascade:embedded", "cascade:cascade:llm:x"])
def test_it_takes_a_heavier_coder_only(server: ChatServer, name: str) -> None:
    with pytest.raises(UnknownCoderError, match="no heavier"):
        get_coder(name, settings(server))


def test_what_is_wrong_with_the_heavy_coder_is_said_where_it_stands(server: ChatServer) -> None:
    with pytest.raises(CoderOptionsError, match=r"heavy\.budget"):
        get_coder("cascade:llm:x", CoderSettings({"heavy": {"endpoint": server.url}}))
    with pytest.raises(CoderOptionsError, match=r"heavy\.endpoint"):
        get_coder("cascade:llm:x", CoderSettings({}))
    with pytest.raises(CoderOptionsError, match="share"):
        get_coder("cascade:llm:x", settings(server, share=2))
    with pytest.raises(UnknownCoderError):
        get_coder("cascade:oracle:x", settings(server))


def test_other_bounds_and_another_heavy_coder_are_other_annotators(server: ChatServer) -> None:
    names = {
        annotator(made(**options)[0]) for options in ({}, {"share": 0.2}, {"texts": 5}, {"sample": 9}, {"seed": 4})
    }
    assert len(names) == 5
    one, two = (annotator(get_coder(f"cascade:llm:{model}", settings(server))) for model in ("a/b", "a.b"))
    assert one.split("@")[1] != two.split("@")[1]
