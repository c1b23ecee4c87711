"""A study that names every kind of source, collected from an internet on loopback as a job would."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from everything import Kept, lay_out, study_file
from hostile import BEHAVIOURS

import scrapers.runner
from minyi.collecting import collect_sources
from minyi.console import Console
from minyi.workspace import open_workspace
from scrapers.fetch import FetchSettings
from scrapers.sites import collector, kinds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from world import World

# Hostile sites whose answer is odd and can be used all the same, or says nothing of itself.
HARMLESS = {"early hints", "cookies", "impossible charset"}
HOSTILE = sorted(BEHAVIOURS.keys() - HARMLESS)


QUICK = FetchSettings(min_interval_s=0.0, total_s=8.0, backoff_s=0.01, max_wait_s=5.0)


class Collected(NamedTuple):
    """A study that was collected once.

    Attributes:
        folder: the study's folder.
        kept: what was laid out, by kind.
        said: everything the run said to a job.
        asked: how many pages it asked for.
    """

    folder: Path
    kept: dict[str, Kept]
    said: str
    asked: int

    @property
    def receipt(self) -> dict[str, Any]:
        return next(event for event in self.events if event["event"] == "receipt")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said.splitlines()]


class Place(NamedTuple):
    """A study folder on the loopback internet."""

    folder: Path
    kept: dict[str, Kept]
    world: World


def laid_out(world: World, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, Kept]:
    """Every kind of source served, its key set, and the test's sites not minding haste."""
    kept = {kind: lay_out(world, kind, folder) for kind in kinds()}
    for kind, one in kept.items():
        if (key := collector(kind).key) is not None:
            patch.delenv(key.variable, raising=False)
            if one.key:
                patch.setenv(key.variable, one.key)
    patch.setattr(scrapers.source_run, "collector", _hasty)
    return kept


