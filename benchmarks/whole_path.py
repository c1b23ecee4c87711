"""CPU seconds and peak memory of the whole path: import, analyse, report.

Usage: python benchmarks/whole_path.py [ROWS] [--real FILE]

Comments are pieces of the demo's, put together anew (seeded); `--real` takes them from a JSONL file (.gz too) instead.
Each command runs as a person would run it, in a process of its own. Prints a line a command, and fails over the limits.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

LIMIT_CPU_S = {100_000: 40.0}
LIMIT_MB = {100_000: 800.0}
STUDY = """\
[study]
id = "whole-path"
start = 2026-03-02
end = 2026-04-12
[change]
name = { zh = "云梧先享额度关闭", en = "Closing of Yunwu Advance" }
statement = { zh = "云梧支付对云梧分高于700分的用户关闭“云梧先享”信用额度", en = "Yunwu Pay closes its credit line" }
words = { zh = ["云梧", "额度"], en = ["Yunwu"] }
[[events]]
date = 2026-03-09
kind = "announced"
title = { zh = "公告", en = "Notice" }
[[events]]
date = 2026-03-16
kind = "effective"
title = { zh = "生效", en = "In force" }
"""


def demo_texts(rows: int, seed: int) -> list[str]:
    """Texts made of one to four pieces of the demo's comments."""
    draw = random.Random(seed)
    lines = files("minyi.demo").joinpath("comments.jsonl").read_text(encoding="utf-8").splitlines()
    pieces = [
        piece for line in lines for piece in re.findall(r"[^，。！？,.!?]+[，。！？,.!?]?", json.loads(line)["text"])
    ]
    return ["".join(draw.choices(pieces, k=draw.randint(1, 4))) for _ in range(rows)]


def real_texts(path: Path, rows: int) -> list[str]:
    """Texts of a JSONL file, over again with a number behind them where there are too few."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    texts = [json.loads(line)["text"] for line in content.decode("utf-8").splitlines() if line.strip()]
    return [texts[i % len(texts)] + (f" {i // len(texts)}" if i >= len(texts) else "") for i in range(rows)]


def write_comments(path: Path, texts: list[str], seed: int) -> None:
    """A JSONL file as somebody would export it."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8") as out:
        for number, text in enumerate(texts):
            day, second = draw.randrange(42), draw.randrange(86_400)
            row: dict[str, Any] = {
                "id": f"n{number}",
                "text": text,
                "author": f"u{draw.randrange(len(texts) * 2 // 3 + 1)}",
                "time": time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(1772409600 + day * 86_400 + second)),
                "likes": int(draw.paretovariate(1.1)) - 1,
                "platform": draw.choice(["microblog", "forum", "video", "news"]),
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def measured(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of a command.

    Raises:
        SystemExit: the command failed.
    """
    process = subprocess.Popen([sys.executable, "-m", "minyi", *command, "--quiet"])
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"minyi {' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Measure, print, compare with the limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("--real", type=Path, help="JSONL with a text column")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    texts = real_texts(given.real, given.rows) if given.real else demo_texts(given.rows, given.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        write_comments(folder / "comments.jsonl", texts, given.seed)
        print(f"{given.rows:,} comments, {sum(map(len, texts)) / len(texts):.0f} characters each")
        steps = [["import", str(folder / "comments.jsonl"), "--study", name], ["analyse", name], ["report", name]]
        cpu, peak = 0.0, 0.0
        for step in steps:
            seconds, megabytes = measured(step)
            cpu, peak = cpu + seconds, max(peak, megabytes)
            print(f"{step[0]:10}{seconds:8.1f} CPU-s{megabytes:8.0f} MB")
        print(f"{'all':10}{cpu:8.1f} CPU-s{peak:8.0f} MB")
    if cpu > LIMIT_CPU_S.get(given.rows, float("inf")) or peak > LIMIT_MB.get(given.rows, float("inf")):
        raise SystemExit("over the limit")


if __name__ == "__main__":
    main()
