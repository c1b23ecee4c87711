"""How many hard cases a coder gets right: sarcasm, negation, questions that ask nothing, emoji and four more.

    python benchmarks/hard_cases.py [--coder NAME [--study FILE]] [--json] [--errors]
    python benchmarks/hard_cases.py --write      # after every training: renews hard_cases/RESULTS.md

The suite lies in `benchmarks/hard_cases/`; its README says what it is and that it must never be trained on. A case
passes when the coder's primary stance is the label; an abstention does not pass. Intervals are Wilson's, 95 %. A set
(two cases or more, alike but for the edit that turns the stance) is right when each of its cases is. Beside the coder
stand two trivial ones: "words only" counts the cue lists' expressions without negation or order, and "one answer"
always gives the commonest label of the phenomenon.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders import get_coder
from nlp.coders.protocol import CoderSettings, annotator
from nlp.cues import LONGEST, cue_table
from nlp.evaluate import Labelled, code_rows
from nlp.stream import grams, stream
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

SUITE = Path(__file__).resolve().parent / "hard_cases"
RESULTS = SUITE / "RESULTS.md"
LANGUAGES = ("zh", "zh-Hant", "en")
SUPPORT, CONCERN, SUGGESTION, NEUTRAL = range(4)
WORDS = {
    SUPPORT: ("PRO", "EARLY", "FINALLY", "THANK", "BENEFIT", "GOOD", "EMO_POS"),
    CONCERN: ("ANTI", "BAD", "HARM", "WORRY", "SARC", "RHET", "QUIT", "EMO_NEG", "EMO_SARC"),
    SUGGESTION: ("SHOULD", "SUGGEST"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One comment with its label; `pair` names the set it belongs to, if any."""

    id: str
    change: str
    lang: str
    text: str
    primary: str
    support: int
    concern: int
    suggestion: int
    unsure: int
    phenomenon: str
    pair: str = ""

    @property
    def stance(self) -> int:
        """The primary stance as an index into STANCES."""
        return [stance.value for stance in STANCES].index(self.primary)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share and its interval (Wilson 1927)."""

    right: int
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval, within 0 and 1."""
        if not self.n:
            return 0.0, 1.0
        share, z = self.right / self.n, 1.96
        middle = share + z * z / (2 * self.n)
        half = z * math.sqrt(share * (1 - share) / self.n + (z / (2 * self.n)) ** 2)
        whole = 1 + z * z / self.n
        return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)

    def __str__(self) -> str:
        return f"{self.right / max(self.n, 1):.2f} [{self.interval[0]:.2f}, {self.interval[1]:.2f}]"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"right": self.right, "n": self.n, "rate": self.right / max(self.n, 1), "interval": self.interval}


@dataclass(frozen=True, slots=True)
class Coding:
    """The suite beside a coder's answers and those of "words only", each as indexes into STANCES."""

    annotator: str
    cases: Sequence[Case]
    coder: Array
    words: Array

    def part(self, chosen: Callable[[Case], bool]) -> Coding:
        """The cases that are wanted, with their answers."""
        rows = [row for row, case in enumerate(self.cases) if chosen(case)]
        return Coding(self.annotator, [self.cases[row] for row in rows], self.coder[rows], self.words[rows])

    @property
    def labels(self) -> Array:
        """The labels."""
        return np.array([case.stance for case in self.cases], np.int64)

    def passed(self) -> Rate:
        """Cases the coder gets right."""
        return _rate(self.coder == self.labels)

    def by_words(self) -> Rate:
        """Cases "words only" gets right."""
        return _rate(self.words == self.labels)

    def by_one_answer(self) -> Rate:
        """Cases right when each phenomenon has its commonest label as the only answer."""
        counts = Counter((case.phenomenon, case.primary) for case in self.cases)
        names = dict.fromkeys(case.phenomenon for case in self.cases)
        best = sum(max(count for (name, _), count in counts.items() if name == wanted) for wanted in names)
        return Rate(best, len(self.cases))

    def sets(self, answers: Array) -> Rate:
        """Sets of which every case is right."""
        right: dict[str, bool] = {}
        for case, passes in zip(self.cases, answers == self.labels, strict=True):
            if case.pair:
                right[case.pair] = right.get(case.pair, True) and bool(passes)
        return _rate(list(right.values()))

    def phenomena(self) -> dict[str, Coding]:
        """The coding by phenomenon, and at last the whole."""
        names = dict.fromkeys(case.phenomenon for case in self.cases)
        return {**{name: self.part(_on(name)) for name in names}, "all": self}

    def language(self, lang: str) -> Coding:
        """The cases in one language."""
        return self.part(lambda case: case.lang == lang)


def _on(phenomenon: str) -> Callable[[Case], bool]:
    return lambda case: case.phenomenon == phenomenon


def _rate(right: Sequence[bool] | Array) -> Rate:
    return Rate(int(np.sum(right)), len(right))


def suite_files() -> list[Path]:
    return sorted(SUITE.glob("*.jsonl"))


