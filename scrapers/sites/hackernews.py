"""`hackernews`: comments and stories of Hacker News, through the public search that Algolia runs for it.

A query gives about a thousand hits however many there are. So each answer is followed by a query for what is older than
its oldest hit, and page numbers are never used.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import urlencode

from pydantic import Field, field_validator, model_validator

from scrapers.answers import drift, json_of, objects, refuse_all, refuse_all_gone, sample_of
from scrapers.bounds import MOST_IN_A_THREAD, first_of, left_out
from scrapers.fields import dated, identity, not_after, tagged, whole, words
from scrapers.language import language_of
from scrapers.pages.fragments import text_of
from scrapers.protocol import Ask, Collector, Cursor, Options, Parsed, Query, Raw, Request
from storage.nouns import Article, Page, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapers.protocol import Again
    from storage.nouns import CommentRow

HITS = 50
MOST_STORIES = 500
_API = "https://hn.algolia.com/api/v1"
_SITE = "https://news.ycombinator.com/item?id={}"
_ITEM_PATHS = ("id", "children")
_ITEM = re.compile(r"(?:https?://news\.ycombinator\.com/item\?id=)?(\d{1,12})")
_ARTICLE_LIMIT = 200_000
# How far a run looks back before the newest that is known: hits are indexed a little late, and a story may be commented
# on for two weeks.
_LATE_S = 3_600
_OPEN_S = 15 * 86_400


class HackerNewsOptions(Options):
    """What to look for: a query, single items, or both.

    Attributes:
        query: words that a comment or story holds; a phrase in double quotes.
        search: `comments` that match, or all comments on the `stories` that match.
        items: numbers or addresses of stories whose comments are wanted.
        pages: how many answers of 50 hits a run reads at most.
    """

    query: str = Field(default="", max_length=300)
    search: Literal["comments", "stories"] = "comments"
    items: tuple[str, ...] = ()
    pages: int = Field(default=50, ge=1, le=1000)

    @field_validator("items", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        found = [_ITEM.fullmatch(str(item)) for item in value]
        if None in found:
            msg = "write each item as its number, or as https://news.ycombinator.com/item?id=…"
            raise ValueError(msg)
        return tuple(dict.fromkeys(match[1] for match in found if match))

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.query.strip() or self.items):
            msg = "give a query, items, or both"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class _Slice:
    """A stretch of time to search, in epoch seconds, as a request's tag carries it.

    Attributes:
        since: its first second; 0 where it is open.
        before: the second after its last; 0 where it is open.
        left: how many more answers may be read, this one included.
        first: whether it is the first of a run.
        newest: the second of the newest hit known.
        stories: how many comments each known story had, by its number.
        forget: numbers of known stories that are too many to remember.
    """

    since: int = 0
    before: int = 0
    left: int = 1
    first: bool = False
    newest: int = 0
    stories: dict[str, int] = field(default_factory=dict)
    forget: tuple[str, ...] = ()

    @classmethod
    def of(cls, tag: str) -> _Slice:
        """As it was written into a tag."""
        kept = tagged(tag)
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})

    def older(self, times: list[int]) -> _Slice | None:
        """The next slice: what is older than these hits, whose last second may hold more than one answer gave."""
        inside = [time for time in times if not self.before or time < self.before]
        if not inside or self.left <= 1:
            return None
        oldest = min(inside)
        before = oldest if oldest + 1 == self.before else oldest + 1
        kept = replace(self, before=before, left=self.left - 1, first=False, forget=())
        return kept if before > self.since else None


class HackerNewsCollector(Collector):
    """Searches newest first, slice of time by slice of time, and reads the threads of stories."""

    name: ClassVar[str] = "hackernews"
    summary: ClassVar[str] = "Comments and stories of Hacker News, by search or by their number."
    hosts: ClassVar[tuple[str, ...]] = ("hn.algolia.com",)
    required_paths: ClassVar[tuple[str, ...]] = ("hits",)
    options: ClassVar[type[HackerNewsOptions]] = HackerNewsOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """The named items, and the newest slice of the search."""
        options = HackerNewsOptions.model_validate(query.options)
        asks: list[Ask] = [_item(number) for number in options.items]
        if options.query.strip():
            asks.append(_search(options, _first_slice(options, query, tagged(cursor or ""))))
        return asks

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """A thread, or one answer of the search.

        Raises:
            SchemaDrift: it is neither.
        """
        options = HackerNewsOptions.model_validate(query.options)
        if isinstance(raw.ask, Request) and "/items/" in raw.ask.url:
            parsed = _thread(json_of(raw, _ITEM_PATHS), query, raw.ask.tag)
            items = len(parsed.page.comments) + len(parsed.page.gone) + len(parsed.page.rejects)
            yield _sound(parsed, raw, items, "children[].text")
            return
        hits = json_of(raw, self.required_paths)
        if raw.capture and not isinstance(hits["hits"], list):
            raise drift("The hits are no list.", raw.capture, path="hits")
        read = _comments if options.search == "comments" else _stories
        path = "hits[].comment_text" if options.search == "comments" else "hits[].objectID"
        yield _sound(
            _paged(read, hits, query, options, _Slice.of(raw.ask.tag)), raw, min(len(hits["hits"]), HITS), path
        )


COLLECTOR = HackerNewsCollector()


def _sound(parsed: Parsed, raw: Raw, items: int, path: str) -> Parsed:
    """What was read, unless a field has another name now and all of these items would be refused or forgotten."""
    page = parsed.page
    if raw.capture:
        refuse_all(page.rejects, items - len(page.rejects), raw.capture, path)
        refuse_all_gone(replace(page, articles=()), raw.capture, path)
    return parsed


# -- what to ask for --------------------------------------------------------------------------------------------------


def _item(number: str, comments: int | None = None) -> Request:
    """A thread; `comments` is how many the search says it has."""
    again: Again = "if changed" if comments is None else "always"
    return Request(f"{_API}/items/{number}", again=again, alone=True, tag=json.dumps({"comments": comments}))


def _search(options: HackerNewsOptions, place: _Slice) -> Request:
    bounds = [f"created_at_i>={place.since}"] * bool(place.since) + [f"created_at_i<{place.before}"] * bool(
        place.before
    )
    asked = {
        "query": options.query.strip(),
        "tags": "comment" if options.search == "comments" else "story",
        "hitsPerPage": HITS,
        "numericFilters": ",".join(bounds),
    }
    url = f"{_API}/search_by_date?{urlencode({name: value for name, value in asked.items() if value})}"
    return Request(url, tag=json.dumps(asdict(place)))


def _first_slice(options: HackerNewsOptions, query: Query, known: dict[str, Any]) -> _Slice:
    back = _LATE_S if options.search == "comments" else _OPEN_S
    newest = not_after((whole(known.get("newest")) or 0) * 1000, query) // 1000
    stories = {number: count for number, count in known.items() if number.isdecimal() and whole(count) is not None}
    kept = sorted(stories, key=int, reverse=True)
    return _Slice(
        since=max((query.start_ms or 0) // 1000, newest - back, 0),
        before=-(-query.end_ms // 1000) if query.end_ms else 0,
        left=options.pages,
        first=True,
        newest=newest,
        stories={number: stories[number] for number in kept[:MOST_STORIES]},
        forget=tuple(kept[MOST_STORIES:]),
    )


# -- the search -------------------------------------------------------------------------------------------------------


def _paged(
    read: Callable[[list[Any], Query, _Slice], Parsed],
    answer: dict[str, Any],
    query: Query,
    options: HackerNewsOptions,
    place: _Slice,
) -> Parsed:
    """What the hits hold, and the search for older ones where there are more."""
    hits, too_many = first_of(answer["hits"], HITS)
    parsed = read(hits, query, place)
    times = [time for hit in objects(hits) if (time := whole(hit.get("created_at_i")))]
    rest = (whole(answer.get("nbHits")) or 0) - len(answer["hits"])
    older = place.older(times) if rest > 0 else None
    cut = rest > 0 and place.left <= 1
    said = f"The search was ended after {options.pages} answers; {rest} older hits were not read. Raise `pages`."
    return replace(
        parsed,
        next=(*parsed.next, *([_search(options, older)] if older else ())),
        cursor=_newest(times, place, query) if place.first and times else None,
        problems=(*too_many, *[said] * cut),
    )


def _newest(times: list[int], place: _Slice, query: Query) -> Cursor:
    newest = not_after(max(place.newest, *times) * 1000, query) // 1000
    return json.dumps({"newest": newest, **dict.fromkeys(place.forget)})


def _comments(hits: list[Any], query: Query, place: _Slice) -> Parsed:  # noqa: ARG001  both readings are called alike
    """The comments that match, each with the story it stands under."""
    sorting, articles = _Sorting(query), dict[str, Article]()
    for where, hit in enumerate(hits):
        item = hit if isinstance(hit, dict) else {}
        story, title = _number(item.get("story_id")), clean_line(words(item.get("story_title")))
        if story and title and story not in articles:
            articles[story] = _article(story, title, "", None, query)
        parent = _number(item.get("parent_id"))
        sorting.add(
            f"hits[{where}]",
            item | {"id": item.get("objectID")},
            story if story in articles else "",
            parent if parent != story else "",
            field="comment_text",
        )
    return Parsed(sorting.page(*articles.values()))


def _stories(hits: list[Any], query: Query, place: _Slice) -> Parsed:
    """A request for the thread of each story that has other comments than were known; one without any is here whole."""
    articles: list[Article] = []
    asks: list[Ask] = []
    rejects: list[Reject] = []
    for where, hit in enumerate(hits):
        item = hit if isinstance(hit, dict) else {}
        number, comments = _number(item.get("objectID")), whole(item.get("num_comments"))
        title = clean_line(words(item.get("title")))
        if not number:
            rejects.append(Reject(f"hits[{where}]", "no number", sample_of(hit)))
        elif comments == 0 and title:
            articles.append(_article(number, title, item.get("story_text"), item.get("created_at"), query))
        elif comments is None or place.stories.get(number) != comments:
            asks.append(_item(number, comments))
    declared = {article.id: 0 for article in articles}
    return Parsed(Page(articles=tuple(articles), rejects=tuple(rejects), declared=declared), next=tuple(asks))


# -- a thread ---------------------------------------------------------------------------------------------------------


def _thread(root: dict[str, Any], query: Query, tag: str) -> Parsed:
    """A story and every comment under it, in the order of the page; or a comment and those under it."""
    number, title = _number(root.get("id")), clean_line(words(root.get("title")))
    is_comment = root.get("type") == "comment"
    story = number if title and not is_comment else ""
    sorting = _Sorting(query)
    items = [*([("", root)] * is_comment), *_walk(root, number * is_comment)]
    for parent, item in items[:MOST_IN_A_THREAD]:
        if item.get("type", "comment") == "comment":
            sorting.add(f"item {_number(item.get('id')) or '?'}", item, story, parent)
    sorting.rejects.extend(left_out(f"item {number}", len(items) - MOST_IN_A_THREAD))
    articles = [_article(story, title, root.get("text"), root.get("created_at"), query)] if story else []
    comments = whole(tagged(tag).get("comments"))
    return Parsed(
        replace(sorting.page(*articles), declared={story: comments} if story and comments is not None else {}),
        cursor=json.dumps({number: comments}) if number and comments is not None else None,
    )


def _walk(root: dict[str, Any], answered: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every item below the root with the number of the comment it answers; threads are too deep for recursion."""
    waiting = [(answered, child) for child in reversed([*objects(root.get("children"))])]
    while waiting:
        parent, item = waiting.pop()
        yield parent, item
        own = _number(item.get("id")) or parent
        waiting.extend((own, child) for child in reversed([*objects(item.get("children"))]))


