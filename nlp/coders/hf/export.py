"""Writes a model as ONNX, in float32 or int8, and lets it stand only if it answers as torch does."""

from __future__ import annotations

import json
import shutil
import warnings
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from nlp.coders.hf.batches import computed
from nlp.coders.hf.extras import extra
from nlp.coders.hf.folder import ModelFolderError, open_folder
from nlp.coders.hf.inputs import Encoder, load_tokenizer
from nlp.coders.hf.runtimes import load_runtime, load_torch_model, takes_types
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.coders.hf.folder import ModelFolder
    from nlp.coders.hf.inputs import Row

TOLERANCE = 1e-3
"""The largest difference of a float32 logit that is let pass: a thousandth moves no probability by more than .0003."""
CARD = "export.json"
_OPSET = 17
_LARGEST = 2**31 - 2**20  # one protobuf file holds no more
_AGAIN = "Run the model by torch instead, without an export."

SAMPLES: tuple[str, ...] = (
    "支持，早就该这样了。",
    "说改就改，也不提前通知，太过分了",
    "建议先试行半年，再听听大家的意见。",
    "关我什么事",
    "不反对，但是希望把老人的通道留着，别一刀切。",
    "呵呵，真是为我们着想啊👏👏",
    "请问从哪天开始？之前办的还算数吗？",
    "Good decision, thank you.",
    "This hurts everyone who works nights. Nobody asked us.",
    "Why not keep one counter open on Saturdays?",
    "It says the office opens at nine.",
    "我觉得可以，but the fee is too high",
    "2026年3月1日起，每人每天限3次，超过的按每次5元收",
    "😂",
    "…",
    "先说好的一面：窗口少了，排队也短了，年轻人用手机确实方便。再说不好的一面：家里老人不会用，每次都要我请假陪着去，"
    "这个成本没有人算过。" * 8,
)
"""Texts of many lengths, written for the purpose, on which an export is compared where no others are given."""


class ExportError(MinyiError):
    """The model cannot be exported, or the export does not answer as the model does."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export and how it compares with torch.

    Attributes:
        precision: float32 or int8.
        megabytes: size of the weights.
        rows: rows compared.
        largest_difference: the largest difference of a logit.
        agreement: share of rows with the same highest label.
        source: SHA-256 of the model it was made of.
        versions: of the libraries that made it.
    """

    precision: str
    megabytes: float
    rows: int
    largest_difference: float
    agreement: float
    source: str
    versions: dict[str, str]


