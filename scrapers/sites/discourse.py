"""`discourse`: topics of a forum that runs on Discourse, with every post in them.

A topic comes with its first twenty posts and the ids of all; the others are asked for by id, twenty at a time, one
batch after the other. How far a topic was read is remembered after each batch, so that a run that is cut off goes on.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import quote, urlencode, urlsplit

from pydantic import Field, field_validator, model_validator

from scrapers.answers import drift, json_of, objects, refuse_all, refuse_all_gone, sample_of
from scrapers.bounds import first_of
from scrapers.fields import at, dated, identity, tagged, whole, words
from scrapers.items.discourse import Topic, article_of, id_of, posts_of
from scrapers.protocol import Ask, Collector, Cursor, Options, Parsed, Query, Raw, Request
from storage.nouns import Page, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 20
MOST_TOPICS = 500
_MOST_LISTED = 200  # a forum lists thirty on a page, and finds fifty
_MOST_POSTS = 1_000  # a forum gives twenty at once, and a thousand for print
_MOST_NUMBERS = 400
_LONGEST_TIME = 40
_FEW = 3
_SERVER = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", re.IGNORECASE)
_TOPIC = re.compile(r"(\d{1,12})|(https?://\S+?)/t/(?:[^\s/?#]+/)?(\d{1,12})(?:[/?#]\S*)?", re.IGNORECASE)
_ONE_TOPIC = re.compile(r"/t/\d+\.json$")
_CATEGORY = re.compile(r"(?:https?://\S+?/c/)?([^\s?#]*?)/?(?:[?#]\S*)?", re.IGNORECASE)


class DiscourseOptions(Options):
    """Which forum, and which of its topics: exactly one of `topics`, `latest`, `category` and `search`.

    Attributes:
        server: the forum's address.
        topics: numbers or addresses of topics.
        latest: the topics somebody last wrote in.
        category: the same within a category, as its address or as `slug/number`.
        search: topics that a search finds, in the forum's own words (`fares category:transport after:2026-01-01`).
        pages: how many pages of a list are read at most.
        posts: how many posts of a topic a run reads at most.
    """

    server: str
    topics: tuple[str, ...] = ()
    latest: bool = False
    category: str = ""
    search: str = Field(default="", max_length=300)
    pages: int = Field(default=5, ge=1, le=200)
    posts: int = Field(default=1000, ge=BATCH, le=20_000)

    @field_validator("search", "category")
    @classmethod
    def _plain(cls, value: str) -> str:
        return value.strip()

    @field_validator("server")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not _SERVER.fullmatch(value.strip()):
            msg = "write the forum's address, such as https://forum.example.org"
            raise ValueError(msg)
        return value.strip().rstrip("/")

    @field_validator("topics", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        if wrong := [item for item in value if not _TOPIC.fullmatch(str(item))]:
            msg = f'"{wrong[0]}" is no topic: write its number or its address (https://…/t/name/123)'
            raise ValueError(msg)
        return tuple(dict.fromkeys(str(item) for item in value))

    @field_validator("category")
    @classmethod
    def _slug_and_number(cls, value: str) -> str:
        found = _CATEGORY.fullmatch(value)
        slug = found[1] if found else ""
        if value and not re.fullmatch(r"(?:[^\s/?#]+/)*\d{1,9}", slug):
            msg = "write the category's address, or its slug and number, such as transport/12"
            raise ValueError(msg)
        return slug

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if sum(map(bool, (self.topics, self.latest, self.category, self.search.strip()))) != 1:
            msg = "give one of topics, latest, category and search"
            raise ValueError(msg)
        for topic in self.topics:
            found = _TOPIC.fullmatch(topic)
            if found and found[2] and _host(found[2]) != _host(self.server):
                msg = f"{topic} is not on {self.server}"
                raise ValueError(msg)
        return self

    @property
    def numbers(self) -> tuple[str, ...]:
        """The topics' numbers."""
        found = filter(None, map(_TOPIC.fullmatch, self.topics))
        return tuple(dict.fromkeys(match[1] or match[3] for match in found))


