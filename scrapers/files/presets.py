"""What the columns of well-known exports mean, by the names the tools give them.

Sources of the names: the tables of MediaCrawler (`store/*/models`), the `comments` and `weibo` tables of weibo-crawler,
4CAT's common columns, and the answers Bilibili and Weibo give to their own pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scrapers.columns import normal_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scrapers.files.options import PresetName
    from storage.nouns import CommentKind


def _names(**meanings: str) -> dict[str, tuple[str, ...]]:
    return {meaning: tuple(names.split()) for meaning, names in meanings.items()}


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of table that one tool writes.

    Attributes:
        name: the tool.
        needs: a table of this kind has a column of each group.
        columns: meaning → the names its column may have, the best first.
        platform: the platform, from the table's columns and the file's name; empty where they leave it open.
        title: columns that are read where a row has no text.
        kind: what the rows are; None leaves it to the row's own `kind`, if any.
        html: the text is a fragment of HTML.
        zone: what times without a zone are in, as the tool or the platform writes them; empty: the study's.
    """

    name: PresetName
    needs: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    platform: Callable[[frozenset[str], str], str] = lambda _names, _file: ""
    title: tuple[str, ...] = ()
    kind: CommentKind | None = None
    html: bool = False
    zone: str = ""

    def fits(self, names: frozenset[str]) -> bool:
        """Whether a table with columns of these names is of this kind."""
        return all(group & names for group in self.needs)


@dataclass(frozen=True, slots=True)
class Layout:
    """A preset as it applies to one file: actual column names instead of possible ones."""

    preset: PresetName = "generic"
    columns: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    title: str = ""
    kind: CommentKind | None = None
    html: bool = False
    zone: str = ""


def layout_of(seen: Iterable[str], file: str, wanted: PresetName | None) -> Layout | None:
    """The layout of a file with these columns; the generic one where no preset fits.

    Args:
        seen: its columns; nested ones dotted.
        file: its name, or its table's, which may tell the platform.
        wanted: the preset a person asks for; it need not fit but for its text.

    Returns:
        None where the preset asked for finds no text in this file.
    """
    by_name = {normal_name(column): column for column in reversed(list(seen))}
    names = frozenset(by_name)
    if wanted == "generic":
        return Layout()
    if wanted:
        own = [preset for preset in PRESETS if preset.name == wanted and names.intersection(preset.columns["text"])]
        found = max(own, key=lambda preset: sum(bool(group & names) for group in preset.needs), default=None)
        return _layout(found, by_name, file) if found else None
    fitting = next((preset for preset in PRESETS if preset.fits(names)), None)
    return _layout(fitting, by_name, file) if fitting else Layout()


def comments_in(seen: Iterable[str]) -> bool:
    """Whether these are the columns of a table of comments that a known tool writes (not of posts or people)."""
    names = frozenset(map(normal_name, seen))
    found = next((preset for preset in PRESETS if preset.fits(names)), None)
    return found is not None and found.kind != "post"


def _layout(preset: Preset, by_name: Mapping[str, str], file: str) -> Layout:
    def first(names: tuple[str, ...]) -> str:
        return next((by_name[name] for name in names if name in by_name), "")

    columns = {meaning: column for meaning, names in preset.columns.items() if (column := first(names))}
    platform = preset.platform(frozenset(by_name), file.lower())
    if platform:  # what else is called a source there is the device or the app
        columns["source"] = first(("platform", "平台"))
    title = first(preset.title)
    return Layout(preset.name, columns, platform, title, preset.kind, preset.html, preset.zone)


_MEDIACRAWLER_FILES = {
    "xhs": "xhs",
    "xiaohongshu": "xhs",
    "bili": "bilibili",
    "douyin": "douyin",
    "kuaishou": "kuaishou",
    "weibo": "weibo",
    "tieba": "tieba",
    "zhihu": "zhihu",
}
_MEDIACRAWLER_ITEM = frozenset({"note_id", "video_id", "content_id", "aweme_id"})


def _mediacrawler(names: frozenset[str], file: str) -> str:
    """MediaCrawler keeps one table per platform; its columns tell which, but for a few that the file's name tells."""
    if "aweme_id" in names:
        return "douyin"
    if "content_id" in names:
        return "zhihu"
    if "tieba_id" in names or "tieba_name" in names:
        return "tieba"
    if named := next((platform for word, platform in _MEDIACRAWLER_FILES.items() if word in file), ""):
        return named
    if "video_id" in names:
        return "bilibili" if names & {"sign", "sex", "bili_user_id", "video_danmaku"} else ""
    return "weibo" if names & {"create_date_time", "comment_like_count", "profile_url"} else "xhs"


def _always(platform: str) -> Callable[[frozenset[str], str], str]:
    return lambda _names, _file: platform


