"""Drawing at random: strata, permutations, and how many from each. Whole numbers only, so that machines agree.

The permutations are NumPy's (`Generator(PCG64)`), seeded from a number and from a digest of what is drawn from, over
ids in order: neither the order of rows nor the machine matters.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from storage.records import SampleMethod

DAYS_OF_WEEK = 7
DAY_MS = 86_400_000
UNDATED = np.iinfo(np.int64).max
"""The week of comments that are not dated to the day: after all others."""
EXPECTED = 2
"""A stratum is one where so many draws are expected: with fewer, nothing is known of how much its comments differ."""


class Strata(NamedTuple):
    """Which stratum each comment belongs to.

    Attributes:
        numbers: (n,) int64, from 0.
        names: one for each stratum, by its number.
    """

    numbers: NDArray[np.int64]
    names: list[str]


class _Cell(NamedTuple):
    source: str
    week: int
    n: int


def iso_weeks(local_ms: NDArray[np.int64], dated: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Weeks since that of 1970-01-01, beginning on Mondays; UNDATED where no day is known.

    Args:
        local_ms: (n,) wall-clock milliseconds since 1970.
        dated: (n,) whether they mean anything.
    """
    thursday = 3  # 1970-01-01 was one, and a week's year is that of its Thursday (ISO 8601)
    return np.where(dated, (local_ms // DAY_MS + thursday) // DAYS_OF_WEEK, UNDATED)


def week_name(week: int) -> str:
    """A week as ISO 8601 writes it: 2026-W09."""
    if week == UNDATED:
        return "undated"
    thursday = np.datetime64(week * DAYS_OF_WEEK, "D")
    year = thursday.astype("datetime64[Y]")
    return f"{year}-W{(thursday - year).astype(np.int64) // DAYS_OF_WEEK + 1:02d}"


def one_stratum(n: int) -> Strata:
    """Simple random sampling: everything is one stratum."""
    return Strata(np.zeros(n, np.int64), ["all"])


def by_source_and_week(source: Sequence[str], week: NDArray[np.int64], least: int) -> Strata:
    """Strata of at least so many comments, where there are so many in all.

    Weeks of a source that are smaller join the following ones until they are large enough, and the last of a source the
    one before; comments without a day come last. Sources that are too small as a whole make one stratum together, and
    where that is too small as well it joins the smallest stratum there is.
    """
    names, place = np.unique(np.array(source, dtype=np.str_), return_inverse=True)
    pairs, cell_of, sizes = np.unique(np.stack([place, week]), axis=1, return_inverse=True, return_counts=True)
    cells = [_Cell(str(names[at]), int(w), int(n)) for at, w, n in zip(*pairs.tolist(), sizes.tolist(), strict=True)]
    groups = _merged(cells, least)
    number = {cell: at for at, group in enumerate(groups) for cell in group}
    by_cell = np.array([number[cell] for cell in cells], np.int64)
    return Strata(by_cell[cell_of.reshape(-1)], [_name(group) for group in groups])


def _merged(cells: Sequence[_Cell], least: int) -> list[list[_Cell]]:
    groups: list[list[_Cell]] = []
    small: list[_Cell] = []
    for _, weeks in groupby(cells, key=lambda cell: cell.source):
        own = _runs(list(weeks), least)
        if len(own) == 1 and _size(own[0]) < least:
            small += own[0]
        else:
            groups += own
    if small and (_size(small) >= least or not groups):
        groups.append(small)
    elif small:
        smallest = min(groups, key=_size)
        smallest += small
    return groups


def _runs(cells: list[_Cell], least: int) -> list[list[_Cell]]:
    """Neighbours together, until each run is large enough; what is left over joins the last one."""
    runs: list[list[_Cell]] = [[]]
    for cell in cells:
        if _size(runs[-1]) >= least:
            runs.append([])
        runs[-1].append(cell)
    if len(runs) > 1 and _size(runs[-1]) < least:
        left = runs.pop()
        runs[-1] += left
    return runs


def _size(cells: Iterable[_Cell]) -> int:
    return sum(cell.n for cell in cells)


def _name(cells: Sequence[_Cell]) -> str:
    """Such as "forum 2026-W09 to 2026-W11, undated"; of several sources one after the other."""
    return "; ".join(
        f"{source} {_weeks([cell.week for cell in of_source])}"
        for source, of_source in groupby(cells, key=lambda cell: cell.source)
    )


def _weeks(weeks: list[int]) -> str:
    dated = [week for week in weeks if week != UNDATED]
    ends = dict.fromkeys(week_name(week) for week in (dated[:1] + dated[-1:]))
    return ", ".join(filter(None, [" to ".join(ends), week_name(UNDATED) if len(dated) < len(weeks) else ""]))


def places(strata: NDArray[np.int64], seed: int, digest: str) -> NDArray[np.int64]:
    """Each comment's place in a random permutation of its stratum.

    Args:
        strata: (n,) the stratum of each comment, in order of the comments' ids.
        seed: not negative.
        digest: SHA-256 of the ids, in hexadecimal.
    """
    random, place = generator(seed, digest), np.empty(len(strata), np.int64)
    for stratum in range(int(strata.max(initial=-1)) + 1):
        members = np.flatnonzero(strata == stratum)
        place[members[random.permutation(len(members))]] = np.arange(len(members))
    return place


def generator(seed: int, digest: str) -> np.random.Generator:
    """The source of chance for what has this digest."""
    return np.random.Generator(np.random.PCG64([seed, int(digest, 16)]))


def allocate(size: int, population: Sequence[int], drawn: Sequence[int]) -> list[int]:
    """How many each stratum shall have, as near to proportional as what is drawn already lets it be.

    A stratum that already has more than its part keeps it, and the others share the rest by largest remainders. Each
    has one at least, where the size allows.

    Args:
        size: how many in all: from sum(drawn) to sum(population).
        population: comments of each stratum.
        drawn: how many each has already.
    """
    floors = [max(have, min(n, 1)) for n, have in zip(population, drawn, strict=True)]
    if sum(floors) > size:
        floors = list(drawn)
    shared, left, among = _above_their_floor(size, population, floors)
    parts = list(floors)
    remainders: list[tuple[int, int]] = []
    for at in shared:
        parts[at], remainder = divmod(left * population[at], among)
        remainders.append((-remainder, at))
    for _, at in sorted(remainders)[: size - sum(parts)]:
        parts[at] += 1
    return parts


def _above_their_floor(size: int, population: Sequence[int], floors: Sequence[int]) -> tuple[list[int], int, int]:
    """The strata whose part is not below their floor, how many those share, and their population together."""
    shared = [at for at, n in enumerate(population) if n]
    while True:
        kept = set(shared)
        left = size - sum(floor for at, floor in enumerate(floors) if at not in kept)
        among = sum(population[at] for at in shared)
        fewer = [at for at in shared if left * population[at] >= floors[at] * among]
        if len(fewer) == len(shared):
            return shared, left, among
        shared = fewer


def turns(cells: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """An order in which all cells advance together, so that whoever stops midway has labelled a bit of each.

    Args:
        cells: (n,) the cell of each comment; those of one cell stand in the order of their places.
        random: where in its stride each cell begins.

    Returns:
        (n,) each comment's turn, from 0.
    """
    _, cell, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    rank = np.empty(len(cells), np.int64)
    for at in range(len(sizes)):
        rank[cell == at] = np.arange(sizes[at])
    when = (rank + random.random(len(sizes))[cell]) / sizes[cell]
    turn = np.empty(len(cells), np.int64)
    turn[np.lexsort((cell, when))] = np.arange(len(cells))
    return turn


def strata_for(
    method: SampleMethod, source: Sequence[str], week: NDArray[np.int64], *, size: int, population: int
) -> Strata:
    """The strata of a cohort of which, with all others, `size` of `population` comments are to be drawn."""
    if method == "simple":
        return one_stratum(len(source))
    return by_source_and_week(source, week, -(-EXPECTED * population // size))
