"""A server that goes away for a moment costs nothing: what failed is done again, and never twice."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from inspect import isfunction, isgeneratorfunction
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest
from cutting import Cut, Wire
from sqlalchemy import event, text

from storage import database, retrying
from storage.database import connect, reading, writing
from storage.database_failures import (
    CannotConnect,
    Collided,
    ConnectionLost,
    DatabaseBusy,
    DatabaseFailure,
    DiskFull,
    Unwritable,
)
from storage.integrity.checking import damaged_rows
from storage.integrity.examining import examine
from storage.job_windows import Worker
from storage.judgements import PERSON
from storage.nouns import Page, Reject
from storage.queries import SETTING
from storage.records import Judgement
from storage.responses import ResponseRecord
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from storage.nouns import Study

STUDY = "ebikes"
CUTS = ["unanswered", *(pytest.param(cut, marks=pytest.mark.slow) for cut in ("unheard", "left behind"))]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience of a fifth of a second."""
    monkeypatch.setattr(retrying, "LONGEST_S", 0.2)
    monkeypatch.setattr(retrying, "FIRST_S", 0.01)


@pytest.fixture
def wire(cluster: Any) -> Iterator[Wire]:
    with Wire(cluster._folder) as laid:
        yield laid


@pytest.fixture
def wired(wire: Wire, reused: Callable[[], str], tmp_path: Path, study: Study) -> Iterator[Store]:
    """A store at the other end of the wire."""
    with Store.open(f"{reused()}&port={wire.port}", tmp_path) as opened:
        opened.put_study(study)
        yield opened


