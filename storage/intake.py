"""From what a collector gives to what a row holds: cleaned, validated, pseudonymised. What fails becomes a Reject."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter, ValidationError

from storage.nouns import Article, CommentRow, Reject
from storage.text import TEXT_LIMIT, TextFlag, clean, clean_line, clean_many, is_blank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.pseudonyms import Pseudonyms

Row = dict[str, Any]

ARTICLE_LIMIT = 200_000
URL_LIMIT = 8_000
ID_LIMIT = 400
SAMPLE_LIMIT = 200
# Code points each field may hold; the author is cleaned where it becomes a pseudonym.
_LIMITS = {
    "text": TEXT_LIMIT,
    "evidence": 2_000,
    "url": URL_LIMIT,
    "published_raw": 200,
    "platform": 200,
    "lang": 35,
}
_IDS = ("ext_id", "parent_id", "article_id")
# Every column a comment may leave open; what is unknown is NULL.
_BLANK: Row = dict.fromkeys(
    (
        *("platform", "lang", "published_at", "published_raw", "published_precision", "likes", "url", "parent_id"),
        *("article_id", "span_start", "span_end", "direct", "evidence", "fold"),
    )
)
_INT64 = range(-(2**63), 2**63)
_CALENDAR = range(-62_135_596_800_000, 253_402_300_800_000)  # the years 1 to 9999, in milliseconds
_PUBLIC_ID_BYTES = 7  # 56 bits: in 140,000 studies of a million comments, two comments collide once
_rows = TypeAdapter(list[CommentRow])


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page's rows belong."""

    study: str
    source: str
    run: int
    capture: int | None


def comment_rows(
    comments: Sequence[CommentRow], origin: Origin, pseudonyms: Pseudonyms
) -> tuple[list[Row], list[Reject]]:
    """Rows for the comment table, and a Reject for each comment that cannot be one."""
    cleaned, rejects = _cleaned(comments)
    valid, faults = _validated(cleaned)
    rows = []
    for place, row in valid:
        fault = _fault(row)
        if fault:
            faults[place] = fault
        else:
            rows.append(_comment_row(row, origin, pseudonyms))
    rejects += [_reject(place, cleaned[place], fault) for place, fault in sorted(faults.items())]
    return rows, rejects


def article_rows(articles: Sequence[Article], origin: Origin) -> tuple[list[Row], list[Reject]]:
    """Rows for the article table, and a Reject for each article that cannot be one."""
    rows: list[Row] = []
    rejects: list[Reject] = []
    for place, article in enumerate(articles):
        if not article.id.strip() or not _within(article.published_at, _CALENDAR):
            rejects.append(
                Reject(f"articles[{place}]", "id or published_at is out of range", clean_line(article.title))
            )
        else:
            rows.append(_article_row(article, origin))
    return rows, rejects


def cleaned_reject(reject: Reject) -> Reject:
    """A collector's reject, through the text door."""
    limit = SAMPLE_LIMIT
    return Reject(clean_line(reject.where), clean_line(reject.reason), clean_line(reject.sample, limit))


def public_id(study: str, source: str, ext_id: str) -> str:
    """The name of a comment in reports: the same on every machine and in every import."""
    return "c" + blake2b(f"{study}\x1f{source}\x1f{ext_id}".encode(), digest_size=_PUBLIC_ID_BYTES).hexdigest()


def identities(ids: Sequence[str]) -> list[str]:
    """Ids through the text door; one that is too long keeps its start and gets a hash of the whole."""
    cleaned = clean_many(ids, ID_LIMIT)
    return [
        _shortened(whole, text) if flags & TextFlag.TRUNCATED else text
        for whole, text, flags in zip(ids, cleaned.texts, cleaned.flags, strict=True)
    ]


def _shortened(whole: str, start: str) -> str:
    mark = blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{clean(start, ID_LIMIT - len(mark) - 1)}~{mark}"


