"""The report as a mail of one page: what happened, the tiles and the timeline, and where the whole of it is."""

from __future__ import annotations

import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from reports.charts.palette import FILL, INK
from reports.editions.blocks import Heading, Para, Statements, Tiles, blocks_of, plain
from reports.editions.found import Found, on_one_line
from reports.editions.html import texts_of
from reports.editions.packing import made_at
from reports.editions.pictures import HAN, LATIN, png_of
from reports.editions.tree import tree_of
from reports.page import page_template, render_html
from reports.paragraph import paragraph_view
from reports.public_view import told
from reports.wording import locale_for
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.editions.blocks import Block
    from reports.wording import Locale
    from storage.nouns import Language

_REQUESTS, _WIDTH = 3, 568
_BLACK = "#20262C"
_POLICY = policy.SMTP.clone(max_line_length=78)


def render(numbers: Mapping[str, Any], language: Language) -> bytes:
    """A message in plain text and in HTML; it opens as a draft, to nobody yet."""
    locale = locale_for(language, numbers)
    page = render_html(numbers, language)
    blocks = blocks_of(page)
    seal = hashlib.sha256(f"{numbers['provenance']['run']} {language} {page}".encode("utf-8", "replace")).hexdigest()[
        :24
    ]
    view = _view(numbers, blocks, locale)
    chart = _chart(page, seal)
    message = EmailMessage(policy=_POLICY)
    for name, value in _headers(numbers, language, view["title"], seal).items():
        message[name] = value
    message.set_content(_in_plain_text(view, locale), cte="base64")
    html = page_template("mail.html.j2").render(**view, chart=chart, t=locale.ui, locale=locale)
    message.add_alternative(html, subtype="html", cte="base64")
    if chart:
        body = message.get_payload()[1]  # type: ignore[index]  # a message of several parts is a list of them
        png = png_of(chart["svg"], language)
        body.add_related(png, "image", "png", cid=f"<{chart['cid']}>", disposition="inline", filename="timeline.png")  # type: ignore[union-attr]
        body.set_boundary(f"related-{seal}")  # type: ignore[union-attr]
    message.set_boundary(f"minyi-{seal}")
    return message.as_bytes()


def _headers(numbers: Mapping[str, Any], language: Language, title: str, seal: str) -> dict[str, str]:
    options = numbers["options"]
    return {
        "Subject": on_one_line(title),
        "Date": format_datetime(made_at(numbers)),
        "Message-ID": f"<{seal}@minyi.invalid>",
        "X-Unsent": "1",
        "X-Minyi-Language": language,
        "X-Minyi-Run": on_one_line(numbers["provenance"]["run"]),
        "X-Minyi-Audience": options["audience"],
        "X-Minyi-Preset": options["preset"],
    }


def _view(numbers: Mapping[str, Any], blocks: Sequence[Block], locale: Locale) -> dict[str, Any]:
    """What the mail says, read off the page."""
    head = blocks[: next((i for i, block in enumerate(blocks) if isinstance(block, Heading) and block.level > 1), None)]
    paras = [block for block in head if isinstance(block, Para)]
    happened = [row for block in blocks if isinstance(block, Statements) for row in block.rows]
    first, then = (HAN, LATIN) if locale.language == "zh" else (LATIN, HAN)
    return {
        "title": next((plain(block.runs) for block in head if isinstance(block, Heading)), numbers["study"]["id"]),
        "fonts": ",".join([*(f"'{name}'" for name in (*first, *then)), "sans-serif"]),
        "warnings": [{"text": plain(p.runs), "held": p.kind == "held"} for p in paras if p.kind in {"banner", "held"}],
        "lines": [plain(para.runs) for para in paras if para.kind not in {"banner", "held"}],
        "tiles": [_tile(*tile) for block in head if isinstance(block, Tiles) for tile in block.tiles],
        "claims": [{"badge": badge, "says": plain(says), "id": number} for badge, says, number in happened],
        "worded": _worded(numbers, locale),
        "asks": [_ask(ask, locale) for ask in told(numbers, locale)["asks"]["listed"][:_REQUESTS]],
        "legend": [(locale.word("stance", stance.value), fill) for stance, fill in FILL.items()],
        "closing": _closing(numbers, blocks, locale),
    }


