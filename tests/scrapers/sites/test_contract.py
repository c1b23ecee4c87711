"""What every collector keeps to, whoever wrote it: tried on the answers kept in tests/fixtures/sources/<kind>/."""

from __future__ import annotations

import json
import re
import tomllib
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

import scrapers.sites
from scrapers.errors import Blocked, CollectorError
from scrapers.protocol import LocalFile, Raw, Request
from scrapers.sites import collector, kinds
from scrapers.times import EARLIEST_MS, latest_ms
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Callable

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
