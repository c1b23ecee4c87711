"""What can go wrong while collecting, as one tree of typed errors.

CollectorError
├── Blocked         robots.txt, HTTP 403 or 451: the site does not want this
│   └── BlockedAddress  an address that is never collected from (this machine, its network, a metadata service)
├── AuthNeeded      HTTP 401 or 407: a key or a login is wanted
├── RateLimited     the site says when to come back
├── NotFound        HTTP 404 or 410, or a host name nobody has
├── SchemaDrift     the response has another shape than it used to have
├── BadResponse     an answer that cannot be used as it is, a wrong certificate, a 304 or 206 nobody asked for
│   ├── BadRedirect     a redirect that loops, goes on too long or leaves HTTP
│   ├── Truncated       the body broke off
│   └── TooLarge        the body is longer than the cap
├── Transient       transport errors, HTTP 408, 421, 425 and 5xx, after the retries
│   └── Deadline        the whole request took too long
├── OutOfTime       the source's share of the run is used up; the next run goes on
├── LocalFileError  a local path that may not or cannot be read
└── CollectorFault  the collector itself failed on a response
"""

# ruff: noqa: N818  the names are those of the design, and say what happened

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.errors import MinyiError

if TYPE_CHECKING:
    from datetime import datetime

    from storage.nouns import Capture


_USUAL_REMEDY = "Try again later; if it stays so, leave it out."


class SettingsError(MinyiError):
    """A setting of the fetch door cannot be used."""


class CollectorError(MinyiError):
    """Something that kept a source, or one of its pages, from being collected.

    Attributes:
        capture: what came, where something did: the answer of a refusal, or a part marked as incomplete.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "", capture: Capture | None = None) -> None:
        super().__init__(what, where=where, remedy=remedy or _USUAL_REMEDY)
        self.capture = capture


class Blocked(CollectorError):
    """The site does not want this page to be collected."""


class BlockedAddress(Blocked):
    """The address is not one of the public internet, so nothing was connected to."""


class AuthNeeded(CollectorError):
    """The site wants a key or a login."""


class RateLimited(CollectorError):
    """The site asked to be left alone for longer than this run waits.

    Attributes:
        retry_at: when to come back (UTC), or None where the site did not say.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "", retry_at: datetime | None = None) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.retry_at = retry_at


class NotFound(CollectorError):
    """There is no such page, or no such host."""


class SchemaDrift(CollectorError):
    """The response no longer has the shape its collector reads.

    Attributes:
        path: the part that is missing or different, as `a.b[].c`.
        sample: the start of what came instead.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "", path: str = "", sample: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.path = path
        self.sample = sample


class BadResponse(CollectorError):
    """The answer cannot be used."""


class BadRedirect(BadResponse):
    """A redirect loops, goes on too long, or leads out of HTTP."""


class Truncated(BadResponse):
    """The body broke off before its end."""


class TooLarge(BadResponse):
    """The body is longer than the cap; reading stopped there."""


class Transient(CollectorError):
    """It may work later: a transport error or HTTP 5xx that stayed after the retries."""


class Deadline(Transient):
    """The request was given up because all of it together took too long."""


class OutOfTime(CollectorError):
    """The source used up the time that one run gives it; what it had not asked yet waits for the next one."""


class LocalFileError(CollectorError):
    """The path is not a regular file of this machine, or cannot be read."""


class CollectorFault(CollectorError):
    """The collector failed in a way nobody foresaw; the other sources go on."""
