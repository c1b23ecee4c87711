"""A report of any kind, and with all that was told to it, is made again to the byte and passes when it is checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from minyi import reporting
from minyi.presets import Asked
from minyi.rerunning import named_run, rerun
from minyi.responses import respond
from minyi.verifying import verify

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace

pytestmark = pytest.mark.slow


def made_again(workspace: Workspace, console: Console, asked: Asked) -> dict[str, Any]:
    """Report, make it again, check its numbers and a page; gives the numbers."""
    written = reporting.report(workspace, console, asked=asked)
    run = named_run(workspace, "last")
    assert rerun(workspace, run, console), console.out.getvalue()  # type: ignore[attr-defined]
    for path in written:
        if path.name in {"numbers.json", "report.zh.html"}:
            assert verify(workspace, path, console).failures == [], path
    numbers = next(path for path in written if path.name == "numbers.json")
    found: dict[str, Any] = json.loads(numbers.read_text("utf-8"))
    return found


def told(workspace: Workspace, folder: Path, console: Console) -> None:
    """Themes, an answer, a paraphrase and a warning."""
    numbers = json.loads((folder / "reports" / "numbers.json").read_text("utf-8"))
    ask = numbers["asks"]["listed"][0]
    examples = json.dumps([ask["id"]])
    (folder / "themes.toml").write_text(
        f'[[themes]]\nkey = "counted"\ntitle = "Charge by the visit"\nexamples = {examples}\n', encoding="utf-8"
    )
    form = f"Request key,Our response (English)\n{ask['key']},We will\n"
    (folder / "form.csv").write_text(form, encoding="utf-8")
    respond(workspace, folder / "form.csv", console)
    warning = '[[advisories]]\nkey = "wind"\nreason = "The forum lost a day"\nstart = 2026-03-04\nend = 2026-03-04\n'
    (folder / "advisories.toml").write_text(warning, encoding="utf-8")


@pytest.mark.parametrize(
    "asked",
    [Asked(), Asked(audience="public"), Asked(preset="weekly")],
    ids=["internal", "public", "weekly"],
)
def test_themes_answers_and_advisories_come_again(opened: Workspace, made: Any, console: Console, asked: Asked) -> None:
    told(opened, made.folder, console)
    numbers = made_again(opened, console, asked)
    assert numbers["options"] == {"audience": asked.audience, "preset": asked.preset}
    assert numbers["advisories"]
    assert asked != Asked() or any(ask["response"] for ask in numbers["asks"]["listed"])


def test_a_paragraph_that_was_added_after_counting_comes_again(
    opened: Workspace, made: Any, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = json.loads((made.reports / "numbers.json").read_text("utf-8"))["claims"][0]["id"]
    paragraph = {
        language: {"text": f"{{{first}}}", "model": "m", "state": "accepted", "reason": ""} for language in ("zh", "en")
    }
    monkeypatch.setattr(reporting, "with_paragraph", lambda _workspace, numbers, _: numbers | {"paragraph": paragraph})
    assert made_again(opened, console, Asked())["paragraph"] == paragraph
    path = made.reports / "numbers.json"
    path.write_text(path.read_text("utf-8").replace(f'"text": "{{{first}}}"', '"text": "{C2}"'), encoding="utf-8")
    failure = verify(opened, path, console).failures[0]
    assert failure.name.startswith("paragraph.")
    assert failure.claims == ("C2",)
