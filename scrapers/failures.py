"""What a failure means for the ask that met it: whether another run mends it, and when to come back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scrapers.errors import (
    BadRedirect,
    BlockedAddress,
    LocalFileError,
    NotFound,
    OutOfTime,
    RateLimited,
    SchemaDrift,
    TooLarge,
    Truncated,
)
from scrapers.protocol import Request
from storage.state import Fetched, Step

if TYPE_CHECKING:
    from scrapers.protocol import Ask, Raw
    from storage.nouns import Capture

_LASTING = (NotFound, BlockedAddress, BadRedirect, TooLarge, LocalFileError)


def lasts(error: Exception) -> bool:
    """Whether asking again in the next run does not mend it."""
    return isinstance(error, _LASTING) and not no_host(error)


def no_host(error: Exception) -> bool:
    """Whether nobody knew the host's name: that is how it looks, too, where this machine is offline."""
    return isinstance(error, NotFound) and error.capture is None


def retry_at(error: Exception) -> int | None:
    """Until when a site wants to be left alone, in UTC milliseconds."""
    when = error.retry_at if isinstance(error, RateLimited) else None
    return None if when is None else round(when.timestamp() * 1000)


def left_for_good(ask: Ask) -> Step:
    """A page that is gone for good is not asked for again when its list names it once more."""
    if isinstance(ask, Request) and ask.again == "never":
        return Step(fetched=Fetched(ask.url))
    return Step()


def reverts(ask: Ask) -> bool:
    """Whether what this ask would have led to is lost unless the listing is read again from where all was well."""
    return not ask.alone or (isinstance(ask, Request) and ask.chain)


def as_it_came(capture: Capture | None, error: Exception) -> Capture | None:
    """What is kept of an answer that could not be read: one that broke off in the middle is not complete."""
    return replace(capture, complete=False) if capture and isinstance(error, Truncated) else capture


def nothing_came(raw: Raw) -> SchemaDrift:
    """An answer without anything in it, where there used to be items."""
    where = raw.capture.final_url if raw.capture else raw.ask.key
    sample = raw.capture.body[:200].decode("utf-8", "replace") if raw.capture else ""
    remedy = "Open it: the service may have changed, or may hide what it has from visitors."
    return SchemaDrift("Nothing came where there used to be items.", where=where, remedy=remedy, sample=sample)


def out_of_time(budget_s: float, left: int) -> OutOfTime:
    """A source that used up its budget with so many asks left."""
    what = f"The time for this source ({budget_s / 60:g} minutes) is used up; {left:,} more to ask."
    return OutOfTime(what, remedy="The next run goes on from there; [schedule] budget_minutes may give it more time.")
