"""Five sites on the loopback internet that go on being written on: a feed, a forum, a hashtag, a weblog and a search.

    growing = Growing(seed=1)
    growing.write(datetime(2026, 10, 1, tzinfo=UTC), 12)     # twelve comments, shared out among the sites
    world.otherwise = growing.answer
    assert stored <= growing.given                           # what any of its answers named, whole

Each item is (site, id). What it looks like is decided once, so that equal seeds give equal sites.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from talk import Talk

    Given = Mapping[str, list[str]]

SITES = ("feed", "forum", "tag", "blog", "search")
HOSTS = {
    "wire.harbour.example": "feed",
    "forum.harbour.example": "forum",
    "social.harbour.example": "tag",
    "blog.harbour.example": "blog",
    "hn.algolia.com": "search",
}
FEEDS, SHOWN_IN_FEED, TOPICS_ON_A_PAGE, HITS = 4, 120, 30, 50
SOURCES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "feed",
        "feed",
        {"urls": [f"https://wire.harbour.example/{part}.rss" for part in range(FEEDS)], "items": "comments"},
    ),
    ("forum", "discourse", {"server": "https://forum.harbour.example", "latest": True, "pages": 20}),
    ("tag", "mastodon", {"server": "social.harbour.example", "tag": "charge"}),
    ("blog", "wordpress", {"server": "https://blog.harbour.example", "categories": [3], "pages": 50}),
    ("search", "hackernews", {"query": "harbour charge"}),
)
"""Name, kind and options of each as a source."""

_UNDER_ONE = {"forum": 70}
"""How many comments stand under one topic or post, where it is not twenty."""
_SAID = (
    "The charge is too high for people who cross twice a day",
    "收费太高了，每天过桥的人怎么办",
    "Fair enough, the bridge needs the money",
    "支持收费，桥上终于不堵了",
    "Please let nurses and carers cross for free",
    "希望给护士和照顾老人的人免费",
    "Where can the day pass be bought, does anyone know",
    "请问日票在哪里买",
    "They never asked anyone who lives on this side",
    "从来没有问过住在这一边的人",
    "A monthly cap would help more than a discount",
    "建议设一个每月封顶，比打折有用",
)
_WRITERS = tuple(f"{name}{number}" for name in ("ola", "mira", "小陈", "tam", "老周", "ines") for number in range(8))


@dataclass(slots=True)
class Said:
    """One comment on one of the sites.

    Attributes:
        id: as the site numbers it.
        at: when it was written, to the second (UTC milliseconds).
        under: the number of the topic, post or story it stands under.
    """

    id: int
    at: int
    text: str
    author: str
    under: int
    deleted: bool = False

    @property
    def when(self) -> str:
        """As an API writes it."""
        return _moment(self.at).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass
class Growing:
    """The sites, and what they have given.

    Attributes:
        said: by site, everything written, the oldest first.
        given: every (site, id) that a whole answer held.
        bodies: SHA-256 of every whole answer that was given.
        told: how many whole answers there were.
    """

    seed: int = 0
    said: dict[str, list[Said]] = field(default_factory=lambda: {site: [] for site in SITES})
    given: set[tuple[str, str]] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    told: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(f"growing {self.seed}")

    def write(self, moment: datetime, count: int, site: str = "", every_s: int = 7) -> None:
        """Some more comments, the last of them at this moment; now and then one begins a topic or post."""
        for place in range(count):
            at = (int(moment.timestamp()) - (count - 1 - place) * every_s) * 1000
            self._write(site or self._chance.choice(SITES), at)

    def _write(self, site: str, at: int) -> None:
        said = self.said[site]
        number = len(said) + 1
        own = (at << 16) + number if site == "tag" else 1_000 + number
        under = (number - 1) // _UNDER_ONE.get(site, 20) + 1
        text = f"{self._chance.choice(_SAID)} ({site} {number})"
        said.append(Said(own, at, text, self._chance.choice(_WRITERS), under))

    def edit(self, site: str) -> None:
        """Somebody rewrites a comment."""
        if self.said[site]:
            self._chance.choice(self.said[site]).text += " (edited)"

    def delete(self, site: str) -> None:
        """Somebody takes a comment back."""
        if self.said[site]:
            self._chance.choice(self.said[site]).deleted = True

    @property
    def deleted(self) -> set[tuple[str, str]]:
        return {(site, str(one.id)) for site, said in self.said.items() for one in said if one.deleted}

    @property
    def offered(self) -> set[tuple[str, str]]:
        """All there is to be had: what was given, and what the sites show to whoever goes back far enough."""
        shown = {(site, str(one.id)) for site, said in self.said.items() if site != "feed" for one in said}
        return (self.given | shown) - self.deleted

    def times(self) -> dict[tuple[str, str], int]:
        """When each was written."""
        return {(site, str(one.id)): one.at for site, said in self.said.items() for one in said}

    # -- answering ----------------------------------------------------------------------------------------------------

    async def answer(self, talk: Talk) -> None:
        """Answer whole, and note what was given."""
        status, headers, body, ids = self.page(talk.url, talk.headers)
        await talk.reply(status, headers, body)
        self.note(talk.url, status, body, ids)

    def note(self, url: str, status: int, body: bytes, ids: Iterable[str]) -> None:
        """An answer was given whole."""
        if status == 200:
            site = HOSTS[urlsplit(url).hostname or ""]
            self.given |= {(site, one) for one in ids}
            self.bodies.add(hashlib.sha256(body).hexdigest())
            self.told += 1

    def page(self, url: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes, list[str]]:
        """What this address answers at this moment: status, headers, body, and the ids of the comments on it."""
        parts = urlsplit(url)
        site = HOSTS.get(parts.hostname or "")
        if site is None or parts.path == "/robots.txt":
            return 404, {"content-type": "text/plain"}, b"no such page", []
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if site == "feed":
            return self._feed(int(parts.path.strip("/").partition(".")[0]), headers)
        answers: dict[str, Callable[[], Any]] = {
            "forum": lambda: self._forum(parts.path, parse_qs(parts.query)),
            "tag": lambda: self._tag(asked),
            "blog": lambda: self._blog(parts.path, asked),
            "search": lambda: self._search(asked),
        }
        ids, said, more = answers[site]()
        media = {"content-type": "application/json; charset=utf-8"}
        return 200, media | more, json.dumps(said, ensure_ascii=False).encode(), ids

    def _feed(self, part: int, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes, list[str]]:
        said = [one for one in self.said["feed"] if one.id % FEEDS == part]
        shown = [one for one in said[-SHOWN_IN_FEED:][::-1] if not one.deleted]
        items = "".join(
            f"<item><guid>{one.id}</guid><title>Comment {one.id}</title><description>{one.text}</description>"
            f"<pubDate>{format_datetime(_moment(one.at))}</pubDate></item>\n"
            for one in shown
        )
        body = (
            f'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>Wire</title>\n{items}</channel></rss>'.encode()
        )
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if headers.get("if-none-match") == tag:
            return 304, {"etag": tag}, b"", []
        return 200, {"content-type": "application/rss+xml", "etag": tag}, body, [str(one.id) for one in shown]

    def _forum(self, path: str, asked: Mapping[str, list[str]]) -> tuple[list[str], Any, dict[str, str]]:
        topics = defaultdict[int, list[Said]](list)
        for one in self.said["forum"]:
            topics[one.under].append(one)
        if path.startswith("/t/"):
            said = topics[int(path.split("/")[2].partition(".")[0])]
            wanted = set(asked.get("post_ids[]", ()))
            shown = [one for one in said if str(one.id) in wanted] if wanted else said[:20]
            return _ids(shown), _topic(said, shown, 2 if not wanted else 0), {}
        page = int(asked.get("page", ["0"])[0])
        newest = sorted(topics.values(), key=lambda said: said[-1].id, reverse=True)
        here = newest[page * TOPICS_ON_A_PAGE :]
        listed = [_headed(said) for said in here[:TOPICS_ON_A_PAGE]]
        more = {"more_topics_url": f"/latest?page={page + 1}"} if len(here) > TOPICS_ON_A_PAGE else {}
        return [], {"topic_list": {"topics": listed, **more}}, {}

    def _tag(self, asked: Mapping[str, str]) -> tuple[list[str], Any, dict[str, str]]:
        said = [one for one in self.said["tag"] if not one.deleted]
        if "min_id" in asked:
            shown = [one for one in said if one.id > int(asked["min_id"])][:40][::-1]
        else:
            shown = [one for one in said if one.id < int(asked.get("max_id", 1 << 70))][-40:][::-1]
        return _ids(shown), [_post(one) for one in shown], {}

    def _blog(self, path: str, asked: Mapping[str, str]) -> tuple[list[str], Any, dict[str, str]]:
        said, size, page = self.said["blog"], int(asked.get("per_page", 10)), int(asked.get("page", 1))
        if path.endswith("/comments"):
            under = set(asked.get("post", "").split(","))
            found = [one for one in said[::-1] if str(one.under) in under and not one.deleted]
        else:
            first = {one.under: one for one in said[::-1]}
            after = datetime.fromisoformat(asked.get("after", "2000-01-01T00:00:00Z")).timestamp() * 1000
            found = sorted((one for one in first.values() if one.at > after), key=lambda one: one.at, reverse=True)
        shown = found[(page - 1) * size : page * size]
        totals = {"x-wp-total": str(len(found)), "x-wp-totalpages": str(-(-len(found) // size))}
        if path.endswith("/comments"):
            return _ids(shown), [_reply(one) for one in shown], totals
        return [], [_article(one) for one in shown], totals

    def _search(self, asked: Mapping[str, str]) -> tuple[list[str], Any, dict[str, str]]:
        found = self.said["search"][::-1]
        for bound in filter(None, asked.get("numericFilters", "").split(",")):
            at = int(bound.partition(">=")[2] or bound.partition("<")[2])
            found = [one for one in found if (one.at // 1000 >= at if ">=" in bound else one.at // 1000 < at)]
        hits = [_hit(one) for one in found[:HITS]]
        return _ids(found[:HITS]), {"hits": hits, "nbHits": len(found)}, {}


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _ids(said: Iterable[Said]) -> list[str]:
    return [str(one.id) for one in said]


def _headed(said: list[Said]) -> dict[str, Any]:
    """A forum's topic in a list."""
    number, last = said[0].under, said[-1].when
    count = {"posts_count": len(said) + 1, "bumped_at": last, "last_posted_at": last}
    return {"id": number, "title": f"Topic {number}", "slug": "t", "created_at": said[0].when, **count}


