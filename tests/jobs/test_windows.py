"""A job runs once in every window, whatever the clock does, and says which windows it missed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minyi.jobs.windows import Missed, missed, window_at
from storage.database import connect, parse_url
from storage.job_windows import LEASE_MS, JobWindows, Worker
from storage.nouns import Change, Study, Wording
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from minyi.jobs.windows import Every

BERLIN, SAO_PAULO, SHANGHAI = map(ZoneInfo, ("Europe/Berlin", "America/Sao_Paulo", "Asia/Shanghai"))
HERE, THERE = Worker("lock-1", "here"), Worker("lock-2", "there")
SERVER = "windows"
_databases, _made = count(), dict[str, str]()
NOON = int(datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp() * 1000)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def walked(start: str, hours: int, zone: ZoneInfo, every: Every) -> list[str]:
    """The windows met by a job that comes every quarter of an hour."""
    moments = (utc(start) + timedelta(minutes=15 * quarter) for quarter in range(4 * hours))
    return list(dict.fromkeys(window_at(moment, zone, every) for moment in moments))


@pytest.mark.parametrize(
    ("moment", "zone", "every", "window"),
    [
        ("2026-11-26T15:59", SHANGHAI, "day", "2026-11-26"),
        ("2026-11-26T16:00", SHANGHAI, "day", "2026-11-27"),
        ("2026-11-26T15:59", SHANGHAI, "hour", "2026-11-26T23+08:00"),
        ("2026-11-26T12:00", SHANGHAI, "week", "2026-W48"),
        ("2027-01-02T12:00", SHANGHAI, "week", "2026-W53"),  # a week belongs to the year of its Thursday
        ("2026-10-25T00:30", BERLIN, "hour", "2026-10-25T02+02:00"),
        ("2026-10-25T01:30", BERLIN, "hour", "2026-10-25T02+01:00"),
        ("2026-11-26T00:10", ZoneInfo("Asia/Kathmandu"), "hour", "2026-11-26T05+05:45"),
    ],
)
def test_a_window_is_named_by_the_studys_own_clock(moment: str, zone: ZoneInfo, every: Every, window: str) -> None:
    assert window_at(utc(moment), zone, every) == window


def test_the_night_when_clocks_go_back_has_25_hours_and_one_day() -> None:
    hours = walked("2026-10-24T22:00", 25, BERLIN, "hour")

    assert len(hours) == 25
    assert hours[2:4] == ["2026-10-25T02+02:00", "2026-10-25T02+01:00"]
    assert walked("2026-10-24T22:00", 25, BERLIN, "day") == ["2026-10-25"]


def test_the_night_when_clocks_go_forward_has_23_hours_and_one_day() -> None:
    hours = walked("2026-03-28T23:00", 23, BERLIN, "hour")

    assert len(hours) == 23
    assert [hour[11:13] for hour in hours[:3]] == ["00", "01", "03"]
    assert walked("2026-03-28T23:00", 23, BERLIN, "day") == ["2026-03-29"]


def test_a_day_that_begins_at_one_o_clock_is_a_day() -> None:
    """In São Paulo midnight itself was left out on 4 November 2018, and 17 February 2018 ended twice."""
    assert walked("2018-11-04T03:00", 23, SAO_PAULO, "day") == ["2018-11-04"]
    assert walked("2018-02-17T02:00", 25, SAO_PAULO, "day") == ["2018-02-17"]
    assert len(walked("2018-02-17T02:00", 25, SAO_PAULO, "hour")) == 25


@pytest.mark.parametrize(
    ("after", "before", "zone", "every", "found"),
    [
        ("2026-11-26T06:30", "2026-11-26T20:00", BERLIN, "day", None),
        ("2026-11-26T06:30", "2026-11-27T06:30", BERLIN, "day", None),
        ("2026-11-26T06:30", "2026-11-30T06:30", BERLIN, "day", Missed("2026-11-27", "2026-11-29", 3)),
        ("2026-11-26T06:30", "2026-12-16T06:30", BERLIN, "week", Missed("2026-W49", "2026-W50", 2)),
        ("2026-10-24T23:30", "2026-10-25T02:30", BERLIN, "hour",
         Missed("2026-10-25T02+02:00", "2026-10-25T02+01:00", 2)),
        ("2026-03-28T23:30", "2026-03-29T02:30", BERLIN, "hour",
         Missed("2026-03-29T01+01:00", "2026-03-29T03+02:00", 2)),
        ("2026-11-27T06:30", "2026-11-26T06:30", BERLIN, "day", None),  # the clock went back
        ("2011-12-29T12:00", "2012-01-01T12:00", ZoneInfo("Pacific/Apia"), "day",
         Missed("2011-12-31", "2012-01-01", 2)),  # 30 December was left out there
    ],
)  # fmt: skip
def test_missed_windows_lie_between_the_last_done_one_and_the_present_one(
    after: str, before: str, zone: ZoneInfo, every: Every, found: Missed | None
) -> None:
    assert missed(utc(after), utc(before), zone, every) == found


@given(
    after=st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  made UTC below
    hours=st.integers(0, 400),
    zone=st.sampled_from([BERLIN, SAO_PAULO, SHANGHAI, ZoneInfo("Australia/Lord_Howe")]),
    every=st.sampled_from(["hour", "day", "week"]),
)
@settings(max_examples=30, deadline=None)
def test_what_is_missed_is_what_a_job_that_never_sleeps_would_have_met(
    after: datetime, hours: int, zone: ZoneInfo, every: Every
) -> None:
    start = after.replace(tzinfo=UTC)
    before = start + timedelta(hours=hours)
    met = walked(f"{after:%Y-%m-%dT%H:%M}", hours, zone, every) if hours else []
    ends = {window_at(start, zone, every), window_at(before, zone, every)}
    expected = [window for window in met if window not in ends]

    found = missed(start, before, zone, every)
    assert (found.count if found else 0) == len(expected)
    assert found is None or (found.first, found.last) == (expected[0], expected[-1])


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/minyi.db"
    cluster = request.getfixturevalue("cluster")
    if SERVER not in _made:  # one for all: its tables take longer to make than a test
        _made[SERVER] = str(cluster.create(SERVER))
    else:
        cluster.say("DELETE FROM job_window", SERVER)
    return _made[SERVER]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], JobWindows]]:
    """Opens the windows of a database with a study in it, as one machine would."""
    engines = []

    def open_windows(url: str) -> JobWindows:
        change = Change(name=Wording(zh="收费"), statement=Wording(zh="收手续费"))
        with Store.open(url, tmp_path / "data") as store:
            store.put_study(Study(id="fees", change=change))
        engines.append(connect(parse_url(url)))
        return JobWindows(engines[-1])

    yield open_windows
    for engine in engines:
        engine.dispose()


@pytest.fixture
def windows(url: str, opened: Callable[[str], JobWindows]) -> JobWindows:
    return opened(url)


def claim(windows: JobWindows, worker: Worker = HERE, *, at: int = NOON, window: str = "2026-11-26", **how: Any) -> Any:
    return windows.claim("fees", "run", window, worker, at=at, **how)


def test_a_window_that_is_done_is_not_taken_again_unless_asked(windows: JobWindows) -> None:
    first = claim(windows)
    assert (first.taken, first.window.state, first.window.tries) == (True, "running", 1)
    assert windows.end(first.window, "done", 3, ["7", "8"], at=NOON + 5)

    second = claim(windows)
    assert (second.taken, second.window.exit, second.window.runs) == (False, 3, ("7", "8"))
    third = claim(windows, again=True)
    assert (third.taken, third.window.key, third.window.tries) == (True, first.window.key, 2)
    assert (third.window.ended_at, third.window.exit, third.window.runs) == (None, None, ())


def test_a_window_that_failed_is_taken_again(windows: JobWindows) -> None:
    windows.end(claim(windows).window, "failed", 1, [], at=NOON + 5)

    assert claim(windows, THERE).taken


def test_a_killed_jobs_window_is_free_for_who_holds_its_lock(windows: JobWindows) -> None:
    claim(windows)

    assert not claim(windows, THERE, at=NOON + 1).taken
    assert claim(windows, HERE, at=NOON + 2).window.tries == 2


@pytest.mark.parametrize("away", [LEASE_MS, -LEASE_MS])
def test_another_machines_claim_holds_for_a_day_and_one_of_a_wrong_clock_no_longer(
    windows: JobWindows, away: int
) -> None:
    claim(windows)

    nearly = away - (1 if away > 0 else -1)
    assert not claim(windows, THERE, at=NOON + nearly).taken
    assert claim(windows, THERE, at=NOON + away).taken


def test_who_was_taken_over_cannot_say_how_it_ended(windows: JobWindows) -> None:
    lost = claim(windows).window
    claim(windows, THERE, at=NOON + LEASE_MS)

    assert not windows.end(lost, "done", 0, [])
    assert claim(windows, THERE, at=NOON + LEASE_MS).window.state == "running"


def test_what_was_done_under_a_clock_that_was_ahead_is_not_yet_the_last(windows: JobWindows) -> None:
    for at, window in ((NOON, "2026-11-26"), (NOON + 400 * LEASE_MS, "2027-12-31")):
        windows.end(claim(windows, at=at, window=window).window, "done", 0, [])

    last = windows.last_done("fees", "run", NOON + LEASE_MS)
    assert last is not None
    assert last.window == "2026-11-26"
    assert windows.last_done("fees", "run", NOON) is None
    assert [it.window for it in windows.latest("fees", "run", 2)] == ["2027-12-31", "2026-11-26"]


def test_of_many_machines_on_one_database_exactly_one_runs(url: str, opened: Callable[[str], JobWindows]) -> None:
    machines = [opened(url) for _ in range(6)]
    at_once, taken = threading.Barrier(len(machines)), []

    def work(n: int, windows: JobWindows) -> None:
        for day in range(1, 6):
            at_once.wait()
            made = claim(windows, Worker(f"lock-{n}", f"machine {n}"), window=f"2026-11-{day:02}")
            if made.taken:
                taken.append(made.window.window)

    threads = [threading.Thread(target=work, args=each) for each in enumerate(machines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"2026-11-{day:02}" for day in range(1, 6)]


JUMPS = st.sampled_from([0, 1, 7, 23, 24, 25, 48, 24 * 40, -1, -24, -24 * 40])
OUTCOMES = st.sampled_from(["done", "failed", "killed"])


@given(steps=st.lists(st.tuples(JUMPS, OUTCOMES, st.booleans()), max_size=14))
@settings(max_examples=25, deadline=None)
def test_whatever_the_clock_and_the_jobs_do_a_window_is_done_once_and_never_blocked(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, steps: list[tuple[int, str, bool]]
) -> None:
    file = tmp_path_factory.getbasetemp() / f"clock-{next(_databases)}.db"
    file.write_bytes(sqlite_template.read_bytes())
    engine = connect(parse_url(f"sqlite:///{file}"))
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO study (id, body, updated_at) VALUES ('fees', '{}', 0)")
    windows, moment, done = JobWindows(engine), utc("2026-10-20T05:30"), list[str]()
    for hours, outcome, elsewhere in steps:
        moment += timedelta(hours=hours)
        at, window = int(moment.timestamp() * 1000), window_at(moment, BERLIN, "day")
        before = windows.latest("fees", "run", 99)
        made = claim(windows, THERE if elsewhere else HERE, at=at, window=window)
        if window in done:
            assert not made.taken
        elif not any(it.window == window and it.state == "running" for it in before):
            assert made.taken, "nothing stands in the way of a window that nobody works in"
        if made.taken and outcome != "killed":
            windows.end(made.window, "done" if outcome == "done" else "failed", 0, [], at=at)
            done += [window] if outcome == "done" else []
    engine.dispose()
    file.unlink()
    assert len(done) == len(set(done))
