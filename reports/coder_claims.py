"""Claims on the coder, judged by labels of comments that were drawn at random."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reports.corpus import DRAWN
from reports.estimated import is_audited
from reports.intervals import normal_quantile, wilson
from reports.ledger import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.ledger import Badge, Known, Slot, Verdict

_LEVEL, _HALF = 0.95, 0.5
_QUERY = "counted & labelled, drawn at random"
_BADGES: dict[Verdict, Badge] = {"passed": "passed", "not_passed": "open", "too_little": "thin"}


def about_coder(known: Known) -> Iterator[Claim]:
    """Whether the coder beats always saying the commonest stance, and whether it finds half of each."""
    if not is_audited(known) or not known.facts["audit"]["coder"]:
        return
    yield _agreed(known, known.facts["audit"])
    yield _recall(known, known.facts["audit"])


def _agreed(known: Known, audit: dict[str, Any]) -> Claim:
    """McNemar's (1947) test on the labelled comments, corrected for continuity."""
    table = audit["coder"]["confusion"]
    people = {stance.value: audit["coder"]["stances"][stance.value]["people"] for stance in DRAWN}
    base = max(people, key=lambda name: people[name])
    gained = sum(table[name][name] for name in people if name != base)
    lost = people[base] - table[base][base]
    p = _two_sided(gained, lost)
    verdict: Verdict = "passed" if gained > lost and p < 1 - _LEVEL else "not_passed"
    slots: dict[str, Slot] = {
        "labels": {"int": audit["labels"]}, "hits": _count(audit["coder"]["agreed"]), "s1": {"stance": base},
        "base": _count(people[base]),
    }  # fmt: skip
    return Claim(
        "agreed", _BADGES[verdict], "sure", slots, "agreed", audit["coder"]["agreed"], _mask(known), _QUERY,
        test="McNemar’s test against always saying the commonest stance", verdict=verdict,
        figures={"p": round(p, 4)},
    )  # fmt: skip


def _two_sided(gained: float, lost: float) -> float:
    """The chance that two counts with one mean are as far apart as these."""
    if not gained + lost:
        return 1.0
    z = max(abs(gained - lost) - 1, 0) / math.sqrt(gained + lost)
    return math.erfc(z / math.sqrt(2))


def _recall(known: Known, audit: dict[str, Any]) -> Claim:
    found = audit["coder"]["stances"]
    named = [stance.value for stance in DRAWN if found[stance.value]["people"]]
    named.sort(key=lambda name: found[name]["both"] / found[name]["people"])
    ends = [
        [float(end) for end in wilson(found[name]["both"] / found[name]["people"], found[name]["people"], _Z)]
        for name in named
    ]
    every, missed = all(low > _HALF for low, _ in ends), ends[0][1] < _HALF
    verdict: Verdict = "passed" if every else "not_passed" if missed else "too_little"
    slots: dict[str, Slot] = {"half": {"percent": 50}}
    for i, name in enumerate(named, start=1):
        one = found[name]
        slots |= {f"s{i}": {"stance": name}, f"b{i}": _count(one["both"]), f"w{i}": _count(one["people"])}
    return Claim(
        "recall", _BADGES[verdict], "sure", slots, "recall", found[named[0]]["both"], _mask(known), _QUERY,
        low=round(ends[0][0], 4), high=round(ends[0][1], 4), test="95 % interval of each recall lies above one half",
        verdict=verdict,
    )  # fmt: skip


_Z = normal_quantile(_LEVEL)


def _count(value: float) -> Slot:
    """A count, with a decimal where people who differed were given parts of a comment."""
    return {"int" if isinstance(value, int) else "decimal": value}


def _mask(known: Known) -> Any:  # noqa: ANN401  a mask of numpy
    return known.corpus.of_rows(known.sample.rows.tolist() if known.sample else ())
