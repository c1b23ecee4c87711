"""The `hf:` coder on real torch and transformers, with tiny models made for the test."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nlp.coders import get_coder
from nlp.coders.hf.batches import OutOfMemoryError
from nlp.coders.hf.folder import ModelFolderError, open_folder
from nlp.coders.hf.runtimes import DeviceError, TorchRuntime
from nlp.coders.protocol import ABSTAINED, Coder, CoderSettings, KeepsAccount, annotator
from nlp.examples import change_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.transformers

CHANGE = change_of("某市全面禁止摩托车通行")
NLI = ("entailment", "neutral", "contradiction")
PIECES = ["支持", "反对，", "建议好的。", "坏！", "good plan ", "the bad "]
TEXTS = [
    "支持，好的",
    "反对，坏的不好",
    "",
    "建议好的。" * 3,
    "关我什么事",
    "good plan",
    "the bad plan, the bad plan",
    *("".join(PIECES[(at * step) % 6] for at in range(step)) for step in range(1, 12)),
]


def coder(folder: Path, memory: Any = None, **options: Any) -> Coder:
    return get_coder(f"hf:{folder}", CoderSettings(options, None, memory))


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of every forward pass of torch."""
    rows: list[int] = []
    logits = TorchRuntime.logits
    monkeypatch.setattr(TorchRuntime, "logits", lambda self, batch: rows.append(len(batch)) or logits(self, batch))
    return rows


@pytest.fixture(params=["classifier", "pair", "target first", "multi-label", "zero-shot"])
def made(request: pytest.FixtureRequest, tiny: Callable[..., Path]) -> tuple[Path, dict[str, Any]]:
    """A model and the options it needs."""
    match request.param:
        case "zero-shot":
            return tiny(NLI), {}
        case "multi-label":
            return tiny(problem_type="multi_label_classification"), {}
        case "classifier":
            return tiny(), {}
        case _:
            return tiny(), {"pair": request.param == "pair" or request.param}


def test_it_is_a_coder_like_the_others(made: tuple[Path, dict[str, Any]]) -> None:
    found = coder(made[0], **made[1])
    codes = found.code(TEXTS, CHANGE)
    assert isinstance(found, Coder)
    assert isinstance(found, KeepsAccount)
    assert (codes.scores.dtype, codes.scores.shape) == (np.float32, (len(TEXTS), len(STANCES)))
    np.testing.assert_allclose(codes.scores.sum(1), 1, atol=1e-5)
    assert (codes.primary == codes.scores.argmax(1)).all()
    assert found.code([], CHANGE).scores.shape == (0, len(STANCES))
    assert found.code([], CHANGE, []).primary.dtype == np.int8


def test_scores_are_the_same_bits_in_any_company_and_every_time(made: tuple[Path, dict[str, Any]]) -> None:
    found = coder(made[0], **made[1])
    together = found.code(TEXTS, CHANGE).scores
    alone = np.concatenate([found.code([text], CHANGE).scores for text in TEXTS])
    backwards = found.code(TEXTS[::-1], CHANGE).scores[::-1]
    again = coder(made[0], **made[1]).code(TEXTS * 3, CHANGE).scores[-len(TEXTS) :]
    assert together.tobytes() == alone.tobytes() == backwards.tobytes() == again.tobytes()
    assert len(np.unique(together, axis=0)) > len(TEXTS) // 2  # the model does look at the text


@pytest.mark.parametrize("types", [True, False])
def test_it_answers_as_transformers_itself(tiny: Callable[..., Path], types: bool) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = tiny(types=types)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        expected = [model(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0].numpy() for text in TEXTS]
        beside = model(**tokenizer("支持", CHANGE.target, return_tensors="pt")).logits.softmax(-1).numpy()
    np.testing.assert_allclose(coder(folder).code(TEXTS, CHANGE).scores, expected, atol=1e-5)
    np.testing.assert_allclose(coder(folder, pair=True).code(["支持"], CHANGE).scores, beside, atol=1e-5)


def test_equal_texts_are_asked_once(tiny: Callable[..., Path], passes: list[int]) -> None:
    coder(tiny()).code(["支持"] * 500, CHANGE)
    assert len(passes) == 1


def test_labels_of_one_stance_add_up(tiny: Callable[..., Path]) -> None:
    folder = tiny(["like", "praise", "dislike", "rest"])
    plain = {"like": "support", "praise": "concern", "dislike": "suggestion", "rest": "neutral"}
    both = {"like": "support", "praise": "support", "dislike": "concern", "rest": "neutral"}
    apart, added = (coder(folder, labels=labels).code(TEXTS, CHANGE).scores for labels in (plain, both))
    np.testing.assert_allclose(added[:, 0], apart[:, 0] + apart[:, 1], atol=1e-6)
    np.testing.assert_allclose(added[:, 1:], np.stack([apart[:, 2], np.zeros(len(TEXTS)), apart[:, 3]], 1), atol=1e-6)


