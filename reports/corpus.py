"""The comments made ready for counting: in one order, on the study's calendar, and told apart by how they count."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from reports.inputs import COMMENT_COLUMNS
from reports.masking import masked
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    import numpy.typing as npt

    from reports.inputs import ReportInput

    Mask = npt.NDArray[np.bool_]
    Whole = npt.NDArray[np.int64]
    Names = npt.NDArray[np.bytes_]

DAY_MS = 86_400_000
MIN_SHARE_N = 30
"""Below this many comments no share is printed, only counts: one comment in 29 moves a share by more than 3 points."""

DRAWN: tuple[Stance, ...] = (Stance.CONCERN, Stance.SUPPORT, Stance.SUGGESTION, Stance.NEUTRAL)
"""The order in which stances are listed and stacked, the same everywhere."""

_FEW = 10_000  # numbers that are told apart faster by their hashes than by marking them
_EPOCH = date(1970, 1, 1)
_COARSE = ("month", "year")
_NAMED = ("source", "platform", "kind", "lang", "author", "published_precision", "stance")
_ON_DEMAND = ("text", "url")

By = Callable[[list[int]], list[Any]]
"""Positions of comments → what is known of each, None for nothing."""


@dataclass(frozen=True)
class Corpus:
    """Comments sorted by id, with masks that say how each one counts.

    Attributes:
        rows: the comments, all of COMMENT_COLUMNS present but for `text` and `url`, which are asked for (`said`,
            `links`), plus `place` (platform, or the source where none is known). Labels are strings or None.
        local: wall-clock milliseconds in the study's zone (int64), meaningful where `dated`.
        dated: the time is known to the day or better.
        coarse: only the month or the year is known.
        inside: not dated outside the study's window.
        counted: inside the window and not part of a copied burst: what the report counts.
        coded: has a stance.
        text: int64, equal for comments whose texts are the same or nearly the same.
        author: int64, equal for comments of one author, numbered as they appear; -1 where unknown.
        stance: int64, the place of each stance in DRAWN; -1 where there is none.
        texts_at, urls_at: how texts and links are asked for.
    """

    rows: pd.DataFrame
    local: Whole
    dated: Mask
    coarse: Mask
    inside: Mask
    counted: Mask
    coded: Mask
    text: Whole
    author: Whole
    stance: Whole
    texts_at: By
    urls_at: By

    def is_stance(self, stance: Stance) -> Mask:
        """Which comments carry this stance."""
        return np.asarray(self.stance == DRAWN.index(stance), dtype=bool)

    def count(self, mask: Mask) -> dict[str, int]:
        """How many comments under the mask carry each stance."""
        found = np.bincount(self.stance[mask] + 1, minlength=len(DRAWN) + 1)[1:]
        return dict(zip((stance.value for stance in DRAWN), found.tolist(), strict=True))

    def authors(self, mask: Mask) -> int | None:
        """Distinct authors under the mask, None when no author of these comments is known."""
        return distinct(self.author[mask]) or None

    def texts(self, mask: Mask) -> int:
        """Distinct texts under the mask, near-duplicates counted once."""
        return distinct(self.text[mask])

    def three(self, mask: Mask) -> dict[str, int | None]:
        """The three counts: comments, distinct texts (near-duplicates counted once), distinct known authors."""
        return {"comments": int(mask.sum()), "texts": self.texts(mask), "authors": self.authors(mask)}

    @cached_property
    def likes(self) -> npt.NDArray[np.float64]:
        """Likes, NaN where their number is not known."""
        likes = pd.to_numeric(self.rows["likes"]).to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(likes, np.float64)

    @cached_property
    def names(self) -> Names:
        """The ids as bytes of UTF-8, ascending as the comments are."""
        return as_bytes(self.rows["id"].to_numpy(dtype=object))

    @cached_property
    def place_of(self) -> Mapping[str, int]:
        """The position of each comment, by id."""
        return _Places(self)

    def at(self, ids: Iterable[str] | Names) -> Whole:
        """The positions of the comments with these ids, those that are there, in the order of the ids."""
        wanted = ids if isinstance(ids, np.ndarray) else as_bytes(np.array(list(ids), dtype=object))
        if not len(wanted) or not len(self.names):
            return np.empty(0, np.int64)
        found = np.searchsorted(self.names, wanted)
        found[found == len(self.names)] = 0
        return np.asarray(found[self.names[found] == wanted], np.int64)

    def of(self, ids: Iterable[str] | Names) -> Mask:
        """Which comments have these ids."""
        return self.of_rows(self.at(ids))

    def of_rows(self, positions: Sequence[int] | Whole) -> Mask:
        """Which comments stand at these positions."""
        mask = np.zeros(len(self.rows), dtype=bool)
        mask[np.asarray(positions, np.int64)] = True
        return mask

    def said(self, positions: Sequence[int] | Whole) -> list[str]:
        """The texts at these positions, masked; the only way from a comment to its words."""
        return [masked(text) if isinstance(text, str) else "" for text in self.texts_at(_plain(positions))]

    def links(self, positions: Sequence[int] | Whole) -> list[str | None]:
        """The addresses of the comments at these positions, None where there is none."""
        return [url if isinstance(url, str) and url else None for url in self.urls_at(_plain(positions))]

    def digest(self, mask: Mask) -> str:
        """Sixteen hexadecimal digits of SHA-256 over the ids under the mask, sorted, one a line."""
        name = hashlib.blake2b(np.packbits(mask).tobytes()).digest()  # several claims are about the same comments
        if name not in self._digests:
            self._digests[name] = self._digest(mask)
        return self._digests[name]

    def _digest(self, mask: Mask) -> str:
        if self._lines is None:
            ids: Any = "\n".join(self.rows["id"].to_numpy()[mask].tolist()).encode("utf-8", "surrogatepass")
        else:
            ids = self._lines.take(np.flatnonzero(mask), axis=0).ravel()[:-1]
        return hashlib.sha256(ids).hexdigest()[:16]

    @cached_property
    def _digests(self) -> dict[bytes, str]:
        return {}

    @cached_property
    def _lines(self) -> npt.NDArray[np.uint8] | None:
        """The bytes of each id and its line's end; None where ids differ in length."""
        width = self.names.dtype.itemsize
        plain = self.names.view(np.uint8).reshape(-1, width)
        if not len(plain) or not plain[:, -1].all():
            return None
        return np.hstack([plain, np.full((len(plain), 1), ord("\n"), np.uint8)])

    def on_days(self, first: date, last: date) -> Mask:
        """Which comments are dated from the first day to the last, both included."""
        days = self.local // DAY_MS
        return self.dated & (days >= day_number(first)) & (days <= day_number(last))

    def span(self) -> tuple[date, date] | None:
        """The first and last day on which a comment inside the window is dated."""
        local = self.local[self.dated & self.inside]
        return (day_of(int(local.min())), day_of(int(local.max()))) if local.size else None


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def day_of(local_ms: int) -> date:
    """The calendar day of a wall-clock time."""
    return _EPOCH + timedelta(days=local_ms // DAY_MS)


def local_day(utc_ms: int, zone: ZoneInfo) -> date:
    """The calendar day of a moment in a time zone."""
    return datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(zone).date()


def percent(part: float, whole: float) -> int | None:
    """A share in whole points, half rounded up; None when there are fewer than MIN_SHARE_N comments."""
    return int(100 * part / whole + 0.5) if whole >= MIN_SHARE_N else None


class _Places(Mapping[str, int]):
    """The positions of comments by id, looked up: a dictionary of a million would take a second and 100 MB."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def __getitem__(self, name: str) -> int:
        found = self._corpus.at([name])
        if not found.size:
            raise KeyError(name)
        return int(found[0])

    def __iter__(self) -> Iterator[str]:
        return iter(self._corpus.rows["id"].tolist())

    def __len__(self) -> int:
        return len(self._corpus.rows)


def as_bytes(ids: npt.NDArray[np.object_]) -> Names:
    """Ids in UTF-8, as wide as the longest."""
    try:
        return ids.astype(np.bytes_)
    except UnicodeEncodeError:  # not ASCII alone
        return np.array([one.encode("utf-8", "surrogatepass") for one in ids.tolist()], dtype=np.bytes_)


def distinct(numbers: Whole) -> int:
    """How many different numbers from 0 on there are; -1 stands for none."""
    if numbers.size < _FEW:
        return int((pd.unique(numbers) >= 0).sum())
    seen = np.zeros(int(numbers.max()) + 2, dtype=bool)
    seen[numbers] = True
    return int(seen[:-1].sum())


def _plain(positions: Sequence[int] | Whole) -> list[int]:
    return positions.tolist() if isinstance(positions, np.ndarray) else list(positions)


def prepare(inp: ReportInput) -> Corpus:
    """Sorts and completes the comments and works out how each one counts.

    The result does not depend on the order of the rows.
    """
    given = _in_order(inp.comments)
    named = {name: _labels(given[name]) for name in _NAMED if name in given}
    rows = _complete(given, named)
    known = rows["published_at"].notna().to_numpy(dtype=bool)
    coarse = known & _is_one_of(named.get("published_precision"), _COARSE, len(rows))
    dated = known & ~coarse
    local = _wall_clock(rows["published_at"], inp.study.zone)
    within = _in_window(local // DAY_MS, inp.study.start, inp.study.end)
    inside = np.where(dated, within, inp.options.preset == "full")  # of which day an undated one is, nobody knows
    copied = rows["copied"].to_numpy(dtype=bool)
    return Corpus(
        rows=rows,
        local=local,
        dated=dated,
        coarse=coarse,
        inside=inside,
        counted=inside & ~copied,
        coded=_is_known(named.get("stance"), len(rows)),
        text=_texts_of(rows),
        author=_numbered(named.get("author"), len(rows)),
        stance=_stances(named.get("stance"), len(rows)),
        texts_at=_asked(inp.texts, given, "text"),
        urls_at=_asked(inp.urls, given, "url"),
    )


class _Labels(NamedTuple):
    """A column of strings that recur: which each comment has, and what they are; -1 for none."""

    code: Whole
    known: npt.NDArray[np.object_]

    @property
    def told(self) -> npt.NDArray[np.object_]:
        """The strings, None for none."""
        return np.append(self.known, np.array([None], dtype=object))[self.code]


def _labels(column: pd.Series[Any]) -> _Labels:
    """A column's labels; an empty one is none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        code, known = column.cat.codes.to_numpy(np.int64), column.cat.categories.to_numpy(dtype=object)
    else:
        code, known = pd.factorize(column.astype(object).to_numpy(dtype=object))
    empty = [at for at, label in enumerate(known.tolist()) if label == ""]
    return _Labels(np.where(np.isin(code, empty), -1, code) if empty else code.astype(np.int64), known)


def _is_known(labels: _Labels | None, n: int) -> Mask:
    return np.zeros(n, dtype=bool) if labels is None else np.asarray(labels.code >= 0, dtype=bool)


def _is_one_of(labels: _Labels | None, wanted: Sequence[str], n: int) -> Mask:
    if labels is None:
        return np.zeros(n, dtype=bool)
    return np.append([label in wanted for label in labels.known.tolist()], False).astype(bool)[labels.code]


def _numbered(labels: _Labels | None, n: int) -> Whole:
    """Labels as numbers in the order in which they appear, whatever the input's own numbers are."""
    if labels is None:
        return np.full(n, -1, np.int64)
    known = labels.code >= 0
    numbers = np.full(n, -1, np.int64)
    numbers[known] = pd.factorize(labels.code[known])[0]
    return numbers


def _stances(labels: _Labels | None, n: int) -> Whole:
    if labels is None:
        return np.full(n, -1, np.int64)
    order = {stance.value: at for at, stance in enumerate(DRAWN)}
    return np.array([*(order.get(label, -1) for label in labels.known.tolist()), -1], np.int64)[labels.code]


def _asked(by_id: Callable[[Sequence[str]], Sequence[Any]] | None, given: pd.DataFrame, name: str) -> By:
    """How a column is asked for by positions: out of the comments as they were given, or by their ids."""
    if by_id is None:
        column = given[name] if name in given else pd.Series([None] * len(given), dtype=object)
        return lambda positions: column.iloc[positions].tolist()
    ids = given["id"]
    return lambda positions: list(by_id(ids.iloc[positions].tolist()))


def _texts_of(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The number of each comment's text: of its near-duplicates or its exact ones; where neither is known, its own."""
    known = rows["near"]
    if known.isna().any():
        known = known.where(known.notna(), rows["fold"])
    number = pd.factorize(known)[0].astype("int64")
    return np.where(number >= 0, number, len(rows) + np.arange(len(rows)))


def _in_order(comments: pd.DataFrame) -> pd.DataFrame:
    """The comments sorted by id."""
    ids = comments["id"].to_numpy(dtype=object)
    if pd.api.types.infer_dtype(ids, skipna=False) != "string":
        ids = np.array([str(one) for one in ids.tolist()], dtype=object)
    rows = comments.assign(id=pd.Series(ids, comments.index, dtype=object))
    if pd.Index(ids, dtype=object).is_monotonic_increasing:
        return rows.reset_index(drop=True)
    return rows.iloc[np.argsort(ids, kind="stable")].reset_index(drop=True)


def _complete(given: pd.DataFrame, named: Mapping[str, _Labels]) -> pd.DataFrame:
    """All columns; plain strings or None are faster here than pandas' own strings."""
    n = len(given)
    rows = {name: given[name] if name in given else np.full(n, np.nan) for name in COMMENT_COLUMNS}
    for name in _ON_DEMAND:
        del rows[name]
    for name in _NAMED:
        rows[name] = pd.Series(named[name].told if name in named else np.full(n, None), dtype=object)
    for name in ("copied", "together"):
        rows[name] = pd.Series(rows[name]).eq(True).fillna(value=False).to_numpy(dtype=bool)
    rows["place"] = _places(named, n)
    return pd.DataFrame(rows, copy=False)


def _places(named: Mapping[str, _Labels], n: int) -> pd.Series[Any]:
    platform = named["platform"].told if "platform" in named else np.full(n, None)
    source = named["source"].told if "source" in named else np.full(n, None)
    told = np.where(_is_known(named.get("platform"), n), platform, source)
    return pd.Series(
        np.where(_is_known(named.get("platform"), n) | _is_known(named.get("source"), n), told, ""), dtype=object
    )


def _wall_clock(published_at: pd.Series, zone: ZoneInfo) -> npt.NDArray[np.int64]:
    utc = pd.to_numeric(published_at).fillna(0).to_numpy(dtype="int64").astype("datetime64[ms]")
    naive = pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return naive.to_numpy(dtype="datetime64[ms]").astype("int64")


def _in_window(days: npt.NDArray[np.int64], start: date | None, end: date | None) -> Mask:
    after = days >= day_number(start) if start else np.ones(days.size, dtype=bool)
    before = days <= day_number(end) if end else np.ones(days.size, dtype=bool)
    return np.asarray(after & before, dtype=bool)
