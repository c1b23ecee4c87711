"""Numbers into words: the two catalogues, and the only way from a claim to a sentence."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from storage.nouns import Language

PieceKind = Literal["text", "value", "said"]

# {slot} or {slot|singular|plural}; [ … ] is dropped unless every slot inside it is present.
_SLOT = re.compile(r"\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


@cache
def _pattern(said: str) -> re.Pattern[str]:
    """What fits a sentence with {} where it differs."""
    return re.compile("(.+)".join(map(re.escape, said.split("{}"))), re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence: our own words, a value from a slot, or what somebody else wrote (in its language)."""

    text: str
    kind: PieceKind = "text"
    lang: str | None = None


@dataclass(frozen=True)
class Locale:
    """One language of the report.

    Attributes:
        language: zh or en.
        catalogue: the wording, by section and key.
        place_names: wordings of sources, by name.
        with_year: whether dates carry their year.
    """

    language: Language
    catalogue: Mapping[str, Any]
    place_names: Mapping[str, Mapping[str, str]]
    with_year: bool = False

    def ui(self, key: str, **slots: object) -> str:
        """A fixed text of the page, its slots filled in."""
        filled = {name: {"int" if isinstance(value, int) else "plain": value} for name, value in slots.items()}
        return "".join(piece.text for piece in self.fill(self.catalogue["ui"][key], filled))

    def word(self, section: str, key: str) -> str:
        """One word of a closed list: a stance, a badge, a kind of event."""
        return str(self.catalogue[section][key])

    def reason(self, text: str) -> str:
        """Why something could not be used, as the program says it in English; one not listed stays as it is."""
        known: Mapping[str, str] = self.catalogue.get("reason", {})
        if text in known:
            return known[text]
        for said, words in known.items():
            if "{}" in said and (found := _pattern(said).fullmatch(text)):
                return words.format(*found.groups())
        return text

    def test(self, name: str) -> str:
        """What a claim had to pass; one not listed stays in English, as the ledger names it."""
        return str(self.catalogue["test"].get(name, name))

    def number(self, value: float) -> str:
        """A count with its thousands set apart."""
        return f"{value:,}"

    def day(self, iso: str, *, style: str = "long", year: bool | None = None, precision: str = "day") -> str:
        """A day as this language writes it; `precision` month, short_month or year gives only as much."""
        day = date.fromisoformat(iso)
        form = precision
        if precision == "day":
            shown = self.with_year if year is None else year
            form = f"{style}_year" if shown else style
        names = self.catalogue["dates"]
        return str(names[form]).format(
            y=day.year,
            m=day.month,
            d=day.day,
            month=names["months"][day.month - 1],
            mon=names["short_months"][day.month - 1],
        )

    def moment(self, iso: str) -> str:
        """A day and the time of day."""
        at = datetime.fromisoformat(iso)
        return f"{self.day(at.date().isoformat(), year=True)} {at:%H:%M}"

    def name(self, wording: Mapping[str, str]) -> Piece:
        """A wording in this language, or in the other one where this one is missing."""
        other: Language = "en" if self.language == "zh" else "zh"
        mine = wording[self.language]
        return Piece(mine, "value") if mine or not wording[other] else Piece(wording[other], "value", other)

    def place(self, key: str | None, others: int = 0) -> str:
        """The name of a platform or source."""
        if others:
            return self.ui("other_places", n=others)
        if not key:
            return self.ui("unnamed_place")
        return self.name(self.place_names[key]).text if key in self.place_names else key

    def sentence(self, claim: Mapping[str, Any], *, opens: bool = True) -> list[Piece]:
        """A claim in words, with a capital where it opens; every value in it comes from a slot of the claim.

        A verdict that has no wording for the claim's variant takes its plain one.
        """
        wordings, verdict = self.catalogue["claims"][claim["template"]], claim["verdict"]
        pieces = list(self.fill(wordings.get(f"{verdict}_{claim['variant']}", wordings[verdict]), claim["slots"]))
        first = pieces[0]
        if not opens:
            return pieces
        return [Piece(first.text[:1].upper() + first.text[1:], first.kind, first.lang), *pieces[1:]]

    def fill(self, template: str, slots: Mapping[str, Mapping[str, Any]]) -> Iterator[Piece]:
        """A wording with its slots filled in."""
        text = _OPTIONAL.sub(lambda part: part[1] if self._complete(part[1], slots) else "", template)
        end = 0
        for match in _SLOT.finditer(text):
            if match.start() > end:
                yield Piece(text[end : match.start()])
            yield from self._slot(slots[match[1]], match[2], match[3])
            end = match.end()
        if end < len(text):
            yield Piece(text[end:])

    def _complete(self, part: str, slots: Mapping[str, object]) -> bool:
        return all(match[1] in slots for match in _SLOT.finditer(part))

    def _slot(self, slot: Mapping[str, Any], one: str | None, many: str | None) -> Iterator[Piece]:
        ((kind, value),) = slot.items()
        if kind == "said":
            yield Piece(value["text"], "said", value["lang"])
        elif kind == "name":
            yield self.name(value)
        elif kind == "paraphrase":
            said = self.name(value)
            yield Piece(self.ui("in_our_words", said=said.text), said.kind, said.lang)
        else:
            yield Piece(self._value(kind, value), "text" if kind in {"plain", "stance", "panel"} else "value")
        if one is not None and many is not None:
            yield Piece(f" {one if value == 1 else many}")

    def _value(self, kind: str, value: Any) -> str:  # noqa: ANN401  a slot's value is an int, a float or a text
        if kind in {"int", "decimal", "times"}:
            return self.number(value)
        if kind == "percent":
            return f"{value}%"
        if kind == "date":
            return self.day(value)
        if kind == "stance":
            return str(self.catalogue["stance_inline"][value])
        if kind == "panel":
            return str(self.catalogue["panel"][value])
        return self.place(value) if kind == "place" else str(value)


@cache
def catalogue(language: Language) -> dict[str, Any]:
    """The wording of one language: the sections of all its files, those of the same name together.

    Raises:
        ValueError: two files say the same key.
    """
    folder = resources.files("reports").joinpath("locales", language)
    merged: dict[str, Any] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        for section, words in tomllib.loads(file.read_text("utf-8")).items():
            known = merged.setdefault(section, {})
            if twice := known.keys() & words.keys():
                raise ValueError(f"{language}/{file.name} says [{section}] {sorted(twice)} a second time")
            known |= words
    return merged


def locale_for(language: Language, numbers: Mapping[str, Any]) -> Locale:
    """The locale a report is rendered in: years are printed when the dates fall into more than one."""
    days = [numbers["totals"]["first"], numbers["totals"]["last"], *(event["date"] for event in numbers["events"])]
    if numbers["timeline"]:
        days += [numbers["timeline"]["start"], numbers["timeline"]["end"]]
    years = {day[:4] for day in days if day}
    return Locale(language, catalogue(language), numbers["place_names"], with_year=len(years) > 1)
