"""Where a source stands between two runs: what it left to ask, where it goes on, and what it has fetched before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Waiting(NamedTuple):
    """An ask that was not answered yet: its key (a digest), itself as text, and in how many runs it has failed."""

    key: str
    ask: str
    tries: int = 0


class Fetched(NamedTuple):
    """A URL that was fetched, and what its server wants to be asked with the next time; empty where it said nothing."""

    url: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """Where a source stands.

    Attributes:
        cursor: where its next run starts, as its collector wrote it.
        settled: the cursor as it was when the source last came to its end.
        waiting: what the last run left to ask, in order.
        fetched: what it has fetched before, by URL.
        had_items: whether it has ever given an article or a comment.
        asked_to_wait: until when its site wants to be left alone (UTC milliseconds); None if it said nothing.
        alike: other sources that have been collected with these very options: what they gave counts as well.
    """

    cursor: str | None = None
    settled: str | None = None
    waiting: tuple[Waiting, ...] = ()
    fetched: dict[str, Fetched] = field(default_factory=dict)
    had_items: bool = False
    asked_to_wait: int | None = None
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What one answer changes of a source's state; it is stored together with the answer's page, or not at all.

    Attributes:
        cursor: the new cursor; None leaves it as it was.
        done: key of the ask that is answered, empty while more pages of its answer follow.
        tried: key of an ask that failed and stays for the next run.
        waiting: new asks, in order.
        fetched: the URL that was fetched.
        asked_to_wait: until when the site wants to be left alone (UTC milliseconds).
        settles: the source came to its end: this cursor is the one to go back to.
        reverts: a chain of pages broke: the next run starts from the settled cursor again.
    """

    cursor: str | None = None
    done: str = ""
    tried: str = ""
    waiting: tuple[Waiting, ...] = ()
    fetched: Fetched | None = None
    asked_to_wait: int | None = None
    settles: bool = False
    reverts: bool = False
