"""Exports: they answer as torch does, are refused where they do not, and run without torch."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minyi.console import Console
from minyi.models import export_model
from nlp.coders import get_coder
from nlp.coders.hf import export as export_module
from nlp.coders.hf.export import ExportError, export_onnx
from nlp.coders.hf.folder import ModelFolderError, open_folder
from nlp.coders.hf.runtimes import DeviceError, OnnxRuntime
from nlp.coders.protocol import Coder, CoderSettings
from nlp.examples import change_of
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.transformers

CHANGE = change_of("某市全面禁止摩托车通行")
NLI = ("entailment", "neutral", "contradiction")
TEXTS = ["支持，好的", "反对，坏的不好", "", "建议好的。" * 30, "关我什么事", "good plan", "the bad plan " * 5]


def coder(folder: Path, memory: Any = None, **options: Any) -> Coder:
    return get_coder(f"hf:{folder}", CoderSettings(options, None, memory))


@pytest.fixture(scope="session")
def exported(tiny: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    made: dict[tuple[Any, ...], Path] = {}

    def make(source: Path, *, int8: bool = False) -> Path:
        if (source, int8) not in made:
            made[source, int8] = tmp_path_factory.mktemp("onnx") / "export"
            export_onnx(open_folder(source), made[source, int8], int8=int8)
        return made[source, int8]

    return make


@pytest.mark.parametrize(
    ("labels", "options"),
    [(("support", "concern", "suggestion", "neutral"), {"pair": True}), (NLI, {})],
    ids=["classifier", "zero-shot"],
)
def test_an_export_answers_as_torch_does(
    tiny: Callable[..., Path], exported: Callable[..., Path], labels: tuple[str, ...], options: dict[str, Any]
) -> None:
    folder = tiny(labels)
    by_torch = coder(folder, **options)
    by_onnx = coder(exported(folder), **options)
    expected, found = (it.code(TEXTS, CHANGE) for it in (by_torch, by_onnx))
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4)
    assert by_onnx.account().notes[0] == "Ran by ONNX Runtime float32 on cpu."
    assert by_onnx.account().counts["shortened"] == by_torch.account().counts["shortened"] == 1
    assert by_onnx.version != by_torch.version


def test_a_model_without_text_numbers_is_exported_without(
    tiny: Callable[..., Path], exported: Callable[..., Path]
) -> None:
    folder = tiny(types=False)
    expected = coder(folder, pair=True).code(TEXTS, CHANGE).scores
    np.testing.assert_allclose(coder(exported(folder), pair=True).code(TEXTS, CHANGE).scores, expected, atol=1e-4)
    assert coder(tiny(), pair=True).code(TEXTS, CHANGE).scores.tobytes() != expected.tobytes()


@pytest.mark.parametrize("int8", [False, True], ids=["float32", "int8"])
@pytest.mark.parametrize("labels", [("support", "concern", "suggestion", "neutral"), NLI], ids=["classifier", "nli"])
def test_scores_are_the_same_bits_in_any_company(
    tiny: Callable[..., Path], exported: Callable[..., Path], labels: tuple[str, ...], int8: bool
) -> None:
    found = coder(exported(tiny(labels), int8=int8))
    together = found.code(TEXTS, CHANGE).scores
    alone = np.concatenate([found.code([text], CHANGE).scores for text in TEXTS])
    backwards = found.code(TEXTS[::-1], CHANGE).scores[::-1]
    assert together.tobytes() == alone.tobytes() == backwards.tobytes()
    np.testing.assert_allclose(together.sum(1), 1, atol=1e-5)


def test_an_export_in_int8_states_how_it_agrees(tiny: Callable[..., Path], exported: Callable[..., Path]) -> None:
    folder = exported(tiny(), int8=True)
    card = json.loads((folder / "export.json").read_text())
    assert (card["precision"], open_folder(folder).precision) == ("int8", "int8")
    assert card["rows"] == 2 * len(export_module.SAMPLES)
    assert 0.7 <= card["agreement"] <= 1
    assert 0 < card["largest_difference"] < 1
    assert card["source"] == open_folder(tiny()).fingerprint()
    assert not (folder / "model.onnx").exists()


def test_an_export_that_answers_otherwise_is_refused(
    tiny: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = OnnxRuntime.logits
    for shift in (0.01, np.nan):
        monkeypatch.setattr(OnnxRuntime, "logits", lambda self, batch, by=shift: logits(self, batch) + np.float32(by))
        with pytest.raises(ExportError, match="answers otherwise"):
            export_onnx(open_folder(tiny()), tmp_path / "out")
        assert list(tmp_path.iterdir()) == []


def test_an_export_overwrites_nothing(tiny: Callable[..., Path], exported: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(ExportError, match="already"):
        export_onnx(open_folder(tiny()), tmp_path)
    with pytest.raises(ExportError, match="an export already"):
        export_onnx(open_folder(exported(tiny())), tmp_path / "again")
    with pytest.raises(ExportError, match="Cannot write"):
        export_onnx(open_folder(tiny()), tmp_path / "mine.txt" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_export_runs_without_torch_or_transformers(
    tiny: Callable[..., Path], exported: Callable[..., Path], tmp_path: Path
) -> None:
    moved = shutil.copytree(exported(tiny(), int8=True), tmp_path / "elsewhere")
    program = (
        "import sys\n"
        "sys.modules['torch'] = sys.modules['transformers'] = None\n"
        "from nlp.coders import get_coder; from nlp.coders.protocol import CoderSettings\n"
        "from nlp.examples import change_of\n"
        "codes = get_coder(sys.argv[1], CoderSettings()).code(['支持', '反对'], change_of('禁止摩托车'))\n"
        "print(codes.scores.shape, codes.abstained.any())"
    )
    run = subprocess.run([sys.executable, "-c", program, f"hf:{moved}"], capture_output=True, text=True, check=True)
    assert (run.stdout.strip(), run.stderr) == ("(2, 4) False", "")


def test_a_second_run_asks_nothing(
    tiny: Callable[..., Path], exported: Callable[..., Path], memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exported(tiny())
    first = coder(folder, memory).code(TEXTS, CHANGE).scores
    monkeypatch.setattr(OnnxRuntime, "logits", None)
    assert coder(folder, memory).code(TEXTS, CHANGE).scores.tobytes() == first.tobytes()


def test_a_damaged_export_is_named(tiny: Callable[..., Path], exported: Callable[..., Path], tmp_path: Path) -> None:
    folder = shutil.copytree(exported(tiny()), tmp_path / "damaged")
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:5000])
    with pytest.raises(ModelFolderError, match="ONNX Runtime cannot load"):
        coder(folder).code(["支持"], CHANGE)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelFolderError, match="has no tokenizer"):
        coder(folder).code(["支持"], CHANGE)


@pytest.mark.parametrize(
    ("takes", "sums", "says"),
    [("pixels", False, "does not read texts alone, but pixels"), ("input_ids", True, "numbers for labels")],
)
def test_a_graph_of_another_kind_is_named(
    tiny: Callable[..., Path], exported: Callable[..., Path], tmp_path: Path, takes: str, sums: bool, says: str
) -> None:
    import onnx
    from onnx import TensorProto, helper

    cast = helper.make_node("Cast", [takes], ["cast"], to=TensorProto.FLOAT)
    last = helper.make_node(*(("ReduceSum", ["cast"], ["y"]) if sums else ("Identity", ["cast"], ["y"])))
    if sums:
        last.attribute.append(helper.make_attribute("keepdims", 0))
    shape = [] if sums else ["rows", "tokens"]
    given = helper.make_tensor_value_info(takes, TensorProto.INT64, ["rows", "tokens"])
    found = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    graph = helper.make_graph([cast, last], "other", [given], [found])
    folder = shutil.copytree(exported(tiny()), tmp_path / "graph")
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), folder / "model.onnx")
    with pytest.raises(MinyiError, match=says):
        coder(folder).code(["支持"], CHANGE)


def test_labels_that_the_graph_does_not_have_are_named(
    tiny: Callable[..., Path], exported: Callable[..., Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(exported(tiny()), tmp_path / "other")
    shutil.copyfile(tiny(NLI) / "config.json", folder / "config.json")
    with pytest.raises(ModelFolderError, match="4 numbers"):
        coder(folder).code(["支持"], CHANGE)


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps"])
def test_a_device_that_is_not_there_is_named(
    tiny: Callable[..., Path], exported: Callable[..., Path], device: str
) -> None:
    import onnxruntime

    if {"CUDAExecutionProvider", "CoreMLExecutionProvider"} & set(onnxruntime.get_available_providers()):
        pytest.skip("this machine has such a device")
    with pytest.raises(DeviceError, match=f'no device "{device}"'):
        coder(exported(tiny()), device=device).code(["支持"], CHANGE)


def test_the_command_says_what_it_wrote_and_how_it_compares(tiny: Callable[..., Path], tmp_path: Path) -> None:
    sample = tmp_path / "sample.txt"
    sample.write_text("支持\n\n反对\n建议\n", encoding="utf-8")
    said = io.StringIO()
    export_model(Console(json=True, out=said), str(tiny()), tmp_path / "out", int8=False, sample=sample)
    done = json.loads(said.getvalue().splitlines()[-1])
    assert (done["event"], done["rows"], done["precision"], done["agreement"]) == ("done", 6, "float32", 1)
    said = io.StringIO()
    export_model(Console(out=said), str(tiny()), tmp_path / "int8", int8=True, sample=None)
    assert "int8" in said.getvalue()
    assert f'coder = "hf:{tmp_path / "int8"}"' in said.getvalue()


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"\xff\xfe\xff"])
def test_a_sample_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    sample = tmp_path / "sample.txt"
    if content is not None:
        sample.write_bytes(content)
    with pytest.raises(MinyiError) as raised:
        export_model(Console(), "anything", tmp_path / "out", int8=False, sample=sample)
    assert "sample" in raised.value.where
