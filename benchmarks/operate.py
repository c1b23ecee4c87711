"""All that has to hold when nobody watches, in one table: each figure beside a fault that turns it red.

    python benchmarks/operate.py                   # quick modes: some minutes of two cores
    python benchmarks/operate.py --full            # every point, flip and day: an hour
    python benchmarks/operate.py --only T1 kills   # rows of docs/threats.md, scripts, and promises by their first words
    python benchmarks/operate.py --tests           # without the scripts: what tests hold
    python benchmarks/operate.py --json FILE

A row is either a promise that tests hold (`benchmarks/faults/planted.py`), or a figure that a script of
`benchmarks/faults/` measures. Tests and scripts run sound, where they have to hold, and once more for each of their
faults, where they have to fail. Exit code 1 where either is not so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FAULTS = ROOT / "benchmarks" / "faults"
sys.path.append(str(FAULTS))

from planted import PLANTS, Plant  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCRIPTS = ("kills", "damage", "server", "network", "soak")
AT_ONCE = 2
PATIENCE_S = 3600


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        promise: what has to hold.
        measured: what was found, sound.
        limit: what it may be at most, or has to be.
        holds: whether it does.
        fault: what was broken; empty where another row of the same script is beside its faults.
        red: whether that was noticed.
    """

    promise: str
    measured: str
    limit: str
    holds: bool
    fault: str = ""
    red: bool = True

    @property
    def good(self) -> bool:
        """Whether it holds, and would not if it were broken."""
        return self.holds and self.red


class Ended(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    said: str


def run(*words: object, surroundings: dict[str, str] | None = None) -> Ended:
    """A program of Python's, from the top of the repository."""
    try:
        ended = subprocess.run(
            [sys.executable, *map(str, words)], cwd=ROOT, env=os.environ | (surroundings or {}), capture_output=True,
            text=True, encoding="utf-8", errors="replace", check=False, timeout=PATIENCE_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Ended(124, "it did not end")
    return Ended(ended.returncode, ended.stdout + ended.stderr)


def pytest(tests: Sequence[str], *words: str, surroundings: dict[str, str] | None = None) -> Ended:
    """These tests, slow ones too, with a line for each."""
    files = [f"tests/{test}" for test in tests]
    return run("-m", "pytest", "-m", "", "-rA", "--tb=line", *words, *files, surroundings=surroundings)


def told(ended: Ended, how: str, tests: Sequence[str]) -> int:
    """How many of these tests ended so: PASSED, FAILED, ERROR. An error of a fixture or an import proves nothing."""
    begins = tuple(f"{how} tests/{test}" for test in tests)
    return sum(line.startswith(begins) for line in ended.said.splitlines())


def of_tests(wanted: Sequence[Plant], together: Callable[..., Sequence[Row]]) -> list[Row]:
    """The promises that tests hold: all of their tests once, sound, and those of each promise with its fault."""
    sound = pytest(sorted({test for fault in wanted for test in fault.tests})) if wanted else Ended(0, "")

    def tried(fault: Plant) -> Row:
        surroundings = {"PLANTED": str(PLANTS.index(fault)), "PYTHONPATH": str(FAULTS / "planting")}
        planted = pytest(fault.tests, "-x", surroundings=surroundings)
        passed = told(sound, "PASSED", fault.tests)
        broken = told(sound, "FAILED", fault.tests) + told(sound, "ERROR", fault.tests)
        red = told(planted, "FAILED", fault.tests) > 0
        holds = passed > 0 and not broken
        return Row(promised(fault.promise), f"{passed} of {passed + broken} tests pass", "all", holds, fault.fault, red)

    return list(together(tried, wanted))


def promised(name: str) -> str:
    """A promise in words: for a row of docs/threats.md what comes in, and what has to happen."""
    for line in (ROOT / "docs" / "threats.md").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"| {name} |"):
            _, _, comes, happens, *_ = line.split("|")
            return f"{name} {comes.strip()}: {happens.strip()}"
    return name


def of_script(name: str, *, full: bool) -> list[Row]:
    """What one script measures, and whether each of its faults makes it end with 1."""
    path = FAULTS / f"{name}.py"
    quick = [] if full else ["--quick"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        ended = run(path, *quick, "--json", file)
        figures = json.loads(file.read_text()) if file.exists() else []
    rows = [Row(f"{name}: {one['promise']}", one["measured"], one["limit"], one["holds"]) for one in figures]
    if not figures or ended.code != (0 if all(row.holds for row in rows) else 1):
        rows.append(Row(f"{name}: ends and gives its figures", f"exit code {ended.code}", "0", holds=False))
        print(ended.said[-2000:], file=sys.stderr)
    for line in run(path, "--plants").said.splitlines():
        fault, _, promise = line.partition("\t")
        planted = run(path, "--quick", "--plant", fault)
        rows.append(Row(f"{name}: {promise}", "", "", holds=True, fault=fault, red=planted.code == 1))
    return rows


def shown(rows: Sequence[Row]) -> str:
    """The table, in Markdown."""
    lines = ["| What has to hold | Found | Limit | Holds | Fault planted | Noticed |", "|---|---|---|---|---|---|"]
    for row in rows:
        noticed = ("yes" if row.red else "NO") if row.fault else ""
        holds = ("yes" if row.holds else "NO") if row.measured else ""
        cells = (row.promise, row.measured, row.limit, holds, row.fault, noticed)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    bad = sum(not row.good for row in rows)
    return "\n".join([*lines, "", f"{len(rows)} rows, {bad} of them not as they have to be."])


def main() -> int:
    """Makes the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="scripts with every point, flip and day")
    parser.add_argument("--tests", action="store_true", help="without the scripts")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="promises and scripts that begin so")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the rows, for programs")
    asked = parser.parse_args()

    def wanted(name: str) -> bool:
        return not asked.only or any(f"{name} ".startswith(f"{one} ") for one in asked.only)

    scripts = () if asked.tests else SCRIPTS
    with ThreadPoolExecutor(AT_ONCE) as pool:
        measured = [pool.submit(of_script, name, full=asked.full) for name in scripts if wanted(name)]
        rows = of_tests([fault for fault in PLANTS if wanted(fault.promise)], pool.map)
        rows += [row for script in measured for row in script.result()]
    print(shown(rows))
    if asked.json:
        asked.json.write_text(json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=2))
    return 0 if rows and all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
