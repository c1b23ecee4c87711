"""Labelling in a real Chromium: by keyboard and touch, across reloads and tabs, in the page and the offline kit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from minyi.labelling.app import label_app
from minyi.labelling.desk import Desk
from minyi.labelling.gate import Keys
from minyi.labelling.kit_results import read_kit_result
from minyi.labelling.serving import listen, server
from minyi.workspace import open_workspace
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from browser import Browser, Tab

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="document.title=1"></script><b>手续费</b> \u202etfel\u202c &amp; {n} שלום'
LONG = "手续费太高了，希望平台再想想。" * 1_333  # 19,995 characters
COMMENTS = [f"第{at}条：{'收得合理' if at % 2 else '提现也要钱？'}" for at in range(23)]
DESK, DONE = "!document.getElementById('desk').hidden", "!document.getElementById('done').hidden"
WORDS = "document.querySelector('main').innerText"


@pytest.fixture
def sampled(minyi: Callable[..., Any], study: Path, tmp_path: Path) -> Path:
    """A study with 21 comments drawn, among them a hostile one and a very long one; a fifth go to a second coder."""
    rows = [{"id": str(at), "text": words} for at, words in enumerate(COMMENTS)]
    (tmp_path / "said.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert minyi("import", tmp_path / "said.jsonl", "--study", study).code == 0
    with open_workspace(study) as workspace:  # as if a source had let them through
        run = workspace.store.begin_run(workspace.study.id, "import", {}, "digest")
        page = Page(comments=[{"ext_id": "x", "text": HOSTILE}, {"ext_id": "y", "text": LONG}])
        workspace.store.add_page(workspace.study.id, "said", page, run_id=run)
    drawn = minyi("sample", study, "--size", 25, "--second", 20)
    assert drawn.code == 0, drawn.err
    return study


@contextmanager
def labelling(study: Path, *options: str, end: int = signal.SIGINT) -> Iterator[str]:
    """`minyi label`, as a person starts it, until it is stopped by a signal; gives the page's address."""
    command = [sys.executable, "-m", "minyi", "label", str(study), "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C.UTF-8"}) as process:
        assert process.stdout is not None
        try:
            listening = json.loads(process.stdout.readline())
            assert listening["event"] == "listening"
            yield listening["address"]
        finally:
            process.send_signal(end)
            told = [json.loads(line) for line in process.stdout]
        assert process.wait(20) == 0
        assert [event["event"] for event in told] == ["receipt", "done"]


@pytest.fixture
def page(sampled: Path) -> Iterator[Callable[..., str]]:
    """The page served from this process; gives its address for a coder."""
    with open_workspace(sampled) as workspace, listen() as door:
        run = workspace.store.begin_run(workspace.study.id, "label", {}, "digest")
        keys, port = Keys(), door.getsockname()[1]
        desk = Desk(workspace.store.labels, workspace.study, run)
        program = server(label_app(desk, keys, port, place="fees"))
        thread = Thread(target=program.run, kwargs={"sockets": [door]})
        thread.start()
        yield lambda **asked: f"http://127.0.0.1:{port}/open?{urlencode({'token': keys.address, **asked})}"
        program.should_exit = True
        thread.join()


def opened(browser: Browser, address: str) -> Tab:
    tab = browser.open(address)
    tab.until(DESK)
    return tab


def text(tab: Tab, name: str) -> str:
    return str(tab.run(f"document.getElementById('{name}').textContent"))


def press(tab: Tab, key: str, *, shift: bool = False) -> None:
    """Press a key that answers, and wait for what comes next."""
    tab.run("globalThis.__before = document.getElementById('says').textContent = '…'")
    tab.press(key, shift=shift)
    tab.until(f"document.getElementById('says').textContent !== '…' || {DONE}")


def labels(study: Path) -> Any:
    with open_workspace(study) as workspace:
        task = (workspace.study.id, workspace.study.change.target, workspace.study.codebook)
        return workspace.store.labels.latest(*task), workspace.store.labels.history(*task)


