"""The same commands on a PostgreSQL database give the same, to the byte."""

from __future__ import annotations

import csv
import json
import secrets
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import minyi as package
from minyi import gathering
from storage import retrying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    Walk = Callable[[Path], dict[str, bytes]]

pytestmark = pytest.mark.postgres

MOMENT = datetime(2026, 4, 2, 8, tzinfo=UTC)
WRITTEN = ("reports/*", "export/*", "*.csv")
SAID = (
    "手续费太高了",
    "支持，提现本来就有成本",
    "建议每月免一次",
    "just a fee, fine",
    "希望保留免费额度",
    "第三方也收费，随便",
    "I support the fee",
)
# In the order of en_US, in which servers are often set up, these come otherwise than by code point.
NAMES = ("b-forum", "Bz", "a_z", "ä", "吧")
CANONICAL = """\
[study]
id = "huabei"
time_zone = "Asia/Shanghai"

[change]
name = { zh = "关闭花呗", en = "Huabei closed for high scores" }
statement = "芝麻信用分700以上的用户被关闭花呗和借呗"
words = { zh = ["花呗", "借呗", "芝麻信用"], en = ["Huabei", "Sesame Credit", "credit score"] }

[[sources]]
name = "article"
kind = "article"
path = "article.txt"
"""


class _Clock(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return MOMENT.astimezone(tz)


@pytest.fixture
def walked_twice(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[[Walk], tuple[dict[str, bytes], dict[str, bytes]]]:
    """Walks the same way in two folders of the same name and key at the same moment, one on a server."""
    monkeypatch.setattr(time, "time_ns", lambda: int(MOMENT.timestamp()) * 1_000_000_000)
    monkeypatch.setattr(gathering, "datetime", _Clock)
    monkeypatch.setattr(secrets, "token_bytes", lambda n: b"k" * n)

    def walked(walk: Walk) -> tuple[dict[str, bytes], dict[str, bytes]]:
        here, there = tmp_path / "here" / "study", tmp_path / "there" / "study"
        here.mkdir(parents=True)
        there.mkdir(parents=True)
        first = walk(here)
        monkeypatch.setenv("MINYI_DATABASE_URL", cluster.create(request.node.name.split("[")[0]))
        second = walk(there)
        assert not list((there / "data").glob("*.db*"))
        return first, {name: said.replace(b"/there/", b"/here/") for name, said in second.items()}

    return walked


def written(folder: Path) -> dict[str, bytes]:
    """Everything that was written for people."""
    paths = [path for pattern in WRITTEN for path in folder.glob(pattern) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def differing(both: tuple[dict[str, bytes], dict[str, bytes]]) -> list[str]:
    """The names of what differs."""
    first, second = both
    assert list(first) == list(second)
    return [name for name in first if first[name] != second[name]]


def fill(path: Path, stances: int) -> None:
    """What a person does with a sheet."""
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines(keepends=True)))
    codes = ("support", "concern", "suggestion", "neutral")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "primary": codes[at % stances]} for at, row in enumerate(rows))


def comments(path: Path, shift: int, n: int = 60) -> Path:
    rows = [
        {
            "id": f"{shift}-{at}",
            "text": f"{SAID[(at * 5 + shift) % len(SAID)]}，第{at // 3}次说",
            "user": f"u{at % 17}",
            "likes": at % 5,
            "time": f"2026-03-{1 + (at * 5 + shift) % 30:02}T0{at % 9}:00:00+08:00",
            "platform": ("weibo", "B站", "app_store")[at % 3],
        }
        for at in range(n)
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_labelled_study_is_told_alike(minyi: Callable, study: Path, tmp_path: Path, walked_twice: Callable) -> None:
    files = [comments(tmp_path / f"{name}.jsonl", at) for at, name in enumerate(NAMES)]

    def walk(folder: Path) -> dict[str, bytes]:
        def say(*arguments: object) -> bytes:
            outcome = minyi(*arguments)
            assert outcome.code == 0, outcome.err
            return bytes(outcome.out.encode())

        shutil.copy(study / "study.toml", folder)
        for file in files:
            say("import", file, "--study", folder)
        say("analyse", folder)
        say("sample", folder, "--size", 60, "--second", 50)
        for who, second in (("b-ea", []), ("Bo", ["--second"])):
            say("labels", "export", folder, folder / f"{who}.csv", "--blank", *second)
            fill(folder / f"{who}.csv", len(who))
            say("labels", "import", folder, folder / f"{who}.csv", "--as", who)
        for command in (["report"], ["export"], ["labels", "export"]):
            say(*command, folder, *([folder / "labels.csv"] if len(command) > 1 else []))
        told = {
            " ".join(command): say(command[0], folder, *command[1:])
            for command in (["status", "--json"], ["search", "手续费", "--json"], ["labels"])
        }
        return written(folder) | told

    assert differing(walked_twice(walk)) == []


@pytest.mark.slow
@pytest.mark.shared
def test_the_canonical_case_is_told_alike(minyi: Callable, shared: Path, walked_twice: Callable) -> None:
    (document,) = (shared / "seed").glob("*.txt")

    def walk(folder: Path) -> dict[str, bytes]:
        shutil.copy(document, folder / "article.txt")
        (folder / "study.toml").write_text(CANONICAL, encoding="utf-8")
        assert minyi("run", folder).code == 0
        assert minyi("export", folder).code == 0
        return written(folder)

    assert differing(walked_twice(walk)) == []


@pytest.mark.slow
def test_the_demo_is_told_alike(minyi: Callable, walked_twice: Callable) -> None:
    def walk(folder: Path) -> dict[str, bytes]:
        assert minyi("demo", folder).code == 0
        assert minyi("export", folder).code == 0
        return written(folder) | {"search": minyi("search", folder, "额度", "--json").out.encode()}

    assert differing(walked_twice(walk)) == []


def walked(minyi: Callable, study: Path, comments: Path) -> pd.DataFrame:
    for arguments in (("import", comments, "--study", study), ("analyse", study), ("report", study)):
        outcome = minyi(*arguments)
        assert outcome.code == 0, outcome.err
    return package.load(study)


def test_both_databases_hold_the_same(
    minyi: Callable, study: Path, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = comments(tmp_path / "c.jsonl", 0, 50)

    here = walked(minyi, study, file)
    (study / "data" / "minyi.db").unlink()
    monkeypatch.setenv("MINYI_DATABASE_URL", cluster.create("journey"))
    there = walked(minyi, study, file)

    assert here.equals(there)
    assert not (study / "data" / "minyi.db").exists()
    monkeypatch.delattr("minyi.reporting.build_numbers")  # nothing is new, and so nothing is counted
    assert minyi("report", study).code == 0


def test_a_server_that_is_not_there_is_named_without_its_password(
    minyi: Callable, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINYI_DATABASE_URL", "postgresql://someone:s3cret@127.0.0.1:9/nowhere")
    monkeypatch.setattr(retrying, "LONGEST_S", 0.1)

    outcome = minyi("status", study)

    assert outcome.code == 1
    assert "127.0.0.1" in outcome.err
    assert "s3cret" not in outcome.err + outcome.out
