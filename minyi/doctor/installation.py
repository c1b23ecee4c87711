"""The installation: Python, the packages, what editions need of the system, SQLite's parts, time zones."""

from __future__ import annotations

import platform
import re
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from minyi.doctor.finding import Finding, found_in
from storage.errors import MinyiError
from storage.extras import install_remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.doctor.patient import Patient

_PACKAGE = "minyi"
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[^]]*\])?\s*(?P<bounds>[^;]*)(?:;(?P<marker>.*))?")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")
_BOUND = re.compile(r"(>=|<)\s*([\d.]+)")
_ZONE = "Asia/Shanghai"
_PICTURED = ("pdf", "docx", "pptx", "eml")


class Wanted(NamedTuple):
    """A line of the package's requirements; `extra` is empty where every installation needs it."""

    name: str
    bounds: str
    extra: str


def wanted() -> list[Wanted]:
    """What this installation of minyi says it needs."""
    found = []
    for line in metadata.requires(_PACKAGE) or ():
        if (part := _REQUIREMENT.match(line)) and part["name"] != _PACKAGE:
            extra = _EXTRA.search(part["marker"] or "")
            found.append(Wanted(part["name"], part["bounds"], extra[1] if extra else ""))
    return found


def lacks(one: Wanted) -> str:
    """What is wrong with a package, in words; empty where it is there and within its bounds."""
    try:
        version = metadata.version(one.name)
    except metadata.PackageNotFoundError:
        return f"{one.name} is not installed"
    return "" if within(version, one.bounds) else f"{one.name} {version} is not {one.bounds.strip()}"


def within(version: str, bounds: str) -> bool:
    """Whether a version lies within bounds such as ">=3.11,<3.14"; other kinds of bounds are not looked at."""
    have = _numbers(version)
    return all(
        (have >= _numbers(bound)) if sign == ">=" else (have < _numbers(bound))
        for sign, bound in _BOUND.findall(bounds)
    )


def _numbers(version: str) -> tuple[int, ...]:
    release = re.match(r"[\d.]*", version)
    return tuple(int(part) for part in (release[0] if release else "").split(".") if part)


def python(_patient: Patient) -> Iterator[Finding]:
    """Whether this Python is one that minyi is made for."""
    version, bounds = platform.python_version(), metadata.metadata(_PACKAGE)["Requires-Python"] or ""
    if within(version, bounds):
        yield Finding("python", "ok", f"Python {version}; minyi {metadata.version(_PACKAGE)}.")
        return
    yield Finding(
        "python", "fail", f"Python {version}; minyi is made for {bounds}.", "Install minyi with one of these versions."
    )


def packages(_patient: Patient) -> Iterator[Finding]:
    """Whether what every installation needs is there, and recent enough."""
    needed = [one for one in wanted() if not one.extra]
    wrong = [said for one in needed if (said := lacks(one))]
    if not wrong:
        yield Finding("packages", "ok", f"All {len(needed)} packages that minyi needs are there.")
        return
    yield Finding("packages", "fail", f"{'; '.join(wrong)}.", "Install minyi again, in an environment of its own.")


def extras(_patient: Patient) -> Iterator[Finding]:
    """Which extras are installed; one that is there and too old is told."""
    by_extra: dict[str, list[Wanted]] = {}
    for one in wanted():
        if one.extra:
            by_extra.setdefault(one.extra, []).append(one)
    there = [extra for extra, needs in by_extra.items() if not any(map(lacks, needs))]
    absent = [extra for extra in by_extra if extra not in there]
    said = f"Installed: {', '.join(there) or 'none'}. Not installed: {', '.join(absent) or 'none'}."
    yield Finding("extras", "ok", said)
    for extra, needs in by_extra.items():
        old = [said for one in needs if (said := lacks(one)) and not said.endswith("installed")]
        if old:
            yield Finding("extras", "warn", f"Too old for {extra}: {'; '.join(old)}.", install_remedy(extra))


def fonts(patient: Patient) -> Iterator[Finding]:
    """Whether PDF and pictures can show Chinese; it fails a study whose runs write such editions."""
    from reports.editions.pictures import must_have_glyphs

    due = patient.loaded.schedule.formats if patient.loaded and patient.loaded.schedule else []
    try:
        must_have_glyphs("民意")
    except MinyiError as error:
        yield found_in("fonts", error, "fail" if set(due) & set(_PICTURED) else "warn")
    else:
        yield Finding("fonts", "ok", "Chinese characters can be drawn.")


def pdf(_patient: Patient) -> Iterator[Finding]:
    """Whether the PDF edition's library finds the system's own; it is only looked at where it is installed."""
    if find_spec("weasyprint") is None:
        return
    try:
        import_module("weasyprint")
    except OSError:
        remedy = "Install it, on Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0."
        yield Finding("pdf", "warn", "The PDF edition needs the library Pango, which this system lacks.", remedy)
    else:
        yield Finding("pdf", "ok", "PDF editions can be made.")


def sqlite(_patient: Patient) -> Iterator[Finding]:
    """Whether this Python's SQLite has the parts that are used."""
    from storage.integrity.examining import sqlite_lacks, sqlite_version

    lacking = sqlite_lacks()
    if not lacking:
        yield Finding("sqlite", "ok", f"SQLite {sqlite_version()} with all that is needed.")
        return
    what = f"SQLite {sqlite_version()} lacks {', '.join(lacking)}."
    yield Finding("sqlite", "fail", what, "Use a Python from python.org, uv or your system.")


def time_zones(_patient: Patient) -> Iterator[Finding]:
    """Whether there is a time zone database: days and windows are counted by it."""
    try:
        ZoneInfo.no_cache(_ZONE)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        what = f"The time zone database is missing or damaged: {_ZONE} is not to be had."
        yield Finding("time zones", "fail", what, "Install the package tzdata into minyi's own environment.")
    else:
        yield Finding("time zones", "ok", "The time zone database is there.")
