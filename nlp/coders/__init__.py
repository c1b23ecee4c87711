"""Stance coders by name. A new kind is one file here and one line in `_KINDS`.

A name is a kind ("embedded") or a kind and what it runs ("hf:./my-model", "llm:qwen2.5-7b").
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

from nlp.coders.protocol import CoderSettings
from storage.errors import UsageError

if TYPE_CHECKING:
    from nlp.coders.options import CoderOptions
    from nlp.coders.protocol import Coder


class _Kind(NamedTuple):
    """A kind of coder: its module has `Options` (a CoderOptions) and `load(what, settings)`, and is light to import.

    Where the options depend on what it runs, the module has `options_for(what)` too.
    """

    module: str
    takes: str
    """What stands after the colon, for messages; empty where nothing does."""


_KINDS = {
    "embedded": _Kind("nlp.coders.embedded", ""),
    "study": _Kind("nlp.coders.study", ""),
    "hf": _Kind("nlp.coders.hf", "MODEL"),
    "llm": _Kind("nlp.coders.llm", "MODEL"),
    "cascade": _Kind("nlp.coders.cascade", "CODER"),
}


class UnknownCoderError(UsageError):
    """A study or a command names a coder that does not exist."""


def coder_names() -> tuple[str, ...]:
    """The names `get_coder` knows, with what follows the colon in capitals: `embedded`, `hf:MODEL`."""
    return tuple(f"{name}:{kind.takes}" if kind.takes else name for name, kind in _KINDS.items())


def get_coder(name: str, settings: CoderSettings | None = None) -> Coder:
    """The coder of this name. Without settings it is loaded once and then shared.

    Args:
        name: a kind, or a kind, a colon and what it runs.
        settings: what the study says about it.

    Raises:
        UnknownCoderError: no coder has this name.
    """
    return _shared(name) if settings is None else _loaded(name, settings)


@cache
def _shared(name: str) -> Coder:
    return _loaded(name, CoderSettings())


def _loaded(name: str, settings: CoderSettings) -> Coder:
    kind, what = known_kind(name)
    return cast("Coder", import_module(_KINDS[kind].module).load(what, settings))


def options_model(name: str) -> type[CoderOptions]:
    """The options that a coder of this name takes.

    Raises:
        UnknownCoderError: no coder has this name.
    """
    kind, what = known_kind(name)
    module = import_module(_KINDS[kind].module)
    return cast("type[CoderOptions]", module.options_for(what) if hasattr(module, "options_for") else module.Options)


def known_kind(name: str) -> tuple[str, str]:
    """A coder's name as kind and what it runs; loads nothing.

    Raises:
        UnknownCoderError: no coder has this name, or what it runs is missing or too much.
    """
    kind, _, what = name.partition(":")
    if kind not in _KINDS or bool(what.strip()) != bool(_KINDS[kind].takes):
        remedy = f"Known coders: {', '.join(coder_names())}."
        raise UnknownCoderError(f'There is no stance coder "{name}".', where="coder", remedy=remedy)
    return kind, what.strip()
