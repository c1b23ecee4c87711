"""A paragraph whose connective words a language model may choose, and nothing else.

Every number, stance, date, quote and statement in it is a slot of the ledger: `{C2}` is a claim in its own words,
`{C2.p1}` a part of one that passed its test, `{q:ID}` a quote, `{study}` the study's name. What stands between the
slots must be made of words of a closed list. So a text is not searched for errors: what is not known is turned down.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.wording import Piece, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.wording import Locale
    from storage.nouns import Language

LONGEST, SENTENCES = 600, 8
"""Characters of a text as the model writes it, and sentences in it."""

_SLOT = re.compile(r"\{([^{}]*)\}")
_CLAIM = re.compile(r"(C[1-9][0-9]*)(?:\.([a-z_]+[1-9]?))?")
_INDEX = re.compile(r"[1-9]$")
_STOPS = {"en": ".;", "zh": "。；"}
_FULL = {"en": ".", "zh": "。"}
_MARKS = {"en": " ,:()", "zh": "，、：（） "}
_WORD = re.compile(r"[A-Za-z]+(?:[’'-][A-Za-z]+)*|[㐀-鿿]+")
_NUMERAL = re.compile(r"[〇零两俩廿卅百千万亿兆]")


class Rejected(NamedTuple):
    """Why a text is not used, and at which character; the reason is a key of the catalogue's `rejected`."""

    reason: str
    at: int


@dataclass(frozen=True)
class Token:
    """A stretch of the text: a slot (`kind` study, claim, part or quote), words, or the end of a sentence."""

    kind: str
    text: str
    at: int
    name: str = ""
    part: str = ""


@dataclass(frozen=True)
class Accepted:
    """A text that says nothing of its own, taken apart."""

    tokens: tuple[Token, ...]


class _Unfit(Exception):  # noqa: N818  it never leaves this module
    def __init__(self, reason: str, at: int) -> None:
        self.reason, self.at = reason, at


def check(text: str, numbers: Mapping[str, Any], language: Language) -> Accepted | Rejected:
    """Whether a text may be printed. Pure; every doubt turns it down.

    Args:
        text: as the model wrote it, slots not filled in.
        numbers: numbers.json.
        language: of the words between the slots.
    """
    if not text.strip() or len(text) > LONGEST:
        return Rejected("length", min(len(text), LONGEST))
    try:
        tokens = tuple(_tokens(text, numbers, language))
        _structure(tokens)
    except _Unfit as unfit:
        return Rejected(unfit.reason, unfit.at)
    return Accepted(tokens)


def _tokens(text: str, numbers: Mapping[str, Any], language: Language) -> Iterator[Token]:
    end = 0
    for slot in _SLOT.finditer(text):
        yield from _plain(text[end : slot.start()], end, language)
        yield _slot(slot[1], slot.start(), numbers, language)
        end = slot.end()
    yield from _plain(text[end:], end, language)


def _slot(inner: str, at: int, numbers: Mapping[str, Any], language: Language) -> Token:
    if inner == "study":
        return Token("study", inner, at)
    if inner.startswith("q:"):
        if inner[2:] not in quotes(numbers):
            raise _Unfit("quote", at)
        return Token("quote", inner, at, inner[2:])
    named = _CLAIM.fullmatch(inner)
    claim = named and next((one for one in numbers["claims"] if one["id"] == named[1]), None)
    if not named or claim is None:
        raise _Unfit("slot", at)
    if named[2] is None:
        return Token("claim", inner, at, named[1])
    if claim["verdict"] != "passed":
        raise _Unfit("verdict", at)
    if part_wording(claim, named[2], language) is None:
        raise _Unfit("slot", at)
    return Token("part", inner, at, named[1], named[2])


