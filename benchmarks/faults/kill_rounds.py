"""One kill after the other: a copy of the study, a process that dies, the same step again, and the undisturbed twin."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import kill_checks
from kill_points import watched
from kill_steps import SENT, STEPS, begin
from kill_upgrades import VERSIONS, lay_down, load, upgrade

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from kill_checks import Content
    from kill_server import Server
    from kill_steps import Step

TOLD_AT_MOST = 2
"""A message that was being sent may have gone: it is sent once more, and says so."""
LONG = 15
"""Characters of a text that nobody else has by chance."""
_VARIABLE = "MINYI_DATABASE_URL"


@dataclass
class Study:
    """The study on one database.

    Attributes:
        root: folder of all its copies.
        port: of the forum.
        posts: the file that says how many posts the forum's topics have.
        server: PostgreSQL; None for SQLite.
    """

    root: Path
    port: int
    posts: Path
    server: Server | None = None


@dataclass
class Found:
    """What one kill did.

    Attributes:
        at: the number of the point.
        point: what the process was about to do.
        wrong: by promise, what does not hold.
    """

    at: int
    point: str
    wrong: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Copy:
    """The study as it was at some moment: its folder, and its database on the server."""

    folder: Path
    database: str = ""


@dataclass(frozen=True)
class Twin:
    """What an undisturbed process left."""

    code: int
    content: Content
    numbers: dict[str, Any]
    captures: set[str]
    gone: list[str]
    told: Counter[str]


def all_killed(study: Study, names: Sequence[str] | None, points: int) -> Iterator[tuple[str, Found]]:
    """Goes through all steps undisturbed, and kills each at its share of the points."""
    steps = [step for step in STEPS if step.server or study.server is None]
    upgrades = {version: upgrade(version) for version in VERSIONS}
    wanted = [step.name for step in (*steps, *upgrades.values()) if not names or step.name in names]
    share = points // max(len(wanted), 1)
    for version, step in upgrades.items():
        if step.name in wanted:
            yield from _each_killed(study, step, _earlier(study, version), share)
    yield from _through(study, steps, wanted, share)


def _earlier(study: Study, version: str) -> Copy:
    """A database of that version."""
    here = Copy(study.root / version / "study", study.server.copy() if study.server else "")
    lay_down(here.folder, version)
    if study.server:
        load(_url(study, here), here.folder, version)
    return here


def _through(study: Study, steps: Sequence[Step], wanted: Sequence[str], share: int) -> Iterator[tuple[str, Found]]:
    """A study from its beginning to the last of the wanted steps."""
    last = max((at for at, step in enumerate(steps) if step.name in wanted), default=-1)
    here = Copy(study.root / "new" / "study", study.server.copy() if study.server else "")
    begin(here.folder, study.port)
    for step in steps[: last + 1]:
        study.posts.write_text(str(step.posts))
        with _database(study, here):
            step.prepare(here.folder)
        after = _copied(study, here, f"after {step.name}")
        yield from _each_killed(study, step, here, share if step.name in wanted else 0, after)
        here = after


def _each_killed(
    study: Study, step: Step, here: Copy, share: int, after: Copy | None = None
) -> Iterator[tuple[str, Found]]:
    """Does the step undisturbed in a copy, and then kills it at so many points."""
    after = after or _copied(study, here, f"after {step.name}")
    passed, twin = _undisturbed(study, step, here, after)
    if share:
        twins = [twin, *([_twice(study, step, after)] if step.twice else [])]
        for number in evenly(len(passed), share):
            yield step.name, _killed(study, step, here, twins, Found(number, passed[number]))


def evenly(n: int, some: int) -> list[int]:
    """So many of n numbers, evenly spread, the first and the last among them."""
    if some >= n:
        return list(range(n))
    return sorted({round(at * (n - 1) / max(some - 1, 1)) for at in range(some)})


def _copied(study: Study, of: Copy, name: str) -> Copy:
    folder = study.root / name / "study"
    shutil.copytree(of.folder, folder)
    return Copy(folder, study.server.copy(of.database) if study.server else "")


def _let_go(study: Study, copy: Copy) -> None:
    shutil.rmtree(copy.folder.parent)
    if study.server:
        study.server.drop(copy.database)


def _url(study: Study, copy: Copy) -> str:
    return study.server.url(copy.database) if study.server else f"sqlite:///{copy.folder}/data/minyi.db"


@contextmanager
def _database(study: Study, copy: Copy) -> Iterator[None]:
    """While the block runs, the study's database is that of this copy."""
    if study.server:
        os.environ[_VARIABLE] = _url(study, copy)
    try:
        yield
    finally:
        os.environ.pop(_VARIABLE, None)


