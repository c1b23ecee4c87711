"""Labelled comments as training reads them: real ones from a data folder, written ones from `nlp/corpus`.

Texts of third parties are no part of minyi: of the real comments that were coded for it, `corpus/codes.jsonl` holds the
ids and codes only, and the data folder the words.
"""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, TextIO

import numpy as np

from storage.errors import MinyiError
from storage.nouns import STANCES, Change, Stance, Wording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SETS = ("gold", "train", "coded", "corpus", "written", "nlpcc")
"""The permitted sets, by short name. Sets marked "evaluation only" are not read here at all."""

REAL = ("gold", "train")
"""The sets of real comments coded with the codebook: what scores are measured on."""

# NLPCC-2016 names topics; each is stated here as the act its labels are turned towards.
NLPCC_ACTS = {
    "深圳禁摩限电": ("深圳禁摩限电：严查摩托车、限制电动车上路", 1),
    "开放二胎": ("全面开放二孩，允许生育二胎", 1),
    "春节放鞭炮": ("春节禁放限放烟花爆竹、鞭炮", -1),  # the activity: whoever favours it objects to a ban
    "iPhone SE": ("苹果推出小屏新机 iPhone SE", 1),
    "俄罗斯叙利亚反恐行动": ("俄罗斯在叙利亚的反恐行动", 1),
}
_FILES = {
    "gold": "stance_gold_open.jsonl",
    "train": "stance_train.jsonl",
    "corpus": "comments.jsonl",
    "written": "written.jsonl",
}
_LETTERS = {"s": Stance.SUPPORT, "c": Stance.CONCERN, "g": Stance.SUGGESTION, "n": Stance.NEUTRAL}
_NLPCC_STANCES = {"FAVOR": 1, "AGAINST": -1, "NONE": 0}


class TrainingDataError(MinyiError):
    """A training set is missing or not in the form expected."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled comment.

    Attributes:
        source: the set it is from, one of SETS.
        change: the act, in one line.
        lang: "zh" or "en".
        text: the comment.
        primary: its stance.
        codes: support, concern, suggestion as 0/1; None where the set does not say.
    """

    source: str
    change: str
    lang: str
    text: str
    primary: Stance
    codes: tuple[int | None, int | None, int | None]


def change_of(statement: str) -> Change:
    """The change that a one-line statement names; target words are taken from the statement itself."""
    han = any("\u3400" <= mark <= "\u9fff" for mark in statement)
    wording = Wording(zh=statement) if han else Wording(en=statement)
    return Change(name=wording, statement=wording)


def read_examples(data: Path, corpus: Path | None = None) -> list[Example]:
    """All permitted examples, in file order; rows without a primary stance are left out.

    Args:
        data: folder with stance_gold_open.jsonl, stance_train.jsonl, changes.jsonl.gz and nlpcc2016/taskA_train.csv.
        corpus: folder with comments.jsonl, written.jsonl and codes.jsonl; the one in the package when not given.

    Raises:
        TrainingDataError: a file is missing or a row cannot be read.
    """
    if corpus is None:
        with as_file(files("nlp") / "corpus") as folder:
            return read_examples(data, folder)
    real = [row for source in REAL for row in _coded(source, data / _FILES[source])]
    coded = _joined(corpus / "codes.jsonl", data / "changes.jsonl.gz")
    return [*real, *coded, *written_examples(corpus), *_nlpcc(data / "nlpcc2016" / "taskA_train.csv")]


def written_examples(corpus: Path) -> list[Example]:
    """The comments written for this project, in both files of a corpus folder."""
    return [row for source in ("corpus", "written") for row in _coded(source, corpus / _FILES[source])]


def _joined(codes: Path, texts: Path) -> list[Example]:
    """The real comments of `texts` that `codes` has codes for, by id."""
    rows = [(number, _parsed(line, codes, number)) for number, line in enumerate(_lines(codes), 1)]
    wanted = {row["id"] for _, row in rows}
    found = {}
    for number, line in enumerate(_lines(texts), 1):
        row = _parsed(line, texts, number)
        if row["id"] in wanted:
            found[row["id"]] = row
    return [_of_letters(row, found, codes, number) for number, row in rows]


def _of_letters(row: dict[str, str], found: dict[str, dict[str, str]], path: Path, number: int) -> Example:
    try:
        letters, text = row["codes"], found[row["id"]]
        codes = (int("s" in letters), int("c" in letters), int("g" in letters))
        return Example("coded", row["change"], text["lang"][:2], text["text"], _LETTERS[letters[0]], codes)
    except (KeyError, IndexError) as error:
        raise TrainingDataError(f"Row {number} cannot be used: {error}.", where=str(path)) from error


def _parsed(line: str, path: Path, number: int) -> dict[str, str]:
    try:
        row: dict[str, str] = json.loads(line)
        row["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingDataError(f"Row {number} cannot be read: {error}.", where=str(path)) from error
    return row


def _coded(source: str, path: Path) -> Iterator[Example]:
    for number, line in enumerate(_lines(path), 1):
        try:
            row = json.loads(line)
            if row["primary"] is None:
                continue
            codes = (row["support"], row["concern"], row["suggestion"])
            yield Example(source, row["change"], row["lang"][:2], row["text"], Stance(row["primary"]), codes)
        except (ValueError, KeyError, TypeError) as error:
            raise TrainingDataError(f"Row {number} cannot be read: {error}.", where=str(path)) from error


def _nlpcc(path: Path) -> Iterator[Example]:
    for number, row in enumerate(csv.DictReader(_lines(path)), 2):
        try:
            change, sign = NLPCC_ACTS[row["target"]]
            side = sign * _NLPCC_STANCES[row["stance"]]
        except KeyError as error:
            raise TrainingDataError(f"Row {number} has an unknown value: {error}.", where=str(path)) from error
        stance = {1: Stance.SUPPORT, -1: Stance.CONCERN, 0: Stance.NEUTRAL}[side]
        yield Example("nlpcc", change, "zh", row["text"], stance, (int(side > 0), int(side < 0), None))


def _lines(path: Path) -> Iterator[str]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else _plain(path) as lines:
            yield from lines
    except (OSError, EOFError) as error:
        remedy = "Give the folder that holds the training sets; nlp/model/MODEL_CARD.md lists them."
        raise TrainingDataError("The training set cannot be read.", where=str(path), remedy=remedy) from error


def _plain(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", newline="")


def labels(examples: list[Example]) -> NDArray[np.int64]:
    """The primary stance of each example as an index into STANCES."""
    return np.array([STANCES.index(row.primary) for row in examples], np.int64)
