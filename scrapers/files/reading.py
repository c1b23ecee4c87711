"""Reading one data file: what it is, what its columns mean, and its rows page by page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from scrapers.columns import MEANINGS, columns_of_days, guess_columns, split_time
from scrapers.files.delimited import MOST_COLUMNS
from scrapers.files.jsons import NOTHING_AFTER
from scrapers.files.options import FileError
from scrapers.files.presets import Layout, layout_of
from scrapers.files.rows import TAG, CommentMaker, getter, plain, tidy
from scrapers.times import date_order
from storage.nouns import Page, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from scrapers.files.delimited import Row
    from scrapers.files.guess import Guess
    from scrapers.files.options import FileOptions
    from storage.nouns import CommentRow

PAGE_ROWS = 5_000
PAGE_CHARACTERS = 8_000_000
"""Characters of text that are held at once, in a page or while columns are guessed; one more row may go beyond."""
_PAGE_REJECTS = 1_000
_SAMPLED_ROWS = 200
_MOST_WAITING = 20_000
_DEEPEST = 3
_LONGEST_NAME = 60
_TAGGED = 20


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one file as its format gives them.

    Attributes:
        name: the file's name.
        items: rows and rejects, in order.
        header: the column names, or None where each row names its own (JSON).
        trouble: asked after the last item: why the data ended too early, or "".
        remarks: asked at any time: what was odd about the text so far, counted by reason.
    """

    name: str
    items: Iterable[Row | Reject]
    header: list[str] | None
    trouble: Callable[[], str]
    remarks: Callable[[], dict[str, int]]


