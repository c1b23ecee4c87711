"""Published attacks in a report, in a real browser: nothing of them runs, and nobody is asked for anything."""

from __future__ import annotations

import json
import shutil
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest
from browser import Browser
from odd_words import OWN, poisoned, published

from minyi.labelling.page import label_page
from reports.editions import EDITIONS
from storage.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.browser]

SAMPLE = 300
# Whatever an attack would do first is told instead: the lists' own ways to show that they ran, and ours.
WATCH = """
window.__ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open", "eval", "fetch"])
  window[name] = (...given) => { window.__ran.push(name + " " + given.slice(0, 1)); };
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with Browser(program, tmp_path_factory.mktemp("chromium") / "profile") as opened:
        yield opened


@pytest.fixture(scope="module")
def numbers(told: Callable[..., Any], minyi: Callable[..., Any]) -> dict[str, Any]:
    """What a report of harmless comments is made from."""
    folder = told(["一句平常的话 said in plain words"], 60).folder
    assert minyi("report", folder).code == 0
    found: dict[str, Any] = json.loads((folder / "reports" / "numbers.json").read_text("utf-8"))
    return found


def seen(browser: Browser, path: Path) -> tuple[list[str], list[str]]:
    """What ran on a page, and the addresses that it asked for beside itself."""
    tab = browser.open()
    for domain in ("Page", "Network", "Runtime"):
        tab.ask(f"{domain}.enable")
    tab.ask("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    tab.go(path.as_uri())
    tab.until("document.readyState === 'complete'")
    tab.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    ran = tab.run("window.__ran.concat(window.x9q ? ['x9q'] : [])")
    requests = [
        event["params"] for event in browser.events(tab._session) if event["method"] == "Network.requestWillBeSent"
    ]
    asked = [one["request"]["url"][:200] for one in requests if one["request"]["url"] != path.as_uri()]
    tab.close()
    return ran, [address for address in asked if not address.startswith("data:")]


def sample(shared: Path) -> list[str]:
    """Attacks of the lists, taken evenly, and ours."""
    words = published(shared, "xss", "dompurify", "blns", "ssti")
    return [clean(word) for word in (*words[:: max(1, len(words) // SAMPLE)][:SAMPLE], *OWN)]


def test_no_attack_runs_or_asks_in_a_browser(
    shared: Path, browser: Browser, numbers: dict[str, Any], tmp_path: Path
) -> None:
    words = sample(shared)
    assert len(words) > SAMPLE
    joined = [" ".join(words[at : at + 5]) for at in range(0, len(words), 5)]  # so that one page holds them all
    pages = {"report": EDITIONS["html"].render(poisoned(numbers, cycle(joined)), "en")}
    items = [{"id": word, "text": word, "evidence": word} for word in words]
    pages["kit"] = label_page({"kit": {"coder": words[0], "items": items}}, offline=True).encode()
    for name, content in pages.items():
        (path := tmp_path / f"{name}.html").write_bytes(content)
        assert seen(browser, path) == ([], []), name


def test_what_runs_and_asks_would_be_seen(browser: Browser, tmp_path: Path) -> None:
    (path := tmp_path / "live.html").write_text(
        "<script>alert(1)</script><img src='http://127.0.0.1:9/x.png'>", "utf-8"
    )
    ran, asked = seen(browser, path)
    assert ran == ["alert 1"]
    assert asked == ["http://127.0.0.1:9/x.png"]
