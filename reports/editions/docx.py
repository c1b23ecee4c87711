"""The report as a Word document: to be worked on, with a form for our responses that can be read back."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from reports.editions import blocks as page
from reports.editions.docx_parts import Writer, alternative_texts, cells_of
from reports.editions.form import response_form
from reports.editions.packing import DAMAGED, found_in, keywords_of, made_at, must_be_archive, packed_again
from reports.editions.pictures import png_of
from reports.page import render_html
from reports.wording import locale_for
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.editions.found import Found
    from reports.wording import Locale
    from storage.nouns import Language

_SECTION_OF_REQUESTS = "asks"
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Characters that XML cannot hold."""


def render(numbers: Mapping[str, Any], language: Language) -> bytes:
    """The page's content as a document; the tables behind its charts stand at the end."""
    locale = locale_for(language, numbers)
    blocks = page.blocks_of(_UNFIT.sub("\ufffd", render_html(numbers, language)))
    writer = Writer(language)
    writer.describe(page.title_of(blocks), keywords_of(numbers, language), made_at(numbers))
    writer.footer(f"{locale.ui('run')} {numbers['provenance']['run']} · {_audience(numbers, locale)}")
    in_order, behind = page.parted(blocks)
    _write(writer, in_order, numbers, locale)
    if behind:
        writer.heading([page.Run(locale.word("editions", "appendix"))], 2)
        for table in behind:
            writer.table(table)
    buffer = io.BytesIO()
    writer.document.save(buffer)
    return packed_again(buffer.getvalue(), made_at(numbers))


def _audience(numbers: Mapping[str, Any], locale: Locale) -> str:
    return locale.word("audience", numbers["options"]["audience"])


def _write(writer: Writer, blocks: Sequence[page.Block], numbers: Mapping[str, Any], locale: Locale) -> None:
    """The blocks in order; the form follows the section of requests."""
    inside = False
    for block in blocks:
        if isinstance(block, page.Heading) and block.level == 2:  # noqa: PLR2004  a section begins
            if inside and numbers["options"]["audience"] == "internal":
                _form(writer, numbers, locale)
            inside = block.key == _SECTION_OF_REQUESTS
        _block(writer, block, locale)


def _form(writer: Writer, numbers: Mapping[str, Any], locale: Locale) -> None:
    heads, rows = response_form(numbers, locale)
    if rows:
        writer.heading([page.Run(locale.word("editions", "form"))], 3)
        writer.paragraph(page.Para([page.Run(locale.word("editions", "form_note"))], "note"))
        writer.form(heads, [[_UNFIT.sub("\ufffd", cell) for cell in row] for row in rows])


def _block(writer: Writer, block: page.Block, locale: Locale) -> None:
    if isinstance(block, page.Heading):
        writer.heading(block.runs, block.level)
    elif isinstance(block, page.Para):
        writer.paragraph(block)
    elif isinstance(block, page.Items):
        writer.items(block)
    elif isinstance(block, page.Statements):
        writer.statements(block, [locale.ui("badge"), locale.ui("says"), locale.ui("claim")])
    elif isinstance(block, page.Tiles):
        writer.tiles(block)
    elif isinstance(block, page.Table):
        writer.table(block)
    elif isinstance(block, page.Picture):
        writer.picture(png_of(block.svg, locale.language), block)
    elif isinstance(block, page.Panels):
        writer.panels([(heading, png_of(one.svg, locale.language, 3), one) for heading, one in block.panels])


def read(content: bytes) -> Found:
    """The paragraphs, cells and alternative texts in order.

    Raises:
        MinyiError: it is no document that minyi made.
    """
    import docx
    from docx.opc.exceptions import OpcError

    must_be_archive(content)
    try:
        document = docx.Document(io.BytesIO(content))
    except (OpcError, *DAMAGED) as error:
        raise MinyiError("This document cannot be read.", remedy="Name a file that `minyi report` wrote.") from error
    texts: list[str] = []
    for part in document.iter_inner_content():
        texts += cells_of(part) if hasattr(part, "rows") else [part.text, *alternative_texts(part._p)]  # noqa: SLF001  python-docx has no other way to alt texts
    return found_in(document.core_properties.keywords, texts)
