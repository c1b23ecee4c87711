"""A file that is not as its run wrote it is found out, whoever wrote it and whatever it is called."""

from __future__ import annotations

import json
import re
from email import message_from_bytes, policy
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from minyi import rerunning, verified_texts, verifying
from minyi.fingerprints import CodePrint
from minyi.manifests import kept_by
from minyi.presets import Asked
from minyi.reporting import report
from minyi.unkept import UnknownRun
from minyi.verdicts_shown import verify_all
from minyi.verifying import verify
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from minyi.console import Console
    from minyi.verifying import Verdict
    from minyi.workspace import Workspace

FORMATS = ("html", "md", "xlsx", "docx", "pptx", "eml")
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a line more": lambda content: content + b"\r\n",
    "a page more": lambda content: content + content,
    "one byte less": lambda content: content[:-1],
    "a space before": lambda content: b" " + content,
    "a byte in its middle": lambda content: (
        content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 1]) + content[len(content) // 2 + 1 :]
    ),
    "half": lambda content: content[: len(content) // 2],
    "nothing": lambda _: b"",
    "something else": lambda _: b"no report at all",
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was counted and rendered, so that a test that checks many files does so once."""
    rendered = verified_texts.rendered
    known: dict[Any, Any] = {}

    def renders(edition: Any, numbers: Any, language: Any, languages: Any) -> Any:
        key = (edition.name, language, id(numbers))
        if key not in known:
            known[key] = rendered(edition, numbers, language, languages)
        return known[key]

    monkeypatch.setattr(verified_texts, "rendered", renders)
    return {}


@pytest.fixture
def other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is another than the one that made the report."""
    monkeypatch.setattr(rerunning, "code_print", lambda: CodePrint("0.0", "f" * 64))


def told_of_calls(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Each call of a function by its full name, which works as before."""
    module, _, function = name.rpartition(".")
    works, calls = getattr(import_module(module), function), list[str]()

    def called(*args: Any, **named: Any) -> Any:
        calls.append(function)
        return works(*args, **named)

    monkeypatch.setattr(name, called)
    return calls


def checked(workspace: Workspace, path: Path, console: Console, counted: dict[str, Any]) -> Verdict | str:
    """What is found, or what is said where the file is refused."""
    try:
        return verify(workspace, path, console, counted)
    except MinyiError as error:
        return error.what


def copied(path: Path, to: Path) -> Path:
    to.write_bytes(path.read_bytes())
    return to


def reworded(path: Path, old: str, new: str) -> Path:
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())
    return path


@pytest.mark.parametrize("name", [pytest.param(it, marks=() if it == "md" else pytest.mark.slow) for it in FORMATS])
@pytest.mark.usefixtures("other_code")
def test_a_damaged_file_never_passes_though_other_code_wrote_it(
    opened: Workspace, made: Any, console: Console, counted: Any, name: str
) -> None:
    pytest.importorskip({"docx": "docx", "pptx": "pptx", "eml": "resvg_py"}.get(name, "jinja2"))
    path = next(it for it in report(opened, console, asked=Asked(formats=(name,))) if it.name == f"report.zh.{name}")
    whole = path.read_bytes()
    untouched = checked(opened, path, console, counted)
    assert not isinstance(untouched, str)
    assert untouched.failures == []
    assert any(note.startswith("other code") for note in untouched.notes)
    for what, damage in DAMAGES.items():
        path.write_bytes(damage(whole))
        found = checked(opened, path, console, counted)
        assert isinstance(found, str) or found.failures, what
        assert isinstance(found, str) or all(it.claims for it in found.failures), what


@pytest.mark.slow
@pytest.mark.usefixtures("other_code")
def test_a_mail_with_another_attachment_does_not_pass(
    opened: Workspace, made: Any, console: Console, counted: Any
) -> None:
    pytest.importorskip("resvg_py")
    report(opened, console, asked=Asked(formats=("eml",)))
    path = made.reports / "report.en.eml"
    mail = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
    mail.add_header("X-Note", "approved")
    path.write_bytes(mail.as_bytes())
    found = checked(opened, path, console, counted)
    assert not isinstance(found, str)
    assert [it.recomputed for it in found.failures] == ["differs in what no reader sees"]


@pytest.mark.usefixtures("other_code")
def test_what_other_code_words_otherwise_passes_only_as_its_run_wrote_it(
    opened: Workspace, made: Any, console: Console, counted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rendered = made.reports / "report.en.html", verified_texts.rendered

    def reworded_by_other_code(*args: Any) -> Any:
        now = rendered(*args)
        return now._replace(texts=[text.replace("Counted", "Found") for text in now.texts], content=b"other")

    monkeypatch.setattr(verified_texts, "rendered", reworded_by_other_code)
    found = checked(opened, path, console, counted)
    assert not isinstance(found, str)
    assert found.failures == []
    assert any("as the run wrote them, and would be others today: " in note for note in found.notes)
    path.write_bytes(path.read_bytes().replace(b"Counted", b"Counted "))
    altered = checked(opened, path, console, counted)
    assert not isinstance(altered, str)
    assert altered.failures


def test_a_file_may_be_called_anything_and_be_reached_by_a_link(
    opened: Workspace, made: Any, console: Console, counted: Any, tmp_path: Path
) -> None:
    renamed = copied(made.reports / "report.en.html", tmp_path / "of March.HTML")
    link = tmp_path / "latest"
    link.symlink_to(made.reports / "report.zh.html")
    upper = copied(made.reports / "numbers.json", tmp_path / "N.JSON")
    for path in (renamed, link, upper):
        found = checked(opened, path, console, counted)
        assert not isinstance(found, str), found
        assert found.failures == []
    assert verifying.study_of(link) == made.folder
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    for nothing in (tmp_path / "broken", made.reports):
        assert checked(opened, nothing, console, counted) == "there is no such file"


def test_a_file_under_the_name_of_another_format_is_refused(
    opened: Workspace, made: Any, console: Console, tmp_path: Path
) -> None:
    pytest.importorskip("pypdf")
    for wrong in ("report.json", "report.md", "report.xlsx", "report.eml", "report.pdf", "report.txt"):
        with pytest.raises(MinyiError, match=r"no report|cannot be read|no file of a report|no mail|no office file"):
            verify(opened, copied(made.reports / "report.en.html", tmp_path / wrong), console)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('lang="en"', 'lang="fr"', "in the language “fr”"),
        ('lang="en"', 'lang=""', "in the language “”"),
        ('name="minyi-run" content="RUN"', 'name="minyi-run" content=""', "no run "),
        ('name="minyi-run" content="RUN"', 'name="minyi-run" content="1"', "run 1 was `minyi"),
        ('name="minyi-run" content="RUN"', 'name="minyi-run" content="../9"', "no run ../9"),
    ],
)
def test_a_page_that_says_what_cannot_be_is_refused(
    opened: Workspace, made: Any, console: Console, old: str, new: str, said: str
) -> None:
    path = reworded(made.reports / "report.en.html", old.replace("RUN", made.run), new)
    with pytest.raises((UsageError, UnknownRun), match=re.escape(said)):
        verify(opened, path, console)


def test_a_page_that_gives_itself_out_as_another_is_found_out(
    opened: Workspace, made: Any, console: Console, counted: Any
) -> None:
    path = made.reports / "report.en.html"
    whole = path.read_text("utf-8")
    page = reworded(path, '<html lang="en"', '<html lang="zh"')
    language = checked(opened, page, console, counted)
    assert not isinstance(language, str)
    assert len(language.failures) > 100
    path.write_text(whole, encoding="utf-8")
    page.write_text(whole.replace('name="minyi-audience" content="internal"', 'name="minyi-audience" content="public"'))
    audience = checked(opened, page, console, counted)
    assert not isinstance(audience, str)
    assert [it.what for it in audience.failures] == ["text"]


@pytest.mark.slow
def test_a_page_of_one_run_does_not_pass_for_that_of_another(
    opened: Workspace, made: Any, console: Console, counted: Any
) -> None:
    first = (made.reports / "report.en.html").read_bytes()
    report(opened, console)
    second = opened.store.runs(opened.study.id)[-1].id
    path = made.reports / "report.en.html"
    path.write_bytes(first.replace(f'content="{made.run}"'.encode(), f'content="{second}"'.encode()))
    found = checked(opened, path, console, counted)
    assert not isinstance(found, str)
    assert found.run == second
    assert found.failures


def test_several_files_are_counted_again_once_and_each_is_told_of(
    opened: Workspace, made: Any, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = told_of_calls(monkeypatch, "minyi.verifying.recount")
    page, numbers = made.reports / "report.zh.html", made.reports / "numbers.json"
    damaged = made.reports / "damaged.html"
    damaged.write_bytes(page.read_bytes().replace(b"</body>", b"<p>7</p></body>"))
    none = made.reports / "none.md"
    none.write_bytes(b"")
    console.json = True
    assert verify_all([page, numbers], None, console)
    assert len(times) == 1
    assert not verify_all([page, damaged, none, page], None, console)
    events = [json.loads(line) for line in console.out.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert [(it["event"], it.get("verified")) for it in events] == [
        *(("file", True), ("file", True), ("done", True)),
        *(("file", True), ("file", False), ("error", None), ("done", False)),
    ]
    assert [it["verified"] for it in events[-1]["files"]] == [True, False, False]


def test_a_single_file_that_cannot_be_checked_is_refused(made: Any, console: Console) -> None:
    with pytest.raises(UsageError, match="no such file"):
        verify_all([made.reports / "none.json"], None, console)


def test_the_kept_rollup_serves_only_while_it_is_of_the_very_same_comments(
    opened: Workspace, made: Any, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew = told_of_calls(monkeypatch, "minyi.rollups_then.rollup_of")
    path = made.reports / "numbers.json"
    assert verify(opened, path, console).failures == []
    assert anew == []
    quoted = {voice["id"] for voice in json.loads(path.read_text("utf-8"))["voices"]}
    other = next(name for (name,) in made.sql("SELECT id FROM comment ORDER BY key") if name not in quoted)
    made.sql(
        "UPDATE comment SET text = '手续费手续费' WHERE id = ?", other
    )  # behind the back of whatever counts changes
    verify(opened, path, console)
    assert len(anew) == 1


def test_a_rollup_gives_the_numbers_that_the_texts_give(opened: Workspace, made: Any) -> None:
    kept = kept_by(opened, made.run)
    rolled = rerunning.recount(opened, kept, afresh=False)
    assert rolled.numbers == rerunning.recount(opened, kept).numbers
