"""An evaluation as one long table: a row for each figure, the same columns for all of them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from reports.tables import formula_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS = ("coder", "scope", "name", "metric", "value", "low", "high", "n")
"""Who, over what (all, stance, language, change, difference, people, calibration, crosstab, run), which one of these,
which figure, its value, its 95 % interval where it has one, and the rows behind it."""

BASELINE = "always {stance}"
FIGURES = ("macro_f1", "accuracy", "accuracy_given", "alpha", "kappa")

Row = tuple[str, str, str, str, float | None, float | None, float | None, int | None]


def evaluation_csv(measured: Mapping[str, Any]) -> bytes:
    """The table as CSV, UTF-8 with a byte order mark; a text that a sheet would run as a formula has an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in evaluation_rows(measured):
        writer.writerow([formula_safe(cell) if isinstance(cell, str) else _plain(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig", "replace")


def evaluation_rows(measured: Mapping[str, Any]) -> Iterator[Row]:
    """The rows: coder by coder, the baseline, the differences, and people's agreement among themselves."""
    baseline = BASELINE.format(stance=measured["baseline"]["stance"])
    for coder in measured["coders"]:
        yield from _scores(coder["annotator"], coder)
        yield from _own(coder["annotator"], coder)
    yield from _scores(baseline, measured["baseline"])
    for pair in measured["differences"]:
        for metric in ("macro_f1", "accuracy"):
            yield _row(pair["first"], "difference", pair["second"] or baseline, metric, pair[metric], measured["n"])
    if people := measured["people"]:
        yield _row("", "people", "among people", "alpha", people["alpha"], people["n"])


def _scores(coder: str, found: Mapping[str, Any]) -> Iterator[Row]:
    n, answered = found["n"], found["n"] - found["abstained"]
    for metric in FIGURES:
        yield _row(coder, "all", "", metric, found[metric], n if metric in FIGURES[:2] else answered)
    yield (coder, "all", "", "abstained", found["abstained"], None, None, n)
    for stance, score in found["per_class"].items():
        low, high = score["interval"]
        yield (coder, "stance", stance, "precision", score["precision"], None, None, score["given"])
        yield (coder, "stance", stance, "recall", score["recall"], None, None, score["n"])
        yield (coder, "stance", stance, "f1", score["f1"], low, high, score["n"])
    for scope in ("language", "change"):
        for name, score in found[f"per_{scope}"].items():
            low, high = score["interval"]
            yield (coder, scope, name, "macro_f1_found", score["macro_f1"], low, high, score["n"])
            yield (coder, scope, name, "accuracy", score["accuracy"], None, None, score["n"])
            yield (coder, scope, name, "abstained", score["abstained"], None, None, score["n"])
    stances = list(found["per_class"])
    for stance, counts in zip(stances, found["confusion"], strict=True):
        for given, count in zip((*stances, "abstained"), counts, strict=True):
            yield (coder, "crosstab", f"{stance} as {given}", "rows", count, None, None, sum(counts))


def _own(coder: str, found: Mapping[str, Any]) -> Iterator[Row]:
    """What a baseline has not."""
    if found["alpha_with_each"]:
        yield _row(coder, "people", "with one person", "alpha", found["alpha_with_each"], None)
    if found["among_codes"]:
        yield (coder, "all", "", "among_codes", found["among_codes"]["value"], None, None, found["among_codes"]["n"])
    if found["trained_on"] is not None:
        yield (coder, "all", "", "trained_on", found["trained_on"], None, None, found["run"]["comments"])
    if calibration := found["calibration"]:
        yield (coder, "calibration", "", "expected_error", calibration["error"], None, None, calibration["n"])
        for part in calibration["bins"]:
            name = f"{part['low']:.1f} to {part['high']:.1f}"
            yield (coder, "calibration", name, "score", part["score"], None, None, part["n"])
            yield (coder, "calibration", name, "accuracy", part["accuracy"], None, None, part["n"])
    run = found["run"]
    for metric in ("distinct", "cpu_seconds", "wall_seconds", "per_cpu_second"):
        yield (coder, "run", "", metric, run[metric], None, None, run["comments"])
    for metric, count in run["spent"].items():
        yield (coder, "run", "", metric, count, None, None, run["comments"])


def _row(coder: str, scope: str, name: str, metric: str, figure: Mapping[str, Any], n: int | None) -> Row:
    return (coder, scope, name, metric, figure["value"], figure["low"], figure["high"], n)


def _plain(value: float | None) -> str | int | None:
    """Six decimals at most, and none of a count."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
