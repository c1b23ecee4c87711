"""What minyi stands on is named with its licence, and a check that could not be made is not called clean."""

from __future__ import annotations

import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

_SPEC = spec_from_file_location("benchmarks_audits", Path(__file__).parents[2] / "benchmarks" / "audits.py")
assert _SPEC
assert _SPEC.loader
AUDITS: Any = module_from_spec(_SPEC)  # another module of the tests has its name
_SPEC.loader.exec_module(AUDITS)

ROW = re.compile(r"^\| ([\w.-]+) \| (\S+) \| (.*) \| (.+) \|$", re.MULTILINE)


def rows() -> list[Any]:
    found = [AUDITS.Licensed(*row) for row in ROW.findall(AUDITS.PAGE.read_text("utf-8"))]
    return [one for one in found if one.version != "version"]


def test_the_page_names_every_package_that_is_pinned() -> None:
    pinned = AUDITS.locked(AUDITS.LOCK.read_text("utf-8"))
    assert len(pinned) > 100
    assert {AUDITS.canonical(one.name) for one in rows()} == set(pinned), "run: python benchmarks/audits.py --licences"


def test_none_of_them_binds_minyi_or_is_unknown() -> None:
    assert [one for one in rows() if one.kind in {"binding", "unknown"}] == []
    weak = {one.name for one in rows() if one.kind == "weak"}
    above = AUDITS.PAGE.read_text("utf-8").partition("| package")[0]
    assert {"psycopg", "chardet"} <= weak
    assert all(name in above for name in weak)


@pytest.mark.parametrize(
    ("licence", "kind"),
    [
        ("MIT", "free"),
        ("GPL-3.0-only", "binding"),
        ("AGPL-3.0-or-later", "binding"),
        ("GNU General Public License v3 (GPLv3)", "binding"),
        ("LGPL-3.0-only", "weak"),
        ("GPL-2.0-only OR MIT", "free"),
        ("GNU General Public License v2 (GPLv2); Mozilla Public License 1.1 (MPL 1.1)", "weak"),
        ("", "unknown"),
    ],
)
def test_licences_that_bind_are_told_from_those_that_do_not(licence: str, kind: str) -> None:
    assert AUDITS.Licensed("a", "1", licence, "always").kind == kind


FINE = {"name": "a", "version": "1", "vulns": []}


@pytest.mark.parametrize(
    ("said", "bad"),
    [
        (json.dumps({"dependencies": [FINE]}), False),
        (json.dumps({"dependencies": [FINE, FINE | {"vulns": [{"id": "PYSEC-1"}]}]}), True),
        (json.dumps({"dependencies": [FINE, {"name": "b", "skip_reason": "not found"}]}), None),
        (json.dumps({"dependencies": []}), None),
        ("", None),
        ("no such host", None),
    ],
)
def test_what_was_not_looked_up_is_not_clean(said: str, bad: bool | None) -> None:
    assert AUDITS.verdict(said, "connection refused")[0] is bad
