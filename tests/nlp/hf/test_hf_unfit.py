"""A folder whose parts do not belong together is refused in words that name it, and none of its code is run."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from nlp.coders import get_coder
from nlp.coders.hf.folder import ModelFolderError
from nlp.coders.protocol import CoderSettings
from nlp.examples import change_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nlp.coders.protocol import Coder

pytestmark = pytest.mark.transformers

CHANGE = change_of("某市全面禁止摩托车通行")
NLI = ("entailment", "neutral", "contradiction")


def coder(folder: Path) -> Coder:
    return get_coder(f"hf:{folder}", CoderSettings({}, None, None))


def test_weights_of_another_model_are_refused(tiny: Callable[..., Path], tmp_path: Path) -> None:
    folder = shutil.copytree(tiny(), tmp_path / "mixed")
    shutil.copyfile(tiny(NLI) / "model.safetensors", folder / "model.safetensors")
    with pytest.raises(ModelFolderError) as raised:
        coder(folder).code(["支持"], CHANGE)
    assert str(folder) in raised.value.where
    shutil.copyfile(tiny() / "model.safetensors", folder / "model.safetensors")
    config = (folder / "config.json").read_text().replace('"num_hidden_layers": 2', '"num_hidden_layers": 3')
    (folder / "config.json").write_text(config)
    with pytest.raises(ModelFolderError, match="lack"):
        coder(folder).code(["支持"], CHANGE)


def test_code_in_the_folder_is_not_run(tiny: Callable[..., Path], tmp_path: Path) -> None:
    folder = shutil.copytree(tiny(), tmp_path / "custom")
    (folder / "own.py").write_text("raise SystemExit('this was run')")
    own = '"model_type": "own", "auto_map": {"AutoConfig": "own.C", "AutoModelForSequenceClassification": "own.M"}'
    config = (folder / "config.json").read_text().replace('"model_type": "bert"', own)
    (folder / "config.json").write_text(config)
    with pytest.raises(ModelFolderError, match="cannot load"):
        coder(folder).code(["支持"], CHANGE)


def test_a_tokenizer_that_is_damaged_is_named(tiny: Callable[..., Path], tmp_path: Path) -> None:
    folder = shutil.copytree(tiny(), tmp_path / "damaged")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelFolderError, match="tokenizer"):
        coder(folder).code(["支持"], CHANGE)


def test_a_model_without_its_tokenizer_is_refused(tiny: Callable[..., Path], tmp_path: Path) -> None:
    folder = shutil.copytree(tiny(), tmp_path / "bare")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    with pytest.raises(ModelFolderError, match="holds no tokenizer"):
        coder(folder).code(["支持"], CHANGE)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"pad_token_id": 99_999}, "cannot load this model"),
        ({"max_position_embeddings": 128}, "sizes that config.json states"),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}, "cannot load this model"),
    ],
)
def test_a_configuration_that_does_not_fit_the_weights_is_named(
    tiny: Callable[..., Path], tmp_path: Path, config: dict[str, Any], says: str
) -> None:
    folder = shutil.copytree(tiny(), tmp_path / "unfit")
    said = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(said | config))
    with pytest.raises(ModelFolderError, match=says):
        coder(folder).code(["支持"], CHANGE)


def test_a_tokenizer_with_more_words_than_the_model_is_refused(tiny: Callable[..., Path], tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = shutil.copytree(tiny(), tmp_path / "few")
    weights = load_file(folder / "model.safetensors")
    words = "bert.embeddings.word_embeddings.weight"
    save_file(weights | {words: weights[words][:5].copy()}, folder / "model.safetensors", {"format": "pt"})
    said = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(said | {"vocab_size": 5}))
    with pytest.raises(ModelFolderError, match="more words than the 5"):
        coder(folder).code(["支持"], CHANGE)
