"""What a failure is and what to do, in Chinese: the commands say it in English, and a page may be read in either."""

from __future__ import annotations

from typing import NamedTuple

from minyi.outcomes import REASONS


class Words(NamedTuple):
    """What happened, and what to do."""

    what: str
    remedy: str


_OTHERS = {
    "DiskFull": "磁盘已满",
    "Unwritable": "数据库无法写入",
    "FileWriteError": "文件无法写入",
    "CorruptDatabase": "数据库已损坏",
    "NewerDatabase": "数据库由更新的版本写成",
    "NotADatabase": "该文件不是本程序的数据库",
    "DatabaseBusy": "数据库被其他进程占用",
    "CannotConnect": "数据库服务器没有响应",
    "Interrupted": "运行被终止，已保存的内容都在",
    "ReportHeld": "报告暂缓发布：分类器未达到 [publish] 的下限",
    "KeyFileError": "化名密钥不可用",
}
_REMEDIES = {
    "Blocked": "换一个来源，或先征得站点同意。",
    "BlockedAddress": "核对网址；确需访问内部地址时用 --allow 放行。",
    "AuthNeeded": "设置该来源所需的密钥后再运行。",
    "RateLimited": "等待即可，下次运行接着采集。",
    "NotFound": "核对研究文件中的地址。",
    "SchemaDrift": "采集程序可能需要修改；原始网页已保存，可以重新解析。",
    "BadResponse": "在浏览器中打开该地址核对；下次运行会再试。",
    "BadRedirect": "改用最终的地址。",
    "Truncated": "下次运行会再试。",
    "TooLarge": "缩小范围，或提高 [fetch] 的上限。",
    "Transient": "下次运行会再试；一直如此请检查网络和站点。",
    "Deadline": "下次运行会再试；一直如此请放宽 [fetch] 的时限。",
    "OutOfTime": "下次运行接着采集；总是不够请提高 budget_minutes。",
    "LocalFileError": "核对文件的位置、格式和权限。",
    "CollectorFault": "请把收据交给维护者；其他来源不受影响。",
    "DiskFull": "腾出空间后再运行，不会丢失任何内容。",
    "Unwritable": "让运行 minyi 的用户可以写入该文件及其文件夹。",
    "FileWriteError": "检查文件夹权限和磁盘空间。",
    "CorruptDatabase": "停止任务，用备份恢复（见 docs/keeping.md）。",
    "NewerDatabase": "升级 minyi。",
    "NotADatabase": "换一个文件名，或移走该文件。",
    "DatabaseBusy": "等其他进程结束后再运行。",
    "CannotConnect": "检查服务器是否运行，以及地址、用户和密码。",
    "Interrupted": "再运行一次，会从中断处继续。",
    "ReportHeld": "补充人工标注并运行 minyi adapt，或换用更好的分类器。",
    "KeyFileError": "从备份取回 data/pseudonyms.key。",
}


def in_chinese(error: str) -> Words | None:
    """By the name of the failure's class; None for one that has no words here."""
    what = _OTHERS.get(error) or (REASONS[error].zh if error in REASONS else "")
    return Words(f"{what}。", _REMEDIES.get(error, "")) if what else None
