"""The shape of a `study.toml`: its tables and keys, and the nouns they become."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from minyi.unattended_sections import NotifySection, PrivacySection, ScheduleSection
from storage import nouns
from storage.text import clean_line

HAN = re.compile(r"[㐀-鿿]")
YEARS = range(1900, 2200)
MOST_EVENTS = 200  # more can neither be drawn nor read
STUDY_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def _wording(value: object) -> object:
    """A plain string is taken as Chinese where it holds Han characters, as English elsewhere."""
    if isinstance(value, str):
        return {"zh" if HAN.search(value) else "en": value}
    return value


def _line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _day(value: object) -> object:
    """TOML dates, and the same between quotes; a month or a year alone stands for its first day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str) and (found := re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", value.strip())):
        try:
            return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
        except ValueError:
            pass
    if not isinstance(value, date):
        raise ValueError("write a date as 2026-03-09, without quotes")  # noqa: TRY004  pydantic takes ValueError only
    return value


def _in_range(value: date) -> date:
    if value.year not in YEARS:
        raise ValueError(f"write a year from {YEARS.start} to {YEARS.stop - 1}")
    return value


Line = Annotated[str, BeforeValidator(_line)]
Day = Annotated[date, BeforeValidator(_day), AfterValidator(_in_range)]


class Section(BaseModel):
    """A table of the file: closed, so that a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")


class WordingEntry(Section):
    """`{ zh = "…", en = "…" }`."""

    zh: Line = ""
    en: Line = ""

    @model_validator(mode="after")
    def _says_something(self) -> WordingEntry:
        if not self.zh and not self.en:
            raise ValueError('say it in at least one language: { zh = "…", en = "…" }')
        return self

    def noun(self) -> nouns.Wording:
        """The wording as the rooms know it."""
        return nouns.Wording(zh=self.zh, en=self.en)


Entry = Annotated[WordingEntry, BeforeValidator(_wording)]


class StudySection(Section):
    """`[study]`: what is asked, when, and how it is judged."""

    id: str
    time_zone: str = "Asia/Shanghai"
    start: Day | None = None
    end: Day | None = None
    languages: Annotated[list[nouns.Language], Field(min_length=1)] = ["zh", "en"]
    codebook: Literal["1"] = "1"
    coder: str = "embedded"
    illustrative: bool = False

    @field_validator("id")
    @classmethod
    def _plain_id(cls, value: str) -> str:
        if not STUDY_ID.fullmatch(value):
            raise ValueError('use small letters, digits, "-", "_" and "." only, at most 64: "credit-line-2026"')
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError('write an IANA time zone, such as "Asia/Shanghai" or "Europe/London"') from error
        return value

    @model_validator(mode="after")
    def _in_order(self) -> StudySection:
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}: swap them")
        return self


class WordLists(Section):
    """`words = { zh = ["…"], en = ["…"] }`: what people call the change."""

    zh: list[Line] = []
    en: list[Line] = []


class ChangeSection(Section):
    """`[change]`: the act people react to."""

    name: Entry
    statement: Entry
    aliases: list[Line] = []
    words: WordLists = WordLists()
    owner: Entry | None = None


class EventEntry(Section):
    """`[[events]]`: one dated act of the policy side."""

    date: Day
    precision: Literal["day", "month", "year"] | None = None
    kind: nouns.EventKind
    who: Entry | None = None
    title: Entry
    url: Line = ""

    @model_validator(mode="before")
    @classmethod
    def _precision_of_the_date(cls, value: Any) -> Any:  # noqa: ANN401  whatever the file holds
        """A date written as "2026" or "2026-03" says its own precision."""
        if isinstance(value, dict) and isinstance(value.get("date"), str) and "precision" not in value:
            parts = len(value["date"].strip().split("-"))
            if parts < 3:  # noqa: PLR2004  year, month, day
                return {**value, "precision": ("year", "month")[parts - 1]}
        return value

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.lower().startswith(("http://", "https://")):
            raise ValueError("write a web address that starts with https:// or http://, or leave it out")
        return value


class SourceEntry(BaseModel):
    """`[[sources]]`: a name, a collector's kind, and that collector's own options beside them."""

    model_config = ConfigDict(extra="allow")

    name: Line
    kind: Line
    title: Entry | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the collector."""
        return dict(self.__pydantic_extra__ or {})


class GapEntry(Section):
    """`[[gaps]]`: whole days in which nothing could be collected."""

    start: Day
    end: Day
    source: Line | None = None
    reason: Entry | None = None

    @model_validator(mode="after")
    def _in_order(self) -> GapEntry:
        if self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}: swap them")
        return self


