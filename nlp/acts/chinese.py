"""Dated acts in Chinese: 自3月16日起施行, 3月9日发布公告, 征求意见至4月10日, 3月20日宣布撤回."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.acts import dates_zh
from nlp.acts import words_zh as w
from nlp.acts.reading import D, Language, Reading, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*[”’」』）)]*")

_CLAUSE = f"[^，,。；！？{D[0]}]"
_REST = f"[^。；{D[0]}]"

_CONSULTATIONS = (
    rule("hearing", after=f"{w.TIME_OF_DAY}{_CLAUSE}{{0,12}}(?:举行|召开){_CLAUSE}{{0,30}}听证会"),
    rule("hearing", before="听证会", after=f"{w.TIME_OF_DAY}[^，,。；]{{0,16}}(?:举行|召开|进行)"),
    rule("closes", before="(?:截至|截止(?:到|至|日期|时间)?|期限|延长)[为是：:至到]*$", near=w.CONSULTS),
    rule("closes", before=f"(?:{D}|即日){w.CLOCK}起?{w.UNTIL}$", near=w.CONSULTS),
    rule("closes", after="(?:前|之前|止|截止|结束)", near=w.CONSULTS, unless="报名"),
    rule("opens", after=f"{w.FROM}?{w.UNTIL}?(?:{D})?[^。；]{{0,60}}(?:{w.CONSULTS})"),
    rule("opens", before=f"(?:{w.CONSULTS})[^。；{D[0]}]{{0,30}}(?:自|从|于)$"),
)
_AT_A_BRIEFING = (
    rule(
        "announced",
        after=f"{w.TIME_OF_DAY}{_CLAUSE}{{0,16}}召开{_CLAUSE}{{0,8}}(?:发布会|通气会|会议)[，,]?(?:宣布|通报|发布|公布)"
        f"{_REST}{{0,60}}(?:{w.POLICY}|{w.EFFECT})",
        unless=w.OTHER_NEWS,
    ),
)
_NO_ACTS = (
    rule("no act", before=f"(?:{w.BIOGRAPHY})(?:于|在)?$"),
    rule("no act", before=f"(?:{w.COMPARED})$"),
    rule("no act", after=r"(?:出生|生人|电(?=[\s（(])|讯|以来|之?前|止|期间|止期|当[天日晚]|左右)"),
    rule("no act", after=f"{w.UNTIL}[^，,。]{{0,3}}{D}"),
    rule("no act", before=f"{D}{w.CLOCK}起?{w.UNTIL}$"),
    rule("no act", before="请问[^，,。；]*$|(?:本人|我们?(?![国省市县区校局院司]))[^，,。；]{0,8}$"),
    rule("no act", after=f"{_REST}{{0,24}}(?:是否|能否|会不会|希望|请问)"),
    rule("no act", before=f"(?:{w.DOUBT})[^，,。；]{{0,30}}$"),
    rule("no act", after=f"{w.CLOCK}起?{_CLAUSE}{{0,12}}(?:{w.EVENT})"),
)
_EFFECTIVE = (
    rule("reversed", after=f"{w.FROM}{_REST}{{0,16}}?(?:{w.WITHDRAWS})", unless="推迟至|延期至"),
    rule("effective", after=f"{w.FROM}{_REST}{{0,40}}?(?:{w.EFFECT})"),
    rule("effective", after=f"{w.FROM}{_REST}{{0,12}}(?<!许)可(?![能惜见爱])"),
    rule("effective", before=f"{w.ONCE}$", after=f"{w.CLOCK}(?:(?!了){_CLAUSE}){{0,12}}(?:{w.EFFECT})(?!了)"),
    rule("effective", before="(?:施行|实施|生效|执行|启用)(?:日期|时间)[为是：:]?$"),
    rule("effective", before=f"(?:{w.PUT_OFF})(?:至|到)$"),
    rule("effective", after=f"{w.CLOCK}(?:正式|全面|起)+(?:{w.TAKES_EFFECT})(?!情况|的)"),
    rule("effective", after=f"{w.CLOCK}(?:施行|实施|实行|生效|启用)(?!情况|的)"),
)
_STATED = (
    rule(
        "announced",
        after=f"{w.TIME_OF_DAY}(?:对外)?(?:{w.ANNOUNCES})的[^。；]{{0,30}}(?:{w.POLICY})",
        unless=w.OTHER_NEWS,
    ),
    rule("media", after=f"{w.TIME_OF_DAY}{_CLAUSE}{{0,16}}(?:{w.MEDIA})(?:首次|率先|独家|最早)(?:报道|披露|曝光)"),
    rule(
        "reversed",
        after=f"{w.TIME_OF_DAY}{_REST}{{0,50}}?(?:{w.WITHDRAWS})",
        whole=f"{w.ANNOUNCES}|决定|表示|说明",
        unless=w.OTHER_NEWS,
    ),
    rule(
        "reversed",
        before=f"(?:{w.WITHDRAWS})[^。]{{0,60}}$",
        after=f"{w.TIME_OF_DAY}{_CLAUSE}{{0,12}}(?:{w.ANNOUNCES})",
        unless=w.OTHER_NEWS,
    ),
    rule(
        "regulator",
        after=f"{w.TIME_OF_DAY}{_REST}{{0,60}}?(?:{w.REGULATES})",
        whole=f"(?:{w.REGULATOR})[^。；]{{0,80}}(?:{w.REGULATES})",
    ),
    rule(
        "clarified",
        after=f"{w.TIME_OF_DAY}{_CLAUSE}{{0,24}}?(?:{w.CLARIFIES})",
        unless=f"(?:{w.ASIDE})[^，,。]{{0,8}}(?:{w.CLARIFIES})",
    ),
    rule(
        "clarified",
        after=f"{w.TIME_OF_DAY}(?:针对|就|对于|面对){_REST}{{0,40}}?[，,]{_CLAUSE}{{0,24}}?(?:{w.CLARIFIES})",
        unless=f"(?:{w.ASIDE})[^，,。]{{0,8}}(?:{w.CLARIFIES})",
    ),
    rule(
        "announced",
        after=f"{w.TIME_OF_DAY}{_CLAUSE}{{0,24}}?(?:{w.ANNOUNCES})(?!会|的?数据)[^。；]{{0,60}}(?:{w.POLICY}|{w.EFFECT})",
        unless=w.OTHER_NEWS,
    ),
    rule(
        "announced",
        before=f"(?:{w.POLICY}){_CLAUSE}{{0,12}}$",
        after=f"{w.TIME_OF_DAY}{_CLAUSE}{{0,20}}?(?:{w.ANNOUNCES})",
        unless=w.OTHER_NEWS,
    ),
)

_WILL_BEFORE, _WILL_AFTER = re.compile("(?:将|拟)[^，,。；]{0,8}$"), re.compile(f"{w.CLOCK}起?将")


def _tense(before: str, after: str) -> int:
    """Only 将 and 拟 tell; 3月1日起 may lie on either side of today."""
    return int(bool(_WILL_BEFORE.search(before) or _WILL_AFTER.match(after)))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for found in _SENTENCE.finditer(text):
        own = found[0]
        start = found.start() + len(own) - len(own.lstrip())
        if own.strip():
            yield start, found.end() - len(own) + len(own.rstrip())


LANGUAGE = Language(
    sentences=_sentences,
    date=dates_zh.DATE,
    suffix=dates_zh.AFTER,
    day_of=dates_zh.day_of,
    tense=_tense,
    rules=(*_CONSULTATIONS, *_AT_A_BRIEFING, *_NO_ACTS, *_EFFECTIVE, *_STATED),
)

_ACTOR_LEADS = re.compile("^(?:针对|面对|对此|经|随后|此前|目前|近日|其中|另外|此外|据悉|并|而|但|[，,、：:\\s])+")
_ACTOR_TAIL = re.compile(
    "(?:正式|对外|公开|联合|再次|分别|已经?|将|决定|定|拟|于|在|自|从|首次|率先|独家|专门|紧急|先后|又|也|就|向|在官[网微]|在应用内|官网|在其官[网微])*$"
)
_VERBS = re.compile(
    f"{w.ANNOUNCES}|{w.WITHDRAWS}|{w.REGULATES}|{w.CLARIFIES}|首次报道|{w.CONSULTS}|面向社会|[对就向在]|通过"
)
_TAKES = re.compile(f"{w.EFFECT}|对|向")
_OFFICE = re.compile("(?:局|委|部|厅|办|(?<!听证)会|院|司|政府|公司|集团|银行|平台|中心|支付|学校|大学|协会|法院)$")
_NAME = re.compile(r"[^\W\d_][\w·“”]{1,23}")


# Words after which, or with which, no name of an actor begins or ends: 根据市政府…, 发了, 修改过的办法会.
_NO_NAME = re.compile(
    f"[自从将原网截为本该撤据按由]|取消|暂停|根据|记者|.*(?:[了过着]|[了过]的.*)$|.*(?:{w.POLICY})会?$"
)
_LED = re.compile(f"{D}|{w.ANNOUNCES}|发了|表示|决定|称")


def who(reading: Reading) -> str:
    """Who acts: the words between the date and the verb, or those right before the date; "" where neither names it.

    What takes effect is told of its maker: an office next to the date, or the one that announces it in the sentence.
    """
    plain, mark = reading.sentence.plain, reading.mark
    before = _name(re.split("[，。；：、:,]", plain[: mark.start])[-1])
    between = plain[mark.end : mark.end + 60]
    if reading.verdict in {"effective", "closes", "hearing"}:
        names = (before, _up_to(_VERBS, between), _up_to(_TAKES, between), *_announcers(plain[: mark.start]))
        return next((name for name in names if _OFFICE.search(name)), "")
    return _up_to(_VERBS, between) or before


def _up_to(verbs: re.Pattern[str], words: str) -> str:
    """The name that stands before the first of these verbs."""
    verb = verbs.search(words)
    return _name(re.sub(f"^{w.FROM}", "", words[: verb.start()])) if verb else ""


def _announcers(words: str) -> Iterator[str]:
    """Who announces something in the clauses of these words, the nearest first."""
    for clause in reversed(re.split("[，。；,]", words)):
        if led := _LED.search(clause):
            yield _name(clause[: led.start()])


def _name(words: str) -> str:
    words = re.split("[，。；,]", re.sub(f"^{w.TIME_OF_DAY}", "", words))[-1]
    words = _ACTOR_TAIL.sub("", _ACTOR_LEADS.sub("", words))
    return words if _NAME.fullmatch(words) and not _NO_NAME.match(words) else ""
