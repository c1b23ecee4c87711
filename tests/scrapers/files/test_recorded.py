"""Recorded answers and pages of Bilibili, Weibo and Tieba read without loss: what is there is counted independently."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from scrapers.files import FileError, FileOptions, Reading, open_file

if TYPE_CHECKING:
    from storage.nouns import CommentRow

FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FIXTURES.exists(), reason="the data folder is not beside the repository"),
]


def opened(place: str) -> Reading:
    return open_file(FIXTURES / place, FileOptions(), zone=ZONE, reference=NOW)


def read(reading: Reading) -> tuple[list[CommentRow], int]:
    pages = list(reading.pages())
    return [comment for page in pages for comment in page.comments], sum(len(page.rejects) for page in pages)


def marks(place: str, pattern: str) -> int:
    """How many different things the page's bytes show, by a pattern that knows nothing of its structure."""
    return len(set(re.findall(pattern, (FIXTURES / place).read_text(encoding="utf-8", errors="replace"))))


def test_bilibilis_answer() -> None:
    place = "bilibili/reply_main_mode1.json"
    comments, rejects = read(opened(place))
    assert len(comments) == marks(place, r'"rpid":\s*(\d+)') == 13
    assert rejects == 0
    assert sum(comment["parent_id"] is not None for comment in comments) == 3
    assert all(comment["published_at"] and comment["author"] and comment["likes"] is not None for comment in comments)


def test_weibos_answer() -> None:
    (comment,), rejects = read(opened("weibo_json/ajax_buildComments_excerpt.json"))
    assert (comment["ext_id"], comment["author"], rejects) == ("5101466727221344", "5762999670", 0)
    assert comment["published_at"] == 1_731_767_911_000


TIEBA = [
    ("note_comments", r'data-pid="(\d+)"', 30, r"'spid':'(\d+)'", 26, 0),
    ("note_detail", r'data-pid="(\d+)"', 30, r"'spid':'(\d+)'", 10, 1),  # one floor is a picture and nothing else
    ("note_sub_comments", r'data-pid="(\d+)"', 0, r"&quot;spid&quot;:(\d+)", 10, 0),
]


@pytest.mark.parametrize(("name", "floor", "floors", "below", "replies", "without"), TIEBA)
def test_tiebas_threads(name: str, floor: str, floors: int, below: str, replies: int, without: int) -> None:
    place = f"tieba/media_platform__tieba__test_data__{name}.html"
    comments, rejects = read(opened(place))
    assert (marks(place, floor), marks(place, below)) == (floors, replies)
    assert len(comments) + rejects == floors + replies
    assert rejects == without
    assert all(comment["published_at"] and comment["author"] for comment in comments)
    assert sum(comment["kind"] == "post" for comment in comments) == (floors > 0)
    ids = {comment["ext_id"] for comment in comments}
    if floors:
        assert sum(comment["parent_id"] in ids for comment in comments) == replies


def test_tiebas_list_of_threads() -> None:
    place = "tieba/test_list_page__tieba__1.html"
    comments, rejects = read(opened(place))
    assert len(comments) == marks(place, r'data-tid="(\d+)"') == 50
    assert rejects == 0
    assert all(comment["text"] and comment["url"] for comment in comments)


WEIBO_CN = [
    ("4957814af5a123b82e974b5537dea736dfb34e48d8835203a45d2e67", 10, 0),
    ("a4437630f3bdfa2757bae1595186ac063fe5ec25cf2f98116ece83cb", 10, 0),
    ("4d5ed0a3ebd0303cb45edd544dbc0ab5e86d43e103405f0c60515884", 1, 12),
]


@pytest.mark.parametrize(("name", "posts", "replies"), WEIBO_CN)
def test_weibo_cns_pages(name: str, posts: int, replies: int) -> None:
    place = f"weibo_cn_html/tests__testdata__{name}.html"
    comments, rejects = read(opened(place))
    assert (marks(place, r'id="(M_\w*)"'), marks(place, r'id="(C_\d+)"')) == (posts, replies)
    kinds = [comment["kind"] for comment in comments]
    assert (kinds.count("post"), kinds.count("comment"), rejects) == (posts, replies, 0)
    assert all(comment["published_at"] and (comment["author"] or "").isdecimal() for comment in comments)
    counted = [comment for comment in comments if comment["likes"] is not None]
    assert len(counted) == posts + replies - (replies > 0)  # a comments page does not count its post's likes there
    assert not any(word in comment["text"] for comment in comments for word in ("举报", "赞[", "转发[", "组图共"))


@pytest.mark.parametrize(
    "name",
    [
        "63a98849ec82b2c87ec55bca03cbf5988f7eac233a23d86b4fdf5ffd",
        "e4d541ecb02253c14abc1d52605fc00d91279df9ac4c1465c85b91b3",
    ],
)
def test_pages_of_pictures_hold_no_comments(name: str) -> None:
    place = f"weibo_cn_html/tests__testdata__{name}.html"
    assert marks(place, r'id="([MC]_\w*)"') == 0
    with pytest.raises(FileError, match="No comments"):
        opened(place)
