"""The `hf:` coder: which comments it asks the model about, and what it makes of the answers."""

from __future__ import annotations

import hashlib
import json
import struct
from collections import Counter
from contextlib import contextmanager
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.coders.hf.batches import computed
from nlp.coders.hf.entailment import Entailing, is_entailment_model
from nlp.coders.hf.folder import ModelFolderError
from nlp.coders.hf.inputs import Encoder, load_tokenizer
from nlp.coders.hf.labels import Classifying, ModelLabelsError
from nlp.coders.hf.runtimes import load_runtime
from nlp.coders.protocol import ABSTAINED, Account, Codes, Explanation
from nlp.language import language_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.coders.hf.batches import Runtime
    from nlp.coders.hf.folder import ModelFolder
    from nlp.coders.hf.options import HfOptions
    from nlp.coders.protocol import Memory
    from storage.nouns import Change

_WAY = 1
"""Changes whenever this code asks or reads a model differently."""
KEEP_EVERY_S = 1.0
"""Seconds of work that a killed run may lose."""
_PACKED = struct.Struct("<4f?")


class Answer(NamedTuple):
    """What the model said of one text.

    Attributes:
        scores: of the four stances; NaN where it gives none.
        shortened: whether the text was too long to be read whole.
        usable: whether the logits were numbers; an answer that is not is asked for again another time.
    """

    scores: tuple[float, ...]
    shortened: bool
    usable: bool = True

    def to_bytes(self) -> bytes:
        """As it is kept."""
        return _PACKED.pack(*self.scores, self.shortened)

    @classmethod
    def from_bytes(cls, kept: bytes) -> Answer:
        """As it was kept."""
        *scores, shortened = _PACKED.unpack(kept)
        return cls(tuple(scores), shortened)


