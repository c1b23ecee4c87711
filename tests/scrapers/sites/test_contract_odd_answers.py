"""What every collector makes of any answer whatever: it is read, or refused by name."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scrapers.sites
from scrapers.errors import CollectorError
from scrapers.protocol import Raw
from scrapers.sites import collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapers.protocol import Parsed

    Play = Callable[..., Any]

OWN = tuple(sorted(path.stem for path in Path(scrapers.sites.__path__[0]).glob("[a-z]*.py")))
own_kind = pytest.mark.parametrize("kind", OWN)
TEXT = st.text(max_size=8) | st.text(st.characters(categories=["Cs", "Nd"]), max_size=4)  # Cs: halves of characters
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
quietly = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def first(played: Play) -> Callable[[str], Any]:
    """The first run of each kind."""
    known: dict[str, Any] = {}

    def run(kind: str) -> Any:
        if kind not in known:
            known[kind] = played(kind)
        return known[kind]

    return run


def is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in {b"{", b"["}


def usable(pages: list[Parsed]) -> None:
    """Whatever came, what is given can be kept."""
    for parsed in pages:
        assert all(isinstance(row["ext_id"], str) and row["ext_id"].strip() for row in parsed.page.comments)
        assert all(isinstance(row["text"], str) and row["text"].strip() for row in parsed.page.comments)
        assert all(article.id.strip() and article.text.strip() for article in parsed.page.articles)
        assert all(
            type(each) in {int, type(None)}
            for row in parsed.page.comments
            for each in (row.get("likes"), row.get("published_at"))
        )
        assert parsed.cursor is None or isinstance(parsed.cursor, str)
        assert all(f"{ask.key} {ask.tag}".encode() for ask in parsed.next)


@own_kind
@quietly
@given(value=JSON, which=st.integers(0, 50))
def test_any_json_is_read_or_refused_by_name(kind: str, value: Any, which: int, first: Callable[[str], Any]) -> None:
    run = first(kind)
    asked = [raw for raw in run.raws if raw.capture]
    if not asked:
        pytest.skip("reads no answers from the web")
    tried(kind, run, asked[which % len(asked)], json.dumps(value).encode())


@own_kind
@quietly
@given(seed=st.integers(0, 2**32))
def test_answers_with_odd_parts_are_read_or_refused_by_name(kind: str, seed: int, first: Callable[[str], Any]) -> None:
    run, chance = first(kind), random.Random(seed)
    fit = [raw for raw in run.raws if raw.capture and is_json(raw.capture.body)]
    if not fit:
        pytest.skip("reads no JSON")
    raw = chance.choice(fit)
    value = json.loads(raw.capture.body)
    for _ in range(chance.randint(1, 4)):
        value = with_odd_part(value, chance)
    tried(kind, run, raw, json.dumps(value).encode())


def tried(kind: str, run: Any, raw: Raw, body: bytes) -> None:
    assert raw.capture
    try:
        pages = [*collector(kind).parse(Raw(raw.ask, capture=replace(raw.capture, body=body)), run.query)]
    except CollectorError:
        return
    usable(pages)


ODD = (
    None,
    "",
    "x",
    "\ud800",
    0,
    -1,
    2.5,
    10**25,
    True,
    [],
    {},
    [None],
    ["x"],
    [[]],
    {"x": None},
    ["public"],
    "did:x:\ud800",
    "9" * 60,
    10**17,
    "2026-13-45T99:99:99Z",
)


def with_odd_part(value: Any, chance: random.Random) -> Any:
    """A copy in which one part is taken out or is another thing."""
    value = copy.deepcopy(value)
    places = [*places_in(value)]
    if not places:
        return chance.choice(ODD)
    holder, key = chance.choice(places)
    if isinstance(holder, dict) and chance.random() < 0.3:
        del holder[key]
    else:
        holder[key] = copy.deepcopy(chance.choice(ODD))
    return value


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    waiting = [value]
    while waiting:
        here = waiting.pop()
        inner = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
        for key, each in inner:
            yield here, key
            waiting.append(each)
