"""A model in a folder: found, checked without loading it, and named by the digest of its files."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlp.coders.protocol import Memory

Runtime = Literal["torch", "onnx"]

ONNX_FILES = ("model.int8.onnx", "model.onnx")
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
_WHOLE = "Give the folder that save_pretrained or `minyi models export` wrote, whole."
_USUAL_LIMIT = 512
_UNLIMITED = 1_000_000  # tokenizers without a limit of their own state astronomic ones
# Their positions are counted from behind the padding token, so that there are fewer than their table is long.
_OFFSET_POSITIONS = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "longformer", "data2vec-text"})


class ModelFolderError(MinyiError):
    """There is no such model, or it is not in a form that may be loaded."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that may be loaded.

    Attributes:
        path: its folder.
        runtime: who runs it.
        weights: the files of its weights, in order of name.
        config: what its config.json says.
    """

    path: Path
    runtime: Runtime
    weights: tuple[Path, ...]
    config: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its labels, in the order of its logits; two unnamed ones where it says nothing."""
        named = self.config.get("id2label") or {number: f"LABEL_{number}" for number in range(2)}
        return tuple(str(named[key]) for key in sorted(named, key=int))

    @property
    def precision(self) -> str:
        """In what numbers it computes."""
        return "int8" if "int8" in self.weights[0].name else "float32"

    @property
    def longest(self) -> int:
        """How many tokens it can read."""
        positions = _count(self.config.get("max_position_embeddings")) or _USUAL_LIMIT
        if self.config.get("model_type") in _OFFSET_POSITIONS:
            positions -= _count(self.config.get("pad_token_id")) + 1
        stated = _json(self.path / "tokenizer_config.json", missing={}).get("model_max_length")
        return min(positions, _count(stated) or _UNLIMITED)

    def fingerprint(self, memory: Memory | None = None) -> str:
        """SHA-256 in hex of everything the model is read from: weights, configuration, tokenizer.

        Args:
            memory: where digests of files are kept, so that unchanged weights are read once in all.
        """
        files = {path for path in self.path.iterdir() if path.name in ("config.json", *TOKENIZER_FILES)}
        files |= {*self.weights, *self.path.glob("model*.onnx?data"), *self.path.glob("*.safetensors.index.json")}
        whole = hashlib.sha256(self.runtime.encode())
        for path in sorted(files):
            whole.update(f"\0{path.name}\0".encode() + _digest(path, memory))
        return whole.hexdigest()


def open_folder(path: Path, runtime: Literal["auto", "torch", "onnx"] = "auto") -> ModelFolder:
    """A folder as a model; where it holds both, "auto" takes the original weights before an export.

    Raises:
        ModelFolderError: it is no sequence classifier, is damaged, or has no weights that may be loaded.
    """
    config = _json(path / "config.json")
    _check_shape(path, config)
    _check_architecture(path, config)
    if runtime != "onnx" and (weights := _safetensors(path)):
        return ModelFolder(path, "torch", weights, config)
    exports = tuple(path / name for name in ONNX_FILES if (path / name).is_file())
    if runtime == "torch" or not exports:
        raise _no_weights(path, runtime)
    if len(exports) > 1:
        names = " and ".join(export.name for export in exports)
        remedy = "Keep one of them in this folder."
        raise ModelFolderError(f"The folder holds {names}: which one is meant?", where=str(path), remedy=remedy)
    return ModelFolder(path, "onnx", exports, config)


def _json(path: Path, missing: dict[str, Any] | None = None) -> dict[str, Any]:
    """A JSON object from a file."""
    if missing is not None and not path.exists():
        return missing
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        what = f"The model's {path.name} cannot be read ({error.strerror})."
        raise ModelFolderError(what, where=str(path.parent), remedy=_WHOLE) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path) from error
    if not isinstance(found, dict):
        raise _damaged(path)
    return found


