"""The shipped coder: the codebook's plain cases, reporting clauses, the canonical case, and its file."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from nlp.coders.embedded import (
    CHUNK,
    EmbeddedCoder,
    Model,
    ModelError,
    evidence_shift,
    probabilities,
    shipped_model,
)
from nlp.examples import change_of
from nlp.features import WORDING, featurise
from storage.nouns import STANCES, Change, Wording

BAN = change_of("某市全面禁止摩托车通行")
SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SEED_CHANGE = Change(
    name=Wording(zh="芝麻信用700分以上关闭花呗借呗", en="Huabei and Jiebei closed for scores above 700"),
    statement=Wording(
        zh="支付平台对信用分700以上的用户关闭花呗、借呗",
        en="The payment platform shuts its credit lines for users with a credit score of more than 700",
    ),
)


@pytest.fixture(scope="module")
def coder() -> EmbeddedCoder:
    return EmbeddedCoder()


def stance(coder: EmbeddedCoder, text: str, change: Change = BAN, evidence: str | None = None) -> str:
    return coder.code([text], change, [evidence]).stance(0).value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("坚决支持禁摩，早就该管管了", "support"),
        ("支持，终于可以安心过马路了，感谢政府", "support"),
        ("凭什么一刀切，让我们怎么上班，太不讲理了", "concern"),
        ("反对！老百姓的生计怎么办？", "concern"),
        ("建议给外卖员发放通行证，设置过渡期", "suggestion"),
        ("能不能先把公交线路加密，再考虑限行", "suggestion"),
        ("无所谓，我又不骑车", "neutral"),
        ("请问这个规定从什么时候开始执行？", "neutral"),
    ],
)
def test_plain_cases_of_the_codebook(coder: EmbeddedCoder, text: str, expected: str) -> None:
    assert stance(coder, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I fully support this, long overdue and it makes our streets safer.", "support"),
        ("This is a terrible idea, ordinary people will suffer. Shame on them.", "concern"),
        ("They should phase it in and give riders an exemption for a year.", "suggestion"),
    ],
)
def test_plain_cases_in_english(coder: EmbeddedCoder, text: str, expected: str) -> None:
    assert stance(coder, text, change_of("A city bans motorcycles from its centre")) == expected


def test_traditional_characters_are_read_as_simplified(coder: EmbeddedCoder) -> None:
    simplified, traditional = coder.code(["强烈反对，扰民", "強烈反對，擾民"], BAN).scores
    assert simplified.tobytes() == traditional.tobytes()


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ("有网友表示支持", "support"),
        ("另一位网友表达了担忧", "concern"),
        ("还有网友提出建议", "suggestion"),
        ("有人表示无所谓", "neutral"),
        ("One resident expressed concern", "concern"),
        ("another welcomed the move", "support"),
        ("some put forward constructive suggestions", "suggestion"),
        ("he did not support the plan", "concern"),
        ("她并不支持", "concern"),
    ],
)
def test_a_reporting_clause_moves_the_score_to_its_stance(evidence: str, expected: str) -> None:
    shift = evidence_shift([evidence])[0]
    assert STANCES[int(shift.argmax())] == expected
    assert shift.max() > 0


@pytest.mark.parametrize("evidence", ["said", "网友表示", "", None, "he did not complain"])
def test_a_clause_that_takes_no_side_moves_nothing(evidence: str | None) -> None:
    assert not evidence_shift([evidence]).any()


def test_evidence_reaches_its_own_row_only(coder: EmbeddedCoder) -> None:
    texts = ["摩托车的事"] * 3
    plain = coder.code(texts, BAN).scores
    moved = coder.code(texts, BAN, [None, "表示支持", None]).scores
    assert (plain[[0, 2]] == moved[[0, 2]]).all()
    assert moved[1, 0] > plain[1, 0]


def test_evidence_is_among_the_reasons(coder: EmbeddedCoder) -> None:
    reasons = coder.explain("摩托车的事", BAN, "表示支持").reasons
    assert [reason.label for reason in reasons if reason.kind == "evidence"] == ["表示支持"]


def test_the_cue_that_decided_is_named_with_its_place(coder: EmbeddedCoder) -> None:
    text = "说实话，坚决支持"
    reasons = coder.explain(text, BAN).reasons
    cues = [reason for reason in reasons if reason.kind == "cue" and reason.label == "PRO"]
    assert cues
    assert text[slice(*cues[0].spans[0])] == "坚决支持"
    assert cues[0].weights[0] == max(cues[0].weights)


@pytest.mark.parametrize("text", ["支持禁摩，支持！", "I fully support this ban?", "凭什么一刀切，凭什么", "无所谓"])
def test_the_reasons_add_up_to_the_scores(coder: EmbeddedCoder, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("nlp.coders.embedded.REASONS", 10_000)
    explained = coder.explain(text, BAN)
    logits = np.sum([reason.weights for reason in explained.reasons], axis=0)
    logits += coder.model.bias * coder.model.temperature
    np.testing.assert_allclose(probabilities(logits[None])[0], explained.scores, atol=1e-5)


def test_words_the_model_never_saw_count_neither_way() -> None:
    known = featurise(["支持"], ("禁摩",))
    bins = np.sort(np.concatenate([block.bin for block in known.blocks if block.group == WORDING]))
    weights = np.tile(np.array([0.5, -0.25, 0], np.float16), (len(bins), 1))
    model = Model(bins.astype(np.uint32), weights, np.full(len(bins), 4, np.float16), np.zeros(4), 1.0)
    short, long = EmbeddedCoder(model).code(["支持", "、、、支持、、、"], BAN).scores
    assert short.tobytes() == long.tobytes()
    raised = np.exp(3 * np.array([0.5, -0.25, 0, -0.25]) / np.sqrt(12))
    np.testing.assert_allclose(short, raised / raised.sum(), rtol=1e-5)


def test_indifference_that_takes_no_side_is_neutral(coder: EmbeddedCoder) -> None:
    assert stance(coder, "It doesn't matter to me, I take the bus.", SEED_CHANGE) == "neutral"
    assert stance(coder, "关就关了，额度本来也不高", SEED_CHANGE) == "neutral"
    assert any(
        "indifference" in reason.label for reason in coder.explain("关就关了，额度本来也不高", SEED_CHANGE).reasons
    )


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "seed").is_dir(), reason="the data folder is not beside the repository")
@pytest.mark.parametrize(
    ("opening", "closing", "evidence", "expected"),
    [
        ("The credit score", "daily behavior.", "Some netizens expressed their support", "support"),
        ("Although I understand", "in the future.", "Another netizen expressed concern", "concern"),
        (
            "The credit system should be",
            "comprehensively evaluate.",
            "put forward constructive suggestions",
            "suggestion",
        ),
        ("it doesn't matter", "high and convenient.", "many netizens who said that", "neutral"),
    ],
)
def test_the_canonical_case(coder: EmbeddedCoder, opening: str, closing: str, evidence: str, expected: str) -> None:
    document = next(path for path in sorted((SHARED / "seed").iterdir()) if path.is_file()).read_text(encoding="utf-8")
    start = document.index(opening)
    quote = document[start : document.index(closing, start) + len(closing)]
    assert stance(coder, quote, SEED_CHANGE, evidence) == expected


def test_a_batch_longer_than_a_chunk_scores_like_its_parts(coder: EmbeddedCoder) -> None:
    texts = [f"第{number}条：支持禁摩" if number % 3 else "太麻烦了" for number in range(CHUNK // 5)]
    whole = coder.code(texts, BAN).scores
    assert (
        whole.tobytes()
        == np.concatenate([coder.code(texts[:5], BAN).scores, coder.code(texts[5:], BAN).scores]).tobytes()
    )


@pytest.mark.parametrize(
    "text", ["", "\0", "？" * 30_000, "哈" * 30_000, "\ud83d", "a" * 30_000, "\u202e支持", "👨‍👩‍👧‍👦"]
)
def test_odd_texts_are_coded_and_explained(coder: EmbeddedCoder, text: str) -> None:
    assert np.isfinite(coder.code([text], BAN).scores).all()
    assert coder.explain(text[:2000], BAN).scores


def test_the_shipped_model_knows_its_error_on_changes_it_never_saw() -> None:
    known = EmbeddedCoder().held_out
    assert set(known) == {"zh", "en"}
    assert all(0 < score["macro_f1"] < score["agreement"] + 0.1 < 1 and score["n"] > 50 for score in known.values())


def test_the_shipped_model_is_small_and_has_a_card() -> None:
    folder = files("nlp") / "model"
    assert sum(len(part.read_bytes()) for part in folder.iterdir() if part.is_file()) < 5_000_000
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert shipped_model().digest in card


def test_it_loads_without_a_training_library() -> None:
    code = (
        "import sys, nlp.coders.embedded as e; e.EmbeddedCoder(); "
        "sys.exit(any(name in sys.modules for name in ('scipy', 'sklearn', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_a_model_survives_being_written(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    shipped_model().save(path)
    assert Model.load(path).digest == shipped_model().digest


def test_a_model_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with path.open("wb") as target:
        np.savez(target, format=np.array(1))
    with pytest.raises(ModelError, match="another format"):
        Model.load(path)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_broken_model_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read"):
        Model.load(path)
