"""A collector's own mistake names its exception, its words and its line, and no key."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from scrapers.faults import fault_of

CODE = """
import json

def parse(said):
    return text_of(said)

def text_of(said):
    return said["text"]

def outside(said):
    return json.loads(said)
"""


@pytest.fixture
def theirs(tmp_path: Path) -> Any:
    """A module of another package."""
    path = tmp_path / "their_package" / "petitions.py"
    path.parent.mkdir()
    path.write_text(CODE, "utf-8")
    spec = importlib.util.spec_from_file_location("petitions", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def as_the_runner_calls(function: Any, said: object) -> Exception:
    """The exception with the runner's frames around it, as `SourceRun` catches it."""
    code = compile("def call(f, x):\n    return f(x)\n", str(Path("scrapers/source_run.py").absolute()), "exec")
    names: dict[str, Any] = {}
    exec(code, names)
    with pytest.raises(Exception) as caught:  # noqa: PT011  whatever it is
        names["call"](function, said)
    error = caught.value
    error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # without this test's own frame
    return error


def test_the_innermost_line_of_the_collectors_own_file_is_named(theirs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent.parent)

    wrong = fault_of(as_the_runner_calls(theirs.parse, {}), "https://a.example/1")
    deeper = fault_of(as_the_runner_calls(theirs.outside, "{"), "https://a.example/1")

    assert wrong.what == "The collector failed (KeyError: 'text', at their_package/petitions.py:8)."
    assert "JSONDecodeError: Expecting" in deeper.what
    assert "petitions.py:11)" in deeper.what


def test_it_shows_no_key_and_stays_one_short_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINYI_PETITIONS_KEY", "abcd-1234-efgh")
    error = ValueError("abcd-1234-efgh at https://u:p@a.example/?token=t0psecret\n" + "x" * 5_000)

    said = str(fault_of(error, "https://a.example/?key=hidden-too"))

    assert not any(secret in said for secret in ("abcd-1234", "t0psecret", "u:p@", "hidden-too"))
    assert "\n" not in said
    assert len(said) < 500
