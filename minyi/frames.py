"""Frames out of the store, with the copied posts marked, and columns as plain Python where a room wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minyi.analysing import judgement_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from minyi.workspace import Workspace
    from nlp.duplicates import CopiedGroup, Together

MINUTE_MS = 60_000


COUNTED = (
    "id", "key", "source", "platform", "kind", "text", "lang", "author", "published_at", "published_precision", "likes",
    "url", "article_id", "direct", "evidence", "fold", "run", "stance", *map(str, STANCES),
)  # fmt: skip
"""Columns that a report is made from."""


def comments_of(workspace: Workspace, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Every comment of the study beside the stance its coder gave it; times in UTC milliseconds."""
    judgement = judgement_of(workspace.study, workspace.coder)
    return workspace.store.comments(
        workspace.study.id,
        target=judgement.target,
        annotator=judgement.annotator,
        codebook=judgement.codebook,
        columns=columns,
    )


def values(column: pd.Series[Any]) -> list[Any]:
    """A column as Python objects, None where unknown."""
    return column.astype(object).where(column.notna(), None).tolist()


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A small frame as one dictionary a row, None where unknown."""
    columns = {str(name): values(frame[name]) for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


class Repeats(NamedTuple):
    """What is said more than once among comments.

    Attributes:
        near: int64, one per comment: equal for texts that are the same or nearly the same.
        bursts: the bursts of copied posts.
        copied: bool, one per comment: part of a burst.
        together: the accounts that post the same text together, and those posts.
    """

    near: NDArray[np.int64]
    bursts: list[CopiedGroup]
    copied: NDArray[np.bool_]
    together: Together


def repeats_of(comments: pd.DataFrame) -> Repeats:
    """Group the comments by their texts, and find copied posts and accounts that post together."""
    from nlp.duplicates import COPY, copied_groups, near_groups, posted_together

    texts, keys = comments["text"].tolist(), _keys(comments)
    near = near_groups(texts, keys)
    copies, authors = near.at_least(COPY, keys), comments["author"].where(comments["kind"] != "quote")
    exact = comments["published_precision"]
    dated = comments["published_at"].where(~exact.isin(("month", "year")))
    timed = comments["published_at"].where(exact.isin(("second", "minute")))
    bursts = copied_groups(
        texts, keys, values(comments["author"]), values(dated), comments["id"].tolist(), copies=copies
    )
    late = np.where(exact == "minute", MINUTE_MS - 1, 0)
    together = posted_together(texts, copies, values(authors), values(timed), late)
    return Repeats(near.key, bursts.groups, bursts.number >= 0, together)


def with_repeats(comments: pd.DataFrame, repeats: Repeats) -> pd.DataFrame:
    """The comments with a column for each: the text's group, copied, and posted together."""
    return comments.assign(near=repeats.near, copied=repeats.copied, together=repeats.together.posts)


def _keys(comments: pd.DataFrame) -> NDArray[np.int64]:
    """The keys of exact duplicates; worked out where the store has none."""
    from nlp.fold import fold_keys

    known = comments["fold"].notna().to_numpy(dtype=bool)
    keys = comments["fold"].fillna(0).to_numpy(np.int64).copy()
    keys[~known] = fold_keys(comments["text"][~known].tolist())
    return keys