def _topic(said: list[Said], shown: list[Said], first: int) -> dict[str, Any]:
    """A forum's topic with some of its posts; the question that begins it has a number of its own."""
    number = said[0].under
    head = {"id": number, "post_number": 1, "post_type": 1, "username": "harbour", "created_at": said[0].when}
    posts = [head | {"cooked": f"<p>What do you think of charge {number}?</p>"}] if first else []
    posts += [
        {
            "id": one.id,
            "post_number": said.index(one) + 2,
            "post_type": 1,
            "username": one.author,
            "created_at": one.when,
            "cooked": f"<p>{one.text}</p>",
            "hidden": one.deleted,
        }
        for one in shown
    ]
    stream = [number, *(one.id for one in said)]
    return _headed(said) | {"post_stream": {"posts": posts, "stream": stream}}


def _post(one: Said) -> dict[str, Any]:
    account = {"id": one.author, "username": one.author, "acct": one.author, "display_name": one.author}
    url = f"https://social.harbour.example/@{one.author}/{one.id}"
    said = {"content": f"<p>{one.text}</p>", "created_at": one.when, "visibility": "public", "reblog": None}
    return {"id": str(one.id), "uri": url, "url": url, "account": account, "replies_count": 0, **said}


def _reply(one: Said) -> dict[str, Any]:
    when = one.when[:19]
    said = {"content": {"rendered": f"<p>{one.text}</p>"}, "author_name": one.author, "type": "comment"}
    link = f"https://blog.harbour.example/p/{one.under}/#comment-{one.id}"
    return {"id": one.id, "post": one.under, "parent": 0, "date": when, "date_gmt": when, "link": link, **said}


def _article(one: Said) -> dict[str, Any]:
    when, link = one.when[:19], f"https://blog.harbour.example/p/{one.under}/"
    said = {"title": {"rendered": f"Notes {one.under}"}, "content": {"rendered": f"<p>The {one.under}th day.</p>"}}
    return {"id": one.under, "slug": f"p{one.under}", "date": when, "date_gmt": when, "link": link, **said}


def _hit(one: Said) -> dict[str, Any]:
    text = None if one.deleted else one.text
    when = {"created_at": one.when, "created_at_i": one.at // 1000}
    return {"objectID": str(one.id), "comment_text": text, "author": one.author, "story_id": one.under, **when} | {
        "story_title": f"Charge {one.under}",
        "parent_id": one.under,
    }
