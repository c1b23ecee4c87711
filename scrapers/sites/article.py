"""`article`: news pages, notices and posts: at URLs, behind a list page or sitemap, or kept as a file.

It gives the Articles; what people say inside them is found by the language room.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from scrapers.encodings import decode
from scrapers.errors import BadResponse, SchemaDrift, TooLarge
from scrapers.language import language_of
from scrapers.pages.gates import gate
from scrapers.pages.plain import read_plain
from scrapers.protocol import Ask, Collector, Cursor, LocalFile, Options, Parsed, Query, Raw, Request
from scrapers.times import parse_time
from storage.nouns import Article, Page
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scrapers.pages.html import WebPage
    from scrapers.pages.listing import Link
    from storage.nouns import Capture

TEXT_LIMIT = 200_000
SITEMAP_CAP = 50 * 1024 * 1024
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
_TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown"})
_SAMPLE = 200
_WEB = re.compile(r"https?://\S+$", re.IGNORECASE)
_PAGE = "{page}"
# What a request is for, told by its tag; an article's has none.
_LIST, _SITEMAP, _PART = "list", "sitemap", "sitemap of an index"
_MOST_SITEMAPS = 20


class ArticleOptions(Options):
    """Where the articles are: exactly one of `url`, `urls`, `path`, `list` and `sitemap`.

    Attributes:
        url: one page.
        urls: several pages.
        path: a .html, .htm, .txt or .md file, relative to the study's folder.
        list: a page whose links are articles; `{page}` in it stands for the numbers from 1 to `pages`.
        sitemap: a sitemap, an index of sitemaps or a news sitemap.
        match: what the links of a list or sitemap must fit: a glob or regular expression, found anywhere in the
            address. Without it, a list's links count that lead to the same site and look like an article's.
        limit: at most this many articles of each list page and sitemap, the newest first.
        pages: how many pages of the list there are to ask for.
        other_sites: whether links of a list or sitemap may lead to other sites than its own.
        encoding: the encoding of a file or page that names a wrong one.
    """

    url: str | None = None
    urls: tuple[str, ...] = ()
    path: str | None = None
    list: str | None = None
    sitemap: str | None = None
    match: str = ""
    limit: int = Field(default=100, ge=1, le=5_000)
    pages: int = Field(default=1, ge=1, le=100)
    other_sites: bool = False
    encoding: str | None = None

    @field_validator("url", "urls", "list", "sitemap")
    @classmethod
    def _web_addresses(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for address in (value,) if isinstance(value, str) else value or ():
            if not _WEB.match(address):
                msg = 'write an address that starts with https:// or http://; a saved page is path = "page.html"'
                raise ValueError(msg)
        return value

    @field_validator("match")
    @classmethod
    def _a_pattern(cls, value: str) -> str:
        from scrapers.pages.listing import pattern

        pattern(value)
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(map(bool, (self.url, self.urls, self.path, self.list, self.sitemap))) != 1:
            msg = "give one of url, urls, path, list and sitemap"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.match and not (self.list or self.sitemap):
            msg = "match goes with list or sitemap"
            raise ValueError(msg)
        if (self.pages > 1) != (_PAGE in (self.list or "")):
            msg = f"pages goes with a list address in which {_PAGE} stands for the number"
            raise ValueError(msg)
        return self


class ArticleCollector(Collector):
    """Reads each page or file into one Article; lists and sitemaps only say which."""

    name: ClassVar[str] = "article"
    summary: ClassVar[str] = "News pages, notices and posts, one by one or from a list page or sitemap."
    options: ClassVar[type[ArticleOptions]] = ArticleOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:  # noqa: ARG002  a page has no place to go on from
        """One request a page; the failure of one does not stop the others, that of a list or sitemap does."""
        options = ArticleOptions.model_validate(query.options)
        if options.path:
            return [LocalFile(Path(options.path))]
        if options.sitemap:
            return [Request(options.sitemap, again="if changed", cap_bytes=SITEMAP_CAP, tag=_SITEMAP)]
        if options.list:
            addresses = [options.list.replace(_PAGE, str(number)) for number in range(1, options.pages + 1)]
            return [Request(url, again="if changed", alone=at > 0, tag=_LIST) for at, url in enumerate(addresses)]
        urls = dict.fromkeys((*filter(None, [options.url]), *options.urls))
        return [Request(url, again="if changed", alone=True) for url in urls]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """The article, or the requests for those that a list or sitemap names.

        Raises:
            BadResponse: it is empty, or neither HTML nor text; a sitemap is no XML.
            SchemaDrift: no text was found in it; a list has no link to an article.
            TooLarge: a list page has too many tags for its links to be read.
            Blocked, NotFound: a page that says so came in its place.
        """
        options = ArticleOptions.model_validate(query.options)
        if raw.capture is None:
            raise BadResponse("An article is read whole.", where=str(raw.path))
        if raw.ask.tag == _LIST:
            yield _of_list(raw.capture, query, options)
        elif raw.ask.tag in {_SITEMAP, _PART}:
            yield _of_sitemap(raw.capture, query, options, whole=raw.ask.tag == _SITEMAP)
        else:
            yield _of_page(raw, raw.capture, query, options)


COLLECTOR = ArticleCollector()


# -- lists and sitemaps -----------------------------------------------------------------------------------------------


def _of_list(capture: Capture, query: Query, options: ArticleOptions) -> Parsed:
    from scrapers.pages.html import WebPage
    from scrapers.pages.listing import chosen, links_of

    if not capture.body.strip():
        raise BadResponse("The answer is empty.", where=capture.final_url, remedy="Try again later.", capture=capture)
    page = WebPage.of(_decoded(capture, options))
    if page.tree is None and b"<a" in capture.body.lower():
        what, remedy = "The page is too large or too odd to read its links.", "Give a shorter list page, or a sitemap."
        raise TooLarge(what, where=capture.final_url, remedy=remedy)
    links = [] if page.tree is None else links_of(page.tree, capture.final_url, options.match, query.zone)
    links, elsewhere = _of_own_site(links, capture, options)
    if not links:
        sample = capture.body[:_SAMPLE].decode("utf-8", "replace")
        what = "No link on the page fits match." if options.match else "No link on the page looks like an article's."
        remedy = "Open the page: give match, or the address its list is loaded from."
        raise SchemaDrift(what, where=capture.final_url, remedy=remedy, path="a[href]", sample=sample)
    kept = chosen(links, options.limit, query.start_ms, query.end_ms)
    return Parsed(next=_asks(kept), problems=(*elsewhere, *_early(links, query)))


def _of_own_site(
    links: Iterable[Link], capture: Capture, options: ArticleOptions
) -> tuple[list[Link], tuple[str, ...]]:
    """The links that lead to the site of their list, or anywhere where the options say so; a sentence on the others."""
    from scrapers.pages.listing import same_site

    links = list(links)
    sites = (capture.url, capture.final_url)
    own = links if options.other_sites else [link for link in links if any(same_site(link.url, one) for one in sites)]
    left = len(links) - len(own)
    many = "link to another site was" if left == 1 else "links to other sites were"
    what = f"{left} {many} left out; other_sites = true follows them."
    return own, (what,) if left else ()


def _early(links: Sequence[Link], query: Query) -> tuple[str, ...]:
    """What is said of the links that are not followed for the study's window."""
    from scrapers.pages.listing import chosen

    early = len(links) - len(chosen(links, len(links), query.start_ms))
    what = "link was" if early == 1 else "links were"
    return (f"{early} {what} left out as from before the study's start.",) if early else ()


