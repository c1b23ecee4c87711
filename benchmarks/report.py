"""CPU seconds and peak memory of reports over a million stored comments.

Usage: python benchmarks/report.py [ROWS] [--keep FOLDER] [--profile]

The store is made once (in `--keep`, where it stays for the next time): comments put together from pieces of the demo's,
seeded, of 300,000 authors in four sources over 120 days with five events, each with a stance. Then each command runs as
a person would run it, compiled and in a process of its own: `minyi analyse` with nothing left to judge, which works the
rollup out, `minyi report` for the first time, and again with nothing new. Prints CPU seconds and peak memory of each
beside their limits, and fails where one is over them.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minyi.analysing import judgement_of
from minyi.fingerprints import PACKAGES
from minyi.workspace import open_workspace
from nlp.fold import fold_keys
from storage.database import connect, parse_url, writing
from storage.intake import Origin, comment_rows
from storage.pseudonyms import Pseudonyms
from storage.queries import COMMENT
from storage.writes import add, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.workspace import Workspace
    from storage.nouns import CommentRow

UNLIMITED = float("inf")
LIMITS = {"analyse": (UNLIMITED, UNLIMITED), "report": (10.0, 700.0), "report again": (3.0, 700.0)}
"""CPU seconds and MB at a million comments; the rollup is worked out once for the comments that came."""
COUNTED = 1_000_000
"""Comments from which on the limits hold."""
DAYS, AUTHORS, SOURCES = 120, 0.3, ("forum", "video", "news", "app")
START = date(2026, 2, 2)
BATCH = 20_000
STUDY = """\
[study]
id = "million"
start = {start}
end = {end}
[change]
name = {{ zh = "云梧先享额度关闭", en = "Closing of Yunwu Advance" }}
statement = {{ zh = "云梧支付对云梧分高于700分的用户关闭“云梧先享”信用额度", en = "Yunwu Pay closes its credit line" }}
words = {{ zh = ["云梧", "额度"], en = ["Yunwu"] }}
{sources}
{events}
"""
SOURCE = '[[sources]]\nname = "{name}"\nkind = "files"\npath = "none.jsonl"'
EVENT = '[[events]]\ndate = {day}\nkind = "{kind}"\ntitle = {{ zh = "第{n}号通告", en = "Notice {n}" }}'
KINDS = ("announced", "clarified", "effective", "regulator", "media")


def study_text() -> str:
    """The study file."""
    events = [EVENT.format(day=START + timedelta(days=20 * n), kind=kind, n=n) for n, kind in enumerate(KINDS, start=1)]
    sources = [SOURCE.format(name=name) for name in SOURCES]
    end = START + timedelta(days=DAYS - 1)
    return STUDY.format(start=START, end=end, sources="\n".join(sources), events="\n".join(events))


def pages(rows: int, seed: int = 7) -> Iterator[tuple[str, list[CommentRow]]]:
    """Comments, a page at a time, each of one source."""
    draw = random.Random(seed)
    lines = files("minyi.demo").joinpath("comments.jsonl").read_text(encoding="utf-8").splitlines()
    pieces = [
        piece for line in lines for piece in re.findall(r"[^，。！？,.!?]+[，。！？,.!?]?", json.loads(line)["text"])
    ]
    letters = sorted({letter for piece in pieces for letter in piece if "\u4e00" <= letter <= "\u9fff"})
    for start in range(0, rows, BATCH):
        page = [_comment(draw, at, rows, pieces, letters) for at in range(start, min(start + BATCH, rows))]
        yield SOURCES[start // BATCH % len(SOURCES)], page


def _comment(draw: random.Random, at: int, rows: int, pieces: list[str], letters: list[str]) -> CommentRow:
    """One to four pieces with a few characters of its own, so that most texts are apart, as people's are."""
    text = "".join(draw.choices(pieces, k=draw.choice((1, 1, 2, 3, 4))))
    if draw.random() < 0.9:  # noqa: PLR2004  a tenth are word for word what others say
        for _ in range(draw.randint(2, 6)):
            cut = int(draw.random() * len(text))
            text = text[:cut] + "".join(draw.choices(letters, k=2)) + text[cut:]
    day, second = min(int(draw.expovariate(1 / 40)), DAYS - 1), draw.randrange(86_400)
    stamp = (START - date(1970, 1, 1)).days * 86_400 + day * 86_400 + second - 8 * 3_600
    return {
        "ext_id": f"n{at}",
        "text": text,
        "lang": "zh",
        "author": f"u{int(draw.random() ** 1.5 * AUTHORS * rows)}",
        "published_at": stamp * 1000,
        "published_precision": "second",
        "likes": int(draw.paretovariate(1.1)) - 1,
        "url": f"https://forum.example/t/{at}",
    }


