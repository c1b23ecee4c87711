"""The rollup of an earlier report's comments: the kept one, where nothing it was worked out from is another now."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from minyi.analysing import judgement_of
from minyi.frames import values
from minyi.kept_rollups import kept_whole
from minyi.rollups import rollup_of, shown_beside
from minyi.snapshots import data_digest, words_digest
from storage.errors import MinyiError

if TYPE_CHECKING:
    import pandas as pd

    from minyi.rollups import Held, Rollup
    from minyi.workspace import Workspace

_DAMAGED = (KeyError, IndexError, ValueError, TypeError)


def rollup_then(now: Workspace, then: Workspace, comments: pd.DataFrame) -> Rollup:
    """The rollup of these comments; made anew where the kept one is not of these very rows, codes and words.

    That is seen by the comments as they are in the database, not by what is said to have changed in it.

    Args:
        now: the study as it is.
        then: as it was when the report was made.
        comments: those of then, as they are stored now.
    """
    with suppress(
        MinyiError, *_DAMAGED
    ):  # a coder or words.txt that cannot be used now, or a file of nobody knows whom
        held = kept_whole(now) if _counted_from(now) == _counted_from(then) else None
        if held is not None and _is_of(held, comments):
            rollup = shown_beside(held, comments)
            if _themes(rollup.comments, rollup.comments) == _themes(comments, rollup.comments):
                return rollup
    return rollup_of(then, comments)


def _counted_from(workspace: Workspace) -> list[Any]:
    """What of a study, beside its comments, a rollup is worked out from."""
    return [judgement_of(workspace.study, workspace.coder), workspace.words, workspace.study.change]


def _is_of(held: Held, comments: pd.DataFrame) -> bool:
    return (held.facts["digest"], held.facts["said"]) == (data_digest(comments), words_digest(comments))


def _themes(comments: pd.DataFrame, order: pd.DataFrame) -> list[Any] | None:
    """The theme of each comment in an order; None where no theme has any."""
    if "theme" not in comments or comments["theme"].isna().all():
        return None
    return values(comments.set_index("id")["theme"].astype(object).reindex(order["id"].tolist()))