_CHINA = "Asia/Shanghai"  # platforms of the mainland write its time, wherever their reader is
# A saved page is known by its HTML; no table is taken for one.
_NO_COLUMNS = (frozenset[str](),)
_PAGE = {name: (name,) for name in ("text", "id", "time", "author", "likes", "url", "parent")}

PRESETS: tuple[Preset, ...] = (
    Preset(
        "mediacrawler",
        (
            frozenset({"comment_id"}),
            frozenset({"content"}),
            _MEDIACRAWLER_ITEM,
            frozenset({"create_time", "publish_time"}),
            frozenset({"sub_comment_count", "parent_comment_id"}),
        ),
        _names(
            text="content",
            id="comment_id",
            time="create_time publish_time",
            author="user_id sec_uid user_link nickname user_nickname",
            likes="comment_like_count like_count",
            url="note_url content_url",
            parent="parent_comment_id",
        ),
        platform=_mediacrawler,
        kind="comment",
        html=True,
        zone=_CHINA,
    ),
    Preset(
        "mediacrawler",
        (
            _MEDIACRAWLER_ITEM,
            frozenset({"title", "content"}),
            frozenset({"liked_count", "voteup_count", "total_replay_num", "comment_count", "comments_count"}),
            frozenset({"last_modify_ts", "add_ts", "source_keyword"}),
        ),
        _names(
            text="content_text desc content",
            id="note_id aweme_id video_id content_id",
            time="create_time publish_time created_time time",
            author="user_id sec_uid user_link nickname user_nickname",
            likes="liked_count voteup_count",
            url="note_url aweme_url content_url video_url",
        ),
        platform=_mediacrawler,
        title=("title",),
        kind="post",
        html=True,
        zone=_CHINA,
    ),
    Preset(
        "weibo-crawler",
        (frozenset({"bid"}), frozenset({"weibo_id"}), frozenset({"text"}), frozenset({"created_at"})),
        _names(
            text="text",
            id="id",
            time="created_at",
            author="user_id user_screen_name",
            likes="like_count",
            parent="root_id",
        ),
        platform=_always("weibo"),
        kind="comment",
        html=True,
        zone=_CHINA,
    ),
    Preset(
        "weibo-json",
        (
            frozenset({"created_at"}),
            frozenset({"text_raw", "text"}),
            frozenset({"attitudes_count"}),
            frozenset({"mid", "idstr", "mblogid", "bid"}),
            frozenset({"user_screen_name"}),
        ),
        _names(
            text="text_raw text",
            id="idstr id mid",
            time="created_at",
            author="user_idstr user_id",
            likes="attitudes_count",
        ),
        platform=_always("weibo"),
        kind="post",
        html=True,
        zone=_CHINA,
    ),
    Preset(
        "weibo-crawler",
        (frozenset({"bid"}), frozenset({"text", "正文"}), frozenset({"attitudes_count", "点赞数"})),
        _names(
            text="text 正文",
            id="id",
            time="完整日期 created_at full_created_at 日期",
            author="user_id 用户id screen_name 用户昵称",
            likes="attitudes_count 点赞数",
        ),
        platform=_always("weibo"),
        kind="post",
        html=True,
        zone=_CHINA,
    ),
    Preset(
        "4cat",
        tuple(map(frozenset, ({"id"}, {"thread_id"}, {"timestamp", "unix_timestamp"}, {"author"}, {"body"}))),
        _names(
            text="body",
            id="id",
            time="unix_timestamp timestamp_unix timestamp",
            author="author_id author_name_hash author",
            likes="likes like_count score upvotes",
            url="url post_url link",
            parent="reply_to in_reply_to parent_id",
        ),
        title=("subject", "title"),
        zone="UTC",
    ),
    Preset(
        "bilibili",
        (frozenset({"rpid", "rpid_str"}), frozenset({"content_message"}), frozenset({"ctime"})),
        _names(
            text="content_message",
            id="own_id",
            time="ctime",
            author="mid_str mid member_mid",
            likes="like",
            parent="answers",
        ),
        platform=_always("bilibili"),
        kind="comment",
        zone=_CHINA,
    ),
    Preset(
        "weibo-json",
        (
            frozenset({"created_at"}),
            frozenset({"text_raw", "text"}),
            frozenset({"rootid", "rootidstr"}),
            frozenset({"mid", "idstr", "id"}),
        ),
        _names(
            text="text_raw text",
            id="own_id",
            time="created_at",
            author="user_idstr user_id",
            likes="like_counts like_count",
            parent="answers rootidstr rootid",
        ),
        platform=_always("weibo"),
        kind="comment",
        html=True,
        zone=_CHINA,
    ),
    Preset("tieba", _NO_COLUMNS, _PAGE, platform=_always("tieba"), zone=_CHINA),
    Preset("weibo-cn", _NO_COLUMNS, _PAGE, platform=_always("weibo"), zone=_CHINA),
)
