"""Which day a row of a file is of: the column, the zone, and what a time without a year counts from."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from scrapers.files import FileOptions, Reading, open_bytes, open_file, written_at

if TYPE_CHECKING:
    from pathlib import Path

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
PAGE = (
    '<html><body><div class="c" id="M_"><div><span class="ctt">地铁早班车提前</span>'
    '<a href="https://weibo.cn/repost/Mq?uid=5">转发</a><span class="ct">06月17日 18:12</span></div></div>'
    '<div class="c" id="C_1"><a href="/u/7">甲</a>:<span class="ctt">支持</span>'
    '<span class="ct">06月17日 18:12</span></div></body></html>'
)
WEIBO = "id,bid,weibo_id,text,created_at\n1,M,2,太早了,2026-01-05 10:00\n"


def opened(data: str, name: str, **options: Any) -> Reading:
    return open_bytes(data.encode(), name, FileOptions(**options), zone=LONDON, reference=NOW)


def times(reading: Reading) -> list[str]:
    stamps = [row["published_at"] for page in reading.pages() for row in page.comments]
    return [f"{datetime.fromtimestamp(stamp / 1000, UTC):%Y-%m-%d %H:%M}" if stamp else "" for stamp in stamps]


def test_times_of_chinese_platforms_are_in_their_zone_wherever_the_study_is() -> None:
    assert times(opened(WEIBO, "a.csv")) == ["2026-01-05 02:00"]
    assert times(opened(WEIBO.replace("10:00", "10:00+00:00"), "a.csv")) == ["2026-01-05 10:00"]
    assert times(opened("text,time\n太早了,2026-01-05 10:00\n", "a.csv")) == ["2026-01-05 10:00"]


def test_a_time_without_a_year_counts_from_when_the_page_was_saved(tmp_path: Path) -> None:
    said = opened(PAGE, "a.html", saved=datetime(2020, 6, 20))  # noqa: DTZ001  a local day
    assert times(said)[-1] == "2020-06-17 10:12"
    assert said.notes == []

    path = tmp_path / "a.html"
    path.write_text(PAGE, encoding="utf-8")
    os.utime(path, (1_624_000_000, 1_624_000_000))
    found = open_file(path, FileOptions(), zone=LONDON, reference=NOW, written=written_at(path))
    assert times(found)[-1] == "2021-06-17 10:12"
    assert "counted from 2021-06-18, which is a guess" in found.notes[0]


def test_a_disk_that_says_1980_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.touch()
    os.utime(path, (315_532_800, 315_532_800))
    assert written_at(path) is None


def test_times_in_full_and_those_with_a_weekday_are_no_guess() -> None:
    whole = opened("text,time\na b,2026-01-05 10:00\nc d,Sat Nov 16 22:38:31\n", "a.csv")
    assert len(times(whole)) == 2
    assert whole.notes == []


def test_a_file_without_a_time_says_so_once_and_names_the_columns_of_days() -> None:
    none = opened("text,likes\n好,1\n", "a.csv")
    assert times(none) == [""]
    assert none.notes == ["no column was taken as the time, so no row has a date"]

    two = opened("text,受理,办结\n好,2026/1/5,2026/1/6\n", "a.csv")
    assert times(two) == [""]
    assert "look like days: 受理, 办结" in two.notes[0]

    decided = opened("text,受理\n好,2026/1/5\n", "a.csv", columns={"time": ""})
    assert (times(decided), decided.notes) == ([""], [])


def test_the_only_column_of_days_is_taken_and_said_to_be_a_guess() -> None:
    one = opened("text,受理\n好,2026/1/5\n", "a.csv")
    assert times(one) == ["2026-01-05 00:00"]
    assert ("time", "受理 (guessed from its values)", "2026/1/5") in one.guess.rows()


def test_the_link_of_a_headline_article_is_not_the_posts_own() -> None:
    row = "id,bid,正文,头条文章url,点赞数,日期\n1,M,太早了,https://card.example/1,3,2026-01-05\n"
    (page,) = opened(row, "a.csv").pages()
    assert page.comments[0]["url"] is None
