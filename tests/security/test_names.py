"""Names that are paths, devices, options or too long: every file lies where it belongs, by a plain name."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any, cast

import pytest
from odd_words import published

from minyi.beginning import begin_study
from minyi.refusals import Refusals
from minyi.study_shape import STUDY_ID
from minyi.workspace import open_workspace
from storage.nouns import Page, Reject
from storage.records import Added

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from minyi.workspace import Workspace

NAMES = (
    *("../../x9q", "..\\..\\x9q", "/tmp/x9q", "C:\\x9q", "\\\\x9q\\share", "~/x9q", "..", ".", "....//....//x9q"),
    *("a/../../x9q", "%2e%2e%2fx9q", "..%c0%afx9q", "．．／x9q", "..\u2215x9q", "x9q\x00.csv", "x9q\n.csv", "x9q\r\t"),
    *("CON", "con.txt", "NUL", "nul.csv", "COM1", "LPT9.log", "AUX.", "x9q.", "x9q ", " x9q", "-rf x9q", "--help", "-"),
    *("x9q:stream", "x9q?*|<>\"'", "$HOME", "`x9q`", "$(x9q)", "", "\u202eVSC.q9x", "\ud83d"),
    *("名" * 80, "名" * 300, "x" * 5_000, "👩" * 90, "é" * 200),
)
PLAIN = re.compile(r"(?![-. ])[^\x00-\x1f\x7f<>:\"/\\|?*]*[^\x00-\x1f\x7f<>:\"/\\|?*. ]")
DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
HEAD = """\
[study]
id = "fees"
languages = ["en"]

[change]
name = { en = "../../x9q" }
statement = { en = "/x9q" }
words = { en = ["fee"] }
"""
STAMP = "20260308T063000-123456"


def is_plain(name: str) -> bool:
    """Whether Linux, macOS and Windows take it as a name, and no program as an option."""
    return bool(PLAIN.fullmatch(name)) and not DEVICE.fullmatch(name) and len(name.encode()) <= 255


class Study:
    """As much of a study as a file of refusals needs."""

    def __init__(self, data: Path) -> None:
        self.data = data


def misplaced(folder: Path, names: Iterable[str]) -> list[str]:
    """Names of sources whose file of refusals is not in its folder, or could not be there on every system."""
    found, home = [], (folder / "rejects").resolve()
    for name in names:
        path = Refusals.of(cast("Workspace", Study(folder)), STAMP, name).path
        if path.resolve().parent != home or not is_plain(path.name):
            found.append(name)
    return found


def test_a_file_of_refusals_lies_where_it_belongs(tmp_path: Path) -> None:
    assert misplaced(tmp_path, NAMES) == []
    for name in NAMES:
        refused = Refusals.of(cast("Workspace", Study(tmp_path)), STAMP, name)
        refused.add(Page(rejects=(Reject("row 1", "no text"),)), Added(articles=0, comments=0, known=0, rejected=[]))
        assert refused.path.is_file()


@pytest.mark.shared
def test_no_published_path_leads_out(tmp_path: Path, shared: Path) -> None:
    assert misplaced(tmp_path, published(shared, "traversal", "blns")[::7]) == []


@pytest.mark.parametrize("name", ["..", "../..", "名" * 80, "CON", "-rf", "..a", "x" * 200], ids=range(7))
def test_a_study_is_called_by_a_plain_name_whatever_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    file = begin_study(tmp_path / "a" / "b" / name)
    (called,) = re.findall(r'(?m)^id = "(.*)"', file.read_text("utf-8"))
    assert STUDY_ID.fullmatch(called)
    assert is_plain(f"{called}-pack.zip")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, minyi: Callable[..., Any]) -> Path:
    """A folder with a study deep inside, whose sources have such names and refuse a row each; run and exported."""
    root = tmp_path_factory.mktemp("names")
    folder = root / "a" / "b" / "study"
    folder.mkdir(parents=True)
    (folder / "c.csv").write_text("text,time,author,id\nfine fee,2026-03-02,../../x9q,../../x9q\n,,,\n", "utf-8")
    named = dict.fromkeys(name.encode("utf-8", "ignore").decode().strip()[:200] for name in NAMES)
    sources = [
        f'[[sources]]\nname = {json.dumps(name, ensure_ascii=False)}\nkind = "files"\npath = "c.csv"\n'
        for name in named
        if name and name.isprintable()
    ]
    (folder / "study.toml").write_text("\n".join([HEAD, *sources]), "utf-8")
    for words in (["run", folder], ["export", folder, "--format", "csv"], ["export", folder, "--pack"]):
        ended = minyi(*words)
        assert ended.code in {0, 3}, ended.said
    return root


@pytest.mark.slow
def test_sources_with_such_names_leave_nothing_outside(root: Path) -> None:
    files = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    assert {path.parts[:3] for path in files} == {("a", "b", "study")}
    assert len([path for path in files if "rejects" in path.parts]) > 20
    assert {path.name for path in files if not is_plain(path.name.lstrip("."))} == set()
    assert {path.name for path in files if path.name.startswith(".")} == set()


@pytest.mark.slow
def test_what_is_packed_unpacks_into_its_own_folder(root: Path) -> None:
    (pack,) = root.rglob("*-pack.zip")
    with zipfile.ZipFile(pack) as parts:
        names = parts.namelist()
    assert len({name.partition("/")[0] for name in names}) == 1
    assert [name for name in names if not all(map(is_plain, name.split("/")))] == []


@pytest.mark.slow
def test_a_run_is_no_path(root: Path, minyi: Callable[..., Any]) -> None:
    folder = root / "a" / "b" / "study"
    before = sorted(root.rglob("*"))
    for name in ("../../../x9q", "/tmp/x9q", "..", "x" * 5_000, "１", "CON"):
        for words in (["rerun", name, folder], ["diff", name, "last", folder]):
            ended = minyi(*words)
            assert ended.code == 2, (words, ended)
    assert [path for path in sorted(root.rglob("*")) if path not in before and "receipts" not in path.parts] == []
    with open_workspace(folder) as workspace:
        assert all(run.id.isdecimal() for run in workspace.store.runs("fees"))
