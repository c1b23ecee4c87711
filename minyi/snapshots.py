"""What a report counted, kept small: which comments, what the coder said of each, which labels and draws there were.

No words are kept. Of each comment's row a check is, so that one that was changed since can be named.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from minyi.labels import task_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from minyi.workspace import Workspace
    from storage.labels import Task

BLOCK = 1_024
"""Keys that have a digest together."""
CONTENT = (
    "id", "source", "platform", "kind", "lang", "author", "published_at", "published_precision", "likes", "article_id",
    "direct", "evidence", "fold",
)  # fmt: skip
"""What is checked of a comment's row. Its words are in it as `fold`: equal for texts that are written alike."""
CHECK = "check"
"""Column of the hashes of rows, where they are worked out already."""
SCORES = tuple(map(str, STANCES))
UNKNOWN = np.uint64(0x9E3779B97F4A7C15)
_SPARSE = 8
_PRIME = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Snapshot:
    """What there was when a report was made. Comments are in order of their keys.

    Attributes:
        keys: int64, (n,) keys of the comments.
        stances: int8, (n,) places in STANCES of what the coder said; -1 where it had said nothing.
        themes: int16, (n,) places in `theme_names`; -1 for none.
        theme_names: of the subjects of requests.
        checks: uint16, (n,) of each comment's row.
        blocks: uint64, a digest of the rows of each BLOCK keys that hold a comment, in order.
        label_keys, label_who, label_revisions, label_stances, label_checks: (m,) everything people had said of comments
            by then: of which, who (a place in `label_names`), as which revision, what stance, and a check of the rest.
        label_names: the annotators.
        item_cohorts, item_keys: (k,) the comments that were drawn at random, and from which cohort.
    """

    keys: NDArray[np.int64]
    stances: NDArray[np.int8]
    themes: NDArray[np.int16]
    theme_names: tuple[str, ...]
    checks: NDArray[np.uint16]
    blocks: NDArray[np.uint64]
    label_keys: NDArray[np.int64]
    label_who: NDArray[np.int16]
    label_revisions: NDArray[np.int32]
    label_stances: NDArray[np.int8]
    label_checks: NDArray[np.uint64]
    label_names: tuple[str, ...]
    item_cohorts: NDArray[np.int64]
    item_keys: NDArray[np.int64]

    @property
    def labels_digest(self) -> str:
        """SHA-256 over the labels: which revisions of which annotators counted, and what they said."""
        digest = hashlib.sha256("\0".join(self.label_names).encode("utf-8", "surrogatepass"))
        for column in (self.label_keys, self.label_who, self.label_revisions, self.label_stances, self.label_checks):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()


def snapshot_of(workspace: Workspace, comments: pd.DataFrame) -> Snapshot:
    """Take down what there is.

    Args:
        workspace: the study, whose labels and draws are read.
        comments: its comments in any order, with the stance that its coder gave each, and themes where there are any.
    """
    if CHECK in comments:  # nothing else of the row is needed then
        comments = comments[[name for name in ("key", "stance", "theme", CHECK) if name in comments]]
    if not comments["key"].is_monotonic_increasing:
        comments = comments.take(_by_key(comments["key"].to_numpy(np.int64)))
    rows = row_hashes(comments)
    themes, names = _themes(comments)
    said = history_of(workspace, task_of(workspace.study))
    drawn = workspace.store.labels.items(workspace.study.id, "audit", task_of(workspace.study))
    who, people = pd.factorize(said["annotator"], sort=True)
    keys = comments["key"].to_numpy(np.int64)
    return Snapshot(
        keys=keys,
        stances=places(comments["stance"]),
        themes=themes,
        theme_names=names,
        checks=rows.astype(np.uint16),
        blocks=block_digests(keys, rows)[1],
        label_keys=said["key"].to_numpy(np.int64),
        label_who=who.astype(np.int16),
        label_revisions=said["revision"].to_numpy(np.int32),
        label_stances=places(said["stance"]),
        label_checks=label_checks(said),
        label_names=tuple(map(str, people)),
        item_cohorts=drawn["cohort"].to_numpy(np.int64),
        item_keys=drawn["key"].to_numpy(np.int64),
    )


