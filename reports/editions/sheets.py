"""What the sheets of the workbook hold: the parts of numbers.json as rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.charts.timeline import column_names
from reports.corpus import DRAWN
from reports.editions.blocks import Para, Tiles, blocks_of, plain
from reports.editions.form import every_quote, paraphrase_form, response_form
from reports.page import render_html
from reports.public_view import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)
Value = str | float | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: its head, its rows, the columns to fill in, and those that a stacked chart is made of."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Value]]
    fill: frozenset[int] = frozenset()
    stacked: tuple[int, int] | None = None
    description: str = field(default="")


def sheets_of(numbers: Mapping[str, Any], locale: Locale) -> Iterator[Sheet]:
    """Every part that has something to show."""
    makers = (
        _summary, _claims, _timeline, _events, _changes, _asks, _responses, _voices, _places, _counting, _keywords,
        _coverage, _ledger, _provenance,
    )  # fmt: skip
    for make in makers:
        sheet = make(numbers, locale)
        if sheet.rows:
            yield sheet


def _name(key: str, locale: Locale) -> str:
    return locale.word("editions", key)


def _stance_names(locale: Locale) -> list[str]:
    return [locale.word("stance", key) for key in _STANCES]


def _sentence(claim: Mapping[str, Any], locale: Locale) -> str:
    return "".join(piece.text for piece in locale.sentence(claim))


def _summary(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    """The head of the page: banners, the change, the tiles."""
    rows: list[list[Value]] = []
    for block in blocks_of(render_html(numbers, locale.language)):
        if isinstance(block, Tiles):
            rows += [[name, figure, " · ".join(lines)] for _, name, figure, lines in block.tiles]
            break
        if text := plain(getattr(block, "runs", [])):
            bare = isinstance(block, Para) and block.kind in {"banner", "held"}
            rows.append(["!" if bare else "", text, ""])
    rows += [[claim["id"], _sentence(claim, locale), locale.word("badge", claim["badge"])]
             for claim in numbers["claims"] if claim["section"] == "happened"]  # fmt: skip
    rows.append(["", locale.word("audience", numbers["options"]["audience"]), ""])
    return Sheet(_name("summary", locale), ["", _name("summary", locale), locale.ui("badge")], rows)


def _claims(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    head = [
        locale.ui("claim"), locale.ui("says"), locale.ui("badge"), _name("value", locale), _name("low", locale),
        _name("high", locale), locale.ui("n"), locale.ui("measures"),
    ]  # fmt: skip
    rows = [
        [claim["id"], _sentence(claim, locale), locale.word("badge", claim["badge"]), claim["value"], claim["low"],
         claim["high"], claim["n"], locale.word("estimand", claim["estimand"])]
        for claim in numbers["claims"]
    ]  # fmt: skip
    return Sheet(_name("claims", locale), head, rows)


def _timeline(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    timeline = numbers["timeline"]
    if not timeline:
        return Sheet("", [], [])
    names, series = column_names(timeline, locale), timeline["series"]
    keys = (*_STANCES, "uncoded", "copied")
    head = [
        locale.word("column", timeline["unit"]), *(locale.word("stance", key) for key in keys),
        locale.word("column", "total"),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [name, locale.ui("gap_all")] if i in timeline["missing"]
        else [name, *(series[key][i] for key in keys), timeline["total"][i]]
        for i, name in enumerate(names)
    ]  # fmt: skip
    return Sheet(_name("timeline", locale), head, rows, stacked=(1, len(_STANCES)), description=locale.ui("tl_table"))


def _events(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    head = [locale.word("column", "number"), locale.ui("date"), locale.ui("event"), locale.ui("who"),
            locale.word("column", "day"), *locale.ui("before_after").split(" → ", 1)]  # fmt: skip
    rows = []
    for event in numbers["events"]:
        window = event["window"] or {}
        rows.append([event["number"], event["date"], locale.name(event["title"]).text, locale.name(event["who"]).text,
                     window.get("days"), window.get("before"), window.get("after")])  # fmt: skip
    return Sheet(_name("events", locale), head[: len(rows[0])] if rows else head, rows)


def _changes(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    """Before and after each event, one row a stance, in whole points with the ends of the interval."""
    rows: list[list[Value]] = []
    for event in (numbers["changes"] or {}).get("events", ()):
        for stance, one in (event["stances"] or {}).items():
            points, name = one["points"], locale.word("stance", stance)
            moved = [points[key] for key in ("before", "after", "difference", "low", "high")]
            rows.append([event["number"], name, *moved, *(one[key] for key in ("p", "q", "rank", "of", "verdict"))])
    before, _, after = locale.ui("before_after").partition(" → ")
    head = [locale.word("column", "number"), locale.ui("audit_head"), before, after, "Δ", _name("low", locale),
            _name("high", locale), "p", "q", "rank", "of", _name("verdict", locale)]  # fmt: skip
    return Sheet(_name("changes", locale), head, rows)


def _asks(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    head = [locale.ui("request"), locale.ui("ask_authors"), locale.ui("ask_comments"), locale.ui("ask_likes"),
            locale.ui("ask_first")]  # fmt: skip
    rows = [
        [locale.name(ask["theme"]).text if ask["theme"] else ask["text"], ask["authors"], ask["comments"], ask["likes"],
         ask["first"]]
        for ask in told(numbers, locale)["asks"]["listed"]
    ]  # fmt: skip
    return Sheet(_name("asks", locale), head, rows)


def _responses(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    head, rows = response_form(numbers, locale)
    if numbers["options"]["audience"] == "public":
        rows = []
    return Sheet(_name("responses", locale), head, rows, fill=_open(numbers, *range(3, len(head))))


def _open(numbers: Mapping[str, Any], *columns: int) -> frozenset[int]:
    """The columns to fill in; a report for the public has none."""
    return frozenset(columns) if numbers["options"]["audience"] == "internal" else frozenset()


def _voices(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    """The quotes, each with a column for a paraphrase in either language where the report is for our own eyes."""
    numbers = told(numbers, locale)
    head, rows = paraphrase_form(numbers, locale)
    if numbers["options"]["audience"] == "public":
        head, rows = [head[1], *head[2:]], [row[1:] for row in rows]
    stances = [locale.word("stance", quote["stance"]) if quote.get("stance") in _STANCES else ""
               for quote in every_quote(numbers)]  # fmt: skip
    with_stance = [[*row, stance] for row, stance in zip(rows, stances, strict=True)]
    return Sheet(_name("voices", locale), [*head, locale.ui("audit_head")], with_stance, fill=_open(numbers, 2, 3))


def _places(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    head = [locale.ui("source"), *_stance_names(locale), *(f"{name} %" for name in _stance_names(locale)),
            *(locale.ui(key) for key in ("n", "texts_head", "authors_head"))]  # fmt: skip
    rows = [
        [locale.place(panel["place"], panel["others"]), *(panel["counts"][key] for key in _STANCES),
         *((panel["shares"] or {}).get(key) for key in _STANCES), panel["coded"], panel["texts"], panel["authors"]]
        for panel in numbers["places"]["panels"]
    ]  # fmt: skip
    return Sheet(_name("places", locale), head, rows, stacked=(1, len(_STANCES)),
                 description=locale.ui("places_caption"))  # fmt: skip


def _counting(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    head = [locale.ui("rule"), *(f"{name} %" for name in _stance_names(locale)), locale.ui("n")]
    rows = [
        [locale.word("rule", rule["rule"]), *((rule["shares"] or {}).get(key) for key in _STANCES), rule["n"]]
        for rule in numbers["counting"]
    ]
    return Sheet(_name("counting", locale), head, rows)


def _keywords(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    head = [locale.ui("audit_head"), locale.ui("shared_word"), locale.ui("texts_head"), locale.ui("authors_head"), "z"]
    rows = [
        [locale.word("stance", key), word["word"], word.get("texts", word["n"]), word.get("authors"), word["z"]]
        for key in _STANCES
        for word in numbers["keywords"][key]
    ]
    return Sheet(_name("keywords", locale), head, rows)


def _coverage(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    head = [locale.ui(key) for key in ("source", "col_state", "col_said", "col_collected", "col_duplicates",
                                       "col_rejected", "col_span", "col_problem")]  # fmt: skip
    rows = [
        [locale.place(source["name"]), _state(source, locale), source["declared"], source["collected"],
         source["duplicates"], sum(int(n) for _, n in source["rejected"]),
         " – ".join(source[end] for end in ("first", "last") if source[end]), locale.reason(source["error"])]
        for source in numbers["coverage"]["sources"]
    ]  # fmt: skip
    return Sheet(_name("coverage", locale), head, rows)


def _state(source: Mapping[str, Any], locale: Locale) -> str:
    return locale.word("state", source["state"].replace(" ", "_")) if source["state"] else ""


def _ledger(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    """How each claim is computed again: its query, the digest of its comments, its test with what that gave."""
    head = [locale.ui("claim"), locale.ui("behind"), locale.ui("n"), locale.ui("digest"), _name("test", locale),
            _name("verdict", locale), _name("value", locale)]  # fmt: skip
    rows = [
        [claim["id"], claim["query"], claim["n"], claim["digest"], claim["test"], claim["verdict"],
         "; ".join(f"{name}={value}" for name, value in (claim["figures"] or {}).items())]
        for claim in numbers["claims"]
    ]  # fmt: skip
    return Sheet(_name("ledger", locale), head, rows)


def _provenance(numbers: Mapping[str, Any], locale: Locale) -> Sheet:
    made = {**numbers["provenance"], **numbers["options"]}
    rows = [[key, "; ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)]
            for key, value in made.items() if value]  # fmt: skip
    return Sheet(_name("provenance", locale), [_name("key", locale), _name("value", locale)], rows)
