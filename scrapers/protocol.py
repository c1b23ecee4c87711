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

Access = Literal["public", "token", "file"]
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
        secrets: header values nobody may see.
        secret_params: query values nobody may see.
        cap_bytes: the largest body taken, after inflating; None is the door's own cap.
        total_s: the time all of it may take; None is the door's own.
        min_interval_s: the least time between two requests to this host, where it is more than the door's own.
        alone: its failure does not stop the source's other requests.
        tag: what the collector wants to know again when it reads the response.
    """

    url: str
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    secret_params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: bytes | None = None
    cap_bytes: int | None = None
    total_s: float | None = None
    min_interval_s: float = 0.0
    alone: bool = False
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
    """

    options: BaseModel
    zone: ZoneInfo
    reference: datetime


@dataclass(frozen=True, slots=True)
class Parsed:
    """One page out of a response.

    Attributes:
        page: articles, comments, rejects and the declared total.
        next: what to ask for after this, in order.
        cursor: where to go on in a later run once this page is kept; None leaves the cursor as it was.
        problems: sentences for the receipt about what was odd but usable.
    """

    page: Page = field(default_factory=Page)
    next: tuple[Ask, ...] = ()
    cursor: Cursor | None = None
    problems: tuple[str, ...] = ()


class Collector(Protocol):
    """One kind of source.

    Attributes:
        name: the `kind` in a study file.
        access: `public`, `token` (the user's own key) or `file`.
        hosts: the hosts it may ask, empty where the options name them.
        min_interval_s: the least time between two requests to one host; 0 leaves it to the door.
        required_paths: the parts of a response without which it is SchemaDrift, as `a.b[].c`.
        schema_version: the version of the response shape it was written for.
        options: the closed model of its options.
    """

    name: ClassVar[str]
    access: ClassVar[Access]
    hosts: ClassVar[tuple[str, ...]]
    min_interval_s: ClassVar[float]
    required_paths: ClassVar[tuple[str, ...]]
    schema_version: ClassVar[str]
    options: ClassVar[type[BaseModel]]

    def start(self, query: Query, cursor: Cursor | None) -> Sequence[Ask]:
        """The first requests of a run, which goes on from `cursor` where there is one."""
        ...

    def parse(self, raw: Raw, query: Query) -> Iterable[Parsed]:
        """The pages of one response: bytes in, nouns out. A long file may give many, one after the other.

        Raises:
            SchemaDrift: the response does not have the shape this collector reads.
        """
        ...
