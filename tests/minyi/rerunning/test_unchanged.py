"""A report with nothing new takes its numbers from the run before; anything new at all is counted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from minyi import reporting
from minyi.analysing import analyse
from minyi.differing import difference
from minyi.fingerprints import code_print
from minyi.manifests import kept_by
from minyi.presets import Asked
from minyi.reporting import report
from minyi.rerunning import rerun
from minyi.unkept import ManifestChanged
from minyi.verifying import verify
from minyi.workspace import open_workspace
from reports.corpus import local_day
from reports.numbers import build_numbers
from storage.responses import ResponseRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace

OWN = ("run", "command", "generated_at")
FILES = ("report.zh.html", "report.en.html")
SLOW = pytest.mark.slow
LARGE = {
    *("pandas.core", "pyarrow", "sklearn", "scipy", "alembic", "httpx", "lxml", "sqlalchemy.dialects.postgresql"),
    *("minyi.auditing", "minyi.themes", "minyi.response_files", "nlp.duplicates", "nlp.keywords", "scrapers.files"),
}
"""What takes long to import and is needed only where something is counted, read or collected."""
REPORTING = """\
import sys
from minyi.cli import main
sys.argv = ["minyi", "report", sys.argv[1], "--quiet"]
try:
    main()
except SystemExit as end:
    assert not end.code
print(*sys.modules)
"""


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry each time that numbers are counted."""
    times: list[int] = []

    def noted(inp: Any) -> Any:
        times.append(1)
        return build_numbers(inp)

    monkeypatch.setattr(reporting, "build_numbers", noted)
    return times


@pytest.fixture
def again(made: Any, more: Any) -> Callable[..., str]:
    """Report once more, in a process of its own as it were; gives the run."""

    def run(**asked: Any) -> str:
        with open_workspace(made.folder) as workspace:
            report(workspace, more.quiet(), asked=Asked(**asked))
            return workspace.store.runs(workspace.study.id)[-1].id

    return run


def numbers(made: Any) -> dict[str, Any]:
    return dict(json.loads((made.reports / "numbers.json").read_bytes()))


def without_own(made: Any) -> bytes:
    """numbers.json without what is a run's own."""
    found = numbers(made)
    for name in OWN:
        found["provenance"][name] = ""
    return json.dumps(found, ensure_ascii=False).encode()


def test_nothing_new_counts_nothing_and_says_the_same(made: Any, again: Any, builds: list[int]) -> None:
    first, pages = without_own(made), {name: (made.reports / name).read_bytes() for name in FILES}
    run = again()
    assert not builds
    assert run != made.run
    assert without_own(made) == first
    assert numbers(made)["provenance"]["run"] == run
    for name, page in pages.items():
        assert len((made.reports / name).read_bytes()) == pytest.approx(len(page), abs=20)


def moved_on(made: Any) -> bool:
    """Whether midnight has passed since the first report, or somebody has edited the program: both are something new.

    What is imported here was read before it was edited; a process of its own reads what stands there now.
    """
    with open_workspace(made.folder) as workspace:
        zone, runs = workspace.study.zone, workspace.store.runs(workspace.study.id)
    begun = next(run.started_at for run in runs if run.id == made.run)
    then, now = (local_day(moment, zone) for moment in (begun, int(time.time() * 1000)))
    return then != now or code_print() != code_print.__wrapped__()


@pytest.mark.slow
def test_nothing_new_imports_nothing_to_count_with(made: Any) -> None:
    program = [sys.executable, "-c", REPORTING, str(made.folder)]
    imported = subprocess.run(program, check=True, capture_output=True, text=True).stdout.split()
    if moved_on(made):
        imported = subprocess.run(program, check=True, capture_output=True, text=True).stdout.split()
    assert "minyi.reporting" in imported
    assert LARGE.isdisjoint(imported)


def test_it_is_what_counting_anew_gives_to_the_byte(made: Any, again: Any, builds: list[int], console: Console) -> None:
    run = again()
    with open_workspace(made.folder) as workspace:
        assert rerun(workspace, run, console)
    for name in ("numbers.json", *FILES):
        assert (made.reports / f"rerun-{run}" / name).read_bytes() == (made.reports / name).read_bytes()
    assert not builds


@SLOW
def test_it_verifies_and_differs_in_nothing(made: Any, again: Any, console: Console) -> None:
    run = again()
    with open_workspace(made.folder) as workspace:
        assert not verify(workspace, made.reports / "report.zh.html", console).failures
        found = difference(workspace, made.run, run)
    assert not found.causes
    assert not found.figures
    assert not found.moved