class HfCoder:
    """A classifier or an NLI model as a stance coder. torch and the weights are loaded with the first comment.

    Args:
        name: by which a study asks for it.
        folder: the model's files.
        options: what the study says.
        memory: where answers are kept between runs; within one call equal texts are asked once in any case.

    Raises:
        nlp.coders.hf.labels.ModelLabelsError: it is not known which label means which stance.
    """

    def __init__(self, name: str, folder: ModelFolder, options: HfOptions, memory: Memory | None = None) -> None:
        self.name = name
        self._folder, self._options, self._memory = folder, options, memory
        self._reading = _reading(folder, options)
        self._limit = min(options.max_tokens or folder.longest, folder.longest)
        self._tally: Counter[str] = Counter()
        self._where = ""

    @cached_property
    def version(self) -> str:
        """Changes with the weights, the tokenizer, the runtime, the precision, and all that the study says of them.

        Not with the device: a study may be begun on a GPU and gone on with on a processor, which differ in last digits.
        """
        parts = (_WAY, self._folder.fingerprint(self._memory), self._reading.identity, self._limit)
        return f"{_WAY}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]}"

    @property
    def held_out(self) -> Mapping[str, Mapping[str, float]]:
        """Nothing is known of a foreign model's error here: `minyi evaluate` measures it."""
        return {}

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:
        """The stances of comments towards the change; see `Coder.code`.

        The clause that reports a quote is read before it: 表示担忧："…".

        Raises:
            storage.errors.MinyiError: the model cannot be loaded or does not fit into the memory.
        """
        asked = [
            _with_clause(text, clause) for text, clause in zip(texts, evidence or [None] * len(texts), strict=True)
        ]
        answers = self._answers(list(dict.fromkeys(asked)), change)
        scores = np.array([answers[text].scores for text in asked], np.float32).reshape(-1, len(STANCES))
        silent = np.asarray(np.isnan(scores).any(1))
        primary = np.where(silent, ABSTAINED, np.where(silent[:, None], 0, scores).argmax(1))
        return Codes(scores, primary.astype(np.int8))

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:
        """The clauses and words without which the model answers most differently; see `nlp.coders.occlusion`."""
        from nlp.coders.occlusion import occluded

        codes = self.code([text], change, [evidence])
        reasons = occluded(text, lambda texts: self.code(texts, change, [evidence] * len(texts)).scores)
        scores = tuple(float(score) for score in codes.scores[0])
        return Explanation(codes.stance(0), scores, reasons, f"{self.name}@{self.version}")

    def account(self) -> Account:
        """What the model was asked, what was known already, and what it could not read or answer."""
        tally, limit = self._tally, self._limit
        notes = {
            "shortened": f"longer than {limit} tokens, read without their middle",
            "unusable": "the model's answer was no number",
        }
        said = tuple(f"{tally[name]:,} texts: {note}." for name, note in notes.items() if tally[name])
        ran = (f"Ran by {self._where}.",) if self._where else ()
        return Account({name: tally[name] for name in ("asked", "known", "shortened", "unusable")}, (*ran, *said))

    def _answers(self, texts: list[str], change: Change) -> dict[str, Answer]:
        """An answer for each text: kept ones, and new ones, which are kept as they come."""
        keys = {text: self._key(text, change) for text in texts}
        kept = self._memory.recall(list(keys.values())) if self._memory is not None else {}
        answers = {text: Answer.from_bytes(kept[key]) for text, key in keys.items() if key in kept}
        unknown = [text for text in texts if text not in answers]
        self._tally.update(asked=len(unknown), known=len(answers))
        with self._keeping() as keep:
            for found in self._asked(unknown, change) if unknown else ():
                answers |= found
                keep({keys[text]: said.to_bytes() for text, said in found.items() if said.usable})
        said = answers.values()
        self._tally.update(shortened=sum(it.shortened for it in said), unusable=sum(not it.usable for it in said))
        return answers

    @contextmanager
    def _keeping(self) -> Iterator[Callable[[dict[bytes, bytes]], None]]:
        """Keeps answers about once a second, and what is left when the work ends, however it does."""
        waiting: dict[bytes, bytes] = {}
        since = monotonic()

        def keep(answers: dict[bytes, bytes], *, now: bool = False) -> None:
            nonlocal since
            waiting.update(answers)
            if self._memory is not None and (now or monotonic() - since >= KEEP_EVERY_S):
                self._memory.remember(dict(waiting))
                waiting.clear()
                since = monotonic()

        try:
            yield keep
        finally:
            keep({}, now=True)

    def _key(self, text: str, change: Change) -> bytes:
        said = json.dumps([self.version, self._reading.rows(text, change)])
        return hashlib.sha256(said.encode()).digest()

    def _asked(self, texts: list[str], change: Change) -> Iterator[dict[str, Answer]]:
        """Answers of the model, as soon as all rows of a text are computed."""
        runtime, encoder = self._engine
        each = self._reading.rows_each
        inputs = encoder.encode([row for text in texts for row in self._reading.rows(text, change)])
        shortened = np.asarray(np.array([row.shortened for row in inputs]).reshape(-1, each).any(1))
        logits = np.empty((len(texts), each, len(self._folder.labels)), np.float32)
        left = np.full(len(texts), each)
        for places, found in computed(runtime, inputs):
            self._check_width(found)
            logits[places // each, places % each] = found
            np.subtract.at(left, places // each, 1)
            done = [int(text) for text in dict.fromkeys(places // each) if not left[text]]
            scores, usable = self._scores(logits[done])
            yield {
                texts[text]: Answer(tuple(scores[row].tolist()), bool(shortened[text]), bool(usable[row]))
                for row, text in enumerate(done)
            }

    def _scores(self, logits: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Stances of texts, (n, 4), NaN where a logit is no number; and where all are."""
        usable = np.asarray(np.isfinite(logits).all((1, 2)))
        scores = self._reading.scores(np.where(usable[:, None, None], logits, 0))
        return np.where(usable[:, None], scores, np.nan), usable

    def _check_width(self, logits: NDArray[np.float32]) -> None:
        given, named = logits.shape[1], len(self._folder.labels)
        if given != named:
            what = f"The model gives {given} numbers, but its config.json names {named} labels."
            raise ModelFolderError(what, where=str(self._folder.path), remedy="Give the folder as it was saved, whole.")

    @cached_property
    def _engine(self) -> tuple[Runtime, Encoder]:
        tokenizer = load_tokenizer(self._folder)
        runtime = load_runtime(self._folder, self._options.device, types=tokenizer.types)
        self._where = runtime.where
        return runtime, Encoder(tokenizer, self._limit, self._reading.comment_at)


def _reading(folder: ModelFolder, options: HfOptions) -> Classifying | Entailing:
    """How this model is asked: by what the study says, else by its labels."""
    names, problem = folder.labels, folder.config.get("problem_type")
    if options.zero_shot or (options.zero_shot is None and not options.labels and is_entailment_model(names)):
        return Entailing(names, options)
    if problem == "regression":
        remedy = "Give a model that was fine-tuned to tell stances apart, or an NLI model."
        raise ModelLabelsError(
            "The model answers with a number, not with labels.", where=str(folder.path), remedy=remedy
        )
    return Classifying(names, options, independent=problem == "multi_label_classification")


def _with_clause(text: str, clause: str | None) -> str:
    """A quote with the clause that reports it, as its article has them."""
    if not clause:
        return text
    return f"{clause}：“{text}”" if language_of(clause) == "zh" else f"{clause}: “{text}”"
