"""What is stored is what was written, or is found not to be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from storage import queries, row_hashes
from storage.agreements import AgreementRecord
from storage.database import connect, reading, writing
from storage.database_failures import CorruptDatabase
from storage.integrity.checking import Damage, check, damaged_rows
from storage.job_windows import Worker
from storage.labels import Frame
from storage.nouns import Act, Article, Capture, Page, Reject, Stance, Study
from storage.queries import (
    ACT,
    AGREEMENT,
    ANNOTATION,
    ARTICLE,
    ASKED,
    CAPTURE,
    COMMENT,
    EVENT,
    FETCHED,
    FILE_IMPORT,
    FINDING,
    FORGOTTEN,
    JOB_WINDOW,
    JUDGEMENT,
    SOURCE_STATE,
    WAITING,
)
from storage.records import Finding, Item, Judgement
from storage.responses import RESPONSE, ResponseRecord
from storage.row_hashes import ASIDE, CHANGING, HASHED, SEALED, WRITTEN, hashed_names, hashes
from storage.state import Fetched, Step, Waiting

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from storage.store import Store

STUDY, TARGET, EVIDENCE = "ebikes", "限行", "一位骑手说"
ADDRESS, WINDOW, HERE = "https://forum.example/", "2026-11-26", Worker("lock", "here")
CAME = Capture(ADDRESS, ADDRESS, 200, {}, b"<p>" * 2000, 1_772_000_000_000)


@pytest.fixture
def filled(store: Store, run: str) -> Store:
    """Rows in every table that carries hashes."""
    rows: list[Any] = [{"ext_id": str(at), "text": f"停车点太少 {at}", "likes": at} for at in range(9)]
    rows += [{"ext_id": "q", "text": "早该管管了", "direct": True, "kind": "quote", "span_start": 1, "span_end": 6}]
    rows[-1]["evidence"] = EVIDENCE
    page = Page(
        articles=(Article(id="a", text="通告"),),
        comments=rows,
        rejects=(Reject("row 7", "text: empty"),),
        declared_total=9,
        acts=(Act(date=date(2026, 3, 1), kind="effective", title="施行", sentence="自3月1日起施行。"),),
        gone=("g",),
    )
    store.collected.begin(STUDY, "forum", "5" * 64)
    step = Step(cursor="1", waiting=(Waiting("k", "{}"),), fetched=Fetched(ADDRESS, '"a"'))
    capture = store.keep_capture(STUDY, "forum", CAME, run, ask="{}")
    store.add_page(STUDY, "forum", page, run_id=run, capture=capture, step=step)
    store.mark_imported(STUDY, "f" * 64, "o" * 64, run)
    keys = store.comments(STUDY, columns=["key"])["key"].to_numpy()
    scores = [[1 / 3, 0.1, 0.7, 1e-7]] * len(keys)
    store.add_annotations(STUDY, TARGET, "embedded@1", "1", run, keys, [-1, *[at % 4 for at in keys[1:]]], scores)
    said = [
        Judgement(int(keys[0]), stance=Stance.CONCERN, codes=(0, 1, 1), seconds=1 / 3),
        Judgement(int(keys[1]), "skipped"),
    ]
    store.labels.put(STUDY, TARGET, "1", "person:安", run, said)
    cohort = {"kind": "audit", "method": "simple", "seed": 1, "target": TARGET, "codebook": "1", "digest": "0" * 64}
    frame = Frame(keys, np.zeros_like(keys), np.arange(len(keys)))
    items = [Item(int(keys[0]), place=0, turn=0)]
    store.labels.add_cohort(STUDY, run, **cohort, strata=[("", len(keys))], frame=frame, items=items)
    store.responses.put(STUDY, run, [ResponseRecord("paraphrase", "id", "said", zh="人太多")])
    store.add_findings(STUDY, run, [Finding("share", 1 / 3, 0.2, 0.4, 9, "", {"ids": ["1"]}), Finding("unknown")])
    store.agreements.put(STUDY, run, [AgreementRecord("primary", "alpha", ("安", "Bo"), 1 / 3, None, 0.9, 3)])
    store.windows.end(store.windows.claim(STUDY, "run", WINDOW, HERE).window, "done", 0, [run])
    store.add_report(STUDY, run, "zh", "numbers.json", "0" * 64)
    store.end_run(run, "ok", {}, [])
    return store


def test_every_row_that_is_written_carries_its_hash(filled: Store, engine: Engine) -> None:
    with reading(engine) as connection:
        for table in HASHED:
            rows = connection.execute(select(table)).mappings().all()
            assert rows
            assert [row["hash"] for row in rows] == hashes(table, rows), table.name
    assert check(engine, filled.captures) == []


def test_every_table_has_them_but_what_is_made_from_comments() -> None:
    assert {*SQLModel.metadata.tables.values()} - {*HASHED, RESPONSE} == {SQLModel.metadata.tables["search_text"]}


def test_what_every_report_compares_does_not_grow_with_what_is_asked() -> None:
    assert not {*SEALED} & {*ASIDE}
    assert {ACT, ASKED, FETCHED, FINDING, FORGOTTEN, JOB_WINDOW} <= {*ASIDE}


CHANGES = {
    COMMENT: {"text": "'停车点太多'", "likes": "likes + 1", "author": "'a'", "source": "'app'", "direct": "0"},
    ARTICLE: {"text": "'别的'", "flags": "flags + 1", "published_at": "5"},
    CAPTURE: {"status": "404", "url": "'https://other.example/'", "complete": "0"},
    ANNOTATION: {"stance": "'neutral'", "suggestion": "0.70001", "created_at": "created_at + 1", "neutral": "NULL"},
    JUDGEMENT: {"unsure": "1", "note": "'ö'", "origin": "'file'", "what": "'withdrawn'"},
    queries.STUDY: {"body": "'{}'", "updated_at": "1"},
    EVENT: {"date": "'2024-02-22'", "title_zh": "'别的'"},
    SOURCE_STATE: {"cursor": "'2'", "settled": "'0'", "asked_to_wait": "5"},
    WAITING: {"ask": "'[]'", "tries": "tries + 1"},
    FETCHED: {"etag": "'\"b\"'", "url": "'https://forum.example/2'"},
    ASKED: {"ask": "'[]'", "options": "'[]'", "came_at": "came_at + 1"},
    FORGOTTEN: {"id": "'0'", "forgotten_at": "5"},
    FILE_IMPORT: {"sha256": "'0'", "options_digest": "'0'"},
    ACT: {"date": "'2026-03-02'", "kind": "NULL", "sentence": "'别的'"},
    AGREEMENT: {"value": "0.33334", "low": "0", "n": "n + 1"},
    FINDING: {"estimate": "0.33334", "name": "name || '2'", "evidence": "'{}'"},
    JOB_WINDOW: {"state": "'failed'", '"window"': "'2026-11-27'", "claimed_at": "claimed_at + 1", "runs": "'[]'"},
}  # fmt: skip


@pytest.mark.parametrize("table", CHANGES, ids=lambda table: table.name)
def test_a_value_that_turned_into_another_is_found(filled: Store, engine: Engine, table: Any) -> None:
    """As damage does it: past every trigger."""
    for column, value in CHANGES[table].items():
        some = "" if table is not COMMENT or column != "direct" else " WHERE direct = 1"
        with engine.connect() as connection:  # which undoes it afterwards
            _without_triggers(connection, table.name)
            connection.execute(text(f"UPDATE {table.name} SET {column} = {value}{some}"))
            (found,) = damaged_rows(connection)
        assert (found.what, found.table) == ("rows", table.name), column
        assert found.n >= 1
        assert found.named


@pytest.mark.parametrize(
    ("table", "column"), [(queries.STUDY, "body"), (queries.STUDY, "updated_at"), (EVENT, "title_zh")]
)
def test_what_the_study_file_says_is_written_anew_where_it_is_damaged(
    filled: Store, engine: Engine, study: Study, table: Any, column: str
) -> None:
    with writing(engine) as connection:
        _without_triggers(connection, table.name)
        connection.execute(text(f"UPDATE {table.name} SET {column} = 7"))
    filled.put_study(study)
    with reading(engine) as connection:
        assert list(damaged_rows(connection)) == []


def _without_triggers(connection: Any, table: str) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    for name in connection.execute(query, {"table": table}).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))


def test_what_is_changed_by_hand_is_no_damage_and_the_next_transaction_seals_it(filled: Store, engine: Engine) -> None:
    unsealed = select(COMMENT.c.ext_id).where(COMMENT.c.hash.is_(None))
    with writing(engine) as connection:
        connection.execute(text("UPDATE comment SET likes = 70 WHERE ext_id = '3'"))
    with reading(engine) as connection:
        assert connection.execute(unsealed).scalars().all() == ["3"]
        assert damaged_rows(connection) == []
    filled.begin_run(STUDY, "report", {}, "")
    with reading(engine) as connection:
        assert connection.execute(unsealed).first() is None
        assert damaged_rows(connection) == []


def test_what_forgetting_changes_is_sealed_with_the_change(filled: Store, run: str, engine: Engine) -> None:
    answer: Any = {"ext_id": "answer", "text": "同意楼上", "parent_id": "3"}
    filled.add_page(STUDY, "forum", Page(comments=[answer]), run_id=run)
    ids = filled.comments(STUDY).set_index("text")["id"]
    forgetting = filled.forgetting(STUDY)
    forgetting.take_out(forgetting.find([ids["停车点太少 3"]], []), [])
    with reading(engine) as connection:
        changed = connection.execute(select(COMMENT).where(COMMENT.c.ext_id == "answer")).mappings().one()
        assert changed["parent_id"] is None
        assert [changed["hash"]] == hashes(COMMENT, [changed])
    assert check(engine, filled.captures) == []


def test_what_our_own_commands_change_is_sealed_when_they_end(
    filled: Store, study: Study, run: str, engine: Engine
) -> None:
    """Also where there are so many rows that PostgreSQL gets them in one stream."""
    filled.put_study(study.model_copy(update={"events": study.events[:1]}))
    acts = tuple(Act(date=date(2026, 3, 1), title=f"第{at}条", sentence=f"第{at}条") for at in range(80))
    gone = tuple(f"g{at}" for at in range(80))
    asks = tuple(Waiting(f"w{at}", "{}") for at in range(80))
    steps = [Step(waiting=asks, settles=True), Step(tried="w1", done="k"), Step(cursor="2"), Step(reverts=True)]
    steps += [Step(fetched=Fetched(ADDRESS, '"b"'), asked_to_wait=7)] * 2
    for step in steps:
        key = filled.keep_capture(STUDY, "forum", CAME, run, ask='{"page": 2}')
        filled.add_page(STUDY, "forum", Page(acts=acts, gone=gone), run_id=run, capture=key, step=step)
    filled.add_page(STUDY, "forum", Page(comments=[{"ext_id": "g7", "text": "又来了"}]), run_id=run)
    filled.add_findings(STUDY, run, [Finding(f"n{at}", at / 7, evidence={"words": "停车点太少 4"}) for at in range(80)])
    filled.windows.claim(STUDY, "run", WINDOW, HERE, again=True)
    forgetting = filled.forgetting(STUDY)
    found = forgetting.find(filled.comments(STUDY)["id"].tolist()[4:5], [])
    forgetting.mark(found, ["0" * 16])
    forgetting.take_out(found, ["停车点太少 4", "第7条"])
    forgetting.retention.captures(2**60)
    filled.collected.begin(STUDY, "forum", "6" * 64)
    assert check(engine, None) == []
    with reading(engine) as connection:
        unsealed = [one for one in CHANGING if connection.execute(select(one).where(one.c.hash.is_(None))).first()]
    assert unsealed == []


@pytest.mark.parametrize("table", ASIDE, ids=str)
def test_what_a_person_changes_in_any_table_is_meant(filled: Store, engine: Engine, table: Any) -> None:
    column, value = next(iter(CHANGES[table].items()))
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE {table.name} SET {column} = {value}"))
    assert check(engine) == []
    filled.begin_run(STUDY, "report", {}, "")
    with reading(engine) as connection:
        assert connection.execute(select(table).where(table.c.hash.is_(None))).first() is None
        assert damaged_rows(connection) == []


@pytest.mark.parametrize(
    ("table", "refuses"),
    [(table, "collecting") for table in (SOURCE_STATE, WAITING, FETCHED)] + [(JOB_WINDOW, "windows")],
    ids=str,
)
def test_where_a_job_goes_on_is_compared(filled: Store, engine: Engine, table: Any, refuses: str) -> None:
    getattr(filled.sound, refuses)()
    column, value = next(iter(CHANGES[table].items()))
    with writing(engine) as connection:
        _without_triggers(connection, table.name)
        connection.execute(text(f"UPDATE {table.name} SET {column} = {value}"))
    with pytest.raises(CorruptDatabase, match=f"1 of the rows of {table.name} "):
        getattr(filled.sound, refuses)()


def test_a_hash_that_is_gone_and_not_listed_is_damage(filled: Store, engine: Engine) -> None:
    with writing(engine) as connection:
        _without_triggers(connection, "annotation")
        connection.execute(text("UPDATE annotation SET hash = NULL"))
    with reading(engine) as connection:
        assert [(found.table, found.n) for found in damaged_rows(connection)] == [("annotation", 12)]


def test_a_comment_that_is_quoted_is_compared_first(filled: Store, engine: Engine) -> None:
    ids = filled.comments(STUDY)["id"].tolist()
    assert filled.sound.told(STUDY, ids[:2]) == {one: f"停车点太少 {at}" for at, one in enumerate(ids[:2])}
    with writing(engine) as connection:
        _without_triggers(connection, "comment")
        connection.execute(text("UPDATE comment SET text = '停车点太多' WHERE ext_id = '1'"))
    assert filled.sound.told(STUDY, ids[:1])
    with pytest.raises(CorruptDatabase, match="1 of the rows of comment"):
        filled.sound.told(STUDY, ids[:2])


@pytest.mark.parametrize(
    ("table", "change"),
    [("article", "title = '别的'"), ("capture", "url = 'https://forum.example/2'"), ("comment", "article_id = 'b'")],
)
def test_what_is_told_of_collecting_is_compared(filled: Store, engine: Engine, table: str, change: str) -> None:
    """Comments too, which are counted beside what the platform declares."""
    filled.sound.collected()
    with writing(engine) as connection:
        _without_triggers(connection, table)
        connection.execute(text(f"UPDATE {table} SET {change}"))
    with pytest.raises(CorruptDatabase, match=f"the rows of {table} "):
        filled.sound.collected()


def test_rows_are_read_in_stretches_and_each_once(
    filled: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_hashes, "AT_ONCE", 3)
    with reading(engine) as connection:
        for table in HASHED:
            rows = [row for some in row_hashes.stretches(connection, table) for row in some]
            assert len(rows) == len(connection.execute(select(table)).all())
            assert len(set(map(tuple, (dict(row).items() for row in rows)))) == len(rows)


def test_the_hash_is_over_all_that_is_known_when_it_is_made(engine: Engine) -> None:
    for table in HASHED:
        later = {"hash", "key"} if table.name in WRITTEN else {"hash"}
        assert {column.name for column in table.c} - later == set(hashed_names(table))


def test_captures_that_are_gone_or_changed_are_found(filled: Store, engine: Engine, tmp_path: Path) -> None:
    (file,) = [file for file in (tmp_path / "captures").rglob("*") if file.is_file()]
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert [found.what for found in check(engine, filled.captures)] == ["captures"]
    file.unlink()
    assert [found.named for found in check(engine, filled.captures)] == [(str(file.with_suffix("")),)]


def test_comments_that_cannot_be_searched_are_found(filled: Store, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM search_text WHERE comment = (SELECT max(key) FROM comment)"))
    assert [(found.what, found.n) for found in check(engine)] == [("search", 1)]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # a server lets no such row be
def test_rows_that_belong_to_none_are_found(store: Store, run: str) -> None:
    store.add_page(STUDY, "forum", Page(comments=[{"ext_id": "1", "text": "好"}]), run_id=run)
    engine = store._engine
    with closing(sqlite3.connect(str(engine.url.database))) as connection:
        connection.execute("DELETE FROM comment")
        connection.commit()
    found = check(engine)
    assert Damage("keys", "search_text", 1, found[0].named) in found


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # a server's files are the server's
def test_a_bit_that_turned_over_is_found_where_sqlite_sees_nothing(filled: Store, tmp_path: Path) -> None:
    url = filled._engine.url
    filled.close()
    file = tmp_path / "minyi.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    body = bytearray(file.read_bytes())
    body[body.index(EVIDENCE.encode()) + 2] ^= 1
    file.write_bytes(bytes(body))
    engine = connect(url)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert [(found.what, found.table, found.n) for found in check(engine)] == [("rows", "comment", 1)]
    engine.dispose()


def test_an_interrupt_while_rows_are_compared_is_one_and_no_error(
    filled: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite makes an error of whatever is raised in a function of ours; a job that is told to end would go on."""

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    here = engine.dialect.name == "sqlite"
    monkeypatch.setattr(f"storage.row_hashes.{'_digest' if here else '_hashes_or_none'}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        check(engine, None)


def test_an_interrupt_in_a_commit_leaves_nothing_of_it_and_no_transaction_open(
    filled: Store, run: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("storage.row_hashes.seal", interrupted)
        with pytest.raises(KeyboardInterrupt):
            filled.end_run(run, "partial", {}, [])
    assert filled.runs(STUDY, key=int(run))[0].status == "ok"
    filled.end_run(run, "failed", {}, [])
    assert filled.runs(STUDY, key=int(run))[0].status == "failed"
