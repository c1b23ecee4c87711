"""Every source minyi knows, one file each; a newcomer adds a file and a line to the table."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pydantic import BaseModel

    from scrapers.protocol import Collector

_MODULES = {
    "article": "scrapers.sites.article",
    "files": "scrapers.sites.files",
}


@cache
def collector(kind: str) -> Collector:
    """The collector of this name.

    Raises:
        KeyError: there is none.
    """
    return cast("Collector", import_module(_MODULES[kind]).COLLECTOR)


def collectors() -> dict[str, Collector]:
    """Every collector by its name."""
    return {kind: collector(kind) for kind in _MODULES}


def options_model(kind: str) -> type[BaseModel]:
    """The closed model of a collector's options.

    Raises:
        KeyError: there is no such collector.
    """
    return collector(kind).options
