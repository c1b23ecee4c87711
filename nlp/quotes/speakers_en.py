"""Who speaks in an English phrase: its head noun among the known ones, a pronoun, or a name."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.quotes.people_en import is_private
from nlp.quotes.quote import NOBODY, Speaker
from nlp.quotes.words import any_of, plural, words

if TYPE_CHECKING:
    from nlp.quotes.lines import Line
    from storage.nouns import SpeakerClass

# The head of a phrase stands before these: "a spokesman | for the parents".
_BEHIND_HEAD = re.compile(
    r"\s(?:of|for|from|in|at|on|with|to|near|who|whom|whose|that|which|by|about|during|after|under|against|like)\s"
)
_PART_OF = re.compile(
    r"^\s*(?:some|many|one|several|most|few|a few|all|both|hundreds|thousands|dozens|plenty|\d+|"
    r"a (?:number|group|handful|lot)) of\s",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[A-Z@][\w’'\-.]*[\w’'])(?:\s(?:(?:de|van|von|der|bin|al|el|la|du)\s)?[A-Z][\w’'\-.]*)*")
_SENTENCE_OPENERS = frozenset(words("en", "sentence opener"))
_DROP = re.compile(
    r"^(?:\s|,|and |but |while |as |when |because |also |however|meanwhile|then |for example|there (?:are|were) )+",
    re.IGNORECASE,
)


_PIECE = re.compile(r",(?!\d)|\(|\)|—|–|\swith\s(?=(?:one|another|some|many|others)\b)")
_PIECES = 5
"""Pieces between commas in which a subject is sought, from the verb backwards."""

_INTRODUCED = re.compile(
    r"(?P<name>[A-Z][\w’'\-]+(?:\s[A-Z][\w’'\-]+)+),\s(?:\d+,\s)?(?P<what>(?:an?|the|who|whose|one|his|her)\s[^,.;]+)"
)
_OF_AGE = re.compile(
    r"(?P<name>[A-Z][\w’'\-]+(?:\s[A-Z][\w’'\-]+)+),\s(?:who\sis\s)?(?:1[4-9]|[2-9]\d)(?=\s?[.,;])(?!,\s(?:an?|the|who)\s)"
)
_TRADE_AND_NAME = re.compile(
    r"\s*(?P<what>(?:[A-Z][a-z]+\s)?(?:[a-z\-]+\s){1,3})(?P<name>[A-Z][\w’'\-]+(?:\s[A-Z][\w’'\-]+)+)\s"
)
_WITH_LIFE = re.compile(r"(?P<name>[A-Z][\w’'\-]+\s[A-Z][\w’'\-]+)(?=,\swho)")
_RETIRED = re.compile(r"^\W*(?:the\s)?(?:now-)?retired\s(?![A-Z])", re.IGNORECASE)
_RELATIVE = re.compile(r"\s*(?:who|which|whose|whom|where|when|from|of|near|based|outside)\s", re.IGNORECASE)
_HANDLE = re.compile(r"(?:^|\s)(?P<name>@\w+|u/\w+|[A-Za-z]*[a-z]\w*[_\d]\w*)\b")


_OWN = re.compile(r"\b(?:your|our|their|the|this|any|each)\b", re.IGNORECASE)
_ADDRESSED = re.compile(r"(?:Mr|Mrs|Ms|Miss)\.?\s[A-Z][\w’'\-]+")


@cache
def _nouns() -> dict[str, str]:
    sections = ("professional", "official", "public")
    return {form: section for section in sections for noun in words("en", section) for form in plural(noun)}


@cache
def _lexer() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w\-’'@])(?:{any_of(frozenset(_nouns()))})(?![\w@]|-(?!of-))", re.IGNORECASE)


def _kind_of(noun: str) -> str | None:
    return _nouns().get(noun) or _nouns().get(noun.lower())


class Cast:
    """The speakers of one text, kept in mind while it is read from start to end."""

    def __init__(self) -> None:
        self.last = NOBODY
        self._person = NOBODY
        self._known: dict[str, Speaker] = {}

    def speaks(self, speaker: Speaker) -> None:
        """Remember who spoke last, and by which names."""
        if speaker == NOBODY:
            return
        self.last = speaker
        if name := _names(speaker.name):
            self._person = speaker
            for part in name:
                self._known.setdefault(part, speaker)

    def introduce(self, sentence: str) -> Speaker | None:
        """Remember who is introduced, and return them: "Mary Hill, a widow, lives upstairs."."""
        before = self._person
        for found in _OF_AGE.finditer(sentence):
            if is_private(found["name"].split(), sentence[found.end("name") : found.end() + 60]):
                self._remember(found["name"], Speaker(found["name"], "public"))
        trade = _TRADE_AND_NAME.match(sentence)
        if trade and (described := self._of_piece(trade["what"])):
            self._remember(trade["name"], described)
        for found in _WITH_LIFE.finditer(sentence):
            if is_private(found["name"].split(), sentence[found.end() : found.end() + 120]):
                self._remember(found["name"], Speaker(found["name"], "public"))
        for found in _INTRODUCED.finditer(sentence):
            described = self._of_piece(found["what"])
            if described:
                self._remember(found["name"], described)
        return self._person if self._person != before else None

    def _remember(self, name: str, described: Speaker) -> None:
        """Keep whom later pronouns and family names may mean, if the description tells and the name is no firm's."""
        if described.kind in {"public", "official"} and not any(map(_kind_of, name.split())):
            self._person = Speaker(name, described.kind)
            self._known.update(dict.fromkeys(name.split(), self._person))

    def speaker(self, phrase: str) -> Speaker | None:
        """The speaker in a phrase that is the subject of a verb of saying; None where there is none.

        Commas part a name from what the name's bearer is: "Sarah Jones, a mother of two,".
        """
        pieces = [piece for piece in _PIECE.split(phrase) if piece.strip() and not _RELATIVE.match(piece)]
        for at in range(len(pieces) - 1, max(len(pieces) - _PIECES, 0) - 1, -1):
            if (found := self._of_piece(pieces[at])) is None:
                continue
            return self._private(self._named_and_described(found, pieces, at), phrase)
        return None

    def _private(self, found: Speaker, phrase: str) -> Speaker:
        """The same speaker, as one of the public if the phrase tells of a private person."""
        name = found.name.split()
        if found.kind != "named":
            return found
        if known := self._known.get(name[-1]):
            return Speaker(found.name, known.kind)
        around = phrase[phrase.rfind(found.name) + len(found.name) :]
        retired = bool(_RETIRED.search(phrase)) and not around.strip()
        return Speaker(found.name, "public") if retired or is_private(name, around) else found

    def _named_and_described(self, found: Speaker, pieces: list[str], at: int) -> Speaker:
        """Join a name and what its bearer is: "Sarah Jones, 34, a nurse" and "her mother, Helen Park"."""
        others = [piece.strip() for piece in pieces[:at] if not piece.strip().isdigit()]
        before = others[-1] if others else ""
        if _describes(pieces[at]) and _NAME.fullmatch(before) and _names(before):
            return Speaker(before, "named" if found.kind == "unknown" else found.kind)
        if found.kind == "named" and _KIN.match(before) and (kin := self._of_piece(before)):
            return Speaker(found.name, kin.kind)
        return found

    def some(self, phrase: str) -> Speaker | None:
        """Counted people without a noun: "A third put forward …", "Others took another view"."""
        found = _SOME.match(_DROP.sub("", phrase))
        return Speaker(found["who"], "public") if found else None

    def _of_piece(self, piece: str) -> Speaker | None:
        piece = _DROP.sub("", piece).strip()
        head = _BEHIND_HEAD.split(_PART_OF.sub("", piece))[0]
        if pronoun := re.search(r"\b(?:he|she|they|it)$|^(?:he|she|they|it)\b", head.strip(), re.IGNORECASE):
            they = pronoun[0].lower() in {"they", "it"}
            meant = self.last if they or self._person == NOBODY else self._person
            return meant if meant != NOBODY else Speaker(pronoun[0], "unknown")
        nouns = [found for found in _lexer().finditer(head) if _kind_of(found[0])]
        name = _names(head)
        if not nouns and (handle := _HANDLE.search(head)):
            return Speaker(handle["name"], "public")
        if nouns:
            kind = _class(_kind_of(nouns[-1][0]) or "", named=bool(name), determined=bool(_COUNTED.match(head)))
            return Speaker(" ".join(name) if kind == "named" else _phrase(head, nouns[-1].end()), kind)
        if name:
            known = next((self._known[part] for part in reversed(name) if part in self._known), None)
            return Speaker(" ".join(name), known.kind if known else "named")
        if head.strip().lower() in words("en", "counter"):
            return Speaker(piece, "public")
        return None


