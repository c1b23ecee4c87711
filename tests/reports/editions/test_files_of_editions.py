"""What is inside the files: structure, languages, fonts, words for those who do not see, nothing that runs or links."""

from __future__ import annotations

import io
import re
import zipfile
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest

from reports.asks import RESPONSE_COLUMNS
from reports.editions import EDITIONS, md, pdf, pictures
from reports.wording import locale_for
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Callable

Made = dict[tuple[str, str], bytes]
HOSTILE = "[a](http://evil.example) <b>x</b> **y** `z` | www.evil.example @everyone a@b.example # - =1+1 ![i](x)"


def xml_of(content: bytes, part: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(part).decode()


def test_text_of_others_stays_text_in_markdown(hostile: Callable[[str], dict[str, Any]]) -> None:
    text = md.render(hostile(HOSTILE), "en").decode()
    for active in (
        "[a](",
        "<b>",
        "**y**",
        "`z`",
        "![i]",
        "http://evil",
        "www.evil.example",
        "@everyone",
        "a@b.example",
    ):
        assert active not in text
    assert "http://evil.example" in " ".join(md.read(text.encode()).texts)


def test_markdown_tables_keep_their_columns(made: Made) -> None:
    rows = [line for line in made["md", "en"].decode().splitlines() if line.startswith("|")]
    widths = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
    heads = [i for i, row in enumerate(rows) if "---" in row]
    assert heads
    assert all(widths[i] == widths[i - 1] == widths[i + 1] for i in heads)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_sheet_holds_a_formula_or_a_link(hostile: Callable[[str], dict[str, Any]], language: Any) -> None:
    content = EDITIONS["xlsx"].render(hostile("=HYPERLINK(1) http://evil.example"), language)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert not any(b"<f>" in sheet or b"hyperlink" in sheet for sheet in sheets)
    assert any("=HYPERLINK(1)" in text for text in EDITIONS["xlsx"].read(content).texts)


def test_sheets_hold_figures_as_numbers_and_a_form(few_numbers: dict[str, Any], made: Made) -> None:
    from python_calamine import CalamineWorkbook

    locale = locale_for("en", few_numbers)
    book = CalamineWorkbook.from_filelike(io.BytesIO(made["xlsx", "en"]))
    claims = book.get_sheet_by_name("Claims").to_python()
    assert [row[3] for row in claims[1:]] == [claim["value"] for claim in few_numbers["claims"]]
    form = book.get_sheet_by_name("Our responses").to_python()
    assert form[0] == [locale.word("response_columns", key) for key in RESPONSE_COLUMNS]
    assert [row[0] for row in form[1:]] == [ask["key"] for ask in few_numbers["asks"]["listed"]]
    assert "Microsoft YaHei" in xml_of(made["xlsx", "zh"], "xl/styles.xml")


@pytest.mark.parametrize(("language", "code"), [pytest.param("zh", "zh-CN", marks=pytest.mark.slow), ("en", "en-US")])
def test_a_document_names_languages_fonts_and_what_its_pictures_show(made: Made, language: str, code: str) -> None:
    styles, body = (xml_of(made["docx", language], f"word/{part}.xml") for part in ("styles", "document"))
    assert 'w:eastAsia="Microsoft YaHei"' in styles
    assert f'"{code}"' in styles
    described = re.findall(r'<wp:docPr [^>]*descr="([^"]+)"', body)
    assert len(described) == body.count("<wp:docPr ")
    assert all(len(words) > 20 for words in described)
    assert "w:tblHeader" in body
    assert '<w:lang w:eastAsia="zh-CN"' in body or language == "zh"


def test_a_document_holds_the_form_for_our_responses(few_numbers: dict[str, Any], made: Made) -> None:
    import docx

    locale = locale_for("en", few_numbers)
    heads = [locale.word("response_columns", key) for key in RESPONSE_COLUMNS]
    tables = docx.Document(io.BytesIO(made["docx", "en"])).tables
    (form,) = [table for table in tables if [cell.text for cell in table.rows[0].cells] == heads]
    keys = [row.cells[0].text for row in form.rows]
    assert keys[1:] == [ask["key"] for ask in few_numbers["asks"]["listed"]]
    assert {row.cells[3].text for row in list(form.rows)[1:]} == {""}


def test_slides_can_be_edited_and_read_aloud(few_numbers: dict[str, Any], made: Made) -> None:
    from pptx import Presentation

    deck = Presentation(io.BytesIO(made["pptx", "zh"]))
    assert 6 <= len(deck.slides) <= 8
    assert deck.slide_width * 9 == pytest.approx(deck.slide_height * 16, rel=0.001)
    shapes = [shape for slide in deck.slides for shape in slide.shapes]
    charts = [shape for shape in shapes if shape.has_chart]
    values = [tuple(series.values) for series in charts[0].chart.plots[0].series]
    assert [sum(n or 0 for n in row) for row in values] == [
        sum(few_numbers["timeline"]["series"][key]) for key in ("concern", "support", "suggestion", "neutral")
    ]
    for shape in [*charts, *(shape for shape in shapes if shape.has_table)]:
        assert shape._element._nvXxPr.cNvPr.get("descr")
    assert all("r-20260413-01" in slide.notes_slide.notes_text_frame.text for slide in deck.slides)
    assert "C1" in deck.slides[1].notes_slide.notes_text_frame.text
    assert '<a:ea typeface="Microsoft YaHei"/>' in xml_of(made["pptx", "zh"], "ppt/slides/slide1.xml")


def test_a_mail_shows_its_picture_and_asks_for_nothing(made: Made) -> None:
    message = message_from_bytes(made["eml", "en"], policy=policy.default)
    assert message.get_content_type() == "multipart/alternative"
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{picture['Content-ID'].strip('<>')}" in html
    assert picture.get_content().startswith(b"\x89PNG")
    assert not re.search(r'(src|href|background)="(?!cid:)', html)
    assert re.search(r'<img[^>]* alt="[^"]{20,}"', html)
    assert not message["To"]


def test_paper_loads_nothing_and_names_what_it_is(
    hostile: Callable[[str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import pypdf

    monkeypatch.setattr(pdf, "_refuse", lambda url, *_, **__: pytest.fail(f"asked for {url}"))
    day = {"options": {"audience": "internal", "preset": "daily"}}  # one page takes the least time
    content = EDITIONS["pdf"].render(hostile('<img src="file:///etc/passwd">') | day, "en")
    reader = pypdf.PdfReader(io.BytesIO(content))
    root = reader.root_object
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert b"pdfuaid" in root["/Metadata"].get_data()  # type: ignore[union-attr]
    assert reader.metadata is not None
    assert "Quick Loan" in str(reader.metadata.title)
    assert EDITIONS["pdf"].read(content)[:4] == ("r-20260413-01", "en", "internal", "daily")
    assert len(reader.pages) == 1


def test_a_missing_font_is_told(few_numbers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_han_is_covered", lambda: False)
    for name in ("pdf", "docx", "eml"):
        with pytest.raises(MinyiError, match="fonts-noto-cjk"):
            EDITIONS[name].render(few_numbers, "zh")


def test_a_missing_pango_is_told(few_numbers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(name: str, *rest: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest)

    import builtins

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(MinyiError, match="apt install libpango"):
        EDITIONS["pdf"].render(few_numbers, "en")


@pytest.mark.slow
def test_slides_hold_a_title_of_any_length_and_say_how_many_events_they_leave_out(few_numbers: dict[str, Any]) -> None:
    pptx = pytest.importorskip("pptx", reason="the extra pptx is not installed")
    long = {"zh": "码头的收费" * 60, "en": "A fee at the pier " * 17}
    events = [few_numbers["events"][0] | {"number": number, "title": long} for number in range(1, 21)]
    study = few_numbers["study"] | {"name": long}
    deck = pptx.Presentation(
        io.BytesIO(EDITIONS["pptx"].render(few_numbers | {"study": study, "events": events}, "en"))
    )
    sizes = [slide.shapes.title.text_frame.paragraphs[0].runs[0].font.size.pt for slide in deck.slides]
    assert sizes[:2] == [20, 26]
    tables = [[[cell.text for cell in row.cells] for row in shape.table.rows] for slide in deck.slides
              for shape in slide.shapes if shape.has_table]  # fmt: skip
    rows = next(rows for rows in tables if rows[0][2] == "What")
    assert len(rows) == 16
    assert rows[-1][:3] == ["…", "", "+6"]
    assert rows[1][2] == f"{long['en'][:90].rstrip()}…"
