"""The audited shares as a table, with its data dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from reports.corpus import DRAWN
from reports.tables import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARE_COLUMNS: dict[str, Column] = {
    "stance": Column("Stance", "text", values="support, concern, suggestion, neutral"),
    "estimate": Column(
        "Share of the stance among the comments that were drawn from, estimated from the labels", "number", "0 to 1"
    ),
    "low": Column("Lower end of the 95 % interval", "number", "0 to 1"),
    "high": Column("Upper end of the 95 % interval", "number", "0 to 1"),
    "labels": Column("Comments that were drawn at random, labelled by people, and stand behind it", "integer"),
    "population": Column("Comments that were drawn from and that the report counts", "integer"),
    "uncovered": Column("Comments that the report counts and the shares do not cover: they came later", "integer"),
}
"""What the columns of the table of shares mean."""


def share_table(audit: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each stance, of the `audit` of numbers.json with shares in it."""
    beside = {name: audit[name] for name in ("labels", "population", "uncovered")}
    rows = [{"stance": stance.value, **audit["shares"][stance.value], **beside} for stance in DRAWN]
    return pd.DataFrame(rows)[list(SHARE_COLUMNS)]
