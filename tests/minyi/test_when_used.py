"""A module that is large is imported when something of it is used, however often it was named before."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from minyi.when_used import when_used

if TYPE_CHECKING:
    from pathlib import Path

LARGE = """\
import sys
sys.large_was_imported = True
import large.part  # which names the whole while that is on its way
SIZE = 3
"""


@pytest.fixture(autouse=True)
def _large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "large"
    package.mkdir()
    (package / "__init__.py").write_text(LARGE, encoding="utf-8")
    (package / "part.py").write_text("import large\nWHOLE = large\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "large_was_imported", False, raising=False)
    for name in ("large", "large.part"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def imported() -> bool:
    return bool(vars(sys)["large_was_imported"])


def test_naming_a_module_does_not_import_it_and_using_it_does() -> None:
    when_used("large")
    first, second = importlib.import_module("large"), importlib.import_module("large")
    assert first is second
    assert not imported()
    assert first.SIZE == 3
    assert imported()
    assert vars(second)["part"].WHOLE is second is sys.modules["large"]
    with pytest.raises(AttributeError, match="has no attribute 'OTHER'"):
        _ = second.OTHER


def test_a_module_that_is_there_already_stays_and_one_that_is_nowhere_is_left_to_its_import() -> None:
    there = importlib.import_module("large")
    when_used("large")
    when_used("nowhere_at_all")
    assert sys.modules["large"] is there
    assert "nowhere_at_all" not in sys.modules
