"""A study with twelve comments, ten of them drawn at random, four of these for a second coder too."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minyi.console import Console
from minyi.label_files.exporting import export_labels, form_of
from minyi.label_files.importing import import_labels, people_of
from minyi.labels import task_of
from minyi.pipeline import keep
from minyi.workspace import Workspace, open_workspace
from storage.labels import Frame, digest_of
from storage.nouns import Page
from storage.records import Item, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STUDY = """\
[study]
id = "fees"
start = 2026-03-01
end = 2026-03-31

[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
"""
DRAWN, SECOND = 10, 4


@dataclass
class Bench:
    """A study, its comments by place, and what a command would do with files of labels."""

    workspace: Workspace
    folder: Path
    ids: list[str]
    keys: list[int]

    def say(self, who: str, at: int, **said: Any) -> None:
        """Somebody judges a comment."""
        study = self.workspace.study
        run = self.workspace.store.begin_run(study.id, "label", {}, "")
        judgement = Judgement(self.keys[at], **said)
        self.workspace.store.labels.put(study.id, *task_of(study), who, run, [judgement])

    def latest(self, *, all_of_it: bool = False) -> list[tuple[Any, ...]]:
        """Who said what of which comment, and what beside it."""
        study, labels = self.workspace.study, self.workspace.store.labels
        found = (labels.history if all_of_it else labels.latest)(study.id, *task_of(study))
        names = ["id", "annotator", "what", "stance", "support", "concern", "suggestion", "unsure", "note"]
        plain = found[names].astype(object)
        return [tuple(row) for row in plain.where(plain.notna(), None).to_numpy().tolist()]

    def export(self, name: str, **how: Any) -> Path:
        """As `minyi labels export`."""
        path = self.folder / name
        export_labels(self.workspace, path, form_of(path, how.pop("form", "")), **how)
        return path

    def take(self, path: Path, *people: str) -> dict[str, Any]:
        """As `minyi labels import`; gives the counts."""
        self.said = io.StringIO()
        return import_labels(self.workspace, path, people_of(people), Console(out=self.said, err=self.said))

    def write(self, name: str, content: object) -> Path:
        """A file with this text, or with this as JSON."""
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path


@contextmanager
def bench_in(folder: Path, *, drawn: int = DRAWN) -> Iterator[Bench]:
    """The same study in another folder: comments have the same ids everywhere."""
    folder.mkdir(exist_ok=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    rows = [{"ext_id": str(n), "text": f"=第{n}条，手续费“太高”了,\n真的 {n}"} for n in range(12)]
    with open_workspace(folder) as workspace:
        study, store = workspace.study, workspace.store
        run = store.begin_run(study.id, "import", {}, "")
        keep(workspace, "forum", Page(comments=rows), None, run)  # type: ignore[arg-type]
        stored = store.comments(study.id, columns=["key", "id"])
        made = Bench(workspace, folder, stored["id"].tolist(), stored["key"].astype(int).tolist())
        if drawn:
            draw(made, run, drawn)
        yield made


def draw(bench: Bench, run: str, drawn: int) -> None:
    """The first comments, as if at random."""
    study, keys = bench.workspace.study, bench.keys
    bench.workspace.store.labels.add_cohort(
        study.id,
        run,
        kind="audit",
        method="simple",
        seed=1,
        target=study.change.target,
        codebook=study.codebook,
        digest=digest_of(bench.ids),
        strata=[("", len(keys))],
        frame=Frame(np.array(keys, np.int64), np.zeros(len(keys), np.int64), np.arange(len(keys))),
        items=[Item(key, 0, at, at < SECOND, at) for at, key in enumerate(keys[:drawn])],
    )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path / "one") as made:
        yield made


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path / "other") as made:
        yield made


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Bench]:
    """Comments, and none of them drawn."""
    with bench_in(tmp_path / "empty", drawn=0) as made:
        yield made


@pytest.fixture
def kit_result() -> Callable[..., dict[str, Any]]:
    """What a kit gives back: one label, of the third comment."""

    def made(ids: list[str], coder: str) -> dict[str, Any]:
        said = {"item": ids[2], "what": "judged", "stance": "concern", "codes": [0, 1, 0], "unsure": False}
        return {
            "format": "minyi-labels",
            "version": 1,
            "study": "fees",
            "target": "平台对提现收取手续费",
            "codebook": "1",
            "sample": {"digest": digest_of(ids), "ids": ids},
            "coder": coder,
            "judgements": [{**said, "note": "", "seconds": 3.5, "at": 1_800_000_000_000}],
        }

    return made