def _cleaned(comments: Sequence[CommentRow]) -> tuple[dict[int, Row], list[Reject]]:
    """Every row's strings through the text door, column by column; what is no row at all is a Reject."""
    rows = {place: dict(row) for place, row in enumerate(comments) if isinstance(row, dict)}
    strange = [Reject(f"comments[{at}]", "not a row") for at in range(len(comments)) if at not in rows]
    for row in rows.values():
        row.setdefault("flags", 0)
    for name, limit in _LIMITS.items():
        _clean_column(rows, name, limit)
    for name in _IDS:
        holders, ids = _strings(rows, name)
        for row, identity in zip(holders, identities(ids), strict=True):
            row[name] = identity
    return rows, strange


def _strings(rows: dict[int, Row], name: str) -> tuple[list[Row], list[str]]:
    holders = [row for row in rows.values() if isinstance(row.get(name), str)]
    return holders, [row[name] for row in holders]


def _clean_column(rows: dict[int, Row], name: str, limit: int) -> None:
    holders, values = _strings(rows, name)
    cleaned = clean_many(values, limit)
    for row, text, flags in zip(holders, cleaned.texts, cleaned.flags, strict=True):
        row[name] = text
        if flags and isinstance(row["flags"], int):
            row["flags"] |= flags


def _validated(rows: dict[int, Row]) -> tuple[list[tuple[int, Row]], dict[int, str]]:
    """The rows whose types are right, with their places, and what is wrong with the others."""
    faults: dict[int, str] = {}
    places = list(rows)
    try:
        valid = _rows.validate_python(list(rows.values()))
    except ValidationError as error:
        faults = _faults(error, places)
        places = [place for place in places if place not in faults]
        valid = _rows.validate_python([rows[place] for place in places])
    return list(zip(places, cast("list[Row]", valid), strict=True)), faults


def _faults(error: ValidationError, places: list[int]) -> dict[int, str]:
    faults: dict[int, str] = {}
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        at, *field = fault["loc"]
        faults.setdefault(places[int(at)], f"{'.'.join(map(str, field))}: {fault['msg']}")
    return faults


def _fault(row: Row) -> str | None:
    """What the database would refuse, said before it does."""
    if not row["ext_id"] or row["ext_id"].isspace():
        return "ext_id: empty"
    if is_blank(row["text"]):
        return "text: empty"
    if not _within(row.get("published_at"), _CALENDAR):
        return "published_at: not between the years 1 and 9999"
    if not (_within(row.get("likes"), _INT64) and _within(row.get("fold"), _INT64) and row["flags"] in _INT64):
        return "likes, fold or flags: does not fit in 64 bits"
    start, end = row.get("span_start"), row.get("span_end")
    if (start is not None or end is not None) and not _is_span(start, end):
        return "span_start, span_end: not a span"
    return None


def _is_span(start: int | None, end: int | None) -> bool:
    return start is not None and end is not None and 0 <= start <= end < _INT64.stop


def _within(value: int | None, bounds: range) -> bool:
    return value is None or value in bounds


def _comment_row(row: Row, origin: Origin, pseudonyms: Pseudonyms) -> Row:
    direct = row.get("direct")
    return {
        **_BLANK,
        **row,
        "id": public_id(origin.study, origin.source, row["ext_id"]),
        "kind": row.get("kind", "comment"),
        "direct": None if direct is None else int(direct),
        "author": pseudonyms.of(row.get("platform") or origin.source, row.get("author")),
        "study": origin.study,
        "source": origin.source,
        "run": origin.run,
        "capture": origin.capture,
    }


def _article_row(article: Article, origin: Origin) -> Row:
    text = clean_many([article.text], ARTICLE_LIMIT)
    return {
        "id": identities([article.id])[0],
        "url": clean(article.url, URL_LIMIT),
        "title": clean_line(article.title),
        "text": text.texts[0],
        "flags": text.flags[0],
        "site": clean_line(article.site),
        "lang": clean_line(article.lang),
        "published_at": article.published_at,
        "published_raw": clean_line(article.published_raw),
        "published_precision": article.published_precision,
        "extractor": clean_line(article.extractor),
        "study": origin.study,
        "source": origin.source,
        "run": origin.run,
        "capture": origin.capture,
    }


def _reject(place: int, row: Row, reason: str) -> Reject:
    text = row.get("text")
    sample = clean_line(text, SAMPLE_LIMIT) if isinstance(text, str) else ""
    return Reject(f"comments[{place}]", reason, sample)
