"""The nouns every room speaks: what a study asks, and what was said about it.

Study, Change, PolicyEvent, SourceSpec and Gap come from a `study.toml`; Article and CommentRow come from collectors.
Comments travel in batches of plain rows (a typed dict each), because a million of them do.
Times are UTC, as integer milliseconds since 1970, with the raw text and its precision beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import NotRequired, TypedDict  # noqa: UP035  pydantic needs this one before Python 3.12


class Stance(StrEnum):
    """What a comment says towards the named change; the codebook defines the four."""

    SUPPORT = "support"
    CONCERN = "concern"
    SUGGESTION = "suggestion"
    NEUTRAL = "neutral"


STANCES: tuple[Stance, ...] = tuple(Stance)
CODEBOOK_VERSION = "1"

Language = Literal["zh", "en"]
Precision = Literal["second", "minute", "hour", "day", "month", "year"]
EventKind = Literal["announced", "effective", "clarified", "reversed", "regulator", "media"]
CommentKind = Literal["comment", "post", "review", "message", "quote"]
SpeakerClass = Literal["public", "named", "official", "unknown"]


class Noun(BaseModel):
    """Immutable, and closed: a field nobody declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(Noun):
    """The same words in Chinese, English, or both."""

    zh: str = ""
    en: str = ""

    def in_language(self, language: Language) -> str:
        """The wording in this language, or in the other one where this one is missing."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


class Change(Noun):
    """The act people react to, stated once, and the words by which they call it."""

    name: Wording
    statement: Wording
    aliases: tuple[str, ...] = ()
    words_zh: tuple[str, ...] = ()
    words_en: tuple[str, ...] = ()
    owner: Wording = Wording()

    @property
    def target(self) -> str:
        """The act in one line, as coders and annotations name it."""
        return self.statement.zh or self.statement.en

    @property
    def words(self) -> tuple[str, ...]:
        """Every word for the change, in both languages: aliases first."""
        return (*self.aliases, *self.words_zh, *self.words_en)


class PolicyEvent(Noun):
    """A dated act on the policy side.

    `date` is the first day of the period when the precision is month or year.
    """

    id: str
    date: date
    precision: Literal["day", "month", "year"] = "day"
    kind: EventKind
    who: Wording = Wording()
    title: Wording
    url: str = ""


class SourceSpec(Noun):
    """One place text comes from: a collector's name and its options."""

    name: str
    kind: str
    title: Wording = Wording()
    options: dict[str, Any] = Field(default_factory=dict)


class Gap(Noun):
    """An interval (whole days, both ends included) in which a source, or all of them, could not be collected."""

    start: date
    end: date
    source: str | None = None
    reason: Wording = Wording()


class Study(Noun):
    """One question: the change, its policy timeline, where to look, and how to judge."""

    id: str
    change: Change
    time_zone: str = "Asia/Shanghai"
    start: date | None = None
    end: date | None = None
    report_languages: tuple[Language, ...] = ("zh", "en")
    events: tuple[PolicyEvent, ...] = ()
    sources: tuple[SourceSpec, ...] = ()
    gaps: tuple[Gap, ...] = ()
    platforms: dict[str, Wording] = Field(default_factory=dict)
    illustrative: bool = False
    codebook: str = CODEBOOK_VERSION
    coder: str = "embedded"
    coder_options: dict[str, Any] = Field(default_factory=dict)
    least_authors: int = 5
    """An ask of so many distinct authors is listed in reports, however far down it stands."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin."""
        return ZoneInfo(self.time_zone)

    @property
    def window_ms(self) -> tuple[int | None, int | None]:
        """The study's window in UTC milliseconds: its first, and the first after it; None where it is open."""
        after = None if self.end is None or self.end == date.max else self.end + timedelta(days=1)
        return self._day_begins(self.start), self._day_begins(after)

    def _day_begins(self, day: date | None) -> int | None:
        return None if day is None else round(datetime.combine(day, time.min, self.zone).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Capture:
    """Bytes as they came, so that every parse can be done again without a network."""

    url: str
    final_url: str
    status: int
    headers: dict[str, str]
    body: bytes
    fetched_at: int
    complete: bool = True


class Article(Noun):
    """A page or notice about the change."""

    id: str
    url: str = ""
    title: str = ""
    text: str
    site: str = ""
    lang: str = ""
    published_at: int | None = None
    published_raw: str = ""
    published_precision: Precision | None = None
    extractor: str = ""


class CommentRow(TypedDict):
    """One comment as a collector gives it. Only `ext_id` (unique within its source) and `text` are required.

    `author` is the raw id or name: the store keeps only its keyed hash. Unknown counts are None, never 0. `evidence` is
    the clause that reports a quote. `lang` and `fold` (a hash of the folded text: equal for exact duplicates) are
    filled in by nlp on the way to the store; `flags` are the TextFlag bits of what the text door has taken away so far.
    """

    ext_id: str
    text: str
    kind: NotRequired[CommentKind]
    author: NotRequired[str | None]
    published_at: NotRequired[int | None]
    published_raw: NotRequired[str | None]
    published_precision: NotRequired[Precision | None]
    likes: NotRequired[int | None]
    url: NotRequired[str | None]
    parent_id: NotRequired[str | None]
    platform: NotRequired[str | None]
    article_id: NotRequired[str | None]
    span_start: NotRequired[int | None]
    span_end: NotRequired[int | None]
    direct: NotRequired[bool | None]
    evidence: NotRequired[str | None]
    lang: NotRequired[str | None]
    fold: NotRequired[int | None]
    flags: NotRequired[int]


@dataclass(frozen=True, slots=True)
class Reject:
    """An item that could not be used, with where it stood and why."""

    where: str
    reason: str
    sample: str = ""


class Act(Noun):
    """A dated act of the policy side as a source or a text states it; a person decides whether it joins the timeline.

    `sentence` is the passage that states it, word for word; `kind` is None where the words leave it open.
    """

    date: date
    precision: Literal["day", "month", "year"] = "day"
    kind: EventKind | None = None
    title: str = ""
    sentence: str
    who: str = ""
    url: str = ""
    article_id: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What one response or one stretch of a file held.

    Attributes:
        articles: pages, notices, threads.
        comments: what people said.
        rejects: items that could not be used.
        acts: dated acts the source itself states, field by field.
        gone: `ext_id`s of comments that the platform says were deleted: the store forgets them.
        gone_articles: the same for articles; comments on them stay.
        declared_total: how many comments the platform says the source has; None if it does not say.
        declared: the same by article id, for those it says.
    """

    articles: tuple[Article, ...] = ()
    comments: list[CommentRow] = field(default_factory=list)
    rejects: tuple[Reject, ...] = ()
    acts: tuple[Act, ...] = ()
    gone: tuple[str, ...] = ()
    gone_articles: tuple[str, ...] = ()
    declared_total: int | None = None
    declared: dict[str, int] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """How many things stood on it, usable or not."""
        kinds = (self.articles, self.comments, self.rejects, self.acts, self.gone, self.gone_articles)
        return sum(map(len, kinds))
