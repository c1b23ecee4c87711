"""Reported speech in Chinese, read clause by clause.

A clause reports when a speaker and a verb of saying stand in it, or when a colon leads to quotation marks. What follows
it, up to the end of the sentence or the next report, was said; what stands between marks right before it, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from nlp.quotes.lines import with_lines
from nlp.quotes.marks import MASK, Marked, marked_spans, masked
from nlp.quotes.postings_zh import speaker_of_line
from nlp.quotes.quote import NOBODY, Quote, quote_of
from nlp.quotes.speakers_zh import Cast
from nlp.quotes.words import any_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.quotes.report import Report

_CLAUSE = re.compile(r"((?:[^，。！？；：︰…,!?;:\n]|(?<=\d)[,:](?=\d)){0,400})([，。！？；：︰…,!?;:\n\s]*)")
# A list comma counts between two marked stretches only; elsewhere it belongs to the clause.
_AFTER_MARK = re.compile(r"[\s、和及]*(?=[“「『\"])|[，。！？；：︰…,!?;:\n\s]*")
_BEARER = re.compile(
    "(?:网友|网民|用户|博主|网名|昵称|名为|名叫|粉丝|读者|账号|ID|ID为|自称|组员|答主|题主|群友|成员|楼主|玩家|家长|业主|车主|学员|宝妈|会员|买家|店主)$"
)
_SENTENCE_MARK = re.compile(r"[，。！？!?；]")
_ENDS = frozenset("。！？!?；;\n")
_COLONS = frozenset("：︰:")
_PARENTHESIS = re.compile(r"[（(][^（()）\n]*[)）]|《[^《》\n]*》")
_CHAIN = re.compile(
    r"(?:但|而|却|同时|甚至|不过)?(?:也有|还有|更有|另有|又有|有的|有人|有网|有些|有不少|有一|另一|其他|其余|部分|不少|一些|许多|很多|多数)"
)
_PRONOUN = re.compile(r"(?:但|而|不过)?(?:他|她|其)们?")
_UTTERED = re.compile(rf"(?:(?:之类|这样|一类|等|等等)?的|等|等等)(?:{any_of(words('zh', 'utterance'))})")

LONGEST_NICKNAME = 12

SHORTEST_ALONE = 8
"""Characters of a marked sentence that stands without any report: shorter ones are mostly names and slogans."""

SHORTEST_AFTER_COMMA = 5
MOSTLY = 0.5
"""Share of a clause between marks from which on the marked part alone is the quote."""


class Item(NamedTuple):
    """A clause or a marked stretch, and the punctuation after it."""

    start: int
    end: int
    after: str
    mark: Marked | None = None

    @property
    def ends_sentence(self) -> bool:
        """Whether a full stop or a line break comes behind it."""
        return bool(_ENDS & set(self.after))

    @property
    def leads(self) -> bool:
        """Whether a colon leads from it to what comes next."""
        return bool(_COLONS & set(self.after))

    @property
    def inner(self) -> tuple[int, int]:
        """The stretch without its marks."""
        return self.mark.inner if self.mark else (self.start, self.end)

    @property
    def length(self) -> int:
        """Characters without the marks."""
        return self.inner[1] - self.inner[0]


def read_chinese(text: str) -> list[Quote]:
    """The quotes of a Chinese text, in order of their place."""
    return sorted(_Reader(text).read(), key=lambda quote: (quote.start, quote.end))


def _is_nickname(text: str, span: Marked) -> bool:
    """Whether the marks hold a name behind 网友 and the like, not words."""
    inner = text[slice(*span.inner)]
    return (
        bool(_BEARER.search(text[max(0, span.start - 4) : span.start]))
        and len(inner) <= LONGEST_NICKNAME
        and not _SENTENCE_MARK.search(inner)
    )


def _without_asides(plain: str) -> str:
    """Parentheses and titles masked as well: their colons and verbs are not the article's."""
    return _PARENTHESIS.sub(lambda aside: aside[0][0] + MASK * (len(aside[0]) - 2) + aside[0][-1], plain)


