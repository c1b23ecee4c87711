"""What a person is told of a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.sampling import counts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.console import Console
    from minyi.sampling import Sampled, Wanted
    from storage.records import Cohort

_METHODS = {"simple": "simple random", "stratified": "by source and week"}


def show_sampled(sampled: Sampled, wanted: Wanted, console: Console) -> None:
    """Say what was drawn, from what, and how to see that it was drawn before anyone labelled."""
    for line in _lines(sampled, wanted):
        console.say(line)
    console.event("done", **counts_of(sampled))


def _lines(sampled: Sampled, wanted: Wanted) -> Iterator[str]:
    yield _drawn(sampled)
    if wanted.size > sampled.population:
        yield f"All are drawn: there are no {wanted.size:,} comments that the report counts."
    if sampled.cohort is not None:
        yield from _recorded(sampled.cohort, len(sampled.cohorts))
    if sampled.drawn:
        yield _labelled(sampled)
    if wanted.seed is not None and sampled.cohort is None:
        yield "The seed was not used: it belongs to a new cohort, and none was made."
    elif sampled.cohort is None and any(cohort.method != wanted.method for cohort in sampled.cohorts):
        yield f"What was drawn before stays {', '.join(dict.fromkeys(_METHODS[it.method] for it in sampled.cohorts))}."
    if sampled.uncovered:
        yield _uncovered(sampled)
    if sampled.uncounted:
        yield f"{sampled.uncounted:,} comments besides were drawn, and the report does not count them now."


def _drawn(sampled: Sampled) -> str:
    also = f"{sampled.second:,} of them also go to a second coder"
    if not sampled.drawn:
        return f"Nothing was drawn: the sample holds {sampled.size:,} comments already; {also}."
    whole = f"{sampled.size:,} of {sampled.population:,} comments"
    if sampled.drawn == sampled.size:
        return f"Drawn at random: {whole}; {also}."
    return f"Drawn at random: {sampled.drawn:,} more; the sample now holds {whole}; {also}."


def _recorded(cohort: Cohort, number: int) -> Iterator[str]:
    strata = f", {len(cohort.strata):,} strata" if cohort.method == "stratified" else ""
    yield f"Cohort {number}: {cohort.population:,} comments, {_METHODS[cohort.method]}{strata}, seed {cohort.seed}."
    yield f"SHA-256 of their ids: {cohort.digest}"


def _labelled(sampled: Sampled) -> str:
    if not sampled.labelled:
        return "Recorded before anyone labelled any of them."
    return f"Recorded; {sampled.labelled:,} of those drawn now had a label from before."


def _uncovered(sampled: Sampled) -> str:
    """How large a sample would cover what came since at the rate of what is drawn."""
    covered = sampled.population - sampled.uncovered
    enough = max(-(-sampled.size * sampled.population // covered) if covered else 1, sampled.size + 1)
    came = "comment came since and is" if sampled.uncovered == 1 else "comments came since and are"
    return f"{sampled.uncovered:,} {came} not covered by the sample; to cover them: --size {enough}."
