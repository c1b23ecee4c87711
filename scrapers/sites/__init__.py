"""Every source minyi knows: one file here for each, named as its `kind`, and those other packages bring.

Another package brings a collector by an entry point in the group `minyi.collectors`: its name is the `kind`, its value
the collector (`example = "their_package.example:COLLECTOR"`). A name that minyi has itself stays minyi's.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from typing import TYPE_CHECKING, cast

from scrapers.errors import CollectorFault

if TYPE_CHECKING:
    from pydantic import BaseModel

    from scrapers.protocol import Collector

GROUP = "minyi.collectors"


@cache
def kinds() -> tuple[str, ...]:
    """The name of every collector, in order; nothing is imported."""
    return tuple(sorted({*_own(), *_brought()}))


@cache
def collector(kind: str) -> Collector:
    """The collector of this name.

    Raises:
        KeyError: there is none.
        CollectorFault: another package brings it, and it cannot be loaded.
    """
    if kind in _own():
        return cast("Collector", import_module(f"{__name__}.{kind}").COLLECTOR)
    return _loaded(_brought()[kind])


def options_model(kind: str) -> type[BaseModel]:
    """The closed model of a collector's options.

    Raises:
        KeyError, CollectorFault: as `collector`.
    """
    return collector(kind).options


def _loaded(point: EntryPoint) -> Collector:
    try:
        found = point.load()
        return cast("Collector", found() if isinstance(found, type) else found)
    except Exception as error:  # another package's code, which may fail in any way
        package = point.dist.name if point.dist else "another package"
        what = f'The collector "{point.name}" of {package} cannot be loaded ({type(error).__name__}: {error}).'
        raise CollectorFault(what, where=point.value, remedy=f"Mend or remove {package}.") from error


@cache
def _own() -> frozenset[str]:
    return frozenset(module.name for module in iter_modules(__path__))


@cache
def _brought() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
