"""Reported speech in English, read sentence by sentence around its verbs of saying.

A verb beside quotation marks reports what stands between them, before or after; a verb without marks reports the rest
of its sentence. A marked sentence with no report of its own goes to whoever spoke last.
"""

from __future__ import annotations

import re

from nlp.quotes.clauses_en import (
    ACCORDING,
    ASIDE,
    BY,
    BY_BEFORE,
    CLOSED,
    CONTENT_ENDS,
    GESTURE,
    HEADLINE,
    HEARD,
    INFINITIVE,
    LISTENER,
    MARKS_THEN_SUBJECT,
    OUTCRY,
    PASSIVE,
    SETS,
    SEX_AND_AGE,
    SIGNED,
    SUBJECT_ENDS,
    SURVEY,
    TO_MARKS,
    VERBS,
    WHO,
)
from nlp.quotes.content_en import content_start
from nlp.quotes.lines import with_lines
from nlp.quotes.marks import Marked, marked_spans, masked
from nlp.quotes.quote import NOBODY, Quote, Speaker, quote_of
from nlp.quotes.sentences_en import LONGEST_SENTENCE, Sentence, sentences
from nlp.quotes.speakers_en import Cast, speaker_of_line

SUBJECT_WITHIN = 300
"""Characters before a verb in which its subject is sought."""

SHORTEST_ALONE = 20
"""Characters of a marked sentence that stands without any report."""

SHORTEST_SHOWN = 5
"""The same behind a sentence that shows its speaker."""

SHORTEST_INDIRECT = 8

PARAGRAPHS_APART = 3
"""White space between two paragraphs of one speech."""

MOSTLY = 0.6
"""Share of a clause between marks from which on the marked part alone is the quote."""


