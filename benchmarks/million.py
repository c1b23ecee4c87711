"""CPU seconds and memory of the language path on a million comments: cleaned, folded and grouped, cut, coded.

Usage: python benchmarks/million.py [ROWS] [--real FILE] [--cut CHARACTERS]

Texts come from `--real` (JSONL, .gz too), else from the data folder beside the repository, else from the demo's
comments put together anew. Where there are too few, copies get small edits (seeded), so that all are distinct. No stage
remembers a text or a run of Han, so copies save it nothing; to near-duplicates they are more work, since far more pairs
are compared than among texts that people wrote apart from each other. `--cut` shortens the texts; their mean length is
printed with the figures.

Every stage is compared with a plain loop over a sample of the same texts, timed in the same run: character n-grams
counted in a dictionary and weighted, as TF-IDF does. Fails where a stage is less than LEAST_TIMES_PLAIN as fast as that
loop, about half of what was measured, so that the machine's own speed plays no part; and over LIMIT_MB.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import resource
import time
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nlp.coders.embedded import EmbeddedCoder
from nlp.duplicates import near_groups
from nlp.examples import change_of
from nlp.fold import fold_many, keys_of
from nlp.segment import segmenter
from storage.nouns import STANCES
from storage.text import clean_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "changes.jsonl.gz"
CHANGE = change_of("春节期间禁止燃放烟花爆竹")
BATCH = 20_000
SAMPLE = 3_000
LIMIT_MB = 1024
GOAL_CPU_S = 30.0
LEAST_TIMES_PLAIN = {"cleaned": 20.0, "folded": 18.0, "grouped": 6.5, "cut": 4.5, "coded": 6.0}


def texts_of(path: Path | None) -> list[str]:
    """The texts to begin with."""
    if path is None:
        lines = files("minyi.demo").joinpath("comments.jsonl").read_text(encoding="utf-8").splitlines()
        draw, pieces = random.Random(3), []
        for line in lines:
            pieces += re.findall(r"[^，。！？,.!?]+[，。！？,.!?]?", json.loads(line)["text"])
        return ["".join(draw.choices(pieces, k=draw.randint(2, 6))) for _ in range(50_000)]
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line)["text"] for line in content.decode("utf-8").splitlines() if line.strip()]


def distinct(texts: Sequence[str], rows: int, cut: int) -> list[str]:
    """That many texts: the first round as they are, later ones with two or three small edits, all different."""
    draw = random.Random(11)
    short = [text[:cut] for text in texts if text]
    letters = "".join(short[:200])
    made: dict[str, None] = {}
    turn = 0
    while len(made) < rows:
        text = short[turn % len(short)]
        made[text if turn < len(short) else _edited(text, letters, draw)] = None
        turn += 1
    result = list(made)
    draw.shuffle(result)
    return result


def _edited(text: str, letters: str, draw: random.Random) -> str:
    """One character changed, one put in, and in half of the cases one left out."""
    at, to, gone = (int(draw.random() * len(text)) for _ in range(3))
    text = text[:at] + letters[int(draw.random() * len(letters))] + text[at + 1 :]
    text = text[:to] + letters[int(draw.random() * len(letters))] + text[to:]
    return text[:gone] + text[gone + 1 :] if draw.random() < 0.5 else text  # noqa: PLR2004


def plain(texts: Sequence[str]) -> float:
    """What a plain loop makes of the texts: n-grams of one to three characters, counted, weighted and added up."""
    seen: Counter[str] = Counter()
    total = 0.0
    for text in texts:
        grams = Counter(text[at : at + size] for size in (1, 2, 3) for at in range(len(text) - size + 1))
        seen.update(grams.keys())
        weights = {gram: (1 + math.log(n)) * math.log(1e6 / (1 + seen[gram])) for gram, n in grams.items()}
        total += sum(weights.values()) / math.sqrt(sum(weight * weight for weight in weights.values()) or 1.0)
    return total


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts a stretch at a time."""
    for begin in range(0, len(texts), BATCH):
        yield texts[begin : begin + BATCH]


