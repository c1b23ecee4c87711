"""The claim ledger: everything the report says, as numbers with the comments behind them.

A claim carries no sentence. Report text exists only by rendering a claim through a locale's wording, so a number that
is in no slot cannot be printed, and Chinese and English cannot differ.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.ask_claims import about_asks
from reports.change_claims import moved
from reports.corpus import DRAWN, MIN_SHARE_N, local_day
from reports.estimated import about_labels, estimated_order, estimated_shares, is_audited
from reports.ledger import Claim, day_slot, number, present, share
from reports.repeats import copied_posts, once, posting_together
from reports.since_claims import since_last
from reports.timeline import day_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.corpus import Corpus, Mask
    from reports.ledger import Known, Slot

HEADLINES = 7


def build_claims(known: Known) -> list[dict[str, Any]]:
    """The ledger in printing order, ids C1, C2 …: at most HEADLINES of section `happened`, the tiles, the rest."""
    families = (
        _totals, estimated_order, _order, once, _thin, _busiest, moved, about_asks, copied_posts, posting_together,
        _first_seen, since_last, estimated_shares, about_labels, _gaps, _shortfalls, _coverage,
    )  # fmt: skip
    claims = [claim for family in families for claim in family(known)]
    headlines = [claim for claim in claims if claim.section == "happened"]
    rest = headlines[HEADLINES:] + [claim for claim in claims if claim.section == "sure"]
    ledger = [(claim, "happened") for claim in headlines[:HEADLINES]]
    ledger += [(claim, "tiles") for claim in claims if claim.section == "tiles"]
    ledger += [(claim, "since") for claim in claims if claim.section == "since"]
    ledger += [(claim, "sure") for claim in rest]
    return [_written(f"C{i}", claim, section, known.corpus) for i, (claim, section) in enumerate(ledger, start=1)]


def _written(claim_id: str, claim: Claim, section: str, corpus: Corpus) -> dict[str, Any]:
    return {
        "id": claim_id,
        "template": claim.template,
        "verdict": claim.verdict,
        "variant": claim.variant,
        "badge": claim.badge,
        "section": section,
        "slots": claim.slots,
        "estimand": claim.estimand,
        "value": claim.value,
        "low": claim.low,
        "high": claim.high,
        "test": claim.test,
        "figures": dict(claim.figures),
        "n": int(claim.mask.sum()) if claim.rows is None else claim.rows,
        "query": claim.query,
        "digest": corpus.digest(claim.mask) if claim.mask.any() else "",
    }


def _totals(known: Known) -> Iterator[Claim]:
    totals = known.facts["totals"]
    days, undated = totals["first"] and totals["last"], totals["undated"] + totals["coarse"]
    slots = present(
        comments=number(totals["comments"]),
        texts=number(totals["texts"]) if totals["comments"] else None,
        authors=number(totals["authors"]) if totals["authors"] else None,
        places=number(totals["places"]) if totals["comments"] else None,
        first=day_slot(totals["first"]) if days else None,
        last=day_slot(totals["last"]) if days else None,
        undated=number(undated) if undated else None,
    )
    yield Claim("totals", "count", "happened", slots, "count", totals["comments"], known.corpus.counted, "counted")


def _order(known: Known) -> Iterator[Claim]:
    counts, coded = known.facts["stances"]["counts"], known.facts["stances"]["coded"]
    if not coded or is_audited(known):
        return
    ranked = sorted(DRAWN, key=lambda stance: (-counts[stance.value], DRAWN.index(stance)))
    slots: dict[str, Slot] = {"n": number(coded)}
    for i, stance in enumerate(ranked, start=1):
        part = share(counts[stance.value], coded)
        slots |= present(**{f"s{i}": {"stance": stance.value}, f"n{i}": number(counts[stance.value]), f"p{i}": part})
    level = sum(counts[stance.value] == counts[ranked[0].value] for stance in ranked)
    yield Claim(
        "order", "draft", "happened", slots, "order", counts[ranked[0].value],
        known.corpus.counted & known.corpus.coded,
        "counted & coded", variant={1: "", 2: "level"}.get(level, f"level{level}"),
    )  # fmt: skip


def _thin(known: Known) -> Iterator[Claim]:
    coded = known.facts["stances"]["coded"]
    if coded < MIN_SHARE_N and not is_audited(known):
        slots = {"n": number(coded), "floor": number(MIN_SHARE_N)}
        yield Claim(
            "thin",
            "thin",
            "happened",
            slots,
            "count",
            coded,
            known.corpus.counted & known.corpus.coded,
            "counted & coded",
        )


def _busiest(known: Known) -> Iterator[Claim]:
    counts = day_counts(known.corpus)
    if counts is None or len(counts[1]) < 2:  # noqa: PLR2004  one day is no busiest day
        return
    peak = int(np.argmax(counts[1]))
    day = date.fromordinal(counts[0].toordinal() + peak)
    n = counts[1][peak]
    if counts[1].count(n) > 1:  # of several such days none is the busiest
        return
    usual = _usual_day(known.facts)
    slots = present(
        day=day_slot(day.isoformat()),
        n=number(n),
        usual={"decimal": usual} if usual else None,
        times={"times": _times(n, usual)} if usual else None,
        **_beside_event(day, known.facts["events"]),
    )
    mask = known.corpus.counted & known.corpus.on_days(day, day)
    yield Claim("busiest", "count", "happened", slots, "count", n, mask, f"counted & day={day}")


def _usual_day(facts: dict[str, Any]) -> float | None:
    timeline = facts["timeline"]
    return timeline["usual"]["median"] if timeline and timeline["unit"] == "day" and timeline["usual"] else None


def _times(n: int, usual: float) -> float | int:
    """A ratio: whole from 10 on, one decimal below."""
    ratio = n / usual
    return int(ratio + 0.5) if ratio >= 10 else round(ratio, 1)  # noqa: PLR2004  the rule above


def _beside_event(day: date, events: list[dict[str, Any]]) -> dict[str, Slot | None]:
    """Slots that name the last event on or before a day."""
    known = [event for event in events if event["precision"] == "day" and date.fromisoformat(event["date"]) <= day]
    if not known:
        return {}
    event = known[-1]
    days = (day - date.fromisoformat(event["date"])).days
    if days == 0:
        return {"event_on": number(event["number"]), "title_on": {"name": event["title"]}}
    return {"days": number(days), "event": number(event["number"]), "title": {"name": event["title"]}}


def _first_seen(known: Known) -> Iterator[Claim]:
    mask = known.corpus.counted & known.corpus.dated
    if not mask.any():
        return
    positions = np.flatnonzero(mask)
    position = int(positions[np.argmin(known.corpus.local[positions])])
    if (known.corpus.local[known.corpus.dated] < known.corpus.local[position]).any():
        return  # an earlier one stands outside the window or among the copies: this is only the edge of what counts
    day = date.fromisoformat(str(np.datetime64(int(known.corpus.local[position]), "ms").astype("datetime64[D]")))
    event = next((e for e in known.facts["events"] if e["precision"] == "day"), None)
    distance = (date.fromisoformat(event["date"]) - day).days if event else 0
    relation: dict[str, Slot | None] = {}
    if event and distance:
        names = ("days_before", "event_before") if distance > 0 else ("days_after", "event_after")
        relation = {names[0]: number(abs(distance)), names[1]: number(event["number"])}
    only = np.zeros(len(known.corpus.rows), dtype=bool)
    only[position] = True
    place = known.corpus.rows["place"].iloc[position]
    slots = present(day=day_slot(day.isoformat()), place={"place": place} if place else None, **relation)
    yield Claim("first", "count", "happened", slots, "first", 1, only, "counted & earliest time")


def _gaps(known: Known) -> Iterator[Claim]:
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


def _shortfalls(known: Known) -> Iterator[Claim]:
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


def _coverage(known: Known) -> Iterator[Claim]:
    nothing = np.zeros(len(known.corpus.rows), dtype=bool)
    coverage = known.facts["coverage"]
    if coverage["declared"] is not None:
        slots = {"collected": number(coverage["collected_of_declared"]), "declared": number(coverage["declared"])}
        yield _of_rows("coverage", slots, coverage["declared"], nothing, "sources that declare a total")
    for key in ("rejected", "duplicates"):
        if coverage[key]:
            yield _of_rows(key, {"n": number(coverage[key])}, coverage[key], nothing, f"{key} rows of all sources")
    for source in coverage["sources"]:
        if source["error"]:
            slots = {"source": {"place": source["name"]}, "said": {"said": {"text": source["error"], "lang": None}}}
            yield Claim("failed", "count", "sure", slots, "error", 1, nothing, f"source={source['name']}")


def _of_rows(template: str, slots: dict[str, Slot], rows: int, nothing: Mask, query: str) -> Claim:
    return Claim(template, "count", "sure", slots, "count", rows, nothing, query, rows=rows)
