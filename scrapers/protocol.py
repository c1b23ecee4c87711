"""What a source is to the runner: two pure functions and the options a study file may give it.

A collector says what to ask for (`start`) and reads what came (`parse`); it never opens a connection, so recorded
bytes test it without a network. The runner owns all I/O, state and errors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, TypeAlias

from pydantic import BaseModel, ConfigDict

from storage.nouns import Capture, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from scrapers.errors import CollectorError

Access = Literal["public", "token", "file"]
Again = Literal["always", "if changed", "never"]
Cursor: TypeAlias = str
"""Where a source left off, as the collector wrote it; nobody else reads it."""


class Options(BaseModel):
    """A source's options in the study file: immutable, and closed, so that a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Attributes:
        url: without secrets; it is what captures and messages show.
        headers: sent to the origin of `url` only, like everything below.
        secrets: header values nobody may see; put in by the runner, never by a collector.
        secret_params: query values nobody may see; likewise.
        keyed: the collector's key (`Collector.key`) goes along.
        again: whether a URL that this source has fetched before is fetched again: `if changed` sends the ETag and
            Last-Modified of last time, and an answer of 304 is not parsed; `never` leaves it out.
        expects: an answer without a single item is SchemaDrift where the source has given items before.
        cap_bytes: the largest body taken, after inflating; None is the door's own cap.
        total_s: the time all of it may take; None is the door's own.
        min_interval_s: the least time between two requests to this host, where it is more than the door's own.
        alone: its failure does not stop the source's other requests.
        chain: it goes on with a listing whose first page moved the cursor; if it breaks for good, the next run starts
            where the source last came to its end. True of everything that is not `alone`, without saying so.
        tag: what the collector wants to know again when it reads the response.
    """

    url: str
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    secret_params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: bytes | None = None
    keyed: bool = False
    again: Again = "always"
    expects: bool = False
    cap_bytes: int | None = None
    total_s: float | None = None
    min_interval_s: float = 0.0
    alone: bool = False
    chain: bool = False
    tag: str = ""

    @property
    def key(self) -> str:
        """What makes two requests the same one."""
        body = f" {self.body!r}" if self.body else ""
        return f"{self.url}{body}"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of the study's folder.

    Attributes:
        path: as given in the study file, relative to the study's folder.
        whole: the runner reads it and hands its bytes over as a Capture; otherwise the collector streams it.
        alone: its failure does not stop the source's other requests.
    """

    path: Path
    whole: bool = True
    alone: bool = False
    tag: str = ""

    @property
    def key(self) -> str:
        """What makes two requests the same one."""
        return f"file:{self.path.as_posix()}"


Ask: TypeAlias = Request | LocalFile


@dataclass(frozen=True, slots=True)
class Raw:
    """What came of an `Ask`: a capture, or for a local file that the collector streams no capture but its path."""

    ask: Ask
    capture: Capture | None = None
    path: Path = Path()


@dataclass(frozen=True, slots=True)
class Query:
    """What a source is asked: its options, and what every reading of a time needs to know.

    Attributes:
        options: an instance of the collector's own options model.
        zone: the zone of times that name none.
        reference: the moment of this run, for "yesterday" and "3 hours ago".
        start_ms: where the study's window begins (UTC milliseconds); None where it is open.
        end_ms: where it ends (the first millisecond after it); None where it is open.
    """

    options: BaseModel
    zone: ZoneInfo
    reference: datetime
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """One page out of a response.

    Attributes:
        page: articles, comments, rejects, acts, and how many comments the platform declares.
        next: what to ask for after this, in order; kept with the page, so that a run that was killed goes on there.
        cursor: where a later run starts, once this run has come to its end; None leaves the cursor as it was. A JSON
            object is merged into the cursor kept so far, key by key (null takes a key out), so that a source of several
            listings keeps a place in each: `{"cn": "123"}` and later `{"us": "456"}`.
        problems: sentences for the receipt about what was odd but usable.
        whole: whether the answer was well formed to its end. One that was read as far as it goes is asked for whole
            again, whatever its ETag.
    """

    page: Page = field(default_factory=Page)
    next: tuple[Ask, ...] = ()
    cursor: Cursor | None = None
    problems: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Key:
    """The user's own key for a service, read from the environment and sent to the asked host only.

    Attributes:
        variable: the environment variable that holds it.
        get_one: where a person gets one, as a sentence.
        parameter: the query parameter it goes into; empty where it goes into `Authorization: Bearer`.
        exchange: the OAuth 2 token endpoint where "id:secret" is changed into a bearer token (RFC 6749, 4.4).
        required: without it nothing can be asked.
        per_host: keys belong to servers that the options name: the variable holds `host:key`, several of them
            separated by spaces or commas, and a server gets its own only.
    """

    variable: str
    get_one: str
    parameter: str = ""
    exchange: str = ""
    required: bool = True
    per_host: bool = False


class Collector(Protocol):
    """One kind of source. Inherit from it, and say only what is not as below.

    Attributes:
        name: the `kind` in a study file.
        summary: what it gives, in one line, for `minyi sources`.
        access: `public`, `token` (the user's own key) or `file`.
        hosts: the hosts it may ask, empty where the options name them.
        key: the key it needs or can use.
        min_interval_s: the least time between two requests to one host; 0 leaves it to the door.
        required_paths: the parts of a response without which it is SchemaDrift, as `a.b[].c`.
        schema_version: the version of the response shape it was written for; raising it drops every kept cursor.
        options: the closed model of its options.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    options: ClassVar[type[BaseModel]]
    access: ClassVar[Access] = "public"
    hosts: ClassVar[tuple[str, ...]] = ()
    key: ClassVar[Key | None] = None
    min_interval_s: ClassVar[float] = 0.0
    required_paths: ClassVar[tuple[str, ...]] = ()
    schema_version: ClassVar[str] = "1"

    def start(self, query: Query, cursor: Cursor | None) -> Sequence[Ask]:
        """The first requests of a run, which goes on from `cursor` where there is one."""
        ...

    def parse(self, raw: Raw, query: Query) -> Iterable[Parsed]:
        """The pages of one response: bytes in, nouns out. A long file may give many, one after the other.

        Raises:
            SchemaDrift: the response does not have the shape this collector reads.
        """
        ...

    def refused(self, capture: Capture) -> CollectorError | None:  # noqa: ARG002  most services say nothing more
        """What an answer that is no success (4xx, 5xx) means, where its body says more than its status; else None."""
        return None
