"""How the two engines compare on real posts, how fast posts are cut, and what hostile lengths cost.

Usage: python benchmarks/segmentation.py [--posts N] [--data FILE]

Every run of Han of the posts goes through both engines with the same user dictionary; each difference is printed. All
posts cut at once (runs of Han side by side, as large batches are) must have the very words of posts cut a few at a time
(run by run, by the engine). Speed is posts per CPU second of the batch path, best of three, beside the engine alone on
the same runs. Fails below its floors.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.segment import LONGEST_PIECE, Segmenter
from storage.search.script import simplified, traditional

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DATA = Path(__file__).parents[2] / "shared" / "data" / "changes.jsonl.gz"
SAME_RUNS = 0.9999
LISTS_OF_THE_ENGINE = 0.35  # of the engine's own speed; not posts per second, since machines differ
NUMBERS_OF_THE_ENGINE = 0.5
STUDY_WORDS = ("琉璃贷", "青鸟支付", "Pay琉璃")
RUNS_AT_ONCE = 2_000
HOSTILE = {"one character": "哈", "words": "花呗", "marks": "，", "hashes": "#", "letters": "a", "names": "@哈"}


def posts_of(path: Path, most: int) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return texts[:most] if most else texts


def runs_of(segmenter: Segmenter, posts: Sequence[str]) -> list[str]:
    return [simplified(run) for run in segmenter.runs(posts) if len(run) <= LONGEST_PIECE]


def differences(runs: Sequence[str], one: Segmenter, other: Segmenter) -> list[tuple[list[str], list[str]]]:
    """Runs that are cut otherwise, stretch by stretch so that equal ones cost no call each."""
    apart = []
    for start in range(0, len(runs), RUNS_AT_ONCE):
        stretch = runs[start : start + RUNS_AT_ONCE]
        pairs = zip(one.cut_many(stretch), other.cut_many(stretch), strict=True)
        apart += [(ours, theirs) for ours, theirs in pairs if ours != theirs]
    return apart


def seconds(work: Callable[[], object]) -> float:
    """The least CPU seconds of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def show_parity(posts: Sequence[str], fast: Segmenter, reference: Segmenter) -> float:
    runs = runs_of(fast, posts)
    apart = differences(runs, fast, reference)
    share = 1 - len(apart) / len(runs)
    print(
        f"{len(posts):,} posts, {len(runs):,} runs of Han: {len(apart)} cut otherwise by jieba ({share:.5%} the same)"
    )
    for ours, theirs in apart:
        print(f"  rjieba {'/'.join(ours)}\n  jieba  {'/'.join(theirs)}")
    return share


def show_side_by_side(posts: Sequence[str], fast: Segmenter) -> bool:
    """All posts at once, and a few at a time."""
    few = [
        words for start in range(0, len(posts), RUNS_AT_ONCE) for words in fast.cut_many(posts[start:][:RUNS_AT_ONCE])
    ]
    apart = sum(one != other for one, other in zip(few, fast.cut_many(posts), strict=True))
    print(f"Side by side: {apart:,} of {len(posts):,} posts cut otherwise than run by run")
    return apart == 0


def show_traditional(posts: Sequence[str], fast: Segmenter) -> float:
    """Posts rewritten in Traditional characters are cut at the same places."""
    back = str.maketrans({new: old for old, new in traditional().items()})
    old = [simplified(post).translate(back) for post in posts]
    places = [
        [list(accumulate(map(len, words))) for words in fast.cut_many(texts)]
        for texts in (old, list(map(simplified, posts)))
    ]
    share = sum(one == other for one, other in zip(*places, strict=True)) / len(posts)
    print(f"Traditional: {share:.3%} of posts cut where their Simplified form is")
    return share


def show_speed(posts: Sequence[str], fast: Segmenter) -> bool:
    runs = runs_of(fast, posts)
    stretches = ["\n".join(runs[start : start + RUNS_AT_ONCE]) for start in range(0, len(runs), RUNS_AT_ONCE)]
    ways = {
        "the engine alone": (lambda: [fast.engine.cut(stretch) for stretch in stretches], 1.0),
        "words as numbers": (lambda: fast.words(posts), NUMBERS_OF_THE_ENGINE),
        "words as lists": (lambda: fast.cut_many(posts), LISTS_OF_THE_ENGINE),
    }
    taken = {name: seconds(work) for name, (work, _) in ways.items()}
    alone = taken["the engine alone"]
    print(f"Speed, posts of {sum(map(len, posts)) / len(posts):.0f} characters, per CPU second:")
    for name, spent in taken.items():
        print(f"  {name:18} {len(posts) / spent:8,.0f} ({alone / spent:.2f} of the engine)")
    return all(alone / taken[name] >= least for name, (_, least) in ways.items())


def show_hostile(fast: Segmenter) -> bool:
    """Ten times the length takes about ten times the time."""
    linear = True
    for name, piece in HOSTILE.items():
        taken = [max(seconds(lambda n=n: fast.cut(piece * n)), 1e-4) for n in (20_000, 200_000)]  # noqa: B023
        factor = next(long / short for short, long in pairwise(taken))
        print(f"Hostile, {name:14} 20,000: {taken[0]:.3f} s   200,000: {taken[1]:.3f} s   factor {factor:.1f}")
        linear &= factor < 25 or taken[1] < 0.05  # noqa: PLR2004
    return linear


def main() -> None:
    """Measure, print, compare with the floors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=0, help="only the first N posts")
    parser.add_argument("--data", type=Path, default=DATA, help="JSONL, gzipped, with a text column")
    given = parser.parse_args()
    posts = posts_of(given.data, given.posts)
    fast, reference = Segmenter(STUDY_WORDS), Segmenter(STUDY_WORDS, engine="jieba")
    good = [
        show_speed(posts, fast),
        show_side_by_side(posts, fast),
        show_hostile(fast),
        show_traditional(posts, fast) == 1,
        show_parity(posts, fast, reference) >= SAME_RUNS,
    ]
    if not all(good):
        raise SystemExit("below the floors")


if __name__ == "__main__":
    main()
