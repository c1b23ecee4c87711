"""What a report needs to know of the texts of all comments, worked out once: repeats, copied posts, words.

A rollup is arrays and a little JSON (`Held`), whether it was worked out now or kept (`minyi.kept_rollups`): what is
counted from it cannot tell. No text is in it; those that are quoted are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from minyi.frames import repeats_of, values, with_repeats
from minyi.glimpses import Came, Glimpse, Labels
from minyi.snapshots import CHECK, data_digest, row_hashes, words_digest
from reports.inputs import KEYWORDS, CopiedGroup, Keyword, SharedWord, Theme, Together
from storage.nouns import STANCES, Stance, Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from minyi.frames import Repeats
    from minyi.workspace import Workspace

    Told = Callable[[Sequence[str]], Sequence[str | None]]

KEYWORD_Z = 1.96  # standard deviations by which a keyword stands above the other stances
LABELS = ("source", "platform", "kind", "lang", "author", "published_precision", "stance", "theme", "run")
"""Columns of strings that recur. Of authors only who is who is kept."""
NUMBERS = ("published_at", "likes", "fold", "direct")
"""Columns of whole numbers, some of them unknown."""
PLAIN = ("key", "near", "copied", "together", CHECK, *(str(stance) for stance in STANCES))


@dataclass(frozen=True)
class Held:
    """A rollup as it is kept.

    Attributes:
        arrays: columns of the comments in order of their ids, and positions of those that hold a word.
        facts: everything else, as JSON holds it.
    """

    arrays: Mapping[str, NDArray[Any]]
    facts: Mapping[str, Any]


class Rollup(NamedTuple):
    """What the report is counted from.

    Attributes:
        comments: the comments by id, with the columns of `with_repeats` and without their texts and addresses.
        digest: of the data (`minyi.snapshots.data_digest`).
        copied_groups: bursts of copied posts.
        together: accounts that post the same text together.
        keywords: what sets each stance apart.
        shared_words: what several people's suggestions share.
        themes: that people named, of the column `theme`.
        texts, urls: those of comments by their ids, None for what is not there.
    """

    comments: pd.DataFrame
    digest: str
    copied_groups: Sequence[CopiedGroup]
    together: Together
    keywords: Mapping[Stance, Sequence[Keyword]]
    shared_words: Sequence[SharedWord]
    themes: Sequence[Theme]
    texts: Told
    urls: Told


def rollup_of(workspace: Workspace, comments: pd.DataFrame | Rollup, themes: Sequence[Theme] = ()) -> Rollup:
    """Work out what the comments' texts say, for all of these; a rollup is taken as it is."""
    if isinstance(comments, Rollup):
        return comments
    return shown_beside(work_out(workspace, comments, themes), comments)


def shown_beside(held: Held, comments: pd.DataFrame) -> Rollup:
    """A rollup to count from, with the texts and addresses of the comments that it is of."""
    of_comments = comments.set_index("id")[["text", "url"]].astype(object)

    def told(name: str) -> Told:
        column = of_comments[name]
        return lambda ids: column.reindex(list(ids)).tolist()

    return shown(held, told("text"), told("url"))


def work_out(workspace: Workspace, comments: pd.DataFrame, themes: Sequence[Theme] = ()) -> Held:
    """The rollup of these comments, to be kept or shown."""
    repeats = repeats_of(comments)
    digest, check = data_digest(comments), row_hashes(comments)
    comments = with_repeats(comments, repeats).assign(**{CHECK: check}).sort_values("id", ignore_index=True)
    arrays, labels = _columns(comments)
    words, members = _words(workspace, comments)
    facts = {"digest": digest, "said": words_digest(comments), "labels": labels, "words": words, **_repeated(repeats)}
    facts["themes"] = [{"key": it.key, "title": it.title.model_dump(), "examples": it.examples} for it in themes]
    return Held(arrays | members, facts)


def shown(held: Held, texts: Told, urls: Told) -> Rollup:
    """A rollup to count from.

    Raises:
        KeyError, IndexError, ValueError, TypeError: it is none of this version's.
    """
    comments = _frame(held)
    ids, facts = comments["id"].to_numpy(dtype=object), held.facts
    examples = dict(zip(said, texts(said), strict=True)) if (said := [it["example"] for it in facts["copied"]]) else {}
    return Rollup(
        comments=comments,
        digest=facts["digest"],
        copied_groups=[CopiedGroup(**it, text=examples[it["example"]] or "") for it in facts["copied"]],
        together=Together(**facts["together"]),
        keywords={
            Stance(stance): [
                Keyword(**word, members=held.arrays["id"][held.arrays[f"{stance}.{at}"]])
                for at, word in enumerate(words)
            ]
            for stance, words in facts["words"]["marked"].items()
        },
        shared_words=[
            SharedWord(word["word"], ids[held.arrays[f"shared.{at}"]].tolist())
            for at, word in enumerate(facts["words"]["shared"])
        ],
        themes=_themes(held),
        texts=texts,
        urls=urls,
    )


def arrays_of(names: Sequence[str]) -> list[str]:
    """The arrays that some columns are made of."""
    return [*names, *(f"{name}.known" for name in names if name in NUMBERS)]


