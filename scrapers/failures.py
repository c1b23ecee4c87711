"""What a failure means for the ask that met it: whether another run mends it, and when to come back."""

from __future__ import annotations

from scrapers.errors import BadRedirect, BlockedAddress, LocalFileError, NotFound, RateLimited, TooLarge

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
