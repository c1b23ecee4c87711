"""Who speaks in a Chinese clause, and with which verb: the clause is read as a row of known words."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from nlp.quotes.clauses_zh import (
    ADJUNCT,
    ASIDE,
    BARE,
    BEHIND_NAME,
    COUNTED,
    GESTURE,
    IN_EYES,
    JUDGING,
    LIKE_NAME,
    LISTENER,
    MANY,
    MARKS,
    MEDIA,
    MODIFIER,
    NAMING,
    NICK,
    NICK_OR_NOTHING,
    NO_SPEECH,
    NO_VERB,
    OBJECT,
    OLD,
    OPENING,
    PRIVATE,
    PSEUDONYM,
    REACHES,
    SMALL,
    SOME,
    SORT,
    STAFF,
    SURVEY,
    TELLING,
    THERE_IS,
    TOLD,
    VERB_TAIL,
    WEAK,
)
from nlp.quotes.people_zh import (
    SURNAME,
    Word,
    is_full_name,
    is_private,
    kind_of_name,
    known_words,
    lexer,
    speaks_for_firm,
)
from nlp.quotes.postings_zh import HEART, SCREEN, UTTERANCE
from nlp.quotes.quote import NOBODY, Speaker
from nlp.quotes.report import Report
from nlp.quotes.words import words

if TYPE_CHECKING:
    from storage.nouns import SpeakerClass


def _least(verb: str) -> int:
    """Characters that must follow a verb at once to be what was said: 网友质疑平台 names whom they question only."""
    return 5 if verb in NAMING else 2


class Cast:
    """The speakers of one text, kept in mind while it is read from start to end."""

    def __init__(self, plain: str, text: str) -> None:
        self._plain = plain
        self._text = text
        self._last = NOBODY
        self._person = NOBODY
        self._subject = NOBODY
        self.mentioned = False  # whether the sentence at hand has a subject that can speak

    def speaks(self, speaker: Speaker) -> None:
        """Remember who spoke last."""
        if speaker != NOBODY:
            self._last = self._subject = speaker
            if speaker.kind != "unknown" and not speaker.name.endswith(MANY):
                self._person = speaker

    def same_speaker(self, clause: tuple[int, int]) -> Report:
        """A report without words of its own: whoever spoke last goes on."""
        return Report(self._subject if self.mentioned else self._last, clause, clause[1])

    def nobody(self, clause: tuple[int, int]) -> Report:
        """A report that leaves open whose words these are."""
        return Report(NOBODY, clause, clause[1])

    def subject(self, clause: tuple[int, int]) -> Report | None:
        """A report by nothing but its subject, when that is ordinary people."""
        report = self.anybody(clause)
        return report if report and report.speaker.kind == "public" else None

    def anybody(self, clause: tuple[int, int]) -> Report | None:
        """A report by nothing but its subject, whoever that is."""
        speaker = self._subject_of(*clause)
        return Report(speaker, clause, clause[1]) if speaker and speaker != NOBODY else None

    def of_people(self, clause: tuple[int, int]) -> Report:
        """A report by a noun of utterance: people said it."""
        return Report(Speaker("", "public"), clause, clause[1])

    def peek(self, clause: tuple[int, int]) -> Report | None:
        """The report in a clause, without remembering anything of it."""
        kept = self._last, self._person, self._subject
        report = self.report(clause, new_sentence=False, colon=False, leads_to_mark=False)
        self._last, self._person, self._subject = kept
        return report

    def report(
        self, clause: tuple[int, int], *, new_sentence: bool, colon: bool, leads_to_mark: bool, goes_on: bool = True
    ) -> Report | None:
        """The report in a clause, if there is one; the people it mentions are remembered either way."""
        if new_sentence:
            self._subject = NOBODY
            self.mentioned = False
        known = self._words(*clause)
        if SURVEY.search(self._plain, *clause):
            return None
        found = (
            self._by_utterance(clause, to_mark=leads_to_mark)
            or self._by_eyes(clause)
            or self._by_verb(clause, known, to_mark=leads_to_mark, goes_on=goes_on)
        )
        if found is None and colon:
            found = self._by_colon(clause, known, leads_to_mark)
        self._mentions(clause)
        return found

    # The three forms of a report

    def _by_eyes(self, clause: tuple[int, int]) -> Report | None:
        """The report of a view: 在网友看来, in the eyes of netizens."""
        found = IN_EYES.search(self._plain, *clause)
        if found is None:
            return None
        return Report(self._speaker(found.start(1), found.end(1)) or NOBODY, clause, clause[1])

    def _by_utterance(self, clause: tuple[int, int], *, to_mark: bool) -> Report | None:
        """The report of a piece of writing: 一条点赞过万的评论写道, 最热的留言是."""
        found = to_mark and (UTTERANCE.fullmatch(self._plain, *clause) or SCREEN.fullmatch(self._plain, *clause))
        speaker = Speaker(self._text[slice(*clause)].strip(), "public")
        return Report(speaker, clause, clause[1], posted=True) if found else None

    def heart(self, clause: tuple[int, int]) -> Report | None:
        """The report that stands behind the words: 这是不少老年人的心声."""
        found = HEART.fullmatch(self._plain, *clause)
        if found is None:
            return None
        posting = found["shared"] or found["alike"]
        people = self._object(*clause) or (Speaker(posting, "public") if posting else None)
        return Report(people, clause, clause[1]) if people else None

    def _by_verb(self, clause: tuple[int, int], known: list[Word], *, to_mark: bool, goes_on: bool) -> Report | None:
        start, end = clause
        verbs = [word for word in known if word.kind == "verb" and not self._is_noun(start, word)]
        verbs = [verb for verb in verbs if to_mark or verb.text != "道"]  # without marks it is the end of a noun
        if not verbs:
            return None
        last = verbs[-1]
        tail = self._plain[last.end : end]
        if VERB_TAIL.match(tail) or (goes_on and last.text in TELLING and LISTENER.match(tail)):
            return self._closed(clause, verbs, to_mark=to_mark)
        if to_mark and last.text in JUDGING and (speaker := self._speaker(start, verbs[0].start)):
            return Report(speaker, clause, end)
        return self._open(clause, verbs)

    def _closed(self, clause: tuple[int, int], verbs: list[Word], *, to_mark: bool) -> Report | None:
        """The verb ends the clause: 网友表示，…."""
        start, end = clause
        speaker = self._speaker(start, verbs[0].start) or self._speaker(start, verbs[-1].start)
        carried = self._carried()
        if speaker is None and not self._is_bare(start, verbs[0].start):
            if not to_mark and re.search("[都全均只就]是", self._plain[start : verbs[0].start]):
                return None  # 三次都是机器人|回复: a noun
            speaker = self._unknown(start, verbs[0].start)
        shown = [first.end for first, second in pairwise(verbs) if first.text == "表示" and second.start == first.end]
        feeling = shown[-1] if shown else 0
        gesture = all(verb.text in GESTURE for verb in verbs)
        hollow = feeling > 0 or all(verb.text in WEAK or verb.text in GESTURE for verb in verbs)
        if speaker is not None:
            return Report(speaker, clause, end, feeling=feeling, gesture=gesture, hollow=hollow)
        if carried == NOBODY and not to_mark:
            return None
        return Report(carried, clause, end, verb_first=True, gesture=gesture, hollow=hollow)

    def _open(self, clause: tuple[int, int], verbs: list[Word]) -> Report | None:
        """The content follows the verb at once: 网友认为这不合理."""
        start, end = clause
        for verb in verbs:
            if verb.text in WEAK or verb.text in GESTURE or end - verb.end < _least(verb.text):
                continue
            content = verb.end
            while (following := next((one for one in verbs if one.start == content), None)) is not None:
                content = following.end
            speaker = self._speaker(start, verb.start)
            if speaker is not None and speaker != NOBODY:
                return Report(speaker, clause, content)
            if self._is_bare(start, verb.start) and self._subject != NOBODY:
                return Report(self._subject, clause, content, verb_first=True)
            return None
        return None

    def _by_colon(self, clause: tuple[int, int], known: list[Word], leads_to_mark: bool) -> Report | None:
        start, end = clause
        if NO_SPEECH.search(self._plain, start, end):
            return None
        speaker = self._speaker(start, end, beside_verb=False) or self._object(start, end)
        if leads_to_mark:
            if speaker is None and not self._is_bare(start, end):
                carried = any(word.kind == "verb" for word in known)
                speaker = self._carried() if carried or self._subject != NOBODY else self._named(start, end)
            return Report(speaker or self._carried(), clause, end)
        people = [word for word in known if word.kind in {"public", "title"}]
        alone = people and bool(NICK_OR_NOTHING.fullmatch(self._plain, people[-1].end, end))
        told = speaker is not None and speaker.kind == "public" and TOLD.search(self._plain, start, end)
        return Report(speaker, clause, end) if speaker and (alone or told) else None

    # Who

    def _words(self, start: int, end: int) -> list[Word]:
        return [
            Word(found.start(), found.end(), found[0], known_words()[found[0]])
            for found in lexer().finditer(self._plain, start, end)
        ]

    def _is_noun(self, start: int, verb: Word) -> bool:
        """Whether a verb's word is a noun here, or part of a name (自称“…”的网友); 理由是 is a verb behind 的, too."""
        before = self._plain[start : verb.start]
        named = verb.text == "自称" and self._plain[verb.end] in MARKS
        people = before.endswith("的") and (verb.text.endswith("是") or bool(SORT.fullmatch(before)))
        return named or (bool(NO_VERB.search(before)) and not people)

    def _is_bare(self, start: int, end: int) -> bool:
        """Whether a stretch holds adverbs, times and places only, and so no speaker."""
        return bool(BARE.fullmatch(self._plain, start, end))

    def _carried(self) -> Speaker:
        return self._subject if self._subject != NOBODY else self._last

    def _speaker(self, start: int, end: int, *, beside_verb: bool = True) -> Speaker | None:
        """The speaker named in a stretch, or None; beside a verb, the phrase must reach up to it."""
        phrases = self._phrases(start, end)
        if phrases and phrases[0][-1].kind == "self":
            return NOBODY
        if not beside_verb:
            phrases = phrases[:1]
        for phrase in reversed(phrases):
            if not beside_verb or REACHES.fullmatch(self._plain, phrase[-1].end, end):
                return self._cast(start, phrase, end)
        if SOME.match(self._plain[start:end]):
            return Speaker("有人", "public")
        if sort := SORT.fullmatch(self._plain, start, end):
            return Speaker(sort["who"], "public")
        return self._small(start, end)

    def _phrases(self, start: int, end: int) -> list[list[Word]]:
        """The noun phrases of a stretch that can be its subject: no objects, nothing in an adjunct behind a subject."""
        phrases: list[list[Word]] = []
        for word in self._words(start, end):
            if word.kind in {"neither", "verb"}:
                continue
            between = self._plain[phrases[-1][-1].end : word.start] if phrases else ""
            family = word.kind in {"title", "public"} and bool(re.fullmatch(SURNAME, between))
            if phrases and (family or between in {"", "的", "、", "和", "及"}):
                phrases[-1].append(word)
            elif phrases and ADJUNCT.search(self._plain, phrases[-1][-1].end, word.start):
                break
            elif not OBJECT.search(self._plain[start : word.start]):
                phrases.append([word])
        return phrases

    def _cast(self, start: int, phrase: list[Word], end: int) -> Speaker:
        head = phrase[-1]
        if head.kind == "self":
            return NOBODY
        if head.kind == "pronoun":
            return self._pronoun(head)
        others = [word for word in phrase[:-1] if word.kind not in {"pronoun", "self"}]
        kind = others[-1].kind if head.kind == "title" and others else head.kind
        return self._noun_phrase((start, end), head, kind, others[-1] if others else head)

    def _object(self, start: int, end: int) -> Speaker | None:
        """People whom the clause names after its verb: 引发网友的质疑."""
        people = [word for word in self._words(start, end) if word.kind == "public"]
        return Speaker(people[-1].text, "public") if people else None

    def _pronoun(self, word: Word) -> Speaker:
        if word.text in {"他们", "她们"}:
            return self._last
        meant = self._person if self._person != NOBODY else self._last
        return meant if meant != NOBODY else Speaker(word.text, "unknown")

    def _small(self, start: int, end: int) -> Speaker | None:
        """小刚, 小强, 老李: how the press calls children and private persons."""
        opening = BARE.match(self._plain, start, end)
        begin = opening.end() if opening else start
        found = SMALL.match(self._plain, begin, end) or OLD.match(self._plain, begin, end)
        return Speaker(found[0], "public") if found else None

    def _private(self, start: int, end: int) -> Speaker | None:
        """在工厂上班的刘倩: a name behind what is told of private persons only."""
        found = PRIVATE.match(self._plain, start, end) or PSEUDONYM.search(self._text, start, end)
        return Speaker(self._text[found.start() : found.end()].strip(), "public") if found else None

    def _noun_phrase(self, stretch: tuple[int, int], head: Word, kind: str, before: Word) -> Speaker:
        start, stop = stretch
        nick = NICK.match(self._plain, head.end, stop)
        end = nick.end() if nick else head.end
        begin = start
        if opening := OPENING.match(self._plain, start, head.start):
            begin = opening.end()
        if there := THERE_IS.match(self._plain, begin, head.start):
            begin = there.end()
        name = self._text[begin:end].strip()
        counted = bool(COUNTED.match(name)) or bool(COUNTED.search(self._plain[start : head.start]))
        aside = ASIDE.match(self._text, end)
        if kind == "professional" and is_private(name + (aside[0] if aside else "")):
            kind = "public"
        if kind == "title" and is_full_name(self._text[begin : head.start]):
            kind = "professional"
        if kind == "official" and head.text in STAFF and speaks_for_firm(name):
            kind = "professional"
        return Speaker(
            name, self._kind(kind, head, before, counted=counted, more=bool(nick) or len(name) > len(head.text))
        )

    @staticmethod
    def _kind(kind: str, head: Word, before: Word, *, counted: bool, more: bool) -> SpeakerClass:
        if kind in {"public", "title"}:
            return "public"
        if kind == "official":
            return "official"
        return "named" if more and not counted and head.text not in MEDIA and before.text not in MEDIA else "unknown"

    def _unknown(self, start: int, end: int) -> Speaker:
        """Who speaks where no known word stands before the verb: people ahead, a name, or its sentence's subject."""
        people = self._subject_of(start, end)
        if people and people.kind == "public":
            return people
        here = bool(LIKE_NAME.search(self._plain[start:end]))
        return self._subject if not here and self._subject.kind == "public" else self._named(start, end)

    def _named(self, start: int, end: int) -> Speaker:
        """A speaker whom no known word describes: a name."""
        begin = start
        if opening := OPENING.match(self._plain, start, end):
            begin = opening.end()
        name = re.split(ADJUNCT, BEHIND_NAME.sub("", self._text[begin:end]))[0].strip()
        name = name or self._text[begin:end].strip()
        aside = ASIDE.match(self._text, end)
        return Speaker(name, kind_of_name(name + (aside[0] if aside else "")))

    def _mentions(self, clause: tuple[int, int]) -> None:
        """Keep the sentence's subject, and the person whom a later 他 or 她 may mean."""
        speaker = self._subject_of(*clause)
        if speaker is None or speaker == NOBODY or speaker.name in words("zh", "pronoun"):
            return
        self.mentioned = True
        if self._subject == NOBODY:
            self._subject = speaker
        if not speaker.name.endswith(MANY):
            self._person = speaker

    def _subject_of(self, start: int, end: int) -> Speaker | None:
        phrases = self._phrases(start, end)
        if not phrases:
            sort = SORT.match(self._plain, start, end)
            return Speaker(sort["who"], "public") if sort else self._small(start, end) or self._private(start, end)
        before = self._plain[start : phrases[0][0].start]
        return self._cast(start, phrases[0], end) if MODIFIER.fullmatch(before) else None