def _host(address: str) -> str | None:
    return urlsplit(address).hostname


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far a topic was read, as the cursor keeps it.

    Attributes:
        bumped: when somebody had last written in it, as the list said; empty while not all of it is read.
        posts: how many posts it had then.
        last: every post up to this id is read.
        seen: how many ids of the topic that were.
    """

    bumped: str = ""
    posts: int = 0
    last: int = 0
    seen: int = 0

    @classmethod
    def of(cls, value: object) -> _Mark:
        """As it was written."""
        match value:
            case [str(bumped), int(posts), int(last), int(seen)]:
                return cls(bumped, posts, last, seen)
            case _:
                return cls()


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of a topic to read, as a request's tag carries it from batch to batch.

    Attributes:
        topic: the topic's number.
        bumped: what the mark says once all is read.
        posts: likewise.
        last: as in the mark, so far.
        seen: likewise.
        rest: ids that are still to be read, rising.
        cut: whether there are more than this run reads.
        numbers: the ids of posts by their number in the topic, for those that answer them.
    """

    topic: str
    bumped: str = ""
    posts: int = 0
    last: int = 0
    seen: int = 0
    rest: list[int] = field(default_factory=list)
    cut: bool = False
    numbers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, tag: dict[str, Any]) -> _Left:
        """As it was written into a tag."""
        return cls(**{"topic": ""} | {name: tag[name] for name in cls.__dataclass_fields__ if name in tag})

    def after(self, posts: list[dict[str, Any]]) -> _Left:
        """What is left once the next batch is read, which had these posts."""
        read, rest = self.rest[:BATCH], self.rest[BATCH:]
        last = read[-1] if read else self.last
        return replace(self, rest=rest, last=last, seen=self.seen + len(read), numbers=self.numbered(posts))

    def numbered(self, posts: list[dict[str, Any]]) -> dict[str, str]:
        """The newest posts' ids by number, these included."""
        here = {number: own for post in posts if (number := identity(post.get("post_number"))) and (own := id_of(post))}
        return dict([*(self.numbers | here).items()][-_MOST_NUMBERS:])

    def place(self, options: DiscourseOptions) -> Topic:
        """Where its posts stand."""
        return Topic(options.server, self.topic, self.numbers)

    @property
    def cursor(self) -> Cursor:
        """The topic's mark."""
        done = not self.rest and not self.cut
        mark = _Mark(self.bumped if done else "", self.posts if done else 0, self.last, self.seen)
        return json.dumps({self.topic: astuple(mark)})


class DiscourseCollector(Collector):
    """Reads lists of topics, and topics batch by batch."""

    name: ClassVar[str] = "discourse"
    summary: ClassVar[str] = "Topics and posts of a forum that runs on Discourse."
    required_paths: ClassVar[tuple[str, ...]] = ("topic_list.topics",)
    options: ClassVar[type[DiscourseOptions]] = DiscourseOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """The topics that are named, or the first page of a list."""
        options = DiscourseOptions.model_validate(query.options)
        known = {
            topic: mark for topic, mark in tagged(cursor or "").items() if topic.isdecimal() and _Mark.of(mark).last
        }
        if options.topics:
            return [_topic(options, number, known.get(number)) for number in options.numbers]
        newest = sorted(known, key=lambda topic: _Mark.of(known[topic]).last, reverse=True)
        kept = {topic: known[topic] for topic in newest[:MOST_TOPICS]}
        return [_list(options, 0, {"known": kept, "forget": newest[MOST_TOPICS:], "listed": []})]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """A page of a list, a topic with its first posts, or a batch of posts.

        Raises:
            SchemaDrift: it is none of them.
        """
        options, path = DiscourseOptions.model_validate(query.options), urlsplit(raw.ask.key).path
        if path.endswith("/posts.json"):
            yield _more(raw, query, options)
        elif _ONE_TOPIC.search(path):
            yield _whole(raw, query, options)
        else:
            yield _listed(raw, query, options)


COLLECTOR = DiscourseCollector()


# -- what to ask for --------------------------------------------------------------------------------------------------