def glimpsed(held: Held) -> Glimpse:
    """What is seen of the comments: of the columns `minyi.glimpses.GLIMPSED` and the stances, and the ids if asked for.

    Raises:
        KeyError, ValueError, TypeError: it is none of this version's.
    """
    labels = held.facts["labels"]
    source, kind, precision, run, stance = (
        Labels(held.arrays[name], labels[name]) for name in ("source", "kind", "published_precision", "run", "stance")
    )
    came = Came(source, kind, precision, run, held.arrays["published_at"], held.arrays["published_at.known"])
    uncoded = int((stance.code < 0).sum())
    coded = partial(_frame, held, ("id", "stance"))
    return Glimpse(len(stance.code), uncoded, came, coded, held.facts["digest"], _themes(held))


def _themes(held: Held) -> list[Theme]:
    return [Theme(it["key"], Wording(**it["title"]), it["examples"]) for it in held.facts["themes"]]


def _repeated(repeats: Repeats) -> dict[str, Any]:
    names = ("n", "texts", "authors", "first_ms", "last_ms")
    copied = [{**{name: getattr(it, name) for name in names}, "example": it.example_id} for it in repeats.bursts]
    return {"copied": copied, "together": {"pairs": repeats.together.pairs, "accounts": repeats.together.accounts}}


def _columns(comments: pd.DataFrame) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The comments' columns as arrays, and what the labels of each are: of authors, how many there are."""
    arrays = {name: comments[name].to_numpy() for name in PLAIN}
    arrays["id"] = np.array([one.encode("utf-8", "surrogatepass") for one in comments["id"].tolist()], np.bytes_)
    for name in NUMBERS:
        arrays[name] = comments[name].astype("Int64").fillna(0).to_numpy(np.int64)
        arrays[f"{name}.known"] = comments[name].notna().to_numpy(bool)
    labels: dict[str, Any] = {}
    for name in filter(comments.columns.__contains__, LABELS):
        column = comments[name] if isinstance(comments[name].dtype, pd.CategoricalDtype) else _labelled(comments[name])
        arrays[name] = column.cat.codes.to_numpy(np.int32)
        known = column.cat.categories
        labels[name] = len(known) if name == "author" else known.tolist()
    return arrays, labels


def _labelled(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype(object).astype("category")


def _frame(held: Held, names: Sequence[str] | None = None) -> pd.DataFrame:
    """The comments out of their arrays, or these columns of them."""
    labels = held.facts["labels"]
    wanted = ("id", *PLAIN, *NUMBERS, *labels) if names is None else names
    return pd.DataFrame({name: _column(held, name) for name in wanted}, copy=False)


def _column(held: Held, name: str) -> Any:  # noqa: ANN401  any kind of column
    array = held.arrays[name]
    if name == "id":
        return pd.Series(_ids(array), dtype=object)
    if name == "direct":
        return pd.arrays.BooleanArray(array.astype(bool), ~held.arrays["direct.known"])
    if name in NUMBERS:
        return pd.arrays.IntegerArray(array, ~held.arrays[f"{name}.known"])
    if name not in held.facts["labels"]:
        return array
    known = held.facts["labels"][name]
    named = pd.RangeIndex(1, known + 1) if name == "author" else pd.Index(known, dtype=object)
    return pd.Categorical.from_codes(array, named)


def _ids(ids: NDArray[np.bytes_]) -> NDArray[np.object_]:
    width, content = ids.dtype.itemsize, ids.tobytes()
    if content.isascii() and b"\0" not in content:  # all of one length, as a store's are
        text = content.decode("ascii")
        return np.array([text[at : at + width] for at in range(0, len(text), width)], dtype=object)
    return np.array([one.decode("utf-8", "surrogatepass") for one in ids.tolist()], dtype=object)


def _words(workspace: Workspace, comments: pd.DataFrame) -> tuple[dict[str, Any], dict[str, NDArray[np.int32]]]:
    """What marks each stance, and what several people's suggestions share; copied posts are left aside.

    For what marks a stance each text counts once, near-duplicates as one; what is told of a word are its comments, by
    their positions.
    """
    from nlp.asks import CANDIDATES, MIN_Z, shared_words
    from nlp.keywords import holders, keywords
    from nlp.segment import segmenter

    at = np.flatnonzero((comments["stance"].notna() & ~comments["copied"]).to_numpy(bool))
    coded = comments[["text", "stance", "near", "author"]].iloc[at]
    change = workspace.study.change
    own = (*change.words, *(text for said in (change.name, change.statement) for text in (said.zh, said.en) if text))
    place, distinct = pd.factorize(coded["text"])
    tokens = segmenter(workspace.words).words(distinct.tolist()).take(place)
    stances = coded["stance"].astype(str).tolist()
    once = np.flatnonzero(~coded["near"].duplicated())
    found = keywords(tokens.take(once), [stances[one] for one in once.tolist()], CANDIDATES, leave_out=own, min_z=MIN_Z)
    strong = {stance: [word for word in words if word.z >= KEYWORD_Z][:KEYWORDS] for stance, words in found.items()}
    held = holders(tokens, stances, {stance: [word.word for word in words] for stance, words in strong.items()})
    shared = shared_words(found[Stance.SUGGESTION], tokens, stances, values(coded["author"]))
    members = {
        f"{stance}.{number}": at[held[stance][word.word]]
        for stance, words in strong.items()
        for number, word in enumerate(words)
    }
    members |= {f"shared.{number}": at[list(word.members)] for number, word in enumerate(shared)}
    told = {
        "marked": {
            str(stance): [{"word": word.word, "count": word.count, "z": word.z} for word in words]
            for stance, words in strong.items()
        },
        "shared": [{"word": word.word} for word in shared],
    }
    return told, {name: positions.astype(np.int32) for name, positions in members.items()}
