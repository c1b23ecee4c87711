"""Hostile text anywhere in a study stays text."""
# ruff: noqa: E501  lists of strings read better as lists

from __future__ import annotations

import json
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from reports.coverage_inputs import SourceCoverage
from reports.inputs import Keyword
from reports.links import web_link
from reports.numbers import build_numbers
from reports.page import render_html
from storage.nouns import Gap, PolicyEvent, Stance, Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reports.inputs import ReportInput

CASES = Path(__file__).parents[3] / "shared" / "suites" / "cases" / "xss.json"
OWN = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg/onload=alert(1)>", "</title><script>1</script>",
    "</style><script>1</script>", "javascript:alert(1)", "data:text/html,<script>1</script>", "{{7*7}}{% raw %}", "--><b onclick=1>",
    "&lt;script&gt;", "\u202eevil\u202c", "</text></svg><script>1</script>", "]]><script>1</script>", "`onclick=1`", "<a href='javascript:1'>a</a>", "<p style=color:red>x", 'https://x.example/"onclick=1',
)  # fmt: skip
BENIGN = ["安静写下的一句普通评论", "https://a.example/", "plain words of one person", "另一句话也很平常", "再来一句"]
FOREIGN = {
    "text",
    "id",
    "url",
    "zh",
    "en",
    "word",
    "name",
    "kind",
    "error",
    "place",
    "query",
    "coder",
    "command",
    "run",
    "lang",
}
SAFE_TAGS = {
    "script",
    "iframe",
    "img",
    "object",
    "embed",
    "form",
    "input",
    "link",
    "base",
    "video",
    "audio",
    "math",
    "button",
}


def poisoned(value: Any, words: Iterator[str], key: str = "") -> Any:
    """The same numbers, with every text of others replaced by the next hostile one."""
    if isinstance(value, dict):
        return {name: poisoned(part, words, name) for name, part in value.items()}
    if isinstance(value, list):
        return [poisoned(part, words, key) for part in value]
    return next(words) if isinstance(value, str) and value and key in FOREIGN else value


def prepared(numbers: dict[str, Any], words: Iterator[str]) -> dict[str, Any]:
    """Poisons what came from outside; badges, kinds of events and stances are our own closed lists."""
    made: dict[str, Any] = poisoned(numbers, words)
    made["place_names"] = {name: {"zh": next(words), "en": next(words)} for name in numbers["place_names"]}
    for event, original in zip(made["events"], numbers["events"], strict=True):
        event["kind"] = original["kind"]
    for claim, original in zip(made["claims"], numbers["claims"], strict=True):
        claim["id"] = original["id"]
    return made


Shape = tuple[Counter[str], set[tuple[str, str]]]
"""How often each element stands in a page, and which attributes its elements have."""


def shape(page: str) -> Shape:
    tree = html.fromstring(page)
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    return Counter(element.tag for element in elements), {(e.tag, name) for e in elements for name in e.attrib}


def check(page: str, clean: Shape) -> None:
    tags, attributes = shape(page)
    clean_tags, clean_attributes = clean
    # An address that is none becomes plain text; by its length a title takes one line of a drawing or two, and tables of
    # events stand higher or lower with it; where titles are long, they stand in a list with marks of their own. No drawing
    # holds an element that can do anything (below).
    links = {"a", "span", "text", "g", "rect", "circle"}
    assert {tag: n for tag, n in tags.items() if tag not in links} == {
        tag: n for tag, n in clean_tags.items() if tag not in links
    }
    assert attributes <= clean_attributes
    assert not SAFE_TAGS & set(tags)
    for target in html.fromstring(page).xpath("//@href"):
        assert target.startswith(("#", "http://", "https://", "report."))


def hostile_input(make: Callable[..., ReportInput], frame_of: Callable[..., Any], words: list[str]) -> ReportInput:
    """A study whose every free field is hostile, few enough rows that each is shown somewhere."""
    word = cycle(words)
    stances = cycle(stance.value for stance in Stance)
    rows = [
        {"id": next(word) + str(i), "text": next(word), "author": next(word), "platform": next(word), "url": next(word),
         "lang": next(word), "stance": next(stances), "published_at": 1_772_500_000_000, "likes": i}
        for i in range(40)
    ]  # fmt: skip
    wording = lambda: Wording(zh=next(word), en=next(word))  # noqa: E731
    base = make(frame_of(rows))
    event = base.study.events[0]
    change = base.study.change.model_copy(update={"name": wording(), "statement": wording(), "owner": wording()})
    events = [
        PolicyEvent(id=f"e{i}", date=event.date, kind="media", who=wording(), title=wording(), url=next(word))
        for i in range(6)
    ]
    gap = Gap(start=event.date, end=event.date, source=next(word), reason=wording())
    given = make(frame_of(rows), change=change, events=tuple(events), gaps=(gap,))
    return type(given)(
        study=given.study,
        comments=given.comments,
        provenance=given.provenance,
        keywords={stance: [Keyword(next(word), 3, 2.0) for _ in range(9)] for stance in Stance},
        coverage=[
            SourceCoverage(next(word), 3, wording(), next(word), rejected={next(word): 2}, error=next(word))
            for _ in range(9)
        ],
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_own_hostile_strings_stay_text(rich_numbers: dict[str, Any], language: Any) -> None:
    clean = shape(render_html(rich_numbers, language, "report.en.html"))
    for shift in range(0, len(OWN), 4):
        words = cycle(OWN[shift:] + OWN[:shift])
        check(render_html(prepared(rich_numbers, words), language, "report.en.html"), clean)


def test_a_study_of_hostile_strings_makes_a_page_of_ours_alone(
    make: Callable[..., ReportInput], frame_of: Callable[..., Any]
) -> None:
    hostile = render_html(build_numbers(hostile_input(make, frame_of, list(OWN))), "zh")
    benign = render_html(
        build_numbers(hostile_input(make, frame_of, BENIGN)),
        "zh",
    )
    assert shape(hostile)[1] <= shape(benign)[1]
    assert not SAFE_TAGS & set(shape(hostile)[0])


@pytest.mark.shared
@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_published_xss_strings_stay_text(rich_numbers: dict[str, Any], language: Any) -> None:
    if not CASES.exists():
        pytest.skip(f"{CASES} is not beside this checkout")
    cases = json.loads(CASES.read_text("utf-8"))
    clean = shape(render_html(rich_numbers, language, "report.en.html"))
    words = cycle(case for case in cases if case.strip())
    used = 0
    while used < len(cases):
        counted = iter(_counting(words, tally := [0]))
        check(render_html(prepared(rich_numbers, counted), language, "report.en.html"), clean)
        used += tally[0]


def _counting(words: Iterator[str], tally: list[int]) -> Iterator[str]:
    for word in words:
        tally[0] += 1
        yield word


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:1", "data:text/html,x", "//evil.example",
        "/path", "http:", "https://", "ftp://x.example", "https://x.example/\x00", "https://[::1", "vbscript:x", "", None,
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert web_link(url) is None


def test_web_addresses_are_kept_as_they_are() -> None:
    assert web_link("https://example.org/a?b=1&c=评论#d") == "https://example.org/a?b=1&c=评论#d"
