"""What a killed process left lying is brought to its end or goes, and nothing that is still being written does."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NoReturn

import pytest

from minyi.leftovers import OLD_S, tidy
from minyi.workspace import open_workspace
from reports.write import UNFINISHED, finish, write_together
from storage.files import remove

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STUDY = """\
[study]
id = "fees"
[change]
name = { zh = "收费" }
statement = { zh = "平台收费" }
"""
DRAFTS = (
    "data/.0123456789abcdef0123456789abcdef.draft",
    "data/captures/ab/.1123456789abcdef0123456789abcdef.draft",
    "data/runs/7/.2123456789abcdef0123456789abcdef.draft",
    "data/backups/.3123456789abcdef0123456789abcdef.draft-journal",
    "data/rollups/12-34.99.part",
    "reports/public/.report.zh.html.abcdefgh.draft",
)


@pytest.fixture
def dies(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets a process die at the rename of this number; the folder then stays as it is at that moment."""

    def at(number: int) -> None:
        renames = iter(range(100))
        replace = os.replace

        def renamed(source: str, target: str) -> None:
            if next(renames) == number:
                raise SystemExit
            replace(source, target)

        monkeypatch.setattr(os, "replace", renamed)
        monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: None)  # nothing is cleared up

    return at


def test_drafts_of_an_hour_ago_go_and_younger_ones_stay(copied_databases: None, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    old = [tmp_path / name for name in DRAFTS]
    young = [path.with_name(f".now{path.name}") for path in old if path.suffix != ".part"]
    for path in (*old, *young):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    for path in old:
        os.utime(path, (time.time() - OLD_S - 60,) * 2)
    with open_workspace(tmp_path) as workspace:
        tidy(workspace)
        assert not [path for path in old if path.exists()]
        assert all(path.exists() for path in young)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_report_renamed_in_part_is_brought_to_its_end(
    tmp_path: Path, dies: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    paths = [tmp_path / name for name in ("numbers.json", "report.zh.html", "report.en.html")]
    write_together(dict.fromkeys(paths, b"old"))
    dies(number)
    with pytest.raises(SystemExit):
        write_together(dict.fromkeys(paths, b"new"))
    monkeypatch.undo()
    assert [path.read_bytes() for path in paths].count(b"new") == number - 1
    assert (tmp_path / UNFINISHED).exists()

    assert finish(tmp_path)
    assert [path.read_bytes() for path in paths] == [b"new"] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    assert not finish(tmp_path)


def test_a_file_that_is_being_removed_has_no_name_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.en.html"
    path.write_text("<html>said by somebody</html>")
    monkeypatch.setattr("storage.files._write_over", _dying)
    with pytest.raises(SystemExit):
        remove(path)
    assert not path.exists()
    assert len(list(tmp_path.glob(".*.draft"))) == 1


def _dying(_: Path) -> NoReturn:
    raise SystemExit
