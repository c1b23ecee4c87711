"""Frames out of the store, with the copied posts marked, and columns as plain Python where a room wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minyi.analysing import judgement_of
from nlp.duplicates import copied_groups
from nlp.fold import keys_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from minyi.workspace import Workspace
    from nlp.duplicates import CopiedGroup


def comments_of(workspace: Workspace) -> pd.DataFrame:
    """Every comment of the study beside the stance its coder gave it; times in UTC milliseconds."""
    judgement = judgement_of(workspace.study, workspace.coder)
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


def bursts_of(comments: pd.DataFrame) -> list[CopiedGroup]:
    """The bursts of copied posts among these comments."""
    return copied_groups(
        comments["text"].tolist(),
        comments["fold"].fillna(0).to_numpy(np.int64),
        values(comments["author"]),
        values(comments["published_at"]),
        comments["id"].tolist(),
    )


def in_bursts(comments: pd.DataFrame, bursts: Sequence[CopiedGroup]) -> NDArray[np.bool_]:
    """Which comments are part of a burst: its text, within its time."""
    inside = np.zeros(len(comments), dtype=bool)
    folds, times = comments["fold"].fillna(0).to_numpy(np.int64), comments["published_at"].fillna(-1).to_numpy(np.int64)
    for burst, key in zip(bursts, keys_of([burst.fold for burst in bursts]), strict=True):
        inside |= (folds == key) & (times >= burst.first_ms) & (times <= burst.last_ms)
    return inside
