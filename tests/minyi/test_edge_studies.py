"""Studies at the edge of what there can be: each gives a report in every edition that its store bears out."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from minyi.analysing import analyse
from minyi.console import Console
from minyi.presets import Asked
from minyi.reporting import report
from minyi.verifying import verify
from minyi.workspace import open_workspace
from reports.editions import EDITIONS, edition_of
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.workspace import Workspace

MARCH, DAY = 1_772_409_600_000, 86_400_000
NAME = '{ zh = "码头收费", en = "Pier fee" }'
ANNOUNCED = ("2026-03-10", "announced", NAME)
LONG = '{{ zh = "{}", en = "{}" }}'.format("码头的收费" * 60, "A fee at the pier " * 17)
HOSTILE = json.dumps(
    '=1+1 <script>alert(1)</script> \u202eeef\u202c 码头 & "fee" 😀👨\u200d👩\u200d👧\n'
    "]]> {{ 1 }} {0} %s | **x** `y` \x07",
    ensure_ascii=False,
)
SAYINGS = (
    "强烈反对码头收手续费，太黑了",
    "支持码头收手续费，早该收了",
    "建议码头的手续费按次数收",
    "码头今天风很大，船很多",
    "The pier should charge by the visit",
)


@dataclass(frozen=True)
class Edge:
    """A study, its comments, the report that is asked for, and what its English page says and does not say."""

    name: str = NAME
    events: Sequence[tuple[str, str, str]] = (ANNOUNCED,)
    rows: Sequence[dict[str, Any]] = ()
    sources: int = 1
    study: str = ""
    coded: bool = True
    asked: Asked = field(default_factory=Asked)
    says: Sequence[str] = ()
    hides: Sequence[str] = ()


def said(n: int, **other: Any) -> list[dict[str, Any]]:
    """So many different comments, two or three a day from 2 March 2026 on."""
    return [
        {
            "ext_id": str(at),
            "text": f"{SAYINGS[at % 5]}，{chr(0x4E00 + 7 * at)}{chr(0x5200 + 5 * at)}",
            "author": f"a{at % 50}",
            "published_at": MARCH + at % 28 * DAY + at,
            "published_precision": "second",
            "likes": at % 7,
            "lang": "zh",
        }
        | other
        for at in range(n)
    ]


SOME = said(70)
COPIES = [row | {"text": "强烈反对码头收手续费，太黑了，以后再也不来了"} for row in SOME]
UNDATED = [row | {"published_at": None, "published_precision": None} for row in SOME]
OUTSIDE = (("2025-03-10", "announced", NAME), ("2027-01-01", "effective", NAME), ("1999-12", "media", NAME))
VAGUE = (("2026-03", "announced", NAME), ("2026", "effective", NAME))
NOTHING = ("0 comments counted", "no comment that counts carries a usable day", "Only 0 coded comments so far")
ANY_DAY = ("Not dated within the days of this report, so not counted: 70 comments",)
EDGES = {
    "as usual": Edge(rows=SOME, says=["70 comments counted", "Pier fee n = 70"]),
    "events outside": Edge(
        rows=SOME, events=OUTSIDE, says=["Pier fee (not on the chart)", "December 1999", "it lies outside the days"]
    ),
    "events of a month or year": Edge(
        rows=SOME, events=VAGUE, says=["March 2026 Pier fee (not on the chart)", "its day is not known"]
    ),
    "no events": Edge(rows=SOME, events=(), hides=["What Who Comments before"]),
    "none coded": Edge(
        rows=SOME, coded=False, says=["Not coded, so in no stance: 70", "(0 coded comments in"], hides=["Rule Concern"]
    ),
    "copies of one post": Edge(rows=COPIES, says=["44 copied posts set aside", "Set aside: 44 copied posts of 1 text"]),
    "no dates": Edge(rows=UNDATED, says=["Without a time, so not on the timeline: 70 comments", NOTHING[1]]),
    "one comment": Edge(rows=SOME[:1], says=["1 comment counted", "0 1 text", "0 1 author"]),
    "no comments": Edge(says=[*NOTHING, "No comment is stored yet"]),
    "no comments, no events": Edge(events=(), says=NOTHING),
    "no English name": Edge(rows=SOME, name='{ zh = "码头收费" }', events=[("2026-03-10", "announced", '"公告"')],
                            says=["码头收费: what the comments say"]),
    "long titles": Edge(rows=SOME, name=LONG, events=[("2026-03-10", "announced", LONG)]),
    "hostile titles": Edge(rows=SOME, name=HOSTILE, events=[("2026-03-10", "announced", HOSTILE)], sources=3,
                           says=['=1+1 <script>alert(1)</script> eef 码头 & "fee"', "{{ 1 }} {0} %s | **x** `y`"]),
    "English only": Edge(rows=SOME, name='{ en = "Pier fee" }', events=(), study='languages = ["en"]'),
    "40 sources": Edge(rows=said(400), sources=40, says=["40 places", "33 other places n = 330"]),
    "public": Edge(rows=SOME, asked=Asked("public"), hides=["to be filled in"]),
    "public, no comments": Edge(asked=Asked("public"), says=NOTHING),
    "daily": Edge(rows=SOME, asked=Asked(preset="daily"), says=["29 March 2026", "2 comments counted"]),
    "daily, no comments": Edge(asked=Asked(preset="daily"), says=NOTHING),
    "days without a comment": Edge(
        rows=SOME, asked=Asked(start=date(2026, 8, 1), end=date(2026, 8, 9)), says=[*NOTHING, *ANY_DAY]
    ),
    "a day without a comment, public": Edge(
        rows=SOME, asked=Asked("public", "daily", date(2026, 8, 1)), says=[*NOTHING, *ANY_DAY]
    ),
    "weekly": Edge(rows=SOME, asked=Asked(preset="weekly"), says=["23 March 2026", "29 March 2026"]),
    "weekly, no dates": Edge(
        rows=UNDATED,
        asked=Asked("public", "weekly"),
        says=[*NOTHING, *ANY_DAY, "one without a day is in no report of some days"],
        hides=["a comment without a time counts too"],
    ),
}  # fmt: skip
"""Every edge by name."""
ON_PAPER = ("hostile titles", "long titles", "no comments", "40 sources")
"""Those whose PDF is made as well, which takes longer than all the other editions."""


def filled(workspace: Workspace, edge: Edge) -> None:
    """The comments, spread over the sources."""
    run = workspace.store.begin_run(workspace.study.id, "import", {}, "")
    for source in range(edge.sources):
        rows = [row | {"fold": at + 1} for at, row in enumerate(edge.rows) if at % edge.sources == source]
        if rows:
            workspace.store.add_page(workspace.study.id, f"s{source}", Page(comments=rows), run_id=run)  # type: ignore[arg-type]
    if edge.coded:
        analyse(workspace, quiet())


def study_file(edge: Edge) -> str:
    events = [f'[[events]]\ndate = "{day}"\nkind = "{kind}"\ntitle = {title}' for day, kind, title in edge.events]
    source = '[[sources]]\nname = "s{at}"\nkind = "files"\npath = "f{at}.csv"\ntitle = {title}'
    sources = [source.format(at=at, title=edge.name) for at in range(edge.sources)]
    head = f'[study]\nid = "pier"\n{edge.study}\n[change]\nname = {edge.name}\nstatement = {edge.name}'
    return "\n".join([head, *events, *sources])


def quiet() -> Console:
    return Console(quiet=True, out=io.StringIO(), err=io.StringIO())


def reported(folder: Path, edge: Edge, formats: tuple[str, ...]) -> list[Path]:
    """The report's files, each checked against the store."""
    (folder / "study.toml").write_text(study_file(edge), encoding="utf-8")
    with open_workspace(folder) as workspace:
        filled(workspace, edge)
        written = report(workspace, quiet(), asked=replace(edge.asked, formats=formats))
        counted: dict[str, Any] = {}
        for path in written:
            verdict = verify(workspace, path, quiet(), counted)
            assert verdict.failures == [], path.name
    return written