def test_a_label_of_no_stance_makes_it_abstain(tiny: Callable[..., Path], memory: Any) -> None:
    plain = {stance.value: stance.value for stance in STANCES}
    apart = coder(tiny(), memory).code(TEXTS, CHANGE)
    some = coder(tiny(), memory, labels=plain | {"concern": "none"})
    codes = some.code(TEXTS, CHANGE)
    assert (codes.abstained == (apart.primary == 1)).all()
    assert 0 < codes.abstained.sum() < len(TEXTS)
    assert np.isnan(codes.scores[codes.abstained]).all()
    np.testing.assert_allclose(codes.scores[~codes.abstained].sum(1), 1, atol=1e-6)
    assert some.account().counts["unusable"] == 0
    with pytest.raises(ValueError, match="abstained"):
        codes.stance(int(codes.abstained.argmax()))


def test_a_quote_is_read_with_the_clause_that_reports_it(tiny: Callable[..., Path]) -> None:
    found = coder(tiny())
    quoted = found.code(["支持", "支持", "好的"], CHANGE, ["反对，", None, "the bad plan"]).scores
    written = found.code(["反对，：“支持”", "支持", "the bad plan: “好的”"], CHANGE).scores
    assert quoted.tobytes() == written.tobytes()


def test_a_second_run_asks_nothing(tiny: Callable[..., Path], memory: Any, passes: list[int]) -> None:
    first = coder(tiny(), memory).code(TEXTS, CHANGE)
    asked = len(passes)
    later = coder(tiny(), memory)
    again = later.code([*TEXTS[::-1], "建议"], CHANGE)
    assert asked > 1
    assert len(passes) == asked + 1
    assert again.scores[:-1].tobytes() == first.scores[::-1].tobytes()
    assert dict(later.account().counts) == {"asked": 1, "known": len(set(TEXTS)), "shortened": 0, "unusable": 0}


@pytest.mark.parametrize("other", ["model", "labels", "target", "pair"])
def test_answers_are_kept_for_this_model_map_and_target_alone(
    tiny: Callable[..., Path], memory: Any, passes: list[int], other: str
) -> None:
    options = {"pair": True}
    coder(tiny(), memory, **options).code(["支持"], CHANGE)
    if other == "labels":
        options["labels"] = {"support": "concern", "concern": "support", "suggestion": "none", "neutral": "neutral"}
    if other == "pair":
        options["pair"] = "target first"
    change = change_of("某市开放摩托车通行") if other == "target" else CHANGE
    coder(tiny(seed=1 if other == "model" else 0), memory, **options).code(["支持"], change)
    assert len(passes) == 2


