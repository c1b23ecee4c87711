"""The report as slides: eight at most, with charts and tables that can be edited, and the claims' ids in the notes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from reports.charts.timeline import column_names
from reports.corpus import DRAWN
from reports.editions.blocks import Block, Heading, Items, Para, Statements, Tiles, blocks_of, plain
from reports.editions.form import quotes_in
from reports.editions.packing import DAMAGED, found_in, keywords_of, made_at, must_be_archive, packed_again
from reports.page import render_html
from reports.public_view import told
from reports.wording import locale_for
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.editions.found import Found
    from reports.editions.pptx_parts import Slides
    from reports.wording import Locale
    from storage.nouns import Language

_STANCES = tuple(stance.value for stance in DRAWN)
_REQUESTS, _QUOTES, _EVENTS, _LINES = 7, 8, 7, 1100
_LONGEST = 90


def render(numbers: Mapping[str, Any], language: Language) -> bytes:
    """Title and tiles, what happened, timeline, before and after, requests, voices, how sure, method."""
    from reports.editions.pptx_parts import Slides

    locale = locale_for(language, numbers)
    blocks = blocks_of(render_html(numbers, language))
    parts = _by_section(blocks)
    slides = Slides(language, _note(numbers, locale))
    title = next((plain(block.runs) for block in parts[""] if isinstance(block, Heading)), numbers["study"]["id"])
    slides.describe(title, keywords_of(numbers, language), made_at(numbers))
    _opening(slides, title, parts[""])
    _happened(slides, parts.get("happened", []), locale)
    _timeline(slides, numbers, locale)
    _events(slides, numbers, locale)
    _asks(slides, numbers, locale)
    _voices(slides, numbers, locale)
    _lines(slides, parts.get("sure", []), locale.ui("sure"))
    _method(slides, numbers, parts.get("method", []), locale)
    buffer = io.BytesIO()
    slides.deck.save(buffer)
    return packed_again(buffer.getvalue(), made_at(numbers))


def _note(numbers: Mapping[str, Any], locale: Locale) -> str:
    options = numbers["options"]
    audience = locale.word("audience", options["audience"])
    said = {"run": numbers["provenance"]["run"], "audience": audience, "preset": options["preset"]}
    return locale.word("editions", "notes_report").format(**said)


def _by_section(blocks: Sequence[Block]) -> dict[str, list[Block]]:
    """The blocks by the section they stand in; those before the first by the empty key."""
    parts: dict[str, list[Block]] = {"": []}
    key = ""
    for block in blocks:
        if isinstance(block, Heading) and block.key:
            key = block.key
        parts.setdefault(key, []).append(block)
    return parts


def _opening(slides: Slides, title: str, blocks: Sequence[Block]) -> None:
    paras = [block for block in blocks if isinstance(block, Para)]
    warnings = [plain(para.runs) for para in paras if para.kind in {"banner", "held"}]
    lines = [plain(para.runs) for para in paras if para.kind not in {"banner", "held"}]
    tiles = next((block for block in blocks if isinstance(block, Tiles)), None)
    slides.opening(title, warnings, lines[:3], tiles)


def _happened(slides: Slides, blocks: Sequence[Block], locale: Locale) -> None:
    rows = [row for block in blocks if isinstance(block, Statements) for row in block.rows]
    if rows:
        claims = f"{locale.word('editions', 'notes_claims')}{locale.ui('colon')}{', '.join(row[2] for row in rows)}"
        heads = [locale.ui("badge"), locale.ui("says"), locale.ui("claim")]
        cells = [[badge, plain(says), number] for badge, says, number in rows]
        slides.table(locale.ui("happened"), heads, cells, [2.2, 9.2, 0.8], claims)


def _timeline(slides: Slides, numbers: Mapping[str, Any], locale: Locale) -> None:
    timeline = numbers["timeline"]
    if not timeline:
        return
    gone = set(timeline["missing"])
    series = {
        locale.word("stance", key): [None if i in gone else n for i, n in enumerate(timeline["series"][key])]
        for key in _STANCES
    }
    events = [" · ".join(_event(event, None, False, locale)[:3]) for event in numbers["events"] if event["drawn"]]
    description = f"{locale.ui('tl_title')}. {locale.ui('tl_table')}"
    names = column_names(timeline, locale)
    slides.columns(
        locale.ui("timeline"), names, series, events, description, locale.word("editions", "events_on_chart")
    )


def _events(slides: Slides, numbers: Mapping[str, Any], locale: Locale) -> None:
    if not numbers["events"]:
        return
    changes = {event["number"]: event for event in (numbers["changes"] or {}).get("events", ())}
    heads = [locale.word("column", "number"), locale.ui("date"), locale.ui("event"), locale.ui("before_after")]
    heads += [locale.word("stance", key) for key in _STANCES] if changes else []
    rows = [_event(event, changes.get(event["number"]), bool(changes), locale) for event in numbers["events"]]
    if (more := len(rows) - 2 * _EVENTS) > 0:
        rows[2 * _EVENTS :] = [["…", "", f"+{locale.number(more)}", *("" for _ in heads[3:])]]
    widths = [0.7, 1.5, 4.4, 2.2, 0.9, 0.9, 0.9, 0.9] if changes else [0.8, 1.9, 6.2, 3.3]
    title = locale.word("editions", "changes")
    slides.table(title, heads, rows, widths, "")


def _event(event: Mapping[str, Any], change: Mapping[str, Any] | None, wide: bool, locale: Locale) -> list[str]:
    window = event["window"]
    compared = {key: window[key] for key in ("before", "after", "days")} if window else {}
    cells = [
        str(event["number"]),
        locale.day(event["date"], precision=event["precision"]),
        _short(locale.name(event["title"]).text),
        locale.ui("window", **compared) if compared else locale.ui("no_window"),
    ]
    stances = (change or {}).get("stances") or {}
    points = [stances[key]["points"] if key in stances else None for key in _STANCES] if wide else []
    return cells + [f"{one['before']} → {one['after']}" if one else "–" for one in points]


def _asks(slides: Slides, numbers: Mapping[str, Any], locale: Locale) -> None:
    rows = []
    for ask in numbers["asks"]["listed"][:_REQUESTS]:
        answer = ask["response"]
        request = locale.name(ask["theme"]).text if ask["theme"] else f"“{ask['text']}”"
        authors = locale.number(ask["authors"]) if ask["authors"] else locale.ui("unknown")
        said = locale.name(answer["text"]).text if answer else ""
        rows.append([_short(request), authors, locale.number(ask["comments"]), _short(said)])
    if rows:
        heads = [locale.ui(key) for key in ("request", "ask_authors", "ask_comments", "ask_response")]
        slides.table(locale.ui("asks"), heads, rows, [6.2, 1.2, 1.3, 3.5], "")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"


def _voices(slides: Slides, numbers: Mapping[str, Any], locale: Locale) -> None:
    quotes = [quote for quote in quotes_in(told(numbers, locale)["voices"]) if quote.get("stance") in _STANCES]
    rows = [
        (quote["stance"], locale.word("stance", quote["stance"]), f"“{quote['text']}”", quote.get("lang") or "")
        for quote in quotes[:_QUOTES]
    ]
    if rows:
        ids = ", ".join(quote["id"] for quote in quotes[:_QUOTES] if quote["id"])
        slides.quotes(locale.ui("voices"), rows, ids)


def _lines(slides: Slides, blocks: Sequence[Block], title: str) -> None:
    """The first lines of a section's lists, whole ones, as many as a slide holds."""
    lines, room = [], _LINES
    for block in blocks:
        for item in block.items if isinstance(block, Items) and block.kind == "plain" else ():
            line = plain(item)
            room -= len(line.encode("utf-8", "replace")) // 2 + 30
            if room > 0:
                lines.append(line)
    if lines:
        slides.bullets(title, lines, "")


