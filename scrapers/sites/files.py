"""`files`: comments in a table or list that somebody exported, as a file of the study's folder or at a URL."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from scrapers.encodings import decode
from scrapers.files import FileError, FileOptions, open_bytes, open_file, written_at
from scrapers.pages.fragments import text_of
from scrapers.pages.gates import gate
from scrapers.protocol import Access, Ask, Collector, Cursor, LocalFile, Parsed, Query, Raw, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapers.errors import CollectorError
    from scrapers.files import Reading
    from storage.nouns import Capture

DOWNLOAD_CAP = 200 * 1024 * 1024
DOWNLOAD_S = 600.0
_PAGE_START = 100_000


class FilesOptions(FileOptions):
    """How to read one file, and where it is: exactly one of `path` (relative to the study's folder) and `url`."""

    url: str | None = Field(default=None, pattern=r"^https?://\S+$")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.path) == bool(self.url):
            msg = "give one of path and url"
            raise ValueError(msg)
        return self


class FilesCollector(Collector):
    """Reads one file into comments, page by page."""

    name: ClassVar[str] = "files"
    summary: ClassVar[str] = "Comments somebody exported: a table or list in a file, or at a URL."
    access: ClassVar[Access] = "file"
    options: ClassVar[type[FilesOptions]] = FilesOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:  # noqa: ARG002  a file is read from its start
        """The file, local or downloaded."""
        options = FilesOptions.model_validate(query.options)
        if options.path:
            return [LocalFile(Path(options.path), whole=False)]
        return [Request(str(options.url), cap_bytes=DOWNLOAD_CAP, total_s=DOWNLOAD_S)]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """The file's pages, and at the end what was odd about it.

        Raises:
            MinyiError: as scrapers.files says: no text column, not a table, too large …
        """
        reading = _open(raw, FilesOptions.model_validate(query.options), query)
        for page in reading.pages():
            yield Parsed(page)
        yield Parsed(problems=(*map(str, reading.warnings), *reading.notes))


COLLECTOR = FilesCollector()


def _open(raw: Raw, options: FileOptions, query: Query) -> Reading:
    if raw.capture is None:
        written = written_at(raw.path)
        return open_file(raw.path, options, zone=query.zone, reference=query.reference, written=written)
    name = PurePosixPath(urlsplit(raw.capture.final_url).path).name or "download"
    try:
        return open_bytes(raw.capture.body, name, options, zone=query.zone, reference=query.reference)
    except FileError:
        if wrong := _gate(raw.capture):
            raise wrong from None
        raise


def _gate(capture: Capture) -> CollectorError | None:
    """What a short page that came in the file's place says: a login, a captcha, that nothing is there."""
    start = capture.body[:_PAGE_START]
    return gate("", text_of(decode(start, html=True).text), capture.final_url) if b"<html" in start.lower() else None
