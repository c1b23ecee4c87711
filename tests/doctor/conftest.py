"""A study with comments and runs, and what a check finds in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from minyi.doctor.patient import patient_of
from minyi.workspace import open_workspace
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from minyi.doctor.finding import Finding

STUDY = """\
[study]
id = "parking"
languages = ["en"]

[change]
name = { zh = "停车收费", en = "Parking fee" }
statement = { zh = "临江市对路边停车收费", en = "The town charges for roadside parking" }
words = { zh = ["停车"], en = ["parking"] }

[[sources]]
name = "forum"
kind = "discourse"
server = "https://forum.qingqiao.example"
latest = true
"""


@pytest.fixture(autouse=True)
def _copied_databases(copied_databases: None) -> None:
    """Every new study's database."""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study with one comment and one run that went well."""
    folder = tmp_path / "parking"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(folder) as workspace:
        store = workspace.store
        run = store.begin_run("parking", "collect", {}, "")
        store.add_page(
            "parking", "forum", Page(comments=[{"ext_id": "1", "text": "停车太贵", "author": "a"}]), run_id=run
        )
        store.end_run(run, "ok", {"forum": {"comments": 1}}, [])
    return folder


@pytest.fixture
def say(study: Path) -> Callable[..., None]:
    """Adds lines to the study file."""

    def add(text: str) -> None:
        with (study / "study.toml").open("a", encoding="utf-8") as file:
            file.write(text)

    return add


@pytest.fixture
def found() -> Callable[..., list[Finding]]:
    """What one check finds."""

    def look(check: Callable, place: Path | None = None, now: datetime | None = None) -> list[Finding]:
        return list(check(patient_of(place, now or datetime.now(UTC))))

    return look
