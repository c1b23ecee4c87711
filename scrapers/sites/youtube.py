"""`youtube`: comments on videos and the answers to them, from the YouTube Data API v3 with the user's own key.

Comments come newest first, a hundred a page, each with a few of its answers; the others are asked for when there are
more than at the last reading. Every request costs one unit of the key's daily quota.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from scrapers.answers import drift, json_of, objects, refuse_all, sample_of
from scrapers.bounds import first_of
from scrapers.errors import AuthNeeded, CollectorError, NotFound, RateLimited
from scrapers.fields import at, dated, identity, not_after, tagged, whole, words
from scrapers.protocol import Access, Ask, Collector, Cursor, Key, Options, Parsed, Query, Raw, Request
from scrapers.refusals import problem_of
from storage.nouns import Article, CommentRow, Page, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from storage.nouns import Capture

API = "https://www.googleapis.com/youtube/v3"
VIDEOS_AT_ONCE = 50
_MOST_ITEMS = 100  # as is asked for
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_ADDRESS = re.compile(
    r"https?://(?:youtu\.be/|(?:www\.|m\.|music\.)?youtube\.com/"
    r"(?:watch\?(?:[^#\s]*&)?v=|shorts/|live/|embed/))([A-Za-z0-9_-]{11})(?:[?&#/]\S*)?"
)
_QUOTA_DAY = ZoneInfo("America/Los_Angeles")  # quotas begin anew at midnight there
_OVER_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_BAD_KEY = frozenset(
    {
        *("keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked", "dailyLimitExceededUnreg"),
        *("API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED"),
        *("API_KEY_HTTP_REFERRER_BLOCKED", "SERVICE_DISABLED", "CONSUMER_INVALID", "CONSUMER_SUSPENDED"),
    }
)
_NOT_THERE = {
    "commentsDisabled": "Comments are turned off for this video.",
    "videoNotFound": "The video is private or deleted, or never was.",
    "commentNotFound": "The comment is not there any more.",
    "parentCommentNotFound": "The comment is not there any more.",
    "invalidPageToken": "YouTube no longer knows this place in the list; the comments after it were not read.",
}


class YouTubeOptions(Options):
    """Which videos, and how far back.

    Attributes:
        videos: ids or addresses.
        pages: how many pages of a hundred comments are read for each video in one run, and for each comment's answers.
    """

    videos: tuple[str, ...] = Field(min_length=1)
    pages: int = Field(default=50, ge=1, le=10_000)

    @field_validator("videos")
    @classmethod
    def _ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        ids = {video: _ID.fullmatch(video) or _ADDRESS.fullmatch(video) for video in value}
        for video, found in ids.items():
            if found is None:
                msg = (
                    f'"{video[:100]}" is no video: write its id of 11 characters, or https://www.youtube.com/watch?v=…'
                )
                raise ValueError(msg)
        return tuple(dict.fromkeys(found[found.re.groups] for found in ids.values() if found))


class YouTubeCollector(Collector):
    """Reads the videos first, then the comments of those that have any."""

    name: ClassVar[str] = "youtube"
    summary: ClassVar[str] = "Comments on YouTube videos and the answers to them."
    access: ClassVar[Access] = "token"
    hosts: ClassVar[tuple[str, ...]] = ("www.googleapis.com",)
    key: ClassVar[Key] = Key(
        variable="MINYI_YOUTUBE_KEY",
        get_one="Make an API key for the YouTube Data API v3 at https://console.cloud.google.com/apis/credentials.",
        parameter="key",
    )
    required_paths: ClassVar[tuple[str, ...]] = ("items",)
    options: ClassVar[type[YouTubeOptions]] = YouTubeOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """What the videos are; each request knows how far their comments were read before."""
        videos = YouTubeOptions.model_validate(query.options).videos
        known = tagged(cursor or "")
        return [_videos(videos[n : n + VIDEOS_AT_ONCE], known) for n in range(0, len(videos), VIDEOS_AT_ONCE)]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """Videos, a page of comments, or a page of answers.

        Raises:
            SchemaDrift: it is none of them.
        """
        answer = json_of(raw, self.required_paths)
        items, too_many = first_of([*objects(answer["items"])], _MOST_ITEMS)
        token = words(answer.get("nextPageToken"))
        tag, pages = tagged(raw.ask.tag), YouTubeOptions.model_validate(query.options).pages
        if too_many:
            yield Parsed(problems=too_many)
        match urlsplit(raw.ask.key).path.rpartition("/")[2]:
            case "videos":
                if raw.capture and items and not any(identity(item.get("id")) for item in items):
                    raise drift("No video of the answer has an id.", raw.capture, path="items[].id")
                yield _of_videos(items, tag, query, pages)
            case "commentThreads":
                yield _sound(_Comments(query, tag).page(items, token), raw)
            case _:
                yield _sound(_of_answers(items, tag, query, token), raw)

    def refused(self, capture: Capture) -> CollectorError | None:
        """The reasons YouTube gives are finer than its statuses: 403 may be a quota, a key, or one video's setting."""
        error = at(problem_of(capture), "error")
        reasons = {words(each.get("reason")) for name in ("errors", "details") for each in objects(at(error, name))}
        if reasons & _OVER_QUOTA:
            what, remedy = "The key's quota for today is used up.", "Collect again tomorrow, or with fewer pages."
            return RateLimited(what, where=capture.url, remedy=remedy, retry_at=_quota_day_after(capture.fetched_at))
        if reasons & _TOO_FAST:
            return RateLimited("Too many requests for this key.", where=capture.url, remedy="Collect again later.")
        if reasons & _BAD_KEY:
            what = f"YouTube does not accept the key in {self.key.variable}."
            return AuthNeeded(what, where=capture.url, remedy=self.key.get_one)
        said = next((_NOT_THERE[reason] for reason in sorted(reasons) if reason in _NOT_THERE), "")
        return NotFound(said, where=capture.url, remedy="Leave it out.") if said else None


