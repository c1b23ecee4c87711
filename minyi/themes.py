"""Suggestions under the themes that people named: examples as they say, the others by a model that learned them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from minyi.themes_file import THEMES, read_themes
from nlp.themes import LEAST_EXAMPLES, learn
from reports.inputs import Theme
from storage.errors import UsageError
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from minyi.themes_file import NamedTheme
    from minyi.workspace import Workspace
    from nlp.themes import Quality

_MISSING_SHOWN = 3


class Filled(NamedTuple):
    """What came of the themes.

    Attributes:
        theme: one entry a comment: key of its theme, None where it has none or is no suggestion.
        themes: as reports name them.
        learned: keys of the themes with enough examples to be filled.
        quality: of the model, None where no theme has.
    """

    theme: NDArray[np.object_]
    themes: list[Theme]
    learned: tuple[str, ...]
    quality: Quality | None


def themed(workspace: Workspace, comments: pd.DataFrame) -> tuple[pd.DataFrame, list[Theme]]:
    """The comments with a column `theme`, and the themes; both as they were where the study names none.

    Args:
        workspace: the study, whose themes stand in `themes.toml` beside its file.
        comments: `id` and `stance`; `text` where it was loaded.

    Raises:
        UsageError: the file is wrong, or names comments that are not there.
    """
    named = read_themes(workspace.folder)
    if not named:
        return comments, []
    filled = fill(workspace, comments, named)
    return comments.assign(theme=filled.theme), filled.themes


def fill(workspace: Workspace, comments: pd.DataFrame, named: Sequence[NamedTheme]) -> Filled:
    """Puts every suggestion under a theme or under none."""
    ids = comments["id"].to_numpy(dtype=object)
    asks = np.flatnonzero((comments["stance"] == Stance.SUGGESTION.value).to_numpy(dtype=bool))
    given = _given(workspace, named, ids)
    texts = _texts(workspace, comments, np.union1d(asks, list(given)).astype(np.int64))
    theme: NDArray[np.object_] = np.full(len(ids), None, dtype=object)
    enough = [at for at, one in enumerate(named) if len(one.texts) + _count(given, at) >= LEAST_EXAMPLES]
    quality = None
    if enough:
        known = [(texts[at], enough.index(place)) for at, place in given.items() if place in enough]
        known += [(text, place) for place, at in enumerate(enough) for text in named[at].texts]
        number, distinct = pd.factorize(np.array([texts[at] for at in asks.tolist()], dtype=object))
        model = learn([text for text, _ in known], [place for _, place in known], distinct.tolist())
        keys = np.array([*(named[at].key for at in enough), None], dtype=object)
        theme[asks] = keys[model.assign(distinct.tolist())][number] if len(asks) else None
        quality = model.quality
    wanted = set(asks.tolist())
    for at, place in given.items():
        if at in wanted:
            theme[at] = named[place].key
    themes = [Theme(one.key, one.title, len(one.ids) + len(one.texts)) for one in named]
    return Filled(theme, themes, tuple(named[at].key for at in enough), quality)


def _given(workspace: Workspace, named: Sequence[NamedTheme], ids: NDArray[np.object_]) -> dict[int, int]:
    """The theme of each comment that is an example, by position."""
    wanted = {name: place for place, one in enumerate(named) for name in one.ids}
    if not wanted:
        return {}
    found = np.flatnonzero(pd.Series(ids).isin(list(wanted)).to_numpy())
    given = {at: wanted[ids[at]] for at in found.tolist()}
    if missing := sorted(wanted.keys() - {ids[at] for at in given}):
        what = f"no comment of this study has the id {', '.join(missing[:_MISSING_SHOWN])}"
        remedy = "Take the id from `minyi search` or a report, or give the text itself."
        raise UsageError(what, where=str(workspace.folder / THEMES), remedy=remedy)
    return given


def _count(given: dict[int, int], place: int) -> int:
    return sum(one == place for one in given.values())


def _texts(workspace: Workspace, comments: pd.DataFrame, at: NDArray[np.int64]) -> dict[int, str]:
    """The texts at these positions; out of the store where they were not loaded."""
    if "text" in comments:
        return dict(zip(at.tolist(), comments["text"].iloc[at].astype(str).tolist(), strict=True))
    stored = workspace.store.comments(workspace.study.id, columns=["id", "text"])
    by_id = dict(zip(stored["id"].tolist(), stored["text"].tolist(), strict=True))
    return {place: str(by_id[name]) for place, name in zip(at.tolist(), comments["id"].iloc[at].tolist(), strict=True)}