class Reading:
    """One file being read, once.

    Attributes:
        guess: what the file is and what its columns mean.
        accepted: rows that became comments.
        filtered: rows that `where` left out.
        broken_off: why the file could not be read to its end, once that is known; "" where it could.
        rejected: rejects given so far (a stretch of rows lost to one unclosed quote is one).
    """

    def __init__(
        self,
        rows: Rows,
        guess: Guess,
        options: FileOptions,
        *,
        zone: ZoneInfo,
        reference: datetime,
        written: datetime | None = None,
    ) -> None:
        self.guess = guess
        self.accepted = self.filtered = self.rejected = 0
        self.broken_off = ""
        self._days: list[str] = []
        self._rows, self._options = rows, options
        self._aside: list[Row] = []
        self._other: dict[str, None] = {}
        if rows.header is not None:
            guess.seen = tuple(rows.header)
            self._check_filter()
        self._passing = self._passed()
        self._waiting = self._look_ahead()
        samples = self._samples()
        self._check_filter()
        self._check_passed()
        layout = self._laid_out()
        self._settled = {**layout.columns, **options.columns}
        guess.columns = self._decided(samples)
        if "time" in guess.columns:
            guess.columns["time"], guess.clock = split_time(samples, guess.columns["time"])
        guess.html = layout.html or _marked_up(samples[guess.columns["text"]])
        guess.samples = {name: next(iter(samples[column]), "")[:80] for name, column in guess.columns.items()}
        order = date_order(samples.get(guess.columns.get("time", ""), []))
        self._maker = CommentMaker(
            rows.name,
            guess,
            options,
            layout,
            zone=ZoneInfo(layout.zone) if layout.zone else zone,
            reference=_aware(options.saved, zone) or min(written or reference, reference),
            latest=reference,
            day_first=order,
        )
        self._keys = None if rows.header is not None else frozenset(key.partition(".")[0] for key in guess.seen)

    @property
    def rows(self) -> int:
        """Rows seen so far: accepted, filtered and rejected ones."""
        return self.accepted + self.filtered + self.rejected

    @property
    def warnings(self) -> Counter[str]:
        """What was odd about rows that were kept, counted by reason."""
        return self._maker.warnings + Counter(self._rows.remarks())

    @property
    def notes(self) -> list[str]:
        """What a person should know about the times of the file as a whole, once its rows are read."""
        notes = []
        if "time" not in {*self.guess.columns, *self._options.columns}:
            others = f"; these look like days: {_listed(self._days)}" if self._days else ""
            notes.append(f"no column was taken as the time, so no row has a date{others}")
        if self._maker.guessed:
            since = f"{self._maker.reference.astimezone(self._maker.zone):%Y-%m-%d}"
            notes.append(
                f"{self._maker.guessed:,} times are relative or have no year, and were counted from {since}, "
                "which is a guess: say when the file was saved"
            )
        return notes

    def pages(self) -> Iterator[Page]:
        """The file's comments and rejects in pages of about 5,000 rows, fewer where they are long; once."""
        comments: list[CommentRow] = []
        rejects: list[Reject] = []
        written = 0
        for item in chain(self._waiting, self._passing, self._ending()):
            made = item if isinstance(item, Reject) else self._made(item)
            if isinstance(made, Reject) and made.reason.endswith(NOTHING_AFTER):
                self.broken_off = made.reason
            if isinstance(made, Reject):
                rejects.append(made)
                self.rejected += 1
            else:
                comments.append(made)
                written += len(made["text"])
                self.accepted += 1
            if len(comments) == PAGE_ROWS or len(rejects) == _PAGE_REJECTS or written > PAGE_CHARACTERS:
                yield Page(comments=comments, rejects=tuple(rejects))
                comments, rejects, written = [], [], 0
        if comments or rejects:
            yield Page(comments=comments, rejects=tuple(rejects))

    def _ending(self) -> Iterator[Reject]:
        if trouble := self._rows.trouble():
            self.broken_off = trouble
            yield Reject(f"{self._rows.name} end", trouble)

    def _made(self, row: Row) -> CommentRow | Reject:
        if self._keys is not None and not row.cells.keys() <= self._keys:
            self._learn(row)
        return self._maker.make(row)

    def _learn(self, row: Row) -> None:
        """A later JSON row may hold a column that the first ones had not."""
        known = (self._keys or frozenset()) | row.cells.keys()
        self._keys = known if len(known) <= MOST_COLUMNS else None
        fresh = {column: [value] for column, value in flat(row.cells) if value and column not in self.guess.seen}
        settled = dict.fromkeys({**self.guess.columns, **self._settled}, "")
        for meaning, column in guess_columns(fresh, settled).items():
            self.guess.columns[meaning] = column
            self.guess.samples[meaning] = fresh[column][0][:80]
        self.guess.seen += tuple(fresh)
        self._maker.use(self.guess.columns)

    def _passed(self) -> Iterator[Row | Reject]:
        """Rejects, and the rows that the filter lets through; the others are counted."""
        wanted = [
            (getter(column), {values} if isinstance(values, str) else set(values))
            for column, values in self._options.where.items()
        ]
        beside = 0
        for item in self._rows.items:
            if isinstance(item, Reject) or all(plain(get(item.cells)).strip() in values for get, values in wanted):
                yield item
            else:
                self.filtered += 1
                if len(self._aside) < _SAMPLED_ROWS and beside < PAGE_CHARACTERS:
                    self._aside.append(item)
                    beside += _written(item.cells)
                if len(self._other) < _SAMPLED_ROWS:
                    self._other.update(dict.fromkeys(plain(get(item.cells)).strip() for get, _ in wanted))

    def _look_ahead(self) -> list[Row | Reject]:
        """The first rows that pass, to guess from; they are read again from here."""
        waiting: list[Row | Reject] = []
        found = written = 0
        for item in self._passing:
            waiting.append(item)
            found += not isinstance(item, Reject)
            written += 0 if isinstance(item, Reject) else _written(item.cells)
            if found == _SAMPLED_ROWS or len(waiting) == _MOST_WAITING or written > PAGE_CHARACTERS:
                break
        if not found and not self._aside:
            self._give_up(waiting)
        return waiting

    def _give_up(self, waiting: list[Row | Reject]) -> None:
        where, trouble = self._rows.name, self._rows.trouble()
        if waiting and isinstance(first := waiting[0], Reject):
            raise FileError(f"No row could be read; the first problem: {first.reason}.", where=first.where)
        if trouble:
            raise FileError(f"Nothing could be read: {trouble}.", where=where, remedy="Get the file again.")
        if self._rows.header:
            seen = _listed(self._rows.header)
            raise FileError(f"The file has a header ({seen}) and no rows.", where=where, remedy="Export it again.")
        raise FileError("The file is empty.", where=where, remedy="Export it again.")

    def _samples(self) -> dict[str, list[str]]:
        """Column → values of the first rows, empty ones left out."""
        rows = [item for item in self._waiting if not isinstance(item, Reject)] or self._aside
        samples: dict[str, list[str]] = {column: [] for column in self._rows.header or ()}
        for row in rows:
            for column, value in flat(row.cells):
                if column in samples or len(samples) < MOST_COLUMNS:
                    samples.setdefault(column, []).extend([value] if value else [])
        others = (column for row in self._aside for column, _ in flat(row.cells))
        self.guess.seen = tuple(dict.fromkeys(chain(samples, others)))
        return samples

    def _check_filter(self) -> None:
        for column in self._options.where:
            if column not in self.guess.seen:
                raise self._no_column(f"There is no column “{column}” to filter by.", column)

    def _check_passed(self) -> None:
        """A filter that nothing passes is a slip of the pen; the values there are help to find it."""
        if self.filtered and not any(not isinstance(item, Reject) for item in self._waiting):
            asked = " and ".join(f"{column} = {values}" for column, values in self._options.where.items())
            wanted = "".join(value for value in self._options.where.values() if isinstance(value, str))
            remedy = f"{_nearest(wanted, self._other)}Values seen: {_listed(list(self._other))}."
            raise FileError(f"No row has {asked}.", where=self._rows.name, remedy=remedy)

    def _laid_out(self) -> Layout:
        """The layout of the preset that a person names, or that the page or the columns show."""
        shown = None if self.guess.preset == "generic" else self.guess.preset
        names = f"{self._rows.name} {self.guess.table}"
        layout = layout_of(self.guess.seen, names, shown or self._options.preset)
        if layout is None:
            raise self._no_column(f"This is no export of {self._options.preset}.", "")
        self.guess.preset, self.guess.platform = layout.preset, layout.platform
        return layout

    def _decided(self, samples: dict[str, list[str]]) -> dict[str, str]:
        """Meaning → column: what the options say, and guesses for the rest.

        Raises:
            FileError: the options name an unknown meaning or column, or no column holds text.
        """
        for meaning, column in self._options.columns.items():
            if meaning not in MEANINGS:
                raise FileError(
                    f"“{meaning}” is not a meaning a column can have.",
                    where=self._rows.name,
                    remedy=f"Use one of: {', '.join(MEANINGS)}.",
                )
            if column and column not in self.guess.seen:
                raise self._no_column(f"There is no column “{column}” for {meaning}.", column)
        for column in self._settled.values():
            samples.setdefault(column, [])
        columns = guess_columns(samples, self._settled)
        if "text" not in columns:
            raise self._no_column("No column looks like the text of comments.", "")
        if "time" not in {*columns, *self._settled}:
            taken = set(columns.values())
            free = {column: values for column, values in samples.items() if column not in taken}
            self._days, self.guess.by_values = columns_of_days(free)
            columns |= {"time": self._days[0]} if self.guess.by_values else {}
        return columns

    def _no_column(self, what: str, column: str) -> FileError:
        seen = _listed(self.guess.seen)
        name_it = 'Name the one that holds the text: --column text=… (in the study file: columns = { text = "…" }).'
        first = (
            "The first row must name the columns. "
            if any(len(name) > _LONGEST_NAME for name in self.guess.seen)
            else ""
        )
        remedy = f"{_nearest(column, self.guess.seen)}{first}Its columns are: {seen}." + (
            "" if column else f" {name_it}"
        )
        return FileError(what, where=self._rows.name, remedy=remedy)


