"""An SQLite database is a file like any other: one table of it is read, and nothing in it can run, write or hang."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.files import FileError, FileOptions, Reading, databases, open_bytes, open_file

if TYPE_CHECKING:
    from pathlib import Path

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 3, 5, 4, 0, tzinfo=UTC)
BIG = 5101466727221344123
COMMENTS = "CREATE TABLE comments (id INTEGER, text TEXT, time TEXT, likes TEXT)"


def made(path: Path, *statements: str, rows: tuple[tuple[Any, ...], ...] = ()) -> Path:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    if rows:
        connection.executemany("INSERT INTO comments VALUES (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    rows = ((BIG, "先试行再推广", "2024-02-21 10:05", "2007"), (BIG + 1, "🙂 挺好", None, None), (3, None, None, None))
    return made(tmp_path / "export.db", COMMENTS, "CREATE TABLE settings (name, value)", rows=rows)


def opened(path: Path, **options: Any) -> Reading:
    return open_file(path, FileOptions(**options), zone=ZONE, reference=NOW)


def texts(reading: Reading) -> list[str]:
    return [comment["text"] for page in reading.pages() for comment in page.comments]


def test_the_one_table_with_text_is_read(base: Path) -> None:
    reading = opened(base)
    (page,) = reading.pages()

    assert (reading.guess.format, reading.guess.table) == ("sqlite", "comments")
    assert [one["ext_id"] for one in page.comments] == [str(BIG), str(BIG + 1)]
    assert page.comments[0]["likes"] == 2007
    assert [reject.reason for reject in page.rejects] == ["empty text"]


def test_a_downloaded_or_compressed_one_reads_alike(base: Path) -> None:
    data = base.read_bytes()
    for name, body in {"a.db": data, "export": data, "a.sqlite.gz": gzip.compress(data)}.items():
        assert texts(open_bytes(body, name, FileOptions(), zone=ZONE, reference=NOW)) == ["先试行再推广", "🙂 挺好"]


def test_a_downloaded_one_whose_log_stayed_behind_reads_as_far_as_it_goes(base: Path) -> None:
    connection = sqlite3.connect(base)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    assert len(texts(open_bytes(base.read_bytes(), "a.db", FileOptions(), zone=ZONE, reference=NOW))) == 2


def test_nothing_is_written_beside_it(base: Path) -> None:
    before = base.read_bytes()
    base.chmod(0o400)
    texts(opened(base))
    assert base.read_bytes() == before
    assert list(base.parent.iterdir()) == [base]


def test_a_table_can_be_named_and_a_wrong_name_lists_those_there_are(base: Path) -> None:
    made(base, "CREATE TABLE other AS SELECT 1 AS id, '不同意' AS text")
    assert texts(opened(base, table="other")) == ["不同意"]
    with pytest.raises(FileError, match=r"no table “nope”\..*comments, settings, other"):
        opened(base, table="nope")
    with pytest.raises(FileError, match=r"Several tables may hold the comments\..*comments, other"):
        opened(base)


def test_a_view_can_be_read(base: Path) -> None:
    made(base, 'CREATE VIEW "新 ""视图""" AS SELECT id, text || \'！\' AS text FROM comments WHERE text IS NOT NULL')
    assert texts(opened(base, table='新 "视图"')) == ["先试行再推广！", "🙂 挺好！"]


def test_among_an_exports_tables_the_comments_are_meant(tmp_path: Path) -> None:
    note = "CREATE TABLE xhs_note (note_id, title, desc, time, user_id, liked_count, last_modify_ts)"
    columns = "comment_id, create_time, note_id, content, user_id, sub_comment_count, parent_comment_id, like_count"
    path = made(
        tmp_path / "media.db",
        note,
        "INSERT INTO xhs_note VALUES ('n1', '改规则', '明天起', 1709172000000, 'u', '3', 1709172000)",
        f"CREATE TABLE xhs_note_comment ({columns})",
        f"CREATE TABLE weibo_note_comment ({columns})",
        "INSERT INTO xhs_note_comment VALUES ('c1', 1709172000, 'n1', '太快了', 'u', 0, '0', '7')",
    )
    reading = opened(path)
    assert (reading.guess.table, reading.guess.preset, reading.guess.platform) == (
        "xhs_note_comment",
        "mediacrawler",
        "xhs",
    )
    made(path, "INSERT INTO weibo_note_comment SELECT * FROM xhs_note_comment")
    with pytest.raises(FileError, match=r"table = \"…\".*xhs_note_comment, weibo_note_comment"):
        opened(path)
    assert opened(path, table="weibo_note_comment").guess.platform == "weibo"