def ended(store: Store) -> None:
    """The server ends every session of the store, as when it is restarted."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    other = connect(store._engine.url)
    with other.connect() as connection:
        assert connection.execute(text(others), {"name": store._engine.url.database}).all()
    other.dispose()


# What the patience is


def test_waiting_grows_and_ends(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    slept: list[float] = []
    monkeypatch.setattr(retrying.time, "sleep", slept.append)
    failure = ConnectionLost("lost", where="postgresql://h/db")
    patience = retrying.Patience()
    with pytest.raises(ConnectionLost):
        deque(map(patience.wait, repeat(failure)))

    assert 28 <= sum(slept) <= 30
    assert max(slept) <= 2
    assert slept[0] <= 0.1
    assert [record.getMessage() for record in caplog.records] == ["waiting for the database postgresql://h/db …"]


def test_the_time_that_a_failed_try_waited_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying.time, "sleep", lambda _: None)
    with pytest.raises(ConnectionLost):
        retrying.Patience().wait(ConnectionLost("lost"), spent_s=30)


def test_work_within_work_shares_its_patience(quick: None) -> None:
    tries: list[str] = []

    @retrying.retried
    def inner() -> None:
        tries.append("inner")
        raise ConnectionLost("lost")

    @retrying.retried
    def outer() -> None:
        tries.append("outer")
        inner()

    with pytest.raises(ConnectionLost):
        outer()
    assert tries.count("outer") == 1
    assert tries.count("inner") > 2


def test_what_does_not_pass_is_not_tried_again() -> None:
    tries: list[int] = []

    @retrying.retried
    def work() -> None:
        tries.append(1)
        raise CannotConnect("no such user")

    with pytest.raises(CannotConnect):
        work()
    assert tries == [1]


def test_whatever_the_store_does_is_done_again(store: Store) -> None:
    """A new part of the store is easily forgotten; what is not one transaction says so in its docstring."""
    parts = [store, store.forgetting(STUDY), store.forgetting(STUDY).retention, *vars(store).values()]
    open_to_failure = {
        f"{type(part).__name__}.{name}"
        for part in parts
        if hasattr(part, "_engine")
        for name, method in vars(type(part)).items()
        if isfunction(method) and not isgeneratorfunction(method) and name[:2] != "__"
        if not hasattr(method, "__wrapped__")
    }
    assert open_to_failure == set()


# The server goes away between transactions, and before the first


@pytest.mark.postgres
def test_sessions_that_the_server_ended_are_not_missed(wired: Store, page: Callable[..., Page]) -> None:
    run = wired.begin_run(STUDY, "import", {}, "")
    ended(wired)
    assert wired.add_page(STUDY, "forum", page(3), run_id=run).comments == 3
    ended(wired)
    assert len(wired.comments(STUDY)) == 3


@pytest.mark.postgres
def test_a_server_that_comes_late_is_waited_for(wire: Wire, reused: Callable[[], str], tmp_path: Path) -> None:
    url, late = f"{reused()}&port=5498", Wire(wire.folder, port=5498)
    timer = threading.Timer(0.15, late.__enter__)
    timer.start()
    with Store.open(url, tmp_path) as store:
        assert store.study(STUDY) is None
    timer.join()
    late.__exit__()


@pytest.mark.postgres
def test_a_server_that_stays_away_is_told(quick: None, tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(CannotConnect) as caught:
        Store.open(f"postgresql://ann:s3cret@/minyi?host={tmp_path}", tmp_path)
    assert not isinstance(caught.value, ConnectionLost)
    assert "s3cret" not in f"{caught.value}{caught.value.__cause__!r}"


@pytest.mark.postgres
def test_who_only_looks_at_a_server_does_not_wait_for_it(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(CannotConnect, match="does not answer") as caught:
        examine(f"postgresql://minyi@/minyi?host={tmp_path}")
    assert type(caught.value) is CannotConnect


@pytest.mark.postgres
def test_who_is_refused_does_not_wait_long(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(retrying.time, "sleep", slept.append)
    with pytest.raises(CannotConnect):
        Store.open(cluster.url("no_such_database"), tmp_path)
    assert sum(slept) <= 3


# It goes away in the middle


@pytest.mark.postgres
@pytest.mark.parametrize("cut", CUTS)
def test_a_commit_that_is_cut_is_done_once(wired: Store, wire: Wire, page: Callable[..., Page], cut: Cut) -> None:
    """What has no key of its own would be there twice if it were done again blindly, or missing if it were not."""
    runs, store = len(wired.runs(STUDY)), wired
    wire.cut_commits(cut)
    run = store.begin_run(STUDY, "collect", {}, "")
    wire.cut_commits(cut)
    added = store.add_page(STUDY, "forum", with_reject(page(3)), run_id=run)
    wire.cut_commits(cut)
    assert store.responses.put(STUDY, run, [ResponseRecord("response", "r1", "said", en="Yes.")]) == 1
    keys = store.comments(STUDY)["key"].tolist()
    wire.cut_commits(cut)
    store.labels.put(STUDY, "t", "1", f"{PERSON}ann", run, [Judgement(keys[0], stance="concern", codes=(0, 1, 0))])

    assert wire.done == [cut] * 4
    assert (added.comments, len(store.runs(STUDY)) - runs) == (3, 1)
    assert len(store.rejects(STUDY)) == 1
    assert store.responses.last(STUDY) == rows(store, "response")
    assert store.labels.history(STUDY, "t", "1")["revision"].tolist() == [0]


@pytest.mark.postgres
@pytest.mark.parametrize("cut", CUTS)
def test_a_window_whose_claim_was_cut_is_taken_once(wired: Store, wire: Wire, cut: Cut) -> None:
    wire.cut_commits(cut)
    claim = wired.windows.claim(STUDY, "run", "2026-11-26", Worker("here", "host"))
    assert (claim.taken, claim.window.tries) == (True, 1)
    wire.cut_commits(cut)
    assert wired.windows.end(claim.window, "done", 0, ["1"])
    assert wired.windows.latest(STUDY, "run")[0].state == "done"


@pytest.mark.postgres
def test_a_session_left_behind_holds_nobody_up(wired: Store, wire: Wire) -> None:
    """It would keep its locks for as long as the server believes in its client: two hours, usually."""
    began = time.monotonic()
    wire.cut_commits("left behind")
    run = wired.begin_run(STUDY, "collect", {}, "")
    wired.end_run(run, "ok", {}, [])
    assert time.monotonic() - began < 5
    assert idle_in_transaction(wired) == 0


@pytest.mark.postgres
def test_a_statement_that_is_cut_is_done_again(wired: Store, wire: Wire, page: Callable[..., Page]) -> None:
    run = wired.begin_run(STUDY, "collect", {}, "")
    interrupted = once(wired._engine, "before_cursor_execute", wire.cut_all, "INSERT INTO comment")
    assert wired.add_page(STUDY, "forum", page(3), run_id=run).comments == 3
    assert interrupted
    assert len(wired.comments(STUDY)) == 3


@pytest.mark.postgres
def test_what_becomes_of_a_commit_is_not_guessed(
    wired: Store, wire: Wire, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server does not come back, nothing is done twice and nothing is called done."""
    runs = len(wired.runs(STUDY))
    wire.cut_commits("unanswered")
    wire.close(cut=False)
    with pytest.raises(CannotConnect) as caught:
        wired.begin_run(STUDY, "collect", {}, "")
    assert not isinstance(caught.value, ConnectionLost)
    wire.open()
    assert len(wired.runs(STUDY)) == runs + 1  # it had landed; a person sees that it is not known


