"""What alerts say, in both languages: in words of this program alone, for foreign text may hold anything.

A message goes to chat programs, which read links, mentions and markup; so it holds the names that the study file gives
and nothing that a website answered.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from minyi.gaps import FAILED, REASONS
from minyi.jobs.alerts import KILLED
from storage.nouns import Wording
from storage.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from minyi.jobs.alerts import Alert
    from storage.nouns import Language

_NAME = 80
_STEPS = {
    "collect": Wording(zh="采集", en="collecting"),
    "retention": Wording(zh="删除到期数据", en="letting go of what was kept long enough"),
    "analyse": Wording(zh="分析", en="analysing"),
    "report": Wording(zh="撰写报告", en="writing the report"),
    "run": Wording(zh="任务", en="the job"),
}
_STOPPED = Wording(zh="运行中被终止", en="it was stopped before its end")
_KILLED = Wording(zh="运行中被强制结束，之后的运行已接着做完", en="it was killed before its end; a later run took over")
_BROKEN = Wording(zh="详见 minyi status", en="`minyi status` says why")
_ENDED = {"Interrupted": _STOPPED, KILLED: _KILLED}
_SAID = {
    "failed": Wording(zh="失败：{subject}（{why}）", en="Failed: {subject} ({why})"),
    "partial": Wording(zh="部分未完成：{subject}（{why}）", en="In part only: {subject} ({why})"),
    "silent": Wording(
        zh="来源沉默：{subject}，{since} 之后没有新评论", en="Silent: {subject}, no new comment since {since}"
    ),
    "drift": Wording(
        zh="来源结构变化：{subject}，返回内容与以前不同，采集程序可能需要修改",
        en="Changed: {subject} answers in another shape than before; its collector may need mending",
    ),
    "spike": Wording(
        zh="评论激增：{subject} 有 {n} 条，平常约 {usual} 条",
        en="Spike: {n} comments on {subject}, where {usual} are usual",
    ),
    "held": Wording(
        zh="报告暂缓发布：分类器未达到 [publish] 的下限",
        en="Held: the report; the coder is below the floor in [publish]",
    ),
}
_OVER = Wording(zh="已恢复：{said}", en="Over: {said}")
_CAME_AND_WENT = Wording(zh="{said}；{over} 已恢复", en="{said}; over since {over}")
_SINCE = Wording(zh="{said}，自 {since} 起", en="{said}, since {since}")
_TITLE = Wording(zh="minyi {study}：{new} 件需留意，{over} 件已恢复", en="minyi {study}: {new} to look at, {over} over")
_AGAIN = Wording(
    zh="上次发送时运行中断，这条消息可能是第二次收到。",
    en="The run that sent this before was cut off meanwhile: you may read it for the second time.",
)
_END = Wording(zh="详情：minyi status", en="More: minyi status")
TEST = (
    Wording(zh="minyi {study}：测试消息", en="minyi {study}: a test message"),
    Wording(zh="能看到这条消息，说明通知可以送达。", en="Who reads this will be told of this study's runs."),
)


def sentence(alert: Alert, zone: ZoneInfo) -> Wording:
    """What an alert says, without when it was first seen."""
    subject = _STEPS.get(alert.subject) or Wording(zh=_name(alert.subject), en=_name(alert.subject))
    why = _why(alert)
    since = "" if alert.since is None else minute(alert.since, zone)
    said = _SAID[alert.kind]

    def filled(text: str, language: Language) -> str:
        words = {"subject": subject.in_language(language), "why": why.in_language(language)}
        return text.format(**words, since=since, n=alert.n, usual=f"{alert.usual:g}")

    return Wording(zh=filled(said.zh, "zh"), en=filled(said.en, "en"))


def begun(alert: Alert, since: int, over: int | None, zone: ZoneInfo, language: Language) -> str:
    """The line of a cause nobody was told of yet; one that came and went in the meantime says so."""
    said = sentence(alert, zone).in_language(language)
    if alert.kind not in {"silent", "spike"}:
        said = _SINCE.in_language(language).format(said=said, since=minute(since, zone))
    return said if over is None else _CAME_AND_WENT.in_language(language).format(said=said, over=minute(over, zone))


def ended(alert: Alert, zone: ZoneInfo, language: Language) -> str:
    """The line of a cause that people were told of and that is over."""
    return _OVER.in_language(language).format(said=sentence(alert, zone).in_language(language))


def message(
    study: str, new: Sequence[str], over: Sequence[str], language: Language, *, again: bool = False
) -> tuple[str, str]:
    """Title and body of the one message of a run; `again` where it may have arrived before."""
    title = _TITLE.in_language(language).format(study=_name(study), new=len(new), over=len(over))
    last = [*([_AGAIN.in_language(language)] if again else []), _END.in_language(language)]
    return title, "\n".join([*new, *over, *last])


def trial(study: str, language: Language) -> tuple[str, str]:
    """Title and body of the message that `minyi notify --test` sends."""
    title, body = (words.in_language(language) for words in TEST)
    return title.format(study=_name(study)), body


def minute(ms: int, zone: ZoneInfo) -> str:
    """A time by the study's clock."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M}"


def _why(alert: Alert) -> Wording:
    if alert.error in _ENDED:
        return _ENDED[alert.error]
    if alert.kind == "failed" and alert.error not in REASONS:
        return _BROKEN
    return REASONS.get(alert.error, FAILED)


def _name(text: str) -> str:
    """A name as a chat program may be given it: in one line, without what it would take for a mention or a link."""
    return " ".join(clean(text, limit=_NAME).replace("@", "＠").replace("<", "＜").replace("://", "：//").split())
