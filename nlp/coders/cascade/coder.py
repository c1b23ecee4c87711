"""Two coders one after the other: a quick one for all comments, a heavy one for those that it is least sure of."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.coders.cascade.line import Line, Texts, share_of
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.protocol import ABSTAINED, Account, Codes, KeepsAccount, annotator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from nlp.coders.cascade import CascadeOptions
    from nlp.coders.protocol import Coder, Explanation, Memory
    from storage.nouns import Change

LASTING = 1_000
"""Distinct comments that a line must have been drawn around to be kept for the runs to come."""
SLICE = 256
"""Comments given to the heavy coder at a time, the least sure first: where its budget ends, the surest are left."""


class _Comments(NamedTuple):
    """What is coded in one call."""

    texts: Sequence[str]
    evidence: Sequence[str | None]


class CascadeCoder:
    """The embedded coder, and a heavy one for what lies below a line; where that one abstains, the embedded one counts.

    Args:
        heavy: who is asked about uncertain comments and the random sample.
        options: how many those are.
        memory: where the line is kept from run to run; it is drawn anew for each run when not given.
    """

    held_out: Mapping[str, Mapping[str, float]] = {}

    def __init__(self, heavy: Coder, options: CascadeOptions, memory: Memory | None = None) -> None:
        self._embedded, self._heavy, self._options, self._memory = EmbeddedCoder(), heavy, options, memory
        chosen = options.model_dump(exclude={"heavy"})
        asked = json.dumps([annotator(self._embedded), annotator(heavy), chosen], sort_keys=True)
        self.name = f"cascade:{heavy.name}"
        self.version = f"1-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"
        self._lines: dict[str, Line] = {}
        self._seen: set[int] = set()
        self._planned = 0
        self._tally: Counter[str] = Counter()

    def plan(self, stretches: Iterable[tuple[Sequence[str], Sequence[str | None]]], change: Change) -> None:
        """Draw the line around all comments of a run, or take the one of an earlier run; see `Plans.plan`.

        A line around LASTING comments and more is kept, so that a comment is judged alike in every run.
        """
        parts = [self._seen_by_line(_Comments(*stretch), change)[1].distinct() for stretch in stretches]
        if not parts:
            return
        texts = Texts.joined(parts)
        self._planned = len(texts)
        self._lines[change.target] = self._first_line(texts, change)

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:
        """The stances of comments towards the change; see `Coder.code`.

        Without a plan, the comments given are all comments.
        """
        said = _Comments(texts, evidence or [None] * len(texts))
        codes, seen = self._seen_by_line(said, change)
        line = self._lines.get(change.target) or self._first_line(seen.distinct(), change)
        scores, primary = codes.scores.copy(), codes.primary.copy()
        for rows in _slices(seen, line):
            found = self._heavy.code([texts[row] for row in rows], change, [said.evidence[row] for row in rows])
            self._compare(seen.at(rows), line, codes.primary[rows], found.primary)
            here, there = _equal(seen.name, seen.name[rows], ~found.abstained)
            scores[here], primary[here] = found.scores[there], found.primary[there]
        return Codes(scores, primary)

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:
        """The reasons of the coder whose code counts, by the line of this run or of an earlier one."""
        _, seen = self._seen_by_line(_Comments([text], [evidence]), change)
        line = self._lines.get(change.target) or self._kept(change) or Line()
        asked = bool((line.uncertain(seen) | line.sampled(seen))[0])
        counts = asked and not self._heavy.code([text], change, [evidence]).abstained[0]
        coder = self._heavy if counts else self._embedded
        return replace(coder.explain(text, change, evidence), annotator=annotator(self))

    def account(self) -> Account:
        """How many comments the heavy coder was asked about, and how often both agreed."""
        names = ("asked", "answered", "agreed", "sample_answered", "sample_agreed")
        counts: dict[str, Any] = {"distinct": self._planned, **{name: self._tally[name] for name in names}}
        counts["margin"] = [f"{line.margin:.6f}" for line in self._lines.values()]
        said = (
            f"{self._heavy.name} was asked about {counts['asked']:,} distinct comments and answered "
            f"{counts['answered']:,}; in the random sample both coders agree on {counts['sample_agreed']:,} of "
            f"{counts['sample_answered']:,}."
        )
        own = Account(counts, (said,) if counts["asked"] else ())
        if not isinstance(self._heavy, KeepsAccount):
            return own
        other = self._heavy.account()
        return Account({**counts, "heavy": dict(other.counts)}, (*own.notes, *other.notes), other.failures)

    def _seen_by_line(self, said: _Comments, change: Change) -> tuple[Codes, Texts]:
        codes = self._embedded.code(said.texts, change, said.evidence)
        return codes, Texts.of(codes, said.texts, said.evidence, self._options.seed)

    def _first_line(self, texts: Texts, change: Change) -> Line:
        """The line of an earlier run, or one around these distinct comments, kept if they are many; less, if that
        would pass what one run may ask.
        """  # noqa: D205  the rule is one sentence
        options = self._options
        line = self._kept(change)
        if line is None:
            uncertain = share_of(len(texts), options.share_asked)
            line = Line.around(texts, uncertain=uncertain, sample=options.sample).at_most(options.margin or np.inf)
            if self._memory is not None and len(texts) >= LASTING:
                self._memory.remember({self._key(change): line.to_bytes()})
        most = len(texts) if options.texts is None else options.texts
        return line.below(Line.around(texts, uncertain=most, sample=options.sample))

    def _kept(self, change: Change) -> Line | None:
        key = self._key(change)
        kept = None if self._memory is None else self._memory.recall([key]).get(key)
        return None if kept is None else Line.from_bytes(kept)

    def _key(self, change: Change) -> bytes:
        """Of the line: all that it depends on but the comments."""
        chosen = self._options.model_dump(exclude={"heavy", "texts"})
        said = ["line of a cascade", annotator(self._embedded), chosen, change.model_dump()]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()

    def _compare(self, texts: Texts, line: Line, one: NDArray[np.int8], other: NDArray[np.int8]) -> None:
        """Count how often both coders say the same, each distinct comment once in a run."""
        new = np.array([name not in self._seen for name in texts.name.tolist()], dtype=bool)
        self._seen.update(texts.name.tolist())
        answered, sampled = new & (other != ABSTAINED), line.sampled(texts)
        agreed = answered & (one == other)
        self._tally["asked"] += int(new.sum())
        for name, rows in (("answered", answered), ("agreed", agreed)):
            self._tally[name] += int(rows.sum())
            self._tally[f"sample_{name}"] += int((rows & sampled).sum())


def _slices(texts: Texts, line: Line) -> Iterator[NDArray[np.int64]]:
    """Where comments stand that are asked about, each once: the sample first, then the least sure first."""
    first = np.sort(np.unique(texts.name, return_index=True)[1])
    once = texts.at(first)
    sampled = line.sampled(once)
    order = once.by_margin()
    drawn = order[sampled[order]]
    below = order[(line.uncertain(once) & ~sampled)[order]]
    for rows in (first[drawn], first[below]):
        for begin in range(0, len(rows), SLICE):
            yield rows[begin : begin + SLICE]


def _equal(
    names: NDArray[np.int64], asked: NDArray[np.int64], answered: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which of the names are among those asked about that were answered, and where there each of them stands."""
    order = np.argsort(asked)
    place = np.searchsorted(asked, names, sorter=order).clip(max=len(asked) - 1)
    at = order[place]
    held = (asked[at] == names) & answered[at]
    return held, at[held]