def speaker_of_line(line: Line, name: str) -> Speaker | None:
    """Who speaks on a line of an interview: people by their trade or kin, and Mr, Mrs or Ms Somebody."""
    if line.together == 1 or _OWN.search(name):
        return None
    speaker = Speaker(name, "public") if _ADDRESSED.fullmatch(name) else Cast().speaker(name.split(",", maxsplit=1)[0])
    return speaker if speaker and speaker.kind == "public" else None


_KIN = re.compile(r"(?:his|her|their|my|one|another|a|local)\s[a-z\s]+$", re.IGNORECASE)
_SOME = re.compile(
    rf"(?P<who>{any_of(words('en', 'counter'))})\s(?:\w+ed|put|took|wrote|went|had|came|made|gave|struck)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?:an?|some|many|one|two|three|several|most|few|other|another|industry)\b", re.IGNORECASE)


def _phrase(head: str, end: int) -> str:
    """A noun phrase with the name that follows its noun: "Twitter user @sam"."""
    behind = _NAME.match(head, end + 1)
    return head[: behind.end() if behind else end]


def _describes(piece: str) -> bool:
    return (
        bool(re.match(r"\s*(?:an?|the|who|his|her|one|\d+|also|whose)\s", piece, re.IGNORECASE))
        or piece.strip()[:1].islower()
    )


def _class(kind: str, *, named: bool, determined: bool) -> SpeakerClass:
    if kind == "public":
        return "public"
    if kind == "official":
        return "official"
    return "unknown" if determined and not named else "named" if named else "unknown"


def _names(phrase: str) -> list[str]:
    """The parts of the name in a phrase: the first of those with most parts."""
    found = [re.sub(r"[’']s$", "", name[0]).split() for name in _NAME.finditer(phrase)]
    names = [[part for part in parts if part not in _SENTENCE_OPENERS] for parts in found]
    return max((parts for parts in names if parts and not all(map(_kind_of, parts))), key=len, default=[])
