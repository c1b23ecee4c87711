"""What others wrote is text in everything that comes out, whatever it is written to do."""

from __future__ import annotations

import csv
import json
import re
from email import message_from_bytes, policy
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest
from live import Nodes, formulas, office_nodes, paper_powers, rendered
from odd_words import MARK, OWN, poisoned
from python_calamine import CalamineWorkbook

from reports.editions import EDITIONS
from reports.tables import BEFORE_FORMULA, FORMULA_STARTS, formula_safe
from storage.text import TEXT_LIMIT, clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUTSIDE = "file:///etc/passwd"
FETCHING = (
    *(f'<link rel={rel} href="{OUTSIDE}">' for rel in ("attachment", "stylesheet", "icon")),
    *(
        f'<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image {name}="{OUTSIDE}"/></svg>'
        for name in ("href", "xlink:href")
    ),
    *(
        f'<svg><{tag} href="{OUTSIDE}#a"/></svg>'
        for tag in ("use", "script", "feImage", "a", "linearGradient", "textPath")
    ),
    f'<?xml-stylesheet href="{OUTSIDE}"?><svg><style>@import url({OUTSIDE});</style></svg>',
    f"<style>@font-face{{src:url({OUTSIDE})}}</style>",
    *(
        f'<{tag} src="{OUTSIDE}" data="{OUTSIDE}" srcset="{OUTSIDE}">'
        for tag in ("img", "embed", "object", "iframe", "input")
    ),
    f"<p style=\"background:url('{OUTSIDE}');content:url({OUTSIDE});list-style:url({OUTSIDE})\">",
    f'<svg><foreignObject><iframe src="{OUTSIDE}"></foreignObject></svg>',
    f"data:image/svg+xml,<svg><image href='{OUTSIDE}'/></svg>",
    f'<a rel=attachment href="{OUTSIDE}">a</a><base href="{OUTSIDE}">',
)
"""What the maker of PDFs would fetch, were it markup."""
QUICK = ("html", "md", "xlsx", "eml")


@pytest.fixture(scope="module")
def study(told: Callable[..., Any]) -> Any:
    """A study of our own attacks: its folder and its texts."""
    return told()


@pytest.fixture(scope="module")
def odd(study: Any, minyi: Callable[..., Any]) -> Path:
    """Its folder, with a report in every edition that is quick to make."""
    folder: Path = study.folder
    formats = [part for name in QUICK for part in ("--format", name)]
    ended = minyi("report", folder, *formats)
    assert ended.code == 0, ended.said
    return folder


@pytest.fixture(scope="module")
def numbers(odd: Path) -> dict[str, Any]:
    """What that report is made from."""
    found: dict[str, Any] = json.loads((odd / "reports" / "numbers.json").read_text("utf-8"))
    return found


def read_back(path: Path) -> list[str]:
    """The text of every comment, as a program reads the file."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        head, *cells = CalamineWorkbook.from_path(path).get_sheet_by_name("rows").to_python()
        rows = [dict(zip(head, row, strict=True)) for row in cells]
    return [row["text"] for row in rows]


def report(folder: Path, name: str) -> bytes:
    return (folder / "reports" / f"report.en.{name}").read_bytes()


def test_a_page_runs_nothing_of_others(odd: Path) -> None:
    page = report(odd, "html").decode()
    assert page.count(MARK) > 100
    assert not Nodes(page).live(MARK)


def test_markdown_and_mail_run_nothing_of_others(odd: Path) -> None:
    assert not Nodes(rendered(report(odd, "md").decode())).live(MARK)
    mail = message_from_bytes(report(odd, "eml"), policy=policy.default)
    assert not Nodes(mail.get_body(("html",)).get_content()).live(MARK)  # type: ignore[union-attr]
    assert not [name for name in mail.keys() if MARK in name.lower()]  # noqa: SIM118  repeated headers count
    assert not re.search(r"[\r\n]", str(mail["Subject"]))


@pytest.mark.parametrize("name", ["xlsx", *(pytest.param(name, marks=pytest.mark.slow) for name in ("docx", "pptx"))])
def test_office_files_hold_no_element_or_address_of_others(odd: Path, numbers: dict[str, Any], name: str) -> None:
    content = report(odd, name) if name in QUICK else EDITIONS[name].render(numbers, "en")
    names, outside = office_nodes(content)
    assert not [tag for tag in names if MARK in tag]
    assert all(address.startswith(("https://", "http://", "mailto:")) for address in outside)
    assert name != "xlsx" or not formulas(content)


@pytest.mark.slow
def test_paper_does_nothing(numbers: dict[str, Any]) -> None:
    assert not paper_powers(EDITIONS["pdf"].render(numbers, "en"))


@pytest.mark.slow
def test_paper_asks_for_nothing(numbers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(address: str, *_: object, **__: object) -> None:
        asked.append(address)
        raise ValueError(address)

    monkeypatch.setattr("reports.editions.pdf._refuse", ask)
    made = poisoned(numbers, cycle([*FETCHING, " ".join(FETCHING)]))
    assert not paper_powers(EDITIONS["pdf"].render(made, "en"))
    assert asked == []


def test_no_steering_character_and_no_template_comes_out(odd: Path) -> None:
    for name in QUICK:
        said = "".join(EDITIONS[name].read(report(odd, name)).texts)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0e-\x1f]", said), name
        assert "{{7*7}}" in said or name not in {"html", "md", "xlsx", "docx"}, name  # as it was written


@pytest.fixture(scope="module")
def tables(odd: Path, minyi: Callable[..., Any]) -> Path:
    """The same study as tables."""
    assert minyi("export", odd, "--format", "csv", "--format", "jsonl", "--format", "xlsx").code == 0
    return odd / "export"


def test_tables_give_back_what_the_text_door_let_in(study: Any, tables: Path) -> None:
    given = [clean(text) for text in [*study.texts, OWN[0]]]
    read = {name: sorted(read_back(tables / f"comments.{name}")) for name in ("jsonl", "csv", "xlsx")}
    assert read["jsonl"] == sorted(given)
    assert read["csv"] == sorted(map(formula_safe, given))
    assert [text for text in read["xlsx"] if len(text) < TEXT_LIMIT] == [
        t for t in sorted(given) if len(t) < TEXT_LIMIT
    ]


def test_tables_hold_no_formula(tables: Path) -> None:
    assert not formulas((tables / "comments.xlsx").read_bytes())
    with (tables / "comments.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    running = [cell for cell in cells if cell.lstrip(BEFORE_FORMULA).startswith(FORMULA_STARTS)]
    assert [cell for cell in running if not cell.startswith("'") and not re.fullmatch(r"-?[\d.]+", cell)] == []


def test_no_text_of_others_names_a_file(odd: Path, tables: Path) -> None:
    """Every file is in the study's folder, and by a name of ours; the one exception is the file that was imported."""
    assert [path.suffix for path in odd.parent.iterdir() if path != odd] == [".csv"]
    assert [path for path in odd.rglob("*") if MARK in path.name] == []


def test_the_kit_for_labelling_holds_texts_alone(odd: Path, minyi: Callable[..., Any]) -> None:
    assert minyi("sample", odd, "--size", "60").code == 0
    kit = odd.parent / "kit.html"
    ended = minyi("label", odd, "--as", '<x9q onload="x9q=1">', "--kit", kit)
    assert ended.code == 0, ended.said
    page = kit.read_text("utf-8")
    kit.unlink()
    assert page.count(MARK) > 60
    assert not Nodes(page).live(MARK)
