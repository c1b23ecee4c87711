"""Settling disagreements in a real Chromium: by keyboard and by click, taken back, across a reload."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from minyi.labelling.gate import Keys
from minyi.labelling.serving import listen, server
from minyi.labels import task_of
from minyi.settling.app import settling_app
from minyi.settling.board import Board
from minyi.workspace import Workspace, open_workspace
from storage.nouns import Page, Stance
from storage.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from browser import Browser, Tab

pytestmark = pytest.mark.browser
HOSTILE = '<img src=x onerror="document.title=1"></script><b>手续费</b> {n} שלום'
THERE = "document.querySelectorAll('.dispute').length === 3"


@pytest.fixture
def disputed(study: Path) -> Iterator[Workspace]:
    """Three comments on which two people differ, the first of them hostile."""
    texts = [HOSTILE, "提现收费太贵，应该每月免费三次", "收得合理" * 400]
    with open_workspace(study) as workspace:
        run = workspace.store.begin_run("fees", "import", {}, "")
        rows: list[Any] = [{"ext_id": str(at), "text": text} for at, text in enumerate(texts)]
        workspace.store.add_page("fees", "forum", Page(comments=rows), run_id=run)
        for who, said in (("李", (Stance.SUPPORT, (1, 0, 1))), ("<b>Bo</b>", (Stance.CONCERN, (0, 1, 1)))):
            keys = workspace.store.comments("fees")["key"].astype(int)
            judged = [Judgement(key, stance=said[0], codes=said[1], note="反语 <i>?</i>") for key in keys]
            workspace.store.labels.put("fees", *task_of(workspace.study), f"person:{who}", run, judged)
        yield workspace


@contextmanager
def served(workspace: Workspace) -> Iterator[str]:
    """The page served from this process; gives its address."""
    with listen() as door:
        keys, port = Keys(), door.getsockname()[1]
        board = Board(workspace, workspace.store.begin_run("fees", "labels-settle", {}, ""))
        program = server(settling_app(board, keys, port))
        thread = Thread(target=program.run, kwargs={"sockets": [door]})
        thread.start()
        yield f"http://127.0.0.1:{port}/open?token={keys.address}&lang=en"
        program.should_exit = True
        thread.join()


def settled(workspace: Workspace) -> list[tuple[Any, ...]]:
    said = workspace.store.labels.history("fees", *task_of(workspace.study))
    mine = said[said["annotator"] == "settled"][["what", "stance", "support", "concern", "suggestion", "note"]]
    plain = mine.astype(object)
    return [tuple(row) for row in plain.where(plain.notna(), None).to_numpy().tolist()]


def progress(tab: Tab, words: str) -> None:
    tab.until(f"document.getElementById('progress-text').textContent === {words!r}")


def test_people_settle_by_keyboard_and_by_click_and_take_it_back(chromium: Browser, disputed: Workspace) -> None:
    with served(disputed) as address:
        tab = chromium.open(address)
        tab.until(THERE)
        progress(tab, "0 of 3 settled")
        assert tab.run("document.querySelector('.words').textContent") == HOSTILE
        assert tab.run(
            "[...document.querySelectorAll('.voices tbody tr')].slice(0, 2).map((row) => row.innerText)"
        ) == [
            "<b>Bo</b>\tConcern\tSuggestion\t反语 <i>?</i>",
            "李\tSupport\tSuggestion\t反语 <i>?</i>",
        ]

        tab.press("2")
        progress(tab, "1 of 3 settled")
        assert "Settled: Concern, also Suggestion" in tab.run("document.querySelector('.dispute').innerText")
        tab.press("4")
        tab.until("document.activeElement.closest('.dispute').innerText.includes('take the other marks away first')")
        tab.press("3", shift=True)
        tab.press("4")
        progress(tab, "2 of 3 settled")

        tab.run("document.querySelector('.dispute textarea').focus()")
        tab.type("agreed: 123")
        tab.click(".dispute .choice.support")
        progress(tab, "All 3 are settled. You can close this page; minyi labels says what comes next.")

        tab.run("document.querySelectorAll('.words')[1].focus()")
        tab.press("z")
        progress(tab, "2 of 3 settled")
        tab.reload()
        tab.until(THERE)
        progress(tab, "2 of 3 settled")
        assert tab.complaints == []

    assert settled(disputed) == [
        ("judged", "concern", 0, 1, 1, ""),
        ("judged", "neutral", 0, 0, 0, ""),
        ("withdrawn", None, None, None, None, ""),
        ("judged", "support", 1, 0, 1, "agreed: 123"),
    ]


def test_a_second_tab_is_told_and_the_program_gone_is_said(chromium: Browser, disputed: Workspace) -> None:
    with served(disputed) as address:
        tab, other = chromium.open(address), chromium.open(address)
        for one in (tab, other):
            one.until(THERE)
        tab.press("1")
        progress(tab, "1 of 3 settled")
        other.run("document.querySelector('.words').focus()")
        other.press("2")
        other.until("document.querySelector('.dispute').innerText.includes('settled in another tab')")
        progress(other, "1 of 3 settled")
    tab.press("2")
    tab.until("document.body.innerText.includes('Not kept: The program does not answer')")
    assert [row[1] for row in settled(disputed)] == ["support"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_accessible_and_fits_a_phone(
    chromium: Browser, disputed: Workspace, axe: str, language: str, tmp_path: Path
) -> None:
    with served(disputed) as address:
        tab = chromium.open(address.replace("lang=en", f"lang={language}"))
        tab.until(THERE)
        tab.press("1")
        tab.until("document.querySelector('.stands') !== null")
        for width, dark in ((1280, False), (390, True)):
            tab.looks(width, 844, dark=dark)
            assert tab.run("document.documentElement.scrollWidth <= innerWidth")
            tab.run(axe)
            found = tab.run(
                "axe.run().then((found) => found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`))"
            )
            assert found == []
            tab.picture(tmp_path / f"{language}-{width}.png")
