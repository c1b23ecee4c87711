"""How many planted near-duplicates are found, how many unlike texts are taken for ones, and at what cost.

Usage: python benchmarks/duplicates.py [--real FILE] [--texts N] [--rows N] [--pairs N]

Texts are real posts: those of `--real` (JSONL, .gz too), else those in the data folder beside the repository. Where
there are none they are pieces of the demo's comments, put together anew (seeded); many of these are like each other to
begin with, so the floors, which are for real posts, are printed and fail nothing.
Each of N texts is planted once more with one edit; recall is the share that lands in the group of its original, with
its 95 % interval (Wilson). Texts planted to be told apart are wholly different ones, and different words of one's own
behind one headline. `--pairs` prints that many found pairs of the texts themselves, to be read by a person.
Fails when a floor is missed on real posts.
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
from functools import partial
from importlib.resources import files
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlp.duplicates import ALIKE, COPY, near_groups
from nlp.duplicates.grams import likeness
from nlp.duplicates.near import grouped
from nlp.fold import fold_keys, fold_many, simplified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Edit = Callable[[str, random.Random], str]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "changes.jsonl.gz"
FLOOR_ROWS_PER_S = 200_000
FLOOR_RECALL = {"one character changed": 0.97, "one character inserted": 0.97, "one character left out": 0.97}
CEILING_UNLIKE = 0.005
OWN_WORDS = (30, 80)
SHORTEST = 14
EMOJI = ("😂", "👍", "🙏🏻", "👨‍👩‍👧", "❤️", "😭😭😭", "🎉")
HEADLINE = "【云梧支付：先享额度将对高分用户分批关闭】"


def demo_texts(n: int, draw: random.Random) -> list[str]:
    """Distinct texts made of two to four pieces of the demo's comments."""
    lines = files("minyi.demo").joinpath("comments.jsonl").read_text(encoding="utf-8").splitlines()
    pieces = [
        piece for line in lines for piece in re.findall(r"[^，。！？,.!?]+[，。！？,.!?]?", json.loads(line)["text"])
    ]
    return list({"".join(draw.choices(pieces, k=draw.randint(2, 4))): None for _ in range(n)})


