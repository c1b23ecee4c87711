"""Frames out of the store, and columns as plain Python where a room wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.analysing import judgement_of
from nlp.coders import get_coder

if TYPE_CHECKING:
    import pandas as pd

    from minyi.workspace import Workspace


def comments_of(workspace: Workspace) -> pd.DataFrame:
    """Every comment of the study beside the stance its coder gave it; times in UTC milliseconds."""
    judgement = judgement_of(workspace.study, get_coder(workspace.study.coder))
    return workspace.store.comments(
        workspace.study.id,
        target=judgement.target,
        annotator=judgement.annotator,
        codebook=judgement.codebook,
    )


def values(column: pd.Series[Any]) -> list[Any]:
    """A column as Python objects, None where unknown."""
    return column.astype(object).where(column.notna(), None).tolist()


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A small frame as one dictionary a row, None where unknown."""
    columns = {str(name): values(frame[name]) for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