def export_onnx(source: ModelFolder, out: Path, *, int8: bool = False, samples: Sequence[str] = SAMPLES) -> Export:
    """Write the model as a folder that ONNX Runtime runs without torch.

    Args:
        source: a model with safetensors.
        out: a folder that is not there yet.
        int8: also make its numbers 8 bits wide: a quarter of the size, about twice as fast, and not quite the same.
        samples: texts on which both are compared, each alone and beside the shortest of them.

    Raises:
        ExportError: the folder is there already, torch cannot write this model, or the answers differ too much.
        ModelFolderError: the model cannot be loaded.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExportError("There is something here already.", where=str(out), remedy="Name a folder that is not there.")
    if source.runtime != "torch":
        raise ExportError("This is an export already.", where=str(source.path), remedy="Give the original model.")
    draft = out.with_name(f".{out.name}.{uuid4().hex[:8]}")
    try:
        draft.mkdir(parents=True)
        _write(source, draft, int8=int8)
        export = _compared(source, draft, samples)
        (draft / CARD).write_text(json.dumps(asdict(export), indent=2) + "\n", encoding="utf-8")
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except OSError as error:
        remedy = "Check that the folder is writable and that the disk has room."
        raise ExportError(f"Cannot write here ({error.strerror}).", where=str(out), remedy=remedy) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return export


def _write(source: ModelFolder, draft: Path, *, int8: bool) -> None:
    tokenizer = load_tokenizer(source)
    tokenizer.backend.save(str(draft / "tokenizer.json"))
    for name in ("config.json", "tokenizer_config.json"):
        if (source.path / name).exists():
            shutil.copyfile(source.path / name, draft / name)
    plain = draft / "model.onnx"
    _trace(source, plain, types=tokenizer.types)
    if int8:
        _quantise(plain, draft / "model.int8.onnx")
        plain.unlink()


def _trace(source: ModelFolder, target: Path, *, types: bool) -> None:
    """Through torch's exporter by tracing: the one that needs no package besides torch."""
    torch = extra("torch")
    model = load_torch_model(source, attn_implementation="eager")
    if 4 * model.num_parameters() > _LARGEST:
        raise ExportError("The model is larger than 2 GB in float32.", where=str(source.path), remedy=_AGAIN)
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if types and takes_types(model) else [])]

    def forward(_module: object, *given: object) -> object:
        return model(**dict(zip(names, given, strict=True))).logits

    wrapped = type("Logits", (torch.nn.Module,), {"forward": forward})()
    wrapped.model = model
    example = tuple(torch.ones((2, 7), dtype=torch.int64) for _ in names)
    axes = {name: {0: "rows", 1: "tokens"} for name in names} | {"logits": {0: "rows"}}
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # of tracing and of its being the older way; the comparison decides
            torch.onnx.export(
                wrapped.eval(),
                example,
                str(target),
                input_names=names,
                output_names=["logits"],
                dynamic_axes=axes,
                opset_version=_OPSET,
                dynamo=False,
            )
    except (RuntimeError, TypeError, ValueError) as error:
        what = f"torch cannot write this model as ONNX: {str(error).strip().splitlines()[0]}"
        raise ExportError(what, where=str(source.path), remedy=_AGAIN) from error


def _quantise(plain: Path, target: Path) -> None:
    """Weights in 8 bits by channel, of which 7 are used: all 8 overflow on processors without VNNI instructions."""
    quantisation = extra("onnxruntime.quantization")
    extra("onnx")
    with _no_log():
        prepared = plain.with_name("prepared.onnx")
        quantisation.quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        quantisation.quantize_dynamic(str(prepared), str(target), per_channel=True, reduce_range=True)
    prepared.unlink()


@contextmanager
def _no_log() -> Iterator[None]:
    """Without what the quantiser writes to the root logger: advice for its own developers."""
    import logging

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _compared(source: ModelFolder, draft: Path, samples: Sequence[str]) -> Export:
    made = open_folder(draft, "onnx")
    shortest = min(samples, key=len)
    alone, pairs = [(text,) for text in samples], [(text, shortest) for text in samples]
    before, after = (np.concatenate([_logits(folder, alone), _logits(folder, pairs)]) for folder in (source, made))
    largest = float(np.abs(before - after).max())
    agreement = float((before.argmax(1) == after.argmax(1)).mean())
    if not largest <= (TOLERANCE if made.precision == "float32" else np.inf):  # NaN is no difference one can compare
        what = f"The export answers otherwise than the model: a logit differs by {largest:.2g}; nothing was written."
        raise ExportError(what, where=str(source.path), remedy=_AGAIN)
    size = made.weights[0].stat().st_size / 2**20
    libraries = {name: version(name) for name in ("torch", "transformers", "onnxruntime")}
    return Export(made.precision, round(size, 1), len(before), largest, agreement, source.fingerprint(), libraries)


def _logits(folder: ModelFolder, rows: Sequence[Row]) -> NDArray[np.float32]:
    """The logits of rows in their order, on this machine's processor."""
    tokenizer = load_tokenizer(folder)
    encoder = Encoder(tokenizer, folder.longest, 0)
    runtime = load_runtime(folder, "cpu", types=tokenizer.types)
    logits = np.empty((len(rows), len(folder.labels)), np.float32)
    for places, found in computed(runtime, encoder.encode(rows)):
        if found.shape[1] != logits.shape[1]:
            raise ModelFolderError("The model has other labels than its config.json.", where=str(folder.path))
        logits[places] = found
    return logits
