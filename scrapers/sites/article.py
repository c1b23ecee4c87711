"""`article`: a news page, a notice or a post at a URL, or kept as an HTML, text or Markdown file.

It gives the Article; what people say inside it is found by the language room.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import field_validator, model_validator

from scrapers.encodings import decode
from scrapers.errors import BadResponse, SchemaDrift
from scrapers.language import language_of
from scrapers.plain import read_plain
from scrapers.protocol import Ask, Collector, Cursor, LocalFile, Options, Parsed, Query, Raw, Request
from scrapers.times import parse_time
from storage.nouns import Article, Page
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.nouns import Capture

TEXT_LIMIT = 200_000
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
_TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown"})
_SAMPLE = 200
_WEB = re.compile(r"https?://\S+$", re.IGNORECASE)


class ArticleOptions(Options):
    """Where the article is: exactly one of `url`, `urls` and `path`.

    Attributes:
        url: one page.
        urls: several pages.
        path: a .html, .htm, .txt or .md file, relative to the study's folder.
        encoding: the encoding of a file or page that names a wrong one.
    """

    url: str | None = None
    urls: tuple[str, ...] = ()
    path: str | None = None
    encoding: str | None = None

    @field_validator("url", "urls")
    @classmethod
    def _web_addresses(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for address in (value,) if isinstance(value, str) else value or ():
            if not _WEB.match(address):
                msg = 'write an address that starts with https:// or http://; a saved page is path = "page.html"'
                raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(map(bool, (self.url, self.urls, self.path))) != 1:
            msg = "give one of url, urls and path"
            raise ValueError(msg)
        return self


class ArticleCollector(Collector):
    """Reads one page or file into one Article."""

    name: ClassVar[str] = "article"
    summary: ClassVar[str] = "A news page, a notice or a post: its text, date and what people are quoted with."
    required_paths: ClassVar[tuple[str, ...]] = ("main text",)
    options: ClassVar[type[ArticleOptions]] = ArticleOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:  # noqa: ARG002  a page has no place to go on from
        """One request a page; the failure of one does not stop the others."""
        options = ArticleOptions.model_validate(query.options)
        if options.path:
            return [LocalFile(Path(options.path))]
        urls = dict.fromkeys((*filter(None, [options.url]), *options.urls))
        return [Request(url, alone=True) for url in urls]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """The article.

        Raises:
            BadResponse: it is neither HTML nor text.
            SchemaDrift: no text was found in it.
        """
        options = ArticleOptions.model_validate(query.options)
        if raw.capture is None:
            raise BadResponse("An article is read whole.", where=str(raw.path))
        article = _read(raw, raw.capture, query, options)
        if not article.text:
            sample = raw.capture.body[:_SAMPLE].decode("utf-8", "replace")
            remedy = "Open the page: it may need a login, or be filled in by a script."
            where = raw.capture.final_url
            raise SchemaDrift("No text was found.", where=where, remedy=remedy, path="main text", sample=sample)
        odd = article.extractor == "everything"
        problems = (f"{raw.capture.final_url}: too odd a page to find the article in; all its text was kept.",)
        yield Parsed(Page(articles=(article,)), problems=problems if odd else ())


COLLECTOR = ArticleCollector()


def _read(raw: Raw, capture: Capture, query: Query, options: ArticleOptions) -> Article:
    suffix = PurePosixPath(capture.final_url).suffix.lower()
    media, _, parameters = capture.headers.get("content-type", "").partition(";")
    media = media.strip().lower()
    declared = options.encoding or parameters.partition("charset=")[2].strip() or None
    local = isinstance(raw.ask, LocalFile)
    if (local and suffix in _TEXT_SUFFIXES) or (not local and media in {"text/plain", "text/markdown"}):
        text = decode(capture.body, declared=declared).text
        return _of_plain(text, capture, query, local=local, markdown=suffix != ".txt")
    if (local and suffix in _HTML_SUFFIXES) or (not local and _is_html(media, capture.body)):
        return _of_html(decode(capture.body, declared=declared, html=True).text, capture, query, local=local)
    remedy = "Save it as .html, .txt or .md." if local else "Save it as text and give its path."
    raise BadResponse(f"This is neither HTML nor text ({media or suffix}).", where=capture.final_url, remedy=remedy)


def _is_html(media: str, body: bytes) -> bool:
    return "html" in media or (not media and b"<" in body[:1024] and b"\0" not in body[:1024])


def _of_plain(text: str, capture: Capture, query: Query, *, local: bool, markdown: bool) -> Article:
    document = read_plain(text, markdown=markdown)
    moment = parse_time(document.date, zone=query.zone, reference=query.reference) if document.date else None
    body = clean("\n".join(document.lines), TEXT_LIMIT)
    url = "" if local else capture.final_url
    return Article(
        id=_id(capture.body if local else url.encode()),
        url=url,
        title=document.title,
        text=body,
        site=document.site,
        lang=language_of(body),
        published_at=moment.ms if moment else None,
        published_raw=document.date,
        published_precision=moment.precision if moment else None,
        extractor="text",
    )


def _of_html(html: str, capture: Capture, query: Query, *, local: bool) -> Article:
    # lxml and the extractors take a second to import: only when a page is there to be read.
    from scrapers.head import published, read_head
    from scrapers.html import main_text

    url = "" if local else capture.final_url
    found, head = main_text(html), read_head(html, url)
    when = published(html, url, query.zone, query.reference)
    body = clean(found.text, TEXT_LIMIT)
    return Article(
        id=_id(capture.body if local or not head.url else head.url.encode()),
        url=head.url,
        title=head.title,
        text=body,
        site=head.site,
        lang=language_of(body, head.lang),
        published_at=when.moment.ms if when else None,
        published_raw=clean_line(when.raw) if when else "",
        published_precision=when.moment.precision if when else None,
        extractor=found.extractor,
    )


def _id(identity: bytes) -> str:
    return hashlib.sha256(identity).hexdigest()[:32]
