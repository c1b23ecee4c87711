"""What a report needs to know of the texts of all comments: repeats, copied posts, words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from minyi.frames import repeats_of, values, with_repeats
from nlp.asks import CANDIDATES, MIN_Z, shared_words
from nlp.keywords import holders, keywords
from nlp.segment import segmenter
from reports.inputs import (
    CopiedGroup,
    Keyword,
    SharedWord,
    Together,
)
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minyi.workspace import Workspace
    from nlp.duplicates import CopiedGroup as Burst

KEYWORD_Z = 1.96  # standard deviations by which a keyword stands above the other stances


class Rollup(NamedTuple):
    """What the report is counted from, worked out of the comments' texts.

    Attributes:
        comments: the comments, with the columns of `with_repeats`.
        copied_groups: bursts of copied posts.
        together: accounts that post the same text together.
        keywords: what sets each stance apart.
        shared_words: what several people's suggestions share.
    """

    comments: pd.DataFrame
    copied_groups: Sequence[CopiedGroup]
    together: Together
    keywords: Mapping[Stance, Sequence[Keyword]]
    shared_words: Sequence[SharedWord]


def rollup_of(workspace: Workspace, comments: pd.DataFrame) -> Rollup:
    """Work out what the comments' texts say, for all of them."""
    repeats = repeats_of(comments)
    comments = with_repeats(comments, repeats)
    found, shared = _words(workspace, comments)
    together = Together(pairs=repeats.together.pairs, accounts=repeats.together.accounts)
    return Rollup(comments, _copied(comments, repeats.bursts), together, found, shared)


def _copied(comments: pd.DataFrame, bursts: Sequence[Burst]) -> list[CopiedGroup]:
    texts = comments.set_index("id")["text"]
    return [
        CopiedGroup(
            n=burst.n,
            texts=burst.texts,
            authors=burst.authors,
            first_ms=burst.first_ms,
            last_ms=burst.last_ms,
            example=burst.example_id,
            text=texts[burst.example_id],
        )
        for burst in bursts
    ]


def _words(
    workspace: Workspace, comments: pd.DataFrame
) -> tuple[Mapping[Stance, Sequence[Keyword]], Sequence[SharedWord]]:
    """What marks each stance, and what several people's suggestions share; copied posts are left aside.

    For what marks a stance each text counts once, near-duplicates as one; what is told of a word are its comments.
    """
    coded = comments[comments["stance"].notna() & ~comments["copied"]].sort_values("id", ignore_index=True)
    change = workspace.study.change
    own = (*change.words, *(text for said in (change.name, change.statement) for text in (said.zh, said.en) if text))
    place, distinct = pd.factorize(coded["text"])
    cut = segmenter(workspace.words).cut_many(distinct.tolist())
    tokens, stances = [cut[at] for at in place.tolist()], coded["stance"].astype(str).tolist()
    once = np.flatnonzero(~coded["near"].duplicated()).tolist()
    found = keywords([tokens[at] for at in once], [stances[at] for at in once], CANDIDATES, leave_out=own, min_z=MIN_Z)
    strong = {stance: [word for word in words if word.z >= KEYWORD_Z] for stance, words in found.items()}
    held = holders(tokens, stances, {stance: [word.word for word in words] for stance, words in strong.items()})
    ids = coded["id"].to_numpy(dtype=object)
    marked = {
        stance: [
            Keyword(word=word.word, count=word.count, z=word.z, members=ids[held[stance][word.word]].tolist())
            for word in words
        ]
        for stance, words in strong.items()
    }
    shared = [
        SharedWord(word=word.word, authors=word.authors, members=ids[list(word.members)].tolist())
        for word in shared_words(found[Stance.SUGGESTION], tokens, stances, values(coded["author"]))
    ]
    return marked, shared
