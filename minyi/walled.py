"""Platforms behind a login, a captcha or a signed request: not collected from, brought in as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BRING_FILES = "export what you may see yourself, and bring it in with `minyi import` (docs/sources/files.md)"

_PLATFORMS = (
    ("Weibo", "weibo 微博", "weibo.com weibo.cn"),
    ("Zhihu", "zhihu 知乎", "zhihu.com"),
    ("Bilibili", "bilibili b站 哔哩哔哩", "bilibili.com b23.tv"),
    ("Douyin", "douyin 抖音", "douyin.com iesdouyin.com"),
    ("Kuaishou", "kuaishou 快手", "kuaishou.com"),
    ("Xiaohongshu", "xiaohongshu xhs rednote 小红书", "xiaohongshu.com xhslink.com"),
    ("Tieba", "tieba 贴吧 百度贴吧", "tieba.baidu.com"),
    ("WeChat", "wechat weixin 微信 公众号", "weixin.qq.com"),
    ("X", "twitter x", "twitter.com x.com t.co"),
    ("Facebook", "facebook fb", "facebook.com fb.com"),
    ("Instagram", "instagram", "instagram.com"),
    ("TikTok", "tiktok", "tiktok.com"),
    ("Threads", "threads", "threads.net threads.com"),
    ("LinkedIn", "linkedin", "linkedin.com"),
)
_BY_NAME = {name: title for title, names, _ in _PLATFORMS for name in names.split()}
_BY_HOST = {host: title for title, _, hosts in _PLATFORMS for host in hosts.split()}


def walled_kind(kind: str) -> str | None:
    """The platform that a source's kind was meant to name, if it is one of them."""
    return _BY_NAME.get(kind.strip().lower())


def walled_addresses(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The options that hold an address on such a platform, each with the platform's name."""
    for key, value in options.items():
        for address in value if isinstance(value, list) else [value]:
            if isinstance(address, str) and (platform := _platform_at(address)):
                yield key, platform
                break


def _platform_at(address: str) -> str | None:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:  # no address at all: the collector's own options say so
        return None
    parts = host.split(".")
    return next((_BY_HOST[name] for at in range(len(parts)) if (name := ".".join(parts[at:])) in _BY_HOST), None)