def _worded(numbers: Mapping[str, Any], locale: Locale) -> dict[str, str] | None:
    """The paragraph that a language model connected, with its mark; None where there is none that was accepted."""
    found = paragraph_view(numbers, locale)
    if not found or not found["pieces"]:
        return None
    says = "".join(piece.text for piece in found["pieces"])
    return {"badge": locale.ui("paragraph_badge"), "says": says, "note": found["note"]}


def _tile(stance: str, name: str, figure: str, lines: Sequence[str]) -> dict[str, Any]:
    looks = {key.value: (INK[key], FILL[key]) for key in INK}
    ink, fill = looks.get(stance, (_BLACK, _BLACK))
    return {"name": name, "figure": figure, "lines": lines, "ink": ink, "fill": fill}


def _ask(ask: Mapping[str, Any], locale: Locale) -> dict[str, str]:
    counts = [(locale.ui("ask_authors"), ask["authors"]), (locale.ui("ask_comments"), ask["comments"])]
    theme = locale.name(ask["theme"]) if ask["theme"] else None
    return {
        "text": theme.text if theme else f"“{ask['text']}”",
        "lang": (theme.lang or locale.language) if theme else ask["lang"] or "",
        "counts": " · ".join(f"{head}{locale.ui('colon')}{locale.number(n)}" for head, n in counts if n),
    }


def _closing(numbers: Mapping[str, Any], blocks: Sequence[Block], locale: Locale) -> list[str]:
    foot = [plain(block.runs) for block in blocks if isinstance(block, Para) and block.kind == "footer"]
    file = f"report.{locale.language}.html"
    audience = locale.word("audience", numbers["options"]["audience"])
    run = f"{locale.ui('run')} {numbers['provenance']['run']} · {audience}"
    return [locale.word("editions", "mail_lead").format(file=file), *foot, run]


def _chart(page: str, seal: str) -> dict[str, Any] | None:
    """The timeline as it is drawn for phones, whose letters are large enough for a mail."""
    section = next((part for part in tree_of(page).every("section") if part.attrs.get("id") == "timeline"), None)
    drawings = [part for part in section.every("svg") if part.first("desc")] if section else []
    chosen = next((part for part in drawings if "narrow" in part.css), drawings[0] if drawings else None)
    if chosen is None:
        return None
    title, desc = (part.text() if (part := chosen.first(tag)) else "" for tag in ("title", "desc"))
    return {"svg": chosen.source(), "cid": f"timeline.{seal}", "width": _WIDTH, "words": f"{title}. {desc}"}


def _in_plain_text(view: Mapping[str, Any], locale: Locale) -> str:
    tiles = [" · ".join([f"{tile['name']} {tile['figure']}".strip(), *tile["lines"]]) for tile in view["tiles"]]
    claims = [f"* {claim['says']} [{claim['id']}] ({claim['badge']})" for claim in view["claims"]]
    asks = [f"{i}. {ask['text']} ({ask['counts']})" for i, ask in enumerate(view["asks"], start=1)]
    warnings = [warning["text"] for warning in view["warnings"]]
    worded = view["worded"]
    sections = [
        [*warnings, view["title"], *view["lines"]],
        tiles,
        [locale.ui("happened"), *claims] if claims else [],
        [f"{worded['says']} ({worded['badge']})", worded["note"]] if worded else [],
        [locale.ui("asks"), *asks] if asks else [],
        view["closing"],
    ]
    return "\n\n".join("\n".join(on_one_line(line) for line in lines) for lines in sections if lines) + "\n"


def read(content: bytes) -> Found:
    """The subject, the plain text, the HTML and what is said of its picture.

    Raises:
        MinyiError: it is no mail that minyi made.
    """
    message = message_from_bytes(content, policy=_POLICY)
    said = {key: str(message.get(f"X-Minyi-{key}", "")) for key in ("Run", "Language", "Audience", "Preset")}
    text, html = (message.get_body((kind,)) if message.is_multipart() else None for kind in ("plain", "html"))
    if not said["Run"] or text is None or html is None:
        raise MinyiError("This is no mail of a report.", remedy="Name a file that `minyi report` has written.")
    page = tree_of(html.get_content())
    words = [picture.attrs.get("alt", "") for picture in page.every("img")]
    lines = [on_one_line(line) for line in text.get_content().splitlines()]
    texts = [str(message.get("Subject", "")), *lines, *texts_of(page), *words]
    return Found(said["Run"], said["Language"], said["Audience"], said["Preset"], [text for text in texts if text])