def test_a_run_that_stops_midway_keeps_what_it_had(
    tiny: Callable[..., Path], memory: Any, passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = TorchRuntime.logits

    def stop(self: TorchRuntime, batch: Any) -> Any:
        if len(passes) == 2:
            raise KeyboardInterrupt
        return counted(self, batch)

    monkeypatch.setattr(TorchRuntime, "logits", stop)
    with pytest.raises(KeyboardInterrupt):
        coder(tiny(), memory).code(TEXTS, CHANGE)
    monkeypatch.setattr(TorchRuntime, "logits", counted)
    later = coder(tiny(), memory)
    later.code(TEXTS, CHANGE)
    assert later.account().counts["known"] > 0
    assert later.account().counts["known"] + later.account().counts["asked"] == len(set(TEXTS))


def test_a_comment_that_is_too_long_is_read_at_both_ends(tiny: Callable[..., Path]) -> None:
    found = coder(tiny())
    middles = ["坏" * 400, "好" * 500]
    begin, end = "支持，" * 6, "。建议好" * 12
    scores = found.code([begin + middle + end for middle in middles], CHANGE).scores
    assert scores[0].tobytes() == scores[1].tobytes()
    assert found.code([begin + middles[0]], CHANGE).scores[0].tobytes() != scores[0].tobytes()
    assert found.code(["反对，" * 6 + middles[0] + end], CHANGE).scores[0].tobytes() != scores[0].tobytes()
    account = found.account()
    assert account.counts["shortened"] == 4
    assert any("longer than 64 tokens" in note for note in account.notes)


def test_a_statement_that_leaves_no_room_is_an_error(tiny: Callable[..., Path]) -> None:
    with pytest.raises(ModelFolderError, match="leaves no room"):
        coder(tiny(), pair=True).code(["支持" * 40], change_of("反对" * 40))


def test_logits_that_are_no_numbers_are_no_answer(
    tiny: Callable[..., Path], memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = TorchRuntime.logits

    def broken(self: TorchRuntime, batch: Any) -> Any:
        found = logits(self, batch).copy()
        found[0, 1] = np.nan
        return found

    monkeypatch.setattr(TorchRuntime, "logits", broken)
    found = coder(tiny(), memory)
    codes = found.code(["支持", "反对", "支持"], CHANGE)
    assert codes.primary.tolist().count(ABSTAINED) == 2
    assert found.account().counts["unusable"] == 1
    assert any("no number" in note for note in found.account().notes)
    monkeypatch.setattr(TorchRuntime, "logits", logits)
    assert not coder(tiny(), memory).code(["支持", "反对"], CHANGE).abstained.any()


def test_a_batch_that_does_not_fit_is_halved(
    tiny: Callable[..., Path], passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import BertForSequenceClassification

    expected = coder(tiny()).code(TEXTS, CHANGE).scores
    forward = BertForSequenceClassification.forward

    def scarce(self: Any, *given: Any, **named: Any) -> Any:
        if len(named["input_ids"]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(self, *given, **named)

    monkeypatch.setattr(BertForSequenceClassification, "forward", scarce)
    passes.clear()
    found = coder(tiny()).code(TEXTS, CHANGE).scores
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert sum(rows > 3 for rows in passes) < 10  # it learns


def test_a_model_that_does_not_fit_at_all_is_an_error(
    tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import BertForSequenceClassification

    def full(*_given: Any, **_named: Any) -> Any:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(BertForSequenceClassification, "forward", full)
    with pytest.raises(OutOfMemoryError) as raised:
        coder(tiny()).code(["支持"], CHANGE)
    assert "max_tokens" in raised.value.remedy


def test_a_run_that_is_killed_keeps_what_is_older_than_a_moment(
    tiny: Callable[..., Path], memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    logits = TorchRuntime.logits
    monkeypatch.setattr(TorchRuntime, "logits", lambda self, batch: kept.append(memory.kept) or logits(self, batch))
    found = coder(tiny(), memory)
    assert found.version
    before = memory.kept
    found.code(TEXTS, CHANGE)
    assert memory.kept == before + 1  # at once: a write to the disk for every batch would cost more than the batch
    monkeypatch.setattr("nlp.coders.hf.coder.KEEP_EVERY_S", 0)
    found.code([text + "好" for text in TEXTS], CHANGE)
    assert kept[-1] > before + 2


@pytest.mark.parametrize("device", ["cuda", "cuda:7", "mps"])
def test_a_device_that_is_not_there_is_named(tiny: Callable[..., Path], device: str) -> None:
    import torch

    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("this machine has such a device")
    with pytest.raises(DeviceError, match=f'no device "{device}"'):
        coder(tiny(), device=device).code(["支持"], CHANGE)


def test_where_it_ran_is_said(tiny: Callable[..., Path]) -> None:
    found = coder(tiny(), device="cpu")
    assert found.account().notes == ()
    found.code(["支持"], CHANGE)
    assert found.account().notes == ("Ran by torch float32 on cpu.",)


def test_a_model_without_padding_is_read_row_by_row(tiny: Callable[..., Path], passes: list[int]) -> None:
    folder = tiny(pad_token_id=None)
    scores = coder(folder).code(TEXTS, CHANGE).scores
    assert set(passes) == {1}
    np.testing.assert_allclose(scores, coder(tiny()).code(TEXTS, CHANGE).scores, atol=1e-5)


def test_an_explanation_agrees_and_names_places(tiny: Callable[..., Path]) -> None:
    found = coder(tiny())
    text = "支持，好的。不反对，the bad plan！"
    explanation = found.explain(text, CHANGE)
    assert explanation.primary == found.code([text], CHANGE).stance(0)
    assert explanation.annotator == annotator(found)
    assert explanation.reasons
    for reason in explanation.reasons:
        assert len(reason.weights) == len(STANCES)
        assert all(text[start:end].strip() == reason.label for start, end in reason.spans)


def test_nothing_is_loaded_before_the_first_comment(tiny: Callable[..., Path]) -> None:
    program = (
        "import sys; from nlp.coders import get_coder; from nlp.coders.protocol import CoderSettings, annotator\n"
        "annotator(get_coder(sys.argv[1], CoderSettings()))\n"
        "print(sorted({'torch', 'transformers', 'tokenizers', 'onnxruntime'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program, f"hf:{tiny()}"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_folder_says_its_labels(tiny: Callable[..., Path]) -> None:
    assert open_folder(tiny(NLI)).labels == NLI
