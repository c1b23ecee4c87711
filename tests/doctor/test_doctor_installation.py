"""Each fault of an installation is found, and told with what to do."""

from __future__ import annotations

import platform
import subprocess
import sys
import zoneinfo
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from minyi.doctor import installation
from reports.editions import pictures
from storage.integrity import examining

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHECKS = [
    installation.python,
    installation.packages,
    installation.extras,
    installation.fonts,
    installation.pdf,
    installation.sqlite,
    installation.time_zones,
]


@pytest.mark.parametrize("check", [check for check in CHECKS if check is not installation.fonts])
def test_this_installation_is_in_order(check: Callable, found: Callable) -> None:
    assert {finding.state for finding in found(check)} <= {"ok"}


@pytest.mark.parametrize("version", ["3.10.14", "3.14.0"])
def test_a_python_outside_the_bounds_fails(version: str, found: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "python_version", lambda: version)
    monkeypatch.setattr(metadata, "metadata", lambda _: {"Requires-Python": ">=3.11,<3.14"})

    (finding,) = found(installation.python)

    assert (finding.state, version in finding.what, "versions" in finding.remedy) == ("fail", True, True)


@pytest.mark.parametrize(
    ("version", "bounds", "inside"),
    [
        ("2.8", ">=2.8", True),
        ("2.7.4", ">=2.8", False),
        ("2.10", ">=2.8", True),
        ("1.0rc1", ">=1.0", True),
        ("2026.10.19.post1", ">=2024.1", True),
        ("3.14.1", ">=3.11,<3.14", False),
        ("5", "", True),
    ],
)
def test_versions_are_compared_as_numbers(version: str, bounds: str, inside: bool) -> None:
    assert installation.within(version, bounds) == inside


def test_a_package_that_is_missing_or_too_old_fails(found: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["pandas>=99", "no-such-package-at-all>=1", 'psycopg[binary]>=3.2; extra == "postgres"']
    monkeypatch.setattr(metadata, "requires", lambda _: needs)

    (finding,) = found(installation.packages)

    assert finding.state == "fail"
    assert f"pandas {metadata.version('pandas')} is not >=99" in finding.what
    assert "no-such-package-at-all is not installed" in finding.what
    assert "psycopg" not in finding.what


def test_an_extra_that_is_too_old_is_told_and_one_that_is_not_there_is_named(
    found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = ['numpy>=99; extra == "counting"', 'no-such-package>=1; extra == "nothing"', 'numpy>=1; extra == "fine"']
    monkeypatch.setattr(metadata, "requires", lambda _: needs)

    named, old = found(installation.extras)

    assert (named.state, named.what) == ("ok", "Installed: fine. Not installed: counting, nothing.")
    assert (old.state, old.what.startswith("Too old for counting: numpy ")) == ("warn", True)
    assert "counting" in old.remedy or "numpy" in old.remedy


def test_a_system_without_chinese_fonts_is_told_and_fails_a_study_that_draws(
    study: Path, say: Callable, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = subprocess.CompletedProcess([], 0, stdout=b"")
    monkeypatch.setattr(pictures, "run", lambda *_, **__: nothing)
    pictures._han_is_covered.cache_clear()
    try:
        (anywhere,) = found(installation.fonts)
        say('[schedule]\nformats = ["html", "pdf"]\n')
        (due,) = found(installation.fonts, study)
    finally:
        pictures._han_is_covered.cache_clear()

    assert (anywhere.state, due.state) == ("warn", "fail")
    assert "fonts-noto-cjk" in due.remedy


def test_a_system_without_pango_is_told(found: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(_name: str) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(installation, "import_module", lacking)
    monkeypatch.setattr(installation, "find_spec", lambda _: object())

    (finding,) = found(installation.pdf)

    assert (finding.state, "libpango" in finding.remedy) == ("warn", True)


@pytest.mark.parametrize("part", examining.PARTS)
def test_a_sqlite_without_one_of_its_parts_fails(part: str, found: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(examining.PARTS, part, "CREATE VIRTUAL TABLE f USING fts99(a)")

    (finding,) = found(installation.sqlite)

    assert (finding.state, finding.what.endswith(f"lacks {part}.")) == ("fail", True)


def test_a_system_without_time_zones_fails(found: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("tzdata.")]:  # other tests have read zones from it
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tzdata", None)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    try:
        (finding,) = found(installation.time_zones)
    finally:
        zoneinfo.reset_tzpath(to=before)

    assert (finding.state, "tzdata" in finding.remedy) == ("fail", True)
