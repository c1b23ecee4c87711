"""A report is checked against the store: what was changed is found and named, what was not passes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from minyi.rerunning import read_report
from minyi.unkept import ManifestChanged, UnknownRun
from minyi.verdicts_shown import show
from minyi.verified_texts import differing
from minyi.verifying import study_of, verify
from minyi.workspace import open_workspace
from storage.errors import UsageError

if TYPE_CHECKING:
    from minyi.console import Console
    from minyi.verifying import Verdict
    from minyi.workspace import Workspace


def numbers_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def rewritten(path: Path, numbers: dict[str, Any]) -> Path:
    path.write_text(json.dumps(numbers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def named(verdict: Verdict, what: str) -> list[str]:
    return [it.name for it in verdict.failures if it.what == what]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("numbers.json", marks=pytest.mark.slow),
        pytest.param("report.zh.html"),
        pytest.param("report.en.html", marks=pytest.mark.slow),
    ],
)
def test_what_was_written_passes_whole(opened: Workspace, made: Any, console: Console, name: str) -> None:
    verdict = verify(opened, made.reports / name, console)
    show(verdict, console)
    assert verdict.failures == []
    claims = len(numbers_of(made.reports / "numbers.json")["claims"])
    assert verdict.tallies["claims"] == (claims, claims)
    assert verdict.tallies["quotes"].all > 3
    assert all(it.right == it.all > 0 for it in verdict.tallies.values())
    assert f"claims {claims}/{claims} recomputed" in console.out.getvalue()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_what_came_later_fails_nothing(opened: Workspace, made: Any, more: Any, console: Console) -> None:
    more.add(opened, 900, 50)
    more.label(opened, "Ann", 60, turned=1)
    file = made.folder / "study.toml"
    added = '\n[[events]]\ndate = 2026-03-05\nkind = "media"\ntitle = { zh = "报道", en = "A story" }\n'
    file.write_text(file.read_text("utf-8") + added, encoding="utf-8")
    with open_workspace(made.folder) as workspace:
        assert verify(workspace, made.reports / "numbers.json", console).failures == []


@pytest.mark.parametrize("part", ["value", "n", "digest", "slots"])
@pytest.mark.slow
def test_a_changed_claim_is_named_with_both_values(opened: Workspace, made: Any, console: Console, part: str) -> None:
    path = made.reports / "numbers.json"
    numbers = numbers_of(path)
    claim = numbers["claims"][0]
    if part == "slots":
        slot = next(slot for slot in claim["slots"].values() if "int" in slot)
        slot["int"] += 1
    else:
        claim[part] = claim[part] + 1 if part != "digest" else "0" * 16
    failure = verify(opened, rewritten(path, numbers), console).failures[0]
    assert (failure.what, failure.name) == ("claim", claim["id"])
    assert failure.printed != failure.recomputed


@pytest.mark.slow
def test_a_figure_of_no_sentence_is_named_by_its_path_and_its_panel(
    opened: Workspace, made: Any, console: Console
) -> None:
    path = made.reports / "numbers.json"
    numbers = numbers_of(path)
    numbers["totals"]["places"] += 1
    verdict = verify(opened, rewritten(path, numbers), console)
    assert named(verdict, "figure") == ["totals.places"]
    assert verdict.failures[0].claims == ("P1",)
    show(verdict, console)
    assert "figure totals.places [P1]: printed" in console.out.getvalue()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_digit_on_the_page_names_its_claim(opened: Workspace, made: Any, console: Console) -> None:
    path = made.reports / "report.en.html"
    page = path.read_text("utf-8")
    begun = page.index('id="happened"')
    found = re.compile(r">[^<>]*?(\d)[^<>]*\.<").search(page, page.index("<li", begun))
    assert found
    at = found.start(1)
    path.write_text(page[:at] + str((int(page[at]) + 1) % 10) + page[at + 1 :], encoding="utf-8")
    verdict = verify(opened, path, console)
    assert any(re.fullmatch(r"C\d+", name) for name in named(verdict, "claim"))
    assert verdict.tallies["texts"].right < verdict.tallies["texts"].all


@pytest.mark.slow
def test_what_no_reader_sees_counts_too(opened: Workspace, made: Any, console: Console) -> None:
    path = made.reports / "report.en.html"
    page = path.read_text("utf-8")
    found = re.search(r'<rect [^>]*height="(\d+)', page) or re.search(r'd="M(\d+)', page)
    assert found
    path.write_text(page[: found.start(1)] + "9" + page[found.start(1) :], encoding="utf-8")
    assert [it.recomputed for it in verify(opened, path, console).failures] == ["differs in what no reader sees"]


@pytest.mark.slow
def test_a_changed_quote_is_found_in_the_file_and_in_the_store(opened: Workspace, made: Any, console: Console) -> None:
    path = made.reports / "numbers.json"
    numbers = numbers_of(path)
    voice = numbers["voices"][0]
    whole = path.read_bytes()
    voice["text"] += "！"
    verdict = verify(opened, rewritten(path, numbers), console)
    assert voice["id"] in named(verdict, "quote")
    assert all("P10" in it.claims or "P8" in it.claims for it in verdict.failures if it.what == "quote")
    path.write_bytes(whole)
    made.sql("UPDATE comment SET text = text || '。不' WHERE id = ?", voice["id"])
    assert voice["id"] in named(verify(opened, path, console), "quote")
    made.sql("DELETE FROM comment WHERE id = ?", voice["id"])
    failures = verify(opened, path, console).failures
    assert ("quote", "not in the store") in {(it.what, it.recomputed) for it in failures}


def test_a_changed_machine_label_fails_and_names_claims(opened: Workspace, made: Any, console: Console) -> None:
    made.sql(
        "UPDATE annotation SET stance = 'neutral' WHERE stance = 'concern' AND coding = "
        "(SELECT key FROM coding WHERE annotator_kind = 'classifier')"
    )
    verdict = verify(opened, made.reports / "report.zh.html", console)
    assert any("said to say something else" in it.recomputed for it in verdict.failures)
    assert named(verdict, "claim")


@pytest.mark.slow
def test_a_changed_label_of_a_person_fails_and_names_claims(opened: Workspace, made: Any, console: Console) -> None:
    made.sql(
        "UPDATE annotation SET stance = 'support', concern = 0, support = 1 WHERE stance = 'concern' AND coding IN "
        "(SELECT key FROM coding WHERE annotator = 'person:Ann')"
    )
    verdict = verify(opened, made.reports / "numbers.json", console)
    lost = next(it for it in verdict.failures if "labels that say something else" in it.recomputed)
    assert set(lost.claims) == set(named(verdict, "claim"))
    assert "P14" in lost.claims
    assert named(verdict, "claim")


def test_an_event_that_was_changed_or_removed_is_named_with_its_claims(made: Any, console: Console) -> None:
    file = made.folder / "study.toml"
    file.write_text(file.read_text("utf-8").replace("date = 2026-03-20", "date = 2026-03-21"), encoding="utf-8")
    with open_workspace(made.folder) as workspace:
        (failure,) = verify(workspace, made.reports / "numbers.json", console).failures
    assert failure.what == "event"
    assert failure.name == "2 Fee begins (2026-03-20)"
    assert failure.claims[-1] == "P5"
    assert "2026-03-21" in failure.recomputed


@pytest.mark.slow
def test_a_changed_manifest_or_part_fails(opened: Workspace, made: Any, console: Console) -> None:
    told = made.kept / "told.json"
    told.write_bytes(told.read_bytes().replace(b'"collected": 160', b'"collected": 161'))
    with pytest.raises(ManifestChanged, match="not what it wrote"):
        verify(opened, made.reports / "numbers.json", console)
    manifest = made.kept / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"generated_at": 1', b'"generated_at":  1'))
    told.write_bytes(told.read_bytes().replace(b'"collected": 161', b'"collected": 160'))
    verdict = verify(opened, made.reports / "numbers.json", console)
    assert [(it.what, it.name) for it in verdict.failures] == [("kept", "manifest.json")]
    assert "no claim can be recomputed" in verdict.failures[0].recomputed


def test_a_report_of_another_study_or_run_is_refused(opened: Workspace, made: Any, console: Console) -> None:
    path = made.reports / "numbers.json"
    numbers = numbers_of(path)
    numbers["study"]["id"] = "other"
    with pytest.raises(UsageError, match="of the study other"):
        verify(opened, rewritten(path, numbers), console)
    numbers["study"]["id"], numbers["provenance"]["run"] = "pier", "77"
    with pytest.raises(UnknownRun):
        verify(opened, rewritten(path, numbers), console)
    with pytest.raises(UsageError, match="no such file"):
        verify(opened, made.reports / "none.json", console)


def test_the_study_is_the_one_the_file_lies_in(made: Any) -> None:
    assert study_of(made.reports / "numbers.json") == made.folder
    assert study_of(Path("/nowhere/numbers.json")) == Path()


def test_a_text_that_was_added_or_taken_away_is_told(made: Any) -> None:
    numbers = numbers_of(made.reports / "numbers.json")
    found = differing(["Head", "one [C1]", "two"], ["Head", "two", "three"], numbers, "en")
    assert [(it.printed, it.expected) for it in found] == [("", "one [C1]"), ("three", "")]
    assert found[0].claims == ["C1"]


def test_one_changed_digit_of_a_page_is_pointed_at_and_its_claim_not_counted(
    opened: Workspace, made: Any, console: Console
) -> None:
    page = made.reports / "report.en.html"
    text = page.read_text("utf-8")
    claims = len(numbers_of(made.reports / "numbers.json")["claims"])
    digit = re.search(r"<li.*?<b>(\d+)</b>", text[text.index('id="happened"') :], re.DOTALL)
    assert digit
    at = text.index('id="happened"') + digit.start(1)
    page.write_text(f"{text[:at]}7{text[at:]}", "utf-8")
    verdict = verify(opened, page, console)
    show(verdict, console)
    said = console.out.getvalue()  # type: ignore[attr-defined]
    assert f"«7{digit[1]}»" in said
    assert f"«{digit[1]}»" in said
    wrong = {name for it in verdict.failures if it.what == "claim" for name in it.claims}
    assert verdict.tallies["claims"] == (claims - len(wrong), claims)
    assert wrong
    assert said.endswith("Not verified: 1 failure.\n") == (len(verdict.failures) == 1)


def test_texts_that_stand_apart_are_not_read_as_one_word(made: Any) -> None:
    texts = read_report(made.reports / "report.en.html").texts
    assert not [text for text in texts if re.search(r"\dcomments|(not audited|by people|apart)[A-Z]", text)]
