"""Whether a report made again is the same to the byte, after each thing that may come in between.

    python benchmarks/rerun.py                # 10,000 further comments: some minutes of one core
    python benchmarks/rerun.py --further 200

The study is the demo. After each step the first report is made again by `minyi rerun`, in a process of its own, and its
files are held against what they were when they were made, by their SHA-256, whatever the command says of itself. The
steps add up: the last rerun comes after all of them. Exit code 1 where one file differs.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILES = ("numbers.json", "report.zh.html", "report.en.html")
FIRST_DAY, DAYS = datetime(2026, 3, 2, tzinfo=UTC), 42
TURNED = {"support": "concern", "concern": "suggestion", "suggestion": "neutral", "neutral": "support"}
ELSEWHERE = (
    {"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
    {"LC_ALL": "zh_CN.UTF-8", "TZ": "America/New_York", "PYTHONHASHSEED": "2"},
)


class Step(NamedTuple):
    """What comes in between, and in which surroundings the report is made again."""

    name: str
    before: Callable[[Path], None]
    study: Callable[[Path], Path] = lambda folder: folder
    surroundings: dict[str, str] = {}  # noqa: RUF012  never changed
    one_core: bool = False


def minyi(*words: object, surroundings: dict[str, str] | None = None, one_core: bool = False) -> str:
    """A command as a person runs it; gives what it says."""
    argv = ["minyi", *map(str, words)]
    core = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n" if one_core else ""
    program = f"{core}import sys\nsys.argv = {argv!r}\nfrom minyi.cli import main\nmain()"
    ended = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | (surroundings or {}), capture_output=True, text=True,
        encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if ended.returncode not in {0, 3}:
        sys.exit(f"{' '.join(argv[:2])} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def further(count: int) -> Callable[[Path], None]:
    """So many more comments, made of pieces of the demo's; they are judged, and reported on."""

    def come(folder: Path) -> None:
        draw = random.Random(11)
        lines = files("minyi.demo").joinpath("comments.jsonl").read_text(encoding="utf-8").splitlines()
        pieces = [
            piece
            for line in lines
            for piece in re.findall(r"[^，。！？,.!?]+[，。！？,.!?]?", json.loads(line)["text"])
        ]
        path = folder.parent / "further.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for at in range(count):
                day = FIRST_DAY + timedelta(days=draw.randrange(DAYS), seconds=draw.randrange(86_400))
                text = "".join(draw.choices(pieces, k=draw.randint(2, 4)))
                row = {"ext_id": f"further-{at}", "text": f"{text}{at}", "author": f"further-{at % 3_000}"}
                file.write(json.dumps(row | {"published_at": day.isoformat()}, ensure_ascii=False) + "\n")
        minyi("import", path, "--study", folder, "--source", "further")
        minyi("analyse", folder)
        minyi("report", folder)

    return come


def relabel(folder: Path) -> None:
    """Everybody who judged the sample says something else."""
    path = folder.parent / "labels.csv"
    minyi("labels", "export", folder, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["primary"] = TURNED[row["primary"]]
        row |= {stance: str(int(stance == row["primary"])) for stance in TURNED if stance in row}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    minyi("labels", "import", folder, path, "--as", "Somebody")


def edit(folder: Path) -> None:
    """The study ends earlier, and its first event is another one on another day."""
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("end = 2026-04-12", "end = 2026-03-29"),
        ("date = 2026-03-05", "date = 2026-03-06"),
        ("首次报道", "又一次报道"),
    ):
        if old not in text:
            sys.exit(f"the demo's study file does not say {old} any more")
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def link(folder: Path) -> Path:
    """The same folder by another name."""
    name = folder.parent / "by-another-name"
    if not name.exists():
        name.symlink_to(folder, target_is_directory=True)
    return name


def nothing(_folder: Path) -> None:
    """Nothing comes in between."""


def steps(count: int) -> Iterator[Step]:
    yield Step("nothing", nothing)
    yield Step(f"{count:,} further comments", further(count))
    yield Step("other labels", relabel)
    yield Step("an edited study file, and event", edit)
    yield Step("through a link, on one core", nothing, study=link, one_core=True)
    for at, surroundings in enumerate(ELSEWHERE):
        name = ", ".join(f"{key}={value}" for key, value in surroundings.items())
        yield Step(name, nothing, surroundings=surroundings, one_core=bool(at))


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def remade(folder: Path, run: str, step: Step) -> dict[str, str]:
    """The first report's files as they come of a rerun; nothing of an earlier rerun is left to be mistaken for them."""
    made = folder / "reports" / f"rerun-{run}"
    for name in FILES:
        (made / name).unlink(missing_ok=True)
    minyi("rerun", run, step.study(folder), surroundings=step.surroundings, one_core=step.one_core)
    return digests(made)


def main() -> int:
    """Print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--further", type=int, default=10_000, help="how many comments come in between")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "demo"
        minyi("demo", folder)
        run = str(json.loads((folder / "reports" / "numbers.json").read_bytes())["provenance"]["run"])
        first = digests(folder / "reports")
        for name, digest in first.items():
            print(f"run {run}  {name:15} SHA-256 {digest}")
        same = True
        for step in steps(given.further):
            began = time.monotonic()
            step.before(folder)
            again = remade(folder, run, step)
            other = [name for name in FILES if again[name] != first[name]]
            same &= not other
            said = f"DIFFERS: {', '.join(other)}" if other else f"{len(FILES)} files identical to the byte"
            print(f"after {step.name:62} {said}  ({time.monotonic() - began:.0f} s)", flush=True)
        stored = [json.loads(path.read_bytes())["totals"]["stored"] for path in _numbers(folder, run)]
        print("comments stored, by the report made last and by the first made again: {:,} and {:,}".format(*stored))
    return 0 if same and stored[0] == stored[1] + given.further else 1


def _numbers(folder: Path, run: str) -> tuple[Path, Path]:
    return folder / "reports" / FILES[0], folder / "reports" / f"rerun-{run}" / FILES[0]


if __name__ == "__main__":
    sys.exit(main())