def test_a_person_labels_the_sample_by_keyboard(chromium: Browser, sampled: Path) -> None:
    with labelling(sampled, "--lang", "en") as address:
        tab = chromium.open(address)
        tab.until("document.activeElement?.id === 'name'")
        tab.type("Ann Lee")
        tab.press("Enter")
        tab.until(DESK)
        assert text(tab, "which") == "Comment 1 of 25"

        for at in range(10):
            press(tab, "1234"[at % 4])
        tab.reload()
        tab.until(DESK)
        assert text(tab, "which") == "Comment 11 of 25"

        press(tab, "z")
        press(tab, "Backspace")
        assert text(tab, "which") == "Comment 9 of 25"
        press(tab, "2", shift=True)
        press(tab, "u")
        tab.press("n")
        tab.type("ironic, 1 of 2")
        tab.press("Enter")
        press(tab, "1")
        press(tab, "s")
        for _ in range(15):
            press(tab, "2")
        tab.until(DONE)
        assert "You labelled 24 of 25 comments. 1 skipped." in tab.run(WORDS)
        assert tab.complaints == []

    latest, history = labels(sampled)
    assert set(latest["annotator"]) == {"person:Ann Lee"}
    assert latest["what"].value_counts().to_dict() == {"judged": 24, "skipped": 1}
    assert history["what"].value_counts().to_dict() == {"judged": 26, "skipped": 1, "withdrawn": 2}
    (noted,) = latest[latest["note"] != ""].to_dict("records")
    assert (noted["stance"], noted["support"], noted["concern"], noted["unsure"]) == ("support", 1, 1, True)
    assert noted["note"] == "ironic, 1 of 2"
    assert latest["seconds"].between(0, 60).all()


def shown(tab: Tab, words: str) -> None:
    """Skip on until a comment with these words is shown."""
    for _ in range(25):
        if words in text(tab, "text"):
            return
        press(tab, "s")
    pytest.fail(f"nobody says {words}")


@pytest.mark.slow
def test_foreign_text_is_text(chromium: Browser, page: Any) -> None:
    tab = opened(chromium, page(**{"as": "Ann", "lang": "en"}))
    tab.looks(1280, 800)
    shown(tab, "onerror")
    assert text(tab, "text") == HOSTILE.replace("\u202e", "").replace("\u202c", "")
    assert tab.run("document.getElementById('text').childElementCount") == 0
    assert tab.run("getComputedStyle(document.getElementById('text')).unicodeBidi") == "isolate"
    assert "Withdrawal fee" in tab.run("document.title")
    assert tab.complaints == []


@pytest.mark.slow
def test_a_long_comment_scrolls_above_the_choices_and_fits_a_phone(chromium: Browser, page: Any) -> None:
    tab = opened(chromium, page(**{"as": "Ann", "lang": "zh"}))
    tab.looks(1280, 800)
    shown(tab, LONG[:15])
    tab.run("scrollTo(0, 0)")
    assert tab.run("document.querySelector('.choices').getBoundingClientRect().bottom <= innerHeight")
    tab.looks(390, 844)
    assert tab.run("document.getElementById('said').scrollHeight > 4 * document.getElementById('said').clientHeight")
    assert tab.run("document.querySelector('.choices').getBoundingClientRect().bottom <= innerHeight")
    assert tab.run("document.documentElement.scrollWidth") == 390
    assert tab.complaints == []


