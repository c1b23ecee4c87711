"""Batches whose shape depends on the length of a row alone.

A matrix product rounds differently in another shape, so in ordinary batches a comment's score depends on its
neighbours: by about 5e-7 in float32. Here every batch of one length has the same number of rows, the last one filled up
with copies, and a row's result is the same bits in any company.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nlp.coders.hf.inputs import Input


class OutOfMemoryError(MinyiError):
    """A batch does not fit into the memory of the device."""


class Batch:
    """Rows of one padded length.

    Attributes:
        ids, mask, types: int64, (rows, tokens).
    """

    __slots__ = ("ids", "mask", "types")

    def __init__(self, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64]) -> None:
        self.ids, self.mask, self.types = ids, mask, types

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: slice) -> Batch:
        return Batch(self.ids[rows], self.mask[rows], self.types[rows])

    @classmethod
    def of(cls, inputs: Sequence[Input], rows: int, length: int, pad: int) -> Batch:
        """These rows, and copies of the first until there are as many as asked for."""
        ids = np.full((rows, length), pad, np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for at in range(rows):
            row = inputs[at] if at < len(inputs) else inputs[0]
            ids[at, : len(row.ids)], mask[at, : len(row.ids)], types[at, : len(row.ids)] = row.ids, 1, row.types
        return cls(ids, mask, types)


class Runtime(Protocol):
    """Who computes.

    Attributes:
        where: the library, the numbers and the device, in words.
        pad: the number of the padding token.
    """

    where: str
    pad: int

    def padded(self, length: int) -> int:
        """To how many tokens a row of this many is filled up."""

    def rows(self, padded: int) -> int:
        """How many rows of this padded length are computed together."""

    def logits(self, batch: Batch) -> NDArray[np.float32]:
        """What the model says, (rows, labels).

        Raises:
            OutOfMemoryError: the batch is too large.
        """

    def shrink(self) -> None:
        """Compute half as many rows together from now on."""


def computed(runtime: Runtime, inputs: Sequence[Input]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """The logits of every row, batch by batch, the longest first: places among the inputs, and (places, labels).

    Raises:
        OutOfMemoryError: even one row does not fit.
    """
    lengths = np.array([runtime.padded(len(row.ids)) for row in inputs], np.int64)
    order = np.argsort(-lengths, kind="stable")
    at = 0
    while at < len(order):
        length = int(lengths[order[at]])
        places = order[at : at + runtime.rows(length)]
        places = places[lengths[places] == length]
        batch = Batch.of([inputs[place] for place in places], runtime.rows(length), length, runtime.pad)
        yield places, _logits(runtime, batch)[: len(places)]
        at += len(places)


def _logits(runtime: Runtime, batch: Batch) -> NDArray[np.float32]:
    """The logits of a batch, in halves where it does not fit; from then on batches are smaller."""
    try:
        return runtime.logits(batch)
    except OutOfMemoryError:
        half = len(batch) // 2
        if not half:
            raise
    runtime.shrink()
    return np.concatenate([_logits(runtime, batch[:half]), _logits(runtime, batch[half:])])
