"""No command speaks to anybody but those whom the study names, and to nobody at all where it needs none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from listening import PROGRAM, listened

from minyi.commands import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

ASKS = {"models fetch": "the hub that the model lies on"}
"""Commands that ask somebody whom no study names, and whom: their own words say so."""

OFFLINE: dict[str, list[str]] = {
    "demo": ["demo", "STUDY"],
    "init": ["init", "NEW"],
    "check": ["check", "STUDY"],
    "import": ["import", "FILE", "--study", "STUDY"],
    "sources": ["sources"],
    "collect": ["collect", "STUDY"],
    "reparse": ["reparse", "STUDY"],
    "timeline suggest": ["timeline", "suggest", "STUDY"],
    "timeline accept": ["timeline", "accept", "STUDY", "--id", "00000000"],
    "analyse": ["analyse", "STUDY"],
    "report": ["report", "STUDY", "--format", "html", "--format", "md", "--format", "eml", "--format", "pdf"],
    "rerun": ["rerun", "last", "STUDY"],
    "diff": ["diff", "last", "last", "STUDY"],
    "verify": ["verify", "STUDY/reports/report.en.html"],
    "run": ["run", "STUDY"],
    "schedule": ["schedule", "STUDY", "--list"],
    "advisories": ["advisories", "STUDY"],
    "status": ["status", "STUDY"],
    "notify": ["notify", "STUDY"],
    "backup": ["backup", "STUDY"],
    "doctor": ["doctor", "STUDY"],
    "search": ["search", "STUDY", "额度"],
    "export": ["export", "STUDY", "--pack"],
    "forget": ["forget", "STUDY", "--comment", "c0123456789abcd", "--dry-run"],
    "privacy": ["privacy", "STUDY"],
    "sample": ["sample", "STUDY", "--size", "200"],
    "label": ["label", "STUDY", "--as", "Ann", "--kit", "KIT"],
    "labels": ["labels", "STUDY"],
    "labels import": ["labels", "import", "STUDY", "FILE", "--as", "Ann"],
    "labels export": ["labels", "export", "STUDY", "LABELS"],
    "labels settle": ["labels", "settle", "STUDY", "--sheet", "SHEET"],
    "suggest": ["suggest", "STUDY"],
    "adapt": ["adapt", "STUDY", "FILE"],
    "themes": ["themes", "STUDY"],
    "themes suggest": ["themes", "suggest", "STUDY"],
    "respond": ["respond", "--template", "ANSWERS", "STUDY"],
    "train": ["train", "--data", "NEW", "--out", "MODEL"],
    "evaluate": ["evaluate", "FILE"],
    "models export": ["models", "export", "NEW", "MODEL"],
}
"""How each command is run; words in capitals are paths."""
FILES = {"NEW": "new", "FILE": "said.csv", "KIT": "kit.html", "LABELS": "labels.csv", "SHEET": "sheet.csv"}
FILES |= {"ANSWERS": "answers.csv", "MODEL": "model.npz", "STUDY": "study"}
SAID = "text,primary,change\n额度太低了,concern,借款限额\n很好,support,借款限额\n"


def placed(words: list[str], folder: Path) -> list[str]:
    """The words with paths in place of their names."""
    return [re.sub(r"[A-Z]{3,}", lambda name: str(folder / FILES[name[0]]), word) for word in words]


def test_every_command_is_listened_to() -> None:
    assert {name for name, *_ in COMMANDS} == OFFLINE.keys() | ASKS.keys()


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every command that needs nobody, run once on the demo, by name."""
    folder = tmp_path_factory.mktemp("offline")
    (folder / FILES["FILE"]).write_text(SAID, "utf-8")
    ended = listened(folder, [placed(words, folder) for words in OFFLINE.values()])
    return dict(zip(OFFLINE, ended, strict=True))


@pytest.mark.slow
def test_no_command_speaks_to_anybody(offline: dict[str, dict[str, Any]]) -> None:
    own = re.compile(r"socket\.connect \('127\.0\.0\.1', \d+\)")  # the forum that the demo itself opens here
    assert offline["demo"]["asked"]
    assert all(own.fullmatch(asked) for asked in offline["demo"].pop("asked"))
    assert {name: ended["asked"] for name, ended in offline.items() if ended.get("asked")} == {}
    crashed = {name: ended["said"] for name, ended in offline.items() if ended["code"] not in {0, 1, 2, 3}}
    assert crashed == {}
    worked = [name for name, ended in offline.items() if ended["code"] == 0]
    print(f"{len(offline)} commands, {len(worked)} of them to their end: 0 connections")  # noqa: T201  a figure
    assert len(worked) > len(offline) * 0.7, {name: ended["said"][-300:] for name, ended in offline.items()}


@pytest.mark.slow
def test_a_connection_would_be_heard(tmp_path: Path) -> None:
    (tmp_path / "minyi").mkdir()
    told = PROGRAM.read_text("utf-8").replace("cli.main()", "__import__('socket').create_connection(('localhost', 9))")
    (tmp_path / "listening.py").write_text(told, "utf-8")
    call = [sys.executable, tmp_path / "listening.py"]
    done = subprocess.run(
        call, input='{"commands": [["x"]], "facts": null}', capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(PROGRAM.parents[2])},
    )  # fmt: skip
    assert {asked.split()[0] for asked in json.loads(done.stdout)["asked"]} == {"socket.getaddrinfo", "socket.connect"}
