"""The worked example of docs/add-a-source.md, installed as another package's collector and used from a study."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

import scrapers.runner
from scrapers import sites
from scrapers.fetch import FetchSettings
from scrapers.protocol import Parsed, Request
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from world import World

PAGE = Path(__file__).parent.parent.parent / "docs" / "add-a-source.md"
CODE = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
TEST = re.search(r"```python\n(def test_.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
SOURCE = re.search(r"```toml\n(\[\[sources\]\].*?)```", PAGE.read_text("utf-8"), re.DOTALL)
API = "https://petitions.example/api/1200/comments?page="


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Installs a package whose entry point is a collector."""
    home = tmp_path / "site-packages"

    def install(code: str) -> None:
        facts = home / "their_package-1.0.dist-info"
        facts.mkdir(parents=True, exist_ok=True)
        (home / "their_package.py").write_text(code, "utf-8")
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n", "utf-8")
        (facts / "entry_points.txt").write_text(f"[{sites.GROUP}]\npetitions = their_package:COLLECTOR\n", "utf-8")
        monkeypatch.syspath_prepend(str(home))
        _forget()

    yield install
    monkeypatch.undo()
    sys.modules.pop("their_package", None)
    _forget()


def _forget() -> None:
    for remembered in (sites.kinds, sites.collector, sites._brought):
        remembered.cache_clear()


@pytest.fixture
def petition(world: World, monkeypatch: pytest.MonkeyPatch, study: Path) -> Path:
    """A study that names the example's source, and a site that answers it in two pages."""
    assert SOURCE
    file = study / "study.toml"
    file.write_text(file.read_text("utf-8") + "\n" + SOURCE[1], "utf-8")

    def serve(page: int, ids: list[int], **more: Any) -> None:
        comments = [
            {"id": one, "text": f"支持第{one}条", "by": f"u{one}", "likes": 0, "written": "2026-03-11T10:00:00Z"}
            for one in ids
        ]
        world.serve(f"{API}{page}", json.dumps({"comments": [*comments, {"id": None}], "total": 9, **more}))

    serve(1, [9, 8, 7], next=f"{API}2")
    serve(2, [6, 5])
    real = scrapers.runner.collect
    monkeypatch.setattr(
        "minyi.collecting.collect_pages",
        lambda study, _settings, **named: real(
            study, FetchSettings(min_interval_s=0.0), **named | {"network": world.network}
        ),
    )
    return study


def test_the_example_is_short() -> None:
    assert CODE
    assert len(CODE[1].splitlines()) <= 60


def test_the_example_collects_goes_on_and_drifts(
    installed: Any, petition: Path, world: World, minyi: Callable[..., Any]
) -> None:
    assert CODE
    installed(CODE[1])
    assert "petitions" in minyi("sources").out
    assert minyi("check", petition).code == 0
    first = minyi("collect", petition, "--json")
    assert first.code == 0, first.done["failures"]
    counts = first.done["counts"]["petition"]
    assert (counts["new"], counts["declared"], counts["rejected"]) == (5, 9, {"no text or no id": 2})

    second = minyi("collect", petition, "--json").done["counts"]["petition"]
    assert (second["asked"], second["new"]) == (1, 0)

    world.serve(f"{API}1", json.dumps({"comments": [], "total": 9}))
    third = minyi("collect", petition, "--json")
    assert [failure["type"] for failure in third.done["failures"]] == ["SchemaDrift"]


def test_the_pages_own_test_passes() -> None:
    assert CODE
    assert TEST
    names: dict[str, Any] = {"ZoneInfo": ZoneInfo, "datetime": datetime, "UTC": UTC, "Capture": Capture}
    exec(CODE[1] + "\nfrom scrapers.protocol import Query, Raw, Request\n" + TEST[1], names)

    names["test_a_page_gives_its_comments"]()


@pytest.mark.parametrize("owner", [Request, Parsed])
def test_every_field_is_in_the_pages_table(owner: type[Request | Parsed]) -> None:
    inside = {"secrets", "secret_params"}  # put in by the runner, never by a collector
    text = PAGE.read_text("utf-8")

    assert [one.name for one in fields(owner) if one.name not in inside and f"`{one.name}`" not in text] == []


def test_a_mistake_in_it_is_told_by_its_line(installed: Any, petition: Path, minyi: Callable[..., Any]) -> None:
    assert CODE
    installed(CODE[1].replace('said["comments"]', 'said["coments"]'))

    [failure] = minyi("collect", petition, "--json").done["failures"]

    assert failure["type"] == "CollectorFault"
    assert re.search(r"KeyError: 'coments', at \S*their_package\.py:\d+", failure["what"])


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(3)",
        "COLLECTOR = 7",
        "class COLLECTOR:\n    def __init__(self, more): ...",
        "class COLLECTOR:\n    name = 'petitions'\n    summary = 'S.'\n    options = dict",
        "from scrapers.sites.feed import COLLECTOR",
    ],
)
def test_what_is_no_collector_is_named_and_the_others_are_listed(
    installed: Any, petition: Path, minyi: Callable[..., Any], code: str
) -> None:
    installed(code)
    listed = minyi("sources")
    assert listed.code == 0
    assert "hackernews" in listed.out
    assert "their-package" in listed.out + listed.err
    assert minyi("check", petition).code == 0


def test_a_package_that_cannot_be_loaded_is_named_and_stops_no_other_source(
    installed: Any, petition: Path, minyi: Callable[..., Any]
) -> None:
    installed("import no_such_module")
    listed = minyi("sources")
    assert "appstore" in listed.out
    assert "their-package" in listed.err
    assert minyi("sources", "petitions").code == 1
    assert "their-package" in minyi("check", petition).err
    outcome = minyi("collect", petition, "--json")
    assert outcome.code == 1
    assert [failure["source"] for failure in outcome.done["failures"]] == ["petition"]


def test_a_kind_nobody_has_is_met_with_the_nearest(minyi: Callable[..., Any]) -> None:
    outcome = minyi("sources", "appstor")
    assert outcome.code == 2
    assert 'did you mean "appstore"' in outcome.err
