"""`govuk`: pages of www.gov.uk (consultations, guidance, news, travel advice), each with the dated acts it states.

The content API gives a page as JSON (content-api.publishing.service.gov.uk); the search API lists pages
(docs.publishing.service.gov.uk/repos/search-api). Dates are read on the clocks of London.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import quote, unquote, urlencode, urlsplit

from pydantic import Field, field_validator, model_validator

from scrapers.answers import drift, json_of, objects, refuse_all
from scrapers.bounds import first_of
from scrapers.errors import BadResponse, NotFound
from scrapers.fields import tagged, words
from scrapers.items.govuk import LONDON, Document, acts_of
from scrapers.language import language_of
from scrapers.pages.fragments import text_of
from scrapers.protocol import Ask, Collector, Cursor, Options, Parsed, Query, Raw, Request
from scrapers.times import latest_ms, parse_time
from storage.nouns import Article, Page, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.nouns import Capture

_HOST = "www.gov.uk"
_SITE = f"https://{_HOST}"
_SEARCH = f"{_SITE}/api/search.json"
_PER_PAGE = 50
_OVERLAP_MS = 24 * 3600 * 1000  # a page may enter the search index after its time
_MOST_MOVES = 5
_TEXT_LIMIT = 200_000
_PATH = re.compile(r"(?:/[\w.~%-]+)+", re.ASCII)
_TYPE = re.compile(r"[a-z][a-z0-9_]*")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")

# Parts of `details` that hold text, in the order in which a page shows them.
_BODIES = ("introductory_paragraph", "introduction", "summary", "body", "more_information", "need_to_know")
_OUTCOMES = ("final_outcome_detail", "outcome_detail", "public_feedback_detail")


class GovukOptions(Options):
    """Which pages: some by their place, others by a search, or both.

    Attributes:
        paths: pages, each as `/government/consultations/…` or as its whole address.
        search: words to search for; `"…"` around them asks for the exact phrase.
        document_types: only pages of these types, such as `open_consultation`, `consultation_outcome`, `guidance`.
        organisations: only pages of these organisations, as their address names them (`department-for-transport`).
        order: `newest` goes on from run to run; `relevance` looks at the best pages again in every run.
        pages: how many pages of 50 results are looked through.
    """

    paths: tuple[str, ...] = ()
    search: str = ""
    document_types: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    order: Literal["newest", "relevance"] = "newest"
    pages: int = Field(default=2, ge=1, le=20)

    @field_validator("paths")
    @classmethod
    def _places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(_place, value)))

    @field_validator("document_types", "organisations")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not (_TYPE.fullmatch(name) or _SLUG.fullmatch(name)):
                raise ValueError(f'"{name[:60]}" is no name of GOV.UK; write it as in open_consultation or home-office')
        return value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.paths or self.search.strip()):
            raise ValueError("give paths, or search")
        if (self.document_types or self.organisations) and not self.search.strip():
            raise ValueError("document_types and organisations narrow a search; give search too")
        return self


def _place(address: str) -> str:
    """A page's path, of a path or a whole address.

    Raises:
        ValueError: it is on another host, or no path.
    """
    if address.startswith((_HOST, "gov.uk")):
        address = f"https://{address}"
    parts = urlsplit(address if "//" in address else f"{_SITE}/{address.lstrip('/')}")
    if (parts.hostname or "") not in {_HOST, "gov.uk"} or parts.scheme not in {"http", "https"}:
        raise ValueError(f"{address[:80]} is not a page of {_HOST}")
    path = quote(unquote(parts.path.removeprefix("/api/content")).rstrip("/"), safe="/~")
    if not _PATH.fullmatch(path):
        raise ValueError(f"{address[:80]} names no page; write it as /government/consultations/…")
    return path


class GovukCollector(Collector):
    """Reads pages of GOV.UK by their place or by a search."""

    name: ClassVar[str] = "govuk"
    summary: ClassVar[str] = "Pages of GOV.UK: text, and dated acts (consultations, updates, withdrawals)."
    hosts: ClassVar[tuple[str, ...]] = (_HOST,)
    required_paths: ClassVar[tuple[str, ...]] = ("base_path", "schema_name")
    options: ClassVar[type[GovukOptions]] = GovukOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """Every named page, asked for only if it has changed, and the first page of the search."""
        options = GovukOptions.model_validate(query.options)
        asks: list[Ask] = [_content(path) for path in options.paths]
        if options.search.strip():
            known = options.order == "newest" and cursor is not None and cursor.isdecimal()
            asks.append(_search(options, 1, int(cursor or 0) - _OVERLAP_MS if known else None))
        return asks

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """One page with its acts, or the pages of a search to ask for.

        Raises:
            NotFound: the page was taken down.
            SchemaDrift: the answer is no page and no list of pages.
        """
        capture = raw.capture
        if capture is None:
            raise BadResponse("A page of GOV.UK is read whole.", where=str(raw.path))
        if isinstance(raw.ask, Request) and raw.ask.url.startswith(_SEARCH):
            yield _found(raw, capture, query)
            return
        item = json_of(raw, self.required_paths)
        yield _moved(item, raw) if item["schema_name"] == "redirect" else _read(item, capture)


COLLECTOR = GovukCollector()


# -- the search -------------------------------------------------------------------------------------------------------


def _content(path: str, moves: int = 0) -> Request:
    return Request(f"{_SITE}/api/content{path}", again="if changed", alone=True, tag=str(moves) if moves else "")


def _search(options: GovukOptions, page: int, bound: int | None) -> Request:
    """One page of results; pages older than the bound (UTC milliseconds) are known."""
    asked = [("q", options.search.strip()), ("count", _PER_PAGE), ("start", (page - 1) * _PER_PAGE)]
    asked += [("fields", "link"), ("fields", "public_timestamp")]
    asked += [("order", "-public_timestamp")] if options.order == "newest" else []
    asked += [("filter_content_store_document_type", name) for name in options.document_types]
    asked += [("filter_organisations", name) for name in options.organisations]
    expects = page == 1 and options.order == "relevance"
    return Request(f"{_SEARCH}?{urlencode(asked)}", expects=expects, tag=json.dumps({"page": page, "bound": bound}))


def _found(raw: Raw, capture: Capture, query: Query) -> Parsed:
    options = GovukOptions.model_validate(query.options)
    answer = json_of(raw, ("results",))
    results, total = answer["results"], answer.get("total")
    if not isinstance(results, list):
        raise drift("The results are no list.", capture, path="results")
    results, too_many = first_of(results, _PER_PAGE)
    place = tagged(raw.ask.tag)
    page, bound = place.get("page", 1), place.get("bound")
    if not results and page == 1 and bound is not None:
        raise drift("The search finds nothing any more.", capture, path="results[]")
    asks, rejects = _asks_of(results, bound)
    refuse_all(rejects, len(results) - len(rejects), capture, "results[].link")
    times = [_ms_of(result) for result in objects(results)]
    met = bound is not None and any(time < bound for time in times if time is not None)
    seen = page * _PER_PAGE
    more = len(results) >= _PER_PAGE and not met and (not isinstance(total, int) or total > seen)
    if more and page < options.pages:
        asks.append(_search(options, page + 1, bound))
    cut = more and page >= options.pages
    return Parsed(
        Page(rejects=tuple(rejects)),
        next=tuple(asks),
        cursor=_newest(times, bound, query) if page == 1 and options.order == "newest" else None,
        problems=(*too_many, *[f"The search finds more; {seen} results were looked through."] * cut),
    )


def _asks_of(results: Iterable[object], bound: int | None) -> tuple[list[Ask], list[Reject]]:
    """The pages to ask for: those that have changed since the bound."""
    asks: list[Ask] = []
    rejects = []
    for at, result in enumerate(results):
        found = result if isinstance(result, dict) else {}
        when = _ms_of(found)
        if bound is not None and when is not None and when < bound:
            continue
        if not words(found.get("link")):
            rejects.append(Reject(f"results[{at}]", "no link"))
            continue
        try:
            asks.append(_content(_place(words(found.get("link")))))
        except ValueError as error:
            rejects.append(Reject(f"results[{at}]", clean_line(str(error)), clean_line(str(found.get("link")))))
    return asks, rejects


def _ms_of(result: dict[str, Any]) -> int | None:
    moment = parse_time(words(result.get("public_timestamp")), zone=LONDON)
    return moment.ms if moment else None


def _newest(times: Iterable[int | None], bound: int | None, query: Query) -> Cursor | None:
    """The newest time known; none beyond now, since a slip of a date must not hide what comes until then."""
    known = [time for time in times if time is not None] + ([] if bound is None else [bound + _OVERLAP_MS])
    return str(min(max(known), latest_ms(query.reference))) if known else None


# -- a page -----------------------------------------------------------------------------------------------------------


def _moved(item: dict[str, Any], raw: Raw) -> Parsed:
    """Where a page has moved to, if it is on this host; a chain of moves comes to an end."""
    moves = int(raw.ask.tag or 0) + 1
    target = next(filter(None, (words(one.get("destination")) for one in objects(item.get("redirects")))), "")
    told = (f"{clean_line(str(item['base_path']))} has moved to {clean_line(target) or 'an unknown place'}.",)
    try:
        following = (_content(_place(target), moves),) if moves <= _MOST_MOVES else ()
    except ValueError:
        following = ()
    return Parsed(next=following, problems=told)


def _read(item: dict[str, Any], capture: Capture) -> Parsed:
    path, kind = words(item["base_path"]), words(item["schema_name"])
    if not path.startswith("/"):
        raise drift("The page has no place.", capture, path="base_path")
    details = item["details"] if isinstance(item.get("details"), dict) else {}
    if kind == "gone":
        why = clean_line(text_of(details.get("explanation")))
        raise NotFound(f"The page was taken down. {why}".rstrip(), where=_SITE + path, remedy="Check the address.")
    document = Document(item, details, _id(item), _SITE + path, clean_line(text_of(item.get("title"))), _who(item))
    article = _article(document)
    acts, rejects = acts_of(document)
    if article is None:
        rejects = (*rejects, Reject(document.url, f"a page of the kind {kind or 'unknown'} without text of its own"))
    return Parsed(Page(articles=(article,) if article else (), acts=acts, rejects=rejects))


def _id(item: dict[str, Any]) -> str:
    """The document's own id; each translation is an article of its own."""
    found, locale = words(item.get("content_id")), words(item.get("locale"))
    if not found:
        return str(item["base_path"])
    return found if locale in {"", "en"} else f"{found}:{locale}"