COLLECTOR = YouTubeCollector()


def _sound(parsed: Parsed, raw: Raw) -> Parsed:
    """What was read, unless a field has another name now and every comment would be refused."""
    if raw.capture:
        refuse_all(parsed.page.rejects, len(parsed.page.comments), raw.capture, "items[].snippet.textDisplay")
    return parsed


def _ask(kind: str, parameters: Mapping[str, str], tag: Mapping[str, object], *, page: str = "") -> Request:
    """A request of the API; only one for videos stops the source when it fails: nothing goes on without it."""
    asked = {**parameters, "pageToken": page} if page else parameters
    return Request(
        f"{API}/{kind}?{urlencode(asked)}", keyed=True, alone=kind != "videos", chain=bool(page), tag=json.dumps(tag)
    )


# -- videos -----------------------------------------------------------------------------------------------------------


def _videos(ids: tuple[str, ...], known: dict[str, Any]) -> Request:
    """The cursor holds by video the time of its newest comment, and by `video/comment` how many answers were read."""
    of_these = {place: value for place, value in known.items() if place.partition("/")[0] in ids}
    tag = {"ids": ids, "known": of_these}
    return _ask("videos", {"part": "snippet,statistics", "id": ",".join(ids), "maxResults": "50"}, tag)


def _of_videos(items: list[dict[str, Any]], tag: dict[str, Any], query: Query, pages: int) -> Parsed:
    asked, known = tag.get("ids"), tag.get("known")
    videos = {identity(item.get("id")): item for item in items}
    missing = [each for each in (asked if isinstance(asked, list) else []) if each not in videos]
    counts = {video: whole(at(item, "statistics", "commentCount")) for video, item in videos.items()}
    places = known if isinstance(known, dict) else {}
    return Parsed(
        Page(
            articles=tuple(_article(video, item, query) for video, item in videos.items() if video),
            rejects=tuple(Reject(clean_line(str(video)), "private, deleted, or never was") for video in missing),
            declared={video: count for video, count in counts.items() if video and count is not None},
        ),
        next=tuple(_comments(video, _Known.of(video, places), pages) for video, count in counts.items() if count),
        problems=tuple(f"{video}: comments are turned off." for video, count in counts.items() if count is None),
    )