@SLOW
def test_it_keeps_as_much_of_itself_as_the_first_did(made: Any, again: Any) -> None:
    run = again()
    shutil.rmtree(made.kept)
    with open_workspace(made.folder) as workspace:
        kept, last = kept_by(workspace, run), again()
        assert not kept.changed
        assert len(kept.snapshot.keys) == 160
        assert kept_by(workspace, last).manifest.parts == kept.manifest.parts | {
            "numbers.json": kept_by(workspace, last).manifest.parts["numbers.json"]
        }


def _comment(workspace: Workspace, more: Any) -> None:
    more.add(workspace, 1000, 1)


def _label(workspace: Workspace, more: Any) -> None:
    more.label(workspace, "Cleo", 1)


def _response(workspace: Workspace, _more: Any) -> None:
    first = str(workspace.store.comments(workspace.study.id, columns=["id"])["id"].iloc[0])
    run = workspace.store.begin_run(workspace.study.id, "respond", {}, "")
    said = ResponseRecord("response", f"text:{first}", "said", "已公布。", "It is published.", None)
    workspace.store.responses.put(workspace.study.id, run, [said])


def _event(workspace: Workspace, _more: Any) -> None:
    _write(workspace.folder / "study.toml", "公告收费", "公告开始收费")


def _option(workspace: Workspace, _more: Any) -> None:
    _write(workspace.folder / "study.toml", "end = 2026-03-31", "end = 2026-03-30")


def _warning(workspace: Workspace, _more: Any) -> None:
    entry = '[[advisories]]\nkey = "a"\nreason = { en = "Counted twice." }\nstart = 2026-03-02\nexclude = true\n'
    (workspace.folder / "advisories.toml").write_text(entry, encoding="utf-8")


def _words(workspace: Workspace, _more: Any) -> None:
    (workspace.folder / "words.txt").write_text("手续费\n", encoding="utf-8")


def _write(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [_comment, *(pytest.param(it, marks=SLOW) for it in (_label, _response, _event, _option, _warning, _words))],
)
def test_anything_new_is_counted(made: Any, again: Any, more: Any, builds: list[int], change: Any) -> None:
    with open_workspace(made.folder) as workspace:
        change(workspace, more)
    again()
    assert len(builds) == 1
    again()
    assert len(builds) == 1


@SLOW
def test_another_coder_is_counted(made: Any, more: Any, builds: list[int]) -> None:
    with open_workspace(made.folder) as workspace:
        more.other_coder(workspace)
        report(workspace, more.quiet())
    assert len(builds) == 1


@pytest.mark.parametrize(
    "what", ["minyi.unchanged.code_print", "minyi.unchanged.versions", "minyi.unchanged.local_day"]
)
def test_another_program_or_day_is_counted(
    again: Any, builds: list[int], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    class Other:
        sha256 = "other"

    monkeypatch.setattr(what, lambda *_: Other())
    monkeypatch.setattr(Other, "__str__", lambda _: "other")
    again()
    assert len(builds) == 1


@SLOW
@pytest.mark.parametrize("asked", [{"audience": "public"}, {"preset": "weekly"}])
def test_each_kind_of_report_is_counted_by_itself(again: Any, builds: list[int], asked: dict[str, Any]) -> None:
    again(**asked)
    again(**asked)
    again()
    assert len(builds) == 1


@SLOW
@pytest.mark.parametrize("part", ["numbers.json", "snapshot.npz", "manifest.json"])
def test_what_a_run_kept_is_not_used_when_it_was_changed(made: Any, again: Any, builds: list[int], part: str) -> None:
    file = made.kept / part
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(ManifestChanged) as caught:
        again()
    assert part in str(caught.value)
    assert caught.value.remedy
    assert not builds


@SLOW
def test_what_came_since_the_last_report_stays_told_until_something_comes(made: Any, again: Any, more: Any) -> None:
    with open_workspace(made.folder) as workspace:
        more.add(workspace, 1000, 5)
        analyse(workspace, more.quiet())
    again()
    assert (numbers(made)["since"]["run"], numbers(made)["since"]["new"]) == (made.run, 5)
    second = again()
    assert (numbers(made)["since"]["run"], numbers(made)["since"]["new"]) == (made.run, 5)
    with open_workspace(made.folder) as workspace:
        more.add(workspace, 2000, 2)
        analyse(workspace, more.quiet())
    again()
    assert (numbers(made)["since"]["run"], numbers(made)["since"]["new"]) == (second, 2)