@pytest.mark.slow
def test_it_works_by_touch_on_a_phone(chromium: Browser, page: Any, sampled: Path) -> None:
    tab = opened(chromium, page(**{"as": "Ann", "lang": "zh"}))
    tab.looks(390, 844)
    assert tab.run(
        "[...document.querySelectorAll('.answer button')].every((one) => one.hidden || one.offsetHeight >= 44)"
    )
    tab.click("[data-do='also:2']")
    assert tab.run("document.querySelector('[data-do=\"also:2\"]').ariaPressed") == "true"
    tab.click("[data-do='primary:1']")
    tab.until("document.getElementById('which').textContent.startsWith('第 2 条')")
    assert text(tab, "says") == "已记为担忧，同时有建议。"
    tab.click("#language")
    assert text(tab, "which") == "Comment 2 of 25"
    assert tab.run("[document.documentElement.lang, document.documentElement.scrollWidth]") == ["en", 390]
    latest, _ = labels(sampled)
    assert latest[["stance", "concern", "suggestion"]].to_numpy().tolist() == [["concern", 1, 1]]


@pytest.mark.slow
def test_neutral_beside_other_codes_is_asked_about(chromium: Browser, page: Any, sampled: Path) -> None:
    tab = opened(chromium, page(**{"as": "Ann", "lang": "en"}))
    press(tab, "1", shift=True)
    press(tab, "4")
    assert "Press Enter" in text(tab, "says")
    assert text(tab, "which") == "Comment 1 of 25"
    press(tab, "Enter")
    assert text(tab, "says") == "Neutral kept."
    latest, _ = labels(sampled)
    assert latest[["stance", "support"]].to_numpy().tolist() == [["neutral", 0]]


@pytest.mark.slow
def test_two_tabs_do_not_double_a_label(chromium: Browser, page: Any, sampled: Path) -> None:
    one, other = (opened(chromium, page(**{"as": "Ann", "lang": "en"})) for _ in range(2))
    press(one, "1")
    press(other, "2")
    assert "another tab" in text(other, "says")
    assert text(other, "which") == "Comment 2 of 25"
    press(other, "2")
    one.close()
    other.close()
    _, history = labels(sampled)
    assert list(history["stance"]) == ["support", "concern"] or list(history["stance"]) == ["concern", "support"]


@pytest.mark.slow
def test_the_second_coder_goes_through_a_part_and_then_the_rest_if_asked(chromium: Browser, page: Any) -> None:
    first = opened(chromium, page(**{"as": "Ann", "lang": "en"}))
    press(first, "1")
    first.close()
    second = opened(chromium, page(**{"as": "Bo", "lang": "en"}))
    assert text(second, "which") == "Comment 1 of 5"
    for _ in range(5):
        press(second, "2")
    second.until(DONE)
    assert text(second, "rest") == "Label the others too (20)"
    second.click("#rest")
    second.until(DESK)
    assert text(second, "which") == "Comment 6 of 25"
    second.close()


