"""The import contracts hold, and each of them turns red when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPOSITORY = Path(__file__).parent.parent.parent
ROOMS = ("minyi", "scrapers", "nlp", "reports", "storage")

# By contract: a module that breaks it, and what it imports. Import-linter takes long to begin: one run for all.
BREACHES = {
    "1": ("nlp.sideways", "reports.claims"),
    "2a": ("reports.asking", "httpx"),
    "2b": ("nlp.reading", "bs4"),
    "3": ("scrapers.cutting", "rjieba"),
    "4": ("reports.storing", "storage.store"),
    "5": ("scrapers.breach", "scrapers.breach_too"),
}


def said_of(folder: Path) -> str:
    """What import-linter says of a copy of the tree."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.stdout


def broken(said: str) -> set[str]:
    """The numbers of the contracts that are broken."""
    return {line.split(maxsplit=1)[0] for line in said.splitlines() if " BROKEN" in line}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rooms' code alone, in a folder of its own."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    for room in ROOMS:
        shutil.copytree(
            REPOSITORY / room, folder / room, ignore=lambda _folder, names: [n for n in names if _is_data(n)]
        )
    return folder


def _is_data(name: str) -> bool:
    return "." in name and not name.endswith(".py")


def test_the_contracts_hold(tree: Path) -> None:
    said = said_of(tree)
    assert not broken(said), said


@contextmanager
def planted(tree: Path, modules: Mapping[str, str]) -> Iterator[None]:
    """Each module in the tree, importing the other, for as long as this lasts."""
    paths = {tree.joinpath(*name.split(".")).with_suffix(".py"): imported for name, imported in modules.items()}
    for path, imported in paths.items():
        path.write_text(f"import {imported}\n")
    yield
    for path in paths:
        path.unlink()


def test_each_breach_turns_its_contract_red(tree: Path) -> None:
    with planted(tree, {**dict(BREACHES.values()), "scrapers.breach_too": "scrapers.breach"}):
        said = said_of(tree)
    assert broken(said) == set(BREACHES), said
    for contract, (module, imported) in BREACHES.items():
        assert contract == "5" or f"{module} -> {imported}" in said, said


def test_an_import_upwards_is_a_breach(tree: Path) -> None:
    with planted(tree, {"storage.upwards": "minyi.console"}):
        said = said_of(tree)
    assert "1" in broken(said)
    assert "storage.upwards -> minyi.console" in said