# Two stand in each other's way


@pytest.mark.postgres
def test_a_deadlock_reaches_nobody(wired: Store, reused: Callable[[], str]) -> None:
    meet = threading.Barrier(2, timeout=10)
    done: list[str] = []

    @retrying.retried
    def work(first: str, second: str) -> None:
        with writing(wired._engine) as connection:
            connection.execute(SET, {"name": first})
            if not meet.broken:
                with suppress(threading.BrokenBarrierError):
                    meet.wait()
            connection.execute(SET, {"name": second})
        meet.abort()
        done.append(first)

    others = threading.Thread(target=work, args=("a", "b"))
    others.start()
    work("b", "a")
    others.join()
    assert sorted(done) == ["a", "b"]


SAID: dict[str, type[DatabaseFailure]] = {
    "40001": Collided,
    "40P01": Collided,
    "57P01": ConnectionLost,
    "08006": ConnectionLost,
    "57014": DatabaseBusy,
    "55P03": DatabaseBusy,
    "53100": DiskFull,
    "42501": Unwritable,
    "28P01": CannotConnect,
    "3D000": CannotConnect,
}


@pytest.mark.postgres
def test_what_the_server_says_becomes_what_to_do(wired: Store) -> None:
    for code, kind in SAID.items():
        said = text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = 'canary-7f3a'; END $$")
        with pytest.raises(kind) as caught, reading(wired._engine) as connection:
            connection.execute(said)
        assert type(caught.value) is kind
        assert caught.value.remedy
        assert "canary" not in str(caught.value)


# What it leaves


@pytest.mark.postgres
def test_the_rows_of_writers_that_are_gone_are_swept(wired: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    names = "SELECT count(*) FROM setting WHERE name LIKE 'writer/%'"
    ended(wired)
    wired.begin_run(STUDY, "collect", {}, "")
    assert counted(wired, names) == 2
    monkeypatch.setattr(database.time, "time", lambda: time.time_ns() / 1e9 + 3 * 86_400)
    ended(wired)
    wired.begin_run(STUDY, "collect", {}, "")
    assert counted(wired, names) == 1


@pytest.mark.postgres
def test_a_writers_row_is_sealed_as_any_other(wired: Store) -> None:
    """Else every transaction would have to seal it once more."""
    wired.begin_run(STUDY, "collect", {}, "")
    with reading(wired._engine) as connection:
        assert damaged_rows(connection, [SETTING]) == []
    assert counted(wired, "SELECT count(*) FROM setting WHERE hash IS NULL") == 0
    with writing(wired._engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM setting WHERE hash IS NULL")).scalar() == 0


def test_a_sqlite_file_needs_no_marks(tmp_path: Path, sqlite_template: Path, study: Study) -> None:
    shutil.copy(sqlite_template, tmp_path / "minyi.sqlite")
    with Store.open(f"sqlite:///{tmp_path}/minyi.sqlite", tmp_path) as store:
        store.put_study(study)
        assert counted(store, "SELECT count(*) FROM setting WHERE name LIKE 'writer/%'") == 0


SET = text("INSERT INTO setting (name, value) VALUES (:name, '') ON CONFLICT (name) DO UPDATE SET value = 'again'")


def with_reject(page: Page) -> Page:
    return replace(page, rejects=[Reject("row 4", "no text")])


def counted(store: Store, query: str) -> int:
    with reading(store._engine) as connection:
        return int(connection.execute(text(query)).scalar_one())


def rows(store: Store, table: str) -> int:
    return counted(store, f"SELECT max(key) FROM {table}")


def idle_in_transaction(store: Store) -> int:
    return counted(
        store,
        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()",
    )


def once(engine: Engine, name: str, act: Callable[[], None], statement: str) -> list[str]:
    """Acts once, before the first statement that begins so; what it met."""
    met: list[str] = []

    def listen(_connection: Any, _cursor: Any, said: str, *_: Any) -> None:
        if said.startswith(statement) and not met:
            met.append(said)
            act()

    event.listen(engine, name, listen)
    return met
