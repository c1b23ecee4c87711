"""Reported speech in English, read sentence by sentence around its verbs of saying.

A verb beside quotation marks reports what stands between them, before or after; a verb without marks reports the rest
of its sentence. A marked sentence with no report of its own goes to whoever spoke last.
"""

from __future__ import annotations

import re
from functools import cache

from nlp.quotes.marks import MASK, Marked, marked_spans, masked
from nlp.quotes.quote import NOBODY, Quote, Speaker, quote_of
from nlp.quotes.sentences_en import LONGEST_SENTENCE, Sentence, sentences
from nlp.quotes.speakers_en import Cast
from nlp.quotes.words import any_of, words

_OPEN, _SHUT = "[“\"'‘«„]", "[”\"'’»“]"
# “…,” one user | wrote
_MARKS_THEN_SUBJECT = re.compile(rf"{MASK}{_SHUT}[\s,–—\-]*(?P<subject>[^.;:{MASK}“”\"]*)$")
# said [on Monday]: “…”
_TO_MARKS = re.compile(
    rf"(?P<between>(?:[^,;:{MASK}“”\"]|,(?=\s(?:who|which|a|an|the)\s)|,(?=\s[A-Z0-9])){{0,100}}?)"
    rf"(?P<lead>[,:]|\sthat|\sas|[–—])?\s*(?={_OPEN}{MASK})"
)
_WHEN_AND_WHERE = (
    r"(?:\s+(?:in|on|at|to|during|after|by|via|through|yesterday|last|this|earlier|later|publicly|repeatedly|also|today|"
    r"anonymously|online)\b[^,;:]*?)?"
)
_THAT = re.compile(rf"{_WHEN_AND_WHERE},?\s+(?:that\s+|(?=(?:whether|if|why|how|what|when|where|who)\s))")
_AT_ONCE = re.compile(
    r"\s+(?!(?:in|on|at|to|of|for|by|about|with|from|so|as|and|or|but|can|could|will|would|is|are|was|were|has|have|had|"
    r"during|after|before|yesterday|no|yes|it all)\b)(?=[\w$£€])"
)
_LISTENER = re.compile(
    r"\s+(?:me|us|him|her|them|it|reporters|(?:the\s+|a\s+)?[A-Z][\w’'.\-]*(?:\s(?:of\s)?[A-Z][\w’'.\-]*)*|"
    r"(?:the|their|his|her|a|local|our)\s+[a-z]+)(?=\s)"
)
_COLON = re.compile(r":\s+(?=\w)")
_TO_DO = re.compile(r"\s+(?=[^.;:]{2,80}?\s(?:not\s)?to\s[a-z]+)")
_SETS = {name: frozenset(words("en", name)) for name in ("weak", "telling", "request", "naming", "expressing")}
_FEELING = re.compile(rf"\s(?:[a-z]+\s){{0,3}}(?:{any_of(words('en', 'feeling'))})(?=\sthat\s)")
_CONTENT_ENDS = re.compile(
    r",\s+(?:according to|insinuating|adding|noting|while\s|[a-z]+ing\s+(?:that|the|a|it|they|he|she)\s)|\s[–—]\s|;\s"
)
_CLOSED = re.compile(
    r"(?:\s+(?:on|in|at|to|via|after|during)(?:\s[\w’'\-]+){1,4}|\s+(?:[A-Z]\w+day|yesterday|today|later|online))?\s*(?:[.,;]|$)"
)
_ACCORDING = re.compile(r"\baccording to\s+(?P<subject>[^,.;:]+)", re.IGNORECASE)
_BY = re.compile(r"[^.,;]{0,40}?\sby\s+(?P<subject>[^.,;]+)")
_BY_BEFORE = re.compile(r"\s+by\s+(?P<subject>[^.,;]+?)\s+as\s")
_PASSIVE = re.compile(r"\b(?:been|was|were|is|are|be|being)\s+(?:\w+ly\s+)?$")
_INFINITIVE = re.compile(
    r"\b(?:to|not|can|could|will|would|should|may|might|must|cannot|n[’']t|before|after|without)\s+(?:\w+ly\s+)?$"
)
_HEADLINE = re.compile(r"(?P<subject>(?:[A-Z][a-z]+\s)?[A-Za-z]+):\s+(?=\S)")

SUBJECT_WITHIN = 300
"""Characters before a verb in which its subject is sought."""

SHORTEST_ALONE = 20
"""Characters of a marked sentence that stands without any report."""

SHORTEST_INDIRECT = 8

MOSTLY = 0.6
"""Share of a clause between marks from which on the marked part alone is the quote."""


def read_english(text: str) -> list[Quote]:
    """The quotes of an English text, in order of their place."""
    return sorted(_Reader(text).read(), key=lambda quote: (quote.start, quote.end))


