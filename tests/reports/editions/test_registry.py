"""The registry of editions, the page read back, and what write_report does when an edition cannot be made."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from reports import editions, write
from reports.editions import EDITIONS, edition_named, edition_of
from reports.page import render_html
from reports.wording import locale_for
from reports.write import EditionsMissingError, write_report
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.editions import Edition


def test_there_are_seven_editions() -> None:
    assert list(EDITIONS) == ["html", "md", "xlsx", "pdf", "docx", "pptx", "eml"]


def test_an_edition_is_known_by_the_end_of_its_file() -> None:
    assert [edition_of(Path(f"report.zh{edition.suffix.upper()}")) for edition in EDITIONS.values()] == list(
        EDITIONS.values()
    )
    with pytest.raises(UsageError, match=r"report\.zh\.odt"):
        edition_of(Path("report.zh.odt"))


def test_an_edition_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="odt"):
        edition_named("odt")


def test_the_registry_loads_no_library() -> None:
    heavy = "{'weasyprint', 'docx', 'pptx', 'xlsxwriter', 'resvg_py', 'pypdf', 'jinja2', 'pandas', 'reports.page'}"
    code = f"import sys, reports.editions; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_read_back_says_what_it_was_made_from(rich_numbers: dict[str, Any], language: Any) -> None:
    found = EDITIONS["html"].read(EDITIONS["html"].render(rich_numbers, language))

    assert found[:4] == ("r-20260413-01", language, "internal", "full")
    locale = locale_for(language, rich_numbers)
    said = " ".join(found.texts)
    for claim in rich_numbers["claims"]:
        assert "".join(piece.text for piece in locale.sentence(claim)) in said
    for voice in rich_numbers["voices"]:
        assert any(voice["text"] in text for text in found.texts)


def test_nothing_unseen_is_read_and_nothing_seen_left_out(rich_numbers: dict[str, Any]) -> None:
    read = EDITIONS["html"].read
    page = render_html(rich_numbers, "en")
    plain = read(page.encode())
    assert read(render_html(rich_numbers, "en", "report.zh.html").encode()) == plain
    assert not any("{" in text for text in plain.texts)
    assert plain.texts.index("What happened") < plain.texts.index("Ledger of claims")
    assert read(page.replace("What happened</h2>", "What happaned</h2>").encode()).texts != plain.texts


def test_a_file_that_is_no_report_is_refused() -> None:
    with pytest.raises(MinyiError, match="no page of a report"):
        EDITIONS["html"].read(b"<html><body>hello")


def _without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    def found(edition: Edition) -> Edition:
        return replace(edition, render=_cannot) if edition.name in missing else edition

    def _cannot(numbers: Mapping[str, Any], language: str) -> bytes:
        raise MinyiError(f"No {language} today.", remedy="Wait.")

    known = MappingProxyType({name: found(edition) for name, edition in EDITIONS.items()})
    monkeypatch.setattr(editions, "EDITIONS", known)


def test_what_can_be_made_is_written_and_the_rest_is_told(
    rich_numbers: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without(monkeypatch, "pdf")
    with pytest.raises(EditionsMissingError, match=r"without pdf: No zh today\. Wait\.") as told:
        write_report(rich_numbers, tmp_path, ("zh", "en"), ("pdf", "html"))
    assert list(told.value.missing) == ["pdf"]
    assert [path.name for path in told.value.written] == ["numbers.json", "report.zh.html", "report.en.html"]
    assert all(path.exists() for path in told.value.written)


def test_an_unknown_format_writes_nothing(rich_numbers: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write.write_report(rich_numbers, tmp_path / "new", ("zh",), ("html", "odt"))
    assert not (tmp_path / "new").exists()


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "find_spec", lambda _: None)
    monkeypatch.setattr(editions, "install_remedy", lambda *extras: f"Install {'+'.join(extras)}")
    with pytest.raises(MinyiError, match=r"weasyprint, pypdf.*Install pdf"):
        EDITIONS["pdf"].render({}, "en")
    with pytest.raises(MinyiError, match=r"pdf \(weasyprint, pypdf\) and docx .*Install pdf\+docx\+mail") as several:
        editions.must_be_installed(*(EDITIONS[name] for name in ("html", "pdf", "docx")))
    assert several.value.remedy.count("Install") == 1
