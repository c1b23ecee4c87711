"""SIGTERM ends every command within five seconds, wherever it is, and what it was doing can be done again."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from minyi.stopping import GRACE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    Started = Callable[..., subprocess.Popen[str]]

LIMIT_S = 5.0
"""What is promised, on a machine that has time for it: see `within` of the tests' conftest."""
ENDED = {143, -signal.SIGTERM}
"""In the first moments, before any code of minyi's is there, the system ends the process itself: a shell says 143."""
GOLDEN = Path(__file__).parent.parent / "fixtures" / "golden"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

IN_A_STATEMENT = f"""
import sqlite3, sys
from minyi import stopping

stopping.GRACE_S = 0.2
with stopping.stoppable():
    print("at work", flush=True)
    sqlite3.connect(":memory:").execute("{ENDLESS}").fetchall()
"""


@pytest.fixture
def ended_in(within: Callable) -> Callable[..., float]:
    """Tells it to end; the seconds that it took."""

    def end(process: subprocess.Popen[str], ends: set[int] = ENDED) -> float:
        with within(LIMIT_S, time.monotonic):
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
            took = time.monotonic() - began
        assert process.returncode in ends, err
        assert "Traceback" not in err
        return took

    return end


def heard(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"never said {words!r}: {process.communicate()[1]}")


def test_a_statement_of_the_database_that_does_not_end_is_left(started: Started) -> None:
    """Python hears a signal when the call it came to returns, and this one never does."""
    process = started("-c", IN_A_STATEMENT)
    heard(process, "at work")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (143, "error: Stopped while waiting; what was stored is kept.\n")


IN_A_DESTRUCTOR = """
import os, signal, sys, time
from minyi.stopping import stoppable

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)

with stoppable() as stop:
    try:
        Dying()
        time.sleep(60)
    except KeyboardInterrupt:
        sys.exit(stop.code)
"""


def test_a_signal_that_comes_while_an_object_is_collected_is_not_lost(started: Started) -> None:
    """Python prints what is raised there and goes on as if nothing had been."""
    _, err = (process := started("-c", IN_A_DESTRUCTOR)).communicate(timeout=60)

    assert (process.returncode, err) == (143, "")


AT_ANY_MOMENT = """
import os, random, signal, sys, time
from minyi import stopping
from minyi.cli import main

sys.argv, chance = ["minyi", "--version"], random.Random(1)

def ended_after(seconds):
    child = os.fork()
    if child == 0:
        try:
            main()
        except SystemExit as end:
            os._exit(end.code or 0)
        except BaseException:
            os._exit(70)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGTERM)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def took():
    began, child = time.monotonic(), os.fork()
    if child == 0:
        main()
    os.waitpid(child, 0)
    return time.monotonic() - began

whole = min(took() for _ in range(5))
print([ended_after(chance.uniform(0, 1.3 * whole)) for _ in range(200)], file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_no_moment_of_a_quick_command_is_one_in_which_nobody_listens(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(AT_ANY_MOMENT, "utf-8")
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True, timeout=300)

    assert set(json.loads(ended.stderr.splitlines()[-1])) <= ENDED | {0}


MIGRATING = f"""
import sys
from storage import migrations
from minyi.cli import main

upgrade = migrations._upgrade

def slowly(connection, **how):
    upgrade(connection, **how)
    print("at work", flush=True)
    connection.exec_driver_sql("{ENDLESS}").fetchall()

migrations._upgrade = slowly
sys.argv = ["minyi", "status", sys.argv[1]]
main()
"""


@pytest.mark.slow
def test_an_upgrade_of_the_database_is_undone_and_done_by_the_next_command(
    study: Path, started: Started, ended_in: Callable, minyi: Callable
) -> None:
    (study / "data").mkdir()
    file = study / "data" / "minyi.db"
    file.write_bytes(gzip.decompress((GOLDEN / "0003.db.gz").read_bytes()))
    process = started("-c", MIGRATING, study)
    heard(process, "at work")

    ended_in(process)
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0003",)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert minyi("status", study)[0] == 0


@pytest.mark.slow
def test_waiting_for_another_process_that_holds_the_database_ends(
    study: Path, started: Started, ended_in: Callable, minyi: Callable
) -> None:
    minyi("status", study)
    with closing(sqlite3.connect(study / "data" / "minyi.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        process = started("collect", study)
        assert process.stderr is not None
        assert "waiting for another process" in process.stderr.readline()

        ended_in(process)


@pytest.mark.slow
def test_telling_people_ends_although_nobody_answers(
    study: Path, started: Started, ended_in: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("apprise", reason="the extra `notify` is not installed")
    (study / "comments.csv").unlink()
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[notify]\nvariables = ["MINYI_NOTIFY_A"]\n')
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        monkeypatch.setenv("MINYI_NOTIFY_A", f"json://127.0.0.1:{server.getsockname()[1]}/")
        process = started("run", study)
        asked, _ = server.accept()
        with asked:
            ended_in(process)
    assert '"sending"' in (study / "data" / "notices.json").read_text("utf-8")


@pytest.mark.slow
def test_a_scheduler_that_waits_ends(study: Path, started: Started, ended_in: Callable) -> None:
    pytest.importorskip("apscheduler", reason="the extra `schedule` is not installed")
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[schedule]\nevery = "week"\nat = "00:00"\n')
    far = time.gmtime(time.time() + 3 * 86_400)
    text = (study / "study.toml").read_text("utf-8")
    weekday = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[far.tm_wday]
    (study / "study.toml").write_text(f'{text}weekday = "{weekday}"\n', encoding="utf-8")
    process = started("schedule", study)
    heard(process, "next run")

    ended_in(process)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("run", "--again"),
        pytest.param(("report", "--format", "pdf"), marks=pytest.mark.thorough),
        ("label", "--as", "Ann"),
    ],
)
def test_at_whatever_moment_it_comes(
    study: Path,
    started: Started,
    ended_in: Callable,
    minyi: Callable,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Eight moments of each, from the first import to the last file; the largest is printed."""
    assert minyi("run", study)[0] == 0
    assert minyi("sample", study, "--size", "3")[0] == 0
    command, *options = words
    chance, took = random.Random(command), list[float]()
    before = time.monotonic()
    if command != "label":  # which would not end by itself
        started(command, study, *options).communicate()
    whole = time.monotonic() - before if command != "label" else 3.0
    for n in range(8):
        process = started(command, study, *options)
        threading.Event().wait((n + chance.random()) / 8 * whole)
        if process.poll() is not None:
            process.communicate()  # closes its pipes
            continue
        took.append(ended_in(process, ENDED | {0}))  # a page that is no longer served, or all was done that moment
    with capsys.disabled():
        sys.stdout.write(f"\n{command}: ended at {len(took)} moments, the longest took {max(took):.2f} s\n")
    assert took
    assert minyi("run", study, "--again")[0] == 0


def test_what_is_waited_for_at_the_end_is_less_than_what_is_promised() -> None:
    assert GRACE_S < LIMIT_S