def part_wording(claim: Mapping[str, Any], part: str, language: Language) -> str | None:
    """How a part of a claim is printed, its unit and interval with it; None where it may not stand alone."""
    parts = catalogue(language)["paragraph_parts"]
    index = part[-1] if _INDEX.search(part) else ""
    wording = parts.get(f"{claim['template']}.{part.removesuffix(index)}{'#' if index else ''}")
    if wording is None:
        return None
    wording = str(wording).replace("#", index)
    needed = re.findall(r"\{(\w+)", wording)
    return wording if all(name in claim["slots"] for name in needed) else None


def quotes(numbers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What may be quoted, by id: the comments of the section of voices that the ledger lists as quoted."""
    listed = {one["id"] for one in numbers.get("quoted") or [] if one["where"] == "voices"}
    return {voice["id"]: voice for voice in numbers["voices"] if voice.get("id") in listed and voice.get("text")}


def _plain(text: str, start: int, language: Language) -> Iterator[Token]:
    """The words between two slots, which must all be known."""
    end = 0
    for word in _WORD.finditer(text):
        yield from _marks(text[end : word.start()], start + end, language)
        _known(word[0], start + word.start(), language)
        yield Token("words", word[0], start + word.start())
        end = word.end()
    yield from _marks(text[end:], start + end, language)


def _marks(text: str, start: int, language: Language) -> Iterator[Token]:
    for at, mark in enumerate(text, start):
        if unicodedata.numeric(mark, None) is not None:
            raise _Unfit("number", at)
        if mark in _STOPS[language]:
            yield Token("stop", mark, at)
        elif mark in _MARKS[language]:
            yield Token("words", mark, at)
        else:
            raise _Unfit("character", at)


def _known(word: str, at: int, language: Language) -> None:
    """Turns down a word that is not on the list of connective words."""
    if word[0].isascii():
        if language != "en" or word.lower() not in _allowed("en"):
            raise _Unfit(_reason(word.lower(), language), at)
        return
    reach = _reach(word) if language == "zh" else 0
    if reach < len(word):
        raise _Unfit(_reason(word, language), at + reach)


def _reach(word: str) -> int:
    """How far a run of Han characters can be cut into allowed words; its length where it can be whole."""
    allowed, ends = _allowed("zh"), {0}
    for at in range(len(word)):
        if at in ends:
            ends |= {at + n for n in range(1, 5) if word[at : at + n] in allowed and at + n <= len(word)}
    return max(ends)


@cache
def _allowed(language: Language) -> frozenset[str]:
    return frozenset(catalogue(language)["paragraph_words"]["allowed"])


def _reason(word: str, language: Language) -> str:
    """Of what kind a word is that is not allowed; only for the report, the list of allowed words decides."""
    for kind, words in catalogue(language)["paragraph_words"].items():
        if kind != "allowed" and any(word == one if language == "en" else one in word for one in words):
            return str(kind)
    if any(unicodedata.numeric(mark, None) is not None for mark in word) or _NUMERAL.search(word):
        return "number"
    return "word"


def _structure(tokens: tuple[Token, ...]) -> None:
    """One statement a sentence, of one claim, each number beside its own stance, and nothing twice."""
    sentences = list(_sentences(tokens))
    if len(sentences) > SENTENCES:
        raise _Unfit("length", sentences[SENTENCES][0].at)
    told: set[str] = set()
    for sentence in sentences:
        slots = [token for token in sentence if token.kind in {"claim", "part", "quote"}]
        if not slots:
            raise _Unfit("nothing", sentence[0].at)
        if len({(slot.kind, slot.name) for slot in slots}) > 1 or (slots[0].kind != "part" and len(slots) > 1):
            raise _Unfit("mixed", slots[1].at)
        if slots[0].text in told:
            raise _Unfit("repeated", slots[0].at)
        told.update(slot.text for slot in slots if slot.kind != "part")
        _pairs([slot for slot in slots if slot.kind == "part"])


def _sentences(tokens: tuple[Token, ...]) -> Iterator[list[Token]]:
    """Ended by a stop, or by a claim in its own words, which is a sentence of itself."""
    sentence: list[Token] = []
    for token in tokens:
        if token.kind == "stop" or (token.kind == "words" and not sentence and not token.text.strip(" ,，")):
            yield from [sentence] if _says(sentence) else []
            sentence = []
            continue
        sentence.append(token)
        if token.kind == "claim":
            yield sentence
            sentence = []
    yield from [sentence] if _says(sentence) else []


def _says(sentence: list[Token]) -> bool:
    return any(token.kind != "words" or token.text.strip() for token in sentence)


def _pairs(parts: list[Token]) -> None:
    """Each numbered stance is followed by its own number, and each number follows its own stance."""
    waiting: Token | None = None
    for part in parts:
        index = part.part[-1] if _INDEX.search(part.part) else ""
        if part.part.startswith("s") and index:
            if waiting:
                raise _Unfit("pairing", part.at)
            waiting = part
        elif index:
            if not waiting or waiting.part[-1] != index:
                raise _Unfit("pairing", part.at)
            waiting = None
    if waiting:
        raise _Unfit("pairing", waiting.at)


def paragraph_pieces(accepted: Accepted, numbers: Mapping[str, Any], locale: Locale) -> list[Piece]:
    """An accepted text with its slots filled in, and at the end of each sentence the id of its claim."""
    claims = {claim["id"]: claim for claim in numbers["claims"]}
    pieces: list[Piece] = []
    opened, told = False, ""
    for at, token in enumerate(accepted.tokens):
        stops = accepted.tokens[at + 1 : at + 2]
        ends = not stops or stops[0].kind == "stop"
        filled = _filled(token, claims, numbers, locale, opened=opened)
        told = token.name if token.kind in {"claim", "part"} else told
        if token.kind == "claim" and stops and ends:
            filled[-1] = Piece(filled[-1].text.removesuffix(_FULL[locale.language]), filled[-1].kind, filled[-1].lang)
        pieces += filled
        if told and (token.kind == "claim" or ends):
            pieces.append(Piece(f" [{told}]" if ends else f" [{told}] "))
            told = ""
        opened = token.kind not in {"claim", "stop"} and (opened or bool(token.text.strip()))
    return pieces


def _filled(
    token: Token, claims: Mapping[str, Any], numbers: Mapping[str, Any], locale: Locale, *, opened: bool
) -> list[Piece]:
    if token.kind == "study":
        return [locale.name(numbers["study"]["name"])]
    if token.kind == "quote":
        voice = quotes(numbers)[token.name]
        return [Piece("“"), Piece(voice["text"], "said", voice["lang"]), Piece("”")]
    if token.kind == "claim":
        pieces = locale.sentence(claims[token.name], opens=not opened)
        first = pieces[0].text[:1].lower() if opened and pieces[0].kind == "text" else pieces[0].text[:1]
        return [Piece(first + pieces[0].text[1:], pieces[0].kind, pieces[0].lang), *pieces[1:]]
    if token.kind == "part":
        wording = part_wording(claims[token.name], token.part, locale.language)
        return list(locale.fill(str(wording), claims[token.name]["slots"]))
    return [Piece(token.text)]


def paragraph_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any] | None:
    """The paragraph as the page shows it, or why there is none; None where none was asked for.

    A text is checked again when it is shown: a file may have been changed since.
    """
    found = (numbers.get("paragraph") or {}).get(locale.language)
    if not found or found["state"] == "off":
        return None
    read = check(found["text"], numbers, locale.language) if found["state"] == "accepted" else None
    if isinstance(read, Accepted):
        pieces = paragraph_pieces(read, numbers, locale)
        return {"pieces": pieces, "note": locale.ui("paragraph_note", model=found["model"])}
    reason = read.reason if read else found["reason"]
    why = locale.word("rejected", reason)
    return {"pieces": [], "note": locale.ui("paragraph_rejected", model=found["model"], reason=why)}
