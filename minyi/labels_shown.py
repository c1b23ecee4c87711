"""How far the labelling is, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.agreement import PRIMARY
from reports.audit import MIN_LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minyi.console import Console

NONE = "–"
_FEW = 30  # comments; with fewer in common, a figure says little


def show_standing(console: Console, said: Mapping[str, Any]) -> None:
    """Say it to a person, and to a job as one line of JSON."""
    _say_sample(console, said)
    rows = [
        [one["name"], *(one[name] for name in ("judged", "skipped", "unsure", "seconds"))] for one in said["coders"]
    ]
    console.table("By person", ["", "judged", "skipped", "unsure", "seconds each"], rows)
    if said["agreement"]:
        _say_agreement(console, said["agreement"])
    elif said["coders"]:
        console.say(
            "\nNobody has labelled a comment that somebody else labelled too: how far people agree is not known."
        )
    _say_shares(console, said["audit"])
    console.say("\nNext:")
    for step in said["next"]:
        console.say(f"  {step['why']}: {step['command']}")
    console.event("done", exit=0, **said)


def _say_sample(console: Console, said: Mapping[str, Any]) -> None:
    sample = said["sample"]
    if sample["drawn"]:
        facts = {"labelled": sample["labelled"], "skipped": sample["skipped"], "left": sample["left"]}
        shown = ", ".join(f"{n:,} {what}" for what, n in facts.items() if n or what != "skipped")
        console.say(f"Random sample: {sample['drawn']:,} comments: {shown}.")
        console.say(
            f"  {sample['twice']:,} labelled by two people or more; disputed {sample['disputed']:,}, "
            f"settled {sample['settled']:,}, to settle {sample['to_settle']:,}."
        )
    else:
        console.say("Random sample: none is drawn yet.")
    if sample["uncounted"]:
        console.say(f"  {sample['uncounted']:,} more were drawn, and the report does not count them now.")
    warn_of_labels(console, sample["passed_over"], said["elsewhere"])
    if said["training"]["drawn"]:
        console.say(
            "Chosen for training: {drawn:,} comments, {labelled:,} labelled; no estimate counts them.".format(
                **said["training"]
            )
        )
    if said["outside"]:
        console.say(f"Labelled besides: {said['outside']:,} comments that were not drawn; no estimate counts them.")


def warn_of_labels(console: Console, passed_over: int, elsewhere: Sequence[Mapping[str, Any]]) -> None:
    """Say what makes labels worth less than they look: some were left out, or are for another wording."""
    if passed_over:
        what = "comment was" if passed_over == 1 else "comments were"
        console.warn(
            f"{passed_over:,} {what} passed over: a share is true only of labels in the order of the draw; "
            "label these too"
        )
    for one in elsewhere:
        what = "comment is" if one["labelled"] == 1 else "comments are"
        asked = f"“{one['change']}” by codebook {one['codebook']}"
        console.warn(
            f"{one['labelled']:,} {what} labelled for {asked}: they count again when the study file says so again"
        )


def _say_agreement(console: Console, agreement: Mapping[str, Any]) -> None:
    figures = agreement["figures"]
    rows = [
        [one["code"], _who(one), one["units"], _points(one["agreed"]), one["statistic"], _value(one)]
        for one in figures
        if one["units"] and (one["statistic"] == "alpha" or len(agreement["confusions"]) > 1 or one["code"] == PRIMARY)
    ]
    share = _points(agreement["share"])
    title = f"Agreement before settling: {agreement['shared']:,} comments by two people ({share} of those labelled)"
    console.table(title, ["", "of", "comments", "agreed", "", "with 95% interval"], rows)
    for pair in agreement["confusions"]:
        first, second = pair["coders"]
        stances = ("support", "concern", "suggestion", "neutral")
        table = [[stance, *row] for stance, row in zip(stances, pair["table"], strict=True)]
        console.table(f"{first} down, {second} across", ["", *stances], table)
    if agreement["shared"] < _FEW:
        console.say(f"Fewer than {_FEW} comments in common say little.")
    if any(one["units"] and one["value"] is None for one in figures):
        console.say(
            f"{NONE} is no figure: everybody gave these comments the same value, so there was nothing to agree about."
        )


def _who(figure: Mapping[str, Any]) -> str:
    return "all" if figure["statistic"] == "alpha" else " and ".join(figure["coders"])


def _value(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return NONE
    between = f" [{figure['low']:.2f}, {figure['high']:.2f}]" if figure["low"] is not None else ""
    return f"{figure['value']:.2f}{between}"


def _points(share: float | None) -> str:
    return NONE if share is None else f"{round(100 * share)}%"


def _say_census(console: Console, audit: Mapping[str, Any]) -> None:
    """People's own count, who labelled every comment that counts."""
    counts, shares = audit["census"]["counts"], audit["census"]["shares"]
    rows = [[stance, n, NONE if shares[stance] is None else f"{shares[stance]}%"] for stance, n in counts.items()]
    title = f"Every one of the {audit['population']:,} comments that count is labelled: people's own count, no estimate"
    console.table(title, ["", "comments", "share"], rows)


def _missing(audit: Mapping[str, Any]) -> str:
    """What is missing for shares: labels for an estimate or, of so few comments, every one."""
    if audit["least"] < MIN_LABELS:
        return f"of the {audit['least']:,} comments that count every one must be labelled, for so few allow no estimate"
    return f"below {audit['least']} no share is estimated"


def _say_shares(console: Console, audit: Mapping[str, Any] | None) -> None:
    if audit is None:
        return
    if audit["census"]:
        _say_census(console, audit)
        return
    if not audit["audited"]:
        console.say(f"\n{audit['labels']:,} labels count; {_missing(audit)}.")
        return
    rows = [
        [stance, f"{one['points']['estimate']}%", f"{one['points']['low']} to {one['points']['high']}"]
        for stance, one in audit["shares"].items()
    ]
    title = f"Shares of {audit['population']:,} comments, from {audit['labels']:,} labels"
    console.table(title, ["", "share", "95% interval"], rows)
    if planner := audit["planner"]:
        console.say(f"For ±{planner['points']} points: about {planner['more']:,} more labels.")