def _who(item: dict[str, Any]) -> str:
    """The organisation that published it, or all those it is from."""
    links = item["links"] if isinstance(item.get("links"), dict) else {}
    for name in ("primary_publishing_organisation", "organisations"):
        titles = [clean_line(words(one.get("title"))) for one in objects(links.get(name))]
        if any(titles):
            return clean_line(", ".join(filter(None, titles)))
    return ""


def _article(document: Document) -> Article | None:
    details = document.details
    parts = [text_of(_html(details.get(name))) for name in _BODIES]
    parts += [
        f"{text_of(part.get('title'))}\n{text_of(_html(part.get('body')))}" for part in objects(details.get("parts"))
    ]
    parts += [text_of(_html(details.get(name))) for name in _OUTCOMES]
    body = "\n".join(part.strip() for part in parts if part.strip())
    said = text_of(document.item.get("description"))
    text = clean("\n".join(filter(None, (said, body))), _TEXT_LIMIT)
    if not text:
        return None
    raw = words(next(filter(None, document.published), "")) or words(document.item.get("public_updated_at"))
    moment = parse_time(raw, zone=LONDON)
    return Article(
        id=document.id,
        url=document.url,
        title=document.title,
        text=text,
        site="GOV.UK",
        lang=language_of(text, words(document.item.get("locale"))),
        published_at=moment.ms if moment else None,
        published_raw=clean_line(raw),
        published_precision=moment.precision if moment else None,
        extractor="govuk",
    )


def _html(value: object) -> object:
    """A text that may come in several formats, as HTML where there is one."""
    if not isinstance(value, list):
        return value
    forms = {words(one.get("content_type")): one.get("content") for one in objects(value)}
    return forms.get("text/html") or next(iter(forms.values()), "")
