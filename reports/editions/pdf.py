"""The report on paper: a tagged PDF (PDF/UA-1) of the page, made without asking anything of the network or the disk."""

from __future__ import annotations

import hashlib
import io
import logging
from typing import TYPE_CHECKING, Any

from reports.editions.packing import DAMAGED, found_in, keywords_of
from reports.editions.pictures import families, must_have_glyphs
from reports.editions.tree import Node, tree_of
from reports.page import page_text, render_html
from reports.wording import locale_for
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.editions.found import Found
    from storage.nouns import Language

_LEFT_OUT = frozenset({"nav", "details"})
"""What is not printed: to lay it out only to hide it would take a third of the time."""


def render(numbers: Mapping[str, Any], language: Language) -> bytes:
    """The page as PDF/UA-1; its title, language, run, audience and preset stand in its metadata.

    Raises:
        MinyiError: a library of the system or a font is missing.
    """
    page = render_html(numbers, language)
    must_have_glyphs(page)
    weasyprint = _weasyprint()
    options = {"pdf_variant": "pdf/ua-1", "custom_metadata": True}
    identifier = hashlib.md5(page.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().encode()
    document = weasyprint.HTML(string=_for_paper(page, numbers, language), url_fetcher=_refuse)
    rendered: bytes = document.write_pdf(pdf_identifier=identifier, **options)
    return rendered


def _weasyprint() -> Any:  # noqa: ANN401  the library has no types
    try:
        import weasyprint
    except OSError as error:  # it opens the system's libraries as it is imported
        raise MinyiError(
            "The PDF edition needs the library Pango, which this system lacks.",
            remedy="Install it, on Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0.",
        ) from error
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # it tells of every rule meant for screens
    return weasyprint


def _refuse(url: str, *_: object, **__: object) -> Any:  # noqa: ANN401  never returns
    raise ValueError(f"a report loads nothing, and not {url}")


def _for_paper(page: str, numbers: Mapping[str, Any], language: Language) -> str:
    tree = tree_of(page)
    locale = locale_for(language, numbers)
    _prune(tree, language)
    head, body = tree.first("head"), tree.first("body")
    if head is None or body is None:
        raise ValueError("the page has no head or no body")
    head.parts += [
        Node("meta", {"name": "keywords", "content": keywords_of(numbers, language)}),
        Node("style", {}, [page_text("pdf.css")]),
    ]
    run, audience = numbers["provenance"]["run"], locale.word("audience", numbers["options"]["audience"])
    footer = f"{locale.ui('run')} {run} · {audience}"
    body.parts.insert(0, Node("div", {"class": "pdf-run", "aria-hidden": "true"}, [footer]))
    return "<!doctype html>" + tree.source()


def _prune(node: Node, language: Language) -> None:
    """Leaves out what is not printed, and gives each drawing its fonts and its words."""
    node.parts = [part for part in node.parts if isinstance(part, str) or _printed(part)]
    for part in node.nodes:
        if part.tag == "svg":
            _speak(part, language)
        else:
            _prune(part, language)


def _printed(node: Node) -> bool:
    is_policy = node.tag == "meta" and "http-equiv" in node.attrs
    return not (node.tag in _LEFT_OUT or is_policy or {"narrow", "skip"} & set(node.css) or "hreflang" in node.attrs)


def _speak(drawing: Node, language: Language) -> None:
    """Alternative text: its title with its description; its tips, which only a pointer shows, go."""
    title, description = drawing.first("title"), drawing.first("desc")
    words = [
        " ".join(part.text().split()) for part in (title, description) if part is not None and part in drawing.nodes
    ]
    drawing.parts = [part for part in drawing.parts if part is not title and not _is_tip(part)]
    drawing.parts.insert(0, Node("title", {}, [". ".join(word.rstrip(".。") for word in words) or "–"]))
    drawing.attrs["font-family"] = families(language)


def _is_tip(part: Node | str) -> bool:
    return isinstance(part, Node) and part.tag == "rect" and part.attrs.get("fill") == "transparent"


def read(content: bytes) -> Found:
    """What the pages say, in the order of their structure.

    Raises:
        MinyiError: it is no PDF that minyi made.
    """
    import pypdf

    from reports.editions.tagged import texts_of_pages

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every object that a damaged file lacks
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        keywords = str(reader.metadata["/Keywords"]) if reader.metadata else ""
        texts = texts_of_pages(reader)
    except (pypdf.errors.PyPdfError, *DAMAGED) as error:
        raise MinyiError("This PDF cannot be read.", remedy="Name a file that `minyi report` has written.") from error
    return found_in(keywords, texts)
