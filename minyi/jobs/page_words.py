"""The words of the page of receipts, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.nouns import Language

_WORDS: dict[str, tuple[str, str]] = {
    "lang": ("zh-CN", "en"),
    "other_lang": ("en", "zh-CN"),
    "other": ("English", "中文"),
    "language": ("语言", "Language"),
    "colon": ("：", ": "),
    "title": ("运行记录", "Runs"),
    "written": ("写于 {when}（{zone}）", "Written {when} ({zone})"),
    "last": ("最近一次：{started}，时段 {window}", "Last run: {started}, for window {window}"),
    "open": ("需留意", "To look at"),
    "none_open": ("没有需要留意的事。", "Nothing is open."),
    "since": ("{said}（自 {since} 起）", "{said} (since {since})"),
    "days": ("最近 60 天", "The last 60 days"),
    "latest": ("最近一次的来源", "Sources in the last run"),
    "runs": ("最近的运行", "The last runs"),
    "table": ("运行一览", "Table of the runs"),
    "window": ("时段", "Window"),
    "started": ("开始", "Began"),
    "outcome": ("结果", "Outcome"),
    "took": ("用时", "Took"),
    "seconds": ("{n} 秒", "{n} s"),
    "minutes": ("{n} 分钟", "{n} min"),
    "failures": ("失败", "Failures"),
    "missed": ("补上的时段", "Missed before"),
    "sources": ("来源", "Sources"),
    "sources_of": ("来源：", "Sources of"),
    "source": ("来源", "Source"),
    "asked": ("请求", "Asked"),
    "fetched": ("取得", "Fetched"),
    "unchanged": ("未变 (304)", "Unchanged (304)"),
    "new": ("新", "New"),
    "known": ("已知", "Known"),
    "rejected": ("不可用", "Rejected"),
    "failed_by": ("失败原因", "Failed, by class"),
    "more": ("另有 {n} 种失败，见收据文件。", "{n} more kinds of failure are in the receipts."),
    "ok": ("正常", "ok"),
    "partial": ("部分", "in part"),
    "failed": ("失败", "failed"),
    "stopped": ("被终止", "stopped"),
    "missing": ("缺", "missing"),
    "none": ("无安排", "none due"),
}


def words(language: Language) -> dict[str, str]:
    """Every word of the page in one language."""
    return {key: said[0 if language == "zh" else 1] for key, said in _WORDS.items()}
