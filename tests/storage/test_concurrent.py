"""Several processes on one database: nothing is lost, nothing is there twice, and no deadlock reaches a person."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from storage import migrations
from storage.database import connect, parse_url, reading, writing
from storage.database_failures import DatabaseBusy
from storage.intake import public_id
from storage.job_windows import Worker
from storage.judgements import PERSON
from storage.migrations import HEAD
from storage.nouns import Page
from storage.records import Judgement
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from storage.nouns import Study

STUDY = "ebikes"
TARGET = ("t", "embedded@1", "1")


@pytest.fixture
def opened(url: str, tmp_path: Path, study: Study) -> Iterator[Callable[[], Store]]:
    """Opens the same database once more, as another process would."""
    with ExitStack() as stack:
        first = stack.enter_context(Store.open(url, tmp_path))
        first.put_study(study)
        first.add_page(STUDY, "forum", Page(comments=[{"ext_id": "0", "text": "0"}]), run_id=begun(first))
        yield lambda: stack.enter_context(Store.open(url, tmp_path))


def begun(store: Store) -> str:
    return store.begin_run(STUDY, "collect", {}, "")


def overlapping(worker: int, pages: int, size: int) -> list[Page]:
    """Pages that share half of their comments with the next, the other way round for every second worker."""
    starts = range(0, pages * size, size)
    made = []
    for start in starts if worker % 2 == 0 else reversed(starts):
        ids = range(start, start + size + size // 2)
        rows: list[Any] = [{"ext_id": str(n), "text": f"第{n}条", "author": f"u{n % 7}"} for n in ids]
        made.append(Page(comments=rows if worker % 2 == 0 else rows[::-1]))
    return made


def at_once(*tasks: Callable[[], object]) -> list[Any]:
    """Runs them together; what any of them raises is raised."""
    with ThreadPoolExecutor(len(tasks)) as threads:
        return [future.result(timeout=120) for future in [threads.submit(task) for task in tasks]]


def collect(store: Store, pages: Sequence[Page], source: str = "forum") -> int:
    run = begun(store)
    return sum(store.add_page(STUDY, source, page, run_id=run).comments for page in pages)


def in_order(store: Store, statement: str) -> list[Any]:
    with reading(store._engine) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def check_whole(store: Store, ids: range, source: str = "forum") -> None:
    """Every comment once, under the name it has on every machine, and found by its words."""
    frame = store.comments(STUDY, columns=["id", "ext_id", "source"])
    ours = frame[frame["source"] == source]
    assert sorted(ours["ext_id"], key=int) == list(map(str, ids))
    assert set(ours["id"]) == {public_id(STUDY, source, str(n)) for n in ids}
    assert in_order(store, "SELECT count(*) FROM search_text") == [(len(frame),)]


# Collecting


@pytest.mark.parametrize(("workers", "pages", "size"), [(2, 4, 6), pytest.param(4, 40, 30, marks=pytest.mark.slow)])
def test_overlapping_pages_are_stored_once(opened: Callable[[], Store], workers: int, pages: int, size: int) -> None:
    stores = [opened() for _ in range(workers)]
    added = at_once(*(lambda s=s, n=n: collect(s, overlapping(n, pages, size)) for n, s in enumerate(stores)))
    total = pages * size + size // 2
    check_whole(stores[0], range(total))
    assert sum(added) == total - 1


@pytest.mark.slow
@pytest.mark.parametrize("pages", [40])
def test_sources_and_studies_do_not_hold_each_other_up(opened: Callable[[], Store], study: Study, pages: int) -> None:
    stores = [opened() for _ in range(3)]
    stores[2].put_study(study.model_copy(update={"id": "parking"}))

    def other_study() -> int:
        run = stores[2].begin_run("parking", "collect", {}, "")
        return sum(
            stores[2].add_page("parking", "forum", page, run_id=run).comments for page in overlapping(0, pages, 8)
        )

    at_once(
        lambda: collect(stores[0], overlapping(0, pages, 8)),
        lambda: collect(stores[1], overlapping(1, pages, 8), "app"),
        other_study,
    )
    total = pages * 8 + 4
    assert stores[0].source_counts(STUDY)[0]["comments"] == total
    assert len(stores[0].comments("parking", columns=["key"])) == total
    assert len(stores[0].comments(STUDY, columns=["key"])) == 2 * total


# Collecting while all the rest goes on


@pytest.mark.parametrize("rounds", [3, pytest.param(25, marks=pytest.mark.slow)])
def test_everything_at_once(opened: Callable[[], Store], study: Study, rounds: int) -> None:
    collecting, again, coding, labelling, looking, beginning = (opened() for _ in range(6))
    first = collecting.comments(STUDY, columns=["key"])["key"].tolist()

    def code() -> int:
        done = 0
        for _ in range(rounds):
            run = begun(coding)
            for stretch in coding.uncoded(STUDY, *TARGET, chunk=10):
                keys = stretch["key"].to_numpy()
                scores = [[1, 0, 0, 0]] * len(keys)
                done += coding.add_annotations(STUDY, *TARGET, run, keys, [0] * len(keys), scores)
        return done

    def label() -> int:
        run = begun(labelling)
        said = Judgement(first[0], stance="concern", codes=(0, 1, 0))
        return sum(labelling.labels.put(STUDY, "t", "1", f"{PERSON}ann", run, [said]) for _ in range(rounds))

    def look() -> list[int]:
        return [(len(looking.comments(STUDY)), looking.changes(STUDY))[1] for _ in range(rounds)]

    def begin() -> None:
        for _ in range(rounds):
            beginning.put_study(study)
            beginning.end_run(begun(beginning), "ok", {}, [])

    pages = overlapping(0, rounds, 6)
    _, _, _, labels, seen, _ = at_once(
        lambda: collect(collecting, pages), lambda: collect(again, pages[::-1]), code, label, look, begin
    )
    code()
    total = rounds * 6 + 3
    check_whole(looking, range(total))
    read = "FROM annotation JOIN coding ON coding.key = annotation.coding WHERE annotator_kind = 'classifier'"
    assert in_order(looking, f"SELECT count(*), count(DISTINCT comment) {read}") == [(total, total)]
    assert labels == rounds
    assert looking.count_uncoded(STUDY, *TARGET) == 0
    assert looking.labels.history(STUDY, "t", "1")["revision"].tolist() == list(range(rounds))
    assert seen == sorted(seen)
    assert len(looking.study(STUDY).events if looking.study(STUDY) else ()) == len(study.events)


@pytest.mark.slow
def test_two_pages_of_one_person_number_their_revisions_on(opened: Callable[[], Store]) -> None:
    one, other = opened(), opened()
    key = int(one.comments(STUDY, columns=["key"])["key"].iloc[0])

    def say(store: Store) -> None:
        run = begun(store)
        for _ in range(4):
            store.labels.put(STUDY, "t", "1", f"{PERSON}ann", run, [Judgement(key, stance="neutral")])

    at_once(lambda: say(one), lambda: say(other))
    assert one.labels.history(STUDY, "t", "1")["revision"].tolist() == list(range(8))


def test_what_is_being_forgotten_does_not_come_back_with_a_page_that_was_on_its_way(
    opened: Callable[[], Store],
) -> None:
    """The page had asked who is to be kept out before the mark was there, and is stored after it."""
    collecting, forgetting = opened(), opened()
    work = forgetting.forgetting(STUDY)
    row: Any = {"ext_id": "0", "text": "0"}
    found = work.find([public_id(STUDY, "forum", "0")], [])
    asked, gone = threading.Event(), threading.Event()

    def hold(_connection: Any, _cursor: Any, said: str, *_: Any) -> None:
        if said.startswith("INSERT INTO comment") and not asked.is_set():
            asked.set()
            gone.wait(0.3)

    def mark() -> None:
        asked.wait(10)
        work.mark(found, [])
        work.take_out(work.find([public_id(STUDY, "forum", "0")], []), [])
        gone.set()

    event.listen(collecting._engine, "before_cursor_execute", hold)
    at_once(lambda: collect(collecting, [Page(comments=[row, {"ext_id": "1", "text": "1"}])]), mark)
    collect(collecting, [Page(comments=[row])])
    assert collecting.comments(STUDY, columns=["ext_id"])["ext_id"].tolist() == ["1"]


def test_one_of_two_machines_has_the_window(opened: Callable[[], Store]) -> None:
    stores = [opened() for _ in range(4)]

    def claim(at: int) -> bool:
        return stores[at].windows.claim(STUDY, "run", "2026-11-26", Worker(f"place {at}", "host")).taken

    assert sum(at_once(*(lambda at=at: claim(at) for at in range(4)))) == 1


# Bringing a database up to date


@pytest.mark.slow
def test_a_new_database_is_made_once(empty_url: str, tmp_path: Path) -> None:
    def make() -> str:
        with Store.open(empty_url, tmp_path) as store:
            return str(in_order(store, "SELECT version_num FROM alembic_version"))

    assert at_once(make, make, make) == [f"[('{HEAD}',)]"] * 3


@pytest.mark.slow
@pytest.mark.postgres
def test_a_change_of_shape_that_takes_long_elsewhere_is_told(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.create("taken")
    monkeypatch.setattr("storage.retrying.LONGEST_S", 0.1)
    monkeypatch.setattr("storage.retrying.FIRST_S", 0.01)
    holder = connect(parse_url(url))
    with writing(holder) as connection:
        migrations._wait_for_others(connection)
        with pytest.raises(DatabaseBusy, match="up to date"):
            Store.open(url, tmp_path)
    holder.dispose()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.slow
@pytest.mark.parametrize("at", [3, 20, 60])
def test_killed_while_it_is_made_a_database_is_as_before(empty_url: str, tmp_path: Path, at: int) -> None:
    child = os.fork()
    if child == 0:
        killed_at(empty_url, at)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL

    engine = connect(parse_url(empty_url))
    with reading(engine) as connection:
        assert migrations._revision(connection) is None
    engine.dispose()
    with Store.open(empty_url, tmp_path) as store:
        assert in_order(store, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def killed_at(url: str, at: int) -> None:
    """Make the database, and be killed at the n-th statement that changes it."""
    left = [at]

    def count(_connection: Any, _cursor: Any, said: str, *_: Any) -> None:
        left[0] -= said.lstrip().startswith(("CREATE", "INSERT", "ALTER", "UPDATE"))
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        engine = connect(parse_url(url))
        event.listen(engine, "after_cursor_execute", count)
        migrations.migrate(engine)
    finally:
        os._exit(0)


# Being told to stop

WAITS = """
import sys
from minyi.stopping import stoppable
from storage.database import connect, parse_url, writing
from sqlalchemy import text
with stoppable() as stop:
    try:
        with writing(connect(parse_url(sys.argv[1]))) as connection:
            connection.execute(text("SELECT 1 FROM study FOR UPDATE"))
    except KeyboardInterrupt:
        sys.exit(stop.code)
"""


@pytest.mark.slow
@pytest.mark.postgres
def test_a_statement_that_waits_on_the_server_is_cancelled(
    cluster: Any, reused: Any, tmp_path: Path, study: Study
) -> None:
    url = reused()
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = 'reused' AND wait_event_type = 'Lock'")
    with Store.open(url, tmp_path) as store:
        store.put_study(study)
        with writing(store._engine) as connection:
            connection.execute(text("SELECT 1 FROM study FOR UPDATE"))
            child = subprocess.Popen([sys.executable, "-c", WAITS, url])
            while not connection.execute(waiting).scalar():
                time.sleep(0.05)
                connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            began = time.monotonic()
            child.terminate()
            assert child.wait(10) == 143
            assert time.monotonic() - began < 5
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            assert connection.execute(waiting).scalar() == 0
