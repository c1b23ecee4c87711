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
_DEFAULTS = ("access", "hosts", "key", "min_interval_s", "required_paths", "schema_version", "refused")


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
    package = point.dist.name if point.dist else "another package"
    remedy = f"Mend or remove {package}."
    try:
        found = point.load()
        made = found() if isinstance(found, type) else found
        lacking = _lacking(made, point.name)
    except (Exception, SystemExit) as error:  # another package's code, which may fail in any way
        what = f'The collector "{point.name}" of {package} cannot be loaded ({type(error).__name__}: {error}).'
        raise CollectorFault(what, where=point.value, remedy=remedy) from error
    if lacking:
        what = f'The collector "{point.name}" of {package} is none: {lacking}.'
        raise CollectorFault(what, where=point.value, remedy=remedy)
    return cast("Collector", made)


def _lacking(found: object, name: str) -> str:
    """What keeps an object from being the collector of this name; empty where nothing does."""
    from pydantic import BaseModel

    from scrapers.protocol import Key

    options, key = getattr(found, "options", None), getattr(found, "key", None)
    faults = {
        f'its name is not "{name}"': getattr(found, "name", None) != name,
        "it has no summary": not isinstance(getattr(found, "summary", None), str),
        "its options are no pydantic model": not (isinstance(options, type) and issubclass(options, BaseModel)),
        "it has no start": not callable(getattr(found, "start", None)),
        "it has no parse": not callable(getattr(found, "parse", None)),
        "it does not inherit from scrapers.protocol.Collector": any(not hasattr(found, part) for part in _DEFAULTS),
        "its key is no Key": key is not None and not isinstance(key, Key),
    }
    return next((fault for fault, found_so in faults.items() if found_so), "")


@cache
def _own() -> frozenset[str]:
    return frozenset(module.name for module in iter_modules(__path__))


@cache
def _brought() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
