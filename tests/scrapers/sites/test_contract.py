"""What every collector keeps to, whoever wrote it: tried on the answers kept in tests/fixtures/sources/<kind>/."""

from __future__ import annotations

import copy
import json
import random
import re
import tomllib
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scrapers.sites
from scrapers.errors import Blocked, CollectorError
from scrapers.protocol import LocalFile, Raw, Request
from scrapers.sites import collector, kinds
from scrapers.times import EARLIEST_MS, latest_ms
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapers.protocol import Parsed

    Play = Callable[..., Any]

DOCS = Path(__file__).parents[3] / "docs" / "sources"
OWN = tuple(sorted(path.stem for path in Path(scrapers.sites.__path__[0]).glob("[a-z]*.py")))
TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
PRECISIONS = {"second", "minute", "hour", "day", "month", "year"}
HTML = b"<!DOCTYPE html><html><body><h1>Please wait</h1><p>We are working on it.</p></body></html>"
CAPTCHA = b"<!DOCTYPE html><html><body><form id='captcha'>Are you a robot?</form></body></html>"
TURNING = re.compile(r"cursor|next|after|token|more|page", re.IGNORECASE)
MOST_ASKS = 200
COUNTED = ("articles", "comments", "rejects", "acts", "gone")

every_kind = pytest.mark.parametrize("kind", kinds())
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


# -- what a collector says of itself ----------------------------------------------------------------------------------


@every_kind
def test_a_collector_says_what_it_is(kind: str) -> None:
    found = collector(kind)
    assert found.name == kind
    assert found.summary.endswith(".")
    assert "\n" not in found.summary
    assert found.access in {"public", "token", "file"}
    assert all(re.fullmatch(r"[a-z0-9.-]+", host) for host in found.hosts)
    assert (found.access == "token") <= (found.key is not None)


@every_kind
def test_options_are_closed_and_explained_when_wrong(kind: str) -> None:
    model = collector(kind).options
    assert model.model_config.get("extra") == "forbid"
    assert model.model_config.get("frozen")
    assert not {"name", "kind", "title"} & set(model.model_fields)