class StorageSection(Section):
    """`[storage]`: another database than the one in the study's folder."""

    url: str = ""


class FetchSection(Section):
    """`[fetch]`: how politely to collect, and whom a site's owner may ask.

    Attributes:
        contact: an address or URL for the owners of sites.
        min_interval_s: the pause between two requests to one site, in seconds.
        total_s: the time one answer may take, in seconds, waiting for its turn left out.
        cap_mb: the largest answer taken, in MiB, after inflating.
    """

    contact: str = ""
    min_interval_s: Annotated[float, Field(strict=True, ge=0.5, le=3600)] = 1.0
    total_s: Annotated[float, Field(strict=True, ge=1, le=600)] = 30.0
    cap_mb: Annotated[float, Field(strict=True, ge=1, le=500)] = 10.0


class PublishSection(Section):
    """`[publish]`: when a report may go out.

    Attributes:
        floor: what the coder is to reach on labels that no coder learned from, between 0 and 1.
        measure: of what.
    """

    floor: Annotated[float, Field(strict=True)]
    measure: Literal["macro-F1", "agreement"] = "macro-F1"

    @field_validator("floor")
    @classmethod
    def _share(cls, value: float) -> float:
        if not 0 < value < 1:
            raise ValueError("write a number between 0 and 1, such as 0.55")
        return value


class ReportSection(Section):
    """`[report]`: what reports show.

    Attributes:
        public_quotes: what the public edition does with a quote nobody paraphrased: leave it out, or print it masked.
        least_authors: a request of so many distinct authors is listed, however far down it stands.
    """

    public_quotes: Literal["paraphrased", "masked"] = "paraphrased"
    least_authors: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = 5


class StudyFile(Section):
    """The whole file."""

    study: StudySection
    change: ChangeSection
    events: Annotated[list[EventEntry], Field(max_length=MOST_EVENTS)] = []
    sources: list[SourceEntry] = []
    gaps: list[GapEntry] = []
    platforms: dict[Line, Entry] = {}
    storage: StorageSection = StorageSection()
    fetch: FetchSection = FetchSection()
    publish: PublishSection | None = None
    report: ReportSection = ReportSection()
    schedule: ScheduleSection | None = None
    notify: NotifySection = NotifySection()
    privacy: PrivacySection = PrivacySection()
    paragraph: dict[str, Any] | None = None
    """The language model that connects the headlines, and its options; nlp knows the keys."""
    coder: dict[str, Any] = {}
    """The options of the coder named in `[study]`; its kind knows the keys."""


def as_study(parsed: StudyFile) -> nouns.Study:
    """The nouns of a parsed study file; its events in order of date, named E1, E2 and so on."""
    change = parsed.change
    events = sorted(parsed.events, key=lambda event: event.date)
    return nouns.Study(
        id=parsed.study.id,
        change=nouns.Change(
            name=change.name.noun(),
            statement=change.statement.noun(),
            aliases=tuple(change.aliases),
            words_zh=tuple(change.words.zh),
            words_en=tuple(change.words.en),
            owner=_noun(change.owner),
        ),
        time_zone=parsed.study.time_zone,
        start=parsed.study.start,
        end=parsed.study.end,
        report_languages=tuple(dict.fromkeys(parsed.study.languages)),
        events=tuple(_event(number, event) for number, event in enumerate(events, start=1)),
        sources=tuple(
            nouns.SourceSpec(name=source.name, kind=source.kind, title=_noun(source.title), options=source.options)
            for source in parsed.sources
        ),
        gaps=tuple(
            nouns.Gap(start=gap.start, end=gap.end, source=gap.source, reason=_noun(gap.reason)) for gap in parsed.gaps
        ),
        platforms={name: wording.noun() for name, wording in parsed.platforms.items()},
        illustrative=parsed.study.illustrative,
        codebook=parsed.study.codebook,
        coder=parsed.study.coder,
        coder_options=parsed.coder,
        least_authors=parsed.report.least_authors,
    )


def _noun(entry: WordingEntry | None) -> nouns.Wording:
    return entry.noun() if entry else nouns.Wording()


def _event(number: int, event: EventEntry) -> nouns.PolicyEvent:
    return nouns.PolicyEvent(
        id=f"E{number}",
        date=event.date,
        precision=event.precision or "day",
        kind=event.kind,
        who=_noun(event.who),
        title=event.title.noun(),
        url=event.url,
    )
