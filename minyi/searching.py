"""Finding comments by their words, and showing them with the words marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from minyi.frames import rows
from reports.masking import MASK, masked, private_spans
from storage.errors import UsageError
from storage.nouns import STANCES
from storage.records import Coding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.nouns import Study
    from storage.search.searching import Among

MARKS = ("«", "»")
EXCERPT = 200  # characters of a long comment that are shown, from a little before the first word found
BEFORE = 40
_NO_QUOTES = str.maketrans(dict.fromkeys('"“”„‟＂「」『』«»', " "))  # a mark inside a word would end it
# A time that is only known to the day, month or year is shown as that.
_SHOWN = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found.

    Attributes:
        query: as it was asked.
        annotator: whose stances these are; "" where nobody has said one.
        counts: comments by stance, None for those without one.
        comments: the newest, each a row as `storage.search.searching.Search` gives it.
    """

    query: str
    annotator: str
    counts: dict[str | None, int]
    comments: list[dict[str, Any]]

    @property
    def total(self) -> int:
        """Comments in all."""
        return sum(self.counts.values())


def search(workspace: Workspace, query: str, among: Among, limit: int) -> Found:
    """The newest comments that hold what a query names, and how many there are by stance.

    Stances are those that the study's coder gave last. It is not loaded: neither a model nor an adaptation is needed.

    Raises:
        UsageError: the query, the source or the stance cannot be meant.
    """
    study, store = workspace.study, workspace.store
    _check(among.get("stance"), list(map(str, STANCES)), "stance")
    if among.get("source") is not None:
        _check(among.get("source"), [row["source"] for row in store.source_counts(study.id)], "source")
    annotator = _last_annotator(workspace)
    reader = Coding(study.id, study.change.target, annotator, study.codebook)
    counts = store.search.counts(study.id, query, reader=reader, **among)
    comments = store.search(study.id, query, limit=limit, reader=reader, **among)
    return Found(query, annotator, counts, rows(comments))


def _last_annotator(workspace: Workspace) -> str:
    """The newest version that judged of the study's coder, else of any; "" where none did."""
    study = workspace.study
    judged = workspace.store.classifiers(study.id, study.change.target, study.codebook)
    own = [annotator for annotator in judged if annotator.startswith(f"{study.coder}@")]
    return (own or judged or [""])[-1]


def _check(given: str | None, known: Sequence[str], what: str) -> None:
    if given is not None and given not in known:
        raise UsageError(
            f"--{what}: there is no {what} {given!r}", remedy=f"there are: {', '.join(known) or 'none yet'}"
        )


def query_of(words: Sequence[str], without: Sequence[str]) -> str:
    """The query of a command line: its arguments side by side, so that one of them may be a whole query."""
    return " ".join([*words, *(f'-"{word.translate(_NO_QUOTES)}"' for word in without)])


def among(study: Study, *, source: str, stance: str, since: str, until: str) -> Among:
    """Options of the command line; a day begins and ends by the study's clock, and `until` is the last day.

    Raises:
        UsageError: what should be a day is none.
    """
    first, last = _day(since, "--since"), _day(until, "--until")
    if first and last and last < first:
        raise UsageError(f"--until {last} lies before --since {first}", remedy="swap them")
    return {
        "source": source or None,
        "stance": stance or None,
        "since": _begins(study, first),
        "until": _begins(study, last and last + timedelta(days=1)),
    }


def _day(value: str, option: str) -> date | None:
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = date.max
    if not date.min < day < date.max:
        raise UsageError(f"{option} {value!r} is no day", remedy=f"write {option} 2026-03-09")
    return day


def _begins(study: Study, day: date | None) -> int | None:
    return None if day is None else round(datetime.combine(day, time(), study.zone).timestamp() * 1000)


def show_found(found: Found, study: Study, console: Console) -> None:
    """The numbers, then the newest comments with what was found between marks."""
    shares = [f"{name} {found.counts[name]:,}" for name in map(str, STANCES) if name in found.counts]
    if None in found.counts:
        shares.append(f"without a stance {found.counts[None]:,}")
    hold = "1 comment holds" if found.total == 1 else f"{found.total:,} comments hold"
    said_by = f" (by {found.annotator})" if any(found.counts.keys() - {None}) else ""
    console.say(f"{hold} {found.query}{': ' * bool(shares)}{', '.join(shares)}{said_by}.")
    for comment in found.comments:
        facts = (comment["id"], _time(study, comment), comment["source"], comment["stance"] or "")
        console.say("\n" + "  ".join(filter(None, facts)))
        console.passage(excerpt(*_without_private(comment["text"], comment["spans"])), indent=2)
    if len(found.comments) < found.total:
        newest = "The newest is" if len(found.comments) == 1 else f"The newest {len(found.comments):,} are"
        console.say(f"\n{newest} shown; --limit shows more.")
    for comment in found.comments:
        console.event("comment", **comment | {"published_at": _iso(study, comment["published_at"])})
    stances = {name or "none": n for name, n in found.counts.items()}
    console.event(
        "done", query=found.query, total=found.total, stances=stances, shown=len(found.comments), by=found.annotator
    )


def excerpt(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A comment on one line with its spans between marks; of a long one, what lies around the first of them."""
    start = max(0, spans[0][0] - BEFORE) if len(text) > EXCERPT and spans else 0
    end = max(start + EXCERPT, spans[0][1]) if spans else EXCERPT
    parts, at = ["…" * (start > 0)], start
    for low, high in spans:
        if high <= end:
            parts += [text[at:low], MARKS[0], text[low:high], MARKS[1]]
            at = high
    return " ".join("".join([*parts, text[at:end], "…" * (end < len(text))]).split())


def _without_private(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The text with what leads to a person masked, and the spans where they are now; those that are masked are none."""
    hidden = list(private_spans(text))
    moved = [
        (low - shift, high - shift)
        for low, high in spans
        if not any(start < high and low < stop for start, stop in hidden)
        for shift in [sum(stop - start - len(MASK) for start, stop in hidden if stop <= low)]
    ]
    return masked(text), moved


def _time(study: Study, comment: dict[str, Any]) -> str:
    if comment["published_at"] is None:
        return "without a time"
    return _local(study, comment["published_at"]).strftime(_SHOWN.get(comment["published_precision"], "%Y-%m-%d %H:%M"))


def _iso(study: Study, ms: int | None) -> str | None:
    return None if ms is None else _local(study, ms).isoformat(timespec="seconds")


def _local(study: Study, ms: int) -> datetime:
    there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    try:
        return there.astimezone(study.zone)
    except OverflowError:  # the first and the last day that there is
        return there