def read_english(text: str) -> list[Quote]:
    """The quotes of an English text, in order of their place."""
    return sorted(_Reader(text).read(), key=lambda quote: (quote.start, quote.end))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        spans = marked_spans(text)
        self.plain = masked(text, spans)
        self.sentences = list(sentences(text, self.plain, spans))
        self.cast = Cast()
        self.quotes: list[Quote] = []
        self.waiting: list[Marked] = []  # marked sentences whose speaker may yet be named behind them
        self.shown = False  # whether the sentence before only shows its speaker
        self.waiting_for = NOBODY  # whoever spoke last before them

    def read(self) -> list[Quote]:
        for sentence in self.sentences:
            self._sentence(sentence)
        self._nobody_else()
        return with_lines(self.text, self.plain, self.quotes, speaker_of_line)

    def _sentence(self, sentence: Sentence) -> None:
        taken: set[Marked] = set()
        least, self.shown = SHORTEST_SHOWN if self.shown else SHORTEST_ALONE, False
        introduced = self.cast.introduce(self.plain[sentence.start : sentence.end])
        survey = SURVEY.search(self.plain, sentence.start, sentence.end)
        until = sentence.start  # the end of the indirect speech read so far
        for verb in VERBS.finditer(self.plain, sentence.start, sentence.end):
            if survey or verb.start() < until or self._is_aside(sentence, verb):
                continue
            until = max(until, self._verb(sentence, verb, taken))
        if until == sentence.start and not taken:
            until = self._without_verb(sentence, taken)
        if introduced and until == sentence.start and not sentence.marks:
            self._shows(introduced)
        left = [mark for mark in sentence.marks if mark not in taken]
        if left and not taken and self._stands_alone(sentence, left, least):
            self._nobody_else()
            self.shown = least == SHORTEST_SHOWN
            self.waiting, self.waiting_for = left, self.cast.last
        elif taken or until > sentence.start or sentence.marks:
            self._nobody_else()

    def _is_aside(self, sentence: Sentence, verb: re.Match[str]) -> bool:
        """Whether a verb is no report: an infinitive, or told of the speaker only (One woman, who asked …, said …)."""
        before = max(sentence.start, verb.start() - 24), verb.start()
        who = not sentence.marks and "," in self.plain[verb.end() : sentence.end] and WHO.search(self.plain, *before)
        return bool(who or INFINITIVE.search(self.plain, *before))

    # One verb of saying

    def _verb(self, sentence: Sentence, verb: re.Match[str], taken: set[Marked]) -> int:
        """Read what this verb reports; returns where its indirect speech ends."""
        if verb[0] in SETS["naming"]:
            return self._naming(sentence, verb, taken)
        if verb[0] in SETS["telling"] | SETS["request"] and PASSIVE.search(self.plain[sentence.start : verb.start()]):
            return sentence.start
        if self._subject_behind(sentence, verb, taken):
            return sentence.start
        from_here = max(sentence.start, verb.start() - SUBJECT_WITHIN)
        subject = self.plain[from_here : verb.start()]
        if before := MARKS_THEN_SUBJECT.search(subject):
            subject = before["subject"]
        around = ASIDE.sub(" ", self.plain[from_here : verb.start()])  # told in passing, perhaps between marks
        speaker = self.cast.speaker(subject.rsplit(";", 1)[-1])
        if speaker is None and len(around) < verb.start() - from_here:
            before, speaker = None, self.cast.speaker(around.rsplit(";", 1)[-1])
        if speaker is None:
            return sentence.start
        evidence = self._evidence(sentence, verb, subject)
        mark = self._mark_ending(sentence, from_here + before.start() + 1, taken) if before else None
        if mark is not None:
            self._take(mark, speaker, evidence, taken)
        forward = self._forward(sentence, verb, speaker, evidence, taken)
        if forward or mark is not None or self._closes(sentence, verb, speaker, evidence, taken):
            return sentence.start
        if CLOSED.fullmatch(self.plain, verb.end(), sentence.end):
            self._shows(speaker)
        return self._indirect(sentence, verb, speaker, evidence, taken)

    def _shows(self, speaker: Speaker) -> None:
        """Somebody only laughed or spoke up: marks behind it are theirs, however short."""
        self.cast.speaks(speaker)
        self.shown = True

    def _subject_behind(self, sentence: Sentence, verb: re.Match[str], taken: set[Marked]) -> bool:
        """Take the marks before a verb whose subject stands behind it: “…,” said Sarah Jones."""
        from_here = max(sentence.start, verb.start() - SUBJECT_WITHIN)
        before = MARKS_THEN_SUBJECT.search(self.plain, from_here, verb.start())
        if before is None or before["subject"].strip():
            return False
        subject = SUBJECT_ENDS.split(self.plain[verb.end() : sentence.end], maxsplit=1)[0].rstrip(". \n")
        speaker = self.cast.speaker(subject)
        mark = self._mark_ending(sentence, before.start() + 1, taken)
        if speaker is None or mark is None:
            return False
        evidence = self.text[verb.start() : verb.end() + len(subject)].strip()
        for each in sentence.marks:
            if each is mark or each.start > verb.end():
                self._take(each, speaker, evidence, taken)
        return True

    def _closes(
        self, sentence: Sentence, verb: re.Match[str], speaker: Speaker, evidence: str, taken: set[Marked]
    ) -> bool:
        """Give marked sentences that wait for a speaker to a report that holds nothing else: “…!” she said."""
        told = LISTENER.match(self.plain, verb.end(), sentence.end) if verb[0] in SETS["telling"] else None
        closed = CLOSED.match if told else CLOSED.fullmatch
        if not self.waiting or not closed(self.plain, told.end() if told else verb.end(), sentence.end):
            return False
        for mark in self.waiting:
            self._take(mark, speaker, evidence, taken)
        self.waiting = []
        return True

    def _forward(
        self, sentence: Sentence, verb: re.Match[str], speaker: Speaker, evidence: str, taken: set[Marked]
    ) -> bool:
        """Take what stands between marks behind the verb: One user said, “…”."""
        found = TO_MARKS.match(self.plain, verb.end(), sentence.end)
        if found is None or (found["between"].strip() and not found["lead"]):
            return False
        at = next((mark for mark in sentence.marks if mark.start >= found.end() and mark not in taken), None)
        if at is None or (found["lead"] == " that" and self._goes_on(sentence, at)):
            return False
        evidence = self._clean(
            evidence + self.plain[verb.end() : found.start("lead") if found["lead"] else found.end()]
        )
        for mark in sentence.marks:
            if mark.start >= at.start:
                self._take(mark, speaker, evidence, taken)
        return True

    def _goes_on(self, sentence: Sentence, mark: Marked) -> bool:
        """Whether the clause goes on right behind the closing mark."""
        return (
            bool(re.match(r"\s+(?!and\b|but\b)[a-z]", self.plain[mark.end : sentence.end]))
            and self.text[mark.inner[1] - 1] not in ",.!?"
        )

    def _naming(self, sentence: Sentence, verb: re.Match[str], taken: set[Marked]) -> int:
        """Residents called the plan “…”; it was described as “…” by residents."""
        found = TO_MARKS.match(self.plain, verb.end(), sentence.end)
        mark = next((one for one in sentence.marks if found and one.start >= found.end() and one not in taken), None)
        if mark is None:
            return sentence.start
        subject = self.plain[max(sentence.start, verb.start() - SUBJECT_WITHIN) : verb.start()]
        if PASSIVE.search(subject):
            by = BY_BEFORE.match(self.plain, verb.end(), mark.start) or BY.match(self.plain, mark.end, sentence.end)
            subject = by["subject"] if by else ""
        speaker = self.cast.speaker(subject)
        if speaker is not None:
            self._take(mark, speaker, self._evidence(sentence, verb, subject), taken)
        return sentence.start

    def _indirect(
        self, sentence: Sentence, verb: re.Match[str], speaker: Speaker, evidence: str, taken: set[Marked]
    ) -> int:
        start = content_start(self.plain, verb, sentence.end, quoted=bool(taken))
        if start is None:
            return self._content_before(sentence, verb, speaker, evidence)
        end = sentence.end
        if cut := CONTENT_ENDS.search(self.plain, start + 1, end):
            end = cut.start()
        for mark in sentence.marks:
            if start <= mark.start and mark.end <= end and mark.inner[1] - mark.inner[0] >= MOSTLY * (end - start):
                self._take(mark, speaker, evidence, taken)
                return end
        if end - start >= SHORTEST_INDIRECT:
            self.cast.speaks(speaker)
            self._add((start, end), speaker, evidence, direct=False)
        return end

    def _content_before(self, sentence: Sentence, verb: re.Match[str], speaker: Speaker, evidence: str) -> int:
        """It made no difference, they said."""
        comma = self.plain.rfind(",", sentence.start, verb.start())
        closed = CLOSED.match(self.plain, verb.end(), sentence.end)
        subject = self.plain[comma + 1 : verb.start()]
        if comma < 0 or closed is None or sentence.marks or verb[0] in SETS["weak"] or len(subject) > 60:  # noqa: PLR2004  longer is no subject
            return sentence.start
        if self.cast.speaker(subject) is None or comma - sentence.start < SHORTEST_ALONE:
            return sentence.start
        self.cast.speaks(speaker)
        self._add((sentence.start, comma), speaker, evidence, direct=False)
        return sentence.end

    # Sentences without a verb of saying

    def _without_verb(self, sentence: Sentence, taken: set[Marked]) -> int:
        reads = (self._signed, self._behind_colon, self._outcry)
        if any(read(sentence, taken) for read in reads) or self._shown(sentence):
            return sentence.start
        according = ACCORDING.search(self.plain, sentence.start, sentence.end)
        if according is not None:
            return self._according(sentence, according, taken)
        headline = HEADLINE.match(self.plain, sentence.start, sentence.end)
        speaker = self.cast.speaker(headline["subject"]) if headline and not sentence.marks else None
        if headline and speaker and speaker.kind == "public":
            self._add((headline.end(), sentence.end), speaker, headline["subject"], direct=False)
            return sentence.end
        return sentence.start

    def _behind_colon(self, sentence: Sentence, taken: set[Marked]) -> bool:
        """Take marks to which a colon leads from somebody: Not so the neighbours: “…”."""
        for mark in sentence.marks:
            # No further back than a speaker is looked for: a text of nothing but marks would cost the square of them.
            lead = self.plain[max(sentence.start, mark.start - LONGEST_SENTENCE) : mark.start].rstrip()
            phrase = lead[:-1].rsplit(";", 1)[-1]
            speaker = self._announced(phrase) if lead.endswith(":") else None
            if speaker is not None:
                for each in sentence.marks:
                    if each.start >= mark.start:
                        self._take(each, speaker, lead[:-1].strip(), taken)
                return True
        return False

    def _announced(self, phrase: str) -> Speaker | None:
        if HEARD.search(phrase):
            return Speaker("", "public")
        return self.cast.speaker(phrase) or self.cast.some(phrase)

    def _shown(self, sentence: Sentence) -> bool:
        """Remember who is shown as the next to speak: His friend Mo nodded. “…”."""
        shown = GESTURE.search(self.plain, sentence.start, sentence.end)
        if shown is None:
            return False
        people = self.plain[sentence.start : shown.end() if shown["posts"] else shown.start()]
        if speaker := self.cast.speaker(people):
            self._shows(speaker)
        return True

    def _outcry(self, sentence: Sentence, taken: set[Marked]) -> bool:
        """Take shouts of “…”, and a headline's “…”: villagers fight the plan."""
        if not sentence.marks:
            return False
        first = sentence.marks[0]
        lead = self.plain[max(sentence.start, first.start - LONGEST_SENTENCE) : first.start]
        if OUTCRY.search(lead):
            speaker: Speaker | None = Speaker("", "public")
        elif not lead.strip() and self.plain.startswith(": ", first.end):
            speaker = self.cast.speaker(self.plain[first.end + 2 : sentence.end])
        else:
            return False
        if speaker is None or speaker.kind != "public":
            return False
        for mark in sentence.marks:
            self._take(mark, speaker, lead.strip() or speaker.name, taken)
        return True

    def _signed(self, sentence: Sentence, taken: set[Marked]) -> bool:
        """Take marks that are signed with a person: “…” (female carer, 52), perhaps behind a full stop."""
        marks = sentence.marks or self.waiting
        signed = SIGNED.fullmatch(self.plain, marks[-1].end, sentence.end) if marks else None
        if signed is None or self.plain[sentence.start : marks[0].start].strip():
            return False
        name = signed["within"] or signed["behind"]
        speaker = Speaker(name, "public") if SEX_AND_AGE.search(name) else self.cast.speaker(name)
        if speaker is None:
            return False
        for mark in marks:
            self._take(mark, speaker, name, taken)
        self.waiting = []
        return True

    def _according(self, sentence: Sentence, found: re.Match[str], taken: set[Marked]) -> int:
        speaker = self.cast.speaker(found["subject"])
        if speaker is None:
            return sentence.start
        before = (sentence.start, found.start())
        span = before if before[1] - before[0] >= SHORTEST_ALONE else (found.end(), sentence.end)
        for mark in sentence.marks:
            if mark.inner[1] - mark.inner[0] >= MOSTLY * (span[1] - span[0]):
                self._take(mark, speaker, found[0], taken)
                return sentence.end
        self._add(span, speaker, found[0], direct=False)
        return sentence.end

    def _stands_alone(self, sentence: Sentence, marks: list[Marked], least: int) -> bool:
        inside = sum(mark.end - mark.start for mark in marks)
        whole = len(self.plain[sentence.start : sentence.end].strip())
        return inside >= max(least, 0.9 * whole)

    def _nobody_else(self) -> None:
        """Marked sentences that nobody claimed go on with the last speaker."""
        for mark in self.waiting:
            self._add(mark.inner, self.waiting_for, "", direct=True)
        self.waiting = []

    # Bookkeeping

    def _mark_ending(self, sentence: Sentence, at: int, taken: set[Marked]) -> Marked | None:
        return next((mark for mark in sentence.marks if mark.end - 1 <= at <= mark.end and mark not in taken), None)

    @staticmethod
    def _goes_on_from(before: Marked, mark: Marked) -> bool:
        """Whether the paragraph before has no closing mark, so that its words go on in this one."""
        return before.end == before.inner[1] and 0 < mark.start - before.end <= PARAGRAPHS_APART

    def _evidence(self, sentence: Sentence, verb: re.Match[str], subject: str) -> str:
        start = verb.start() - len(subject.rsplit(";", 1)[-1])
        return self.text[max(start, sentence.start) : verb.end()].strip(" ,–—\n")

    @staticmethod
    def _clean(evidence: str) -> str:
        return evidence.strip(" ,:–—\n")

    def _take(self, mark: Marked, speaker: Speaker, evidence: str, taken: set[Marked]) -> None:
        if mark in taken:
            return
        taken.add(mark)
        if self.waiting and mark not in self.waiting:
            if self._goes_on_from(self.waiting[-1], mark):
                self.waiting_for = speaker
            self._nobody_else()
        self.cast.speaks(speaker)
        self._add(mark.inner, speaker, evidence, direct=True)

    def _add(self, span: tuple[int, int], speaker: Speaker, evidence: str, *, direct: bool) -> None:
        quote = quote_of(self.text, span, speaker, direct=direct, evidence=evidence)
        if len(quote.text) > 1 and (direct or speaker != NOBODY):
            self.quotes.append(quote)
