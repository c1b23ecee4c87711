"""The embedded coder: a linear model over hashed features, in NumPy alone, shipped inside the package.

A text's features of one group are a row of length 1 over the bins that the model knows, so that a long comment does not
outweigh a short one, and what the model never saw counts neither for nor against: the score of the group is the sum of
their weights over the root of the sum of their squares.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from nlp.coders.options import CoderOptions, read_options
from nlp.coders.protocol import Codes, Explanation, Reason
from nlp.cues import LONGEST, cue_table
from nlp.features import SKELETON, STRUCTURE, TOTAL_BINS, Block, Features, featurise, wordings
from nlp.rules import rule_shift
from nlp.stream import grams, stream
from storage.errors import MinyiError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.coders.protocol import CoderSettings, ReasonKind
    from storage.nouns import Change

CHUNK = 1 << 15
"""Characters scored at a time, so that the work fits the processor's cache; results do not depend on it."""
EVIDENCE_SHIFT = 3.0
"""Log-odds that a reporting clause adds to the stance it names. Set, not learned: no training text has such clauses.

The clause is the writer's own summary of the quote, so it outweighs the quote's wording unless that is emphatic.
"""
REASONS = 12
"""Reasons given for one comment."""
PLACES = 20
"""Places given for one reason; a comment of nothing but "？" has thousands."""
_FORMAT = 2
_WEIGHED = len(STANCES) - 1
_LARGE_BLOCK = 16 << 20


class ModelError(MinyiError):
    """The model file cannot be used."""


