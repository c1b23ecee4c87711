"""On PostgreSQL many rows go by COPY, and nobody can tell afterwards which went how."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from storage import copying, row_hashes
from storage.database import reading, writing
from storage.database_failures import CannotConnect
from storage.nouns import CommentRow, Page, Study
from storage.queries import ANNOTATION, COMMENT
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Engine

pytestmark = pytest.mark.postgres

STUDY = "ebikes"
WHO = (STUDY, "城区限行电动自行车", "embedded@1", "1")
# What COPY's own way of writing rows gives a meaning to, and what is none of its business.
ODD = [
    "\\N",
    "\\.",
    "a\tb",
    "一行\n两行",
    "\\",
    "\\\\x",
    '"',
    "''",
    "{1,2}",
    "NULL",
    "0x00",
    "a\\tb",
    "\U0001f6b2",
    "\r",
]


@pytest.fixture(params=["postgres"])
def url(reused: Callable[[], str]) -> str:
    return reused()


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that are copied into."""
    into: list[str] = []
    usual = copying.copy

    def noted(connection: Any, table: str, *rows: Any) -> None:
        into.append(table)
        usual(connection, table, *rows)

    monkeypatch.setattr(copying, "copy", noted)
    return into


def many(n: int = 60) -> Page:
    rows: list[CommentRow] = [
        {"ext_id": f"{at}", "text": f"第{at}条 {ODD[at % len(ODD)]} 好", "author": f"u{at % 7}", "likes": at or None}  # type: ignore[typeddict-item]
        for at in range(n)
    ]
    return Page(comments=rows)


def test_what_was_copied_is_what_sqlite_holds(
    store: Store, run: str, study: Study, tmp_path: Path, sqlite_template: Path, copied: list[str]
) -> None:
    assert store.add_page(STUDY, "forum", many(), run_id=run).comments == 60
    shutil.copy(sqlite_template, tmp_path / "beside.db")
    with Store.open(f"sqlite:///{tmp_path}/beside.db", tmp_path) as beside:
        beside.put_study(study)
        beside.add_page(STUDY, "forum", many(), run_id=beside.begin_run(STUDY, "import", {}, ""))
        there = beside.comments(STUDY).drop(columns="key")
        found = beside.search(STUDY, "{1,2}")["id"].tolist()

    assert copied == ["fresh_comment", "search_text", "search_gram"]
    assert store.comments(STUDY).drop(columns="key").equals(there)
    assert store.search(STUDY, "{1,2}")["id"].tolist() == found != []


def test_rows_that_were_copied_carry_their_hash_and_the_order_they_came_in(
    store: Store, run: str, engine: Engine, copied: list[str]
) -> None:
    store.add_page(STUDY, "forum", many(), run_id=run)
    keys = store.comments(STUDY)["key"].to_numpy()
    scores = np.full((60, 4), 0.1, np.float32)
    scores[:, 1] = np.linspace(0.2, 1 / 3, 60)
    assert store.add_annotations(*WHO, run, keys, [1] * 59 + [-1], scores) == 60

    assert "fresh_annotation" in copied
    with reading(engine) as connection:
        for table in (COMMENT, ANNOTATION):
            rows = connection.execute(select(table)).mappings().all()
            assert [row["hash"] for row in rows] == row_hashes.hashes(table, rows)
        ordered = connection.execute(select(COMMENT.c.ext_id).order_by(COMMENT.c.key)).scalars().all()
    assert ordered == [str(at) for at in range(60)]


def test_only_what_is_new_is_counted_and_added(store: Store, run: str, copied: list[str]) -> None:
    store.add_page(STUDY, "forum", many(55), run_id=run)
    twice = Page(comments=[*many().comments, *many().comments])
    added = store.add_page(STUDY, "forum", twice, run_id=run)

    assert (added.comments, added.known) == (5, 115)
    assert store.comments(STUDY, columns=["ext_id"])["ext_id"].tolist() == [str(at) for at in range(60)]
    assert copied.count("fresh_comment") == 2


def test_stretches_of_one_transaction_do_not_meet(store: Store, run: str, engine: Engine) -> None:
    store.add_page(STUDY, "forum", many(), run_id=run)
    with reading(engine) as connection:
        rows = [dict(row) for row in connection.execute(select(COMMENT)).mappings()]
    others = [row | {"id": f"other{row['id']}", "ext_id": f"other{row['ext_id']}"} for row in rows]
    for row in (*rows, *others):
        row.pop("key", None)
    with writing(engine) as connection:
        assert copying.add_new(connection, COMMENT, rows) == 0
        connection.execute(COMMENT.delete())
        assert copying.add_new(connection, COMMENT, others) == 60  # and not what the first stretch brought
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM comment").scalar() == 60


def test_a_row_that_breaks_a_rule_fails_as_ever_and_takes_all_with_it(store: Store, run: str, engine: Engine) -> None:
    store.add_page(STUDY, "forum", many(), run_id=run)
    keys = [*store.comments(STUDY)["key"].tolist()[1:], 10**9]  # of no comment
    with pytest.raises(IntegrityError, match="annotation_comment"):
        store.add_annotations(*WHO, run, keys, [1] * 60, np.full((60, 4), 0.1))
    assert store.count_uncoded(*WHO) == 60


def test_a_connection_lost_in_the_middle_of_a_copy_is_told_as_every_other(store: Store, engine: Engine) -> None:
    def cut(served: int) -> Any:
        yield ("a", "b")
        with engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({served})")
        for at in range(100_000):
            yield (f"{at}", "b" * 100)

    def copied_while_cut() -> None:
        with writing(engine) as connection:
            served = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            copying.copy(connection, "setting", ("name", "value"), cut(served))

    with pytest.raises(CannotConnect):
        copied_while_cut()
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM setting WHERE name = 'a'").scalar() == 0


def test_few_rows_are_inserted_one_by_one(store: Store, run: str, copied: list[str]) -> None:
    store.add_page(STUDY, "forum", many(copying.FEW - 1), run_id=run)
    assert "fresh_comment" not in copied