def _article(video: str, item: dict[str, Any], query: Query) -> Article:
    title, url = words(at(item, "snippet", "title")).strip(), f"https://www.youtube.com/watch?v={video}"
    when = dated(at(item, "snippet", "publishedAt"), query)
    text = f"{title}\n{words(at(item, 'snippet', 'description'))}"
    return Article(
        id=video,
        url=url,
        title=clean_line(title),
        text=clean(text).strip() or url,
        site="youtube.com",
        published_at=when.ms,
        published_raw=when.raw,
        published_precision=when.precision,
        extractor="youtube",
    )


# -- comments ---------------------------------------------------------------------------------------------------------


class _Known(NamedTuple):
    """What earlier runs read of a video: up to which time (ms), and how many answers to each comment."""

    since: int
    answers: dict[str, int]

    @classmethod
    def of(cls, video: str, places: dict[str, Any]) -> _Known:
        prefix = f"{video}/"
        answers = {place.removeprefix(prefix): whole(n) for place, n in places.items() if place.startswith(prefix)}
        return cls(whole(places.get(video)) or 0, {comment: n for comment, n in answers.items() if n is not None})


def _comments(video: str, known: _Known, left: int, page: str = "") -> Request:
    tag = {"video": video, "since": known.since, "answers": known.answers, "left": left - 1, "first": not page}
    asked = {"part": "snippet,replies", "videoId": video, "maxResults": "100", "order": "time"}
    return _ask("commentThreads", {**asked, "textFormat": "plainText"}, tag, page=page)


class _Comments:
    """One page of a video's comments, newest first."""

    def __init__(self, query: Query, tag: dict[str, Any]) -> None:
        self._query = query
        self._video = words(tag.get("video"))
        answers = tag.get("answers")
        self._known = _Known(whole(tag.get("since")) or 0, answers if isinstance(answers, dict) else {})
        self._left = whole(tag.get("left")) or 0
        self._first = tag.get("first") is True

    def page(self, threads: list[dict[str, Any]], token: str) -> Parsed:
        """The comments with the answers that came along, and what is still to be asked."""
        tops = [top if isinstance(top := at(thread, "snippet", "topLevelComment"), dict) else {} for thread in threads]
        asks = [self._answers_to(thread) for thread in threads]
        items = [(top, "") for top in tops]
        for thread, ask in zip(threads, asks, strict=True):
            items += [] if ask else [(answer, identity(thread.get("id"))) for answer in _inline(thread)]
        comments, rejects = _rows(items, self._video, self._query)
        newest = max((_time(top, self._query) for top in tops), default=0)
        further = bool(token) and newest > self._known.since
        more = further and newest > (self._query.start_ms or 0)
        older = [_comments(self._video, self._known, self._left, token)] if more and self._left else []
        return Parsed(
            Page(comments=comments, rejects=rejects),
            next=(*filter(None, asks), *older),
            cursor=self._cursor(threads, newest) if self._first else None,
            problems=self._left_out(further=further, more=more),
        )

    def _left_out(self, *, further: bool, more: bool) -> tuple[str, ...]:
        if further and not more:
            return (f"{self._video}: comments before the study's start were left out.",)
        return (f"{self._video}: older comments were left out (pages).",) if more and not self._left else ()

    def _answers_to(self, thread: dict[str, Any]) -> Request | None:
        """All answers to one comment, where more are declared than came along, and not as many as last time."""
        comment, declared = identity(thread.get("id")), whole(at(thread, "snippet", "totalReplyCount")) or 0
        if not comment or declared <= len(_inline(thread)) or self._known.answers.get(comment) == declared:
            return None
        pages = YouTubeOptions.model_validate(self._query.options).pages
        return _answers(self._video, comment, declared if self._first else None, pages)

    def _cursor(self, threads: list[dict[str, Any]], newest: int) -> Cursor:
        """The newest time; the counts of answers are kept for the comments of the first page only."""
        here = {identity(thread.get("id")) for thread in threads}
        over = {f"{self._video}/{comment}": None for comment in self._known.answers if comment not in here}
        return json.dumps({self._video: not_after(max(newest, self._known.since), self._query), **over})