def test_rows_that_wait_in_a_log_beside_it_are_missed_and_that_is_said(base: Path) -> None:
    connection = sqlite3.connect(base)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("INSERT INTO comments VALUES (9, '还在日志里', NULL, NULL)")
    connection.commit()
    reading = opened(base)
    assert len(texts(reading)) == 2
    assert any("-wal" in warning for warning in reading.warnings)
    connection.close()


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"


def test_a_view_that_never_gives_a_row_is_stopped(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ROW_SECONDS", 0.1)
    monkeypatch.setattr(databases, "GUESS_SECONDS", 0.1)
    made(base, f"CREATE VIEW hang AS {ENDLESS} SELECT x AS id, '文本' AS text FROM n WHERE x < 0")
    with pytest.raises(FileError, match="a row took longer than"):
        opened(base, table="hang")
    assert opened(base).guess.table == "comments"  # while looking for text, it is passed over


def test_a_view_that_gives_rows_for_ever_is_broken_off(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "MOST_VIEW_ROWS", 500)
    made(base, f"CREATE VIEW endless AS {ENDLESS} SELECT x AS id, '文本' || x AS text FROM n")
    reading = opened(base, table="endless")
    assert len(texts(reading)) == 500
    assert reading.broken_off == "the view gives more than 500 rows"


def test_cells_that_are_too_large_are_refused(base: Path) -> None:
    made(base, "INSERT INTO comments SELECT 7, replace(hex(zeroblob(1000001)), '0', '长'), NULL, NULL")
    reading = opened(base)
    assert [reject.reason for page in reading.pages() for reject in page.rejects] == ["empty text", "cell too large"]
    made(base, "INSERT INTO comments SELECT 8, zeroblob(17000000), NULL, NULL")
    reading = opened(base)
    assert len(texts(reading)) == 2
    assert reading.broken_off == "a cell holds more than 16 million characters"


@pytest.mark.parametrize(
    "expression", ["load_extension('x')", "readfile('/etc/passwd')", "writefile('x', 'y')", "fts3_tokenizer('x', 'y')"]
)
def test_functions_that_reach_out_are_not_there(base: Path, expression: str) -> None:
    connection = sqlite3.connect(base)
    connection.execute("PRAGMA writable_schema = ON")
    view = f"CREATE VIEW bad AS SELECT {expression} AS text"
    connection.execute("INSERT INTO sqlite_master VALUES ('view', 'bad', 'bad', 0, ?)", (view,))
    connection.commit()
    connection.close()
    with pytest.raises(FileError, match="The database cannot be read"):
        opened(base, table="bad")


def test_a_broken_schema_or_page_is_told_as_such(base: Path) -> None:
    data = bytearray(base.read_bytes())
    data[100:160] = b"\xff" * 60
    for broken in (bytes(data), base.read_bytes()[:3000], b"SQLite format 3\0", b"SQLite format 3\0" + bytes(84)):
        with pytest.raises(FileError, match=r"The database cannot be read|No table has a column"):
            open_bytes(broken, "a.db", FileOptions(), zone=ZONE, reference=NOW)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_bytes_are_broken_the_reader_does_not_fail(data: st.DataObject) -> None:
    whole = bytearray(_sample())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(whole) - 5))
        whole[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4))
    with suppress(FileError):
        texts(open_bytes(bytes(whole), "a.sqlite", FileOptions(), zone=ZONE, reference=NOW))


def _sample() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA page_size = 512")
    connection.execute(COMMENTS)
    connection.executemany("INSERT INTO comments VALUES (?, ?, ?, ?)", [(n, f"第{n}条意见", "", "") for n in range(40)])
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data
