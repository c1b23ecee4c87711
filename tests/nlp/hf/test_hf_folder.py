"""What is checked before a model is loaded, and by what name its answers are kept. Needs no extra."""

from __future__ import annotations

import hashlib
import os
import struct
import sys
from typing import TYPE_CHECKING, Any

import pytest

from nlp.coders import get_coder
from nlp.coders.hf.folder import ModelFolderError, open_folder
from nlp.coders.hf.labels import ModelLabelsError
from nlp.coders.options import CoderOptionsError
from nlp.coders.protocol import CoderSettings, annotator
from storage.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nlp.coders.protocol import Coder


def coder(folder: Path, memory: Any = None, **options: Any) -> Coder:
    return get_coder(f"hf:{folder}", CoderSettings(options, None, memory))


def test_a_coder_is_named_without_loading_torch(files: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "transformers", None)
    folder = files()
    found = coder(folder)
    assert annotator(found).startswith(f"hf:{folder}@1-")
    assert found.held_out == {}


def test_a_path_starts_in_the_study_folder(files: Callable[..., Path], tmp_path: Path) -> None:
    files("mine")
    assert get_coder("hf:./mine", CoderSettings({}, tmp_path)).name == "hf:./mine"


def test_the_version_is_that_of_weights_configuration_and_tokenizer(files: Callable[..., Path]) -> None:
    folder = files()
    versions = [coder(folder).version]
    for name, change in (("model.safetensors", b"\x01"), ("tokenizer.json", b" "), ("vocab.txt", b"x")):
        path = folder / name
        kept = path.read_bytes() if path.exists() else b""
        path.write_bytes(kept[:-1] + change)
        versions.append(coder(folder).version)
    (folder / "README.md").write_text("no part of the model")
    assert len(set(versions)) == len(versions)
    assert coder(folder).version == versions[-1] == coder(folder, device="cuda").version


@pytest.mark.parametrize(
    "options",
    [
        {"pair": True},
        {"pair": "target first"},
        {"max_tokens": 32},
        {"labels": {"support": "support", "concern": "concern", "suggestion": "concern", "neutral": "none"}},
    ],
)
def test_the_version_is_that_of_the_study_too(files: Callable[..., Path], options: dict[str, Any]) -> None:
    folder = files()
    assert coder(folder, **options).version != coder(folder).version


def test_hypotheses_are_part_of_the_version(files: Callable[..., Path]) -> None:
    folder = files(id2label={"0": "ENTAILMENT", "1": "neutral", "2": "contradiction"})
    own = {"zh": dict.fromkeys(("support", "concern", "suggestion", "neutral"), "这是{change}")}
    assert coder(folder, hypotheses=own).version != coder(folder).version


def test_unchanged_weights_are_read_once_in_all(
    files: Callable[..., Path], memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = files()
    read: list[str] = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda file, kind: read.append(file.name) or digest(file, kind))
    versions = [coder(folder, memory).version for _ in range(3)]
    assert len(read) == 3  # config, tokenizer, weights
    weights = folder / "model.safetensors"
    state = weights.stat()
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    os.utime(weights, ns=(state.st_atime_ns, state.st_mtime_ns))
    versions.append(coder(folder, memory).version)
    assert len(set(versions[:3])) == 1
    assert versions[3] != versions[0]
    assert read[3:] == [str(weights)]


def test_a_memory_that_cannot_be_written_hides_no_name(files: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    assert coder(files(), Answers(tmp_path / "data")).version


def refused(folder: Path, **options: Any) -> ModelFolderError:
    with pytest.raises(ModelFolderError) as raised:
        coder(folder, **options)
    assert raised.value.remedy
    assert str(folder) in raised.value.where
    return raised.value


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "no such model folder" in refused(tmp_path / "nowhere").what


NESTED = b"[" * 100_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        NESTED,
        b'{"id2label": ["support", "concern"]}',
        b'{"id2label": {"support": 0}}',
        b'{"architectures": 5}',
    ],
)
def test_a_damaged_configuration_is_refused(files: Callable[..., Path], content: bytes) -> None:
    folder = files()
    (folder / "config.json").write_bytes(content)
    assert "config.json is damaged" in refused(folder).what


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    assert "config.json cannot be read" in refused(tmp_path).what


@pytest.mark.parametrize("header", [NESTED, b'{"a": {"data_offsets": ["x", "y"]}}', b'{"a": []}', b"<html></html>"])
def test_weights_whose_header_is_none_are_refused(files: Callable[..., Path], header: bytes) -> None:
    folder = files()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    assert "damaged" in refused(folder).what


@pytest.mark.parametrize("index", ["[]", "{}", '{"weight_map": []}', '{"weight_map": null}'])
def test_an_index_of_nothing_is_refused(files: Callable[..., Path], index: str) -> None:
    folder = files()
    (folder / "model.safetensors.index.json").write_text(index)
    assert "index.json is damaged" in refused(folder).what


@pytest.mark.parametrize("built", [["BertForMaskedLM"], ["BertModel"], [], None])
def test_what_is_no_sequence_classifier_is_refused(files: Callable[..., Path], built: Any) -> None:
    assert "no sequence classifier" in refused(files(architectures=built)).what


@pytest.mark.parametrize("left", [0, 7, 30, -1])
def test_weights_cut_short_are_refused(files: Callable[..., Path], left: int) -> None:
    folder = files()
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:left])
    assert "cut short" in refused(folder).what


