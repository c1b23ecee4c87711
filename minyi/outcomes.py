"""What a failure is called where people read it; jobs get the name of its class."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scrapers import errors
from storage.nouns import Wording

if TYPE_CHECKING:
    from storage.errors import MinyiError


class Failing(NamedTuple):
    """What a class of failures is called: in a table, and as the reason why nothing was collected."""

    words: str
    zh: str
    en: str


FAILURES: dict[type[MinyiError], Failing] = {
    errors.Blocked: Failing("refused", "站点不允许采集", "the site does not allow it"),
    errors.BlockedAddress: Failing(
        "address not allowed", "地址不在公共互联网上", "the address is not on the public internet"
    ),
    errors.AuthNeeded: Failing("key needed", "需要密钥或登录", "a key or a login is wanted"),
    errors.RateLimited: Failing("asked to wait", "站点要求稍后再来", "the site asked to come back later"),
    errors.NotFound: Failing("not there", "地址不存在", "there was no such address"),
    errors.SchemaDrift: Failing(
        "changed its answers", "返回内容的结构变了", "its answer had another shape than before"
    ),
    errors.BadResponse: Failing("unusable answer", "返回内容无法使用", "its answer could not be used"),
    errors.BadRedirect: Failing("leads nowhere", "跳转有误", "its redirects lead nowhere"),
    errors.Truncated: Failing("broke off", "返回内容不完整", "its answer broke off"),
    errors.TooLarge: Failing("too large", "返回内容过大", "its answer was too large"),
    errors.Transient: Failing("not reachable", "没有响应或服务器出错", "no answer, or a server error"),
    errors.Deadline: Failing("too slow", "响应太慢", "it answered too slowly"),
    errors.OutOfTime: Failing("out of time", "本次运行的时间已用完", "its share of the run's time was used up"),
    errors.LocalFileError: Failing("file not readable", "文件无法读取", "the file could not be read"),
    errors.CollectorFault: Failing("collector's fault", "采集程序出错", "the collector failed"),
}
"""Each class of `scrapers.errors`; a class that is not here goes by the nearest above it."""

WORDS = {kind: failing.words for kind, failing in FAILURES.items()}
REASONS = {kind.__name__: Wording(zh=failing.zh, en=failing.en) for kind, failing in FAILURES.items()}
"""Why nothing was collected, by the name under which runs keep the failure."""


def in_words(error: MinyiError) -> str:
    """A failure in a word or three."""
    if isinstance(error, errors.NotFound) and error.where and "/" not in error.where:
        return "no such host"  # the guard names the host alone, everybody else an address
    return next((WORDS[cls] for cls in type(error).__mro__ if cls in WORDS), "failed")
