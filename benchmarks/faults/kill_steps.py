"""The steps that are killed, in the order in which a study goes through them, and a study small enough for all."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kill_site import SAID

from minyi import analysing, collecting
from minyi.console import Console, Exit
from minyi.jobs import notices
from minyi.workspace import open_workspace
from scrapers.fetch import FetchSettings
from scrapers.files import reading
from storage import database
from storage.database import connect, parse_url, writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from minyi.workspace import Workspace

STUDY = """\
[study]
id = "bridge"
time_zone = "Europe/London"
start = 2026-03-01
end = 2026-03-31

[change]
name = { zh = "过桥收费", en = "Bridge charge" }
statement = { zh = "市政府对过桥车辆收费", en = "The city takes a charge for crossing the bridge" }
words = { zh = ["收费"], en = ["charge"] }

[[events]]
date = 2026-03-10
kind = "announced"
title = { zh = "公告", en = "Notice" }

[[sources]]
name = "forum"
kind = "discourse"
server = "http://127.0.0.1:PORT"
latest = true

[notify]
variables = ["KILLS_TEAM", "KILLS_ME"]
"""
CSV, LABELS, FORM, SENT, PORT = "letters.csv", "labels.csv", "answers.csv", "sent.txt", "port.txt"
LETTERS = 40
FEW = 12
"""Comments that are imported, and coded, at a time, so that there are several stretches to be killed in."""


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: as the command is called.
        do: does it in the study's folder, in a process that may die.
        prepare: what a person did before, in the folder that the step begins with.
        posts: how many posts each of the forum's topics has by then.
        server: whether it is a step on PostgreSQL, too.
        again: how often it is repeated after a kill.
        loses_captures: whether captures are gone on purpose, or never were there.
        twice: does it once more where that says something else than doing it once: what came since the first time.
    """

    name: str
    do: Callable[[Path], int | None]
    prepare: Callable[[Path], None] = lambda _: None
    posts: int = 4
    server: bool = True
    again: int = 1
    loses_captures: bool = False
    twice: Callable[[Path], int | None] | None = None


def begin(folder: Path, port: int) -> None:
    """A study's folder with its file and the letters that are to be imported."""
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY.replace("PORT", str(port)), encoding="utf-8")
    (folder / PORT).write_text(str(port))
    (folder / SENT).write_text("")
    rows = [
        {
            "id": f"letter-{at}",
            "author": f"writer{at % 9}",
            "time": f"2026-03-{at % 27 + 1:02}T09:00:00+00:00",
            "text": f"{SAID[at % len(SAID)]} 第{at}封" if at % 13 else "",
        }
        for at in range(LETTERS)
    ]
    (folder / CSV).write_text(_csv(rows), encoding="utf-8")


def settle_in(monkey: Callable[[Any, str, Any], None]) -> None:
    """Make the program fit for a small study: no pauses, short stretches, no waiting for the disk, no messages."""
    no_power_cuts = (*database._PRAGMAS, "PRAGMA synchronous = OFF")  # noqa: SLF001  what died by a signal wrote it all
    monkey(database, "_PRAGMAS", no_power_cuts)
    monkey(database, "create_engine", _knowing(database.create_engine))
    monkey(collecting, "_settings", _manners)
    monkey(analysing, "STRETCH", FEW)
    monkey(reading, "PAGE_ROWS", FEW)
    monkey(notices, "send", _sent)


def _knowing(create: Callable[..., Any]) -> Callable[..., Any]:
    """Makes engines that know what the first one compiled: children that are killed need not compile it anew."""
    first: dict[str, Any] = {}

    def made(url: Any, **how: Any) -> Any:
        engine = create(url, **how)
        known = first.setdefault(engine.dialect.name, engine)
        engine.dialect = engine.pool._dialect = known.dialect  # noqa: SLF001  SQLAlchemy knows no other way
        engine._compiled_cache = known._compiled_cache  # noqa: SLF001
        return engine

    return made


def _manners(_workspace: Workspace, allow: Any) -> FetchSettings:
    return FetchSettings(min_interval_s=0.0, total_s=20.0, backoff_s=0.01, allow=tuple(allow))


_post: Path | None = None


def _sent(address: Any, title: str, body: str) -> str:
    """In place of a message: a line in a file, written in one go."""
    if _post:
        with _post.open("a", encoding="utf-8") as file:
            file.write(json.dumps([address.name, title, body]) + "\n")
    return "sent"


def _quiet() -> Console:
    return Console(quiet=True)


def _import(folder: Path) -> int:
    from minyi.importing import file_options, import_files

    with open_workspace(folder) as workspace:
        return import_files(workspace, [folder / CSV], file_options(columns=(), where=(), platform=""), _quiet())


def _collect(folder: Path) -> int:
    with open_workspace(folder) as workspace:
        return collecting.collect_sources(workspace, _quiet(), allow=(_host(folder),))


def _host(folder: Path) -> str:
    return f"127.0.0.1:{(folder / PORT).read_text()}"


def _analyse(folder: Path) -> int:
    from minyi.kept_rollups import roll_up

    with open_workspace(folder) as workspace:
        code = analysing.analyse(workspace, _quiet())
        roll_up(workspace, _quiet())
    return code


def _report(folder: Path) -> None:
    from minyi.reporting import report

    with open_workspace(folder) as workspace:
        report(workspace, _quiet())


def _sample(folder: Path) -> None:
    from minyi.sampling import Wanted, sample

    with open_workspace(folder) as workspace:
        sample(workspace, _quiet(), Wanted(size=8))


