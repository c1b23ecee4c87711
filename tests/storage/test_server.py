"""How a PostgreSQL server is spoken to: by name, in bounded memory, and in no order of its own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from storage import row_hashes
from storage.database import connect, parse_url, reading
from storage.nouns import Page
from storage.queries import COMMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Table
    from sqlalchemy.engine import Engine

    from storage.nouns import Study
    from storage.store import Store

pytestmark = pytest.mark.postgres

STUDY = "ebikes"
# By the rules of English "a_z" comes first, then "b-forum", "Bz", "Z"; by code point capitals come before all others.
NAMES = ["Bz", "Z", "a_z", "b-forum", "bZ", "ä", "吧"]


@pytest.fixture(params=["postgres"])
def url(reused: Callable[[], str]) -> str:
    return reused()


def told(url: str, name: str) -> str:
    """A parameter of the connection that an address makes."""
    engine = connect(parse_url(url))
    try:
        with engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            return str(raw.info.get_parameters().get(name, raw.info.parameter_status(name)))
    finally:
        engine.dispose()


def test_its_administrator_sees_who_is_connected(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(url, "application_name") == "minyi"
    assert told(f"{url}&application_name=fees-study", "application_name") == "fees-study"
    monkeypatch.setenv("PGAPPNAME", "from-outside")
    assert told(url, "application_name") == "from-outside"


def test_what_the_address_says_of_the_connection_is_obeyed(url: str) -> None:
    assert told(url, "connect_timeout") == "10"
    more = f"{url}&connect_timeout=3&sslmode=disable&keepalives_idle=30&target_session_attrs=read-write"
    expected = {"connect_timeout": "3", "sslmode": "disable", "keepalives_idle": "30"}
    assert {name: told(more, name) for name in expected} == expected


def test_frames_come_a_stretch_at_a_time_and_are_planned_whole(
    store: Store, engine: Engine, page: Callable[..., Page], run: str
) -> None:
    store.add_page(STUDY, "forum", page(5), run_id=run)
    cursors: list[str] = []
    event.listen(store._engine, "after_cursor_execute", lambda _, cursor, *__: cursors.append(type(cursor).__name__))
    assert len(store.comments(STUDY)) == 5
    assert cursors == ["ServerCursor"]
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SHOW cursor_tuple_fraction").scalar() == "1"


def test_text_is_ordered_by_code_point_whatever_the_servers_language(
    store: Store, study: Study, run: str, engine: Engine
) -> None:
    for name in reversed(NAMES):
        store.add_page(STUDY, name, Page(comments=[{"ext_id": "1", "text": "好"}]), run_id=run)
    with reading(engine) as connection:
        if connection.exec_driver_sql("SELECT 'a' < 'B'").scalar() is False:
            pytest.skip("this server knows no order but that of code points")
    assert [row["source"] for row in store.source_counts(STUDY) if row["comments"]] == NAMES


def test_a_row_does_not_change_between_its_reading_and_its_hash(
    store: Store,
    engine: Engine,
    page: Callable[..., Page],
    run: str,
    url: str,
    study: Study,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.add_page(STUDY, "forum", page(3), run_id=run)
    other, hashes, changed = connect(parse_url(url)), row_hashes.hashes, list[bool]()

    def meanwhile(table: Table, rows: Any) -> list[int]:
        if table is COMMENT:
            with other.connect() as connection:
                connection.execute(text("SET lock_timeout = '100ms'"))
                with suppress(OperationalError):
                    connection.execute(text("UPDATE comment SET likes = 8"))
                    connection.commit()
                    changed.append(True)
        return hashes(table, rows)

    with engine.begin() as connection:
        connection.execute(text("UPDATE comment SET likes = 7"))  # by hand, so that they have none
    monkeypatch.setattr(row_hashes, "hashes", meanwhile)
    store.put_study(study.model_copy(update={"events": ()}))
    other.dispose()
    assert changed == []
    with reading(engine) as connection:
        assert list(row_hashes.rows_altered(connection, COMMENT)) == []