def _of_sitemap(capture: Capture, query: Query, options: ArticleOptions, *, whole: bool) -> Parsed:
    from scrapers.pages.listing import chosen, fitting, read_sitemap

    sitemap = read_sitemap(capture, query.zone)
    fits = fitting("" if sitemap.is_index else options.match)
    links, elsewhere = _of_own_site((link for link in sitemap.links if fits(link.url)), capture, options)
    if not sitemap.is_index:
        kept = chosen(links, options.limit, query.start_ms)
        return Parsed(next=_asks(kept), problems=(*elsewhere, *_early(links, query)))
    if not whole:
        return Parsed(problems=(f"{capture.final_url}: an index inside an index was left out.",))
    parts = chosen(links, len(links), query.start_ms)
    asks = (
        Request(link.url, again="if changed", cap_bytes=SITEMAP_CAP, alone=True, tag=_PART)
        for link in parts[:_MOST_SITEMAPS]
    )
    left = len(parts) - _MOST_SITEMAPS
    problem = f"{capture.final_url}: {left} of its {len(links)} sitemaps, the oldest, were left out."
    return Parsed(next=tuple(asks), problems=(*elsewhere, *((problem,) if left > 0 else ())))


def _asks(links: Iterable[Link]) -> tuple[Request, ...]:
    return tuple(Request(link.url, again="never", alone=True) for link in links)


