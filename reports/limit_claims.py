"""Claims on what is missing: days without collection, comments not counted or not coded, rows that were refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.corpus import local_day
from reports.ledger import Claim, day_slot, number, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.corpus import Mask
    from reports.ledger import Known, Slot


def gaps(known: Known) -> Iterator[Claim]:
    """The days of which nothing was collected, each stretch for itself."""
    today = local_day(known.inp.provenance.generated_at, known.inp.study.zone)
    for gap in known.inp.study.gaps:
        if gap.start > today:
            continue
        end = min(gap.end, today)
        mask = known.corpus.on_days(gap.start, end)
        if gap.source:
            mask &= known.corpus.rows["source"].eq(gap.source).to_numpy(dtype=bool)
        days = (end - gap.start).days + 1
        slots = present(
            source={"place": gap.source} if gap.source else None,
            start=day_slot(gap.start.isoformat()),
            end=day_slot(end.isoformat()) if days > 1 else None,
            days=number(days),
            reason={"name": gap.reason.model_dump()} if gap.reason.zh or gap.reason.en else None,
        )
        query = f"day={gap.start}..{end}" + (f" & source={gap.source}" if gap.source else "")
        yield Claim("gap", "count", "sure", slots, "days", days, mask, query, "" if days > 1 else "one")


def shortfalls(known: Known) -> Iterator[Claim]:
    """What is counted but not drawn, not coded, or not counted at all."""
    found = (
        ("undated", known.corpus.counted & ~known.corpus.dated & ~known.corpus.coarse, "counted & no time"),
        ("coarse", known.corpus.counted & known.corpus.coarse, "counted & precision=month|year"),
        ("outside", ~known.corpus.inside, "outside the window"),
        ("uncoded", known.corpus.counted & ~known.corpus.coded, "counted & not coded"),
    )
    for template, mask, query in found:
        n = int(mask.sum())
        if n:
            yield Claim(template, "count", "sure", {"n": number(n)}, "count", n, mask, query)


def fallen_back(known: Known) -> Iterator[Claim]:
    """How many comments kept the first coder's stance because the second gave none when it was asked."""
    asked, nothing = known.inp.asked, np.zeros(len(known.corpus.rows), dtype=bool)
    if asked is None:
        return
    n = asked.asked - asked.answered
    slots = {"coder": {"name": {"zh": asked.name, "en": asked.name}}, "asked": number(asked.asked), "n": number(n)}
    yield Claim(
        "fallen_back", "count" if asked.asked else "thin", "sure", slots, "count", n, nothing,
        "asked of the second coder & not answered", rows=n, test="every comment asked about was answered",
        verdict=("passed" if not n else "not_passed") if asked.asked else "too_little",
    )  # fmt: skip


def coverage(known: Known) -> Iterator[Claim]:
    """How much of what the sources declare was collected, and what was refused, met again or failed."""
    nothing = np.zeros(len(known.corpus.rows), dtype=bool)
    found = known.facts["coverage"]
    yield from _declared(known, nothing)
    for key in ("rejected", "duplicates"):
        if found[key]:
            yield _of_rows(key, {"n": number(found[key])}, found[key], nothing, f"{key} rows of all sources")
    for source in found["sources"]:
        if source["error"]:
            slots = {"source": {"place": source["name"]}, "said": {"said": {"text": source["error"], "lang": None}}}
            yield Claim("failed", "count", "sure", slots, "error", 1, nothing, f"source={source['name']}")


def _declared(known: Known, nothing: Mask) -> Iterator[Claim]:
    found = known.facts["coverage"]
    declared, collected, query = found["declared"], found["collected_of_declared"], "sources that declare a total"
    if declared is not None:
        slots = {"collected": number(collected), "declared": number(declared)}
        yield Claim(
            "coverage", "count", "sure", slots, "count", declared, nothing, query, rows=declared,
            test="as many collected as declared", verdict="passed" if collected >= declared else "not_passed",
        )  # fmt: skip
    elif found["sources"]:
        yield Claim(
            "coverage", "thin", "sure", {}, "count", 0, nothing, query, rows=0,
            test="as many collected as declared", verdict="too_little",
        )  # fmt: skip


def _of_rows(template: str, slots: dict[str, Slot], rows: int, nothing: Mask, query: str) -> Claim:
    return Claim(template, "count", "sure", slots, "count", rows, nothing, query, rows=rows)
