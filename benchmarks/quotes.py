"""How well quotes are found: span F1 on labelled passages, speaker classes, and what marks of scare cost.

    python benchmarks/quotes.py [OPEN.jsonl] [--errors]

Measured are our own passages in `tests/nlp/quotes_passages.jsonl`, in the manner of news, notices and posts, and hard
more often than those. One hand wrote passages, labels and rules. Each part was measured once before anybody looked at
its errors: those figures are recorded in `quotes_floors.json` under `first_seen` and printed at the end, not measured
again; they are the nearest there is to an estimate for other texts. The rules have since been mended on all.
The open set, where it lies beside the repository, or another file of the same shape comes first; the rules were first
written on it. `floors` are demanded of the open set and of all our own passages: below them, the exit code is 1.

Each line holds `text`, `lang` and `quotes` (start, end, speaker_class, direct). A found span counts when it overlaps a
labelled one by at least half of their union; each counts once. Intervals are 95 %, from 2,000 resamples of passages.
A scare quote is a marked stretch that touches no label; it costs when a public voice is found there. The trivial
baseline takes every marked stretch for a public voice.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp.quotes import Quote, find_quotes
from nlp.quotes.marks import marked_spans

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
PASSAGES = HERE.parent / "tests" / "nlp" / "quotes_passages.jsonl"
OPEN = HERE.parent.parent / "shared" / "data" / "quotes_gold_open.jsonl"
FLOORS = HERE / "quotes_floors.json"
RESAMPLES = 2_000
HALVES = ("development", "held out", "second", "last")
Row = dict[str, Any]
Counts = tuple[int, int, int]
OVERLAP = 0.5


def _every(_: object) -> bool:
    return True


def _public(kind: str) -> bool:
    return kind == "public"


@dataclass(frozen=True)
class Slice:
    """A part of the spans: which classes of speaker, directness and languages it holds."""

    name: str
    kinds: Callable[[str], bool] = _every
    directness: Callable[[bool], bool] = _every
    languages: Callable[[str], bool] = _every


def overlap(label: dict[str, Any], quote: Quote) -> float:
    shared = min(label["end"], quote.end) - max(label["start"], quote.start)
    return shared / (label["end"] - label["start"] + quote.end - quote.start - shared) if shared > 0 else 0.0


def agreeing(labels: list[dict[str, Any]], quotes: list[Quote]) -> list[tuple[dict[str, Any], Quote]]:
    """Pairs of label and quote, best overlaps first, each used once."""
    pairs = sorted(
        ((overlap(one, other), i, j) for i, one in enumerate(labels) for j, other in enumerate(quotes)), reverse=True
    )
    used: set[tuple[str, int]] = set()
    taken = []
    for share, i, j in pairs:
        if share >= OVERLAP and not {("label", i), ("quote", j)} & used:
            used |= {("label", i), ("quote", j)}
            taken.append((labels[i], quotes[j]))
    return taken


def slices() -> list[Slice]:
    return [
        Slice("public, all", kinds=_public),
        Slice("public, zh", kinds=_public, languages=lambda lang: lang == "zh"),
        Slice("public, en", kinds=_public, languages=lambda lang: lang == "en"),
        Slice("public, direct", kinds=_public, directness=lambda direct: direct),
        Slice("public, indirect", kinds=_public, directness=lambda direct: not direct),
        Slice("all speakers"),
    ]


def counts(row: Row, quotes: list[Quote], part: Slice) -> Counts:
    """Spans of one passage that agree, that are labelled, that are found."""
    if not part.languages(row["lang"]):
        return 0, 0, 0
    labels = [one for one in row["quotes"] if part.kinds(one["speaker_class"]) and part.directness(one["direct"])]
    mine = [one for one in quotes if part.kinds(one.speaker_class) and part.directness(one.direct)]
    return len(agreeing(labels, mine)), len(labels), len(mine)


def f1(each: list[Counts]) -> float:
    hits, labelled, found = (sum(column) for column in zip(*each, strict=True))
    score: float = 2 * hits / max(labelled + found, 1)
    return score


def interval(each: list[Counts]) -> tuple[float, float]:
    """The middle 95 % of F1 over resamples of the passages."""
    draw = random.Random(1)  # a seed, so that the figures can be redone
    values = sorted(f1(draw.choices(each, k=len(each))) for _ in range(RESAMPLES))
    return values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES)]


def line(name: str, each: list[Counts]) -> str:
    """Precision, recall, F1 with its interval, and the three counts."""
    hits, labelled, found = (sum(column) for column in zip(*each, strict=True))
    low, high = interval(each)
    return (
        f"{name:18} {hits / max(found, 1):9.3f} {hits / max(labelled, 1):7.3f} {f1(each):7.3f} "
        f"[{low:.3f}, {high:.3f}] {hits:6} {labelled:9} {found:6}"
    )


def scares(row: Row, quotes: list[Quote]) -> tuple[int, int]:
    """Marked stretches of a passage that touch no label, and those of them in which a public voice was found."""
    stretches = [dict(zip(("start", "end"), mark.inner, strict=True)) for mark in marked_spans(row["text"])]
    free = [
        one
        for one in stretches
        if all(one["end"] <= each["start"] or each["end"] <= one["start"] for each in row["quotes"])
    ]
    public = [one for one in quotes if one.speaker_class == "public"]
    return len(free), sum(any(overlap(one, each) >= OVERLAP for each in public) for one in free)


def alarmed(rows: list[Row], found: list[list[Quote]]) -> tuple[int, int]:
    """Passages without quotes, and those of them in which a public voice was found."""
    empty = [quotes for row, quotes in zip(rows, found, strict=True) if not row["quotes"]]
    return len(empty), sum(any(one.speaker_class == "public" for one in quotes) for quotes in empty)


def every_mark(text: str) -> list[Quote]:
    """The trivial baseline."""
    return [
        Quote(*mark.inner, text[slice(*mark.inner)], "", "public", direct=True, evidence="")
        for mark in marked_spans(text)
        if mark.inner[0] < mark.inner[1]
    ]


def classes(rows: list[dict[str, Any]], found: list[list[Quote]]) -> tuple[int, int]:
    pairs = [pair for row, quotes in zip(rows, found, strict=True) for pair in agreeing(row["quotes"], quotes)]
    return sum(label["speaker_class"] == quote.speaker_class for label, quote in pairs), len(pairs)


def print_errors(rows: list[dict[str, Any]], found: list[list[Quote]]) -> None:
    for row, quotes in zip(rows, found, strict=True):
        labels = [one for one in row["quotes"] if one["speaker_class"] == "public"]
        mine = [one for one in quotes if one.speaker_class == "public"]
        pairs = agreeing(labels, mine)
        for label in labels:
            if not any(label is one for one, _ in pairs):
                print(f"missed {row['id']}: {label['text'][:60]!r} ({label['speaker']})")
        for quote in mine:
            if not any(quote is one for _, one in pairs):
                print(f"extra  {row['id']}: {quote.text[:60]!r} ({quote.speaker})")


def report(name: str, rows: list[Row], find: Callable[[Row], list[Quote]]) -> list[list[Quote]]:
    start = time.process_time()
    found = [find(row) for row in rows]
    spent = time.process_time() - start
    print(f"\n{name} ({len(rows)} passages)")
    for part in slices():
        print(line(part.name, [counts(row, quotes, part) for row, quotes in zip(rows, found, strict=True)]))
    same, pairs = classes(rows, found)
    empty, loud = alarmed(rows, found)
    free, taken = (sum(column) for column in zip(*map(scares, rows, found), strict=True))
    print(f"speaker class right on {same} of {pairs} agreeing spans")
    print(
        f"scare quotes taken for a public voice: {taken} of {free} ({taken / max(free, 1):.1%}); "
        f"passages without quotes with one: {loud} of {empty}"
    )
    print(f"{1000 * spent / max(len(rows), 1):.2f} CPU-ms per passage")
    return found


def keeps_floor(rows: list[Row], found: list[list[Quote]], floors: dict[str, float], which: str) -> bool:
    """Whether public voices and scare quotes are where `floors` demands them; says so if they are not."""
    score = f1([counts(row, quotes, slices()[0]) for row, quotes in zip(rows, found, strict=True)])
    free, taken = (sum(column) for column in zip(*map(scares, rows, found), strict=True))
    kept = score >= floors[which] and taken <= floors["scare_quotes"] * free
    if not kept:
        print(f"BELOW THE FLOOR of {which}: F1 {score:.3f} (at least {floors[which]}), scare quotes {taken} of {free}")
    return kept


def read_rows(path: Path) -> list[Row]:
    return [json.loads(each) for each in path.read_text(encoding="utf-8").splitlines() if each.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "open", type=Path, nargs="?", default=OPEN, help="another labelled file (default: the open set)"
    )
    parser.add_argument("--errors", action="store_true", help="list what was missed and what was found in vain")
    chosen = parser.parse_args()
    own, kept = read_rows(PASSAGES), json.loads(FLOORS.read_text(encoding="utf-8"))
    parts = {f"own passages, {half} (since mended on)": [row for row in own if row["half"] == half] for half in HALVES}
    if chosen.open.exists():
        parts = {"open set (known when the rules were written)": read_rows(chosen.open)} | parts
    parts["own passages, all"] = own
    for lang in ("zh", "en"):
        find_quotes("“”", lang)  # reads the words once, outside the clock
    failed = False
    print(f"{'spans':18} precision  recall      F1                    hits  labelled  found")
    for name, rows in parts.items():
        found = report(name, rows, lambda row: find_quotes(row["text"], row["lang"]))
        if chosen.errors and rows is not own:
            print_errors(rows, found)
        if floor := {"own passages, all": "own"}.get(name, "open" if name.startswith("open") else ""):
            failed |= not keeps_floor(rows, found, kept["floors"], floor)
    report(
        "own passages, trivial baseline: every marked stretch a public voice", own, lambda row: every_mark(row["text"])
    )
    for title, lines in kept["first_seen"].items():
        print(f"\nrecorded on 2026-11-25 and 26, not measured now; as first seen: {title}", *lines, sep="\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