# -- one article ------------------------------------------------------------------------------------------------------


def _of_page(raw: Raw, capture: Capture, query: Query, options: ArticleOptions) -> Parsed:
    suffix = PurePosixPath(capture.final_url).suffix.lower()
    media = capture.headers.get("content-type", "").partition(";")[0].strip().lower()
    local = isinstance(raw.ask, LocalFile)
    if (local and suffix in _TEXT_SUFFIXES) or (not local and media in {"text/plain", "text/markdown"}):
        text = decode(capture.body, declared=_declared(capture, options)).text
        return _kept(_of_plain(text, capture, query, local=local, markdown=suffix != ".txt"), capture)
    if (local and suffix in _HTML_SUFFIXES) or (not local and _is_html(media, capture.body)):
        return _of_html(_decoded(capture, options), capture, query, local=local)
    remedy = "Save it as .html, .txt or .md." if local else "Save it as text and give its path."
    raise BadResponse(f"This is neither HTML nor text ({media or suffix}).", where=capture.final_url, remedy=remedy)


def _kept(article: Article, capture: Capture, problems: tuple[str, ...] = ()) -> Parsed:
    if not article.text:
        sample = capture.body[:_SAMPLE].decode("utf-8", "replace")
        remedy = "Open the page: it may need a login, or be filled in by a script."
        where = capture.final_url
        raise SchemaDrift("No text was found.", where=where, remedy=remedy, path="main text", sample=sample)
    return Parsed(Page(articles=(article,)), problems=problems)


def _declared(capture: Capture, options: ArticleOptions) -> str | None:
    _, _, parameters = capture.headers.get("content-type", "").partition(";")
    return options.encoding or parameters.partition("charset=")[2].strip() or None


def _decoded(capture: Capture, options: ArticleOptions) -> str:
    return decode(capture.body, declared=_declared(capture, options), html=True).text


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


def _of_html(html: str, capture: Capture, query: Query, *, local: bool) -> Parsed:
    # lxml and the extractors take a second to import: only when a page is there to be read.
    from scrapers.pages.head import published, read_head
    from scrapers.pages.html import WebPage, every_line
    from scrapers.pages.maintext import text_of_page
    from scrapers.pages.rules import date_of, rule_for, site_of

    url, page = "" if local else capture.final_url, WebPage.of(html)
    rule = rule_for(page, url)
    found, head = text_of_page(page, rule), read_head(page, url)
    when = published(page, url, query.zone, query.reference, date_of(page, rule))
    body = clean(found.text, TEXT_LIMIT)
    if wrong := gate(head.title, body or "\n".join(every_line(html)), capture.final_url):
        raise wrong
    article = Article(
        id=_id(capture.body if local or not head.url else head.url.encode()),
        url=head.url,
        title=head.title,
        text=body,
        site=clean_line(site_of(page, rule)) or head.site,
        lang=language_of(body, head.lang),
        published_at=when.moment.ms if when else None,
        published_raw=clean_line(when.raw) if when else "",
        published_precision=when.moment.precision if when else None,
        extractor=found.extractor,
    )
    return _kept(article, capture, tuple(_oddities(page, found.extractor, capture.final_url)))


def _oddities(page: WebPage, extractor: str, where: str) -> Iterator[str]:
    from scrapers.pages.linked_data import is_paywalled

    if extractor == "everything":
        yield f"{where}: too odd a page to find the article in; all its text was kept."
    if is_paywalled(page.linked_data):
        yield f"{where}: the page says that it is not free to read; what was kept may be only its beginning."


def _id(identity: bytes) -> str:
    return hashlib.sha256(identity).hexdigest()[:32]
