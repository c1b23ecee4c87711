"""The line below which comments go to the heavy coder, drawn once for all comments of a run."""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.coders.protocol import Codes

_PACKED = struct.Struct("<fqq")


@dataclass(frozen=True, slots=True)
class Texts:
    """Comments as the line sees them; arrays of shape (n,).

    Attributes:
        margin: float32, the best score less the second best.
        name: int64, a hash of text and evidence; it also decides between equal margins.
        draw: int64, another one, seeded: the smallest are the random sample.
    """

    margin: NDArray[np.float32]
    name: NDArray[np.int64]
    draw: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.name)

    @classmethod
    def of(cls, codes: Codes, texts: Sequence[str], evidence: Sequence[str | None] | None, seed: int) -> Texts:
        """The comments that have these codes, equal ones too."""
        best = np.sort(codes.scores, axis=1)
        clauses = evidence or [None] * len(texts)
        digests = b"".join(_digest(text, clause, seed) for text, clause in zip(texts, clauses, strict=True))
        hashes = (np.frombuffer(digests, np.uint64) >> np.uint64(1)).astype(np.int64).reshape(-1, 2)
        return cls(best[:, -1] - best[:, -2], hashes[:, 0], hashes[:, 1])

    def distinct(self) -> Texts:
        """Each once, in an order of no meaning."""
        return self.at(np.unique(self.name, return_index=True)[1])

    def at(self, rows: NDArray[np.int64]) -> Texts:
        """Those at these places."""
        return Texts(self.margin[rows], self.name[rows], self.draw[rows])

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """The comments of all parts, each once."""
        margins, names, draws = zip(*((part.margin, part.name, part.draw) for part in parts), strict=True)
        return cls(np.concatenate(margins), np.concatenate(names), np.concatenate(draws)).distinct()

    def by_margin(self) -> NDArray[np.int64]:
        """Their places, the least sure first."""
        return np.lexsort((self.name, self.margin))


@dataclass(frozen=True, slots=True)
class Line:
    """Which comments are asked about: those whose (margin, name) does not lie above it, and the random sample.

    Attributes:
        margin: of the surest of them; -1 for none.
        name: decides between comments of that margin.
        draw: the largest of the sample; -1 for none.
    """

    margin: float = -1.0
    name: int = -1
    draw: int = -1

    @classmethod
    def around(cls, texts: Texts, *, uncertain: int, sample: int) -> Line:
        """The line that leaves so many of these distinct comments below it, and so many in the sample.

        Where that is all of them, whatever margin a later comment has, it is below too.
        """
        margin, name, draw = -1.0, -1, -1
        if uncertain >= len(texts):
            margin = math.inf
        elif uncertain:
            last = texts.by_margin()[uncertain - 1]
            margin, name = float(texts.margin[last]), int(texts.name[last])
        if sample and len(texts):
            draw = int(np.sort(texts.draw)[:sample][-1])
        return cls(margin, name, draw)

    @classmethod
    def from_bytes(cls, kept: bytes) -> Line | None:
        """A line that was kept; None where it is damaged."""
        return cls(*_PACKED.unpack(kept)) if len(kept) == _PACKED.size else None

    def to_bytes(self) -> bytes:
        """As it is kept."""
        return _PACKED.pack(self.margin, self.name, self.draw)

    def below(self, other: Line) -> Line:
        """The line that leaves below it only what lies below both."""
        lower = min((self.margin, self.name), (other.margin, other.name))
        return Line(*lower, min(self.draw, other.draw))

    def at_most(self, margin: float) -> Line:
        """This line, or one at a stated margin where that is lower; comments of exactly that margin are below it."""
        lower = min((self.margin, self.name), (float(np.float32(margin)), np.iinfo(np.int64).max))
        return Line(*lower, self.draw)

    def uncertain(self, texts: Texts) -> NDArray[np.bool_]:
        """Which of the comments lie below it."""
        at = np.float32(self.margin)
        return np.asarray((texts.margin < at) | ((texts.margin == at) & (texts.name <= self.name)))

    def sampled(self, texts: Texts) -> NDArray[np.bool_]:
        """Which of the comments are in the random sample."""
        return np.asarray(texts.draw <= self.draw)


def share_of(count: int, share: float) -> int:
    """A share of so many comments, rounded up."""
    return math.ceil(count * share - 1e-9)


def _digest(text: str, clause: str | None, seed: int) -> bytes:
    """Sixteen bytes: the first half names the comment, the second depends on the seed too."""
    said = f"{text}\0{clause or ''}".encode(errors="surrogatepass")
    name = hashlib.blake2b(said, digest_size=8).digest()
    return name + hashlib.blake2b(name, digest_size=8, key=str(seed).encode()[:64]).digest()