def read_cases() -> list[Case]:
    lines = [line for path in suite_files() for line in path.read_text(encoding="utf-8").splitlines()]
    return [Case(**json.loads(line)) for line in lines]


def suite_digest() -> str:
    """Eight characters that change with any case."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in suite_files())).hexdigest()[:8]


def measured(name: str, study: Path | None = None) -> Coding:
    """The suite coded by the coder of this name, with the options in the study file's `[coder]` table."""
    options = tomllib.loads(study.read_text(encoding="utf-8"))["coder"] if study else {}
    cases, coder = read_cases(), get_coder(name, CoderSettings(options, study.parent if study else None))
    rows = [Labelled(row, case.text, case.change, case.stance) for row, case in enumerate(cases)]
    return Coding(annotator(coder), cases, code_rows(rows, coder), words_only([case.text for case in cases]))


def words_only(texts: list[str]) -> Array:
    """Suggestion where a word proposes; else the side with more words; else neutral."""
    table, tokens = cue_table("cues.zh.txt", "cues.en.txt"), stream(texts)
    hits = table.find(grams(tokens.hashes, LONGEST), range(1, LONGEST + 1), ~tokens.breaks)
    counts = np.zeros((len(texts), 3), np.int64)
    for stance, categories in WORDS.items():
        known = [index for index, category in enumerate(table.categories) if category in categories]
        np.add.at(counts[:, stance], tokens.doc[hits.at[np.isin(hits.category, known)]], 1)
    side = np.sign(counts[:, SUPPORT] - counts[:, CONCERN])
    return np.where(counts[:, SUGGESTION] > 0, SUGGESTION, np.array([NEUTRAL, SUPPORT, CONCERN])[side])


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def tables(coding: Coding) -> str:
    """The three tables: by phenomenon beside the trivial coders, by language, by stance."""
    rates = [
        (name, len(part.cases), part.passed(), part.by_words(), part.by_one_answer(), _sets(part))
        for name, part in coding.phenomena().items()
    ]
    languages = [(name, *(_in_language(part, lang) for lang in LANGUAGES)) for name, part in coding.phenomena().items()]
    stances = [_by_label(coding, index) for index in range(len(STANCES))]
    head = ("phenomenon", "n", "coder", "words only", "one answer", "sets right (words only)")
    return "\n\n".join(
        (
            table(head, rates),
            table(("phenomenon", *LANGUAGES), languages),
            table(("label", "n", "coder", "times the coder gave it"), stances),
        )
    )


def _by_label(coding: Coding, index: int) -> tuple[object, ...]:
    part = coding.part(lambda case: case.stance == index)
    return STANCES[index].value, len(part.cases), part.passed(), int(np.sum(coding.coder == index))


def _in_language(part: Coding, lang: str) -> str:
    rate = part.language(lang).passed()
    return f"{rate} of {rate.n}"


def _sets(part: Coding) -> str:
    coder, words = part.sets(part.coder), part.sets(part.words)
    return f"{coder.right} of {coder.n} ({words.right})"


def as_dict(coding: Coding) -> dict[str, Any]:
    """Everything as plain values."""
    rows = {
        name: {
            "coder": part.passed().as_dict(),
            "languages": {lang: part.language(lang).passed().as_dict() for lang in LANGUAGES},
            "sets": part.sets(part.coder).as_dict(),
            "words_only": part.by_words().as_dict(),
            "words_only_sets": part.sets(part.words).as_dict(),
            "one_answer": part.by_one_answer().as_dict(),
        }
        for name, part in coding.phenomena().items()
    }
    return {"coder": coding.annotator, "suite": suite_digest(), "date": _today(), "phenomena": rows}


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def report(coding: Coding) -> str:
    """The published rates."""
    return f"""# Pass rates on the hard cases

Coder `{coding.annotator}`, suite `{suite_digest()}` ({len(coding.cases)} cases), {_today()}.
Written by `python benchmarks/hard_cases.py --write`; do not edit. Share of cases whose primary stance is right, with
95 % Wilson intervals; what the columns mean stands in [README.md](README.md).

{tables(coding)}
"""


def print_errors(coding: Coding) -> None:
    for case, answer in zip(coding.cases, coding.coder, strict=True):
        if answer != case.stance:
            given = STANCES[answer].value if answer >= 0 else "abstained"
            print(f"{case.id:24} {case.primary:10} not {given:10} {case.text}  ({case.change})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coder", default="embedded", help="any coder's name, such as hf:MODEL")
    parser.add_argument("--study", type=Path, help="a study file whose [coder] table holds the coder's options")
    parser.add_argument("--json", action="store_true", help="print the rates as JSON")
    parser.add_argument("--errors", action="store_true", help="print the cases that do not pass")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    given = parser.parse_args()
    if given.write and given.coder != "embedded":
        parser.error(f"{RESULTS.name} holds the rates of the shipped coder")
    coding = measured(given.coder, given.study)
    if given.errors:
        print_errors(coding)
    print(json.dumps(as_dict(coding), indent=1) if given.json else f"{coding.annotator}\n\n{tables(coding)}")
    if given.write:
        RESULTS.write_text(report(coding), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