def real_texts(path: Path) -> list[str]:
    """The texts of a JSONL file."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line)["text"] for line in content.decode("utf-8").splitlines() if line.strip()]


def edits(alphabet: str) -> dict[str, Edit]:
    """What is done to a text before it is planted again."""
    traditional = {simplified(char): char for char in map(chr, range(0x4E00, 0xA000)) if simplified(char) != char}

    def changed(text: str, draw: random.Random) -> str:
        at = draw.randrange(len(text))
        return text[:at] + draw.choice(alphabet) + text[at + 1 :]

    def inserted(text: str, draw: random.Random) -> str:
        at = draw.randrange(len(text) + 1)
        return text[:at] + draw.choice(alphabet) + text[at:]

    def left_out(text: str, draw: random.Random) -> str:
        at = draw.randrange(len(text))
        return text[:at] + text[at + 1 :]

    def swapped(text: str, draw: random.Random) -> str:
        a, b, c = sorted(draw.sample(range(len(text) + 1), 3))
        b, c = min(b, a + 4), min(c, b + 4)  # two neighbours of up to four characters
        return text[:a] + text[b:c] + text[a:b] + text[c:]

    def sentence_added(text: str, draw: random.Random) -> str:
        return text + "，" + "".join(draw.choices(alphabet, k=max(2, len(text) // 4)))

    return {
        "one character changed": changed,
        "one character inserted": inserted,
        "one character left out": left_out,
        "emoji added": lambda text, draw: text + draw.choice(EMOJI),
        "@name changed": lambda text, draw: f"{text} @user{draw.randrange(10**6)} 看看",
        "link changed": lambda text, draw: f"{text} https://example.org/{draw.randrange(10**6)}",
        "words swapped": swapped,
        "a sentence a quarter as long added": sentence_added,
        "a third left out at the end": lambda text, _: text[: -(-len(text) * 2 // 3)],
        "Traditional characters": lambda text, _: "".join(traditional.get(char, char) for char in text),
    }


def wilson(found: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not n:
        return 0.0, 1.0
    z, share = 1.96, found / n
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def say_share(name: str, found: int, n: int, more: str = "") -> float:
    """Print one share with its interval."""
    low, high = wilson(found, n)
    print(f"{name:36} {found:6,} of {n:6,}  {100 * found / max(n, 1):6.2f} % [{100 * low:.2f}, {100 * high:.2f}]{more}")
    return found / max(n, 1)


def recall(texts: Sequence[str], n: int, draw: random.Random) -> Iterator[str]:
    """Plant each edit in texts of SHORTEST characters and more; yield the floors that are missed."""
    alphabet = re.sub(r"\W", "", "".join(texts[:500]))
    long = [text for text in texts if len(text) >= SHORTEST]
    chosen = draw.sample(long, min(n, len(long)))
    print(f"\nRecall: edits of {len(chosen):,} texts, planted among {len(texts):,}")
    for name, edit in edits(alphabet).items():
        # Of two @names or links, the original has one too: what is changed is which.
        originals = [edit(text, draw) if "changed" in name and "one" not in name else text for text in chosen]
        planted = [edit(text, draw) for text in chosen]
        every = [*texts, *originals, *planted]
        key = near_groups(every, fold_keys(every)).key
        same = key[len(texts) : len(texts) + len(chosen)] == key[len(texts) + len(chosen) :]
        folds, row = fold_many([*originals, *planted]), np.arange(len(chosen))
        close = likeness(folds, row, row + len(chosen)) >= ALIKE
        of_close = f"   of the {close.mean():.1%} at similarity {ALIKE} or more: {same[close].mean():.2%}"
        share = say_share(name, int(same.sum()), len(same), of_close)
        if share < FLOOR_RECALL.get(name, 0.0):
            yield f"{name}: recall {share:.3f} is under {FLOOR_RECALL[name]}"


def apart(texts: Sequence[str], n: int, draw: random.Random) -> Iterator[str]:
    """Plant pairs that are no duplicates; yield the ceilings that are passed."""
    print("\nUnlike texts taken for near-duplicates")
    low, high = OWN_WORDS
    own = [text for text in dict.fromkeys(texts) if low <= len(text) <= high]
    chosen = draw.sample(own, min(n, len(own)))
    keys = fold_keys(chosen)
    found = near_groups(chosen, keys)
    alone = np.bincount(np.unique(found.key, return_inverse=True)[1])[np.unique(found.key, return_inverse=True)[1]] == 1
    say_share("of one collection (to be read: --pairs)", int((~alone).sum()), len(chosen))
    unlike = [text for text, lonely in zip(chosen, alone, strict=True) if lonely]
    for times in (1, 2, 4):
        words = [text[: max(4, len(HEADLINE) // times)] for text in unlike]
        under = [HEADLINE + own_words for own_words in words]
        joined = near_groups(under, fold_keys(under)).likeness
        some = int(((joined < 1) & (joined >= ALIKE)).sum())
        copies = int(((joined < 1) & (joined >= COPY)).sum())
        name = f"one headline before own words 1/{times} as long"
        share = say_share(name, some, len(under), f"   taken for copies: {copies / len(under):.2%}")
        if times == 1 and share > CEILING_UNLIKE:
            yield f"own words behind one headline: {share:.4f} joined"


def chaining(texts: Sequence[str]) -> Iterator[str]:
    """How far apart are members of one group; and a chain whose ends have nothing in common."""
    print("\nChaining")
    keys = fold_keys(texts)
    found = near_groups(texts, keys)
    order = np.argsort(found.key, kind="stable")
    mates = np.flatnonzero((np.diff(found.key[order]) == 0) & (np.diff(keys[order]) != 0))
    like = likeness(fold_many(texts), order[mates], order[mates + 1])
    print(f"neighbours in a group: {len(like):,} pairs, similarity at least {like.min(initial=1):.2f}, median "
          f"{np.median(like) if len(like) else 1:.2f}")  # fmt: skip
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
    links = [long[5 * step : 5 * step + 60] for step in range(580)]
    key = near_groups(links, fold_keys(links)).key
    _, sizes = np.unique(key, return_counts=True)
    print(f"a chain of {len(links)} texts, each much like the next: {len(sizes)} groups, the largest of {sizes.max()}")
    if sizes.max() > 5:  # noqa: PLR2004  three links either way at most keep the similarity
        yield "a chain makes a group"


def cost(texts: Sequence[str], rows: int, draw: random.Random) -> Iterator[str]:
    """CPU time of sketching and grouping, of the whole way, and of hostile input; yield missed floors."""
    print("\nCost")
    folds = [fold for fold in dict.fromkeys(fold_many(texts)) if len(fold) >= SHORTEST]
    spent = min(_spent(lambda: grouped(folds, np.arange(len(folds)))) for _ in range(5))
    speed = len(folds) / spent
    print(f"sketching and grouping: {len(folds):,} distinct texts of {np.mean([*map(len, folds)]):.0f} characters, "
          f"{speed:,.0f} rows per CPU-second")  # fmt: skip
    for name, hostile in hostile_rows(draw):
        print(
            f"{name:58} {len(hostile):9,} rows  {_spent(partial(grouped, hostile, np.arange(len(hostile)))):7.2f} CPU-s"
        )
    many = [text + str(number // len(texts)) for number, text in zip(range(rows), cycle(texts), strict=False)]
    draw.shuffle(many)
    keys = np.concatenate([fold_keys(many[at : at + 50_000]) for at in range(0, rows, 50_000)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = _spent(lambda: near_groups(many, keys))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rows:,} distinct rows, folding them again included: {rows / spent:,.0f} rows per CPU-second; peak memory "
          f"{before:,.0f} MB before, {after:,.0f} MB with it")  # fmt: skip
    if speed < FLOOR_ROWS_PER_S:
        yield f"{speed:,.0f} rows per CPU-second is under {FLOOR_ROWS_PER_S:,}"


def hostile_rows(draw: random.Random) -> Iterator[tuple[str, list[str]]]:
    """Input made to cost much."""
    han = [chr(code) for code in range(0x4E00, 0x9FA0)]
    template = "".join(draw.choices(han, k=40))
    yield "one template, another number in each", [f"{template}{number}" for number in range(100_000)]
    half = "".join(draw.choices(han, k=30))
    yield "one half the same, the other different", [half + "".join(draw.choices(han, k=30)) for _ in range(100_000)]
    yield "laughs of different lengths", [f"{'哈' * (number % 90 + 14)}{number}" for number in range(100_000)]
    yield "20,000 characters each, all different", ["".join(draw.choices(han, k=20_000)) for _ in range(100)]
    yield "20,000 characters, one different", [half * 666 + chr(0x4E00 + number) for number in range(100)]
    faces = [chr(code) for code in range(0x1F600, 0x1F640)]
    yield "nothing but emoji", ["".join(draw.choices(faces, k=20)) for _ in range(100_000)]
    long = "".join(draw.choices(han, k=200_060))
    yield "a chain, each much like the next", [long[at : at + 60] for at in range(0, 200_000, 2)]


def show_pairs(texts: Sequence[str], n: int, draw: random.Random) -> None:
    """Print found pairs, for reading."""
    keys = fold_keys(texts)
    found = near_groups(texts, keys)
    row_of = {key: row for row, key in enumerate(keys.tolist())}
    members = np.flatnonzero(found.key != keys).tolist()
    for row in draw.sample(members, min(n, len(members))):
        print(f"\n{found.likeness[row]:.2f}\n  {texts[row_of[int(found.key[row])]]!r}\n  {texts[row]!r}")


def _spent(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--real", type=Path)
    asked.add_argument("--texts", type=int, default=3_000)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--pairs", type=int, default=0)
    args = asked.parse_args()
    draw = random.Random(11)
    real = args.real or (DATA if DATA.is_file() else None)
    texts = real_texts(real) if real else demo_texts(50_000, draw)
    if args.pairs:
        show_pairs(texts, args.pairs, draw)
        return 0
    missed = [
        *recall(texts, args.texts, draw),
        *apart(texts, args.texts, draw),
        *chaining(texts),
        *cost(texts, args.rows, draw),
    ]
    for floor in missed:
        print(f"MISSED: {floor}")
    return 1 if missed and real else 0


if __name__ == "__main__":
    raise SystemExit(main())
