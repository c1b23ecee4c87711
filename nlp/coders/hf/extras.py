"""The libraries of the extra `transformers`: imported when a model runs, never before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from storage.errors import MinyiError
from storage.extras import install_remedy


class MissingExtraError(MinyiError):
    """The extra `transformers` is not installed."""


def extra(module: str) -> Any:  # noqa: ANN401  these libraries are not there when types are checked
    """A module of torch, transformers, tokenizers, onnx or onnxruntime.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        what = f'Running a model needs "{module.partition(".")[0]}", which is not installed.'
        raise MissingExtraError(what, remedy=install_remedy("transformers")) from error
