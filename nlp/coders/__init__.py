"""Stance coders by name. A new one is one file here and one line in `_CODERS`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from storage.errors import UsageError

if TYPE_CHECKING:
    from nlp.coders.protocol import Coder

_CODERS = {"embedded": ("nlp.coders.embedded", "EmbeddedCoder")}


class UnknownCoderError(UsageError):
    """A study or a command names a coder that does not exist."""


def coder_names() -> tuple[str, ...]:
    """The names `get_coder` knows."""
    return tuple(_CODERS)


@cache
def get_coder(name: str) -> Coder:
    """The coder of this name, loaded on first use and then shared.

    Raises:
        UnknownCoderError: no coder has this name.
    """
    if name not in _CODERS:
        remedy = f"Known coders: {', '.join(_CODERS)}."
        raise UnknownCoderError(f'There is no stance coder "{name}".', where="coder", remedy=remedy)
    module, kind = _CODERS[name]
    return cast("Coder", getattr(import_module(module), kind)())