@cache
def _verbs() -> re.Pattern[str]:
    every = {verb for name in ("saying", "participle", "naming", "expressing") for verb in words("en", name)}
    return re.compile(rf"(?<![\w\-’'])(?:{any_of(frozenset(every))})(?![\w\-])")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        spans = marked_spans(text)
        self.plain = masked(text, spans)
        self.sentences = list(sentences(text, self.plain, spans))
        self.cast = Cast()
        self.quotes: list[Quote] = []
        self.waiting: list[Marked] = []  # marked sentences whose speaker may yet be named behind them

    def read(self) -> list[Quote]:
        for sentence in self.sentences:
            self._sentence(sentence)
        self._nobody_else()
        return self.quotes

    def _sentence(self, sentence: Sentence) -> None:
        taken: set[Marked] = set()
        self.cast.introduce(self.plain[sentence.start : sentence.end])
        until = sentence.start  # the end of the indirect speech read so far
        for verb in _verbs().finditer(self.plain, sentence.start, sentence.end):
            if verb.start() < until or _INFINITIVE.search(
                self.plain, max(sentence.start, verb.start() - 24), verb.start()
            ):
                continue
            until = max(until, self._verb(sentence, verb, taken))
        if until == sentence.start and not taken:
            until = self._without_verb(sentence, taken)
        left = [mark for mark in sentence.marks if mark not in taken]
        if left and not taken and self._stands_alone(sentence, left):
            self._nobody_else()
            self.waiting = left
        elif taken or until > sentence.start or sentence.marks:
            self._nobody_else()

    # One verb of saying

    def _verb(self, sentence: Sentence, verb: re.Match[str], taken: set[Marked]) -> int:
        """Read what this verb reports; returns where its indirect speech ends."""
        if verb[0] in _SETS["naming"]:
            return self._naming(sentence, verb, taken)
        if verb[0] in _SETS["telling"] | _SETS["request"] and _PASSIVE.search(
            self.plain[sentence.start : verb.start()]
        ):
            return sentence.start
        if self._subject_behind(sentence, verb, taken):
            return sentence.start
        from_here = max(sentence.start, verb.start() - SUBJECT_WITHIN)
        subject = self.plain[from_here : verb.start()]
        if before := _MARKS_THEN_SUBJECT.search(subject):
            subject = before["subject"]
        speaker = self.cast.speaker(subject.rsplit(";", 1)[-1])
        if speaker is None:
            return sentence.start
        evidence = self._evidence(sentence, verb, subject)
        mark = self._mark_ending(sentence, from_here + before.start() + 1, taken) if before else None
        if mark is not None:
            self._take(mark, speaker, evidence, taken)
        forward = self._forward(sentence, verb, speaker, evidence, taken)
        if forward or mark is not None or self._closes(sentence, verb, speaker, evidence, taken):
            return sentence.start
        return self._indirect(sentence, verb, speaker, evidence, taken)

    def _subject_behind(self, sentence: Sentence, verb: re.Match[str], taken: set[Marked]) -> bool:
        """Take the marks before a verb whose subject stands behind it: “…,” said Sarah Jones."""
        from_here = max(sentence.start, verb.start() - SUBJECT_WITHIN)
        before = _MARKS_THEN_SUBJECT.search(self.plain, from_here, verb.start())
        if before is None or before["subject"].strip():
            return False
        subject = re.split(rf"[;:{MASK}]|\.\s|{_OPEN}{MASK}", self.plain[verb.end() : sentence.end])[0].rstrip(". \n")
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
        if not self.waiting or not _CLOSED.fullmatch(self.plain, verb.end(), sentence.end):
            return False
        for mark in self.waiting:
            self._take(mark, speaker, evidence, taken)
        self.waiting = []
        return True

    def _forward(
        self, sentence: Sentence, verb: re.Match[str], speaker: Speaker, evidence: str, taken: set[Marked]
    ) -> bool:
        """Take what stands between marks behind the verb: One user said, “…”."""
        found = _TO_MARKS.match(self.plain, verb.end(), sentence.end)
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
        found = _TO_MARKS.match(self.plain, verb.end(), sentence.end)
        mark = next((one for one in sentence.marks if found and one.start >= found.end() and one not in taken), None)
        if mark is None:
            return sentence.start
        subject = self.plain[max(sentence.start, verb.start() - SUBJECT_WITHIN) : verb.start()]
        if _PASSIVE.search(subject):
            by = _BY_BEFORE.match(self.plain, verb.end(), mark.start) or _BY.match(self.plain, mark.end, sentence.end)
            subject = by["subject"] if by else ""
        speaker = self.cast.speaker(subject)
        if speaker is not None:
            self._take(mark, speaker, self._evidence(sentence, verb, subject), taken)
        return sentence.start

    def _indirect(
        self, sentence: Sentence, verb: re.Match[str], speaker: Speaker, evidence: str, taken: set[Marked]
    ) -> int:
        start = self._content_start(sentence, verb, taken)
        if start is None:
            return self._content_before(sentence, verb, speaker, evidence)
        end = sentence.end
        if cut := _CONTENT_ENDS.search(self.plain, start + 1, end):
            end = cut.start()
        for mark in sentence.marks:
            if start <= mark.start and mark.end <= end and mark.inner[1] - mark.inner[0] >= MOSTLY * (end - start):
                self._take(mark, speaker, evidence, taken)
                return end
        if end - start >= SHORTEST_INDIRECT:
            self.cast.speaks(speaker)
            self._add((start, end), speaker, evidence, direct=False)
        return end

    def _content_start(self, sentence: Sentence, verb: re.Match[str], taken: set[Marked]) -> int | None:
        at, word = verb.end(), verb[0]
        if colon := _COLON.match(self.plain, at, sentence.end):
            return colon.end()
        if word in _SETS["expressing"]:
            feeling = _FEELING.match(self.plain, at, sentence.end)
            at = feeling.end() if feeling else sentence.end
        elif word in _SETS["telling"] and (listener := _LISTENER.match(self.plain, at, sentence.end)):
            at = listener.end()
        if word in _SETS["request"] and (to_do := _TO_DO.match(self.plain, verb.end(), sentence.end)):
            return to_do.end()
        if that := _THAT.match(self.plain, at, sentence.end):
            return that.end()
        if (
            taken
            or word in _SETS["weak"]
            or word in _SETS["expressing"]
            or (word in _SETS["telling"] and at == verb.end())
        ):
            return None
        at_once = _AT_ONCE.match(self.plain, at, sentence.end)
        return at_once.end() if at_once else None

    def _content_before(self, sentence: Sentence, verb: re.Match[str], speaker: Speaker, evidence: str) -> int:
        """It made no difference, they said."""
        comma = self.plain.rfind(",", sentence.start, verb.start())
        closed = _CLOSED.match(self.plain, verb.end(), sentence.end)
        subject = self.plain[comma + 1 : verb.start()]
        if comma < 0 or closed is None or sentence.marks or verb[0] in _SETS["weak"] or len(subject) > 60:  # noqa: PLR2004  longer is no subject
            return sentence.start
        if self.cast.speaker(subject) is None or comma - sentence.start < SHORTEST_ALONE:
            return sentence.start
        self.cast.speaks(speaker)
        self._add((sentence.start, comma), speaker, evidence, direct=False)
        return sentence.end

    # Sentences without a verb of saying

    def _without_verb(self, sentence: Sentence, taken: set[Marked]) -> int:
        for mark in sentence.marks:
            # No further back than a speaker is looked for: a text of nothing but marks would cost the square of them.
            lead = self.plain[max(sentence.start, mark.start - LONGEST_SENTENCE) : mark.start].rstrip()
            if not lead.endswith(":"):
                continue
            phrase = lead[:-1].rsplit(";", 1)[-1]
            if speaker := self.cast.speaker(phrase) or self.cast.some(phrase):
                for each in sentence.marks:
                    if each.start >= mark.start:
                        self._take(each, speaker, lead[:-1].strip(), taken)
                return sentence.start
        according = _ACCORDING.search(self.plain, sentence.start, sentence.end)
        if according is not None:
            return self._according(sentence, according, taken)
        headline = _HEADLINE.match(self.plain, sentence.start, sentence.end)
        speaker = self.cast.speaker(headline["subject"]) if headline and not sentence.marks else None
        if headline and speaker and speaker.kind == "public":
            self._add((headline.end(), sentence.end), speaker, headline["subject"], direct=False)
            return sentence.end
        return sentence.start

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

    def _stands_alone(self, sentence: Sentence, marks: list[Marked]) -> bool:
        inside = sum(mark.end - mark.start for mark in marks)
        whole = len(self.plain[sentence.start : sentence.end].strip())
        return inside >= max(SHORTEST_ALONE, 0.9 * whole)

    def _nobody_else(self) -> None:
        """Marked sentences that nobody claimed go on with the last speaker."""
        for mark in self.waiting:
            self._add(mark.inner, self.cast.last, "", direct=True)
        self.waiting = []

    # Bookkeeping

    def _mark_ending(self, sentence: Sentence, at: int, taken: set[Marked]) -> Marked | None:
        return next((mark for mark in sentence.marks if mark.end - 1 <= at <= mark.end and mark not in taken), None)

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
            self._nobody_else()
        self.cast.speaks(speaker)
        self._add(mark.inner, speaker, evidence, direct=True)

    def _add(self, span: tuple[int, int], speaker: Speaker, evidence: str, *, direct: bool) -> None:
        quote = quote_of(self.text, span, speaker, direct=direct, evidence=evidence)
        if len(quote.text) > 1 and (direct or speaker != NOBODY):
            self.quotes.append(quote)
