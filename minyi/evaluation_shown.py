"""An evaluation on a terminal of eighty columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.evaluation_view import coder_keys, decimals, most_rows, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minyi.console import Console

NAME = 30
"""Columns for the name of a change; the files have it whole."""
LISTED = 40
REJECTS = 5
BASELINE = "–"
Measured = dict[str, Any]


def show_evaluation(console: Console, measured: Measured) -> None:
    """Print everything a person compares coders by."""
    keys = [*coder_keys(len(measured["coders"])), BASELINE]
    coders = list(zip(keys, [*measured["coders"], measured["baseline"]], strict=True))
    _say_file(console, measured)
    _say_coders(console, coders, measured["baseline"]["stance"])
    _say_scores(console, coders, measured)
    _say_differences(console, measured, keys)
    _say_classes(console, coders)
    for kind in ("language", "change"):
        _say_groups(console, coders, kind)
    _say_people(console, coders, measured["people"])
    _say_calibration(console, coders[:-1])
    _say_run(console, coders[:-1])
    for key, coder in coders[:-1]:
        _say_crosstab(console, key, coder)
    _say_limits(console, coders[:-1], measured)


def _say_file(console: Console, measured: Measured) -> None:
    languages = ", ".join(f"{n:,} {name or 'without language'}" for name, n in measured["languages"].items())
    console.say(
        f"{_some(measured['n'], 'labelled comment')} ({languages}) on {_some(measured['changes'], 'change')}, "
        f"{_some(measured['texts'], 'distinct text')}."
    )
    left = {
        "on which people disagree": measured["disputed"],
        "without a label": measured["unlabelled"],
        "refused": measured["rejected"],
    }
    if said := [f"{n:,} {why}" for why, n in left.items() if n]:
        console.say(f"Not scored: {', '.join(said)}.")
    for bad in measured["rejects"][:REJECTS]:
        console.warn(f"{bad['where']}: {bad['reason']}")
    if (more := measured["rejected"] - REJECTS) > 0:
        console.warn(f"and {more:,} more rows were refused")
    for bad in measured["failed"]:
        console.warn(f"{bad['coder']} could not be measured: {bad['reason']}")


def _say_coders(console: Console, coders: Sequence[tuple[str, Measured]], stance: str) -> None:
    console.say()
    for key, coder in coders:
        console.say(f"  {key}  {coder.get('annotator') or f'Trivial baseline: every comment {stance}'}")


def _say_scores(console: Console, coders: Sequence[tuple[str, Measured]], measured: Measured) -> None:
    made = measured["bootstrap"]
    of = "whole changes" if made["of"] == "changes" else "comments"
    rows = [
        [key, _with(coder["macro_f1"]), _with(coder["accuracy"]), coder["abstained"], _one(coder["accuracy_given"])]
        for key, coder in coders
    ]
    title = f"Scores with 95% intervals ({made['draws']:,} draws of {of})"
    console.table(title, ["", "macro-F1", "accuracy", "no stance", "on the rest"], rows)
    console.say("A comment without a stance counts as wrong, but for the last column.")


def _say_differences(console: Console, measured: Measured, keys: Sequence[str]) -> None:
    names = {coder["annotator"]: key for key, coder in zip(keys, measured["coders"], strict=False)}
    rows = [
        [
            f"{names[pair['first']]} less {names.get(pair['second'], BASELINE)}",
            _with(pair["macro_f1"], signed),
            _with(pair["accuracy"], signed),
        ]
        for pair in measured["differences"]
    ]
    console.table("Differences on the same draws", ["", "macro-F1", "accuracy"], rows)


def _say_classes(console: Console, coders: Sequence[tuple[str, Measured]]) -> None:
    rows = [
        [stance, score["n"], key, decimals(score["precision"]), decimals(score["recall"]), _spread(score, "f1")]
        for stance in coders[0][1]["per_class"]
        for key, score in ((key, coder["per_class"][stance]) for key, coder in coders[:-1])
    ]
    console.table("By stance", ["stance", "n", "", "precision", "recall", "F1"], rows)


def _say_groups(console: Console, coders: Sequence[tuple[str, Measured]], kind: str) -> None:
    groups = {key: coder[f"per_{kind}"] for key, coder in coders}
    rows = [
        [_cut(name or BASELINE), score["n"], *(decimals(groups[key][name]["macro_f1"]) for key, _ in coders)]
        for name, score in most_rows(coders[0][1][f"per_{kind}"], LISTED)
    ]
    console.table(f"By {kind}: macro-F1 over the stances found there", [kind, "n", *groups], rows)
    if (more := len(coders[0][1][f"per_{kind}"]) - len(rows)) > 0:
        console.say(f"and {more:,} with fewer comments (--csv has all)")


def _say_people(console: Console, coders: Sequence[tuple[str, Measured]], people: Mapping[str, Any] | None) -> None:
    rows = [
        [key, _with(coder["alpha"]), _one(coder["kappa"]), _with(coder.get("alpha_with_each"))] for key, coder in coders
    ]
    if people is None:
        console.table("Agreement with people", ["", "alpha", "kappa"], [row[:3] for row in rows])
        return
    rows.append(["people", "", "", _with(people["alpha"])])
    title = f"Agreement with people; {_some(people['n'], 'comment')} with labels of several people"
    console.table(title, ["", "alpha", "kappa", "alpha with one person"], rows)


def _say_calibration(console: Console, coders: Sequence[tuple[str, Measured]]) -> None:
    for key, coder in coders:
        if found := coder["calibration"]:
            rows = [
                [
                    f"{part['low']:.1f} to {part['high']:.1f}",
                    part["n"],
                    *map(decimals, (part["score"], part["accuracy"])),
                ]
                for part in found["bins"]
            ]
            title = f"Calibration of {key}: expected error {decimals(found['error'])}"
            console.table(title, ["score", "n", "mean score", "coded right"], rows)


def _say_run(console: Console, coders: Sequence[tuple[str, Measured]]) -> None:
    rows = []
    for key, coder in coders:
        run, spent = coder["run"], coder["run"]["spent"]
        rate = round(run["per_cpu_second"]) if run["per_cpu_second"] else None
        counts = [spent.get(name) for name in ("requests", "tokens")]
        rows.append([key, rate, f"{run['cpu_seconds']:.2f}", f"{run['wall_seconds']:.2f}", run["distinct"], *counts])
        for note in (*run["notes"], *run["failures"]):
            console.warn(f"{key}: {note}") if note in run["failures"] else console.say(f"{key}: {note}")
    columns = ["", "comments per CPU-second", "CPU-s", "seconds", "distinct", "requests", "tokens"]
    console.table("Speed and cost", columns, rows)


def _say_crosstab(console: Console, key: str, coder: Measured) -> None:
    stances = list(coder["per_class"])
    rows = [[stance, *counts] for stance, counts in zip(stances, coder["confusion"], strict=True)]
    console.table(f"People's stance down, that of {key} across", ["", *stances, "none"], rows)


def _say_limits(console: Console, coders: Sequence[tuple[str, Measured]], measured: Measured) -> None:
    console.say()
    for key, coder in coders:
        if coder["trained_on"]:
            console.warn(f"{key} was trained on {coder['trained_on']:,} of these texts: for them this is no score")
    if absent := [name for name, n in measured["stances"].items() if not n]:
        console.warn(f"nobody labelled a comment {' or '.join(absent)}: its F1 is 0 for every coder")
    console.say("A score on rows a coder was trained on is no score: its model card names them.")


def _some(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"


def _one(figure: Mapping[str, Any]) -> str:
    return decimals(figure["value"])


def _with(figure: Mapping[str, Any] | None, form: Any = decimals) -> str:  # noqa: ANN401  decimals or signed
    if figure is None:
        return BASELINE
    between = f" [{form(figure['low'])}, {form(figure['high'])}]" if figure["low"] is not None else ""
    return f"{form(figure['value'])}{between}"


def _spread(score: Mapping[str, Any], name: str) -> str:
    low, high = score["interval"]
    return _with({"value": score[name], "low": low, "high": high})


def _cut(name: str) -> str:
    """A name that takes at most NAME columns, of which a Chinese character takes two."""
    from rich.cells import cell_len, set_cell_size

    return name if cell_len(name) <= NAME else f"{set_cell_size(name, NAME - 1).rstrip()}…"
