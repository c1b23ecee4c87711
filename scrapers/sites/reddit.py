"""`reddit`: submissions and the comments below them, from Reddit's API with the user's own app.

A listing names submissions; each is read with its tree of comments, and what the tree leaves out ("more") is asked for.
Later runs ask of a hundred known submissions at once how many comments they have, and read those again where the number
changed. What was deleted or removed is forgotten.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from urllib.parse import urlencode, urlsplit

from pydantic import Field, field_validator, model_validator

from scrapers.answers import drift, json_of, missing_path, objects, refuse_all, refuse_all_gone
from scrapers.bounds import first_of
from scrapers.errors import BadResponse, Blocked, CollectorError, NotFound
from scrapers.fields import at, dated, not_after, tagged, whole, words
from scrapers.items.reddit import Tree, is_gone
from scrapers.protocol import Access, Ask, Collector, Cursor, Key, Options, Parsed, Query, Raw, Request
from scrapers.refusals import problem_of
from storage.nouns import Article, Page, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.nouns import Capture

API = "https://oauth.reddit.com"
AT_ONCE = 100
_DAY_MS = 86_400_000
_UNREAD = -1
_SUBREDDIT = re.compile(r"[A-Za-z0-9_]{2,21}(?:\+[A-Za-z0-9_]{2,21})*")
_THREAD = re.compile(
    r"(?:t3_|https?://(?:[a-z]{2,4}\.)?reddit\.com/(?:r/\w+/|user/[\w-]+/)?comments/|https?://redd\.it/)?"
    r"(?P<id>[a-z0-9]{4,10})(?:[/?#]\S*)?"
)
_NAME = re.compile(r"t3_[a-z0-9]{1,12}")
_CLOSED = {"private": "private", "quarantined": "quarantined", "gold_only": "for paying members only"}


class RedditOptions(Options):
    """What to read: the newest of a subreddit, what a search finds (there or everywhere), or threads by name.

    Attributes:
        subreddit: its name; several are joined by a plus sign.
        search: words to search submissions for.
        threads: ids or addresses of submissions.
        pages: how many pages of a hundred submissions a run reads.
        more: how many requests a run spends, for each thread, on comments that its first answer leaves out.
        follow_days: how long after its posting a submission found by a listing is looked at again.
    """

    subreddit: str = ""
    search: str = ""
    threads: tuple[str, ...] = ()
    pages: int = Field(default=3, ge=1, le=10)
    more: int = Field(default=100, ge=0, le=10_000)
    follow_days: int = Field(default=14, ge=1, le=3_650)

    @field_validator("subreddit")
    @classmethod
    def _a_subreddit(cls, value: str) -> str:
        name = value.strip("/").removeprefix("r/")
        if value and not _SUBREDDIT.fullmatch(name):
            msg = f'"{value[:100]}" is no subreddit: write its name, such as "AskUK", or "AskUK+london"'
            raise ValueError(msg)
        return name

    @field_validator("threads")
    @classmethod
    def _ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        ids = {thread: _THREAD.fullmatch(thread) for thread in value}
        for thread, found in ids.items():
            if found is None:
                msg = f'"{thread[:100]}" is no thread: write its id or https://www.reddit.com/r/…/comments/…'
                raise ValueError(msg)
        return tuple(dict.fromkeys(f"t3_{found['id']}" for found in ids.values() if found))

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.subreddit or self.search.strip() or self.threads):
            msg = "give subreddit, search or threads"
            raise ValueError(msg)
        return self


class RedditCollector(Collector):
    """Reads listings, then the threads in them; the cursor holds by thread how many comments it had when read."""

    name: ClassVar[str] = "reddit"
    summary: ClassVar[str] = "Submissions on Reddit, of a subreddit or a search, and the comments below them."
    access: ClassVar[Access] = "token"
    hosts: ClassVar[tuple[str, ...]] = ("oauth.reddit.com",)
    key: ClassVar[Key] = Key(
        variable="MINYI_REDDIT_KEY",
        get_one="Make an app of your own at https://www.reddit.com/prefs/apps and give its id and secret as id:secret.",
        exchange="https://www.reddit.com/api/v1/access_token",
    )
    min_interval_s: ClassVar[float] = 1.0
    required_paths: ClassVar[tuple[str, ...]] = ("data.children",)
    options: ClassVar[type[RedditOptions]] = RedditOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """The first page of the listing, and how many comments the known threads have by now."""
        options, state = RedditOptions.model_validate(query.options), tagged(cursor or "")
        known = {name: whole(count) for name, count in state.items() if _NAME.fullmatch(name)}
        followed = sorted((dict.fromkeys(options.threads) | known).items())
        asks: list[Ask] = [_info(dict(followed[n : n + AT_ONCE])) for n in range(0, len(followed), AT_ONCE)]
        if options.subreddit or options.search.strip():
            place = _Place(whole(state.get("new")) or 0, frozenset(dict(followed)), options.pages)
            asks.insert(0, _listing(options, place))
        return asks

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """A listing, what is known of threads by now, a thread, or comments that were left out of one.

        Raises:
            SchemaDrift: it is none of them.
            NotFound: there is no such subreddit or thread.
            BadResponse: Reddit says in words that it could not do it.
        """
        path, capture, tag = urlsplit(raw.ask.key).path, raw.capture, tagged(raw.ask.tag)
        answer = json_of(raw, () if path.startswith(("/comments/", "/api/more")) else self.required_paths)
        if capture is None:
            return
        if path.startswith("/comments/"):
            yield _sound(_of_thread(answer, capture, tag, query), capture, thread=True)
        elif path.startswith("/api/morechildren"):
            yield _sound(_of_more(answer, capture, tag, query), capture, thread=True)
        elif path.startswith("/api/info"):
            yield _sound(_of_info(answer, tag, query), capture)
        else:
            yield _sound(_of_listing(answer, capture, tag, query), capture)

    def refused(self, capture: Capture) -> CollectorError | None:
        """Why a subreddit cannot be read, or nothing at all."""
        problem = problem_of(capture)
        reason = words(problem.get("reason"))
        if capture.status == HTTPStatus.FORBIDDEN and not problem:
            what, remedy = "Reddit turns this program away.", "Set a contact in the settings: Reddit asks for one."
            return Blocked(what, where=capture.url, remedy=remedy)
        if reason == "banned":
            return NotFound("Reddit has banned this subreddit.", where=capture.url, remedy="Leave it out.")
        if reason in _CLOSED:
            what = f"The subreddit is {_CLOSED[reason]}."
            return Blocked(what, where=capture.url, remedy="Leave it out.")
        return None


COLLECTOR = RedditCollector()


def _sound(parsed: Parsed, capture: Capture, *, thread: bool = False) -> Parsed:
    """What was read, unless a field has another name now and everything would be refused or forgotten."""
    page, path = parsed.page, f"data.children[].data.{'body' if thread else 'name'}"
    submissions = 0 if thread else len(page.articles) + len(page.gone_articles) + len(parsed.next)
    refuse_all(page.rejects, len(page.comments) + len(page.gone) + submissions, capture, path)
    if thread or not parsed.next:
        refuse_all_gone(page, capture, path)
    return parsed


def _ask(
    path: str, parameters: dict[str, str], tag: dict[str, object], *, alone: bool, expects: bool = False
) -> Request:
    url = f"{API}{path}?{urlencode({**parameters, 'raw_json': '1'})}"
    return Request(url, keyed=True, alone=alone, expects=expects, tag=json.dumps(tag))


# -- listings ---------------------------------------------------------------------------------------------------------


class _Place(NamedTuple):
    """Where a listing is read: the newest submission of the last run (ms), threads known, and pages left."""

    since: int
    known: frozenset[str]
    left: int
    after: str = ""


def _listing(options: RedditOptions, place: _Place) -> Request:
    path = f"/r/{options.subreddit}" if options.subreddit else ""
    asked = {"limit": str(AT_ONCE)}
    if options.search.strip():
        asked |= {"q": options.search.strip(), "sort": "new", "t": "all", "type": "link"}
        asked |= {"restrict_sr": "1"} if path else {}
    asked |= {"after": place.after} if place.after else {}
    tag = {"since": place.since, "known": sorted(place.known), "left": place.left - 1, "first": not place.after}
    expects = not options.search.strip() and not place.after
    return _ask(f"{path}/{'search' if 'q' in asked else 'new'}", asked, tag, alone=False, expects=expects)


def _of_listing(answer: dict[str, Any], capture: Capture, tag: dict[str, Any], query: Query) -> Parsed:
    if "/subreddits/search" in urlsplit(capture.final_url).path:
        raise NotFound("There is no such subreddit.", where=capture.url, remedy="Check its name.")
    options = RedditOptions.model_validate(query.options)
    known = tag.get("known")
    place = _Place(
        whole(tag.get("since")) or 0,
        frozenset(filter(None, map(words, known if isinstance(known, list) else []))),
        whole(tag.get("left")) or 0,
        words(answer["data"].get("after")),
    )
    children, too_many = first_of([*objects(answer["data"].get("children"))], 2 * AT_ONCE)
    posts, others = _submissions({"data": {"children": children}})
    fresh = [name for name, post in posts.items() if _is_new(name, _posted(post, query), place, query)]
    more = bool(place.after and fresh)
    newest = not_after(max([place.since, *(_posted(post, query) for post in posts.values())]), query)
    young = [name for name in fresh if not _is_old(_posted(posts[name], query), query)]
    read = ({"new": newest} if tag.get("first") is True else {}) | dict.fromkeys(young, _UNREAD)
    following = [_thread(name, options.more, keep=name in young) for name in fresh]
    following += [_listing(options, place)] if more and place.left else []
    return Parsed(
        _page((post for name, post in posts.items() if name not in fresh), Tree("", query).read(others), query),
        next=tuple(following),
        cursor=json.dumps(read) if read else None,
        problems=(
            *too_many,
            *_early(posts, place, query),
            *["Older submissions were left out (pages)."] * (more and not place.left),
        ),
    )


def _early(posts: dict[str, dict[str, Any]], place: _Place, query: Query) -> list[str]:
    """What is said of the threads that are not read for the study's window."""
    early = sum(name not in place.known and _too_early(_posted(post, query), query) for name, post in posts.items())
    return [f"{early} thread{'s' * (early > 1)} from before the study's start left unread."] if early else []