def said_by(path: Path) -> str:
    """What a file says, without white space, which no edition sets as another does."""
    return squeezed("".join(edition_of(path).read(path.read_bytes()).texts))


def squeezed(text: str) -> str:
    return "".join(text.split())


def holds(edge: Edge, written: Sequence[Path]) -> None:
    """There is every edition in every language, and the page says what is particular to the study."""
    pages = {path.name: said_by(path) for path in written if path.name != "numbers.json"}
    languages = ("en",) if "languages" in edge.study else ("en", "zh")
    assert len(pages) == len(languages) * len({path.suffix for path in written if path.suffix != ".json"})
    page = pages["report.en.html"]
    assert [words for words in edge.says if squeezed(words) not in page] == []
    assert [words for words in edge.hides if squeezed(words) in page] == []


@pytest.mark.parametrize("name", ["none coded", "days without a comment"])
def test_an_edge_study_is_reported_truly(tmp_path: Path, name: str) -> None:
    holds(EDGES[name], reported(tmp_path, EDGES[name], ("html", "md")))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.thorough] if at % 10 else []) for at, name in enumerate(EDGES)],
)
def test_an_edge_study_is_reported_truly_in_every_edition(tmp_path: Path, name: str) -> None:
    formats = tuple(edition for edition in EDITIONS if edition != "pdf" or name in ON_PAPER)
    holds(EDGES[name], reported(tmp_path, EDGES[name], formats))