def _list(options: DiscourseOptions, page: int, tag: dict[str, Any]) -> Request:
    kept = json.dumps(tag | {"page": page})
    if options.search:
        asked = urlencode({"q": options.search.strip(), "page": page + 1})
        return Request(f"{options.server}/search.json?{asked}", tag=kept)
    path = f"c/{quote(options.category, safe='/%')}" if options.category else "latest"
    return Request(f"{options.server}/{path}.json?page={page}", tag=kept)


def _topic(options: DiscourseOptions, number: str, known: object, bumped: str = "", posts: int = 0) -> Request:
    """A topic; `bumped` and `posts` are what the list says of it now, `known` is its mark."""
    tag = {"known": known, "bumped": bumped, "posts": posts}
    return Request(f"{options.server}/t/{number}.json", alone=True, tag=json.dumps(tag))


def _batch(options: DiscourseOptions, left: _Left, ids: list[int]) -> tuple[Request, ...]:
    """The next posts of a topic, if any are left.

    A short batch takes along those that came before them (`ids` has all), known already: it is those that are answered.
    """
    if not left.rest:
        return ()
    batch, here = left.rest[:BATCH], set(left.numbers.values())
    before = [each for each in ids if each < batch[0] and str(each) not in here]
    room = BATCH - len(batch)
    asked = urlencode([("post_ids[]", each) for each in [*(before[-room:] if room else ()), *batch]])
    url = f"{options.server}/t/{left.topic}/posts.json?{asked}"
    return (Request(url, alone=True, tag=json.dumps(asdict(left))),)


# -- lists ------------------------------------------------------------------------------------------------------------


def _listed(raw: Raw, query: Query, options: DiscourseOptions) -> Parsed:
    """A request for each topic in which something happened, and for the next page where this one had such topics."""
    tag = tagged(raw.ask.tag)
    known, listed, page = tag.get("known", {}), tag.get("listed", []), tag.get("page", 0)
    topics, more = _topics(raw, options)
    topics, too_many = first_of(topics, _MOST_LISTED)
    before = set(listed)
    found = {number: topic for topic in topics if (number := id_of(topic)) and number not in before}
    if len(topics) >= _FEW and not any(map(id_of, topics)) and raw.capture:
        raise drift("No topic of the list has a number.", raw.capture, path="topics[].id")
    if not (topics or page or options.search) and known and raw.capture:
        raise drift("The list has no topics any more.", raw.capture, path="topic_list.topics")
    asks = [
        _topic(options, number, known.get(number), _bumped(topic, query), whole(topic.get("posts_count")) or 0)
        for number, topic in found.items()
        if _happened(topic, _Mark.of(known.get(number)), query) and not _too_old(topic, query)
    ]
    early = (whole(tag.get("early")) or 0) + sum(_too_old(topic, query) for topic in found.values())
    said = f"{early} {'topic was' if early == 1 else 'topics were'} left out: nobody wrote in since the study's start."
    goes_on = more and page + 1 < options.pages and (found if options.search else asks)
    tag = {"known": known, "forget": [], "listed": [*listed, *found], "early": early}
    following = [_list(options, page + 1, tag)] if goes_on else []
    return Parsed(
        next=(*asks, *following), cursor=_forgetting(raw), problems=(*too_many, *[said] * (early > 0 and not following))
    )


def _topics(raw: Raw, options: DiscourseOptions) -> tuple[list[dict[str, Any]], bool]:
    """The topics of a page of a list, and whether the forum says that there are more."""
    if options.search:
        answer = json_of(raw, ("grouped_search_result",))
        more = at(answer, "grouped_search_result", "more_full_page_results")
        return [*objects(answer.get("topics"))], bool(more)
    answer = json_of(raw, DiscourseCollector.required_paths)
    topics = answer["topic_list"]["topics"]
    if raw.capture and not isinstance(topics, list):
        raise drift("The topics are no list.", raw.capture, path="topic_list.topics")
    return [*objects(topics)], bool(answer["topic_list"].get("more_topics_url"))


def _too_old(topic: dict[str, Any], query: Query) -> bool:
    """Whether nobody wrote in a topic since the study's window opened."""
    times = [dated(topic.get(name), query).ms for name in ("bumped_at", "last_posted_at")]
    newest = max((time for time in times if time is not None), default=None)
    return query.start_ms is not None and newest is not None and newest < query.start_ms


