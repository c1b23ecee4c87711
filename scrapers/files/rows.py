"""A row of a file becomes a comment, or a reject with its reason."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import blake2b
from html import unescape
from typing import TYPE_CHECKING, Any

from scrapers.columns import MIDNIGHT, parse_count
from scrapers.pages.fragments import text_of
from scrapers.times import Moment, latest_ms, parse_time
from storage.nouns import CommentRow, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from scrapers.files.delimited import Row
    from scrapers.files.guess import Guess
    from scrapers.files.options import FileOptions
    from scrapers.files.presets import Layout

TEXT_LIMIT = 1_000_000
# Elements that posts and comments are written with: "<3" and "a<b" are none.
TAG = re.compile(r"<(?:br|a|img|span|p|div|b|i|em|strong|font)\b[^<>]*>", re.IGNORECASE)
FIELD_LIMIT = 2_000
_WHOLE_FLOAT = re.compile(r"(\d+)\.0+", re.ASCII)
_ROUNDED_ID = re.compile(r"\d\.\d+[eE]\+\d+", re.ASCII)
_NO_PARENT = {"", "0", "-1", "null", "none", "nan"}
_REMEMBERED_TIMES = 50_000
_EXACT = 2**53
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)\w*\W", re.IGNORECASE)


class CommentMaker:
    """Makes comments of the rows of one file.

    Attributes:
        warnings: what was odd about rows that were kept, counted by reason.
        guessed: rows whose time says too little by itself ("昨天", "06月17日") and was counted from a guessed day.
        zone: where times without a zone were written.
        reference: the moment that such times count from.
    """

    def __init__(
        self,
        name: str,
        guess: Guess,
        options: FileOptions,
        layout: Layout,
        *,
        zone: ZoneInfo,
        reference: datetime,
        latest: datetime,
        day_first: bool | None,
    ) -> None:
        self.warnings: Counter[str] = Counter()
        self.guessed = 0
        self._name = name
        self._html = guess.html
        self._title = getter(layout.title) if layout.title else None
        self._clock = getter(guess.clock) if guess.clock else None
        self._kind = options.holds or layout.kind
        self._platform_said = options.platform or layout.platform or None
        self._own_platform = "source" in options.columns or not options.platform
        self.zone, self.reference, self._day_first = zone, reference, day_first
        self._sure = options.saved is not None
        self._leaning: set[object] = set()  # times that count from the reference
        self._latest = latest_ms(latest)
        self._times: dict[object, Moment | None] = {}
        self._known: dict[int, int] = {}
        self._copies: Counter[bytes] = Counter()
        self.use(guess.columns)

    def use(self, columns: Mapping[str, str]) -> None:
        """Read these columns from now on (meaning → column)."""
        self.columns = dict(columns)
        self._get = {meaning: getter(column) for meaning, column in columns.items()}
        self._text = self._get["text"]
        self._platform = self._get.get("source") if self._own_platform else None

    def make(self, row: Row) -> CommentRow | Reject:
        """The comment in this row."""
        cells = row.cells
        text = self._said(cells)
        if not text.strip():
            return Reject(f"{self._name} row {row.number}", "empty text")
        if len(text) > TEXT_LIMIT:
            return Reject(f"{self._name} row {row.number}", "cell too large", text[:200])
        raw_time = self._when(cells)
        author = self._field("author", cells)
        ext_id = self._id(cells) or self._content_id(text, raw_time, author)
        if self._known.setdefault(hash(ext_id), hash(text)) != hash(text):
            remedy = 'if these are no ids: --column id= or columns = { id = "" }'
            reason = f"another text has the same id {ext_id[:60]} ({remedy})"
            return Reject(f"{self._name} row {row.number}", reason, text[:200])
        moment = self._moment(cells, raw_time)
        return {
            "ext_id": ext_id,
            "text": text,
            "kind": self._kind or ("post" if cells.get("kind") == "post" else "comment"),
            "author": author or None,
            "published_at": moment.ms if moment else None,
            "published_raw": raw_time or None,
            "published_precision": moment.precision if moment else None,
            "likes": self._likes(cells),
            "url": self._field("url", cells) or None,
            "parent_id": self._parent(cells, ext_id),
            "platform": (tidy(self._platform(cells)) if self._platform else "") or self._platform_said,
        }

    def _said(self, cells: Mapping[str, object]) -> str:
        """The row's text, without the tags of an export that keeps HTML; its title where it has no text."""
        text = plain(self._text(cells))
        if self._title and not text.strip():
            text = plain(self._title(cells))
        if not self._html or len(text) > TEXT_LIMIT:
            return text
        return text_of(text) if TAG.search(text) else unescape(text)

    def _when(self, cells: Mapping[str, object]) -> str:
        """The row's time as it is written, joined where day and clock time stand apart."""
        raw = self._field("time", cells)
        clock = tidy(self._clock(cells)) if self._clock and raw else ""
        return f"{raw.removesuffix(MIDNIGHT)} {clock}" if clock else raw

    def _field(self, meaning: str, cells: Mapping[str, object]) -> str:
        get = self._get.get(meaning)
        return tidy(get(cells)) if get else ""

    def _id(self, cells: Mapping[str, object]) -> str:
        if (get := self._get.get("id")) is None:
            return ""
        value = get(cells)
        ext_id = whole(tidy(value))
        if ("+" in ext_id and _ROUNDED_ID.fullmatch(ext_id)) or (isinstance(value, float) and abs(value) >= _EXACT):
            self.warnings["the id was rounded by a spreadsheet and is not used"] += 1
            return ""
        return ext_id

    def _content_id(self, text: str, raw_time: str, author: str) -> str:
        """The same for the same row in the same file again; a second copy of a row counts on."""
        said = f"{text}\x1f{raw_time}\x1f{author}".encode("utf-8", "surrogatepass")
        digest = blake2b(said, digest_size=12).digest()
        self._copies[digest] += 1
        copy = self._copies[digest]
        return f"content-{digest.hex()}" + (f"-{copy}" if copy > 1 else "")

    def _moment(self, cells: Mapping[str, object], raw: str) -> Moment | None:
        """The row's time; one that is not understood or lies in the future is unknown, and counted."""
        if not raw:
            return None
        value = raw if self._clock else self._get["time"](cells)
        key = value if isinstance(value, int | float) and not isinstance(value, bool) else raw
        if key not in self._times:
            if len(self._times) >= _REMEMBERED_TIMES:
                self._times.clear()
                self._leaning.clear()
            self._times[key] = parse_time(key, zone=self.zone, reference=self.reference, day_first=self._day_first)
            if not self._sure and isinstance(key, str) and self._leans(key):
                self._leaning.add(key)
        moment = self._times[key]
        if moment is None:
            self.warnings["the time was not understood"] += 1
        elif moment.ms > self._latest:
            self.warnings["the time lies in the future"] += 1
            return None
        self.guessed += moment is not None and key in self._leaning
        return moment

    def _leans(self, raw: str) -> bool:
        """Whether a time is none without a reference; a weekday beside the date tells the year well enough."""
        if raw[:4].isdecimal() or _WEEKDAY.match(raw):
            return False
        return parse_time(raw, zone=self.zone, day_first=self._day_first) is None

    def _likes(self, cells: Mapping[str, object]) -> int | None:
        get = self._get.get("likes")
        return parse_count(get(cells)) if get else None

    def _parent(self, cells: Mapping[str, object], ext_id: str) -> str | None:
        parent = whole(self._field("parent", cells)) if "parent" in self._get else ""
        return None if parent.lower() in _NO_PARENT or parent == ext_id else parent


def getter(column: str) -> Callable[[Mapping[str, Any]], object]:
    """Reads a column from a row; a dotted name also reaches into nested objects."""
    parts = column.split(".")

    def nested(cells: Mapping[str, Any]) -> object:
        if column in cells:
            return cells[column]
        value: Any = cells
        for part in parts:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    return nested if len(parts) > 1 else lambda cells: cells.get(column)


def plain(value: object) -> str:
    """A cell as text: nothing and nested values are empty, whole numbers have no `.0`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    return str(value) if isinstance(value, int) else ""


def tidy(value: object) -> str:
    """A short field: trimmed, of bounded length, and writable as UTF-8."""
    text = (value if isinstance(value, str) else plain(value)).strip()
    if text.isascii() and len(text) <= FIELD_LIMIT:
        return text
    return text[:FIELD_LIMIT].encode("utf-8", "replace").decode("utf-8")


def whole(ext_id: str) -> str:
    """An id that a spreadsheet made a fraction (`123.0`) as it was."""
    found = _WHOLE_FLOAT.fullmatch(ext_id) if ".0" in ext_id else None
    return found[1] if found else ext_id