@pytest.fixture(scope="module")
def collected(_turning_world: World, tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """Every kind of source, collected once."""
    _turning_world.clear()
    folder, out = tmp_path_factory.mktemp("collected"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        kept = laid_out(_turning_world, folder, patch)
        (folder / "study.toml").write_text(
            study_file([(kind, kind, one.options) for kind, one in kept.items()]), "utf-8"
        )
        console = Console(json=True, out=out, err=out)
        with open_workspace(folder) as workspace:
            collect_sources(workspace, console, settings=QUICK, network=_turning_world.network)
    return Collected(folder, kept, out.getvalue(), len(_turning_world.urls()))


@pytest.fixture
def place(collected: Collected, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The collected study in a folder of its own; the command collects from loopback and loses no time."""
    folder = tmp_path / "study"
    shutil.copytree(collected.folder, folder)
    kept = laid_out(world, folder, monkeypatch)
    real = scrapers.runner.collect
    monkeypatch.setattr(
        "minyi.collecting.collect_pages",
        lambda study, _settings, **named: real(study, QUICK, **named | {"network": world.network}),
    )
    return Place(folder, kept, world)


def _hasty(kind: str) -> Any:
    """A collector that does not ask for pauses: the test's sites do not mind."""
    found = collector(kind)
    return type(found.__class__.__name__, (found.__class__,), {"min_interval_s": 0.0})()


def test_every_kind_of_source_is_collected(collected: Collected) -> None:
    receipt = collected.receipt
    for kind, one in collected.kept.items():
        found = Counter(receipt["counts"][kind])
        expected = {name: one.expect[name] for name in ("articles", "comments", "acts", "gone")}
        assert {name: found[name] for name in expected} == expected, (kind, receipt["failures"])
        assert sum(receipt["counts"][kind]["rejected"].values()) == one.expect["rejects"], kind


def test_a_second_run_adds_nothing_and_asks_for_little(
    collected: Collected, place: Place, minyi: Callable[..., Any]
) -> None:
    place.world.otherwise = place.world.nearest
    second = minyi("collect", place.folder, "--json")
    again = second.done["counts"]
    assert {kind: again[kind]["new"] for kind in place.kept} == dict.fromkeys(place.kept, 0)
    assert {kind: again[kind]["waiting"] for kind in place.kept} == dict.fromkeys(place.kept, 0)
    assert len(place.world.urls()) < collected.asked


def test_a_source_without_anything_new_came_through_beside_one_that_failed(
    place: Place, minyi: Callable[..., Any]
) -> None:
    page = "<html><title>Charge</title><body>" + "<p>The charge begins on the first of May, says the notice.</p>" * 9
    place.world.serve("https://council.example/notice", page, type="text/html", headers={"etag": '"v1"'})
    good = ("good", "article", {"url": "https://council.example/notice"})
    tables = [good, ("down", "mastodon", {"server": "no.example", "tag": "a"})]
    (place.folder / "study.toml").write_text(study_file(tables).replace('"harbour"', '"partly"'), "utf-8")
    assert [minyi("collect", place.folder, "--json").code for _ in range(2)] == [3, 3]


def test_what_jobs_see_of_it(collected: Collected) -> None:
    ended = {event["source"] for event in collected.events if event["event"] == "progress" and event["finished"]}
    assert ended == collected.kept.keys()


def test_no_key_is_kept_or_said(collected: Collected) -> None:
    keys = [part.encode() for one in collected.kept.values() for part in one.key.split(":") if part]
    assert keys
    bodies = {path: path.read_bytes() for path in collected.folder.rglob("*") if path.is_file()}
    bodies[collected.folder] = collected.said.encode()
    for path, body in bodies.items():
        assert not any(key in body for key in keys), path


@pytest.mark.slow
def test_hostile_sites_stop_none_of_the_others_and_each_has_its_line_in_the_receipt(
    place: Place, minyi: Callable[..., Any]
) -> None:
    assert len(HOSTILE) >= 25
    tables = [("good", "appstore", place.kept["appstore"].options)]
    for number, name in enumerate(HOSTILE):
        host = f"hostile-{number}.example"
        place.world.behave(f"https://{host}/api/v1/timelines/tag/fee?limit=40", name)
        place.world.behave(f"https://{host}/api/v1/timelines/tag/fee", name)
        tables.append((name, "mastodon", {"server": host, "tag": "fee"}))
    (place.folder / "study.toml").write_text(study_file(tables).replace('"harbour"', '"hostile"'), "utf-8")
    outcome = minyi("collect", place.folder, "--json")
    assert outcome.code == 3
    failures = {failure["source"]: failure for failure in outcome.done["failures"]}
    assert failures.keys() == set(HOSTILE)
    assert outcome.done["counts"]["good"]["comments"] == place.kept["appstore"].expect["comments"]
    for name, failure in failures.items():
        assert failure["type"] not in {"CollectorFault", "MinyiError"}, (name, failure)
        assert failure["what"], name
        assert failure["remedy"], name
        assert outcome.done["counts"][name]["new"] == 0


def test_what_was_fetched_parses_again_without_a_network(place: Place, minyi: Callable[..., Any]) -> None:
    outcome = minyi("reparse", place.folder, "--json")
    assert outcome.code == 0, outcome.done["failures"]
    for kind, counts in outcome.done["counts"].items():
        assert (counts["new"], counts["changed"], counts["vanished"]) == (0, {}, 0), (kind, counts)
        assert counts["same"] > 0, kind
    assert place.world.asked == []


def test_dated_acts_of_what_was_collected_join_the_timeline(place: Place, minyi: Callable[..., Any]) -> None:
    found = minyi("timeline", "suggest", place.folder, "--all", "--json").events
    acts = [event for event in found if event["event"] == "suggestion"]
    stated = [one for act in acts for one in act["stated"] if one["source"] == "govuk"]
    assert len(stated) == place.kept["govuk"].expect["acts"]
    assert all(len(one["capture"]) == 64 and one["sentence"] and one["url"] for one in stated)

    chosen = next(act for act in acts if act["kind"] and act["precision"] == "day")
    before = (place.folder / "study.toml").read_text("utf-8")
    assert minyi("timeline", "accept", place.folder, "--id", chosen["id"]).code == 0
    after = (place.folder / "study.toml").read_text("utf-8")
    assert chosen["date"] in after
    assert all(line in after.splitlines() for line in before.splitlines())
    left = minyi("timeline", "suggest", place.folder, "--all", "--json").events
    assert chosen["id"] not in {event.get("id") for event in left}


def test_an_edited_article_parses_again_to_what_is_stored(place: Place, minyi: Callable[..., Any]) -> None:
    said = "<p>“The charge is too high for nurses,” said one resident.</p>" + "<p>The charge begins in May.</p>" * 9
    (place.folder / "study.toml").write_text(
        study_file([("notice", "article", {"url": "https://council.example/notice"})]).replace("harbour", "edits"),
        "utf-8",
    )
    for first in ("<p>Notice.</p>", "<p>Notice, with a longer first line than it had before.</p>"):
        page = f"<html><title>Charge</title><body>{first}{said}"
        place.world.serve("https://council.example/notice", page, type="text/html")
        minyi("collect", place.folder)
    counts = minyi("reparse", place.folder, "--json").done["counts"]["notice"]
    assert (counts["captures"], counts["new"], counts["changed"], counts["vanished"]) == (2, 0, {}, 0)
