"""The comments made ready for counting: in one order, on the study's calendar, and told apart by how they count."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports.inputs import COMMENT_COLUMNS
from reports.masking import masked
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    import numpy.typing as npt

    from reports.inputs import ReportInput

    Mask = npt.NDArray[np.bool_]

DAY_MS = 86_400_000
MIN_SHARE_N = 30
"""Below this many comments no share is printed, only counts: one comment in 29 moves a share by more than 3 points."""

DRAWN: tuple[Stance, ...] = (Stance.CONCERN, Stance.SUPPORT, Stance.SUGGESTION, Stance.NEUTRAL)
"""The order in which stances are listed and stacked, the same everywhere."""

_EPOCH = date(1970, 1, 1)
_COARSE = ("month", "year")
_TEXTS = ("source", "platform", "kind", "text", "lang", "author", "published_precision", "url", "stance")


@dataclass(frozen=True)
class Corpus:
    """Comments sorted by id, with masks that say how each one counts.

    Attributes:
        rows: the comments, all of COMMENT_COLUMNS present, plus `place` (platform, or the source where none is known).
        local: wall-clock milliseconds in the study's zone (int64), meaningful where `dated`.
        dated: the time is known to the day or better.
        coarse: only the month or the year is known.
        inside: not dated outside the study's window.
        counted: inside the window and not part of a copied burst: what the report counts.
        coded: has a stance.
        text: int64, equal for comments whose texts are the same or nearly the same.
    """

    rows: pd.DataFrame
    local: npt.NDArray[np.int64]
    dated: Mask
    coarse: Mask
    inside: Mask
    counted: Mask
    coded: Mask
    text: npt.NDArray[np.int64]

    def is_stance(self, stance: Stance) -> Mask:
        """Which comments carry this stance."""
        return np.asarray(self.rows["stance"] == stance.value, dtype=bool)

    def count(self, mask: Mask) -> dict[str, int]:
        """How many comments under the mask carry each stance."""
        found = self.rows.loc[mask, "stance"].value_counts()
        return {stance.value: int(found.get(stance.value, 0)) for stance in DRAWN}

    def authors(self, mask: Mask) -> int | None:
        """Distinct authors under the mask, None when no author of these comments is known."""
        return int(self.rows.loc[mask, "author"].nunique()) or None

    def texts(self, mask: Mask) -> int:
        """Distinct texts under the mask, near-duplicates counted once."""
        return int(pd.unique(self.text[mask]).size)

    def three(self, mask: Mask) -> dict[str, int | None]:
        """The three counts: comments, distinct texts (near-duplicates counted once), distinct known authors."""
        return {"comments": int(mask.sum()), "texts": self.texts(mask), "authors": self.authors(mask)}

    @cached_property
    def place_of(self) -> dict[str, int]:
        """The position of each comment, by id."""
        return {name: at for at, name in enumerate(self.rows["id"].tolist())}

    def of(self, ids: Iterable[str]) -> Mask:
        """Which comments have these ids."""
        return self.of_rows([self.place_of[name] for name in ids if name in self.place_of])

    def of_rows(self, positions: Sequence[int]) -> Mask:
        """Which comments stand at these positions."""
        mask = np.zeros(len(self.rows), dtype=bool)
        mask[list(positions)] = True
        return mask

    def said(self, positions: Sequence[int]) -> list[str]:
        """The texts at these positions, masked; the only way from a comment to its words."""
        texts = self.rows["text"]
        return [str(text) for text in texts.iloc[list(positions)].tolist()]

    def digest(self, mask: Mask) -> str:
        """Sixteen hexadecimal digits of SHA-256 over the ids under the mask, sorted, one a line."""
        ids = "\n".join(self.rows["id"].to_numpy()[mask].tolist())
        return hashlib.sha256(ids.encode("utf-8", "surrogatepass")).hexdigest()[:16]

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


def prepare(inp: ReportInput) -> Corpus:
    """Sorts and completes the comments and works out how each one counts.

    The result does not depend on the order of the rows.
    """
    rows = _complete(inp.comments)
    known = rows["published_at"].notna().to_numpy(dtype=bool)
    coarse = known & rows["published_precision"].isin(_COARSE).to_numpy(dtype=bool)
    dated = known & ~coarse
    local = _wall_clock(rows["published_at"], inp.study.zone)
    inside = ~dated | _in_window(local // DAY_MS, inp.study.start, inp.study.end)
    counted = inside & ~rows["copied"].to_numpy(dtype=bool)
    coded = rows["stance"].notna().to_numpy(dtype=bool)
    return Corpus(rows, local, dated, coarse, inside, counted, coded, _texts_of(rows))


def _texts_of(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The number of each comment's text: of its near-duplicates or its exact ones; where neither is known, its own."""
    known = rows["near"].where(rows["near"].notna(), rows["fold"])
    number = pd.factorize(known)[0].astype("int64")
    return np.where(number >= 0, number, len(rows) + np.arange(len(rows)))


def _complete(comments: pd.DataFrame) -> pd.DataFrame:
    """All columns, sorted by id, texts masked; plain strings or None are faster here than pandas' own strings."""
    rows = comments.reindex(columns=list(COMMENT_COLUMNS))
    rows["id"] = rows["id"].astype(str).astype(object)
    rows = rows.sort_values("id", kind="stable", ignore_index=True)
    for name in _TEXTS:
        column = rows[name].astype(object)
        rows[name] = column.where(column.notna() & (column != ""), None)
    rows["text"] = [masked(text) if isinstance(text, str) else text for text in rows["text"].tolist()]
    for name in ("copied", "together"):
        rows[name] = rows[name].eq(True).fillna(value=False)
    rows["place"] = rows["platform"].where(rows["platform"].notna(), rows["source"]).fillna("")
    return rows


def _wall_clock(published_at: pd.Series, zone: ZoneInfo) -> npt.NDArray[np.int64]:
    utc = pd.to_numeric(published_at).fillna(0).to_numpy(dtype="int64").astype("datetime64[ms]")
    naive = pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return naive.to_numpy(dtype="datetime64[ms]").astype("int64")


def _in_window(days: npt.NDArray[np.int64], start: date | None, end: date | None) -> Mask:
    after = days >= day_number(start) if start else np.ones(days.size, dtype=bool)
    before = days <= day_number(end) if end else np.ones(days.size, dtype=bool)
    return np.asarray(after & before, dtype=bool)
