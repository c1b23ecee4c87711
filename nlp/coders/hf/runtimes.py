"""torch and ONNX Runtime: load a model from its folder, and compute."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.hf.batches import OutOfMemoryError
from nlp.coders.hf.extras import extra
from nlp.coders.hf.folder import ModelFolderError
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlp.coders.hf.batches import Batch, Runtime
    from nlp.coders.hf.folder import ModelFolder

CPU_TOKENS = 256
"""Tokens of one batch on a processor: enough to be worth a batch, little enough to fill up."""
GPU_TOKENS = 16_384
_STEP = 8
# A library that a quantised model needs is missing: ImportError. Numbers of config.json do not fit: any of the others.
_UNLOADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError, AssertionError, ImportError)
_AGAIN = "Copy or download the folder again, or try it with transformers alone."
_ANEW = "Write the export anew with `minyi models export`."
_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})


class DeviceError(UsageError):
    """The device that was asked for is not there."""


def load_runtime(folder: ModelFolder, device: str, *, types: bool) -> Runtime:
    """The model, ready to compute.

    Args:
        folder: its files.
        device: auto, cpu, mps, cuda or cuda:N.
        types: whether its tokenizer tells the two texts of a row apart by numbers.

    Raises:
        ModelFolderError: its files are damaged or do not fit together.
        DeviceError: the device is not there.
        nlp.coders.hf.extras.MissingExtraError: the library is not installed.
    """
    return OnnxRuntime(folder, device) if folder.runtime == "onnx" else TorchRuntime(folder, device, types=types)


def _too_large(where: str) -> OutOfMemoryError:
    remedy = "Set max_tokens in [coder] to less, choose a smaller model, or another device."
    return OutOfMemoryError("The model does not fit into the memory.", where=where, remedy=remedy)


class TorchRuntime:
    """A model run by torch in float32.

    Args:
        folder: with safetensors.
        device: auto, cpu, mps, cuda or cuda:N.
        types: whether its tokenizer tells the two texts of a row apart by numbers.
    """

    def __init__(self, folder: ModelFolder, device: str, *, types: bool) -> None:
        self._torch = extra("torch")
        self._device = _torch_device(self._torch, device)
        self._model = load_torch_model(folder).to(self._device)
        pad = self._model.config.pad_token_id
        # Without a padding token rows cannot be of one length: each is computed alone.
        self._tokens = 1 if pad is None else CPU_TOKENS if self._device.type == "cpu" else GPU_TOKENS
        self._alone = pad is None
        self._types = types and takes_types(self._model)
        self._words = int(self._model.get_input_embeddings().weight.shape[0])
        self._path = folder.path
        self.pad = int(pad or 0)
        self._longest = folder.longest
        self.where = f"torch float32 on {self._named()}"

    def _named(self) -> str:
        if self._device.type != "cuda":
            return str(self._device)
        return f"{self._device} ({self._torch.cuda.get_device_name(self._device)})"

    def padded(self, length: int) -> int:
        """Filled up to the next eight, so that there are few different shapes."""
        return length if self._alone else max(length, min(-(-length // _STEP) * _STEP, self._longest))

    def rows(self, padded: int) -> int:
        """As many as the budget of tokens holds."""
        return max(1, self._tokens // padded)

    def shrink(self) -> None:
        """Half the budget of tokens."""
        self._tokens = max(1, self._tokens // 2)

    def logits(self, batch: Batch) -> NDArray[np.float32]:
        """One forward pass.

        Raises:
            ModelFolderError: the tokenizer knows words that the model does not.
        """
        if int(batch.ids.max()) >= self._words:
            what = f"The tokenizer has more words than the {self._words:,} of the model."
            raise ModelFolderError(what, where=str(self._path), remedy=_AGAIN)
        given = {"input_ids": batch.ids, "attention_mask": batch.mask}
        if self._types:
            given["token_type_ids"] = batch.types
        try:
            with self._torch.inference_mode():
                tensors = {name: self._torch.from_numpy(array).to(self._device) for name, array in given.items()}
                return np.asarray(self._model(**tensors).logits.float().cpu().numpy(), np.float32)
        except self._torch.OutOfMemoryError as error:
            raise _too_large(self.where) from error
        except RuntimeError as error:  # a processor's memory has no error class of its own
            if "allocate memory" in str(error) or "not enough memory" in str(error):
                raise _too_large(self.where) from error
            raise


def takes_types(model: Any) -> bool:  # noqa: ANN401  a transformers model
    """Whether a model has an input for numbers that tell the two texts of a row apart."""
    return "token_type_ids" in signature(model.forward).parameters


def load_torch_model(folder: ModelFolder, **more: Any) -> Any:  # noqa: ANN401  a transformers model
    """The model in float32, from safetensors only, without code from its folder.

    Args:
        folder: where it lies.
        more: further settings for transformers.

    Raises:
        ModelFolderError: its files are damaged or do not fit together.
    """
    torch, transformers = extra("torch"), extra("transformers")
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    try:
        model, found = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder.path,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
            **more,
        )
    except (*_UNLOADABLE, extra("safetensors").SafetensorError) as error:
        said = str(error).strip().splitlines()
        what = f"transformers cannot load this model: {said[0] if said else type(error).__name__}"
        if "ignore_mismatched_sizes" in what:  # advice for programmers
            what = "The weights do not have the sizes that config.json states."
        raise ModelFolderError(what, where=str(folder.path), remedy=_AGAIN) from error
    missing = sorted({*found["missing_keys"], *(str(key) for key in found["mismatched_keys"])})
    if missing:
        what = f"The weights lack {len(missing)} parts of the model, {missing[0]} among them."
        raise ModelFolderError(what, where=str(folder.path), remedy=_AGAIN)
    return model.eval()


def _torch_device(torch: Any, wanted: str) -> Any:  # noqa: ANN401  torch and a torch.device
    """The device that was asked for; "auto" takes the first GPU there is."""
    mps = torch.backends.mps.is_available()
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    kind, _, number = wanted.partition(":")
    there = {"cpu": 1, "mps": int(mps), "cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0}[kind]
    if int(number or 0) >= there:
        raise no_device(wanted, f"torch {torch.__version__} sees {there} of the kind {kind}")
    return torch.device(f"{kind}:{number or 0}" if kind == "cuda" else kind)


def no_device(wanted: str, seen: str) -> DeviceError:
    """What to say where a device is not there."""
    remedy = 'Write device = "cpu" or "auto", or install the build of the library that is made for it.'
    return DeviceError(f'There is no device "{wanted}": {seen}.', where="[coder] device", remedy=remedy)


class OnnxRuntime:
    """A model run by ONNX Runtime, one row at a time.

    In int8 the scale of the numbers is that of the whole batch, and padding counts: with random weights neighbours
    moved 3 comments in 96 to another label. One row at a time costs about a tenth of the speed, and answers the same in
    any company.

    Args:
        folder: with one export.
        device: auto, cpu, cuda or cuda:N.
    """

    pad = 0

    def __init__(self, folder: ModelFolder, device: str) -> None:
        self._onnx = extra("onnxruntime")
        self._errors = extra("onnxruntime.capi.onnxruntime_pybind11_state")
        settings = self._onnx.SessionOptions()
        settings.log_severity_level = 4
        settings.use_deterministic_compute = True
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the machine has other work too
        provider = self._provider(device)
        try:
            self._session = self._onnx.InferenceSession(str(folder.weights[0]), settings, providers=[provider])
        except self._kinds as error:
            what = f"ONNX Runtime cannot load this model: {str(error).strip().splitlines()[0]}"
            raise ModelFolderError(what, where=str(folder.weights[0]), remedy=_ANEW) from error
        self._takes = {given.name for given in self._session.get_inputs()}
        if not {"input_ids"} <= self._takes <= _INPUTS:
            what = f"The model does not read texts alone, but {', '.join(sorted(self._takes)) or 'nothing'}."
            raise ModelFolderError(what, where=str(folder.weights[0]), remedy=_ANEW)
        running = str(self._session.get_providers()[0]).removesuffix("ExecutionProvider").lower()
        if device not in {"auto", "cpu"} and running == "cpu":  # it falls back without a word
            raise no_device(device, "ONNX Runtime could not start it")
        self.where = f"ONNX Runtime {folder.precision} on {running}"

    def _provider(self, device: str) -> Any:  # noqa: ANN401  a name, or a name and its settings
        there = self._onnx.get_available_providers()
        kind, _, number = device.partition(":")
        wanted = {"cpu": "CPU", "cuda": "CUDA", "mps": "CoreML", "auto": "CUDA"}[kind] + "ExecutionProvider"
        if wanted not in there:
            if device == "auto":
                return "CPUExecutionProvider"
            raise no_device(device, f"ONNX Runtime {self._onnx.__version__} has {', '.join(there)}")
        return (wanted, {"device_id": int(number)}) if number else wanted

    @property
    def _kinds(self) -> tuple[type[Exception], ...]:
        """What ONNX Runtime raises: classes of their own, without a common root."""
        found = vars(self._errors).values()
        return tuple(kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception))

    def padded(self, length: int) -> int:
        """No row is filled up."""
        return length

    def rows(self, padded: int) -> int:
        """Each row is computed alone."""
        del padded
        return 1

    def shrink(self) -> None:
        """There is nothing less than one row."""

    def logits(self, batch: Batch) -> NDArray[np.float32]:
        """One run of the session."""
        given = {"input_ids": batch.ids, "attention_mask": batch.mask, "token_type_ids": batch.types}
        try:
            found = self._session.run(None, {name: array for name, array in given.items() if name in self._takes})
        except MemoryError as error:
            raise _too_large(self.where) from error
        except self._kinds as error:
            if "allocate memory" in str(error):
                raise _too_large(self.where) from error
            what = f"ONNX Runtime could not run this model: {str(error).strip().splitlines()[0]}"
            raise MinyiError(what, where=self.where, remedy=_ANEW) from error
        answer = np.asarray(found[0])
        if answer.ndim != 2 or answer.dtype.kind != "f":  # noqa: PLR2004  (rows, labels)
            raise MinyiError("The model does not answer with numbers for labels.", where=self.where, remedy=_ANEW)
        return answer.astype(np.float32)
