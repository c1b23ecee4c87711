"""A kind of source is shown with what it needs and a block that works."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from minyi.console import Console
from minyi.source_block import SHORTEST, block, needs, page_of
from minyi.sources import facts_of, show_kind
from scrapers.protocol import Collector, Options
from scrapers.sites import collector, kinds
from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

REPOSITORY = Path(__file__).parent.parent.parent
OWN = sorted(SHORTEST)


class TheirOptions(Options):
    """Which.

    Attributes:
        petition: its number.
    """

    petition: int
    follow: bool = True


class Theirs(Collector):
    """A collector of another package."""

    name: ClassVar[str] = "petitions"
    summary: ClassVar[str] = "Comments under a petition."
    options: ClassVar[type[BaseModel]] = TheirOptions


def test_every_kind_of_its_own_has_a_shortest_block() -> None:
    assert set(OWN) == {kind for kind in kinds() if page_of(kind, collector(kind))}


@pytest.mark.parametrize("kind", OWN)
def test_the_block_is_toml_that_the_kind_takes(kind: str) -> None:
    (source,) = tomllib.loads(block(kind, collector(kind)))["sources"]

    assert (source.pop("name"), source.pop("kind")) == (f"my {kind}", kind)
    collector(kind).options.model_validate(source)
    assert (REPOSITORY / page_of(kind, collector(kind))).exists()


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("appstore", ["app"]),
        ("feed", ["give one of url, urls and path"]),
        ("discourse", ["server", "give one of topics, latest, category and search"]),
        ("mastodon", ["server", "give tag, or statuses"]),
        ("youtube", ["videos"]),
    ],
)
def test_what_must_be_given_is_said_by_the_options_themselves(kind: str, needed: Sequence[str]) -> None:
    assert needs(kind, collector(kind)) == needed


def test_another_packages_kind_has_its_required_options_to_fill_in() -> None:
    facts = facts_of("petitions", Theirs())

    assert (facts["needs"], facts["page"]) == (["petition"], "")
    assert facts["block"].endswith('petition = "…"')
    assert [one["type"] for one in facts["options"]] == ["number", "yes or no"]


def test_a_person_sees_words_of_theirs_and_a_job_everything(capsys: pytest.CaptureFixture[str]) -> None:
    show_kind("discourse", Console())
    said = capsys.readouterr().out

    for words in ("Must be given: server; give one of", "yes or no", "no (false)", "[[sources]]", "docs/sources/disc"):
        assert words in said
    assert "False" not in said
    assert "None" not in said


def test_a_platform_behind_a_login_is_no_kind() -> None:
    with pytest.raises(UsageError, match="Weibo is behind a login"):
        show_kind("weibo", Console(quiet=True))