def _by_key(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of different keys; laid out rather than sorted where they are close together, as a store's are."""
    first, span = int(keys.min()), int(np.ptp(keys)) + 1
    if span > _SPARSE * len(keys):
        return np.argsort(keys)
    order = np.full(span, -1, np.int64)
    order[keys - first] = np.arange(len(keys))
    return order[order >= 0]


def history_of(workspace: Workspace, task: Task) -> pd.DataFrame:
    """Everything people said of comments for this task, by comment, annotator and revision."""
    return workspace.store.labels.history(workspace.study.id, *task)


def places(stances: pd.Series[Any]) -> NDArray[np.int8]:
    """The places of stances in STANCES; -1 for none."""
    names = [str(stance) for stance in STANCES]
    if isinstance(stances.dtype, pd.CategoricalDtype):
        known = [names.index(name) if name in names else -1 for name in stances.cat.categories.tolist()]
        return np.array([*known, -1], np.int8)[stances.cat.codes.to_numpy()]
    return pd.Categorical(stances.astype(object), names).codes.astype(np.int8)


def _themes(comments: pd.DataFrame) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    if "theme" not in comments:
        return np.full(len(comments), -1, np.int16), ()
    theme = comments["theme"]
    if isinstance(theme.dtype, pd.CategoricalDtype):
        theme = theme.cat.remove_unused_categories()
        order = np.argsort(theme.cat.categories.to_numpy(dtype=object))
        place = np.append(np.argsort(order), -1)
        return place[theme.cat.codes.to_numpy()].astype(np.int16), tuple(map(str, theme.cat.categories[order]))
    codes, names = pd.factorize(theme.astype(object), sort=True)
    return codes.astype(np.int16), tuple(map(str, names))


def row_hashes(comments: pd.DataFrame) -> NDArray[np.uint64]:
    """64 bits over CONTENT for each comment; the same whatever types the columns come in."""
    if CHECK in comments:
        return comments[CHECK].to_numpy(np.uint64)
    total = np.zeros(len(comments), np.uint64)
    for name in CONTENT:
        total = mixed(total, _hashes(comments[name]))
    return total


def mixed(total: NDArray[np.uint64], column: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Take one more column into the hashes of rows."""
    total = (total ^ column) * _PRIME
    return np.asarray(total ^ (total >> np.uint64(29)), np.uint64)


def _hashes(column: pd.Series[Any]) -> NDArray[np.uint64]:
    """64 bits for each value of a column, UNKNOWN where there is none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        known = pd.util.hash_array(column.cat.categories.to_numpy(dtype=object), categorize=False)
        return np.append(known, UNKNOWN)[column.cat.codes.to_numpy()]
    absent = column.isna().to_numpy(bool)
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        numbers = column.to_numpy(np.int64) if not absent.any() else column.astype("Int64").fillna(0).to_numpy(np.int64)
        return np.where(absent, UNKNOWN, numbers.view(np.uint64))
    texts = column.astype(object).where(~absent, "").to_numpy(dtype=object)
    return np.where(absent, UNKNOWN, pd.util.hash_array(texts, categorize=False))


def block_digests(keys: NDArray[np.int64], rows: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The blocks of BLOCK keys that hold a comment, by number, and 64 bits over the rows of each."""
    numbers, starts = np.unique(keys // BLOCK, return_index=True)
    ends = [*starts[1:].tolist(), len(keys)][: len(starts)]
    found = [
        int.from_bytes(hashlib.blake2b(rows[start:end].tobytes(), digest_size=8).digest(), "little")
        for start, end in zip(starts.tolist(), ends, strict=True)
    ]
    return numbers.astype(np.int64), np.array(found, np.uint64)


def data_digest(comments: pd.DataFrame) -> str:
    """SHA-256 over what each comment's row and the coder say, in any order: equal data give equal digests."""
    rows = mixed(row_hashes(comments), places(comments["stance"]).astype(np.int64).view(np.uint64))
    for name in SCORES:
        scores = comments[name].to_numpy(np.float32)
        rows = mixed(rows, np.where(np.isnan(scores), UNKNOWN, scores.view(np.uint32).astype(np.uint64)))
    return hashlib.sha256(np.sort(rows).tobytes()).hexdigest()


def words_digest(comments: pd.DataFrame) -> str:
    """SHA-256 over the words of each comment, in any order; what a row's check knows of them is only how they fold."""
    rows = mixed(_hashes(comments["id"]), _hashes(comments["text"]))
    return hashlib.sha256(np.sort(rows).tobytes()).hexdigest()


def label_checks(said: pd.DataFrame) -> NDArray[np.uint64]:
    """64 bits over what is said in each row of a history of labels, beside the stance."""
    total = np.zeros(len(said), np.uint64)
    for name in ("id", "annotator", "what", "created_at", "unsure"):
        total = mixed(total, _hashes(said[name]))
    for name in (*SCORES[:3], "seconds"):
        values = said[name].to_numpy(np.float32)
        total = mixed(total, np.where(np.isnan(values), UNKNOWN, values.view(np.uint32).astype(np.uint64)))
    return total


def packed(snapshot: Snapshot) -> bytes:
    """A snapshot as a compressed .npz: keys as steps, each column as narrow as it is."""
    columns = {field.name: getattr(snapshot, field.name) for field in fields(snapshot)}
    columns |= {name: np.diff(columns[name], prepend=0) for name in ("keys", "label_keys")}
    columns |= {name: np.array(columns[name], np.str_) for name in ("theme_names", "label_names")}
    held = io.BytesIO()
    np.savez_compressed(held, **columns)
    return held.getvalue()


def unpacked(content: bytes) -> Snapshot:
    """A snapshot out of its .npz; nothing in it is ever run.

    Raises:
        ValueError, OSError, KeyError: it is none.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        columns: dict[str, Any] = {field.name: held[field.name] for field in fields(Snapshot)}
    columns |= {name: np.cumsum(columns[name]) for name in ("keys", "label_keys")}
    columns |= {name: tuple(columns[name].tolist()) for name in ("theme_names", "label_names")}
    return Snapshot(**columns)


def ids_of(comments: pd.DataFrame, keys: Sequence[int] | NDArray[np.int64]) -> list[str]:
    """The ids of comments by their keys, those that are there."""
    known = comments.loc[comments["key"].isin(keys), "id"]
    return [str(one) for one in known.tolist()]
