"""What the columns of a file mean: guessed from their English or Chinese names, and checked against their values."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from scrapers.times import parse_time
from storage.text import normal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Names by meaning, the best first: an id before a name, the raw text before a rendered one, a body before its title.
_NAMES = {
    "text": "text_raw raw_text content_message comment_content comment_text comment_body content text full_text comment"
    " body review review_text review_body review_content message msg post tweet selftext sentence answer"
    " remark feedback opinion note 评论内容 评论文本 评论正文 微博正文 微博内容 博文 博文内容 正文"
    " 正文内容 内容 文本 评论 評論 評論內容 內容 留言 留言内容 留言詳情 留言详情 回复内容 回答内容 评价"
    " 评价内容 弹幕 弹幕内容 帖子内容 发帖内容 意见 建议 反馈 description desc title 标题 标题/微博内容",
    "id": "comment_id commentid cid rpid mid id idstr post_id review_id message_id tweet_id note_id answer_id"
    " uuid guid 评论id 评论编号 微博id 留言编号 编号 序号 帖子id",
    "time": "created_at createdat create_time ctime created created_utc published_at published publish_time"
    " published_time pub_time pub_date pubdate post_time posted_at comment_time review_date"
    " submitted_at timestamp time datetime date 评论时间 发布时间 发表时间 发帖时间 发布日期 评论日期"
    " 留言时间 创建时间 回复时间 時間 时间 日期 發布時間 提交时间 提交日期 提交答卷时间 填写时间"
    " 填写日期 填表时间 回答时间 回答日期 作答时间 答题时间 评价时间 投稿时间 来信时间 反映时间"
    " when posted_on submitted_on submit_time submit_date"
    " submission_date submission_time date_submitted date_posted posted_date commented_at answered_at",
    "author": "user_id author_id userid uid author_uid user_idstr author_uuid member_id user_uid member_mid 用户id"
    " 作者id 用户uid author user username user_name author_name screen_name user_screen_name nickname"
    " nick_name nick name 用户 用户名 用户昵称 昵称 作者 博主 网友 评论者 评论人 评论用户 留言用户"
    " 發布者 发布者 暱稱",
    "likes": "likes like like_count like_counts likes_count comment_like_count digg_count thumbs_up upvotes ups"
    " score votes vote votes_up helpful useful attitudes_count agree_count voteup_count 点赞数 点赞 赞"
    " 赞数 点赞量 获赞 获赞数 赞同数 按讚數 讚 支持数",
    "url": "url comment_url post_url note_url link permalink href uri 链接 网址 评论链接 微博链接 地址链接 連結",
    "parent": "parent_comment_id parent_id parentid parent in_reply_to in_reply_to_id in_reply_to_status_id"
    " reply_to reply_to_id reply_comment_id reply_id root_id rootid 父评论 父评论id 上级评论id 上级评论"
    " 回复评论id",
    "source": "platform source site channel source_name app 平台 来源 來源 渠道 来源平台 数据来源 网站 站点",
}
MEANINGS = tuple(_NAMES)
_PREFERENCE = {meaning: {name: place for place, name in enumerate(names.split())} for meaning, names in _NAMES.items()}

_ASIDE = re.compile(r"[((\[【].*?[))\]】]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JOINTS = re.compile(r"[\s\-.:_]+")
_LONGEST_NAME, _LONGEST_CLOCK = 200, 40  # characters of a header or a clock time that are looked at
_URL = re.compile(r"(?:https?:)?//\S+$", re.IGNORECASE)
_COUNT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(千|万|萬|亿|億|[kwmb])?\+?", re.IGNORECASE | re.ASCII)
_SCALE = {
    "千": 10**3,
    "k": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "w": 10**4,
    "m": 10**6,
    "亿": 10**8,
    "億": 10**8,
    "b": 10**9,
}
_CLOCK = re.compile(r"\d{1,2}[:时点]\d{2}(?:[:分]\d{2}秒?)?(?:\.\d+)?(?:\s*[ap]\.?m\.?)?", re.IGNORECASE | re.ASCII)
_CLOCK_NAMES = frozenset({*_PREFERENCE["time"], "clock", "time_of_day", "hour", "时刻", "時刻", "钟点"})
MIDNIGHT = " 00:00:00"
# Days that are something else than when a text was written: births, changes, when a crawler came by.
_OTHER_DAYS = re.compile(
    r"出生|生日|birth|dob|注册|註冊|regist|join|抓取|采集|爬取|入库|crawl|scrap|fetch|retriev|collect|access|import"
    r"|更新|修改|updat|modif|edit|last|截止|到期|deadline|expir"
)
_ANY_ZONE = ZoneInfo("UTC")
_ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def guess_columns(samples: Mapping[str, Sequence[str]], taken: Mapping[str, str] | None = None) -> dict[str, str]:
    """Meaning → column, for every meaning that a column's name and its values bear out.

    Args:
        samples: column → some of its values as text, empty ones left out.
        taken: what a person has decided already; `""` means that no column has this meaning.
    """
    decided = dict(taken or {})
    names = {column: normal_name(column) for column in samples}
    for meaning in MEANINGS:
        if meaning not in decided:
            free = {column: name for column, name in names.items() if column not in decided.values()}
            decided[meaning] = _best(meaning, samples, free)
    return {meaning: column for meaning, column in decided.items() if column}


def split_time(samples: Mapping[str, Sequence[str]], time: str) -> tuple[str, str]:
    """The column of days and the column of clock times where a table keeps them apart; else the time column and ""."""
    named = [column for column in samples if column != time and normal_name(column) in _CLOCK_NAMES and samples[column]]
    if _all(samples[time], _is_day):
        clock = next((column for column in named if _all(samples[column], _is_clock)), "")
        return time, clock
    if _all(samples[time], _is_clock) and (
        day := next((column for column in named if _all(samples[column], _is_day)), "")
    ):
        return day, time
    return time, ""


def columns_of_days(samples: Mapping[str, Sequence[str]]) -> tuple[list[str], bool]:
    """Columns of which nine in ten values are dates in full, and whether there is one and its name speaks for no other.

    Numbers do not count, which may be ids, nor do clock times and dates without a year.
    """
    found = [column for column, values in samples.items() if values and _share(values, _is_dated) >= 0.9]  # noqa: PLR2004
    return found, len(found) == 1 and not _OTHER_DAYS.search(normal_name(found[0]))


def normal_name(header: str) -> str:
    """A header as it is compared: `Like Count`, `likeCount` and `like.count (all)` are all `like_count`."""
    plain = normal(header[:_LONGEST_NAME], "NFKC").replace("\ufeff", "")
    return _JOINTS.sub("_", _CAMEL.sub("_", _ASIDE.sub("", plain))).strip("_").lower()


def parse_count(raw: object) -> int | None:
    """A number of likes as platforms write it: `2007`, `1,234`, `139.6万`, `1.2k`; None for what is no number."""
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int):
        return raw
    if isinstance(raw, float):
        return int(raw) if abs(raw) < 2**53 else None
    if not isinstance(raw, str):
        return None
    if raw.isdecimal() and len(raw) < 16:  # noqa: PLR2004  longer ones are no counts
        return int(raw)
    found = _COUNT.fullmatch(normal(raw[:40], "NFKC").replace(",", "").strip())
    return round(float(found[1]) * _SCALE.get((found[2] or "").lower(), 1)) if found else None


def _best(meaning: str, samples: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> str:
    places = _PREFERENCE[meaning]
    named = [column for column, name in names.items() if name in places]
    fit = [column for column in named if not samples[column] or _CHECKS[meaning](samples[column])]
    # A column without values is better than none, but any with values is better.
    return min(fit, key=lambda column: (not samples[column], places[names[column]]), default="")


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(1 for value in values if test(value)) / len(values)


def _all(values: Sequence[str], test: Callable[[str], bool]) -> bool:
    return bool(values) and all(map(test, values))


def _is_clock(value: str) -> bool:
    return _CLOCK.fullmatch(normal(value.strip()[:_LONGEST_CLOCK], "NFKC")) is not None


def _is_day(value: str) -> bool:
    """A day without a clock time; spreadsheets write one as its midnight."""
    found = parse_time(value.removesuffix(MIDNIGHT), zone=_ANY_ZONE, reference=_ANY_DAY, day_first=True)
    return found is not None and found.precision == "day"


def _is_dated(value: str) -> bool:
    if value.replace(".", "", 1).isdecimal():
        return False
    found = parse_time(value, zone=_ANY_ZONE, day_first=True)
    return found is not None and found.precision not in {"month", "year"}


def _is_prose(value: str) -> bool:
    return any(map(str.isalpha, value[:200])) and not _URL.match(value) and not _is_time(value)


def _is_time(value: str) -> bool:
    return parse_time(value, zone=_ANY_ZONE, reference=_ANY_DAY, day_first=True) is not None


def _looks_like_text(values: Sequence[str]) -> bool:
    return _share(values, _is_prose) >= 0.5  # noqa: PLR2004  some comments are a number or an emoji only


def _looks_like_times(values: Sequence[str]) -> bool:
    return _share(values, _is_time) >= 0.5  # noqa: PLR2004


def _looks_like_counts(values: Sequence[str]) -> bool:
    return _share(values, lambda value: parse_count(value) is not None) >= 0.8  # noqa: PLR2004


def _looks_like_ids(values: Sequence[str]) -> bool:
    return len(set(values)) * 2 > len(values) and _looks_like_names(values)


def _looks_like_names(values: Sequence[str]) -> bool:
    return _share(values, lambda value: len(value) <= 200) >= 0.9  # noqa: PLR2004


def _looks_like_urls(values: Sequence[str]) -> bool:
    return _share(values, _URL.match) >= 0.5  # noqa: PLR2004


def _looks_like_platforms(values: Sequence[str]) -> bool:
    """Few and short; Weibo's `source` names the device ("来自 …")."""
    few = len(set(values)) <= max(3, len(values) // 4)
    return few and _share(values, lambda value: len(value) <= 40 and not _URL.match(value) and value[:2] != "来自") == 1  # noqa: PLR2004


_CHECKS: dict[str, Callable[[Sequence[str]], bool]] = {
    "text": _looks_like_text,
    "id": _looks_like_ids,
    "time": _looks_like_times,
    "author": _looks_like_names,
    "likes": _looks_like_counts,
    "url": _looks_like_urls,
    "parent": _looks_like_names,
    "source": _looks_like_platforms,
}