def _inline(thread: dict[str, Any]) -> list[dict[str, Any]]:
    return list(objects(at(thread, "replies", "comments")))


def _time(item: dict[str, Any], query: Query) -> int:
    return dated(at(item, "snippet", "publishedAt"), query).ms or 0


# -- answers ----------------------------------------------------------------------------------------------------------


def _answers(video: str, comment: str, declared: int | None, left: int, page: str = "") -> Request:
    tag = {"video": video, "comment": comment, "declared": declared, "left": left - 1}
    asked = {"part": "snippet", "parentId": comment, "maxResults": "100", "textFormat": "plainText"}
    return _ask("comments", asked, tag, page=page)


def _of_answers(items: list[dict[str, Any]], tag: dict[str, Any], query: Query, token: str) -> Parsed:
    video, comment, left = words(tag.get("video")), words(tag.get("comment")), whole(tag.get("left")) or 0
    declared = whole(tag.get("declared"))
    comments, rejects = _rows([(item, comment) for item in items], video, query)
    more = bool(token and items)
    return Parsed(
        Page(comments=comments, rejects=rejects),
        next=(_answers(video, comment, declared, left, token),) if more and left else (),
        cursor=json.dumps({f"{video}/{comment}": declared}) if declared is not None and not (more and left) else None,
        problems=(f"{comment}: further answers were left out (pages).",) if more and not left else (),
    )


def _rows(
    items: Iterable[tuple[dict[str, Any], str]], video: str, query: Query
) -> tuple[list[CommentRow], tuple[Reject, ...]]:
    """Comments, each with the id of the one it answers (empty: none), and those that cannot be used."""
    rows: list[CommentRow] = []
    rejects: list[Reject] = []
    for item, parent in items:
        row = _row(item, parent, video, query)
        if row["ext_id"] and row["text"].strip():
            rows.append(row)
        else:
            rejects.append(
                Reject(row["ext_id"] or f"{video}: items[]", "no text" if row["ext_id"] else "no id", sample_of(item))
            )
    return rows, tuple(rejects)


def _row(item: dict[str, Any], parent: str, video: str, query: Query) -> CommentRow:
    said, comment = item.get("snippet"), identity(item.get("id"))
    when = dated(at(said, "publishedAt"), query)
    author = words(at(said, "authorChannelId", "value")) or words(at(said, "authorDisplayName"))
    return {
        "ext_id": comment,
        "text": words(at(said, "textDisplay")) or words(at(said, "textOriginal")),
        "kind": "comment",
        "author": author or None,
        "published_at": when.ms,
        "published_raw": when.raw,
        "published_precision": when.precision,
        "likes": whole(at(said, "likeCount")),
        "url": f"https://www.youtube.com/watch?v={video}&lc={comment}",
        "parent_id": parent or None,
        "platform": "YouTube",
        "article_id": video,
    }


def _quota_day_after(moment_ms: int) -> datetime:
    """When the quota that was used up at this moment begins anew."""
    day = datetime.fromtimestamp(moment_ms / 1000, _QUOTA_DAY).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=_QUOTA_DAY).astimezone(UTC)