@own_kind
def test_the_page_in_the_docs_has_an_example_that_can_be_used(kind: str) -> None:
    text = (DOCS / f"{kind}.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    examples = [source for block in TOML.findall(text) for source in tomllib.loads(block).get("sources", [])]
    own = [source for source in examples if source.get("kind") == kind]
    assert own
    for source in own:
        options = {name: value for name, value in source.items() if name not in {"name", "kind", "title"}}
        assert collector(kind).options.model_validate(options)


# -- a first run ------------------------------------------------------------------------------------------------------


@own_kind
def test_a_first_run_gives_what_the_answers_hold(kind: str, first: Callable[[str], Any], kept: Play) -> None:
    run = first(kind)
    expected = dict.fromkeys(COUNTED, 0) | kept(kind).expect
    given = {name: len(getattr(run, name)) for name in COUNTED}
    assert given == expected


@own_kind
def test_a_first_run_asks_for_every_kept_answer(
    kind: str, first: Callable[[str], Any], kept: Play, same_place: Play
) -> None:
    asked = {same_place(url) for url in first(kind).urls}
    assert {url for url in kept(kind).urls if same_place(url) not in asked} == set()


@own_kind
def test_ids_are_strings_and_unique(kind: str, first: Callable[[str], Any]) -> None:
    run = first(kind)
    for ids in ([row["ext_id"] for row in run.comments], [article.id for article in run.articles]):
        assert all(isinstance(each, str) and each == each.strip() != "" for each in ids)
        assert len(set(ids)) == len(ids)


@own_kind
def test_everything_said_has_words(kind: str, first: Callable[[str], Any]) -> None:
    run = first(kind)
    assert all(row["text"].strip() for row in run.comments)
    assert all(article.text.strip() for article in run.articles)
    assert all(reject.where and reject.reason for reject in run.rejects)


@own_kind
def test_times_are_whole_utc_milliseconds_with_their_precision(kind: str, first: Callable[[str], Any]) -> None:
    run = first(kind)
    rows = [(row.get("published_at"), row.get("published_precision")) for row in run.comments]
    rows += [(article.published_at, article.published_precision) for article in run.articles]
    for at, precision in rows:
        assert (at is None) == (precision is None)
        if at is not None:
            assert type(at) is int
            assert EARLIEST_MS <= at <= latest_ms(run.reference)
            assert precision in PRECISIONS


@own_kind
def test_counts_are_known_or_none(kind: str, first: Callable[[str], Any]) -> None:
    run = first(kind)
    counts = [row.get("likes") for row in run.comments]
    counts += [total for page in run.pages for total in (page.declared_total, *page.declared.values())]
    assert all(each is None or (type(each) is int and each >= 0) for each in counts)


@own_kind
def test_whoever_is_answered_is_there(kind: str, first: Callable[[str], Any]) -> None:
    run = first(kind)
    said = {row["ext_id"] for row in run.comments} | set(run.gone)
    stories = {article.id for article in run.articles}
    stories |= {name for page in run.pages for name in page.gone_articles}
    assert {row.get("parent_id") for row in run.comments} <= said | {None}
    assert {row.get("article_id") for row in run.comments} <= stories | {None}
    assert set(run.declared) <= stories
    assert all(row.get("parent_id") != row["ext_id"] for row in run.comments)


# -- what is asked for ------------------------------------------------------------------------------------------------


@own_kind
def test_only_the_hosts_it_names_are_asked(kind: str, first: Callable[[str], Any]) -> None:
    hosts = collector(kind).hosts
    asked = {urlsplit(ask.url).hostname for ask in first(kind).asked if isinstance(ask, Request)}
    assert not hosts or asked <= set(hosts)


@own_kind
def test_no_key_is_written_into_a_request(kind: str, first: Callable[[str], Any], kept: Play) -> None:
    secrets = [part for part in kept(kind).key.split(":") if part]
    for ask in first(kind).asked:
        seen = repr(ask)
        assert not [secret for secret in secrets if secret in seen]
        assert isinstance(ask, LocalFile) or not (ask.secrets or ask.secret_params)
        assert isinstance(ask, LocalFile) or not ask.keyed or collector(kind).key
    if collector(kind).key and collector(kind).key.required:
        assert all(ask.keyed for ask in first(kind).asked)


@own_kind
def test_asking_begins_the_same_way_each_time(kind: str, asks: Play, first: Callable[[str], Any]) -> None:
    assert asks(kind) == asks(kind)
    cursor = first(kind).cursor
    assert asks(kind, cursor=cursor) == asks(kind, cursor=cursor)


# -- later runs -------------------------------------------------------------------------------------------------------


@own_kind
def test_a_second_run_gives_nothing_new_and_asks_no_more(
    kind: str, first: Callable[[str], Any], again: Callable[[str, str | None], Any]
) -> None:
    one = first(kind)
    two = again(kind, one.cursor)
    assert {row["ext_id"] for row in two.comments} <= {row["ext_id"] for row in one.comments}
    assert {article.id for article in two.articles} <= {article.id for article in one.articles}
    assert len(two.asked) <= len(one.asked)


@own_kind
def test_the_cursor_of_a_run_without_anything_new_stays(
    kind: str, first: Callable[[str], Any], again: Callable[[str, str | None], Any]
) -> None:
    two = again(kind, first(kind).cursor)
    assert again(kind, two.cursor).cursor == two.cursor


@own_kind
@pytest.mark.parametrize("cursor", ["", "{}", "[]", "null", '{"a": 1}', "no cursor of ours", "9" * 30])
def test_a_cursor_of_another_version_stops_nothing(kind: str, asks: Play, cursor: str) -> None:
    assert len(asks(kind, cursor=cursor)) == len(asks(kind))


@pytest.fixture(scope="module")
def again(kept: Play, player: Play, same_place: Play) -> Callable[[str, str | None], Any]:
    """Another run against a service that has nothing new: what it would narrow down by, it gives whole."""

    def nearest(kind: str, url: str) -> Any:
        answers = kept(kind).answers
        asked = same_place(url)
        alike = [known for known in answers if known[:3] == asked[:3]]
        best = max(alike, key=lambda known: len(set(known[3]) & set(asked[3])), default=None)
        return None if best is None else answers[best]

    def run(kind: str, cursor: str | None) -> Any:
        return player(kind, lambda url: nearest(kind, url), MOST_ASKS).run(cursor)

    return run


# -- a service that misbehaves ----------------------------------------------------------------------------------------


def read(kind: str, first: Callable[[str], Any], url: str, body: bytes, same_place: Play) -> list[Parsed]:
    """What a collector makes of another body at a URL that it asked for."""
    run = first(kind)
    raw = next(raw for raw in run.raws if raw.capture and same_place(raw.ask.url) == same_place(url))
    return [*collector(kind).parse(Raw(raw.ask, capture=replace(raw.capture, body=body)), run.query)]


def is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in {b"{", b"["}


@own_kind
@pytest.mark.parametrize("what", ["empty", "blank", "half", "nearly all", "a web page"])
def test_a_broken_answer_is_an_error_with_a_name(
    kind: str, what: str, first: Callable[[str], Any], kept: Play, same_place: Play
) -> None:
    url = kept(kind).broken
    if not url:
        pytest.skip("reads no answers from the web")
    whole = kept(kind).answers[same_place(url)].body.strip()
    bodies = {
        "empty": b"",
        "blank": b" \n ",
        "half": whole[: len(whole) // 2],
        "nearly all": whole[:-1],
        "a web page": HTML,
    }
    if is_json(whole) or what in {"empty", "blank"}:
        with pytest.raises(CollectorError):
            read(kind, first, url, bodies[what], same_place)
        return
    # Half a feed or page may still hold something; it may fail, but not without a name.
    with suppress(MinyiError):
        read(kind, first, url, bodies[what], same_place)


@own_kind
def test_a_captcha_instead_is_no_change_of_shape(
    kind: str, first: Callable[[str], Any], kept: Play, same_place: Play
) -> None:
    url = kept(kind).broken
    if not url or not is_json(kept(kind).answers[same_place(url)].body):
        pytest.skip("reads web pages")
    with pytest.raises(Blocked):
        read(kind, first, url, CAPTCHA, same_place)


@own_kind
def test_a_service_that_gives_the_same_page_for_ever_is_left(
    kind: str, first: Callable[[str], Any], player: Play
) -> None:
    for raw in first(kind).raws:
        if raw.capture:
            answer = first(kind).answer_of(raw)
            ended(player(kind, lambda _, answer=answer: answer, MOST_ASKS))


@own_kind
def test_a_service_that_turns_its_pages_for_ever_is_left(kind: str, first: Callable[[str], Any], player: Play) -> None:
    """Each answer holds the same items and another way on."""
    turn = count(1)
    for raw in first(kind).raws:
        if raw.capture and is_json(raw.capture.body):
            value, answer = json.loads(raw.capture.body), first(kind).answer_of(raw)
            ended(player(kind, lambda _, v=value, a=answer: replace(a, body=turned(v, next(turn))), MOST_ASKS))


def ended(player: Any) -> None:
    with suppress(CollectorError):  # the answer is of another kind than was asked for
        player.run()


def turned(value: Any, turn: int) -> bytes:
    """The same JSON with other page marks."""

    def walk(here: Any, name: str = "") -> Any:
        if isinstance(here, dict):
            return {key: walk(each, key) for key, each in here.items()}
        if isinstance(here, list):
            return [walk(each, name) for each in here]
        return f"{here}{turn}" if isinstance(here, str) and TURNING.search(name) else here

    return json.dumps(walk(value)).encode()


# -- any answer whatever ----------------------------------------------------------------------------------------------


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
