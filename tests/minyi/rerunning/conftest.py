"""A small study with comments, codes, labels, events and a report: made once, and copied for each test."""

from __future__ import annotations

import io
import shutil
import sqlite3
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minyi.analysing import analyse
from minyi.console import Console
from minyi.labels import task_of
from minyi.reporting import report
from minyi.sampling import Wanted, sample
from minyi.workspace import open_workspace
from storage.nouns import STANCES, Page
from storage.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.workspace import Workspace

STUDY = """\
[study]
id = "pier"
start = 2026-03-01
end = 2026-03-31

[change]
name = { zh = "码头收费", en = "Pier fee" }
statement = { zh = "码头对停泊收取手续费", en = "The pier charges a fee for mooring" }
words = { zh = ["手续费", "码头"], en = ["fee"] }

[[events]]
date = 2026-03-10
kind = "announced"
title = { zh = "公告收费", en = "Fee announced" }

[[events]]
date = 2026-03-20
kind = "effective"
title = { zh = "开始收费", en = "Fee begins" }
"""
SAYINGS = (
    "强烈反对码头收手续费，太黑了",
    "支持码头收手续费，早该收了",
    "建议码头的手续费按次数收",
    "码头今天风很大，船很多",
    "凭什么收手续费，以后不来了",
)


@dataclass(frozen=True)
class Made:
    """A study's folder and the run of its report."""

    folder: Path
    run: str

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def kept(self) -> Path:
        return self.folder / "data" / "runs" / self.run

    def sql(self, statement: str, *values: object) -> list[Any]:
        """Change or ask the database behind minyi's back, past what guards it."""
        with sqlite3.connect(self.folder / "data" / "minyi.db") as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            found = connection.execute(statement, values).fetchall()
            connection.commit()
        connection.close()
        return found


def quiet() -> Console:
    return Console(quiet=True, out=io.StringIO(), err=io.StringIO())


def add(workspace: Workspace, first: int, n: int) -> None:
    """More comments, by number."""
    run = workspace.store.begin_run(workspace.study.id, "import", {}, "")
    rows = [
        {
            "ext_id": str(at),
            "text": f"{SAYINGS[at % 5]}，{chr(0x4E00 + 7 * (at % 900))}{chr(0x5200 + 5 * (at % 700))}{at}",
            "author": f"a{at % 90}",
            "published_at": 1772409600000 + at % 28 * 86_400_000 + at,
            "published_precision": "second",
            "likes": at % 7,
            "fold": at + 1,
            "lang": "zh",
        }
        for at in range(first, first + n)
    ]
    workspace.store.add_page(workspace.study.id, "forum", Page(comments=rows), run_id=run)  # type: ignore[arg-type]


def label(workspace: Workspace, who: str, n: int, turned: int = 0) -> None:
    """Somebody says something of the first comments of the sample."""
    items = workspace.store.labels.items(workspace.study.id, "audit", task_of(workspace.study))
    said = []
    for at, key in enumerate(items["key"].tolist()[:n]):
        stance = STANCES[(at + turned) % 4]
        said.append(Judgement(int(key), stance=stance, codes=tuple(int(stance == it) for it in STANCES[:3])))  # type: ignore[arg-type]
    run = workspace.store.begin_run(workspace.study.id, "label", {}, "")
    workspace.store.labels.put(workspace.study.id, *task_of(workspace.study), f"person:{who}", run, said)


def other_coder(workspace: Workspace) -> None:
    """Another coder, which finds every comment one stance further."""
    comments = workspace.store.comments(workspace.study.id, columns=["key"])
    primary = comments["key"].to_numpy() % 4
    task = (workspace.study.change.target, "other@1", workspace.study.codebook)
    run = workspace.store.begin_run(workspace.study.id, "analyse", {}, "")
    scores = np.eye(4)[primary]
    workspace.store.add_annotations(workspace.study.id, *task, run, comments["key"], primary, scores)
    workspace.__dict__["coder"] = SimpleNamespace(name="other", version="1", held_out={})


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made") / "pier"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(folder) as workspace:
        add(workspace, 0, 160)
        analyse(workspace, quiet())
        sample(workspace, quiet(), Wanted(size=60))
        label(workspace, "Ann", 60)
        label(workspace, "Ben", 12, turned=1)
        report(workspace, quiet())
        run = workspace.store.runs(workspace.study.id)[-1].id
    return Made(folder, run)


@pytest.fixture
def made(made_once: Made, tmp_path: Path) -> Made:
    folder = tmp_path / "pier"
    shutil.copytree(made_once.folder, folder)
    return Made(folder, made_once.run)


@pytest.fixture
def opened(made: Made) -> Iterator[Workspace]:
    with open_workspace(made.folder) as workspace:
        yield workspace


@pytest.fixture
def console() -> Console:
    return Console(out=io.StringIO(), err=io.StringIO())


@pytest.fixture
def more() -> Any:
    """What may come after a report: `more.add(workspace, first, n)`, `more.label(workspace, who, n)`."""
    return SimpleNamespace(add=add, label=label, quiet=quiet, other_coder=other_coder)
