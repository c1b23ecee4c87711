"""The frozen evaluation: the shipped coder on labelled comments of this repository that it never trained on.

    python benchmarks/evaluation.py                       # the figures beside their floors; 1 when one is missed
    python benchmarks/evaluation.py --freeze "the reason"  # sets the floors anew, a little under today's figures

The sets are the demo's comments and the hard cases. The floors stand in `evaluation_floors.json` with their history: no
entry is ever taken out of it, and a floor that is lower than one before it, or gone, needs a reason. A set that
changed, or that shares comments with the training corpus, fails too: its figures would not mean what the floors meant.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minyi.demo import DATA, LABELS
from minyi.study_file import load_study
from nlp.coders import get_coder
from nlp.coders.protocol import annotator
from nlp.evaluate import Labelled, LabelledFile, coded_by, compare, read_labelled
from nlp.language import language_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.nouns import Change

HERE = Path(__file__).resolve().parent
FLOORS = HERE / "evaluation_floors.json"
MARGIN = 0.01
"""How far under a figure its floor is set: room for another machine's last decimals, not for a worse coder."""
FEWEST = 60
"""Comments in a language from which it has a floor of its own."""


def demo_change() -> Change:
    """The change of the demo's study."""
    return load_study(DATA / "study.toml", to_collect=False).study.change


def demo() -> list[Labelled]:
    """The demo's comments with their labels."""
    lines = (DATA / "comments.jsonl").read_text(encoding="utf-8").splitlines()
    texts = {row["id"]: row["text"] for row in map(json.loads, lines)}
    stances, target = [stance.value for stance in STANCES], demo_change().target
    with LABELS.open(encoding="utf-8", newline="") as labels:
        return [
            Labelled(number, texts[row["id"]], target, stances.index(row["primary"]), language_of(texts[row["id"]]))
            for number, row in enumerate(csv.DictReader(labels), 2)
        ]


def hard_cases() -> list[Labelled]:
    """The hard cases of every phenomenon."""
    return [row for path in sorted((HERE / "hard_cases").glob("*.jsonl")) for row in read_labelled(path).rows]


SETS = {"demo": demo, "hard_cases": hard_cases}


def measure(name: str = "embedded") -> dict[str, Any]:
    """The coder's figures on each set, the sets' digests, and how many of their comments it was trained on."""
    coder, change = get_coder(name), demo_change()
    figures, sets, learned = {}, {}, {}
    for part, read in SETS.items():
        rows = read()
        coding = coded_by(coder, rows, {change.target: change})
        (found,) = compare(LabelledFile(rows, [], 0, []), [coding], draws=1).as_dict()["coders"]
        figures[f"{part}.macro_f1"] = found["macro_f1"]["value"]
        figures[f"{part}.accuracy"] = found["accuracy"]["value"]
        many = {lang: score for lang, score in found["per_language"].items() if FEWEST <= score["n"] < len(rows)}
        figures |= {f"{part}.{lang}.macro_f1": score["macro_f1"] for lang, score in many.items()}
        sets[part] = digest(rows)
        learned[part] = coding.overlap or 0
    return {"coder": annotator(coder), "figures": figures, "sets": sets, "trained_on": learned}


def digest(rows: Sequence[Labelled]) -> str:
    """Twelve characters that change with any comment or label."""
    said = json.dumps([(row.text, row.change, row.stance) for row in rows], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def missed(found: Mapping[str, Any], frozen: Mapping[str, Any]) -> list[str]:
    """What fails, in words: floors missed or without a figure, sets that changed, sets that were trained on."""
    figures = found["figures"]
    return [
        *(f"{name}: {figures.get(name, math.nan):.3f} is under the floor {floor:.3f}"
          for name, floor in frozen["floors"].items() if not figures.get(name, math.nan) >= floor),
        *(f"{name}: the set changed since the floors were set" for name, was in frozen["sets"].items()
          if found["sets"].get(name) != was),
        *(f"{name}: {n} of its comments are in the training corpus" for name, n in found["trained_on"].items() if n),
    ]  # fmt: skip


def lowered_silently(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """Floors that fell below, or went after, an earlier entry, and sets that changed, in an entry without a reason."""
    faults: list[str] = []
    for index, entry in enumerate(history):
        if str(entry.get("reason", "")).strip():
            continue
        for earlier in history[:index]:
            faults += [
                f"{entry['date']}: {name}"
                for name, floor in earlier["floors"].items()
                if entry["floors"].get(name, -math.inf) < floor
            ]
            faults += [
                f"{entry['date']}: {name}" for name, was in earlier["sets"].items() if entry["sets"][name] != was
            ]
    return list(dict.fromkeys(faults))


def freeze(found: Mapping[str, Any], reason: str, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The floors' file with an entry more."""
    floors = {name: math.floor((value - MARGIN) * 1000) / 1000 for name, value in found["figures"].items()}
    entry = {
        "date": datetime.now(UTC).date().isoformat(),
        "coder": found["coder"],
        "reason": reason.strip(),
        "figures": {name: round(value, 4) for name, value in found["figures"].items()},
        "floors": floors,
        "sets": found["sets"],
    }
    return {"floors": floors, "sets": found["sets"], "history": [*history, entry]}


def show(found: Mapping[str, Any], floors: Mapping[str, float]) -> None:
    print(f"{found['coder']}\n\n{'figure':32} {'today':>6}  {'floor':>6}")
    for name, value in found["figures"].items():
        print(f"{name:32} {value:6.3f}  {f'{floors[name]:6.3f}' if name in floors else '     –'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--freeze", metavar="REASON", help="set the floors a little under today's figures")
    given = parser.parse_args()
    frozen = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {"floors": {}, "sets": {}}
    found, history = measure(), frozen.get("history", [])
    show(found, frozen["floors"])
    if given.freeze is None:
        faults = [
            *missed(found, frozen),
            *(f"{fault}: lowered without a reason" for fault in lowered_silently(history)),
        ]
        print("\n".join(["", *faults]) if faults else "\nEvery floor is kept.")
        return 1 if faults else 0
    frozen = freeze(found, given.freeze, history)
    if faults := lowered_silently(frozen["history"]):
        parser.error(f"this lowers floors or changes a set, and needs a reason: {', '.join(faults)}")
    FLOORS.write_text(json.dumps(frozen, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nwrote {FLOORS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
