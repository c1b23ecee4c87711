"""A PDF is read as it is to be heard, not as it was painted, and nothing that stands on its pages is left out."""

from __future__ import annotations

import io
import re

import pytest

from reports.editions import pdf
from reports.editions.tagged import texts_of_pages
from storage.errors import MinyiError

PAGE = """<!doctype html><html lang="en">
<head><title>t</title><meta name="keywords" content="minyi; run=4; language=en"><style>
@page { size: 400px 500px; @bottom-center { content: "page " counter(page) } }
body { font-size: 12px } .last { position: relative } td { float: left }
</style></head><body>
<h1 class="last">Painted <b>last</b>, read first [P1]</h1>
<p>A long line that is broken at the end of the page <i>once</i>.</p>
<table><tr><td>one</td><td class="last">two</td><td>3</td></tr></table>
<svg role="img" width="50" height="30">
<title>A drawing of four</title><text x="2" y="20">4</text><text x="30" y="20">5</text></svg>
<p style="break-before: page">On another page</p></body></html>"""
READ = [
    "Painted last, read first [P1]",
    "A long line that is broken at the end of the page once.",
    *("one", "two", "3"),
]


@pytest.fixture(scope="module")
def content() -> bytes:
    weasyprint = pytest.importorskip("weasyprint")
    document = weasyprint.HTML(string=PAGE)
    written: bytes = document.write_pdf(pdf_variant="pdf/ua-1", custom_metadata=True)
    return written


def test_texts_come_whole_and_in_the_order_of_the_page(content: bytes) -> None:
    found = pdf.read(content)
    assert found.run == "4"
    assert found.texts[: len(READ)] == READ
    assert found.texts[len(READ) :] == ["A drawing of four", "4", "5", "On another page", "page 1", "page 2"]


def test_a_structure_that_is_lost_hides_no_text(content: bytes) -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    del writer.root_object["/StructTreeRoot"]
    out = io.BytesIO()
    writer.write(out)
    told = " ".join(texts_of_pages(pypdf.PdfReader(out)))
    assert all(word in told for text in READ for word in re.findall(r"\w+", text))


def test_a_structure_that_runs_in_a_circle_is_damaged(content: bytes) -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    root = writer.root_object["/StructTreeRoot"]
    inside = root["/K"] if not isinstance(root["/K"], list) else root["/K"][0].get_object()
    inside[pypdf.generic.NameObject("/K")] = inside.indirect_reference
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(MinyiError, match="cannot be read"):
        pdf.read(out.getvalue())
