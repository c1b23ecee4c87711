"""Claims on what changed after an event: stances, the number of comments, and days that stand out by themselves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from reports.ledger import Claim, day_slot, number, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.corpus import Mask
    from reports.ledger import Badge, Known, Section, Slot, Verdict

CHANGE_TEST = "author-clustered difference, false discovery rate 5 %, rank among ordinary days"
VOLUME_TEST = "rank among ordinary days"
SPIKE_TEST = "negative binomial limit on 21 days"
BADGES: dict[Verdict, Badge] = {"passed": "passed", "not_passed": "no_change", "too_little": "thin"}
MOST_SPIKES = 5
_MANY = 2.0  # times as many comments a day as before: worth a headline where nothing else changed
_WHOLE_FROM = 10


def about_changes(known: Known) -> Iterator[Claim]:
    """What passed first, by size; then what did not; then what cannot be told; headlines are what many spoke about."""
    changes = known.facts["changes"]
    if changes is None:
        return
    numbered = {event["number"]: event for event in known.facts["events"]}
    found = [(numbered[told["number"]], told) for told in changes["events"]]
    passed = [claim for event, told in found for claim in _passed(event, told, known)]
    yield from sorted(passed, key=lambda claim: -abs(claim.value))
    volumes = [claim for event, told in found if told["volume"] for claim in _volume(event, told, known)]
    yield from sorted(volumes, key=lambda claim: (claim.verdict != "passed", claim.section != "happened"))
    for event, told in found:
        yield from _unchanged(event, told, known)
    yield from _spikes(known)


def _passed(event: dict[str, Any], told: dict[str, Any], known: Known) -> Iterator[Claim]:
    for stance, found in (told["stances"] or {}).items():
        if found["verdict"] == "passed":
            yield _stance_claim(event, told, known, stance, "happened")


def _unchanged(event: dict[str, Any], told: dict[str, Any], known: Known) -> Iterator[Claim]:
    """One claim for an event after which no stance is said to have changed, whatever the reason."""
    stances = told["stances"]
    if stances is None:
        slots = _event(event) | _window(told)
        yield _claim("change", "too_little", "sure", slots, 0, told, known, variant=told["why_not"])
        return
    verdicts = {found["verdict"] for found in stances.values()}
    if "passed" in verdicts:
        return
    if "too_little" in verdicts:
        waiting = [name for name, found in stances.items() if found["verdict"] == "too_little"]
        yield _stance_claim(
            event, told, known, max(waiting, key=lambda name: abs(stances[name]["difference"])), "happened"
        )
        return
    slots = _event(event) | _window(told)
    found = max(stances.values(), key=lambda one: abs(one["difference"]))
    section: Section = "happened" if _many(told["volume"]) else "sure"
    yield _claim(
        "change", "not_passed", section, slots, found["difference"], told, known, test=CHANGE_TEST, found=found
    )


def _many(volume: dict[str, Any] | None) -> bool:
    return bool(volume and volume["verdict"] != "not_passed" and (volume["times"] or 0) >= _MANY)


def _stance_claim(event: dict[str, Any], told: dict[str, Any], known: Known, stance: str, section: Section) -> Claim:
    """A stance's shares before and after; the ends of the difference are told without their sign."""
    found = told["stances"][stance]
    points, rises = found["points"], found["difference"] > 0
    ends = (points["low"], points["high"]) if rises else (-points["high"], -points["low"])
    slots = _event(event) | _window(told) | _ordinary(found)
    slots |= {
        "stance": {"stance": stance}, "before": {"percent": points["before"]}, "after": {"percent": points["after"]},
        "low": number(max(ends[0], 0)), "high": number(ends[1]),
    }  # fmt: skip
    variant = "_".join(
        word for word, said in (("down", not rises), ("draft", found["basis"] == "draft")) if said
    )  # fmt: skip
    verdict: Verdict = found["verdict"]
    return _claim(
        "change", verdict, section, slots, found["difference"], told, known,
        variant=variant, test=CHANGE_TEST, found=found,
    )  # fmt: skip