@dataclass(frozen=True, slots=True)
class Model:
    """The learned arrays.

    Attributes:
        rows: uint32, (m,): bins with a weight, ascending.
        weights: float16, (m, 3): their weights of every stance but the last, whose weight brings the sum to 0: what is
            added to all four changes no probability.
        squares: float16, (m,): what each adds to the square of the length of its group in a text.
        bias: float64, (4,).
        temperature: what logits are multiplied by to make probabilities honest on held-out changes.
    """

    rows: NDArray[np.uint32]
    weights: NDArray[np.float16]
    squares: NDArray[np.float16]
    bias: NDArray[np.float64]
    temperature: float

    def save(self, path: Path) -> None:
        """Write the arrays as a compressed npz, without pickle."""
        with path.open("wb") as target:
            np.savez_compressed(
                target,
                format=np.array(_FORMAT),
                rows=self.rows,
                weights=self.weights,
                squares=self.squares,
                bias=self.bias,
                temperature=np.array(self.temperature),
            )

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read a model file.

        Raises:
            ModelError: the file is no model, or is of another format.
        """
        remedy = "Reinstall minyi, or train it anew with `minyi train`."
        try:
            with np.load(path, allow_pickle=False) as arrays:
                if int(arrays["format"]) != _FORMAT:
                    raise ModelError("The model has another format.", where=str(path), remedy=remedy)
                rows, weights, squares, bias = (arrays[name] for name in ("rows", "weights", "squares", "bias"))
                return cls(rows, weights, squares, bias, float(arrays["temperature"]))
        except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
            raise ModelError(f"The model cannot be read: {error}.", where=str(path), remedy=remedy) from error

    @property
    def digest(self) -> str:
        """Eight characters that change whenever an array does."""
        content = hashlib.sha256()
        for part in (self.rows, self.weights, self.squares, self.bias, np.array(self.temperature)):
            content.update(np.ascontiguousarray(part).tobytes())
        return content.hexdigest()[:8]

    def table(self) -> NDArray[np.float32]:
        """Of every bin the weights of three stances, and the square, (bins, 4)."""
        table = np.zeros((TOTAL_BINS, len(STANCES)), np.float32)
        table[self.rows, :_WEIGHED] = self.weights
        table[self.rows, _WEIGHED] = self.squares
        return table


def log_scores(sums: NDArray[Any]) -> NDArray[Any]:
    """What groups of features say of each stance, from sums of `Weights.of` over them (last axis)."""
    scores = sums / np.sqrt(np.maximum(sums[..., _WEIGHED:], 1))
    scores[..., _WEIGHED] = -scores[..., :_WEIGHED].sum(-1)
    return np.asarray(scores)


class Weights:
    """The weights of a model, ready for looking up and adding."""

    def __init__(self, model: Model) -> None:
        self._rows = model.table().view(np.complex128).ravel()  # one number for all four of a bin
        _keep_freed_memory()

    def of(self, bins: NDArray[np.int64]) -> NDArray[np.float32]:
        """Of each bin the weights of three stances, and the square, (bins, 4)."""
        return self._rows.take(bins, mode="clip").view(np.float32).reshape(-1, len(STANCES))

    def sums(self, part: Features) -> NDArray[np.float64]:
        """What `of` gives for the features of each group together in each text, shape (groups, texts, 4)."""
        sums = np.zeros((len(part.blocks), part.stream.count, len(STANCES)), np.float32)
        for block, into in zip(part.blocks, sums.view(np.complex64), strict=True):
            if len(block.windows):
                pairs = self.of(block.windows).view(np.complex64)  # two numbers are added at a time
                # Each text's windows, and then what lies between them and the next text's.
                edges = np.empty((len(into), 2), np.int64)
                np.minimum(block.begins, len(pairs) - 1, out=edges[:, 0])
                np.add(edges[:, 0], block.counts, out=edges[:, 1])
                into[:] = np.add.reduceat(pairs, edges.ravel(), axis=0)[::2]
                into[block.counts == 0] = 0
        groups = [block.group for block in part.blocks]
        begins = [groups.index(group) for group in range(groups[-1] + 1)]
        by_group: NDArray[np.float64] = np.add.reduceat(sums, begins, axis=0, dtype=np.float64)
        return by_group


def _keep_freed_memory() -> None:
    """Free one large block, after which the C library keeps what is freed for the next chunk.

    glibc hands freed memory back to the system when there is more than twice the largest block freed so far
    (mallopt(3), M_MMAP_THRESHOLD); fetching it again, page by page, takes up to half of the time. The block itself is
    never touched, and takes none. Other C libraries do as they like.
    """
    np.empty(_LARGE_BLOCK, np.uint8)


@cache
def shipped_model() -> Model:
    """The model inside the package."""
    with as_file(files("nlp") / "model" / "stance.npz") as path:
        return Model.load(path)


Options = CoderOptions


def load(what: str, settings: CoderSettings) -> EmbeddedCoder:
    """The coder with the shipped model; it takes no options.

    Raises:
        CoderOptionsError: the study gives it options.
    """
    del what
    read_options(Options, settings.options)
    return EmbeddedCoder()


class EmbeddedCoder:
    """The default coder: target-aware, no download, no dependency but NumPy.

    Args:
        model: learned arrays; the shipped ones when not given.
    """

    name = "embedded"

    def __init__(self, model: Model | None = None) -> None:
        self.model = model or shipped_model()
        self.version = f"1-{self.model.digest}"
        self._weights = Weights(self.model)

    @property
    def held_out(self) -> dict[str, dict[str, float]]:
        """By language: how often the coder agreed with people on changes it had never seen, its macro-F1, and n.

        From `held_out.json`, which `benchmarks/stance.py --held-out` writes; empty for a model it does not speak of.
        """
        known = json.loads((files("nlp") / "model" / "held_out.json").read_text(encoding="utf-8"))
        return known if known.pop("coder") == self.version else {}

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:
        """The stances of comments towards the change; see `Coder.code`."""
        logits = np.empty((len(texts), len(STANCES)))
        for part, _, found in self.read(texts, change):
            logits[part] = found
        if evidence is not None:
            logits += evidence_shift(evidence)
        scores = probabilities(logits)
        return Codes(scores, scores.argmax(1).astype(np.int8))

    def read(self, texts: Sequence[str], change: Change) -> Iterator[tuple[slice, Features, NDArray[np.float64]]]:
        """A stretch of texts at a time: which, their features, and the log-scores that these give, (n, 4)."""
        words = wordings(change)
        for part in _chunks(texts):
            features = featurise(texts[part], words)
            yield part, features, self._logits(features)

    def _logits(self, part: Features) -> NDArray[np.float64]:
        logits = log_scores(self._weights.sums(part)).sum(0) + self.model.bias
        return np.asarray(logits * self.model.temperature + rule_shift(part))

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:
        """The n-grams, cues, marks and reporting clause that decided, with their weights and places."""
        codes = self.code([text], change, [evidence])
        part = featurise([text], wordings(change))
        squares = self._weights.sums(part)[:, 0, _WEIGHED]
        reasons = [reason for block in part.blocks for reason in self._reasons(text, part, block, squares)]
        reasons = [*_merged(reasons), *_rule_reasons(part)]
        if evidence is not None:
            shift = evidence_shift([evidence])[0]
            if shift.any():
                reasons.append(Reason("evidence", evidence, (), _centred(shift)))
        reasons.sort(key=lambda reason: -max(abs(weight) for weight in reason.weights))
        scores = tuple(float(score) for score in codes.scores[0])
        return Explanation(codes.stance(0), scores, tuple(reasons[:REASONS]), f"{self.name}@{self.version}")

    def _reasons(self, text: str, part: Features, block: Block, squares: NDArray[np.float64]) -> list[Reason]:
        known = self._weights.of(block.bin)
        known[:, _WEIGHED] = squares[block.group]  # each feature counts by the length of its group in the whole text
        weights = log_scores(known) * self.model.temperature
        kind: ReasonKind = "form" if block.group == STRUCTURE else "cue" if block.group == SKELETON else "wording"
        reasons = []
        for row in np.flatnonzero(np.abs(weights).max(1) > 0):
            first, last = int(block.first[row]), int(block.last[row])
            span = (int(part.stream.start[first]), int(part.stream.end[last]))
            label = text[slice(*span)] if block.group != STRUCTURE else "form"
            if block.group == SKELETON:
                label = part.categories(first, last)
            spans = () if block.group == STRUCTURE else (span,)
            reasons.append(Reason(kind, label, spans, tuple(float(weight) for weight in weights[row])))
        return reasons


def _chunks(texts: Sequence[str]) -> Iterator[slice]:
    """Neighbouring texts of CHUNK characters together, a longer text alone."""
    number = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts))) // CHUNK
    bounds = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(texts)]
    return itertools.starmap(slice, itertools.pairwise(bounds)) if len(texts) else iter(())


def _rule_reasons(part: Features) -> list[Reason]:
    shift = rule_shift(part)[0]
    return [Reason("cue", "rule: opens with indifference", (), _centred(shift))] if shift.any() else []


def _centred(shift: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple((shift - shift.mean()).tolist())


def _merged(reasons: list[Reason]) -> list[Reason]:
    """Reasons of one kind and label as one, their weights added."""
    merged: dict[tuple[str, str], Reason] = {}
    for reason in reasons:
        key = (reason.kind, reason.label)
        merged[key] = _both(merged[key], reason) if key in merged else reason
    return list(merged.values())


def _both(one: Reason, other: Reason) -> Reason:
    weights = tuple(a + b for a, b in zip(one.weights, other.weights, strict=True))
    spans = one.spans if len(one.spans) >= PLACES else tuple(dict.fromkeys(one.spans + other.spans))
    return Reason(one.kind, one.label, spans, weights)


def probabilities(logits: NDArray[np.float64]) -> NDArray[np.float32]:
    """Softmax by rows, float32."""
    raised = np.exp(logits - logits.max(1, keepdims=True, initial=-np.inf))
    return np.asarray(raised / raised.sum(1, keepdims=True), np.float32)


def evidence_shift(evidence: Sequence[str | None]) -> NDArray[np.float64]:
    """What reporting clauses add to the log-score of each stance, shape (n, 4).

    The last clause cue before the quote decides; a negation right before it ("did not support") turns support into
    concern and takes the force from the others.
    """
    shift = np.zeros((len(evidence), len(STANCES)))
    given = [row for row, clause in enumerate(evidence) if clause]
    if not given:
        return shift
    tokens = stream([evidence[row] or "" for row in given])
    table = cue_table("evidence.txt")
    hits = table.find(grams(tokens.hashes, LONGEST), range(1, LONGEST + 1), ~tokens.breaks)
    stances = {table.categories.index(stance): position for position, stance in enumerate(STANCES)}
    negated = -1
    for at, width, category in zip(hits.at, hits.width, hits.category, strict=True):
        row = given[tokens.doc[at]]
        if category not in stances:
            negated = int(at + width)
            continue
        position = stances[category]
        shift[row] = 0
        if at != negated:
            shift[row, position] = EVIDENCE_SHIFT
        elif STANCES[position] == "support":
            shift[row, STANCES.index(STANCES[1])] = EVIDENCE_SHIFT
    return shift