def _is_new(name: str, posted: int, place: _Place, query: Query) -> bool:
    """Whether a thread was never read: a search may find one late, but not later than threads are followed.

    One that people had done with before the study's window opened is none either.
    """
    if name in place.known or _too_early(posted, query):
        return False
    return posted > place.since or not _is_old(posted, query)


def _too_early(posted: int, query: Query) -> bool:
    return query.start_ms is not None and posted < query.start_ms - _followed_ms(query)


def _is_old(posted: int, query: Query) -> bool:
    return posted < query.reference.timestamp() * 1000 - _followed_ms(query)


def _followed_ms(query: Query) -> int:
    return RedditOptions.model_validate(query.options).follow_days * _DAY_MS


def _info(known: dict[str, int | None]) -> Request:
    return _ask("/api/info", {"id": ",".join(known)}, {"known": known}, alone=True)


def _of_info(answer: dict[str, Any], tag: dict[str, Any], query: Query) -> Parsed:
    """Threads whose number of comments changed are read again, and a last time those that have grown old."""
    options = RedditOptions.model_validate(query.options)
    told = tag.get("known")
    known: dict[str, Any] = told if isinstance(told, dict) else {}
    posts, others = _submissions(answer)
    read: dict[str, Request] = {}
    over = {name: None for name in known if name not in posts}
    for name, post in posts.items():
        keep = name in options.threads or not _is_old(_posted(post, query), query)
        if not keep:
            over[name] = None
        count = whole(known.get(name))
        if count is None or not keep or whole(post.get("num_comments")) != count:
            read[name] = _thread(name, options.more, keep=keep)
    tree = Tree("", query).read(others)
    tree.rejects += [Reject(clean_line(name), "no such thread") for name in known if name not in posts]
    page = _page((post for name, post in posts.items() if name not in read), tree, query)
    return Parsed(page, next=tuple(read.values()), cursor=json.dumps(over) if over else None)