def _volume(event: dict[str, Any], told: dict[str, Any], known: Known) -> Iterator[Claim]:
    """Comments a day after an event; a headline where it passed, or could not be tested and is large."""
    volume = told["volume"]
    times, verdict = volume["times"], volume["verdict"]
    headline = verdict == "passed" or (verdict == "too_little" and _many(volume))
    slots = _event(event) | _window(told) | _ordinary(volume)
    slots |= present(
        before=_per_day(volume["before_per_day"]),
        after=_per_day(volume["after_per_day"]),
        times={"times": _times(times)} if times and times >= 1 else None,
    )
    yield _claim(
        "volume", verdict, "happened" if headline else "sure", slots, times or 0, told, known,
        test=VOLUME_TEST, found=volume, coded=False,
    )  # fmt: skip


def _per_day(comments: float) -> Slot:
    return {"decimal": int(comments) if float(comments).is_integer() else comments}


def _times(times: float) -> float | int:
    return int(times + 0.5) if times >= _WHOLE_FROM else round(times, 1)


def _spikes(known: Known) -> Iterator[Claim]:
    """The days farthest above their limit, or that there is none."""
    found = known.facts["changes"]["spikes"]
    for spike in sorted(found, key=lambda one: (-one["n"] / max(one["limit"], 1), one["day"]))[:MOST_SPIKES]:
        day = date.fromisoformat(spike["day"])
        mask = known.corpus.counted & known.corpus.on_days(day, day)
        slots: dict[str, Slot] = {
            "day": day_slot(spike["day"]), "n": number(spike["n"]), "limit": number(spike["limit"]),
            "usual": _per_day(spike["usual"]),
        }  # fmt: skip
        yield Claim(
            "spike", "passed", "sure", slots, "count", spike["n"], mask, f"counted & day={day}",
            test=SPIKE_TEST, figures={"limit": spike["limit"], "usual": spike["usual"]},
        )  # fmt: skip


def _event(event: dict[str, Any]) -> dict[str, Slot]:
    return present(
        event=number(event["number"]),
        title={"name": event["title"]},
        date=day_slot(event["date"]) if event["precision"] == "day" else None,
    )


def _window(told: dict[str, Any]) -> dict[str, Slot]:
    """What was compared; nothing where there are no days on both sides."""
    if told["from"] is None:
        return {}
    names = ("days_before", "days_after", "n_before", "n_after")
    return {name: number(told[name]) for name in names}


def _ordinary(found: dict[str, Any]) -> dict[str, Slot]:
    """On how many ordinary days as much moved; `none_of` instead, where it was on none."""
    of, as_far = found["of"] - 1, found["rank"] - 1
    if of <= 0:
        return {}
    return {"of": number(of), "as_far": number(as_far)} if as_far else {"none_of": number(of)}


def _claim(
    template: str,
    verdict: Verdict,
    section: Section,
    slots: dict[str, Slot],
    value: float,
    told: dict[str, Any],
    known: Known,
    *,
    variant: str = "",
    test: str = "",
    found: dict[str, Any] | None = None,
    coded: bool = True,
) -> Claim:
    mask, query = _behind(told, known, coded=coded)
    given = found or {}
    figures: dict[str, float] = {name: given[name] for name in ("p", "q", "rank", "of") if name in given}
    low, high = (given["low"], given["high"]) if "stance" in slots else (None, None)
    return Claim(
        template, BADGES[verdict], section, slots, "difference" if coded else "times", value, mask, query,
        variant=variant, low=low, high=high, test=test, verdict=verdict, figures=figures,
    )  # fmt: skip


def _behind(told: dict[str, Any], known: Known, *, coded: bool) -> tuple[Mask, str]:
    """The comments compared, and the same in words; none where nothing was."""
    corpus = known.corpus
    if told["from"] is None:
        return corpus.counted & ~corpus.counted, "none: nothing to compare"
    mask = corpus.counted & corpus.on_days(date.fromisoformat(told["from"]), date.fromisoformat(told["to"]))
    query = f"day={told['from']}..{told['to']}, before and from {told['event_day']}"
    return (mask & corpus.coded, f"counted & coded & {query}") if coded else (mask, f"counted & {query}")
