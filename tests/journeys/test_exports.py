"""Exports of other tools come in by one command, which shows what it took them for and asks where it cannot know."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COLUMNS = "comment_id, create_time, note_id, content, user_id, sub_comment_count, parent_comment_id, like_count"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "sqlite_tables.db"
    connection = sqlite3.connect(path)
    for table, text in (("xhs_note_comment", "先试行再推广"), ("weibo_note_comment", "支持分两段计价")):
        connection.execute(f"CREATE TABLE {table} ({COLUMNS})")
        connection.execute(
            f"INSERT INTO {table} VALUES (?, 1709172000, 'n1', ?, 'u', 0, '0', '7')", (f"{table} 1", text)
        )
    connection.commit()
    connection.close()
    return path


def test_a_database_of_several_tables_asks_which(minyi: Callable, study: Path, export: Path) -> None:
    asked = minyi("import", export, "--study", study)
    assert asked.code == 1
    assert "--table: xhs_note_comment, weibo_note_comment" in " ".join((asked.out + asked.err).split())

    one = minyi("import", export, "--study", study, "--table", "weibo_note_comment")
    assert one.code == 0
    assert "sqlite, table weibo_note_comment, preset mediacrawler, platform weibo" in " ".join(one.out.split())
    other = minyi("import", export, "--study", study, "--table", "xhs_note_comment", "--preset", "generic")
    assert "1 new" in other.out


def test_a_preset_nobody_knows_lists_those_there_are(minyi: Callable, study: Path, export: Path) -> None:
    outcome = minyi("import", export, "--study", study, "--preset", "weibo")
    assert outcome.code == 2
    assert "weibo-crawler" in outcome.out + outcome.err
