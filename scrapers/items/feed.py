"""Feeds as entries: RSS 0.9x to 2.0, Atom 0.3 and 1.0 (feedparser), JSON Feed 1.x (own code).

The way of a feed of XML: its bytes become text (scrapers.encodings), what exporters break most often is mended (control
characters, lone ampersands, HTML's entities), defusedxml looks for entities and external documents, and only then
feedparser gets it, as UTF-8 bytes. A feed that is still ill-formed is read as far as libxml2 can mend it.

Every field is another person's text: what looks like HTML in it is the caller's to strip.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from html.entities import html5
from typing import TYPE_CHECKING, Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

import defusedxml.sax
import feedparser
from defusedxml import DefusedXmlException

from scrapers.answers import drift, json_of, objects
from scrapers.encodings import decode
from scrapers.errors import BadResponse, CollectorError, TooLarge
from scrapers.fields import at, words
from scrapers.pages.fragments import text_of
from scrapers.pages.gates import gate

if TYPE_CHECKING:
    from scrapers.protocol import Raw
    from storage.nouns import Capture

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
# RSS 0.91 names a document type of Netscape's, which defined what HTML calls its entities.
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]*>", re.IGNORECASE)
# Neither XML nor any writer's intent; a feed that has one is ill-formed as a whole.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CDATA_OR_AMPERSAND = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)|&(?:(#\d+|#x[0-9a-fA-F]+)|([A-Za-z][A-Za-z0-9]*))?(;?)", re.DOTALL
)
_CDATA = re.compile(r"<!\[CDATA\[(?:.*?\]\]>|.*)", re.DOTALL)
# Feedparser takes up to 0.1 ms a tag. Entries have about 15, so that these are some thousand entries.
_MOST_TAGS = 60_000
_CROWDED_TAG = re.compile(r"<(?!!)[^<>]{20000}")
_MOST_AMPERSANDS = 400_000
_LONGEST = 8_000_000
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ENTITIES = re.compile(r"<!ENTITY\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """A field as the feed has it, and whether that is HTML."""

    value: str = ""
    is_html: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Fields are as the feed writes them; "" and None for what it does not say.

    Attributes:
        id: guid or id.
        link: the address of what it is about; relative ones resolved where the feed itself says against what.
        title: its title.
        texts: everything that may be its text: content and summary.
        author: a name.
        when: times, the most telling first: published, created, updated.
        parsed: UTC tuples (year … second) for `when`, as feedparser reads them.
        comments: how many comments it has.
        answers: the id of what it answers (RFC 4685).
    """

    id: str = ""
    link: str = ""
    title: Text = Text()
    texts: tuple[Text, ...] = ()
    author: str = ""
    when: tuple[str, ...] = ()
    parsed: tuple[Any, ...] = ()
    comments: str = ""
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed.

    Attributes:
        title: its title.
        lang: its language, as it says.
        entries: in its order.
        problem: what is wrong with it, as a sentence's end; "" for nothing.
    """

    title: Text
    lang: str
    entries: tuple[Entry, ...]
    problem: str = ""


def read_feed(raw: Raw, capture: Capture) -> Feed:
    """The feed in a response or a saved file.

    Raises:
        BadResponse: it declares entities or an external document; it is empty, or too large.
        SchemaDrift: it is no feed, or too broken for a single entry.
        Blocked: a page that asks for a login or proof of a person came instead.
        Truncated: its JSON breaks off.
    """
    declared = capture.headers.get("content-type", "").partition("charset=")[2].strip("'\" ")
    text = _decoded(capture.body, declared).lstrip("\ufeff \t\r\n")
    if not text:
        raise BadResponse("The feed is empty.", where=capture.final_url, remedy="Try again later.", capture=capture)
    return _of_json(raw) if text.startswith(("{", "[")) else _of_xml(text, capture)


def _decoded(body: bytes, declared: str) -> str:
    if body.startswith((codecs.BOM_UTF32_BE, codecs.BOM_UTF32_LE)):  # web pages are never in it, feeds may be
        return body.decode("utf-32", "replace")
    return decode(body, declared=declared or None, html=True).text


# -- JSON Feed --------------------------------------------------------------------------------------------------------


def _of_json(raw: Raw) -> Feed:
    value = json_of(raw, ("version", "items"))
    entries = tuple(map(_of_item, objects(value["items"])))
    return Feed(Text(words(value.get("title"))), words(value.get("language")), entries)


def _of_item(item: dict[str, Any]) -> Entry:
    people = [*objects(item.get("authors")), *objects([item.get("author")])]
    number = item.get("id")
    return Entry(
        id=str(number) if isinstance(number, str | int | float) and not isinstance(number, bool) else "",
        link=words(item.get("url")) or words(item.get("external_url")),
        title=Text(words(item.get("title"))),
        texts=(
            Text(words(item.get("content_html")), is_html=True),
            Text(words(item.get("content_text"))),
            Text(words(item.get("summary"))),
        ),
        author=next((words(one.get("name")) for one in people), ""),
        when=tuple(filter(None, (words(item.get(name)) for name in ("date_published", "date_modified")))),
    )


# -- RSS and Atom -----------------------------------------------------------------------------------------------------


def _of_xml(text: str, capture: Capture) -> Feed:
    if not _bearable(text):
        remedy = "Look for a feed of the newest entries only."
        raise TooLarge("The feed is larger than any that is read.", where=capture.final_url, remedy=remedy)
    xml = _mended(text)
    problem = _checked(xml, capture)
    found = feedparser.parse(
        (_recovered(xml, capture) if problem else xml).encode("utf-8", "replace"),
        # Without its address: feedparser would make addresses of ids that are none.
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # no field is shown as HTML, and both of these are slow on hostile input
        resolve_relative_uris=False,
    )
    if not found.get("version") and not found.entries:
        raise _no_feed(text, capture)
    if problem and not found.entries:
        raise drift(f"The feed {_said(problem, xml)}, and no entry can be read.", capture, path="feed")
    detail = found.feed.get("title_detail")
    language = words(found.feed.get("language")) or words(at(detail, "language"))
    entries = tuple(map(_of_entry, found.entries))
    return Feed(_text(detail), language, entries, _said(problem, xml) if problem else "")


def _bearable(text: str) -> bool:
    """Whether reading it takes a few seconds at most, whatever it holds. Linear in time."""
    if len(text) > _LONGEST or text.count("&") > _MOST_AMPERSANDS:
        return False
    markup = _CDATA.sub("", text)
    return markup.count("<") <= _MOST_TAGS and not _CROWDED_TAG.search(markup)


def _mended(text: str) -> str:
    """The text as XML in UTF-8: what is no character goes, and every ampersand begins something XML knows."""
    body = _NO_XML.sub("", text[found.end() :] if (found := _DECLARATION.match(text)) else text)
    body = _DOCTYPE.sub("", body, count=1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_CDATA_OR_AMPERSAND.sub(_ampersand, body).lstrip()}'


def _ampersand(found: re.Match[str]) -> str:
    number, name, end = found[1], found[2], found[3]
    if not found[0].startswith("&") or (end and (number or name in _OF_XML)):
        return found[0]
    if end and name and (character := html5.get(f"{name};")):
        return "".join(f"&#{ord(each)};" for each in character)
    return f"&amp;{found[0][1:]}"


def _checked(xml: str, capture: Capture) -> SAXParseException | None:
    """What makes it ill-formed, or None.

    Raises:
        BadResponse: it declares entities, or refers to another document.
    """
    refusal = BadResponse(
        "The feed declares entities, which can fill a machine's memory or read its files.",
        where=capture.final_url,
        remedy="Tell its publisher, or leave it out.",
    )
    try:
        defusedxml.sax.parseString(xml.encode("utf-8", "replace"), ContentHandler())
    except DefusedXmlException as error:
        raise refusal from error
    except SAXParseException as error:
        if _ENTITIES.search(xml):  # what follows the error was not looked at
            raise refusal from error
        return error
    except SAXException as error:
        raise drift("The feed cannot be read as XML.", capture) from error
    return None


def _recovered(xml: str, capture: Capture) -> str:
    """Ill-formed XML as libxml2 mends it: without document types, and with every element closed.

    Raises:
        SchemaDrift: it is too odd to be mended in a reasonable time.
    """
    import lxml.etree

    from scrapers.pages.html import sound

    if not sound(_CDATA.sub("", xml)):
        raise drift("The feed is not well-formed XML, and too odd to be mended.", capture, path="feed")
    parser = lxml.etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = lxml.etree.fromstring(xml.encode("utf-8", "replace"), parser)
    except (lxml.etree.LxmlError, ValueError):
        return ""
    return "" if root is None else lxml.etree.tostring(root, encoding="unicode")


def _said(problem: SAXParseException, xml: str) -> str:
    message, line = problem.getMessage(), problem.getLineNumber() or 0
    ends = line > xml.rstrip().count("\n") and ("no element found" in message or "unclosed" in message)
    return "breaks off before its end" if ends else f"is not well-formed XML ({message}, line {line})"


def _no_feed(text: str, capture: Capture) -> CollectorError:
    """The error for something else: a login, a captcha, a sitemap, a web page."""
    if wrong := gate("", text_of(text[:100_000]), capture.final_url):
        return wrong
    if re.search(r"<(?:\w+:)?(?:urlset|sitemapindex)\b", text[:5_000]):
        return BadResponse("This is a sitemap.", where=capture.final_url, remedy="Read it with kind = “article”.")
    what = "A web page came instead of a feed." if "<html" in text[:5_000].lower() else "This is no feed."
    return drift(what, capture, path="feed")


def _of_entry(entry: Any) -> Entry:  # noqa: ANN401  feedparser has no types
    # As a plain dict: feedparser's own gives `published` for a missing `updated`, with a warning.
    dated = [name for name in ("published", "created", "updated") if words(dict.get(entry, name))]
    answered = entry.get("thr_in-reply-to")
    return Entry(
        id=words(entry.get("id")),
        link=words(entry.get("link")),
        title=_text(entry.get("title_detail")),
        texts=tuple(map(_text, [*(entry.get("content") or ()), entry.get("summary_detail")])),
        author=words(entry.get("author")),
        when=tuple(words(dict.get(entry, name)) for name in dated),
        parsed=tuple(dict.get(entry, f"{name}_parsed") for name in dated),
        comments=words(entry.get("slash_comments")) or words(entry.get("thr_total")),
        answers=words(answered.get("ref")) if isinstance(answered, dict) else "",
    )


def _text(detail: Any) -> Text:  # noqa: ANN401  feedparser has no types
    if not isinstance(detail, dict):
        return Text()
    return Text(words(detail.get("value")), is_html="html" in words(detail.get("type")))
