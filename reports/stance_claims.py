"""Claims on the stances as the coder counted them: their shares, their order, and whether another count changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.census_claims import is_census
from reports.corpus import DRAWN, MIN_SHARE_N
from reports.estimated import is_audited
from reports.ledger import Claim, number, present, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.ledger import Known, Slot, Verdict

_OWN_RULE = "apart"
"""The rule of counting that the report itself follows."""


def order(known: Known) -> Iterator[Claim]:
    """The stances by the coder's counts; nothing where labels say more."""
    counts, coded = known.facts["stances"]["counts"], known.facts["stances"]["coded"]
    if not coded or is_audited(known) or is_census(known):
        return
    ranked = sorted(DRAWN, key=lambda stance: (-counts[stance.value], DRAWN.index(stance)))
    slots: dict[str, Slot] = {"n": number(coded)}
    for i, stance in enumerate(ranked, start=1):
        part = share(counts[stance.value], coded)
        slots |= present(**{f"s{i}": {"stance": stance.value}, f"n{i}": number(counts[stance.value]), f"p{i}": part})
    level = sum(counts[stance.value] == counts[ranked[0].value] for stance in ranked)
    few = coded < MIN_SHARE_N
    verdict: Verdict = "too_little" if few else "passed" if level == 1 else "not_passed"
    variant = {2: "level"}.get(level, f"level{level}") if verdict == "not_passed" else ""
    yield Claim(
        "order", "thin" if few else "draft", "happened", slots, "order", counts[ranked[0].value],
        known.corpus.counted & known.corpus.coded, "counted & coded", variant, test="its count is the largest",
        verdict=verdict,
    )  # fmt: skip


def drafted_shares(known: Known) -> Iterator[Claim]:
    """The share of each stance as the coder counted it, which carries no interval; printed in the tiles."""
    stances = known.facts["stances"]
    if is_audited(known) or is_census(known) or not stances["coded"]:
        return
    for stance in DRAWN:
        n, part = stances["counts"][stance.value], share(stances["counts"][stance.value], stances["coded"])
        slots = present(stance={"stance": stance.value}, n=number(n), coded=number(stances["coded"]), p=part)
        yield Claim(
            "share", "draft" if part else "thin", "tiles", slots, "share", round(n / stances["coded"], 4),
            known.corpus.counted & known.corpus.is_stance(stance), f"counted & stance={stance.value}",
            test="95 % interval", verdict="not_passed" if part else "too_little",
        )  # fmt: skip


def stable(known: Known) -> Iterator[Claim]:
    """Whether one stance comes first, in whole points, under each rule of counting that can be followed."""
    rules = {rule["rule"]: rule["shares"] for rule in known.facts["counting"] if rule["shares"]}
    coded = known.corpus.inside & known.corpus.coded
    test, query = "the same stance comes first in whole points under each rule", "(counted | copied) & coded"
    if not coded.any() or is_census(known):  # beside people's count of every comment the coder's order says nothing
        return
    if _OWN_RULE not in rules:
        yield Claim("stable", "thin", "sure", {}, "order", 0, coded, query, test=test, verdict="too_little")
        return
    firsts = [_firsts(shares) for shares in rules.values()]
    own = _firsts(rules[_OWN_RULE])
    holds = len(own) == 1 and all(first == own for first in firsts)
    slots = {"rules": number(len(rules))} | (_held(own[0], rules) if holds else _divided(firsts, own))
    yield Claim(
        "stable", "draft", "sure" if holds else "happened", slots, "order", sum(first == own for first in firsts),
        coded, query, test=test, verdict="passed" if holds else "not_passed",
    )  # fmt: skip


def _firsts(shares: Mapping[str, int]) -> list[str]:
    """The stances with the largest share, in whole points."""
    return [stance.value for stance in DRAWN if shares[stance.value] == max(shares.values())]


def _held(stance: str, rules: Mapping[str, Any]) -> dict[str, Slot]:
    found = [shares[stance] for shares in rules.values()]
    return {"s1": {"stance": stance}, "low": {"percent": min(found)}, "high": {"percent": max(found)}}


def _divided(firsts: list[list[str]], own: list[str]) -> dict[str, Slot]:
    """In how many rules each stance comes first alone, the report's own first, and in how many none does."""
    alone = [first[0] for first in firsts if len(first) == 1]
    ranked = sorted(set(alone), key=lambda name: (-alone.count(name), [s.value for s in DRAWN].index(name)))
    slots: dict[str, Slot] = {"s1": {"stance": own[0]}}
    for i, name in enumerate(ranked, start=1):
        slots |= {f"s{i}": {"stance": name}, f"r{i}": number(alone.count(name))}
    level = len(firsts) - len(alone)
    return slots | present(level=number(level) if level else None)
