"""A study that names every kind of source, collected from an internet on loopback as a job would."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from everything import SOURCES, Kept, lay_out, study_file
from hostile import BEHAVIOURS

import scrapers.runner
from scrapers.sites import collector, kinds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from world import World

# Hostile sites whose answer is odd and can be used all the same, or says nothing of itself.
HARMLESS = {"early hints", "cookies", "impossible charset"}
HOSTILE = sorted(BEHAVIOURS.keys() - HARMLESS)


class Place(NamedTuple):
    """A study folder on the loopback internet."""

    folder: Path
    kept: dict[str, Kept]
    world: World


@pytest.fixture
def place(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Every kind of source, laid out; the command collects from loopback and loses no time."""
    folder = tmp_path / "study"
    folder.mkdir()
    kept = {kind: lay_out(world, kind, folder) for kind in kinds() if (SOURCES / kind / "exchanges.json").exists()}
    for kind, one in kept.items():
        key = collector(kind).key
        if key is not None:
            monkeypatch.delenv(key.variable, raising=False)
            if one.key:
                monkeypatch.setenv(key.variable, one.key)
    (folder / "study.toml").write_text(study_file([(kind, kind, one.options) for kind, one in kept.items()]), "utf-8")
    real = scrapers.runner.collect

    def on_loopback(study: Any, settings: Any, **named: Any) -> Any:
        quick = dataclasses.replace(settings, min_interval_s=0.0, total_s=8.0, backoff_s=0.01, max_wait_s=5.0)
        monkeypatch.setattr(scrapers.source_run, "collector", _hasty)
        return real(study, quick, **named | {"network": world.network})

    monkeypatch.setattr("minyi.collecting.collect_pages", on_loopback)
    return Place(folder, kept, world)


def _hasty(kind: str) -> Any:
    """A collector that does not ask for pauses: the test's sites do not mind."""
    found = collector(kind)
    return type(found.__class__.__name__, (found.__class__,), {"min_interval_s": 0.0})()


def test_every_kind_of_source_is_collected_and_a_second_run_adds_nothing(
    place: Place, minyi: Callable[..., Any]
) -> None:
    first = minyi("collect", place.folder, "--json")
    counts = first.done["counts"]
    found = {kind: Counter(counts[kind]) for kind in place.kept}
    for kind, one in place.kept.items():
        expected = {name: one.expect[name] for name in ("articles", "comments", "acts", "gone")}
        assert {name: found[kind][name] for name in expected} == expected, (kind, first.done["failures"])
        rejects = sum(counts[kind]["rejected"].values())
        assert rejects == one.expect["rejects"], kind
    asked_first = len(place.world.urls())

    place.world.otherwise = place.world.nearest
    second = minyi("collect", place.folder, "--json")
    assert second.code == first.code
    again = second.done["counts"]
    assert {kind: again[kind]["new"] for kind in place.kept} == dict.fromkeys(place.kept, 0)
    assert {kind: again[kind]["waiting"] for kind in place.kept} == dict.fromkeys(place.kept, 0)
    assert len(place.world.urls()) - asked_first < asked_first


def test_what_jobs_see_of_it(place: Place, minyi: Callable[..., Any]) -> None:
    outcome = minyi("collect", place.folder, "--json")
    progress = [event for event in outcome.events if event["event"] == "progress"]
    assert {event["source"] for event in progress if event["finished"]} == place.kept.keys()
    said = outcome.out + outcome.err
    assert not any(one.key in said for one in place.kept.values() if one.key)


def test_no_key_is_kept_anywhere(place: Place, minyi: Callable[..., Any]) -> None:
    minyi("collect", place.folder)
    keys = [part.encode() for one in place.kept.values() for part in one.key.split(":") if part]
    assert keys
    for path in place.folder.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            assert not any(key in body for key in keys), path


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
    (place.folder / "study.toml").write_text(study_file(tables), "utf-8")
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
    minyi("collect", place.folder)
    asked = len(place.world.asked)
    outcome = minyi("reparse", place.folder, "--json")
    assert outcome.code == 0, outcome.done["failures"]
    for kind, counts in outcome.done["counts"].items():
        assert (counts["new"], counts["changed"], counts["vanished"]) == (0, {}, 0), (kind, counts)
        assert counts["same"] > 0, kind
    assert len(place.world.asked) == asked


def test_dated_acts_of_what_was_collected_join_the_timeline(place: Place, minyi: Callable[..., Any]) -> None:
    minyi("collect", place.folder)
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
