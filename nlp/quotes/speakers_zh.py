"""Who speaks in a Chinese clause, and with which verb: the clause is read as a row of known words."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from nlp.quotes.quote import NOBODY, Speaker
from nlp.quotes.words import any_of, words

if TYPE_CHECKING:
    from storage.nouns import SpeakerClass

_LATIN = r"A-Za-z0-9_\-=@·."
_HAN = "\u4e00-\u9fff"
# A noun right behind one of these is an object: 被网友批评, 对用户表示.
_OBJECT = re.compile(
    r"(?:被|对|向|给|让|令|遭|遭到|受到|受|把|将|采访|联系|引发|引起|导致|面对|针对|对于|关于|和|与|跟)了?"
    r"(?:广大|很多|不少|众多|许多|一些|各位|这些|所有|部分|大量|了)?$"
)
# Behind the speaker these begin what is said about the speaking: 网友对平台的做法表示….
_PREPOSITION = "对于|对|针对|就此|就|向|在|于|通过|因为|因|为|用|以|从|给|同|跟|把|将|被"
_ADJUNCT = re.compile(_PREPOSITION)
_MODAL = (
    "应该|应当|应|需要|需|可以|可能|可能会|将会|将要|能够|能|会|要|必须|不得不|不能|不敢|敢|难以|无法|想|不想|"
    "值得|不会|别"
)
_NO_VERB = re.compile(
    rf"(?:{_MODAL}|的|被|所|受|遭|遭到|受到|没有|没|未|拒绝|不愿|并未|不予|不便|任何|什么|作|做|进行|发表|收到|接到|"
    r"种种|诸多|引发|引起|招致|面对|大量)$"
)
_VERB_TAIL = re.compile(r"(?:着|了|过|道|说|称|到|出|自己|其实|的是|起来|说法|一下|一声|[\s、])*$")
_TELLING = frozenset(words("zh", "telling"))
_JUDGING = frozenset(words("zh", "judging"))
_NAMING = frozenset(words("zh", "naming"))
_WEAK = frozenset(words("zh", "weak"))
_LISTENER = re.compile(rf"[{_HAN}A-Za-z·\ufffd《》]{{1,8}}$")
_IN_EYES = re.compile(r"在(.{1,14})(?:看来|眼里|眼中|心目中)\s*$")
_TIME = r"(?:\d{1,4}[年月日号时点分]|[上下]午|晚间?|早上|凌晨|中午)+"
_ADVERB = (
    r"(?:也|还|都|又|则|便|就|曾|曾经|已|已经|更|再|再次|再度|纷纷|均|一致|普遍|随即|随后|然后|接着|最后|同时|并|而|但|却|"
    r"不禁|忍不住|不由得|当面|当场|公开|直接|反复|多次|进一步|非常|十分|很|颇|均|分别|集体|一边|开始|继续|只|仅|甚至|可能|似乎|"
    r"此前|日前|近日|当时|之后|事后|后来|主动|热情地|网上|私下|曾在|不断|急忙|连忙|立刻|立即|马上|紧接着|其后)"
)
_BARE = re.compile(
    rf"(?:\s|、|{_ADVERB}|{_TIME}|"
    r"(?:在|于|从|当|经|对|向|据|就|针对|面对|通过)[^，]*?(?:上|中|时|里|后|下|间|前|说|问|此|看|内|之余)|"
    rf"[{_HAN}]{{1,4}}地|[一几两半][个字句声边脸口度][^，]{{0,6}}|"
    r"话音刚落|一方面|另一方面|对此|为此|此外|另外|其中|其间|期间)*"
)
_OPENING = re.compile(rf"(?:\s|、|{_TIME}|据悉|据了解|{any_of(words('zh', 'opener'))})+(?=.)")
_THERE_IS = re.compile(r"有(?!人|的人|些|的)(?:个|位|名)?|[个位名]")
_SOME = re.compile(rf"(?:{_ADVERB}|\s|、|不少|许多)*有的?$")
# Between the speaker and the verb: a name, adverbs, an adjunct, or what was done meanwhile.
_REACHES = re.compile(
    rf"(?:[（(]\ufffd*[)）]|\s)*"
    rf"(?:[^，]{{0,4}}|“\ufffd+”[^，]{{0,8}}|[{_LATIN}]{{1,30}}\s?(?:{_ADVERB})*|"
    rf"[{_LATIN}“”\ufffd{_HAN}]{{0,20}}?(?:{_ADVERB}|{_TIME}|{_PREPOSITION}|[（(])[^，]*|"
    r"[^，]{1,24}(?:地|后|时|前|着|中|上|下|之余|之际|并|里))"
)
# Before a sentence's subject: what counts or describes it.
_MODIFIER = re.compile(
    rf"(?:{_ADVERB}|{_TIME}|\s|、)*(?:[{_HAN}]{{0,4}}|[^，]{{0,16}}的|.{{0,6}}[一两三几多数这那该某][位名个些]?[^，]{{0,10}})"
)
# Who ends on one of these is many, and no later 他 or 她.
_MANY = ("网友", "网民", "市民", "用户", "人", "民众", "群众", "们", "家长", "居民", "业主")
# A share of people is a finding of a survey.
_SURVEY = re.compile(r"\d[%％]的?|[一二三四五六七八九十两]成")
_UTTERANCE = re.compile(
    r"[^，]*(?:[条则些赞多]|的)(?:[^，的]{0,6})?(?:评论|留言|跟帖|帖子|网帖|弹幕|声音|呼声)[里中]?"
    r"(?:写道|写着|说道?|称|认为|质疑|表示|指出|是)?\s*"
)
_HEART = re.compile(
    r"\s*这?也?(?:是|成为|成了|道出了?|代表了?|说出了?)[^，]*?的(?:共同)?(?:心声|呼声|想法|看法|感受|诉求|疑问|心愿|期待|评价)\s*"
)
_COUNTED = re.compile(r"[一两三几多数0-9][位名个]|某|不少|一些|有些|许多|很多|部分|多数|众多|有")
_SMALL = re.compile(rf"小(?![米组区编学时红说孩])[{_HAN}](?=$|[^{_HAN}]|{_ADVERB}|沉默|回忆|自己|的)")
_SURNAME = f"[{''.join(words('zh', 'surname'))}]"
_NICK = re.compile(rf"[{_LATIN}]{{2,30}}|(?:“\ufffd+”)|{_SURNAME}[{_HAN}]{{1,2}}(?=$|{_ADVERB}|在|对|向)")
_NICK_OR_NOTHING = re.compile(rf"[们]?\s?(?:@[^，\s]{{1,20}}|[{_LATIN}]{{1,30}}|“\ufffd+”|.?)\s?")
_NO_SPEECH = re.compile(
    r"(?:例如|比如|譬如|包括|如下|分别是|是|为|即|口号|主题|标题|题目|题为|名为|名叫|书名|叫做|写着|语录|名言|如|像)$"
)
_MEDIA = frozenset(words("zh", "media"))


class Report(NamedTuple):
    """A clause that reports speech.

    Attributes:
        speaker: who speaks.
        clause: span of the clause.
        content: where what was said begins inside the clause; the clause's end, if it comes after.
        verb_first: whether the clause leaves its speaker to the clause before.
        feeling: where the word after 表示 begins, if the clause ends with it; 0 otherwise.
    """

    speaker: Speaker
    clause: tuple[int, int]
    content: int
    verb_first: bool = False
    feeling: int = 0


class _Word(NamedTuple):
    start: int
    end: int
    text: str
    kind: str


@cache
def _known() -> dict[str, str]:
    """Every known word with its kind; the kinds named later win, so what is neither shields what it holds."""
    kinds = {"saying": "verb"}
    sections = ("professional", "title", "official", "public", "pronoun", "self", "saying", "neither")
    return {word: kinds.get(section, section) for section in sections for word in words("zh", section)}


@cache
def _lexer() -> re.Pattern[str]:
    return re.compile(any_of(frozenset(_known())))


def _least(verb: str) -> int:
    """Characters that must follow a verb at once to be what was said: 网友质疑平台 names whom they question only."""
    return 5 if verb in _NAMING else 2


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

    def same_speaker(self, clause: tuple[int, int]) -> Report:
        """A report without words of its own: whoever spoke last goes on."""
        return Report(self._subject if self.mentioned else self._last, clause, clause[1])

    def nobody(self, clause: tuple[int, int]) -> Report:
        """A report that leaves open whose words these are."""
        return Report(NOBODY, clause, clause[1])

    def subject(self, clause: tuple[int, int]) -> Report | None:
        """A report by nothing but its subject, when that is ordinary people."""
        speaker = self._subject_of(*clause)
        return Report(speaker, clause, clause[1]) if speaker and speaker.kind == "public" else None

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
        if _SURVEY.search(self._plain, *clause):
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
        found = _IN_EYES.search(self._plain, *clause)
        if found is None:
            return None
        return Report(self._speaker(found.start(1), found.end(1)) or NOBODY, clause, clause[1])

    def _by_utterance(self, clause: tuple[int, int], *, to_mark: bool) -> Report | None:
        """The report of a piece of writing: 一条点赞过万的评论写道, 最热的留言是."""
        found = _UTTERANCE.fullmatch(self._plain, *clause) if to_mark else None
        return Report(Speaker(self._text[slice(*clause)].strip(), "public"), clause, clause[1]) if found else None

    def heart(self, clause: tuple[int, int]) -> Report | None:
        """The report that stands behind the words: 这是不少老年人的心声."""
        if not _HEART.fullmatch(self._plain, *clause):
            return None
        people = self._object(*clause)
        return Report(people, clause, clause[1]) if people else None

    def _by_verb(self, clause: tuple[int, int], known: list[_Word], *, to_mark: bool, goes_on: bool) -> Report | None:
        start, end = clause
        verbs = [word for word in known if word.kind == "verb" and not self._is_noun(start, word)]
        if not verbs:
            return None
        last = verbs[-1]
        tail = self._plain[last.end : end]
        if _VERB_TAIL.match(tail) or (goes_on and last.text in _TELLING and _LISTENER.match(tail)):
            return self._closed(clause, verbs, to_mark=to_mark)
        if to_mark and last.text in _JUDGING and (speaker := self._speaker(start, verbs[0].start)):
            return Report(speaker, clause, end)
        return self._open(clause, verbs)

    def _closed(self, clause: tuple[int, int], verbs: list[_Word], *, to_mark: bool) -> Report | None:
        """The verb ends the clause: 网友表示，…."""
        start, end = clause
        speaker = self._speaker(start, verbs[0].start) or self._speaker(start, verbs[-1].start)
        carried = self._carried()
        if speaker is None and not self._is_bare(start, verbs[0].start):
            speaker = self._named(start, verbs[0].start)
        shown = [first.end for first, second in pairwise(verbs) if first.text == "表示" and second.start == first.end]
        feeling = shown[-1] if shown else 0
        if speaker is not None:
            return Report(speaker, clause, end, feeling=feeling)
        if carried == NOBODY and not to_mark:
            return None
        return Report(carried, clause, end, verb_first=True)

    def _open(self, clause: tuple[int, int], verbs: list[_Word]) -> Report | None:
        """The content follows the verb at once: 网友认为这不合理."""
        start, end = clause
        for verb in verbs:
            if verb.text in _WEAK or end - verb.end < _least(verb.text):
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

    def _by_colon(self, clause: tuple[int, int], known: list[_Word], leads_to_mark: bool) -> Report | None:
        start, end = clause
        if _NO_SPEECH.search(self._plain, start, end):
            return None
        speaker = self._speaker(start, end, beside_verb=False) or self._object(start, end)
        if leads_to_mark:
            if speaker is None and not self._is_bare(start, end):
                carried = any(word.kind == "verb" for word in known)
                speaker = self._carried() if carried or self._subject != NOBODY else self._named(start, end)
            return Report(speaker or self._carried(), clause, end)
        people = [word for word in known if word.kind in {"public", "title"}]
        alone = people and bool(_NICK_OR_NOTHING.fullmatch(self._plain, people[-1].end, end))
        return Report(speaker, clause, end) if alone and speaker else None

    # Who

    def _words(self, start: int, end: int) -> list[_Word]:
        return [
            _Word(found.start(), found.end(), found[0], _known()[found[0]])
            for found in _lexer().finditer(self._plain, start, end)
        ]

    def _is_noun(self, start: int, verb: _Word) -> bool:
        return bool(_NO_VERB.search(self._plain[start : verb.start]))

    def _is_bare(self, start: int, end: int) -> bool:
        """Whether a stretch holds adverbs, times and places only, and so no speaker."""
        return bool(_BARE.fullmatch(self._plain, start, end))

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
            if not beside_verb or _REACHES.fullmatch(self._plain, phrase[-1].end, end):
                return self._cast(start, phrase)
        if _SOME.match(self._plain[start:end]):
            return Speaker("有人", "public")
        return self._small(start, end)

    def _phrases(self, start: int, end: int) -> list[list[_Word]]:
        """The noun phrases of a stretch that can be its subject: no objects, nothing in an adjunct behind a subject."""
        phrases: list[list[_Word]] = []
        for word in self._words(start, end):
            if word.kind in {"neither", "verb"}:
                continue
            between = self._plain[phrases[-1][-1].end : word.start] if phrases else ""
            family = word.kind in {"title", "public"} and bool(re.fullmatch(_SURNAME, between))
            if phrases and (family or between in {"", "的", "、", "和", "及"}):
                phrases[-1].append(word)
            elif phrases and _ADJUNCT.search(self._plain, phrases[-1][-1].end, word.start):
                break
            elif not _OBJECT.search(self._plain[start : word.start]):
                phrases.append([word])
        return phrases

    def _cast(self, start: int, phrase: list[_Word]) -> Speaker:
        head = phrase[-1]
        if head.kind == "self":
            return NOBODY
        if head.kind == "pronoun":
            return self._pronoun(head)
        others = [word for word in phrase[:-1] if word.kind not in {"pronoun", "self"}]
        kind = others[-1].kind if head.kind == "title" and others else head.kind
        return self._noun_phrase(start, head, kind, others[-1] if others else head)

    def _object(self, start: int, end: int) -> Speaker | None:
        """People whom the clause names after its verb: 引发网友的质疑."""
        people = [word for word in self._words(start, end) if word.kind == "public"]
        return Speaker(people[-1].text, "public") if people else None

    def _pronoun(self, word: _Word) -> Speaker:
        if word.text in {"他们", "她们"}:
            return self._last
        meant = self._person if self._person != NOBODY else self._last
        return meant if meant != NOBODY else Speaker(word.text, "unknown")

    def _small(self, start: int, end: int) -> Speaker | None:
        """小刚, 小强: how the press calls children and private persons."""
        opening = _BARE.match(self._plain, start, end)
        found = _SMALL.match(self._plain, opening.end() if opening else start, end)
        return Speaker(found[0], "public") if found else None

    def _noun_phrase(self, start: int, head: _Word, kind: str, before: _Word) -> Speaker:
        nick = _NICK.match(self._plain, head.end)
        end = nick.end() if nick else head.end
        begin = start
        if opening := _OPENING.match(self._plain, start, head.start):
            begin = opening.end()
        if there := _THERE_IS.match(self._plain, begin, head.start):
            begin = there.end()
        name = self._text[begin:end].strip()
        counted = bool(_COUNTED.match(name)) or bool(_COUNTED.search(self._plain[start : head.start]))
        return Speaker(
            name, self._kind(kind, head, before, counted=counted, more=bool(nick) or len(name) > len(head.text))
        )

    @staticmethod
    def _kind(kind: str, head: _Word, before: _Word, *, counted: bool, more: bool) -> SpeakerClass:
        if kind in {"public", "title"}:
            return "public"
        if kind == "official":
            return "official"
        return "named" if more and not counted and head.text not in _MEDIA and before.text not in _MEDIA else "unknown"

    def _named(self, start: int, end: int) -> Speaker:
        """A speaker whom no known word describes: a name."""
        begin = start
        if opening := _OPENING.match(self._plain, start, end):
            begin = opening.end()
        name = re.split(_ADJUNCT, re.sub(rf"{_ADVERB}.*", "", self._text[begin:end]))[0].strip()
        return Speaker(name or self._text[begin:end].strip(), "named")

    def _mentions(self, clause: tuple[int, int]) -> None:
        """Keep the sentence's subject, and the person whom a later 他 or 她 may mean."""
        speaker = self._subject_of(*clause)
        if speaker is None or speaker == NOBODY or speaker.name in words("zh", "pronoun"):
            return
        self.mentioned = True
        if self._subject == NOBODY:
            self._subject = speaker
        if not speaker.name.endswith(_MANY):
            self._person = speaker

    def _subject_of(self, start: int, end: int) -> Speaker | None:
        phrases = self._phrases(start, end)
        if not phrases:
            return self._small(start, end)
        before = self._plain[start : phrases[0][0].start]
        return self._cast(start, phrases[0]) if _MODIFIER.fullmatch(before) else None
