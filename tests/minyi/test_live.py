"""What is shown while sources are collected."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from minyi.console import Console
from minyi.live import _Events, facts_of, showing, table_of
from scrapers.errors import NotFound
from scrapers.results import SourceResult

NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def result(**facts: Any) -> SourceResult:
    return SourceResult(**({"name": "forum", "kind": "discourse"} | facts))


def drawn(*results: SourceResult) -> list[list[str]]:
    from rich.console import Console as RichConsole

    out = io.StringIO()
    RichConsole(file=out, width=200).print(table_of(list(results), NOW))
    return [line.split() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("facts", "next_allowed"),
    [
        ({}, ["now"]),
        ({"next_at": NOW + timedelta(seconds=42)}, ["in", "42", "s"]),
        ({"next_at": NOW - timedelta(seconds=1)}, ["now"]),
        ({"finished": True}, ["done"]),
        ({"finished": True, "failures": [NotFound("No such page.")]}, ["failed"]),
    ],
)
def test_a_source_is_a_row_with_its_counts_and_its_next_request(facts: Any, next_allowed: list[str]) -> None:
    head, row = drawn(result(asked=1_234, fetched=1_200, new=5, known=7, waiting=9, **facts))
    assert head == ["source", "asked", "fetched", "new", "known", "failed", "waiting", "next", "allowed"]
    failed = str(len(facts.get("failures", [])))
    assert row == ["forum", "1,234", "1,200", "5", "7", failed, "9", *next_allowed]


def test_jobs_get_an_event_at_most_every_half_second_and_the_end_always() -> None:
    out, moments = io.StringIO(), iter([0.0, 0.1, 0.4, 0.6, 0.61])
    events = _Events(Console(json=True, out=out), clock=lambda: next(moments))
    for asked in range(4):
        events(result(asked=asked))
    events(result(asked=9, finished=True))
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [event["asked"] for event in said] == [0, 3, 9]
    assert said[0] == {"event": "progress"} | facts_of(result())


def test_a_person_sees_a_live_table_and_a_pipe_sees_nothing() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for err in (terminal, pipe):
        with showing(Console(out=io.StringIO(), err=err)) as show:
            show(result(name="[bold]forum[/bold]", asked=3))
    assert "[bold]forum[/bold]" in terminal.getvalue()
    assert pipe.getvalue() == ""


def test_quiet_is_quiet() -> None:
    terminal = Terminal()
    with showing(Console(quiet=True, err=terminal)) as show:
        show(result())
    assert terminal.getvalue() == ""
