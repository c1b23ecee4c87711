"""Stances as a language model says them: masked comments go out, answers that fit the schema come in."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from nlp.coders.llm.answers import Answer, from_bytes
from nlp.coders.llm.asking import Asking
from nlp.coders.llm.masking import LONGEST, sendable
from nlp.coders.llm.prompt import PROMPT, Item, prompt_digest
from nlp.coders.llm.purse import Purse
from nlp.coders.llm.wire import Endpoint, read_key
from nlp.coders.protocol import ABSTAINED, Account, Codes, Explanation, Reason, annotator
from storage.errors import MinyiError
from storage.nouns import CODEBOOK_VERSION, STANCES, Change, Stance

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from nlp.coders.llm.answers import Why
    from nlp.coders.llm.options import LlmOptions
    from nlp.coders.protocol import Memory

_WHY: dict[Why, str] = {
    "unreadable": "no JSON",
    "outside": "outside the schema",
    "inconsistent": "against the codebook",
    "missing": "left out",
    "doubled": "given twice",
    "refused": "refused by the server",
    "failed": "failed at every attempt",
}
"""Reasons as a person reads them; that a budget is spent or a server left alone is said otherwise."""


class NoStanceError(MinyiError):
    """A model gave no stance that could be used."""


class LlmCoder:
    """A language model behind an OpenAI-compatible endpoint.

    Every distinct comment is asked about once, its answer kept; one without a usable answer is abstained from. With one
    comment to a request, which is the default, no comment can touch another's answer.

    Args:
        model: the name by which the server knows the model.
        options: the study's.
        memory: where answers are kept between runs; for this run only when not given.
        folder: where relative paths among the options start.
        pause: waits so many seconds between attempts.
    """

    held_out: Mapping[str, Mapping[str, float]] = {}

    def __init__(
        self,
        model: str,
        options: LlmOptions,
        memory: Memory | None = None,
        folder: Path | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._options = options
        self._memory = _ThisRun() if memory is None else memory
        self._purse = Purse(options.budget)
        key = read_key(options.key_variable, required="key_variable" in options.model_fields_set)
        self._endpoint = Endpoint(model, options, key, self._purse, folder, pause)
        self._asks = _digest(model, prompt_digest(), *_bearing(options))
        self.name = f"llm:{_safe(model)}"
        self.version = f"{PROMPT}-{self._asks[:8]}"
        self._unanswered: Counter[str] = Counter()
        self._tally: Counter[str] = Counter()

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:
        """The stances of comments towards the change; see `Coder.code`.

        Scores say the answered codes (`Answer.scores`); they are not calibrated. Comments that the model gave no usable
        answer to, or that the budget did not reach for, are abstained from.
        """
        items = [_item(text, clause) for text, clause in zip(texts, evidence or [None] * len(texts), strict=True)]
        keys = [self._key(item, change) for item in items]
        asked = dict(zip(keys, items, strict=True))
        answers = self._recalled(asked)
        self._tally["kept"] += len(answers)
        left = {key: asked[key] for key in asked.keys() - answers.keys()}
        self._tally["shortened"] += sum(len(item.text) >= LONGEST for item in left.values())
        if left:
            asking = Asking(self._endpoint, self._memory, change, self._tally, self._unanswered)
            answers |= _finished(asking.about(left, self._options.batch, self._options.concurrency))
        return _codes([answers.get(key) for key in keys])

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:
        """The model's answer, and the words in which it sees a suggestion. Asks the model where no answer is kept.

        Raises:
            NoStanceError: the model gives none.
        """
        item = _item(text, evidence)
        codes = self.code([text], change, [evidence])
        if codes.abstained[0]:
            raise NoStanceError(
                "The model gave no stance to explain.", where=self.name, remedy="See the run's receipt."
            )
        answer = self._recalled({(key := self._key(item, change)): item})[key]
        scores = tuple(float(score) for score in codes.scores[0])
        return Explanation(codes.stance(0), scores, _reasons(item.text[slice(*answer.place)], text), annotator(self))

    def account(self) -> Account:
        """What was asked and spent, and why comments have no answer."""
        purse, stopped = self._purse, self._endpoint.stopped
        counts = {
            "requests": purse.requests,
            "tokens": purse.tokens,
            "tokens_estimated_for": purse.estimated,
            **{name: self._tally[name] for name in ("answered", "kept", "asked_again", "shortened")},
            "unanswered": dict(sorted(self._unanswered.items())),
            "requests_by_outcome": dict(sorted(self._endpoint.counts.items())),
            "spent": purse.limits(),
        }
        notes = [f"The budget of {purse.limits()} for {self.name} is spent."] if purse.spent else []
        why = {name: self._unanswered[name] for name in _WHY if self._unanswered[name]}
        if why:
            reasons = ", ".join(f"{n:,} {_WHY[name]}" for name, n in why.items())
            notes.append(f"{sum(why.values()):,} answers of {self.name} are missing or could not be used: {reasons}.")
        failure = stopped or (self._nothing(sum(why.values())) if why else None)
        return Account(counts, tuple(notes), (failure,) if failure else ())

    def _nothing(self, without: int) -> MinyiError | None:
        """A model none of whose answers can be used has failed, though its server is well."""
        if self._tally["answered"] or self._tally["kept"]:
            return None
        what = f"The model gave none of {without:,} comments an answer that could be used."
        remedy = "Choose a model that keeps to a JSON schema, or another response_format under [coder]."
        return NoStanceError(what, where=self.name, remedy=remedy)

    def _key(self, item: Item, change: Change) -> bytes:
        return bytes.fromhex(_digest(self._asks, change.model_dump(), CODEBOOK_VERSION, *item))

    def _recalled(self, asked: Mapping[bytes, Item]) -> dict[bytes, Answer]:
        kept = self._memory.recall(list(asked))
        read = {key: from_bytes(answer, asked[key]) for key, answer in kept.items() if key in asked}
        return {key: answer for key, answer in read.items() if answer}


class _ThisRun(dict[bytes, bytes]):
    """A memory that ends with the process."""

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {key: self[key] for key in keys if key in self}

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        self.update(answers)


def _item(text: str, evidence: str | None) -> Item:
    return Item(sendable(text), sendable(evidence or ""))


def _bearing(options: LlmOptions) -> tuple[Any, ...]:
    """The options that bear on an answer. Not the endpoint: one model is one model on any machine."""
    sent = {name: getattr(options, name) for name in ("seed", "answer_tokens") if name not in options.omit}
    return options.fingerprint, sent, sorted(options.omit), options.extra, options.batch > 1


def _digest(*parts: Any) -> str:  # noqa: ANN401  anything that JSON can say
    said = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=list)
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()


def _safe(model: str) -> str:
    """A model's name as part of an annotator's id; the version tells apart what this makes equal."""
    return re.sub(r"[^A-Za-z0-9@._:-]+", "-", model)[:64]


def _codes(answers: Sequence[Answer | None]) -> Codes:
    scores = np.full((len(answers), len(STANCES)), np.nan, np.float32)
    primary = np.full(len(answers), ABSTAINED, np.int8)
    for row, answer in enumerate(answers):
        if answer is not None:
            scores[row], primary[row] = answer.scores, STANCES.index(answer.primary)
    return Codes(scores, primary)


def _reasons(words: str, text: str) -> tuple[Reason, ...]:
    """The words of a suggestion, where the comment as written holds them too; a model gives no other reason."""
    at = text.find(words) if words else -1
    if at < 0:
        return ()
    weights = tuple(0.75 if stance is Stance.SUGGESTION else -0.25 for stance in STANCES)
    return (Reason("wording", words, ((at, at + len(words)),), weights),)


def _finished(asking: Coroutine[Any, Any, dict[bytes, Answer]]) -> dict[bytes, Answer]:
    """Run to the end; beside a loop that runs already, as in a notebook, in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(asking)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asking).result()
