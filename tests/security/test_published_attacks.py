"""Every text of the public lists of attacks, through every output."""

from __future__ import annotations

import json
import os
from email import message_from_bytes, policy
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest
from live import Nodes, formulas, office_nodes, paper_powers, rendered
from odd_words import PUBLIC, poisoned, published
from python_calamine import CalamineWorkbook

from minyi.labelling.page import label_page
from minyi.searching import query_of, search
from minyi.workspace import open_workspace
from reports.editions import EDITIONS
from storage.errors import UsageError
from storage.nouns import Page
from storage.text import clean, is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.shared, pytest.mark.slow]

PLAIN = "一句平常的话 said in plain words"
SHOWN = [name for name in PUBLIC if name not in {"traversal", "emoji"}]
"""Lists that go through the editions; the eleven thousand paths, and the emoji, go through tables and the store."""
AT_ONCE = {"docx": 25, "pptx": 25, "pdf": 40}
"""How many attacks stand in one place of the editions that take long to make; which comes first makes no difference."""


@pytest.fixture(scope="module")
def numbers(told: Callable[..., Any], minyi: Callable[..., Any]) -> dict[str, Any]:
    """What a report of harmless comments is made from."""
    folder = told([PLAIN], 60).folder
    assert minyi("report", folder).code == 0
    found: dict[str, Any] = json.loads((folder / "reports" / "numbers.json").read_text("utf-8"))
    return found


def rounds(numbers: dict[str, Any], words: list[str]) -> Iterator[dict[str, Any]]:
    """The numbers again and again, until each of the words stood somewhere."""
    used, endless = 0, cycle(map(clean, words))  # no other text gets as far as here

    def counted() -> Iterator[str]:
        nonlocal used
        for word in endless:
            used += 1
            yield word

    while used < len(words):
        yield poisoned(numbers, counted())


def page_of(name: str, content: bytes) -> str:
    """What a browser would be given of an edition that is text."""
    if name == "md":
        return rendered(content.decode())
    if name == "eml":
        return str(message_from_bytes(content, policy=policy.default).get_body(("html",)).get_content())  # type: ignore[union-attr]
    return content.decode()


def some(shared: Path) -> list[str]:
    """Every tenth text of the lists, and all of them where MINYI_EVERY_ATTACK is set: those take most of an hour."""
    return published(shared, *SHOWN)[:: 1 if os.environ.get("MINYI_EVERY_ATTACK") else 10]


@pytest.mark.parametrize("name", ["html", "md", "eml"])
def test_no_attack_is_live_on_a_page(shared: Path, numbers: dict[str, Any], name: str) -> None:
    clean_page = Nodes(
        page_of(name, EDITIONS[name].render(poisoned(numbers, cycle([PLAIN, "https://a.example/"])), "en"))
    )
    for made in rounds(numbers, some(shared)):
        assert Nodes(page_of(name, EDITIONS[name].render(made, "en"))).beside(clean_page) == []


@pytest.mark.parametrize("name", ["xlsx", "docx", "pptx"])
def test_no_attack_is_live_in_an_office_file(shared: Path, numbers: dict[str, Any], name: str) -> None:
    words = some(shared)
    size = AT_ONCE.get(name, 1)
    together = [" ".join(words[at : at + size]) for at in range(0, len(words), size)]
    elements, _ = office_nodes(EDITIONS[name].render(poisoned(numbers, cycle([PLAIN, "https://a.example/"])), "en"))
    for made in rounds(numbers, together):
        content = EDITIONS[name].render(made, "en")
        found, outside = office_nodes(content)
        assert found <= elements
        assert all(address.startswith(("https://", "http://", "mailto:")) for address in outside)
        assert name != "xlsx" or not formulas(content)


def test_no_attack_is_live_on_paper(shared: Path, numbers: dict[str, Any]) -> None:
    words = some(shared)
    together = [" ".join(words[at : at + AT_ONCE["pdf"]]) for at in range(0, len(words), AT_ONCE["pdf"])]
    for made in rounds(numbers, together):
        assert paper_powers(EDITIONS["pdf"].render(made, "en")) == []


def test_every_attack_reads_back_from_every_table(
    shared: Path, told: Callable[..., Any], minyi: Callable[..., Any]
) -> None:
    words = [word for word in published(shared) if not is_blank(clean(word))]
    folder = told([PLAIN], 1).folder
    with open_workspace(folder) as workspace:
        run = workspace.store.begin_run("odd", "import", {}, "")
        rows: list[Any] = [
            {"ext_id": str(at), "text": word, "author": word, "url": word, "platform": word}
            for at, word in enumerate(words)
        ]
        added = workspace.store.add_page("odd", "more", Page(comments=rows), run_id=run)
    assert added.comments == len(words)
    assert minyi("export", folder, "--format", "jsonl", "--format", "xlsx", "--format", "csv").code == 0
    lines = (folder / "export" / "comments.jsonl").read_text("utf-8").splitlines()
    expected = sorted([*map(clean, words), *(json.loads(line)["text"] for line in lines[:2])])
    assert sorted(json.loads(line)["text"] for line in lines) == expected
    sheet = folder / "export" / "comments.xlsx"
    assert not formulas(sheet.read_bytes())
    head, *cells = CalamineWorkbook.from_path(sheet).get_sheet_by_name("rows").to_python()
    assert sorted(row[head.index("text")] for row in cells) == expected
    assert {path.suffix for path in folder.parent.iterdir()} == {"", ".csv"}


def test_no_attack_is_live_on_the_labelling_page(shared: Path) -> None:
    setup = lambda words: {"kit": {"coder": words[0], "items": [{"id": w, "text": w, "evidence": w} for w in words]}}  # noqa: E731
    page = label_page(setup(published(shared)), offline=True)
    assert Nodes(page).beside(Nodes(label_page(setup([PLAIN]), offline=True))) == ["data:,", "/"]


def test_no_attack_breaks_the_search(shared: Path, told: Callable[..., Any]) -> None:
    refused = 0
    with open_workspace(told([PLAIN], 3).folder) as workspace:
        for word in published(shared, *SHOWN)[::80]:
            try:
                search(workspace, query_of([word], []), {}, 5)
            except UsageError:
                refused += 1
        assert search(workspace, query_of(["plain"], []), {}, 5).total > 0
    assert refused < 40  # emoji and signs hold no word to search for