def _happened(topic: dict[str, Any], known: _Mark, query: Query) -> bool:
    """Whether somebody wrote in a topic since it was read."""
    now = (_bumped(topic, query), whole(topic.get("posts_count")) or 0)
    return not known.bumped or (known.bumped, known.posts) != now


def _bumped(topic: dict[str, Any], query: Query) -> str:
    """When somebody last wrote in a topic, as the list says; empty where that is no time."""
    raw = words(topic.get("bumped_at"))
    return raw if len(raw) <= _LONGEST_TIME and dated(raw, query).ms is not None else ""


def _forgetting(raw: Raw) -> Cursor | None:
    """The cursor without the topics that are too many to remember."""
    forget = tagged(raw.ask.tag).get("forget")
    return json.dumps(dict.fromkeys(forget)) if forget else None


# -- topics -----------------------------------------------------------------------------------------------------------


def _whole(raw: Raw, query: Query, options: DiscourseOptions) -> Parsed:
    """A topic as an Article, with its first posts, and a request for the next ones."""
    answer = json_of(raw, ("id", "post_stream.posts"))
    posts, number = _posts(raw, answer), id_of(answer)
    if not number:
        return Parsed(Page(rejects=(Reject("id", "no number", sample_of(answer)),)))
    stream = at(answer, "post_stream", "stream")
    given = stream if isinstance(stream, list) else [post.get("id") for post in objects(posts)]
    ids = sorted({one for each in given if (one := whole(each))})
    left = _left(number, ids, posts, tagged(raw.ask.tag), options)
    count = whole(answer.get("posts_count"))
    page = replace(
        _sound(posts_of(posts, left.place(options), query), raw),
        articles=(article_of(answer, posts, left.place(options), query),),
        declared={number: count - 1} if count else {},
    )
    said = f"Topic {number}: more posts than one run reads; the others wait for the next."
    return Parsed(page, _batch(options, left, ids), left.cursor, (said,) if left.cut else ())


def _left(number: str, ids: list[int], posts: list[Any], tag: dict[str, Any], options: DiscourseOptions) -> _Left:
    """What is left to read of a topic of these ids, once the posts that came with it are."""
    known, here = _Mark.of(tag.get("known")), {whole(post.get("id")) for post in objects(posts)}
    # More ids up to the last than were seen: posts were moved here from elsewhere, so all are read again.
    last = known.last if sum(each <= known.last for each in ids) <= known.seen else 0
    new = [each for each in ids if each > last]
    while new and new[0] in here:
        last = new.pop(0)
    left = _Left(
        topic=number,
        bumped=words(tag.get("bumped")),
        posts=whole(tag.get("posts")) or 0,
        last=last,
        seen=sum(each <= last for each in ids),
        rest=new[: options.posts],
        cut=len(new) > options.posts,
    )
    return replace(left, numbers=left.numbered([*objects(posts)]))


def _more(raw: Raw, query: Query, options: DiscourseOptions) -> Parsed:
    """A batch of posts, and a request for the next one."""
    posts = _posts(raw, json_of(raw, ("post_stream.posts",)))
    left = _Left.of(tagged(raw.ask.tag)).after([*objects(posts)])
    page = _sound(posts_of(posts, left.place(options), query), raw)
    return Parsed(page, _batch(options, left, []), left.cursor if left.topic else None)


def _sound(page: Page, raw: Raw) -> Page:
    """The page, unless a field has another name now and every post would be refused or forgotten."""
    if raw.capture:
        refuse_all(page.rejects, len(page.comments) + len(page.gone), raw.capture, "post_stream.posts[].cooked")
        refuse_all_gone(page, raw.capture, "post_stream.posts[].hidden")
    return page


def _posts(raw: Raw, answer: dict[str, Any]) -> list[Any]:
    posts = answer["post_stream"]["posts"]
    if raw.capture and not isinstance(posts, list):
        raise drift("The posts are no list.", raw.capture, path="post_stream.posts")
    return list(posts)[:_MOST_POSTS]
