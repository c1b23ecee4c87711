"""What a user has: a command line, a folder, and a study file."""

from __future__ import annotations

import io
import json
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from browser import Browser

from minyi import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Packages that hold axe-core's script.
AXE = ("axe_playwright_python", "axe_core_python")
STUDY = """\
[study]
id = "fees"
start = 2026-03-01
end = 2026-03-31

[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
words = { zh = ["手续费", "提现"], en = ["fee"] }

[[events]]
date = 2026-03-10
kind = "announced"
title = { zh = "公告", en = "Notice" }
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it said to a job, with `--json`."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def done(self) -> dict[str, Any]:
        """The receipt of its last run."""
        return [event for event in self.events if event["event"] == "receipt"][-1]


@pytest.fixture(autouse=True)
def _copied_databases(copied_databases: None) -> None:
    """Every new study's database."""


@pytest.fixture(scope="session")
def command() -> Callable[..., Outcome]:
    """Run a command for several tests, as `minyi` does for one."""

    def run(*arguments: object) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.delenv("MINYI_DATABASE_URL", raising=False)
            patch.setenv("COLUMNS", "200")
            code = ended("minyi", *arguments)
        return Outcome(code, out.getvalue(), err.getvalue())

    return run


def ended(*arguments: object) -> int:
    """The exit code of a command run as the console script does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [*map(str, arguments)])
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


@pytest.fixture
def minyi(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run a command as the console script does."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = ended("minyi", *arguments)
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def new_study() -> Callable[[Path], Path]:
    """Makes a folder with a study file and nothing else in another folder."""

    def make(place: Path) -> Path:
        folder = place / "study"
        folder.mkdir()
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def study(new_study: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A folder with a study file and nothing else."""
    return new_study(tmp_path)


class Shown(NamedTuple):
    """The demo, run once for all tests that only look at it."""

    folder: Path
    outcome: Outcome


@pytest.fixture(scope="session")
def shown(command: Callable[..., Outcome], tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("shown") / "demo"
    return Shown(folder, command("demo", folder))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with Browser(program, tmp_path_factory.mktemp("chromium") / "profile") as browser:
        yield browser


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's script, from a package of the environment or from node_modules."""
    places = [Path(str(find_spec(name).submodule_search_locations[0])) for name in AXE if find_spec(name)]  # type: ignore[union-attr,index]
    places.append(Path(__file__).parents[2] / "node_modules" / "axe-core")
    found = [place / "axe.min.js" for place in places if (place / "axe.min.js").is_file()]
    if not found:
        pytest.skip("axe-core is not here: pip install --no-deps axe-playwright-python")
    return found[0].read_text("utf-8")