def _items(plain: str, spans: list[Marked]) -> Iterator[Item]:
    at = 0
    for mark in [*spans, None]:
        stop = mark.start if mark else len(plain)
        for clause in _CLAUSE.finditer(plain, at, stop):
            if clause[1].strip():
                yield Item(clause.start(1), clause.end(1), clause[2])
        if mark:
            after = _AFTER_MARK.match(plain, mark.end)
            yield Item(mark.start, mark.end, after[0] if after else "", mark)
            at = after.end() if after else mark.end


class _Reader:
    def __init__(self, text: str) -> None:
        from nlp.fold import simplified  # it brings numpy along, which only reading needs

        self.text = text
        spans = marked_spans(text)
        self.plain = _without_asides(masked(simplified(text), spans))
        self.items = list(_items(self.plain, [span for span in spans if not _is_nickname(text, span)]))
        self.cast = Cast(self.plain, text)
        self.quotes: list[Quote] = []
        self.quoted_until = 0

    def read(self) -> list[Quote]:
        at = 0
        while at < len(self.items):
            at = self._mark(at) if self.items[at].mark else self._clause(at)
        return with_lines(self.text, self.plain, self.quotes, speaker_of_line)

    # What the article says about the speech

    def _report(self, at: int, *, behind: bool = False) -> Report | None:
        """What a clause reports; behind the marks, 告诉记者 may end the sentence."""
        item = self.items[at]
        return self.cast.report(
            (item.start, item.end),
            new_sentence=self._starts_sentence(at),
            colon=item.leads,
            goes_on=behind or not item.ends_sentence,
            leads_to_mark=self._is_mark(at + 1) and (item.leads or not item.ends_sentence),
        )

    def _is_mark(self, at: int) -> bool:
        return at < len(self.items) and self.items[at].mark is not None

    def _starts_sentence(self, at: int) -> bool:
        if at == 0:
            return True
        before = self.items[at - 1]
        return before.ends_sentence or (before.mark is not None and self._is_finished(before))

    def _is_finished(self, item: Item) -> bool:
        """Whether a marked stretch brings its own full stop."""
        return self.text[slice(*item.inner)].rstrip()[-1:] in _ENDS

    # A clause, and what was said after it

    def _clause(self, at: int) -> int:
        report = self._report(at) or self._chained(at)
        if report is None:
            return at + 1
        self.cast.speaks(report.speaker)
        if report.gesture and not self._is_mark(at + 1):
            return at + 1
        if self.items[at].leads and self._is_mark(at + 1):
            return self._direct(at + 1, report)
        if report.content < self.items[at].end:
            return self._indirect(at, report.content, report)
        return self._behind_verb(at, report)

    def _chained(self, at: int) -> Report | None:
        """也有人不买账，“…”: behind people the verb may be missing, most of all in a chain of voices."""
        item = self.items[at]
        clause = self.plain[item.start : item.end].lstrip()
        if not self._is_mark(at + 1) or item.after.strip() != "，":
            return None
        closed = self.items[at + 1].ends_sentence or at + 2 == len(self.items)
        least = SHORTEST_AFTER_COMMA if closed or _CHAIN.match(clause) else SHORTEST_ALONE
        words_of_their_own = not self._is_embedded(at + 1) and self.items[at + 1].length >= least
        return self.cast.subject((item.start, item.end)) if words_of_their_own else None

    def _behind_verb(self, at: int, report: Report) -> int:
        """What was said behind a clause that ends with its verb."""
        item, behind = self.items[at], at + 1
        if self._is_mark(behind) and (item.leads or not item.ends_sentence):
            if item.leads or report.posted or not self._is_embedded(behind):
                return self._direct(behind, report)
        elif behind == len(self.items) or not item.after.strip() or self._leads_nowhere(at, hollow=report.hollow):
            self._shown(item, report)
            return behind
        return self._indirect(behind, self.items[behind].start, report)

    def _leads_nowhere(self, at: int, *, hollow: bool) -> bool:
        """Whether nothing was said behind a clause: hollow ones (网友热议) may, the others (网友称) must go on."""
        item = self.items[at]
        return not item.leads and (item.ends_sentence or self._is_next_report(at + 1, sure=not hollow))

    def _shown(self, item: Item, report: Report) -> None:
        """Of 网友表示支持 the feeling is all that was said."""
        if report.feeling and report.feeling < item.end:
            self._add((report.feeling, item.end), report, direct=False)

    def _is_embedded(self, at: int) -> bool:
        """Whether the sentence goes on right behind the closing mark, so that the marks hold a part of it only."""
        item = self.items[at]
        last = at + 1 == len(self.items)
        return item.after == "" and not last and not self._is_mark(at + 1) and not self._is_finished(item)

    def _direct(self, at: int, report: Report) -> int:
        """Marked stretches one after another are one speaker's."""
        while at < len(self.items) and (mark := self.items[at].mark):
            self._add(mark.inner, report, direct=True)
            at += 1
            if self.items[at - 1].after.strip(" 、，和及\n"):
                break
        return at

    def _indirect(self, at: int, start: int, report: Report) -> int:
        first, end = at, start
        while at < len(self.items):
            item = self.items[at]
            if at > first and (self._stands_apart(at) if item.mark else self._is_next_report(at)):
                break
            end, at = item.end, at + 1
            if item.ends_sentence or (item.mark and item.after == "" and self._is_finished(item)):
                end += len(item.after) - len(item.after.lstrip("？！?!"))
                break
        self._add_clause(start, end, self.items[first:at], report)
        if at < len(self.items) and self.items[at].mark and not self.items[at - 1].ends_sentence:
            return self._direct(at, report)
        return at

    def _stands_apart(self, at: int) -> bool:
        """Whether a marked stretch inside reported speech is a clause of its own: the speaker's very words."""
        item, before = self.items[at], self.items[at - 1]
        return item.length >= SHORTEST_AFTER_COMMA and bool(before.after.strip()) and not self._is_embedded(at)

    def _is_next_report(self, at: int, *, sure: bool = False) -> bool:
        """Whether a clause is a report that ends the speech before it; if `sure`, the next in a chain of voices."""
        item = self.items[at]
        clause = self.plain[item.start : item.end].lstrip()
        report = self.cast.peek((item.start, item.end))
        if report is None:
            return False
        again = bool(_CHAIN.match(clause)) or bool(_PRONOUN.match(clause))
        return again or (not sure and (report.verb_first or report.content >= item.end))

    def _add_clause(self, start: int, end: int, items: list[Item], report: Report) -> None:
        """Indirect speech; where nearly all of it stands between marks, the marked part as direct speech."""
        for item in items:
            if item.mark and item.length >= MOSTLY * (end - start):
                self._add(item.inner, report, direct=True)
                return
        if report.speaker != NOBODY:
            self._add((start, end), report, direct=False)

    def _add(self, span: tuple[int, int], report: Report, *, direct: bool) -> None:
        evidence = self.text[slice(*report.clause)].strip()
        quote = quote_of(self.text, span, report.speaker, direct=direct, evidence=evidence)
        if len(quote.text) > 1:
            self.quotes.append(quote)
            self.quoted_until = max(span[1], self.quoted_until)

    # A marked stretch that no clause before it announced

    def _mark(self, at: int) -> int:
        group = at + 1
        while self._is_mark(group) and (self._is_open(group - 1) or not self.items[group - 1].after.strip(" 、")):
            group += 1
        if not self._starts_sentence(at):
            self._uttered(at, group)
            return group
        same_line = at > 0 and "\n" not in self.items[at - 1].after
        onward = self._next_words(at) if same_line else None
        if (found := self._report_behind(group)) is not None:
            where, report = found
            self._direct(at, report)
            self.cast.speaks(report.speaker)
            return self._clause(where)
        if (resumed := self._interrupted(at, group)) is not None:
            return resumed
        if self._stands_alone(at, group):
            return self._direct(at, onward if onward and onward.speaker != NOBODY else self._next_words(at))
        self._uttered(at, group)
        return group

    def _report_behind(self, group: int) -> tuple[int, Report] | None:
        """The report behind the marks, in the sentence that follows: “…”，网友说 and the like."""
        mark = self.items[group - 1]
        for at in range(group, min(group + 2, len(self.items))):
            item = self.items[at]
            report = None if item.mark else self.cast.heart((item.start, item.end)) or self._report(at, behind=True)
            announces = item.leads and self._is_mark(at + 1)
            if report and not report.verb_first and report.content >= item.end and not announces:
                closed = item.ends_sentence or at + 1 == len(self.items)
                return (at, report) if closed or not mark.ends_sentence else None
            shown = not item.mark and report is None and self.items[group - 1].after.strip()[:1] in {"…", "—"}
            if shown and (owned := self._shown_behind(at)):
                return owned
            if item.ends_sentence or item.mark:
                break
        return None

    def _is_open(self, at: int) -> bool:
        """Whether a marked stretch has no closing mark: the next paragraph goes on with an opening mark of its own."""
        mark = self.items[at].mark
        return mark is not None and mark.end == mark.inner[1]

    def _interrupted(self, at: int, group: int) -> int | None:
        """“…，”陈阿姨推了推眼镜，“…”: what somebody does right behind the marks tells whose words they are."""
        behind = self._clauses_behind(group)
        found = (self.cast.anybody((self.items[one].start, self.items[one].end)) for one in behind)
        report = next((each for each in found if each), None)
        if report is None:
            return None
        last, first = self.items[group - 1], self.plain[self.items[group].start : self.items[group].end]
        goes_on = self._is_mark(behind[-1] + 1) and not self.items[behind[-1]].ends_sentence
        glued = last.after == "" and self._is_finished(last) and first[0] not in "这那"
        shows = last.after.strip() == "，" and "着" in first
        if not (self.text[last.inner[1] - 1] in "，," or (report.speaker.kind == "public" and (glued or shows))):
            return None
        if (
            len(behind) > 1
            and not goes_on
            and self.cast.anybody((self.items[group].start, self.items[group].end)) is None
        ):
            return None
        self._direct(at, report)
        self.cast.speaks(report.speaker)
        return self._direct(behind[-1] + 1, report) if goes_on else group + 1

    def _clauses_behind(self, group: int) -> list[int]:
        """The clauses up to the next marks or the end of the sentence, three at most."""
        found: list[int] = []
        for at in range(group, min(group + 3, len(self.items))):
            if self.items[at].mark:
                break
            found.append(at)
            if self.items[at].ends_sentence:
                break
        return found

    def _shown_behind(self, at: int) -> tuple[int, Report] | None:
        """“…”“…”……不少用户晒出截图: examples first, then whose they are."""
        report = self.cast.subject((self.items[at].start, self.items[at].end))
        return (at, report) if report else None

    def _next_words(self, at: int) -> Report:
        """Words right behind others of a speaker, or behind a sentence about somebody, are theirs."""
        here = (self.items[at].start, self.items[at].start)
        close = at > 0 and (self.quoted_until >= self.items[at - 1].end - 1 or self.cast.mentioned)
        return self.cast.same_speaker(here) if close else self.cast.nobody(here)

    def _stands_alone(self, at: int, group: int) -> bool:
        last = self.items[group - 1]
        whole = self._is_finished(last) or last.ends_sentence or group == len(self.items)
        resumed = at > 1 and self.items[at - 2].mark is not None and self.quoted_until >= self.items[at - 2].end - 1
        return whole and self.items[at].length >= (SHORTEST_AFTER_COMMA if resumed else SHORTEST_ALONE)

    def _uttered(self, at: int, group: int) -> None:
        """“…”的评论: the noun says that it was said."""
        if group == len(self.items) or self.items[group - 1].after.strip():
            return
        item = self.items[group]
        clause = self.plain[item.start : item.end]
        if _UTTERED.match(clause) and not item.mark:
            report = self.cast.of_people((item.start, item.end))
            for each in self.items[at:group]:
                if each.length >= SHORTEST_AFTER_COMMA:
                    self._add(each.inner, report, direct=True)