def _label(folder: Path) -> None:
    """What the page posts, answer by answer; a page that was answered before its answer came goes on with the next."""
    from minyi.labelling.desk import Desk, Elsewhere
    from minyi.receipts import recorded_run

    with open_workspace(folder) as workspace, recorded_run(workspace, "label", _quiet(), shared=True) as receipt:
        desk = Desk(workspace.store.labels, workspace.study, receipt.run)
        for at, item in enumerate(desk.work("Ann")["items"][:5]):
            try:
                desk.judge("Ann", _answer(item["id"], at), None)
            except Elsewhere as known:
                if not known.judgement:
                    raise


def _answer(item: str, at: int) -> Any:
    from minyi.labelling.answers import Answer

    stance = ("support", "concern", "suggestion")[at % 3]
    codes = tuple(int(at % 3 == place) for place in range(3))
    return Answer.model_validate_json(
        json.dumps(
            {
                "item": item,
                "what": "judged",
                "stance": stance,
                "codes": codes,
                "unsure": False,
                "note": "",
                "seconds": 3.0,
            }
        )
    )


def _write_labels(folder: Path) -> None:
    """Labels of two people, as a file says them."""
    with open_workspace(folder) as workspace:
        ids = workspace.store.labels.items(workspace.study.id, "audit")["id"].tolist()
    rows = [
        {"id": one, "annotator": who, "primary": ("concern", "support")[(at + len(who)) % 2]}
        for who in ("Bob", "Chris")
        for at, one in enumerate(ids)
    ]
    (folder / LABELS).write_text(_csv(rows), encoding="utf-8")


def _labels_import(folder: Path) -> None:
    from minyi.label_files.importing import People, import_labels

    with open_workspace(folder) as workspace:
        import_labels(workspace, folder / LABELS, People(), _quiet())


def _write_answers(folder: Path) -> None:
    """A form of the last report's requests, the first of them answered."""
    from minyi.response_form import write_form

    with open_workspace(folder) as workspace:
        write_form(workspace, folder / FORM, _quiet())
    rows = list(csv.DictReader(io.StringIO((folder / FORM).read_text("utf-8-sig"))))
    for row in rows[:3]:
        row |= {"response_zh": "正在研究", "response_en": "We look into it", "state": "said", "day": "2026-03-20"}
    (folder / FORM).write_text(_csv(rows), encoding="utf-8")


def _respond(folder: Path) -> None:
    from minyi.responses import respond

    with open_workspace(folder) as workspace:
        respond(workspace, folder / FORM, _quiet())


def _misread(folder: Path) -> None:
    """What an earlier version of a collector got wrong, so that there is something to put right."""
    with open_workspace(folder) as workspace:
        engine = connect(parse_url(workspace.loaded.database))
        with writing(engine) as connection:
            wrong = "UPDATE comment SET likes = 7, url = '' WHERE source = 'forum' AND ext_id LIKE '%1'"
            connection.exec_driver_sql(wrong.replace("%", "%%") if engine.dialect.name != "sqlite" else wrong)
        engine.dispose()


def _reparse(folder: Path) -> int:
    from minyi.reparsing import reparse

    with open_workspace(folder) as workspace:
        return reparse(workspace, _quiet(), dry_run=False)


def _run(folder: Path) -> int:
    from minyi.jobs.running import Wanted, run

    return run(folder, _quiet(), Wanted(allow=(_host(folder),)))


def _run_again(folder: Path) -> int:
    """As a run does that finds the one before killed after its report."""
    from minyi.jobs.running import Wanted, run

    return run(folder, _quiet(), Wanted(allow=(_host(folder),), again=True))


def _tell(folder: Path) -> int:
    """Tell two addresses of two causes, as a job does at its end."""
    global _post  # noqa: PLW0603  the stand-in for a service has no other way to know the folder
    from minyi.jobs.alerts import Failure, JobFacts
    from minyi.study_file import load_study

    _post = folder / SENT
    loaded = load_study(folder, to_collect=False)
    facts = JobFacts(3, {"collect": 3}, [Failure("collect", "forum", "HttpFailure"), Failure("run", "", "DiskFull")])
    notices.tell_facts(loaded, facts, {}, _quiet())
    return Exit.OK


def _backup(folder: Path) -> None:
    from storage.backups import back_up

    with open_workspace(folder) as workspace:
        address = workspace.loaded.database
    file = folder / "data" / "backups" / "asked.db"
    if not file.exists():  # it was all done but the end
        back_up(address, file)


def _forget(folder: Path) -> int:
    from minyi.privacy.forgetting import Wanted, forget

    with open_workspace(folder) as workspace:
        return forget(workspace, _quiet(), Wanted(names=("user2",), source="forum", files=True))


def _again(folder: Path) -> int:
    """The forum still shows what was forgotten: it stays out, and the page that shows it is not kept."""
    return _collect(folder)


STEPS = (
    Step("import", _import),
    Step("collect", _collect),
    Step("analyse", _analyse),
    Step("report", _report, twice=_report),
    Step("sample", _sample),
    Step("label", _label),
    Step("labels import", _labels_import, _write_labels),
    Step("respond", _respond, _write_answers),
    Step("reparse", _reparse, _misread),
    Step("run", _run, posts=6, twice=_run_again),
    Step("notify", _tell, server=False, again=2),
    Step("backup", _backup, server=False),
    Step("forget", _forget, posts=6, loses_captures=True),
    Step("collect what was forgotten", _again, posts=7, loses_captures=True),
)


def _csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
