"""A full disk, for real: the kernel refuses what goes beyond a limit, or the file system has no room left.

Whatever a command was doing: it ends with 1 or 3 and says which file and what to do, nothing that was stored is lost,
the report that was there is there, and the same command ends well once there is room.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import traceback
from contextlib import closing
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from minyi import cli, reporting
from minyi.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

resource = pytest.importorskip("resource", reason="needs POSIX limits")

COMMANDS: dict[str, list[str]] = {
    "run": ["run", "{study}", "--again"],
    "collect": ["collect", "{study}"],
    "import": ["import", "{study}/more.csv", "--study", "{study}"],
    "analyse": ["analyse", "{study}"],
    "report": ["report", "{study}", "--format", "html", "--format", "xlsx"],
    "labels": ["labels", "import", "{study}", "{study}/labels.csv", "--as", "Ann"],
    "backup": ["backup", "{study}"],
    "forget": ["forget", "{study}", "--author-name", "a3", "--source", "c"],
    "reparse": ["reparse", "{study}"],
}
ENDS_WELL = {"forget": {0, 3}}
"""It goes on naming the files of other people that hold the words."""
MORE = "text,time,author\n再说一遍：手续费太高,2026-03-09 10:00,b\n"
NEW = "又来一条：支持收费,2026-03-20 10:00,zz\n"


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    """Sets how large a file may become for this process; the kernel refuses the rest (EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def stored(study: Path) -> dict[str, set[tuple[object, ...]]]:
    """What must never become less; the database is sound."""
    with closing(sqlite3.connect(study / "data" / "minyi.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {
            "comment": set(database.execute("SELECT ext_id, text FROM comment")),
            "annotation": set(database.execute('SELECT comment, "primary" FROM annotation')),
            "run": set(database.execute("SELECT key, command FROM run")),
        }


def reports(study: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (study / "reports").iterdir() if path.is_file()}


@pytest.mark.parametrize("where", ["data/minyi.db", "reports"])
def test_a_report_that_finds_no_room_leaves_the_old_one(
    worked: Path, minyi: Callable, limited: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before, held = reports(worked), stored(worked)
    (worked / "study.toml").write_text((worked / "study.toml").read_text("utf-8").replace("提现收费", "提现要钱"))
    write = reporting.write_report

    def without_room(*given: Any) -> Any:
        limited(45_000)
        try:
            return write(*given)
        finally:
            limited(resource.RLIM_INFINITY)

    if where == "reports":
        monkeypatch.setattr(reporting, "write_report", without_room)
    else:
        limited(45_000)
    code, _, err = minyi("report", worked)

    assert code == 1
    assert str(worked / where) in err
    assert "what to do: " in err
    assert "room" in err or "space" in err
    assert reports(worked) == before
    assert held["comment"] <= stored(worked)["comment"]


def test_a_run_without_any_room_says_so_and_the_next_one_does_its_work(
    worked: Path, minyi: Callable, limited: Callable[[int], None]
) -> None:
    before, held = reports(worked), stored(worked)
    limited(0)
    code, _, err = minyi("run", worked, "--again")
    assert code == 1
    assert "minyi.db" in err
    assert "what to do: " in err

    limited(resource.RLIM_INFINITY)
    assert (reports(worked), stored(worked)) == (before, held)
    assert minyi("status", worked)[0] == 0


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    "command",
    [pytest.param(command, marks=[pytest.mark.thorough] if at % 3 else []) for at, command in enumerate(COMMANDS)],
)
def test_refused_at_any_moment_nothing_is_lost(worked: Path, tmp_path: Path, command: str) -> None:
    prepare(worked)
    chance = random.Random(command)
    largest = 2 * (worked / "data" / "minyi.db").stat().st_size
    refused = 0
    for n, limit in enumerate([0, *(chance.randrange(most) for most in (5_000, 60_000, largest, largest))]):
        study = shutil.copytree(worked, tmp_path / f"{n}")
        refused += survived(study, command, lambda size=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
        shutil.rmtree(study)
    assert refused >= 1, "no write was refused"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a file system in memory with so many KiB."""
    mounted: list[Path] = []

    def mount(kib: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "minyi-test", str(place)]
        if os.name == "nt" or os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("needs the right to mount")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "import", "report", "backup", "forget"])
def test_a_disk_that_is_full_loses_nothing(worked: Path, small_disk: Callable[[int], Path], command: str) -> None:
    prepare(worked)
    size = sum(path.stat().st_size for path in worked.rglob("*") if path.is_file()) // 1024
    disk = small_disk(size + 12_000)
    chance, refused = random.Random(command), 0
    for left in [0, *(chance.randrange(most) for most in (80, 400, 1_000))]:
        study = shutil.copytree(worked, disk / "study")
        filler = disk / "filler"
        refused += survived(study, command, lambda: fill(filler, left), filler.unlink)  # noqa: B023  called at once
        shutil.rmtree(study)
    assert refused >= 1, "the disk was never full"


def fill(filler: Path, left_kib: int) -> None:
    """Take all room but a little."""
    free = shutil.disk_usage(filler.parent).free
    with contextlib.suppress(OSError), filler.open("wb") as file:
        for _ in range(max(0, free // 4096 - left_kib // 4)):
            file.write(bytes(4096))
            file.flush()


def prepare(study: Path) -> None:
    """Something new for every command."""
    (study / "more.csv").write_text(MORE, encoding="utf-8")
    with open_workspace(study) as workspace:
        ids = list(workspace.store.comments("fees", columns=["id"])["id"])
    labels = "".join(f"{each},concern\n" for each in ids)
    (study / "labels.csv").write_text(f"id,primary\n{labels}", encoding="utf-8")
    with (study / "comments.csv").open("a", encoding="utf-8") as file:
        file.write(NEW)


def survived(study: Path, command: str, narrow: Callable[[], None], widen: Callable[[], object] = lambda: None) -> bool:
    """Run the command without room and with it; whether something was refused."""
    before, held = reports(study), stored(study)
    words = [word.format(study=study) for word in COMMANDS[command]]
    code, said = forked(words, narrow)
    widen()
    assert code in {0, 1, 3}, (command, code, said)
    assert "Traceback" not in said, said
    if code == 1:
        assert "what to do: " in said, said
        assert str(study) in said, said
    now = stored(study)
    if command != "forget":
        assert all(rows <= now[name] for name, rows in held.items())
        there = reports(study)
        changed = {name for name, content in before.items() if there.get(name) != content}
        assert changed in (set(), set(before)), "the report is the old one or the new one, as a whole"
        assert before.keys() <= there.keys()
    again, said_then = forked(words, lambda: None)
    assert again in ENDS_WELL.get(command, {0}), (command, again, said, said_then)
    stored(study)
    return code != 0


def forked(words: list[str], first: Callable[[], None]) -> tuple[int, str]:
    """A command in a process of its own, which has its libraries already: its exit code, and what it said."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _work(words, first, writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8", errors="replace") as said:
        told = said.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told


def _work(words: list[str], first: Callable[[], None], writer: int) -> NoReturn:
    code = 99
    try:
        sys.stdout = sys.stderr = os.fdopen(writer, "w", encoding="utf-8", closefd=False)
        sys.argv = ["minyi", *words]
        first()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:  # noqa: BLE001  whatever comes is what the test is about
            traceback.print_exc()
        sys.stdout.flush()
    finally:
        os._exit(code)
