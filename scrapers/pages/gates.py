"""Pages that stand in an article's place, with HTTP 200: "not found", a captcha, a login."""

from __future__ import annotations

import re

from scrapers.errors import Blocked, CollectorError, NotFound

# A gate is short. An article that is as short does not speak to its reader in these words.
_LONGEST = 250
_SAVE_IT = "Save the page in a browser and give its path, or leave it out."
_GONE = re.compile(
    r"页面(?:不存在|没有找到|未找到|已删除|走丢)|找不到.{0,8}(?:页面|网页|文章)|已被发布者删除|链接已(?:过期|失效)"
    r"|(?:该|此|本|访问的)(?:篇|条)?(?:内容|文章|新闻|网页).{0,4}(?:不存在|已(?:被.{0,6})?删除|已下线)|违规.{0,6}无法查看"
    r"|\b404\b.{0,20}(?:not found|error|页|错误)|page (?:was )?not found"
    r"|(?:page|article|story).{0,60}(?:no longer (?:available|exists?)|could ?n[o']t be found|does ?n[o']t exist)",
    re.IGNORECASE,
)
_PROOF = re.compile(
    r"环境异常|(?:完成|进行|通过).{0,4}验证|请(?:输入|填写).{0,6}验证码|^\W*(?:安全|人机|访问|滑动|滑块)验证|拖动.{0,4}滑块"
    r"|访问(?:过于|太)频繁|verify (?:that )?you(?:'re| are) (?:a )?(?:human|not)|(?:are you|not) a robot"
    r"|(?:complete|solve|enter|pass).{0,20}captcha|captcha.{0,15}(?:below|required|to continue)|unusual traffic"
    r"|checking your browser|^just a moment|enable javascript and cookies|^\W*access denied",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"请(?:先|您先)?登[录陆]|登[录陆](?:后|以后|即可|才能).{0,6}(?:查看|阅读|浏览|继续|访问)"
    r"|(?:sign|log) ?in to (?:continue|read|view|your)|please (?:sign|log) ?in"
    r"|you must (?:be logged|log|sign) ?in|subscribe to (?:continue|read)",
    re.IGNORECASE,
)


def gate(title: str, text: str, where: str) -> CollectorError | None:
    """The error for a page whose title and text, if short, say that it is no article; else None."""
    if len(text) > _LONGEST:
        return None
    said = f"{title}\n{text}"
    if _GONE.search(said):
        return NotFound("The page says that what it held is not there.", where=where, remedy="Take its address out.")
    if _PROOF.search(said):
        return Blocked("A page that asks for proof of a person came instead.", where=where, remedy=_SAVE_IT)
    if _LOGIN.search(said):
        return Blocked("A page that asks for a login came instead.", where=where, remedy=_SAVE_IT)
    return None
