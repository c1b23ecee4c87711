"""CPU time it takes to read one answer of each kind of source, and one item in it.

The answers are those of tests/fixtures/sources, and the recorded ones beside the repository where they are plain JSON.
Run: python benchmarks/collectors.py
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from scrapers.errors import CollectorError
from scrapers.frontier import Frontier
from scrapers.protocol import LocalFile, Query, Raw, Request
from scrapers.sites import collector, kinds
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapers.protocol import Ask

HERE = Path(__file__).parent
SOURCES = HERE.parent / "tests" / "fixtures" / "sources"
RECORDED = HERE.parent.parent / "shared" / "fixtures"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
# Recorded answers and the asks they are answers to.
ANSWERS = (
    (
        "discourse",
        "topic.json",
        {"server": "https://forum.example", "topics": ["57"]},
        "https://forum.example/t/57.json",
    ),
    ("appstore", "_p1_excerpt.json", {"app": "284910350"}, ""),
    ("govuk", ".json", {"paths": ["/x"]}, "https://www.gov.uk/api/content/x"),
)
TIMES = 7


class Timed(NamedTuple):
    """One answer, read."""

    size: int
    items: int
    ms: float


def read(kind: str, ask: Ask, body: bytes, query: Query, media: str) -> tuple[Timed, list[Ask]]:
    """Read an answer several times; the middle time counts."""
    url = ask.url if isinstance(ask, Request) else ask.key
    raw = Raw(ask, capture=Capture(url, url, 200, {"content-type": media}, body, round(NOW.timestamp() * 1000)))
    times, following, items = [], [], 0
    for _ in range(TIMES):
        began = time.process_time()
        parsed = list(collector(kind).parse(raw, query))
        times.append((time.process_time() - began) * 1000)
        following = [ask for one in parsed for ask in one.next]
        items = sum(one.page.items for one in parsed)
    return Timed(len(body), items, median(times)), following


def own(kind: str) -> Iterator[Timed]:
    """Every answer of a kind's own fixture, in the order a run asks for them."""
    kept = json.loads((SOURCES / kind / "exchanges.json").read_text("utf-8"))
    answers = {one["url"]: one for one in kept["exchanges"]}
    query = Query(collector(kind).options.model_validate(kept["options"]), ZoneInfo("Europe/London"), NOW)
    frontier = Frontier()
    frontier.add(collector(kind).start(query, None))
    while (ask := frontier.take()) is not None:
        one = answers.get(ask.url) if isinstance(ask, Request) else None
        if one is None or isinstance(ask, LocalFile) or one.get("status", 200) != 200:  # noqa: PLR2004
            continue
        timed, following = read(kind, ask, (SOURCES / kind / one["file"]).read_bytes(), query, one.get("type", ""))
        frontier.add(following)
        yield timed


def recorded() -> Iterator[tuple[str, Timed]]:
    """The recorded answers, where they lie beside the repository."""
    for kind, ending, options, url in ANSWERS:
        for path in sorted((RECORDED / kind).glob(f"*{ending}")) if RECORDED.is_dir() else ():
            query = Query(collector(kind).options.model_validate(options), ZoneInfo("Europe/London"), NOW)
            ask = Request(url) if url else collector(kind).start(query, None)[0]
            try:
                yield kind, read(kind, ask, path.read_bytes(), query, "application/json")[0]
            except CollectorError as error:
                print(f"{kind}: {path.name}: {type(error).__name__}")


def line(kind: str, timed: list[Timed], what: str = "") -> None:
    pages, items = len(timed), sum(one.items for one in timed)
    total = sum(one.ms for one in timed)
    size = sum(one.size for one in timed) / pages / 1024
    each = f"{total / items * 1000:8.0f}" if items else f"{'–':>8}"
    worst = max(one.ms for one in timed)
    print(f"{kind:12} {pages:6} {size:8.1f} {items:6} {total / pages:8.2f} {worst:8.2f} {each} {what}")


def main() -> None:
    print(f"{'source':12} {'pages':>6} {'KB/page':>8} {'items':>6} {'ms/page':>8} {'worst':>8} {'µs/item':>8}")
    for kind in kinds():
        if (SOURCES / kind / "exchanges.json").exists() and (timed := list(own(kind))):
            line(kind, timed)
    by_kind: dict[str, list[Timed]] = {}
    for kind, one in recorded():
        by_kind.setdefault(kind, []).append(one)
    for kind, timed in by_kind.items():
        line(kind, timed, what="recorded")


if __name__ == "__main__":
    main()
