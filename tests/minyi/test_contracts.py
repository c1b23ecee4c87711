"""The import contracts hold, and each of them turns red when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
ROOMS = ("minyi", "scrapers", "nlp", "reports", "storage")

BREACHES = {
    "1 layers": ("nlp/breach.py", "import reports.claims\n"),
    "1 layers (upwards)": ("storage/breach.py", "import minyi.console\n"),
    "2a": ("reports/breach.py", "import httpx\n"),
    "2b": ("nlp/breach.py", "import bs4\n"),
    "3": ("scrapers/breach.py", "import rjieba\n"),
    "4": ("reports/breach.py", "from storage.store import Store\n"),
    "5": ("scrapers/breach.py", "import scrapers.breach_too\n"),
}


def broken_contracts(folder: Path) -> list[str]:
    """Names of the contracts that import-linter finds broken in a copy of the tree."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return [line.rsplit(" BROKEN", 1)[0] for line in done.stdout.splitlines() if " BROKEN" in line]


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
    assert broken_contracts(tree) == []


@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_turns_its_contract_red(tree: Path, contract: str) -> None:
    name, code = BREACHES[contract]
    breach, too = tree / name, tree / "scrapers" / "breach_too.py"
    breach.write_text(code)
    too.write_text("import scrapers.breach\n")
    try:
        broken = broken_contracts(tree)
    finally:
        breach.unlink()
        too.unlink()
    assert any(found.startswith(contract.split(maxsplit=1)[0] + " ") for found in broken), broken