def _damaged(path: Path) -> ModelFolderError:
    return ModelFolderError(f"The model's {path.name} is damaged.", where=str(path.parent), remedy=_WHOLE)


def _count(stated: object) -> int:
    """A number of tokens, as far as a file states one; some write theirs as 1e30."""
    if not isinstance(stated, int | float) or isinstance(stated, bool) or not stated >= 1:
        return 0
    return int(min(stated, _UNLIMITED))


def _check_shape(path: Path, config: Mapping[str, Any]) -> None:
    """What is read of config.json here is of the kind that it should be."""
    labels, built = config.get("id2label") or {}, config.get("architectures") or []
    numbered = isinstance(labels, dict) and all(re.fullmatch(r"[0-9]{1,9}", key) for key in labels)
    if not numbered or not isinstance(built, list):
        raise _damaged(path / "config.json")


def _check_architecture(path: Path, config: Mapping[str, Any]) -> None:
    """A model without a trained head would answer at random, and transformers loads it all the same."""
    built = [str(name) for name in config.get("architectures") or ()]
    if not any(name.endswith("ForSequenceClassification") for name in built):
        what = f"This is no sequence classifier, but {', '.join(built) or 'a model that does not say what it is'}."
        remedy = "Give a model that was fine-tuned to classify texts, or an NLI model."
        raise ModelFolderError(what, where=str(path), remedy=remedy)


def _safetensors(path: Path) -> tuple[Path, ...]:
    """The whole weights, checked for length; none where the folder has none."""
    index = path / "model.safetensors.index.json"
    if index.is_file():
        mapped = _json(index).get("weight_map")
        if not isinstance(mapped, dict):
            raise _damaged(index)
        names = sorted(map(str, set(mapped.values())))
    else:
        names = ["model.safetensors"] if (path / "model.safetensors").is_file() else []
    for name in names:
        if Path(name).name != name or not _is_whole(path / name):
            remedy = "Copy or download the folder again."
            raise ModelFolderError(f"The weights in {name} are damaged or cut short.", where=str(path), remedy=remedy)
    return tuple(path / name for name in names)


def _is_whole(path: Path) -> bool:
    """Whether a file is as long as its header says (8 bytes of length, JSON, tensors: the safetensors format)."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            size = path.stat().st_size
            if not 2 <= length <= size - 8:  # noqa: PLR2004  an empty JSON object
                return False
            header = json.loads(file.read(length))
        ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        return bool(size == 8 + length + max(ends, default=0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return False


def _no_weights(path: Path, runtime: str) -> ModelFolderError:
    """Why the weights that are there are not loaded."""
    if any(path.glob("pytorch_model*.bin")) or any(path.glob("*.pt")) or any(path.glob("*.ckpt")):
        what = "The weights are stored as a pickle, which can run any program; minyi loads safetensors only."
        remedy = (
            "If you trust the file, convert it once: AutoModelForSequenceClassification.from_pretrained(FOLDER)"
            ".save_pretrained(NEW_FOLDER), and the same with AutoTokenizer."
        )
        return ModelFolderError(what, where=str(path), remedy=remedy)
    wanted = {"torch": "model.safetensors", "onnx": "model.onnx"}.get(runtime, "model.safetensors or model.onnx")
    return ModelFolderError(f"The folder holds no {wanted}.", where=str(path), remedy=_WHOLE)


def _digest(path: Path, memory: Memory | None) -> bytes:
    """SHA-256 of a file, recalled where place, size and times are those of a file that was read before."""
    state = path.stat()
    seen = f"{path.resolve()}\0{state.st_ino}\0{state.st_size}\0{state.st_mtime_ns}\0{state.st_ctime_ns}"
    key = hashlib.sha256(b"file\0" + seen.encode("utf-8", "surrogateescape")).digest()
    if memory is not None and (known := memory.recall([key])):
        return known[key]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    if memory is not None:
        with suppress(MinyiError):  # to name a model, a folder that cannot be written is no obstacle
            memory.remember({key: digest})
    return digest