def _marked_up(texts: Sequence[str]) -> bool:
    """Whether values show that a text column holds HTML: one of twenty has a tag."""
    return sum(TAG.search(text) is not None for text in texts) * _TAGGED > len(texts)


def _written(cells: Mapping[str, object]) -> int:
    """Characters of a row's texts, those of nested values too."""
    found, waiting = 0, [*cells.values()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found += len(value)
        elif isinstance(value, dict | list):
            waiting.extend(value.values() if isinstance(value, dict) else value)
    return found


def _aware(when: datetime | None, zone: ZoneInfo) -> datetime | None:
    return when.replace(tzinfo=zone) if when and when.tzinfo is None else when


def _nearest(wanted: str, seen: Iterable[str]) -> str:
    near = get_close_matches(wanted, list(seen), n=1)
    return f"Did you mean “{near[0]}”? " if near else ""


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(name[:_LONGEST_NAME] for name in columns[:40]) + (" …" if len(columns) > 40 else "")  # noqa: PLR2004


def flat(cells: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Columns and values as text, objects inside objects under dotted names; lists are passed over."""
    return islice(_flat(cells, "", 0), MOST_COLUMNS)


def _flat(cells: Mapping[str, object], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, value in cells.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flat(value, f"{prefix}{key}.", depth + 1)
        elif not isinstance(value, list | dict):
            yield prefix + key, tidy(value)
