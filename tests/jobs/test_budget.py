"""A source stops when its share of the run's time is used up, and the next run goes on from there: nothing is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from minyi.collecting import collect_sources
from minyi.console import Console, Exit
from minyi.workspace import open_workspace
from scrapers.protocol import Ask, Collector, Cursor, LocalFile, Options, Parsed, Query, Raw
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PAGES = 5


@dataclass
class Clock:
    """A clock that each page read puts on by a minute."""

    minutes: int = 0

    def monotonic(self) -> float:
        return self.minutes * 60.0


class Pages(Collector):
    """Pages 0 to 4, all asked for at the beginning, or each by the one before it."""

    clock: ClassVar[Clock]
    name: ClassVar[str] = "pages"
    summary: ClassVar[str] = "Numbered pages."

    class options(Options):  # noqa: N801  the protocol's name
        path: str

    def start(self, query: Query, cursor: Cursor | None) -> Sequence[Ask]:
        first = int(cursor or 0)
        last = first + 1 if query.options.path == "chained" else PAGES  # type: ignore[attr-defined]
        return [LocalFile(Path(f"page-{n}")) for n in range(first, min(last, PAGES))]

    def parse(self, raw: Raw, query: Query) -> Iterable[Parsed]:
        self.clock.minutes += 1
        n = int(raw.ask.key.rpartition("-")[2])
        more = query.options.path == "chained" and n + 1 < PAGES  # type: ignore[attr-defined]
        page = Page(comments=[{"ext_id": f"{n}", "text": f"第{n}条：手续费太高"}])
        yield Parsed(page, next=[LocalFile(Path(f"page-{n + 1}"))] if more else [])


@pytest.fixture
def collected(study: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Exit, dict]]:
    """Collects with a budget in minutes; gives the exit code and the receipt."""
    clock = Clock()
    for n in range(PAGES):
        (study / f"page-{n}").write_text("x", encoding="utf-8")
    monkeypatch.setattr(Pages, "clock", clock, raising=False)
    monkeypatch.setattr("scrapers.source_run.collector", lambda _: Pages())
    monkeypatch.setattr("scrapers.budget.time", clock)

    def collect(minutes: float) -> tuple[Exit, dict]:
        with open_workspace(study) as workspace:
            code = collect_sources(workspace, Console(quiet=True), budget_s=minutes * 60)
            run = workspace.store.runs("fees")[-1]
            receipt = next((study / "data" / "receipts").glob(f"*-{run.id}-collect.json"))
            ids = set(workspace.store.comments("fees", columns=["ext_id"])["ext_id"])
        return code, json.loads(receipt.read_text("utf-8")) | {"ids": ids}

    return collect


@pytest.fixture(params=["listed", "chained"])
def _in_pages(request: pytest.FixtureRequest, study: Path) -> None:
    text = (study / "study.toml").read_text("utf-8").replace("comments.csv", request.param)
    (study / "study.toml").write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("_in_pages")
def test_a_source_that_is_out_of_time_stops_between_two_pages_and_the_next_run_goes_on(
    collected: Callable[..., tuple[Exit, dict]],
) -> None:
    code, receipt = collected(2)

    assert code == Exit.PARTIAL
    assert receipt["ids"] == {"0", "1"}
    (failure,) = receipt["failures"]
    assert (failure["source"], failure["type"]) == ("c", "OutOfTime")
    assert "2 minutes" in failure["what"]
    assert "budget_minutes" in failure["remedy"]

    code, receipt = collected(2)
    assert (code, receipt["ids"]) == (Exit.PARTIAL, {"0", "1", "2", "3"})
    assert receipt["counts"]["c"]["resumed"] >= 1

    code, receipt = collected(60)
    assert (code, receipt["ids"]) == (Exit.OK, {"0", "1", "2", "3", "4"})


@pytest.mark.usefixtures("_in_pages")
def test_even_without_any_time_every_run_comes_a_page_further(collected: Callable[..., tuple[Exit, dict]]) -> None:
    came = [collected(0)[1]["ids"] for _ in range(PAGES)]

    assert came == [{str(n) for n in range(last + 1)} for last in range(PAGES)]


@pytest.mark.usefixtures("_in_pages")
def test_without_a_budget_a_source_takes_its_time(collected: Callable[..., tuple[Exit, dict]]) -> None:
    code, receipt = collected(float("inf"))

    assert (code, len(receipt["ids"]), receipt["failures"]) == (Exit.OK, PAGES, [])


@pytest.mark.parametrize(("schedule", "budget"), [("", "inf"), ("\n[schedule]\nbudget_minutes = 1.5\n", "90.0")])
def test_a_run_gives_each_source_what_the_schedule_says(
    study: Path, minyi: Callable, monkeypatch: pytest.MonkeyPatch, schedule: str, budget: str
) -> None:
    given: list[str] = []

    def note(*_: object, budget_s: float, **__: object) -> Exit:
        given.append(str(budget_s))
        return Exit.OK

    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(schedule)
    monkeypatch.setattr("minyi.collecting.collect_sources", note)
    monkeypatch.setattr("minyi.analysing.analyse", lambda *_: Exit.OK)
    monkeypatch.setattr("minyi.reporting.report", lambda *_, **__: [])
    assert minyi("run", study)[0] == 0
    assert given == [budget]