@pytest.mark.slow
def test_skipped_comments_come_again_when_asked_and_a_lost_program_is_said(chromium: Browser, page: Any) -> None:
    tab = opened(chromium, page(**{"as": "Ann", "lang": "en"}))
    for at in range(25):
        press(tab, "s" if at < 2 else "3")
    tab.until(DONE)
    tab.click("#again")
    tab.until(DESK)
    assert "2 to look at" in text(tab, "which")
    press(tab, "1")
    press(tab, "s")
    tab.until(DONE)
    assert "24 of 25 comments. 1 skipped." in text(tab, "done-text")
    tab.ask("Network.enable")
    tab.ask("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    tab.click("#again")
    tab.until(DESK)
    press(tab, "2")
    assert "does not answer" in text(tab, "says")
    tab.ask("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    press(tab, "Enter")
    tab.until(DONE)
    assert "25 of 25" in text(tab, "done-text")


@pytest.mark.slow
def test_axe_finds_nothing(
    chromium: Browser, page: Any, axe: str, minyi: Callable[..., Any], sampled: Path, tmp_path: Path
) -> None:
    tab = chromium.open()
    tab.ask("Page.setBypassCSP", enabled=True)
    for language, dark in (("zh", False), ("en", True)):
        tab.looks(1280, 800, dark=dark)
        tab.go(page(lang=language))
        tab.until("document.activeElement?.id === 'name'")
        assert faults(tab, axe) == []
        tab.go(page(**{"as": "Ann" + language, "lang": language}))
        tab.until(DESK)
        for selector in ("#dates summary", "[data-do=note]", "[data-do=unsure]", "[data-do='also:0']"):
            tab.click(selector)
        tab.click("[data-do='primary:3']")
        assert faults(tab, axe) == []
        tab.looks(390, 844, dark=dark)
        assert faults(tab, axe) == []
        tab.click("#confirm")
        for _ in range(25):
            press(tab, "s")
        tab.until(DONE)
        assert faults(tab, axe) == []
    file = tmp_path / "kit.html"
    assert minyi("label", sampled, "--kit", file, "--as", "Chen").code == 0
    tab.go(file.as_uri())
    tab.until(DESK)
    press(tab, "1")
    tab.click("#save")
    assert faults(tab, axe) == []
    assert tab.run("document.documentElement.scrollWidth") == 390
    tab.close()


def faults(tab: Tab, axe: str) -> list[str]:
    """What axe finds, each with the element it is found at."""
    if not tab.run("Boolean(globalThis.axe)"):
        tab.run(f"{axe};0")
    found = tab.run(
        "axe.run().then((said) => said.violations.map((one) => [one.id, one.nodes.map((node) => node.html)]))"
    )
    return [f"{name}: {node}" for name, nodes in found for node in nodes]


def test_a_kit_goes_out_is_filled_in_and_comes_back(
    chromium: Browser, minyi: Callable[..., Any], sampled: Path, tmp_path: Path
) -> None:
    file, downloads = tmp_path / "for Chen.html", tmp_path / "downloads"
    assert minyi("label", sampled, "--kit", file, "--as", "陈 Chen", "--lang", "zh").code == 0
    chromium.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads), eventsEnabled=False)
    tab = opened(chromium, file.as_uri())
    for key in "1234s":
        press(tab, key)
    press(tab, "z")
    tab.reload()
    tab.until(DESK)
    assert text(tab, "which") == "第 5 条，共 25 条"
    press(tab, "3", shift=True)
    press(tab, "2")
    tab.click("#save")
    saved = downloads / "minyi-labels-陈-Chen-fees.json"
    tab.until("document.getElementById('result-text').value")
    copy = tab.run("document.getElementById('result-text').value")
    for _ in range(500):
        if saved.exists() and saved.read_text("utf-8") == copy:
            break
        tab.run("new Promise((done) => setTimeout(done, 10))")
    assert tab.complaints == []
    tab.close()

    assert read_kit_result(saved).coder == "陈 Chen"
    imported = minyi("labels", "import", saved, "--study", sampled)
    assert imported.code == 0, imported.err
    latest, _ = labels(sampled)
    assert sorted(latest["stance"]) == ["concern", "concern", "neutral", "suggestion", "support"]
    assert set(latest["annotator"]) == {"person:陈 Chen"}
    assert set(latest["origin"]) == {"kit"}
    assert latest[["concern", "suggestion"]].to_numpy().tolist().count([1, 1]) == 1


def test_what_the_page_knows_without_a_page(chromium: Browser) -> None:
    tab = chromium.open()
    source = resources.files("minyi.labelling").joinpath("templates", "core.js").read_text("utf-8")
    checks = Path(__file__).with_name("labelling_core.js").read_text("utf-8")
    assert tab.run(source + checks) == {
        "keys": ["primary:0", "primary:0", "primary:3", None, None],
        "also": ["also:0", None],
        "letters": ["unsure", "note", "skip", "undo", "undo", "confirm", None],
        "held": [None] * 5,
        "queue": ["abcd", "bd", "bdac"],
        "alone": "x",
        "open": "bd",
        "last": ["a", None],
        "progress": {"all": 4, "done": 1, "skipped": 1, "left": 2},
        "time": [6, None],
        "median": [2, 2.5],
        "capped": [300, 0, 2.3],
        "judged": [[1, 1, 0], None],
        "fill": "0 of {a} {c}",
        "file": "minyi-labels-陈-x-fees-é.json",
    }
    tab.close()