def _method(slides: Slides, numbers: Mapping[str, Any], blocks: Sequence[Block], locale: Locale) -> None:
    notes = [plain(block.runs) for block in blocks if isinstance(block, Para) and block.kind in {"note", "code"}]
    made = numbers["provenance"]
    facts = [("run", made["run"]), ("made_with", made["coder"]), ("data_digest", made["data_digest"])]
    lines = [
        *notes[:1],
        made["command"],
        *(f"{locale.ui(key)}{locale.ui('colon')}{value}" for key, value in facts if value),
    ]
    slides.bullets(locale.ui("method"), lines, "")


def read(content: bytes) -> Found:
    """The texts of the slides in order: boxes, tables, the values of charts, alternative texts, notes.

    Raises:
        MinyiError: it is no presentation that minyi made.
    """
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    must_be_archive(content)
    try:
        deck = Presentation(io.BytesIO(content))
    except (PythonPptxError, *DAMAGED) as error:
        raise MinyiError(
            "These slides cannot be read.", remedy="Name a file that `minyi report` has written."
        ) from error
    texts: list[str] = []
    for slide in deck.slides:
        for shape in slide.shapes:
            texts += _said(shape)
        texts.append(slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else "")
    return found_in(deck.core_properties.keywords, texts)


def _said(shape: Any) -> Iterator[str]:  # noqa: ANN401  python-pptx has no types
    yield shape._element._nvXxPr.cNvPr.get("descr", "")  # noqa: SLF001  python-pptx has no alternative texts
    if shape.has_text_frame:
        yield from (paragraph.text for paragraph in shape.text_frame.paragraphs)
    if shape.has_table:
        yield from (cell.text for row in shape.table.rows for cell in row.cells)
    if shape.has_chart:
        for series in shape.chart.plots[0].series:
            yield series.name
            yield from ("" if value is None else f"{value:g}" for value in series.values)