class Stages:
    """The stages, each with what it needs of the ones before."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.folds: list[str] = []
        self.keys: NDArray[np.int64] = np.empty(0, np.int64)

    def all(self) -> list[Callable[[], str]]:
        """The stages in their order."""
        return [self.cleaned, self.folded, self.grouped, self.cut, self.coded]

    def cleaned(self) -> str:
        """Through the text door."""
        changed = 0
        for begin in range(0, len(self.texts), BATCH):
            passed = clean_many(self.texts[begin : begin + BATCH])
            changed += sum(map(bool, passed.flags))
            self.texts[begin : begin + BATCH] = passed.texts
        return f"{changed:,} changed"

    def folded(self) -> str:
        """The folded texts, and a key for each."""
        self.folds = [fold for part in batches(self.texts) for fold in fold_many(part)]
        self.keys = keys_of(self.folds)
        return f"{len(pd.unique(self.keys)):,} distinct"

    def grouped(self) -> str:
        """Near-duplicates of the folded texts, which are let go."""
        folds, self.folds = self.folds, []
        return f"{len(pd.unique(near_groups(folds, self.keys, folded=True).key)):,} groups"

    def cut(self) -> str:
        """Words of each, as numbers of one vocabulary."""
        words = segmenter().words(self.texts)
        return f"{len(words.ids):,} words, {len(words.vocabulary):,} distinct"

    def coded(self) -> str:
        """Stances towards one change."""
        coder = EmbeddedCoder()
        primary = np.concatenate([coder.code(part, CHANGE).primary for part in batches(self.texts)])
        counts = np.bincount(primary, minlength=len(STANCES))
        return " ".join(f"{count:,}" for count in counts)


def measured(work: Callable[[], str]) -> tuple[float, float, str]:
    """CPU seconds, peak memory of the process so far in MB, and what came out."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, result


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("rows", type=int, nargs="?", default=1_000_000)
    asked.add_argument("--real", type=Path)
    asked.add_argument("--cut", type=int, default=10_000)
    args = asked.parse_args()
    texts = distinct(texts_of(args.real or (SHARED if SHARED.is_file() else None)), args.rows, args.cut)
    sample = texts[:: max(len(texts) // SAMPLE, 1)]
    base = min(measured(lambda: str(plain(sample)))[0] for _ in range(3)) / len(sample)
    length = sum(map(len, texts)) / len(texts)
    print(f"{len(texts):,} distinct comments of {length:.1f} characters; a plain loop does {1 / base:,.0f} a second")
    print(f"{'stage':8} {'CPU-s':>7} {'a second':>10} {'x plain':>8} {'peak MB':>8}")
    for stage in Stages(texts[:1]).all():
        stage()  # tables and models are read once, however many comments there are
    stages, missed, whole, peak = Stages(texts), [], 0.0, 0.0
    for stage in stages.all():
        name = stage.__name__
        spent, peak, result = measured(stage)
        whole += spent
        times = base * len(texts) / spent
        print(f"{name:8} {spent:7.2f} {len(texts) / spent:10,.0f} {times:8.1f} {peak:8.0f}  {result}", flush=True)
        if times < LEAST_TIMES_PLAIN[name]:
            missed.append(f"{name}: {times:.1f} times the plain loop is under {LEAST_TIMES_PLAIN[name]:.1f}")
    print(f"{'all':8} {whole:7.2f} {len(texts) / whole:10,.0f} {base * len(texts) / whole:8.1f}  goal "
          f"{GOAL_CPU_S * len(texts) / 1e6:.1f} CPU-s")  # fmt: skip
    if peak > LIMIT_MB:
        missed.append(f"a peak of {peak:.0f} MB is over {LIMIT_MB}")
    for floor in missed:
        print(f"MISSED: {floor}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
