"""A notebook that counts a report's figures again from the tables of a pack, with pandas and nothing of minyi."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_READ = '''\
import json
from pathlib import Path

import numpy as np
import pandas as pd

here = Path.cwd()
numbers = json.loads((here / "numbers.json").read_text("utf-8"))
texts = {"id": str, "author": str}
comments = pd.read_json(here / "comments.jsonl", lines=True, dtype=texts)
counted = comments[comments["counted"]]
coded = counted[counted["stance"].notna()]
STANCES = list(numbers["stances"]["counts"])


def agree(what, found, printed):
    """Say whether a figure counted here is the one that the report prints."""
    print(f"{what}: {found}" + ("" if found == printed else f"   NOT as printed: {printed}"))
    assert found == printed, what
'''
_TOTALS = """\
totals = numbers["totals"]
agree("comments counted", len(counted), totals["comments"])
agree("known authors", counted["author"].nunique() or None, totals["authors"])
agree("copied posts set aside", int((comments["copied"] & (comments["inside"])).sum()), totals["copied"])
agree("without a stance", int(counted["stance"].isna().sum()), totals["uncoded"])
"""
_STANCES = """\
counts = coded["stance"].value_counts().reindex(STANCES, fill_value=0)
agree("by stance", counts.to_dict(), numbers["stances"]["counts"])
if len(coded) >= 30:
    shares = {stance: int(100 * n / len(coded) + 0.5) for stance, n in counts.items()}
    agree("shares in points", shares, numbers["stances"]["shares"])
counts
"""
_DAYS = """\
by_day = coded.dropna(subset=["day"]).groupby(["day", "stance"]).size().unstack(fill_value=0)
by_day = by_day.reindex(columns=STANCES, fill_value=0)
timeline = numbers["timeline"]
if timeline and timeline["unit"] == "day":
    for stance in STANCES:
        printed = dict(zip((day[:10] for day in timeline["bins"]), timeline["series"][stance]))
        found = by_day[stance].reindex(list(printed), fill_value=0)
        agree(f"{stance} a day", found.tolist(), list(printed.values()))
by_day
"""
_RULES = """\
rules = {rule["rule"]: rule for rule in numbers["counting"]}


def weighted(rows, weights):
    sums = weights.groupby(rows["stance"]).sum().reindex(STANCES, fill_value=0.0)
    return {stance: round(float(value)) for stance, value in sums.items()}


everything = comments[comments["inside"] & comments["stance"].notna()]
agree("every comment", weighted(everything, pd.Series(1.0, everything.index)), rules["every"]["counts"])
if rules["author"]["counts"]:
    voices = coded["author"].map(coded["author"].value_counts()).fillna(1)
    agree("one voice an author", weighted(coded, 1 / voices), rules["author"]["counts"])
"""
_LABELS = """\
labels = pd.read_csv(here / "labels.csv")
if numbers["audit"] and numbers["audit"]["audited"]:
    audit = labels[(labels["sample"] == "audit") & labels["primary"].notna()]
    audit = audit[audit["id"].isin(counted["id"])]
    alone = audit.groupby("id")["primary"].value_counts(normalize=True).unstack(fill_value=0.0)
    print("Share among the labelled comments alone, beside the report's estimate, which the coder's scores narrow:")
    for stance in STANCES:
        share = numbers["audit"]["shares"][stance]
        plain = alone[stance].mean() if stance in alone else 0.0
        print(f"  {stance:<10} {plain:6.1%}   {share['estimate']:6.1%}  ({share['low']:.1%} to {share['high']:.1%})")
    display(pd.read_csv(here / "shares.csv")) if "display" in globals() else print(pd.read_csv(here / "shares.csv"))
"""


def notebook(numbers: Mapping[str, Any]) -> bytes:
    """The notebook, in nbformat 4.5. Run beside the pack's other files, it fails where a figure is not as printed."""
    run = numbers["provenance"]["run"]
    cells = [
        (
            "markdown",
            f"# The figures of run {run}, counted again\n\nEvery cell stops where a figure differs from the report's.",
        ),
        ("code", _READ),
        ("markdown", "## What was counted"),
        ("code", _TOTALS),
        ("markdown", "## Stances"),
        ("code", _STANCES),
        ("markdown", "## Day by day"),
        ("code", _DAYS),
        ("markdown", "## Other ways of counting"),
        ("code", _RULES),
        ("markdown", "## What people labelled"),
        ("code", _LABELS),
    ]
    book = {
        "cells": [_cell(at, kind, text) for at, (kind, text) in enumerate(cells)],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(book, ensure_ascii=False, indent=1) + "\n").encode()


def _cell(at: int, kind: str, text: str) -> dict[str, Any]:
    cell = {"cell_type": kind, "id": f"cell-{at}", "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
