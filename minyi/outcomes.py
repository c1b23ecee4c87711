"""What a failure is called where people read it; jobs get the name of its class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapers import errors

if TYPE_CHECKING:
    from storage.errors import MinyiError

WORDS: dict[type[MinyiError], str] = {
    errors.Blocked: "refused",
    errors.BlockedAddress: "address not allowed",
    errors.AuthNeeded: "key needed",
    errors.RateLimited: "asked to wait",
    errors.NotFound: "not there",
    errors.SchemaDrift: "changed its answers",
    errors.BadResponse: "unusable answer",
    errors.BadRedirect: "leads nowhere",
    errors.Truncated: "broke off",
    errors.TooLarge: "too large",
    errors.Transient: "not reachable",
    errors.Deadline: "too slow",
    errors.LocalFileError: "file not readable",
    errors.CollectorFault: "collector's fault",
}
"""The words for each class of `scrapers.errors`; a class that is not here goes by the nearest above it."""


def in_words(error: MinyiError) -> str:
    """A failure in a word or three."""
    if isinstance(error, errors.NotFound) and error.where and "/" not in error.where:
        return "no such host"  # the guard names the host alone, everybody else an address
    return next((WORDS[cls] for cls in type(error).__mro__ if cls in WORDS), "failed")