# -- the parts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sorting:
    """Comments as they come: usable, deleted, or odd."""

    query: Query
    comments: list[CommentRow] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, where: str, item: dict[str, Any], story: str, parent: str, *, field: str = "text") -> None:
        """One more; the service leaves a deleted comment in its place, with null for its text."""
        number, text = _number(item.get("id")), text_of(item.get(field))
        if number and text:
            self.comments.append(_row(number, text, item, self.query, story, parent))
        elif number and item.get(field, "") is None:
            self.gone.append(number)
        else:
            self.rejects.append(Reject(where, "no text" if number else "no number", sample_of(item)))

    def page(self, *articles: Article) -> Page:
        """All of it, with the stories it belongs to."""
        return Page(articles, self.comments, tuple(self.rejects), gone=tuple(self.gone))


def _row(number: str, text: str, item: dict[str, Any], query: Query, story: str, parent: str) -> CommentRow:
    when = dated(item.get("created_at"), query)
    return {
        "ext_id": number,
        "text": text,
        "kind": "comment",
        "platform": "Hacker News",
        "author": words(item.get("author")).strip() or None,
        "likes": whole(item.get("points")),
        "url": _SITE.format(number),
        "article_id": story or None,
        "parent_id": parent or None,
        "published_at": when.ms,
        "published_raw": when.raw,
        "published_precision": when.precision,
    }


def _article(number: str, title: str, html: object, created: object, query: Query) -> Article:
    text = clean("\n".join(filter(None, (title, text_of(html)))), _ARTICLE_LIMIT)
    when = dated(created, query)
    return Article(
        id=number,
        url=_SITE.format(number),
        title=title,
        text=text,
        site="Hacker News",
        lang=language_of(text),
        published_at=when.ms,
        published_raw=when.raw,
        published_precision=when.precision,
    )


def _number(value: object) -> str:
    number = identity(value)
    return number if whole(number) is not None else ""