def test_a_shard_that_is_missing_or_elsewhere_is_refused(files: Callable[..., Path]) -> None:
    folder = files()
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(
        '{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}'
    )
    assert "00002-of-00002" in refused(folder).what
    index.write_text('{"weight_map": {"a": "../model-00001-of-00002.safetensors"}}')
    assert "damaged" in refused(folder).what
    index.write_text('{"weight_map": {"a": "model-00001-of-00002.safetensors"}}')
    assert coder(folder).version


@pytest.mark.parametrize("name", ["pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "model.pt"])
def test_pickles_are_never_loaded(files: Callable[..., Path], name: str) -> None:
    folder = files()
    (folder / "model.safetensors").rename(folder / name)
    error = refused(folder)
    assert "pickle" in error.what
    assert "save_pretrained" in error.remedy


def test_the_runtime_is_that_of_the_weights(files: Callable[..., Path]) -> None:
    folder = files()
    assert open_folder(folder).runtime == "torch"
    assert "no model.onnx" in refused(folder, runtime="onnx").what
    (folder / "model.onnx").write_bytes(b"graph")
    assert open_folder(folder).runtime == "torch"
    assert open_folder(folder, "onnx").runtime == "onnx"
    (folder / "model.safetensors").unlink()
    assert open_folder(folder).precision == "float32"
    assert "no model.safetensors" in refused(folder, runtime="torch").what
    (folder / "model.int8.onnx").write_bytes(b"graph")
    assert "which one" in refused(folder).what
    (folder / "model.onnx").unlink()
    assert open_folder(folder).precision == "int8"


@pytest.mark.parametrize(
    ("config", "tokenizer", "longest"),
    [
        ({}, "{}", 64),
        ({"max_position_embeddings": 512}, '{"model_max_length": 128}', 128),
        ({"max_position_embeddings": 512}, '{"model_max_length": 1000000000000000019884624838656}', 512),
        ({"max_position_embeddings": 514, "model_type": "xlm-roberta", "pad_token_id": 1}, "{}", 512),
        ({"max_position_embeddings": None}, "{}", 512),
        (
            {"max_position_embeddings": "many", "pad_token_id": "x", "model_type": "roberta"},
            '{"model_max_length": "all"}',
            511,
        ),
        ({"max_position_embeddings": -5}, '{"model_max_length": -1}', 512),
        ({"max_position_embeddings": 10**30}, '{"model_max_length": 1e30}', 1_000_000),
        ({"max_position_embeddings": 512}, '{"model_max_length": NaN}', 512),
    ],
)
def test_how_much_a_model_can_read(
    files: Callable[..., Path], config: dict[str, Any], tokenizer: str, longest: int
) -> None:
    folder = files(**config)
    (folder / "tokenizer_config.json").write_text(tokenizer)
    assert open_folder(folder).longest == longest


@pytest.mark.parametrize(
    ("labels", "options", "says"),
    [
        (["LABEL_0", "LABEL_1"], {}, ['no stance to "LABEL_0", "LABEL_1"', 'labels = { "LABEL_0" = "support"']),
        (["FAVOR", "AGAINST", "NONE"], {}, ['no stance to "FAVOR"']),
        (["support", "other"], {}, ['no stance to "other"', '"support" = "support"']),
        (["a", "b"], {"labels": {"a": "support"}}, ['no stance to "b"']),
        (["a", "b"], {"labels": {"a": "support", "b": "concern", "c": "none"}}, ['has no "c"']),
        (["a", "b"], {"labels": {"a": "support", "b": "none"}}, ["mean the same"]),
        (["a", "b"], {"zero_shot": True}, ["No label", 'entailment = "a"']),
        (["a", "b"], {"zero_shot": True, "entailment": "c"}, ['no label "c"']),
    ],
)
def test_labels_without_a_stance_are_said_with_the_line_to_write(
    files: Callable[..., Path], labels: Sequence[str], options: dict[str, Any], says: list[str]
) -> None:
    folder = files(id2label=dict(enumerate(labels)))
    with pytest.raises(ModelLabelsError) as raised:
        coder(folder, **options)
    assert all(words in str(raised.value) for words in says)


@pytest.mark.parametrize(
    "labels",
    [["支持", "担忧", "建议", "中立"], ["Support", " concern", "NEUTRAL"], ["反对", "支持"], ["支持", "担忧", "反对"]],
)
def test_labels_that_are_our_stances_need_no_map(files: Callable[..., Path], labels: list[str]) -> None:
    assert coder(files(id2label=dict(enumerate(labels)))).version


def test_a_model_that_answers_with_a_number_is_refused(files: Callable[..., Path]) -> None:
    with pytest.raises(ModelLabelsError, match="a number"):
        coder(files(problem_type="regression"))


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"labels": {"a": "happy"}}, "labels"),
        ({"device": "tpu"}, "device"),
        ({"device": "cuda:x"}, "device"),
        ({"pair": "first"}, "pair"),
        ({"max_tokens": 1}, "max_tokens"),
        ({"hypotheses": {"zh": {"support": "支持"}}}, "hypotheses.zh.concern"),
        ({"trust_remote_code": True}, "trust_remote_code"),
    ],
)
def test_wrong_options_are_named_by_key(tmp_path: Path, options: dict[str, Any], key: str) -> None:
    with pytest.raises(CoderOptionsError, match=key):
        coder(tmp_path, **options)
