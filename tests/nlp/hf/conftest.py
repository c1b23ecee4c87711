"""Tiny models of the real libraries, made on the spot: two layers, sixteen numbers, a few characters."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [*"支持反对担忧建议好坏的不，。！？这条评论件事：", "good", "bad", "plan", "the"]
STANCE_LABELS = ("support", "concern", "suggestion", "neutral")
NLI_LABELS = ("entailment", "neutral", "contradiction")


class Remembering(dict[bytes, bytes]):
    """A memory that ends with the test; it counts how often it was asked to keep something."""

    kept = 0

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {key: self[key] for key in keys if key in self}

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        self.kept += 1
        for key, answer in answers.items():
            self.setdefault(key, answer)


@pytest.fixture
def memory() -> Remembering:
    return Remembering()


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    """A folder with a model's files that nothing can run: enough for what is checked before loading."""

    def write(name: str = "model", **config: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        said = {
            "architectures": ["BertForSequenceClassification"],
            "id2label": dict(enumerate(STANCE_LABELS)),
            "max_position_embeddings": 64,
        } | config
        (folder / "config.json").write_text(json.dumps(said))
        (folder / "tokenizer.json").write_text("{}")
        header = json.dumps({"head": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(16))
        return folder

    return write


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a model with these labels; the same model for the same wishes."""
    missing = "the extra `transformers` is not installed"
    needed = ("transformers", "torch", "onnx", "onnxruntime")
    transformers, torch, *_ = (pytest.importorskip(name, reason=missing) for name in needed)
    torch.set_num_threads(1)  # on busy processors threads wait for each other
    made: dict[str, Path] = {}

    def make(labels: Sequence[str] = STANCE_LABELS, seed: int = 0, types: bool = True, **config: Any) -> Path:
        wish = json.dumps([labels, seed, types, config])
        if wish not in made:
            made[wish] = tmp_path_factory.mktemp("tiny")
            _tokenizer(transformers, types).save_pretrained(made[wish])
            torch.manual_seed(seed)
            settings = transformers.BertConfig(
                vocab_size=len(SPECIAL + LETTERS),
                hidden_size=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=32,
                max_position_embeddings=64,
                initializer_range=0.5,
                id2label=dict(enumerate(labels)),
                **config,
            )
            transformers.utils.logging.disable_progress_bar()
            transformers.BertForSequenceClassification(settings).save_pretrained(made[wish])
        return made[wish]

    return make


def _tokenizer(transformers: Any, types: bool) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {token: number for number, token in enumerate(SPECIAL + LETTERS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=64,
        model_input_names=["input_ids", *(["token_type_ids"] if types else []), "attention_mask"],
        **{f"{name}_token": token for name, token in names.items()},
    )