def _undisturbed(study: Study, step: Step, before: Copy, after: Copy) -> tuple[list[str], Twin]:
    """The step in this process, which knows the way then; a child that is killed need not learn it."""
    codes: list[int | None] = []
    with _database(study, after), _silenced():
        passed = watched(after.folder, lambda: codes.append(step.do(after.folder)))
    content = kill_checks.content_of(_url(study, after))
    gone = _gone(kill_checks.content_of(_url(study, before)), content) if step.name == "forget" else []
    numbers, captures = kill_checks.numbers_of(after.folder), kill_checks.captures_in(after.folder)
    return passed, Twin(codes[0] or 0, content, numbers, captures, gone, kill_checks.sent(after.folder / SENT))


def _twice(study: Study, step: Step, after: Copy) -> Twin:
    """What it leaves where it was done before: a process may die when all is done."""
    here = _copied(study, after, "twice")
    try:
        return _undisturbed(study, replace(step, do=step.twice or step.do), after, here)[1]
    finally:
        _let_go(study, here)


def _gone(before: Content, after: Content) -> list[str]:
    """Texts that were there before and that nobody says any more."""

    def texts(content: Content) -> set[str]:
        return {str(one) for row in content["comment"] for one in json.loads(row) if isinstance(one, str)}

    left = texts(after)
    return [one for one in texts(before) - left if len(one) > LONG and not any(one in other for other in left)]


def _killed(study: Study, step: Step, before: Copy, twins: list[Twin], found: Found) -> Found:
    here = _copied(study, before, f"kill-{found.at}")
    try:
        with _database(study, here):
            died = _in_child(lambda: watched(here.folder, lambda: step.do(here.folder), fatal=found.at))
            if died is None:
                found.wrong = _in_child(lambda: _after(study, step, here, twins)) or {"repeat": ["the check died"]}
    finally:
        _let_go(study, here)
    return found


def _after(study: Study, step: Step, here: Copy, twins: list[Twin]) -> dict[str, list[str]]:
    """What is wrong right after the kill, and when the step was repeated."""
    folder = here.folder
    kill_checks.next_job(folder)
    whole = list(kill_checks.wrong_files(folder, pages=step.twice is not None))
    kill_checks.aged(kill_checks.temporary(folder))
    begun = kill_checks.claimed(_url(study, here)) if step.name == "run" else None
    try:
        code, *_ = [step.do(folder) or 0 for _ in range(step.again)]
    except Exception as error:  # noqa: BLE001  whatever it is, it is what the promise is about
        return {"whole": whole, "repeat": [f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"]}
    wrong = min((_against(study, here, twin) for twin in twins), key=lambda wrong: sum(map(len, wrong.values())))
    wrong |= {"whole": whole, "repeat": [f"it ended with {code}, not {twins[0].code}"] * (code != twins[0].code)}
    wrong["repeat"] += kill_checks.damaged(_url(study, here), folder, removed=step.loses_captures)
    wrong["repeat"] += kill_checks.wrong_files(folder, pages=step.twice is not None)
    wrong["repeat"] += kill_checks.holding(folder, twins[0].gone)
    told = kill_checks.sent(folder / SENT)
    wrong["told"] = [
        f"{cause}: {told[cause]} times" for cause in told | twins[0].told if not 0 < told[cause] <= TOLD_AT_MOST
    ]
    if begun == "running" and not kill_checks.killed_told(folder):
        wrong["told"].append("the run that was killed is not told of")
    kill_checks.next_job(folder)
    wrong["left"] += [str(path.relative_to(folder)) for path in kill_checks.temporary(folder)]
    return {kind: lines for kind, lines in wrong.items() if lines} or {"repeat": []}


def _against(study: Study, here: Copy, twin: Twin) -> dict[str, list[str]]:
    """What differs from an undisturbed twin."""
    lost, doubled = kill_checks.differing(kill_checks.content_of(_url(study, here)), twin.content)
    others = kill_checks.other_numbers(kill_checks.numbers_of(here.folder), twin.numbers)
    extra = kill_checks.captures_in(here.folder) - twin.captures
    left = [f"capture {name[:12]} belongs to nothing" for name in sorted(extra)]
    return {"lost": lost, "doubled": doubled, "report": list(islice(others, 3)), "left": left}


def _in_child(work: Callable[[], Any]) -> Any:
    """What the work gives, as JSON holds it, in a process of its own; None where that died."""
    coming, going = os.pipe()
    gc.freeze()  # a child that looks through all that its parent has copies it
    child = os.fork()
    if child == 0:
        gc.disable()
        code = 1
        try:
            os.close(coming)
            with _silenced():
                given = json.dumps(work())
            with os.fdopen(going, "w") as out:
                out.write(given)
            code = 0
        except BaseException:  # noqa: BLE001  a child of a fork must not return
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(going)
    with os.fdopen(coming) as said:
        given = said.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    return json.loads(given) if given else {"repeat": ["the process failed"]}


@contextmanager
def _silenced() -> Iterator[None]:
    """Warnings of commands are none of ours."""
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        yield
    sys.stdout.flush()
