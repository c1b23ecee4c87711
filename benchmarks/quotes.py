"""How well quotes are found: span F1 on labelled passages, speaker classes, and what marks of scare cost.

    python benchmarks/quotes.py PASSAGES.jsonl [--errors]

Each line holds `text`, `lang` and `quotes` (start, end, speaker_class, direct). A found span counts when it overlaps a
labelled one by at least half of their union; each counts once. The last line is the share of hard negatives, passages
without any quote, in which a public voice was found all the same, and of all public spans found where none is.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp.quotes import Quote, find_quotes

if TYPE_CHECKING:
    from collections.abc import Callable

OVERLAP = 0.5


@dataclass
class Score:
    """Spans that agree, spans labelled, spans found."""

    hits: int = 0
    labelled: int = 0
    found: int = 0

    @property
    def line(self) -> str:
        """Precision, recall, F1 and the three counts."""
        precision, recall = self.hits / max(self.found, 1), self.hits / max(self.labelled, 1)
        f1 = 2 * self.hits / max(self.labelled + self.found, 1)
        return f"{precision:9.3f} {recall:7.3f} {f1:7.3f} {self.hits:6} {self.labelled:9} {self.found:6}"


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


def score(rows: list[dict[str, Any]], found: list[list[Quote]], part: Slice) -> Score:
    total = Score()
    for row, quotes in zip(rows, found, strict=True):
        if not part.languages(row["lang"]):
            continue
        labels = [one for one in row["quotes"] if part.kinds(one["speaker_class"]) and part.directness(one["direct"])]
        mine = [one for one in quotes if part.kinds(one.speaker_class) and part.directness(one.direct)]
        total.hits += len(agreeing(labels, mine))
        total.labelled += len(labels)
        total.found += len(mine)
    return total


def false_alarms(rows: list[dict[str, Any]], found: list[list[Quote]]) -> tuple[int, int, int, int]:
    """Passages without quotes, those with a public voice found; public spans found, those that touch no label."""
    empty = [quotes for row, quotes in zip(rows, found, strict=True) if not row["quotes"]]
    public = [
        (row, one) for row, quotes in zip(rows, found, strict=True) for one in quotes if one.speaker_class == "public"
    ]
    nowhere = sum(all(overlap(label, one) == 0 for label in row["quotes"]) for row, one in public)
    alarmed = sum(any(one.speaker_class == "public" for one in quotes) for quotes in empty)
    return len(empty), alarmed, len(public), nowhere


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passages", type=Path)
    parser.add_argument("--errors", action="store_true", help="list what was missed and what was found in vain")
    chosen = parser.parse_args()
    rows = [json.loads(line) for line in chosen.passages.read_text(encoding="utf-8").splitlines() if line.strip()]
    start = time.process_time()
    found = [find_quotes(row["text"], row["lang"]) for row in rows]
    spent = time.process_time() - start
    print(f"{'spans':18} precision  recall      F1   hits  labelled  found")
    for part in slices():
        print(f"{part.name:18} {score(rows, found, part).line}")
    same, pairs = classes(rows, found)
    empty, alarmed, public, nowhere = false_alarms(rows, found)
    print(f"speaker class right on {same} of {pairs} agreeing spans")
    print(
        f"public voice found in {alarmed} of {empty} passages without quotes; "
        f"{nowhere} of {public} public spans touch no label"
    )
    print(f"{1000 * spent / max(len(rows), 1):.2f} CPU-ms per passage")
    if chosen.errors:
        print_errors(rows, found)


if __name__ == "__main__":
    main()