def make(folder: Path, rows: int) -> None:
    """The study and its store, every comment with a stance."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(study_text(), encoding="utf-8")
    with open_workspace(folder) as workspace:
        run = workspace.store.begin_run(workspace.study.id, "import", {}, "0" * 64)
        for source, page in pages(rows):
            _store(workspace, source, page, run)
        _code(workspace, run)
        workspace.store.end_run(run, "ok", {}, [])


def _store(workspace: Workspace, source: str, page: list[CommentRow], run: str) -> None:
    """Past the search index, which no report reads and which takes most of an import's time."""
    origin = Origin(workspace.study.id, source, int(run), None)
    rows, refused = comment_rows(page, origin, Pseudonyms.of_workspace(workspace.data, None))
    if refused:
        raise SystemExit(f"{len(refused)} comments were refused")
    for row, key in zip(rows, fold_keys([row["text"] for row in rows]).tolist(), strict=True):
        row["fold"] = key
    engine = connect(parse_url(workspace.loaded.database))
    with writing(engine) as connection:
        add(connection, COMMENT, rows)
        changed(connection, origin.study)
    engine.dispose()


def _code(workspace: Workspace, run: str) -> None:
    judgement, draw = judgement_of(workspace.study, workspace.coder), np.random.default_rng(5)
    keys = workspace.store.comments(workspace.study.id, columns=["key"])["key"].to_numpy()
    for start in range(0, len(keys), BATCH):
        some = keys[start : start + BATCH]
        scores = draw.dirichlet((1.0, 2.2, 1.2, 1.0), len(some)).astype(np.float32)
        workspace.store.add_annotations(
            workspace.study.id, judgement.target, judgement.annotator, judgement.codebook, run,
            some, scores.argmax(1), scores,
        )  # fmt: skip


def measured(command: list[str], *, profile: bool = False) -> tuple[float, float, float]:
    """CPU seconds, peak memory in MB and seconds of a command.

    Raises:
        SystemExit: the command failed.
    """
    how = ["-m", "cProfile", "-s", "cumulative", "-m", "minyi"] if profile else ["-m", "minyi"]
    begun = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen([sys.executable, *how, *command, "--quiet"], env=environment)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"minyi {' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.perf_counter() - begun


def run(folder: Path, rows: int, *, profile: bool) -> list[str]:
    """What was over its limit."""
    for package in PACKAGES:
        compileall.compile_dir(str(files(package)), quiet=2)
    shutil.rmtree(folder / "data" / "runs", ignore_errors=True)  # what was reported in an earlier measurement
    over = []
    print(f"{rows:,} comments".ljust(18) + f"{'CPU-s':>8}{'limit':>7}{'peak MB':>10}{'limit':>7}{'seconds':>10}")
    for name, (most_seconds, most_megabytes) in LIMITS.items():
        seconds, megabytes, wall = measured([name.split()[0], str(folder)], profile=profile)
        limits = (_limit(most_seconds), _limit(most_megabytes))
        print(f"{name:18}{seconds:8.1f}{limits[0]:>7}{megabytes:10.0f}{limits[1]:>7}{wall:10.1f}", flush=True)
        if rows >= COUNTED and (seconds > most_seconds or megabytes > most_megabytes):
            over.append(f"{name}: {seconds:.1f} CPU-s and {megabytes:.0f} MB, over {limits[0]} CPU-s or {limits[1]} MB")
    return over


def _limit(most: float) -> str:
    return "none" if most == UNLIMITED else f"{most:.0f}"


def main() -> int:
    """Measure, print, compare with the limits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder for the store, which is made where it is not there yet")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "study"
        if not (folder / "study.toml").exists():
            make(folder, given.rows)
        over = run(folder, given.rows, profile=given.profile)
    for line in over:
        print(line)
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