def _submissions(listing: object) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The submissions of a listing by name, and what else is there."""
    posts: dict[str, dict[str, Any]] = {}
    others = []
    for child in objects(at(listing, "data", "children")):
        data = child.get("data")
        name = words(at(data, "name"))
        if child.get("kind") == "t3" and isinstance(data, dict) and _NAME.fullmatch(name):
            posts[name] = data
        else:
            others.append(child)
    return posts, others


def _page(posts: Iterable[dict[str, Any]], tree: Tree, query: Query) -> Page:
    """A page; a submission whose thread is read next gives its article there, once, and a deleted one none."""
    posts = list(posts)
    gone = {words(post["name"]) for post in posts if is_gone(words(post.get("selftext")).strip())}
    counts = {words(post["name"]): whole(post.get("num_comments")) for post in posts}
    return Page(
        articles=tuple(_article(post, query) for post in posts if words(post["name"]) not in gone),
        comments=tree.comments,
        rejects=tuple(tree.rejects),
        gone=tuple(tree.gone),
        gone_articles=tuple(sorted(gone)),
        declared={name: count for name, count in counts.items() if count is not None},
    )


def _posted(post: dict[str, Any], query: Query) -> int:
    return dated(post.get("created_utc"), query).ms or 0


def _article(post: dict[str, Any], query: Query) -> Article:
    title, told = words(post.get("title")).strip(), words(post.get("selftext")).strip()
    when, path = dated(post.get("created_utc"), query), words(post.get("permalink"))
    name = words(post["name"])
    url = "https://www.reddit.com" + (path if path.startswith("/") else f"/comments/{name.removeprefix('t3_')}/")
    text = clean(f"{title}\n{told}").strip()
    return Article(
        id=name,
        url=url,
        title=clean_line(title),
        text=text or url,
        site="reddit.com",
        published_at=when.ms,
        published_raw=when.raw,
        published_precision=when.precision,
        extractor="reddit",
    )


# -- threads ----------------------------------------------------------------------------------------------------------


def _thread(name: str, left: int, *, keep: bool) -> Request:
    """A thread, newest comments first; `left` requests may follow for what it leaves out."""
    tag = {"thread": name, "left": left, "keep": keep}
    return _ask(f"/comments/{name.removeprefix('t3_')}", {"limit": "500", "sort": "new"}, tag, alone=True)


def _branch(name: str, comment: str, left: int) -> Request:
    """What stands below one comment, where the thread breaks off."""
    asked = {"comment": comment.removeprefix("t1_"), "limit": "500", "sort": "new"}
    tag = {"thread": name, "left": left, "below": comment}
    return _ask(f"/comments/{name.removeprefix('t3_')}", asked, tag, alone=True)


def _children(name: str, ids: list[str], left: int) -> Request:
    """Comments by id, with what stands below them."""
    asked = {"api_type": "json", "link_id": name, "children": ",".join(ids), "limit_children": "false", "sort": "new"}
    return _ask("/api/morechildren", asked, {"thread": name, "left": left}, alone=True)


def _of_thread(answer: object, capture: Capture, tag: dict[str, Any], query: Query) -> Parsed:
    parts = answer if isinstance(answer, list) else []
    if len(parts) != 2 or any(missing_path(part, "data.children[]") for part in parts):  # noqa: PLR2004  post, comments
        raise drift("This is no thread.", capture, path="[].data.children")
    posts, _ = _submissions(parts[0])
    below, name = words(tag.get("below")), words(tag.get("thread")) or next(iter(posts), "")
    tree = Tree(name, query, but=below).read(parts[1]["data"]["children"])
    post = posts.get(name)
    if below or post is None:
        return _with_rest(_page((), tree, query), tree, tag)
    count = whole(post.get("num_comments"))
    read = {name: _UNREAD if count is None else count}
    return _with_rest(_page([post], tree, query), tree, tag, json.dumps(read) if tag.get("keep") is True else None)


def _of_more(answer: object, capture: Capture, tag: dict[str, Any], query: Query) -> Parsed:
    if at(answer, "json", "errors"):
        what = "Reddit could not give the comments left out of a thread."
        raise BadResponse(what, where=capture.url, remedy="Collect again later.")
    if missing := missing_path(answer, "json.data.things[]"):
        raise drift(f"“{missing}” is missing from the answer.", capture, path=missing)
    things = at(answer, "json", "data", "things")
    tree = Tree(words(tag.get("thread")), query).read(things if isinstance(things, list) else [])
    return _with_rest(_page((), tree, query), tree, tag)


def _with_rest(page: Page, tree: Tree, tag: dict[str, Any], cursor: Cursor | None = None) -> Parsed:
    """The page with requests for what it leaves out; they share what may still be asked for this thread."""
    left = whole(tag.get("left")) or 0
    batches = [tree.left_out[n : n + AT_ONCE] for n in range(0, len(tree.left_out), AT_ONCE)]
    number = min(left, len(batches) + len(tree.broken_off))
    share = (left - number) // number if number else 0
    asks = [
        *(_children(tree.thread, batch, share) for batch in batches),
        *(_branch(tree.thread, comment, share) for comment in tree.broken_off),
    ]
    missed = len(asks) - number
    problems = (
        (f"{tree.thread}: comments were left out ({missed} requests more than `more` allows).",) if missed else ()
    )
    return Parsed(page, next=tuple(asks[:number]), cursor=cursor, problems=problems)
