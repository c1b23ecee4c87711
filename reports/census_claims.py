"""Claims where people labelled every comment that counts: their own count, which needs no estimate and no interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.corpus import DRAWN, MIN_SHARE_N
from reports.ledger import Claim, number, present, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.ledger import Known, Slot, Verdict

_QUERY = "counted & labelled by people"
_LEVEL = {1: "census", 2: "census_level", 3: "census_level3", 4: "census_level4"}


def is_census(known: Known) -> bool:
    """Whether people labelled every comment that counts."""
    return bool(known.facts["audit"] and known.facts["audit"]["census"])


def people_counted(known: Known) -> Iterator[Claim]:
    """How many comments people put under each stance; printed in the tiles."""
    if not is_census(known):
        return
    audit, counts = known.facts["audit"], known.facts["audit"]["census"]["counts"]
    for stance in DRAWN:
        n = counts[stance.value]
        slots = present(
            stance={"stance": stance.value}, n=_count(n), population=number(audit["population"]),
            p=share(n, audit["population"]), floor=_floor(audit),
        )  # fmt: skip
        yield Claim(
            "share", "people", "tiles", slots, "count", n, known.corpus.counted, _QUERY, variant="census"
        )  # fmt: skip


def people_order(known: Known) -> Iterator[Claim]:
    """The stances by people's count of every comment."""
    if not is_census(known):
        return
    counts, n = known.facts["audit"]["census"]["counts"], known.facts["audit"]["population"]
    ranked = sorted(DRAWN, key=lambda stance: (-counts[stance.value], DRAWN.index(stance)))
    slots: dict[str, Slot] = {"n": number(n)}
    for i, stance in enumerate(ranked, start=1):
        one = counts[stance.value]
        slots |= present(**{f"s{i}": {"stance": stance.value}, f"n{i}": _count(one), f"p{i}": share(one, n)})
    level = sum(counts[stance.value] == counts[ranked[0].value] for stance in ranked)
    verdict: Verdict = "passed" if level == 1 else "not_passed"
    yield Claim(
        "order", "people", "happened", slots, "order", counts[ranked[0].value], known.corpus.counted, _QUERY,
        _LEVEL[level], test="its count is the largest", verdict=verdict,
    )  # fmt: skip


def _floor(audit: dict[str, Any]) -> Slot | None:
    return number(MIN_SHARE_N) if audit["population"] < MIN_SHARE_N else None


def _count(value: float) -> Slot:
    """A count, with a decimal where people who differed were given parts of a comment."""
    return {"int" if isinstance(value, int) else "decimal": value}
