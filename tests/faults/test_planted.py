"""The faults of `benchmarks/faults/planted.py`: each breaks something that is there, and tests that exist notice it."""

from __future__ import annotations

import ast
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def planted() -> Any:
    """The module, as a script's neighbour: the folder is no package."""
    spec = spec_from_file_location("planted_here", ROOT / "benchmarks" / "faults" / "planted.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FAULTS = planted()


def tree_of(module: str) -> ast.Module:
    """The source of a module of the program, read and not imported."""
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))


def names_in(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """What a module or class gives a name to, and what stands inside of each."""
    named: dict[str, list[ast.stmt]] = {}
    for node in body:
        match node:
            case ast.FunctionDef(name=name, body=inside) | ast.AsyncFunctionDef(name=name, body=inside):
                named[name] = []
            case ast.ClassDef(name=name, body=inside):
                named[name] = inside
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                named |= {one.asname or one.name: [] for one in names}
            case ast.AnnAssign(target=ast.Name(id=name)):
                named[name] = []
            case ast.Assign(targets=targets):
                named |= {one.id: [] for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
    return named


def is_there(target: str) -> bool:
    """Whether module:attribute, or module:class.attribute, is written there."""
    module, _, path = target.partition(":")
    body = tree_of(module).body
    for name in path.split("."):
        named = names_in(body)
        if name not in named:
            return False
        body = named[name]
    return True


def is_written(test: str) -> bool:
    """Whether a test, or a file of tests, is there."""
    file, _, name = test.partition("[")[0].partition("::")
    path = ROOT / "tests" / file
    return path.is_file() and (not name or name in names_in(ast.parse(path.read_text("utf-8")).body))


@pytest.mark.parametrize("fault", FAULTS.PLANTS, ids=lambda fault: fault.promise)
def test_what_it_breaks_is_there_and_so_are_the_tests_that_notice(fault: Any) -> None:
    assert is_there(fault.target)
    assert fault.tests
    assert [test for test in fault.tests if not is_written(test)] == []


def test_every_threat_has_a_fault() -> None:
    rows = re.findall(r"^\| (T\d+) \|", (ROOT / "docs" / "threats.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) == 22
    assert {fault.promise for fault in FAULTS.THREATS} == {*rows}


def test_a_fault_is_noticed_by_a_test_of_its_row() -> None:
    page = (ROOT / "docs" / "threats.md").read_text("utf-8")
    for fault in FAULTS.THREATS:
        row = next(line for line in page.splitlines() if line.startswith(f"| {fault.promise} |"))
        assert [test for test in fault.tests if f"`{test.partition('[')[0]}`" not in row] == [], fault.promise


@pytest.mark.parametrize("wrong", ["scrapers.guard:nothing", "scrapers.guard:GuardedBackend.nothing"])
def test_what_is_not_there_is_noticed(wrong: str) -> None:
    assert not is_there(wrong)


@pytest.mark.parametrize("wrong", ["scrapers/test_nothing.py", "scrapers/test_guard.py::test_nothing"])
def test_a_test_that_nobody_wrote_is_noticed(wrong: str) -> None:
    assert not is_written(wrong)
